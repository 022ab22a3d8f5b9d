"""Rules of a round of entries in the shape of a contest file, as plain JSON values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from contest.rules.entry_rules import EVERY, EntryRules
from contest.rules.rubric import Criterion, Rubric

WHOLE = (
    *("each", "most_members", "most_clip_mb", "most_file_mb", "most_pictures"),
    *("least_seconds", "most_seconds", "most_characters", "grace_s", "judges_each"),
)


def as_data(rules: EntryRules, divisions: Sequence[str]) -> dict[str, Any]:
    """Give what the part [rounds.entries] of a file would say; `divisions`: the contest's codes."""
    vote = rules.vote
    data: dict[str, Any] = {
        "kinds": [kind.value for kind in rules.kinds],
        **{key: getattr(rules, key) for key in WHOLE},
        "links": rules.takes_links,
        "gallery": rules.is_gallery,
        "blind": rules.is_blind,
        "criteria": [
            _criterion(one, codes) for one, codes in criteria_of(rules.rubrics, divisions)
        ],
    }
    if vote is not None:
        share = _plain(vote.share)
        data["vote"] = {"period": vote.period.value, "share": share, "days": vote.days}
    if rules.checklist:
        data["checklist"] = [
            _told(code=each.code, name=each.name, name_en=each.name_en, points=_plain(each.points))
            for each in rules.checklist
        ]
    return data


def criteria_of(
    rubrics: Mapping[str, Rubric], divisions: Sequence[str]
) -> list[tuple[Criterion, tuple[str, ...]]]:
    """List each criterion once, with the divisions it is for; none are named for all of them.

    Every rubric's criteria stay in their order.
    """
    left = {code: list(rubric.criteria) for code, rubric in rubrics.items()}
    found = []
    while heads := {code: rows[0] for code, rows in left.items() if rows}:
        one = _next(heads, left)
        users = [code for code, head in heads.items() if head == one]
        for code in users:
            left[code].pop(0)
        found.append((one, _named(users, rubrics, divisions)))
    return found


def _next(heads: Mapping[str, Criterion], left: Mapping[str, Sequence[Criterion]]) -> Criterion:
    """Choose the first criterion that no division has further down."""
    free = (
        one for one in heads.values() if not any(one in rows[1:] for rows in left.values() if rows)
    )
    own = (one for code, one in heads.items() if code != EVERY)
    return next(free, None) or next(own, None) or heads[EVERY]


def _named(
    users: Sequence[str], rubrics: Mapping[str, Rubric], divisions: Sequence[str]
) -> tuple[str, ...]:
    if EVERY in users and len(users) == len(rubrics):
        return ()
    rest = [code for code in divisions if code not in rubrics] if EVERY in users else []
    return tuple(sorted({*users, *rest} - {EVERY}))


def _criterion(one: Criterion, divisions: Sequence[str]) -> dict[str, Any]:
    levels = [
        _told(points=_plain(level.points), text=level.text, text_en=level.text_en)
        for level in one.levels
    ]
    return _told(
        code=one.code,
        name=one.name,
        name_en=one.name_en,
        about=one.about,
        about_en=one.about_en,
        weight=_plain(one.weight),
        least=_plain(one.least),
        most=_plain(one.most),
        step=_plain(one.step),
        counted=None if one.is_counted else False,
        divisions=list(divisions) or None,
        levels=levels or None,
    )


def _told(**values: Any) -> dict[str, Any]:
    """Leave out what a file leaves out."""
    return {key: value for key, value in values.items() if value is not None and value != ""}


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
