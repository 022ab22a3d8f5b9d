"""What the pages show and send back unchanged is what the draft held."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from contest.contests import contest_data
from contest.drafts import kinds, reading
from contest.drafts.forms import typed
from contest.drafts.forms.registry import FORMS
from contest.drafts.forms.step import Scene, StepForm

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 6, 9, tzinfo=UTC)
TOPICS = ("devices", "internet", "public_services", "cashless", "official_information", "scams")
SCENE = Scene(
    units=(("15", "Tỉnh Lào Cai"),),
    audiences=(("everybody", "Mọi người"),),
    topics=tuple((code, code) for code in TOPICS),
)


def sent_back(app: Flask, form: type[StepForm], data: dict[str, Any]) -> dict[str, Any]:
    """Press save without touching anything."""
    with app.test_request_context():
        shown = form(data, SCENE, version=1)
        pairs = MultiDict()
        for field in everything(shown):
            if field.type == "BooleanField":
                if field.data:
                    pairs.add(field.name, "y")
            elif isinstance(field.data, list):
                pairs.setlist(field.name, field.data)
            else:
                pairs.add(field.name, field.data or "")
    with app.test_request_context(method="POST", data=pairs):
        return form(data, SCENE, version=1).put(data)


def everything(fields: Any) -> list[Any]:
    found = []
    for each in fields:
        if each.type == "FormField":
            found += everything(each.form)
        elif each.type == "FieldList":
            found += everything(each.entries)
        else:
            found.append(each)
    return found


@pytest.mark.parametrize("kind", sorted(kinds.CODES - {kinds.SCRATCH}))
@pytest.mark.parametrize("step", FORMS)
def test_saving_an_untouched_page_changes_nothing_of_what_is_read(
    app: Flask, step: str, kind: str
) -> None:
    data = kinds.data_of(kind, now=NOW, zone=ZONE)
    after = sent_back(app, FORMS[step], data)
    assert contest_data.as_data(reading.spec_of(after, ZONE)) == contest_data.as_data(
        reading.spec_of(data, ZONE)
    ) | {"code": after["code"]}


@pytest.mark.parametrize(
    ("day", "clock", "stored"),
    [
        ("07/12/2026", "16:00", "2026-12-07T16:00:00"),
        ("7.12.2026", "8h", "2026-12-07T08:00:00"),
        (" 7-12-2026 ", "8g05", "2026-12-07T08:05:00"),
        ("", "", None),
        ("32/12/2026", "16:00", "32/12/2026|16:00"),
        ("07/12/2026", "", "07/12/2026|"),
        ("07/12/2026", "25:00", "07/12/2026|25:00"),
        ("2026-12-07", "16:00", "2026-12-07|16:00"),
    ],
)
def test_moments_are_read_as_people_write_them(day: str, clock: str, stored: str | None) -> None:
    assert typed.moment(day, clock) == stored


def test_moments_come_back_as_typed() -> None:
    assert typed.said_moment("2026-12-07T16:00:00") == ("07/12/2026", "16:00")
    assert typed.said_moment("32/12/2026|16:00") == ("32/12/2026", "16:00")
    assert typed.said_moment(None) == ("", "")


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [("15", 900, "15"), ("7,5", 450, "7,5"), ("", None, ""), ("mười", "mười", "mười")],
)
def test_minutes_are_stored_as_seconds(text: str, seconds: Any, shown: str) -> None:
    assert typed.minutes(text) == seconds
    assert typed.said_minutes(seconds) == shown


@pytest.mark.parametrize(
    ("text", "share", "shown"),
    [("10", "0.1", "10"), ("12,5", "0.125", "12,5"), ("", None, ""), ("nhiều", "nhiều", "nhiều")],
)
def test_percentages_are_stored_as_shares(text: str, share: str | None, shown: str) -> None:
    assert typed.percent(text) == share
    assert typed.said_percent(share) == shown


def test_whole_numbers_too_long_for_us_stay_text() -> None:
    assert [typed.whole(text) for text in ("12", " 3 ", "", "1234567890", "٣", "-1")] == [
        12,
        3,
        None,
        "1234567890",
        "٣",
        "-1",
    ]


def test_decimals_take_a_comma() -> None:
    assert (typed.decimal("0,5"), typed.said_decimal("0.50")) == ("0.5", "0,5")
    assert (typed.decimal(""), typed.said_decimal("NaN")) == (None, "NaN")
