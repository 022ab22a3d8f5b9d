"""Who sits in which jury and which entries a judge may reach; nothing of an entry's content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from contest.accounts import queries as people
from contest.accounts.models import Account, Unit
from contest.contests.models import Contest, Division, Registration, Round
from contest.entries.models import Entry, EntryState
from contest.errors import N_, NotAllowed, NotFound, TooEarly, TooLate
from contest.judging import panel_queries, queries
from contest.judging.models import Assignment, Conflict, JudgingPhase, Panelist
from contest.rules.conflict_of_interest import are_together
from contest.rules.entry_rules import EntryKind, EntryRules
from contest.rules.languages import knows
from contest.rules.rubric import Rubric

NO_ENTRY = N_("Không tìm thấy bài này trong phần việc chấm của bạn.")
NO_SEAT = N_("Không tìm thấy ban giám khảo này, hoặc bạn không có tên trong đó.")
NO_PHASE = N_("Ban tổ chức chưa mở giai đoạn chấm nào cho phần này.")
NOT_YET = N_("Chưa đến giờ chấm. Giai đoạn chấm mở lúc %(opens_at)s.")
CLOSED = N_("Giai đoạn chấm đã đóng lúc %(closes_at)s nên phiếu không sửa được nữa.")
TAKES_PART_TOO = N_(
    "Bạn đã nộp bài dự thi trong đợt này, nên không chấm bài nào của đợt. Ban tổ chức thấy điều "
    "này ở trang ban giám khảo."
)
NOT_SCORING = N_("Trong ban giám khảo này bạn không chấm bài.")


@dataclass(frozen=True, slots=True)
class Seat:
    """A judge in one round, with its phases and the one that is open."""

    panelist: Panelist
    round: Round  # `.contest` loaded
    phases: tuple[JudgingPhase, ...]
    phase: JudgingPhase | None
    takes_part: bool = False

    @property
    def rules(self) -> EntryRules:
        return EntryRules.from_json(self.round.entries)

    @property
    def sees_names(self) -> bool:
        return self.phase is not None and self.phase.sees_names

    @property
    def sees_all(self) -> bool:
        return self.phase is not None and self.phase.sees_all

    def is_enough(self, phase_id: int) -> bool:
        """Say whether a sheet of that phase does for the open one; a calibration's may not."""
        return self.phase is None or not self.phase.counts or self.counts(phase_id)

    def counts(self, phase_id: int) -> bool:
        """Say whether the sheets of a phase go into the result."""
        return any(each.id == phase_id and each.counts for each in self.phases)

    def why_not(self, now: datetime) -> NotAllowed | TooEarly | TooLate | None:
        """Say why no sheet may be written now; None when one may."""
        if self.takes_part:
            return NotAllowed(TAKES_PART_TOO)
        if self.phase is not None and self.phase.may_score and self.panelist.is_scoring:
            return None
        if not self.panelist.is_scoring:
            return TooEarly(NOT_SCORING)
        scoring = [each for each in self.phases if each.may_score]
        later = [each.opens_at for each in scoring if each.opens_at > now]
        if later:
            return TooEarly(NOT_YET, opens_at=min(later))
        if scoring:
            return TooLate(CLOSED, closes_at=max(each.closes_at for each in scoring))
        return TooEarly(NO_PHASE)


@dataclass(frozen=True, slots=True)
class Work:
    """What the room itself must know of an entry a judge may reach; never shown."""

    seat: Seat
    entry_id: int
    blind_code: str
    entry_version: int
    rubric: Rubric
    assignment: Assignment | None
    division: Division


JUDGE, JUDGE_UNIT = aliased(Account), aliased(Unit)
SENDER_UNIT, OWNER_UNIT, BARRED = aliased(Unit), aliased(Unit), aliased(Unit)


def barred() -> ColumnElement[bool]:
    """Say whether a conflict that stands keeps the panelist from the entry or its unit."""
    conflict = (
        select(Conflict.id)
        .outerjoin(BARRED, BARRED.id == Conflict.unit_id)
        .where(
            Conflict.panelist_id == Panelist.id,
            Conflict.lifted_at.is_(None),
            or_(
                Conflict.entry_id == Entry.id,
                SENDER_UNIT.path.startswith(BARRED.path),
            ),
        )
    )
    return exists(conflict.correlate(Panelist, Entry, SENDER_UNIT))


# A judge who has handed in an entry in the round since being invited judges nothing of it.
TAKES_PART = panel_queries.takes_part(Panelist.account_id, Panelist.round_id)


def is_lifted() -> ColumnElement[bool]:
    """Say whether a conflict the site found between both was lifted by an organizer."""
    conflict = select(Conflict.id).where(
        Conflict.panelist_id == Panelist.id,
        Conflict.entry_id == Entry.id,
        Conflict.set_by.is_(None),
        Conflict.lifted_at.is_not(None),
    )
    return exists(conflict.correlate(Panelist, Entry))


def _sent(wanted: Select[Any]) -> Select[Any]:
    """Join entries to their contest's unit and to the sender's."""
    return (
        wanted.select_from(Entry)
        .join(Round, Round.id == Entry.round_id)
        .join(Contest, Contest.id == Round.contest_id)
        .join(OWNER_UNIT, OWNER_UNIT.id == Contest.unit_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .join(SENDER_UNIT, SENDER_UNIT.id == Registration.unit_id)
    )


def of_judge(wanted: Select[Any], account_id: int) -> Select[Any]:
    """Join entries that are handed in to a judge's own seat, work and unit, and the sender's."""
    return (
        _sent(wanted)
        .join(Division, Division.id == Entry.division_id)
        .join(
            Panelist,
            and_(
                Panelist.round_id == Entry.round_id,
                Panelist.account_id == account_id,
                Panelist.left_at.is_(None),
            ),
        )
        .join(JUDGE, JUDGE.id == Panelist.account_id)
        .join(JUDGE_UNIT, JUDGE_UNIT.id == JUDGE.unit_id)
        .outerjoin(
            Assignment,
            and_(
                Assignment.panelist_id == Panelist.id,
                Assignment.entry_id == Entry.id,
                Assignment.ended_at.is_(None),
            ),
        )
        .where(
            Entry.state == EntryState.SENT,
            Entry.version > 0,
            Entry.kind != EntryKind.PRACTICAL,
            ~barred(),
            ~TAKES_PART,
        )
    )


GROUND = (
    Registration.account_id.label("sender_id"),
    SENDER_UNIT.path.label("sender_path"),
    JUDGE_UNIT.path.label("judge_path"),
    OWNER_UNIT.path.label("owner_path"),
    is_lifted().label("is_lifted"),
)


def own_side(session: Session, rows: Sequence[Any], account_id: int) -> list[bool]:
    """Say of rows with GROUND's columns whether they are of the judge's own side.

    The clock writes these conflicts too, a minute later at most; until then this holds. One that
    an organizer lifted bars no more, except for the judge's own work.
    """
    paths = {path for row in rows for path in (row.sender_path, row.judge_path)}
    lineage = panel_queries.lineages(session, paths)
    found = []
    for row in rows:
        everyone = frozenset(people.ids_in(row.owner_path))
        together = are_together(lineage[row.judge_path], lineage[row.sender_path], everyone)
        found.append(row.sender_id == account_id or (together and not row.is_lifted))
    return found


def is_barred(session: Session, entry_id: int, *, by: int) -> bool:
    """Say whether somebody is on an entry's side, a judge or not, or one of its rivals.

    Who left the jury keeps the conflicts that were written down.
    """
    wanted = (
        _sent(
            select(
                or_(barred(), panel_queries.takes_part(JUDGE.id, Entry.round_id)).label("is_barred")
            ).add_columns(*GROUND)
        )
        .join(JUDGE, JUDGE.id == by)
        .join(JUDGE_UNIT, JUDGE_UNIT.id == JUDGE.unit_id)
        .outerjoin(
            Panelist, and_(Panelist.round_id == Entry.round_id, Panelist.account_id == JUDGE.id)
        )
        .where(Entry.id == entry_id)
    )
    row = session.execute(wanted).one()
    return bool(row.is_barred) or own_side(session, [row], by)[0]


def seat(session: Session, contest_code: str, round_code: str, *, by: int, now: datetime) -> Seat:
    """Return one's seat in the jury of a round; NotFound for everybody else."""
    wanted = (
        select(Round, Panelist, TAKES_PART.label("takes_part"))
        .join(Round.contest)
        .join(Panelist, Panelist.round_id == Round.id)
        .where(
            Contest.code == contest_code,
            Round.code == round_code,
            Panelist.account_id == by,
            Panelist.left_at.is_(None),
        )
        .options(joinedload(Round.contest, innerjoin=True))
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound(NO_SEAT)
    found = queries.phases(session, row.Round.id)
    here = queries.open_of(found, now)
    return Seat(row.Panelist, row.Round, tuple(found), here, row.takes_part)


def reach(session: Session, blind_code: str, *, by: int, now: datetime) -> Work:
    """Return an entry a judge may look at; what is not there and what is not theirs cost the same.

    The same NotFound for what does not exist, what is of another jury, what is not assigned and
    what a conflict bars: none can be told from another.
    """
    wanted = (
        select(Entry.id, Entry.version, Entry.jury_languages, Round, Panelist, Assignment, Division)
        .add_columns(JudgingPhase, *GROUND)
        .where(Entry.blind_code == blind_code)
        .order_by(JudgingPhase.position)
        .options(contains_eager(Round.contest))
    )
    wanted = of_judge(wanted, by).outerjoin(JudgingPhase, JudgingPhase.round_id == Round.id)
    rows = session.execute(wanted).all()
    if not rows:
        raise NotFound(NO_ENTRY)
    row = rows[0]
    found = [each.JudgingPhase for each in rows if each.JudgingPhase is not None]
    here = Seat(row.Panelist, row.Round, tuple(found), queries.open_of(found, now))
    if row.Assignment is None and not may_roam(here, row.Division, row.jury_languages):
        raise NotFound(NO_ENTRY)
    if own_side(session, [row], by)[0]:
        raise NotFound(NO_ENTRY)
    if here.phase is None and not any(each.closes_at <= now for each in found):
        raise here.why_not(now) or NotFound(NO_ENTRY)
    rubric = here.rules.rubric(row.Division.code)
    return Work(here, row.id, blind_code, row.version, rubric, row.Assignment, row.Division)


def may_roam(here: Seat, division: Division, languages: Sequence[str]) -> bool:
    """Say whether a judge may look at an entry that is not assigned, by its division and languages.

    The same limits as for an assignment. What was assigned stays reachable whatever it uses: an
    organizer may have corrected its languages since, and decides what becomes of it.
    """
    wanted = here.panelist.divisions
    fits = not wanted or division.code in wanted
    return here.sees_all and fits and knows(here.panelist.languages, languages)
