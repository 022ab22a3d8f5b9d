"""An official result keeps whose it is: names, and units by name, as they were shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from factories.standings import AFTER, CLOSES, World, make_world
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from contest import tables
from contest.accounts.models import Account, Unit
from contest.attempts import queries as attempts
from contest.attempts.models import Attempt
from contest.contests import queries as contests
from contest.contests.models import UnitTarget
from contest.core import clock, db, schema
from contest.standings import queries, service
from contest.standings.models import OfficialRow, OfficialUnit, UnitResult, UnitStanding
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
    assert revise(world, facts_anew=True) == 2
    assert shown(world)[0][0] == "Giàng A Dếnh"
    first = world.session.scalars(
        select(OfficialRow.name).where(OfficialRow.revision == 1).order_by(OfficialRow.position)
    )
    assert "Giàng A Dế" in first.all()


# Units

UNITS = "/boards/hoi-thi/units"


def settled_units(world: World) -> None:
    """Two of ten from x1, one of them from b1 below; the target of x1 is eight people."""
    world.units["x1"].headcount = 10
    world.session.add(
        UnitTarget(contest_id=world.contest.id, unit_id=world.units["x1"].id, people=8)
    )
    world.enter("an", unit="x1")
    world.enter("binh", unit="b1")
    settled(world)
    world.session.commit()


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return " ".join(answer.text.split())


def change_everything(world: World) -> None:
    """What may happen to units after a result: sizes, names, new ones, papers taken back."""
    world.units["x1"].headcount = 2
    world.units["x2"].headcount = 7
    world.units["x1"].name = "Xã đã sáp nhập"
    world.session.execute(update(UnitTarget).values(people=2))
    world.session.execute(update(UnitStanding).values(people=99))
    new = Unit(
        code="moi",
        name="Xã mới",
        name_folded="",
        name_key="",
        kind="unit",
        path="",
        parent_id=world.units["x1"].id,
    )
    world.session.add(new)
    world.session.flush()
    new.path = f"{world.units['x1'].path}{new.id}/"
    world.session.commit()


@pytest.mark.parametrize("query", ["", "?by=rate", "?by=target", "?in=x1", "?span=round.r1"])
def test_an_official_result_of_units_stands_whatever_is_loaded_later(
    client: FlaskClient, world: World, query: str
) -> None:
    settled_units(world)
    before = text_of(client, UNITS + query).partition("<main")[2]
    assert "Kết quả chính thức" in before
    assert "Tạm tính" not in before
    assert "Công bố lúc" in before
    change_everything(world)
    assert text_of(client, UNITS + query).partition("<main")[2] == before


def test_the_numbers_of_a_result_of_units(client: FlaskClient, world: World) -> None:
    settled_units(world)
    page = text_of(client, UNITS)
    assert "2 người, 2 lượt / sĩ số 10 / chỉ tiêu 8" in page
    assert "20,0%" in text_of(client, UNITS + "?by=rate")
    inside = text_of(client, UNITS + "?in=x1")
    assert "Đăng ký thẳng dưới Đơn vị x1: 1 người, 1 lượt." in inside


def test_a_provisional_board_of_units_says_so_and_moves(client: FlaskClient, world: World) -> None:
    world.units["x1"].headcount = 10
    world.sit("an")
    world.count()
    world.session.commit()
    page = text_of(client, UNITS + "?by=rate")
    assert "Tạm tính" in page
    assert "Kết quả chính thức" not in page
    world.units["x1"].headcount = 2
    world.session.commit()
    assert "50,0%" in text_of(client, UNITS + "?by=rate")


def test_a_frozen_board_of_units_says_until_when(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rounds["r1"].freeze_s = 3600
    world.session.commit()
    monkeypatch.setattr(clock, "now", lambda: CLOSES - timedelta(minutes=10))
    assert "Bảng giữ nguyên đến 08:00, Thứ Hai 12/10/2026" in text_of(client, UNITS)


def test_a_correction_keeps_sizes_unless_they_are_what_it_corrects(
    client: FlaskClient, world: World
) -> None:
    settled_units(world)
    change_everything(world)
    assert revise(world) == 2
    world.session.commit()
    round_ = UNITS + "?span=round.r1&by=rate"
    page = text_of(client, round_)
    assert "20,0%" in page
    assert "sáp nhập" not in page
    assert "Đính chính lần 1" in page
    assert "Lý do: Đếm lại" in page
    assert "Đính chính" not in text_of(client, UNITS)  # the whole contest's is another result
    assert revise(world, facts_anew=True) == 3
    world.session.commit()
    page = text_of(client, round_)
    assert "100,0%" in page
    assert "Xã đã sáp nhập" in page
    assert "Đính chính lần 2" in page


def test_divisions_of_a_span_are_one_result_of_units(client: FlaskClient, world: World) -> None:
    world.enter("chi", division="d2", unit="x1")
    world.sit("chi")
    settled_units(world)
    codes = [each.code for each in queries.unit_results(world.session, "hoi-thi/round.r1")]
    assert codes == ["hoi-thi/round.r1"]
    assert "3 người, 3 lượt / sĩ số 10" in text_of(client, UNITS + "?span=round.r1")


def test_people_from_outside_the_owners_part_widen_the_result(
    client: FlaskClient, world: World
) -> None:
    world.contest.unit_id = world.units["x1"].id
    world.session.flush()
    contests.forget()
    settled_units(world)
    assert queries.unit_scopes(world.session, world.contest.id) == [world.units["x1"].path]
    above = client.get(UNITS + "?in=tinh")
    assert above.status_code == 302
    assert text_of(client, UNITS).count("in=tinh") == 0
    world.enter("xa", unit="x2")
    world.sit("xa")
    world.count()
    revise(world)
    world.session.commit()
    page = text_of(client, UNITS + "?span=round.r1&in=tinh")
    assert "1 người, 1 lượt" in page
    assert "2 người, 2 lượt / sĩ số 10" in page
    assert "in=tinh" in text_of(client, UNITS + "?span=round.r1")


def test_a_unit_made_after_the_result_leads_back_to_the_result(
    client: FlaskClient, world: World
) -> None:
    settled_units(world)
    change_everything(world)
    answer = client.get(UNITS + "?in=moi&span=round.r1&by=rate")
    assert (answer.status_code, answer.location) == (302, UNITS + "?span=round.r1&by=rate")


def test_reading_and_writing_units_takes_as_many_statements_for_many(
    client: FlaskClient, world: World, count_statements: Callable[[], Any]
) -> None:
    def taken() -> tuple[int, int]:
        world.session.commit()
        with count_statements() as writing:
            revise(world)
        world.session.commit()
        with count_statements() as reading:
            text_of(client, UNITS + "?span=round.r1")
        return len(writing), len(reading)

    settled_units(world)
    few = taken()
    for number in range(70):
        world.session.add(
            Unit(
                code=f"u{number}",
                name=f"Xã {number}",
                name_folded="",
                name_key="",
                kind="unit",
                parent_id=world.units["tinh"].id,
                path=f"{world.units['tinh'].path}{1000 + number}/",
            )
        )
    for number in range(30):
        world.sit(f"p{number}")
    world.count()
    assert taken() == few


@pytest.mark.parametrize("kind", [UnitResult, OfficialUnit])
def test_an_official_result_of_units_is_never_changed(world: World, kind: type[Any]) -> None:
    settled_units(world)
    row = world.session.scalars(select(kind)).first()
    setattr(row, "reason" if kind is UnitResult else "people", 7)
    with pytest.raises(TypeError, match="next revision"):
        world.session.flush()
    world.session.rollback()


# Receipts, and what was there before


def test_a_receipt_tells_the_name_of_the_day_it_was_handed_in(world: World) -> None:
    """A row written before that was kept tells today's."""
    attempt = world.sit("an")
    attempt.receipt = "AAAA-BBBB-CCCC-DDDD"
    rename(world, "an", "Người Khác")
    assert attempts.by_receipt(world.session, attempt.receipt).name == "Người Khác"
    attempt.handed_in_as = "Giàng A Dế"
    world.session.flush()
    assert attempts.by_receipt(world.session, attempt.receipt).name == "Giàng A Dế"


def kept_units(session: Session) -> list[tuple[Any, ...]]:
    """Everything kept of units, by the result's address."""
    names = [column for column in OfficialUnit.__table__.c if column.key != "result_id"]
    found = select(UnitResult.code, UnitResult.no, UnitResult.at, UnitResult.reason, *names)
    found = found.join(UnitResult, UnitResult.id == OfficialUnit.result_id)
    return [tuple(row) for row in session.execute(found.order_by(UnitResult.code, *names[:1]))]


def test_what_was_official_before_takes_the_names_of_the_day_of_the_upgrade(
    engine: Engine,
) -> None:
    with db.writing_session() as session:
        world = make_world(session)
        settled_units(world)
        world.sit("chi", is_open=True)
        session.commit()
        before, units = shown(world), kept_units(session)
    schema.downgrade(engine, tables.metadata, BEFORE)
    schema.upgrade(engine, tables.metadata)
    with Session(engine) as session:
        rows = session.scalars(select(OfficialRow).order_by(OfficialRow.id)).all()
        assert len(rows) == 6  # the round, the month, the contest
        assert {(row.name, row.unit_name) for row in rows} == set(before)
        assert kept_units(session) == units
        assert len(units) == 3 * 4  # of every span, every unit
        handed_in = session.scalars(select(Attempt).order_by(Attempt.id)).all()
        assert [each.handed_in_as for each in handed_in] == ["Giàng A Dế", "Lù Thị Mai", None]
