"""One judge, one entry, two pages, a clock that only moves forward: against a small model."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from factories.judging import make_phase
from factories.jury import DAY, NOON, Jury, make_jury, make_work
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core import db
from contest.errors import Invalid, NotFound, TooEarly, TooLate
from contest.judging import judge_queries, sheets
from contest.judging.models import Conflict, ScoreSheet
from contest.judging.sheets import Draft

BOXES = st.sampled_from(["", "7", "8,5", "9.5", "11", "x"])
WHOLE = {"7", "8,5", "9.5"}
PAGES = st.sampled_from(["desk", "tablet"])


@dataclass
class Row:
    """What the model says a version is."""

    version: int
    state: str
    scores: dict[str, str]
    comment: str


@dataclass
class Page:
    """What a page shows and knows."""

    known: str = ""
    scores: dict[str, str] = field(default_factory=dict)
    comment: str = ""


def plain(scores: dict[str, str]) -> dict[str, str]:
    return {code: text.replace(",", ".") for code, text in scores.items()}


class Life(RuleBasedStateMachine):
    """Drafts, handing in, editing, stepping back, phases that close and open."""

    @initialize()
    def begin(self) -> None:
        self.session: Session = db.writing_session()
        self.now = NOON
        self.jury: Jury = make_jury(self.session)
        self.second = make_phase(
            self.session,
            self.jury.round,
            opens_at=self.jury.phase.closes_at + DAY,
            closes_at=self.jury.phase.closes_at + 3 * DAY,
        )
        self.code = make_work(self.session, self.jury).blind_code
        self.rows: list[Row] = []
        self.known = ""  # what the newest save told
        self.pages = {"desk": Page(), "tablet": Page()}
        self.is_barred = False

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.rollback()
            self.session.close()

    @property
    def is_open(self) -> bool:
        phases = (self.jury.phase, self.second)
        return any(each.opens_at <= self.now < each.closes_at for each in phases)

    @property
    def refusal(self) -> type[Exception]:
        return TooEarly if self.now < self.second.opens_at else TooLate

    def reach(self) -> judge_queries.Work:
        return judge_queries.reach(self.session, self.code, by=self.jury.judge.id, now=self.now)

    def draft(self, page: str) -> Draft:
        here = self.pages[page]
        return Draft(here.scores, here.comment, "", here.known)

    def filled(self, page: str) -> dict[str, str]:
        return {code: text for code, text in self.pages[page].scores.items() if text}

    def is_same(self, scores: dict[str, str], comment: str) -> bool:
        last = self.rows[-1] if self.rows else None
        if last is None or last.state == "recused":
            return False
        return (plain(last.scores), last.comment) == (plain(scores), comment)

    @rule(page=PAGES, content=BOXES, form=BOXES, comment=st.sampled_from(["", "Hay", "Rõ"]))
    def type_in(self, page: str, content: str, form: str, comment: str) -> None:
        self.pages[page] = replace(
            self.pages[page], scores={"content": content, "form": form}, comment=comment
        )

    @precondition(lambda self: not self.is_barred)
    @rule(page=PAGES)
    def load(self, page: str) -> None:
        own = sheets.own(self.session, self.reach())
        assert own.known == self.known
        self.pages[page] = Page(own.known, dict(own.scores), own.comment)

    @precondition(lambda self: not self.is_barred)
    @rule(page=PAGES)
    def save(self, page: str) -> None:
        work, draft, typed = self.reach(), self.draft(page), self.filled(page)
        if not self.is_open:
            with pytest.raises(self.refusal):
                sheets.save_draft(self.session, work, draft, now=self.now)
            return
        if not self.is_same(typed, draft.comment) and draft.known != self.known:
            with pytest.raises(sheets.Newer) as caught:
                sheets.save_draft(self.session, work, draft, now=self.now)
            assert caught.value.sheet.known == self.known
            return
        saved = sheets.save_draft(self.session, work, draft, now=self.now)
        if not self.is_same(typed, draft.comment):
            if self.rows and self.rows[-1].state == "draft":
                self.rows[-1] = replace(self.rows[-1], scores=typed, comment=draft.comment)
            else:
                self.rows.append(Row(len(self.rows) + 1, "draft", typed, draft.comment))
        self.learn(page, saved.known)

    @precondition(lambda self: not self.is_barred)
    @rule(page=PAGES)
    def hand_in(self, page: str) -> None:
        work, draft, typed = self.reach(), self.draft(page), self.filled(page)

        def act() -> sheets.Sheet:
            return sheets.submit(self.session, work, draft, by=self.jury.judge.id, now=self.now)

        if not self.is_open:
            with pytest.raises(self.refusal):
                act()
            return
        if len(typed) < 2 or not set(typed.values()) <= WHOLE:
            with pytest.raises(Invalid):
                act()
            return
        clean = {code: text.replace(",", ".") for code, text in typed.items()}
        is_done = bool(self.rows) and self.rows[-1].state == "submitted"
        if is_done and self.is_same(clean, draft.comment):
            assert act().known == self.known  # once more is once
            return
        if not self.is_same(typed, draft.comment) and draft.known != self.known:
            with pytest.raises(sheets.Newer):
                act()
            return
        done = act()
        if not self.rows or self.rows[-1].state != "draft":
            self.rows.append(Row(len(self.rows) + 1, "draft", {}, ""))
        for row in self.rows:
            if row.state == "submitted":
                row.state = "superseded"
        last = self.rows[-1]
        self.rows[-1] = Row(last.version, "submitted", clean, draft.comment)
        self.learn(page, done.known)

    def learn(self, page: str, known: str) -> None:
        self.known = self.pages[page].known = known

    @precondition(lambda self: not self.is_barred and self.is_open)
    @rule()
    def step_back(self) -> None:
        sheets.recuse(self.session, self.reach(), "Người nhà.", by=self.jury.judge.id, now=self.now)
        if self.rows and self.rows[-1].state == "draft":
            self.rows[-1].state = "recused"
        else:
            self.rows.append(Row(len(self.rows) + 1, "recused", {}, ""))
        self.is_barred = True

    @precondition(lambda self: self.is_barred)
    @rule()
    def knock(self) -> None:
        with pytest.raises(NotFound):
            self.reach()

    @rule(wait=st.sampled_from([timedelta(seconds=1), timedelta(hours=7), DAY]))
    def wait(self, wait: timedelta) -> None:
        self.now: datetime = self.now + wait

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        if not hasattr(self, "rows"):
            return
        found = self.session.scalars(select(ScoreSheet).order_by(ScoreSheet.version))
        assert [Row(row.version, row.state, row.scores, row.comment) for row in found] == self.rows
        assert sum(1 for row in self.rows if row.state == "submitted") <= 1
        conflicts = len(self.session.scalars(select(Conflict)).all())
        assert conflicts == int(self.is_barred)


def test_a_sheet_lives_as_its_model(session: Session) -> None:
    session.rollback()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
