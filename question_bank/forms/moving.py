"""What may come in to bring a file of questions in, to take one out, and to print a paper."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from contest.errors import N_
from contest.web.forms import BaseForm, at_most, tidy
from question_bank.formats.docx.printed import MOST_CODES, MOST_PRINTED
from question_bank.forms.browsing import LEVELS, choices, filled_in

Pair = tuple[str, Any]
AUTO = "auto"
READ = {
    "xlsx": N_("Excel (.xlsx)"),
    "docx": N_("Word (.docx)"),
    "csv": N_("CSV"),
    "gift": N_("Moodle GIFT"),
    "aiken": N_("Aiken"),
    "moodle_xml": N_("Moodle XML"),
    "qti": N_("QTI 1.2, 2.x, 3.0"),
    "toml": N_("Tệp câu hỏi của hệ thống (.toml)"),
}
WRITTEN = {
    "xlsx": N_("Excel (.xlsx)"),
    "gift": N_("Moodle GIFT"),
    "moodle_xml": N_("Moodle XML"),
    "qti": N_("QTI 2.1 (.zip)"),
    "docx": N_("Word sửa được (.docx)"),
    "csv": N_("CSV"),
    "aiken": N_("Aiken"),
    "toml": N_("Tệp câu hỏi của hệ thống (.toml)"),
}
FIRST_CODE = 101


class ImportForm(BaseForm):
    """A file, where it goes, and what is said for the questions whose file does not say it."""

    file = FileField(_("Tệp câu hỏi"))
    format = SelectField(_("Định dạng"))
    bank = SelectField(_("Đưa vào ngân hàng"))
    topic = SelectField(_("Chủ đề, khi tệp không ghi"), validators=[Optional()])
    difficulty = RadioField(_("Độ khó, khi tệp không ghi"), default="2")
    audiences = SelectMultipleField(_("Đối tượng, khi tệp không ghi"))
    source = StringField(_("Nguồn, khi tệp không ghi"), filters=[tidy], validators=[at_most(500)])

    def __init__(
        self, *, banks: Sequence[Pair], topics: Sequence[Pair], audiences: Sequence[Pair]
    ) -> None:
        super().__init__()
        self.format.choices = [(AUTO, _("Tự nhận ra")), *choices(READ.items())]
        self.bank.choices = list(banks)
        self.topic.choices = list(topics)
        self.difficulty.choices = choices(LEVELS.items())
        self.audiences.choices = list(audiences)


class ExportForm(BaseForm):
    format = RadioField(_("Định dạng tệp"), default="xlsx")

    def __init__(self) -> None:
        super().__init__()
        self.format.choices = choices(WRITTEN.items())


class PrintForm(BaseForm):
    """An exam on paper: how many codes, what stands at its top, the seed of its shuffling."""

    title = StringField(_("Tên bài thi"), filters=[tidy], validators=[filled_in(), at_most(200)])
    organizer = StringField(_("Đơn vị tổ chức"), filters=[tidy], validators=[at_most(200)])
    unit = StringField(_("Dòng dưới tên đơn vị"), filters=[tidy], validators=[at_most(200)])
    minutes = IntegerField(
        _("Thời gian làm bài (phút)"),
        validators=[Optional(), NumberRange(1, 600, _("Thời gian từ 1 đến 600 phút."))],
    )
    count = IntegerField(
        _("Số câu trong đề"),
        validators=[Optional(), NumberRange(1, MOST_PRINTED, _("Đề có từ 1 đến 500 câu."))],
    )
    codes = IntegerField(
        _("Số mã đề"),
        default=4,
        validators=[
            InputRequired(_("Mục này cần được điền.")),
            NumberRange(1, MOST_CODES, _("In được từ 1 đến 50 mã đề.")),
        ],
    )
    first = IntegerField(
        _("Mã đề đầu tiên"),
        default=FIRST_CODE,
        validators=[
            InputRequired(_("Mục này cần được điền.")),
            NumberRange(1, 9000, _("Mã đề đầu tiên từ 1 đến 9000.")),
        ],
    )
    seed = StringField(_("Chuỗi trộn đề"), filters=[tidy], validators=[filled_in(), at_most(60)])
    has_sheet = BooleanField(_("Kèm phiếu trả lời cho mỗi mã đề"), default=True)
