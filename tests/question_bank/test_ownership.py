"""Whose banks are whose: the database answers as the pure rule does."""

from dataclasses import replace

import pytest
from factories.bank import NOW, PLAIN, make_bank, make_topics, put, question_of
from factories.people import make_unit

from contest.errors import Conflict, Invalid, NotFound
from question_bank import ownership, queries, service
from question_bank.models import Question, QuestionVersion
from question_bank.ownership import Looker
from question_bank.rules.access import BankFacts, may_draw, may_read, may_write


@pytest.fixture
def tree(session):
    """A province, a district in it, a school below, a district beside; two banks each."""
    make_topics(session)
    province = make_unit(session, "p")
    district = make_unit(session, "d", parent=province)
    units = {
        "p": province,
        "d": district,
        "s": make_unit(session, "s", parent=district),
        "b": make_unit(session, "b", parent=province),
    }
    for name, unit in [("none", None), *units.items()]:
        for is_shared in (True, False):
            code = f"{name}-{'shared' if is_shared else 'own'}"
            opened = make_bank(session, unit, code, is_shared=is_shared)
            put(session, replace(PLAIN, code=f"q-{code}"), bank=opened)
    gone = make_bank(session, district, "d-retired", is_shared=True)
    put(session, replace(PLAIN, code="q-d-retired"), bank=gone)
    service.retire_bank(session, gone.id, by=None, now=NOW)
    return units


def facts_of(session, units):
    paths = {unit.id: unit.path for unit in units.values()}
    every = ownership.banks(session, Looker((), is_administrator=True))
    found = {}
    for row in every:
        bank = ownership.bank(session, row.code, Looker((), is_administrator=True))
        path = None if bank.unit_id is None else paths[bank.unit_id]
        found[row.code] = BankFacts(path, bank.is_shared_down, bank.retired_at is not None)
    return found


def drawn_codes(session, unit_id, banks=None):
    found = queries.candidates(
        session, audience="everybody", valid_on=NOW.date(), unit_id=unit_id, banks=banks
    )
    ids = [one.version_id for one in found]
    return {one.code.removeprefix("q-") for one in queries.versions(session, ids).values()}


@pytest.mark.parametrize("name", ["p", "d", "s", "b"])
def test_a_contest_draws_what_the_rule_says(session, tree, name):
    unit = tree[name]

    wanted = {code for code, bank in facts_of(session, tree).items() if may_draw(bank, unit.path)}

    assert drawn_codes(session, unit.id) == wanted


def test_a_contest_of_a_district_draws_these(session, tree):
    assert drawn_codes(session, tree["d"].id) == {"none-shared", "p-shared", "d-shared", "d-own"}
    assert drawn_codes(session, None) == {"none-shared"}


def test_named_banks_narrow_what_is_drawn_and_open_nothing(session, tree):
    named = [
        ownership.bank(session, code, Looker((), is_administrator=True)).id
        for code in ("d-own", "s-own", "b-shared")
    ]

    assert drawn_codes(session, tree["d"].id, named) == {"d-own"}
    assert drawn_codes(session, tree["d"].id, []) == set()


@pytest.mark.parametrize(
    ("names", "is_administrator"),
    [("p", False), ("d", False), ("sb", False), ("", False), ("", True)],
)
def test_people_read_and_write_what_the_rule_says(session, tree, names, is_administrator):
    paths = tuple(tree[name].path for name in names)
    looker = Looker(paths, is_administrator)
    facts = facts_of(session, tree)

    rows = ownership.banks(session, looker)

    may = {"is_administrator": is_administrator}
    assert {row.code for row in rows} == {c for c, b in facts.items() if may_read(b, paths, **may)}
    assert {row.code for row in rows if row.may_write} == {
        code for code, bank in facts.items() if may_write(bank, paths, **may)
    }


def test_a_bank_and_its_questions_are_found_only_by_who_may(session, tree):
    district = Looker((tree["d"].path,))

    assert ownership.bank(session, "p-shared", district).code == "p-shared"
    assert ownership.question(session, "p-shared", "q-p-shared", district).code == "q-p-shared"
    assert (
        ownership.question(session, "d-own", "q-d-own", district, to_write=True).code == "q-d-own"
    )
    for code, to_write in (("p-own", False), ("b-shared", False), ("p-shared", True), ("x", False)):
        with pytest.raises(NotFound):
            ownership.bank(session, code, district, to_write=to_write)
        with pytest.raises(NotFound):
            ownership.question(session, code, f"q-{code}", district, to_write=to_write)


@pytest.mark.parametrize("more", [0, 12])
def test_the_banks_of_a_person_take_one_statement(session, tree, count_statements, more):
    for number in range(more):
        make_bank(session, tree["d"], f"more-{number}")

    with count_statements() as counted:
        rows = ownership.banks(session, Looker((tree["d"].path,)))

    assert (len(rows), len(counted)) == (7 + more, 1)


# Opening and changing


def test_a_bank_is_opened_once_by_its_code(session, tree):
    with pytest.raises(Conflict):
        make_bank(session, tree["d"], "d-own")
    with pytest.raises(Invalid):
        make_bank(session, tree["d"], " ")


@pytest.mark.usefixtures("tree")
def test_a_bank_is_renamed_shared_and_brought_back(session):
    looker = Looker((), is_administrator=True)
    id_ = ownership.bank(session, "d-retired", looker).id

    service.change_bank(session, id_, name=" Kho  cũ ", is_shared_down=False, by=None, now=NOW)
    service.bring_back_bank(session, id_, by=None, now=NOW)

    bank = ownership.bank(session, "d-retired", looker)
    assert (bank.name, bank.is_shared_down, bank.retired_at) == ("Kho cũ", False, None)
    with pytest.raises(Invalid):
        service.change_bank(session, id_, name=" ", is_shared_down=True, by=None, now=NOW)
    with pytest.raises(NotFound):
        service.retire_bank(session, 404, by=None, now=NOW)


def test_what_was_stored_before_there_were_banks_is_brought_up_to_date(session):
    make_topics(session)
    put(session, PLAIN)
    platform = service.platform_bank(session).id
    session.execute(Question.__table__.update().values(bank_id=None))
    session.execute(QuestionVersion.__table__.update().values(search_text="", bands=None))
    homeless = drawn_codes(session, None)

    service.bring_up_to_date(session)
    service.bring_up_to_date(session)

    (version,) = session.query(QuestionVersion).populate_existing()
    assert homeless == {"devices-001"}
    assert question_of(session, "devices-001").bank_id == platform
    assert version.search_text.startswith("devices-001 nut nao")
    assert len(version.bands) == 64
