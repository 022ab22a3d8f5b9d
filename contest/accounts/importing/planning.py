"""What a list would do, row by row, before anything is written.

The plan is made twice: for the page that is looked over first, and by the job that writes. Its
statements are as many for one row as for five thousand.
"""

from datetime import date

from sqlalchemy.orm import Session

from contest.accounts import people_file, queries
from contest.accounts.importing.outcome import Fate, Plan, Planned
from contest.accounts.importing.people import People
from contest.accounts.importing.places import Place, Places
from contest.accounts.list_file import Listing
from contest.accounts.models import Role
from contest.accounts.people_file import CountRow, Kind
from contest.core.sealing import Sealer
from contest.errors import N_, Problem

TWICE = N_("Trùng với dòng %(number)d của tệp.")
SAME_COUNT = N_("Số người đã đúng như trong tệp.")
NOW_COUNT = N_("Đang ghi %(count)s người.")


def make(
    session: Session,
    listed: Listing,
    kind: Kind,
    *,
    by: int,
    sealer: Sealer,
    today: date,
) -> Plan:
    """Plan a list for an account, inside the parts of the tree it organizes now."""
    paths = tuple(
        scope.unit_path
        for scope in queries.scopes(session, by)
        if scope.role in {Role.ORGANIZER, Role.ADMINISTRATOR}
    )
    places = Places(session, paths)
    if kind is Kind.HEADCOUNTS:
        return Plan(kind, _counts(listed, places), listed.notes)
    rows = [people_file.person(line, kind, today) for line in listed.lines]
    lines = People(session, kind, paths, places, sealer).plan(rows)
    return Plan(kind, lines, listed.notes)


def _counts(listed: Listing, places: Places) -> tuple[Planned, ...]:
    seen: dict[int, int] = {}
    return tuple(_count(people_file.count(line), places, seen) for line in listed.lines)


def _count(row: CountRow, places: Places, seen: dict[int, int]) -> Planned:
    found = places.find(row.unit) if row.unit else None
    problems = (*row.problems, *((found,) if isinstance(found, Problem) else ()))
    if not isinstance(found, Place):
        return Planned(row.number, Fate.REFUSED, row.unit, problems=problems)
    if found.id in seen:
        problems = (*problems, Problem(TWICE, number=seen[found.id]))
    if problems:
        return Planned(row.number, Fate.REFUSED, found.name, found, problems=problems)
    seen[found.id] = row.number
    is_same = found.headcount == row.headcount
    told = Problem(SAME_COUNT) if is_same else Problem(NOW_COUNT, count=found.headcount)
    return Planned(
        row.number,
        Fate.SAME if is_same else Fate.CHANGED,
        found.name,
        found,
        headcount=row.headcount,
        warnings=() if found.headcount is None else (told,),
    )
