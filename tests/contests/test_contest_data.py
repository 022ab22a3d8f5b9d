"""A contest as JSON and back, and stored rows as a spec."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories.contests import make_pool, make_topic
from factories.people import make_audience, make_unit
from sqlalchemy.orm import Session

from contest.config import ROOT
from contest.contests import contest_data, contest_file, queries, service, stored_spec
from contest.contests.specs import ContestSpec

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
FILES = [
    *(ROOT / "contest" / "data" / name for name in ("demo.toml", "demo_entries.toml")),
    *sorted((ROOT / "contest" / "data" / "kinds").glob("*.toml")),
]


def read(path: Path) -> ContestSpec:
    return contest_file.read(path.read_bytes(), zone=ZONE, now=NOW)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_spec_comes_back_from_json(path: Path) -> None:
    spec = read(path)
    data = json.loads(json.dumps(contest_data.as_data(spec)))
    assert contest_file.spec_of(contest_data.readable(data), zone=ZONE) == spec


def test_text_that_is_no_value_stays_text() -> None:
    data = {"rounds": [{"opens_at": "mai|8h", "points": "một", "wrong": "0.5", "name": "1"}]}
    assert contest_data.readable(data) == {
        "rounds": [{"opens_at": "mai|8h", "points": "một", "wrong": Decimal("0.5"), "name": "1"}]
    }


@pytest.mark.parametrize("name", ["weekly", "quiz-video"])
def test_a_stored_contest_is_the_spec_it_was_loaded_from(session: Session, name: str) -> None:
    make_unit(session, "15", "Tỉnh Lào Cai", "province")
    make_audience(session, "everybody")
    for code in ("devices", "internet", "public_services", "cashless", "official_information"):
        make_pool(session, make_topic(session, code), 8, difficulty=2)
    make_pool(session, make_topic(session, "scams"), 8, difficulty=2)
    spec = read(ROOT / "contest" / "data" / "kinds" / f"{name}.toml")
    service.load_contest(session, spec, by=None, now=NOW)
    session.expire_all()
    stored = queries.contest(session, spec.code)
    assert stored_spec.spec_of(session, stored, ZONE) == spec
    assert service.check(session, spec, now=NOW) == []
