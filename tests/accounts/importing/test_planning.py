"""What a list would do: who is new, who is known, what is in doubt; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest
from factories import lists
from factories.people import make_account, make_audience, make_grant, make_unit
from sqlalchemy.orm import Session

from contest.accounts import logins, people_file
from contest.accounts.importing import planning
from contest.accounts.importing.outcome import Fate, Plan, Planned
from contest.accounts.models import Account, Role, Unit
from contest.accounts.people_file import Kind
from contest.config import Settings
from contest.core.sealing import Sealer

TODAY = date(2026, 11, 23)
BORN = date(1990, 6, 15)


class Desk:
    """An organizer of a ward with a school, who looks lists over."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        self.session = session
        self.sealer = sealer
        self.province = make_unit(session, "15", "Tỉnh Lào Cai", "province")
        self.ward = make_unit(session, "02647", "Phường Lào Cai", parent=self.province)
        self.village = make_unit(session, "02680", "Xã Hợp Thành", parent=self.province)
        self.school = make_unit(session, "kd", "Trường THCS Kim Đồng", "school", parent=self.ward)
        self.organizer = make_account(session, self.ward, "Lò Văn Chủ", login="chu")
        make_grant(session, self.organizer, Role.ORGANIZER, self.ward)
        make_audience(session, "pupils", "Học sinh", is_declared=True)

    def plan(self, data: bytes, kind: Kind = Kind.PEOPLE, *, today: date = TODAY) -> Plan:
        listed = people_file.read(data, kind)
        facts = {"by": self.organizer.id, "sealer": self.sealer, "today": today}
        return planning.make(self.session, listed, kind, **facts)

    def rows(self, *rows: dict[str, Any], kind: Kind = Kind.PEOPLE) -> tuple[Planned, ...]:
        usual = {} if kind is Kind.HEADCOUNTS else {"Họ và tên": "Nguyễn Thị Hoà"}
        full = [{**usual, "Đơn vị": "02647", **row} for row in rows]
        heads = list(dict.fromkeys(head for row in full for head in row))
        body = [[row.get(head, "") for head in heads] for row in full]
        return self.plan(lists.xlsx({"1": [heads, *body]}), kind).lines

    def one(self, **cells: Any) -> Planned:
        return self.rows(cells)[0]


@pytest.fixture
def desk(session: Session, settings: Settings) -> Desk:
    return Desk(session, Sealer(settings.secret_key))


def by_phone(desk: Desk, unit: Unit, phone: str, name: str = "Nguyễn Thị Hoà") -> Account:
    blind = logins.blind_phone(phone, desk.sealer)
    return make_account(desk.session, unit, name, login=logins.phone_login(blind))


def said(problems: Sequence[object]) -> list[str]:
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "text",
    ["02647", "Phường Lào Cai", "phuong lao cai", "LÀO CAI", "02647 - Phường Lào Cai"],
)
def test_a_unit_is_found_by_code_or_name_without_marks(desk: Desk, text: str) -> None:
    line = desk.one(**{"Đơn vị": text})
    assert (line.unit.id, line.fate) == (desk.ward.id, Fate.NEW)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Trường THCS Kim Dông", "Không có đơn vị"),
        ("Kim Đòng A", "Không có đơn vị “Kim Đòng A”. Có phải là: Trường THCS Kim Đồng (kd)?"),
        ("zzz", "Không có đơn vị “zzz” trong phần đơn vị của bạn."),
        ("Xã Hợp Thành", "Không có đơn vị “Xã Hợp Thành” trong phần đơn vị của bạn."),
    ],
)
def test_an_unknown_unit_has_near_ones_named_inside_ones_part(
    desk: Desk, text: str, sentence: str
) -> None:
    if text == "Trường THCS Kim Dông":
        assert desk.one(**{"Đơn vị": text}).unit.id == desk.school.id
        return
    line = desk.one(**{"Đơn vị": text})
    assert (line.fate, said(line.problems)) == (Fate.REFUSED, [sentence])


def test_units_of_one_name_must_be_told_by_code(desk: Desk) -> None:
    make_unit(desk.session, "kd2", "Trường THCS Kim Đồng", "school", parent=desk.ward)
    line = desk.one(**{"Đơn vị": "Trường THCS Kim Đồng"})
    assert said(line.problems) == ["Có 2 đơn vị tên “Trường THCS Kim Đồng”. Hãy ghi mã: kd, kd2."]


def test_new_people_get_logins_from_a_typed_name_a_phone_or_their_own_name(desk: Desk) -> None:
    make_account(desk.session, desk.village, login="hoa.nguyen.02647")
    typed, phone, shared, made, again = desk.rows(
        {"Tên đăng nhập": "Hoa.N", "Ngày sinh": "1/1/1990"},
        {"Số điện thoại": 912345678, "Ngày sinh": "2/1/1990"},
        {"Số điện thoại": "0912345678", "Họ và tên": "Giàng A Páo"},
        {"Ngày sinh": "4/1/1990"},
        {"Ngày sinh": "5/1/1990"},
    )
    assert {line.fate for line in (typed, phone, shared, made, again)} == {Fate.NEW}
    assert (typed.login, phone.shown_login) == ("hoa.n", "0912345678")
    assert phone.login == "tel:" + desk.sealer.blind("0912345678")[:60]
    assert (shared.shown_login, shared.phone_blind) == ("pao.giang.02647", phone.phone_blind)
    assert made.login.startswith("hoa.nguyen.02647-")
    assert again.login == "hoa.nguyen.02647-2"
    assert made.login != again.login


def test_a_login_of_somebody_else_is_refused_without_saying_whose(desk: Desk) -> None:
    make_account(desk.session, desk.ward, "Trần Thị Khác", login="hoa.n")
    make_account(desk.session, desk.village, "Nguyễn Thị Hoà", login="hoa.xa")
    for login in ("hoa.n", "hoa.xa"):
        line = desk.one(**{"Tên đăng nhập": login})
        assert said(line.problems) == [f"Tên đăng nhập “{login}” đã có người khác dùng."]


def test_who_is_there_already_is_known_by_login_phone_code_or_birth(desk: Desk) -> None:
    known = [
        make_account(desk.session, desk.ward, login="hoa.n", birth_date=None),
        by_phone(desk, desk.school, "0912345678"),
        make_account(desk.session, desk.school, "Giàng A Páo", member_code="HS1"),
        make_account(desk.session, desk.ward, "Vàng Thị Mỷ", birth_date=BORN),
    ]
    lines = desk.rows(
        {"Tên đăng nhập": "hoa.n"},
        {"Số điện thoại": "0912345678"},
        {"Họ và tên": "giàng a páo", "Đơn vị": "kd", "Mã số": "HS1"},
        {"Họ và tên": "Vàng Thị Mỷ", "Ngày sinh": BORN},
    )
    assert [(line.fate, line.account_id) for line in lines] == [
        (Fate.SAME, account.id) for account in known
    ]


def test_namesakes_and_shared_phones_are_warned_of(desk: Desk) -> None:
    make_account(desk.session, desk.school, birth_date=BORN)
    by_phone(desk, desk.ward, "0912345678", "Trần Văn Chồng")
    namesake, shared = desk.rows(
        {"Ngày sinh": BORN, "Tên đăng nhập": "hoa.moi"},
        {"Ngày sinh": "1/1/1980", "Số điện thoại": "0912345678"},
    )
    assert (namesake.fate, shared.fate) == (Fate.NEW, Fate.NEW)
    (told,) = said(namesake.warnings)
    assert told.startswith("Đã có người cùng họ tên và ngày sinh ở Trường THCS Kim Đồng.")
    assert said(shared.warnings) == [
        "Số điện thoại này đã có người khác dùng để đăng nhập hoặc đăng ký."
    ]
    assert shared.shown_login == "hoa.nguyen.02647"


def test_somebody_of_another_part_is_not_taken_over(desk: Desk) -> None:
    by_phone(desk, desk.village, "0912345678")
    line = desk.one(**{"Số điện thoại": "0912345678"})
    assert said(line.problems) == [
        "Người cùng họ tên và số điện thoại này đã có tài khoản ở đơn vị ngoài phần của bạn."
    ]


@pytest.mark.parametrize(
    "cells",
    [
        {"Tên đăng nhập": "hoa.n"},
        {"Số điện thoại": "0912345678"},
        {"Mã số": "HS1"},
        {"Ngày sinh": "15/06/1990"},
        {},
    ],
)
def test_a_row_twice_in_the_file_is_taken_once(desk: Desk, cells: dict[str, str]) -> None:
    first, second = desk.rows(cells, cells)
    assert (first.fate, said(second.problems)) == (Fate.NEW, ["Trùng với dòng 2 của tệp."])


def test_a_class_is_found_below_its_school_or_will_be_added(desk: Desk) -> None:
    there = make_unit(desk.session, "kd-6a", "Lớp 6A", "class", parent=desk.school)
    known, new, same, wrong = desk.rows(
        {"Đơn vị": "kd", "Lớp": "6a", "Ngày sinh": "1/1/2014"},
        {"Đơn vị": "kd", "Lớp": "6B", "Ngày sinh": "2/1/2014"},
        {"Đơn vị": "kd", "Lớp": "lớp 6b", "Ngày sinh": "3/1/2014"},
        {"Đơn vị": "02647", "Lớp": "6A"},
    )
    assert (known.unit.id, known.new_class) == (there.id, None)
    assert (new.new_class.name, new.new_class.code) == ("Lớp 6B", "kd-6b")
    assert same.new_class == new.new_class
    assert said(new.warnings) == ["Sẽ thêm Lớp 6B vào Trường THCS Kim Đồng."]
    assert said(wrong.problems) == ["Chỉ trường học mới có lớp; Phường Lào Cai thì không."]


def test_groups_are_known_by_name_and_others_left_out(desk: Desk) -> None:
    line = desk.one(**{"Đối tượng": "hoc sinh, phi công"})
    assert line.audiences == ("pupils",)
    assert "Đối tượng “phi công” không có trong danh sách nên được bỏ qua." in said(line.warnings)


def test_staff_who_are_there_get_their_role_and_once(desk: Desk) -> None:
    account = make_account(desk.session, desk.ward, login="son.lo", name="Lò Văn Sơn")
    held = make_account(desk.session, desk.ward, login="my.vang", name="Vàng Thị Mỷ")
    make_grant(desk.session, held, Role.HELPER, desk.ward)
    changed, same, new, outside = desk.rows(
        {"Họ và tên": "Lò Văn Sơn", "Tên đăng nhập": "son.lo", "Vai trò": "Giám khảo"},
        {"Họ và tên": "Vàng Thị Mỷ", "Tên đăng nhập": "my.vang", "Vai trò": "Người hỗ trợ"},
        {"Vai trò": "Giám khảo", "Phạm vi": "kd"},
        {"Họ và tên": "Tẩn A Sử", "Vai trò": "Giám khảo", "Phạm vi": "Xã Hợp Thành"},
        kind=Kind.STAFF,
    )
    assert (changed.fate, changed.account_id) == (Fate.CHANGED, account.id)
    assert changed.grant == ("judge", desk.ward.id)
    assert (same.fate, same.grant) == (Fate.SAME, None)
    assert (new.fate, new.grant) == (Fate.NEW, ("judge", desk.school.id))
    assert outside.fate is Fate.REFUSED


def test_headcounts_say_what_stands_there(desk: Desk) -> None:
    desk.ward.headcount, desk.school.headcount = 1200, 5
    desk.session.flush()
    lines = desk.rows(
        {"Đơn vị": "02647", "Số người": 1200},
        {"Đơn vị": "kd", "Số người": "650"},
        {"Đơn vị": "Kim Đồng", "Số người": "651"},
        {"Đơn vị": "02680", "Số người": "1"},
        kind=Kind.HEADCOUNTS,
    )
    assert [line.fate for line in lines] == [Fate.SAME, Fate.CHANGED, Fate.REFUSED, Fate.REFUSED]
    assert said(lines[1].warnings) == ["Đang ghi 5 người."]
    assert said(lines[2].problems) == ["Trùng với dòng 3 của tệp."]


def test_whoever_organizes_nothing_any_more_loads_nothing(desk: Desk) -> None:
    desk.organizer = make_account(desk.session, desk.ward, "Người thường")
    assert desk.one().fate is Fate.REFUSED


def test_the_plan_asks_the_database_as_often_for_a_thousand_as_for_ten(
    desk: Desk, count_statements: Callable[[], Any]
) -> None:
    with count_statements() as ten:
        few = desk.plan(lists.people(10, "kd"))
    with count_statements() as thousand:
        many = desk.plan(lists.people(1000, "kd"))
    assert (few.counts["new"], many.counts["new"]) == (10, 1000)
    assert len(ten) == len(thousand) == 7
    assert len({line.login for line in many.lines}) == 1000


def test_the_same_list_gives_the_same_plan(desk: Desk) -> None:
    make_account(desk.session, desk.village, login="binh.nguyen.kd")
    data = lists.people(40, "kd")
    assert desk.plan(data).acts == desk.plan(data).acts
