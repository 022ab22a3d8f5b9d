"""What may come in about a contest: the division a person enters."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField

from contest.web.forms import BaseForm, needed


class JoinForm(BaseForm):
    """One of the divisions the person may enter; the only one is chosen already."""

    division = RadioField(
        _("Bạn dự thi ở bảng nào?"), validators=[needed(_("Hãy chọn một bảng thi."))]
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.division.choices = list(choices)
        if len(choices) == 1 and not self.is_submitted():
            self.division.data = choices[0][0]
