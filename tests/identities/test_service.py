"""What people give is sealed, alone where it must be, all or nothing, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from factories.contests import OPENING, make_contest, make_division, make_round
from factories.people import make_account
from sqlalchemy.orm import Session

from contest.contests import service as contests
from contest.contests.models import Contest, Registration
from contest.core.sealing import Sealer
from contest.errors import Invalid, NotAllowed
from contest.identities import queries, service
from contest.identities.models import Identity
from contest.identities.service import TAKEN, Given
from contest.rules.identity import NOT_FILLED, OLD_ID, IdentityKey, IdentityRules

from .conftest import GIVEN, NUMBER, RULES

Enter = Callable[..., Registration]
LATER = OPENING + timedelta(hours=1)


def facts(session: Session, registration: Registration, sealer: Sealer) -> dict[str, Given]:
    session.expire_all()
    rows = queries.given(session, registration.id)
    return {key.value: given for key, given in service.opened(rows, sealer).items()}


def keep(
    session: Session,
    registration: Registration,
    given: dict[IdentityKey, Given],
    sealer: Sealer,
    rules: IdentityRules = RULES,
) -> list[IdentityKey]:
    return service.keep(
        session,
        registration.id,
        given,
        contest_id=registration.contest_id,
        rules=rules,
        sealer=sealer,
        now=LATER,
    )


def problems(refused: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {key: problem.message for key, problem in refused.value.problems.items()}


def test_the_table_holds_nothing_anybody_could_read(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    registration = enter()
    rows = session.execute(sa.select(Identity.__table__)).all()
    assert len(rows) == 2
    stored = " ".join(str(value) for row in rows for value in row)
    for digits in (NUMBER, "0912345678", "345678", "000123"):
        assert digits not in stored
    assert facts(session, registration, sealer) == {
        "national_id": Given(NUMBER),
        "phone": Given("0912345678", is_relatives=True),
    }


def test_only_what_must_differ_can_be_compared(session: Session, enter: Enter) -> None:
    enter()
    blinds = dict(session.execute(sa.select(Identity.field, Identity.blind)).all())
    assert blinds["phone"] is None
    assert len(blinds["national_id"]) == 64


def test_two_contests_cannot_be_compared(sealer: Sealer) -> None:
    key = IdentityKey.NATIONAL_ID
    blinds = {service.blind_of(sealer, contest_id, key, NUMBER) for contest_id in (1, 2)}
    assert len(blinds) == 2
    assert sealer.blind(NUMBER) not in blinds


def test_a_fact_of_somebody_else_is_refused_without_saying_whose(
    session: Session, enter: Enter
) -> None:
    enter(account=make_account(session, name="Lù Thị Mai"))
    with pytest.raises(Invalid) as refused:
        enter(account=make_account(session, name="Vàng Seo Sử"))
    assert problems(refused) == {"national_id": TAKEN}
    assert "Mai" not in str(refused.value.problems)
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 1
    assert session.scalar(sa.select(sa.func.count(Identity.id))) == 2


def test_another_contest_may_have_the_same_number(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    enter()
    other = make_contest(session, "khac", identity=RULES.as_json())
    make_round(session, other)
    make_division(session, other, "d1")
    details = contests.Details(GIVEN, sealer)
    who = make_account(session).id
    contests.register(session, "khac", "d1", by=who, now=OPENING, details=details)
    assert session.scalar(sa.select(sa.func.count(Identity.id))) == 4


def test_a_relatives_telephone_serves_many(session: Session, enter: Enter) -> None:
    enter()
    enter({**GIVEN, IdentityKey.NATIONAL_ID: Given("010190000124")})
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 2


def test_wrong_details_leave_no_registration(session: Session, enter: Enter) -> None:
    with pytest.raises(Invalid) as refused:
        enter({IdentityKey.NATIONAL_ID: Given("063123456")})
    assert problems(refused) == {"national_id": OLD_ID, "phone": NOT_FILLED}
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 0


def test_nobody_enters_without_what_is_asked_first(
    session: Session, contest: Contest, enter: Enter
) -> None:
    who = make_account(session)
    with pytest.raises(NotAllowed) as refused:
        contests.register(session, contest.code, "d1", by=who.id, now=OPENING)
    assert refused.value.message == contests.ASKED_FIRST
    before = enter(account=who)
    again = contests.register(session, contest.code, "d1", by=who.id, now=OPENING)
    assert again.id == before.id


def test_entering_twice_keeps_the_first_details(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    who = make_account(session)
    registration = enter(account=who)
    enter({**GIVEN, IdentityKey.NATIONAL_ID: Given("010190000999")}, account=who)
    assert facts(session, registration, sealer)["national_id"] == Given(NUMBER)


def test_details_are_corrected_one_by_one(session: Session, enter: Enter, sealer: Sealer) -> None:
    registration = enter()
    changed = {**GIVEN, IdentityKey.PHONE: Given("0987 654 321"), IdentityKey.CLASS: Given("9A")}
    assert keep(session, registration, changed, sealer) == [IdentityKey.PHONE, IdentityKey.CLASS]
    assert facts(session, registration, sealer) == {
        "national_id": Given(NUMBER),
        "phone": Given("0987654321"),
        "class": Given("9A"),
    }
    saved = dict(session.execute(sa.select(Identity.field, Identity.saved_at)).all())
    assert saved == {"national_id": OPENING, "phone": LATER, "class": LATER}
    assert keep(session, registration, changed, sealer) == []


def test_a_blank_takes_away_what_may_be_blank(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    registration = enter({**GIVEN, IdentityKey.CLASS: Given("9A")})
    assert keep(session, registration, GIVEN, sealer) == [IdentityKey.CLASS]
    assert set(facts(session, registration, sealer)) == {"national_id", "phone"}


def test_correcting_to_somebody_elses_number_changes_nothing(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    enter()
    other = enter({**GIVEN, IdentityKey.NATIONAL_ID: Given("010190000124")})
    wanted = {**GIVEN, IdentityKey.PHONE: Given("0987 654 321")}
    with pytest.raises(Invalid) as refused:
        keep(session, other, wanted, sealer)
    assert problems(refused) == {"national_id": TAKEN}
    assert facts(session, other, sealer) == {
        "national_id": Given("010190000124"),
        "phone": Given("0912345678", is_relatives=True),
    }


def test_a_number_given_up_is_free_again(session: Session, enter: Enter, sealer: Sealer) -> None:
    first = enter()
    keep(session, first, {**GIVEN, IdentityKey.NATIONAL_ID: Given("010190000777")}, sealer)
    enter()
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 2


def test_a_relatives_tick_counts_only_where_it_may(
    session: Session, enter: Enter, sealer: Sealer
) -> None:
    registration = enter({**GIVEN, IdentityKey.NATIONAL_ID: Given(NUMBER, is_relatives=True)})
    assert facts(session, registration, sealer)["national_id"] == Given(NUMBER)


def test_what_must_be_given_is_missed_until_it_is(session: Session, enter: Enter) -> None:
    registration = enter()
    assert not queries.is_missing(session, registration.id, RULES)
    assert not queries.is_missing(session, registration.id, IdentityRules())
    session.execute(sa.delete(Identity).where(Identity.field == "phone"))
    assert queries.is_missing(session, registration.id, RULES)


def test_forgetting_goes_in_bounded_pieces(
    session: Session, contest: Contest, enter: Enter
) -> None:
    for number in range(3):
        enter({**GIVEN, IdentityKey.NATIONAL_ID: Given(f"01019000000{number}")})
    assert [service.forget(session, contest.id, limit=4) for _ in range(3)] == [4, 2, 0]
    assert session.scalar(sa.select(sa.func.count(Identity.id))) == 0
    assert session.scalar(sa.select(sa.func.count(Registration.id))) == 3
