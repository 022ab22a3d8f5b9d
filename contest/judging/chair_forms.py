"""What the chair of a jury may send in: decisions with their reasons, proposals, signatures."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, NumberRange, ValidationError

from contest.judging.publishing import HEAD, ORGANIZER
from contest.web.forms import BaseForm, at_most, needed, tidy

REASON = 1000  # characters
MOST_MARK = 100
PUBLISHED = _("Lý do được công bố cùng kết quả, nên đừng ghi tên người nào.")
PLACE = "place_"  # before a blind code, the name of its box

OFFICES = {HEAD: _("Trưởng ban giám khảo"), ORGANIZER: _("Ban tổ chức")}


def _why(label: object = None, **facts: object) -> TextAreaField:
    return TextAreaField(
        label or _("Lý do"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(REASON)],
        description=PUBLISHED,
        render_kw={"rows": 3, "maxlength": REASON},
        **facts,
    )


class MarkForm(BaseForm):
    mark = StringField(
        _("Điểm cuối cùng, từ 0 đến 100"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ điểm."))],
        render_kw={"inputmode": "decimal", "maxlength": 6},
    )
    reason = _why()

    def validate_mark(self, _field: Field) -> None:
        """Take 0 to 100 with at most two places; a comma may stand for the point."""
        if self.value() is None:
            raise ValidationError(
                str(_("Điểm là một số từ 0 đến 100, nhiều nhất hai chữ số sau dấu phẩy."))
            )

    def value(self) -> Decimal | None:
        """Return the mark typed, None for what is none."""
        typed = (self.mark.data or "").replace(",", ".")
        try:
            mark = Decimal(typed)
        except InvalidOperation:
            return None
        is_plain = typed.isascii() and typed.replace(".", "", 1).isdigit()
        if not is_plain or mark > MOST_MARK or mark != mark.quantize(Decimal("0.01")):
            return None
        return mark


class OutForm(BaseForm):
    reason = _why(_("Lý do không xếp hạng bài này"))


class OrderForm(BaseForm):
    """A box for the place of each entry of a tie; made for them by `order_form`."""

    reason = _why()

    def places(self) -> Mapping[str, int]:
        """Return the places typed, by blind code."""
        return {
            name.removeprefix(PLACE): field.data
            for name, field in self._fields.items()
            if name.startswith(PLACE)
        }


def order_form(codes: Sequence[str]) -> OrderForm:
    """Make the form for a tie of these entries."""
    between = NumberRange(1, len(codes), _("Thứ tự từ 1 đến %(most)s.", most=len(codes)))
    boxes = {
        f"{PLACE}{code}": IntegerField(
            _("Thứ tự của bài %(code)s", code=code),
            validators=[needed(_("Hãy gõ thứ tự.")), between],
            render_kw={"inputmode": "numeric", "maxlength": 3},
        )
        for code in codes
    }
    made: OrderForm = type("OrderFormOfTie", (OrderForm,), boxes)()
    return made


class ProposeForm(BaseForm):
    goes_on = TextAreaField(
        _("Lý do vẫn tính kết quả khi có bài chưa đủ phiếu chấm"),
        filters=[tidy],
        validators=[at_most(REASON)],
        description=PUBLISHED,
        render_kw={"rows": 3, "maxlength": REASON},
    )
    reason = TextAreaField(
        _("Lý do đính chính kết quả đã công bố"),
        filters=[tidy],
        validators=[at_most(REASON)],
        description=PUBLISHED,
        render_kw={"rows": 3, "maxlength": REASON},
    )


class SignForm(BaseForm):
    office = RadioField(_("Ký với tư cách"), validators=[needed(_("Hãy chọn tư cách ký."))])
    agrees = BooleanField(
        _("Tôi đã xem kết quả này và đồng ý ký."),
        validators=[needed(_("Hãy đánh dấu là bạn đồng ý ký."))],
    )

    def offer(self, offices: Sequence[str]) -> None:
        """Let one of these offices be chosen; the only one is chosen already."""
        self.office.choices = [(office, str(OFFICES[office])) for office in offices]
        if len(offices) == 1 and not self.is_submitted():
            self.office.data = offices[0]


class PlainForm(BaseForm):
    """A button and nothing else."""
