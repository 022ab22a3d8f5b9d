"""Two pages of one judge save at the same moment: one is kept, the other is shown it."""

from __future__ import annotations

import threading

import pytest
from factories.jury import NOON, make_jury, make_work
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core import db
from contest.judging import judge_queries, sheets
from contest.judging.models import ScoreSheet

PAGES = 6


@pytest.mark.parametrize("act", ["draft", "submit"])
def test_pages_that_save_at_once_lose_nothing(session: Session, act: str) -> None:
    jury = make_jury(session)
    entry = make_work(session, jury)
    session.commit()
    begin, told = threading.Barrier(PAGES), []

    def save(number: int) -> None:
        text = f"trang {number}"
        draft = sheets.Draft({"content": "8", "form": "7"}, text, "", "")
        begin.wait()
        try:
            with db.transaction() as writing:
                work = judge_queries.reach(writing, entry.blind_code, by=jury.judge.id, now=NOON)
                if act == "draft":
                    sheets.save_draft(writing, work, draft, now=NOON)
                else:
                    sheets.submit(writing, work, draft, by=jury.judge.id, now=NOON)
            told.append(("kept", text))
        except sheets.Newer as error:
            told.append(("newer", error.sheet.comment))

    pages = [threading.Thread(target=save, args=(number,)) for number in range(PAGES)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    session.expire_all()
    rows = [(row.version, row.comment) for row in session.scalars(select(ScoreSheet))]
    kept = [text for what, text in told if what == "kept"]
    assert len(kept) == 1
    assert rows == [(1, kept[0])]
    assert sorted(told)[1:] == [("newer", kept[0])] * (PAGES - 1)
