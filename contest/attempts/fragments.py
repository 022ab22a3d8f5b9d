"""Blank questions as HTML, drawn once: at the opening minute thousands get the same ones."""

import json
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
OPTION = "\ufdd0"  # stands for its options; no text may hold this character
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOICES = {QuestionType.ONE: "radio", QuestionType.SEVERAL: "checkbox"}

# What stands before, between and after the places of a question's number; the options' place is
# between the two halves.
_Pieces = tuple[list[str], list[str]]
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
    shown = (one.question.version_id, look, total, is_hidden)
    type_ = CHOICES.get(one.question.type, "")
    key = shown if type_ else (*shown, one.options, one.rights)
    before, after = _kept.get(key, lambda: _draw(one, total, type_, is_hidden=is_hidden))
    no = str(one.no)
    options = [
        choice(type_, one.no, at, marked(one.options[at], one.question.is_html), is_chosen=False)
        for at in range(len(one.options) if type_ else 0)
    ]
    return Markup(no.join(before) + "".join(options) + no.join(after))  # noqa: S704 -- ours


def _module() -> Any:
    """Give the template's macros; a paper has a few questions of which no two are drawn alike."""
    template = current_app.jinja_env.get_template("attempts/_question.html")
    return template.make_module({"locale": language(), "easy": is_easy()})


def _draw(one: ShownQuestion, total: int, type_: str, *, is_hidden: bool) -> _Pieces:
    macros = _macros.get((language(), is_easy()), _module)
    drawn = replace(one, no=NUMBER, options=(OPTION,) if type_ else one.options)
    html: str = macros.question(drawn, total, json.dumps, None, {}, is_hidden)
    place = choice(type_, NUMBER, 0, OPTION, is_chosen=False) if type_ else OPTION
    before, _, after = html.partition(place)
    return before.split(str(NUMBER)), after.split(str(NUMBER))
