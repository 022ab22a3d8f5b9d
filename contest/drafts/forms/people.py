"""Steps 7 and 8: what is asked beyond the account, and the prizes."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
)
from wtforms.validators import Optional

from contest.drafts.forms import typed
from contest.drafts.forms.step import Row, Scene, StepForm, options
from contest.rules.identity import MAY_BE_RELATIVES, AskedWhen, IdentityKey

NAMES = {
    IdentityKey.PHONE: _("Số điện thoại"),
    IdentityKey.NATIONAL_ID: _("Số căn cước"),
    IdentityKey.ADDRESS: _("Địa chỉ"),
    IdentityKey.EMAIL: _("Thư điện tử"),
    IdentityKey.CLASS: _("Lớp"),
    IdentityKey.STUDENT_CODE: _("Mã học sinh, sinh viên"),
    IdentityKey.PARENT_NAME: _("Tên cha, mẹ hoặc người nuôi dưỡng"),
    IdentityKey.PARENT_PHONE: _("Điện thoại cha, mẹ hoặc người nuôi dưỡng"),
}
NO, OPTIONAL, REQUIRED = "", "optional", "required"
SPARE = 2  # empty lines for prizes


class IdentityRow(Row):
    ask = SelectField(
        _("Có hỏi không?"),
        choices=options(
            (NO, _("Không hỏi")),
            (OPTIONAL, _("Hỏi, trả lời cũng được, không cũng được")),
            (REQUIRED, _("Hỏi, phải trả lời")),
        ),
        validate_choice=False,
    )
    unique = BooleanField(_("Không hai người nào được ghi giống nhau"))
    relatives = BooleanField(_("Được dùng của người thân"))


class IdentityForm(StepForm):
    when = RadioField(
        _("Hỏi vào lúc nào?"),
        choices=options(
            (AskedWhen.BEFORE, _("Khi đăng ký, trước khi làm bài")),
            (AskedWhen.AFTER, _("Sau khi nộp bài")),
        ),
        validate_choice=False,
    )
    fields = FieldList(FormField(IdentityRow))
    keep_days = StringField(
        _("Giữ các thông tin này bao nhiêu ngày sau khi cuộc thi kết thúc?"),
        validators=[Optional()],
        description=_("Bỏ trống là 180 ngày. Hết hạn, hệ thống tự xoá."),
    )

    @classmethod
    def filled(cls, data: dict[str, Any], _scene: Scene) -> dict[str, Any]:
        stored = data.get("identity", {})
        asked = {each.get("key"): each for each in stored.get("fields", [])}
        return {
            "when": stored.get("when", AskedWhen.BEFORE.value),
            "keep_days": typed.said(stored.get("keep_days")),
            "fields": [_shown(asked.get(key.value)) for key in IdentityKey],
        }

    def prepare(self, _data: dict[str, Any], _scene: Scene) -> None:
        for key, entry in zip(IdentityKey, self.fields, strict=False):
            entry.form.ask.label.text = NAMES[key]
            if key not in MAY_BE_RELATIVES:
                del entry.form.relatives

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        asked = [
            {
                "key": key.value,
                "required": entry.form.ask.data == REQUIRED,
                "unique": entry.form.unique.data is True,
                "relatives": key in MAY_BE_RELATIVES and entry.form.relatives.data is True,
            }
            for key, entry in zip(IdentityKey, self.fields, strict=False)
            if entry.form.ask.data in {OPTIONAL, REQUIRED}
        ]
        found = dict(data)
        when = typed.line(self.when.data)
        rules: dict[str, Any] = {"when": when, "fields": asked}
        typed.put(rules, keep_days=typed.whole(self.keep_days.data))
        typed.put(found, identity=rules if asked else None)
        return found


def _shown(field: dict[str, Any] | None) -> dict[str, Any]:
    if field is None:
        return {"ask": NO, "unique": False, "relatives": False}
    return {
        "ask": REQUIRED if field.get("required", True) else OPTIONAL,
        "unique": field.get("unique") is True,
        "relatives": field.get("relatives") is True,
    }


class PrizeRow(Row):
    was = HiddenField()
    name = StringField(_("Tên giải"))
    count = StringField(_("Số giải"))
    value = StringField(_("Phần thưởng"))


class PrizesRow(Row):
    prizes = FieldList(FormField(PrizeRow))


class PrizesForm(StepForm):
    divisions = FieldList(FormField(PrizesRow))

    @classmethod
    def filled(cls, data: dict[str, Any], _scene: Scene) -> dict[str, Any]:
        return {
            "divisions": [
                {"prizes": [_prize(at, one) for at, one in enumerate(each.get("prizes", []))]}
                for each in data["divisions"]
            ]
        }

    def prepare(self, _data: dict[str, Any], _scene: Scene) -> None:
        for entry in self.divisions:
            for _spare in range(SPARE):
                entry.form.prizes.append_entry()

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        divisions = [dict(each) for each in data["divisions"]]
        for division, entry in zip(divisions, self.divisions, strict=False):
            typed.put(division, prizes=_prizes(division.get("prizes", []), entry.form.prizes))
        return {**data, "divisions": divisions}


def _prize(at: int, each: dict[str, Any]) -> dict[str, str]:
    return {
        "was": str(at),
        "name": typed.said(each.get("name")),
        "count": typed.said(each.get("count")),
        "value": typed.said(each.get("value")),
    }


def _prizes(stored: list[dict[str, Any]], entries: Any) -> list[dict[str, Any]] | None:
    """Read the lines that are not empty; the English name of a stored prize stays with its line."""
    found = []
    for entry in entries:
        name, value = typed.line(entry.form.name.data), typed.line(entry.form.value.data)
        count = typed.whole(entry.form.count.data)
        if not name and not value and count is None:
            continue
        was = entry.form.was.data or ""
        row: dict[str, Any] = {}
        if was.isascii() and was.isdigit() and int(was[:4]) < len(stored):
            row = dict(stored[int(was[:4])])
        typed.put(row, name=name, count=count, value=value)
        found.append(row)
    return found or None
