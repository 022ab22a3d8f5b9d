"""What a new draft begins with: a kind, a name, who organizes it."""

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField, StringField

from contest.drafts import kinds
from contest.drafts.forms.step import Pair, options
from contest.web.forms import BaseForm, tidy
from contest.web.words import translate


class BeginForm(BaseForm):
    title = StringField(
        _("Tên cuộc thi"),
        filters=[tidy],
        description=_("Ví dụ: Tìm hiểu an toàn trên mạng năm 2026"),
    )
    unit = SelectField(_("Đơn vị đứng ra tổ chức"), validate_choice=False)
    kind = RadioField(_("Bắt đầu từ kiểu nào?"), validate_choice=False)

    def __init__(self, units: list[Pair]) -> None:
        super().__init__()
        self.unit.choices = options(*units)
        self.kind.choices = options(
            *(
                (kind.code, f"{translate(kind.name)}. {translate(kind.description)}")
                for kind in kinds.KINDS
            )
        )
