"""A real browser and a real site for every journey; without a browser they are skipped aloud."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from journeys import phones, sites
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.journey)
            if not phones.is_there():
                item.add_marker(pytest.mark.skip(reason=f"no browser at {phones.CHROMIUM}"))


@pytest.fixture(scope="session")
def drive() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=phones.PATIENCE_MS)
        yield playwright


@pytest.fixture(scope="session")
def chromium(drive: Playwright) -> Iterator[Browser]:
    launched = phones.launch(drive)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """The site as `make run` gives it: SQLite, no Redis."""
    with sites.running(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="session")
def site_on_servers(
    tmp_path_factory: pytest.TempPathFactory, postgresql: sa.URL, redis_url: str
) -> Iterator[sites.Site]:
    """The site as a province runs it: PostgreSQL, Redis, two processes."""
    name = f"journey_{uuid.uuid4().hex}"
    admin = sa.create_engine(postgresql.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name} template {postgresql.database}"))
    url = postgresql.set(database=name).render_as_string(hide_password=False)
    folder = tmp_path_factory.mktemp("servers")
    with sites.running(folder, database_url=url, redis_url=redis_url, workers=2) as found:
        yield found
    with admin.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()
