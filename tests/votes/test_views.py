"""The vote beside an entry: one tap, taking back, what is and is not shown."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from factories.entries import entry_rules
from factories.gallery import DAY, Scene
from sqlalchemy import select

from contest.core import cache, clock, db
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.votes import queries
from contest.votes.models import Vote

HERE = "/gallery/hoi-thi/nop-bai"
VOTES = "/votes/hoi-thi/nop-bai"
HOUR = timedelta(hours=1)


def voting_rules(period=VotePeriod.ROUND, days=7):
    return entry_rules(is_gallery=True, vote=VoteRules(period, Decimal(30), days))


@pytest.fixture
def scene(session):
    return Scene(session, clock.now() - 3 * HOUR, rules=voting_rules())


@pytest.fixture
def enter(app, sign_in):
    def opened(account):
        browser = app.test_client()
        sign_in(browser, account)
        return browser

    return opened


def counts(scene):
    with db.reading_session() as reading:
        return queries.counts(reading, scene.round.id)


def page(browser, entry):
    return browser.get(f"{HERE}/{entry.code}").text


def test_one_tap_votes_another_takes_it_back(scene, enter):
    entry, someone = scene.entry(), enter(scene.person())
    assert "Bình chọn bài này" in page(someone, entry)
    voted = someone.post(f"{VOTES}/{entry.code}")
    assert (voted.status_code, voted.location) == (303, f"{HERE}/{entry.code}#vote")
    assert counts(scene) == {entry.id: 1}
    assert "Bạn đã bình chọn cho bài này." in page(someone, entry)
    back = someone.post(f"{VOTES}/{entry.code}/take-back")
    assert (back.status_code, back.location) == (303, f"{HERE}/{entry.code}#vote")
    assert counts(scene) == {}


def test_the_other_entry_offers_to_move_the_vote(scene, enter):
    one, other = scene.entry(title="Bài một"), scene.entry(title="Bài hai")
    someone = enter(scene.person())
    someone.post(f"{VOTES}/{one.code}")
    text = page(someone, other)
    assert "Phiếu của bạn đang dành cho bài “Bài một”." in text
    assert "Chuyển phiếu sang bài này" in text
    someone.post(f"{VOTES}/{other.code}")
    assert counts(scene) == {other.id: 1}


def test_a_vote_for_what_left_the_gallery_does_not_say_its_title(scene, enter):
    one, other = scene.entry(title="Bài một"), scene.entry(title="Bài hai")
    someone = enter(scene.person())
    someone.post(f"{VOTES}/{one.code}")
    one.shows_in_gallery, one.published_at = False, None
    scene.session.commit()
    text = page(someone, other)
    assert "Bài một" not in text
    assert "Phiếu của bạn đang dành cho một bài khác." in text


def test_everybody_counts_again_once_the_result_is_official(scene, client, enter):
    one, other, by = scene.entry(), scene.entry(), scene.person("Lò Thị Lan")
    enter(by).post(f"{VOTES}/{one.code}")
    enter(scene.person()).post(f"{VOTES}/{one.code}")
    enter(scene.person()).post(f"{VOTES}/{other.code}")
    struck = scene.session.scalars(select(Vote).where(Vote.entry_id == other.id)).one()
    struck.struck_at, struck.struck_reason = clock.now(), "gian lận"
    scene.session.commit()
    early = client.get(f"{VOTES}/list.csv")
    assert early.status_code == 404
    assert "công bố cùng kết quả chính thức" in early.text
    scene.round.settled_at = clock.now()
    scene.session.commit()
    cache.forget_everything()
    answer = client.get(f"{VOTES}/list.csv")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["nguoi", "ky", "bai", "tinh"]
    assert Counter(row[2] for row in rows if row[3] == "1") == {one.blind_code: 2}
    assert sorted(row[2] for row in rows) == sorted([one.blind_code] * 2 + [other.blind_code])
    assert rows == sorted(rows)
    assert len({row[0] for row in rows}) == 3
    votes = scene.session.scalars(select(Vote)).all()
    for hidden in (by.code, "Lò Thị Lan", *(f"{each.at:%H:%M}" for each in votes)):
        assert hidden not in answer.text


def test_a_round_without_a_vote_has_no_list(session, client):
    scene = Scene(session, clock.now() - 3 * HOUR, rules=entry_rules(is_gallery=True))
    scene.round.settled_at = clock.now()
    session.commit()
    assert client.get(f"{VOTES}/list.csv").status_code == 404


def test_nobody_sees_how_the_vote_stands_before_it_closes(scene, client, enter):
    entry, someone = scene.entry(), enter(scene.person())
    someone.post(f"{VOTES}/{entry.code}")
    for browser in (client, someone):
        text = page(browser, entry)
        assert "Số phiếu chỉ hiện khi bình chọn kết thúc" in text
        assert "Bài này được" not in text


def test_after_the_vote_everybody_sees_the_count(session, client, enter):
    scene = Scene(session, clock.now() - 9 * DAY, rules=voting_rules())
    entry, by = scene.entry(), scene.person()
    session.add(
        Vote(
            round_id=scene.round.id,
            entry_id=entry.id,
            account_id=by.id,
            period=scene.today,
            at=scene.at,
            device="",
            network="",
        )
    )
    session.commit()
    assert "Bài này được 1 phiếu." in page(client, entry)
    assert enter(by).post(f"{VOTES}/{entry.code}").status_code == 409
    assert enter(by).post(f"{VOTES}/{entry.code}/take-back").status_code == 409


def test_a_stranger_is_led_to_sign_in(scene, client):
    entry = scene.entry()
    text = page(client, entry)
    assert "Bạn cần đăng nhập để bình chọn." in text
    assert f'href="/accounts/sign-in?next={HERE}/{entry.code}"' in text.replace("%2F", "/")
    assert client.post(f"{VOTES}/{entry.code}").status_code == 302
    assert counts(scene) == {}


def test_who_may_not_vote_reads_why_before_trying(scene, enter):
    owner = scene.person()
    entry = scene.entry(owner=owner)
    mine = enter(owner)
    assert "Đây là bài của bạn." in page(mine, entry)
    answer = mine.post(f"{VOTES}/{entry.code}")
    assert (answer.status_code, "Đây là bài của bạn." in answer.text) == (403, True)
    new = scene.person()
    new.registered_at = clock.now() - HOUR
    scene.session.commit()
    assert "ít nhất một ngày trước khi bình chọn" in page(enter(new), entry)
    assert enter(new).post(f"{VOTES}/{entry.code}").status_code == 409


def test_an_entry_that_is_not_shown_is_not_found(scene, enter):
    someone = enter(scene.person())
    hidden = scene.entry(is_shown=False)
    for code in (hidden.code, "khong", "%20", "a" * 500):
        assert someone.post(f"{VOTES}/{code}").status_code == 404
    assert someone.post(f"/votes/khong/nop-bai/{hidden.code}").status_code == 404


def test_a_round_without_a_vote_has_no_box(session, enter):
    scene = Scene(session, clock.now() - 3 * HOUR, rules=entry_rules(is_gallery=True))
    entry, someone = scene.entry(), enter(scene.person())
    assert 'id="vote"' not in page(someone, entry)
    assert someone.post(f"{VOTES}/{entry.code}").status_code == 404


def test_neither_device_nor_address_is_kept_in_clear(scene, enter):
    entry, someone = scene.entry(), enter(scene.person())
    someone.post(f"{VOTES}/{entry.code}", environ_base={"REMOTE_ADDR": "10.1.2.3"})
    (row,) = scene.session.query(Vote).all()
    assert (len(row.device), len(row.network)) == (64, 64)
    other = enter(scene.person())
    other.post(f"{VOTES}/{entry.code}", environ_base={"REMOTE_ADDR": "10.1.2.200"})
    scene.session.rollback()
    rows = scene.session.query(Vote).order_by(Vote.id).all()
    assert rows[0].network == rows[1].network
    assert rows[0].device != rows[1].device


def test_voting_is_limited_for_an_account_not_for_a_school(scene, enter):
    entry, someone = scene.entry(), enter(scene.person())
    answers = [someone.post(f"{VOTES}/{entry.code}").status_code for _ in range(61)]
    assert answers == [303] * 60 + [429]
    assert enter(scene.person()).post(f"{VOTES}/{entry.code}").status_code == 303


def test_the_page_of_an_entry_asks_as_often_whatever_was_voted(scene, enter, count_statements):
    one, other = scene.entry(), scene.entry()
    someone = enter(scene.person())
    someone.post(f"{VOTES}/{one.code}")
    page(someone, one)
    with count_statements() as counted:
        page(someone, one)
    assert len(counted) == 4  # entry, pieces, own vote, voter
    for _ in range(5):
        enter(scene.person()).post(f"{VOTES}/{one.code}")
    page(someone, other)
    with count_statements() as counted:
        page(someone, other)
    assert len(counted) == 5  # and the title of the one voted for
