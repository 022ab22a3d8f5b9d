"""Steps 4 to 6: what a paper is made of, tries and ranking, the guess."""

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

from contest.contests.specs import Combine, RoundKind, Shows
from contest.drafts.forms import typed
from contest.drafts.forms.step import (
    ALL,
    ONE,
    Row,
    Scene,
    StepForm,
    applies_to_all,
    in_hand,
    options,
    targets,
)
from contest.rules.guess import GuessTarget
from contest.rules.privacy import NameMask
from contest.rules.quota import CountingRule
from contest.rules.ranking import GUESS_RULES, TieBreak
from question_bank.rules.keys import PartialPolicy

LEVELS = ("1", "2", "3", "")  # easy, middling, hard, any
PAPER = (
    *("plan", "points", "wrong", "partial", "shuffles_questions", "shuffles_options"),
    *("is_one_way", "requires_all", "shows", "explains", "bound"),
)
TRIES = ("tries_round", "tries_day", "tries_week", "counting", "ties", "freeze_s")
GUESS = ("guess_text", "guess_text_en", "guess_target")
USUAL_TIES = (TieBreak.DURATION, TieBreak.HANDED_IN_AT)
MOST_TIES = 5


class Applies(StepForm):
    applies = RadioField(
        _("Áp dụng cho"),
        choices=options((ALL, _("Mọi đợt thi như nhau")), (ONE, _("Chỉ đợt đang xem"))),
        validate_choice=False,
    )


class QuotaRow(Row):
    level_1 = StringField(_("Dễ"))
    level_2 = StringField(_("Vừa"))
    level_3 = StringField(_("Khó"))
    level_any = StringField(_("Mức nào cũng được"))

    def at(self, level: str) -> StringField:
        return self[f"level_{level or 'any'}"]


class PaperForm(Applies):
    plan = FieldList(FormField(QuotaRow))
    points = StringField(_("Điểm cho mỗi câu đúng"))
    wrong = StringField(_("Điểm trừ cho mỗi câu sai"), description=_("0 là không trừ. Nên để 0."))
    partial = RadioField(
        _("Câu có nhiều ý mà chỉ đúng một phần thì sao?"),
        choices=options(
            (PartialPolicy.ALL_OR_NOTHING, _("Đúng hết mới có điểm")),
            (PartialPolicy.PROPORTIONAL, _("Được điểm theo phần đúng, ý sai thì bù trừ")),
            (PartialPolicy.EACH_RIGHT, _("Mỗi ý đúng được một phần điểm")),
        ),
        validate_choice=False,
    )
    shuffles_questions = BooleanField(_("Mỗi người một thứ tự câu"))
    shuffles_options = BooleanField(_("Mỗi người một thứ tự phương án"))
    is_one_way = BooleanField(_("Đi một chiều: sang câu sau rồi thì không quay lại"))
    requires_all = BooleanField(_("Bỏ trống một câu là bài không được tính"))
    shows = RadioField(
        _("Nộp bài xong, người dự thi thấy gì?"),
        choices=options(
            (Shows.SCORE, _("Thấy điểm")),
            (Shows.MARKS, _("Thấy điểm và câu nào đúng, câu nào sai")),
            (Shows.NOTHING, _("Chưa thấy gì cho đến khi đợt thi đóng")),
        ),
        validate_choice=False,
    )
    explains = BooleanField(_("Đợt thi đóng rồi thì cho xem đáp án và giải thích"))
    bound = StringField(
        _("Hai đề được khó dễ chênh nhau nhiều nhất bao nhiêu phần trăm?"),
        description=_("Thường để 10. Ngân hàng ít câu thì có thể nới lên 20."),
    )

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        here = in_hand(data, scene)
        cells, _rest = split(here.get("plan", []), scene)
        rows = [*(code for code, _name in scene.topics), ""]
        return {
            "applies": applies_to_all(data, scene, PAPER, practice=True),
            "plan": [
                {
                    f"level_{level or 'any'}": typed.said(cells.get((topic, level)))
                    for level in LEVELS
                }
                for topic in rows
            ],
            "points": typed.said_decimal(here.get("points", "1")),
            "wrong": typed.said_decimal(here.get("wrong", "0")),
            "partial": here.get("partial", PartialPolicy.ALL_OR_NOTHING.value),
            "shows": here.get("shows", Shows.SCORE.value),
            "bound": typed.said_percent(here.get("bound", "0.1")),
            **{key: here.get(key, True) is True for key in DEFAULT_ON},
            **{key: here.get(key, False) is True for key in DEFAULT_OFF},
        }

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        rounds = [dict(each) for each in data["rounds"]]
        for at in targets(data, self.scene, self.applies.data, practice=True):
            _cells, rest = split(rounds[at].get("plan", []), self.scene)
            typed.put(
                rounds[at],
                plan=[*self._quotas(), *rest] or None,
                points=typed.decimal(self.points.data),
                wrong=typed.decimal(self.wrong.data),
                partial=typed.line(self.partial.data),
                shows=typed.line(self.shows.data),
                bound=typed.percent(self.bound.data),
                **{key: self[key].data is True for key in (*DEFAULT_ON, *DEFAULT_OFF)},
            )
        return {**data, "rounds": rounds}

    def _quotas(self) -> list[dict[str, Any]]:
        topics = [*(code for code, _name in self.scene.topics), ""]
        found = []
        for topic, entry in zip(topics, self.plan, strict=False):
            for level in LEVELS:
                count = typed.whole(entry.form.at(level).data)
                if count in {None, 0}:
                    continue
                quota: dict[str, Any] = {"count": count}
                typed.put(quota, topic=topic, difficulty=int(level) if level else None)
                found.append(quota)
        return found


DEFAULT_ON = ("shuffles_questions", "shuffles_options", "explains")
DEFAULT_OFF = ("is_one_way", "requires_all")


def split(
    plan: list[dict[str, Any]], scene: Scene
) -> tuple[dict[tuple[str, str], Any], list[dict[str, Any]]]:
    """Give the quotas the table of numbers can show, by topic and level, and the others.

    The others name audiences, stand twice, or ask for topics that are gone; they stay as they are.
    """
    known = {"", *(code for code, _name in scene.topics)}
    cells: dict[tuple[str, str], Any] = {}
    rest = []
    for quota in plan:
        cell = cell_of(quota)
        if quota.get("audiences") or cell in cells or cell[0] not in known:
            rest.append(quota)
        else:
            cells[cell] = quota.get("count")
    return cells, rest


def cell_of(quota: dict[str, Any]) -> tuple[str, str]:
    return typed.said(quota.get("topic")), typed.said(quota.get("difficulty"))


class TieRow(Row):
    rule = SelectField(_("Tiêu chí"), validate_choice=False)


class WeightRow(Row):
    was = HiddenField()
    weight = StringField(_("Phần trăm"))


class RankingForm(Applies):
    tries_round = StringField(_("Trong cả đợt thi"))
    tries_day = StringField(_("Mỗi ngày"))
    tries_week = StringField(_("Mỗi tuần (thứ Hai đến Chủ nhật)"))
    tries_total = StringField(
        _("Trong cả cuộc thi, mọi đợt cộng lại"),
        description=_("Không kể thi thử."),
    )
    counting = RadioField(
        _("Thi nhiều lượt thì lượt nào được tính?"),
        choices=options(
            (CountingRule.BEST, _("Lượt tốt nhất")),
            (CountingRule.FIRST, _("Lượt đầu tiên")),
            (CountingRule.LAST, _("Lượt cuối cùng")),
        ),
        validate_choice=False,
    )
    ties = FieldList(FormField(TieRow))
    freeze = StringField(
        _("Bảng xếp hạng công khai đứng yên mấy phút cuối?"),
        validators=[Optional()],
        description=_("Bỏ trống thì bảng chạy đến hết giờ."),
    )
    name_mask = RadioField(
        _("Bảng xếp hạng công khai ghi tên thế nào?"),
        choices=options(
            (NameMask.INITIALS, _("Họ và chữ cái đầu: Nguyễn V. A.")),
            (NameMask.FULL, _("Họ tên đầy đủ")),
            (NameMask.GIVEN_ONLY, _("Chỉ tên gọi: … An")),
            (NameMask.HIDDEN, _("Không ghi tên")),
        ),
        validate_choice=False,
    )
    combine = RadioField(
        _("Điểm của cả cuộc thi tính thế nào?"),
        choices=options(
            (Combine.SUM, _("Cộng điểm các đợt")),
            (Combine.BEST, _("Lấy đợt tốt nhất của mỗi người")),
            (Combine.WEIGHTED, _("Mỗi đợt chiếm một số phần trăm, cộng lại là 100")),
        ),
        validate_choice=False,
    )
    weights = FieldList(FormField(WeightRow))

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        here = in_hand(data, scene)
        return {
            "applies": applies_to_all(data, scene, TRIES, practice=False),
            **{key: typed.said(here.get(key)) for key in TRIES[:3]},
            "tries_total": typed.said(data.get("tries_total")),
            "counting": here.get("counting", CountingRule.BEST.value),
            "ties": [{"rule": rule} for rule in _shown_ties(here)],
            "freeze": "" if not here.get("freeze_s") else typed.said_minutes(here["freeze_s"]),
            "name_mask": data.get("name_mask", NameMask.INITIALS.value),
            "combine": data.get("combine", Combine.SUM.value),
            "weights": [
                {"was": str(at), "weight": typed.said_decimal(data["rounds"][at].get("weight"))}
                for at in _weighed(data)
            ],
        }

    def prepare(self, data: dict[str, Any], scene: Scene) -> None:
        has_guess = bool(in_hand(data, scene).get("guess_text"))
        choices = [pair for pair in TIE_CHOICES if has_guess or pair[0] not in GUESS_RULES]
        for entry in self.ties:
            entry.form.rule.choices = options(("", _("(không dùng thêm)")), *choices)
        for entry, at in zip(self.weights, _weighed(data), strict=False):
            entry.form.weight.label.text = typed.said(data["rounds"][at].get("name"))

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        rounds = [dict(each) for each in data["rounds"]]
        chosen = [typed.line(entry.form.rule.data) for entry in self.ties]
        for at in targets(data, self.scene, self.applies.data, practice=False):
            has_guess = bool(rounds[at].get("guess_text"))
            ties = [rule for rule in chosen if rule and (has_guess or rule not in GUESS_RULES)]
            typed.put(
                rounds[at],
                tries_round=typed.whole(self.tries_round.data),
                tries_day=typed.whole(self.tries_day.data),
                tries_week=typed.whole(self.tries_week.data),
                counting=typed.line(self.counting.data),
                freeze_s=typed.minutes(self.freeze.data),
                ties=[TieBreak.SCORE.value, *ties],
            )
        for entry, at in zip(self.weights, _weighed(data), strict=False):
            typed.put(rounds[at], weight=typed.decimal(entry.form.weight.data))
        found = {**data, "rounds": rounds}
        typed.put(
            found,
            tries_total=typed.whole(self.tries_total.data),
            name_mask=typed.line(self.name_mask.data),
            combine=typed.line(self.combine.data),
        )
        return found


TIE_CHOICES = [
    (TieBreak.GUESS_DISTANCE.value, _("Dự đoán gần số thật hơn")),
    (TieBreak.GUESS_NOT_OVER.value, _("Dự đoán không vượt số thật")),
    (TieBreak.GUESS_NOT_UNDER.value, _("Dự đoán không thấp hơn số thật")),
    (TieBreak.DURATION.value, _("Làm bài nhanh hơn")),
    (TieBreak.HANDED_IN_AT.value, _("Nộp bài sớm hơn")),
    (TieBreak.REGISTERED_AT.value, _("Đăng ký sớm hơn")),
    (TieBreak.DRAW.value, _("Rút thăm bằng máy, công khai")),
]


def _shown_ties(here: dict[str, Any]) -> list[str]:
    usual = [rule.value for rule in USUAL_TIES]
    if here.get("guess_text"):
        usual.insert(0, TieBreak.GUESS_DISTANCE.value)
    stored = here.get("ties")
    ties = usual if stored is None else [rule for rule in stored if rule != TieBreak.SCORE]
    return [*ties, *[""] * MOST_TIES][: max(MOST_TIES, len(ties))]


def _weighed(data: dict[str, Any]) -> list[int]:
    """Give the positions of the rounds that have a share of the total."""
    return [
        at
        for at, each in enumerate(data["rounds"])
        if not each.get("is_practice") or each.get("kind") == RoundKind.ENTRIES
    ]


class GuessForm(Applies):
    guess_text = StringField(
        _("Câu hỏi dự đoán"),
        validators=[Optional()],
        description=_("Ví dụ: Sẽ có bao nhiêu người tham gia đợt thi này?"),
    )
    guess_text_en = StringField(_("Câu hỏi bằng tiếng Anh"), validators=[Optional()])
    guess_target = RadioField(
        _("Số thật là gì?"),
        choices=options(
            (GuessTarget.PARTICIPANTS, _("Số người nộp bài trong đợt")),
            (GuessTarget.ALL_RIGHT_PEOPLE, _("Số người đúng hết mọi câu trong đợt")),
            (GuessTarget.TRIES, _("Số lượt bài đã nộp trong đợt")),
        ),
        validate_choice=False,
    )

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        here = in_hand(data, scene)
        return {
            "applies": applies_to_all(data, scene, GUESS, practice=False),
            "guess_text": typed.said(here.get("guess_text")),
            "guess_text_en": typed.said(here.get("guess_text_en")),
            "guess_target": here.get("guess_target", GuessTarget.PARTICIPANTS.value),
        }

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        rounds = [dict(each) for each in data["rounds"]]
        text = typed.line(self.guess_text.data)
        text_en = typed.line(self.guess_text_en.data)
        for at in targets(data, self.scene, self.applies.data, practice=False):
            had = bool(rounds[at].get("guess_text"))
            typed.put(
                rounds[at],
                guess_text=text,
                guess_text_en=text_en,
                guess_target=typed.line(self.guess_target.data) if text or text_en else None,
                ties=_ties_after(rounds[at].get("ties"), had=had, has=bool(text)),
            )
        return {**data, "rounds": rounds}


def _ties_after(ties: list[str] | None, *, had: bool, has: bool) -> list[str] | None:
    """Let a new guess separate equal scores first of all, and one taken away separate none."""
    if ties is None or had == has:
        return ties
    others = [rule for rule in ties if rule not in GUESS_RULES]
    return [*others[:1], TieBreak.GUESS_DISTANCE.value, *others[1:]] if has else others
