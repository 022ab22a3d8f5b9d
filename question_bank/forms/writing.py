"""The form of one question: filled from a draft, and a draft again once it is sent."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from contest.errors import N_, Invalid, Problem
from contest.web.forms import BaseForm, Sentences
from contest.web.words import translate
from question_bank.forms.browsing import LEVELS, choices
from question_bank.rules.given import QuestionType
from question_bank.showing import LABELS

Pair = tuple[str, Any]
LANGUAGES = {
    "en": "English",
    "hmn": "Hmoob – Mông",
    "ium": "Mienh – Dao",
    "tyz": "Tày",
    "nut": "Nùng",
    "pcc": "Giáy",
    "blt": "Thái",
    "mtq": "Mường",
    "hni": "Hà Nhì",
    "lbt": "La Chí",
    "phh": "Phù Lá",
}
WITH_ROWS = frozenset(
    {QuestionType.ONE, QuestionType.SEVERAL, QuestionType.ORDERING, QuestionType.MATCHING}
)
WITH_WEIGHTS = frozenset({QuestionType.ONE, QuestionType.SEVERAL})


class _Row(Form):  # type: ignore[misc]  # WTForms is untyped
    class Meta:
        def get_translations(self, _form: Form) -> Sentences:
            return Sentences()


class OptionRow(_Row):
    """An option, an item in its order, or a left side with its right one."""

    text = TextAreaField(_("Nội dung"))
    right = TextAreaField(_("Ghép với"))
    is_right = BooleanField(_("Đúng"))
    weight = StringField(_("Trọng số (%)"))
    feedback = TextAreaField(_("Nhận xét khi chọn phương án này"))


class RangeRow(_Row):
    value = StringField(_("Giá trị"))
    tolerance = StringField(_("Sai số cho phép"))
    share = StringField(_("Phần điểm (%)"))


class LanguageRow(_Row):
    language = SelectField(_("Ngôn ngữ"), validate_choice=False)
    text = TextAreaField(_("Nội dung câu hỏi"))
    options = FieldList(TextAreaField(_("Phương án")))
    rights = TextAreaField(_("Các ý ở cột ghép, mỗi dòng một ý"))
    explanation = TextAreaField(_("Lời giải thích"))


class QuestionForm(BaseForm):
    """All of a question but its type, which is chosen before and never changes in a form."""

    version = HiddenField()
    text = TextAreaField(_("Nội dung câu hỏi"))
    is_html = BooleanField(_("Nội dung có dùng thẻ HTML (chữ đậm, nghiêng, chỉ số, bảng)"))
    options = FieldList(FormField(OptionRow))
    right = HiddenField(_("Đáp án"))  # of a choice of one: the row's number
    decoys = TextAreaField(_("Ý gây nhiễu ở cột ghép, mỗi dòng một ý"))
    truth = RadioField(_("Đáp án"), validate_choice=False)
    value = StringField(_("Đáp án là số"))
    tolerance = StringField(_("Sai số cho phép"))
    number_unit = StringField(_("Đơn vị của số"))
    ranges = FieldList(FormField(RangeRow))
    topic = SelectField(_("Chủ đề"), validate_choice=False)
    difficulty = RadioField(_("Độ khó"), validate_choice=False)
    audiences = SelectMultipleField(_("Dành cho ai"), validate_choice=False)
    explanation = TextAreaField(_("Lời giải thích"))
    source = StringField(_("Nguồn"))
    valid_until = StringField(_("Dùng được đến ngày"))
    tags = TextAreaField(_("Nhãn"))
    name = StringField(_("Tên gợi nhớ"))
    code = StringField(_("Mã câu hỏi"))
    said_right = TextAreaField(_("Nhận xét khi trả lời đúng"))
    said_partly = TextAreaField(_("Nhận xét khi đúng một phần"))
    said_wrong = TextAreaField(_("Nhận xét khi trả lời sai"))
    said_true = TextAreaField(_("Nhận xét khi chọn Đúng"))
    said_false = TextAreaField(_("Nhận xét khi chọn Sai"))
    picture = FileField(_("Hình"))
    drops_picture = BooleanField(_("Bỏ hình đang có"))
    picture_alt = StringField(_("Mô tả hình cho người không nhìn thấy"))
    parallels = FieldList(FormField(LanguageRow))

    def __init__(
        self,
        kind: QuestionType,
        *,
        topics: Sequence[Pair],
        audiences: Sequence[Pair],
        **facts: Any,
    ) -> None:
        super().__init__(**facts)
        self.kind = kind
        self.topic.choices = [*choices([], everything=N_("Hãy chọn…")), *topics]
        self.audiences.choices = list(audiences)
        self.difficulty.choices = choices(LEVELS.items())
        self.truth.choices = [("true", _("Đúng")), ("false", _("Sai"))]
        for row in self.parallels:
            known = dict(LANGUAGES)
            known.setdefault(row.form.language.data or "", row.form.language.data or "")
            known.pop("", None)
            row.form.language.choices = [
                *choices([], everything=N_("Hãy chọn…")),
                *known.items(),
            ]

    def based_on(self) -> int:
        """Give the number of the version the page showed; nonsense is none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004

    def typed(self) -> dict[str, Any]:
        """Give all that was typed, to be changed and shown again."""
        found = {name: value for name, value in self.data.items() if name != "csrf_token"}
        found.pop("picture", None)
        return found

    def refuse(self, error: Invalid) -> None:
        """Put what a rule says beside the fields it speaks of."""
        if not error.problems:
            self.form_errors.append(translate(error.message, error.facts))
        for name, problem in error.problems.items():
            sentence = said(problem)
            field = self._fields.get(name)
            if field is None or isinstance(field, FieldList):
                self.form_errors.append(sentence)
            else:
                field.errors = [*field.errors, sentence]


def said(problem: Problem) -> str:
    """Say a problem, the part of the question it names in words."""
    facts = dict(problem.facts)
    if facts.get("name") in LABELS:
        facts["name"] = translate(LABELS[facts["name"]])
    return translate(problem.message, facts)
