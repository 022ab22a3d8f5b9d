"""What may come in to find questions, and to open or change a bank."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import DataRequired

from contest.errors import N_
from contest.rules.vietnamese import nfc
from contest.web.forms import BaseForm, at_most, tidy
from contest.web.words import translate
from question_bank.models import QuestionState
from question_bank.rules.given import QuestionType
from question_bank.searching import Filters, Sort

Pair = tuple[str, Any]
LONGEST_ASKED = 200  # characters of a filter
SOON = timedelta(days=30)
HARD_BELOW, EASY_ABOVE = 0.4, 0.8  # measured shares
OFTEN = 100  # papers

TYPES = {
    QuestionType.ONE: N_("Một đáp án đúng"),
    QuestionType.SEVERAL: N_("Nhiều đáp án đúng"),
    QuestionType.TRUE_FALSE: N_("Đúng hoặc sai"),
    QuestionType.ORDERING: N_("Xếp thứ tự"),
    QuestionType.MATCHING: N_("Ghép cặp"),
    QuestionType.NUMBER: N_("Điền số"),
}
LEVELS = {"1": N_("Dễ"), "2": N_("Vừa"), "3": N_("Khó")}
STATES = {
    QuestionState.DRAFT: N_("Đang soạn"),
    QuestionState.IN_REVIEW: N_("Chờ duyệt"),
    QuestionState.PUBLISHED: N_("Đã duyệt"),
    QuestionState.RETIRED: N_("Đã ngừng dùng"),
}
TONES = {
    QuestionState.DRAFT: "plain",
    QuestionState.IN_REVIEW: "wait",
    QuestionState.PUBLISHED: "good",
    QuestionState.RETIRED: "bad",
}
VALID = {
    "": N_("Không kể"),
    "good": N_("Còn dùng được"),
    "soon": N_("Sắp hết hạn (30 ngày)"),
    "over": N_("Đã hết hạn"),
}
USED = {
    "": N_("Không kể"),
    "never": N_("Chưa vào đề nào"),
    "some": N_("Đã vào đề"),
    "often": N_("Vào đề từ 100 lần"),
}
MEASURED = {
    "": N_("Không kể"),
    "hard": N_("Khó: dưới 40% làm đúng"),
    "middle": N_("Vừa: 40% đến 80%"),
    "easy": N_("Dễ: trên 80% làm đúng"),
}
SORTS = {
    Sort.CODE: N_("Mã câu hỏi"),
    Sort.NEWEST: N_("Mới sửa trước"),
    Sort.MOST_USED: N_("Dùng nhiều trước"),
    Sort.HARDEST: N_("Khó nhất trước (đo được)"),
    Sort.EXPIRING: N_("Hết hạn trước"),
}


def choices(words: Iterable[tuple[Any, str]], *, everything: str = "") -> list[Pair]:
    """Make the choices of a list box; `everything` names the empty one."""
    first: list[Pair] = [("", translate(everything))] if everything else []
    return first + [(str(value), translate(word)) for value, word in words]


def filled_in() -> DataRequired:
    """Return the check that a text says something, blanks aside."""
    return DataRequired(_("Mục này cần được điền."))


class FilterForm(BaseForm):
    """The filters of the list: in the address, so that a list can be kept and sent on."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField(_("Tìm trong câu hỏi"), filters=[tidy])
    bank = SelectField(_("Ngân hàng"), validate_choice=False)
    topic = SelectField(_("Chủ đề"), validate_choice=False)
    type = SelectField(_("Loại câu"), validate_choice=False)
    difficulty = SelectField(_("Độ khó"), validate_choice=False)
    state = SelectField(_("Trạng thái"), validate_choice=False)
    audience = SelectField(_("Đối tượng"), validate_choice=False)
    valid = SelectField(_("Hạn dùng"), validate_choice=False)
    used = SelectField(_("Số lần vào đề"), validate_choice=False)
    measured = SelectField(_("Độ khó đo được"), validate_choice=False)
    tag = StringField(_("Nhãn"), filters=[tidy])
    sort = SelectField(_("Xếp theo"), validate_choice=False)

    def __init__(
        self,
        asked: MultiDict[str, str],
        *,
        banks: Sequence[Pair],
        topics: Sequence[Pair],
        audiences: Sequence[Pair],
    ) -> None:
        kept = {name: nfc(value)[:LONGEST_ASKED] for name, value in asked.items()}
        super().__init__(formdata=MultiDict(kept))
        every = N_("Tất cả")
        self.bank.choices = [*choices([], everything=every), *banks]
        self.topic.choices = [*choices([], everything=every), *topics]
        self.audience.choices = [*choices([], everything=every), *audiences]
        self.type.choices = choices(TYPES.items(), everything=every)
        self.difficulty.choices = choices(LEVELS.items(), everything=every)
        self.state.choices = choices(STATES.items(), everything=every)
        self.valid.choices, self.used.choices = choices(VALID.items()), choices(USED.items())
        self.measured.choices = choices(MEASURED.items())
        self.sort.choices = choices(SORTS.items())

    def asked(self) -> dict[str, str]:
        """Give what narrows or sorts the list, for addresses and for jobs."""
        return {field.name: field.data for field in self if field.data}

    def narrows(self) -> bool:
        """Say whether more than the words is asked for."""
        return bool(self.asked().keys() - {"q", "bank", "sort", "state"})


def order(asked: dict[str, str]) -> Sort:
    return next((one for one in Sort if one == asked.get("sort")), Sort.CODE)


def filters(asked: dict[str, str], *, today: date) -> Filters:
    """Turn what `FilterForm.asked` gave into filters; nonsense narrows nothing."""
    level, state = asked.get("difficulty", ""), asked.get("state", "")
    found = Filters(
        text=asked.get("q", ""),
        topic=asked.get("topic", ""),
        difficulty=int(level) if level in LEVELS else None,
        audience=asked.get("audience", ""),
        state=next((one for one in QuestionState if one == state), None),
        type=asked.get("type", ""),
        tag=asked.get("tag", ""),
    )
    bounds: dict[str, dict[str, dict[str, Any]]] = {
        "valid": {
            "good": {"valid_after": today},
            "soon": {"valid_after": today, "valid_before": today + SOON},
            "over": {"valid_before": today - timedelta(days=1)},
        },
        "used": {
            "never": {"exposure_most": 0},
            "some": {"exposure_least": 1},
            "often": {"exposure_least": OFTEN},
        },
        "measured": {
            "hard": {"share_most": HARD_BELOW},
            "middle": {"share_least": HARD_BELOW, "share_most": EASY_ABOVE},
            "easy": {"share_least": EASY_ABOVE},
        },
    }
    for name, words in bounds.items():
        found = replace(found, **words.get(asked.get(name, ""), {}))
    return found


class BankForm(BaseForm):
    """A bank's name, whose it is, and whether units below may use it."""

    name = StringField(
        _("Tên ngân hàng câu hỏi"), filters=[tidy], validators=[filled_in(), at_most(200)]
    )
    unit = SelectField(_("Đơn vị giữ ngân hàng này"))
    is_shared_down = BooleanField(_("Cho các đơn vị cấp dưới dùng chung"))

    def __init__(self, units: Sequence[Pair] | None, **filled: Any) -> None:
        super().__init__(**filled)
        if units is None:
            del self.unit
        else:
            self.unit.choices = list(units)
