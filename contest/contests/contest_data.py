"""A contest as plain JSON values in the shape of a contest file, and back.

Moments are local text ("2026-12-07T16:00:00"), decimals are text ("0.5"): JSON has neither.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from contest.contests import entries_data
from contest.contests.specs import (
    ContestSpec,
    DivisionSpec,
    PrizeSpec,
    QuotaSpec,
    RoundKind,
    RoundSpec,
)

MOMENTS = frozenset({"opens_at", "closes_at"})
DECIMALS = frozenset({"weight", "bound", "points", "wrong", "share", "least", "most", "step"})


def readable(data: Mapping[str, Any]) -> dict[str, Any]:
    """Give stored JSON as contest_file.spec_of reads it; text that is no value stays text."""
    return {key: _value(key, value) for key, value in data.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return readable(value)
    if isinstance(value, list):
        return [readable(each) if isinstance(each, dict) else each for each in value]
    if not isinstance(value, str):
        return value
    if key in MOMENTS:
        return _moment(value)
    return _decimal(value) if key in DECIMALS else value


def _moment(value: str) -> datetime | str:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def _decimal(value: str) -> Decimal | str:
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


def as_data(spec: ContestSpec) -> dict[str, Any]:
    """Give a spec as JSON values that `readable` and contest_file.spec_of make the same spec."""
    asked = spec.identity.as_json()
    divisions = [each.code for each in spec.divisions]
    return _told(
        {
            "code": spec.code,
            "unit": spec.unit,
            "title": spec.title,
            "title_en": spec.title_en,
            "about": spec.about,
            "about_en": spec.about_en,
            "contact": spec.contact,
            "extra": spec.extra,
            "extra_en": spec.extra_en,
            "tries_total": spec.tries_total,
            "name_mask": spec.name_mask.value,
            "combine": spec.combine.value,
            "identity": asked or None,
            "divisions": [_division(each) for each in spec.divisions],
            "rounds": [_round(each, divisions) for each in spec.rounds],
            "targets": [{"unit": each.unit, "people": each.people} for each in spec.targets],
        }
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a file leaves out: nothing, and empty texts."""
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _division(spec: DivisionSpec) -> dict[str, Any]:
    return _told(
        {
            "code": spec.code,
            "audience": spec.audience,
            **spec.columns(),
            "prizes": [_prize(each) for each in spec.prizes],
        }
    )


def _prize(spec: PrizeSpec) -> dict[str, Any]:
    return _told(spec.as_json())


def _round(spec: RoundSpec, divisions: Sequence[str]) -> dict[str, Any]:
    columns = {
        **spec.columns(),
        "code": spec.code,
        "opens_at": _local(spec.opens_at),
        "closes_at": _local(spec.closes_at),
        "weight": None if spec.weight is None else str(spec.weight),
        "bound": str(spec.bound),
        "points": str(spec.points),
        "wrong": str(spec.wrong),
        "plan": [_quota(each) for each in spec.plan],
        "entries": None,
    }
    if spec.entries is not None:
        columns["entries"] = entries_data.as_data(spec.entries, divisions)
    if spec.kind is RoundKind.ENTRIES:
        del columns["plan"]
    return _told(columns)


def _local(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def _quota(spec: QuotaSpec) -> dict[str, Any]:
    return _told(spec.as_json())
