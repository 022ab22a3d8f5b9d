"""The panel: who judges a round, how much at the most, who leads; a judge may leave."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts import queries as people
from contest.accounts import service as accounts
from contest.accounts.models import Account, Role
from contest.contests import queries as contests
from contest.contests import running
from contest.contests.models import Division, Round
from contest.core import ids
from contest.core.visitor import Visitor
from contest.errors import N_, Invalid, NotFound, Problem
from contest.errors import Conflict as Clash
from contest.judging import conflicts, panel_queries
from contest.judging.models import Assignment, Panelist, SheetState
from contest.rules import languages

LEFT = "left"  # why an assignment ended
MOST = 2000  # entries of one judge
NO_PERSON = N_("Không tìm thấy người này. Hãy tìm theo tên, hoặc gõ đủ tên đăng nhập.")
TAKES_PART = N_(
    "%(name)s có bài dự thi trong đợt này, nên không thể làm giám khảo. Người gửi bài không chấm "
    "bài của đợt mình."
)
KNOWS_NAMES = N_(
    "%(name)s có quyền của ban tổ chức hoặc quản trị viên, xem được tên người gửi bài, mà đợt này "
    "chấm kín. Hãy chọn “Không, chỉ điều hành và ký kết quả”, hoặc mời người khác chấm."
)
SITS_ALREADY = N_("%(name)s đã ở trong ban giám khảo.")
IS_OFF = N_("Tài khoản của %(name)s đã bị khoá.")
NO_DIVISION = N_("Hãy chọn trong các bảng thi có sẵn.")
LEFT_ALREADY = N_("Giám khảo này đã rời ban giám khảo.")


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """How somebody sits: `most` entries (None: no limit), `divisions` by code (none: every).

    `languages`: codes of those known besides Vietnamese.
    """

    most: int | None = None
    divisions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    is_head: bool = False
    is_scoring: bool = True


def person(session: Session, code: str, *, login: str, by: Visitor) -> Account:
    """Return somebody who may be invited, NotFound for others.

    Anybody of one's own part of the tree by code; from elsewhere only with the whole `login`, in
    the form it is stored in.
    """
    found = session.scalar(select(Account).where(Account.code == code))
    if found is None:
        raise NotFound(NO_PERSON)
    if not login or found.login != login:
        paths = by.paths(Role.ORGANIZER, Role.ADMINISTRATOR)
        return people.person(session, code, paths=paths)
    return found


def ensure_may_judge(session: Session, round_id: int, account: Account) -> None:
    """Raise Invalid for who takes part or is locked out, Conflict for who sits already."""
    if not account.is_active:
        raise Invalid(IS_OFF, name=account.name)
    if panel_queries.has_entry(session, round_id, account.id):
        raise Invalid(TAKES_PART, name=account.name)
    if _seat_of(session, round_id, account.id, with_left=False) is not None:
        raise Clash(SITS_ALREADY, name=account.name)


def _ensure_blind(session: Session, round_id: int, account_id: int, name: str) -> None:
    if session.scalar(select(panel_queries.knows_names(account_id, round_id))):
        problem = Problem(KNOWS_NAMES, name=name)
        raise Invalid(KNOWS_NAMES, problems={"is_scoring": problem}, name=name)


def invite(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    facts: SeatFacts,
    *,
    login: str,
    by: Visitor,
    now: datetime,
) -> Panelist:
    """Take somebody into the panel, with the judge's role for the contest's unit.

    Who left before comes back to the same number. The site looks for conflicts at once. Raises
    what `person` and `ensure_may_judge` raise, and Invalid for letting somebody score who knows
    the names of a blind round.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    account = person(session, code, login=login, by=by)
    ensure_may_judge(session, found.id, account)
    if facts.is_scoring:
        _ensure_blind(session, found.id, account.id, account.name)
    _check(session, found, facts)
    row = _seat_of(session, found.id, account.id, with_left=True)
    if row is None:
        numbers = [each.row.number for each in panel_queries.seats(session, found.id)]
        row = Panelist(
            code=ids.new_code(),
            round_id=found.id,
            account_id=account.id,
            number=max(numbers, default=0) + 1,
        )
        session.add(row)
    row.joined_at, row.left_at = now, None
    _write(session, found, row, facts)
    unit = contests.owner(session, found.contest)
    accounts.grant(session, account, Role.JUDGE, unit, by=by.id, now=now)
    conflicts.find(session, found, now=now)
    _note(session, found, "judging.invite", row, by=by, now=now, account=account.code)
    return row


def change(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    facts: SeatFacts,
    *,
    by: Visitor,
    now: datetime,
) -> Panelist:
    """Change how somebody sits; what they have already stays theirs.

    Raises Invalid for letting somebody score who knows the names of a blind round: not for who
    scored before being given the role, of whom the page warns.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    seat = panel_queries.seat(session, found.id, code)
    row = seat.row
    if row.left_at is not None:
        raise Clash(LEFT_ALREADY)
    if facts.is_scoring and not row.is_scoring:
        _ensure_blind(session, found.id, row.account_id, seat.name)
    _check(session, found, facts)
    _write(session, found, row, facts)
    conflicts.find(session, found, now=now)
    _note(session, found, "judging.change_seat", row, by=by, now=now)
    return row


def leave(
    session: Session,
    contest: str,
    round_: str,
    code: str,
    *,
    reason: str,
    by: Visitor,
    now: datetime,
) -> int:
    """Let a judge go: sheets handed in stay and count, the rest waits to be assigned anew.

    Return how many entries wait. Raises Conflict for who left before.
    """
    found = panel_queries.lock_round(session, contest, round_, by=by)
    panel_queries.ensure_unsigned(session, found.id)
    row = panel_queries.seat(session, found.id, code).row
    if row.left_at is not None:
        raise Clash(LEFT_ALREADY)
    row.left_at, row.is_head = now, False
    waiting = undone(session, found.id, row.id)
    for each in waiting:
        each.ended_at, each.end_reason = now, LEFT
    _note(
        session,
        found,
        "judging.leave",
        row,
        by=by,
        now=now,
        waiting=len(waiting),
        reason=reason,
    )
    return len(waiting)


def undone(session: Session, round_id: int, panelist_id: int) -> list[Assignment]:
    """Return the running assignments of a judge without a sheet that was handed in."""
    sheets = panel_queries.sheets(session, round_id)
    done = {pair for pair, sheet in sheets.items() if sheet.state == SheetState.SUBMITTED}
    return [
        each
        for each in panel_queries.assignments(session, round_id)
        if each.panelist_id == panelist_id
        and each.ended_at is None
        and (each.entry_id, panelist_id) not in done
    ]


def _seat_of(
    session: Session, round_id: int, account_id: int, *, with_left: bool
) -> Panelist | None:
    found = select(Panelist).where(Panelist.round_id == round_id, Panelist.account_id == account_id)
    if not with_left:
        found = found.where(Panelist.left_at.is_(None))
    return session.scalar(found)


def _check(session: Session, round_: Round, facts: SeatFacts) -> None:
    codes = select(Division.code).where(Division.contest_id == round_.contest_id)
    if not set(facts.divisions) <= set(session.scalars(codes)):
        raise Invalid(NO_DIVISION, problems={"divisions": Problem(NO_DIVISION)})
    try:
        languages.clean(facts.languages)
    except Invalid as error:
        told = Problem(error.message)
        raise Invalid(error.message, problems={"languages": told}) from error


def _write(session: Session, round_: Round, row: Panelist, facts: SeatFacts) -> None:
    row.most, row.divisions = facts.most, sorted(facts.divisions)
    row.languages = languages.clean(facts.languages)
    row.is_head, row.is_scoring = facts.is_head, facts.is_scoring
    session.flush()
    if facts.is_head:
        for each in panel_queries.seats(session, round_.id):
            if each.row.id != row.id:
                each.row.is_head = False
        session.flush()


def _note(
    session: Session,
    round_: Round,
    act: str,
    row: Panelist,
    *,
    by: Visitor,
    now: datetime,
    **facts: object,
) -> None:
    running.note(
        session,
        round_,
        act,
        by=by.id,
        now=now,
        judge=row.code,
        number=row.number,
        most=row.most,
        divisions=row.divisions,
        languages=row.languages,
        is_head=row.is_head,
        is_scoring=row.is_scoring,
        **facts,
    )
