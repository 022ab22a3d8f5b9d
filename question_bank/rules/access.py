"""Whose bank is whose: who may read and change it, and which contests draw from it.

A unit is named by its path in the tree ("/1/7/": its ancestors and itself). A bank of a unit
belongs to that unit; one without a unit belongs to the platform.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BankFacts:
    """What decides about a bank; `unit_path` is None for a bank of the platform."""

    unit_path: str | None
    is_shared_down: bool
    is_retired: bool = False


def may_write(bank: BankFacts, paths: Sequence[str], *, is_administrator: bool) -> bool:
    """Say whether an organizer of the parts of the tree `paths` may change the bank.

    The unit that owns it must lie inside one of them; a bank of the platform is the
    administrators' alone.
    """
    if is_administrator:
        return True
    unit = bank.unit_path
    return unit is not None and any(unit.startswith(path) for path in paths)


def may_read(bank: BankFacts, paths: Sequence[str], *, is_administrator: bool) -> bool:
    """Say whether they may read it: what they may change, and what is shared down to them."""
    if may_write(bank, paths, is_administrator=is_administrator):
        return True
    return bank.is_shared_down and any(_is_above(bank, path) for path in paths)


def may_draw(bank: BankFacts, contest_path: str) -> bool:
    """Say whether a contest of the unit `contest_path` may draw from the bank.

    From its own unit's banks, and from those shared down by units above and by the platform;
    never from the banks of units below or beside.
    """
    if bank.is_retired:
        return False
    return bank.unit_path == contest_path or (bank.is_shared_down and _is_above(bank, contest_path))


def _is_above(bank: BankFacts, path: str) -> bool:
    return bank.unit_path is None or path.startswith(bank.unit_path)
