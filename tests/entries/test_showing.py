"""What everybody may see of a round's entries, and what nobody may."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from factories.contests import make_division
from factories.entries import entry_rules
from factories.gallery import VTT, Scene
from factories.jury import say_later
from sqlalchemy import select

from contest.entries import showing
from contest.entries.models import EntryFile, EntryState
from contest.entries.showing import grown_on
from contest.errors import NotFound
from contest.media.models import State
from contest.rules.entry_rules import Link, needs_guardian
from contest.rules.media import FileKind, What

CLOSES = datetime(2026, 11, 23, 9, tzinfo=UTC)
CHILD = date(2015, 3, 1)


@pytest.fixture
def scene(session):
    return Scene(session, CLOSES)


def seen(scene, seed="s", division=None):
    ids = showing.shuffled(
        scene.session, scene.here, seed=seed, today=scene.today, division=division
    )
    return {each.title for each in showing.cards(scene.session, scene.here, ids)}


def test_only_what_was_published_with_consent_is_shown(scene):
    child = scene.person(birth_date=CHILD)
    unknown = scene.person(birth_date=None)
    scene.entry(title="hiện")
    scene.entry(title="chưa", is_shown=False)
    scene.entry(title="không đồng ý", shows_in_gallery=False)
    scene.entry(title="em nhỏ", owner=child)
    scene.entry(title="không rõ tuổi", owner=unknown)
    agreed = scene.person(birth_date=CHILD)
    scene.entry(title="em nhỏ, mẹ đồng ý", owner=agreed, guardian_agreed_at=CLOSES)
    for state in (EntryState.WITHDRAWN, EntryState.REFUSED, EntryState.DRAFT):
        scene.entry(title=state).state = state
    scene.entry(title="thực hành", kind="practical")
    scene.session.commit()
    assert seen(scene) == {"hiện", "em nhỏ, mẹ đồng ý"}


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2028, 2, 29), date(2116, 2, 29)])
def test_the_day_of_birth_agrees_with_the_rule(today):
    born = grown_on(today)
    assert not needs_guardian(born, on=today)
    assert needs_guardian(date.fromordinal(born.toordinal() + 2), on=today)


def test_the_order_is_a_seeds_own_and_stands_still(scene):
    for _ in range(8):
        scene.entry()
    ask = {"today": scene.today, "division": None}
    orders = [
        showing.shuffled(scene.session, scene.here, seed=seed, **ask) for seed in ("a", "a", "b")
    ]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


def test_a_division_shows_its_own(scene):
    other = make_division(scene.session, scene.contest, "bang-b")
    scene.entry(title="a")
    scene.entry(title="b", division=other)
    assert seen(scene, division=other.id) == {"b"}
    assert seen(scene) == {"a", "b"}


def card(scene):
    ids = showing.shuffled(scene.session, scene.here, seed="", today=scene.today, division=None)
    (found,) = showing.cards(scene.session, scene.here, ids)
    return found


def test_names_are_hidden_while_a_jury_judges_blindly(scene):
    entry = scene.entry(
        What.CLIP, title="Clip của An", members=["Lò Văn Bình", "Sùng A Chớ"], text="Em tên An."
    )
    entry.redacted_title, entry.redacted = "Clip của […]", "Em tên […]."
    scene.session.commit()
    found = card(scene)
    assert (found.title, found.name, found.unit, found.members) == ("Clip của […]", "", "", 2)
    page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    assert (page.title, page.text, page.name, page.unit) == ("Clip của […]", "Em tên […].", "", "")


def test_what_the_jury_may_not_read_is_not_read_here_either(scene):
    entry = scene.entry(
        *(What.PICTURE, What.CLIP),
        captions=VTT,
        kind="model",
        figures=[{"name": "Hộ của An", "value": "9"}],
    )
    entry.redacted_title = entry.redacted = "[…]"
    code = file_of(scene, entry)
    scene.session.scalars(select(EntryFile).where(EntryFile.code == code)).one().withheld = "Tên"
    scene.session.commit()

    def shown():
        page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
        return [(each.what, each.about) for each in page.pieces], page.figures

    address = (scene.session, scene.here, entry.code, code)
    assert shown() == ([("clip", "")], [])
    assert card(scene).poster != code
    assert card(scene).about == ""
    with pytest.raises(NotFound):
        showing.rendition(*address, FileKind.PICTURE, today=scene.today)
    with pytest.raises(NotFound):
        showing.captions(*address, today=scene.today)
    scene.round.settled_at = scene.at  # names are shown from here on
    scene.session.commit()
    about = "Một bạn cầm điện thoại"
    assert shown() == (
        [("picture", about), ("clip", about)],
        [{"name": "Hộ của An", "value": "9"}],
    )
    address = (scene.session, scene.here, entry.code, code)
    assert showing.rendition(*address, FileKind.PICTURE, today=scene.today)
    assert showing.captions(*address, today=scene.today) == VTT


def test_names_are_masked_once_results_are_official(scene):
    entry = scene.entry(title="Clip của An", members=["Lò Văn Bình"], text="Em tên An.")
    entry.redacted_title = entry.redacted = "[…]"
    scene.round.settled_at = scene.at
    scene.session.commit()
    found = card(scene)
    assert (found.title, found.name, found.unit) == ("Clip của An", "Nguyễn V. A.", "Xã Suối Mây")
    page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    assert (page.title, page.text, page.name) == ("Clip của An", "Em tên An.", "Nguyễn V. A.")
    assert page.members == 1


def test_names_are_shown_at_once_where_nobody_judges_blindly(session):
    scene = Scene(session, CLOSES, rules=entry_rules(is_gallery=True, is_blind=False))
    scene.entry()
    assert card(scene).name == "Nguyễn V. A."


def test_what_was_handed_in_is_shown_not_what_is_being_written(scene):
    entry = scene.entry(title="đã nộp", links=[{"host": "youtube", "id": "abcdefghijk"}])
    entry.title, entry.text, entry.links = "đang sửa", "đang sửa", []
    scene.session.commit()
    page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    assert (page.title, page.text) == ("đã nộp", "Hướng dẫn bà con dùng dịch vụ công.")
    assert page.links == [Link("youtube", "abcdefghijk")]


def test_an_entrys_pieces_are_what_we_made(scene):
    entry = scene.entry(What.CLIP, What.PICTURE, What.DOCUMENT, captions=VTT)
    page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    assert [(each.what, sorted(each.kinds)) for each in page.pieces] == [
        ("clip", ["480p", "720p", "poster"]),
        ("picture", ["picture", "poster"]),
        ("document", ["preview"]),
    ]


def file_of(scene, entry):
    return showing.one(scene.session, scene.here, entry.code, today=scene.today).pieces[0].code


@pytest.mark.parametrize("kind", ["original", "strip", "", "480P", "../original"])
def test_originals_are_never_handed_out(scene, kind):
    entry = scene.entry(What.CLIP)
    file = file_of(scene, entry)
    with pytest.raises(NotFound):
        showing.rendition(scene.session, scene.here, entry.code, file, kind, today=scene.today)


def hide(scene, entry, how):
    if how == "taken down":
        entry.published_at = None
    elif how == "consent":
        entry.shows_in_gallery = False
    elif how == "withdrawn":
        entry.state = EntryState.WITHDRAWN
    elif how == "refused":
        entry.state = EntryState.REFUSED
    scene.session.commit()


@pytest.mark.parametrize("how", ["taken down", "consent", "withdrawn", "refused"])
def test_everything_is_gone_with_the_entry(scene, how):
    entry = scene.entry(What.CLIP, captions=VTT)
    file, here = file_of(scene, entry), (scene.session, scene.here, entry.code)
    kept = showing.rendition(*here, file, FileKind.SMALL, today=scene.today)
    assert kept.kind == FileKind.SMALL
    assert showing.captions(*here, file, today=scene.today) == VTT
    hide(scene, entry, how)
    with pytest.raises(NotFound):
        showing.one(*here, today=scene.today)
    with pytest.raises(NotFound):
        showing.rendition(*here, file, FileKind.SMALL, today=scene.today)
    with pytest.raises(NotFound):
        showing.captions(*here, file, today=scene.today)
    assert seen(scene) == set()


def test_what_is_said_of_a_file_after_handing_in_is_not_shown(scene):
    entry = scene.entry(What.CLIP, captions=VTT)
    code, here = file_of(scene, entry), (scene.session, scene.here, entry.code)
    say_later(scene.session, entry, "Lò Văn An cười", None)
    scene.session.commit()
    (piece,) = showing.one(*here, today=scene.today).pieces
    assert (piece.about, piece.has_captions) == ("Một bạn cầm điện thoại", True)
    assert card(scene).about == "Một bạn cầm điện thoại"
    assert showing.captions(*here, code, today=scene.today) == VTT


def test_a_file_that_was_replaced_is_not_handed_out(scene):
    entry = scene.entry(What.CLIP)
    stray = scene.add_file(entry, What.CLIP, captions=VTT)
    with pytest.raises(NotFound):
        showing.rendition(
            scene.session, scene.here, entry.code, stray.code, FileKind.SMALL, today=scene.today
        )
    with pytest.raises(NotFound):
        showing.captions(scene.session, scene.here, entry.code, stray.code, today=scene.today)


def test_a_file_that_is_not_ready_is_not_handed_out(scene):
    entry = scene.entry(What.CLIP, state=State.REJECTED)
    page = showing.one(scene.session, scene.here, entry.code, today=scene.today)
    assert page.pieces == []


@pytest.mark.parametrize(
    ("contest", "round_"), [("hoi-thi", "khong"), ("khong", "nop-bai"), ("", "")]
)
def test_what_is_no_gallery_is_not_found(scene, contest, round_):
    with pytest.raises(NotFound):
        showing.gallery(scene.session, contest, round_)


def test_a_round_without_a_gallery_has_none(session):
    Scene(session, CLOSES, rules=entry_rules())
    with pytest.raises(NotFound):
        showing.gallery(session, "hoi-thi", "nop-bai")


@pytest.mark.parametrize("count", [1, 6])
def test_a_list_asks_as_often_for_many_as_for_few(scene, count_statements, count):
    for _ in range(count):
        scene.entry(What.CLIP, What.PICTURE)
    scene.session.expire_all()
    here, today = scene.here, scene.today
    with count_statements() as counted:
        ids = showing.shuffled(scene.session, here, seed="", today=today, division=None)
        assert len(showing.cards(scene.session, here, ids)) == count
    assert len(counted) == 3
