"""What may come in beyond the account: fields made from a contest's own settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, StringField
from wtforms.validators import Optional

from contest.errors import Problem
from contest.identities.service import Given
from contest.rules.identity import IdentityField, IdentityKey, IdentityRules
from contest.web.forms import BaseForm, tidy
from contest.web.words import translate

AnyForm = TypeVar("AnyForm", bound=BaseForm)

LABELS = {
    IdentityKey.PHONE: _("Số điện thoại"),
    IdentityKey.NATIONAL_ID: _("Số căn cước"),
    IdentityKey.ADDRESS: _("Địa chỉ"),
    IdentityKey.EMAIL: _("Thư điện tử"),
    IdentityKey.CLASS: _("Lớp"),
    IdentityKey.STUDENT_CODE: _("Mã học sinh, sinh viên"),
    IdentityKey.PARENT_NAME: _("Tên cha, mẹ hoặc người nuôi dưỡng"),
    IdentityKey.PARENT_PHONE: _("Điện thoại cha, mẹ hoặc người nuôi dưỡng"),
}
HINTS = {
    IdentityKey.PHONE: _("Ví dụ: 0912 345 678"),
    IdentityKey.NATIONAL_ID: _("12 chữ số trên thẻ căn cước hoặc trong ứng dụng VNeID"),
    IdentityKey.ADDRESS: _("Thôn, bản, tổ dân phố; xã, phường"),
    IdentityKey.EMAIL: _("Ví dụ: lan.nguyen@example.vn"),
    IdentityKey.CLASS: _("Ví dụ: 9A2"),
    IdentityKey.PARENT_PHONE: _("Ví dụ: 0912 345 678"),
}
# Nothing offers to fill a field from memory: one phone serves several people.
BOXES: dict[IdentityKey, dict[str, str]] = {
    IdentityKey.PHONE: {"inputmode": "tel"},
    IdentityKey.NATIONAL_ID: {"inputmode": "numeric"},
    IdentityKey.EMAIL: {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    IdentityKey.PARENT_PHONE: {"inputmode": "tel"},
}
LONGEST_BOX = 250
RELATIVES = _("Tôi không có, đây là của người thân")


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact on the page: its box and, where a relative's may stand in, the tick for that."""

    box: Field
    relatives: Field | None


def asking(form: type[AnyForm], rules: IdentityRules) -> type[AnyForm]:
    """Give a form class with a field more for each fact that is asked."""
    fields: dict[str, Any] = {}
    for each in rules.fields:
        fields[_name(each.key)] = _box(each)
        if each.may_be_relatives:
            fields[_relatives(each.key)] = BooleanField(RELATIVES)
    return type(form.__name__, (form,), fields)


def _name(key: IdentityKey) -> str:
    return f"identity_{key.value}"


def _relatives(key: IdentityKey) -> str:
    return f"relatives_{key.value}"


def _box(each: IdentityField) -> StringField:
    box = {"autocomplete": "off", "maxlength": str(LONGEST_BOX), **BOXES.get(each.key, {})}
    return StringField(
        LABELS[each.key],
        description=HINTS.get(each.key, ""),
        filters=[tidy],
        validators=[] if each.is_required else [Optional()],
        render_kw=box,
    )


def asked(form: BaseForm, rules: IdentityRules) -> list[Asked]:
    """Give the fields of a form that `asking` made, in the order of the settings."""
    return [
        Asked(form[_name(each.key)], form[_relatives(each.key)] if each.may_be_relatives else None)
        for each in rules.fields
    ]


def filled(given: Mapping[IdentityKey, Given]) -> dict[str, Any]:
    """Give the data with which such a form shows what was given."""
    data: dict[str, Any] = {}
    for key, fact in given.items():
        data[_name(key)] = fact.text
        data[_relatives(key)] = fact.is_relatives
    return data


def typed(form: BaseForm, rules: IdentityRules) -> dict[IdentityKey, Given]:
    """Give what was typed, for the service."""
    return {
        each.key: Given(
            form[_name(each.key)].data or "",
            each.may_be_relatives and form[_relatives(each.key)].data is True,
        )
        for each in rules.fields
    }


def refuse(form: BaseForm, problems: Mapping[str, Problem]) -> None:
    """Say at each field what the service refused."""
    for key, problem in problems.items():
        name = _name(IdentityKey(key))
        if name in form:
            form[name].errors = [translate(problem.message, problem.facts)]
