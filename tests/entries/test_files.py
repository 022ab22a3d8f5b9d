"""Files of an entry: attached, replaced, taken in, forgotten; what is allowed before a byte."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories.contests import OPENING, WEEK
from factories.people import make_account
from factories.sending import HOUR, MINUTE, SHA, Sending, make_sending, make_upload, store
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest import closing, worker
from contest.core import db
from contest.core.jobs import Job
from contest.core.storage import DiskStorage
from contest.core.visitor import Visitor
from contest.entries import counter, files, jobs, queries, service
from contest.entries.models import Entry, EntryFile, EntryState
from contest.errors import ContestError, Invalid, NotAllowed, NotFound, TooEarly, TooLate
from contest.media.models import Media, MediaFile
from contest.rules.entry_rules import EntryKind
from contest.rules.media import What
from contest.uploads import service as uploads
from contest.uploads.models import State, Upload
from contest.uploads.terms import Asked, TooLarge

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = OPENING + HOUR
CLOSING = OPENING + WEEK
PICTURES = {"kinds": (EntryKind.MODEL,), "most_pictures": 2}


def begin(session: Session, sending: Sending, kind: str = "video") -> Entry:
    return service.begin(
        *(session, sending.contest.code, sending.round.code, kind),
        by=sending.by,
        now=NOW,
        zone=ZONE,
    )


def attach(session: Session, sending: Sending, entry: Entry, **facts) -> EntryFile:
    upload = make_upload(session, entry, sending.account, **{"at": NOW, **facts})
    return service.attach(session, entry.code, upload.code, by=sending.by, now=NOW)


def names(session: Session, sending: Sending, entry: Entry) -> list[str]:
    return [each.name for each in queries.own(session, entry.code, by=sending.by).files]


def test_an_upload_becomes_a_file_once_and_is_kept(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    upload = make_upload(session, entry, sending.account, at=NOW, received_at=NOW + MINUTE)
    call = {"by": sending.by, "now": NOW + HOUR}
    first = service.attach(session, entry.code, upload.code, **call)
    assert service.attach(session, entry.code, upload.code, **call) is first
    assert (first.what, first.name, first.bytes, first.sha256) == (
        "clip",
        "múa xoè.mp4",
        1000,
        None,
    )
    assert (first.begun_at, first.received_at) == (NOW, NOW + MINUTE)
    assert upload.kept_at == NOW + HOUR


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"state": State.COMING}, NotAllowed),
        ({"purpose": "test"}, NotFound),
        ({"subject": "entry:khac:clip"}, NotFound),
        ({"length": 0}, Invalid),
    ],
)
def test_what_is_no_file_of_the_entry_is_not_attached(
    session: Session, facts: dict[str, object], error: type[Exception]
) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    upload = make_upload(session, entry, sending.account, at=NOW)
    for name, value in facts.items():
        setattr(upload, name, value)
    session.flush()
    with pytest.raises(error):
        service.attach(session, entry.code, upload.code, by=sending.by, now=NOW)
    assert names(session, sending, entry) == []


def test_the_clip_begun_last_stays_in_whatever_order_they_come(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    attach(session, sending, entry, name="một.mp4")
    attach(session, sending, entry, name="ba.mp4", at=NOW + 2 * MINUTE)
    attach(session, sending, entry, name="hai.mp4", at=NOW + MINUTE)
    assert names(session, sending, entry) == ["ba.mp4"]
    everything = queries.by_code(session, entry.code).files
    assert [each.name for each in everything] == ["một.mp4", "ba.mp4", "hai.mp4"]


def test_pictures_stand_beside_each_other(session: Session) -> None:
    sending = make_sending(session, **PICTURES)
    entry = begin(session, sending, "model")
    for name in ("một.png", "hai.png", "ba.png"):
        attach(session, sending, entry, what="picture", name=name)
    attach(session, sending, entry, what="clip")
    assert names(session, sending, entry) == ["một.png", "hai.png", "ba.png", "múa xoè.mp4"]
    said = [
        str(each)
        for each in service.missing(session, queries.own(session, entry.code, by=sending.by))
    ]
    assert "Bài này nhận nhiều nhất 2 tệp mỗi loại." in said  # received all the same


def test_the_clock_attaches_for_who_has_left(session: Session) -> None:
    sending = make_sending(session)
    entry, other = begin(session, sending), make_account(session)
    make_upload(session, entry, sending.account, at=NOW, state=State.COMING)
    make_upload(session, entry, other, at=NOW)  # somebody else's entry
    make_upload(session, entry, sending.account, at=NOW, subject="linh tinh")
    make_upload(session, entry, sending.account, at=NOW, length=0)
    make_upload(session, entry, sending.account, at=NOW, name="thật.mp4")
    assert closing.attach_entry_files(session, NOW, ZONE) == 1
    assert closing.attach_entry_files(session, NOW, ZONE) == 0
    assert names(session, sending, entry) == ["thật.mp4"]


def test_stored_files_are_handed_to_the_making_some_at_a_time(session: Session) -> None:
    sending = make_sending(session, most_clip_mb=7)
    entry = begin(session, sending)
    kept = [attach(session, sending, entry, at=NOW + no * MINUTE) for no in range(3)]
    assert files.take_in(session, now=NOW, limit=10) == 0  # none lies in storage yet
    for file in kept:
        upload = queries.upload_of(session, file)
        assert upload is not None
        store(session, upload)
    assert [files.take_in(session, now=NOW, limit=2) for _ in "123"] == [2, 1, 0]
    media = session.scalars(select(Media).order_by(Media.id)).all()
    assert [each.media for each in kept] == [each.code for each in media]
    assert {each.sha256 for each in kept} == {SHA}
    assert {each.subject for each in media} == {f"entry:{entry.code}"}
    assert {each.limits["most_bytes"] for each in media} == {7 * 2**20}
    assert session.query(Job).filter_by(name="media.process").count() == 3


def test_what_was_never_handed_in_is_deleted_with_its_bytes(
    session: Session, tmp_path: Path
) -> None:
    sending, storage = make_sending(session), DiskStorage(tmp_path / "kho")
    entry = begin(session, sending)
    file = attach(session, sending, entry)
    upload = queries.upload_of(session, file)
    assert upload is not None
    store(session, upload)
    storage.put(upload.storage_key, b"abc", "video/mp4")
    files.take_in(session, now=NOW, limit=1)
    service.remove_file(session, entry.code, file.code, by=sending.by, now=NOW)
    session.commit()

    def work(now) -> bool:
        handlers = {jobs.FORGET: jobs.forget_file}
        return worker.work_once(handlers, storage, clock_now=lambda: now)

    assert not work(NOW + 9 * MINUTE)
    assert work(NOW + 11 * MINUTE)
    with db.reading_session() as reading:
        left = [reading.query(kind).count() for kind in (EntryFile, Upload, Media, MediaFile)]
    assert left == [0, 0, 0, 0]
    assert not storage.exists(f"uploads/{upload.code}/kho")


def test_what_was_handed_in_is_kept_when_it_is_taken_out(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    entry.title = "Bài"
    file = attach(session, sending, entry)
    service.hand_in(session, entry.code, by=sending.by, now=NOW)
    service.remove_file(session, entry.code, file.code, by=sending.by, now=NOW)
    assert session.query(Job).filter_by(name=files.FORGET).count() == 0
    assert files.forget(session, file.code, by=sending.by, now=NOW) == []
    assert file.removed_at == NOW


def test_a_file_still_being_stored_is_forgotten_later(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    file = attach(session, sending, entry)
    service.remove_file(session, entry.code, file.code, by=sending.by, now=NOW)
    assert files.forget(session, file.code, by=sending.by, now=NOW) == []
    waiting = session.query(Job).filter_by(name=files.FORGET).order_by(Job.id).all()
    assert [each.run_at for each in waiting] == [NOW + 10 * MINUTE] * 2


# What may be sent


def policy(session: Session, sending: Sending, subject: str, now=NOW, by=None, **facts):
    asked = Asked("entry", subject, **{"name": "a.mp4", "media_type": "", "length": 5, **facts})
    visitor = Visitor(by or sending.by, 1, "x", "Lan")
    terms = counter.policy(session, asked, visitor, now)
    terms.check(asked, now=now)
    return terms


def test_the_terms_are_the_rounds(session: Session) -> None:
    sending = make_sending(session, most_clip_mb=3, grace_s=600)
    entry = begin(session, sending)
    terms = policy(session, sending, f"entry:{entry.code}:clip")
    assert (terms.most_bytes, terms.closes_at) == (3 * 2**20, CLOSING)
    assert terms.taken_until == CLOSING + timedelta(minutes=10)
    assert ".mp4" in terms.suffixes


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "entry",
        "entry:{}:tranh",
        "khac:{}:clip",
        "entry:x:clip",
        "entry:{}:picture",
        "entry:{}:clip:x",
        "entry:{}:document",
    ],
)
def test_nothing_else_is_taken(session: Session, subject: str) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    with pytest.raises(NotFound):
        policy(session, sending, subject.format(entry.code))


def test_refusals_come_before_the_first_byte(session: Session) -> None:
    sending = make_sending(session, most_clip_mb=1)
    entry, other = begin(session, sending), make_account(session)
    here = f"entry:{entry.code}:clip"
    cases: list[tuple[type[ContestError], dict[str, object]]] = [
        (NotFound, {"by": other.id}),
        (TooEarly, {"now": OPENING - MINUTE}),
        (TooLate, {"now": CLOSING}),
        (TooLarge, {"length": 2**20 + 1}),
        (Invalid, {"name": "a.exe"}),
        (Invalid, {"length": 0}),
    ]
    for error, facts in cases:
        with pytest.raises(error):
            policy(session, sending, here, **facts)
    asked = Asked("entry", here, "tep", "", 0)  # what a plain form asks before its body is read
    assert counter.policy(session, asked, Visitor(sending.by, 1, "x", "Lan"), NOW).most_bytes
    entry.state = EntryState.WITHDRAWN
    with pytest.raises(NotAllowed):
        policy(session, sending, here)


def test_no_more_pictures_than_the_round_takes(session: Session) -> None:
    sending = make_sending(session, **PICTURES)
    entry = begin(session, sending, "model")
    here = f"entry:{entry.code}:picture"
    for _ in "12":
        policy(session, sending, here, name="a.png")
        attach(session, sending, entry, what="picture")
    with pytest.raises(NotAllowed) as caught:
        policy(session, sending, here, name="a.png")
    assert caught.value.facts == {"most": 2}
    assert policy(session, sending, f"entry:{entry.code}:clip").most_bytes == 200 * 2**20


def test_replacing_without_end_is_stopped(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    for no in range(counter.MOST_SENT):
        attach(session, sending, entry, at=NOW + no * MINUTE)
    with pytest.raises(NotAllowed) as caught:
        policy(session, sending, f"entry:{entry.code}:clip")
    assert caught.value.message == counter.SENT_OFTEN


def test_an_upload_begun_before_closing_is_taken_until_the_grace_is_over(
    session: Session,
) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    terms = policy(session, sending, f"entry:{entry.code}:clip", now=CLOSING - MINUTE)
    asked = Asked("entry", f"entry:{entry.code}:clip", "a.mp4", "", 5)
    upload = uploads.open(
        *(session, asked, terms),
        code="0" * 24,
        by=sending.by,
        now=CLOSING - MINUTE,
        lasts=HOUR,
    )
    assert upload.closes_at == CLOSING + HOUR
    with pytest.raises(TooLate):
        uploads.open(
            *(session, asked, terms), code="1" * 24, by=sending.by, now=CLOSING, lasts=HOUR
        )
    assert counter.terms(queries.own(session, entry.code, by=sending.by), What.CLIP) == terms


def test_a_grace_given_after_closing_is_for_files_begun_before(session: Session) -> None:
    """What an upload on its way asks again when its own moment has passed (uploads.tus)."""
    sending = make_sending(session, grace_s=0)
    entry = begin(session, sending)
    here, begun = f"entry:{entry.code}:clip", CLOSING - MINUTE
    assert policy(session, sending, here, now=begun).taken_until == CLOSING
    sending.round.entries = {**sending.round.entries, "grace_s": 7200}
    session.commit()
    assert policy(session, sending, here, now=begun).taken_until == CLOSING + 2 * HOUR
