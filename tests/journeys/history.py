"""A site with a past: a contest that is over, another that is open, people who sat both.

Written through the services with moments of the past; the site's own worker makes the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from journeys.people import Person
from journeys.sites import Site
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest import tables  # noqa: F401 -- so that relationship names resolve
from contest.accounts import service as accounts
from contest.attempts import paper
from contest.attempts import service as attempts
from contest.attempts.models import GUESS_NO, Attempt
from contest.audiences.models import Audience
from contest.contests import contest_file, queries
from contest.contests import service as contests
from contest.core import cache, clock, db, passwords
from contest.core.sealing import Sealer
from question_bank import queries as bank
from question_bank.queries import PaperQuestion
from question_bank.rules.drawing import Item
from question_bank.rules.given import Given
from question_bank.rules.keys import MatchingKey, NumberKey, OneKey, SeveralKey, TrueFalseKey

PHONE = "p" * 64


@contextmanager
def writing(site: Site) -> Iterator[Session]:
    """Write in the site's own database, from this process."""
    cache.forget_everything()
    engine = db.connect(site.settings.database_url, pool_size=2)
    try:
        with db.transaction() as session:
            yield session
    finally:
        engine.dispose()
        cache.forget_everything()


@dataclass(frozen=True, slots=True)
class Past:
    """A person and how they sat: right answers of the paper, the guess, how long it took."""

    who: Person
    right: int
    guess: int | None
    took: timedelta
    unit: str  # its code
    starts: timedelta = timedelta(hours=1)  # after the round opened


def open_account(session: Session, site: Site, past: Past, hashed: str, now: datetime) -> int:
    who = past.who
    groups = {row.name: row.code for row in session.scalars(select(Audience))}
    wish = accounts.Register(
        login=who.login,
        password=who.password,
        name=who.name,
        birth_date=date(*reversed(who.born)),
        sex=None,
        unit_code=past.unit,
        audiences=(groups[who.group],) if who.group else (),
        trade=None,
    )
    sealer = Sealer(site.settings.secret_key)
    return accounts.register(session, wish, password_hash=hashed, sealer=sealer, now=now).id


def sit(site: Site, session: Session, contest: str, round_: str, *, by: int, past: Past) -> Attempt:
    """Sit a round as somebody did; the moments are counted from its opening."""
    zone = site.settings.timezone
    now = queries.round_of(session, contest, round_).opens_at + past.starts
    begun = attempts.start(
        session, contest, round_, by=by, device=PHONE, seed=by, now=now, zone=zone
    )
    drawn = paper.items(begun.paper)
    questions = bank.versions(session, [item.version_id for item in drawn])
    given = [
        attempts.GiveAnswer(no, value(questions[item.version_id], item, is_right=no <= past.right))
        for no, item in enumerate(drawn, start=1)
    ]
    if past.guess is not None:
        given.append(attempts.GiveAnswer(GUESS_NO, str(past.guess)))
    for one in given:
        attempts.answer(session, begun.code, [one], by=by, device=PHONE, now=now + past.took / 2)
    return attempts.hand_in(session, begun.code, by=by, now=now + past.took)


def value(question: PaperQuestion, item: Item, *, is_right: bool) -> Given:  # noqa: PLR0911
    """Answer as the screen shows it; wrongly where a wrong answer is simple, else not at all."""
    key, order = question.key, list(item.order)
    if isinstance(key, OneKey):
        return order.index(key.right if is_right else (key.right + 1) % key.size)
    if isinstance(key, TrueFalseKey):
        return key.right is is_right
    if not is_right:
        return None
    if isinstance(key, SeveralKey):
        return sorted(order.index(at) for at in key.right)
    if isinstance(key, NumberKey):
        return str(key.value)
    if isinstance(key, MatchingKey):
        rights = list(item.order_right)
        return [rights.index(key.right[left]) for left in order]
    return [order.index(at) for at in range(len(order))]


def play(site: Site, text: str, division_of: dict[str, str], pasts: Sequence[Past]) -> None:
    """Load a contest that is over and let everybody have sat all its rounds.

    All in one transaction: the worker must not find the round closed and empty.
    """
    hashed = passwords.hash_password(pasts[0].who.password)
    zone = site.settings.timezone
    with writing(site) as session:
        now = clock.now()
        spec = contest_file.read(text.encode(), zone=zone, now=now)
        before = spec.rounds[0].opens_at - timedelta(hours=2)
        contests.load_contest(session, spec, by=None, now=before)
        for past in pasts:
            by = open_account(session, site, past, hashed, before)
            division = division_of[past.who.division]
            contests.register(session, spec.code, division, by=by, now=before, zone=zone)
            for round_ in spec.rounds:
                sit(site, session, spec.code, round_.code, by=by, past=past)
                session.flush()
