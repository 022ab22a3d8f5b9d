"""Registering and starting with one tap: the answer is the paper itself."""

from __future__ import annotations

import re
from datetime import date

import pytest
from factories.attempts import DAY, EVERY_KIND, add_person, make_stage, many, sign_in, stored
from sqlalchemy import func, select, update

from contest.accounts.models import Account, Unit
from contest.attempts.models import Attempt
from contest.contests import queries as contests
from contest.contests.models import Division, Registration, Round
from contest.core import clock, db

AT_ONCE = "Đăng ký và bắt đầu làm bài ngay"
ENTER = "/attempts/rounds/hoi-thi/r1/enter"


@pytest.fixture
def stage(app):  # noqa: ARG001 -- binds the database
    def build(**facts):
        with db.transaction() as session:
            return make_stage(
                session,
                people=1,
                **{
                    "opens_at": clock.now() - DAY,
                    "closes_at": clock.now() + DAY,
                    "drafts": many(3),
                    **facts,
                },
            )

    return build


@pytest.fixture
def newcomer(app):
    def build(stage, device="a"):
        with db.transaction() as session:
            person = add_person(session, stage)
            code = sign_in(session, person)
        client = app.test_client()
        client.set_cookie("device", f"a browser named {device * 20}")
        with client.session_transaction() as kept:
            kept["account"], kept["_user_id"], kept["_fresh"] = person, code, True
        return person, client

    return build


def counts():
    with db.reading_session() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table))
            for table in (Registration, Attempt)
        )


def division(stage):
    with db.reading_session() as session:
        found = select(Division.code).join(Round, Round.contest_id == Division.contest_id)
        return session.scalars(found.where(Round.code == stage.round)).first()


def only_aged(years):
    with db.transaction() as session:
        rules = contests.audiences(session, contests.contest(session, "hoi-thi"))
        for audience in rules.values():
            audience.rules = {**audience.rules, "age_from": years}
    contests.forget()


def test_one_tap_registers_and_answers_with_the_paper(stage, newcomer):
    stage = stage()
    person, client = newcomer(stage)
    before = counts()

    page = client.post(ENTER, data={"division": division(stage)})

    with db.reading_session() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.account_id == person)).one()
    assert page.status_code == 200
    assert page.headers["Content-Location"] == f"/attempts/{attempt.code}"
    assert re.findall(r'id="question-(\d+)"', page.text) == ["1", "2", "3"]
    assert f'name="next" value="/attempts/{attempt.code}"' in page.text
    assert counts() == (before[0] + 1, before[1] + 1)


def test_the_same_tap_again_gives_the_same_paper_with_what_was_chosen(stage, newcomer):
    stage = stage()
    person, client = newcomer(stage)
    client.post(ENTER, data={"division": division(stage)})
    with db.reading_session() as session:
        attempt = session.scalars(select(Attempt).where(Attempt.account_id == person)).one()
    form = {"was-1": "null", "q-1": "1", "go": "save"}
    assert client.post(f"/attempts/{attempt.code}/save", data=form).status_code == 303
    before = counts()

    again = client.post(ENTER, data={"division": division(stage)})

    assert again.status_code == 200
    assert 'id="q-1-1" name="q-1" value="1" checked' in again.text
    assert counts() == before
    with db.reading_session() as session:
        assert set(stored(session, attempt.id)) == {1}


def test_a_tap_on_another_device_is_asked_first(stage, newcomer):
    stage = stage()
    person, client = newcomer(stage)
    client.post(ENTER, data={"division": division(stage)})
    client.set_cookie("device", "a browser of quite another kind")

    response = client.post(ENTER, data={"division": division(stage)})

    with db.reading_session() as session:
        code = session.scalars(select(Attempt.code).where(Attempt.account_id == person)).one()
    assert (response.status_code, response.location) == (303, f"/attempts/{code}")


@pytest.mark.parametrize("chosen", ["", "khong-co", "x" * 300, "🙂"])
def test_a_division_that_is_not_there_enters_nobody(stage, newcomer, chosen):
    _, client = newcomer(stage())
    before = counts()

    response = client.post(ENTER, data={"division": chosen})

    assert response.status_code == 404
    assert counts() == before


def test_who_may_not_enter_the_division_is_told_why_and_starts_nothing(stage, newcomer):
    stage = stage()
    _, client = newcomer(stage)
    only_aged(120)
    before = counts()

    response = client.post(ENTER, data={"division": division(stage)}, follow_redirects=True)

    assert response.request.path == "/contests/hoi-thi/join"
    assert "tuổi" in response.text
    assert counts() == before


@pytest.mark.parametrize(
    ("opens", "closes"), [(DAY, 2 * DAY), (-2 * DAY, -DAY)], ids=["early", "late"]
)
def test_outside_the_window_nobody_is_registered_either(stage, newcomer, opens, closes):
    stage = stage(opens_at=clock.now() + opens, closes_at=clock.now() + closes)
    _, client = newcomer(stage)
    before = counts()

    response = client.post(ENTER, data={"division": division(stage)})

    assert response.status_code == 409
    assert counts() == before


def test_the_page_of_registering_offers_it_with_the_rules_while_one_round_is_open(stage, newcomer):
    stage = stage(time_limit_s=15 * 60)
    _, client = newcomer(stage)

    page = client.get("/contests/hoi-thi/join").text

    assert AT_ONCE in page
    assert f'formaction="{ENTER}"' in page
    assert "15 phút" in page


@pytest.mark.parametrize("change", [{"is_practice": True}, {"opens_at": "later"}])
def test_it_is_not_offered_for_practice_or_before_the_opening(stage, newcomer, change):
    stage = stage()
    _, client = newcomer(stage)
    facts = {"opens_at": clock.now() + DAY / 2} if "opens_at" in change else change
    with db.transaction() as session:
        session.execute(update(Round).values(**facts))
    contests.forget()

    assert AT_ONCE not in client.get("/contests/hoi-thi/join").text


def test_loading_the_answer_of_a_form_again_leads_back(stage, newcomer):
    stage = stage()
    _, client = newcomer(stage)

    entered = client.get(ENTER)
    saved = client.get("/attempts/khong-co/save")

    assert (entered.status_code, entered.location) == (302, "/attempts/rounds/hoi-thi/r1")
    assert (saved.status_code, saved.location) == (302, "/attempts/khong-co")


def test_one_tap_takes_a_handful_of_statements(stage, newcomer, count_statements):
    stage = stage()
    chosen = division(stage)
    newcomer(stage)[1].post(ENTER, data={"division": chosen})  # fills what is remembered
    _, client = newcomer(stage)

    with count_statements() as statements:
        assert client.post(ENTER, data={"division": chosen}).status_code == 200

    # PostgreSQL: the visitor, then both rows; else the visitor, the person, and a row each.
    with db.reading_session() as session:
        assert len(statements) == (2 if session.get_bind().dialect.name == "postgresql" else 4)


def test_a_person_changed_since_they_were_read_enters_as_they_are_now(stage, newcomer):
    stage = stage()
    person, client = newcomer(stage)
    client.get("/attempts/")  # reads the visitor, and remembers them for a while
    with db.transaction() as session:  # another process: nothing here is told of it
        other = Unit(
            code="khac", name="Khác", name_folded="khac", name_key="khac", kind="province", path="/"
        )
        session.add(other)
        session.flush()
        other.path, moved_to = f"/{other.id}/", other.id
        session.execute(update(Account).where(Account.id == person).values(unit_id=moved_to))

    assert client.post(ENTER, data={"division": division(stage)}).status_code == 200

    with db.reading_session() as session:
        row = session.scalars(select(Registration).where(Registration.account_id == person)).one()
    assert row.unit_id == moved_to


def test_who_was_refused_may_enter_as_soon_as_their_own_facts_are_mended(stage, newcomer):
    stage = stage()
    person, client = newcomer(stage)
    only_aged(120)
    chosen = division(stage)
    assert client.post(ENTER, data={"division": chosen}).status_code == 303
    with db.transaction() as session:  # by another process again
        born = date(clock.now().year - 125, 1, 1)
        session.execute(update(Account).where(Account.id == person).values(birth_date=born))

    assert client.post(ENTER, data={"division": chosen}).status_code == 200


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("easy", ["0", "1"])
def test_a_kept_question_is_the_one_the_template_draws(stage, newcomer, language, easy):
    stage = stage(drafts=EVERY_KIND)
    _, client = newcomer(stage)
    client.set_cookie("language", language)
    client.set_cookie("easy", easy)

    first = client.post(ENTER, data={"division": division(stage)}).text
    kept = client.post(ENTER, data={"division": division(stage)}).text
    questions = re.compile(r'<fieldset class="question".*?</fieldset>', re.DOTALL)

    assert len(questions.findall(first)) == len(EVERY_KIND)
    assert questions.findall(first) == questions.findall(kept)
    numbers = re.findall(r'id="question-(\d+)"', first)
    assert numbers == [str(no) for no in range(1, len(EVERY_KIND) + 1)]
    for no in numbers:
        card = next(each for each in questions.findall(first) if f'id="question-{no}"' in each)
        assert set(re.findall(r'name="q-(\d+)', card)) == {no}
        assert f'name="was-{no}" value="null"' in card
