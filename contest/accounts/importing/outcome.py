"""What becomes of each row of a list: the plan that is looked over, and then written."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from contest.accounts.importing.places import Place
from contest.accounts.people_file import Kind, PersonRow
from contest.errors import Problem


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NewClass:
    """A class to be added below a school."""

    code: str
    name: str
    parent_id: int
    parent_path: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A row and what becomes of it. `login` is the stored form, `shown_login` what is typed."""

    number: int
    fate: Fate
    name: str = ""
    unit: Place | None = None
    row: PersonRow | None = None
    account_id: int | None = None  # who it is already
    account_code: str = ""
    new_class: NewClass | None = None
    login: str = ""
    shown_login: str = ""
    phone_blind: str | None = None
    audiences: tuple[str, ...] = ()
    grant: tuple[str, int] | None = None  # role, unit
    headcount: int | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a whole list would do."""

    kind: Kind
    lines: tuple[Planned, ...]
    notes: tuple[Problem, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each fate, every fate named."""
        found = Counter(line.fate for line in self.lines)
        return {fate.value: found[fate] for fate in Fate}

    @property
    def acts(self) -> tuple[tuple[object, ...], ...]:
        """What would be written, comparable: two plans with equal acts do the same."""
        return tuple(
            (
                *(line.number, line.fate, line.login, line.phone_blind, line.account_id),
                *(line.unit and line.unit.id, line.new_class, line.grant, line.headcount),
            )
            for line in self.to_write
        )

    @property
    def to_write(self) -> tuple[Planned, ...]:
        """The rows that change something."""
        return tuple(line for line in self.lines if line.fate in {Fate.NEW, Fate.CHANGED})
