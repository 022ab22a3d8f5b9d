"""Questions with marks, feedback and a recording, as the paper and the result show them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from factories.attempts import MATCHING, ONE, begin, make_stage, numbers, save
from sqlalchemy import update

from contest.accounts.models import Account
from contest.attempts import service
from contest.attempts.service import GiveAnswer
from contest.contests.models import Round
from contest.core import cache, clock
from question_bank.formats.reading import Feedback
from question_bank.models import QuestionVersion

WATER = "<p>Nước là <b>H<sub>2</sub>O</b><script>alert(1)</script></p>"
DIGEST = "a" * 64
DAY = timedelta(days=1)


@pytest.fixture
def attempt(session, client, sign_in):
    """A running attempt at two HTML questions; the client is signed in."""
    said = Feedback(("", "", "Đúng là <i>C</i>.", ""), right="<b>Giỏi.</b>")
    options = ("A", "B", "C<sup>2</sup>", "a < b")
    one = replace(ONE, is_html=True, text=WATER, options=options, feedback=said)
    rights = ("<b>x</b>", "y", "z", "t")
    match = replace(MATCHING, is_html=True, text="<ul><li>Ghép</li></ul>", rights=rights)
    now = clock.now()
    stage = make_stage(session, drafts=[one, match], opens_at=now - DAY, closes_at=now + DAY)
    recorded = {"vi": {"digest": DIGEST, "media_type": "audio/mpeg", "duration_ms": 1000}}
    session.execute(update(QuestionVersion.__table__).values(recordings=recorded))
    sign_in(client, session.get_one(Account, stage.person))
    client.set_cookie("device", "a phone of this test only")
    device = hashlib.sha256(b"a phone of this test only").hexdigest()
    running = begin(session, stage, now=now, device=device)
    session.commit()
    return running


def test_the_paper_shows_marks_and_nothing_else(client, attempt):
    page = client.get(f"/attempts/{attempt.code}").text

    assert "<p>Nước là <b>H<sub>2</sub>O</b></p>" in page
    assert "<span>C<sup>2</sup></span>" in page
    assert "<span>a &lt; b</span>" in page
    assert ">x</option>" in page
    assert "<ul><li>Ghép</li></ul>" in page
    assert "alert(1)" not in page
    assert f'preload="none" src="/questions/recordings/{DIGEST}"' in page


def test_after_closing_the_result_says_what_the_author_says(session, client, attempt):
    no = numbers(session, attempt)["q-one"]
    at = attempt.paper[no - 1]["o"].index(2)
    now = clock.now()
    save(session, attempt, GiveAnswer(no, at), now=now)
    service.hand_in(session, attempt.code, by=attempt.account_id, now=now)
    session.commit()
    before = client.get(f"/attempts/{attempt.code}/result").text
    session.execute(update(Round).values(settled_at=now))
    session.commit()
    cache.forget_everything()

    page = client.get(f"/attempts/{attempt.code}/result").text

    assert "Giỏi" not in before
    for piece in ("<b>Giỏi.</b>", "Đúng là <i>C</i>.", "<p>Nước là <b>H<sub>2</sub>O</b></p>"):
        assert page.count(piece) == 1
    assert page.count("C<sup>2</sup>") == 2  # given, and right
    assert "A → <b>x</b>" in page
    assert "alert(1)" not in page
