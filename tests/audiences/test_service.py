"""Audiences from a file: strict, all or nothing, and the operator's own stay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.audiences import service
from contest.audiences.models import Audience
from contest.config import ROOT
from contest.errors import Invalid

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
SHIPPED = (ROOT / "contest/data/audiences.toml").read_bytes()
ONE = """
[[audience]]
code = "{code}"
name = "{name}"
name_en = "Farmers"
description = "Dành cho bà con nông dân."
description_en = "For farmers."
[audience.rules]
trades = ["farmer"]
"""


def one(code: str, name: str = "Nông dân") -> str:
    return ONE.format(code=code, name=name)


def load(session: Session, text: str | bytes, **how: Any) -> service.Loaded:
    data = text if isinstance(text, bytes) else text.encode()
    return service.load(session, data, now=NOW, **how)


def names(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(Audience.code, Audience.name).order_by(Audience.position))
    return [(code, name) for code, name in rows]


def test_new_ones_come_last_and_known_ones_change_in_their_place(session: Session) -> None:
    assert load(session, SHIPPED) == service.Loaded(7, 7)
    before = names(session)
    text = one(before[2][0], "Hội viên") + one("farmers")
    assert load(session, text) == service.Loaded(2, 1)
    expected = [*before, ("farmers", "Nông dân")]
    expected[2] = (before[2][0], "Hội viên")
    assert names(session) == expected
    farmers = session.scalars(select(Audience).where(Audience.code == "farmers")).one()
    assert farmers.rules["trades"] == ["farmer"]
    positions = session.scalars(select(Audience.position).order_by(Audience.position)).all()
    assert positions == list(range(1, 9))


def test_the_order_of_the_file_is_kept(session: Session) -> None:
    load(session, one("a") + one("b") + one("c"))
    load(session, one("c") + one("new") + one("a"))
    assert [code for code, _ in names(session)] == ["c", "b", "new", "a"]


def test_what_the_operator_changed_is_not_written_over(session: Session) -> None:
    load(session, one("elderly", "Các cụ"))
    assert load(session, SHIPPED, only_new=True) == service.Loaded(7, 6)
    assert names(session)[0] == ("elderly", "Các cụ")
    assert load(session, SHIPPED, only_new=True) == service.Loaded(7, 0)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", {"audience"}),
        ('audience = "x"', {"audience"}),
        ("audience = [1]", {"audience"}),
        ('units = 5\n[[audience]]\ncode = "a"', {"units", *(f"1.{key}" for key in service.FIELDS)}),
        (one("a") + "age_form = 60", {"1.rules.age_form"}),
        (one("a") + "age_from = true", {"1.rules.age_from"}),
        (one("a").replace("name_en", "nam_en"), {"1.name_en", "1.nam_en"}),
        (one("a").replace("[audience.rules]", "rules = 1\n[audience.rule]"), {"1.rules", "1.rule"}),
        (one("a", " "), {"1.name"}),
        (one("a", "n" * 121), {"1.name"}),
        (one("Nông dân"), {"1.code"}),
        (one("a") + one("b") + one("a"), {"3.code"}),
    ],
)
def test_everything_wrong_is_named_and_nothing_is_written(
    session: Session, text: str, places: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        load(session, text)
    assert set(caught.value.problems) == places
    assert all(str(problem) for problem in caught.value.problems.values())
    assert names(session) == []


@pytest.mark.parametrize("data", [b"\xff", b"[[audience]"])
def test_what_is_no_such_file_is_refused(session: Session, data: bytes) -> None:
    with pytest.raises(Invalid):
        load(session, data)
