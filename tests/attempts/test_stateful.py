"""One person, two devices, a clock that only moves forward: against a small model."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, ClassVar

import pytest
from factories.attempts import (
    DAY,
    EVERY_KIND,
    HANOI,
    MINUTE,
    OPENING,
    PHONE,
    SECOND,
    TABLET,
    begin,
    make_stage,
    numbers,
    on_screen,
    seq,
    stored,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from contest.attempts import service
from contest.attempts.models import Attempt, HandedInBy
from contest.attempts.service import GiveAnswer
from contest.core import cache, db
from contest.errors import TooLate
from contest.rules.quota import QuotaSpent
from contest.rules.timing import GRACE
from question_bank.formats.reading import DraftQuestion
from question_bank.rules.given import QuestionType

TRIES_ROUND, TRIES_DAY = 5, 2
RIGHT: dict[str, Any] = {
    "q-one": 2,
    "q-several": [0, 2],
    "q-true-false": True,
    "q-ordering": [0, 1, 2, 3],
    "q-matching": [0, 1, 2],
    "q-number": "12.5",
}
OTHERS: dict[str, list[Any]] = {  # authored, None is a blank
    "q-one": [0, 1, None],
    "q-several": [[0], [1, 3], [0, 1, 2, 3], None],
    "q-true-false": [False, None],
    "q-ordering": [[3, 2, 1, 0], [0, 1, 3, 2], None],
    "q-matching": [[0, 1, 3], [0, None, None], None],
    "q-number": ["14", "0", None],
}
KINDS: dict[str, QuestionType] = {one.code: one.type for one in EVERY_KIND}
DEVICES = st.sampled_from([PHONE, TABLET])
CHOICES = st.tuples(st.integers(0, 2), st.integers(0, 5))


@dataclass
class Open:
    """The model of one attempt."""

    id: int
    code: str
    deadline: datetime
    holder: str
    paper: list[Any]
    number_of: dict[str, int]
    epochs: dict[str, int]  # the number each device writes under, as its page was told
    holder_no: int = 1
    kept: dict[int, tuple[Any, int]] = field(default_factory=dict)
    is_in: bool = False


class OnePerson(RuleBasedStateMachine):
    session: ClassVar[Any]

    @initialize(drafts=st.permutations(EVERY_KIND))
    def set_the_stage(self, drafts: list[DraftQuestion]) -> None:
        cache.forget_everything()
        self.session = db.writing_session()
        self.stage = make_stage(
            self.session,
            drafts=drafts[:3],
            tries_round=TRIES_ROUND,
            tries_day=TRIES_DAY,
            closes_at=OPENING + 400 * DAY,
        )
        self.now = OPENING
        self.ticks = 0
        self.tries: list[Open] = []
        self.days: list[Any] = []
        self.queue: list[tuple[Open, str, GiveAnswer]] = []
        self.rows: dict[int, tuple[Any, ...]] = {}
        self.start(PHONE, seed=1)

    def teardown(self) -> None:
        if hasattr(self, "stage"):
            self.session.rollback()
            self.session.close()

    @property
    def last(self) -> Open:
        return self.tries[-1]

    def is_writable(self, one: Open) -> bool:
        return not one.is_in and self.now < one.deadline + GRACE

    # The clock

    @rule(passes=st.sampled_from([1, 1, 1, 30, 30, 240, "edge", "edge", 10 * 3600, "day"]))
    def time_passes(self, passes: int | str) -> None:
        """Seconds; up to the end of the grace or just before it; until tomorrow morning."""
        if passes == "edge":
            end = self.tries[-1].deadline + GRACE
            moments = (end - timedelta(microseconds=1), end)
            self.now = next((moment for moment in moments if self.now < moment), self.now)
        elif passes == "day":
            local = self.now.astimezone(HANOI) + timedelta(days=1)
            self.now = local.replace(hour=8, minute=0, second=0, microsecond=0)
        else:
            self.now += passes * SECOND

    # What a person does

    @rule(device=DEVICES, seed=st.integers(0, 2**62))
    def start(self, device: str, seed: int) -> None:
        running = next((one for one in self.tries if not one.is_in), None)
        if running is not None and self.is_writable(running):
            assert begin(self.session, self.stage, self.now, device=device).id == running.id
            return
        today = self.now.astimezone(HANOI).date()
        savepoint = self.session.begin_nested()
        if len(self.tries) >= TRIES_ROUND or self.days.count(today) >= TRIES_DAY:
            with pytest.raises(QuotaSpent):
                begin(self.session, self.stage, self.now, device=device)
            savepoint.rollback()  # as the door does
            return
        attempt = begin(self.session, self.stage, self.now, device=device, seed=seed)
        savepoint.commit()
        if running is not None:
            self.note_handed_in(running)
        self.days.append(today)
        self.tries.append(
            Open(
                id=attempt.id,
                code=attempt.code,
                deadline=self.now + 15 * MINUTE,
                holder=device,
                paper=attempt.paper,
                number_of=numbers(self.session, attempt),
                epochs={device: 1},
            )
        )

    def send(self, one: Open, device: str, given: list[GiveAnswer]) -> bool:
        """Save and update the model; say whether it was taken."""
        act = {"by": self.stage.person, "device": device, "now": self.now}
        if not self.is_writable(one):
            with pytest.raises(TooLate):
                service.answer(self.session, one.code, given, **act)
            return False
        saved = service.answer(self.session, one.code, given, **act)
        assert saved == service.Saved(one.deadline, is_elsewhere=device != one.holder)
        return True

    def keep(self, one: Open, given: list[GiveAnswer]) -> None:
        for each in given:
            if each.no not in one.kept or one.kept[each.no][1] < each.seq:
                one.kept[each.no] = (each.value, each.seq)

    def value_of(self, one: Open, choice: tuple[int, int]) -> tuple[int, Any]:
        which, at = choice
        code, no = list(one.number_of.items())[which % len(one.number_of)]
        authored = ([RIGHT[code], *OTHERS[code]])[at % (1 + len(OTHERS[code]))]
        if authored is None:
            return no, None
        return no, on_screen(one.paper[no - 1], KINDS[code], authored)

    @rule(device=DEVICES, choice=CHOICES, is_online=st.booleans())
    def choose(self, device: str, choice: tuple[int, int], *, is_online: bool) -> None:
        if device not in self.last.epochs:
            return
        self.ticks += 1
        no, value = self.value_of(self.last, choice)
        given = GiveAnswer(no, value, seq(self.ticks, self.last.epochs[device]))
        self.queue.append((self.last, device, given))
        if is_online and self.send(self.last, device, [given]):
            self.keep(self.last, [given])

    @precondition(lambda self: self.queue)
    @rule(device=DEVICES, share=st.sampled_from([1, 0.5]), dice=st.randoms(use_true_random=False))
    def send_the_old_queue_again_in_any_order(
        self, device: str, share: float, dice: Random
    ) -> None:
        for one in self.tries:
            mine = [given for of, owner, given in self.queue if of is one and owner == device]
            batch = dice.sample(mine, math.ceil(len(mine) * share))
            if batch and self.send(one, device, batch):
                self.keep(one, batch)

    @rule(device=DEVICES, choice=CHOICES)
    def save_a_form(self, device: str, choice: tuple[int, int]) -> None:
        no, value = self.value_of(self.last, choice)
        if self.send(self.last, device, [GiveAnswer(no, value)]):
            stood = self.last.kept.get(no, (None, 0))[1]
            self.last.kept[no] = (value, max(stood + 1, seq(0, self.last.holder_no)))

    @rule(device=DEVICES)
    def take_over(self, device: str) -> None:
        act = {"by": self.stage.person, "device": device, "now": self.now}
        if not self.is_writable(self.last):
            with pytest.raises(TooLate):
                service.take_over(self.session, self.last.code, **act)
            return
        taken = service.take_over(self.session, self.last.code, **act)
        if self.last.holder != device:
            self.last.holder = device
            self.last.holder_no += 1
        assert (taken.holder, taken.holder_no) == (device, self.last.holder_no)
        self.last.epochs[device] = self.last.holder_no

    @rule(by_clock=st.booleans())
    def end(self, *, by_clock: bool) -> None:
        if by_clock:
            self.expire()
        else:
            self.hand_in()

    def hand_in(self) -> None:
        attempt = service.hand_in(self.session, self.last.code, by=self.stage.person, now=self.now)
        if not self.last.is_in:
            assert attempt.handed_in_at == min(self.now, self.last.deadline)
            is_person = self.now < self.last.deadline + GRACE
            assert attempt.handed_in_by == (HandedInBy.PERSON if is_person else HandedInBy.CLOCK)
            self.note_handed_in(self.last)

    def expire(self) -> None:
        is_due = not self.last.is_in and not self.is_writable(self.last)
        assert service.expire_overdue(self.session, now=self.now) == int(is_due)
        if is_due:
            self.note_handed_in(self.last)

    def note_handed_in(self, one: Open) -> None:
        one.is_in = True
        self.rows[one.id] = self.row(one.id)
        attempt = self.session.get_one(Attempt, one.id, populate_existing=True)
        rights = [
            no
            for code, no in one.number_of.items()
            if one.kept.get(no, (None, 0))[0]
            == on_screen(one.paper[no - 1], KINDS[code], RIGHT[code])
        ]
        assert (attempt.points, attempt.right_count) == (len(rights), len(rights))
        assert attempt.is_all_right is (len(rights) == len(one.paper))

    def row(self, attempt_id: int) -> tuple[Any, ...]:
        found = select(Attempt.__table__).where(Attempt.id == attempt_id)
        return tuple(self.session.execute(found).one())

    # What always holds

    @invariant()
    def what_is_stored_is_the_newest_choice_taken_in_time(self) -> None:
        for one in self.tries:
            assert stored(self.session, one.id) == one.kept

    @invariant()
    def there_are_as_many_tries_as_began_and_at_most_one_is_open(self) -> None:
        found = select(Attempt.id, Attempt.handed_in_at.is_(None)).order_by(Attempt.id)
        assert [tuple(row) for row in self.session.execute(found)] == [
            (one.id, not one.is_in) for one in self.tries
        ]
        assert sum(not one.is_in for one in self.tries) <= 1
        assert len(self.tries) <= TRIES_ROUND
        assert all(self.days.count(day) <= TRIES_DAY for day in self.days)

    @invariant()
    def what_is_handed_in_never_changes_and_its_receipt_stays_true(self) -> None:
        for attempt_id, row in self.rows.items():
            assert self.row(attempt_id) == row
            attempt = self.session.get_one(Attempt, attempt_id)
            assert service.is_receipt_true(self.session, attempt)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_a_person_does_nothing_is_lost_and_nothing_is_won_twice():
    run_state_machine_as_test(
        OnePerson,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
