"""What every test may ask for: real databases, a real Redis, the site and a visitor's client.

Fixtures that need a feature's room live in that room's folder.
"""

from __future__ import annotations

import gc
import os
import sys
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from werkzeug.routing import Rule

sys.path.insert(0, str(Path(__file__).parent))

import emptied
import servers
from factories.people import make_sign_in

from contest import tables
from contest.accounts.models import Account, SignIn
from contest.app import create_app
from contest.config import Settings
from contest.core import cache, db, schema

# No test asserts a time; a busy machine may take as long as it likes. Forty examples a run, new
# ones each time, keep the whole suite within minutes; a test that needs more says so itself.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=40)
hypothesis.settings.load_profile("suite")

DATABASES = ("sqlite", "postgresql")

# Werkzeug reads and compiles each rule for each site anew, nine tenths of what building a site
# takes. What it finds depends on the rule alone, so that equal rules of other sites may share it.
_compile = Rule.compile
_compiled: dict[Hashable, tuple[Any, ...]] = {}


def _compile_once(rule: Rule) -> None:
    key = (rule.rule, tuple(sorted((rule.defaults or {}).items())), rule.subdomain)
    if key not in _compiled:
        _compile(rule)
        builders = [each.__func__ for each in (rule._build, rule._build_unknown)]  # type: ignore[attr-defined]
        parts = (rule._parts, rule._trace, rule._converters, frozenset(rule.arguments))
        _compiled[key] = (*parts, *builders)
        return
    rule._parts, rule._trace, rule._converters, arguments, build, build_unknown = _compiled[key]
    rule.arguments.update(arguments)
    rule._build = build.__get__(rule, None)
    rule._build_unknown = build_unknown.__get__(rule, None)


Rule.compile = _compile_once  # type: ignore[method-assign]


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is there for the whole run, as `wsgi` does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A real PostgreSQL with a migrated template database; $TEST_DATABASE_URL when given."""
    with _server() as url:
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        template = f"template_{uuid.uuid4().hex}"
        with admin.connect() as connection:
            connection.execute(sa.text(f"create database {template}"))
        there = sa.make_url(url).set(database=template)
        engine = sa.create_engine(there)
        schema.upgrade(engine, tables.metadata)
        engine.dispose()
        yield there
        with admin.connect() as connection:
            connection.execute(sa.text(f"drop database {template} with (force)"))
        admin.dispose()


@contextmanager
def _server() -> Iterator[str]:
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    else:
        with servers.postgres() as url:
            yield url


@pytest.fixture(scope="session")
def kept_database(postgresql: sa.URL) -> Iterator[emptied.Database]:
    """One PostgreSQL database for the tests of this process, empty whenever one begins."""
    kept = emptied.Database(postgresql)
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis; $TEST_REDIS_URL when given."""
    if url := os.environ.get("TEST_REDIS_URL"):
        yield url
        return
    with servers.redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "contest.db"
    engine = db.connect(f"sqlite:///{path}")
    schema.upgrade(engine, tables.metadata)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite file of the test that runs lies: one place, so that its engine is kept."""
    return tmp_path_factory.mktemp("sqlite") / "contest.db"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database that is empty for each test, on each kind of database."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("sqlite_place")
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{path}"
        return
    kept: emptied.Database = request.getfixturevalue("kept_database")
    yield kept.url
    kept.empty()


@pytest.fixture(scope="session")
def kept_engines() -> Iterator[dict[str, Engine]]:
    """Engines by address: what they compiled, and PostgreSQL's processes, last for many tests."""
    kept: dict[str, Engine] = {}
    yield kept
    for engine in kept.values():
        engine.dispose()


@pytest.fixture
def engine(database_url: str, kept_engines: dict[str, Engine]) -> Iterator[Engine]:
    """An engine on this test's own database; both kinds of session are bound to it."""
    cache.forget_everything()
    if database_url in kept_engines:
        opened = kept_engines[database_url]
        db.bind(opened)
    else:
        opened = kept_engines[database_url] = db.connect(database_url)
    yield opened
    is_file = opened.dialect.name == "sqlite"  # the next test's is another
    if is_file or cast("QueuePool", opened.pool).checkedout():
        opened.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:  # noqa: ARG001 -- it binds the sessions
    """A writing session on this test's own database; what it does not commit is gone after."""
    with db.writing_session() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        secret_key="một khoá bí mật chỉ dùng trong kiểm thử",
        timezone=ZoneInfo("Asia/Ho_Chi_Minh"),
    )


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled by one test's site, for the sites of the next ones."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, engine: Engine, compiled: FileSystemBytecodeCache) -> Flask:
    """The site on this test's own database; CSRF is checked only by the tests about it."""
    site = create_app(settings, engine)
    site.jinja_env.bytecode_cache = compiled
    site.config["WTF_CSRF_ENABLED"] = False
    return site


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser: it keeps its cookies."""
    return app.test_client()


@pytest.fixture
def sign_in(session: Session) -> Callable[..., SignIn]:
    """Let a client be signed in as an account, without hashing: `sign_in(client, account)`."""

    def enter(client: FlaskClient, account: Account, **facts: object) -> SignIn:
        opened = make_sign_in(session, account, **facts)
        session.commit()
        with client.session_transaction() as cookie:
            cookie.update(_user_id=opened.code, _fresh=True, account=account.id)
        return opened

    return enter


@pytest.fixture
def count_statements(engine: Engine) -> Callable[[], object]:
    """Count SQL statements: `with count_statements() as counted: …; counted[0] == 3`."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_: object) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN")):
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
