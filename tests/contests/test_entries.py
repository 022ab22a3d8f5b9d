"""A round of entries is seen on the contest's page, and no paper, board or closing touches it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories.contests import WEEK, make_contest, make_division, make_registration, make_round
from factories.people import make_account
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest import closing
from contest.contests import queries
from contest.contests.models import Contest, Round
from contest.core import clock
from contest.errors import TooEarly
from contest.standings.models import Board

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR = timedelta(hours=1)


@pytest.fixture
def both(session: Session) -> Contest:
    """A quiz of 70 percent and videos of 30 percent, both open now."""
    contest = make_contest(session, "hai-phan", combine="weighted")
    opens = clock.now() - HOUR
    make_round(session, contest, "bai", name="Trắc nghiệm", weight=Decimal(70), opens_at=opens)
    make_round(
        *(session, contest, "video"),
        name="Video dự thi",
        kind="entries",
        plan=[],
        weight=Decimal(30),
        opens_at=opens,
    )
    make_division(session, contest)
    session.commit()
    return contest


def test_the_contests_page_shows_it_without_a_way_into_a_paper(
    client: FlaskClient, session: Session, both: Contest, sign_in: Callable[..., Any]
) -> None:
    account = make_account(session)
    division = session.scalars(select(queries.Division)).one()
    make_registration(session, both, division, account)
    sign_in(client, account)
    page = client.get("/contests/hai-phan").text
    assert "Nộp bài dự thi" in page
    assert "Trang nộp bài sẽ mở sau." in page
    assert "Chiếm 30% tổng điểm của cuộc thi." in page
    assert page.count("/attempts/rounds/hai-phan/bai") == 1
    assert "/attempts/rounds/hai-phan/video" not in page
    refused = client.get("/attempts/rounds/hai-phan/video")
    assert refused.status_code == 409
    assert "Bạn vào trang cuộc thi để nộp bài." in refused.text
    assert client.post("/attempts/rounds/hai-phan/video/start").status_code == 409


def test_lists_lead_to_what_can_be_sat(
    client: FlaskClient, session: Session, both: Contest
) -> None:
    assert both.code in client.get("/contests/").text
    (row,) = queries.published(session, clock.now())
    assert row.open_round is not None
    assert row.open_round.code == "bai"
    with pytest.raises(TooEarly):
        queries.kept_round(session, "hai-phan", "video")


@pytest.mark.usefixtures("both")
def test_closing_settles_the_quiz_alone_and_leaves_the_contest_provisional(
    session: Session,
) -> None:
    later = clock.now() + WEEK + HOUR
    assert [each.code for each in queries.unsettled(session, later)] == ["bai"]
    assert closing.settle_closed(session, later, ZONE) == 1
    assert closing.settle_closed(session, later, ZONE) == 0
    settled = {each.code: each.settled_at for each in session.scalars(select(Round))}
    assert settled == {"bai": later, "video": None}
    revisions = {each.code.split("/")[1]: each.revision for each in session.scalars(select(Board))}
    assert revisions["round.bai"] == 1
    assert revisions["all"] == 0
    assert "round.video" not in revisions


@pytest.mark.usefixtures("both")
def test_boards_open_without_it(client: FlaskClient) -> None:
    page = client.get("/boards/hai-phan")
    assert page.status_code == 200
    assert "Video dự thi" not in page.text
