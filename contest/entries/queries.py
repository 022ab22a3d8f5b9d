"""Reads of entries: rounds that take them, one's own, what was handed in, what a step waits for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from contest.accounts.models import Account
from contest.contests.models import Contest, Registration, Round
from contest.contests.specs import RoundKind
from contest.core import db
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.errors import N_, NotFound
from contest.media import queries as media
from contest.media.queries import Shown
from contest.rules.entry_rules import MOST_GRACE_S
from contest.rules.lifecycle import ContestState
from contest.uploads.models import State, Upload

PURPOSE = "entry"  # of uploads
NO_ENTRY = N_("Không tìm thấy bài dự thi này, hoặc bài không phải của bạn.")
NO_ROUND = N_("Không tìm thấy đợt nộp bài này trong cuộc thi.")
NO_FILE = N_("Không tìm thấy tệp này trong bài dự thi.")
NO_RECEIPT = N_("Không có bài dự thi nào với mã biên nhận này. Bạn hãy xem lại từng chữ, từng số.")
# After that nothing of a round that closed can still be on its way.
LOOKED_BACK = timedelta(seconds=MOST_GRACE_S) + timedelta(days=2)


# For the rooms above


def handed_in(session: Session, round_id: int) -> list[Entry]:
    """Return the entries of a round that are to be judged, by id: handed in, not withdrawn since.

    Only what `sent_content` gives of them counts: the columns are what the sender is working on.
    """
    wanted = select(Entry).where(Entry.round_id == round_id, Entry.state == EntryState.SENT)
    return list(session.scalars(wanted.order_by(Entry.id)))


def sent_content(session: Session, entry: Entry) -> EntryVersion:
    """Return what was handed in last of an entry; NotFound when nothing ever was."""
    found = session.get(EntryVersion, (entry.id, entry.version))
    if found is None:
        raise NotFound(NO_ENTRY)
    return found


def sent_contents(session: Session, entry_ids: Collection[int]) -> dict[int, EntryVersion]:
    """Return what was handed in last, by the entry's id, in one statement."""
    wanted = (
        select(EntryVersion)
        .join(Entry, Entry.id == EntryVersion.entry_id)
        .where(EntryVersion.entry_id.in_(entry_ids), EntryVersion.no == Entry.version)
    )
    return {each.entry_id: each for each in session.scalars(wanted)}


def by_code(session: Session, code: str) -> Entry:
    """Return an entry, whoever's it is, `.files` loaded (replaced ones too); NotFound."""
    wanted = select(Entry).where(Entry.code == code).options(selectinload(Entry.files))
    found = session.scalar(wanted)
    if found is None:
        raise NotFound(NO_ENTRY)
    return found


# For the sender


def round_of(session: Session, contest_code: str, round_code: str) -> Round:
    """Return a round of entries of a published contest, `.contest` loaded; NotFound."""
    found = session.scalar(
        select(Round)
        .join(Round.contest)
        .where(
            Contest.code == contest_code,
            Contest.state == ContestState.PUBLISHED,
            Round.code == round_code,
            Round.kind == RoundKind.ENTRIES,
        )
        .options(joinedload(Round.contest, innerjoin=True))
    )
    if found is None or not found.entries:
        raise NotFound(NO_ROUND)
    return found


@dataclass(frozen=True, slots=True)
class Owned:
    """An entry of one's own, with the round (its contest loaded) and its registration."""

    entry: Entry
    round: Round
    registration: Registration

    @property
    def files(self) -> list[EntryFile]:
        """The files that are part of it now, oldest first."""
        return [each for each in self.entry.files if each.removed_at is None]


def own(session: Session, code: str, *, by: int, locks: bool = False) -> Owned:
    """Return the account's entry with its files; NotFound for anybody else's.

    With `locks` its row is held until the transaction ends, and read as it is by then.
    """
    wanted = (
        select(Entry, Round, Registration)
        .join(Round, Round.id == Entry.round_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .where(Entry.code == code, Registration.account_id == by)
        .options(selectinload(Entry.files), joinedload(Round.contest, innerjoin=True))
    )
    if locks:
        wanted = wanted.with_for_update(of=Entry).execution_options(populate_existing=True)
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound(NO_ENTRY)
    return Owned(*found)


def in_round(session: Session, round_id: int, account_id: int) -> list[Entry]:
    """Return a person's entries in a round, by number."""
    wanted = (
        select(Entry)
        .join(Registration, Registration.id == Entry.registration_id)
        .where(Entry.round_id == round_id, Registration.account_id == account_id)
    )
    return list(session.scalars(wanted.order_by(Entry.no)))


def mine(session: Session, account_id: int) -> list[Owned]:
    """Return all a person's entries, the latest begun first, in one statement."""
    wanted = (
        select(Entry, Round, Registration)
        .join(Round, Round.id == Entry.round_id)
        .join(Registration, Registration.id == Entry.registration_id)
        .where(Registration.account_id == account_id)
        .options(joinedload(Round.contest, innerjoin=True))
        .order_by(Entry.id.desc())
    )
    return [Owned(*row) for row in session.execute(wanted)]


def owner_of(session: Session, entry: Entry) -> Account:
    """Return the person who sends an entry."""
    wanted = select(Account).join(Registration, Registration.account_id == Account.id)
    return session.scalars(wanted.where(Registration.id == entry.registration_id)).one()


def latest(session: Session, entry: Entry) -> EntryVersion | None:
    """Return what was handed in last, None when nothing was yet."""
    return session.get(EntryVersion, (entry.id, entry.version)) if entry.version else None


def versions(session: Session, entry_id: int) -> list[EntryVersion]:
    """Return everything ever handed in of an entry, the latest first."""
    wanted = select(EntryVersion).where(EntryVersion.entry_id == entry_id)
    return list(session.scalars(wanted.order_by(EntryVersion.no.desc())))


def shown(session: Session, code: str) -> dict[str, Shown]:
    """Return the media of an entry by their codes, with two statements."""
    subject = f"{PURPOSE}:{code}"
    return {each.media.code: each for each in media.of_subjects(session, [subject])[subject]}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt stands for; nothing of it says whose it is."""

    version: EntryVersion
    entry: Entry
    round: Round
    sha256: dict[str, str | None]  # of each file by its code: None while it is being stored

    @property
    def is_latest(self) -> bool:
        return self.version.no == self.entry.version


def by_receipt(session: Session, receipt: str) -> Checked:
    """Return what was handed in for a receipt as `receipts.normalise` gives it; NotFound."""
    wanted = (
        select(EntryVersion, Entry, Round)
        .join(Entry, Entry.id == EntryVersion.entry_id)
        .join(Round, Round.id == Entry.round_id)
        .where(EntryVersion.receipt == receipt)
        .options(joinedload(Round.contest, innerjoin=True))
    )
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound(NO_RECEIPT)
    version, entry, round_ = found
    rows = session.execute(
        select(EntryFile.code, EntryFile.sha256).where(EntryFile.entry_id == entry.id)
    )
    return Checked(version, entry, round_, {row.code: row.sha256 for row in rows})


# For services and the clock


def numbers(session: Session, round_id: int, registration_id: int) -> list[Entry]:
    """Return the entries that take up a registration's numbers in a round, locked, by number."""
    wanted = (
        select(Entry)
        .where(Entry.round_id == round_id, Entry.registration_id == registration_id)
        .options(selectinload(Entry.files))
        .order_by(Entry.no)
        .with_for_update()
    )
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))


def file_of(session: Session, upload: str) -> EntryFile | None:
    """Return the file an upload became part of."""
    return session.scalar(select(EntryFile).where(EntryFile.upload == upload))


def removed(session: Session, file_code: str) -> EntryFile | None:
    """Return a file that is no part of its entry any more, locked."""
    wanted = select(EntryFile).where(EntryFile.code == file_code, EntryFile.removed_at.is_not(None))
    return session.scalar(wanted.with_for_update())


def upload_of(session: Session, file: EntryFile) -> Upload | None:
    """Return the upload a file came as, locked."""
    return session.scalar(select(Upload).where(Upload.code == file.upload).with_for_update())


def named_in_a_version(session: Session, file: EntryFile) -> bool:
    """Say whether something handed in names the file."""
    contents = session.scalars(
        select(EntryVersion.content).where(EntryVersion.entry_id == file.entry_id)
    )
    return any(each["code"] == file.code for content in contents for each in content["files"])


def received(session: Session, *, limit: int) -> list[Upload]:
    """Return uploads for entries that have come in whole and belong to none yet, oldest first."""
    wanted = select(Upload).where(
        Upload.purpose == PURPOSE, Upload.state != State.COMING, Upload.kept_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Upload.id).limit(limit)))


def received_for(session: Session, entry_code: str, *, by: int) -> list[Upload]:
    """Return the uploads for one entry that have come in whole and are not part of it yet."""
    wanted = select(Upload).where(
        Upload.owner_id == by,
        Upload.purpose == PURPOSE,
        Upload.subject.startswith(f"{PURPOSE}:{entry_code}:", autoescape=True),
        Upload.state != State.COMING,
        Upload.kept_at.is_(None),
    )
    return list(session.scalars(wanted.order_by(Upload.id)))


def coming_for(session: Session, entry_code: str, *, by: int) -> list[Upload]:
    """Return the uploads for one entry of which bytes are still missing."""
    wanted = select(Upload).where(
        Upload.owner_id == by,
        Upload.purpose == PURPOSE,
        Upload.subject.startswith(f"{PURPOSE}:{entry_code}:", autoescape=True),
        Upload.state == State.COMING,
    )
    return list(session.scalars(wanted.order_by(Upload.id)))


def untaken(session: Session, *, limit: int) -> list[tuple[EntryFile, Entry, Round, Upload]]:
    """Return files that lie in storage and are no media yet, locked, oldest first."""
    wanted: Any = (
        select(EntryFile, Entry, Round, Upload)
        .join(Entry, Entry.id == EntryFile.entry_id)
        .join(Round, Round.id == Entry.round_id)
        .join(Upload, Upload.code == EntryFile.upload)
        .where(EntryFile.media.is_(None), Upload.state == State.READY)
        .order_by(EntryFile.id)
        .limit(limit)
    )
    if db.lock_for_update(session):
        wanted = wanted.with_for_update(of=EntryFile, skip_locked=True)
    return [tuple(row) for row in session.execute(wanted)]


def late(session: Session, *, now: datetime) -> list[str]:
    """Return the codes of entries of closed rounds with a file that came in after closing.

    Such a file was begun before closing; nothing was handed in since it came.
    """
    unsent = Entry.sent_at.is_(None) | (Entry.sent_at < EntryFile.received_at)
    has_late = exists().where(
        EntryFile.entry_id == Entry.id,
        EntryFile.removed_at.is_(None),
        EntryFile.received_at >= Round.closes_at,
        unsent,
    )
    wanted = (
        select(Entry.code)
        .join(Round, Round.id == Entry.round_id)
        .where(
            Entry.state.in_((EntryState.DRAFT, EntryState.SENT)),
            Round.closes_at <= now,
            Round.closes_at > now - LOOKED_BACK,
            has_late,
        )
        .order_by(Entry.id)
    )
    return list(session.scalars(wanted))
