"""Organizers' reads: filtered, searched, counted, each in a fixed number of statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.contests import make_division
from factories.entries import entry_rules, make_entries_round, make_entry
from factories.people import make_account
from factories.watching import AT, flagged, make_file, make_scene
from sqlalchemy import select

from contest.core import audit
from contest.entries import dossier, filing, likenesses, listing
from contest.entries.filing import FileState
from contest.entries.listing import Figures, Wanted
from contest.entries.models import Entry, EntryFile, EntryState
from contest.errors import NotFound
from contest.media.queries import Phase
from contest.rules.entry_rules import EntryKind

EVERY = ("ready", "waiting", "coming", "rejected", "kept", "stuck", "stopped", "unstored")


def titles(session, scene, **wanted):
    found = listing.page(session, scene.round.id, Wanted(**wanted), offset=0, limit=50)
    return sorted(row.title for row in found)


def test_entries_are_filtered_and_searched_without_marks(session):
    rules = entry_rules(kinds=(EntryKind.VIDEO, EntryKind.ESSAY))
    scene = make_scene(session, rules)
    other = make_division(session, scene.contest, "can-bo")
    scene.entry("Lò Thị Lan", title="Dùng VNeID")
    scene.entry("Giàng A Dế", title="Điện hoa", kind="essay")
    refused = scene.entry("Vàng Mí Sình", title="Chuyển khoản")
    refused.state, refused.division_id = EntryState.REFUSED, other.id
    scene.entry("Sùng A Chớ", title="Chưa xong", is_draft=True)
    elsewhere = make_entries_round(session, scene.contest, "khac")
    make_entry(session, elsewhere, scene.people[0], title="Đợt khác")
    session.flush()

    everything = ["Chuyển khoản", "Chưa xong", "Dùng VNeID", "Điện hoa"]
    assert titles(session, scene) == everything
    assert titles(session, scene, text="dien HOA") == ["Điện hoa"]
    assert titles(session, scene, text="lo lan vneid") == ["Dùng VNeID"]  # sender and title
    assert titles(session, scene, text="50%_\\") == []
    assert titles(session, scene, text=refused.code) == ["Chuyển khoản"]
    assert titles(session, scene, division="can-bo") == ["Chuyển khoản"]
    assert titles(session, scene, kind="essay") == ["Điện hoa"]
    assert titles(session, scene, state="draft") == ["Chưa xong"]
    assert titles(session, scene, state="refused", kind="essay") == []


def test_a_title_changed_is_found_by_its_new_words(session):
    scene = make_scene(session)
    entry = scene.entry(title="Cũ")
    entry.title = "Tên mới đặt"
    session.flush()
    assert titles(session, scene, text="ten moi") == ["Tên mới đặt"]
    assert titles(session, scene, text="cu") == []


def test_entries_are_filtered_by_where_their_files_are(session):
    scene = make_scene(session)
    for state in EVERY:
        make_file(session, scene.entry(title=state), state)
    replaced = scene.entry(title="replaced")
    make_file(session, replaced, "stuck", removed_at=AT)
    make_file(session, replaced, "ready")

    found = {state: titles(session, scene, files=state) for state in FileState}

    assert found == {
        "waiting": ["coming", "waiting"],
        "ready": ["ready", "replaced"],
        "rejected": ["rejected"],
        "stuck": ["stopped", "stuck", "unstored"],
        "kept": ["kept"],
    }


def test_figures_count_states_files_and_open_likenesses(session):
    scene = make_scene(session)
    entries = [scene.entry() for _ in range(3)]
    scene.entry(is_draft=True)
    entries[2].state = EntryState.WITHDRAWN
    for state in EVERY:
        make_file(session, entries[0], state)
    make_file(session, entries[0], "stuck", removed_at=AT)
    flagged(session, entries[0], entries[1])
    flagged(session, entries[0], entries[2], verdict="fine")

    assert listing.figures(session, scene.round.id) == Figures(
        states={"sent": 2, "draft": 1, "withdrawn": 1},
        files={"ready": 1, "waiting": 2, "rejected": 1, "kept": 1, "stuck": 3},
        flags=1,
    )


@pytest.mark.parametrize("count", [1, 12])
def test_a_page_takes_three_statements_and_figures_three(session, count_statements, count):
    scene = make_scene(session)
    for number in range(count):
        entry = scene.entry(title=f"Bài {number}")
        make_file(session, entry, "ready")
        make_file(session, entry, "stuck")
    session.expunge_all()
    with count_statements() as counted:
        found = listing.page(session, scene.round.id, Wanted(), offset=0, limit=50)
    assert len(counted) == 3
    assert {row.files for row in found} == {(FileState.READY, FileState.STUCK)}
    with count_statements() as counted:
        figures = listing.figures(session, scene.round.id)
    assert len(counted) == 3
    assert figures.files == {"ready": count, "stuck": count}


def test_pages_follow_one_another_the_latest_change_first(session):
    scene = make_scene(session)
    for number in range(5):
        entry = scene.entry(title=str(number))
        entry.changed_at = AT + timedelta(minutes=number)
    session.flush()

    def page(offset):
        rows = listing.page(session, scene.round.id, Wanted(), offset=offset, limit=2)
        return [row.title for row in rows]

    assert [page(0), page(2), page(4), page(6)] == [["4", "3"], ["2", "1"], ["0"], []]


def test_likenesses_stand_beside_both_entries(session):
    scene = make_scene(session)
    first, second = scene.entry(title="a"), scene.entry(title="b")
    flagged(session, first, second)
    flagged(session, first, second)  # sound besides picture: one pair all the same
    flagged(session, first, scene.entry(title="c"), verdict="copied")
    rows = listing.page(session, scene.round.id, Wanted(), offset=0, limit=50)
    assert {row.title: row.flags for row in rows} == {"a": 1, "b": 1, "c": 0}


# One entry


@pytest.mark.parametrize("files", [1, 9])
def test_an_entry_comes_whole_in_nine_statements(session, count_statements, files):
    scene = make_scene(session)
    entry = scene.entry("Lò Thị Lan", members=["Giàng A Dế"])
    kept = [make_file(session, entry, "ready") for _ in range(files)]
    make_file(session, entry, "stuck", removed_at=AT)
    facts = {"by": scene.account("organizer").id, "now": AT, "reason": "nhầm"}
    audit.record(session, "entries.refuse", f"entry:{entry.code}", **facts)
    session.flush()
    session.expunge_all()
    with count_statements() as counted:
        found = dossier.one(session, scene.round.id, entry.code)
    assert len(counted) == 9
    assert (found.account.name, found.unit.name) == ("Lò Thị Lan", "Xã Bản Hồ")
    assert [each.file.code for each in found.current] == [each.code for each in kept]
    assert {each.phase for each in found.current} == {Phase.READY}
    assert [each.phase for each in found.replaced] == [Phase.STUCK]
    assert [each.no for each in found.versions] == [1]
    assert [(line.act, line.facts) for line in found.lines] == [
        ("entries.refuse", {"reason": "nhầm"})
    ]


def test_an_entry_of_another_round_is_not_found(session):
    scene = make_scene(session)
    other = make_entries_round(session, scene.contest, "khac")
    entry = make_entry(session, other, scene.person())
    for code in (entry.code, "none"):
        with pytest.raises(NotFound):
            dossier.one(session, scene.round.id, code)


def test_unread_entries_come_one_after_the_other_and_around(session):
    scene = make_scene(session, entry_rules(kinds=(EntryKind.VIDEO, EntryKind.PRACTICAL)))
    first, second, third = (scene.entry() for _ in range(3))
    scene.entry(is_draft=True)
    scene.entry(kind="practical")
    second.redacted = ""
    session.flush()
    assert dossier.unread(session, scene.round.id) == first.code
    assert dossier.unread(session, scene.round.id, after=first.id) == third.code
    assert dossier.unread(session, scene.round.id, after=third.id) == first.code
    assert dossier.count_unread(session, scene.round.id) == 2


def test_a_new_handing_in_forgets_what_was_taken_out_of_the_old(session):
    scene = make_scene(session)
    entry = scene.entry()
    entry.redacted, entry.redacted_title = "a", "b"
    session.flush()
    entry.version = 1
    assert (entry.redacted, entry.redacted_title) == ("a", "b")
    entry.version = 2
    assert (entry.redacted, entry.redacted_title) == (None, None)


# The queue, files, pairs


@pytest.mark.parametrize("count", [1, 6])
def test_the_queue_takes_five_statements(session, count_statements, count):
    scene = make_scene(session)
    for _ in range(count):
        entry = scene.entry()
        for state in EVERY:
            make_file(session, entry, state)
    session.expunge_all()
    with count_statements() as counted:
        found = filing.queue(session, scene.round.id, offset=0, limit=100)
    assert len(counted) == 5
    phases = [row.file.phase for row in found]
    needs = {Phase.REJECTED, Phase.KEPT, Phase.STUCK, Phase.STOPPED}
    assert len(phases) == 7 * count
    assert set(phases[: 5 * count]) == needs  # people's work first, the worker's after it
    assert set(phases[5 * count :]) == {Phase.WAITING}
    assert [row.is_at_work for row in found] == [False] * 5 * count + [True] * 2 * count


def test_an_empty_queue_is_empty(session):
    scene = make_scene(session)
    make_file(session, scene.entry(), "ready")
    assert filing.queue(session, scene.round.id, offset=0, limit=10) == []


def test_a_file_is_found_within_its_contest_only(session):
    scene = make_scene(session)
    file = make_file(session, scene.entry(), "ready")
    coming = make_file(session, scene.entry(), "coming")
    assert filing.file_in(session, scene.contest.id, file.code).id == file.id
    for contest_id, code in (
        (scene.contest.id + 1, file.code),
        (scene.contest.id, coming.code),
        (scene.contest.id, "none"),
    ):
        with pytest.raises(NotFound):
            filing.file_in(session, contest_id, code)


def test_a_pair_shows_the_earlier_first_with_both_media(session, count_statements):
    scene = make_scene(session)
    first, second = scene.entry("Lò Thị Lan"), scene.entry("Giàng A Dế")
    one, two = make_file(session, first), make_file(session, second)
    flag = flagged(session, first, second, media=two.media, other_media=one.media)
    session.expunge_all()
    with count_statements() as counted:
        found = likenesses.flag(session, scene.round.id, flag.code)
    assert len(counted) == 6
    assert (found.first.sender, found.first.at_s) == ("Lò Thị Lan", 8)
    assert (found.second.sender, found.second.at_s) == ("Giàng A Dế", 3)
    assert found.first.shown.media.code == one.media
    assert found.second.shown.media.code == two.media
    with pytest.raises(NotFound):
        likenesses.flag(session, scene.round.id + 1, flag.code)


@pytest.mark.parametrize("count", [1, 7])
def test_pairs_take_three_statements_undecided_first(session, count_statements, count):
    scene = make_scene(session)
    first = scene.entry()
    flagged(session, first, scene.entry(), verdict="fine")
    for _ in range(count):
        flagged(session, first, scene.entry())
    session.expunge_all()
    with count_statements() as counted:
        found = likenesses.flags(session, scene.round.id, offset=0, limit=50)
    assert len(counted) == 3
    assert [pair.flag.verdict for pair in found] == [None] * count + ["fine"]
    mine = likenesses.flags(
        session, scene.round.id, offset=0, limit=50, entry=found[0].second.entry.code
    )
    assert [pair.flag.code for pair in mine] == [found[0].flag.code]


def test_a_round_is_its_organizers_own(session):
    scene = make_scene(session)
    mine, abroad = scene.visitor(), scene.visitor("organizer", scene.other)
    assert listing.round_of(session, "hoi-thi", "video", by=mine).id == scene.round.id
    helper = scene.visitor("helper")
    for by, contest, round_ in (
        (abroad, "hoi-thi", "video"),
        (helper, "hoi-thi", "video"),
        (mine, "hoi-thi", "none"),
        (mine, "none", "video"),
    ):
        with pytest.raises(NotFound):
            listing.round_of(session, contest, round_, by=by)


def test_factories_make_what_they_say(session):
    scene = make_scene(session)
    make_account(session, scene.commune)
    entry = scene.entry(title="Điện hoa")
    assert session.scalar(select(Entry.title_folded)) == "dien hoa"
    file = make_file(session, entry, "unstored")
    assert session.scalars(select(EntryFile)).one().upload == file.upload
