"""Organizers at the bank's desk: two colleagues of a unit, its bank, and the worker's hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from factories.bank import make_bank, make_topics
from factories.people import make_account, make_grant, make_unit
from flask import Flask
from sqlalchemy.orm import Session

from contest import worker
from contest.accounts.models import Account, Unit
from contest.core import clock
from question_bank.models import Bank


@dataclass
class Desk:
    """`author` and `reviewer` organize `unit`; `bank` is its bank "cua-xa"."""

    unit: Unit
    author: Account
    reviewer: Account
    bank: Bank


def make_desk(session: Session, code: str = "cua-xa") -> Desk:
    """Add topics, a unit with two organizers, and their bank."""
    make_topics(session)
    return make_neighbour(session, code)


def make_neighbour(session: Session, code: str) -> Desk:
    """Add one more unit with two organizers and a bank."""
    unit = make_unit(session, name="Xã Bản Hồ")
    people = [make_account(session, unit, name) for name in ("Lò Thị Mai", "Vàng A Páo")]
    for person in people:
        make_grant(session, person, "organizer", unit)
    bank = make_bank(session, unit, code)
    session.commit()
    return Desk(unit, *people, bank)


def run_jobs(app: Flask) -> int:
    """Do every job that is due, as the worker does; return how many there were."""
    done = 0
    while worker.work_once(
        worker.HANDLERS,
        app.extensions["storage"],
        sealer=app.extensions["sealer"],
        clock_now=clock.now,
    ):
        done += 1
    return done


def text_of(answer: object) -> str:
    """Return what a page says, without marks, blanks put together."""
    bare = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True))  # type: ignore[attr-defined]
    return re.sub(r"\s+", " ", bare)
