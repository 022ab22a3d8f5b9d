"""The public result's statements do not grow with it, and its pages have ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from factories.desks import text_of
from factories.juries import Jury, make_jury
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.contests.models import Division
from contest.judging import publishing, result_queries

OUT = "/results/hoi-thi/video"


def published(session: Session, entries: int) -> Jury:
    jury = make_jury(session)
    for number in range(entries):
        jury.enter(f"x{number:02}", (("5", "5"), ("5", "4"), ("4", "4")))
    run = publishing.propose(session, jury.chair(), now=jury.after)
    for account, office in ((jury.head, "head_judge"), (jury.organizer, "organizer")):
        publishing.sign(session, jury.chair(account), run.code, office=office, now=jury.after)
    publishing.publish(session, jury.chair(), run.code, now=jury.after)
    session.commit()
    return jury


@pytest.mark.parametrize("entries", [0, 40])
def test_a_page_takes_as_many_statements_for_few_as_for_many(
    session: Session, client: FlaskClient, count_statements: Callable[[], object], entries: int
) -> None:
    published(session, entries)

    with count_statements() as counted:
        assert client.get(OUT).status_code == 200

    assert len(counted) == 6


def test_a_long_board_has_pages(session: Session, client: FlaskClient) -> None:
    published(session, 50)

    assert text_of(client.get(OUT)).count("Bài x") == 46
    assert text_of(client.get(f"{OUT}?page=2")).count("Bài x") == 4
    assert client.get(f"{OUT}?page=3").status_code == 404


def test_another_division_is_a_link_away(session: Session, client: FlaskClient) -> None:
    jury = published(session, 0)
    other: Division = jury.divisions["nguoi-dan"]

    page = text_of(client.get(f"{OUT}?division={other.code}"))

    assert "Không có bài nào được xếp hạng ở bảng này." in page


def test_marks_are_for_boards_by_registration(session: Session) -> None:
    jury = published(session, 0)
    session.expire_all()

    found = list(result_queries.published_marks(session, [jury.round.id]))

    assert [(each.registration_id, each.place, str(each.mark)) for each in found] == [
        (jury.people["a"].id, 1, "82.2200"),
        (jury.people["b"].id, 2, "73.3300"),
        (jury.people["c"].id, 3, "62.2200"),
        (jury.people["d"].id, 4, "51.1100"),
        (jury.people["e"].id, 5, "35.5600"),
    ]
    assert list(result_queries.published_marks(session, [])) == []
