"""Loading a contest and entering it, on real databases."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories.contests import (
    OPENING,
    WEEK,
    make_contest,
    make_division,
    make_pool,
    make_registration,
    make_round,
    make_topic,
)
from factories.people import make_account, make_audience, make_unit
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.contests import contest_file, queries, service
from contest.contests.models import Contest, Division, Registration, Round
from contest.contests.specs import ContestSpec, TargetSpec
from contest.core import db
from contest.core.audit import AuditEntry
from contest.core.visitor import Scope, Visitor
from contest.errors import Conflict, Invalid, NotAllowed, NotFound, TooLate
from contest.rules.lifecycle import Phase

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BEFORE = OPENING - timedelta(days=3)
FILE = """
code = "an-toan"
unit = "15"
title = "An toàn"
about = "Thi."
contact = "Ban tổ chức"
[[divisions]]
code = "moi-nguoi"
name = "Mọi người"
audience = "everybody"
[[divisions.prizes]]
name = "giải Nhất"
count = 1
value = "giấy khen"
[[divisions]]
code = "cao-tuoi"
name = "Cao tuổi"
audience = "elderly"
[[rounds]]
code = "tuan-1"
name = "Tuần 1"
opens_at = 2026-11-16 16:00:00
closes_at = 2026-11-23 15:00:00
[[rounds.plan]]
topic = "devices"
difficulty = 1
count = 3
[[targets]]
unit = "15"
people = 100
"""


@pytest.fixture
def spec() -> ContestSpec:
    return contest_file.read(FILE.encode(), zone=ZONE)


@pytest.fixture
def world(session: Session) -> None:
    """What the file needs: its unit, audiences, a topic and just enough questions."""
    make_unit(session, "15", "Tỉnh Lào Cai", "province")
    make_audience(session, "everybody")
    make_audience(session, "elderly", "Người cao tuổi", age_from=60)
    make_pool(session, make_topic(session), 3)


def load(session: Session, spec: ContestSpec, now: datetime = BEFORE) -> Contest:
    return service.load_contest(session, spec, by=None, now=now)


def problems_of(error: Invalid) -> dict[str, str]:
    return {place: str(problem) for place, problem in error.problems.items()}


@pytest.mark.usefixtures("world")
def test_a_contest_is_written_and_published(session: Session, spec: ContestSpec) -> None:
    contest = load(session, spec)
    session.expire_all()
    found = queries.contest(session, "an-toan")
    assert found.id == contest.id
    assert [division.code for division in found.divisions] == ["moi-nguoi", "cao-tuoi"]
    assert found.divisions[0].prizes == [
        {"name": "giải Nhất", "name_en": "", "count": 1, "value": "giấy khen"}
    ]
    (each,) = found.rounds
    assert each.opens_at == OPENING
    assert each.plan == [{"topic": "devices", "difficulty": 1, "count": 3, "audiences": []}]
    assert each.ties == ["score", "duration", "handed_in_at"]
    assert each.draw_seed.bit_length() <= 62
    assert each.drawing_plan() == service.proving.plan_of(spec.rounds[0])
    assert list(queries.targets(session, contest.id).values()) == [100]
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.act, entry.subject, entry.facts["is_new"]) == (
        "contests.load",
        "contest:an-toan",
        True,
    )


def test_everything_that_is_not_there_is_named(session: Session, spec: ContestSpec) -> None:
    spec = replace(spec, targets=(TargetSpec("99", 1),))
    quota = replace(spec.rounds[0].plan[0], audiences=("pilots",))
    spec = replace(spec, rounds=(replace(spec.rounds[0], plan=(quota,)),))
    with pytest.raises(Invalid) as caught:
        load(session, spec)
    assert problems_of(caught.value) == {
        "unit": "Không có đơn vị nào mang mã “15”.",
        "targets.1.unit": "Không có đơn vị nào mang mã “99”.",
        "divisions.moi-nguoi.audience": "Không có đối tượng nào mang mã “everybody”.",
        "divisions.cao-tuoi.audience": "Không có đối tượng nào mang mã “elderly”.",
        "rounds.tuan-1.plan.1.topic": "Không có chủ đề nào mang mã “devices”.",
        "rounds.tuan-1.plan.1.audiences": "Không có đối tượng nào mang mã “pilots”.",
    }
    assert queries.lock_by_code(session, "an-toan") is None


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("topic", "difficulty", "sentence"),
    [
        ("devices", 1, "chủ đề “devices”, độ khó 1: cần 4 câu, chỉ có 3 câu."),
        ("devices", None, "chủ đề “devices”, độ khó bất kỳ: cần 4 câu, chỉ có 3 câu."),
        (None, 1, "chủ đề bất kỳ, độ khó 1: cần 4 câu, chỉ có 3 câu."),
        (None, None, "chủ đề bất kỳ, độ khó bất kỳ: cần 4 câu, chỉ có 3 câu."),
    ],
)
def test_each_short_quota_is_named_with_round_and_division(
    session: Session, spec: ContestSpec, topic: str | None, difficulty: int | None, sentence: str
) -> None:
    quota = replace(spec.rounds[0].plan[0], topic=topic, difficulty=difficulty, count=4)
    with pytest.raises(Invalid) as caught:
        load(session, replace(spec, rounds=(replace(spec.rounds[0], plan=(quota,)),)))
    assert problems_of(caught.value) == {
        "rounds.tuan-1.plan.1.moi-nguoi": f"Đợt “Tuần 1”, bảng “Mọi người”, {sentence}",
        "rounds.tuan-1.plan.1.cao-tuoi": f"Đợt “Tuần 1”, bảng “Cao tuổi”, {sentence}",
    }


@pytest.mark.usefixtures("world")
def test_only_questions_valid_on_the_local_closing_day_and_for_the_audience_count(
    session: Session, spec: ContestSpec
) -> None:
    topic = make_topic(session, "scams")
    make_pool(session, topic, 2, valid_until=date(2026, 11, 23))
    make_pool(session, topic, 2, valid_until=date(2026, 11, 22))
    make_pool(session, topic, 2, audiences=("elderly",))
    quota = replace(spec.rounds[0].plan[0], topic="scams", count=4)
    with pytest.raises(Invalid) as caught:
        load(session, replace(spec, rounds=(replace(spec.rounds[0], plan=(quota,)),)))
    assert problems_of(caught.value) == {
        "rounds.tuan-1.plan.1.moi-nguoi": "Đợt “Tuần 1”, bảng “Mọi người”, chủ đề “scams”, "
        "độ khó 1: cần 4 câu, chỉ có 2 câu."
    }


@pytest.mark.usefixtures("world")
def test_a_bound_no_paper_can_keep_is_named(session: Session, spec: ContestSpec) -> None:
    mixed = make_topic(session, "mixed")
    make_pool(session, mixed, 1)
    make_pool(session, mixed, 1, difficulty=3)
    quota = replace(spec.rounds[0].plan[0], topic="mixed", difficulty=None, count=1)
    tight = replace(spec.rounds[0], plan=(quota,), bound=spec.rounds[0].bound / 100)
    with pytest.raises(Invalid) as caught:
        load(session, replace(spec, rounds=(tight,)))
    assert "chỉ 0 trên 64 đề rút thử" in problems_of(caught.value)["rounds.tuan-1.bound.moi-nguoi"]


@pytest.mark.usefixtures("world")
def test_before_anything_began_a_file_may_change_everything_but_the_seed(
    session: Session, spec: ContestSpec
) -> None:
    first = load(session, spec)
    seed, kept_id = first.rounds[0].draw_seed, first.rounds[0].id
    second = replace(spec.rounds[0], code="tuan-2", opens_at=spec.rounds[0].closes_at)
    second = replace(second, closes_at=second.opens_at + WEEK)
    again = replace(
        spec,
        tries_total=3,
        divisions=spec.divisions[:1],
        rounds=(replace(spec.rounds[0], time_limit_s=600), second),
        targets=(),
    )
    load(session, again)
    session.expire_all()
    found = queries.contest(session, "an-toan")
    assert (found.tries_total, [each.code for each in found.divisions]) == (3, ["moi-nguoi"])
    assert [(each.code, each.time_limit_s) for each in found.rounds] == [
        ("tuan-1", 600),
        ("tuan-2", None),
    ]
    assert (found.rounds[0].id, found.rounds[0].draw_seed) == (kept_id, seed)
    assert found.rounds[1].draw_seed != seed
    assert queries.targets(session, found.id) == {}
    load(session, replace(again, rounds=again.rounds[:1]))
    assert session.scalar(select(func.count()).select_from(Round)) == 1
    assert session.scalar(select(func.count()).select_from(Division)) == 1


@pytest.mark.usefixtures("world")
def test_once_a_round_opened_only_texts_change(session: Session, spec: ContestSpec) -> None:
    load(session, spec)
    prize = replace(spec.divisions[0].prizes[0], name="giải Đặc biệt")
    worded = replace(
        spec,
        title="An toàn trên mạng",
        divisions=(
            replace(spec.divisions[0], name="Mọi người dân", prizes=(prize,)),
            spec.divisions[1],
        ),
        rounds=(replace(spec.rounds[0], name="Tuần đầu"),),
    )
    found = load(session, worded, now=OPENING)
    assert (found.title, found.rounds[0].name, found.divisions[0].prizes[0]["name"]) == (
        "An toàn trên mạng",
        "Tuần đầu",
        "giải Đặc biệt",
    )
    richer = replace(prize, value="xe máy")
    changed = replace(
        worded,
        combine=contest_file.Combine.BEST,
        targets=(),
        divisions=(replace(worded.divisions[0], prizes=(richer,)),),
        rounds=(replace(worded.rounds[0], time_limit_s=60, freeze_s=60),),
    )
    with pytest.raises(Conflict) as caught:
        load(session, changed, now=OPENING)
    assert caught.value.facts["places"] == (
        "combine, divisions.cao-tuoi, divisions.moi-nguoi.prizes, "
        "rounds.tuan-1.freeze_s, rounds.tuan-1.time_limit_s, targets"
    )


@pytest.mark.usefixtures("world")
def test_once_somebody_registered_only_texts_change(session: Session, spec: ContestSpec) -> None:
    contest = load(session, spec)
    make_registration(session, contest, contest.divisions[0], make_account(session))
    with pytest.raises(Conflict):
        load(session, replace(spec, tries_total=1))
    load(session, spec)


@pytest.mark.usefixtures("world")
def test_a_round_that_is_over_already_is_not_loaded(session: Session, spec: ContestSpec) -> None:
    closes_at = spec.rounds[0].closes_at
    with pytest.raises(Invalid) as caught:
        load(session, spec, closes_at)
    assert problems_of(caught.value) == {
        "rounds.tuan-1.closes_at": "Giờ đóng của đợt này đã qua rồi. Hãy chọn ngày sắp tới."
    }
    assert session.scalar(select(func.count(Contest.id))) == 0
    load(session, spec, closes_at - timedelta(seconds=1))


@pytest.mark.usefixtures("world")
def test_a_round_still_to_come_cannot_be_moved_into_the_past(
    session: Session, spec: ContestSpec
) -> None:
    load(session, spec)
    (each,) = spec.rounds
    year = timedelta(days=365)
    moved = replace(each, opens_at=each.opens_at - year, closes_at=each.closes_at - year)
    with pytest.raises(Invalid) as caught:
        load(session, replace(spec, rounds=(moved,)))
    assert list(problems_of(caught.value)) == ["rounds.tuan-1.closes_at"]


@pytest.mark.usefixtures("world")
def test_a_finished_contest_is_loaded_again_as_it_is(session: Session, spec: ContestSpec) -> None:
    load(session, spec)
    again = load(session, spec, spec.rounds[0].closes_at + WEEK)
    assert [each.code for each in again.rounds] == ["tuan-1"]


@pytest.mark.usefixtures("world")
def test_an_archived_contest_is_not_loaded_again(session: Session, spec: ContestSpec) -> None:
    load(session, spec).state = "archived"
    with pytest.raises(Conflict, match="lưu trữ"):
        load(session, spec)


def test_a_code_taken_meanwhile_is_a_conflict(session: Session) -> None:
    contest = make_contest(session, "an-toan")
    twin = Contest(**{key: getattr(contest, key) for key in ("code", "unit_id", "title")})
    for key in ("title_en", "about", "about_en", "contact", "state", "name_mask", "combine"):
        setattr(twin, key, "")
    twin.loaded_at = OPENING
    with pytest.raises(Conflict, match="vừa nạp"):
        service._insert(session, twin)


# Registering


def make_open(session: Session, **facts: object) -> Contest:
    contest = make_contest(session, "an-toan", **facts)
    make_round(session, contest, "tuan-1")
    make_division(session, contest, "moi-nguoi")
    old = make_audience(session, "elderly", "Người cao tuổi", age_from=60)
    make_division(session, contest, "cao-tuoi", old)
    return contest


def test_a_person_enters_with_the_unit_of_this_moment(session: Session) -> None:
    make_open(session)
    account = make_account(session, make_unit(session))
    entry = service.register(session, "an-toan", "moi-nguoi", by=account.id, now=OPENING)
    assert (entry.account_id, entry.unit_id, entry.registered_at) == (
        account.id,
        account.unit_id,
        OPENING,
    )
    account.unit_id = make_unit(session).id
    assert entry.unit_id != account.unit_id


def test_entering_twice_changes_nothing(session: Session) -> None:
    make_open(session)
    account = make_account(session, birth_date=date(1950, 1, 1))
    first = service.register(session, "an-toan", "moi-nguoi", by=account.id, now=OPENING)
    again = service.register(session, "an-toan", "cao-tuoi", by=account.id, now=OPENING + 9 * WEEK)
    assert (again.id, again.division_id) == (first.id, first.division_id)


def test_the_reason_for_a_refusal_is_said(session: Session) -> None:
    make_open(session)
    young = make_account(session, birth_date=date(1990, 1, 1))
    with pytest.raises(NotAllowed) as caught:
        service.register(session, "an-toan", "cao-tuoi", by=young.id, now=OPENING)
    assert str(caught.value) == (
        "Bảng này dành cho người từ 60 tuổi trở lên; theo ngày sinh trong tài khoản, "
        "bạn mới 36 tuổi."
    )


def test_age_counts_on_the_local_day(session: Session) -> None:
    make_open(session)
    person = make_account(session, birth_date=date(1966, 11, 18))
    eve = datetime(2026, 11, 17, 16, 59, tzinfo=UTC)  # 23:59 local, a day before the birthday
    with pytest.raises(NotAllowed):
        service.register(session, "an-toan", "cao-tuoi", by=person.id, now=eve, zone=ZONE)
    birthday = eve + timedelta(minutes=1)
    assert service.register(session, "an-toan", "cao-tuoi", by=person.id, now=birthday, zone=ZONE)


def test_nobody_enters_what_is_not_there_or_over(session: Session) -> None:
    contest = make_open(session)
    person = make_account(session)
    with pytest.raises(NotFound):
        service.register(session, "khac", "moi-nguoi", by=person.id, now=OPENING)
    with pytest.raises(NotFound):
        service.register(session, "an-toan", "khac", by=person.id, now=OPENING)
    with pytest.raises(TooLate):
        service.register(session, "an-toan", "moi-nguoi", by=person.id, now=OPENING + WEEK)
    contest.state = "draft"
    session.flush()
    with pytest.raises(NotFound):
        service.register(session, "an-toan", "moi-nguoi", by=person.id, now=OPENING)


def test_a_code_drawn_twice_asks_to_try_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_open(session)
    contest = queries.contest(session, "an-toan")
    taken = make_registration(session, contest, contest.divisions[0], make_account(session))
    taken.code = "0" * 12
    session.flush()
    person = make_account(session)
    monkeypatch.setattr(secrets, "randbits", lambda _bits: 0)
    with pytest.raises(Conflict, match="bấm đăng ký lần nữa"):
        service.register(session, "an-toan", "moi-nguoi", by=person.id, now=OPENING)


@pytest.mark.usefixtures("engine")
def test_two_taps_at_once_are_one_registration() -> None:
    with db.transaction() as session:
        make_open(session)
        account = make_account(session).id
    barrier, codes, failed = threading.Barrier(8), [], []

    def tap() -> None:
        barrier.wait()
        try:
            with db.transaction() as session:
                entry = service.register(session, "an-toan", "moi-nguoi", by=account, now=OPENING)
                codes.append(entry.code)
        except Exception as error:  # noqa: BLE001 -- shown by the assertion below
            failed.append(error)

    taps = [threading.Thread(target=tap) for _ in range(8)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert failed == []
    assert len(set(codes)) == 1
    with db.reading_session() as session:
        assert session.scalar(select(func.count()).select_from(Registration)) == 1


# Owning and settling


def visitor(role: str, path: str) -> Visitor:
    return Visitor(1, 1, "x", "Ban tổ chức", (Scope(role, path),))


def test_an_organizer_stays_in_their_part_of_the_tree(session: Session) -> None:
    province = make_unit(session, name="Tỉnh")
    commune, other = make_unit(session, parent=province), make_unit(session, parent=province)
    contest = make_contest(session, unit=commune)
    service.ensure_within(session, visitor("organizer", commune.path), contest)
    service.ensure_within(session, visitor("organizer", province.path), contest)
    service.ensure_within(session, visitor("administrator", province.path), contest)
    for stranger in (visitor("organizer", other.path), visitor("judge", commune.path)):
        with pytest.raises(NotAllowed, match="đơn vị khác"):
            service.ensure_within(session, stranger, contest)


def test_a_round_is_settled_once(session: Session) -> None:
    each = make_round(session, make_contest(session))
    assert queries.phase(each, each.closes_at) is Phase.SETTLING
    settled = service.settle(session, each.id, actual=42, now=each.closes_at)
    assert (settled.guess_actual, settled.settled_at) == (42, each.closes_at)
    assert queries.phase(each, each.closes_at) is Phase.OFFICIAL
    with pytest.raises(Conflict):
        service.settle(session, each.id, actual=1, now=each.closes_at)
