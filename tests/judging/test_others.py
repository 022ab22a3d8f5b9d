"""Others' sheets as the phase shows them: never, after one's own, always; the calibration."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories.judging import make_panelist, make_sheet
from factories.jury import NOON, Jury, assignment_of, make_judge_account, make_jury, make_work
from sqlalchemy.orm import Session

from contest.entries.models import Entry
from contest.judging import judge_queries, others, queue
from contest.judging.models import Panelist, SheetState
from contest.judging.others import Compared, Theirs


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def fellow(session: Session, jury: Jury, number: int) -> Panelist:
    account = make_judge_account(session, jury.province)
    return make_panelist(session, jury.round, account, number=number)


def seen(session: Session, jury: Jury, entry: Entry, *, is_done: bool) -> list[Theirs] | None:
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    return others.of_work(session, work, is_done=is_done)


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [("never", False, False), ("after_own", False, True), ("always", True, True)],
)
def test_others_are_shown_as_the_phase_says(
    session: Session, jury: Jury, rule: str, *, before: bool, after: bool
) -> None:
    jury.phase.sees_others = rule
    entry = make_work(session, jury)
    second, third, fourth = (fellow(session, jury, 9000 + number) for number in (2, 3, 4))
    whole = {"content": "8", "form": "5"}
    make_sheet(session, third, entry, jury.phase, whole, comment="Hay", note="Cần bàn")
    make_sheet(session, second, entry, jury.phase, {"content": "2"}, state=SheetState.DRAFT)
    make_sheet(session, fourth, entry, jury.phase, whole, is_excluded=True)
    told = [
        Theirs(
            9003, {"content": Decimal(8), "form": Decimal(5)}, Decimal("70.0000"), "Hay", "Cần bàn"
        )
    ]
    assert seen(session, jury, entry, is_done=False) == (told if before else None)
    assert seen(session, jury, entry, is_done=True) == (told if after else None)


def calibration(session: Session, jury: Jury) -> list[Compared] | None:
    found = queue.of_round(session, jury.contest.code, jury.round.code, by=jury.judge.id, now=NOON)
    return others.anchors(session, found)


def test_calibration_waits_for_all_own_anchors(session: Session, jury: Jury) -> None:
    jury.phase.sees_others = "after_own"
    first, second = make_work(session, jury, place=1), make_work(session, jury, place=2)
    for entry in (first, second):
        assignment_of(session, jury, entry).is_anchor = True
    make_work(session, jury, place=3)  # no anchor: nobody waits for it
    one, two = fellow(session, jury, 9001), fellow(session, jury, 9002)
    make_sheet(session, one, first, jury.phase, {"content": "6", "form": "6"})
    make_sheet(session, two, first, jury.phase, {"content": "9", "form": "9"})
    make_sheet(session, one, second, jury.phase, {"content": "1", "form": "1"})
    assert calibration(session, jury) is None
    make_sheet(session, jury.panelist, first, jury.phase, {"content": "8", "form": "8"})
    assert calibration(session, jury) is None
    make_sheet(session, jury.panelist, second, jury.phase, {"content": "4", "form": "4"})
    assert calibration(session, jury) == [
        Compared(1, first.title, first.blind_code, Decimal("80.0000"), Decimal("75.00"), 2),
        Compared(2, second.title, second.blind_code, Decimal("40.0000"), None, 1),
    ]
    jury.phase.sees_others = "never"
    session.flush()
    assert calibration(session, jury) is None


def test_without_anchors_there_is_no_calibration(session: Session, jury: Jury) -> None:
    jury.phase.sees_others = "always"
    make_work(session, jury)
    assert calibration(session, jury) is None
