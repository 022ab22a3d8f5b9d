"""The life of an upload in the database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from factories.people import make_account
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.core import db, jobs
from contest.core.jobs import Job
from contest.core.storage import Stored
from contest.errors import Invalid, NotAllowed, NotFound, TooLate
from contest.uploads import queries, service
from contest.uploads.models import Upload
from contest.uploads.terms import Asked, Terms, TooLarge

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LASTS = timedelta(hours=48)
ASKED = Asked("entry", "entry:1", "clip.mp4", "video/mp4", 100, "1-abc")
TERMS = Terms(most_bytes=100, suffixes=(".mp4",))
STORED = Stored(100, "a" * 64)


def opened(session: Session, owner: Account, code: str = "0" * 24, **facts: object) -> Upload:
    asked = Asked(**{**{name: getattr(ASKED, name) for name in ASKED.__slots__}, **facts})
    return service.open(session, asked, TERMS, code=code, by=owner.id, now=NOW, lasts=LASTS)


def test_texts_are_made_fit_to_store() -> None:
    asked = Asked("entry", "e\u0301" * 200, "a/b\u0301.mp4", "text/html; x", 1, "f" * 300)
    assert service.clean(asked) == Asked(
        "entry", "é" * 120, "a b\u0301.mp4", "application/octet-stream", 1, "f" * 100
    )
    assert service.clean(Asked("entry", "", "", "", 0)).name == "tep"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"length": 101}, TooLarge),
        ({"name": "clip.exe"}, Invalid),
        ({"name": "mp4"}, Invalid),
    ],
)
def test_what_the_terms_forbid_is_not_opened(
    session: Session, owner: Account, asked: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        opened(session, owner, **asked)
    assert opened(session, owner, name="CLIP.MP4").name == "CLIP.MP4"


def test_nothing_is_opened_after_the_closing(session: Session, owner: Account) -> None:
    terms = Terms(most_bytes=100, suffixes=(), closes_at=NOW)
    with pytest.raises(TooLate) as caught:
        service.open(session, ASKED, terms, code="x", by=owner.id, now=NOW, lasts=LASTS)
    assert caught.value.facts == {"moment": NOW}


def test_the_quota_of_half_sent_files_holds_for_many_at_once(
    session: Session, owner: Account
) -> None:
    session.commit()
    ends: list[str] = []

    def one(code: str) -> None:
        try:
            with db.transaction() as own:
                opened(own, owner, code)
            ends.append("opened")
        except NotAllowed:
            ends.append("refused")

    threads = [threading.Thread(target=one, args=(f"{no:024}",)) for no in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["opened"] * 5 + ["refused"] * 3
    assert len(queries.unfinished(session, by=owner.id, purpose="entry", subject="entry:1")) == 5


def test_completing_enqueues_one_job_however_often_it_is_told(
    session: Session, owner: Account
) -> None:
    upload = opened(session, owner)
    assert service.complete(session, upload.code, by=owner.id, now=NOW)
    assert not service.complete(session, upload.code, by=owner.id, now=NOW)
    session.expire_all()
    assert (upload.state, upload.received_at, upload.expires_at) == ("received", NOW, None)
    assert session.query(Job).filter_by(name="uploads.finish").count() == 1
    assert queries.unfinished(session, by=owner.id, purpose="entry", subject="entry:1") == []


def test_nobody_elses_upload_is_completed_kept_or_removed(session: Session, owner: Account) -> None:
    upload, other = opened(session, owner), make_account(session)
    assert not service.complete(session, upload.code, by=other.id, now=NOW)
    for call in (
        lambda: service.keep(session, upload.code, by=other.id, purpose="entry", now=NOW),
        lambda: service.keep(session, upload.code, by=owner.id, purpose="other", now=NOW),
        lambda: service.remove(session, upload.code, by=other.id),
    ):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(NotAllowed):
        service.keep(session, upload.code, by=owner.id, purpose="entry", now=NOW)


def test_what_is_stored_expires_unless_somebody_keeps_it(session: Session, owner: Account) -> None:
    facts = {"key": "uploads/k", "what": STORED, "now": NOW, "lasts": LASTS}
    first, second = opened(session, owner), opened(session, owner, "1" * 24)
    assert not service.stored(session, first.code, **facts)  # not received yet
    for upload in (first, second):
        service.complete(session, upload.code, by=owner.id, now=NOW)
    service.keep(session, first.code, by=owner.id, purpose="entry", now=NOW)
    assert service.stored(session, first.code, **facts)
    assert service.stored(session, second.code, **facts)
    assert not service.stored(session, second.code, **facts)
    session.expire_all()
    assert (first.state, first.sha256, first.expires_at) == ("ready", "a" * 64, None)
    assert second.expires_at == NOW + LASTS
    service.keep(session, second.code, by=owner.id, purpose="entry", now=NOW)
    assert second.expires_at is None
    assert service.forget_expired(session, now=NOW + 10 * LASTS) == []


def test_only_what_expired_is_forgotten(session: Session, owner: Account) -> None:
    old, new = opened(session, owner), opened(session, owner, "1" * 24)
    done = opened(session, owner, "2" * 24)
    service.complete(session, done.code, by=owner.id, now=NOW)
    service.note(session, new.code, now=NOW + LASTS, lasts=LASTS)
    assert service.forget_expired(session, now=NOW + LASTS) == [old.code]
    assert service.forget_expired(session, now=NOW + LASTS) == []
    assert session.query(Upload).count() == 2


def test_a_job_and_its_row_vanish_together(session: Session, owner: Account) -> None:
    upload = opened(session, owner)
    code = upload.code
    session.commit()
    service.complete(session, code, by=owner.id, now=NOW)
    session.rollback()
    assert queries.own(session, code, by=owner.id).state == "coming"
    assert jobs.claim(session, names=[service.JOB], now=NOW) is None
