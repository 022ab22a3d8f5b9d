"""A stored question in its form, and its rows moved about; also a draft changed in part."""

import re
from decimal import Decimal
from typing import Any

from question_bank.formats import markup, reading, weights
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.forms.writing import WITH_ROWS
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    OneKey,
    SeveralKey,
    TrueFalseKey,
)

FEWEST_SHOWN = 4  # option rows of a new question
MOST_LANGUAGES = 12
ROW_ACT = re.compile(r"(remove|up|remove-range|remove-language)-(\d{1,2})")


# From a draft


def empty(kind: QuestionType) -> dict[str, Any]:
    """Give what a new question's form shows."""
    rows = FEWEST_SHOWN if kind in WITH_ROWS else 0
    return {"options": [{} for _at in range(rows)], "difficulty": "1", "version": "0"}


def filled(draft: DraftQuestion, *, no: int) -> dict[str, Any]:
    """Give what the form of a stored question shows."""
    draft = in_row_order(draft)
    said, key = draft.feedback, draft.key
    whole = said.options if draft.type is QuestionType.TRUE_FALSE and said.options else ("", "")
    found: dict[str, Any] = {
        "version": str(no),
        "text": draft.text,
        "is_html": draft.is_html,
        "options": [_row(draft, at) for at in range(len(draft.options))],
        "number_unit": draft.number_unit,
        "topic": draft.topic,
        "difficulty": str(draft.difficulty or ""),
        "audiences": list(draft.audiences),
        "explanation": draft.explanation,
        "source": draft.source,
        "valid_until": f"{draft.valid_until:%d/%m/%Y}" if draft.valid_until else "",
        "tags": "\n".join(draft.tags),
        "name": draft.name,
        "code": draft.code,
        "said_right": said.right,
        "said_partly": said.partly,
        "said_wrong": said.wrong,
        "said_true": whole[0],
        "said_false": whole[1],
        "picture_alt": draft.picture_alt,
        "parallels": [_language_row(*pair) for pair in sorted(draft.parallel.items())],
    }
    match key:
        case OneKey():
            found["right"] = str(key.right)
        case TrueFalseKey():
            found["truth"] = "true" if key.right else "false"
        case MatchingKey():
            used = {draft.rights[at] for at in key.right}
            found["decoys"] = "\n".join(one for one in draft.rights if one not in used)
        case NumberKey():
            found |= {"value": _comma(key.value), "tolerance": _comma(key.tolerance)}
            found["ranges"] = [
                {
                    "value": _comma(one.value),
                    "tolerance": _comma(one.tolerance),
                    "share": weights.percent(one.share).replace(".", ","),
                }
                for one in key.others
            ]
    return found


def in_row_order(draft: DraftQuestion) -> DraftQuestion:
    """Give a matching question its right sides in the order of its rows, decoys last.

    Nothing people see changes: papers shuffle them. Other questions are given back as they are.
    """
    key = draft.key
    if not isinstance(key, MatchingKey):
        return draft
    order = list(dict.fromkeys(key.right))
    order += [at for at in range(len(draft.rights)) if at not in order]

    def moved(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(texts[at] for at in order) if texts else ()

    return _replaced(  # type: ignore[no-any-return]
        draft,
        rights=moved(draft.rights),
        key=MatchingKey(tuple(order.index(at) for at in key.right), key.size_right),
        parallel={
            language: _replaced(one, rights=moved(one.rights))
            for language, one in draft.parallel.items()
        },
    )


def _replaced(value: Any, **facts: Any) -> Any:
    names = type(value).__slots__
    return type(value)(**({name: getattr(value, name) for name in names} | facts))


def _row(draft: DraftQuestion, at: int) -> dict[str, Any]:
    key, said = draft.key, draft.feedback.options
    row: dict[str, Any] = {"text": draft.options[at], "feedback": said[at] if said else ""}
    if isinstance(key, OneKey | SeveralKey) and key.weights:
        row["weight"] = weights.percent(key.weights[at]).replace(".", ",")
    if isinstance(key, SeveralKey):
        row["is_right"] = at in key.right
    if isinstance(key, MatchingKey):
        row["right"] = draft.rights[key.right[at]]
    return row


def _language_row(language: str, one: Parallel) -> dict[str, Any]:
    return {
        "language": language,
        "text": one.text,
        "options": list(one.options),
        "rights": "\n".join(one.rights),
        "explanation": one.explanation,
    }


def _comma(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")


# Rows


def acted(typed: dict[str, Any], act: str, kind: QuestionType) -> dict[str, Any]:
    """Do what a button beside the rows does to what was typed; what it does not know, nothing."""
    found = ROW_ACT.fullmatch(act)
    rows: list[dict[str, Any]] = typed["options"]
    if act == "add" and kind in WITH_ROWS and len(rows) < reading.MOST_OPTIONS:
        rows.append({})
    elif act == "add-range":
        typed["ranges"].append({"share": "100"})
    elif act == "add-language" and len(typed["parallels"]) < MOST_LANGUAGES:
        typed["parallels"].append({})
    elif found is not None:
        _act_on_row(typed, found[1], int(found[2]))
    size = len(typed["options"])
    for one in typed["parallels"]:
        texts = list(one.get("options") or [])[:size]
        one["options"] = texts + [""] * (size - len(texts))
    return typed


def _act_on_row(typed: dict[str, Any], act: str, at: int) -> None:
    names = {"remove-range": "ranges", "remove-language": "parallels"}
    if act in names:
        del typed[names[act]][at : at + 1]
        return
    rows = typed["options"]
    if at >= len(rows) or (act == "up" and at == 0):
        return
    order = list(range(len(rows)))
    if act == "remove":
        del order[at]
    else:
        order[at - 1 : at + 1] = [at, at - 1]
    typed["options"] = [rows[one] for one in order]
    right = typed.get("right") or ""
    if right.isdigit():
        typed["right"] = str(order.index(int(right))) if int(right) in order else ""
    for one in typed["parallels"]:
        texts = list(one.get("options") or [])
        if len(texts) == len(rows):
            one["options"] = [texts[each] for each in order]


def plain(draft: DraftQuestion) -> DraftQuestion:
    """Take the marks off a question whose author wants plain text again."""
    shown = markup.plain
    return _replaced(  # type: ignore[no-any-return]
        draft,
        is_html=False,
        text=shown(draft.text),
        options=tuple(map(shown, draft.options)),
        rights=tuple(map(shown, draft.rights)),
        explanation=shown(draft.explanation),
        parallel={
            language: Parallel(
                shown(one.text),
                tuple(map(shown, one.options)),
                tuple(map(shown, one.rights)),
                shown(one.explanation),
            )
            for language, one in draft.parallel.items()
        },
        feedback=Feedback(
            tuple(map(shown, draft.feedback.options)),
            shown(draft.feedback.right),
            shown(draft.feedback.partly),
            shown(draft.feedback.wrong),
        ),
    )


def with_picture(draft: DraftQuestion, name: str | None) -> DraftQuestion:
    """Give the draft with another picture, by its name."""
    return _replaced(draft, picture=name)  # type: ignore[no-any-return]
