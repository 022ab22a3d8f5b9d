"""The pages where organizers load lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from factories import lists
from factories.people import make_account, make_grant
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest import worker
from contest.accounts.models import Account, PeopleFile, Role, SignIn
from contest.core import db
from contest.core.jobs import Job
from contest.core.spreadsheets import Workbook

HEAD = ["Họ và tên", "Ngày sinh", "Đơn vị"]
GOOD = ["Nguyễn Thị Hoà", "15/06/1990", "02647"]
BAD = ["Giàng A Páo", "31/02/1990", "zzz"]


@pytest.fixture
def organizer(
    session: Session, place: Any, client: FlaskClient, sign_in: Callable[..., SignIn]
) -> Account:
    account = make_account(session, place.ward, "Lò Văn Chủ", login="chu")
    make_grant(session, account, Role.ORGANIZER, place.ward)
    sign_in(client, account)
    return account


def send(client: FlaskClient, data: bytes, kind: str = "people") -> Any:
    parts = (
        f'Content-Disposition: form-data; name="kind"\r\n\r\n{kind}'.encode(),
        b'Content-Disposition: form-data; name="file"; filename="Danh sach.csv"\r\n\r\n' + data,
    )
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return client.post(
        "/organizer/lists/", data=body, content_type="multipart/form-data; boundary=edge"
    )


def count(what: Any) -> int:
    with db.reading_session() as reading:
        return reading.scalar(select(func.count(what.id))) or 0


@pytest.mark.usefixtures("organizer")
def test_a_list_is_looked_over_row_by_row_and_nothing_is_written(client: FlaskClient) -> None:
    answer = send(client, lists.csv([HEAD, GOOD, BAD]))
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Nạp 1 dòng" in page
    assert "Ngày sinh “31/02/1990” chưa đọc được." in page
    assert "Không có đơn vị “zzz” trong phần đơn vị của bạn." in page
    assert "hoa.nguyen.02647" in page
    narrow = client.get(answer.location + "?show=doubtful").text
    assert ("Giàng A Páo" in narrow, "Nguyễn Thị Hoà" in narrow) == (True, False)
    assert (count(Account), count(Job)) == (1, 0)


def test_a_confirmed_list_is_loaded_by_the_worker_and_its_file_is_the_senders(
    client: FlaskClient, organizer: Account
) -> None:
    there = send(client, lists.csv([HEAD, GOOD])).location
    answer = client.post(there)
    job = answer.location
    assert (answer.status_code, job) == (303, there.replace("/organizer/lists", "/jobs"))
    assert client.post(there).location == job
    assert client.get(there).location == job
    extensions = client.application.extensions
    files, sealer = extensions["storage"], extensions["sealer"]
    assert worker.work_once(worker.HANDLERS, files, sealer=sealer)
    got = client.get(f"{job}/file")
    assert got.headers["Cache-Control"] == "private, no-store"
    book = Workbook(got.data, most_bytes=10**7)
    assert book.sheets[0].name == "Tên đăng nhập"
    assert (count(Account), organizer.id) == (2, organizer.id)


@pytest.mark.usefixtures("organizer")
@pytest.mark.parametrize(
    ("data", "kind", "sentence"),
    [
        (b"%PDF-1.7", "people", "Đây là tệp PDF."),
        (lists.csv([HEAD, GOOD]), "staff", "Thiếu cột “Vai trò”."),
        (lists.csv([HEAD, GOOD]), "", "Hãy chọn loại danh sách."),
        (lists.csv([HEAD, GOOD]), "units", "Hãy chọn một trong các mục có sẵn."),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(
    client: FlaskClient, data: bytes, kind: str, sentence: str
) -> None:
    answer = send(client, data, kind)
    assert answer.status_code == 422
    assert answer.text.count(sentence) == 2  # in the summary and at the field
    assert count(PeopleFile) == 0


@pytest.mark.usefixtures("organizer")
def test_another_organizers_file_is_not_there(
    client: FlaskClient,
    session: Session,
    place: Any,
    sign_in: Callable[..., SignIn],
) -> None:
    there = send(client, lists.csv([HEAD, GOOD])).location
    other = make_account(session, place.ward)
    make_grant(session, other, Role.ADMINISTRATOR, place.province)
    theirs = client.application.test_client()
    sign_in(theirs, other)
    assert theirs.get(there).status_code == 404
    assert theirs.post(there).status_code == 404


@pytest.mark.usefixtures("organizer")
@pytest.mark.parametrize("kind", ["people", "staff", "headcounts", "units"])
def test_a_template_lists_the_units_of_ones_own_part(client: FlaskClient, kind: str) -> None:
    book = Workbook(client.get(f"/organizer/lists/templates/{kind}").data, most_bytes=10**7)
    rows = book.read(book.sheets[3]).rows
    assert [list(row.cells.values()) for row in rows] == [
        ["Mã", "Tên"],
        ["02647", "Phường Lào Cai"],
        ["kd", "Trường THCS Kim Đồng"],
    ]


@pytest.mark.usefixtures("organizer")
def test_there_is_no_other_template(client: FlaskClient) -> None:
    assert client.get("/organizer/lists/templates/x").status_code == 404
