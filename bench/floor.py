"""The bare floor: one route, one upsert, one commit. What the site's figures are divided by.

Same PostgreSQL, same driver, same pool, same gunicorn settings as the site; nothing else.
Run by bench/__main__.py as `gunicorn bench.floor:app`.
"""

import os
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

metadata = MetaData()
answers = Table(
    "floor_answers",
    metadata,
    Column("attempt_id", BigInteger, primary_key=True),
    Column("no", Integer, primary_key=True, autoincrement=False),
    Column("value", JSONB),
    Column("seq", BigInteger, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
)


def create_app(engine: Engine) -> Flask:
    """Return the floor's app on `engine`."""
    app = Flask("floor")
    new = insert(answers)
    upsert = new.on_conflict_do_update(
        index_elements=["attempt_id", "no"],
        set_={name: new.excluded[name] for name in ("value", "seq", "saved_at")},
        where=answers.c.seq < new.excluded.seq,
    )

    @app.post("/<int:attempt_id>/answers")
    def answer(attempt_id: int) -> dict[str, Any]:
        one = request.get_json()["answers"][0]
        row = {"attempt_id": attempt_id, "saved_at": datetime.now(UTC)}
        with engine.begin() as connection:
            connection.execute(upsert, {**row, **one})
        return {"saved": [one["no"]]}

    return app


def stored(engine: Engine) -> dict[tuple[int, int], tuple[int, Any]]:
    """Return every row: (attempt, question) → (seq, value)."""
    columns = (answers.c.attempt_id, answers.c.no, answers.c.seq, answers.c.value)
    with engine.connect() as connection:
        return {(row[0], row[1]): (row[2], row[3]) for row in connection.execute(select(*columns))}


def count(engine: Engine) -> int:
    """Return how many rows there are."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(answers)).scalar_one()


def _from_env() -> Flask:
    threads = int(os.environ["CONTEST_THREADS"])
    url = os.environ["CONTEST_DATABASE_URL"]
    return create_app(create_engine(url, pool_size=threads, max_overflow=4, pool_pre_ping=False))


def __getattr__(name: str) -> Flask:
    """Build `app` when gunicorn asks for it, so that importing this module opens nothing."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = made = _from_env()
    return made
