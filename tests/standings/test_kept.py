"""An official result keeps whose it is: names, and units by name, as they were shown."""

from __future__ import annotations

from typing import Any

from factories.standings import AFTER, World, make_world
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from contest import tables
from contest.accounts.models import Account
from contest.attempts import queries as attempts
from contest.attempts.models import Attempt
from contest.core import db, schema
from contest.standings import queries, service
from contest.standings.models import OfficialRow
from contest.winners import queries as winners

BOARD = "/boards/hoi-thi/round.r1/d1"
BEFORE = "0005"


def settled(world: World) -> None:
    for name, points in (("an", 10), ("binh", 8)):
        world.sit(name, points=points)
    assert service.settle(world.session, world.rounds["r1"].id, now=AFTER)


def rename(world: World, who: str, name: str) -> None:
    world.session.get_one(Account, world.people[who].account_id).name = name
    world.session.flush()


def shown(world: World) -> list[tuple[str, str]]:
    rows = queries.page(world.session, world.board(), 1)
    return [(row.name, row.unit_name) for row in rows]


def revise(world: World, **facts: Any) -> int:
    by = world.people["an"].account_id
    board = world.board()
    return service.revise(world.session, board.id, reason="Đếm lại", by=by, now=AFTER, **facts)


def test_a_provisional_board_follows_names_and_an_official_one_does_not(world: World) -> None:
    world.sit("an", points=10)
    world.count()
    rename(world, "an", "Giàng A Páo")
    assert shown(world) == [("Giàng A Páo", "Đơn vị x1")]
    assert service.settle(world.session, world.rounds["r1"].id, now=AFTER)
    rename(world, "an", "Người Khác")
    world.units["x1"].name = "Xã đã sáp nhập"
    world.session.flush()
    assert shown(world) == [("Giàng A Páo", "Đơn vị x1")]
    own = queries.own(world.session, world.board(), world.people["an"].id)
    assert own is not None
    assert (own.name, own.code) == ("Giàng A Páo", "reg-an")


def test_every_reading_of_an_official_row_tells_the_name_it_keeps(world: World) -> None:
    settled(world)
    for who in ("an", "binh"):
        rename(world, who, "Người Khác")
    upper = queries.above(world.session, world.board(), world.people["binh"].id)
    assert upper is not None
    assert upper.name == "Giàng A Dế"
    found = winners.winners(world.session, world.board(), 2)
    assert [(each.name, each.unit_name) for each in found] == shown(world)
    assert "Người Khác" not in [each.name for each in found]


def test_the_pages_mask_the_name_that_was_kept(client: FlaskClient, world: World) -> None:
    settled(world)
    rename(world, "an", "Hoàng Văn Khác")
    world.session.commit()
    for page in (client.get(BOARD), client.get(BOARD + "/why?registration=reg-binh")):
        assert "Giàng A. D." in page.text
        assert "Giàng A Dế" not in page.text
        assert "Hoàng" not in page.text


def test_a_correction_of_something_else_takes_no_new_name_along(world: World) -> None:
    settled(world)
    rename(world, "an", "Người Khác")
    world.sit("chi", points=1)
    world.count()
    assert revise(world) == 2
    assert [name for name, _ in shown(world)] == ["Giàng A Dế", "Lù Thị Mai", "Nguyễn Văn An"]


def test_a_correction_of_names_is_the_next_revision(world: World) -> None:
    settled(world)
    rename(world, "an", "Giàng A Dếnh")
    assert revise(world, names_anew=True) == 2
    assert shown(world)[0][0] == "Giàng A Dếnh"
    first = world.session.scalars(
        select(OfficialRow.name).where(OfficialRow.revision == 1).order_by(OfficialRow.position)
    )
    assert "Giàng A Dế" in first.all()


def test_a_receipt_tells_the_name_of_the_day_it_was_handed_in(world: World) -> None:
    """A row written before that was kept tells today's."""
    attempt = world.sit("an")
    attempt.receipt = "AAAA-BBBB-CCCC-DDDD"
    rename(world, "an", "Người Khác")
    assert attempts.by_receipt(world.session, attempt.receipt).name == "Người Khác"
    attempt.handed_in_as = "Giàng A Dế"
    world.session.flush()
    assert attempts.by_receipt(world.session, attempt.receipt).name == "Giàng A Dế"


def test_what_was_official_before_takes_the_names_of_the_day_of_the_upgrade(
    engine: Engine,
) -> None:
    with db.writing_session() as session:
        world = make_world(session)
        settled(world)
        world.sit("chi", is_open=True)
        session.commit()
        before = shown(world)
    schema.downgrade(engine, tables.metadata, BEFORE)
    schema.upgrade(engine, tables.metadata)
    with Session(engine) as session:
        rows = session.scalars(select(OfficialRow).order_by(OfficialRow.id)).all()
        assert len(rows) == 6  # the round, the month, the contest
        assert {(row.name, row.unit_name) for row in rows} == set(before)
        handed_in = session.scalars(select(Attempt).order_by(Attempt.id)).all()
        assert [each.handed_in_as for each in handed_in] == ["Giàng A Dế", "Lù Thị Mai", None]
