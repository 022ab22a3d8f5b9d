"""The database under the site: real tables, the starter content, one contest, many people."""

import hashlib
import secrets
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, session
from flask_login import login_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import Engine, Table, func, insert, select
from sqlalchemy.orm import Session

from contest import tables
from contest.accounts import service as people
from contest.accounts import unit_file
from contest.accounts.models import Account, SignIn, Unit
from contest.attempts import queries as attempts_read
from contest.attempts import service as attempts
from contest.attempts.models import Answer, Attempt
from contest.audiences import service as audiences
from contest.config import ROOT
from contest.contests import contest_file
from contest.contests import service as contests
from contest.core import clock, db, ids
from contest.core.visitor import Visitor
from contest.rules.vietnamese import fold, name_sort_key
from question_bank import service as bank
from question_bank.formats import registry
from question_bank.models import Question
from question_bank.queries import EVERYBODY

DATA = ROOT / "contest" / "data"
CONTENT = ROOT / "question_bank" / "content"
LEAST_QUESTIONS = 240
PAPER = 15
CONTEST, ROUND, DIVISION = "bench", "dot-1", "moi-nguoi"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CHUNK = 250  # people in one transaction
SURNAMES = ("Nguyễn", "Trần", "Lù", "Giàng", "Vàng", "Hoàng", "Lò", "Phạm", "Sùng", "Đặng")
GIVEN = ("Anh", "Bình", "Chi", "Dung", "Giang", "Hà", "Lan", "Mai", "Páo", "Thắng", "Ước", "Yến")
CONTEST_FILE = """
code = "{code}"
unit = "{unit}"
title = "Đo tốc độ"
about = "Cuộc thi chỉ để đo tốc độ của hệ thống."
contact = "Không có"

[[divisions]]
code = "{division}"
name = "Mọi người dân"
audience = "everybody"

[[divisions]]
code = "cao-tuoi"
name = "Người cao tuổi"
audience = "elderly"
is_easy = true

[[rounds]]
code = "{round}"
name = "Đợt 1"
opens_at = {opens}
closes_at = {closes}
time_limit_s = 7200
{plan}
"""
PLAN = (
    ("devices", 3),
    ("internet", 3),
    ("public_services", 3),
    ("cashless", 2),
    ("official_information", 2),
    ("scams", 2),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A seeded account with its sign-in and its browser's cookies."""

    account_id: int
    cookies: dict[str, str]
    token: str  # CSRF
    device: str


def fill(engine: Engine, now: datetime) -> int:
    """Make the tables and load the content; return how many questions papers are drawn of."""
    tables.metadata.create_all(engine)
    with db.transaction() as writing:
        rows = unit_file.read((DATA / "units_lao_cai.csv").read_bytes())
        people.load_units(writing, rows, by=None, now=now)
        audiences.load(writing, (DATA / "audiences.toml").read_bytes(), now=now)
        topics = tomllib.loads((CONTENT / "topics.toml").read_text("utf-8"))["topic"]
        bank.load_topics(writing, topics)
    for file in sorted(CONTENT.glob("[0-9]*.toml")):
        reading = registry.read(file.read_bytes(), "toml")
        # Everybody may draw every question here: the pool is the whole bank.
        drafts = tuple(replace(one, audiences=(EVERYBODY,)) for one in reading.questions)
        with db.transaction() as writing:
            opened = replace(reading, questions=drafts)
            report = bank.import_questions(writing, opened, {}, by=None, now=now)
            assert not report.problems, report.problems
    with db.transaction() as writing:
        spec = contest_file.read(_contest(rows[0].code, now).encode(), zone=ZONE)
        contests.load_contest(writing, spec, by=None, now=now)
        found: int = writing.scalar(select(func.count()).select_from(Question)) or 0
    assert found >= LEAST_QUESTIONS, found
    assert sum(count for _, count in PLAN) == PAPER
    return found


def _contest(unit: str, now: datetime) -> str:
    plan = "".join(f'[[rounds.plan]]\ntopic = "{topic}"\ncount = {n}\n' for topic, n in PLAN)
    return CONTEST_FILE.format(
        code=CONTEST,
        unit=unit,
        division=DIVISION,
        round=ROUND,
        opens=f"{(now - timedelta(hours=1)).astimezone(ZONE):%Y-%m-%dT%H:%M:%S}",
        closes=f"{(now + timedelta(days=1)).astimezone(ZONE):%Y-%m-%dT%H:%M:%S}",
        plan=plan,
    )


def add_people(app: Flask, count: int, now: datetime) -> list[Person]:
    """Open accounts, sign each in (a row and a signed cookie), as the site would have."""
    added: list[Person] = []
    with db.transaction() as writing:
        units = list(writing.scalars(select(Unit.id).where(Unit.parent_id.is_not(None))))
    for first in range(0, count, CHUNK):
        with db.transaction() as writing:
            added += _add_chunk(app, writing, range(first, min(count, first + CHUNK)), units, now)
    return added


def _add_chunk(
    app: Flask, writing: Session, numbers: range, units: Sequence[int], now: datetime
) -> list[Person]:
    accounts = writing.execute(
        insert(Account).returning(Account.id, sort_by_parameter_order=True),
        [_account(number, units[number % len(units)], now) for number in numbers],
    )
    browsers = [secrets.token_urlsafe(24) for _ in numbers]
    rows = [
        {
            "code": ids.new_code(32),
            "account_id": row.id,
            "epoch": 1,
            "device": hashlib.sha256(browser.encode()).hexdigest(),
            "opened_at": now,
        }
        for row, browser in zip(accounts, browsers, strict=True)
    ]
    entered = writing.execute(
        insert(SignIn).returning(SignIn.id, sort_by_parameter_order=True), rows
    )
    return [
        _person(app, row, sign_in.id, browser)
        for row, sign_in, browser in zip(rows, entered, browsers, strict=True)
    ]


def _account(number: int, unit_id: int, now: datetime) -> dict[str, Any]:
    name = f"{SURNAMES[number % 10]} Thị {GIVEN[number % 12]}"
    return {
        "code": ids.new_code(),
        "login": f"nguoi{number}x{secrets.token_hex(4)}",
        "password_hash": "",
        "must_change_password": False,
        "epoch": 1,
        "name": name,
        "name_folded": fold(name),
        "name_key": name_sort_key(name),
        "birth_date": date(1960 + number % 45, 1 + number % 12, 1 + number % 28),
        "unit_id": unit_id,
        "audiences": [],
        "is_active": True,
        "registered_at": now,
    }


def _person(app: Flask, row: dict[str, Any], sign_in_id: int, browser: str) -> Person:
    """Write the cookie as accounts/views.py does when it lets somebody in."""
    with app.test_request_context():
        session.permanent = True
        session["account"] = row["account_id"]
        login_user(Visitor(row["account_id"], sign_in_id, row["code"], ""))
        token: str = generate_csrf()
        response = app.response_class()
        app.session_interface.save_session(app, session, response)
    cookie = response.headers["Set-Cookie"].partition("=")[2].partition(";")[0]
    return Person(row["account_id"], {"session": cookie, "device": browser}, token, row["device"])


def begin(sitters: Sequence[Person], now: datetime) -> list[dict[str, Any]]:
    """Enter people and start an attempt for each; return them as the driver's answerers."""
    found: list[dict[str, Any]] = []
    for first in range(0, len(sitters), CHUNK):
        with db.transaction() as writing:
            found += [_begin_one(writing, one, now) for one in sitters[first : first + CHUNK]]
    return found


def _begin_one(writing: Session, one: Person, now: datetime) -> dict[str, Any]:
    contests.register(writing, CONTEST, DIVISION, by=one.account_id, now=now, zone=ZONE)
    attempt = attempts.start(
        writing,
        CONTEST,
        ROUND,
        by=one.account_id,
        device=one.device,
        seed=ids.new_seed(),
        now=now,
        zone=ZONE,
    )
    facts = attempts_read.facts(writing, attempt.code, by=one.account_id)
    return {
        "id": attempt.id,
        "path": f"/attempts/{attempt.code}/answers",
        "cookies": "; ".join(f"{name}={value}" for name, value in one.cookies.items()),
        "token": one.token,
        "shapes": [[shape.kind.value, shape.size, shape.size_right] for shape in facts.shapes],
    }


def stored_answers(engine: Engine) -> dict[tuple[int, int], tuple[int, Any]]:
    """Return every saved answer: (attempt, question) → (seq, value)."""
    table = cast("Table", Answer.__table__)
    columns = (table.c.attempt_id, table.c.no, table.c.seq, table.c.value)
    with engine.connect() as connection:
        return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(select(*columns))}


def papers(engine: Engine, codes: Sequence[str]) -> dict[str, int]:
    """Return how many different questions the paper of each of these attempts has."""
    with Session(engine) as reading:
        rows = reading.execute(select(Attempt.code, Attempt.paper)).all()
    wanted = set(codes)
    return {code: len({item["v"] for item in paper}) for code, paper in rows if code in wanted}


def moment() -> datetime:
    """Return the moment the seeded people began: now, in UTC."""
    return clock.now().astimezone(UTC)
