"""Reading the log: who may read which line, searching, the names of what it speaks of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from contest.accounts.models import Account, Role, Unit
from contest.accounts.queries import inside
from contest.contests.models import Contest, Round
from contest.core.audit import AuditEntry
from contest.core.visitor import Scope
from contest.rules.vietnamese import fold
from question_bank.models import Bank


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: an administrator every line, an organizer those of their part and their own."""

    account_id: int
    paths: tuple[str, ...]
    is_administrator: bool

    @classmethod
    def of(cls, account_id: int, scopes: Sequence[Scope]) -> "Reader":
        """Give the reader an account is by its roles."""
        return cls(
            account_id,
            tuple(scope.unit_path for scope in scopes if scope.role == Role.ORGANIZER),
            any(scope.role == Role.ADMINISTRATOR for scope in scopes),
        )


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty means everything. Both days count as inside."""

    text: str = ""
    who: str = ""
    group: str = ""
    contest: str = ""
    since: date | None = None
    until: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Give the filters for a job's row."""
        return {
            **{name: getattr(self, name) for name in ("text", "who", "group", "contest")},
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Filters":
        """Read what `as_json` gave."""
        days = {
            name: date.fromisoformat(kept[name]) if kept[name] else None
            for name in ("since", "until")
        }
        return cls(**{**kept, **days})


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log. `who` is None for the clock; `subject` a name where there is one."""

    id: int
    at: datetime
    act: str
    who: str | None
    subject: str
    contest: str | None  # its title
    facts: dict[str, Any]


def lines(
    session: Session,
    reader: Reader,
    filters: Filters,
    *,
    zone: ZoneInfo,
    limit: int,
    offset: int = 0,
    before: int | None = None,
) -> list[Line]:
    """Return lines, the newest first; `before` an id to go on from, for reading all of them."""
    wanted = (
        _wanted(select(AuditEntry, Account.name), reader, filters, zone)
        .order_by(AuditEntry.id.desc())
        .offset(offset)
        .limit(limit)
    )
    if before is not None:
        wanted = wanted.where(AuditEntry.id < before)
    rows = session.execute(wanted).all()
    names = _Names(session, [entry for entry, _ in rows])
    return [
        Line(
            id=entry.id,
            at=entry.at,
            act=entry.act,
            who=who,
            subject=names.subject(entry),
            contest=names.contests.get(entry.contest or ""),
            facts=names.facts(entry),
        )
        for entry, who in rows
    ]


def count(session: Session, reader: Reader, filters: Filters, *, zone: ZoneInfo) -> int:
    """Return how many lines there are."""
    wanted = _wanted(select(func.count(AuditEntry.id)), reader, filters, zone)
    return session.scalar(wanted) or 0


def contests(session: Session, reader: Reader) -> list[tuple[str, str]]:
    """Return (code, title) of the contests a reader may choose among, by title."""
    found = select(Contest.code, Contest.title).join(Unit, Unit.id == Contest.unit_id)
    if not reader.is_administrator:
        found = found.where(inside(reader.paths))
    return list(session.execute(found.order_by(Contest.title, Contest.id)))


def _wanted(found: Any, reader: Reader, filters: Filters, zone: ZoneInfo) -> Any:
    return (
        found.select_from(AuditEntry)
        .outerjoin(Account, Account.id == AuditEntry.by)
        .outerjoin(Unit, Unit.id == AuditEntry.unit_id)
        .where(_readable(reader), *_filtered(filters, zone))
    )


def _readable(reader: Reader) -> ColumnElement[bool]:
    if reader.is_administrator:
        return true()
    return or_(AuditEntry.by == reader.account_id, inside(reader.paths))


def _filtered(filters: Filters, zone: ZoneInfo) -> Iterable[ColumnElement[bool]]:
    for word in fold(filters.text).split():
        # A line holds no names of people: they are looked up among those it is about.
        about = aliased(Account)
        met = select(literal("account:") + about.code)
        met = met.where(about.name_folded.contains(word, autoescape=True))
        yield or_(
            AuditEntry.words.contains(word, autoescape=True),
            Account.name_folded.contains(word, autoescape=True),
            AuditEntry.subject.in_(met),
        )
    for word in fold(filters.who).split():
        yield Account.name_folded.contains(word, autoescape=True)
    if filters.group:
        yield AuditEntry.act.startswith(f"{filters.group}.", autoescape=True)
    if filters.contest:
        yield AuditEntry.contest == filters.contest
    if filters.since:
        yield AuditEntry.at >= datetime.combine(filters.since, time(), zone)
    if filters.until:
        yield AuditEntry.at < datetime.combine(filters.until + timedelta(days=1), time(), zone)


class _Names:
    """Names for codes: one statement for each kind of thing, whatever the number of lines."""

    def __init__(self, session: Session, entries: Sequence[AuditEntry]) -> None:
        codes: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            kind, _, code = entry.subject.partition(":")
            codes[kind].add(code)
            if entry.contest:
                codes["contest"].add(entry.contest)
            if entry.act == "accounts.grant":
                codes["unit"].add(str(entry.facts.get("unit", "")))
        rounds = [code.partition("/") for code in codes["round"]]
        self.contests = _named(session, Contest.code, Contest.title, codes["contest"])
        self.accounts = _named(session, Account.code, Account.name, codes["account"])
        self.banks = _named(session, Bank.code, Bank.name, codes["bank"])
        self.units = _named(session, Unit.code, Unit.name, codes["unit"])
        found = (
            select(Contest.code, Round.code, Round.name)
            .join(Round, Round.contest_id == Contest.id)
            .where(
                and_(
                    Contest.code.in_({contest for contest, _, _ in rounds}),
                    Round.code.in_({code for _, _, code in rounds}),
                )
            )
        )
        self.rounds = {f"{contest}/{code}": name for contest, code, name in session.execute(found)}

    def subject(self, entry: AuditEntry) -> str:
        """Give a thing's name in quotes, or its code when it has none any more."""
        kind, _, code = entry.subject.partition(":")
        if kind == "account":
            return self.accounts.get(code, code)
        named = {"contest": self.contests, "bank": self.banks, "round": self.rounds}.get(kind, {})
        return f"“{named.get(code, code or kind)}”"

    def facts(self, entry: AuditEntry) -> dict[str, Any]:
        if entry.act != "accounts.grant":
            return entry.facts
        code = str(entry.facts.get("unit", ""))
        return {**entry.facts, "unit": self.units.get(code, code)}


def _named(session: Session, code: Any, name: Any, codes: set[str]) -> dict[str, str]:
    return dict(session.execute(select(code, name).where(code.in_(codes))).all())
