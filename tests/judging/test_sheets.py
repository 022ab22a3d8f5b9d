"""A sheet's life: saved as typed, handed in whole, edited, stepped back from, closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from factories.judging import make_phase
from factories.jury import DAY, NOON, Jury, assignment_of, make_jury, make_work
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core.audit import AuditEntry
from contest.errors import Invalid, NotFound, TooEarly, TooLate
from contest.judging import judge_queries, sheets
from contest.judging.judge_queries import Work
from contest.judging.models import Conflict, ScoreSheet, SheetState
from contest.judging.sheets import Draft

WHOLE = {"content": "8,5", "form": "7"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


@pytest.fixture
def work(session: Session, jury: Jury) -> Work:
    entry = make_work(session, jury)
    return judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)


def typed(scores: dict[str, str] | None = None, known: str = "", **texts: str) -> Draft:
    texts = {"comment": "", "note": "", **texts}
    return Draft(scores=WHOLE if scores is None else scores, known=known, **texts)


def rows(session: Session) -> list[tuple[int, str, dict[str, str], str]]:
    found = session.scalars(select(ScoreSheet).order_by(ScoreSheet.version))
    return [(row.version, row.state, row.scores, row.comment) for row in found]


def test_a_draft_is_kept_as_it_was_typed(session: Session, work: Work) -> None:
    first = sheets.save_draft(session, work, typed({"content": "8,"}, note="xem lại"), now=NOON)
    assert (first.scores, first.note, first.is_done) == ({"content": "8,"}, "xem lại", False)
    later = sheets.save_draft(
        session, work, typed({"content": "8,5", "form": ""}, first.known), now=NOON + MINUTE
    )
    assert rows(session) == [(1, "draft", {"content": "8,5"}, "")]
    assert later.known != first.known
    assert sheets.own(session, work) == later


def test_saving_the_same_twice_changes_nothing(session: Session, work: Work) -> None:
    first = sheets.save_draft(session, work, typed(), now=NOON)
    again = sheets.save_draft(session, work, typed(), now=NOON + MINUTE)  # its answer was lost
    assert again == first


def test_a_second_page_never_writes_over_the_first(session: Session, work: Work) -> None:
    first = sheets.save_draft(session, work, typed(comment="trang một"), now=NOON)
    with pytest.raises(sheets.Newer) as caught:
        sheets.save_draft(session, work, typed(comment="trang hai"), now=NOON + MINUTE)
    assert caught.value.sheet == first
    with pytest.raises(sheets.Newer):
        sheets.submit(session, work, typed(comment="trang hai"), by=1, now=NOON + MINUTE)
    assert rows(session) == [(1, "draft", WHOLE, "trang một")]
    kept = typed(comment="trang hai", known=first.known)  # the judge saw both and chose
    assert sheets.save_draft(session, work, kept, now=NOON + MINUTE).comment == "trang hai"


def test_the_key_of_a_sheet_has_the_last_word(session: Session, work: Work) -> None:
    """Another page wrote version 1 past the lock."""
    sheets.save_draft(session, work, typed(comment="nhanh hơn"), now=NOON)
    with pytest.raises(sheets.Newer) as caught:
        sheets._begin(session, work, None, SheetState.DRAFT, NOON)
    assert caught.value.sheet.comment == "nhanh hơn"
    assert rows(session) == [(1, "draft", WHOLE, "nhanh hơn")]


def test_only_a_whole_sheet_is_handed_in(session: Session, work: Work) -> None:
    with pytest.raises(Invalid) as caught:
        sheets.submit(session, work, typed({"form": "7,3"}), by=1, now=NOON)
    assert list(caught.value.problems) == ["content", "form"]
    assert rows(session) == []


def test_points_taken_back_leave_what_was_handed_in_and_no_half_sheet_counts(
    session: Session, jury: Jury, work: Work
) -> None:
    done = sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    bare = typed({"content": "8,5", "form": ""}, done.known)
    edited = sheets.save_draft(session, work, bare, now=NOON + MINUTE)
    assert (edited.scores, edited.has_changes, edited.is_done) == ({"content": "8,5"}, True, True)
    again = typed({"content": "8,5", "form": ""}, edited.known)
    with pytest.raises(Invalid) as caught:
        sheets.submit(session, work, again, by=jury.judge.id, now=NOON + MINUTE)
    assert list(caught.value.problems) == ["form"]
    assert rows(session) == [
        (1, "submitted", {"content": "8.5", "form": "7"}, ""),
        (2, "draft", {"content": "8,5"}, ""),
    ]
    nothing = sheets.save_draft(session, work, typed({}, edited.known), now=NOON + 2 * MINUTE)
    assert nothing.scores == {}


def test_handing_in_twice_is_once_and_editing_makes_a_version(
    session: Session, jury: Jury, work: Work
) -> None:
    done = sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    assert done.is_done
    assert done == sheets.submit(
        session, work, typed(known="x"), by=jury.judge.id, now=NOON + DAY / 2
    )
    first = (1, "submitted", {"content": "8.5", "form": "7"}, "")
    assert rows(session) == [first]
    draft = sheets.save_draft(session, work, typed({"content": "9"}, done.known), now=NOON + MINUTE)
    assert rows(session) == [first, (2, "draft", {"content": "9"}, "")]  # the first one counts on
    assert (draft.is_done, draft.has_changes) == (True, True)
    changed = typed({"content": "9", "form": "7"}, draft.known, comment="Hay lắm")
    sheets.submit(session, work, changed, by=jury.judge.id, now=NOON + 2 * MINUTE)
    assert rows(session) == [
        (1, "superseded", {"content": "8.5", "form": "7"}, ""),
        (2, "submitted", {"content": "9", "form": "7"}, "Hay lắm"),
    ]
    acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))
    assert list(acts) == ["judging.submit", "judging.submit"]


def test_stepping_back_bars_the_entry_and_keeps_what_was_handed_in(
    session: Session, jury: Jury, work: Work
) -> None:
    sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    with pytest.raises(Invalid):
        sheets.recuse(session, work, "  ", by=jury.judge.id, now=NOON)
    sheets.recuse(session, work, "Tôi dạy em này.", by=jury.judge.id, now=NOON + MINUTE)
    found = session.scalars(select(ScoreSheet).order_by(ScoreSheet.version)).all()
    assert [(row.state, row.reason) for row in found] == [
        ("submitted", ""),
        ("recused", "Tôi dạy em này."),
    ]
    conflict = session.scalars(select(Conflict)).one()
    assert (conflict.kind, conflict.entry_id, conflict.set_by) == (
        "declared",
        work.entry_id,
        jury.judge.id,
    )
    assert work.assignment is not None
    assert (work.assignment.ended_at, work.assignment.end_reason) == (NOON + MINUTE, "conflict")
    with pytest.raises(NotFound):
        judge_queries.reach(session, work.blind_code, by=jury.judge.id, now=NOON)


def test_a_closed_phase_refuses_every_write(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    after = jury.phase.closes_at
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=after)
    for act in (
        lambda: sheets.save_draft(session, work, typed(), now=after),
        lambda: sheets.submit(session, work, typed(), by=jury.judge.id, now=after),
        lambda: sheets.recuse(session, work, "vì", by=jury.judge.id, now=after),
        lambda: sheets.skip(session, work, now=after),
    ):
        with pytest.raises(TooLate) as caught:
            act()
        assert caught.value.facts == {"closes_at": after}
    assert rows(session) == []


def test_before_the_phase_and_in_one_that_only_looks(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    before = jury.phase.opens_at - MINUTE
    with pytest.raises(TooEarly) as caught:
        judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=before)
    assert caught.value.facts == {"opens_at": jury.phase.opens_at}
    talk = make_phase(
        session,
        jury.round,
        opens_at=jury.phase.closes_at,
        closes_at=jury.phase.closes_at + DAY,
        may_score=False,
    )
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=talk.opens_at)
    with pytest.raises(TooLate):
        sheets.save_draft(session, work, typed(), now=talk.opens_at)


def test_a_calibration_sheet_is_to_be_confirmed_where_sheets_count(
    session: Session, jury: Jury
) -> None:
    entry = make_work(session, jury)
    jury.phase.counts = False
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    tried = sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    counting = make_phase(
        session, jury.round, opens_at=jury.phase.closes_at, closes_at=jury.phase.closes_at + DAY
    )
    now = counting.opens_at
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=now)
    here = sheets.own(session, work)
    assert (here.scores, here.is_done) == (tried.scores, False)
    sheets.submit(session, work, typed(known=here.known), by=jury.judge.id, now=now)
    found = session.scalars(select(ScoreSheet).order_by(ScoreSheet.version)).all()
    assert [(row.state, row.phase_id) for row in found] == [
        ("superseded", jury.phase.id),
        ("submitted", counting.id),
    ]


def test_a_calibration_never_takes_a_sheet_that_counts_away(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    known = sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON).known
    end = jury.phase.closes_at
    make_phase(session, jury.round, opens_at=end, closes_at=end + DAY, counts=False)
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=end)
    with pytest.raises(sheets.Counted):
        sheets.submit(session, work, typed({"content": "1", "form": "1"}, known), by=1, now=end)
    assert [(version, state) for version, state, _, _ in rows(session)] == [(1, "submitted")]
    assert sheets.own(session, work).is_done


def test_an_entry_that_was_replaced_is_to_be_judged_again(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    entry.version = 2
    session.flush()
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    here = sheets.own(session, work)
    assert (here.is_done, here.is_stale) == (False, True)
    again = sheets.submit(
        session, work, typed(known=here.known), by=jury.judge.id, now=NOON + MINUTE
    )
    assert (again.is_done, again.is_stale) == (True, False)


def test_put_off_until_it_is_handed_in(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    sheets.skip(session, work, now=NOON)
    assert assignment_of(session, jury, entry).skipped_at == NOON
    sheets.submit(session, work, typed(), by=jury.judge.id, now=NOON)
    assert assignment_of(session, jury, entry).skipped_at is None


def test_seen_at_is_written_once_a_minute(session: Session, jury: Jury, work: Work) -> None:
    first = sheets.save_draft(session, work, typed({"form": "1"}), now=NOON)
    assert jury.panelist.seen_at == NOON
    sheets.save_draft(session, work, typed({"form": "2"}, first.known), now=NOON + MINUTE / 2)
    assert jury.panelist.seen_at == NOON
    known = sheets.own(session, work).known
    sheets.save_draft(session, work, typed({"form": "3"}, known), now=NOON + MINUTE)
    assert jury.panelist.seen_at == NOON + MINUTE


@pytest.mark.parametrize(
    ("draft", "place"),
    [
        (typed({"unknown": "3"}), "unknown"),
        (typed({"form": "1" * 21}), "form"),
        (typed(comment="a" * 4001), "comment"),
        (typed(note="a" * 4001), "note"),
    ],
)
def test_what_cannot_be_kept_is_named(
    session: Session, work: Work, draft: Draft, place: str
) -> None:
    with pytest.raises(Invalid) as caught:
        sheets.save_draft(session, work, draft, now=NOON)
    assert list(caught.value.problems) == [place]
    assert rows(session) == []


def test_a_chair_who_only_signs_writes_no_sheet(session: Session, jury: Jury) -> None:
    entry = make_work(session, jury)
    jury.panelist.is_scoring = False
    work = judge_queries.reach(session, entry.blind_code, by=jury.judge.id, now=NOON)
    with pytest.raises(TooEarly):
        sheets.save_draft(session, work, typed(), now=NOON)
