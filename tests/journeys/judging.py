"""A jury on a running site: the rows written from here, judged in the browser."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from factories import clips
from factories.contests import make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.judging import make_assignment, make_panelist, make_phase, make_sheet
from factories.jury import Content, add_file
from factories.people import make_account, make_grant, make_unit
from journeys import history
from journeys.sites import Site
from PIL import Image
from sqlalchemy import select

from contest.accounts.models import Role, Unit
from contest.audiences.models import Audience
from contest.core import passwords, storage
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind, What
from contest.rules.rubric import Criterion, Level, Rubric

DAY = timedelta(days=1)
PASSWORD = "con trâu gặm cỏ"
TITLES = ("Ví điện tử an toàn", "Chợ phiên không tiền mặt", "Bà học VNeID", "Lớp học dưới bản")
RUBRIC = Rubric(
    (
        *entry_rules().rubric("").criteria[:1],
        Criterion(
            code="form",
            name="Cách thể hiện",
            name_en="Form",
            about="Hình, tiếng, lời rõ ràng.",
            about_en="Picture, sound and words are clear.",
            levels=(
                Level(points=entry_rules().rubric("").criteria[0].most, text="Cuốn hút từ đầu."),
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a jury sits: the addresses of its judge, and who that is."""

    login: str
    queue: str
    sheets: tuple[str, ...]  # in the judge's order


def make_bench(site: Site, folder: Path) -> Bench:
    """Add a round under judging with four works, a judge and a fellow who scored one of them."""
    clip = folder / "clip.mp4"
    clips.small(clip)
    now, stamp = datetime.now(UTC), time.time_ns()
    files = storage.opened(site.settings)
    with history.writing(site) as session:
        province = session.scalars(select(Unit).where(Unit.code == "15")).one()
        everybody = session.scalars(select(Audience).where(Audience.code == "everybody")).one()
        contest = make_contest(session, f"cham-thi-{stamp}", province, title="Hội thi video")
        division = make_division(session, contest, audience=everybody, name="Mọi người dân")
        round_ = make_entries_round(
            session,
            contest,
            rules=entry_rules(kinds=(EntryKind.VIDEO, EntryKind.ESSAY), rubrics={"": RUBRIC}),
            opens_at=now - 20 * DAY,
            closes_at=now - 5 * DAY,
            name="Vòng video",
            name_en="Videos",
        )
        phase = make_phase(
            session, round_, opens_at=now - DAY, closes_at=now + DAY, sees_others="after_own"
        )
        judge = make_account(session, province, "Đỗ Minh Châu", login=f"giam.khao.{stamp}")
        judge.password_hash = passwords.hash_password(PASSWORD)
        make_grant(session, judge, Role.JUDGE, province)
        seat = make_panelist(session, round_, judge, number=1)
        fellow = make_account(session, province, "Phạm Văn Bình")
        other = make_panelist(session, round_, fellow, number=2)
        codes = []
        for place, title in enumerate(TITLES, start=1):
            school = make_unit(session, name=f"Trường {place}", kind="school", parent=province)
            sender = make_account(session, school, f"Em số {place}")
            registration = make_registration(session, contest, division, sender)
            facts = {"sent_at": now - 6 * DAY, "title": title}
            entry = make_entry(session, round_, registration, **facts)
            contents = (
                Content(FileKind.SMALL, clip.read_bytes(), "video/mp4"),
                Content(FileKind.POSTER, _poster(), "image/jpeg"),
            )
            captions = "WEBVTT\n\n00:00.000 --> 00:01.000\nXin chào bà con\n"
            add_file(session, files, entry, What.CLIP, contents, seconds=2.0, captions=captions)
            make_assignment(session, seat, entry, place, is_anchor=place == 2)
            codes.append(entry.blind_code)
            if place == 1:
                make_assignment(session, other, entry, 1)
                given = {"content": "9", "form": "8"}
                make_sheet(
                    session, other, entry, phase, given, comment="Rất rõ.", note="Nên trao giải"
                )
        return Bench(
            login=judge.login,
            queue=f"/judging/rounds/{contest.code}/{round_.code}",
            sheets=tuple(f"/judging/{code}" for code in codes),
        )


def _poster() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (160, 120), "teal").save(kept, "JPEG")
    return kept.getvalue()
