"""The pages of the log: who reads which line, searching, pages, the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories.people import make_account, make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest import worker
from contest.accounts.models import Account, Role
from contest.core import audit
from contest.core.spreadsheets import Workbook

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class World:
    """A ward and a village, an organizer of the ward, and what was done in both."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.province = make_unit(session, "15", "Tỉnh Lào Cai", "province")
        self.ward = make_unit(session, "02647", "Phường Lào Cai", parent=self.province)
        self.village = make_unit(session, "02680", "Xã Hợp Thành", parent=self.province)
        self.organizer = make_account(session, self.ward, "Lò Văn Chủ")
        make_grant(session, self.organizer, Role.ORGANIZER, self.ward)
        self.keeper = make_account(session, self.province, "Vàng Thị Quản")
        make_grant(session, self.keeper, Role.ADMINISTRATOR, self.province)
        self.hoa = make_account(session, self.ward, "Nguyễn Thị Hoà")

    def note(
        self, act: str, subject: str, *, by: Account, at: datetime = NOW, **facts: Any
    ) -> None:
        audit.record(self.session, act, subject, by=by.id, now=at, **facts)
        self.session.commit()


@pytest.fixture
def world(session: Session) -> World:
    made = World(session)
    subject = f"account:{made.hoa.code}"
    ward, village = made.ward.id, made.village.id
    made.note("accounts.give_temporary_password", subject, by=made.keeper, unit_id=ward)
    made.note("banks.open", "bank:x1", by=made.keeper, unit_id=village)
    made.note("jobs.cancel", "job:j1", by=made.organizer)
    later = NOW + timedelta(days=1)
    made.note("attempts.pause", "round:k7/tuan-1", by=made.keeper, at=later, unit_id=ward, contest="k7", reason="Mất điện", held=2)  # fmt: skip # noqa: E501
    return made


@pytest.fixture
def enter(app: Flask, sign_in: Callable[..., Any]) -> Callable[[Account], FlaskClient]:
    def opened(account: Account) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client

    return opened


LINES = {
    "password": "Vàng Thị Quản cấp mật khẩu tạm cho Nguyễn Thị Hoà.",
    "bank": "Vàng Thị Quản mở ngân hàng câu hỏi “x1”.",
    "job": "Lò Văn Chủ huỷ việc chạy nền “j1”.",
    "pause": "Vàng Thị Quản tạm dừng “k7/tuan-1”; 2 bài đang làm được giữ giờ. Lý do: Mất điện",
}


def seen(client: FlaskClient, query: str = "") -> set[str]:
    text = client.get(f"/organizer/journal/{query}").text
    return {name for name, sentence in LINES.items() if sentence in text}


def test_an_organizer_reads_their_part_and_their_own_acts_an_administrator_all(
    world: World, enter: Callable[..., FlaskClient]
) -> None:
    assert seen(enter(world.organizer)) == {"password", "job", "pause"}
    assert seen(enter(world.keeper)) == {"password", "bank", "job", "pause"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=mat dien", {"pause"}),
        ("?q=hoa", {"password"}),
        ("?q=quan x1", {"bank"}),
        ("?who=lo van chu", {"job"}),
        ("?group=banks", {"bank"}),
        ("?contest=k7", {"password", "bank", "job", "pause"}),  # no contest of that code is offered
        ("?since=24/11/2026", {"pause"}),
        ("?until=23/11/2026", {"password", "bank", "job"}),
        ("?since=23/11/2026&until=24/11/2026", set(LINES)),
        ("?q=khong co gi", set()),
        ("?q=%25", set()),
    ],
)
def test_lines_are_found_without_marks_by_who_what_and_when(
    world: World, enter: Callable[..., FlaskClient], query: str, names: set[str]
) -> None:
    assert seen(enter(world.keeper), query) == names


def test_a_day_that_is_none_is_said_and_asks_nothing(
    world: World, enter: Callable[..., FlaskClient]
) -> None:
    page = enter(world.keeper).get("/organizer/journal/?since=32/1/2026").text
    assert page.count("Hãy ghi ngày dạng 23/11/2026.") == 2


def test_the_log_asks_the_database_as_often_for_fifty_lines_as_for_four(
    world: World, enter: Callable[..., FlaskClient], count_statements: Callable[[], Any]
) -> None:
    client = enter(world.keeper)
    client.get("/organizer/journal/")
    with count_statements() as few:
        client.get("/organizer/journal/")
    for number in range(60):
        subject = f"account:{make_account(world.session, world.ward).code}"
        audit.record(world.session, "accounts.grant", subject, by=world.hoa.id, now=NOW, role="judge", unit="15")  # fmt: skip # noqa: E501
        assert number < 60
    world.session.commit()
    with count_statements() as many:
        page = client.get("/organizer/journal/").text
    assert "đơn vị Tỉnh Lào Cai" in page
    assert "Trang sau" in page
    assert len(few) == len(many) == 7


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_found_can_be_taken_away_as_a_file(
    world: World, enter: Callable[..., FlaskClient], app: Flask, kind: str
) -> None:
    client = enter(world.organizer)
    answer = client.post("/organizer/journal/file", data={"kind": kind, "q": "quan"})
    assert answer.status_code == 303
    assert worker.work_once(worker.HANDLERS, app.extensions["storage"])
    got = client.get(f"{answer.location}/file").data
    if kind == "csv":
        rows = [row.split(";") for row in got.decode("utf-8-sig").splitlines()]
    else:
        book = Workbook(got, most_bytes=10**7)
        rows = [list(row.cells.values()) for row in book.read(book.sheets[0]).rows]
    told = [[cell.strip('"') for cell in row if cell] for row in rows]
    sentence = told[1][2] if kind == "xlsx" else LINES["pause"]
    assert len(told) == 3
    assert told[0] == ["Thời điểm", "Ai", "Việc", "Cuộc thi", "Mã việc"]
    assert told[1][:2] == ["24/11/2026 09:00:00", "Vàng Thị Quản"]
    assert sentence == LINES["pause"]
    assert told[2] == [
        *("23/11/2026 09:00:00", "Vàng Thị Quản", LINES["password"]),
        "accounts.give_temporary_password",
    ]


def test_a_file_of_another_kind_is_refused(world: World, enter: Callable[..., FlaskClient]) -> None:
    client = enter(world.organizer)
    assert client.post("/organizer/journal/file", data={"kind": "exe"}).status_code == 422


def test_no_route_changes_the_log(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("journal.")]
    assert {rule.endpoint: (rule.methods or set()) - {"HEAD", "OPTIONS"} for rule in rules} == {
        "journal.index": {"GET"},
        "journal.export": {"POST"},
    }
