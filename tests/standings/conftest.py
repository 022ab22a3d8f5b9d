"""A small province with a contest, and people who sit its rounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from factories.standings import World, make_world
from sqlalchemy.orm import Session


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def make(session: Session) -> Callable[..., World]:
    return lambda **facts: make_world(session, **facts)
