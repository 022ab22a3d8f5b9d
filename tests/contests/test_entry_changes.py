"""What changes in the settings of a round of entries, in words, and what may change late."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories.contests import make_registration
from factories.entries import RUBRIC, entry_rules
from factories.people import make_account, make_audience, make_unit
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.config import ROOT
from contest.contests import contest_data, contest_file, entry_changes, queries, service
from contest.contests import stored_spec as stored
from contest.contests.models import Contest, RuleChange
from contest.contests.specs import ContestSpec
from contest.errors import Conflict
from contest.rules.entry_rules import EVERY, EntryKind
from contest.rules.rubric import Rubric

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)  # the round opens a day before NOW
FILE: Path = ROOT / "contest" / "data" / "demo_entries.toml"
VIDEO = entry_rules()


def stricter(rubric: Rubric) -> Rubric:
    first = replace(rubric.criteria[0], weight=Decimal(3))
    return Rubric((first, *rubric.criteria[1:]))


def translated(rubric: Rubric) -> Rubric:
    return Rubric(tuple(replace(each, name_en="New words", levels=()) for each in rubric.criteria))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"each": 2}, [("entries.each", "1", "2", True)]),
        ({"grace_s": 60}, [("entries.grace_s", "3600", "60", False)]),
        ({"least_seconds": 10}, [("entries.least_seconds", "0", "10", False)]),
        ({"takes_links": True}, [("entries.takes_links", "không", "có", True)]),
        ({"is_blind": False}, [("entries.is_blind", "có", "không", False)]),
        ({"judges_each": 2}, [("entries.judges_each", "3", "2", True)]),
        (
            {"kinds": (EntryKind.VIDEO, EntryKind.ESSAY)},
            [("entries.kinds", "Video", "Video, Bài viết", True)],
        ),
        ({"kinds": (EntryKind.ESSAY,)}, [("entries.kinds", "Video", "Bài viết", False)]),
        ({}, []),
    ],
)
def test_each_setting_is_said_and_weighed(
    facts: dict[str, Any], said: list[tuple[str, str, str, bool]]
) -> None:
    found = entry_changes.found(VIDEO.as_json(), replace(VIDEO, **facts).as_json())
    assert [(each.key, each.old, each.new, each.widens) for each in found] == said


def test_a_criterion_that_moves_takes_something_away() -> None:
    (found,) = entry_changes.found(
        VIDEO.as_json(), replace(VIDEO, rubrics={EVERY: stricter(RUBRIC)}).as_json()
    )
    assert (found.key, found.widens) == ("entries.rubrics", False)
    assert found.old.startswith("Nội dung đúng và có ích (hệ số 2, 0–10, bước 0,5, ")
    assert found.new.startswith("Nội dung đúng và có ích (hệ số 3, 0–10, bước 0,5, ")


def test_a_better_translation_is_no_change() -> None:
    one = replace(VIDEO, rubrics={EVERY: Rubric((replace(RUBRIC.criteria[1], levels=()),))})
    other = replace(VIDEO, rubrics={EVERY: translated(Rubric((RUBRIC.criteria[1],)))})
    assert one != other
    assert entry_changes.found(one.as_json(), other.as_json()) == []


def test_numbers_written_another_way_are_the_same() -> None:
    stored_rows = VIDEO.as_json()
    other = json.loads(json.dumps(stored_rows))
    other["rubrics"][EVERY][0]["weight"] = "2.00"
    assert entry_changes.found(stored_rows, other) == []


def test_every_setting_of_entries_has_a_name() -> None:
    keys = {f"entries.{key}" for key in VIDEO.as_json()}
    assert keys == entry_changes.LABELS.keys() - {"entries"}


@pytest.fixture
def spec(session: Session) -> ContestSpec:
    """A contest of entries, published, somebody registered."""
    unit = make_unit(session, "15", "Tỉnh Lào Cai", "province")
    make_audience(session, "pupils")
    make_audience(session, "everybody")
    found = contest_file.read(FILE.read_bytes(), zone=ZONE, now=NOW)
    contest = service.load_contest(session, found, by=None, now=BEFORE)
    account = make_account(session, unit)
    make_registration(session, contest, contest.divisions[1], account)
    session.commit()
    return found


def changed(spec: ContestSpec, **entries: Any) -> ContestSpec:
    data = json.loads(json.dumps(contest_data.as_data(spec)))
    data["rounds"][0]["entries"].update(entries)
    return contest_file.spec_of(contest_data.readable(data), zone=ZONE)


def test_before_its_round_opens_everything_of_entries_may_change(
    session: Session, spec: ContestSpec
) -> None:
    wanted = changed(spec, kinds=["essay"], judges_each=2)
    service.load_contest(session, wanted, by=None, now=BEFORE, reason="Theo góp ý.")
    (kept,) = session.scalars(select(RuleChange))
    assert kept.reason == "Theo góp ý."
    assert [(each["key"], each["old"], each["new"]) for each in kept.changes] == [
        ("entries.kinds", "Video, Bài viết", "Bài viết"),
        ("entries.judges_each", "3", "2"),
    ]
    found = queries.contest(session, spec.code)
    assert stored.spec_of(session, found, ZONE) == wanted


def test_once_open_only_what_takes_nothing_away_may_change(
    session: Session, spec: ContestSpec
) -> None:
    wanted = changed(spec, most_clip_mb=300, kinds=["video", "essay", "photo"])
    service.load_contest(session, wanted, by=None, now=NOW, reason="Máy mới quay nặng hơn.")
    (kept,) = session.scalars(select(RuleChange))
    assert [each["key"] for each in kept.changes] == ["entries.kinds", "entries.most_clip_mb"]
    with pytest.raises(Conflict) as caught:
        service.load_contest(
            session, changed(wanted, kinds=["video"], each=1), by=None, now=NOW, reason="-"
        )
    assert caught.value.facts["places"] == (
        "rounds.bai-du-thi.entries.each, rounds.bai-du-thi.entries.kinds"
    )


def test_a_round_stored_without_settings_is_readable_and_may_be_set_up(
    session: Session, spec: ContestSpec
) -> None:
    contest = session.scalars(select(Contest)).one()
    found = queries.contest(session, contest.code)
    found.rounds[0].entries = {}
    session.commit()
    found = queries.contest(session, contest.code)
    bare = stored.spec_of(session, found, ZONE)
    assert bare.rounds[0].entries is None
    assert bare.rounds[0].columns()["entries"] == {}
    assert "entries" not in contest_data.as_data(bare)["rounds"][0]
    service.load_contest(session, spec, by=None, now=NOW, reason="Chưa có tiêu chí.")
    (kept,) = session.scalars(select(RuleChange))
    assert [(each["key"], each["old"]) for each in kept.changes] == [("entries", "không")]
