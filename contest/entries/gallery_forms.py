"""What may come in about the gallery: reports, reasons, answers."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import RadioField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from contest.entries.reports import WHYS, Why
from contest.web.forms import BaseForm, at_most, needed, tidy

LONGEST = 500  # characters of a reason
STAYS, TAKEN_DOWN = "stays", "taken_down"


class ReportForm(BaseForm):
    why = RadioField(_("Bài này có gì chưa ổn?"), validators=[needed(_("Hãy chọn một lý do."))])
    text = TextAreaField(
        _("Bạn kể rõ hơn (cần ghi khi chọn “Lý do khác”)"),
        filters=[tidy],
        validators=[at_most(LONGEST)],
    )

    def offer(self) -> "ReportForm":
        """Fill the reasons one may choose from."""
        self.why.choices = [SelectChoice(why.value, gettext(words)) for why, words in WHYS.items()]
        return self

    def validate_text(self, field: TextAreaField) -> None:
        if self.why.data == Why.OTHER and not field.data:
            raise ValidationError(_("Hãy ghi lý do."))


class ReasonForm(BaseForm):
    reason = TextAreaField(
        _("Lý do gỡ bài"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(LONGEST)],
    )


class AnswerForm(BaseForm):
    verdict = RadioField(
        _("Quyết định"),
        choices=[
            SelectChoice(STAYS, _("Giữ bài trong trang trưng bày")),
            SelectChoice(TAKEN_DOWN, _("Gỡ bài xuống")),
        ],
        validators=[needed(_("Hãy chọn một quyết định."))],
    )
    words = TextAreaField(
        _("Lời trả lời"),
        description=_("Người báo đọc lời này; khi gỡ bài, người gửi bài cũng đọc."),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lời trả lời.")), at_most(LONGEST)],
    )
