"""Whose banks are whose, as the database is asked: rules/access.py in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from contest.accounts.models import Unit
from contest.accounts.queries import ids_in, inside
from contest.errors import N_, NotFound
from question_bank.models import Bank, Question

NO_BANK = N_("Không tìm thấy ngân hàng câu hỏi này trong phần đơn vị của bạn.")
NO_QUESTION = N_("Không tìm thấy câu hỏi này trong phần đơn vị của bạn.")


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks into banks: the parts of the tree they organize; an administrator sees all."""

    paths: tuple[str, ...]
    is_administrator: bool = False


@dataclass(frozen=True, slots=True)
class BankRow:
    """A bank somebody may read; `unit` is the name of its unit, None of the platform's."""

    id: int
    code: str
    name: str
    unit: str | None
    is_shared_down: bool
    retired_at: datetime | None
    may_write: bool


def drawn_from(unit_id: int | None, banks: Collection[int] | None) -> ColumnElement[bool]:
    """Return the condition that a contest of this unit may draw a question.

    `unit_id` None: only what belongs to the platform. `banks`, when named, narrow it further. A
    question of no bank (from before there were any) is the platform's.
    """
    owner, here = aliased(Unit), aliased(Unit)
    is_above = exists().where(
        owner.id == Bank.unit_id, here.id == unit_id, here.path.like(owner.path + "%")
    )
    open_ones = select(Bank.id).where(
        Bank.retired_at.is_(None),
        or_(
            Bank.unit_id == unit_id if unit_id is not None else false(),
            and_(Bank.is_shared_down.is_(True), or_(Bank.unit_id.is_(None), is_above)),
        ),
    )
    if banks is not None:
        return Question.bank_id.in_(open_ones.where(Bank.id.in_(banks)))
    return or_(Question.bank_id.is_(None), Question.bank_id.in_(open_ones))


def written_by(looker: Looker) -> ColumnElement[bool]:
    """Return the condition that a bank, its unit joined, may be changed by somebody."""
    return true() if looker.is_administrator else inside(looker.paths)


def read_by(looker: Looker) -> ColumnElement[bool]:
    """Return the condition that a bank, its unit joined, may be read by somebody."""
    if looker.is_administrator:
        return true()
    above = {id_ for path in looker.paths for id_ in ids_in(path)}
    is_mine = and_(Unit.id.is_not(None), inside(looker.paths))
    if not looker.paths:
        return is_mine
    shared = or_(Bank.unit_id.is_(None), Bank.unit_id.in_(above))
    return or_(is_mine, and_(Bank.is_shared_down.is_(True), shared))


def banks(session: Session, looker: Looker) -> list[BankRow]:
    """Return the banks somebody may read, the platform's first, then by name."""
    may_write = written_by(looker).label("may_write")
    found = (
        select(Bank, Unit.name, may_write)
        .outerjoin(Unit, Unit.id == Bank.unit_id)
        .where(read_by(looker))
        .order_by(Bank.unit_id.is_not(None), Bank.name, Bank.id)
    )
    return [
        BankRow(
            *(bank.id, bank.code, bank.name, unit, bank.is_shared_down, bank.retired_at),
            may_write=bool(is_mine),
        )
        for bank, unit, is_mine in session.execute(found)
    ]


def bank(session: Session, code: str, looker: Looker, *, to_write: bool = False) -> Bank:
    """Return a bank somebody may read, or write; NotFound otherwise."""
    allowed = written_by(looker) if to_write else read_by(looker)
    found = select(Bank).outerjoin(Unit, Unit.id == Bank.unit_id).where(Bank.code == code, allowed)
    one = session.scalar(found)
    if one is None:
        raise NotFound(NO_BANK)
    return one


def question(
    session: Session, bank_code: str, code: str, looker: Looker, *, to_write: bool = False
) -> Question:
    """Return a question of a bank somebody may read, or write; NotFound otherwise."""
    allowed = written_by(looker) if to_write else read_by(looker)
    one = session.scalar(
        select(Question)
        .join(Bank, Bank.id == Question.bank_id)
        .outerjoin(Unit, Unit.id == Bank.unit_id)
        .where(Bank.code == bank_code, Question.code == code, allowed)
    )
    if one is None:
        raise NotFound(NO_QUESTION)
    return one


def bank_ids(rows: Sequence[BankRow]) -> list[int]:
    """Return the ids of banks, as searching takes them."""
    return [row.id for row in rows]
