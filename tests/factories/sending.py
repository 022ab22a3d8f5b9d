"""Somebody who sends entries, and uploads that came in for them without their bytes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from factories.contests import OPENING, make_contest, make_division, make_registration
from factories.entries import entry_rules, make_entries_round
from factories.people import make_account
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.contests.models import Contest, Division, Registration, Round
from contest.entries.models import Entry
from contest.uploads.models import State, Upload

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
_numbers = itertools.count(1)
SHA = "ab" * 32


@dataclass(frozen=True, slots=True)
class Sending:
    """A round that takes entries, and somebody who is in its contest."""

    contest: Contest
    division: Division
    round: Round
    account: Account
    registration: Registration

    @property
    def by(self) -> int:
        return self.account.id

    @property
    def path(self) -> str:
        return f"/contests/{self.contest.code}/rounds/{self.round.code}/entries"


def make_sending(session: Session, *, opens_at: datetime = OPENING, **rules: Any) -> Sending:
    """Add a round of videos, a week long, unless `rules` say otherwise."""
    contest = make_contest(session)
    division = make_division(session, contest)
    round_ = make_entries_round(
        session, contest, "bai", entry_rules(**rules), name="Video hay", opens_at=opens_at
    )
    account = make_account(session, name="Lò Thị Lan")
    registration = make_registration(session, contest, division, account)
    session.commit()
    return Sending(contest, division, round_, account, registration)


def make_upload(
    session: Session,
    entry: Entry,
    owner: Account,
    *,
    what: str = "clip",
    at: datetime,
    received_at: datetime | None = None,
    **facts: Any,
) -> Upload:
    """Add an upload for an entry, begun `at`; received then, too, unless told otherwise."""
    number = next(_numbers)
    upload = Upload(
        code=f"{number:024d}",
        owner_id=owner.id,
        purpose="entry",
        subject=facts.pop("subject", f"entry:{entry.code}:{what}"),
        name=facts.pop(
            "name", {"clip": "múa xoè.mp4", "picture": "tranh.png"}.get(what, "bài.docx")
        ),
        media_type="application/octet-stream",
        fingerprint="",
        sent_metadata="",
        created_at=at,
        received_at=received_at or at,
        **{"length": 1000, "state": State.RECEIVED, **facts},
    )
    session.add(upload)
    session.flush()
    return upload


def store(session: Session, upload: Upload, *, sha256: str = SHA) -> None:
    """Let the worker have put it into storage."""
    upload.state = State.READY
    upload.sha256 = sha256
    upload.storage_key = f"uploads/{upload.code}/kho"
    session.flush()
