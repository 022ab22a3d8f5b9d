"""What every step's form is: filled from a draft's data, and put back into it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wtforms import Field, FieldList, Form, FormField, HiddenField
from wtforms.fields import SelectChoice

from contest.contests.specs import RoundKind
from contest.web.forms import BaseForm, Sentences

Pair = tuple[str, str]
ALL = "all"
ONE = "one"


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands around a draft: choices by code, the round in hand, the questions at hand."""

    units: tuple[Pair, ...] = ()
    audiences: tuple[Pair, ...] = ()
    topics: tuple[Pair, ...] = ()
    round_at: int = 0
    is_edit: bool = False
    pool: dict[Pair, int] = field(default_factory=dict)  # (topic, level), "" for any


class Row(Form):  # type: ignore[misc]  # WTForms is untyped
    """One row of a list."""

    class Meta:
        def get_translations(self, _form: Form) -> Sentences:
            return Sentences()


class StepForm(BaseForm):
    """`filled` and `put` mirror each other; nothing is refused here, the reader judges.

    Every step writes both: they are abstract, though WTForms' own metaclass leaves no room for ABC.
    """

    version = HiddenField()

    def __init__(
        self, data: dict[str, Any], scene: Scene, *, version: int, is_sent: bool = True
    ) -> None:
        filled = {**self.filled(data, scene), "version": str(version)}
        super().__init__(data=filled, **({} if is_sent else {"formdata": None}))
        self.scene = scene
        self.prepare(data, scene)

    @classmethod
    def shown(cls, data: dict[str, Any], scene: Scene) -> dict[str, str]:
        """Give what the page of stored data shows in each field, by the field's id."""
        form = cls(data, scene, version=0, is_sent=False)
        return {field.id: said(field) for field in form.every()}

    @classmethod
    def filled(cls, data: dict[str, Any], scene: Scene) -> dict[str, Any]:
        """Give what the fields show."""
        raise NotImplementedError

    def prepare(self, data: dict[str, Any], scene: Scene) -> None:
        """Give choices to the fields that need them."""

    def put(self, data: dict[str, Any]) -> dict[str, Any]:
        """Give the data with what was typed."""
        raise NotImplementedError

    def based_on(self) -> int:
        """Give the version of the draft the page showed; nonsense is none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0  # noqa: PLR2004

    def every(self) -> Iterator[Field]:
        """Yield each field people fill in, those of rows too, in their order."""
        yield from _within(self)


def said(field: Field) -> str:
    """Give what stands in a field, in words."""
    if isinstance(field.data, bool):
        return "✓" if field.data else "–"
    choices = {each.value: str(each.label) for each in getattr(field, "choices", None) or ()}
    if isinstance(field.data, list):
        return ", ".join(choices.get(str(each), str(each)) for each in field.data)
    text = str(field.data or "")
    return choices.get(text, text)


def options(*pairs: tuple[str, Any]) -> list[SelectChoice]:
    """Make choices of values and their words."""
    return [SelectChoice(str(value), words) for value, words in pairs]


def _within(fields: Any) -> Iterator[Field]:
    for each in fields:
        if isinstance(each, FormField):
            yield from _within(each.form)
        elif isinstance(each, FieldList):
            yield from _within(each.entries)
        elif not isinstance(each, HiddenField):
            yield each


def quizzes(data: dict[str, Any]) -> list[int]:
    """Give the positions of the rounds that are sat."""
    return [at for at, each in enumerate(data["rounds"]) if each.get("kind") != RoundKind.ENTRIES]


def sent(data: dict[str, Any]) -> list[int]:
    """Give the positions of the rounds that entries are sent in."""
    return [at for at, each in enumerate(data["rounds"]) if each.get("kind") == RoundKind.ENTRIES]


def base(rows: list[dict[str, Any]], was: str | None) -> dict[str, Any]:
    """Give a copy of the stored row a typed one was, an empty one for a new one."""
    text = was or ""
    is_there = text.isascii() and text.isdigit() and len(text) <= 4 and int(text) < len(rows)  # noqa: PLR2004
    return dict(rows[int(text)]) if is_there else {}


def targets(
    data: dict[str, Any], scene: Scene, applies: str | None, *, practice: bool
) -> list[int]:
    """Give the positions of the rounds a page's settings are for.

    The round in hand alone, or with it all that are sat; practice rounds only where `practice`.
    """
    if scene.round_at >= len(data["rounds"]):
        return []
    if applies != ALL:
        return [scene.round_at]
    others = [at for at in quizzes(data) if practice or not data["rounds"][at].get("is_practice")]
    return sorted({scene.round_at, *others})


def in_hand(data: dict[str, Any], scene: Scene) -> dict[str, Any]:
    """Give the round in hand, an empty one when there is none."""
    rounds = data["rounds"]
    found: dict[str, Any] = rounds[scene.round_at] if scene.round_at < len(rounds) else {}
    return found


def applies_to_all(
    data: dict[str, Any], scene: Scene, keys: tuple[str, ...], *, practice: bool
) -> str:
    """Say ALL while all rounds concerned have these settings alike, ONE once they differ."""
    rounds = [data["rounds"][at] for at in targets(data, scene, ALL, practice=practice)]
    kinds = {repr([each.get(key) for key in keys]) for each in rounds}
    return ALL if len(kinds) <= 1 else ONE
