"""The rules of one contest, written as a visitor would read them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from factories.regulations import CODE
from flask import Flask
from sqlalchemy.orm import Session

from contest.core import db
from contest.regulations import queries
from contest.regulations.document import Document
from contest.regulations.writing import write


@pytest.fixture
def written(app: Flask, session: Session) -> Callable[..., Document]:  # noqa: ARG001
    def make(code: str = CODE, *, language: str = "vi") -> Document:
        cookie = {"Cookie": f"language={language}"}
        with app.test_request_context(headers=cookie), db.reading_session() as reading:
            return write(queries.facts(reading, code))

    return make
