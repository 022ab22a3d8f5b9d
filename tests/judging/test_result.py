"""The public result's statements do not grow with it, and its pages have ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from factories.desks import text_of
from factories.entries import entry_rules
from factories.juries import Jury, make_jury
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.contests.models import Division
from contest.judging import publishing, result_queries
from contest.rules.entry_rules import VotePeriod, VoteRules

OUT = "/results/hoi-thi/video"


def published(session: Session, entries: int, **facts: Any) -> Jury:
    jury = make_jury(session, **facts)
    for number in range(entries):
        jury.enter(f"x{number:02}", (("5", "5"), ("5", "4"), ("4", "4")))
    return publish(session, jury)


def publish(session: Session, jury: Jury) -> Jury:
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


VOTED = entry_rules(is_gallery=True, vote=VoteRules(VotePeriod.ROUND, share=30, days=1))
NOT_SHOWN = "Bài này không được trưng bày trong lúc bình chọn"


def test_why_says_what_the_vote_was_for_what_nobody_could_vote_for(
    session: Session, client: FlaskClient
) -> None:
    jury = make_jury(session, rules=VOTED)
    shown = jury.entries["b"]
    shown.shows_in_gallery, shown.published_at = True, jury.round.closes_at
    publish(session, jury)

    page = text_of(client.get(f"{OUT}/entries/bai-a"))
    assert NOT_SHOWN in page
    assert "Điểm giám khảo 82,22 chiếm 70 %, điểm bình chọn 0 chiếm 30 %." in page
    assert NOT_SHOWN not in text_of(client.get(f"{OUT}/entries/bai-b"))


def test_the_votes_are_offered_once_the_result_is_official(
    session: Session, client: FlaskClient
) -> None:
    jury = published(session, 0, rules=VOTED)
    address = "/votes/hoi-thi/video/list.csv"
    assert address not in client.get(OUT).text
    jury.round.settled_at = jury.after
    session.commit()
    assert address in client.get(OUT).text


def test_why_says_that_a_division_without_a_vote_counts_the_jury_alone(
    session: Session, client: FlaskClient
) -> None:
    published(session, 0, rules=VOTED)

    page = text_of(client.get(f"{OUT}/entries/bai-a"))

    assert "nên chỉ tính điểm giám khảo." in page
    assert "Điểm cuối cùng: 82,22." in page


def test_a_result_of_the_first_rules_is_still_explained(
    session: Session, client: FlaskClient
) -> None:
    jury = published(session, 0, rules=VOTED)
    run = result_queries.published(session, jury.round.id)
    document = json.loads(run.body)
    for one in document["input"]["entries"]:
        del one["is_votable"]
    for division in document["outcome"]["divisions"]:
        for one in division["entries"]:
            one["vote"] = "0.000000"
    run.body = json.dumps(document)
    session.commit()

    page = text_of(client.get(f"{OUT}/entries/bai-a"))

    assert "điểm bình chọn 0 chiếm 30 %." in page
    assert NOT_SHOWN not in page


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
