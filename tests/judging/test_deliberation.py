"""What the chair sees, and the decisions it writes down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories.judging import make_panelist, make_phase
from factories.juries import Jury, make_jury
from factories.people import make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.core import ids
from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotAllowed, NotFound, TooEarly
from contest.judging import conflicts, deliberation, queries, result_queries
from contest.judging.models import Conflict as Row
from contest.judging.models import Decision

TIED = {
    "a": (("9", "9"), ("9", "9"), ("9", "9")),
    "b": (("7", "7"), ("7", "7"), ("7", "7")),
    "c": (("7", "7"), ("7", "7"), ("7", "7")),
}


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def places(jury: Jury) -> list[tuple[str, int | None]]:
    rows = deliberation.show(jury.session, jury.chair()).tables[0].rows
    return [(row.outcome.code, row.outcome.place) for row in rows]


def test_raw_and_adjusted_stand_side_by_side_and_judges_are_numbers(jury: Jury) -> None:
    found = deliberation.show(jury.session, jury.chair())

    first = found.tables[0].rows[0]
    assert (first.outcome.code, first.title, first.name) == ("bai-a", "Bài a", "")
    assert first.outcome.raw == Decimal("82.222233")
    assert first.totals == (
        (3, Decimal("70.0000")),
        (2, Decimal("86.6667")),
        (1, Decimal("90.0000")),
    )
    pool = found.judging[0]
    assert pool.is_adjusted
    assert [(number, count) for number, _, _, count in pool.effects] == [(1, 5), (2, 5), (3, 5)]
    assert pool.effects[2][1] < -10


def test_a_judge_out_of_line_is_told_to_the_chair_by_number(session: Session) -> None:
    """Of eight judges the last one gives four points of ten less than the others."""
    scores = {
        f"e{no}": [(str(9 - no * 0.5 - judge % 2 * 0.5),) * 2 for judge in range(7)]
        + [(str(5 - no * 0.5),) * 2]
        for no in range(8)
    }
    jury = make_jury(session, scores=scores, judges=8)

    notes = deliberation.show(session, jury.chair()).judging[0].notes

    eighth = [str(note) for note in notes if note.facts["judge"] == 8]
    assert eighth[0].startswith("Giám khảo 8 cho thấp hơn các giám khảo khác 3")


def test_names_are_there_only_in_a_phase_that_shows_them(jury: Jury) -> None:
    assert not jury.chair().sees_names
    make_phase(
        jury.session,
        jury.round,
        opens_at=jury.phase.closes_at,
        may_score=False,
        sees_names=True,
        counts=False,
    )

    row = deliberation.show(jury.session, jury.chair()).tables[0].rows[0]

    assert (row.name, row.unit_name) == ("Lò Thị A", "Xã Bản Hồ")


def test_the_title_is_the_one_handed_in_and_covered_while_blind(jury: Jury) -> None:
    entry = jury.entries["a"]
    entry.title, entry.redacted_title = "Bài a đang sửa", None
    assert title_of(jury) == "Bài a"
    entry.redacted_title = "Bài […]"
    assert title_of(jury) == "Bài […]"
    facts = {"may_score": False, "sees_names": True, "counts": False}
    make_phase(jury.session, jury.round, opens_at=jury.phase.closes_at, **facts)
    assert title_of(jury) == "Bài a"


def title_of(jury: Jury) -> str:
    jury.session.flush()
    rows = deliberation.show(jury.session, jury.chair()).tables[0].rows
    return next(row.title for row in rows if row.outcome.code == "bai-a")


def test_a_decided_mark_moves_an_entry_and_is_written_down(jury: Jury) -> None:
    deliberation.decide_mark(
        jury.session,
        jury.chair(),
        "bai-e",
        mark=Decimal("95.5"),
        reason="  Chấm lại cả hội đồng ",
        now=jury.after,
    )

    assert places(jury)[0] == ("bai-e", 1)
    line = jury.session.scalars(select(AuditEntry)).one()
    assert (line.act, line.subject) == ("judging.decide", "entry:bai-e")
    assert line.facts == {
        "round": "video",
        "kind": "mark",
        "mark": "95.5",
        "place": None,
        "reason": "Chấm lại cả hội đồng",
    }


def test_a_decision_is_revoked_never_edited(jury: Jury) -> None:
    chair = jury.chair()
    first = deliberation.leave_out(jury.session, chair, "bai-a", reason="Sao chép", now=jury.after)
    assert places(jury)[-1] == ("bai-a", None)
    with pytest.raises(Conflict) as raised:
        deliberation.leave_out(jury.session, chair, "bai-a", reason="Nữa", now=jury.after)
    assert raised.value.message == deliberation.STANDS

    deliberation.revoke(jury.session, chair, first.code, now=jury.after)

    assert places(jury)[0] == ("bai-a", 1)
    kept = jury.session.scalars(select(Decision)).one()
    assert (kept.reason, kept.revoked_by) == ("Sao chép", jury.organizer.id)
    with pytest.raises(Conflict) as raised:
        deliberation.revoke(jury.session, chair, first.code, now=jury.after)
    assert raised.value.message == deliberation.REVOKED


def test_the_jury_orders_a_tie_and_may_order_it_anew(session: Session) -> None:
    jury = make_jury(session, scores=TIED)
    assert deliberation.show(session, jury.chair()).tables[0].ties == (("bai-b", "bai-c"),)
    for first, second in (("bai-c", "bai-b"), ("bai-b", "bai-c"), ("bai-c", "bai-b")):
        deliberation.decide_order(
            session, jury.chair(), {first: 1, second: 2}, reason="Sáng tạo hơn", now=jury.after
        )
        assert places(jury) == [("bai-a", 1), (first, 2), (second, 3)]
    assert len(result_queries.standing_decisions(session, jury.round.id)) == 2


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"bai-a": 1, "bai-b": 2}, Conflict, deliberation.NOT_A_TIE),
        ({"bai-b": 1}, Conflict, deliberation.NOT_A_TIE),
        ({"bai-b": 1, "bai-c": 1}, Invalid, deliberation.BAD_PLACES),
        ({"bai-b": 2, "bai-c": 3}, Invalid, deliberation.BAD_PLACES),
    ],
)
def test_an_order_names_one_tie_and_each_place_once(
    session: Session, given: dict[str, int], error: type, said: str
) -> None:
    jury = make_jury(session, scores=TIED)

    with pytest.raises(error) as raised:
        deliberation.decide_order(session, jury.chair(), given, reason="Vì", now=jury.after)
    assert raised.value.message == said


def test_decisions_ask_for_a_reason_a_mark_in_range_and_a_known_entry(jury: Jury) -> None:
    chair, session = jury.chair(), jury.session
    with pytest.raises(Invalid) as raised:
        deliberation.leave_out(session, chair, "bai-a", reason="  ", now=jury.after)
    assert raised.value.message == deliberation.NO_REASON
    for mark in ("-0.01", "100.01"):
        with pytest.raises(Invalid) as raised:
            deliberation.decide_mark(
                session, chair, "bai-a", mark=Decimal(mark), reason="Vì", now=jury.after
            )
        assert raised.value.message == deliberation.BAD_MARK
    with pytest.raises(NotFound) as lost:
        deliberation.leave_out(session, chair, "bai-la", reason="Vì", now=jury.after)
    assert lost.value.message == deliberation.NO_ENTRY
    early = jury.round.closes_at - timedelta(seconds=1)
    with pytest.raises(TooEarly) as soon:
        deliberation.leave_out(session, chair, "bai-a", reason="Vì", now=early)
    assert soon.value.message == deliberation.NOT_CLOSED


def test_nobody_decides_while_sheets_that_count_may_come_in(session: Session) -> None:
    jury = make_jury(session, scores=TIED)
    chair, mark = jury.chair(), Decimal(50)

    def acts(now: datetime) -> list[Callable[[], object]]:
        given: dict[str, Any] = {"reason": "Vì", "now": now}
        return [
            lambda: deliberation.decide_order(session, chair, {"bai-b": 1, "bai-c": 2}, **given),
            lambda: deliberation.decide_mark(session, chair, "bai-a", mark=mark, **given),
            lambda: deliberation.leave_out(session, chair, "bai-a", **given),
        ]

    for act in acts(jury.phase.closes_at - timedelta(seconds=1)):
        with pytest.raises(TooEarly) as raised:
            act()
        assert raised.value.message == deliberation.STILL_SCORING
        assert raised.value.facts == {"closes_at": jury.phase.closes_at}
    assert session.scalars(select(Decision)).all() == []
    for act in acts(jury.phase.closes_at):
        act()
    final = make_phase(session, jury.round, opens_at=jury.after)  # another is still to come
    with pytest.raises(TooEarly) as raised:
        deliberation.leave_out(session, chair, "bai-b", reason="Vì", now=jury.after)
    assert raised.value.facts == {"closes_at": final.closes_at}


def of_school(jury: Jury, *names: str) -> None:
    """Let the head of the jury be of a school, and the senders of these entries too."""
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.unit)
    pupils = make_unit(jury.session, name="Lớp 7A", kind="class", parent=school)
    jury.head.unit_id = school.id
    for name in names:
        jury.people[name].unit_id = pupils.id
    jury.session.flush()


def set_conflict(jury: Jury, account: Account, name: str, **facts: Any) -> Row:
    seat = queries.panelist(jury.session, jury.round.id, account.id)
    assert seat is not None
    given = {"kind": "family", "set_by": jury.organizer.id, "reason": "", **facts}
    row = Row(
        code=ids.new_code(),
        panelist_id=seat.id,
        entry_id=jury.entries[name].id,
        set_at=jury.after,
        **given,
    )
    jury.session.add(row)
    jury.session.flush()
    return row


def acts_on(jury: Jury, account: Account, name: str) -> list[Callable[[], object]]:
    chair, code = jury.chair(account), f"bai-{name}"
    given: dict[str, Any] = {"reason": "Vì", "now": jury.after}
    mark = Decimal(50)
    return [
        lambda: deliberation.decide_mark(jury.session, chair, code, mark=mark, **given),
        lambda: deliberation.leave_out(jury.session, chair, code, **given),
    ]


def refused(*acts: Callable[[], object]) -> None:
    for act in acts:
        with pytest.raises(NotAllowed) as raised:
            act()
        assert raised.value.message == deliberation.OWN_SIDE


def test_nobody_decides_about_an_entry_of_the_own_side(jury: Jury) -> None:
    of_school(jury, "b")
    refused(*acts_on(jury, jury.head, "b"))
    assert jury.session.scalars(select(Decision)).all() == []
    for act in (*acts_on(jury, jury.head, "a"), *acts_on(jury, jury.organizer, "b")):
        act()
    mine = jury.session.scalars(select(Decision).where(Decision.entry_id == jury.entries["b"].id))
    again = (jury.session, jury.chair(jury.head), mine.first().code)
    refused(lambda: deliberation.revoke(*again, now=jury.after))


def test_nobody_orders_a_tie_with_an_entry_of_the_own_side(session: Session) -> None:
    jury = make_jury(session, scores=TIED)
    of_school(jury, "c")
    given: dict[str, Any] = {"reason": "Vì", "now": jury.after}
    order = {"bai-b": 2, "bai-c": 1}
    refused(lambda: deliberation.decide_order(session, jury.chair(jury.head), order, **given))
    assert session.scalars(select(Decision)).all() == []
    deliberation.decide_order(session, jury.chair(), order, **given)


def test_a_conflict_written_down_and_ones_own_work_bar_decisions_too(jury: Jury) -> None:
    seat = make_panelist(jury.session, jury.round, jury.organizer, is_scoring=False)
    row = set_conflict(jury, jury.organizer, "a")
    set_conflict(jury, jury.head, "b")
    refused(*acts_on(jury, jury.organizer, "a"), *acts_on(jury, jury.head, "b"))
    jury.people["c"].account_id = jury.head.id
    jury.session.flush()
    for name in ("a", "b", "c"):  # a rival of all
        refused(*acts_on(jury, jury.head, name))
    seat.left_at = jury.after  # who left is still who they are
    refused(*acts_on(jury, jury.organizer, "a"))
    row.lifted_at = jury.after
    for act in acts_on(jury, jury.organizer, "a"):
        act()


def test_the_site_finds_the_conflicts_of_a_head_who_only_leads_so_that_they_can_be_lifted(
    jury: Jury,
) -> None:
    of_school(jury, "b")
    assert conflicts.find(jury.session, jury.round, now=jury.after) == 1
    (row,) = jury.session.scalars(select(Row)).all()
    refused(*acts_on(jury, jury.head, "b"))
    by = jury.visitor(jury.organizer)
    where = jury.session, jury.contest.code, jury.round.code, row.code
    given: dict[str, Any] = {"reason": "thôi dạy", "counts_sheets": False}
    conflicts.lift(*where, **given, by=by, now=jury.after)
    for act in acts_on(jury, jury.head, "b"):
        act()


def test_the_page_is_read_in_as_many_statements_for_few_as_for_many(
    jury: Jury, count_statements
) -> None:
    counts = []
    for _ in range(2):
        jury.session.commit()
        chair = jury.chair()
        with count_statements() as counted:
            deliberation.show(jury.session, chair)
        counts.append(len(counted))
        for number in range(12):
            jury.enter(f"x{len(counts)}-{number}", (("5", "5"), ("6", "6"), ("7", "7")))
    assert counts == [7, 7]
