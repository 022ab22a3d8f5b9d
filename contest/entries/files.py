"""The files of an entry: uploads become part of it, then media; replaced ones, forgotten ones."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from contest.contests.models import Round
from contest.core import ids, jobs
from contest.entries import queries
from contest.entries.models import Entry, EntryFile
from contest.entries.queries import PURPOSE, Owned
from contest.errors import N_, ContestError, Invalid, NotFound
from contest.media import service as media
from contest.media.service import Sent
from contest.rules import captions
from contest.rules.entry_rules import EntryKind, EntryRules
from contest.rules.media import EMPTY, What
from contest.rules.vietnamese import nfc
from contest.uploads import service as uploads
from contest.uploads.models import State, Upload

FORGET = "entries.forget_file"
FORGET_TITLE = N_("Xoá tệp đã bỏ khỏi bài dự thi")
FORGET_AFTER = timedelta(minutes=10)  # the worker may still be moving or making it
LONGEST_ABOUT = 500
ABOUT_TOO_LONG = N_("Nhiều nhất %(most)s chữ cái.")


def subject(code: str, what: What) -> str:
    """Return what an upload for an entry is sent under."""
    return f"{PURPOSE}:{code}:{what}"


def read_subject(text: str) -> tuple[str, What]:
    """Return the entry's code and the sort of file; NotFound for anything else."""
    parts = text.split(":")
    try:
        purpose, code, what = parts
        found = What(what)
    except ValueError as error:
        raise NotFound(queries.NO_ENTRY) from error
    if purpose != PURPOSE:
        raise NotFound(queries.NO_ENTRY)
    return code, found


def attach(
    session: Session, owned: Owned, upload_code: str, *, by: int, now: datetime
) -> EntryFile:
    """Make a received upload a file of its entry, which the caller holds locked.

    Twice is once. Where only one file is taken, the one begun later stays. NotFound for an upload
    of somebody else or for another entry, NotAllowed while bytes are missing, Invalid when it is
    empty. What was begun before closing may be attached at any time: uploads keep the times.
    """
    known = queries.file_of(session, upload_code)
    if known is not None:
        if known.entry_id != owned.entry.id:
            raise NotFound(queries.NO_FILE)
        return known
    upload = uploads.keep(session, upload_code, by=by, purpose=PURPOSE, now=now)
    code, what = read_subject(upload.subject)
    if code != owned.entry.code:
        raise NotFound(queries.NO_FILE)
    if not upload.length:
        raise Invalid(EMPTY)
    file = _row(owned.entry, upload, what, now)
    most = _rules(owned.round).most_files(EntryKind(owned.entry.kind), what)
    if most <= 1:
        _replace(owned, file, is_taken=most == 1, now=now)
    owned.entry.files.append(file)
    owned.entry.changed_at = now
    session.flush()
    return file


def _rules(round_: Round) -> EntryRules:
    return EntryRules.from_json(round_.entries)


def _row(entry: Entry, upload: Upload, what: What, now: datetime) -> EntryFile:
    return EntryFile(
        code=ids.new_code(),
        entry_id=entry.id,
        what=what,
        upload=upload.code,
        name=upload.name,
        bytes=upload.length,
        sha256=upload.sha256,
        about="",
        begun_at=upload.created_at,
        received_at=upload.received_at or now,
        removed_at=None,
    )


def _replace(owned: Owned, file: EntryFile, *, is_taken: bool, now: datetime) -> None:
    others = [each for each in owned.files if each.what == file.what]
    if not is_taken or any(each.begun_at > file.begun_at for each in others):
        file.removed_at = now
        return
    for each in others:
        each.removed_at = now


def attach_all(session: Session, owned: Owned, *, by: int, now: datetime) -> int:
    """Attach everything that has come in for an entry; return how many files that were."""
    count = 0
    for upload in queries.received_for(session, owned.entry.code, by=by):
        try:
            attach(session, owned, upload.code, by=by, now=now)
            count += 1
        except ContestError:  # it is empty: it stays as it is and expires
            continue
    return count


def attach_received(session: Session, *, now: datetime, limit: int) -> int:
    """Attach what came in whole for any entry: nobody need come back to the page for it."""
    done = 0
    for upload in queries.received(session, limit=limit):
        try:
            code, _what = read_subject(upload.subject)
            owned = queries.own(session, code, by=upload.owner_id, locks=True)
        except NotFound:
            continue
        done += attach_all(session, owned, by=upload.owner_id, now=now)
    return done


def take_in(session: Session, *, now: datetime, limit: int) -> int:
    """Hand files that lie in storage to the making of media; return how many."""
    found = queries.untaken(session, limit=limit)
    for file, entry, round_, upload in found:
        file.sha256 = upload.sha256
        sent = Sent(upload.storage_key or "", upload.length, upload.sha256 or "", upload.name)
        made = media.accept(
            session,
            sent,
            what=What(file.what),
            subject=f"{PURPOSE}:{entry.code}",
            limits=_rules(round_).limits(What(file.what)),
            by=upload.owner_id,
            now=now,
        )
        file.media = made.code
    session.flush()
    return len(found)


def one(owned: Owned, file_code: str) -> EntryFile:
    """Return a file that is part of the entry now; NotFound."""
    found = next((each for each in owned.files if each.code == file_code), None)
    if found is None:
        raise NotFound(queries.NO_FILE)
    return found


def describe(file: EntryFile, *, about: str, vtt: bytes | None, drops_captions: bool) -> None:
    """Keep what can be seen, for who cannot see it, and a clip's captions (None: as they are).

    Raises Invalid that names what is wrong; a good description is kept beside bad captions.
    """
    text = nfc(about)
    if len(text) > LONGEST_ABOUT:
        raise Invalid(ABOUT_TOO_LONG, most=LONGEST_ABOUT)
    file.about = text
    if vtt is not None and file.what == What.CLIP:
        file.captions = captions.read(vtt)
    elif drops_captions:
        file.captions = None


def remove(session: Session, owned: Owned, file_code: str, *, by: int, now: datetime) -> None:
    """Take a file out of the entry; one that was never handed in is deleted a little later."""
    file = one(owned, file_code)
    file.removed_at = now
    owned.entry.changed_at = now
    session.flush()
    if not queries.named_in_a_version(session, file):
        _ask_to_forget(session, file.code, by=by, now=now)


def _ask_to_forget(session: Session, file_code: str, *, by: int | None, now: datetime) -> None:
    jobs.enqueue(
        session,
        FORGET,
        {"file": file_code},
        title=FORGET_TITLE,
        subject=f"entry-file:{file_code}",
        by=by,
        now=now,
        run_at=now + FORGET_AFTER,
    )


def forget(session: Session, file_code: str, *, by: int | None, now: datetime) -> list[str]:
    """Delete the rows of a file that was removed and never handed in.

    Return the keys to delete after the commit.
    """
    file = queries.removed(session, file_code)
    if file is None or queries.named_in_a_version(session, file):
        return []
    upload = queries.upload_of(session, file)
    if upload is not None and upload.state == State.RECEIVED:  # still on its way into storage
        _ask_to_forget(session, file_code, by=by, now=now)
        return []
    keys = media.forget(session, file.media) if file.media else []
    if upload is not None:
        keys += uploads.forget(session, upload)
    session.delete(file)
    session.flush()
    return sorted(set(keys))
