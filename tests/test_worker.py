"""The worker does all that is due, whatever one step does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from contest import closing, worker
from contest.core import audit, db

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_tick_on_an_empty_house_does_nothing(engine: Engine) -> None:
    assert engine.dialect.name
    assert worker.tick(ZONE, clock_now=lambda: NOW) == 0


def test_a_failing_step_stops_no_other_and_leaves_nothing_half_written(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left = [3]

    def breaks(session: Session, now: datetime, _zone: ZoneInfo) -> int:
        audit.record(session, "test.half", "x", by=None, now=now)
        session.flush()
        raise RuntimeError("on purpose")

    def works(session: Session, now: datetime, _zone: ZoneInfo) -> int:
        if not left[0]:
            return 0
        left[0] -= 1
        audit.record(session, "test.whole", "x", by=None, now=now + timedelta(seconds=left[0]))
        return 1

    monkeypatch.setattr(closing, "STEPS", (breaks, works))
    assert worker.tick(ZONE, clock_now=lambda: NOW) == 3
    with db.reading_session() as session:
        acts = [entry.act for entry in session.query(audit.AuditEntry)]
    assert acts == ["test.whole"] * 3
    assert "breaks failed" in caplog.text
    assert engine.dialect.name
