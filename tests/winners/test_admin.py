"""Checking winners: who may, of which contests, how much they see, and that it is written down."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from factories.standings import AFTER
from flask.testing import FlaskClient

from contest.accounts.models import Account, Role
from contest.core import db
from contest.core.audit import AuditEntry
from contest.standings import service as standings

from .conftest import BOARD, Scene

As = Callable[[Account], FlaskClient]
NUMBERS = ("010190000001", "010190000003", "0912345678")


def looks() -> list[AuditEntry]:
    with db.reading_session() as reading:
        found = sa.select(AuditEntry).where(AuditEntry.act == "winners.look")
        return list(reading.scalars(found.order_by(AuditEntry.id)))


def test_the_first_page_shows_prizes_and_what_is_missing_but_no_number(
    scene: Scene, as_who: As
) -> None:
    scene.settle()
    desk = as_who(scene.organizer())
    page = desk.get(BOARD).text
    assert page.count('<td role="cell" data-label="Hạng">') == 2  # two prizes, two places
    assert "giải Nhất" in page
    assert "giải Nhì" in page
    assert "Đã khai đủ" in page  # a
    assert "Còn thiếu" in page  # b
    assert not [number for number in NUMBERS if number in page]
    assert looks() == []


def test_a_look_opens_the_prize_places_alone_and_is_written_down(scene: Scene, as_who: As) -> None:
    scene.settle()
    organizer = scene.organizer()
    desk = as_who(organizer)
    answer = desk.post(BOARD)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "010190000001" in answer.text
    assert "0912345678</strong> (của người thân)" in answer.text
    assert "010190000003" not in answer.text  # third: no prize
    (look,) = looks()
    assert (look.by, look.subject, look.contest) == (organizer.id, "contest:hoi-thi", "hoi-thi")
    assert look.unit_id == scene.world.contest.unit_id
    assert look.facts == {
        "board": "hoi-thi/round.r1/d1",
        "registrations": ["reg-a", "reg-b"],
        "fields": ["national_id", "phone"],
    }
    desk.post(BOARD)
    assert len(looks()) == 2


def test_ties_at_the_last_place_are_all_checked(scene: Scene, as_who: As) -> None:
    scene.world.rounds["r1"].ties = ["score"]
    scene.world.sit("d", points=8)
    scene.settle()
    answer = as_who(scene.organizer()).post(BOARD)
    (look,) = looks()
    assert look.facts["registrations"] == ["reg-a", "reg-b", "reg-d"]
    assert answer.text.count("giải Nhì") == 2


def test_nothing_is_opened_before_the_result_is_official(scene: Scene, as_who: As) -> None:
    scene.world.count()
    desk = as_who(scene.organizer())
    scene.session.commit()
    assert (desk.get(BOARD).status_code, desk.post(BOARD).status_code) == (409, 409)
    assert looks() == []
    assert "Chưa chính thức" in desk.get("/organizer/winners/hoi-thi").text


def test_the_list_leads_to_official_boards_of_divisions_with_prizes(
    scene: Scene, as_who: As
) -> None:
    scene.world.enter("x", division="d2")
    scene.world.sit("x")
    scene.settle()
    page = as_who(scene.organizer()).get("/organizer/winners/hoi-thi").text
    assert f'href="{BOARD}"' in page
    assert "/d2" not in page


def test_organizers_of_another_part_find_nothing(scene: Scene, as_who: As) -> None:
    scene.settle()
    for role in (Role.ORGANIZER, Role.ADMINISTRATOR):
        desk = as_who(scene.organizer("x1", role))
        assert desk.get("/organizer/winners/hoi-thi").status_code == 404
        assert desk.get(BOARD).status_code == 404
        assert desk.post(BOARD).status_code == 404
    assert looks() == []


def test_others_may_not_even_knock(scene: Scene, as_who: As) -> None:
    scene.settle()
    for role in (Role.HELPER, Role.JUDGE):
        desk = as_who(scene.organizer("tinh", role))
        assert (desk.get(BOARD).status_code, desk.post(BOARD).status_code) == (403, 403)


def test_what_is_not_there_is_not_found(scene: Scene, as_who: As) -> None:
    scene.settle()
    desk = as_who(scene.organizer())
    for path in ("hoi-thi/round.r9/d1", "hoi-thi/round.r1/d9", "khong-co/round.r1/d1"):
        assert desk.get(f"/organizer/winners/{path}").status_code == 404


def test_statements_do_not_grow_with_winners(
    scene: Scene, as_who: As, count_statements: Callable[..., object]
) -> None:
    prizes = [{"name": "giải", "name_en": "", "count": 50, "value": ""}]
    scene.world.divisions["d1"].prizes = prizes
    scene.world.add_round("r2")
    for number in range(20):
        scene.world.sit(f"n{number}", "r2")
        scene.give(f"n{number}", f"0101900001{number:02d}")
    scene.settle()
    assert standings.settle(scene.session, scene.world.rounds["r2"].id, now=AFTER)
    desk = as_who(scene.organizer())
    pages, costs = {}, {}
    for span in ("r1", "r2"):
        path = BOARD.replace("r1", span)
        desk.get(path)
        for act in (desk.get, desk.post):
            with count_statements() as counted:
                pages[span] = act(path).text
            costs[span, act.__name__] = len(counted)
    assert [page.count('data-label="Giải"') for page in pages.values()] == [3, 20]
    assert costs == {("r1", "get"): 6, ("r2", "get"): 6, ("r1", "post"): 7, ("r2", "post"): 7}
