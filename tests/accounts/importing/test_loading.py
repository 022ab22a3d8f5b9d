"""Loading a list: sent, looked over, written by the worker in one piece; passwords seen once."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import lists
from factories.people import make_account, make_grant, make_unit
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contest import worker
from contest.accounts.importing import loading, workbooks
from contest.accounts.models import Account, Role, RoleGrant, Unit
from contest.accounts.people_file import Kind
from contest.config import Settings
from contest.core import db, jobs, passwords
from contest.core.audit import AuditEntry
from contest.core.jobs import Job
from contest.core.sealing import Sealer
from contest.core.spreadsheets import Workbook
from contest.core.storage import DiskStorage
from contest.errors import Invalid, NotFound

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
HEAD = ["Họ và tên", "Ngày sinh", "Số điện thoại", "Tên đăng nhập", "Đơn vị", "Lớp", "Mã số"]
ROWS = [
    ["Nguyễn Thị Hoà", "15/06/1958", "0912345678", "", "02647", "", ""],
    ["Giàng A Páo", "02/09/2012", "", "", "kd", "6A", "HS1"],
    ["Vàng Thị Mỷ", "01/02/2003", "", "my.vang", "02647", "", ""],
    ["Sai", "31/02/2003", "", "", "02647", "", ""],
]


class Desk:
    """An organizer of a ward, a place for files, and a worker's hand."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.sealer = Sealer(settings.secret_key)
        self.files = DiskStorage(settings.data_dir / "files")
        self.ward = make_unit(session, "02647", "Phường Lào Cai")
        self.school = make_unit(session, "kd", "Trường THCS Kim Đồng", "school", parent=self.ward)
        self.organizer = make_account(session, self.ward, "Lò Văn Chủ", login="chu")
        make_grant(session, self.organizer, Role.ORGANIZER, self.ward)
        session.commit()

    def send(self, data: bytes, kind: Kind = Kind.PEOPLE) -> str:
        facts = {"name": "Danh sách.xlsx", "by": self.organizer.id, "now": NOW}
        code = loading.send(self.session, self.files, data, kind, **facts).code
        self.session.commit()
        return code

    def ask(self, code: str) -> str:
        facts = {"by": self.organizer.id, "now": NOW, "today": TODAY}
        asked = loading.ask(self.session, self.files, code, **facts)
        self.session.commit()
        return asked

    def work(self, **facts: Any) -> None:
        usual = {"clock_now": lambda: NOW + timedelta(seconds=5), "sealer": self.sealer}
        assert worker.work_once(worker.HANDLERS, self.files, **{**usual, **facts})
        self.session.expire_all()
        self.session.rollback()

    def load(self, rows: list[list[str]], kind: Kind = Kind.PEOPLE, head: Any = HEAD) -> Job:
        code = self.send(lists.csv([head, *rows]), kind)
        self.ask(code)
        self.work()
        return self.job(code)

    def job(self, code: str) -> Job:
        return self.session.scalars(select(Job).where(Job.code == code)).one()

    def made(self, job: Job) -> dict[str, list[list[str]]]:
        """Read the sheets of what an import made, as the organizer would."""
        with self.files.open(job.result["key"]) as file:
            book = Workbook(file.read(), most_bytes=10**7)
        return {
            sheet.name: [
                [str(cell) for cell in row.cells.values()] for row in book.read(sheet).rows
            ]
            for sheet in book.sheets
        }


@pytest.fixture
def desk(session: Session, settings: Settings) -> Desk:
    return Desk(session, settings)


def people(session: Session) -> list[Account]:
    return list(session.scalars(select(Account).order_by(Account.id)))[1:]


def test_every_good_row_is_written_and_its_password_opens_the_door(desk: Desk) -> None:
    job = desk.load(ROWS)
    assert (job.state, job.expires_at) == ("done", NOW + timedelta(hours=24, seconds=5))
    hoa, pao, my = people(desk.session)
    assert (hoa.name, hoa.birth_date, hoa.unit_id) == (
        *("Nguyễn Thị Hoà", date(1958, 6, 15), desk.ward.id),
    )
    assert desk.sealer.open(hoa.phone_sealed) == "0912345678"
    assert (hoa.login, hoa.phone_blind) == (f"tel:{hoa.phone_blind}", hoa.phone_blind)
    sixth = desk.session.scalars(select(Unit).where(Unit.code == "kd-6a")).one()
    assert (sixth.name, sixth.kind, sixth.path) == (
        *("Lớp 6A", "class", f"{desk.school.path}{sixth.id}/"),
    )
    assert (pao.unit_id, pao.member_code, pao.login) == (sixth.id, "HS1", "pao.giang.kd")
    assert (my.login, my.phone_sealed) == ("my.vang", None)
    slips = desk.made(job)["Tên đăng nhập"]
    assert [row[1:5] for row in slips[1:]] == [
        ["Nguyễn Thị Hoà", "15/06/1958", "Phường Lào Cai", "0912345678"],
        ["Giàng A Páo", "02/09/2012", "Lớp 6A, Trường THCS Kim Đồng", "pao.giang.kd"],
        ["Vàng Thị Mỷ", "01/02/2003", "Phường Lào Cai", "my.vang"],
    ]
    for account, row in zip((hoa, pao, my), slips[1:], strict=True):
        assert account.must_change_password
        assert passwords.is_right(account.password_hash, row[5])
    fates = [row[2] for row in desk.made(job)["Kết quả từng dòng"]]
    assert fates == ["Kết quả", "Đã thêm", "Đã thêm", "Đã thêm", "Không nạp"]
    (entry,) = desk.session.scalars(select(AuditEntry))
    assert (entry.act, entry.by, entry.unit_id, entry.facts) == (
        "accounts.import_people",
        desk.organizer.id,
        desk.ward.id,
        {"kind": "people", "new": 3, "refused": 1},
    )


def test_a_file_sent_again_changes_nothing(desk: Desk) -> None:
    desk.load(ROWS)
    before = [(account.id, account.password_hash) for account in people(desk.session)]
    job = desk.load(ROWS)
    assert [(account.id, account.password_hash) for account in people(desk.session)] == before
    assert "Tên đăng nhập" not in desk.made(job)
    fates = [row[2] for row in desk.made(job)["Kết quả từng dòng"]]
    assert fates == ["Kết quả", "Đã có sẵn", "Đã có sẵn", "Đã có sẵn", "Không nạp"]
    assert desk.session.scalar(select(func.count(Unit.id))) == 3


def test_judges_get_their_roles_with_a_line_in_the_log_each(desk: Desk) -> None:
    head = ["Họ và tên", "Tên đăng nhập", "Đơn vị", "Vai trò", "Phạm vi"]
    make_account(desk.session, desk.ward, "Vàng Thị Mỷ", login="my.vang")
    desk.session.commit()
    rows = [
        ["Lò Văn Sơn", "son.lo", "02647", "Giám khảo", "kd"],
        ["Vàng Thị Mỷ", "my.vang", "02647", "Người hỗ trợ", ""],
    ]
    for _ in range(2):
        desk.load(rows, Kind.STAFF, head)
    grants = select(Account.login, RoleGrant.role, RoleGrant.unit_id).join(
        RoleGrant, RoleGrant.account_id == Account.id
    )
    assert {tuple(row) for row in desk.session.execute(grants)} == {
        ("chu", "organizer", desk.ward.id),
        ("son.lo", "judge", desk.school.id),
        ("my.vang", "helper", desk.ward.id),
    }
    acts = list(desk.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))
    assert acts == ["accounts.grant", "accounts.grant", *["accounts.import_people"] * 2]


def test_headcounts_are_written(desk: Desk) -> None:
    head = ["Đơn vị", "Số người"]
    desk.load([["02647", "12.000"], ["Kim Đồng", "650"]], Kind.HEADCOUNTS, head)
    assert (desk.ward.headcount, desk.school.headcount) == (12000, 650)


def test_somebody_who_takes_the_login_meanwhile_is_made_room_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.hash_password
    taken: list[str] = []

    def hash_beside(password: str) -> str:
        if not taken:
            taken.append("pao.giang.kd")
            with db.transaction() as other:
                make_account(other, make_unit(other), "Giàng A Páo", login=taken[0])
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", hash_beside)
    job = desk.load(ROWS)
    assert job.state == "done"
    login = desk.made(job)["Tên đăng nhập"][2][4]
    assert login.startswith("pao.giang.kd-")
    logins = list(desk.session.scalars(select(Account.login).where(Account.member_code == "HS1")))
    assert logins == [login]


def test_a_cancelled_import_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = passwords.hash_password
    code = desk.ask(desk.send(lists.csv([HEAD, *ROWS])))

    def hash_until_cancelled(password: str) -> str:
        with db.transaction() as other:
            other.query(Job).filter_by(code=code).one().cancel_asked_at = NOW
        return real(password)

    monkeypatch.setattr(passwords, "hash_password", hash_until_cancelled)
    seconds = iter(range(1000))
    desk.work(clock_now=lambda: NOW + timedelta(seconds=2 * next(seconds)))
    assert (desk.job(code).state, people(desk.session)) == ("cancelled", [])


def test_no_log_line_no_row_and_no_job_keeps_a_password(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    job = desk.load(ROWS)
    secret = [row[5] for row in desk.made(job)["Tên đăng nhập"][1:]]
    written = caplog.text + str([job.args, job.result, job.error, job.title, job.subject])
    for entry in desk.session.scalars(select(AuditEntry)):
        written += str([entry.facts, entry.words, entry.subject])
    for private in (*secret, "0912345678", "Nguyễn"):
        assert private not in written


def test_after_a_day_the_file_with_the_passwords_is_gone(desk: Desk) -> None:
    code = desk.load(ROWS).code
    desk.session.rollback()  # this session writes: on SQLite nobody else could
    worker.sweep(desk.files, now=NOW + timedelta(hours=24, seconds=5))
    assert list(desk.files.kept(f"{jobs.FOLDER}/{code}")) == []


def test_a_file_is_its_senders_alone_and_asked_for_once(desk: Desk) -> None:
    code = desk.send(lists.csv([HEAD, *ROWS]))
    other = make_account(desk.session, desk.ward)
    with pytest.raises(NotFound):
        loading.sent_file(desk.session, code, by=other.id)
    assert desk.ask(code) == desk.ask(code) == code
    assert desk.session.scalar(select(func.count(Job.id))) == 1


def test_a_file_that_was_cleared_away_cannot_be_loaded(desk: Desk) -> None:
    code = desk.send(lists.csv([HEAD, *ROWS]))
    desk.files.delete(jobs.source_key(code))
    with pytest.raises(NotFound):
        desk.ask(code)


def test_what_is_no_list_is_not_kept(desk: Desk) -> None:
    with pytest.raises(Invalid):
        desk.send(b"%PDF-1.7")
    assert list(desk.files.kept(jobs.FOLDER)) == []


@pytest.mark.parametrize("kind", list(workbooks.NAMES))
def test_a_template_is_read_back_empty_with_its_headings(kind: str) -> None:
    book = Workbook(workbooks.template(kind, [], ["Học sinh"]), most_bytes=10**7)
    assert [sheet.name for sheet in book.sheets] == [
        *("Danh sách", "Hướng dẫn", "Ví dụ", "Danh mục đơn vị"),
    ]
    (heads,) = book.read(book.sheets[0]).rows
    wanted = [head.title + (" *" if head.is_needed else "") for head in workbooks.COLUMNS[kind]]
    assert list(heads.cells.values()) == wanted
    examples = book.read(book.sheets[2]).rows
    assert len(examples) == 3


def test_a_filled_template_is_loaded(desk: Desk, count_statements: Callable[[], Any]) -> None:
    heads = [head.title + " *" for head in workbooks.COLUMNS["people"]]
    rows = [heads, *(list(row) for row in workbooks.EXAMPLES["people"])]
    code = desk.send(lists.xlsx({"Danh sách": rows, "Hướng dẫn": [["x"]]}))
    sent = loading.sent_file(desk.session, code, by=desk.organizer.id)
    with count_statements() as counted:
        plan = loading.looked_over(desk.session, desk.files, sent, sealer=desk.sealer, today=TODAY)
    assert (plan.counts["new"], len(counted)) == (2, 7)
    assert io.BytesIO(workbooks.made(plan, {2: "a", 3: "b"})).read(2) == b"PK"
