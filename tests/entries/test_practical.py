"""Practical tasks: who may tick for whom, when; corrections; two examiners at one moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from factories.contests import OPENING, WEEK
from factories.entries import entry_rules
from factories.people import make_account
from factories.watching import AT, Scene, account_of, make_scene
from sqlalchemy import func, select

from contest.contests.models import Registration
from contest.core import db
from contest.core.audit import AuditEntry
from contest.entries import examinees, practical
from contest.entries.models import Entry, EntryState, EntryVersion, PracticalCheck
from contest.entries.practical import Ticked
from contest.errors import Conflict, ContestError, Invalid, NotAllowed, NotFound, TooEarly, TooLate
from contest.rules.entry_rules import EntryKind

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 17)  # the second day of the round
RULES = entry_rules(kinds=(EntryKind.PRACTICAL,), rubrics={})


@pytest.fixture
def scene(session) -> Scene:
    return make_scene(session, RULES, name="Thực hành")


def save(scene, person, *ticked, by, now=AT, **facts):
    code = account_of(scene.session, person).code
    given = Ticked(frozenset(ticked), **{"shown_on": DAY, "is_from_paper": False, **facts})
    where = (scene.session, "hoi-thi", "video", code, given)
    return practical.save(*where, by=by, now=now, zone=ZONE)


def points(scene):
    return [(examiner, got) for _, examiner, got in practical.points(scene.session, scene.round.id)]


def test_a_first_sheet_makes_an_entry_handed_in_with_a_receipt(session, scene):
    helper, person = scene.visitor("helper"), scene.person()
    check = save(scene, person, "open", "find", by=helper, note="tự tin", is_from_paper=True)
    entry = session.scalars(select(Entry)).one()
    assert (entry.kind, entry.state, entry.version, entry.no) == ("practical", "sent", 1, 1)
    assert (entry.registration_id, entry.sent_at) == (person.id, AT)
    version = session.scalars(select(EntryVersion)).one()
    assert (version.no, version.sent_at, version.content["kind"]) == (1, AT, "practical")
    assert (check.no, check.ticked, check.note) == (1, ["find", "open"], "tự tin")
    assert (check.examiner_id, check.is_from_paper, check.shown_on) == (helper.id, True, DAY)
    assert points(scene) == [(helper.id, Decimal(60))]
    assert practical.points(session, scene.round.id)[0][0] == entry.code
    line = session.scalars(select(AuditEntry)).one()
    assert (line.act, line.by, line.contest) == ("entries.tick", helper.id, "hoi-thi")
    assert line.facts == {"no": 1, "points": "60", "from_paper": True}


def test_a_correction_is_a_row_of_its_own_and_the_last_counts(session, scene):
    helper, person = scene.visitor("helper"), scene.person()
    save(scene, person, "open", by=helper)
    save(scene, person, "open", "sign_in", by=helper, after=1)
    save(scene, person, by=helper, after=2)  # nothing was shown after all
    rows = session.scalars(select(PracticalCheck).order_by(PracticalCheck.no)).all()
    assert [(row.no, row.ticked) for row in rows] == [
        (1, ["open"]),
        (2, ["open", "sign_in"]),
        (3, []),
    ]
    assert points(scene) == [(helper.id, Decimal(0))]


def test_two_examiners_each_have_theirs(session, scene):
    helper, judge, person = scene.visitor("helper"), scene.visitor("judge"), scene.person()
    save(scene, person, "open", by=helper)
    save(scene, person, "open", "sign_in", "find", by=judge)
    assert points(scene) == [(helper.id, Decimal(20)), (judge.id, Decimal(100))]
    assert session.scalar(select(func.count()).select_from(Entry)) == 1
    found = examinees.person(
        session, scene.round, account_of(session, person).code, by=scene.visitor("organizer")
    )
    assert [(check.examiner_id, check.no) for check, _ in found.checks] == [
        (judge.id, 1),
        (helper.id, 1),
    ]


def test_the_same_form_sent_twice_is_once_and_another_page_is_told(session, scene):
    helper, person = scene.visitor("helper"), scene.person()
    first = save(scene, person, "open", by=helper)
    assert save(scene, person, "open", by=helper).id == first.id
    with pytest.raises(Conflict):
        save(scene, person, "find", by=helper)  # a page that never saw the first
    with pytest.raises(Conflict):
        save(scene, person, "find", by=helper, after=7)
    assert session.scalar(select(func.count()).select_from(PracticalCheck)) == 1


def test_nobody_ticks_for_themselves(session, scene):
    person = scene.person()
    own = scene.visitor("helper")
    own = type(own)(person.account_id, 1, "code", "x", own.scopes)
    with pytest.raises(NotAllowed):
        save(scene, person, "open", by=own)
    assert session.scalars(select(Entry)).all() == []


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"now": OPENING - timedelta(seconds=1)}, TooEarly),
        ({"shown_on": date(2026, 11, 15)}, Invalid),  # before the round
        ({"shown_on": date(2026, 11, 19)}, Invalid),  # tomorrow
        ({"shown_on": date(2026, 11, 24), "now": OPENING + 2 * WEEK}, Invalid),  # after closing
        ({"ticked": ("open", "nonsense")}, Invalid),
    ],
)
def test_what_is_out_of_time_or_on_no_line_is_refused(session, scene, facts, refused):
    facts = dict(facts)
    ticked = facts.pop("ticked", ("open",))
    with pytest.raises(refused):
        save(scene, scene.person(), *ticked, by=scene.visitor("helper"), **facts)
    assert session.scalars(select(PracticalCheck)).all() == []


def test_paper_is_entered_after_closing_until_results_are_official(session, scene):
    helper, person = scene.visitor("helper"), scene.person()
    late = OPENING + 2 * WEEK
    save(scene, person, "open", by=helper, now=late, is_from_paper=True)
    scene.round.settled_at = late
    session.flush()
    with pytest.raises(TooLate):
        save(scene, person, "find", by=helper, now=late, after=1)


@pytest.mark.parametrize("state", [EntryState.REFUSED, EntryState.WITHDRAWN])
def test_a_refused_or_withdrawn_entry_takes_no_more_and_gives_no_points(session, scene, state):
    helper, person = scene.visitor("helper"), scene.person()
    save(scene, person, "open", by=helper)
    session.scalars(select(Entry)).one().state = state
    session.flush()
    with pytest.raises(Conflict):
        save(scene, person, "find", by=helper, after=1)
    assert points(scene) == []


def test_somebody_with_no_entry_left_is_told(session):
    rules = entry_rules(kinds=(EntryKind.VIDEO, EntryKind.PRACTICAL), each=1)
    scene = make_scene(session, rules)
    entry = scene.entry()
    with pytest.raises(Conflict):
        save(scene, scene.people[0], "open", by=scene.visitor("helper"))
    assert session.scalars(select(Entry.id)).all() == [entry.id]


# Whom an examiner sees


def test_examiners_see_rounds_on_their_line_of_the_tree(session, scene):
    for unit in (scene.province, scene.commune, scene.other):
        for role in ("helper", "judge", "organizer", "administrator"):
            found = examinees.rounds(session, by=scene.visitor(role, unit))
            assert [each.code for each in found] == ["video"]
    assert examinees.rounds(session, by=scene.visitor("participant")) == []
    scene.contest.unit_id = scene.commune.id
    session.flush()
    assert examinees.rounds(session, by=scene.visitor("helper", scene.other)) == []
    assert len(examinees.rounds(session, by=scene.visitor("helper", scene.province))) == 1


def test_a_round_without_practical_tasks_is_not_found(session):
    scene = make_scene(session)
    helper = scene.visitor("helper")
    assert examinees.rounds(session, by=helper) == []
    with pytest.raises(NotFound):
        examinees.round_of(session, "hoi-thi", "video", by=helper)


def test_an_examiner_finds_people_of_their_own_part_only(session, scene):
    here, there = scene.person("Lò Thị Lan"), scene.person("Lan Anh", unit=scene.other)
    helper = scene.visitor("helper", scene.commune)

    def names(text, by=helper, login=""):
        found = examinees.find(session, scene.round, text, login=login, by=by, offset=0, limit=20)
        return [row.name for row in found]

    assert names("lan") == ["Lò Thị Lan"]
    assert names("lan", scene.visitor("helper")) == ["Lan Anh", "Lò Thị Lan"]
    save(scene, here, "open", by=helper)
    with pytest.raises(NotFound):
        save(scene, there, "open", by=helper)


def test_people_are_found_by_name_login_and_member_code_registered_ones_first(session, scene):
    scene.person("Lò Thị Lan")
    outside = make_account(session, scene.commune, "An Lan", login="an.lan", member_code="HS-07")
    gone = make_account(session, scene.commune, "Lan Cũ", is_active=False)
    phone = make_account(session, scene.commune, "Bà Ké", login="tel:abc")
    helper = scene.visitor("helper")

    def found(text, login=""):
        rows = examinees.find(
            session, scene.round, text, login=login, by=helper, offset=0, limit=20
        )
        return [(row.name, row.is_registered) for row in rows]

    assert found("LAN") == [("Lò Thị Lan", True), ("An Lan", False)]
    assert found("an.lan") == [("An Lan", False)]
    assert found("hs-07") == [("An Lan", False)]
    assert found("không có", login="tel:abc") == [("Bà Ké", False)]
    assert found("tel") == []
    assert found("") == [("Lò Thị Lan", True)]
    assert found("100%") == []
    assert (outside.code, gone.code, phone.code) != ("", "", "")
    with pytest.raises(NotFound):
        examinees.person(session, scene.round, gone.code, by=helper)


@pytest.mark.parametrize("count", [1, 9])
def test_finding_takes_one_statement_and_says_who_was_ticked(
    session, count_statements, scene, count
):
    helper, judge = scene.visitor("helper"), scene.visitor("judge")
    people = [scene.person(f"Lan {number}") for number in range(count)]
    save(scene, people[0], "open", by=helper)
    save(scene, people[0], "find", by=helper, after=1)
    save(scene, people[0], "find", by=judge)
    session.expunge_all()
    with count_statements() as counted:
        found = examinees.find(session, scene.round, "lan", login="", by=helper, offset=0, limit=50)
    assert len(counted) == 1
    assert [(row.mine, row.all) for row in found] == [(2, 3)] + [(0, 0)] * (count - 1)


@pytest.mark.parametrize("count", [1, 8])
def test_points_take_two_statements(session, count_statements, scene, count):
    helper, judge = scene.visitor("helper"), scene.visitor("judge")
    for _ in range(count):
        person = scene.person()
        save(scene, person, by=helper)
        save(scene, person, "open", by=helper, after=1)
        save(scene, person, "open", "find", by=judge)
    session.expunge_all()
    with count_statements() as counted:
        found = practical.points(session, scene.round.id)
    assert len(counted) == 2
    assert [row[1:] for row in found] == [
        (helper.id, Decimal(20)),
        (judge.id, Decimal(60)),
    ] * count


def test_somebody_is_registered_by_the_examiner(session, scene):
    helper = scene.visitor("helper", scene.commune)
    account = make_account(session, scene.commune)
    session.commit()
    facts = {"by": helper, "now": AT, "zone": ZONE}
    where = (session, "hoi-thi", "video", account.code, "hoc-sinh")
    made = practical.register(*where, **facts)
    assert practical.register(*where, **facts).id == made.id
    assert (made.account_id, made.unit_id) == (account.id, scene.commune.id)
    save(scene, made, "open", by=helper)
    acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["entries.register", "entries.tick"]


def test_registering_keeps_to_the_tree_the_divisions_and_the_clock(session, scene):
    helper = scene.visitor("helper", scene.commune)
    inside = make_account(session, scene.commune)
    outside = make_account(session, scene.other)
    session.commit()
    for code, division, now, refused in (
        (outside.code, "hoc-sinh", AT, NotFound),
        (inside.code, "none", AT, NotFound),
        (inside.code, "hoc-sinh", OPENING + 2 * WEEK, TooLate),
    ):
        with pytest.raises(refused):
            practical.register(
                session, "hoi-thi", "video", code, division, by=helper, now=now, zone=ZONE
            )
    with pytest.raises(Conflict):
        practical.save(
            session,
            "hoi-thi",
            "video",
            inside.code,
            Ticked(frozenset(), DAY, is_from_paper=False),
            by=helper,
            now=AT,
            zone=ZONE,
        )
    assert session.scalars(select(Registration.id)).all() == []


def test_names_for_a_sheet_are_of_one_unit_of_ones_part(session, scene):
    scene.person("Vàng Mí Sình")
    scene.person("Lò Thị An")
    scene.person("Lan Anh", unit=scene.other)
    helper = scene.visitor("helper", scene.commune)
    assert examinees.units_with_people(session, scene.round, by=helper) == [("ban-ho", "Xã Bản Hồ")]
    name, people = examinees.names_for_sheet(session, scene.round, "ban-ho", by=helper)
    assert name == "Xã Bản Hồ"
    assert people == [
        ("Lò Thị An", date(1990, 6, 15)),
        ("Vàng Mí Sình", date(1990, 6, 15)),
    ]
    for code in ("si-ma-cai", "none"):
        with pytest.raises(NotFound):
            examinees.names_for_sheet(session, scene.round, code, by=helper)


# At one moment


def _together(acts: list[Callable[[], object]]) -> list[str]:
    """Do all at once, each in a transaction of its own; give what came of each."""

    def run(act: Callable[[], object]) -> str:
        try:
            act()
        except ContestError as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def _saving(code, by, *ticked, after=0):
    def act():
        given = Ticked(frozenset(ticked), DAY, is_from_paper=False, after=after)
        with db.transaction() as session:
            practical.save(session, "hoi-thi", "video", code, given, by=by, now=AT, zone=ZONE)

    return act


def test_examiners_at_one_moment_share_one_entry(session, scene):
    examiners = [scene.visitor("helper") for _ in range(4)]
    code = account_of(session, scene.person()).code
    session.commit()
    assert _together([_saving(code, by, "open") for by in examiners]) == ["done"] * 4
    assert session.scalars(select(func.count()).select_from(Entry)).one() == 1
    assert session.scalars(select(func.count()).select_from(EntryVersion)).one() == 1
    assert points(scene) == [(by.id, Decimal(20)) for by in examiners]


def test_one_examiner_on_two_tablets_keeps_one_and_is_told_of_the_other(session, scene):
    by = scene.visitor("helper")
    code = account_of(session, scene.person()).code
    session.commit()
    assert _together([_saving(code, by, "open"), _saving(code, by, "find")]) == [
        "Conflict",
        "done",
    ]
    assert session.scalars(select(PracticalCheck.no)).all() == [1]


def test_a_double_tap_at_one_moment_is_one_row(session, scene):
    by = scene.visitor("helper")
    code = account_of(session, scene.person()).code
    session.commit()
    assert _together([_saving(code, by, "open")] * 3) == ["done"] * 3
    assert session.scalars(select(PracticalCheck.no)).all() == [1]
