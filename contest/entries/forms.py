"""What may come in about an entry from its sender."""

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField

from contest.entries.saving import Save
from contest.web.forms import BaseForm, at_most, language_choices, needed, tidy

TYPED = ("title", "text", "figures", "members", "links")
GALLERY = "has_gallery"  # sent beside the tick: without it, nothing is said of the gallery
LANGUAGES = "has_languages"  # beside the ticks, as well: no tick is "Vietnamese alone"


class EntryForm(BaseForm):
    """The words of an entry. Whatever comes is kept as far as it can be: the service says how."""

    title = StringField(_("Tên bài dự thi"))
    text = TextAreaField(_("Lời giới thiệu"))
    figures = TextAreaField(
        _("Số liệu của mô hình"),
        description=_("Mỗi dòng một số liệu. Ví dụ: Số hộ tham gia: 120"),
    )
    links = TextAreaField(
        _("Đường dẫn video trên YouTube hoặc TikTok"),
        description=_("Không bắt buộc, không thay được tệp video. Mỗi dòng một đường dẫn."),
    )
    members = TextAreaField(_("Họ tên các thành viên"))
    languages = SelectMultipleField(_("Các thứ tiếng trong bài"), choices=language_choices)
    shows_in_gallery = BooleanField(_("Tôi đồng ý cho trưng bày bài này để mọi người cùng xem"))
    guardian_name = StringField(_("Họ tên cha, mẹ hoặc người giám hộ"))
    guardian_phone = StringField(_("Số điện thoại của cha, mẹ hoặc người giám hộ"))
    guardian_agrees = BooleanField(
        _("Tôi là cha, mẹ hoặc người giám hộ của người gửi bài, và đồng ý cho trưng bày")
    )

    def to_command(self) -> Save:
        """Return what the page sent; a field that did not come changes nothing."""
        typed: dict[str, Any] = {name: self[name].data for name in TYPED if self[name].raw_data}
        if GALLERY in request.form:
            typed["shows_in_gallery"] = self.shows_in_gallery.data
        if LANGUAGES in request.form:
            typed["languages"] = tuple(self.languages.data or ())
        return Save(
            **typed,
            guardian_name=self.guardian_name.data or "",
            guardian_phone=self.guardian_phone.data or "",
            guardian_agrees=self.guardian_agrees.data,
        )


class SureForm(BaseForm):
    """A page that only asks: are you sure?"""


class ReceiptForm(BaseForm):
    code = StringField(
        _("Mã biên nhận bài dự thi"),
        filters=[tidy],
        validators=[needed(_("Hãy gõ mã biên nhận.")), at_most(40)],
        description=_("Gồm 16 chữ và số, ví dụ: 7K3M-9QXA-2B4C-D5EF"),
    )
