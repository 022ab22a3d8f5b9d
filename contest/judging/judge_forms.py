"""What may come in from a judge: a sheet as a plain form or as the page's own JSON, a recusal."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from wtforms import TextAreaField

from contest.errors import N_, Invalid
from contest.judging.sheets import LONGEST_REASON, Draft
from contest.rules.rubric import Rubric
from contest.rules.vietnamese import nfc
from contest.web.forms import BaseForm, at_most, needed, tidy

BAD_JSON = N_("Dữ liệu gửi lên không đúng mẫu. Hãy tải lại trang chấm.")
SCORE = "score-"


class ActForm(BaseForm):
    """A form that holds nothing but its token."""


class RecusalForm(BaseForm):
    reason = TextAreaField(
        _("Vì sao bạn không chấm được bài này?"),
        filters=[tidy],
        validators=[
            needed(_("Hãy nói ngắn gọn vì sao bạn không chấm được bài này.")),
            at_most(LONGEST_REASON),
        ],
        description=_("Ví dụ: tôi đã hướng dẫn bạn này, hoặc người thân của tôi có trong video."),
    )


def read_form(form: Mapping[str, str], rubric: Rubric) -> Draft:
    """Read a sheet from a plain form: a box for each criterion, two texts, what was known."""
    scores = {each.code: form.get(SCORE + each.code, "") for each in rubric.criteria}
    return _draft(scores, form.get("comment", ""), form.get("note", ""), form.get("known", ""))


def read_json(payload: object) -> Draft:
    """Read {"scores": {code: text}, "comment", "note", "known"}; Invalid for another shape."""
    if not isinstance(payload, dict) or set(payload) != {"scores", "comment", "note", "known"}:
        raise Invalid(BAD_JSON)
    scores, texts = payload["scores"], [payload[name] for name in ("comment", "note", "known")]
    if not isinstance(scores, dict) or not all(isinstance(text, str) for text in texts):
        raise Invalid(BAD_JSON)
    if not all(isinstance(text, str) for pair in scores.items() for text in pair):
        raise Invalid(BAD_JSON)
    return _draft(scores, *texts)


def _draft(scores: Mapping[str, str], comment: str, note: str, known: str) -> Draft:
    return Draft(
        scores={code: nfc(text) for code, text in scores.items()},
        comment=nfc(comment),
        note=nfc(note),
        known=known,
    )
