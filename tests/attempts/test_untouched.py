"""The kept page of an untouched paper is, byte for byte, what its template draws."""

from __future__ import annotations

import re

import pytest
from factories.attempts import DAY, EVERY_KIND, MINUTE, add_person, make_stage, many, sign_in
from sqlalchemy import select

from contest.accounts.models import Account
from contest.contests.models import Division, Round
from contest.core import clock, db

ENTER = "/attempts/rounds/hoi-thi/r1/enter"
NAMES = ("Lò Thị “Mẩy” <b> & zqcodezq", "Giàng A Páo", "zqnamezq zquntilzq")
NOW = re.compile(r'(name="server-now" content=")\d+')
TOKEN = re.compile(r'(name="csrf_token" value=")[\w.-]{40,}"')  # holds the second it was made in


def same_moment(page: str) -> str:
    return TOKEN.sub(r"\1", NOW.sub(r"\1", page))


@pytest.mark.parametrize("lasts", [30 * MINUTE, 3 * DAY])
@pytest.mark.parametrize("look", [("vi", "0"), ("vi", "1"), ("en", "0"), ("en", "1")])
def test_everybody_gets_what_the_template_draws(app, look, lasts):
    now = clock.now()
    with db.transaction() as session:
        stage = make_stage(
            session,
            people=0,
            drafts=EVERY_KIND,
            opens_at=now - DAY,
            closes_at=now + 4 * DAY,
            time_limit_s=int(lasts.total_seconds()),
            guess_text="Bao nhiêu người?",
            guess_text_en="How many people?",
            guess_target="participants",
        )
        found = select(Division.code).join(Round, Round.contest_id == Division.contest_id)
        division = session.scalars(found.where(Round.code == stage.round)).first()

    pages = []
    for at, name in enumerate(NAMES):
        with db.transaction() as session:
            person = add_person(session, stage)
            session.get_one(Account, person).name = name
            code = sign_in(session, person)
        client = app.test_client()
        client.set_cookie("device", f"a browser named {'abc'[at] * 20}")
        client.set_cookie("language", look[0])
        client.set_cookie("easy", look[1])
        with client.session_transaction() as kept:
            kept["account"], kept["_user_id"], kept["_fresh"] = person, code, True
        entered = client.post(ENTER, data={"division": division})
        here = entered.headers["Content-Location"]
        filled, drawn = client.get(here).text, client.get(f"{here}?q=1").text
        assert same_moment(filled) == same_moment(drawn)
        assert re.findall("zq(?:code|name|token|deadline|until|now|question[0-9]+)zq", filled) == (
            re.findall("zq[a-z]+zq", name)
        )
        assert same_moment(entered.text).count(here.rsplit("/", 1)[1]) > 5
        pages.append(filled)

    assert len(set(map(same_moment, pages))) == len(NAMES)
    assert "&lt;b&gt; &amp; zqcodezq" in pages[0]


def test_a_paper_with_a_choice_or_a_message_is_drawn_by_its_template(app):
    """What was chosen stands on the page although an untouched page of the round is kept."""
    now = clock.now()
    with db.transaction() as session:
        stage = make_stage(
            session, people=1, drafts=many(1), opens_at=now - DAY, closes_at=now + DAY
        )
        code = sign_in(session, stage.person)
    client = app.test_client()
    client.set_cookie("device", "a browser named aaaaaaaaaaaaaaaaaaaa")
    with client.session_transaction() as kept:
        kept["account"], kept["_user_id"], kept["_fresh"] = stage.person, code, True
    here = client.post(f"/attempts/rounds/hoi-thi/{stage.round}/start").location
    assert 'value="0" checked' not in client.get(here).text
    saved = client.post(f"{here}/save", data={"q-1": "0", "was-1": "null", "go": "save"})
    assert saved.status_code == 303
    assert 'value="0" checked' in client.get(here).text
    with client.session_transaction() as kept:
        kept["_flashes"] = [("info", "Xin chào")]
    assert "Xin chào" in client.get(here).text
