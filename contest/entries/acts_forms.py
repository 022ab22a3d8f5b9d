"""What organizers and examiners may send in about entries."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, NumberRange, Optional

from contest.contests.models import Division
from contest.entries.handling import COPIED, FINE
from contest.entries.models import LONGEST_TITLE
from contest.entries.practical import Ticked
from contest.entries.printing import MOST_BLANK
from contest.rules.entry_rules import MOST_CHARACTERS, Check
from contest.web.forms import BaseForm, DateParts, at_most, language_choices, needed, tidy
from contest.web.words import named, points

REASON = 500
NOTE = 500
OLD = _("Trang này đã cũ. Hãy tải lại trang rồi làm lại.")


class ReasonForm(BaseForm):
    """An act and why; the sender reads it."""

    reason = TextAreaField(
        _("Lý do"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(REASON)],
        description=_("Người gửi bài đọc được lý do này."),
        render_kw={"rows": 3, "maxlength": REASON},
    )


class WithholdForm(BaseForm):
    """Keep a file from the jury, and why; for the organizers and their log."""

    reason = TextAreaField(
        _("Lý do"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(REASON)],
        description=_("Ghi để người khác trong ban tổ chức hiểu. Người gửi bài không thấy."),
        render_kw={"rows": 3, "maxlength": REASON},
    )


class SureForm(BaseForm):
    """A page that only asks: are you sure?"""


class _VersionForm(BaseForm):
    """About one handing in: the one the page showed."""

    version = HiddenField()

    def seen_version(self) -> int:
        """Return the handing in the page showed; 0 for nonsense."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004


class LanguagesForm(_VersionForm):
    languages = SelectMultipleField(
        _("Giám khảo của bài này cần hiểu"),
        choices=language_choices,
        description=_("Không đánh dấu ô nào nếu bài chỉ dùng tiếng Việt."),
    )


class RedactForm(_VersionForm):
    title = StringField(
        _("Tên bài cho giám khảo"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi tên bài.")), at_most(LONGEST_TITLE)],
        render_kw={"maxlength": LONGEST_TITLE},
    )
    text = TextAreaField(
        _("Lời bài cho giám khảo"),
        filters=[tidy],
        validators=[at_most(MOST_CHARACTERS)],
        render_kw={"rows": 14, "maxlength": MOST_CHARACTERS},
    )


class VerdictForm(BaseForm):
    verdict = RadioField(
        _("Bạn thấy thế nào?"),
        choices=[
            SelectChoice(FINE, _("Hai bài khác nhau")),
            SelectChoice(COPIED, _("Là một, cần xử lý")),
        ],
        validators=[needed(_("Hãy chọn một trong hai."))],
    )
    reason = TextAreaField(
        _("Vì sao"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi vì sao.")), at_most(REASON)],
        description=_("Ghi để người khác trong ban tổ chức hiểu. Người gửi bài không thấy."),
        render_kw={"rows": 3, "maxlength": REASON},
    )


class CheckForm(BaseForm):
    """One person's checklist, as large ticks."""

    after = IntegerField(default=0, validators=[Optional(), NumberRange(0, 10_000, OLD)])
    ticked = SelectMultipleField(_("Việc người dự thi tự làm được"), validators=[Optional()])
    shown_on = FormField(DateParts, _("Ngày thực hành"))
    is_from_paper = BooleanField(_("Nhập từ phiếu giấy"))
    note = TextAreaField(
        _("Ghi chú"),
        filters=[tidy],
        validators=[at_most(NOTE)],
        render_kw={"rows": 2, "maxlength": NOTE},
    )

    def offer(self, checklist: Sequence[Check]) -> None:
        """Put the lines of the round's checklist up for ticking."""
        self.ticked.choices = [
            SelectChoice(each.code, f"{named(each)} ({points(each.points)} {_('điểm')})")
            for each in checklist
        ]

    def day(self) -> date | None:
        """Return the day typed; None, with a sentence beside the boxes, when there is none."""
        try:
            found: date | None = self.shown_on.form.value()
        except ValueError:
            self.shown_on.form.refuse(_("Không có ngày này trong lịch."))
            return None
        if found is None:
            self.shown_on.form.refuse(_("Hãy ghi đủ ngày, tháng và năm."))
        return found

    def to_command(self, shown_on: date) -> Ticked:
        return Ticked(
            ticked=frozenset(self.ticked.data or ()),
            shown_on=shown_on,
            is_from_paper=self.is_from_paper.data,
            note=self.note.data or "",
            after=self.after.data or 0,
        )


class RegisterForm(BaseForm):
    """Which division to register somebody in."""

    division = RadioField(
        _("Đăng ký vào bảng thi nào?"), validators=[needed(_("Hãy chọn một bảng thi."))]
    )

    def offer(self, divisions: Sequence[Division]) -> None:
        self.division.choices = [SelectChoice(each.code, named(each)) for each in divisions]
        if len(divisions) == 1 and not self.division.data:
            self.division.data = divisions[0].code


class SheetForm(BaseForm):
    """What the printed sheet holds; sent by GET, so nothing in it is secret."""

    class Meta(BaseForm.Meta):
        csrf = False

    unit = SelectField(_("Tên của ai"), default="")
    blank = IntegerField(
        _("Số dòng trống thêm vào"),
        default=10,
        validators=[
            Optional(),
            NumberRange(0, MOST_BLANK, _("Số dòng từ 0 đến %(most)s.", most=MOST_BLANK)),
        ],
        render_kw={"inputmode": "numeric", "maxlength": 3},
    )

    def offer(self, units: Sequence[tuple[str, str]]) -> None:
        self.unit.choices = [
            SelectChoice("", _("Không in tên, chỉ dòng trống")),
            *(SelectChoice(code, name) for code, name in units),
        ]
