"""The organizers' page of a vote: totals, flags in words, striking, giving back, the list."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from factories.gallery import Scene
from factories.people import make_account, make_grant

from contest.accounts.models import Role
from contest.core import clock, db
from contest.votes import queries
from contest.votes.models import Vote

DESK = "/organizer/votes/hoi-thi/nop-bai"
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def scene(session):
    return Scene(session, clock.now() - 60 * HOUR)


@pytest.fixture
def enter(app, sign_in):
    def opened(account):
        browser = app.test_client()
        sign_in(browser, account)
        return browser

    return opened


def add_votes(scene, entry, count, *, device=None, every=SECOND, start=None):
    start = start or scene.at + HOUR
    for no in range(count):
        scene.session.add(
            Vote(
                round_id=scene.round.id,
                entry_id=entry.id,
                account_id=scene.person().id,
                period=scene.today,
                at=start + no * every,
                device=device or f"device{no}",
                network="school",
            )
        )
    scene.session.commit()


def counts(scene):
    with db.reading_session() as reading:
        return queries.counts(reading, scene.round.id)


def strike_link(page):
    marker = f'href="{DESK}/strike?cluster='
    assert page.count(marker) == 1
    return page.split(marker)[1].split('"')[0]


def test_the_page_tells_how_the_vote_stands(scene, enter):
    one, other = scene.entry(title="Bài một"), scene.entry(title="Bài hai")
    add_votes(scene, one, 2, every=HOUR)
    add_votes(scene, other, 3, every=HOUR)
    page = enter(scene.organizer).get(DESK).text
    assert page.index("Bài hai</td>") < page.index("Bài một</td>")
    assert "5 phiếu, 5 người bình chọn." in page
    assert "Chưa có dấu hiệu nào." in page
    assert "Mạng có nhiều người bình chọn nhất" in page


def test_a_burst_is_told_struck_with_a_reason_and_given_back(scene, enter):
    entry = scene.entry(title="Bài một")
    add_votes(scene, entry, 35)
    organizer = enter(scene.organizer)
    page = organizer.get(DESK).text
    assert "35 phiếu từ " in page
    cluster = strike_link(page)
    asked = organizer.get(f"{DESK}/strike?cluster={cluster}")
    assert "35 phiếu dồn dập cho một bài." in asked.text
    data = {"cluster": cluster, "reason": "Phiếu mua"}
    assert organizer.post(f"{DESK}/strike", data=data).location == DESK
    assert counts(scene) == {}
    assert organizer.post(f"{DESK}/strike", data=data).status_code == 404
    with db.reading_session() as reading:
        (act,) = queries.strikes(reading, scene.round.id)
    assert "Phiếu mua" in organizer.get(DESK).text
    assert organizer.post(f"{DESK}/strikes/{act.code}/give-back").location == DESK
    assert counts(scene) == {entry.id: 35}


def test_a_device_of_many_accounts_is_told_and_struck(scene, enter):
    entry = scene.entry(title="Bài một")
    add_votes(scene, entry, 6, device="shop", every=HOUR)
    add_votes(scene, entry, 5, device="home", every=HOUR)
    organizer = enter(scene.organizer)
    page = organizer.get(DESK).text
    assert "6 tài khoản trên một máy" in page
    cluster = strike_link(page)
    assert cluster == "device.shop"
    data = {"cluster": cluster, "reason": "Một người bỏ thay"}
    organizer.post(f"{DESK}/strike", data=data)
    assert counts(scene) == {entry.id: 5}


@pytest.mark.parametrize(
    "cluster",
    [
        *("", "x", "device.", "device.a.b", "burst.a", "burst.a.1", "burst.a.1.x", "burst.a.-1.2"),
        *("burst.a.²²².1", f"burst.a.1.{10**17}", "burst.a.1." + "9" * 100, "a" * 5000),
    ],
)
def test_nonsense_for_a_cluster_strikes_nothing(scene, enter, cluster):
    entry = scene.entry()
    add_votes(scene, entry, 1)
    organizer = enter(scene.organizer)
    data = {"cluster": cluster, "reason": "x"}
    assert organizer.post(f"{DESK}/strike", data=data).status_code == 422
    asked = organizer.get(f"{DESK}/strike", query_string={"cluster": cluster})
    assert asked.status_code == 422
    assert counts(scene) == {entry.id: 1}


@pytest.mark.parametrize("reason", ["", " ", "a" * 501])
def test_striking_needs_a_reason(scene, enter, reason):
    entry = scene.entry()
    add_votes(scene, entry, 1, device="shop")
    data = {"cluster": "device.shop", "reason": reason}
    answer = enter(scene.organizer).post(f"{DESK}/strike", data=data)
    assert (answer.status_code, "data-error-summary" in answer.text) == (422, True)
    assert counts(scene) == {entry.id: 1}


def test_the_list_counts_again_without_people(scene, enter):
    entry = scene.entry()
    add_votes(scene, entry, 3, every=HOUR)
    answer = enter(scene.organizer).get(f"{DESK}/list.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="binh-chon-hoi-thi-nop-bai.csv"'
    )
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == ["nguoi", "ky", "luc_utc", "bai", "tinh"]
    assert [(row[3], row[4]) for row in rows] == [(entry.code, "1")] * 3
    assert len({row[0] for row in rows}) == 3


def test_organizers_of_other_parts_find_nothing(scene, enter):
    scene.entry()
    other = make_account(scene.session, scene.abroad)
    make_grant(scene.session, other, Role.ORGANIZER, scene.abroad)
    scene.session.commit()
    stranger = enter(other)
    for address in ("", "/list.csv", "/strike?cluster=device.a"):
        assert stranger.get(DESK + address).status_code == 404
    data = {"cluster": "device.a", "reason": "x"}
    assert stranger.post(f"{DESK}/strike", data=data).status_code == 404
    assert stranger.post(f"{DESK}/strikes/x/give-back").status_code == 404


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_asks_as_often_for_many_as_for_few(scene, enter, count_statements, count):
    for _ in range(2):
        add_votes(scene, scene.entry(), count, every=HOUR / 4)
    organizer = enter(scene.organizer)
    organizer.get(DESK)
    with count_statements() as counted:
        assert organizer.get(DESK).status_code == 200
    # the contest with rounds and divisions, votes, counts, since when, titles, strikes
    assert len(counted) == 8
