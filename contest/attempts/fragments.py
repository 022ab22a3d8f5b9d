"""Blank questions as HTML, drawn once: at the opening minute thousands get the same ones."""

import json
import re
from dataclasses import replace
from typing import Any

from flask import current_app
from markupsafe import Markup

from contest.attempts.paper import ShownQuestion
from contest.core.cache import Cache
from contest.web.preferences import is_easy
from contest.web.words import language, marked
from question_bank.rules.given import QuestionType

MOST_KEPT = 20_000  # some 1 KB each
NUMBER = 739_184_652  # stands for the question's number in what is kept
OPEN, CLOSE = "\ufdd0", "\ufdd1"  # around the place of a text; no text may hold these characters
PLACE = re.compile(f"(?:{OPEN}([0-9]+){CLOSE}|{NUMBER})")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICES = frozenset({QuestionType.ONE, QuestionType.SEVERAL})

# What stands between the places; an int is a place: 0 the question's number, then its options, then
# its rights.
_Pieces = list[str | int]
Look = tuple[str, bool]  # language, easy mode

_kept: Cache[_Pieces] = Cache(size=MOST_KEPT, seconds=None)
_macros: Cache[Any] = Cache(size=8, seconds=None)


def choice(type_: str, no: int, at: int, text: str, *, is_chosen: bool) -> Markup:
    """Draw one option of a question; `text` is HTML already."""
    letter = LETTERS[at] if at < len(LETTERS) else at + 1
    checked = " checked" if is_chosen else ""
    return Markup(  # noqa: S704 -- our own numbers; the text was escaped
        f'<div class="choice"><input type="{type_}" id="q-{no}-{at}" name="q-{no}" value="{at}"'
        f'{checked}><label for="q-{no}-{at}"><span class="choice__letter">{letter}.</span>'
        f" <span>{text}</span></label></div>\n"
    )


def blank_question(one: ShownQuestion, total: int, *, is_hidden: bool) -> Markup:
    """Give a question nobody answered yet, and nothing was wrong with, as its template draws it."""
    return blank_in((language(), is_easy()), one, total, is_hidden=is_hidden)


def blank_in(look: Look, one: ShownQuestion, total: int, *, is_hidden: bool) -> Markup:
    """Give the same for who asked already which language and mode this visitor reads in."""
    question = one.question
    # A list box shows no marks of HTML: what it shows of a text is not what stands beside it.
    has_places = question.type in CHOICES or not question.is_html
    key = (question.version_id, look, total, is_hidden)
    pieces = _kept.get(
        key if has_places else (*key, one.options, one.rights),
        lambda: _draw(one, total, has_places=has_places, is_hidden=is_hidden),
    )
    places = [
        str(one.no),
        *[marked(text, question.is_html) for text in one.options],
        *[marked(text, question.is_html) for text in one.rights],
    ]
    return Markup(  # noqa: S704 -- ours, and texts that were escaped
        "".join([places[piece] if type(piece) is int else piece for piece in pieces])  # type: ignore[misc]
    )


def _module() -> Any:
    """Give the template's macros; a paper has a few questions of which no two are drawn alike."""
    template = current_app.jinja_env.get_template("attempts/_question.html")
    return template.make_module({"locale": language(), "easy": is_easy()})


def _draw(one: ShownQuestion, total: int, *, has_places: bool, is_hidden: bool) -> _Pieces:
    macros = _macros.get((language(), is_easy()), _module)
    drawn = replace(one, no=NUMBER)
    if has_places:
        marks = [f"{OPEN}{at}{CLOSE}" for at in range(1, 1 + len(one.options) + len(one.rights))]
        options = len(one.options)
        drawn = replace(drawn, options=tuple(marks[:options]), rights=tuple(marks[options:]))
    html: str = macros.question(drawn, total, json.dumps, None, {}, is_hidden)
    pieces: _Pieces = []
    at = 0
    for place in PLACE.finditer(html):
        pieces += [html[at : place.start()], int(place[1] or 0)]
        at = place.end()
    return [*pieces, html[at:]]
