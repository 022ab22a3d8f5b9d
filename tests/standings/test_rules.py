"""What a person's tries make on each board."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from contest.rules.quota import CountingRule
from contest.rules.ranking import TieBreak
from contest.standings.rules import Combine, ContestRules, Entrant, RoundRules, Span, Tried, lines

NOON = datetime(2026, 10, 5, 5, tzinfo=UTC)
ME = Entrant(1, "k7f2", 1, 1, NOON)


def rules(number: int, **facts: Any) -> RoundRules:
    values: dict[str, Any] = {
        "code": f"r{number}",
        "closes_at": NOON + timedelta(days=number),
        "month": date(2026, 10, 1),
        "counting": CountingRule.BEST,
        "ties": (TieBreak.SCORE, TieBreak.GUESS_DISTANCE, TieBreak.GUESS_NOT_OVER),
        "seed": number,
        "has_guess": True,
        "actual": None,
        "is_settled": False,
        **facts,
    }
    return RoundRules(id=number, **values)


def tried(number: int, round_id: int, points: int, **facts: Any) -> Tried:
    values: dict[str, Any] = {
        "duration_ms": 1000,
        "handed_in_at": NOON + timedelta(minutes=number),
        "guess": 5,
        "is_void": False,
        **facts,
    }
    return Tried(id=number, round_id=round_id, points=Decimal(points), **values)


def contest(*rounds: RoundRules) -> ContestRules:
    return ContestRules(1, "hoi-thi", Combine.SUM, rounds)


def test_a_contest_has_its_rounds_its_months_and_itself_as_spans() -> None:
    found = contest(rules(1), rules(2), rules(40, month=date(2026, 11, 1))).spans()
    assert [(span.code, [each.id for each in span.rounds]) for span in found] == [
        ("round.r1", [1]),
        ("round.r2", [2]),
        ("round.r40", [40]),
        ("month.2026-10", [1, 2]),
        ("month.2026-11", [40]),
        ("all", [1, 2, 40]),
    ]


def test_a_contest_without_counting_rounds_has_no_span() -> None:
    assert contest().spans() == []


def test_a_combined_span_is_ranked_as_its_latest_round_without_sides_of_a_guess() -> None:
    ties = (TieBreak.SCORE, TieBreak.GUESS_NOT_UNDER, TieBreak.GUESS_DISTANCE, TieBreak.DURATION)
    span = Span("all", (rules(1), rules(2, ties=ties)))
    assert span.ties == (TieBreak.SCORE, TieBreak.GUESS_DISTANCE, TieBreak.DURATION)
    assert span.latest.seed == 2
    assert Span("round.r2", (rules(2, ties=ties),), round_id=2).ties == ties


def test_distances_are_known_when_all_rounds_are_settled() -> None:
    first, second = rules(1, actual=7, is_settled=True), rules(2)
    half = contest(first, second).spans()
    tries = [tried(1, 1, 10), tried(2, 2, 5, guess=8)]
    found = lines(ME, tries, half, Combine.SUM)
    assert [found[code].guess_distance for code in ("round.r1", "round.r2", "all")] == [
        2,
        None,
        None,
    ]
    whole = contest(first, rules(2, actual=6, is_settled=True)).spans()
    assert lines(ME, tries, whole, Combine.SUM)["all"].guess_distance == 2 + 2
    assert lines(ME, tries, whole, Combine.BEST)["all"].guess_distance == 2


def test_rounds_that_ask_for_no_guess_add_no_distance() -> None:
    plain = {"has_guess": False, "is_settled": True, "ties": (TieBreak.SCORE,)}
    whole = contest(rules(1, **plain), rules(2, **plain)).spans()
    assert whole[-1].actual is None
    assert lines(ME, [tried(1, 1, 9)], whole, Combine.SUM)["all"].guess_distance is None
    mixed = contest(rules(1, **plain), rules(2, actual=5, is_settled=True)).spans()
    both = [tried(1, 1, 9), tried(2, 2, 9, guess=4)]
    assert lines(ME, both, mixed, Combine.SUM)["all"].guess_distance == 1


def test_void_tries_and_other_rounds_make_no_line() -> None:
    spans = contest(rules(1)).spans()
    tries = [tried(1, 1, 9, is_void=True), tried(2, 99, 9)]
    assert lines(ME, tries, spans, Combine.SUM) == {}


def by_weight() -> ContestRules:
    quiz = rules(1, weight=Decimal(70), out_of=Decimal(30))
    second = rules(2, weight=Decimal(10), out_of=Decimal(12))
    video = rules(3, weight=Decimal(20), is_sat=False)
    return ContestRules(1, "hoi-thi", Combine.WEIGHTED, (quiz, second, video))


def test_a_weighted_contest_sums_shares_of_the_greatest_scores_by_hand() -> None:
    spans = by_weight().spans()
    found = lines(ME, [tried(1, 1, 25), tried(2, 2, 7)], spans, Combine.WEIGHTED)
    # 70 x 25/30 = 58.3333..., 10 x 7/12 = 5.8333..., together 64.1666...
    assert found["all"].points == Decimal("64.17")
    assert found["month.2026-10"].points == Decimal("64.17")
    assert found["round.r1"].points == Decimal(25)
    one = lines(ME, [tried(1, 1, 30)], spans, Combine.WEIGHTED)
    assert one["all"].points == Decimal("70.00")


def test_a_round_of_entries_has_no_board_and_keeps_the_contest_provisional() -> None:
    contest = by_weight()
    assert [span.code for span in contest.spans()] == [
        "round.r1",
        "round.r2",
        "month.2026-10",
        "all",
    ]
    settled = tuple(
        rules(each.id, is_settled=each.is_sat, is_sat=each.is_sat) for each in contest.rounds
    )
    spans = ContestRules(1, "hoi-thi", Combine.WEIGHTED, settled).spans()
    assert [span.is_settled for span in spans] == [True, True, False, False]
    assert spans[-1].latest.code == "r2"
    later = rules(60, month=date(2026, 12, 1), is_sat=False)
    alone = ContestRules(1, "hoi-thi", Combine.WEIGHTED, (later,))
    assert alone.spans() == []
