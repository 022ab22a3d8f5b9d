"""Drafts: beginning, saving, rows, copying, publishing, on real databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories.contests import OPENING, make_registration
from factories.drafts import make_draft
from factories.people import make_account, make_grant
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Role
from contest.contests import queries as contests
from contest.contests.models import Contest
from contest.core.audit import AuditEntry
from contest.drafts import kinds, queries, reading, service
from contest.drafts.models import Draft
from contest.errors import Conflict, Invalid, NotAllowed, NotFound

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = OPENING - timedelta(days=10)  # Friday, 16:00 local


def acts(session: Session) -> list[tuple[str, str]]:
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.act, each.subject) for each in entries]


def publish(session: Session, place: Any, draft: Draft, **facts: Any) -> Contest:
    values: dict[str, Any] = {"version": draft.version, "reason": "", "now": NOW, **facts}
    return service.publish(session, draft.code, by=place.by, zone=ZONE, **values)


def save(session: Session, place: Any, draft: Draft, **typed: Any) -> Draft:
    return service.save(
        session,
        draft.code,
        version=draft.version,
        change=lambda data: {**data, **typed},
        next_step="divisions",
        by=place.by,
        now=NOW,
    )


def told(problems: Any) -> dict[str, str]:
    return {spot: str(problem) for spot, problem in problems.items()}


@pytest.mark.parametrize("kind", sorted(kinds.CODES - {kinds.SCRATCH}))
def test_a_ready_made_kind_can_be_read_and_opens_next_monday(kind: str) -> None:
    data = kinds.data_of(kind, now=NOW, zone=ZONE)
    spec = reading.spec_of(data, ZONE)
    assert min(each.opens_at for each in spec.rounds) == datetime(2026, 11, 9, 8, tzinfo=ZONE)


def test_monday_itself_waits_for_the_next_one() -> None:
    monday = datetime(2026, 11, 9, 7, tzinfo=ZONE)
    assert kinds.next_monday(monday, ZONE) == datetime(2026, 11, 16, 8, tzinfo=ZONE)
    sunday = datetime(2026, 11, 8, 23, tzinfo=ZONE)
    assert kinds.next_monday(sunday, ZONE) == datetime(2026, 11, 9, 8, tzinfo=ZONE)


def test_a_draft_begins_with_its_kind_its_title_and_a_free_code(
    session: Session, place: Any
) -> None:
    publish(session, place, make_draft(session, place.ward, place.account))
    draft = service.create(
        session, kind="scratch", title="An toàn", unit="02647", by=place.by, now=NOW, zone=ZONE
    )
    assert draft.data == {
        "divisions": [],
        "rounds": [],
        "title": "An toàn",
        "unit": "02647",
        "code": "an-toan-2",
    }
    assert (draft.unit_id, draft.version, draft.step) == (place.ward.id, 1, "about")
    assert acts(session)[-1] == ("draft.create", f"draft:{draft.code}")


def test_a_draft_needs_a_kind_and_a_title(session: Session, place: Any) -> None:
    with pytest.raises(Invalid) as caught:
        service.create(
            session, kind="none", title=" ", unit="02647", by=place.by, now=NOW, zone=ZONE
        )
    assert set(caught.value.problems) == {"kind", "title"}


def test_a_unit_outside_ones_own_part_is_refused(session: Session, place: Any) -> None:
    with pytest.raises(NotAllowed):
        service.create(
            session, kind="weekly", title="Thi", unit="02650", by=place.by, now=NOW, zone=ZONE
        )
    draft = make_draft(session, place.ward, place.account)
    with pytest.raises(NotAllowed):
        save(session, place, draft, unit="15")


def test_saving_counts_versions_and_the_second_of_two_tabs_is_refused(
    session: Session, place: Any
) -> None:
    draft = make_draft(session, place.ward, place.account)
    save(session, place, draft, title="Tên mới")
    assert (draft.version, draft.title, draft.step) == (2, "Tên mới", "divisions")
    with pytest.raises(service.Stale) as caught:
        service.save(
            session,
            draft.code,
            version=1,
            change=lambda data: {**data, "title": "Tên khác"},
            next_step="divisions",
            by=place.by,
            now=NOW,
        )
    assert caught.value.draft.data["title"] == "Tên mới"
    with pytest.raises(service.Stale):
        publish(session, place, draft, version=1)


def test_rows_are_added_raised_and_removed() -> None:
    data = {"divisions": [{"name": "A"}, {"name": "B"}], "rounds": []}
    assert service.added(data, "divisions")["divisions"] == [{"name": "A"}, {"name": "B"}, {}]
    assert service.raised(data, "divisions", 1)["divisions"] == [{"name": "B"}, {"name": "A"}]
    assert service.raised(data, "divisions", 0) == data
    assert service.raised(data, "divisions", 9) == data
    assert service.removed(data, "divisions", 0)["divisions"] == [{"name": "B"}]
    full = {"divisions": [{}] * 20, "rounds": []}
    with pytest.raises(Conflict):
        service.added(full, "divisions")


def a_round(name: str, opens: str, closes: str, **facts: Any) -> dict[str, Any]:
    return {"code": "x", "name": name, "opens_at": opens, "closes_at": closes, **facts}


def test_a_new_round_begins_with_the_settings_of_the_last_quiz() -> None:
    rounds = [
        a_round(
            "Tuần 1", "2026-11-16T08:00:00", "2026-11-22T20:00:00", tries_day=2, plan=[{"count": 3}]
        )
    ]
    assert service.added({"rounds": rounds}, "rounds")["rounds"][1] == {
        "tries_day": 2,
        "plan": [{"count": 3}],
    }


def test_a_copied_round_comes_a_week_later_under_the_next_free_name() -> None:
    first = a_round(
        "Tuần 1", "2026-11-16T08:00:00", "2026-11-22T20:00:00", tries_day=2, weight="50"
    )
    second = a_round("Tuần 2", "2026-11-23T08:00:00", "2026-11-29T20:00:00")
    found = service.copied({"rounds": [first, second]}, 0)["rounds"]
    assert [each["name"] for each in found] == ["Tuần 1", "Tuần 3", "Tuần 2"]
    assert found[1] == {
        "name": "Tuần 3",
        "opens_at": "2026-11-23T08:00:00",
        "closes_at": "2026-11-29T20:00:00",
        "tries_day": 2,
    }
    assert service.copied({"rounds": [first]}, 5) == {"rounds": [first]}
    alone = a_round("Chung kết", "sai|giờ", "2026-11-22T20:00:00")
    copy = service.copied({"rounds": [alone]}, 0)["rounds"][1]
    assert (copy["name"], copy["opens_at"]) == ("Chung kết 2", "sai|giờ")


def test_three_more_weeks_follow_the_last_round_that_counts() -> None:
    first = a_round("Tuần 1", "2026-11-16T08:00:00", "2026-11-22T20:00:00")
    practice = a_round("Thi thử", "2026-11-09T08:00:00", "2026-11-15T08:00:00", is_practice=True)
    found = service.more_weeks({"rounds": [first, practice]})["rounds"]
    assert [(each["name"], each["opens_at"]) for each in found[2:]] == [
        ("Tuần 2", "2026-11-23T08:00:00"),
        ("Tuần 3", "2026-11-30T08:00:00"),
        ("Tuần 4", "2026-12-07T08:00:00"),
    ]
    assert service.more_weeks({"rounds": []})["rounds"] == [{}]


def test_a_whole_draft_is_published_and_gone(session: Session, place: Any) -> None:
    draft = make_draft(session, place.ward, place.account)
    contest = publish(session, place, draft)
    found = contests.contest(session, "an-toan")
    assert (found.id, found.title, found.unit_id) == (
        contest.id,
        "An toàn trên mạng",
        place.ward.id,
    )
    assert [each.opens_at for each in found.rounds] == [OPENING]
    assert session.scalars(select(Draft)).all() == []
    assert acts(session) == [
        ("contests.load", "contest:an-toan"),
        ("contest.publish", "contest:an-toan"),
    ]
    assert contests.changes_of(session, contest.id) == []


PAST = [
    {
        "code": "tuan-1",
        "name": "Tuần 1",
        "opens_at": "2026-10-01T08:00:00",
        "closes_at": "2026-10-02T08:00:00",
        "plan": [{"count": 3}],
    }
]
SHORT = [
    {
        **PAST[0],
        "opens_at": "2026-11-16T08:00:00",
        "closes_at": "2026-11-17T08:00:00",
        "plan": [{"topic": "devices", "difficulty": 1, "count": 5}],
    }
]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"title": None}, {"title": "Thiếu mục này."}),
        ({"divisions": []}, {"divisions": "Cần ít nhất một phần [[divisions]]."}),
        (
            {"divisions": [{"code": "ai", "name": "Ai"}]},
            {"divisions.ai.audience": "Thiếu mục này."},
        ),
        (
            {"divisions": [{"code": "ai", "name": "Ai", "audience": "nobody"}]},
            {"divisions.ai.audience": "Không có đối tượng nào mang mã “nobody”."},
        ),
        (
            {"rounds": PAST},
            {"rounds.tuan-1.closes_at": "Giờ đóng của đợt này đã qua rồi. Hãy chọn ngày sắp tới."},
        ),
        (
            {"rounds": SHORT},
            {
                "rounds.tuan-1.plan.1.moi-nguoi": "Đợt “Tuần 1”, bảng “Mọi người”, chủ đề "
                "“devices”, độ khó 1: cần 5 câu, chỉ có 4 câu."
            },
        ),
    ],
)
def test_nothing_impossible_is_published(
    session: Session, place: Any, data: dict[str, Any], expected: dict[str, str]
) -> None:
    draft = make_draft(session, place.ward, place.account, data=data)
    found, changes = service.problems(session, draft, by=place.by, now=NOW, zone=ZONE)
    assert (told(found), changes) == (expected, [])
    with pytest.raises(Invalid) as caught:
        publish(session, place, draft)
    assert told(caught.value.problems) == expected
    assert session.scalars(select(Contest)).all() == []


def test_a_code_in_use_and_a_foreign_unit_are_named(session: Session, place: Any) -> None:
    publish(session, place, make_draft(session, place.ward, place.account))
    draft = make_draft(session, place.ward, place.account)
    found, _changes = service.problems(session, draft, by=place.by, now=NOW, zone=ZONE)
    assert told(found) == {"code": "Mã này đã có cuộc thi khác dùng. Hãy đổi mã."}
    foreign = make_draft(session, place.ward, place.account, data={"code": "khac", "unit": "15"})
    found, _changes = service.problems(session, foreign, by=place.by, now=NOW, zone=ZONE)
    assert told(found) == {"unit": "Đơn vị này nằm ngoài phần đơn vị của bạn."}


def edited(session: Session, place: Any, **typed: Any) -> Draft:
    contest = publish(session, place, make_draft(session, place.ward, place.account))
    draft = service.edit_contest(session, contest.code, by=place.by, now=NOW, zone=ZONE)
    return save(session, place, draft, **typed)


def test_texts_change_without_a_reason(session: Session, place: Any) -> None:
    draft = edited(session, place, title="Tên mới")
    contest = publish(session, place, draft)
    assert (contest.title, contests.changes_of(session, contest.id)) == ("Tên mới", [])


def test_rules_change_only_with_a_reason_that_is_kept_with_old_and_new(
    session: Session, place: Any
) -> None:
    draft = edited(session, place, tries_total=5, name_mask="full")
    with pytest.raises(Invalid) as caught:
        publish(session, place, draft, reason="  ")
    assert set(caught.value.problems) == {"reason"}
    with pytest.raises(Invalid):
        publish(session, place, draft, reason="x" * 501)
    contest = publish(session, place, draft, reason=" Nhiều người xin thêm. ")
    (change,) = contests.changes_of(session, contest.id)
    assert (change.reason, change.by, change.at) == ("Nhiều người xin thêm.", place.account.id, NOW)
    assert change.changes == [
        {"where": "", "key": "tries_total", "old": "không", "new": "5"},
        {
            "where": "",
            "key": "name_mask",
            "old": "họ và chữ cái đầu",
            "new": "họ tên đầy đủ",
        },
    ]
    assert ("contest.change_rule", "contest:an-toan") in acts(session)


def test_once_somebody_registered_rules_stay(session: Session, place: Any) -> None:
    draft = edited(session, place, tries_total=5)
    contest = contests.contest(session, "an-toan")
    make_registration(session, contest, contest.divisions[0], place.account)
    with pytest.raises(Conflict) as caught:
        publish(session, place, draft, reason="Vì thế.")
    assert caught.value.facts["places"] == "tries_total"


def test_a_contest_is_edited_by_one_draft_and_not_over_a_newer_load(
    session: Session, place: Any
) -> None:
    draft = edited(session, place)
    again = service.edit_contest(session, "an-toan", by=place.by, now=NOW, zone=ZONE)
    assert again.id == draft.id
    contest = contests.contest(session, "an-toan")
    contest.loaded_at = NOW + timedelta(minutes=1)
    session.flush()
    with pytest.raises(Conflict) as caught:
        publish(session, place, draft)
    assert caught.value.message == service.OVERTAKEN


def test_a_contest_is_copied_with_a_new_code_and_moved_to_next_monday(
    session: Session, place: Any
) -> None:
    contest = publish(session, place, make_draft(session, place.ward, place.account))
    later = NOW + timedelta(days=30)  # Sunday 06/12/2026
    draft = service.copy_contest(session, contest.code, by=place.by, now=later, zone=ZONE)
    spec = reading.spec_of(draft.data, ZONE)
    assert (spec.code, spec.title) == ("an-toan-2", "An toàn trên mạng")
    assert [(each.opens_at, each.closes_at) for each in spec.rounds] == [
        (datetime(2026, 12, 7, 16, tzinfo=ZONE), datetime(2026, 12, 14, 15, tzinfo=ZONE))
    ]
    assert draft.contest_id is None
    assert acts(session)[-1] == ("contest.copy", "contest:an-toan")


def test_what_is_foreign_is_not_there(session: Session, place: Any) -> None:
    stranger = make_account(session, place.other, "Vàng Thị Xa")
    make_grant(session, stranger, Role.ORGANIZER, place.other)
    draft = make_draft(session, place.other, stranger)
    with pytest.raises(NotFound):
        save(session, place, draft, title="Của tôi")
    with pytest.raises(NotFound):
        service.delete(session, draft.code, by=place.by, now=NOW)
    with pytest.raises(NotFound):
        service.copy_contest(session, "none", by=place.by, now=NOW, zone=ZONE)


def test_a_deleted_draft_is_gone(session: Session, place: Any) -> None:
    draft = make_draft(session, place.ward, place.account)
    service.delete(session, draft.code, by=place.by, now=NOW)
    assert queries.drafts(session, (place.ward.path,)) == []
    assert acts(session) == [("draft.delete", f"draft:{draft.code}")]
