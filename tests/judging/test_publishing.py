"""Proposed, signed by two, published, corrected: who may, and when not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from factories.entries import entry_rules
from factories.juries import SCORES, Jury, make_jury
from factories.people import make_account
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Unit
from contest.core.audit import AuditEntry
from contest.entries import publishing as publishing_of_gallery
from contest.entries.models import EntryState
from contest.errors import Conflict, Invalid, NotAllowed, NotFound, TooEarly
from contest.judging import deliberation, publishing, result_file, result_queries
from contest.judging.models import ResultLine, ResultRun, RunState, ScoreSheet, SheetState
from contest.rules.entry_rules import VotePeriod, VoteRules
from contest.votes.models import Vote


@pytest.fixture
def jury(session: Session) -> Jury:
    return make_jury(session)


def propose(jury: Jury, **facts: str) -> ResultRun:
    return publishing.propose(jury.session, jury.chair(), now=jury.after, **facts)


def sign_both(jury: Jury, run: ResultRun) -> None:
    for account, office in ((jury.head, "head_judge"), (jury.organizer, "organizer")):
        publishing.sign(jury.session, jury.chair(account), run.code, office=office, now=jury.after)


def publish(jury: Jury, **facts: str) -> ResultRun:
    run = propose(jury, **facts)
    sign_both(jury, run)
    return publishing.publish(jury.session, jury.chair(), run.code, now=jury.after)


def test_a_proposal_is_a_file_that_verifies(jury: Jury) -> None:
    run = propose(jury)

    assert (run.no, run.state, run.made_by) == (1, "proposed", jury.organizer.id)
    assert run.sha256 == result_file.sha256(run.body)
    assert run.input_sha256 == json.loads(run.body)["input_sha256"]
    assert result_file.verify(run.body) is None
    assert not publishing.is_stale(jury.session, jury.chair(), run)


def test_the_file_names_nobody(jury: Jury) -> None:
    body = propose(jury).body

    for words in ("Lò Thị", "Giám Khảo", "Trưởng Ban", "Xã Bản Hồ", "Bài a", "Lời khen"):
        assert words not in body


def test_two_people_sign_and_an_organizer_publishes(jury: Jury) -> None:
    run = publish(jury)

    assert (run.state, run.published_by, run.published_at) == (
        "published",
        jury.organizer.id,
        jury.after,
    )
    lines = jury.session.scalars(select(ResultLine).order_by(ResultLine.position)).all()
    codes = {entry.id: name for name, entry in jury.entries.items()}
    assert [(codes[each.entry_id], each.place, each.prize) for each in lines] == [
        ("a", 1, 0),
        ("b", 2, 1),
        ("c", 3, None),
        ("d", 4, None),
        ("e", 5, None),
    ]
    acts = jury.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts == ["judging.propose", "judging.sign", "judging.sign", "judging.publish"]


def test_one_signature_is_not_enough(jury: Jury) -> None:
    run = propose(jury)
    publishing.sign(
        jury.session, jury.chair(jury.head), run.code, office="head_judge", now=jury.after
    )

    with pytest.raises(Conflict) as raised:
        publishing.publish(jury.session, jury.chair(), run.code, now=jury.after)
    assert raised.value.message == publishing.NOT_SIGNED


def test_nobody_signs_twice_nor_in_an_office_that_is_not_theirs(jury: Jury) -> None:
    jury.judges[0].is_head = True
    run = propose(jury)
    publishing.sign(
        jury.session, jury.chair(jury.head), run.code, office="head_judge", now=jury.after
    )

    assert publishing.offices(jury.session, jury.chair(jury.head), run) == ()
    assert publishing.offices(jury.session, jury.chair(), run) == ("organizer",)
    for office, error, said in (
        ("organizer", NotAllowed, publishing.NOT_YOURS),
        ("head_judge", Conflict, publishing.SIGNED_ALREADY),
    ):
        with pytest.raises(error) as raised:
            publishing.sign(
                jury.session, jury.chair(jury.head), run.code, office=office, now=jury.after
            )
        assert raised.value.message == said


def test_an_office_is_taken_once(jury: Jury) -> None:
    other = jury.judges[0]
    other.is_head = True
    run = propose(jury)
    publishing.sign(
        jury.session, jury.chair(jury.head), run.code, office="head_judge", now=jury.after
    )
    there = result_queries.chair(
        jury.session,
        "hoi-thi",
        "video",
        by=jury.visitor(jury.session.get_one(type(jury.head), other.account_id)),
        now=jury.after,
    )

    with pytest.raises(Conflict) as raised:
        publishing.sign(jury.session, there, run.code, office="head_judge", now=jury.after)
    assert raised.value.message == publishing.OFFICE_TAKEN


def test_the_head_of_the_jury_does_not_publish(jury: Jury) -> None:
    run = propose(jury)
    sign_both(jury, run)

    with pytest.raises(NotAllowed) as raised:
        publishing.publish(jury.session, jury.chair(jury.head), run.code, now=jury.after)
    assert raised.value.message == publishing.ORGANIZERS_ACT


@pytest.mark.parametrize("what", ["sheet", "decision", "entry", "exclusion"])
def test_what_comes_after_makes_a_result_stale(jury: Jury, what: str) -> None:
    run = propose(jury)
    if what == "sheet":
        sheet_of(jury).state = SheetState.SUPERSEDED
        jury.score(jury.judges[0], "a", {"content": "1", "form": "1"}, version=2)
    elif what == "decision":
        deliberation.leave_out(
            jury.session, jury.chair(), "bai-b", reason="Vi phạm bản quyền", now=jury.after
        )
    elif what == "entry":
        jury.entries["e"].state = EntryState.WITHDRAWN
    else:
        sheet_of(jury).is_excluded = True
    jury.session.flush()

    assert publishing.is_stale(jury.session, jury.chair(), run)
    with pytest.raises(Conflict) as raised:
        publishing.sign(jury.session, jury.chair(), run.code, office="organizer", now=jury.after)
    assert raised.value.message == publishing.STALE


def sheet_of(jury: Jury) -> ScoreSheet:
    """The first judge's sheet of the first entry."""
    return jury.session.scalars(
        select(ScoreSheet).where(
            ScoreSheet.entry_id == jury.entries["a"].id,
            ScoreSheet.panelist_id == jury.judges[0].id,
        )
    ).one()


def test_a_signed_result_that_grew_stale_is_not_published(jury: Jury) -> None:
    run = propose(jury)
    sign_both(jury, run)
    deliberation.leave_out(jury.session, jury.chair(), "bai-b", reason="Vi phạm", now=jury.after)

    with pytest.raises(Conflict) as raised:
        publishing.publish(jury.session, jury.chair(), run.code, now=jury.after)
    assert raised.value.message == publishing.STALE


def test_a_body_changed_behind_the_signatures_is_not_published(jury: Jury) -> None:
    run = propose(jury)
    sign_both(jury, run)
    run.body = run.body.replace('"place": 1,', '"place": 2,', 1)
    jury.session.flush()

    with pytest.raises(Conflict) as raised:
        publishing.publish(jury.session, jury.chair(), run.code, now=jury.after)
    assert raised.value.message == publishing.BROKEN


def test_a_new_proposal_drops_the_one_before(jury: Jury) -> None:
    first, second = propose(jury), propose(jury)

    assert (first.state, second.state, second.no) == ("dropped", "proposed", 2)
    with pytest.raises(Conflict) as raised:
        publishing.sign(jury.session, jury.chair(), first.code, office="organizer", now=jury.after)
    assert raised.value.message == publishing.NOT_PROPOSED


def test_a_correction_needs_a_reason_and_replaces_the_result_visibly(jury: Jury) -> None:
    first = publish(jury)
    deliberation.leave_out(jury.session, jury.chair(), "bai-a", reason="Sao chép", now=jury.after)
    with pytest.raises(Invalid) as raised:
        propose(jury)
    assert raised.value.message == publishing.WHY_CORRECT

    second = publish(jury, reason="Bài a sao chép")

    assert (first.state, second.state) == (RunState.DROPPED, RunState.PUBLISHED)
    assert json.loads(second.body)["input"]["corrects"] == first.sha256
    history = result_queries.history(jury.session, jury.round.id)
    assert [(each.no, each.reason) for each in history] == [(1, ""), (2, "Bài a sao chép")]
    assert result_file.verify(first.body) is None


def test_a_published_result_keeps_the_names_it_was_published_with(jury: Jury) -> None:
    before = named(jury, publish(jury))
    for account in jury.session.scalars(select(Account)):
        account.name = f"Người Khác {account.id}"
    for unit in jury.session.scalars(select(Unit)):
        unit.name = f"Nơi khác {unit.id}"
    jury.session.flush()

    again = publish(jury, reason="Tính lại sau khi có ý kiến.")

    assert len(before) > 1
    assert all("Khác" not in name + unit for name, unit in before.values())
    assert named(jury, again) == before


def named(jury: Jury, run: ResultRun) -> dict[int, tuple[str, str]]:
    """Read what a published result's page says of each entry's sender."""
    division = next(iter(jury.divisions.values()))
    lines, _more = result_queries.page(jury.session, run.id, division.id, 1)
    return {each.entry_id: (each.name, each.unit_name) for each in lines}


def test_short_entries_hold_a_result_up_until_a_reason_is_given(jury: Jury) -> None:
    jury.enter("thieu", (("6", "6"),))

    with pytest.raises(Invalid) as raised:
        propose(jury)
    assert (raised.value.message, raised.value.facts) == (publishing.SHORT, {"count": 1})
    run = propose(jury, goes_on="Giám khảo ốm")
    assert json.loads(run.body)["input"]["goes_on"] == "Giám khảo ốm"
    assert not publishing.is_stale(jury.session, jury.chair(), run)


def test_drafts_calibrations_and_kept_out_sheets_do_not_count(jury: Jury) -> None:
    before = propose(jury).input_sha256
    jury.enter("nhap")
    jury.score(jury.judges[0], "nhap", {"content": "1"}, state=SheetState.DRAFT)
    jury.score(jury.judges[1], "nhap", {"content": "1", "form": "1"}, is_excluded=True)
    given = result_queries.gather(jury.session, jury.contest_read, jury.round)

    found = next(one for one in given.entries if one.code == "bai-nhap")
    assert (found.sheets, found.left_out) == ((), ("gk2",))
    assert result_file.input_sha256(given) != before


def test_nothing_is_computed_while_something_may_still_come_in(session: Session) -> None:
    vote = VoteRules(VotePeriod.ROUND, share=20, days=30)
    jury = make_jury(session, rules=entry_rules(is_gallery=True, vote=vote))
    moments = {
        publishing.NOT_CLOSED: jury.round.closes_at - timedelta(seconds=1),
        publishing.STILL_SCORING: jury.phase.closes_at - timedelta(seconds=1),
        publishing.STILL_VOTING: jury.round.closes_at + timedelta(days=30, seconds=-1),
    }
    for said, now in moments.items():
        with pytest.raises(TooEarly) as raised:
            publishing.propose(session, jury.chair(), now=now)
        assert raised.value.message == said
    last = jury.round.closes_at + timedelta(days=30)
    assert publishing.propose(session, jury.chair(), now=last).no == 1


@pytest.fixture
def voted(session: Session) -> Jury:
    vote = VoteRules(VotePeriod.ROUND, share=30, days=7)
    return make_jury(session, rules=entry_rules(is_gallery=True, vote=vote))


def vote_for(jury: Jury, name: str, voters: int, **facts: object) -> None:
    for _ in range(voters):
        voter = make_account(jury.session, jury.unit, "Người Xem")
        jury.session.add(
            Vote(
                round_id=jury.round.id,
                entry_id=jury.entries[name].id,
                account_id=voter.id,
                period=jury.round.closes_at.date(),
                at=jury.round.closes_at + timedelta(days=1),
                device="",
                network="",
                **{"struck_reason": "", **facts},
            )
        )
    jury.session.flush()


def show(jury: Jury, *names: str) -> None:
    for name in names:
        entry = jury.entries[name]
        entry.shows_in_gallery = True
        entry.published_at = jury.round.closes_at + timedelta(hours=1)
    jury.session.flush()


def test_the_jurys_best_is_not_put_down_for_not_being_shown(voted: Jury) -> None:
    show(voted, "b", "c")
    vote_for(voted, "b", 4)
    vote_for(voted, "c", 2)

    run = publish(voted)

    assert result_file.verify(run.body) is None
    lines, _more = result_queries.page(voted.session, run.id, voted.divisions["hoc-sinh"].id, 1)
    assert [(one.code, one.place, float(one.mark)) for one in lines[:2]] == [
        ("bai-b", 1, 81.33),
        ("bai-a", 2, 80.06),  # 0.7 * 82.2222 + 0.3 * (100 + 50) / 2
    ]


def test_what_could_be_voted_for_is_read_from_the_gallery_and_the_votes(voted: Jury) -> None:
    session, end = voted.session, voted.round.closes_at + timedelta(days=7)
    show(voted, "a", "b", "c", "d", "e")
    vote_for(voted, "c", 1)
    vote_for(voted, "d", 1)
    vote_for(voted, "e", 1, struck_at=end, struck_by=voted.organizer.id, struck_reason="gian lận")
    contest = voted.contest_read
    facts = {"by": voted.organizer.id, "now": end}
    publishing_of_gallery.withdraw_consent(session, voted.entries["b"], **facts)
    publishing_of_gallery.withdraw_consent(session, voted.entries["c"], **facts)
    publishing_of_gallery.remove(session, contest, voted.entries["d"], reason="lộ số", **facts)
    publishing_of_gallery.withdraw_consent(session, voted.entries["e"], **facts)

    found = result_queries.gather(session, contest, contest.rounds[0])

    assert {one.code: (one.is_votable, one.votes) for one in found.entries} == {
        "bai-a": (True, 0),  # shown, and nobody voted for it
        "bai-b": (False, 0),  # taken back before anybody voted
        "bai-c": (True, 1),  # taken back afterwards: the vote stays
        "bai-d": (False, 1),  # taken down
        "bai-e": (True, 0),  # votes that were struck were votes
    }
    show(voted, "b")
    voted.entries["b"].published_at = end
    found = result_queries.gather(session, contest, contest.rounds[0])
    assert [one.is_votable for one in found.entries if one.code == "bai-b"] == [False]


def test_a_round_without_sheets_has_no_result(session: Session) -> None:
    jury = make_jury(session, scores={"a": ()})

    with pytest.raises(TooEarly) as raised:
        propose(jury)
    assert raised.value.message == publishing.NOTHING_JUDGED


def test_others_learn_nothing_of_the_chair(jury: Jury) -> None:
    judge = jury.session.get_one(type(jury.head), jury.judges[0].account_id)

    with pytest.raises(NotFound) as raised:
        jury.chair(judge)
    assert raised.value.message == result_queries.NO_ROUND


def test_what_a_result_rests_on_is_read_in_as_many_statements_for_few_as_for_many(
    jury: Jury, count_statements
) -> None:
    counts = []
    for _ in range(2):
        jury.session.commit()
        contest = jury.contest_read
        with count_statements() as counted:
            result_queries.gather(jury.session, contest, contest.rounds[0])
        counts.append(len(counted))
        for number in range(12):
            jury.enter(f"x{len(counts)}-{number}", SCORES["a"])
    assert counts == [4, 4]
