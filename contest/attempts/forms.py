"""What may come in about a paper: a form without scripts, or the page's own JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import StringField

from contest.attempts.models import GUESS_NO
from contest.attempts.paper import Shape
from contest.attempts.service import LARGEST_SEQ, GiveAnswer
from contest.errors import N_, Invalid, Problem
from contest.web.forms import BaseForm, at_most, needed, tidy
from question_bank.rules.given import QuestionType

BAD_JSON = N_("Dữ liệu gửi lên không đúng mẫu. Hãy tải lại trang làm bài.")


class ReceiptForm(BaseForm):
    code = StringField(
        _("Mã xác nhận bài thi"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ mã xác nhận bài thi.")), at_most(40)],
        description=_("Gồm 16 chữ và số, ví dụ: 7K3M-9QXA-2B4C-D5EF"),
    )


class ConfirmForm(BaseForm):
    """A page that only asks: are you sure?"""


def read_json(payload: object) -> list[GiveAnswer]:
    """Read {"answers": [{"no", "value", "seq"}]}; Invalid when it has another shape."""
    rows = payload.get("answers") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Invalid(BAD_JSON)
    return [_read_one(row) for row in rows]


def _read_one(row: object) -> GiveAnswer:
    if not isinstance(row, dict) or set(row) != {"no", "value", "seq"}:
        raise Invalid(BAD_JSON)
    no, seq = row["no"], row["seq"]
    if type(no) is not int or type(seq) is not int or not 0 < seq < LARGEST_SEQ:
        raise Invalid(BAD_JSON)
    return GiveAnswer(no=no, value=row["value"], seq=seq)


def read_form(
    form: Mapping[str, str], lists: Mapping[str, Sequence[str]], shapes: Sequence[Shape]
) -> tuple[list[GiveAnswer], dict[str, Problem]]:
    """Read what a plain form changed: fields that differ from what the page was drawn with.

    A stale page therefore never puts old choices back. Second come the questions whose fields make
    no sense, by number: they never keep the others from being saved.
    """
    given: list[GiveAnswer] = []
    problems: dict[str, Problem] = {}
    for no, shape in enumerate(shapes, start=1):
        if f"was-{no}" not in form:
            continue
        try:
            value = _value(shape, no, form, lists)
        except ValueError:
            problems[str(no)] = Problem(_sentence(shape))
            continue
        if value != _was(form[f"was-{no}"]):
            given.append(GiveAnswer(no, value))
    if f"was-{GUESS_NO}" in form:
        guess = form.get(f"q-{GUESS_NO}", "").strip()
        if guess != form[f"was-{GUESS_NO}"]:
            given.append(GiveAnswer(GUESS_NO, guess))
    return given, problems


def _sentence(shape: Shape) -> str:
    if shape.kind is QuestionType.ORDERING:
        return N_("Hãy chọn mỗi số thứ tự đúng một lần.")
    return N_("Lựa chọn này không có trong đề.")


def _was(text: str) -> Any:
    try:
        return json.loads(text) if len(text) < 2000 else None  # noqa: PLR2004
    except (ValueError, RecursionError):
        return None


def _value(
    shape: Shape, no: int, form: Mapping[str, str], lists: Mapping[str, Sequence[str]]
) -> object:
    name = f"q-{no}"
    if shape.kind is QuestionType.ONE:
        return _whole(form.get(name, ""))
    if shape.kind is QuestionType.SEVERAL:
        return sorted({int(text) for text in lists.get(name, ())}) or None
    if shape.kind is QuestionType.TRUE_FALSE:
        return {"true": True, "false": False, "": None}[_known(form.get(name, ""))]
    if shape.kind is QuestionType.NUMBER:
        return form.get(name, "").strip() or None
    parts = [_whole(form.get(f"{name}-{at}", "")) for at in range(shape.size)]
    if all(part is None for part in parts):
        return None
    return parts if shape.kind is QuestionType.MATCHING else _order(parts)


def _known(text: str) -> str:
    if text not in {"true", "false", ""}:
        raise ValueError(text)
    return text


def _whole(text: str) -> int | None:
    if len(text) > 4:  # noqa: PLR2004 -- a position on the page
        raise ValueError(text)
    return int(text) if text else None


def _order(ranks: Sequence[int | None]) -> list[int]:
    """Turn "item i comes r-th" (from 1) into the items in order."""
    if sorted(rank or 0 for rank in ranks) != list(range(1, len(ranks) + 1)):
        raise ValueError(ranks)
    return sorted(range(len(ranks)), key=lambda at: ranks[at] or 0)
