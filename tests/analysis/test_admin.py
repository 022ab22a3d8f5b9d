"""Questions measured from real papers: who may look, what is counted, what is said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.attempts import (
    CLOSING,
    MINUTE,
    ONE,
    OPENING,
    TRUE_FALSE,
    answer_all,
    begin,
    make_stage,
)
from factories.desks import run_jobs, text_of
from factories.people import make_account, make_grant, make_unit
from sqlalchemy import func, select

from contest.accounts.models import Account, Unit
from contest.analysis import measuring
from contest.attempts import service
from contest.contests.models import Round
from contest.core.audit import AuditEntry
from contest.core.jobs import Job
from question_bank import queries as bank

HERE = "/analysis/hoi-thi/r1"
# What eight people answered: the key of q-one is option 2, of q-true-false it is true.
ANSWERS = (
    *((2, True), (2, True), (2, True), (1, True)),
    *((1, True), (1, False), (0, False), (None, False)),
)


@pytest.fixture
def stage(session):
    bank.forget()
    made = make_stage(session, drafts=(ONE, TRUE_FALSE), people=len(ANSWERS), tries_total=9)
    for person, answers in zip(made.people, ANSWERS, strict=True):
        sit(session, made, person, answers, OPENING)
    session.commit()
    return made


def sit(session, stage, person, answers, at):
    attempt = begin(session, stage, at, by=person)
    one, truth = answers
    given = {"q-one": one, "q-true-false": truth}
    answer_all(
        session,
        attempt,
        {code: value for code, value in given.items() if value is not None},
        now=at + MINUTE,
    )
    service.hand_in(session, attempt.code, by=person, now=at + 2 * MINUTE)


def settle(session, stage):
    session.get_one(Round, stage.round_id).settled_at = CLOSING + timedelta(days=1)
    session.commit()


@pytest.fixture
def organizer(client, session, stage, sign_in):
    account = session.get_one(Account, stage.person)
    make_grant(session, account, "organizer", session.get_one(Unit, stage.unit_id))
    sign_in(client, account)
    return client


def measured(session, stage):
    round_ = session.get_one(Round, stage.round_id)
    found = measuring.measure(session, round_, now=CLOSING, tell=lambda *_: None)
    return found, {item["code"]: item for item in found["items"]}


def test_figures_are_those_of_the_papers(session, stage):
    outcome, items = measured(session, stage)

    one, truth = items["q-one"], items["q-true-false"]
    assert outcome["people"] == 8
    assert outcome["paper"]["mean"] == 1.0
    assert (one["figures"]["n"], one["figures"]["facility"]) == (8, 37.5)
    assert (truth["figures"]["n"], truth["figures"]["facility"]) == (8, 62.5)
    assert (one["figures"]["random_guess"], truth["figures"]["random_guess"]) == (25.0, 50.0)
    assert (one["rights"], truth["rights"]) == ([2], [1])
    assert one["counts"]["everybody"] == {"n": 8, "blanks": 1, "chosen": (1, 3, 3, 0)}
    assert one["counts"]["upper"] == {"n": 3, "blanks": 0, "chosen": (0, 0, 3, 0)}
    assert one["counts"]["lower"] == {"n": 3, "blanks": 1, "chosen": (1, 1, 0, 0)}
    assert truth["counts"]["everybody"] == {"n": 8, "blanks": 0, "chosen": (3, 5)}
    assert [each["code"] for each in one["warnings"]] == ["too_few", "unused_option"]


def test_only_the_first_paper_of_each_person_counts(session, stage):
    sit(session, stage, stage.people[7], (2, True), OPENING + timedelta(hours=1))

    _outcome, items = measured(session, stage)

    assert items["q-one"]["figures"]["facility"] == 37.5


def test_papers_are_read_in_as_many_statements_as_batches(session, stage, count_statements):
    measured(session, stage)
    with count_statements() as seen:
        measured(session, stage)

    # The round, whose papers, their answers, the papers; the versions are in memory.
    assert len(seen) == 4


def test_a_round_is_measured_only_when_it_is_settled(organizer, session):
    assert organizer.get(HERE).status_code == 409
    assert organizer.post(f"{HERE}/measure").status_code == 409
    assert session.scalar(select(func.count()).select_from(Job)) == 0
    assert "Chưa có đợt thi nào chốt kết quả." in text_of(organizer.get("/analysis/"))


def test_an_organizer_measures_a_round_and_reads_it(app, organizer, session, stage):
    settle(session, stage)
    assert "Hội thi – Đợt r1" in text_of(organizer.get("/analysis/"))
    assert "Đợt này chưa được phân tích." in text_of(organizer.get(HERE))

    sent = organizer.post(f"{HERE}/measure")

    assert run_jobs(app) == 1
    assert "Xem kết quả" in text_of(organizer.get(sent.location))
    code = sent.location.rsplit("/", 1)[1]
    assert organizer.get(f"/analysis/measured/{code}").location == HERE
    said = text_of(organizer.get(HERE))
    assert "Số người 8" in said
    assert "37,5%" in said
    one = text_of(organizer.get(f"{HERE}/q-one"))
    assert "C. C Đáp án 3 3 0" in one
    assert "Bỏ trống 1 0 1" in one
    assert "Câu này mới có 8 lượt làm" in one
    assert organizer.get(f"{HERE}/khong-co").status_code == 404
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act == "analysis.measure"))
    assert list(acts) == ["analysis.measure"]


def test_a_neighbour_sees_nothing(app, session, stage, sign_in):
    settle(session, stage)
    unit = make_unit(session)
    other = make_account(session, unit)
    make_grant(session, other, "organizer", unit)
    client = app.test_client()
    sign_in(client, other)

    assert client.get(HERE).status_code == 404
    assert client.post(f"{HERE}/measure").status_code == 404
    assert client.get(f"{HERE}/q-one").status_code == 404
    assert "Hội thi – Đợt r1" not in text_of(client.get("/analysis/"))
