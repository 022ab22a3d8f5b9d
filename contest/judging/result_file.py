"""The file of a jury's result: inputs, settings, version and outcome, recomputable by anybody.

Canonical JSON: UTF-8, keys sorted, an indent of one blank, numbers that are not whole as strings,
one newline at the end. It holds no name of anybody: entries go by their blind codes, judges by
their codes in the jury, examiners by numbers. Pure: no database, no settings, no clock.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from contest.errors import N_, ContestError, Problem
from contest.rules.entry_rules import Check
from contest.rules.jury_result import (
    Decided,
    DivisionRules,
    EntryInput,
    EntryOutcome,
    Input,
    Outcome,
    Pool,
    Prize,
    Settings,
    Sheet,
    Shown,
    compute,
)
from contest.rules.rubric import Rubric

FORMAT = "hoi-thi-so/jury-result/1"
RULES_VERSION = "2"  # raised whenever the same inputs would give another outcome
MOST_BYTES = 64 * 1024 * 1024

# In the file, so that whoever reads it knows what to compute.
FORMULAS = {
    "total": "100 * sum(weight * points) / sum(weight * most), counted criteria, 4 decimals",
    "severity": "score = entry + judge + error; entries fixed, judges random, REML; "
    "over all entries of one rubric; used where the gate says 'adjust', else the raw mean",
    "mark": "(1 - share) * jury + share * vote, 2 decimals; "
    "a decision 'mark' overrides it, 'out' leaves the entry out",
    "vote": "100 * votes / most votes in the division, 6 decimals; not is_votable: at least the "
    "mean of those that are; none is_votable in the division: mark = jury",
    "ties": "decision, mean of the heaviest criterion, judges who put it first, earlier hand-in",
    "chances": "2000 draws from the normal distribution of the scores, seeded by input_sha256",
}

NOT_JSON = N_("Tệp này không phải tệp kết quả chấm của Hội Thi Số.")
OTHER_VERSION = N_(
    "Tệp này làm theo quy tắc bản %(theirs)s; chương trình này tính theo bản %(ours)s. Hãy dùng "
    "đúng bản chương trình đã làm ra tệp."
)
NOT_COMPUTABLE = N_("Dữ liệu trong tệp không tính được kết quả: %(why)s")
DIFFERS = N_("Không khớp ở “%(where)s”: trong tệp là %(theirs)s, tính lại được %(ours)s.")
REWRITTEN = N_("Các con số khớp, nhưng tệp không còn nguyên từng chữ như lúc được làm ra.")


def input_sha256(given: Input) -> str:
    """Return the hash of the inputs as they stand in the file, written without blanks."""
    return _sha256(json.dumps(_input_json(given), **COMPACT))


def sha256(text: str) -> str:
    """Return the hash of a file's bytes."""
    return _sha256(text)


def body(given: Input) -> str:
    """Write the file. Raises Invalid as `jury_result.compute` does."""
    seed = input_sha256(given)
    document = {
        "format": FORMAT,
        "rules_version": RULES_VERSION,
        "formulas": FORMULAS,
        "input": _input_json(given),
        "input_sha256": seed,
        "outcome": _outcome_json(compute(given, seed=seed), given.settings),
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def read(text: str) -> Input:
    """Return the inputs of a file. Raises KeyError, TypeError or ValueError for another shape."""
    return _input(json.loads(text)["input"])


def verify(text: str) -> Problem | None:
    """Recompute a file from its own inputs; None when every byte is the same."""
    try:
        document = json.loads(text)
        version = (document["format"], document["rules_version"])
        if version != (FORMAT, RULES_VERSION):
            return Problem(OTHER_VERSION, theirs=str(version[1]), ours=RULES_VERSION)
        made = _made_again(document)
    except _UNREADABLE:
        return Problem(NOT_JSON)
    if isinstance(made, Problem) or made == text:
        return made if isinstance(made, Problem) else None
    for where, theirs, ours in _differences(document, json.loads(made), ""):
        return Problem(DIFFERS, where=where, theirs=theirs, ours=ours)
    return Problem(REWRITTEN)


def _made_again(document: Mapping[str, Any]) -> str | Problem:
    given = _input(document["input"])
    try:
        return body(given)
    except ContestError as error:
        return Problem(NOT_COMPUTABLE, why=str(error))


_UNREADABLE = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError),
    *(InvalidOperation, ContestError, StopIteration, OverflowError),
)
COMPACT: dict[str, Any] = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}
ABSENT = "—"


def _differences(theirs: Any, ours: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Give places at which two documents differ, with what stands there."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted(theirs.keys() | ours.keys()):
            here = f"{where}.{key}" if where else key
            yield from _differences(theirs.get(key, ABSENT), ours.get(key, ABSENT), here)
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for at, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _differences(one, other, f"{where}[{_label(other, at)}]")
    elif theirs != ours or type(theirs) is not type(ours):
        yield where, _brief(theirs), _brief(ours)


def _label(item: Any, at: int) -> str:
    code = item.get("entry") if isinstance(item, dict) else None
    return code if isinstance(code, str) else str(at)


def _brief(value: Any) -> str:
    text = json.dumps(value, **COMPACT)
    return text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004 -- a line of a terminal


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Inputs


def _input_json(given: Input) -> dict[str, Any]:
    settings = given.settings
    return {
        "contest": settings.contest,
        "round": settings.round,
        "judges_each": settings.judges_each,
        "vote_share": _text(settings.vote_share),
        "goes_on": settings.goes_on,
        "corrects": settings.corrects,
        "reason": settings.reason,
        "checklist": [
            {"code": one.code, "name": one.name, "name_en": one.name_en, "points": str(one.points)}
            for one in settings.checklist
        ],
        "divisions": [
            {
                "code": one.code,
                "prizes": [{"name": prize.name, "count": prize.count} for prize in one.prizes],
                "rubric": None if one.rubric is None else one.rubric.as_json(),
            }
            for one in settings.divisions
        ],
        "entries": [_entry_json(one) for one in sorted(given.entries, key=lambda each: each.code)],
    }


def _entry_json(one: EntryInput) -> dict[str, Any]:
    return {
        "entry": one.code,
        "division": one.division,
        "sent_at": one.sent_at,
        "is_practical": one.is_practical,
        "votes": one.votes,
        "is_votable": one.is_votable,
        "sheets": [
            {"judge": each.judge, "version": each.version, "scores": dict(each.scores)}
            for each in sorted(one.sheets, key=lambda each: (each.judge, each.version))
        ],
        "checks": [
            {"examiner": each.examiner, "no": each.no, "ticked": sorted(each.ticked)}
            for each in sorted(one.checks, key=lambda each: (each.examiner, each.no))
        ],
        "decisions": [
            {
                "code": each.code,
                "kind": each.kind,
                "mark": _text(each.mark),
                "place": each.place,
                "reason": each.reason,
            }
            for each in sorted(one.decisions, key=lambda each: each.code)
        ],
        "left_out": sorted(one.left_out),
    }


def _input(found: Mapping[str, Any]) -> Input:
    settings = Settings(
        contest=found["contest"],
        round=found["round"],
        divisions=tuple(
            DivisionRules(
                code=one["code"],
                prizes=tuple(Prize(each["name"], each["count"]) for each in one["prizes"]),
                rubric=None if one["rubric"] is None else Rubric.from_json(one["rubric"]),
            )
            for one in found["divisions"]
        ),
        judges_each=found["judges_each"],
        vote_share=_decimal(found["vote_share"]),
        checklist=tuple(
            Check(one["code"], one["name"], one["name_en"], Decimal(one["points"]))
            for one in found["checklist"]
        ),
        goes_on=found["goes_on"],
        corrects=found["corrects"],
        reason=found["reason"],
    )
    return Input(settings, tuple(_entry(one) for one in found["entries"]))


def _entry(found: Mapping[str, Any]) -> EntryInput:
    return EntryInput(
        code=found["entry"],
        division=found["division"],
        sent_at=found["sent_at"],
        is_practical=found["is_practical"],
        votes=found["votes"],
        is_votable=found["is_votable"],
        sheets=tuple(
            Sheet(each["judge"], each["version"], dict(each["scores"])) for each in found["sheets"]
        ),
        checks=tuple(
            Shown(each["examiner"], each["no"], frozenset(each["ticked"]))
            for each in found["checks"]
        ),
        decisions=tuple(
            Decided(
                each["code"], each["kind"], _decimal(each["mark"]), each["place"], each["reason"]
            )
            for each in found["decisions"]
        ),
        left_out=tuple(found["left_out"]),
    )


# Outcome


def _outcome_json(outcome: Outcome, settings: Settings) -> dict[str, Any]:
    rules = {one.code: one for one in settings.divisions}
    return {
        "short": list(outcome.short),
        "pools": [_pool_json(pool) for pool in outcome.pools],
        "divisions": [
            {
                "code": division.code,
                "entries": [
                    _entry_outcome_json(one, rules[division.code]) for one in division.entries
                ],
            }
            for division in outcome.divisions
        ],
    }


def _pool_json(pool: Pool) -> dict[str, Any]:
    return {
        "divisions": list(pool.divisions),
        "gate": pool.gate.value,
        "verdict": str(pool.verdict),
        "judge_variance": str(pool.judge_variance),
        "residual_variance": str(pool.residual_variance),
        "severity_p": _text(pool.severity_p),
        "parts": [list(part) for part in pool.parts],
        "judges": [
            {
                "judge": one.judge,
                "effect": str(one.effect),
                "se": _text(one.se),
                "count": one.count,
            }
            for one in pool.judges
        ],
    }


def _entry_outcome_json(one: EntryOutcome, rules: DivisionRules) -> dict[str, Any]:
    return {
        "entry": one.code,
        "count": one.count,
        "totals": [{"by": by, "total": str(total)} for by, total in one.totals],
        "raw": _text(one.raw),
        "adjusted": _text(one.adjusted),
        "se": _text(one.se),
        "jury": _text(one.jury),
        "vote": _text(one.vote),
        "mark": _text(one.mark),
        "place": one.place,
        "prize": None if one.prize is None else rules.prizes[one.prize].name,
        "chances": {str(place): str(chance) for place, chance in one.within.items()},
        "is_unsure": one.is_unsure,
        "is_short": one.is_short,
        "is_out": one.is_out,
        "tie": list(one.tie),
        "step": one.step,
        "is_close": one.is_close,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
