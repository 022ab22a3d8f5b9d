"""The boards' pages, as a visitor and as somebody on them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from factories.standings import AFTER, CLOSES, OPENS, World
from flask import Flask
from flask.testing import FlaskClient

from contest.accounts import service as accounts
from contest.contests.models import UnitTarget
from contest.core import clock
from contest.standings import queries, service

MINUTE = 60_000
BOARD = "/boards/hoi-thi/round.r1/d1"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    return set_clock


def sign_in(client: FlaskClient, world: World, name: str, now: datetime) -> None:
    opened = accounts.open_sign_in(
        world.session, world.people[name].account_id, device="d", now=now
    )
    world.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = opened.code
        cookie["_fresh"] = True


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.get_data(as_text=True).split())


def three(world: World) -> None:
    start = OPENS + timedelta(hours=1)
    world.sit("an", points=14, duration_ms=358_000, guess=2, started_at=start)
    world.sit("binh", points=14, duration_ms=372_000, guess=3, started_at=start)
    world.sit("chi", points=12, duration_ms=60_000, guess=5, started_at=start)
    world.count()
    world.session.commit()


def test_a_provisional_board_masks_names_and_says_what_it_is(
    client: FlaskClient, world: World, at
) -> None:
    at(OPENS + timedelta(days=1))
    three(world)
    page = text_of(client, BOARD)
    assert "Tạm tính" in page
    assert "3 người" in page
    assert "Giàng A. D." in page
    assert "Giàng A Dế" not in page
    assert "5 phút 58 giây" in page
    assert "đoán" not in page.split("<tbody")[1].split("</tbody>")[0]


def test_ones_own_place_is_pinned(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    three(world)
    sign_in(client, world, "binh", AFTER)
    page = text_of(client, BOARD)
    assert "Bạn đang đứng thứ 2" in page
    assert page.count("board__me") == 1


def test_somebody_of_another_division_has_no_place_here(
    client: FlaskClient, world: World, at
) -> None:
    at(AFTER)
    world.enter("xa", division="d2")
    three(world)
    sign_in(client, world, "xa", AFTER)
    assert "đang đứng thứ" not in text_of(client, BOARD)


def test_a_frozen_board_says_until_when(client: FlaskClient, world: World, at) -> None:
    world.rounds["r1"].freeze_s = 3600
    three(world)
    at(CLOSES - timedelta(minutes=10))
    page = text_of(client, BOARD)
    assert "Đang giữ nguyên" in page
    assert "Bảng giữ nguyên đến 08:00, Thứ Hai 12/10/2026" in page


def test_an_official_board_shows_guesses_and_corrections(
    client: FlaskClient, world: World, at
) -> None:
    at(AFTER)
    three(world)
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    board = world.board()
    by = world.people["an"].account_id
    service.revise(world.session, board.id, reason="Sửa đáp án câu 3 <b>", by=by, now=AFTER)
    world.session.commit()
    page = text_of(client, BOARD)
    assert "Kết quả chính thức" in page
    assert "Số thật của câu dự đoán: 3." in page
    assert "đoán 5 · lệch 2" in page
    assert "Đính chính lần 1" in page
    assert "Lý do: Sửa đáp án câu 3 &lt;b&gt;" in page
    assert "Tạm tính" not in page


def test_an_empty_board_and_its_missing_pages(client: FlaskClient, world: World, at) -> None:
    at(OPENS)
    world.session.commit()
    assert "Chưa có ai trên bảng này" in text_of(client, BOARD)
    text_of(client, BOARD + "?page=2", 404)
    text_of(client, "/boards/hoi-thi/round.khong/d1", 404)
    text_of(client, "/boards/hoi-thi/round.r1/khong", 404)
    text_of(client, "/boards/khong", 404)


def test_a_contest_without_counting_rounds_has_no_boards(
    client: FlaskClient, world: World, at
) -> None:
    at(OPENS)
    world.rounds["r1"].is_practice = True
    world.session.commit()
    text_of(client, "/boards/hoi-thi", 404)


def test_pages_follow_each_other(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    for number in range(51):
        world.sit(f"p{number}", points=number // 10)
    world.count()
    world.session.commit()
    first, second = text_of(client, BOARD), text_of(client, BOARD + "?page=2")
    assert "Trang 1 trên 2" in first
    assert 'place__n">51<' not in first
    assert second.count('role="row"') == 2  # the heading and one person
    assert 'place__n">42<' in second


def test_the_contests_page_offers_the_newest_round_and_ones_own_division(
    client: FlaskClient, world: World, at
) -> None:
    at(OPENS + timedelta(days=8))
    world.add_round("r2", opens_at=CLOSES, closes_at=CLOSES + timedelta(days=7))
    world.add_round("r3", opens_at=CLOSES + timedelta(days=7), closes_at=CLOSES + timedelta(days=9))
    world.enter("xa", division="d2")
    sign_in(client, world, "xa", OPENS)
    page = text_of(client, "/boards/hoi-thi")
    assert '<option value="round.r2" selected>Đợt r2 (đang mở)</option>' in page
    assert '<option value="d2" selected>' in page
    assert "Tháng 10/2026" in page
    answer = client.get("/boards/hoi-thi?span=all&division=d1")
    assert (answer.status_code, answer.location) == (302, "/boards/hoi-thi/all/d1")


def test_before_the_first_opening_the_first_round_is_offered(
    client: FlaskClient, world: World, at
) -> None:
    at(OPENS - timedelta(days=1))
    world.session.commit()
    assert '<option value="round.r1" selected>' in text_of(client, "/boards/hoi-thi")


def test_why_names_the_first_rule_that_separates(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    three(world)
    sign_in(client, world, "binh", AFTER)
    assert (
        "Hai người cùng 14 điểm; bạn làm 6 phút 12 giây, người đứng trên làm 5 phút 58 giây."
        in text_of(client, BOARD + "/why")
    )
    assert "Người này được 12 điểm, người đứng trên được 14 điểm." in text_of(
        client, BOARD + "/why?registration=reg-chi"
    )
    assert "Không có ai đứng trên" in text_of(client, BOARD + "/why?registration=reg-an")
    text_of(client, BOARD + "/why?registration=khong", 404)


def test_why_needs_somebody_with_a_result(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    world.enter("xa")
    world.session.commit()
    text_of(client, BOARD + "/why?registration=reg-xa", 404)
    three(world)
    text_of(client, BOARD + "/why", 404)
    text_of(client, BOARD + "/why?registration=reg-xa", 404)


WHY_CASES = [
    (["score"], {}, {}, "Hai người bằng nhau mọi tiêu chí nên cùng hạng."),
    (
        ["score", "duration"],
        {"duration_ms": 358_204},
        {"duration_ms": 358_350},
        "người này làm 5 phút 58,350 giây, người đứng trên làm 5 phút 58,204 giây.",
    ),
    (
        ["score", "duration", "handed_in_at"],
        {},
        {"started_at": OPENS + timedelta(hours=1, seconds=5)},
        "Hai người cùng 10 điểm, làm bài lâu như nhau; người này nộp bài lúc 09:05:05, Thứ Hai",
    ),
    (
        ["score", "registered_at"],
        {},
        {},
        "Thứ Hai 05/10/2026, người đứng trên đăng ký lúc 08:00:00, Thứ Hai 05/10/2026.",
    ),
    (["score", "draw"], {}, {}, "số nhỏ hơn đứng trên."),
]


@pytest.mark.parametrize("case", WHY_CASES)
def test_why_says_each_rule_in_plain_words(client: FlaskClient, world: World, at, case) -> None:
    ties, first, second, sentence = case
    at(AFTER)
    world.rounds["r1"].ties = ties
    world.sit("an", **first)
    world.sit("binh", **second)
    world.count()
    world.session.commit()
    pages = [text_of(client, f"{BOARD}/why?registration=reg-{name}") for name in ("binh", "an")]
    assert any(sentence in page for page in pages)


@pytest.mark.parametrize("is_official", [False, True])
def test_why_of_a_tie_tells_what_put_both_below_the_place_above(
    client: FlaskClient, world: World, at, *, is_official: bool
) -> None:
    at(AFTER)
    world.rounds["r1"].ties = ["score", "duration"]
    start = OPENS + timedelta(hours=1)
    world.sit("an", points=14, duration_ms=358_000, started_at=start)
    world.sit("binh", points=14, duration_ms=372_000, started_at=start)
    world.sit("phuc", points=14, duration_ms=372_000, started_at=start)
    world.count()
    if is_official:
        service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    sign_in(client, world, "phuc", AFTER)
    page = text_of(client, BOARD + "/why")
    assert "Vì sao bạn đứng thứ 2?" in page
    assert "Hai người bằng nhau mọi tiêu chí nên cùng hạng." in page
    assert "Người gần nhất có hạng trên là Giàng A. D., hạng 1." in page
    assert (
        "Hai người cùng 14 điểm; bạn làm 6 phút 12 giây, người đứng trên làm 5 phút 58 giây."
        in page
    )
    assert "Người cùng hạng và người có hạng trên" in page
    assert "<strong>Làm bài nhanh hơn</strong>" in page
    assert page.partition("<tbody")[2].count('role="row"') == 3
    upper = text_of(client, BOARD + "/why?registration=reg-binh")
    assert "Hai dòng liền nhau trên bảng" in upper
    assert "Người gần nhất" not in upper


def test_why_of_a_tie_at_the_first_place_tells_of_the_tie_alone(
    client: FlaskClient, world: World, at
) -> None:
    at(AFTER)
    world.rounds["r1"].ties = ["score"]
    for name in ("an", "binh"):
        world.sit(name)
    world.count()
    world.session.commit()
    page = text_of(client, BOARD + "/why?registration=reg-binh")
    assert "Hai người bằng nhau mọi tiêu chí nên cùng hạng." in page
    assert "Người gần nhất" not in page
    assert "Quyết định ở đây" not in page


GUESS_CASES = [
    ("guess_distance", 2, 5, "người này dự đoán lệch 3, người đứng trên lệch 0."),
    ("guess_distance", 2, None, "người này không có số dự đoán, người đứng trên có."),
    ("guess_not_over", 1, 5, "người này dự đoán vượt số thật, người đứng trên thì không."),
    ("guess_not_under", 2, 1, "người này dự đoán thấp hơn số thật, người đứng trên thì không."),
]


@pytest.mark.parametrize("case", GUESS_CASES)
def test_why_says_guesses_in_plain_words_once_settled(
    client: FlaskClient, world: World, at, case
) -> None:
    tie, first, second, sentence = case
    at(AFTER)
    world.rounds["r1"].ties = ["score", tie]
    world.sit("an", guess=first)
    world.sit("binh", guess=second)
    service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    world.session.commit()
    page = text_of(client, BOARD + "/why?registration=reg-binh")
    assert f"Hai người cùng 10 điểm; {sentence}" in page
    shown = (first, second) if second is not None else (first,)
    assert all(f"đoán {guess} · lệch {abs(guess - 2)}" in page for guess in shown)
    assert "Số thật của câu dự đoán: 2." in page
    assert "Đây là kết quả tạm tính" not in page


def test_units_roll_up_their_subtrees(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    world.units["x1"].headcount = 10
    world.units["x2"].headcount = 2
    world.session.add(
        UnitTarget(contest_id=world.contest.id, unit_id=world.units["x1"].id, people=8)
    )
    for name, unit, points in (("an", "x1", 10), ("binh", "b1", 20), ("chi", "x2", 12)):
        world.enter(name, unit=unit)
        world.sit(name, points=points)
    world.sit("chi", points=1, started_at=OPENS + timedelta(hours=9))
    world.count()
    world.session.commit()
    count = text_of(client, "/boards/hoi-thi/units")
    assert "2 người, 2 lượt / sĩ số 10 / chỉ tiêu 8" in count
    assert "1 người, 2 lượt / sĩ số 2" in count
    assert count.index("Đơn vị x1") < count.index("Đơn vị x2")
    rate = text_of(client, "/boards/hoi-thi/units?by=rate")
    assert rate.index("50,0%") < rate.index("20,0%")
    average = text_of(client, "/boards/hoi-thi/units?by=average&least=1")
    assert average.index("15,00 điểm") < average.index("12,00 điểm")
    assert "dưới 1 người" in average
    few = text_of(client, "/boards/hoi-thi/units?by=average")
    assert "dưới 5 người" in few
    assert "15,00 điểm" not in few
    assert "25,0%" in text_of(client, "/boards/hoi-thi/units?by=target")
    inside = text_of(client, "/boards/hoi-thi/units?in=x1")
    assert "Đơn vị b1" in inside
    assert "Đăng ký thẳng dưới Đơn vị x1: 1 người, 1 lượt." in inside
    assert "không có đơn vị trực thuộc" in text_of(client, "/boards/hoi-thi/units?in=b1")
    text_of(client, "/boards/hoi-thi/units?page=2", 404)
    text_of(client, "/boards/hoi-thi/units?in=khong", 404)


def test_a_unit_without_people_has_no_place(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    world.session.commit()
    page = text_of(client, "/boards/hoi-thi/units")
    assert "0 người, 0 lượt" in page
    assert "Hạng 1" not in page


def test_guesses_stay_hidden_while_they_do_not_count(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    world.rounds["r1"].ties = ["score", "guess_distance", "duration"]
    world.sit("an", guess=3, duration_ms=5000)
    world.sit("binh", guess=4, duration_ms=9000)
    world.count()
    world.session.commit()
    assert "đoán 3" not in text_of(client, BOARD + "/why?registration=reg-binh")


def test_english_names_and_words(client: FlaskClient, world: World, at) -> None:
    at(AFTER)
    three(world)
    client.set_cookie("language", "en")
    page = text_of(client, BOARD)
    assert "Round r1" in page
    assert "Division d1" in page


def test_a_long_board_says_when_its_places_were_measured(
    client: FlaskClient, world: World, at, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(AFTER)
    three(world)
    monkeypatch.setattr(queries, "LONG", 1)
    service.lay_steps(world.session, world.board().id, now=AFTER)
    world.session.commit()
    assert "Thứ hạng tạm tính lúc 08:30:00." in text_of(client, BOARD)


def test_a_boards_statements_do_not_grow_with_its_people(
    client: FlaskClient, world: World, at, count_statements
) -> None:
    at(AFTER)
    for number in range(60):
        world.sit(f"p{number}")
    world.count()
    world.session.commit()
    with count_statements() as second:
        text_of(client, BOARD + "?page=2")
    with count_statements() as first:
        text_of(client, BOARD)
    with count_statements() as kept:
        text_of(client, BOARD)
    assert (len(first), len(kept), len(second)) == (5, 4, 8)


def test_why_reads_as_much_of_a_long_tie_as_of_a_short_one(
    client: FlaskClient, world: World, at, count_statements
) -> None:
    at(AFTER)
    world.rounds["r1"].ties = ["score"]
    world.sit("first", points=9)
    for number in range(40):
        world.sit(f"p{number}", points=5)
    world.count()
    world.session.commit()
    taken = []
    for name in ("p1", "p39"):
        with count_statements() as few:
            assert "hạng 1." in text_of(client, f"{BOARD}/why?registration=reg-{name}")
        taken.append(len(few))
    assert taken[0] == taken[1]
