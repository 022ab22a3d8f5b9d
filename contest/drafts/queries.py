"""Reads of drafts, and of what stands around them while they are worked on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.contests.models import Contest
from contest.drafts.models import Draft
from contest.errors import N_, NotFound
from question_bank import queries as bank

NO_DRAFT = N_("Không tìm thấy bản nháp này trong phần đơn vị của bạn.")
MOST_UNITS = 500  # offered to choose from


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft as its organizers' list shows it."""

    code: str
    title: str
    step: str
    unit_name: str
    updated_at: datetime
    by_name: str
    contest_code: str | None  # of the contest it edits


def drafts(session: Session, paths: Sequence[str]) -> list[Listed]:
    """List the drafts of units in some parts of the tree, the latest saved first."""
    rows = session.execute(
        select(
            *(Draft.code, Draft.title, Draft.step, Unit.name, Draft.updated_at),
            *(Account.name, Contest.code),
        )
        .join(Unit, Unit.id == Draft.unit_id)
        .join(Account, Account.id == Draft.updated_by)
        .outerjoin(Contest, Contest.id == Draft.contest_id)
        .where(people.inside(paths))
        .order_by(Draft.updated_at.desc(), Draft.id.desc())
    )
    return [Listed(*row) for row in rows]


def draft(session: Session, code: str, paths: Sequence[str]) -> Draft:
    """Return a draft of a unit in some parts of the tree; NotFound outside them."""
    return _one(session, code, paths, locked=False)


def lock(session: Session, code: str, paths: Sequence[str]) -> Draft:
    """Return a draft as `draft` does, locked for changing."""
    return _one(session, code, paths, locked=True)


def _one(session: Session, code: str, paths: Sequence[str], *, locked: bool) -> Draft:
    found = (
        select(Draft)
        .join(Unit, Unit.id == Draft.unit_id)
        .where(Draft.code == code, people.inside(paths))
        .execution_options(populate_existing=True)
    )
    row = session.scalar(found.with_for_update(of=Draft) if locked else found)
    if row is None:
        raise NotFound(NO_DRAFT)
    return row


def of_contest(session: Session, contest_id: int) -> Draft | None:
    """Return the draft that edits a contest, None when there is none."""
    return session.scalar(select(Draft).where(Draft.contest_id == contest_id))


def editor(session: Session, draft: Draft) -> str:
    """Return the name of who saved a draft last."""
    return session.scalars(select(Account.name).where(Account.id == draft.updated_by)).one()


def contest_owner(session: Session, code: str) -> int | None:
    """Return the id of the contest that has a code, whatever its state."""
    return session.scalar(select(Contest.id).where(Contest.code == code))


def codes_like(session: Session, code: str) -> set[str]:
    """Return the codes of contests that begin with `code`."""
    found = select(Contest.code).where(Contest.code.startswith(code, autoescape=True))
    return set(session.scalars(found))


def units(session: Session, paths: Sequence[str], also: str) -> list[tuple[str, str]]:
    """Return (code, name) of units one may organize for.

    One's own units first and those right below them; `also` is the code of one chosen before.
    """
    tops = [int(path.rstrip("/").rsplit("/", 1)[-1]) for path in paths]
    near = or_(Unit.id.in_(tops), Unit.parent_id.in_(tops), Unit.code == also)
    found = select(Unit.code, Unit.name, Unit.id).where(near, people.inside(paths))
    rows = session.execute(found.order_by(Unit.name_key, Unit.id).limit(MOST_UNITS)).all()
    own = [row for row in rows if row.id in tops]
    return [(row.code, row.name) for row in (*own, *(row for row in rows if row.id not in tops))]


def unit_in(session: Session, code: str, paths: Sequence[str]) -> Unit | None:
    """Return a unit by its code when it lies in some parts of the tree."""
    return session.scalar(select(Unit).where(Unit.code == code, people.inside(paths)))


def pool(
    session: Session,
    data: Mapping[str, Any],
    *,
    closes_on: date,
    unit_id: int,
    known: Collection[str],
) -> dict[tuple[str, str], int]:
    """Count the questions at hand, by topic and level ("" for any), for the poorest division.

    `known` are the codes of audiences there are.
    """
    named = {each.get("audience", "") for each in data["divisions"]} & set(known)
    counts = [
        _counted(bank.candidates(session, audience=code, valid_on=closes_on, unit_id=unit_id))
        for code in sorted(named) or [bank.EVERYBODY]
    ]
    keys = {key for count in counts for key in count}
    return {key: min(count.get(key, 0) for count in counts) for key in keys}


def _counted(candidates: Sequence[Any]) -> dict[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = {}
    for each in candidates:
        for topic in (each.topic, ""):
            for level in (str(each.difficulty), ""):
                counted[topic, level] = counted.get((topic, level), 0) + 1
    return counted


def closing_day(each: Mapping[str, Any], *, now: datetime, zone: ZoneInfo) -> date:
    """Give the local day a draft's round closes on, today while that is not known."""
    try:
        return datetime.fromisoformat(str(each.get("closes_at"))).date()
    except ValueError:
        return now.astimezone(zone).date()
