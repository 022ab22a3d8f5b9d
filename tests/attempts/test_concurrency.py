"""Many hands on one paper at once: real threads, real locks, both databases."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from factories.attempts import (
    DAY,
    HANOI,
    MINUTE,
    OPENING,
    PHONE,
    SECOND,
    TABLET,
    add_person,
    begin,
    make_stage,
    many,
    seq,
    sign_in,
    stored,
)
from sqlalchemy import select

from contest.accounts import visitors
from contest.attempts import queries, service
from contest.attempts.models import Attempt, HandedInBy
from contest.attempts.service import GiveAnswer
from contest.contests.models import Division, Registration, Round
from contest.core import db
from contest.errors import Conflict, NotAllowed, TooLate
from contest.rules.timing import GRACE

T = TypeVar("T")
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
AT = OPENING + 5 * MINUTE
END = OPENING + 15 * MINUTE


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """Run every task in a thread of its own, all let go at one moment."""
    barrier = threading.Barrier(len(tasks))

    def run(task: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, task) for task in tasks]]


@pytest.fixture
def stage_of(engine):
    """Build and commit a stage, so that other threads see it."""
    assert engine is not None

    def build(**facts):
        with db.transaction() as session:
            return make_stage(session, **{"drafts": many(3), **facts})

    return build


def start_of(stage, now=OPENING, **facts):
    with db.transaction() as session:
        return begin(session, stage, now, **facts).code


def attempts():
    with db.reading_session() as session:
        return session.scalars(select(Attempt).order_by(Attempt.id)).all()


def save(attempt, *given, now=AT):
    with db.transaction() as session:
        service.answer(session, attempt.code, given, by=attempt.account_id, device=PHONE, now=now)


def hand_in(attempt, now=AT):
    with db.transaction() as session:
        service.hand_in(session, attempt.code, by=attempt.account_id, now=now)


@pytest.mark.parametrize("tries", [1, 3])
def test_fifty_taps_at_once_are_one_start(stage_of, tries):
    stage = stage_of(tries_round=tries)

    codes = at_once([lambda seed=seed: start_of(stage, seed=seed) for seed in range(50)])

    (attempt,) = attempts()
    assert codes == [attempt.code] * 50


def test_fifty_taps_of_a_newcomer_are_one_registration_and_one_start(stage_of):
    stage = stage_of()
    with db.transaction() as session:
        person = add_person(session, stage)
        code = sign_in(session, person)
        division = session.scalars(select(Division.code)).first()
    visitors.load(code)  # what each request does first

    def enter(seed):
        with db.transaction() as session:
            return service.enter(
                session,
                stage.contest,
                stage.round,
                division,
                by=person,
                device=PHONE,
                seed=seed,
                now=OPENING,
                zone=HANOI,
            ).code

    codes = at_once([lambda seed=seed: enter(seed) for seed in range(50)])

    with db.reading_session() as session:
        entered = session.scalars(select(Registration.id).where(Registration.account_id == person))
        assert len(entered.all()) == 1
    (attempt,) = attempts()
    assert codes == [attempt.code] * 50


@pytest.mark.parametrize("tries", [1, 3])
def test_fifty_threads_that_start_and_hand_in_get_exactly_the_quota(stage_of, tries):
    stage = stage_of(tries_round=tries)

    def sit_until_refused():
        for _ in range(20):
            try:
                code = start_of(stage)
            except NotAllowed as refused:
                return str(refused)
            except Conflict:  # another thread took this number and handed it in already
                continue
            with db.transaction() as session:
                service.hand_in(session, code, by=stage.person, now=AT)
        return "never refused"

    said = Counter(at_once([sit_until_refused] * 50))

    sentence = (
        f"Bạn đã dùng hết {tries} lượt của đợt thi này. Bạn có thể thi tiếp ở đợt sau, nếu có."
    )
    assert said == {sentence: 50}
    assert [each.round_no for each in attempts()] == list(range(1, tries + 1))


def test_two_taps_on_a_forgotten_try_hand_it_in_once_and_start_once(stage_of):
    stage = stage_of(tries_round=2)
    start_of(stage)

    codes = at_once([lambda: start_of(stage, END + GRACE)] * 8)

    first, second = attempts()
    assert codes == [second.code] * 8
    assert (first.handed_in_at, first.handed_in_by) == (END, HandedInBy.CLOCK)
    assert second.handed_in_at is None


def test_of_twenty_choices_at_once_the_highest_number_stays(stage_of):
    stage = stage_of()
    start_of(stage)
    (attempt,) = attempts()
    order = random.Random(5).sample(range(20), 20)

    at_once(
        [
            lambda number=number: save(attempt, GiveAnswer(2, number % 4, seq(number)))
            for number in order
        ]
    )

    with db.reading_session() as session:
        assert stored(session, attempt.id) == {2: (3, seq(19))}


def test_batches_in_opposite_orders_never_wait_for_each_other_in_a_circle(stage_of):
    stage = stage_of(drafts=many(10))
    start_of(stage)
    (attempt,) = attempts()

    def save_all(thread):
        numbers = list(range(1, 11))[:: 1 if thread % 2 else -1]
        for turn in range(5):
            batch = [GiveAnswer(no, thread % 4, seq(10 * turn + thread)) for no in numbers]
            save(attempt, *batch)

    at_once([lambda thread=thread: save_all(thread) for thread in range(8)])

    with db.reading_session() as session:
        assert stored(session, attempt.id) == {no: (3, seq(47)) for no in range(1, 11)}


def proves_itself(session, attempt):
    """Marks and points are those of the stored answers, and the receipt is theirs too."""
    round_ = session.get_one(Round, attempt.round_id)
    values = {no: value for no, (value, _) in stored(session, attempt.id).items()}
    marks = service.mark_paper(session, attempt, round_, values)
    assert attempt.marks == [[str(mark.points), mark.verdict.value] for mark in marks]
    assert attempt.points == sum(mark.points for mark in marks)
    assert service.is_receipt_true(session, attempt)


@POSTGRESQL
def test_handing_in_while_choices_are_saved_loses_none_and_takes_none_after(stage_of):
    stage = stage_of(people=20)
    for person in stage.people:
        start_of(stage, by=person)

    def try_to_save(attempt, no):
        """The numbers of the saves that were promised."""
        kept = []
        for turn in range(6):
            try:
                save(attempt, GiveAnswer(no, turn % 4, seq(turn)))
            except TooLate:
                break
            kept.append(turn)
        return kept

    for attempt in attempts():
        kept = at_once(
            [
                *(lambda no=no, one=attempt: try_to_save(one, no) for no in (1, 2, 3)),
                lambda one=attempt: hand_in(one),
            ]
        )
        with db.reading_session() as session:
            promised = {
                no: (turns[-1] % 4, seq(turns[-1]))
                for no, turns in zip((1, 2, 3), kept[:3], strict=True)
                if turns
            }
            assert stored(session, attempt.id) == promised
            proves_itself(session, queries.lock(session, attempt.code, by=attempt.account_id))


@POSTGRESQL
def test_handing_in_waits_for_a_save_that_is_under_way(stage_of):
    stage = stage_of()
    start_of(stage)
    (attempt,) = attempts()
    with db.writing_session() as saving:
        given = [GiveAnswer(1, attempt.paper[0]["o"].index(2), seq(1))]
        service.answer(saving, attempt.code, given, by=stage.person, device=PHONE, now=AT)
        thread = threading.Thread(target=hand_in, args=(attempt,))
        thread.start()
        thread.join(timeout=0.2)
        assert thread.is_alive()
        saving.commit()
    thread.join(timeout=10)

    assert attempts()[0].points == 1


@POSTGRESQL
def test_a_save_waits_for_a_handing_in_and_is_then_too_late(stage_of):
    stage = stage_of()
    start_of(stage)
    (attempt,) = attempts()
    with db.writing_session() as handing_in, ThreadPoolExecutor(1) as pool:
        service.hand_in(handing_in, attempt.code, by=stage.person, now=AT)
        saving = pool.submit(save, attempt, GiveAnswer(1, 0, seq(1)))
        handing_in.commit()
        with pytest.raises(TooLate):
            saving.result(timeout=10)

    with db.reading_session() as session:
        assert stored(session, attempt.id) == {}


def test_handing_in_from_ten_threads_is_handing_in_once(stage_of):
    stage = stage_of()
    start_of(stage)
    (attempt,) = attempts()

    at_once([lambda at=at: hand_in(attempt, AT + at * SECOND) for at in range(10)])

    (after,) = attempts()
    assert after.handed_in_by == HandedInBy.PERSON
    assert after.duration_ms == (after.handed_in_at - OPENING) / SECOND * 1000
    with db.reading_session() as session:
        proves_itself(session, after)


def test_two_workers_at_once_hand_everybody_in_once(stage_of):
    stage = stage_of(drafts=many(1), people=20)
    with db.transaction() as session:
        for person in stage.people:
            begin(session, stage, by=person)

    def work():
        total = 0
        for _ in range(30):
            with db.transaction() as session:
                total += service.expire_overdue(session, now=END + DAY, limit=3)
        return total

    totals = at_once([work, work])

    assert sum(totals) == 20
    assert {(each.handed_in_at, each.handed_in_by) for each in attempts()} == {
        (END, HandedInBy.CLOCK)
    }


def test_two_devices_that_take_over_at_once_have_one_holder(stage_of):
    stage = stage_of()
    code = start_of(stage)

    def take_over(device):
        with db.transaction() as session:
            taken = service.take_over(session, code, by=stage.person, device=device, now=AT)
            return taken.holder_no

    numbers = at_once([lambda device=device: take_over(device) for device in (TABLET, "x" * 64)])

    (after,) = attempts()
    assert sorted(numbers) == [2, 3]
    assert after.holder_no == 3


@pytest.mark.parametrize("after", [1, 2])
def test_ten_taps_on_go_on_go_on_once(stage_of, after):
    stage = stage_of(is_one_way=True)
    code = start_of(stage)
    for passed in range(1, after):
        go_on(stage, code, passed)

    at_once([lambda: go_on(stage, code, after)] * 10)

    assert attempts()[0].reached == after + 1


def go_on(stage, code, after):
    with db.transaction() as session:
        service.go_on(session, code, after=after, by=stage.person, now=AT)
