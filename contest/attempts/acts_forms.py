"""What organizers may send in on the day itself. Reasons are asked for wherever time is moved."""

from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, NumberRange, Optional, Regexp

from contest.attempts.granting import GiveTime
from contest.core import ids
from contest.rules.extra_time import MOST_MINUTES
from contest.web.forms import BaseForm, at_most, needed, tidy

MARK = r"^[0-9a-z]{20}$"
REASON = 300
WORDS = 500


def _minutes(label: object, **facts: object) -> IntegerField:
    between = NumberRange(1, MOST_MINUTES, _("Số phút từ 1 đến %(most)s.", most=MOST_MINUTES))
    checks = [needed(_("Hãy gõ số phút.")), between]
    inputs = {"inputmode": "numeric", "maxlength": 3}
    return IntegerField(label, validators=checks, render_kw=inputs, **facts)


class ReasonForm(BaseForm):
    """An act and why; `token` makes the same form sent twice one act."""

    token = HiddenField(
        default=lambda: ids.new_code(20),
        validators=[Regexp(MARK, message=_("Trang này đã cũ. Hãy tải lại trang rồi làm lại."))],
    )
    reason = TextAreaField(
        _("Lý do"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(REASON)],
        description=_("Người dự thi đọc được lý do này. Ví dụ: mất điện toàn xã."),
        render_kw={"rows": 3, "maxlength": REASON},
    )


class GiveTimeForm(ReasonForm):
    minutes = _minutes(_("Thêm bao nhiêu phút"))
    is_lasting = BooleanField(_("Cả người bắt đầu sau lúc này cũng được thêm"), default=True)
    passes_closing = BooleanField(_("Được làm quá giờ đóng của đợt thi"))
    run_out_minutes = IntegerField(
        _("Mở lại bài đã tự nộp vì hết giờ trong bao nhiêu phút vừa qua"),
        validators=[
            Optional(),
            NumberRange(0, MOST_MINUTES, _("Số phút từ 0 đến %(most)s.", most=MOST_MINUTES)),
        ],
        description=_("Để trống nếu không mở lại. Bài mở lại được đúng số phút cho thêm ở trên."),
        render_kw={"inputmode": "numeric", "maxlength": 3},
    )

    def to_command(self, *, person: str, unit: str, now: datetime) -> GiveTime:
        back = self.run_out_minutes.data
        return GiveTime(
            token=self.token.data,
            minutes=self.minutes.data,
            reason=self.reason.data,
            person=person or None,
            unit=unit or None,
            passes_closing=self.passes_closing.data,
            is_lasting=self.is_lasting.data,
            ran_out_since=now - timedelta(minutes=back) if back else None,
        )


class ResumeForm(BaseForm):
    moves_closing = BooleanField(_("Giờ đóng của đợt thi cũng lùi lại bằng thời gian tạm dừng"))


class ReopenForm(ReasonForm):
    minutes = _minutes(
        _("Ít nhất bao nhiêu phút"),
        default=5,
        description=_(
            "Bài được làm tiếp với thời gian còn lại lúc nộp, nhưng không ít hơn số này."
        ),
    )
    passes_closing = BooleanField(_("Được làm quá giờ đóng của đợt thi"))


class AnnounceForm(BaseForm):
    token = HiddenField(
        default=lambda: ids.new_code(20),
        validators=[Regexp(MARK, message=_("Trang này đã cũ. Hãy tải lại trang rồi làm lại."))],
    )
    words = TextAreaField(
        _("Lời nhắn"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy viết lời nhắn.")), at_most(WORDS)],
        description=_("Ngắn và rõ. Mọi người đang làm bài hoặc đang chờ thấy trong 15 giây."),
        render_kw={"rows": 4, "maxlength": WORDS},
    )
    words_en = TextAreaField(
        _("Lời nhắn bằng tiếng Anh"),
        filters=[tidy],
        validators=[at_most(WORDS)],
        render_kw={"rows": 3, "maxlength": WORDS, "lang": "en"},
    )


class SureForm(BaseForm):
    """A page that only asks: are you sure?"""
