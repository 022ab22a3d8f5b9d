"""A judge's queue: one's own order, the least judged next, progress, minutes, equal cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from factories.judging import make_assignment, make_panelist, make_sheet
from factories.jury import (
    CLIP,
    DAY,
    NOON,
    Jury,
    add_file,
    assignment_of,
    make_judge_account,
    make_jury,
    make_work,
)
from sqlalchemy.orm import Session

from contest.core.storage import DiskStorage
from contest.entries.models import Entry, EntryVersion
from contest.errors import NotFound
from contest.judging import judge_queries, queue, sheets
from contest.judging.models import SheetState
from contest.judging.progress import progress
from contest.judging.queue import Queue, Step
from contest.rules.media import What

WHOLE = {"content": "8", "form": "7"}


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def read(session: Session, jury: Jury) -> Queue:
    session.flush()
    session.expire_all()
    return queue.of_round(session, jury.contest.code, jury.round.code, by=jury.judge.id, now=NOON)


def steps(found: Queue) -> list[tuple[str, Step]]:
    return [(each.blind_code, each.step) for each in found.items]


def copy_version(session: Session, entry: Entry) -> None:
    """The sender handed the same in once more."""
    first = session.get_one(EntryVersion, (entry.id, 1))
    session.add(
        EntryVersion(
            entry_id=entry.id,
            no=2,
            sent_at=first.sent_at,
            content=first.content,
            digest=first.digest,
            receipt=f"{first.receipt}-2",
            is_late=False,
        )
    )
    session.flush()


def test_the_queue_is_in_ones_own_order_and_knows_each_step(session: Session, jury: Jury) -> None:
    entries = [make_work(session, jury, place=9 - place) for place in range(6)]
    a, b, c, d, e, f = entries[::-1]  # places 4 to 9
    make_sheet(session, jury.panelist, a, jury.phase, WHOLE)
    make_sheet(session, jury.panelist, b, jury.phase, {}, state=SheetState.DRAFT)
    make_sheet(session, jury.panelist, c, jury.phase, WHOLE)
    make_sheet(session, jury.panelist, c, jury.phase, {}, version=2, state=SheetState.DRAFT)
    make_sheet(session, jury.panelist, d, jury.phase, WHOLE)
    session.get_one(Entry, d.id).version = 2
    copy_version(session, d)
    assignment_of(session, jury, e).skipped_at = NOON
    found = read(session, jury)
    assert steps(found) == [
        (a.blind_code, Step.DONE),
        (b.blind_code, Step.DRAFT),
        (c.blind_code, Step.CHANGED),
        (d.blind_code, Step.STALE),
        (e.blind_code, Step.LATER),
        (f.blind_code, Step.OPEN),
    ]
    assert [each.position for each in found.items] == [1, 2, 3, 4, 5, 6]
    assert (found.done, found.total, found.recused) == (2, 6, 0)


def make_sheet_of(session: Session, jury: Jury, entry: Entry, **facts: Any) -> None:
    other = make_panelist(session, jury.round, make_judge_account(session, jury.province))
    make_assignment(session, other, entry)
    make_sheet(session, other, entry, jury.phase, WHOLE, **facts)


def test_next_is_the_least_judged_of_mine_then_my_own_order(session: Session, jury: Jury) -> None:
    first, second, third = (make_work(session, jury, place=place) for place in (1, 2, 3))
    assert read(session, jury).next() == first.blind_code
    make_sheet_of(session, jury, first)  # 1 of 2
    assert read(session, jury).next() == second.blind_code
    make_sheet_of(session, jury, second, is_excluded=True)  # kept out: 0 of 2
    assert read(session, jury).next() == second.blind_code
    assert read(session, jury).next(after=second.blind_code) == third.blind_code
    assignment_of(session, jury, third).skipped_at = NOON
    assignment_of(session, jury, second).skipped_at = NOON
    assert read(session, jury).next() == first.blind_code
    make_sheet(session, jury.panelist, first, jury.phase, WHOLE)
    assert read(session, jury).next() == second.blind_code
    make_sheet(session, jury.panelist, second, jury.phase, WHOLE)
    assert read(session, jury).next(after=third.blind_code) == third.blind_code  # the only one
    make_sheet(session, jury.panelist, third, jury.phase, WHOLE)
    assert read(session, jury).next() is None


def test_an_open_round_adds_the_rest_in_a_shuffle_of_ones_own(session: Session, jury: Jury) -> None:
    jury.phase.sees_all = True
    assigned = make_work(session, jury, place=5)
    free = [make_work(session, jury, place=None).blind_code for _ in range(12)]
    mine = [code for code, _ in steps(read(session, jury))]
    assert mine[0] == assigned.blind_code
    assert sorted(mine[1:]) == sorted(free)
    assert mine[1:] != free  # not as they came in
    other = make_judge_account(session, jury.province)
    make_panelist(session, jury.round, other)
    theirs = queue.of_round(session, jury.contest.code, jury.round.code, by=other.id, now=NOON)
    assert [code for code, _ in steps(theirs)] != mine
    assert [code for code, _ in steps(read(session, jury))] == mine


def test_an_open_round_brings_nobody_an_entry_in_a_language_not_known(
    session: Session, jury: Jury
) -> None:
    jury.phase.sees_all = True
    mine = make_work(session, jury, place=1, languages=["hmn"])  # assigned before it was corrected
    free = make_work(session, jury, place=None)
    spoken = make_work(session, jury, place=None, languages=["hmn"])
    both = make_work(session, jury, place=None, languages=["hmn", "ium"])

    def there() -> list[str]:
        return [code for code, _ in steps(read(session, jury))]

    assert there() == [mine.blind_code, free.blind_code]
    make_sheet(session, jury.panelist, mine, jury.phase, WHOLE)
    make_sheet(session, jury.panelist, free, jury.phase, WHOLE)
    assert read(session, jury).next() is None
    jury.panelist.languages = ["hmn"]
    assert read(session, jury).next() == spoken.blind_code
    assert both.blind_code not in there()
    jury.panelist.languages = ["hmn", "ium"]
    assert set(there()) == {each.blind_code for each in (mine, free, spoken, both)}


def test_minutes_left_are_those_the_organizer_sees(
    session: Session, jury: Jury, tmp_path: Path
) -> None:
    files = DiskStorage(tmp_path)
    for place, seconds in enumerate((100.0, 120.0, 600.0), start=1):
        entry = make_work(session, jury, place=place)
        add_file(session, files, entry, What.CLIP, CLIP, seconds=seconds)
    make_work(session, jury, place=4, kind="essay")

    def of_organizer() -> int:
        (line,) = progress(session, jury.round, now=jury.now).judges
        return line.minutes

    # watching, to the whole minute, or reading, and two minutes for each sheet
    assert read(session, jury).minutes_left == 2 + 2 + 10 + 6 + 4 * 2 == of_organizer()
    make_sheet(session, jury.panelist, entry, jury.phase, WHOLE)
    assert read(session, jury).minutes_left == 16 == of_organizer()


def test_what_one_stepped_back_from_leaves_the_queue_and_is_counted(
    session: Session, jury: Jury
) -> None:
    entry = make_work(session, jury)
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    sheets.recuse(session, work, "Người nhà.", by=jury.judge.id, now=NOON)
    found = read(session, jury)
    assert (found.items, found.recused, found.next()) == ((), 1, None)


def test_only_the_jury_has_a_queue(session: Session, jury: Jury) -> None:
    stranger = make_judge_account(session, jury.province)
    with pytest.raises(NotFound):
        queue.of_round(session, jury.contest.code, jury.round.code, by=stranger.id, now=NOON)
    assert queue.mine(session, by=stranger.id, now=NOON) == []


def test_mine_names_the_rounds_and_how_far_one_is(session: Session, jury: Jury) -> None:
    done, _ = make_work(session, jury), make_work(session, jury, place=2)
    make_sheet(session, jury.panelist, done, jury.phase, WHOLE)
    (found,) = queue.mine(session, by=jury.judge.id, now=NOON)
    assert (found.seat.round.id, found.done, found.total) == (jury.round.id, 1, 2)
    (after,) = queue.mine(session, by=jury.judge.id, now=NOON + 3 * DAY)
    assert after.seat.phase is None


@pytest.mark.parametrize("count", [1, 12])
def test_a_queue_costs_the_same_however_long_it_is(
    session: Session, jury: Jury, count: int, count_statements: Callable[[], Any]
) -> None:
    for place in range(count):
        make_work(session, jury, place=place)
    session.expunge_all()
    with count_statements() as counted:
        found = queue.of_round(
            session, jury.contest.code, jury.round.code, by=jury.judge.id, now=NOON
        )
    assert (found.total, len(counted)) == (count, 7)
