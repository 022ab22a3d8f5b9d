"""The steps of a round of entries: what is typed, taken ready-made, refused, and published."""

from __future__ import annotations

import re
from typing import Any

import pytest
from factories.drafts import make_draft
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.core import db
from contest.drafts import places, rows, rubrics
from contest.drafts.models import Draft
from contest.errors import Conflict
from contest.rules.entry_rules import EVERY, EntryKind

ROUND = {
    "code": "video",
    "name": "Video dự thi",
    "kind": "entries",
    "opens_at": "2099-12-07T08:00:00",
    "closes_at": "2099-12-21T17:00:00",
}
QUIZ = {"code": "tuan-1", "name": "Tuần 1"}
SHOWN = {
    "each": "2",
    "most_members": "0",
    "most_minutes": "3",
    "least_minutes": "0,5",
    "most_clip_mb": "200",
    "most_pictures": "1",
    "most_file_mb": "20",
    "most_characters": "10000",
    "grace": "60",
    "judges_each": "3",
    "blind": "y",
    "gallery": "y",
    "vote": "day",
    "vote_share": "10",
    "vote_days": "7",
}


def stored(code: str) -> dict[str, Any]:
    with db.reading_session() as reading:
        row = reading.scalars(select(Draft).where(Draft.code == code)).one()
        return dict(row.data)


def of(draft: Draft) -> dict[str, Any]:
    found: dict[str, Any] = stored(draft.code)["rounds"][0]["entries"]
    return found


@pytest.fixture
def draft(session: Session, place: Any) -> Draft:
    made = make_draft(session, place.ward, place.account, data={"rounds": [dict(ROUND)]})
    session.commit()
    return made


def send(desk: FlaskClient, draft: Draft, step: str, **fields: Any) -> Any:
    page = desk.get(f"/desk/{draft.code}/{step}").text
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found is not None
    return desk.post(f"/desk/{draft.code}/{step}", data={"version": found[1], **fields})


def test_only_drafts_with_entries_have_their_steps() -> None:
    names = {
        key: [step for step, _ in places.steps_of({"rounds": rounds})]
        for key, rounds in {
            "none": [],
            "quiz": [QUIZ],
            "entries": [ROUND],
            "both": [QUIZ, ROUND],
        }.items()
    }
    every = [step for step, _ in places.STEPS]
    quiz = [step for step in every if step not in {"entries", "criteria"}]
    entries = [step for step in every if step not in {"paper", "guess"}]
    assert names == {"none": quiz, "quiz": quiz, "entries": entries, "both": every}


def test_what_is_typed_is_kept_and_published(
    desk: FlaskClient, session: Session, draft: Draft
) -> None:
    sent = send(desk, draft, "entries", kinds=["video", "essay"], do="save", **SHOWN)
    assert sent.headers["Location"] == f"/desk/{draft.code}/criteria"
    send(desk, draft, "criteria", do="ready-criteria-video")
    assert desk.get(f"/desk/{draft.code}/check").status_code == 200
    version = stored_version(draft.code)
    published = desk.post(f"/desk/{draft.code}/publish", data={"version": version})
    assert published.status_code == 303
    rules = session.scalars(select(Round)).one().entry_rules()
    assert rules is not None
    assert rules.kinds == (EntryKind.VIDEO, EntryKind.ESSAY)
    assert (rules.each, rules.most_seconds, rules.least_seconds) == (2, 180, 30)
    assert (rules.grace_s, rules.is_gallery, rules.takes_links) == (3600, True, False)
    assert rules.vote is not None
    assert (str(rules.vote.share), rules.vote.days) == ("10", 7)
    assert [each.code for each in rules.rubrics[EVERY].criteria] == [
        "content",
        "story",
        "form",
        "spread",
    ]


def stored_version(code: str) -> int:
    with db.reading_session() as reading:
        return reading.scalars(select(Draft.version).where(Draft.code == code)).one()


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({"kinds": []}, "kinds"),
        ({"each": "0"}, "each"),
        ({"each": "hai"}, "each"),
        ({"most_minutes": "61"}, "most_minutes"),
        ({"least_minutes": "4"}, "least_minutes"),
        ({"grace": "mai"}, "grace"),
        ({"vote_share": "31"}, "vote_share"),
        ({"vote_days": "91"}, "vote_days"),
        ({"judges_each": "10"}, "judges_each"),
        ({"most_characters": "10"}, "most_characters"),
    ],
)
def test_a_slip_is_named_at_its_field(
    desk: FlaskClient, draft: Draft, fields: dict[str, Any], anchor: str
) -> None:
    typed = {"kinds": ["video"], **SHOWN, **fields}
    sent = send(desk, draft, "entries", do="save", **typed)
    page = desk.get(sent.headers["Location"]).text
    assert re.findall(r'<li><a href="#([^"]+)">', page) == [anchor]
    assert page.count(f'id="{anchor}"') == 1
    assert page.count(f'id="{anchor}-error"') == 1


CRITERION = {
    "criteria-0-was": "",
    "criteria-0-name": "Nội dung",
    "criteria-0-weight": "2",
    "criteria-0-most": "10",
    "criteria-0-step": "0,5",
    "criteria-0-levels-0-points": "4",
    "criteria-0-levels-0-text": "Còn sai.",
    "criteria-0-levels-1-points": "",
    "criteria-0-levels-1-text": "",
}


def test_rows_of_criteria_are_typed_added_moved_and_taken_away(
    desk: FlaskClient, draft: Draft
) -> None:
    send(desk, draft, "entries", kinds=["video"], do="save", **SHOWN)
    send(desk, draft, "criteria", do="add-criteria", **CRITERION)
    first = {
        "code": "noi_dung",
        "name": "Nội dung",
        "weight": "2",
        "most": "10",
        "step": "0.5",
        "levels": [{"points": "4", "text": "Còn sai."}],
    }
    assert of(draft)["criteria"] == [first, {}]
    again = {**CRITERION, "criteria-0-was": "0", "criteria-1-was": "1", "criteria-1-name": "Đẹp"}
    send(desk, draft, "criteria", do="up-criteria-1", **again)
    assert [each["code"] for each in of(draft)["criteria"]] == ["dep", "noi_dung"]
    back = {"criteria-0-was": "0", "criteria-0-name": "Đẹp lắm"}
    send(desk, draft, "criteria", do="remove-criteria-1", **back)
    assert [(each["code"], each["name"]) for each in of(draft)["criteria"]] == [("dep", "Đẹp lắm")]


@pytest.mark.parametrize(
    ("fields", "anchor"),
    [
        ({"criteria-0-name": ""}, "criteria-0-name"),
        ({"criteria-0-weight": "0"}, "criteria-0-weight"),
        ({"criteria-0-step": "3"}, "criteria-0-step"),
        ({"criteria-0-most": "x"}, "criteria-0-most"),
        ({"criteria-0-levels-0-points": "11"}, "criteria-0-levels-0-points"),
        ({"criteria-0-levels-0-text": ""}, "criteria-0-levels-0-text"),
    ],
)
def test_a_slip_in_a_criterion_is_named_at_its_field(
    desk: FlaskClient, draft: Draft, fields: dict[str, str], anchor: str
) -> None:
    send(desk, draft, "entries", kinds=["video"], do="save", **SHOWN)
    sent = send(desk, draft, "criteria", do="save", **{**CRITERION, **fields})
    page = desk.get(sent.headers["Location"]).text
    assert re.findall(r'<li><a href="#([^"]+)">', page) == [anchor]
    assert page.count(f'id="{anchor}-error"') == 1


def test_the_check_asks_for_criteria_and_leads_to_them(desk: FlaskClient, draft: Draft) -> None:
    page = desk.get(f"/desk/{draft.code}/check").text
    assert "Hãy nêu các tiêu chí chấm: thể lệ phải công bố trước khi nhận bài." in page
    assert f"/desk/{draft.code}/criteria?check=1&amp;round=1#add-criteria" in page
    assert f"/desk/{draft.code}/entries?check=1&amp;round=1#kinds" in page
    assert desk.get(f"/desk/{draft.code}/criteria").text.count('id="add-criteria"') == 1


@pytest.mark.parametrize("kind", sorted(rubrics.kinds("criteria")))
def test_ready_made_criteria_are_whole_in_both_languages(
    desk: FlaskClient, draft: Draft, kind: str
) -> None:
    send(desk, draft, "entries", kinds=[kind], do="save", **SHOWN)
    send(desk, draft, "criteria", do=f"ready-criteria-{kind}")
    page = desk.get(f"/desk/{draft.code}/check").text
    assert "Không còn gì phải sửa" in page
    for each in of(draft)["criteria"]:
        assert {"name", "name_en", "about", "about_en", "weight", "levels"} <= each.keys()
        assert [level.keys() for level in each["levels"]] == [
            {"points", "text", "text_en"} for _ in range(3)
        ]


def test_a_practical_task_has_a_ready_made_checklist(desk: FlaskClient, draft: Draft) -> None:
    send(desk, draft, "entries", kinds=["practical"], do="save", **SHOWN)
    send(desk, draft, "criteria", do="ready-checklist-practical")
    assert len(of(draft)["checklist"]) == 6
    assert "Không còn gì phải sửa" in desk.get(f"/desk/{draft.code}/check").text
    assert rubrics.kinds("criteria") | {"practical"} == {kind.value for kind in EntryKind}


def test_taking_ready_made_criteria_twice_adds_nothing() -> None:
    data = {"rounds": [{**ROUND, "entries": {"criteria": [{}, {"name": "Của tôi"}]}}]}
    once = rows.after(data, "criteria", "ready-criteria-video", round_at=0)
    names = [each["name"] for each in once["rounds"][0]["entries"]["criteria"]]
    assert names[0] == "Của tôi"
    assert len(names) == 5
    assert rows.after(once, "criteria", "ready-criteria-video", round_at=0) == once


def test_there_is_an_end_to_rows() -> None:
    data = {"rounds": [{**ROUND, "entries": {"criteria": [{} for _ in range(30)]}}]}
    with pytest.raises(Conflict):
        rows.after(data, "criteria", "add-criteria", round_at=0)


def test_words_that_are_no_button_change_nothing() -> None:
    data = {"rounds": [dict(ROUND)]}
    for act in ("add", "remove-criteria-x", "up-0", "ready-criteria", "weeks"):
        assert rows.after(data, "criteria", act, round_at=0)["rounds"][0].get("entries", {}) in (
            {},
            {"criteria": []},
        )
    assert rows.after(data, "criteria", "add-criteria", round_at=7) == data
    assert rows.after(data, "about", "add", round_at=0) == data


def test_criteria_follow_a_division_whose_name_changes(
    desk: FlaskClient, session: Session, place: Any
) -> None:
    entries = {"kinds": ["video"], "criteria": [{"name": "A", "divisions": ["moi-nguoi"]}]}
    made = make_draft(
        session, place.ward, place.account, data={"rounds": [{**ROUND, "entries": entries}]}
    )
    session.commit()
    fields = {
        "divisions-0-was": "0",
        "divisions-0-name": "Học sinh",
        "divisions-0-audience": "everybody",
    }
    send(desk, made, "divisions", do="save", **fields)
    assert of(made)["criteria"][0]["divisions"] == ["hoc-sinh"]
