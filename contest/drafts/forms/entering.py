"""The steps of a round of entries: what is taken, and what the jury marks it by."""

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from contest.contests.entries_table import LONGEST_CODE
from contest.drafts import naming
from contest.drafts.forms import typed
from contest.drafts.forms.step import Row, Scene, StepForm, base, in_hand, options
from contest.rules.entry_rules import EntryKind, EntryRules, VotePeriod

KINDS = (
    (EntryKind.VIDEO, _("Video: một clip quay bằng điện thoại là đủ")),
    (EntryKind.ESSAY, _("Bài viết: gõ trên trang, hoặc gửi tệp Word, PDF")),
    (EntryKind.INFOGRAPHIC, _("Infographic: hình có chữ và số liệu")),
    (EntryKind.DRAWING, _("Tranh số: tranh vẽ bằng máy, hoặc ảnh chụp tranh")),
    (EntryKind.PHOTO, _("Ảnh: ảnh chụp")),
    (EntryKind.SCRIPT, _("Kịch bản tuyên truyền: gõ trên trang, hoặc gửi tệp Word, PDF")),
    (
        EntryKind.PRACTICAL,
        _("Thực hành trên thiết bị: làm trước mặt người chấm, không phải gửi gì"),
    ),
    (
        EntryKind.MODEL,
        _("Mô hình chuyển đổi số: hồ sơ gồm mô tả, hình, số liệu, có thể thêm video"),
    ),
)
NO_VOTE = "none"
COUNTS = ("each", "most_members", "most_clip_mb", "most_file_mb", "most_pictures")
USUAL = {
    name: each.default
    for name, each in EntryRules.__dataclass_fields__.items()
    if isinstance(each.default, int)
}
USUAL_SHARE, USUAL_DAYS = "10", 7
LEVELS = 4  # shown for each criterion, more when it has more


class EntriesForm(StepForm):
    kinds = SelectMultipleField(
        _("Nhận những loại bài nào?"),
        choices=options(*KINDS),
        validate_choice=False,
        description=_("Chọn một hoặc nhiều loại. Mỗi bài là một loại."),
    )
    each = StringField(_("Mỗi người (mỗi nhóm) được gửi mấy bài?"))
    most_members = StringField(
        _("Nhóm được có thêm mấy người, ngoài người gửi?"),
        description=_("Ghi 0 nếu chỉ nhận bài của từng người."),
    )
    most_minutes = StringField(
        _("Video dài nhiều nhất mấy phút?"), description=_("Nên từ 3 đến 5 phút.")
    )
    least_minutes = StringField(
        _("Video dài ít nhất mấy phút?"),
        validators=[Optional()],
        description=_("Nửa phút ghi 0,5. Bỏ trống thì ngắn mấy cũng được."),
    )
    most_clip_mb = StringField(
        _("Tệp video nặng nhiều nhất mấy MB?"),
        description=_("Quay càng nét thì tệp càng nặng. Thường để 200."),
    )
    links = BooleanField(_("Được gửi thêm đường dẫn YouTube, TikTok (không thay cho tệp video)"))
    most_pictures = StringField(_("Mỗi bài có nhiều nhất mấy hình?"))
    most_file_mb = StringField(_("Mỗi hình, mỗi tài liệu nặng nhiều nhất mấy MB?"))
    most_characters = StringField(
        _("Bài gõ trên trang dài nhiều nhất bao nhiêu chữ cái?"),
        description=_("10000 chữ cái khoảng 4 trang giấy."),
    )
    grace = StringField(
        _("Tệp bắt đầu gửi trước giờ đóng được chờ thêm mấy phút?"),
        description=_("Mạng yếu thì nên để 60. Thể lệ ghi đúng con số này."),
    )
    judges_each = StringField(_("Mỗi bài mấy giám khảo chấm?"), description=_("Nên từ 3 trở lên."))
    blind = BooleanField(_("Giám khảo không thấy tên, trường, đơn vị của người dự thi"))
    gallery = BooleanField(_("Trưng bày bài dự thi cho mọi người xem, khi người gửi đồng ý"))
    vote = RadioField(
        _("Có cho mọi người bình chọn không?"),
        choices=options(
            (NO_VOTE, _("Không bình chọn")),
            (VotePeriod.DAY, _("Có, mỗi tài khoản mỗi ngày một phiếu")),
            (VotePeriod.ROUND, _("Có, mỗi tài khoản một phiếu cho cả đợt")),
        ),
        validate_choice=False,
        description=_("Muốn có bình chọn thì bài dự thi phải được trưng bày."),
    )
    vote_share = StringField(
        _("Bình chọn chiếm bao nhiêu phần trăm kết quả?"),
        description=_("Nhiều nhất 30. Phiếu có thể bị mua, nên để 10."),
    )
    vote_days = StringField(_("Bình chọn kéo dài mấy ngày sau khi đóng nhận bài?"))

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        here = in_hand(data, scene).get("entries", {})
        vote = here.get("vote", {})
        whole = (*COUNTS, "most_characters", "judges_each")
        return {
            "kinds": [str(kind) for kind in _listed(here.get("kinds"))],
            **{key: typed.said(here.get(key, USUAL[key])) for key in whole},
            "most_minutes": typed.said_minutes(here.get("most_seconds", USUAL["most_seconds"])),
            "least_minutes": typed.said_minutes(here.get("least_seconds") or None),
            "grace": typed.said_minutes(here.get("grace_s", USUAL["grace_s"])),
            "links": here.get("links") is True,
            "gallery": here.get("gallery") is True,
            "blind": here.get("blind", True) is True,
            "vote": vote.get("period", VotePeriod.DAY.value) if vote else NO_VOTE,
            "vote_share": typed.said_decimal(vote.get("share", USUAL_SHARE)),
            "vote_days": typed.said(vote.get("days", USUAL_DAYS)),
        }

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        def change(entries: dict[str, Any]) -> None:
            typed.put(
                entries,
                kinds=list(self.kinds.data or []),
                **{key: typed.whole(self[key].data) for key in COUNTS},
                most_characters=typed.whole(self.most_characters.data),
                judges_each=typed.whole(self.judges_each.data),
                most_seconds=typed.minutes(self.most_minutes.data),
                least_seconds=typed.minutes(self.least_minutes.data),
                grace_s=typed.minutes(self.grace.data),
                links=self.links.data is True,
                gallery=self.gallery.data is True,
                blind=self.blind.data is True,
                vote=self._vote(),
            )

        return _changed(data, self.scene, change)

    def _vote(self) -> dict[str, Any] | None:
        period = typed.line(self.vote.data)
        if period in {"", NO_VOTE}:
            return None
        vote: dict[str, Any] = {"period": period}
        typed.put(
            vote,
            share=typed.decimal(self.vote_share.data),
            days=typed.whole(self.vote_days.data),
        )
        return vote


class LevelRow(Row):
    was = HiddenField()
    points = StringField(_("Điểm"))
    text = StringField(_("Bài như thế nào thì được mức này?"))
    text_en = StringField(_("Bằng tiếng Anh"), validators=[Optional()])


class CriterionRow(Row):
    was = HiddenField()
    name = StringField(_("Tên tiêu chí"), description=_("Ví dụ: Nội dung đúng và có ích"))
    weight = StringField(_("Hệ số"))
    most = StringField(_("Điểm cao nhất"))
    step = StringField(_("Bước điểm"))
    about = TextAreaField(_("Giám khảo xem điều gì?"), validators=[Optional()])
    levels = FieldList(FormField(LevelRow))
    divisions = SelectMultipleField(
        _("Chỉ dùng cho bảng thi"),
        validators=[Optional()],
        validate_choice=False,
        description=_("Không chọn bảng nào là dùng cho mọi bảng."),
    )
    name_en = StringField(_("Tên tiếng Anh"), validators=[Optional()])
    about_en = TextAreaField(_("Giám khảo xem điều gì, bằng tiếng Anh"), validators=[Optional()])


class CheckRow(Row):
    was = HiddenField()
    name = StringField(_("Việc phải làm được"), description=_("Ví dụ: Tự mở ứng dụng VNeID"))
    points = StringField(_("Điểm"))
    name_en = StringField(_("Bằng tiếng Anh"), validators=[Optional()])


class CriteriaForm(StepForm):
    criteria = FieldList(FormField(CriterionRow))
    checklist = FieldList(FormField(CheckRow))

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        here = in_hand(data, scene).get("entries", {})
        return {
            "criteria": [_criterion(at, each) for at, each in enumerate(here.get("criteria", []))],
            "checklist": [_check(at, each) for at, each in enumerate(here.get("checklist", []))],
        }

    def prepare(self, data: dict[str, Any], _scene: Scene) -> None:
        pairs = [
            (typed.said(each.get("code")), typed.said(each.get("name")))
            for each in data["divisions"]
        ]
        for entry in self.criteria:
            entry.form.divisions.choices = options(*pairs)
            while len(entry.form.levels) < LEVELS:
                entry.form.levels.append_entry()

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        stored = in_hand(data, self.scene).get("entries", {})

        def change(entries: dict[str, Any]) -> None:
            criteria = [
                _typed_criterion(base(stored.get("criteria", []), entry.form.was.data), entry.form)
                for entry in self.criteria
            ]
            checks = [
                _typed_check(base(stored.get("checklist", []), entry.form.was.data), entry.form)
                for entry in self.checklist
            ]
            typed.put(
                entries,
                criteria=_coded(criteria, "tieu_chi") or None,
                checklist=_coded(checks, "viec") or None,
            )

        return _changed(data, self.scene, change)


def _changed(data: dict[str, Any], scene: Scene, change: Any) -> dict[str, Any]:
    """Change the settings of the round in hand, when there is one."""
    rounds = [dict(each) for each in data["rounds"]]
    if scene.round_at >= len(rounds):
        return data
    entries = dict(rounds[scene.round_at].get("entries", {}))
    change(entries)
    rounds[scene.round_at]["entries"] = entries
    return {**data, "rounds": rounds}


def _listed(value: object) -> list[Any]:
    return list(value) if isinstance(value, list) else []


def _criterion(at: int, each: dict[str, Any]) -> dict[str, Any]:
    return {
        "was": str(at),
        **{key: typed.said(each.get(key)) for key in ("name", "name_en", "about", "about_en")},
        "weight": typed.said_decimal(each.get("weight", "1")),
        "most": typed.said_decimal(each.get("most", "10")),
        "step": typed.said_decimal(each.get("step", "1")),
        "divisions": _listed(each.get("divisions")),
        "levels": [
            {
                "was": str(number),
                "points": typed.said_decimal(level.get("points")),
                "text": typed.said(level.get("text")),
                "text_en": typed.said(level.get("text_en")),
            }
            for number, level in enumerate(each.get("levels", []))
        ],
    }


def _typed_criterion(row: dict[str, Any], form: Any) -> dict[str, Any]:
    typed.put(
        row,
        **{key: typed.line(form[key].data) for key in ("name", "name_en", "about", "about_en")},
        **{key: typed.decimal(form[key].data) for key in ("weight", "most", "step")},
        divisions=list(form.divisions.data or []) or None,
        levels=_typed_levels(row.get("levels", []), form.levels) or None,
    )
    return row


def _typed_levels(stored: list[dict[str, Any]], entries: Any) -> list[dict[str, Any]]:
    """Read the lines that are not empty."""
    found = []
    for entry in entries:
        points, text = typed.decimal(entry.form.points.data), typed.line(entry.form.text.data)
        if points is None and not text:
            continue
        row = base(stored, entry.form.was.data)
        typed.put(row, points=points, text=text, text_en=typed.line(entry.form.text_en.data))
        found.append(row)
    return found


def _check(at: int, each: dict[str, Any]) -> dict[str, Any]:
    return {
        "was": str(at),
        "name": typed.said(each.get("name")),
        "name_en": typed.said(each.get("name_en")),
        "points": typed.said_decimal(each.get("points", "1")),
    }


def _typed_check(row: dict[str, Any], form: Any) -> dict[str, Any]:
    typed.put(
        row,
        name=typed.line(form.name.data),
        name_en=typed.line(form.name_en.data),
        points=typed.decimal(form.points.data),
    )
    return row


def _coded(rows: list[dict[str, Any]], fallback: str) -> list[dict[str, Any]]:
    """Give each row that has none a code made of its name; a code once given stays."""
    taken = {each["code"] for each in rows if "code" in each}
    for each in rows:
        if "code" not in each and each.get("name"):
            each["code"] = _code(each["name"], taken, fallback)
            taken.add(each["code"])
    return rows


def _code(name: str, taken: Collection[str], fallback: str) -> str:
    dashed = {code.replace("_", "-") for code in taken}
    made = naming.code_from(name, LONGEST_CODE, dashed, fallback=fallback.replace("_", "-"))
    if not made[0].isalpha():
        made = naming.code_from(f"c {name}", LONGEST_CODE, dashed, fallback=fallback)
    return made.replace("-", "_")
