"""What organizers may see and do in their own part of the tree, and nowhere else."""

from collections.abc import Callable
from typing import Any

import pytest
from factories.people import make_account, make_grant
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest.accounts import queries
from contest.accounts.models import Account, Role, SignIn, Unit
from contest.core import db, passwords
from contest.core.audit import AuditEntry

CSV = "\ufeffmã;tên;loại;mã đơn vị cấp trên;khối;sĩ số\n"


def rows(statement: Any) -> Any:
    with db.reading_session() as reading:
        return reading.scalars(statement).all()


@pytest.fixture
def organizer(
    session: Session, place: Any, client: FlaskClient, sign_in: Callable[..., SignIn]
) -> Account:
    """An organizer of the ward, signed in."""
    account = make_account(session, place.ward, "Lò Văn Chủ", login="chu")
    make_grant(session, account, Role.ORGANIZER, place.ward)
    sign_in(client, account)
    return account


@pytest.fixture
def administrator(
    session: Session, place: Any, client: FlaskClient, sign_in: Callable[..., SignIn]
) -> Account:
    account = make_account(session, place.province, "Vàng Thị Quản", login="quan")
    make_grant(session, account, Role.ADMINISTRATOR, place.province)
    sign_in(client, account)
    return account


@pytest.mark.usefixtures("organizer")
def test_people_are_found_without_marks_only_inside_ones_own_part_by_given_name(
    client: FlaskClient, session: Session, place: Any
) -> None:
    for name, unit in (
        ("Nguyễn Thị Hoà", place.school),
        ("Trần Thị Hoa Ban", place.school),
        ("Nguyễn Thị Hoa", place.ward),
        ("Nguyễn Thị Hoạ", place.village),
    ):
        make_account(session, unit, name)
    session.commit()
    page = client.get("/organizer/people?q=nguyen thi hoa").text
    assert page.index("Nguyễn Thị Hoa<") < page.index("Nguyễn Thị Hoà<")
    assert "Nguyễn Thị Hoạ" not in page
    everybody = client.get("/organizer/people").text.partition("<tbody")[2]
    order = ["Trần Thị Hoa Ban<", "Lò Văn Chủ<", "Nguyễn Thị Hoa<", "Nguyễn Thị Hoà<"]
    places = [everybody.index(name) for name in order]
    assert places == sorted(places)
    assert "Không tìm thấy ai" in client.get("/organizer/people?q=zzz").text


@pytest.mark.usefixtures("organizer")
def test_a_phone_owner_is_found_by_the_whole_number_and_by_nothing_less(
    client: FlaskClient, session: Session, place: Any
) -> None:
    sealer = client.application.extensions["sealer"]
    make_account(
        session,
        place.school,
        "Sùng A Phềnh",
        login="tel:" + sealer.blind("0912345678")[:60],
        phone_sealed=sealer.seal("0912345678"),
    )
    session.commit()
    page = client.get("/organizer/people?q=%2B84 912 345 678").text
    assert "Sùng A Phềnh" in page
    assert "bằng số điện thoại" in page
    assert "0912345678" not in page
    for text in ("tel", "tel:", "091234567", "912345678"):
        assert "Sùng A Phềnh" not in client.get(f"/organizer/people?q={text}").text


@pytest.mark.usefixtures("organizer")
def test_a_long_list_has_pages(client: FlaskClient, session: Session, place: Any) -> None:
    for number in range(60):
        make_account(session, place.school, f"Giàng A {chr(97 + number % 26)}")
    session.commit()
    first = client.get("/organizer/people?q=giang").text
    second = client.get("/organizer/people?q=giang&page=2").text
    assert first.count("Giàng A") == 50
    assert second.count("Giàng A") == 10
    assert "page=2" in first
    assert "Trang sau" not in second


def test_a_list_asks_the_database_as_often_for_three_as_for_one(
    client: FlaskClient,
    organizer: Account,
    session: Session,
    place: Any,
    count_statements: Callable[[], Any],
) -> None:
    assert organizer.id
    client.get("/organizer/people")
    with count_statements() as one:
        client.get("/organizer/people")
    make_account(session, place.school)
    make_account(session, place.school)
    session.commit()
    with count_statements() as three:
        client.get("/organizer/people")
    assert len(one) == len(three) == 1


def test_a_temporary_password_is_shown_once_and_must_be_changed(
    client: FlaskClient, session: Session, organizer: Account, place: Any
) -> None:
    person = make_account(session, place.school)
    session.commit()
    assert person.name in client.get(f"/organizer/people/{person.code}").text
    answer = client.post(f"/organizer/people/{person.code}/password")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    password = answer.text.partition('class="code">')[2].partition("<")[0]
    (now,) = rows(select(Account).where(Account.id == person.id))
    assert passwords.is_right(now.password_hash, password)
    assert now.must_change_password
    assert now.epoch == 2
    (written,) = rows(select(AuditEntry))
    assert (written.act, written.subject, written.by, written.facts) == (
        "accounts.give_temporary_password",
        f"account:{person.code}",
        organizer.id,
        {},
    )


@pytest.mark.usefixtures("organizer")
@pytest.mark.parametrize(
    ("where", "role", "status"),
    [
        ("village", None, 404),
        ("province", None, 404),
        ("school", Role.ADMINISTRATOR, 403),
        ("school", Role.JUDGE, 200),
        ("school", Role.HELPER, 200),
        ("school", Role.ORGANIZER, 200),
    ],
)
def test_nobody_helps_outside_ones_part_or_above_ones_role(
    client: FlaskClient,
    session: Session,
    place: Any,
    *,
    where: str,
    role: Role | None,
    status: int,
) -> None:
    unit = getattr(place, where)
    person = make_account(session, unit)
    if role:
        make_grant(session, person, role, unit)
    session.commit()
    assert client.post(f"/organizer/people/{person.code}/password").status_code == status
    changed = rows(select(Account.password_hash).where(Account.id == person.id)) != ["none"]
    assert changed is (status == 200)
    assert len(rows(select(AuditEntry))) == int(status == 200)


def test_an_organizer_of_a_part_cannot_take_over_one_of_the_whole(
    client: FlaskClient, session: Session, organizer: Account, place: Any
) -> None:
    above = make_account(session, place.school)
    make_grant(session, above, Role.ORGANIZER, place.province)
    session.commit()
    assert organizer.id
    assert client.post(f"/organizer/people/{above.code}/password").status_code == 403


@pytest.mark.usefixtures("organizer")
@pytest.mark.parametrize("role", [Role.JUDGE, Role.HELPER])
def test_who_judges_or_helps_beyond_ones_part_is_helped_from_above(
    client: FlaskClient, session: Session, place: Any, *, role: Role
) -> None:
    person = make_account(session, place.school)
    make_grant(session, person, role, place.village)
    session.commit()
    assert client.post(f"/organizer/people/{person.code}/password").status_code == 403
    assert rows(select(Account.password_hash).where(Account.id == person.id)) == ["none"]


# Units


def load(client: FlaskClient, data: bytes) -> Any:
    """Send a file as a browser does (the test client leaves large ones open on disk)."""
    head = 'Content-Disposition: form-data; name="file"; filename="units.csv"'
    body = b"--edge\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n--edge--\r\n"
    return client.post(
        "/organizer/units", data=body, content_type="multipart/form-data; boundary=edge"
    )


def test_the_administrator_loads_units_whatever_their_order(
    client: FlaskClient, administrator: Account
) -> None:
    text = CSV + "l9;Lớp 9A;lớp;th9;;45\nth9;Trường THCS số 9;trường;02647;;1.200\n"
    text += "02647;Phường Lào Cai mới;phường;15;phường;\n"
    assert load(client, text.encode()).status_code == 303
    assert "Đã nhận 3 đơn vị, trong đó 2 đơn vị mới." in client.get("/organizer/units").text
    units = {unit.code: unit for unit in rows(select(Unit))}
    assert units["l9"].path == f"{units['th9'].path}{units['l9'].id}/"
    assert units["th9"].path.startswith(units["02647"].path)
    assert units["th9"].headcount == 1200
    assert units["02647"].name == "Phường Lào Cai mới"
    with db.reading_session() as reading:
        names = [unit.name for unit in queries.ancestors(reading, units["l9"].path)]
    assert names == ["Tỉnh Lào Cai", "Phường Lào Cai mới", "Trường THCS số 9", "Lớp 9A"]
    (written,) = rows(select(AuditEntry))
    assert (written.act, written.by, written.facts) == (
        "accounts.load_units",
        administrator.id,
        {"rows": 3, "new": 2},
    )


@pytest.mark.usefixtures("administrator")
def test_every_bad_row_is_named_and_nothing_is_written(client: FlaskClient) -> None:
    text = CSV + "a;Bản A;bản;15;;\n\nb;;bản;15;;\nc;Bản C;hành tinh;15;;\nd;Bản D;bản;15;;nhiều\n"
    text += "a;Bản A;bản;15;;\n"
    answer = load(client, text.encode())
    assert answer.status_code == 422
    for place, sentence in (
        ("Dòng 4", "Tên đơn vị cần từ 1 đến 200 ký tự."),
        ("Dòng 5", "Loại đơn vị không có trong danh sách."),
        ("Dòng 6", "Sĩ số phải là số nguyên."),
        ("Dòng 7", "Mã đơn vị bị lặp trong tệp."),
    ):
        assert f"<strong>{place}</strong>" in answer.text
        assert sentence in answer.text
    assert "Dòng 2" not in answer.text
    assert rows(select(func.count(Unit.id))) == [4]


@pytest.mark.usefixtures("administrator")
def test_rows_without_a_place_in_the_tree_are_named_and_nothing_is_written(
    client: FlaskClient,
) -> None:
    text = CSV + "a;Bản A;bản;15;;\nb;Bản B;bản;không có;;\nc;Bản C;bản;d;;\nd;Bản D;bản;c;;\n"
    answer = load(client, text.encode())
    assert answer.status_code == 422
    for code in "bcd":
        assert f"<strong>Mã {code}</strong>" in answer.text
    assert "<strong>Mã a</strong>" not in answer.text
    assert rows(select(func.count(Unit.id))) == [4]
    assert rows(select(AuditEntry)) == []


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        (b"", 422, "Tệp không có dòng nào."),
        (b"x" * (6 * 1024**2), 422, "Tệp lớn hơn 5 MB."),
        (b"x" * (9 * 1024**2), 413, "Nội dung gửi lên quá lớn."),
    ],
)
def test_files_that_are_empty_or_too_large_are_refused(
    client: FlaskClient, data: bytes, status: int, sentence: str
) -> None:
    answer = load(client, data)
    assert answer.status_code == status
    assert sentence in answer.text


@pytest.mark.usefixtures("administrator")
def test_a_form_without_a_file_is_refused(client: FlaskClient) -> None:
    assert client.post("/organizer/units").status_code == 422


def test_only_the_administrator_sees_and_uses_the_upload(
    client: FlaskClient, organizer: Account
) -> None:
    assert organizer.id
    assert "Nạp tệp" not in client.get("/organizer/units?in=15").text
    assert "Trường THCS Kim Đồng" in client.get("/organizer/units?q=kim dong").text
    assert load(client, (CSV + "a;Bản A;bản;15;;\n").encode()).status_code == 403


@pytest.mark.usefixtures("administrator")
def test_a_row_that_would_move_a_unit_is_named_and_nothing_is_written(client: FlaskClient) -> None:
    assert load(client, (CSV + "th9;Trường số 9;trường;02647;;100\n").encode()).status_code == 303
    moved = CSV + "th9;Trường số Chín;trường;15;;200\n02647;Phường mới;phường;;;\n"
    answer = load(client, (moved + "moi;Trường mới;trường;15;;\n").encode())
    assert answer.status_code == 422
    assert "<strong>Mã th9</strong>" in answer.text
    assert "<strong>Mã 02647</strong>" in answer.text
    assert "<strong>Mã moi</strong>" not in answer.text
    assert "Đơn vị đang thuộc cấp trên “02647” mà tệp ghi “15”." in answer.text
    (school,) = rows(select(Unit).where(Unit.code == "th9"))
    assert (school.name, school.headcount) == ("Trường số 9", 100)
    assert rows(select(Unit).where(Unit.code == "moi")) == []
