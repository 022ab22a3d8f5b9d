"""The papers of settled rounds, read for measuring their questions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.accounts.models import Unit
from contest.accounts.queries import inside
from contest.attempts.models import Answer, Attempt
from contest.contests.models import Contest, Round
from contest.errors import N_, NotFound, TooEarly

AT_ONCE = 500  # papers read with their answers between two words about progress
NO_ROUND = N_("Không tìm thấy đợt thi này trong phần đơn vị của bạn.")
NOT_SETTLED = N_("Đợt thi chưa chốt kết quả. Chốt xong mới phân tích được câu hỏi.")


@dataclass(frozen=True, slots=True)
class SettledRound:
    """A settled round of one's own part of the tree."""

    contest_code: str
    contest_title: str
    code: str
    name: str
    name_en: str
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One handed-in paper: its drawn rows, its marks, the saved choices by number, as shown."""

    drawn: Sequence[Mapping[str, Any]]
    marks: Sequence[tuple[str, str]]  # points, verdict
    values: Mapping[int, Any]


def rounds(session: Session, paths: Sequence[str]) -> list[SettledRound]:
    """List the settled rounds of contests of some parts of the tree, the latest first."""
    columns = (Contest.code, Contest.title, Round.code, Round.name, Round.name_en)
    found = (
        select(*columns, Round.settled_at)
        .join(Contest, Contest.id == Round.contest_id)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(inside(paths), Round.settled_at.is_not(None))
        .order_by(Round.settled_at.desc(), Round.id.desc())
    )
    return [SettledRound(*row) for row in session.execute(found)]


def settled(session: Session, contest_code: str, code: str, paths: Sequence[str]) -> Round:
    """Return a settled round; NotFound outside some parts of the tree, TooEarly before."""
    found = session.scalar(
        select(Round)
        .join(Contest, Contest.id == Round.contest_id)
        .join(Unit, Unit.id == Contest.unit_id)
        .where(Contest.code == contest_code, Round.code == code, inside(paths))
    )
    if found is None:
        raise NotFound(NO_ROUND)
    if found.settled_at is None:
        raise TooEarly(NOT_SETTLED)
    return found


def papers(
    session: Session, round_id: int, *, tell: Callable[[int, int], object]
) -> Iterator[Paper]:
    """Give each person's first handed-in paper of a round, by `AT_ONCE` at a time.

    Later tries are left out: somebody who saw a question before says little about it.
    `tell(done, total)` hears how far it is.
    """
    handed_in = (Attempt.round_id == round_id, Attempt.handed_in_at.is_not(None))
    first = (
        select(func.min(Attempt.id))
        .where(*handed_in, Attempt.marks.is_not(None))
        .group_by(Attempt.account_id)
    )
    ids = sorted(id_ for id_ in session.scalars(first) if id_ is not None)
    for at in range(0, len(ids), AT_ONCE):
        tell(at, len(ids))
        some = ids[at : at + AT_ONCE]
        values: dict[int, dict[int, Any]] = {id_: {} for id_ in some}
        saved = select(Answer.attempt_id, Answer.no, Answer.value)
        for id_, no, value in session.execute(saved.where(Answer.attempt_id.in_(some))):
            values[id_][no] = value
        rows = select(Attempt.id, Attempt.paper, Attempt.marks).where(Attempt.id.in_(some))
        for id_, drawn, marks in session.execute(rows.order_by(Attempt.id)):
            yield Paper(drawn, marks, values[id_])
    tell(len(ids), len(ids))
