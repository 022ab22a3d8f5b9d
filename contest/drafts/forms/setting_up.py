"""Steps 1 to 3: what the contest is, who it is for, when its rounds are."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from contest.contests.specs import RoundKind
from contest.drafts import naming
from contest.drafts.forms import typed
from contest.drafts.forms.step import Row, Scene, StepForm, base, options
from contest.rules.timing import DeadlineRule

LONGEST_CONTEST_CODE = 60
LONGEST_CODE = 40
TEXTS = (
    *("title", "title_en", "code", "unit", "about", "about_en"),
    *("contact", "extra", "extra_en"),
)


class AboutForm(StepForm):
    title = StringField(
        _("Tên cuộc thi"), description=_("Ví dụ: Tìm hiểu an toàn trên mạng năm 2026")
    )
    title_en = StringField(
        _("Tên tiếng Anh"),
        validators=[Optional()],
        description=_("Bỏ trống thì người đọc tiếng Anh thấy tên tiếng Việt."),
    )
    code = StringField(
        _("Mã trên địa chỉ trang"),
        description=_("Chữ thường không dấu, số, gạch nối. Bỏ trống thì lấy theo tên cuộc thi."),
    )
    unit = SelectField(_("Đơn vị đứng ra tổ chức"), validate_choice=False)
    about = TextAreaField(
        _("Lời giới thiệu"), description=_("Vài câu cho người dự thi. Dòng trống tách đoạn.")
    )
    about_en = TextAreaField(_("Lời giới thiệu tiếng Anh"), validators=[Optional()])
    contact = StringField(
        _("Liên hệ ban tổ chức"), description=_("Ai, số điện thoại nào, khi người dự thi cần hỏi.")
    )
    extra = TextAreaField(
        _("Điều khoản khác của thể lệ"),
        validators=[Optional()],
        description=_(
            "Thể lệ được viết tự động từ các bước sau. Ở đây chỉ ghi thêm điều riêng của cuộc thi."
        ),
    )
    extra_en = TextAreaField(_("Điều khoản khác bằng tiếng Anh"), validators=[Optional()])

    @classmethod
    def filled(cls, data: dict[str, Any], _scene: Scene) -> dict[str, Any]:
        return {key: typed.said(data.get(key)) for key in TEXTS}

    def prepare(self, data: dict[str, Any], scene: Scene) -> None:
        self.unit.choices = options(*scene.units)
        if scene.is_edit:  # the address of a published contest is known by now
            self.code.data = typed.said(data.get("code"))
            self.code.render_kw = {"readonly": True}

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        found = dict(data)
        typed.put(found, **{key: typed.line(self[key].data) for key in TEXTS})
        if self.scene.is_edit:
            found["code"] = data["code"]
        elif "code" not in found:
            title = typed.line(self.title.data)
            found["code"] = naming.code_from(title, LONGEST_CONTEST_CODE, (), fallback="cuoc-thi")
        return found


class DivisionRow(Row):
    was = HiddenField()
    name = StringField(_("Tên bảng thi"), description=_("Ví dụ: Người cao tuổi"))
    name_en = StringField(_("Tên tiếng Anh"), validators=[Optional()])
    audience = SelectField(_("Dành cho ai?"), validate_choice=False)
    is_easy = BooleanField(_("Mở sẵn chế độ chữ to, dễ dùng"))
    minutes = StringField(
        _("Số phút làm bài riêng của bảng này"),
        validators=[Optional()],
        description=_("Bỏ trống thì theo đợt thi."),
    )


class DivisionsForm(StepForm):
    divisions = FieldList(FormField(DivisionRow))

    @classmethod
    def filled(cls, data: dict[str, Any], _scene: Scene) -> dict[str, Any]:
        return {
            "divisions": [
                {
                    "was": str(at),
                    "name": typed.said(each.get("name")),
                    "name_en": typed.said(each.get("name_en")),
                    "audience": typed.said(each.get("audience")),
                    "is_easy": each.get("is_easy") is True,
                    "minutes": typed.said_minutes(each.get("time_limit_s")),
                }
                for at, each in enumerate(data["divisions"])
            ]
        }

    def prepare(self, _data: dict[str, Any], scene: Scene) -> None:
        for entry in self.divisions:
            entry.form.audience.choices = options(("", _("Hãy chọn")), *scene.audiences)

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        rows = []
        for entry in self.divisions:
            row = base(data["divisions"], entry.form.was.data)
            typed.put(
                row,
                name=typed.line(entry.form.name.data),
                name_en=typed.line(entry.form.name_en.data),
                audience=typed.line(entry.form.audience.data),
                is_easy=entry.form.is_easy.data or None,
                time_limit_s=typed.minutes(entry.form.minutes.data),
            )
            rows.append(row)
        before = [each.get("code") for each in rows]
        rows = coded(rows, is_edit=self.scene.is_edit, fallback="bang")
        codes = {was: each["code"] for was, each in zip(before, rows, strict=True) if was}
        rounds = [_with_codes(each, codes) for each in data["rounds"]]
        return {**data, "divisions": rows, "rounds": rounds}


def _with_codes(each: dict[str, Any], codes: dict[str, str]) -> dict[str, Any]:
    """Let criteria follow divisions whose codes changed with their names."""
    entries = each.get("entries")
    if not entries or not entries.get("criteria"):
        return each
    criteria = [
        {**one, "divisions": [codes.get(code, code) for code in one["divisions"]]}
        if one.get("divisions")
        else one
        for one in entries["criteria"]
    ]
    return {**each, "entries": {**entries, "criteria": criteria}}


class RoundRow(Row):
    was = HiddenField()
    name = StringField(_("Tên đợt thi"), description=_("Ví dụ: Tuần 1"))
    name_en = StringField(_("Tên tiếng Anh"), validators=[Optional()])
    kind = SelectField(
        _("Người dự thi làm gì?"),
        choices=options(
            (RoundKind.QUIZ, _("Làm bài trắc nghiệm")),
            (RoundKind.ENTRIES, _("Nộp bài dự thi (video, bài viết, tranh…)")),
        ),
        validate_choice=False,
    )
    opens_day = StringField(_("Mở ngày"))
    opens_time = StringField(_("Mở lúc"))
    closes_day = StringField(_("Đóng ngày"))
    closes_time = StringField(_("Đóng lúc"))
    minutes = StringField(
        _("Số phút cho một lượt làm bài"),
        validators=[Optional()],
        description=_("Bỏ trống thì làm đến khi đợt thi đóng."),
    )
    deadline_rule = SelectField(
        _("Đang làm dở mà đợt thi đóng thì sao?"),
        choices=options(
            (DeadlineRule.EARLIER, _("Bài kết thúc khi đợt thi đóng")),
            (DeadlineRule.WHOLE_LIMIT, _("Vẫn được làm đủ số phút")),
        ),
        validate_choice=False,
    )
    is_practice = BooleanField(_("Đây là đợt thi thử, không tính điểm"))


class RoundsForm(StepForm):
    rounds = FieldList(FormField(RoundRow))

    @classmethod
    def filled(cls, data: dict[str, Any], _scene: Scene) -> dict[str, Any]:
        return {"rounds": [_round_shown(at, each) for at, each in enumerate(data["rounds"])]}

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        rows = []
        for entry in self.rounds:
            form = entry.form
            row = base(data["rounds"], form.was.data)
            kind = typed.line(form.kind.data)
            rule = typed.line(form.deadline_rule.data)
            typed.put(
                row,
                name=typed.line(form.name.data),
                name_en=typed.line(form.name_en.data),
                kind="" if kind == RoundKind.QUIZ else kind,
                opens_at=typed.moment(form.opens_day.data, form.opens_time.data),
                closes_at=typed.moment(form.closes_day.data, form.closes_time.data),
                time_limit_s=typed.minutes(form.minutes.data),
                deadline_rule="" if rule == DeadlineRule.EARLIER else rule,
                is_practice=form.is_practice.data or None,
            )
            rows.append(row)
        return {**data, "rounds": coded(rows, is_edit=self.scene.is_edit, fallback="dot")}


def _round_shown(at: int, each: dict[str, Any]) -> dict[str, Any]:
    opens, closes = (
        typed.said_moment(each.get("opens_at")),
        typed.said_moment(each.get("closes_at")),
    )
    return {
        "was": str(at),
        "name": typed.said(each.get("name")),
        "name_en": typed.said(each.get("name_en")),
        "kind": each.get("kind", RoundKind.QUIZ.value),
        "opens_day": opens[0],
        "opens_time": opens[1],
        "closes_day": closes[0],
        "closes_time": closes[1],
        "minutes": typed.said_minutes(each.get("time_limit_s")),
        "deadline_rule": each.get("deadline_rule", DeadlineRule.EARLIER.value),
        "is_practice": each.get("is_practice") is True,
    }


def coded(rows: list[dict[str, Any]], *, is_edit: bool, fallback: str) -> list[dict[str, Any]]:
    """Give each row its code, made of its name; those of a published contest stay."""
    taken = {each["code"] for each in rows if is_edit and "code" in each}
    for each in rows:
        if not is_edit or "code" not in each:
            each["code"] = naming.code_from(
                typed.said(each.get("name")), LONGEST_CODE, taken, fallback=fallback
            )
            taken.add(each["code"])
    return rows
