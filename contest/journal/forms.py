"""What may come in about the log: what to look for."""

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields import SelectChoice

from contest.journal.queries import Filters
from contest.journal.sentences import GROUPS
from contest.web.forms import BaseForm, at_most, tidy
from contest.web.words import translate


class FiltersForm(BaseForm):
    """Read from the address: looking changes nothing."""

    class Meta(BaseForm.Meta):
        csrf = False

    q = StringField(_("Nội dung"), filters=[tidy], validators=[at_most(80)])
    who = StringField(_("Người làm"), filters=[tidy], validators=[at_most(80)])
    group = SelectField(_("Loại việc"), default="")
    contest = SelectField(_("Cuộc thi"), default="")
    since = StringField(_("Từ ngày"), filters=[tidy], validators=[at_most(10)])
    until = StringField(_("Đến ngày"), filters=[tidy], validators=[at_most(10)])

    def offer(self, contests: list[tuple[str, str]]) -> None:
        """Fill the lists one may choose from."""
        everything = SelectChoice("", gettext("Tất cả"))
        self.group.choices = [
            everything,
            *(SelectChoice(code, translate(name)) for code, name in GROUPS.items()),
        ]
        self.contest.choices = [everything, *(SelectChoice(*pair) for pair in contests)]

    def validate_since(self, field: StringField) -> None:
        if field.data and day_of(field.data) is None:
            raise ValidationError(_("Hãy ghi ngày dạng 23/11/2026."))

    def validate_until(self, field: StringField) -> None:
        self.validate_since(field)

    def to_filters(self) -> Filters:
        """Give what is looked for; a field that is wrong asks nothing."""
        errors = self.errors
        return Filters(
            text=(self.q.data or "")[:80],
            who=(self.who.data or "")[:80],
            group="" if "group" in errors else self.group.data or "",
            contest="" if "contest" in errors else self.contest.data or "",
            since=day_of(self.since.data or ""),
            until=day_of(self.until.data or ""),
        )


def day_of(text: str) -> date | None:
    """Read dd/mm/yyyy; None when it is none."""
    parts = text.replace("-", "/").replace(".", "/").split("/")
    try:
        day, month, year = (int(part) for part in parts)
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 2000 <= found.year < 9000 else None  # noqa: PLR2004 -- a day before or after
