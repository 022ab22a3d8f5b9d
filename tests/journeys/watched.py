"""A round of entries with something to do on every page of its organizers and examiners."""

from __future__ import annotations

from datetime import timedelta

from factories.entries import entry_rules
from factories.people import make_grant
from factories.watching import Scene, account_of, flagged, make_file, make_scene
from journeys import history
from journeys.sites import Site
from sqlalchemy import select

from contest.accounts.models import Account
from contest.core import clock
from contest.entries.models import EntryState
from contest.rules.entry_rules import EntryKind

ROUND = "/organizer/entries/hoi-thi/video"
PRACTICAL = "/practical/hoi-thi/video"
# They lead to another page, or hand out a file.
NO_PAGES = {"entries_admin.names", "entries_admin.file", "practical.sheet_file"}


def prepare(site: Site) -> dict[str, list[str]]:
    """Add the round, let the site's organizer watch it; return addresses by endpoint."""
    with history.writing(site) as session:
        now = clock.now()
        rules = entry_rules(kinds=(EntryKind.VIDEO, EntryKind.ESSAY, EntryKind.PRACTICAL))
        scene = make_scene(session, rules, opens_at=now - timedelta(days=2))
        organizer = session.scalars(select(Account).where(Account.login == site.organizer[0])).one()
        make_grant(session, organizer, "organizer", scene.province)
        return _addresses(scene)


def _addresses(scene: Scene) -> dict[str, list[str]]:
    session = scene.session
    text = "Em ở Xã Bản Hồ.\nEm là Lò Thị Lan, em giúp bà con dùng dịch vụ công trực tuyến."
    first = scene.entry(
        "Lò Thị Lan", title="Lò Thị Lan giúp bà dùng VNeID", text=text, languages=["hmn", "pcc"]
    )
    second = scene.entry("Công Tằng Tôn Nữ Diệu Huyền", members=["Giàng A Dế", "Sùng Thị Mỷ"])
    refused = scene.entry("Vàng Mí Sình", title="Bài không hợp lệ")
    refused.state, refused.refusal = EntryState.REFUSED, "Không đúng chủ đề của đợt thi."
    one, two = make_file(session, first), make_file(session, second)
    states = ("stuck", "stopped", "rejected", "kept", "waiting", "unstored")
    files = {state: make_file(session, second, state) for state in states}
    flag = flagged(session, first, second, media=two.media, other_media=one.media)
    code = account_of(session, scene.people[0]).code
    joining = scene.account(None, scene.commune, "Bà Ké").code
    works = f"{ROUND}/works"
    return {
        "entries_admin.rounds": ["/organizer/entries/hoi-thi"],
        "entries_admin.entries": [ROUND, f"{ROUND}?q=zzz"],
        "entries_admin.entry": [f"{works}/{one.code}" for one in (first, second, refused)],
        "entries_admin.refuse": [f"{works}/{first.code}/refuse"],
        "entries_admin.take_back": [f"{works}/{refused.code}/take-back"],
        "entries_admin.redact": [f"{works}/{first.code}/names"],
        "entries_admin.languages": [f"{works}/{first.code}/languages"],
        "entries_admin.withhold_file": [f"{works}/{first.code}/files/{one.code}/withhold"],
        "entries_admin.queue": [f"{ROUND}/queue"],
        "entries_admin.refuse_file": [f"{ROUND}/queue/{files['stuck'].code}/refuse"],
        "entries_admin.alike": [f"{ROUND}/alike"],
        "entries_admin.pair": [f"{ROUND}/alike/{flag.code}"],
        "practical.rounds": ["/practical/"],
        "practical.people": [PRACTICAL, f"{PRACTICAL}?q=lan&day=2026-11-17&paper=1"],
        "practical.person": [f"{PRACTICAL}/people/{code}", f"{PRACTICAL}/people/{joining}"],
        "practical.sheet": [f"{PRACTICAL}/sheet"],
    }
