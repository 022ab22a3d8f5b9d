"""How many SQL statements the live page and the list of a bank take, at few and at many rows."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event, insert, select

from bench import imports, seeding
from contest.accounts.models import RoleGrant, Unit
from contest.app import create_app
from contest.attempts.models import Attempt
from contest.config import Settings
from contest.contests.models import Registration
from contest.core import cache, db, ids
from question_bank import service as bank
from question_bank.formats.reading import Reading
from question_bank.models import Bank, QuestionState

FEW, MANY = 10, 10_000
BANK = "bench"
AT_ONCE = 1000


def measure(engine: Engine, folder: Path) -> dict[str, Any]:
    """Fill an empty database twice; give {page: statements at FEW, at MANY}, nothing remembered."""
    now = seeding.moment()
    url = engine.url.render_as_string(hide_password=False)
    db.bind(engine)
    seeding.fill(engine, now)
    app = create_app(Settings(data_dir=folder, database_url=url, secret_key="x" * 40), engine)
    app.extensions["settings"].data_dir.mkdir(exist_ok=True)
    organizer = seeding.add_people(app, 1, now)[0]
    with db.transaction() as writing:
        root = writing.scalars(select(Unit).where(Unit.parent_id.is_(None))).first()
        assert root is not None
        writing.add(
            RoleGrant(
                account_id=organizer.account_id,
                role="administrator",
                unit_id=root.id,
                granted_at=now,
            )
        )
        bank.open_bank(
            writing, BANK, "Bench", unit_id=root.id, is_shared_down=True, by=None, now=now
        )
    client = app.test_client()
    for name, value in organizer.cookies.items():
        client.set_cookie(name, value)
    pages = {
        "live_page": f"/organizer/rounds/{seeding.CONTEST}/{seeding.ROUND}",
        "bank_list": f"/banks/questions?bank={BANK}",
    }
    questions = imports.questions("desk")
    found: dict[str, list[int]] = {name: [] for name in pages}
    for size, more in ((FEW, FEW), (MANY, MANY - FEW)):
        _add_attempts(app, more, now)
        _add_questions(islice(questions, more), now)
        for name, path in pages.items():
            found[name].append(_count(engine, lambda path=path: _get(client, path)))
        print(f"desk_queries: counted at {size}", flush=True)
    return {f"desk_queries_{name}": counts for name, counts in found.items()}


def _add_attempts(app: Any, count: int, now: Any) -> None:
    """Start one attempt as people do, and the others as copies of it."""
    people = seeding.add_people(app, count, now)
    seeding.begin(people[:1], now)
    with db.transaction() as writing:
        first = writing.scalars(select(Attempt).order_by(Attempt.id.desc())).first()
        entry = writing.scalars(select(Registration).order_by(Registration.id.desc())).first()
        assert first is not None
        assert entry is not None
        like_attempt = {key: value for key, value in _row(first).items() if key != "id"}
        like_entry = {key: value for key, value in _row(entry).items() if key != "id"}
    rest = people[1:]
    for at in range(0, len(rest), AT_ONCE):
        part = rest[at : at + AT_ONCE]
        with db.transaction() as writing:
            entries = [
                {**like_entry, "code": ids.new_code(), "account_id": one.account_id} for one in part
            ]
            made = writing.scalars(
                insert(Registration).returning(Registration.id, sort_by_parameter_order=True),
                entries,
            ).all()
            rows = [
                {
                    **like_attempt,
                    "code": ids.new_code(),
                    "account_id": one.account_id,
                    "registration_id": entry_id,
                    "seed": secrets.randbits(60),
                }
                for one, entry_id in zip(part, made, strict=True)
            ]
            writing.execute(insert(Attempt), rows)


def _row(model: Any) -> dict[str, Any]:
    return {column.key: getattr(model, column.key) for column in model.__table__.c}


def _add_questions(drafts: Iterator[Any], now: Any) -> None:
    with db.transaction() as writing:
        target = writing.scalars(select(Bank).where(Bank.code == BANK)).one()
        good = tuple(replace(one, audiences=("everybody",)) for one in drafts)
        report = bank.import_questions(
            writing,
            Reading(good, ()),
            by=None,
            now=now,
            bank=target,
            as_state=QuestionState.DRAFT,
        )
        assert report.added == len(good), report.problems[:3]


def _get(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")


def _count(engine: Engine, act: Callable[[], None]) -> int:
    cache.forget_everything()
    with _counting(engine) as statements:
        act()
    return len(statements)


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
