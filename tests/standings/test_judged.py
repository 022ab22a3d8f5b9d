"""Published results of rounds of entries on the boards: places, sums, weights, corrections."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories.attempts import make_attempt
from factories.contests import OPENING, make_round
from factories.entries import entry_rules
from factories.juries import Jury, make_jury
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.judging import deliberation, publishing
from contest.standings import queries, service
from contest.standings.models import Board, OfficialRow, UnitStanding

POINTS = {"a": Decimal("82.22"), "b": Decimal("73.33"), "c": Decimal("62.22")}


def publish(jury: Jury, **facts: str) -> None:
    run = publishing.propose(jury.session, jury.chair(), now=jury.after, **facts)
    for account, office in ((jury.head, "head_judge"), (jury.organizer, "organizer")):
        chair = jury.chair(account)
        publishing.sign(jury.session, chair, run.code, office=office, now=jury.after)
    publishing.publish(jury.session, jury.chair(), run.code, now=jury.after)


def settle(jury: Jury) -> int:
    return service.settle_judged(jury.session, now=jury.after)


def add_quiz(jury: Jury, points: dict[str, int], **facts: object) -> Round:
    """Add a quiz of ten points, and what some people got in it."""
    plan = [{"topic": None, "difficulty": None, "count": 10, "audiences": []}]
    quiz = make_round(jury.session, jury.contest, "trac-nghiem", plan=plan, **facts)
    for name, got in points.items():
        make_attempt(jury.session, jury.people[name], quiz, points=got, started_at=OPENING)
    return quiz


def shown(jury: Jury, span: str) -> list[tuple[int, str, Decimal]]:
    board = queries.board(jury.session, f"hoi-thi/{span}/hoc-sinh")
    assert board is not None
    jury.session.refresh(board)
    names = {each.id: name for name, each in jury.people.items()}
    rows = queries.page(jury.session, board, 1)
    return [(row.place, names[row.registration_id], row.points) for row in rows]


def revision(jury: Jury, span: str) -> int:
    board = queries.board(jury.session, f"hoi-thi/{span}/hoc-sinh")
    assert board is not None
    jury.session.refresh(board)
    return board.revision


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def test_before_publishing_there_is_no_board_and_nothing_to_take(jury: Jury) -> None:
    assert settle(jury) == 0
    assert jury.session.scalars(select(Board)).all() == []


def test_a_published_result_settles_its_round_with_the_jurys_places(jury: Jury) -> None:
    publish(jury)

    assert settle(jury) == 1
    assert settle(jury) == 0
    assert jury.session.get_one(Round, jury.round.id).settled_at == jury.after
    assert shown(jury, "round.video")[:3] == [
        (1, "a", POINTS["a"]),
        (2, "b", POINTS["b"]),
        (3, "c", POINTS["c"]),
    ]
    for span in ("round.video", "month.2026-11", "all"):
        assert revision(jury, span) == 1
    units = jury.session.execute(
        select(UnitStanding.people, UnitStanding.tries)
        .join(Board, Board.id == UnitStanding.board_id)
        .where(Board.code == "hoi-thi/round.video/hoc-sinh")
    ).all()
    assert [tuple(row) for row in units] == [(5, 5)]


def test_the_jurys_order_of_a_tie_is_the_boards_order(session: Session) -> None:
    same = (("7", "7"), ("7", "7"), ("7", "7"))
    jury = make_jury(session, scores={"a": same, "b": same})
    deliberation.decide_order(
        session, jury.chair(), {"bai-b": 1, "bai-a": 2}, reason="Sáng tạo", now=jury.after
    )
    publish(jury)
    settle(jury)

    seventy = Decimal("70.00")
    assert shown(jury, "round.video") == [(1, "b", seventy), (2, "a", seventy)]


def test_of_several_entries_the_best_counts_and_places_stay_the_jurys(session: Session) -> None:
    jury = make_jury(session, scores={}, rules=entry_rules(each=2))
    for no, (name, points) in enumerate((("a", "9"), ("a2", "8"), ("b", "7")), start=1):
        jury.enter(
            name,
            ((points, points),) * 3,
            person=name[0],
            no=2 if no == 2 else 1,
        )
    publish(jury)
    settle(jury)

    assert shown(jury, "round.video") == [
        (1, "a", Decimal("90.00")),
        (3, "b", Decimal("70.00")),
    ]
    assert [row.tries for row in session.scalars(select(OfficialRow)).all()][:2] == [2, 1]


def test_quiz_and_entries_are_one_weighted_result(session: Session) -> None:
    """30 % of a quiz out of 10, 70 % of a mark out of 100."""
    jury = make_jury(session, combine="weighted", weight=Decimal(70))
    add_quiz(jury, {"a": 5, "b": 10}, weight=Decimal(30))
    service.catch_up(session, now=jury.after)
    quiz = session.scalars(select(Round).where(Round.code == "trac-nghiem")).one()
    service.settle(session, quiz.id, now=jury.after)
    assert revision(jury, "all") == 0
    publish(jury)
    settle(jury)

    assert shown(jury, "all")[:3] == [
        (1, "b", Decimal("81.33")),  # 30 + 0.7 * 73.33
        (2, "a", Decimal("72.55")),  # 15 + 0.7 * 82.22
        (3, "c", Decimal("43.55")),  # 0.7 * 62.22
    ]
    assert revision(jury, "all") == 1


@pytest.mark.parametrize(
    ("combine", "best"), [("sum", Decimal("87.22")), ("best", Decimal("82.22"))]
)
def test_sums_and_bests_take_marks_as_points(session: Session, combine: str, best: Decimal) -> None:
    jury = make_jury(session, combine=combine)
    quiz = add_quiz(jury, {"a": 5})
    publish(jury)
    settle(jury)
    assert revision(jury, "all") == 0
    service.settle(session, quiz.id, now=jury.after)

    assert shown(jury, "all")[0] == (1, "a", best)
    assert revision(jury, "all") == 1


def test_a_paper_handed_in_later_keeps_the_mark_on_the_provisional_board(jury: Jury) -> None:
    publish(jury)
    add_quiz(jury, {"e": 9})
    settle(jury)

    service.catch_up(jury.session, now=jury.after)

    assert (5, "e", Decimal("44.56")) in shown(jury, "all")


def test_a_correction_is_the_next_revision_with_its_reason(jury: Jury) -> None:
    publish(jury)
    settle(jury)
    deliberation.leave_out(jury.session, jury.chair(), "bai-a", reason="Sao chép", now=jury.after)
    publish(jury, reason="Bài a sao chép")
    assert settle(jury) == 1

    assert shown(jury, "round.video")[0] == (1, "b", POINTS["b"])
    board = queries.board(jury.session, "hoi-thi/all/hoc-sinh")
    told = [(each.no, each.reason, each.by) for each in queries.revisions(jury.session, board.id)]
    assert told == [(1, "", None), (2, "Bài a sao chép", jury.organizer.id)]


def test_a_practice_round_goes_on_no_board(session: Session) -> None:
    jury = make_jury(session, is_practice=True)
    publish(jury)

    assert (settle(jury), settle(jury)) == (1, 0)
    assert session.scalars(select(Board)).all() == []


def test_counting_again_makes_the_same_board(jury: Jury) -> None:
    publish(jury)
    settle(jury)
    before = shown(jury, "round.video")
    board = queries.board(jury.session, "hoi-thi/round.video/hoc-sinh")
    assert board is not None

    service.rebuild(jury.session, board.id, now=jury.after)
    service.revise(jury.session, board.id, reason="Đếm lại", by=jury.organizer.id, now=jury.after)

    assert shown(jury, "round.video") == before


def test_the_pages_of_the_boards_lead_to_the_jurys_reasons(jury: Jury, client: FlaskClient) -> None:
    publish(jury)
    settle(jury)
    jury.session.commit()

    page = client.get("/boards/hoi-thi/round.video/hoc-sinh").get_data(as_text=True)
    assert "Thứ hạng do ban giám khảo chấm." in page
    assert "0 giây" not in page
    code = jury.people["a"].code
    why = client.get(f"/boards/hoi-thi/round.video/hoc-sinh/why?registration={code}")
    assert why.headers["Location"] == "/results/hoi-thi/video?division=hoc-sinh"
    whole = client.get(f"/boards/hoi-thi/all/hoc-sinh/why?registration={jury.people['b'].code}")
    assert "được 73,33 điểm, người đứng trên được 82,22 điểm" in whole.get_data(as_text=True)
    assert client.get("/boards/hoi-thi").status_code == 200
    assert client.get("/boards/hoi-thi/units").status_code == 200


def test_taking_a_result_in_takes_as_many_statements_for_few_as_for_many(
    session: Session, count_statements
) -> None:
    jury = make_jury(session)
    counts = []
    for reason in ("", "Thêm bài"):
        publish(jury, **({"reason": reason} if reason else {}))
        session.flush()
        with count_statements() as counted:
            settle(jury)
        counts.append(len(counted))
        for number in range(12):
            jury.enter(f"x{len(counts)}-{number}", (("5", "5"), ("5", "4"), ("4", "4")))
    publish(jury, reason="Thêm nữa")
    with count_statements() as counted:
        settle(jury)
    assert (counts[1], len(counted)) == (counts[1], counts[1])
