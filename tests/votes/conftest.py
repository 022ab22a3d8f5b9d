"""A round that is voted for, in the past that tests need."""

from datetime import UTC, datetime

import pytest
from factories.gallery import Scene


@pytest.fixture
def scene(session):
    return Scene(session, datetime(2026, 11, 23, 9, tzinfo=UTC))
