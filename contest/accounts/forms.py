"""What may come in about people: sign-in, registration, facts, passwords."""

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FileField,
    FormField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    ValidationError,
)
from wtforms.fields import SelectChoice
from wtforms.validators import Optional, Regexp

from contest.accounts.service import ChangeFacts, Register
from contest.rules.vietnamese import normalise_phone
from contest.web.forms import BaseForm, DateParts, at_most, needed, tidy

OLDEST = 120  # years
SEXES = [("", _("Không trả lời")), ("female", _("Nữ")), ("male", _("Nam")), ("other", _("Khác"))]
TRADES = [
    ("", _("Không trả lời")),
    ("farming", _("Nông, lâm nghiệp")),
    ("industry", _("Công nghiệp, xây dựng")),
    ("trade", _("Buôn bán, dịch vụ")),
    ("tourism", _("Du lịch")),
    ("education", _("Giáo dục")),
    ("health", _("Y tế")),
    ("government", _("Cơ quan nhà nước")),
    ("armed_forces", _("Lực lượng vũ trang")),
    ("other", _("Nghề khác")),
]


class SignInForm(BaseForm):
    login = StringField(
        _("Tên đăng nhập hoặc số điện thoại"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ tên đăng nhập hoặc số điện thoại.")), at_most(80)],
    )
    password = PasswordField(
        _("Mật khẩu"), filters=[tidy], validators=[needed(_("Hãy gõ mật khẩu.")), at_most(200)]
    )
    stays = BooleanField(_("Giữ đăng nhập trên máy này (máy của riêng bạn)"), default=True)


class FactsForm(BaseForm):
    """Who a person is; `unit` was chosen on the page before."""

    name = StringField(
        _("Họ và tên"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ họ và tên đầy đủ.")), at_most(100)],
        description=_("Ghi như trong giấy tờ, ví dụ: Nguyễn Thị Hoà"),
    )
    birth_date = FormField(DateParts, _("Ngày sinh"))
    sex = RadioField(
        _("Giới tính"),
        choices=[SelectChoice(*pair) for pair in SEXES],
        default="",
        validators=[Optional()],
    )
    audiences = SelectMultipleField(
        _("Bạn thuộc nhóm nào?"),
        validators=[Optional()],
        description=_("Chọn tất cả các nhóm đúng với bạn."),
    )
    trade = SelectField(
        _("Nghề nghiệp"),
        choices=[SelectChoice(*pair) for pair in TRADES],
        default="",
        validators=[Optional()],
    )

    def __init__(
        self, *args: Any, audience_choices: list[tuple[str, str]], today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.audiences.choices = [SelectChoice(*pair) for pair in audience_choices]
        self.today = today

    def validate(self, extra_validators: Any = None) -> bool:
        is_good = bool(super().validate(extra_validators))
        return self._is_born() and is_good

    def _is_born(self) -> bool:
        parts = self.birth_date.form
        if parts.errors:
            return False
        try:
            born = parts.value()
        except ValueError:
            parts.refuse(gettext("Ngày này không có trong lịch. Bạn xem lại ngày và tháng."))
            return False
        if born is None:
            parts.refuse(gettext("Hãy gõ đủ ngày, tháng, năm sinh bằng số."))
            return False
        if born > self.today or born.year < self.today.year - OLDEST:
            parts.refuse(gettext("Năm sinh chưa đúng. Bạn xem lại bốn chữ số của năm."))
            return False
        return True

    def validate_name(self, field: StringField) -> None:
        letters = [char for char in field.data or "" if char.isalpha()]
        if len(letters) < 2 or any(char.isdigit() for char in field.data):  # noqa: PLR2004
            raise ValidationError(_("Họ và tên chỉ gồm chữ, ít nhất hai chữ cái."))

    @property
    def born(self) -> date:
        """The birth date; only after validate() said yes."""
        parts = self.birth_date.form
        return date(parts.year.data, parts.month.data, parts.day.data)

    def to_change(self, unit_code: str) -> ChangeFacts:
        return ChangeFacts(
            name=self.name.data,
            birth_date=self.born,
            sex=self.sex.data or None,
            unit_code=unit_code,
            audiences=tuple(self.audiences.data or ()),
            trade=self.trade.data or None,
        )


class RegisterForm(FactsForm):
    login = StringField(
        _("Tên đăng nhập hoặc số điện thoại"),
        filters=[tidy],
        validators=[needed(_("Hãy chọn một tên đăng nhập hoặc dùng số điện thoại.")), at_most(30)],
        description=_("Ví dụ: hoa.nguyen hoặc 0912 345 678. Không cần thư điện tử."),
    )
    password = PasswordField(
        _("Mật khẩu"),
        filters=[tidy],
        validators=[needed(_("Hãy chọn một mật khẩu.")), at_most(200)],
        description=_("Ít nhất 8 ký tự. Ba bốn từ dễ nhớ ghép lại là tốt nhất."),
    )

    def validate_login(self, field: StringField) -> None:
        if normalise_phone(field.data or "") is None:
            Regexp(
                r"^[A-Za-z][A-Za-z0-9._-]{2,29}$",
                message=_(
                    "Tên đăng nhập có từ 3 đến 30 chữ không dấu, số, dấu chấm hoặc gạch, "
                    "bắt đầu bằng chữ; hoặc là một số điện thoại Việt Nam."
                ),
            )(self, field)

    def to_command(self, unit_code: str) -> Register:
        facts = self.to_change(unit_code)
        return Register(
            login=self.login.data,
            password=self.password.data,
            name=facts.name,
            birth_date=facts.birth_date,
            sex=facts.sex,
            unit_code=unit_code,
            audiences=facts.audiences,
            trade=facts.trade,
        )


class ChangePasswordForm(BaseForm):
    current = PasswordField(
        _("Mật khẩu đang dùng"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ mật khẩu đang dùng.")), at_most(200)],
    )
    password = PasswordField(
        _("Mật khẩu mới"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ mật khẩu mới.")), at_most(200)],
        description=_("Ít nhất 8 ký tự. Ba bốn từ dễ nhớ ghép lại là tốt nhất."),
    )

    def validate_password(self, field: PasswordField) -> None:
        if field.data and field.data == self.current.data:
            raise ValidationError(_("Mật khẩu mới cần khác mật khẩu đang dùng."))


class ConfirmForm(BaseForm):
    """A page that only asks: are you sure?"""


class UnitFileForm(BaseForm):
    file = FileField(_("Tệp Excel hoặc CSV"), validators=[needed(_("Hãy chọn một tệp."))])


KINDS = [
    ("people", _("Người dự thi")),
    ("staff", _("Giám khảo, người hỗ trợ")),
    ("headcounts", _("Số người của đơn vị")),
]


class ListFileForm(UnitFileForm):
    kind = RadioField(
        _("Tệp gồm những gì?"),
        choices=[SelectChoice(*pair) for pair in KINDS],
        validators=[needed(_("Hãy chọn loại danh sách."))],
    )
