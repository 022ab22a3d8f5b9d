"""Clips, pictures and texts that are alike: pairs for a person to look at side by side."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.contests.models import Registration, Round
from contest.entries import filing
from contest.entries.models import (
    Entry,
    EntryFile,
    SimilarityFlag,
)
from contest.errors import N_, NotFound
from contest.media.queries import Shown

NO_PAIR = N_("Không tìm thấy cặp bài này.")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two clips that are alike, and whose it is."""

    entry: Entry
    round_code: str
    file: EntryFile | None
    sender: str
    unit: str
    at_s: int
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """A likeness: the earlier clip first."""

    flag: SimilarityFlag
    first: Side
    second: Side
    decider: str | None


def _pairs(wanted: ColumnElement[bool]) -> Select[Any]:
    decider = select(Account.name).where(Account.id == SimilarityFlag.decided_by)
    return (
        select(SimilarityFlag, decider.scalar_subquery())
        .where(wanted)
        .order_by(
            case((SimilarityFlag.verdict.is_(None), 0), else_=1),
            SimilarityFlag.found_at.desc(),
            SimilarityFlag.id.desc(),
        )
    )


def flags(
    session: Session, round_id: int, *, offset: int, limit: int, entry: str = ""
) -> list[Pair]:
    """Return a round's likenesses, undecided ones first; in three statements.

    `entry`, a code, keeps those of one entry, whichever round the other was sent to.
    """
    which: ColumnElement[bool] = SimilarityFlag.round_id == round_id
    if entry:
        mine = select(Entry.id).where(Entry.code == entry, Entry.round_id == round_id)
        its = mine.scalar_subquery()
        which = or_(SimilarityFlag.entry_id == its, SimilarityFlag.other_id == its)
    return _filled(session, _pairs(which).offset(offset).limit(limit))


def flag(session: Session, round_id: int, code: str) -> Pair:
    """Return one likeness with both media; NotFound. In six statements."""
    wanted = and_(SimilarityFlag.round_id == round_id, SimilarityFlag.code == code)
    found = _filled(session, _pairs(wanted))
    if not found:
        raise NotFound(NO_PAIR)
    pair = found[0]
    shown = filing.media_of(session, [pair.flag.media, pair.flag.other_media])
    return Pair(
        pair.flag,
        _with_shown(pair.first, shown.get(pair.flag.other_media)),
        _with_shown(pair.second, shown.get(pair.flag.media)),
        pair.decider,
    )


def _with_shown(side: Side, shown: Shown | None) -> Side:
    return Side(side.entry, side.round_code, side.file, side.sender, side.unit, side.at_s, shown)


def _filled(session: Session, wanted: Select[Any]) -> list[Pair]:
    rows = session.execute(wanted).all()
    ids = {id_ for flag_, _ in rows for id_ in (flag_.entry_id, flag_.other_id)}
    codes = {code for flag_, _ in rows for code in (flag_.media, flag_.other_media)}
    whose = {
        row[0].id: row
        for row in session.execute(
            select(Entry, Round.code, Account.name, Unit.name)
            .join(Round, Round.id == Entry.round_id)
            .join(Registration, Registration.id == Entry.registration_id)
            .join(Account, Account.id == Registration.account_id)
            .join(Unit, Unit.id == Registration.unit_id)
            .where(Entry.id.in_(ids))
        )
    }
    files = session.scalars(select(EntryFile).where(EntryFile.media.in_(codes)))
    by_media = {file.media: file for file in files}

    def side(entry_id: int, media_code: str, at_s: int) -> Side:
        entry, round_code, sender, unit = whose[entry_id]
        return Side(entry, round_code, by_media.get(media_code), sender, unit, at_s)

    return [
        Pair(
            flag_,
            first=side(flag_.other_id, flag_.other_media, flag_.there_s),
            second=side(flag_.entry_id, flag_.media, flag_.at_s),
            decider=decider,
        )
        for flag_, decider in rows
    ]
