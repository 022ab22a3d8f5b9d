"""What organizers' pages of the bank stand on: the blueprint, who looks, what to choose from."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, current_app

from contest.accounts import queries as people
from contest.accounts.models import Role
from contest.core import clock
from contest.core.storage import Storage
from contest.errors import N_
from contest.web import access
from contest.web.application import current_session
from contest.web.words import named, translate
from question_bank import ownership, queries
from question_bank.forms import browsing
from question_bank.models import PLATFORM, QuestionState
from question_bank.ownership import BankRow, Looker
from question_bank.queries import EVERYBODY
from question_bank.rules.given import QuestionType

bp = Blueprint("questions_admin", __name__, url_prefix="/banks")
ORGANIZERS = (Role.ORGANIZER, Role.ADMINISTRATOR)


def looker() -> Looker:
    """Return how the visitor looks into banks."""
    here = access.visitor()
    return Looker(here.paths(*ORGANIZERS), is_administrator=here.may(Role.ADMINISTRATOR))


def today() -> date:
    return clock.now().astimezone(current_app.extensions["settings"].timezone).date()


def storage() -> Storage:
    found: Storage = current_app.extensions["storage"]
    return found


def banks() -> list[BankRow]:
    """List the banks the visitor may read."""
    return ownership.banks(current_session(), looker())


def bank_choices(rows: list[BankRow]) -> list[tuple[str, str]]:
    return [(row.code, bank_name(row)) for row in rows]


def bank_name(row: Any) -> str:
    """Say a bank's name; the platform's is ours to translate."""
    return translate(row.name) if row.code == PLATFORM else str(row.name)


def topic_choices() -> list[tuple[str, str]]:
    return [(topic.code, named(topic)) for topic in queries.topics(current_session())]


def audience_choices() -> list[tuple[str, str]]:
    """List the audiences a question may be for, everybody first."""
    known = [(one.code, named(one)) for one in people.audiences(current_session())]
    names = dict(known)
    first = names.pop(EVERYBODY, None) or translate(EVERYBODY_NAME)
    return [(EVERYBODY, first), *names.items()]


EVERYBODY_NAME = N_("Mọi người")


@bp.app_template_filter("question_type")
def _type_in_words(value: str) -> str:
    return translate(browsing.TYPES[QuestionType(value)])


@bp.app_template_filter("level")
def _level_in_words(value: int | None) -> str:
    return translate(browsing.LEVELS[str(value)]) if str(value) in browsing.LEVELS else ""


@bp.app_template_filter("question_state")
def _state_in_words(value: str) -> str:
    return translate(browsing.STATES[QuestionState(value)])


@bp.app_template_filter("question_tone")
def _tone(value: str) -> str:
    return browsing.TONES[QuestionState(value)]


@bp.app_template_filter("audience_name")
def _audience_name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code)


bp.add_app_template_filter(bank_name, "bank_name")
bp.add_app_template_global(json.dumps, "to_json")
