"""Starting, answering, taking over, handing in, expiring: on both databases, by named moments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from factories.attempts import (
    CLOSING,
    DAY,
    EVERY_KIND,
    LAPTOP,
    MINUTE,
    ONE,
    OPENING,
    PHONE,
    SECOND,
    TABLET,
    add_person,
    add_round,
    answer_all,
    begin,
    import_drafts,
    make_stage,
    many,
    numbers,
    on_screen,
    save,
    seq,
    stored,
)
from sqlalchemy import func, select, update

from contest.accounts.models import Account
from contest.attempts import queries, service
from contest.attempts.models import EPOCH, GUESS_NO, Answer, Attempt, HandedInBy
from contest.attempts.service import GiveAnswer
from contest.contests.models import Contest, Registration
from contest.core import cache, db
from contest.errors import Conflict, Invalid, NotAllowed, NotFound, TooEarly, TooLate
from contest.rules import receipts
from contest.rules.quota import QuotaSpent, Span
from contest.rules.timing import GRACE
from question_bank.rules.drawing import PoolTooSmall

LIMIT = 15 * MINUTE
END = OPENING + LIMIT  # of a try begun at the opening
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
MICROSECOND = timedelta(microseconds=1)
ALL_RIGHT = {
    "q-one": 2,
    "q-several": [0, 2],
    "q-true-false": True,
    "q-ordering": [0, 1, 2, 3],
    "q-matching": [0, 1, 2],
    "q-number": "12,5",
}


def count(session, table):
    return session.scalar(select(func.count()).select_from(table))


def hand_in(session, attempt, now):
    return service.hand_in(session, attempt.code, by=attempt.account_id, now=now)


def refuse_to_start(session, stage, now, error, **facts):
    with pytest.raises(error) as refused:
        begin(session, stage, now, **facts)
    return refused.value


# Start


def test_a_start_writes_a_whole_attempt(session):
    stage = make_stage(session)

    attempt = begin(session, stage, OPENING + MINUTE, seed=11)

    session.expire_all()
    registration = session.scalars(select(Registration)).one()
    assert (attempt.account_id, attempt.registration_id) == (stage.person, registration.id)
    assert (attempt.contest_id, attempt.round_id) == (stage.contest_id, stage.round_id)
    assert attempt.division_id == stage.division_id
    assert (attempt.contest_no, attempt.round_no, attempt.day_no, attempt.week_no) == (1, 1, 1, 1)
    assert (attempt.day, attempt.week) == (OPENING.date(), OPENING.date())
    assert (attempt.started_at, attempt.deadline) == (OPENING + MINUTE, END + MINUTE)
    assert (attempt.seed, attempt.reached, attempt.holder, attempt.holder_no) == (11, 1, PHONE, 1)
    assert len(attempt.paper) == 6
    assert len(attempt.code) == 12
    assert (attempt.handed_in_at, attempt.points, attempt.receipt) == (None, None, None)


def test_two_taps_are_one_start(session):
    stage = make_stage(session)

    first = begin(session, stage, OPENING, seed=1)
    second = begin(session, stage, OPENING + SECOND, seed=2, device=TABLET)

    assert second is first
    assert count(session, Attempt) == 1
    assert (first.seed, first.holder) == (1, PHONE)


def test_the_same_seed_draws_the_same_paper_and_another_seed_another(session):
    stage = make_stage(session, people=3)

    papers = [
        begin(session, stage, by=person, seed=seed).paper
        for person, seed in zip(stage.people, (1, 1, 2), strict=True)
    ]

    assert papers[0] == papers[1]
    assert papers[0] != papers[2]


def test_who_is_not_registered_may_not_start(session):
    stage = make_stage(session)

    refused = refuse_to_start(session, stage, OPENING, NotAllowed, by=add_person(session, stage))

    assert str(refused) == (
        "Bạn chưa đăng ký cuộc thi này. Hãy đăng ký trước, rồi bắt đầu làm bài."
    )
    assert count(session, Attempt) == 0


@pytest.mark.parametrize(
    ("contest", "round_"),
    [("hoi-thi", "r2"), ("khac", "r1"), ("", ""), ("hội-thi", "đợt 1"), ("x" * 300, "y" * 300)],
)
def test_an_unknown_contest_or_round_is_not_found(session, contest, round_):
    stage = make_stage(session)

    refuse_to_start(session, replace(stage, contest=contest, round=round_), OPENING, NotFound)


def test_an_archived_contest_is_not_found(session):
    stage = make_stage(session)
    session.execute(update(Contest).values(state="archived"))

    refuse_to_start(session, stage, OPENING, NotFound)


def test_a_round_starts_at_its_opening_and_not_a_moment_before(session):
    stage = make_stage(session)

    refuse_to_start(session, stage, OPENING - MICROSECOND, TooEarly)

    assert begin(session, stage, OPENING).started_at == OPENING


def test_a_round_is_over_at_its_closing_and_not_a_moment_before(session):
    stage = make_stage(session, people=2)

    last = begin(session, stage, CLOSING - MICROSECOND, by=stage.people[0])
    refuse_to_start(session, stage, CLOSING, TooLate, by=stage.people[1])

    assert (last.started_at, last.deadline) == (CLOSING - MICROSECOND, CLOSING)


def test_a_paper_that_runs_is_given_back_after_the_closing(session):
    stage = make_stage(session, deadline_rule="whole_limit")
    running = begin(session, stage, CLOSING - MINUTE)

    assert begin(session, stage, CLOSING + MINUTE) is running


@pytest.mark.parametrize(
    ("rule", "seconds", "deadline"),
    [
        ("earlier", 900, CLOSING),
        ("whole_limit", 900, CLOSING + 5 * MINUTE),
        ("earlier", None, CLOSING),
        ("whole_limit", None, CLOSING),
        ("earlier", 60, CLOSING - 9 * MINUTE),
    ],
)
def test_the_deadline_follows_the_rounds_rule(session, rule, seconds, deadline):
    stage = make_stage(session, deadline_rule=rule, time_limit_s=seconds)

    assert begin(session, stage, CLOSING - 10 * MINUTE).deadline == deadline


def test_a_divisions_own_limit_replaces_the_rounds(session):
    stage = make_stage(session, division={"time_limit_s": 1800})

    assert begin(session, stage).deadline == OPENING + 30 * MINUTE


def test_a_pool_too_small_writes_nothing(session):
    stage = make_stage(session, drafts=many(3))
    add_round(session, stage.contest_id, "r2", count=4)

    refused = refuse_to_start(session, stage, OPENING, PoolTooSmall, round="r2")

    assert (refused.facts["needed"], refused.facts["found"]) == (4, 3)
    assert count(session, Attempt) == 0


def test_a_question_must_be_valid_on_the_local_day_of_the_closing(session):
    closing = OPENING.replace(hour=17, minute=30)  # 0:30 of the next day in Hà Nội
    drafts = [*many(2), replace(ONE, code="q-old", valid_until=OPENING.date())]
    stage = make_stage(session, drafts=drafts, closes_at=closing)

    refuse_to_start(session, stage, OPENING, PoolTooSmall)


def sit_out(session, stage, now, **facts):
    """One whole try of a minute."""
    return hand_in(session, begin(session, stage, now, **facts), now + MINUTE)


def test_the_rounds_quota_is_spent_for_good(session):
    stage = make_stage(session, tries_round=2)
    sit_out(session, stage, OPENING)
    sit_out(session, stage, OPENING + DAY)

    refused = refuse_to_start(session, stage, OPENING + 8 * DAY, QuotaSpent)

    assert (refused.span, refused.facts) == (Span.ROUND, {"allowed": 2})
    assert count(session, Attempt) == 2


def test_the_contests_quota_counts_over_its_rounds(session):
    stage = make_stage(session, tries_total=2)
    add_round(session, stage.contest_id, "r2", count=6)
    add_round(session, stage.contest_id, "r3", count=6)
    first = sit_out(session, stage, OPENING)
    second = sit_out(session, stage, OPENING, round="r2")

    refused = refuse_to_start(session, stage, OPENING + DAY, QuotaSpent, round="r3")

    assert refused.span is Span.CONTEST
    assert [(each.contest_no, each.round_no) for each in (first, second)] == [(1, 1), (2, 1)]


def test_practice_spends_nothing_of_the_contest(session):
    stage = make_stage(session, tries_total=1)
    add_round(session, stage.contest_id, "p", count=6, is_practice=True, tries_day=2)
    tries = [sit_out(session, stage, OPENING + at * MINUTE, round="p") for at in (0, 2)]

    counted = sit_out(session, stage, OPENING + 5 * MINUTE)
    refused = refuse_to_start(session, stage, OPENING + 9 * MINUTE, QuotaSpent, round="p")
    next_day = sit_out(session, stage, OPENING + DAY, round="p")

    assert [(each.contest_no, each.round_no, each.day_no) for each in tries] == [
        (None, 1, 1),
        (None, 2, 2),
    ]
    assert (counted.contest_no, refused.span) == (1, Span.DAY)
    assert (next_day.contest_no, next_day.round_no, next_day.day_no) == (None, 3, 1)


def test_a_new_day_begins_at_local_midnight(session):
    stage = make_stage(session, tries_day=1)
    midnight = OPENING.replace(hour=17)  # Tuesday 0:00 in Hà Nội
    sit_out(session, stage, OPENING)

    refused = refuse_to_start(session, stage, midnight - MICROSECOND, QuotaSpent)
    tuesday = begin(session, stage, midnight)

    assert refused.span is Span.DAY
    assert (tuesday.day, tuesday.day_no) == (OPENING.date() + DAY, 1)
    assert (tuesday.round_no, tuesday.week, tuesday.week_no) == (2, OPENING.date(), 2)


def test_a_new_week_begins_on_monday_at_local_midnight(session):
    stage = make_stage(session, tries_week=1)
    monday = OPENING.replace(hour=17) + 6 * DAY  # Monday 0:00 in Hà Nội
    sit_out(session, stage, OPENING)

    refused = refuse_to_start(session, stage, monday - MICROSECOND, QuotaSpent)
    later = begin(session, stage, monday)

    assert refused.span is Span.WEEK
    assert (later.week, later.week_no, later.day_no) == (OPENING.date() + 7 * DAY, 1, 1)


def test_a_try_across_midnight_belongs_to_the_day_it_began(session):
    stage = make_stage(session, tries_day=1)
    midnight = OPENING.replace(hour=17)
    first = begin(session, stage, midnight - MINUTE)
    hand_in(session, first, midnight + MINUTE)

    second = begin(session, stage, midnight + 2 * MINUTE)

    assert [each.day for each in (first, second)] == [OPENING.date(), OPENING.date() + DAY]


def test_a_forgotten_try_is_handed_in_by_the_clock_when_a_new_one_starts(session):
    stage = make_stage(session, drafts=many(2))
    first = begin(session, stage)
    save(session, first, GiveAnswer(1, first.paper[0]["o"].index(2)), now=OPENING + MINUTE)

    second = begin(session, stage, END + GRACE)

    assert second.id != first.id
    assert (first.handed_in_at, first.handed_in_by) == (END, HandedInBy.CLOCK)
    assert (first.points, first.right_count, first.duration_ms) == (1, 1, 900_000)
    assert (second.round_no, second.handed_in_at) == (2, None)
    assert service.is_receipt_true(session, first)


def test_a_forgotten_last_try_is_handed_in_only_with_the_refusal_undone(session):
    stage = make_stage(session, tries_round=1)
    begin(session, stage)

    refuse_to_start(session, stage, END + GRACE, QuotaSpent)


def test_within_the_grace_the_running_try_is_given_back(session):
    stage = make_stage(session)
    running = begin(session, stage)

    assert begin(session, stage, END + GRACE - MICROSECOND) is running


def test_a_paper_keeps_its_versions_when_a_question_is_edited(session):
    stage = make_stage(session, drafts=[ONE], people=2)
    before = begin(session, stage, by=stage.people[0])
    import_drafts(session, [replace(ONE, text="Câu mới?", key=replace(ONE.key, right=0))], OPENING)
    cache.forget_everything()

    after = begin(session, stage, by=stage.people[1])
    for attempt in (before, after):
        answer_all(session, attempt, {"q-one": 2}, now=OPENING + MINUTE)
        hand_in(session, attempt, OPENING + 2 * MINUTE)

    assert before.paper[0]["v"] != after.paper[0]["v"]
    assert (before.points, after.points) == (1, 0)


def test_starts_of_one_moment_in_two_rounds_with_one_try_left_are_a_conflict(session, monkeypatch):
    stage = make_stage(session, tries_total=1)
    add_round(session, stage.contest_id, "r2", count=6)
    begin(session, stage)
    real = queries.entry

    def blind(session, account_id, **facts):
        found = real(session, account_id, **facts)
        return replace(found, spent=replace(found.spent, total=0))

    monkeypatch.setattr(queries, "entry", blind)

    refused = refuse_to_start(session, stage, OPENING, Conflict, round="r2")

    assert "vừa được dùng ở một máy hoặc một trang khác" in str(refused)
    assert count(session, Attempt) == 1


@POSTGRESQL
@pytest.mark.parametrize("tries", [1, 2])
def test_a_tap_that_comes_between_two_reads_is_given_the_same_attempt(session, monkeypatch, tries):
    stage = make_stage(session, tries_round=tries)
    session.commit()
    faster = []
    real = queries.entry

    def overtaken(session, account_id, **facts):
        monkeypatch.setattr(queries, "entry", real)
        with db.transaction() as other:
            faster.append(begin(other, stage).code)
        return real(session, account_id, **facts)

    monkeypatch.setattr(queries, "entry", overtaken)

    assert begin(session, stage).code == faster[0]
    assert count(session, Attempt) == 1


@POSTGRESQL
def test_a_tap_overtaken_at_the_insert_is_given_the_same_attempt(session, monkeypatch):
    stage = make_stage(session)
    session.commit()
    faster = []
    real = service._insert

    def overtaken(session, attempt):
        monkeypatch.setattr(service, "_insert", real)
        with db.transaction() as other:
            faster.append(begin(other, stage).code)
        return real(session, attempt)

    monkeypatch.setattr(service, "_insert", overtaken)

    assert begin(session, stage).code == faster[0]
    assert count(session, Attempt) == 1


@POSTGRESQL
def test_a_forgotten_try_handed_in_meanwhile_keeps_its_result(session, monkeypatch):
    stage = make_stage(session)
    forgotten = begin(session, stage)
    session.commit()
    real = queries.entry

    def overtaken(session, account_id, **facts):
        monkeypatch.setattr(queries, "entry", real)
        found = real(session, account_id, **facts)
        with db.transaction() as other:
            service.hand_in(other, forgotten.code, by=stage.person, now=END + SECOND)
        return found

    monkeypatch.setattr(queries, "entry", overtaken)
    begin(session, stage, END + GRACE)

    session.refresh(forgotten)
    assert forgotten.handed_in_by == HandedInBy.PERSON


@pytest.mark.parametrize("questions", [5, 15])
def test_starting_takes_the_same_statements_whatever_the_paper(
    session, count_statements, questions
):
    stage = make_stage(session, drafts=many(questions), people=2)
    begin(session, stage, by=stage.people[0])  # the pool is warm

    with count_statements() as counted:
        begin(session, stage, by=stage.people[1])
    with count_statements() as again:
        begin(session, stage, by=stage.people[1])

    assert (len(counted), len(again)) == (2, 2)


# Answer


@pytest.fixture
def paper(session):
    stage = make_stage(session, drafts=many(3), people=2, guess_text="Bao nhiêu người?")
    attempt = begin(session, stage)
    session.flush()
    return attempt


AT = OPENING + 5 * MINUTE


def refuse_to_save(session, attempt, *given, error, **facts):
    with pytest.raises(error) as refused:
        save(session, attempt, *given, **{"now": AT, **facts})
    return refused.value


def test_a_choice_is_saved(session, paper):
    saved = save(session, paper, GiveAnswer(2, 3, seq(1)), now=AT)

    row = session.scalars(select(Answer)).one()
    assert (row.attempt_id, row.no, row.value) == (paper.id, 2, 3)
    assert (row.seq, row.saved_at) == (seq(1), AT)
    assert saved == service.Saved(END, is_elsewhere=False)


def test_a_newer_choice_overwrites_an_older_one(session, paper):
    save(session, paper, GiveAnswer(1, 0, seq(1)), now=AT)
    save(session, paper, GiveAnswer(1, 3, seq(2)), now=AT + SECOND)

    assert stored(session, paper.id) == {1: (3, seq(2))}


def test_an_older_choice_never_overwrites_a_newer_one(session, paper):
    save(session, paper, GiveAnswer(1, 3, seq(2)), now=AT)
    save(session, paper, GiveAnswer(1, 0, seq(1)), now=AT + SECOND)

    assert stored(session, paper.id) == {1: (3, seq(2))}
    assert session.scalar(select(Answer.saved_at)) == AT


def test_of_two_choices_with_one_number_the_first_stays(session, paper):
    save(session, paper, GiveAnswer(1, 3, seq(2)), now=AT)
    save(session, paper, GiveAnswer(1, 0, seq(2)), now=AT + SECOND)

    assert stored(session, paper.id) == {1: (3, seq(2))}


def test_an_equal_batch_again_changes_nothing(session, paper):
    batch = [GiveAnswer(1, 0, seq(1)), GiveAnswer(2, 1, seq(2)), GiveAnswer(1, 2, seq(3))]
    save(session, paper, *batch, now=AT)

    save(session, paper, *batch, now=AT + SECOND)

    assert stored(session, paper.id) == {1: (2, seq(3)), 2: (1, seq(2))}
    assert set(session.scalars(select(Answer.saved_at))) == {AT}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_order_of_a_batch_does_not_matter(session, paper, order):
    batch = [
        GiveAnswer(1, 0, seq(1)),
        GiveAnswer(1, 2, seq(4)),
        GiveAnswer(3, 1, seq(2)),
        GiveAnswer(3, None, seq(3)),
    ]

    save(session, paper, *(batch[at] for at in order), now=AT)

    assert stored(session, paper.id) == {1: (2, seq(4)), 3: (None, seq(3))}


def test_an_empty_batch_only_tells_the_time(session, paper):
    assert save(session, paper, now=AT).deadline == END
    assert stored(session, paper.id) == {}


def test_a_choice_beyond_the_grace_is_late_and_leaves_no_row(session, paper):
    refused = refuse_to_save(
        session, paper, GiveAnswer(1, 0, seq(1)), now=END + GRACE, error=TooLate
    )

    assert refused.facts == {"deadline": END}
    assert stored(session, paper.id) == {}


def test_a_choice_inside_the_grace_is_saved(session, paper):
    save(session, paper, GiveAnswer(1, 0, seq(1)), now=END + GRACE - MICROSECOND)

    assert stored(session, paper.id) == {1: (0, seq(1))}


def test_nothing_is_saved_after_handing_in(session, paper):
    hand_in(session, paper, AT)

    refuse_to_save(session, paper, GiveAnswer(1, 0, seq(1)), now=AT + SECOND, error=TooLate)

    assert stored(session, paper.id) == {}


@pytest.mark.parametrize("is_warm", [True, False])
def test_another_persons_attempt_is_not_found(session, paper, is_warm):
    other = session.scalars(select(Account.id).where(Account.id != paper.account_id)).one()
    if is_warm:
        save(session, paper, now=AT)

    refuse_to_save(session, paper, GiveAnswer(1, 0, seq(1)), by=other, error=NotFound)
    for ask in (queries.lock, queries.sat):
        with pytest.raises(NotFound):
            ask(session, paper.code, by=other)

    assert stored(session, paper.id) == {}


@pytest.mark.parametrize("code", ["", "nothing", "hội thi", "x" * 300])
def test_an_unknown_attempt_is_not_found(session, paper, code):
    with pytest.raises(NotFound):
        service.answer(session, code, [], by=paper.account_id, device=PHONE, now=AT)
    for act in (service.hand_in, service.go_on, service.take_over):
        facts = {service.go_on: {"after": 1}, service.take_over: {"device": PHONE}}.get(act, {})
        with pytest.raises(NotFound):
            act(session, code, by=paper.account_id, now=AT, **facts)


@pytest.mark.parametrize("no", [-1, 4, 10**30])
def test_a_number_that_is_not_on_the_paper_is_invalid(session, paper, no):
    refused = refuse_to_save(session, paper, GiveAnswer(no, 0, seq(1)), error=Invalid)

    assert str(refused) == f"Đề thi không có câu số {no}."


def test_a_guess_is_invalid_where_nothing_is_to_be_guessed(session):
    attempt = begin(session, make_stage(session, drafts=many(1)))

    refuse_to_save(session, attempt, GiveAnswer(GUESS_NO, 5, seq(1)), error=Invalid)


@pytest.mark.parametrize("value", [4, -1, True, 1.0, "1", [1], {"a": 1}, float("nan"), 10**40])
def test_a_value_that_is_no_answer_is_invalid_and_saves_nothing_of_the_batch(session, paper, value):
    refuse_to_save(
        session,
        paper,
        GiveAnswer(1, 0, seq(1)),
        GiveAnswer(2, value, seq(2)),
        GiveAnswer(3, 0, seq(3)),
        error=Invalid,
    )

    assert stored(session, paper.id) == {}


WRONG_TYPES = {
    "q-one": [4, "0", [0], True, 0.0],
    "q-several": [0, [4], [0, 0], [True], ["0"], [0, 1, 2, 3, 0], {}],
    "q-true-false": [0, 1, "true", []],
    "q-ordering": [0, [0], [0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 4], [0, 1, 2, 3, 0]],
    "q-matching": [0, [0], [0, 1, 4], [0, 1, "2"], [0, 1, 2, 3]],
    "q-number": [True, 1.5, "một", "1e5", "١٢", "1\x002", "NaN", "9" * 21, 10**30, [], "--1"],
}


@pytest.mark.parametrize("code", WRONG_TYPES)
def test_each_kind_of_question_refuses_what_cannot_be_its_answer(session, code):
    attempt = begin(session, make_stage(session))
    no = numbers(session, attempt)[code]

    for value in WRONG_TYPES[code]:
        refuse_to_save(session, attempt, GiveAnswer(no, value, seq(1)), error=Invalid)

    assert stored(session, attempt.id) == {}


BLANKS = {
    "q-one": [None],
    "q-several": [None, []],
    "q-true-false": [None],
    "q-ordering": [None, []],
    "q-matching": [None, [], [None, None, None]],
    "q-number": [None, "", "  "],
}


@pytest.mark.parametrize("code", BLANKS)
def test_a_blank_clears_the_choice(session, code):
    attempt = begin(session, make_stage(session))
    no = numbers(session, attempt)[code]
    right = on_screen(
        attempt.paper[no - 1], {one.code: one.type for one in EVERY_KIND}[code], ALL_RIGHT[code]
    )
    number = 0

    for blank in BLANKS[code]:
        save(session, attempt, GiveAnswer(no, right, seq(number + 1)), now=AT)
        number += 2
        save(session, attempt, GiveAnswer(no, blank, seq(number)), now=AT)
        assert stored(session, attempt.id) == {no: (None, seq(number))}

    assert hand_in(session, attempt, AT).marks[no - 1] == ["0.00", "blank"]


@pytest.mark.parametrize(
    ("value", "guess"),
    [
        (0, 0),
        (12345, 12345),
        ("12345", 12345),
        ("12.345", 12345),
        ("12 345", 12345),
        ("1.234.567", 1234567),
        (" 7 ", 7),
        ("007", 7),
        ("0" * 50 + "7", 7),
        (999_999_999_999, 999_999_999_999),
        (None, None),
        ("", None),
        ("  ", None),
    ],
)
def test_a_guess_is_a_whole_number_with_or_without_dots(session, paper, value, guess):
    save(session, paper, GiveAnswer(GUESS_NO, value, seq(1)), now=AT)

    assert stored(session, paper.id) == {GUESS_NO: (guess, seq(1))}
    assert hand_in(session, paper, AT + MINUTE).guess == guess
    assert service.is_receipt_true(session, paper)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        *((wrong, "Số dự đoán phải là số nguyên từ 0 trở lên.") for wrong in (-1, "-1", "12,5")),
        *(
            (wrong, "Số dự đoán phải là số nguyên từ 0 trở lên.")
            for wrong in ("1.5", "12.34", "1e3", "١٢", "một", True, 1.0, [], {}, "1\x00")
        ),
        *((wrong, "Số dự đoán quá lớn.") for wrong in (10**12, "9" * 13, 10**40, "9" * 5000)),
    ],
)
def test_a_guess_that_is_no_whole_number_is_invalid(session, paper, value, sentence):
    refused = refuse_to_save(session, paper, GiveAnswer(GUESS_NO, value, seq(1)), error=Invalid)

    assert str(refused) == sentence
    assert stored(session, paper.id) == {}


def test_a_guess_too_long_to_be_written_out_is_too_large(session, paper):
    huge = 10**5000  # Python refuses to turn it into text

    refused = refuse_to_save(session, paper, GiveAnswer(GUESS_NO, huge, seq(1)), error=Invalid)

    assert str(refused) == "Số dự đoán quá lớn."


@pytest.mark.parametrize("number", [EPOCH, 2 * EPOCH - 1])
def test_the_numbers_of_the_devices_so_far_are_taken(session, paper, number):
    save(session, paper, GiveAnswer(1, 0, number), now=AT)

    assert stored(session, paper.id) == {1: (0, number)}


@pytest.mark.parametrize("number", [-1, 0, EPOCH - 1, 2 * EPOCH, 2**70])
def test_a_number_of_a_device_to_come_is_invalid(session, paper, number):
    refuse_to_save(session, paper, GiveAnswer(1, 0, number), error=Invalid)

    assert stored(session, paper.id) == {}


def test_a_batch_with_one_impossible_number_saves_nothing(session, paper):
    refuse_to_save(
        session,
        paper,
        GiveAnswer(1, 0, seq(1)),
        GiveAnswer(2, 0, 2 * EPOCH),
        error=Invalid,
    )

    assert stored(session, paper.id) == {}


def test_a_choice_without_a_number_is_the_newest(session, paper):
    save(session, paper, GiveAnswer(1, 0), now=AT)
    save(session, paper, GiveAnswer(1, 1), now=AT)
    save(session, paper, GiveAnswer(1, 2, seq(500)), now=AT)
    save(session, paper, GiveAnswer(1, 3), GiveAnswer(2, 0), now=AT)

    assert stored(session, paper.id) == {1: (3, seq(501)), 2: (0, seq(0))}


def test_a_form_beats_even_the_highest_number_a_device_may_give(session, paper):
    save(session, paper, GiveAnswer(1, 0, 2 * EPOCH - 1), now=AT)

    save(session, paper, GiveAnswer(1, 3), now=AT)

    assert stored(session, paper.id) == {1: (3, 2 * EPOCH)}


def test_a_hundred_choices_may_come_at_once_and_not_one_more(session, paper):
    batch = [GiveAnswer(1 + at % 3, at % 4, seq(at)) for at in range(101)]

    refuse_to_save(session, paper, *batch, error=Invalid)
    save(session, paper, *batch[:100], now=AT)

    assert stored(session, paper.id) == {
        1: (3, seq(99)),
        2: (1, seq(97)),
        3: (2, seq(98)),
    }


@pytest.mark.parametrize("questions", [1, 15])
def test_saving_takes_a_statement_or_two_however_much_is_saved(
    session, count_statements, questions
):
    attempt = begin(session, make_stage(session, drafts=many(questions)))
    save(session, attempt, now=AT)  # the facts are warm
    for no in range(1, questions + 1):
        save(session, attempt, GiveAnswer(no, 0, seq(no)), now=AT)

    with count_statements() as counted:
        save(session, attempt, GiveAnswer(1, 1, seq(99)), now=AT)

    assert len(counted) == {"postgresql": 1, "sqlite": 2}[session.get_bind().dialect.name]


# One way


@pytest.fixture
def one_way(session):
    stage = make_stage(session, drafts=many(3), is_one_way=True, guess_text="Bao nhiêu?")
    return begin(session, stage)


def go_on(session, attempt, after, now=AT):
    return service.go_on(session, attempt.code, after=after, by=attempt.account_id, now=now)


def test_on_a_one_way_paper_only_the_question_reached_is_answered(session, one_way):
    save(session, one_way, GiveAnswer(1, 0, seq(1)), GiveAnswer(GUESS_NO, 5, seq(1)), now=AT)
    go_on(session, one_way, 1)

    refuse_to_save(session, one_way, GiveAnswer(1, 1, seq(2)), error=NotAllowed)
    refuse_to_save(session, one_way, GiveAnswer(3, 1, seq(2)), error=NotAllowed)
    batch = [GiveAnswer(2, 1, seq(3)), GiveAnswer(1, 1, seq(3))]
    refuse_to_save(session, one_way, *batch, error=NotAllowed)
    save(session, one_way, GiveAnswer(2, 2, seq(4)), now=AT)

    assert stored(session, one_way.id) == {0: (5, seq(1)), 1: (0, seq(1)), 2: (2, seq(4))}


def test_going_on_twice_is_going_on_once(session, one_way):
    reached = [go_on(session, one_way, after).reached for after in (1, 1, 2, 1)]

    assert reached == [2, 2, 3, 3]


@pytest.mark.parametrize("after", [-1, 0, 2, 3, 10**9])
def test_nobody_jumps_ahead(session, one_way, after):
    assert go_on(session, one_way, after).reached == 1


def test_nothing_comes_after_the_last_question(session, one_way):
    reached = [go_on(session, one_way, after).reached for after in (1, 2, 3, 4)]

    assert reached == [2, 3, 3, 3]


def test_nobody_goes_on_after_the_end_or_after_handing_in(session, one_way):
    with pytest.raises(TooLate):
        go_on(session, one_way, 1, now=END + GRACE)
    hand_in(session, one_way, AT)
    with pytest.raises(TooLate):
        go_on(session, one_way, 1)

    assert one_way.reached == 1


def test_a_question_whose_blank_voids_the_paper_is_left_only_knowingly(session):
    stage = make_stage(session, drafts=many(3), is_one_way=True, requires_all=True)
    attempt = begin(session, stage)
    with pytest.raises(Invalid, match="bỏ trống một câu thì cả bài"):
        go_on(session, attempt, 1)
    assert attempt.reached == 1

    save(session, attempt, GiveAnswer(1, None, seq(1)), now=AT)
    with pytest.raises(Invalid):
        go_on(session, attempt, 1)
    save(session, attempt, GiveAnswer(1, 0, seq(2)), now=AT)
    assert go_on(session, attempt, 1).reached == 2

    facts = {"after": 2, "by": attempt.account_id, "now": AT, "leaves_blank": True}
    assert service.go_on(session, attempt.code, **facts).reached == 3


# Take over


def take_over(session, attempt, device, now=AT):
    return service.take_over(session, attempt.code, by=attempt.account_id, device=device, now=now)


def test_the_first_device_is_told_that_another_writes_now(session, paper):
    take_over(session, paper, TABLET)

    first = save(session, paper, GiveAnswer(1, 0, seq(1)), now=AT, device=PHONE)
    second = save(session, paper, GiveAnswer(2, 0, seq(1, 2)), now=AT, device=TABLET)

    assert (first.is_elsewhere, second.is_elsewhere) == (True, False)


def test_a_device_that_writes_already_takes_nothing_over(session, paper):
    devices = (PHONE, TABLET, TABLET, PHONE, LAPTOP)

    numbers_ = [take_over(session, paper, device).holder_no for device in devices]

    assert numbers_ == [1, 2, 2, 3, 4]
    assert paper.holder == LAPTOP


def test_an_offline_queue_fills_only_what_the_second_device_left_alone(session, paper):
    take_over(session, paper, TABLET)
    save(session, paper, GiveAnswer(1, 3, seq(5, 2)), GiveAnswer(2, None, seq(6, 2)), now=AT)

    queue = [GiveAnswer(no, 0, 2 * EPOCH - no) for no in (1, 2, 3)]
    saved = save(session, paper, *queue, now=AT + MINUTE, device=PHONE)

    assert saved.is_elsewhere
    assert stored(session, paper.id) == {
        1: (3, seq(5, 2)),
        2: (None, seq(6, 2)),
        3: (0, 2 * EPOCH - 3),
    }


def test_a_form_on_the_second_device_is_newer_than_all_of_the_first(session, paper):
    save(session, paper, GiveAnswer(1, 0, 2 * EPOCH - 1), now=AT)
    take_over(session, paper, TABLET)

    save(session, paper, GiveAnswer(1, 1), GiveAnswer(2, 1), now=AT)

    assert stored(session, paper.id) == {1: (1, seq(0, 2)), 2: (1, seq(0, 2))}


def test_nobody_takes_over_after_the_end_or_after_handing_in(session, paper):
    with pytest.raises(TooLate):
        take_over(session, paper, TABLET, now=END + GRACE)
    hand_in(session, paper, AT)
    with pytest.raises(TooLate):
        take_over(session, paper, TABLET)

    assert (paper.holder, paper.holder_no) == (PHONE, 1)


# Hand in


def test_handing_in_counts_to_the_millisecond(session, paper):
    at = OPENING + timedelta(minutes=3, microseconds=4_567_890)

    hand_in(session, paper, at)

    session.expire_all()
    assert (paper.handed_in_at, paper.handed_in_by) == (at, HandedInBy.PERSON)
    assert paper.duration_ms == 184_567
    assert (paper.counted_at, paper.exposed_at) == (None, None)


def test_handing_in_again_changes_nothing(session, paper):
    save(session, paper, GiveAnswer(1, 0, seq(1)), now=AT)
    first = row_of(session, hand_in(session, paper, AT))

    again = row_of(session, hand_in(session, paper, AT + MINUTE))
    service.expire_overdue(session, now=END + DAY)

    assert again == first
    assert row_of(session, paper) == first


def row_of(session, attempt):
    found = select(Attempt.__table__).where(Attempt.id == attempt.id)
    return tuple(session.execute(found).one())


@pytest.mark.parametrize(
    ("now", "at", "who"),
    [
        (END, END, HandedInBy.PERSON),
        (END + MICROSECOND, END, HandedInBy.PERSON),
        (END + GRACE - MICROSECOND, END, HandedInBy.PERSON),
        (END + GRACE, END, HandedInBy.CLOCK),
        (END + DAY, END, HandedInBy.CLOCK),
    ],
)
def test_after_the_deadline_it_counts_as_of_the_deadline(session, paper, now, at, who):
    hand_in(session, paper, now)

    assert (paper.handed_in_at, paper.handed_in_by, paper.duration_ms) == (at, who, 900_000)


def test_nobody_hands_in_for_another(session, paper):
    other = session.scalars(select(Account.id).where(Account.id != paper.account_id)).one()

    with pytest.raises(NotFound):
        service.hand_in(session, paper.code, by=other, now=AT)

    assert paper.handed_in_at is None


def marks_of(session, attempt):
    """The marks by question code."""
    return {code: attempt.marks[no - 1] for code, no in numbers(session, attempt).items()}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_kind_of_question_is_right_wherever_it_is_shown(session, seed):
    attempt = begin(session, make_stage(session, guess_text="?", points=Decimal("2.5")), seed=seed)
    answer_all(session, attempt, ALL_RIGHT, now=AT)

    hand_in(session, attempt, AT)

    session.expire_all()
    assert attempt.marks == [["2.50", "right"]] * 6
    assert (attempt.points, attempt.out_of) == (Decimal("15.00"), Decimal("15.00"))
    assert (attempt.right_count, attempt.is_all_right, attempt.is_void) == (6, True, False)
    assert service.is_receipt_true(session, attempt)


def test_the_orders_of_these_papers_are_shuffled(session):
    """Or the tests beside this one would prove less than they say."""
    stage = make_stage(session, people=3)
    papers = [
        begin(session, stage, by=person, seed=seed).paper
        for person, seed in zip(stage.people, (1, 2, 3), strict=True)
    ]

    for paper in papers:
        assert any(row["o"] != sorted(row["o"]) for row in paper)
        assert any(row["r"] != sorted(row["r"]) for row in paper)


PARTLY = {
    "q-one": 1,
    "q-several": [0],  # one of two right ones
    "q-true-false": False,
    "q-ordering": [1, 0, 2, 3],
    "q-matching": [0, 2, None],
    "q-number": "13",  # the tolerance is 0.5
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("partial", "marks", "points"),
    [
        (
            "all_or_nothing",
            [
                "-0.25 wrong",
                "-0.25 wrong",
                "-0.25 wrong",
                "-0.25 wrong",
                "-0.25 wrong",
                "1.00 right",
            ],
            "0.00",  # 1 - 5 × 0.25 = -0.25, and no paper falls below nothing
        ),
        (
            "proportional",  # 1/2; of three neighbours 2-3 alone; one of three pairs
            [
                "-0.25 wrong",
                "0.50 partly",
                "-0.25 wrong",
                "0.33 partly",
                "0.33 partly",
                "1.00 right",
            ],
            "1.66",
        ),
        (
            "each_right",  # 3 of 4 boxes as they should be; two of four places; one of three pairs
            [
                "-0.25 wrong",
                "0.75 partly",
                "-0.25 wrong",
                "0.50 partly",
                "0.33 partly",
                "1.00 right",
            ],
            "2.08",
        ),
    ],
)
def test_partly_right_answers_are_marked_by_the_rounds_rule(session, seed, partial, marks, points):
    stage = make_stage(session, partial=partial, wrong=Decimal("0.25"))
    attempt = begin(session, stage, seed=seed)
    answer_all(session, attempt, PARTLY, now=AT)

    hand_in(session, attempt, AT)

    session.expire_all()
    assert marks_of(session, attempt) == {
        code: mark.split() for code, mark in zip(PARTLY, marks, strict=True)
    }
    assert (attempt.points, attempt.out_of) == (Decimal(points), Decimal("6.00"))
    assert (attempt.right_count, attempt.is_all_right) == (1, False)


def test_a_paper_left_blank_is_nothing_and_not_void_by_itself(session, paper):
    hand_in(session, paper, AT)

    assert paper.marks == [["0.00", "blank"]] * 3
    assert (paper.points, paper.right_count, paper.is_void, paper.guess) == (0, 0, False, None)
    assert service.is_receipt_true(session, paper)


@pytest.mark.parametrize(
    ("answered", "guess", "is_void"),
    [(3, 5, False), (2, 5, True), (3, None, True), (0, None, True)],
)
def test_where_all_is_required_a_paper_with_a_blank_is_void(session, answered, guess, is_void):
    stage = make_stage(session, drafts=many(3), guess_text="?", requires_all=True)
    attempt = begin(session, stage)
    given = [GiveAnswer(no, 0, seq(no)) for no in range(1, answered + 1)]
    save(session, attempt, *given, GiveAnswer(GUESS_NO, guess, seq(1)), now=AT)

    assert hand_in(session, attempt, AT).is_void is is_void


def test_where_all_is_required_and_nothing_is_guessed_no_guess_is_missed(session):
    attempt = begin(session, make_stage(session, drafts=many(1), requires_all=True))
    save(session, attempt, GiveAnswer(1, 0, seq(1)), now=AT)

    assert hand_in(session, attempt, AT).is_void is False


# The receipt


@pytest.fixture
def handed_in(session):
    attempt = begin(session, make_stage(session, guess_text="Bao nhiêu?"))
    answer_all(session, attempt, ALL_RIGHT, now=AT)
    save(session, attempt, GiveAnswer(GUESS_NO, 42, seq(1)), now=AT)
    return hand_in(session, attempt, AT + MINUTE)


def test_a_receipt_is_true_also_when_everything_is_read_anew(session, handed_in):
    session.expire_all()

    assert receipts.normalise(handed_in.receipt) == handed_in.receipt
    assert service.is_receipt_true(session, handed_in)
    assert queries.by_receipt(session, handed_in.receipt).attempt is handed_in


def test_a_receipt_tells_whose_paper_it_was_by_the_name_of_that_day(session, handed_in):
    person = session.get_one(Account, handed_in.account_id)
    before = person.name
    person.name = "Người Khác"
    session.flush()
    session.expire_all()

    assert queries.by_receipt(session, handed_in.receipt).name == before


def tamper(session, statement):
    session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()


@pytest.mark.parametrize(
    "change",
    [{"value": 99}, {"value": None}, {"saved_at": AT + MICROSECOND}],
    ids=["value", "blank", "time"],
)
@pytest.mark.parametrize("no", range(1, 7))
def test_a_receipt_is_false_once_a_stored_answer_is_tampered_with(session, handed_in, no, change):
    tamper(session, update(Answer).where(Answer.no == no).values(**change))

    assert not service.is_receipt_true(session, handed_in)


@pytest.mark.parametrize(
    "change",
    [
        {"guess": 43},
        {"started_at": OPENING + MICROSECOND},
        {"handed_in_at": AT},
        {"code": "another"},
        {"paper": []},
    ],
    ids=["guess", "start", "end", "code", "paper"],
)
def test_a_receipt_is_false_once_the_attempt_is_tampered_with(session, handed_in, change):
    tamper(session, update(Attempt).values(**change))

    assert not service.is_receipt_true(session, handed_in)


def test_a_receipt_is_false_once_an_answer_is_gone(session, handed_in):
    tamper(session, Answer.__table__.delete().where(Answer.no == 1))

    assert not service.is_receipt_true(session, handed_in)


def test_an_open_attempt_has_no_receipt(session, paper):
    with pytest.raises(ValueError, match="handed in"):
        service.is_receipt_true(session, paper)


@pytest.mark.usefixtures("handed_in")
def test_a_receipt_nobody_has_is_not_found(session):
    with pytest.raises(NotFound):
        queries.by_receipt(session, "0000-0000-0000-0000")


# Expire


def test_what_is_overdue_is_handed_in_with_what_was_saved(session):
    stage = make_stage(session, people=3)
    early, late, done = (begin(session, stage, by=person) for person in stage.people)
    answer_all(session, early, ALL_RIGHT, now=AT)
    hand_in(session, done, AT)
    late.deadline = END + MICROSECOND

    before = service.expire_overdue(session, now=END + GRACE - MICROSECOND)
    count_ = service.expire_overdue(session, now=END + GRACE)
    again = service.expire_overdue(session, now=END + GRACE)

    assert (before, count_, again) == (0, 1, 0)
    assert (early.handed_in_at, early.handed_in_by) == (END, HandedInBy.CLOCK)
    assert (early.points, early.is_all_right, early.duration_ms) == (6, True, 900_000)
    assert late.handed_in_at is None
    assert (done.handed_in_at, done.handed_in_by) == (AT, HandedInBy.PERSON)
    assert service.is_receipt_true(session, early)


def test_the_overdue_come_in_batches_the_earliest_deadline_first(session):
    stage = make_stage(session, drafts=many(1), people=5)
    tries = [
        begin(session, stage, OPENING + at * SECOND, by=person)
        for at, person in enumerate(stage.people)
    ]

    counts, left = [], []
    for _ in range(4):
        counts.append(service.expire_overdue(session, now=END + DAY, limit=2))
        left.append([each.handed_in_at is None for each in tries])

    assert counts == [2, 2, 1, 0]
    assert left[0] == [False, False, True, True, True]
    assert left[1] == [False, False, False, False, True]


@POSTGRESQL
def test_a_worker_passes_by_what_another_holds(session):
    stage = make_stage(session, drafts=many(1), people=3)
    tries = [begin(session, stage, by=person) for person in stage.people]
    session.commit()
    queries.lock(session, tries[0].code, by=stage.people[0])

    with db.transaction() as other:
        expired = service.expire_overdue(other, now=END + DAY)
    session.rollback()
    with db.transaction() as other:
        rest = service.expire_overdue(other, now=END + DAY)

    assert (expired, rest) == (2, 1)
