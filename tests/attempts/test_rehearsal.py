"""“See it as a participant”: the whole round, and no trace of it anywhere."""

from __future__ import annotations

import json
import re

import pytest
from factories.attempts import EVERY_KIND, import_drafts
from factories.contests import OPENING, WEEK, make_topic
from factories.drafts import make_draft
from factories.people import make_account, make_audience, make_grant, make_sign_in, make_unit
from sqlalchemy import func, select

from contest import tables
from contest.accounts.models import Role
from contest.core import clock, db

ONE_WAY = {"is_one_way": True}


@pytest.fixture
def desk(app):
    """Give a draft's code and its organizer's browser; `facts` change the draft's only round."""

    def build(role=Role.ORGANIZER, drafts=EVERY_KIND, **facts):
        with db.transaction() as session:
            province = make_unit(session, "15", "Tỉnh Lào Cai", "province")
            ward = make_unit(session, "02647", "Phường Lào Cai", parent=province)
            other = make_unit(session, "02650", "Phường Cam Đường", parent=province)
            make_audience(session, "everybody")
            make_topic(session)
            import_drafts(session, drafts, OPENING - WEEK)
            account = make_account(session, ward, "Lò Văn Chủ")
            make_grant(session, account, Role.ORGANIZER, other if role is None else ward)
            round_ = {
                "code": "tuan-1",
                "name": "Tuần 1",
                "opens_at": f"{clock.now() + WEEK:%Y-%m-%dT%H:%M:%S}",
                "closes_at": f"{clock.now() + 2 * WEEK:%Y-%m-%dT%H:%M:%S}",
                "time_limit_s": 600,
                "plan": [{"count": len(drafts)}],
                "bound": "1",
                "shuffles_questions": False,
                "shuffles_options": False,
                **facts,
            }
            made = make_draft(session, ward, account, data={"rounds": [round_]})
            code, person = made.code, account.id
            sign_in = make_sign_in(session, account).code
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["account"], kept["_user_id"], kept["_fresh"] = person, sign_in, True
        return f"/attempts/rehearsals/{code}/0/0", client

    return build


def rows():
    """Count every row of every table."""
    with db.reading_session() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in tables.metadata.sorted_tables
        }


def drawn(client, address):
    """Open the paper as its link does; give its address with the seed, and the page."""
    response = client.get(address, follow_redirects=True)
    assert response.status_code == 200
    return f"{response.request.path}?{response.request.query_string.decode()}", response.text


def was(page):
    """What the form carries along of each question."""
    return {
        int(no): json.loads(value.replace("&#34;", '"'))
        for no, value in re.findall(r'name="was-(\d+)" value="([^"]*)"', page)
        if no != "0"
    }


def test_a_rehearsed_paper_has_every_question_and_leaves_no_trace(desk):
    address, client = desk()
    before = rows()

    here, page = drawn(client, address)
    answer = {f"was-{no}": "null" for no in range(1, 7)}
    result = client.post(here, data={**answer, "q-1": "1", "go": "hand-in"})

    assert set(was(page)) == set(range(1, 7))
    assert result.status_code == 200
    assert "Kết quả xem thử" in result.text
    assert result.text.count('class="review"') == 6
    assert rows() == before


def test_the_same_seed_is_the_same_paper_and_another_tap_another_seed(desk):
    address, client = desk()
    here, page = drawn(client, address)

    again = client.get(here).text
    other, _ = drawn(client, address)

    questions = re.compile(r'<span class="question__words">(.*?)</span>')
    assert questions.findall(page) == questions.findall(again) != []
    assert other != here


def test_a_right_paper_scores_in_full(desk):
    only = [d for d in EVERY_KIND if d.type == "true_false"]
    address, client = desk(drafts=only)
    here, _ = drawn(client, address)
    right = str(only[0].key.right).lower()
    wrong = "false" if right == "true" else "true"

    good = client.post(here, data={"was-1": "null", "q-1": right, "go": "hand-in"}).text
    bad = client.post(here, data={"was-1": "null", "q-1": wrong, "go": "hand-in"}).text

    assert re.search(r'result__score">\s*1 / 1 điểm', good)
    assert re.search(r'result__score">\s*0 / 1 điểm', bad)


def test_what_was_chosen_goes_along_from_question_to_question(desk):
    only = [d for d in EVERY_KIND if d.type == "one"]
    address, client = desk(drafts=only, **ONE_WAY)
    here, _ = drawn(client, address)

    page = client.post(here, data={"was-1": "null", "q-1": "1", "go": "1"}).text
    handed_in = client.post(here, data={"was-1": "1", "q-1": "1", "go": "hand-in"}).text

    assert was(page) == {1: 1}
    assert "Bỏ trống" not in re.search(r'review__answers">.*?</dl>', handed_in, re.DOTALL)[0]


def test_a_number_that_is_none_is_pointed_at_and_the_rest_is_kept(desk):
    address, client = desk()
    here, page = drawn(client, address)
    number = re.search(r'data-no="(\d+)" data-kind="number"', page)[1]
    one = re.search(r'data-no="(\d+)" data-kind="one"', page)[1]
    blank = {f"was-{no}": "null" for no in range(1, 7)}

    refused = client.post(
        here, data={**blank, f"q-{number}": "một", f"q-{one}": "0", "go": "hand-in"}
    )

    assert refused.status_code == 422
    assert f'href="#question-{number}"' in refused.text
    assert was(refused.text)[int(one)] == 0


@pytest.mark.parametrize("junk", ["{", "[" * 3000, '"x"', "99", "NaN", "null\0"])
def test_what_the_form_carries_along_may_be_anything(desk, junk):
    address, client = desk()
    here, _ = drawn(client, address)

    response = client.post(here, data={f"was-{no}": junk for no in range(7)} | {"go": "hand-in"})

    assert response.status_code in {200, 422}


def test_a_draft_of_another_part_of_the_tree_is_not_found(desk):
    address, client = desk(role=None)

    assert client.get(f"{address}?seed=1").status_code == 404
    assert client.post(f"{address}?seed=1", data={}).status_code == 404


@pytest.mark.parametrize("place", ["1/0", "0/1", "9/9"])
def test_a_round_or_division_that_is_not_there_is_not_found(desk, place):
    address, client = desk()

    assert client.get(address.replace("0/0", place) + "?seed=1").status_code == 404


def test_too_few_questions_are_said_so(desk):
    address, client = desk(plan=[{"count": 50}])

    response = client.get(f"{address}?seed=1")

    assert response.status_code == 422
    assert "chưa đủ để rút đề" in response.text


def test_the_draft_page_offers_it(desk):
    address, client = desk()
    draft_code = address.split("/")[3]

    page = client.get(f"/desk/{draft_code}/check").text

    assert f'href="{address}"' in page
