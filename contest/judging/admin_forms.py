"""What organizers may send in about the jury. Rights are asked as plain questions."""

from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, NumberRange, Optional

from contest.contests.models import Division
from contest.drafts.forms import typed
from contest.drafts.forms.step import options
from contest.errors import ContestError, Invalid
from contest.judging.conflicts import NewConflict
from contest.judging.here import local, zone
from contest.judging.models import ConflictKind, JudgingPhase, Panelist, SeesOthers
from contest.judging.panel import MOST, SeatFacts
from contest.judging.phases import PhaseFacts
from contest.web.forms import (
    BaseForm,
    ValidationError,
    at_most,
    language_choices,
    needed,
    tidy,
)
from contest.web.words import named, translate

NAME, REASON, LOGIN = 120, 300, 80
NO_MOMENT = _("Hãy gõ ngày như 07/12/2026 và giờ như 16:00.")
YES, NO = "yes", "no"


def moment(day: str | None, time: str | None) -> datetime | None:
    """Read a local day and time; None when they make no moment."""
    said = typed.moment(day, time)
    try:
        return datetime.fromisoformat(said or "").replace(tzinfo=zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _reason(description: Any) -> TextAreaField:
    return TextAreaField(
        _("Lý do"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(REASON)],
        description=description,
        render_kw={"rows": 3, "maxlength": REASON},
    )


def _day(label: Any) -> StringField:
    return StringField(label, filters=[tidy], validators=[at_most(20)])


class PhaseForm(BaseForm):
    name = StringField(
        _("Tên giai đoạn"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy đặt tên cho giai đoạn.")), at_most(NAME)],
        description=_("Ví dụ: Chấm sơ khảo."),
        render_kw={"maxlength": NAME},
    )
    name_en = StringField(
        _("Tên bằng tiếng Anh"),
        filters=[tidy],
        validators=[at_most(NAME)],
        render_kw={"maxlength": NAME, "lang": "en"},
    )
    opens_day, opens_time = _day(_("Mở ngày")), _day(_("Mở lúc"))
    closes_day, closes_time = _day(_("Đóng ngày")), _day(_("Đóng lúc"))
    may_score = RadioField(
        _("Giám khảo được chấm trong giai đoạn này không?"),
        choices=options((YES, _("Có, được viết và nộp phiếu")), (NO, _("Không, chỉ được xem"))),
        default=YES,
    )
    sees_others = RadioField(
        _("Giám khảo có thấy điểm của người khác không?"),
        choices=options(
            (SeesOthers.NEVER.value, _("Không bao giờ")),
            (SeesOthers.AFTER_OWN.value, _("Sau khi nộp phiếu của mình cho bài đó")),
            (SeesOthers.ALWAYS.value, _("Luôn luôn")),
        ),
        default=SeesOthers.NEVER.value,
    )
    sees_names = RadioField(
        _("Giám khảo có thấy tên và đơn vị của người dự thi không?"),
        choices=options((NO, _("Không, chấm kín")), (YES, _("Có"))),
        default=NO,
    )
    sees_all = RadioField(
        _("Giám khảo thấy những bài nào?"),
        choices=options((NO, _("Chỉ bài được phân công")), (YES, _("Mọi bài của đợt"))),
        default=NO,
    )
    counts = RadioField(
        _("Điểm có được tính vào kết quả không?"),
        choices=options(
            (YES, _("Có, điểm thật")), (NO, _("Không, chỉ chấm thử để thống nhất cách chấm"))
        ),
        default=YES,
    )

    @staticmethod
    def filled(phase: JudgingPhase | PhaseFacts) -> dict[str, Any]:
        """Give what the fields show of a phase."""
        opens, closes = local(phase.opens_at), local(phase.closes_at)
        return {
            "name": phase.name,
            "name_en": phase.name_en,
            "opens_day": f"{opens:%d/%m/%Y}",
            "opens_time": f"{opens:%H:%M}",
            "closes_day": f"{closes:%d/%m/%Y}",
            "closes_time": f"{closes:%H:%M}",
            "may_score": YES if phase.may_score else NO,
            "sees_others": str(phase.sees_others),
            "sees_names": YES if phase.sees_names else NO,
            "sees_all": YES if phase.sees_all else NO,
            "counts": YES if phase.counts else NO,
        }

    def validate_opens_day(self, _field: StringField) -> None:
        if moment(self.opens_day.data, self.opens_time.data) is None:
            raise ValidationError(NO_MOMENT)

    def validate_closes_day(self, _field: StringField) -> None:
        if moment(self.closes_day.data, self.closes_time.data) is None:
            raise ValidationError(NO_MOMENT)

    def to_facts(self) -> PhaseFacts:
        """Return what was typed; only after `validate`."""
        opens_at = moment(self.opens_day.data, self.opens_time.data)
        closes_at = moment(self.closes_day.data, self.closes_time.data)
        assert opens_at is not None  # noqa: S101 -- validated above
        assert closes_at is not None  # noqa: S101
        return PhaseFacts(
            name=self.name.data,
            name_en=self.name_en.data or "",
            opens_at=opens_at,
            closes_at=closes_at,
            may_score=self.may_score.data == YES,
            sees_others=SeesOthers(self.sees_others.data),
            sees_names=self.sees_names.data == YES,
            sees_all=self.sees_all.data == YES,
            counts=self.counts.data == YES,
        )


class ExtendForm(BaseForm):
    closes_day, closes_time = _day(_("Đóng ngày")), _day(_("Đóng lúc"))
    reason = _reason(_("Được ghi vào nhật ký của cuộc thi."))

    def validate_closes_day(self, _field: StringField) -> None:
        if moment(self.closes_day.data, self.closes_time.data) is None:
            raise ValidationError(NO_MOMENT)

    def closes_at(self) -> datetime:
        """Return what was typed; only after `validate`."""
        found = moment(self.closes_day.data, self.closes_time.data)
        assert found is not None  # noqa: S101 -- validated above
        return found


class SeatForm(BaseForm):
    """How somebody sits. `login`: how they were found, when it was by the whole login."""

    login = HiddenField(filters=[tidy], validators=[at_most(LOGIN)])
    most = IntegerField(
        _("Chấm nhiều nhất bao nhiêu bài"),
        validators=[
            Optional(),
            NumberRange(1, MOST, _("Số bài từ 1 đến %(most)s.", most=MOST)),
        ],
        description=_("Để trống nếu không giới hạn."),
        render_kw={"inputmode": "numeric", "maxlength": 4},
    )
    divisions = SelectMultipleField(
        _("Chỉ chấm các bảng thi"),
        description=_("Không chọn bảng nào là chấm được mọi bảng."),
    )
    languages = SelectMultipleField(
        _("Hiểu thêm các thứ tiếng"),
        choices=language_choices,
        description=_("Bài dùng thứ tiếng nào thì chỉ giao cho giám khảo hiểu tiếng đó."),
    )
    is_head = BooleanField(_("Là trưởng ban giám khảo"))
    is_scoring = RadioField(
        _("Người này có chấm bài không?"),
        choices=options((YES, _("Có chấm bài")), (NO, _("Không, chỉ điều hành và ký kết quả"))),
        default=YES,
    )

    def offer(self, divisions: list[Division]) -> None:
        self.divisions.choices = options(*((each.code, named(each)) for each in divisions))

    @staticmethod
    def filled(row: Panelist) -> dict[str, Any]:
        return {
            "most": row.most,
            "divisions": row.divisions,
            "languages": row.languages,
            "is_head": row.is_head,
            "is_scoring": YES if row.is_scoring else NO,
        }

    def to_facts(self) -> SeatFacts:
        return SeatFacts(
            most=self.most.data,
            divisions=tuple(self.divisions.data or ()),
            languages=tuple(self.languages.data or ()),
            is_head=self.is_head.data,
            is_scoring=self.is_scoring.data == YES,
        )


class ReasonForm(BaseForm):
    """An act and why."""

    reason = _reason(_("Được ghi vào nhật ký của cuộc thi."))


KINDS = [
    (ConflictKind.FAMILY.value, _("Người nhà")),
    (ConflictKind.COACH.value, _("Thầy cô, người hướng dẫn bài này")),
    (ConflictKind.OTHER.value, _("Lý do khác")),
]


class ConflictForm(BaseForm):
    judge = SelectField(_("Giám khảo"))
    kind = RadioField(_("Quan hệ"), choices=options(*KINDS), default=ConflictKind.FAMILY.value)
    entry = SelectField(_("Với bài dự thi"), description=_("Hoặc chọn một đơn vị ở dưới."))
    unit = SelectField(
        _("Với mọi bài của một đơn vị"),
        description=_("Gồm cả các đơn vị bên dưới nó. Chỉ có đơn vị đã có bài dự thi."),
    )
    keeps_out = RadioField(
        _("Nếu giám khảo này đã nộp phiếu cho các bài đó thì sao?"),
        choices=options((YES, _("Phiếu không được tính")), (NO, _("Phiếu vẫn được tính"))),
        default=YES,
    )
    reason = _reason(_("Giám khảo không đọc được. Được ghi vào nhật ký."))

    def to_wish(self) -> NewConflict:
        return NewConflict(
            judge=self.judge.data,
            kind=ConflictKind(self.kind.data),
            reason=self.reason.data,
            entry=self.entry.data or "",
            unit=self.unit.data or "",
            keeps_out=self.keeps_out.data == YES,
        )


class LiftForm(BaseForm):
    counts_sheets = RadioField(
        _("Phiếu đã nộp đang bị để ngoài kết quả thì sao?"),
        choices=options((NO, _("Vẫn không được tính")), (YES, _("Được tính trở lại"))),
        default=NO,
    )
    reason = _reason(_("Vì sao giám khảo chấm được bài này. Được ghi vào nhật ký."))


class SheetsForm(BaseForm):
    keeps_out = RadioField(
        _("Phiếu đã nộp có được tính không?"),
        choices=options((YES, _("Không được tính")), (NO, _("Vẫn được tính"))),
        validators=[needed(_("Hãy chọn một cách."))],
    )
    reason = _reason(_("Được giữ cùng phiếu và ghi vào nhật ký."))


class AssignForm(BaseForm):
    """Save the plan that was looked at: `seen` is its digest."""

    anchors = IntegerField(_("Số bài chấm chung"), validators=[needed(_("Hãy gõ một số nguyên."))])
    seen = HiddenField(filters=[tidy], validators=[at_most(64)])


class SureForm(BaseForm):
    """A page that only asks: are you sure?"""


def show(form: BaseForm, error: ContestError) -> None:
    """Put what a rule refused under the fields it is about, the rest above the form."""
    problems = error.problems if isinstance(error, Invalid) else {}
    for name, problem in problems.items():
        form[name].errors = [translate(problem.message, problem.facts)]
    if not problems:
        form.form_errors.append(translate(error.message, error.facts))
