"""What may come in about votes: which cluster to strike, and why."""

from datetime import UTC, datetime, timedelta

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired

from contest.errors import N_, Invalid
from contest.rules.voting import Burst
from contest.votes.service import OfBurst, OfDevice
from contest.web.forms import BaseForm, at_most, tidy

LONGEST = 500  # characters of a reason
NO_CLUSTER = N_("Không rõ cần loại nhóm phiếu nào. Hãy quay lại trang bình chọn rồi chọn lại.")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST = 10**17  # microseconds since 1970: beyond the year 5000


class StrikeForm(BaseForm):
    cluster = HiddenField(filters=[tidy], validators=[at_most(120)])
    reason = TextAreaField(
        _("Lý do loại các phiếu này"),
        filters=[tidy],
        validators=[DataRequired(_("Hãy ghi lý do.")), at_most(LONGEST)],
    )


def named(burst: Burst, entry: str) -> str:
    """Name a burst in an address: its entry and both moments in microseconds since 1970."""
    return f"burst.{entry}.{_micro(burst.since)}.{_micro(burst.until)}"


def _micro(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def cluster(text: str) -> OfBurst | OfDevice:
    """Read what names a cluster; Invalid for anything else."""
    kind, *parts = text.split(".")
    if kind == "device" and len(parts) == 1 and parts[0]:
        return OfDevice(parts[0])
    if kind == "burst" and len(parts) == 3 and all(_is_moment(each) for each in parts[1:]):  # noqa: PLR2004
        since, until = (EPOCH + int(each) * MICROSECOND for each in parts[1:])
        return OfBurst(parts[0], since, until)
    raise Invalid(NO_CLUSTER)


def _is_moment(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 17 and int(text) < LATEST  # noqa: PLR2004
