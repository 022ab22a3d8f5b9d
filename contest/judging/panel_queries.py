"""What the organizer's side reads of a round's jury: works, seats, tasks, sheets, conflicts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from contest.accounts import queries as people
from contest.accounts.models import Account, Role, RoleGrant, Unit
from contest.contests import queries as contests
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import RoundKind
from contest.core.visitor import Visitor
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.errors import N_, NotFound
from contest.errors import Conflict as Clash
from contest.judging.models import (
    Assignment,
    Conflict,
    JudgingPhase,
    Panelist,
    ResultRun,
    RunState,
    ScoreSheet,
    SheetState,
)
from contest.media.models import Media, MediaFile
from contest.rules import workload
from contest.rules.conflict_of_interest import Lineage, Node
from contest.rules.entry_rules import EntryKind
from contest.rules.lifecycle import ContestState
from contest.rules.vietnamese import fold

SIGNED = N_(
    "Kết quả của đợt này đã được ký, nên không đổi được việc chấm nữa. Muốn đổi, phải huỷ bản kết "
    "quả đã ký trước."
)
NO_JUDGE = N_("Không tìm thấy giám khảo này trong ban giám khảo của đợt.")
NO_WORK = N_("Không tìm thấy bài dự thi này trong đợt.")

Pair = tuple[int, int]
"""Ids of an entry and of a panelist."""

# What was handed in last: the entry's own columns are what its sender may be at since.
HANDED_IN = and_(EntryVersion.entry_id == Entry.id, EntryVersion.no == Entry.version)
TITLE = EntryVersion.content["title"].as_string()


@dataclass(frozen=True, slots=True)
class Work:
    """An entry that is to be judged; `minutes` one judge needs for it.

    `languages`: codes of those its judges must know.
    """

    id: int
    code: str
    blind_code: str
    title: str
    kind: str
    division: str  # code
    unit_name: str
    unit_path: str
    sender_id: int
    sender: str
    minutes: int
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """A panelist and who it is."""

    row: Panelist
    name: str
    unit_name: str
    unit_path: str
    takes_part: bool  # has handed in an entry in the round since
    knows_names: bool  # may read elsewhere whose entry it is, in a round judged blind

    @property
    def is_working(self) -> bool:
        return self.row.left_at is None and self.row.is_scoring and not self.takes_part

    @property
    def takes_more(self) -> bool:
        """Say whether entries may be added: to nobody who has come to know the names."""
        return self.is_working and not self.knows_names


@dataclass(frozen=True, slots=True)
class Sheet:
    """The latest word of a judge on an entry."""

    panelist_id: int
    entry_id: int
    state: str
    is_for_real: bool  # written in a phase that counts
    is_excluded: bool

    @property
    def is_in(self) -> bool:
        return self.state == SheetState.SUBMITTED and not self.is_excluded

    @property
    def counts(self) -> bool:
        return self.is_in and self.is_for_real


@dataclass(frozen=True, slots=True)
class Standing:
    """A conflict with the words of what it is about; `unit_path` of one about a whole unit."""

    row: Conflict
    judge: str
    number: int
    entry_code: str | None
    entry_title: str | None
    unit_name: str | None
    unit_path: str | None
    set_by: str | None
    lifted_by: str | None

    def covers(self, work: Work) -> bool:
        if self.row.entry_id is not None:
            return self.row.entry_id == work.id
        return self.unit_path is not None and work.unit_path.startswith(self.unit_path)


def lock_round(session: Session, contest_code: str, round_code: str, *, by: Visitor) -> Round:
    """Return a round of entries of the organizer's part, `.contest` loaded, locked.

    Acts on one jury wait for each other. NotFound elsewhere.
    """
    found = session.scalar(
        select(Round)
        .join(Round.contest)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(
            Contest.code == contest_code,
            Contest.state == ContestState.PUBLISHED,
            Round.code == round_code,
            Round.kind == RoundKind.ENTRIES,
            people.inside(by.paths(Role.ORGANIZER, Role.ADMINISTRATOR)),
        )
        .options(contains_eager(Round.contest))
        .with_for_update(of=Round, key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(contests.NO_ROUND)
    return found


def ensure_unsigned(session: Session, round_id: int) -> None:
    """Raise Conflict once a result of the round is signed: what it stands on stays as it is."""
    states = (RunState.SIGNED, RunState.PUBLISHED)
    found = select(ResultRun.id).where(ResultRun.round_id == round_id, ResultRun.state.in_(states))
    if session.scalar(found.limit(1)) is not None:
        raise Clash(SIGNED)


def works(session: Session, round_id: int) -> list[Work]:
    """Return what is handed in and judged by sheets, oldest first.

    Practical tasks are left out: an examiner's checklist marks them.
    """
    length = (
        select(func.max(MediaFile.seconds))
        .join(Media, Media.id == MediaFile.media_id)
        .join(EntryFile, EntryFile.media == Media.code)
        .where(EntryFile.entry_id == Entry.id, EntryFile.removed_at.is_(None))
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Entry.id,
            Entry.code,
            Entry.blind_code,
            TITLE.label("title"),
            Entry.kind,
            Entry.jury_languages,
            Division.code.label("division"),
            Unit.name.label("unit_name"),
            Unit.path,
            Account.id.label("sender_id"),
            Account.name.label("sender"),
            length.label("seconds"),
        )
        .join(EntryVersion, HANDED_IN)
        .join(Division, Division.id == Entry.division_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(Unit, Unit.id == Registration.unit_id)
        .join(Account, Account.id == Registration.account_id)
        .where(_is_judged(round_id))
        .order_by(Entry.id)
    )
    return [
        Work(
            id=row.id,
            code=row.code,
            blind_code=row.blind_code,
            title=row.title,
            kind=row.kind,
            division=row.division,
            unit_name=row.unit_name,
            unit_path=row.path,
            sender_id=row.sender_id,
            sender=row.sender,
            minutes=workload.minutes(row.kind, row.seconds),
            languages=tuple(row.jury_languages),
        )
        for row in rows
    ]


def _is_judged(round_id: int) -> ColumnElement[bool]:
    return and_(
        Entry.round_id == round_id,
        Entry.state == EntryState.SENT,
        Entry.version > 0,
        Entry.kind != EntryKind.PRACTICAL,
    )


def entry_id(session: Session, round_id: int, code: str) -> int:
    """Return the id of an entry of the round by its address; NotFound for drafts and others."""
    found = session.scalar(
        select(Entry.id).where(Entry.round_id == round_id, Entry.code == code, Entry.version > 0)
    )
    if found is None:
        raise NotFound(NO_WORK)
    return found


def has_entry(session: Session, round_id: int, account_id: int) -> bool:
    """Say whether somebody is the sender of an entry of the round, in whatever state."""
    found = (
        select(Entry.id)
        .join(Registration, Registration.id == Entry.registration_id)
        .where(Entry.round_id == round_id, Registration.account_id == account_id)
    )
    return session.scalar(found.limit(1)) is not None


OWN, OWN_REGISTRATION = aliased(Entry), aliased(Registration)


def takes_part(account_id: Any, round_id: Any) -> ColumnElement[bool]:
    """Say whether somebody has handed in an entry in a round that is still in it."""
    mine = (
        select(OWN.id)
        .join(OWN_REGISTRATION, OWN_REGISTRATION.id == OWN.registration_id)
        .where(
            OWN.round_id == round_id,
            OWN.state == EntryState.SENT,
            OWN_REGISTRATION.account_id == account_id,
        )
    )
    return exists(mine)


KEEPER, KEPT = aliased(Unit), aliased(Unit)


def knows_names(account_id: Any, round_id: Any) -> ColumnElement[bool]:
    """Say whether somebody may read the senders' names of a round that is judged blind.

    Organizers and administrators of its contest's unit do, on the pages of its entries.
    """
    held = (
        select(RoleGrant.id)
        .join(KEEPER, KEEPER.id == RoleGrant.unit_id)
        .join(KEPT, KEPT.path.startswith(KEEPER.path))
        .join(Contest, Contest.unit_id == KEPT.id)
        .join(Round, Round.contest_id == Contest.id)
        .where(
            Round.id == round_id,
            Round.entries["is_blind"].as_boolean(),
            RoleGrant.account_id == account_id,
            RoleGrant.role.in_((Role.ORGANIZER, Role.ADMINISTRATOR)),
        )
    )
    return exists(held)


def namesakes(session: Session, round_id: int, found: Iterable[Seat]) -> dict[int, list[str]]:
    """Return the titles of groups' works in which a name is that of somebody of the panel, by seat.

    Members of a group are names and no accounts: whether it is one and the same, people know.
    """
    named: dict[str, list[int]] = {}
    for each in found:
        if each.row.left_at is None:
            named.setdefault(fold(each.name), []).append(each.row.id)
    rows = session.execute(
        select(TITLE, EntryVersion.content["members"])
        .join(Entry, HANDED_IN)
        .where(Entry.round_id == round_id, Entry.state == EntryState.SENT)
        .order_by(Entry.id)
    )
    titles: dict[int, list[str]] = {}
    for title, members in rows:
        for folded in {fold(str(name)) for name in members or ()}:
            for panelist_id in named.get(folded, ()):
                titles.setdefault(panelist_id, []).append(title)
    return titles


def _seats(round_id: int) -> Select[*tuple[Any, ...]]:
    which = Panelist.account_id, Panelist.round_id
    return (
        select(Panelist, Account.name, Unit.name, Unit.path, takes_part(*which))
        .add_columns(knows_names(*which))
        .join(Account, Account.id == Panelist.account_id)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Panelist.round_id == round_id)
        .order_by(Panelist.number)
    )


def seats(session: Session, round_id: int) -> list[Seat]:
    """Return a round's panelists by number, those who left too."""
    return [Seat(*row) for row in session.execute(_seats(round_id))]


def seat(session: Session, round_id: int, code: str) -> Seat:
    """Return one panelist of the round by code, NotFound when there is none."""
    found = session.execute(_seats(round_id).where(Panelist.code == code)).first()
    if found is None:
        raise NotFound(NO_JUDGE)
    return Seat(*found)


def phase(session: Session, round_id: int, code: str) -> JudgingPhase:
    """Return one phase of the round by code, NotFound when there is none."""
    found = session.scalar(
        select(JudgingPhase).where(JudgingPhase.round_id == round_id, JudgingPhase.code == code)
    )
    if found is None:
        raise NotFound(N_("Không tìm thấy giai đoạn chấm này."))
    return found


def assignments(session: Session, round_id: int) -> list[Assignment]:
    """Return every assignment of the round, ended ones too, in each judge's order."""
    found = (
        select(Assignment)
        .join(Panelist, Panelist.id == Assignment.panelist_id)
        .where(Panelist.round_id == round_id)
        .order_by(Assignment.panelist_id, Assignment.place, Assignment.id)
    )
    return list(session.scalars(found))


def sheets(session: Session, round_id: int) -> dict[Pair, Sheet]:
    """Return the latest each judge did about each entry; no draft hides a sheet handed in."""
    rows = session.execute(
        select(
            ScoreSheet.panelist_id,
            ScoreSheet.entry_id,
            ScoreSheet.state,
            JudgingPhase.counts,
            ScoreSheet.is_excluded,
        )
        .join(JudgingPhase, JudgingPhase.id == ScoreSheet.phase_id)
        .where(JudgingPhase.round_id == round_id, ScoreSheet.state.in_(_WEIGHT))
        .order_by(ScoreSheet.version)
    )
    found: dict[Pair, Sheet] = {}
    for row in rows:
        sheet = Sheet(*row)
        before = found.get((sheet.entry_id, sheet.panelist_id))
        if before is None or _WEIGHT[before.state] <= _WEIGHT[sheet.state]:
            found[sheet.entry_id, sheet.panelist_id] = sheet
    return found


_WEIGHT: Mapping[str, int] = {
    SheetState.DRAFT: 0,
    SheetState.SUBMITTED: 1,
    SheetState.RECUSED: 1,
}


def handed_in(session: Session, round_id: int) -> dict[Pair, bool]:
    """Return the pairs with a sheet that was handed in, and whether it is kept out."""
    rows = session.execute(
        select(ScoreSheet.entry_id, ScoreSheet.panelist_id, ScoreSheet.is_excluded)
        .join(Panelist, Panelist.id == ScoreSheet.panelist_id)
        .where(Panelist.round_id == round_id, ScoreSheet.state == SheetState.SUBMITTED)
    )
    return {(entry, panelist): is_out for entry, panelist, is_out in rows}


def conflicts(session: Session, round_id: int) -> list[Standing]:
    """Return every conflict of the round, lifted ones too, the latest first."""
    judge, setter, lifter = aliased(Account), aliased(Account), aliased(Account)
    rows = session.execute(
        select(
            Conflict,
            judge.name,
            Panelist.number,
            Entry.code,
            TITLE,
            Unit.name,
            Unit.path,
            setter.name,
            lifter.name,
        )
        .join(Panelist, Panelist.id == Conflict.panelist_id)
        .join(judge, judge.id == Panelist.account_id)
        .outerjoin(Entry, Entry.id == Conflict.entry_id)
        .outerjoin(EntryVersion, HANDED_IN)
        .outerjoin(Unit, Unit.id == Conflict.unit_id)
        .outerjoin(setter, setter.id == Conflict.set_by)
        .outerjoin(lifter, lifter.id == Conflict.lifted_by)
        .where(Panelist.round_id == round_id)
        .order_by(Conflict.id.desc())
    )
    return [Standing(*row) for row in rows]


def conflict(session: Session, round_id: int, code: str) -> Standing:
    """Return one conflict of the round, NotFound when there is none."""
    for each in conflicts(session, round_id):
        if each.row.code == code:
            return each
    raise NotFound(N_("Không tìm thấy xung đột lợi ích này."))


def barred(standing: Iterable[Standing], found: Iterable[Work]) -> dict[Pair, Conflict]:
    """Return the pairs that conflicts which are not lifted keep apart."""
    there = list(found)
    return {
        (work.id, each.row.panelist_id): each.row
        for each in standing
        if each.row.lifted_at is None
        for work in there
        if each.covers(work)
    }


def lineages(session: Session, paths: Iterable[str]) -> dict[str, Lineage]:
    """Return for each path of the tree its units from the root down."""
    asked = set(paths)
    wanted = {id_ for path in asked for id_ in people.ids_in(path)}
    rows = session.execute(select(Unit.id, Unit.kind).where(Unit.id.in_(wanted)))
    nodes = {id_: Node(id_, kind) for id_, kind in rows}
    return {path: tuple(nodes[id_] for id_ in people.ids_in(path)) for path in asked}


def everyone(session: Session, round_: Round) -> frozenset[int]:
    """Return the ids of the unit that owns a round's contest and of all above it."""
    found = select(Unit.path).join(Contest, Contest.unit_id == Unit.id)
    path = session.scalars(found.where(Contest.id == round_.contest_id)).one()
    return frozenset(people.ids_in(path))


def phase_now(phases: Iterable[JudgingPhase], now: datetime) -> JudgingPhase | None:
    """Return the phase in which judges write sheets now, else the next, else the last one."""
    scoring = sorted((one for one in phases if one.may_score), key=lambda one: one.opens_at)
    for each in scoring:
        if now < each.closes_at:
            return each
    return scoring[-1] if scoring else None


def units(session: Session, paths: Iterable[str]) -> list[Unit]:
    """Return the units with these paths."""
    return list(session.scalars(select(Unit).where(Unit.path.in_(list(paths)))))
