"""The sender's side of an entry: begun, saved, handed in, withdrawn; replaced until closing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from contest.contests import queries as contests
from contest.contests import service as registering
from contest.contests.models import Registration, Round
from contest.core import audit, db, ids
from contest.core.sealing import Sealer
from contest.entries import files, queries, saving
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.entries.queries import Owned
from contest.entries.saving import Save
from contest.errors import (
    N_,
    Conflict,
    ContestError,
    Invalid,
    NotAllowed,
    NotFound,
    Problem,
    TooEarly,
    TooLate,
)
from contest.media.queries import Phase, Shown
from contest.rules import entry_receipts, entry_rules, handed_in
from contest.rules.entry_rules import SHAPES, EntryKind, EntryRules, Parts
from contest.rules.media import What
from contest.rules.timing import local_day, utc

NOT_YET = N_("Chưa đến giờ nhận bài. Bắt đầu nhận: %(opens_at)s.")
CLOSED = N_("Đã hết hạn nhận bài lúc %(closes_at)s. Mọi thứ đã nộp vẫn được giữ nguyên.")
NO_KIND = N_("Đợt này không nhận loại bài đó.")
EXAMINED = N_("Phần thực hành làm trước mặt giám khảo, không gửi qua mạng.")
NO_MORE = N_("Mỗi người được %(each)s bài trong đợt này, bạn đã dùng hết. Hãy sửa bài đang có.")
AT_ONCE = N_("Bạn vừa bắt đầu một bài ở trang khác. Hãy tải lại trang này.")
CHOOSE = N_("Bạn hãy chọn bảng thi trước khi bắt đầu bài dự thi.")
REFUSED = N_("Ban tổ chức không nhận bài này. Lý do: %(reason)s")
IS_WITHDRAWN = N_("Bài này đã được rút. Bạn hãy khôi phục bài trước khi sửa hay nộp.")
NOT_WITHDRAWN = N_("Bài này không ở trạng thái đã rút.")
FILE_REJECTED = N_("Tệp “%(name)s” không dùng được. Bạn hãy gửi tệp khác thay vào.")
NOT_READY = N_("Bài chưa nộp được vì còn thiếu.")


def begin(
    session: Session,
    contest_code: str,
    round_code: str,
    kind: str,
    *,
    by: int,
    now: datetime,
    zone: ZoneInfo,
    division: str = "",
) -> Entry:
    """Begin an entry, or return the draft of that kind there is: two taps are one beginning.

    Who is not in the contest yet enters `division`, or the only one open to them. A withdrawn
    entry gives its number up. Raises TooEarly and TooLate with the moment, NotAllowed (a kind not
    taken, not eligible, all numbers used), NotFound, Conflict when another page was faster.
    """
    round_ = queries.round_of(session, contest_code, round_code)
    _ensure_open(round_, now)
    rules = _rules(round_)
    wanted = _kind(rules, kind)
    registration = _registration(session, round_, division, by=by, now=now, zone=zone)
    there = queries.numbers(session, round_.id, registration.id)
    draft = _draft(there, wanted)
    if draft is not None:
        return draft
    free = sorted(set(range(1, rules.each + 1)) - {each.no for each in there})
    if not free:
        return _begin_again(there, wanted, rules, now)
    row = _row(round_, registration, wanted, no=free[0], now=now)
    inserted = db.insert_free(session, row)
    if inserted is not None:
        return inserted
    draft = _draft(queries.numbers(session, round_.id, registration.id), wanted)
    if draft is None:
        raise Conflict(AT_ONCE)
    return draft


def _rules(round_: Round) -> EntryRules:
    return EntryRules.from_json(round_.entries)


def _kind(rules: EntryRules, kind: str) -> EntryKind:
    try:
        found = EntryKind(kind)
    except ValueError as error:
        raise NotFound(NO_KIND) from error
    if found not in rules.kinds:
        raise NotAllowed(NO_KIND)
    if found is EntryKind.PRACTICAL:
        raise NotAllowed(EXAMINED)
    return found


def _registration(
    session: Session, round_: Round, division: str, *, by: int, now: datetime, zone: ZoneInfo
) -> Registration:
    found = contests.registration_of(session, round_.contest_id, by)
    if found is not None:
        return found
    contest = contests.kept(session, round_.contest.code)
    if not division:
        answers = contests.eligibility(session, contest, by, local_day(now, zone))
        may = [each for each, reason in answers if reason is None]
        if len(may) > 1:
            raise NotAllowed(CHOOSE)
        if not may:
            reason = next(why for _each, why in answers if why is not None)
            raise NotAllowed(reason.message, **reason.facts)
        division = may[0].code
    return registering.register(session, round_.contest.code, division, by=by, now=now, zone=zone)


def _draft(there: Sequence[Entry], kind: EntryKind) -> Entry | None:
    of_kind = (each for each in there if each.kind == kind and each.state == EntryState.DRAFT)
    return next(of_kind, None)


def _begin_again(
    there: Sequence[Entry], kind: EntryKind, rules: EntryRules, now: datetime
) -> Entry:
    """Take up a withdrawn entry as one of `kind`: its words stay, files of other sorts go."""
    entry = next((each for each in there if each.state == EntryState.WITHDRAWN), None)
    if entry is None:
        raise NotAllowed(NO_MORE, each=rules.each)
    entry.kind, entry.state, entry.changed_at = kind, EntryState.DRAFT, now
    for file in entry.files:
        if file.removed_at is None and not rules.most_files(kind, What(file.what)):
            file.removed_at = now
    return entry


def _row(
    round_: Round, registration: Registration, kind: EntryKind, *, no: int, now: datetime
) -> Entry:
    return Entry(
        code=ids.new_code(),
        blind_code=ids.new_code(),
        round_id=round_.id,
        registration_id=registration.id,
        division_id=registration.division_id,
        kind=kind.value,
        no=no,
        state=EntryState.DRAFT.value,
        title="",
        text="",
        figures=[],
        links=[],
        members=[],
        languages=[],
        jury_languages=[],
        shows_in_gallery=False,
        version=0,
        created_at=now,
        changed_at=now,
    )


def _ensure_open(round_: Round, now: datetime) -> None:
    if utc(now) < utc(round_.opens_at):
        raise TooEarly(NOT_YET, opens_at=round_.opens_at)
    if utc(now) >= utc(round_.closes_at):
        raise TooLate(CLOSED, closes_at=round_.closes_at)


def ensure_mine_to_change(entry: Entry) -> None:
    """Raise NotAllowed for what an organizer refused, and for what was withdrawn."""
    if entry.state == EntryState.REFUSED:
        raise NotAllowed(REFUSED, reason=entry.refusal or "")
    if entry.state == EntryState.WITHDRAWN:
        raise NotAllowed(IS_WITHDRAWN)


def ensure_changeable(owned: Owned, now: datetime) -> None:
    """Raise unless the sender may change the entry now: what stands above, and the hours."""
    ensure_mine_to_change(owned.entry)
    _ensure_open(owned.round, now)


def is_in_grace(owned: Owned, now: datetime) -> bool:
    """Say whether the round has closed and files begun before may still come in."""
    closes_at = owned.round.closes_at
    return closes_at <= now < closes_at + _rules(owned.round).grace


def has_late_file(owned: Owned) -> bool:
    """Say whether a file begun before closing came in after it."""
    closes_at = owned.round.closes_at
    return any(each.begun_at < closes_at <= each.received_at for each in owned.files)


def save(
    session: Session,
    code: str,
    typed: Save,
    *,
    by: int,
    now: datetime,
    zone: ZoneInfo,
    sealer: Sealer,
) -> dict[str, Problem]:
    """Keep what was typed, whatever is missing; return by field what is over a hard limit.

    What has a problem stays as it was, everything else is kept: nothing typed is lost for another
    field's sake. Within the grace only blanks of an entry with a late file are filled. NotFound,
    NotAllowed, TooEarly, TooLate.
    """
    owned = queries.own(session, code, by=by, locks=True)
    if is_in_grace(owned, now) and has_late_file(owned):
        ensure_mine_to_change(owned.entry)
        typed = saving.only_blanks(typed, owned.entry)
    else:
        ensure_changeable(owned, now)
    problems = saving.write(
        owned.entry,
        typed,
        _rules(owned.round),
        sealer=sealer,
        needs_guardian=needs_guardian(session, owned.entry, now=now, zone=zone),
        now=now,
    )
    owned.entry.changed_at = now
    session.flush()
    return problems


def needs_guardian(session: Session, entry: Entry, *, now: datetime, zone: ZoneInfo) -> bool:
    """Say whether showing the entry needs a guardian's consent besides the sender's."""
    owner = queries.owner_of(session, entry)
    return entry_rules.needs_guardian(owner.birth_date, on=local_day(now, zone))


def attach(session: Session, code: str, upload_code: str, *, by: int, now: datetime) -> EntryFile:
    """Make a received upload a file of its entry, as `files.attach` says."""
    owned = queries.own(session, code, by=by, locks=True)
    return files.attach(session, owned, upload_code, by=by, now=now)


def describe_file(
    session: Session,
    code: str,
    file_code: str,
    *,
    about: str,
    vtt: bytes | None,
    drops_captions: bool,
    by: int,
    now: datetime,
) -> None:
    """Keep a file's description and captions until closing; Invalid as `files.describe`."""
    owned = queries.own(session, code, by=by, locks=True)
    ensure_changeable(owned, now)
    file = files.one(owned, file_code)
    files.describe(file, about=about, vtt=vtt, drops_captions=drops_captions)
    owned.entry.changed_at = now
    session.flush()


def remove_file(session: Session, code: str, file_code: str, *, by: int, now: datetime) -> None:
    """Take a file out of the entry until closing."""
    owned = queries.own(session, code, by=by, locks=True)
    ensure_changeable(owned, now)
    files.remove(session, owned, file_code, by=by, now=now)


def content_of(owned: Owned) -> dict[str, Any]:
    """Return what would be handed in now, as JSON; `languages` only where there are some.

    So an entry in Vietnamese gives the digest it gave before entries had languages.
    """
    entry = owned.entry
    return {
        "kind": entry.kind,
        "title": entry.title,
        "text": entry.text,
        "figures": entry.figures,
        "links": entry.links,
        "members": entry.members,
        "files": [
            {
                "code": each.code,
                "what": each.what,
                "upload": each.upload,
                "name": each.name,
                "bytes": each.bytes,
                "sha256": each.sha256,
                **handed_in.kept(each.said),
            }
            for each in owned.files
        ],
        **({"languages": entry.languages} if entry.languages else {}),
    }


def missing(session: Session, owned: Owned) -> tuple[Invalid, ...]:
    """Say everything that keeps the entry from being handed in; empty when nothing does."""
    return missing_with(owned, queries.shown(session, owned.entry.code))


def missing_with(owned: Owned, shown: Mapping[str, Shown]) -> tuple[Invalid, ...]:
    """Say the same with the entry's media at hand, by their codes."""
    entry = owned.entry
    parts = Parts(
        kind=EntryKind(entry.kind),
        title=entry.title,
        text=entry.text,
        files=Counter(What(each.what) for each in owned.files),
        members=len(entry.members),
        links=len(entry.links),
        figures=len(entry.figures),
    )
    found = entry_rules.missing(_rules(owned.round), parts)
    rejected = (
        Invalid(FILE_REJECTED, name=each.name)
        for each in owned.files
        if each.media and each.media in shown and shown[each.media].phase is Phase.REJECTED
    )
    return (*found, *rejected)


def is_changed(owned: Owned, latest: EntryVersion | None) -> bool:
    """Say whether what the sender is working on is something else than was handed in last."""
    return latest is None or not entry_receipts.is_same(content_of(owned), latest.content)


def hand_in(session: Session, code: str, *, by: int, now: datetime) -> EntryVersion:
    """Hand the entry in as it is; again without a change gives the same receipt.

    What has come in by then goes with it. Until closing; within the grace only with a file begun
    before closing that came in after it. Raises Invalid naming what is missing (`problems` by
    number), NotAllowed, TooEarly, TooLate, NotFound.
    """
    owned = queries.own(session, code, by=by, locks=True)
    files.attach_all(session, owned, by=by, now=now)
    ensure_mine_to_change(owned.entry)
    latest = queries.latest(session, owned.entry)
    if owned.entry.state == EntryState.SENT and latest and not is_changed(owned, latest):
        return latest
    if not (is_in_grace(owned, now) and has_late_file(owned)):
        _ensure_open(owned.round, now)
    return _hand_in(session, owned, latest, by=by, now=now)


def _hand_in(
    session: Session,
    owned: Owned,
    latest: EntryVersion | None,
    *,
    by: int | None,
    now: datetime,
) -> EntryVersion:
    """Write what the entry is now as its next version; `by` is None for the clock."""
    wanting = missing(session, owned)
    if wanting:
        problems = {
            str(no): Problem(each.message, **each.facts) for no, each in enumerate(wanting, 1)
        }
        raise Invalid(NOT_READY, problems=problems)
    entry, content = owned.entry, content_of(owned)
    if latest is not None and not is_changed(owned, latest):
        entry.state = EntryState.SENT
        session.flush()
        return latest
    digest, no = entry_receipts.digest(content), entry.version + 1
    version = EntryVersion(
        entry_id=entry.id,
        no=no,
        sent_at=now,
        content=content,
        digest=digest,
        receipt=entry_receipts.receipt(entry.code, no, now, digest),
        is_late=now >= owned.round.closes_at,
    )
    session.add(version)
    entry.version, entry.state, entry.sent_at = no, EntryState.SENT, now
    entry.jury_languages = entry.languages
    session.flush()
    facts = {"no": no, "digest": digest, "is_late": version.is_late}
    if by is None:
        _note(session, "entries.hand_in_late", owned, by=by, now=now, **facts)
    else:
        _note(session, "entries.hand_in", owned, by=by, now=now, **facts)
    return version


def _note(
    session: Session, act: str, owned: Owned, *, by: int | None, now: datetime, **facts: Any
) -> None:
    contest = owned.round.contest
    audit.record(
        session,
        act,
        f"entry:{owned.entry.code}",
        by=by,
        now=now,
        unit_id=contest.unit_id,
        contest=contest.code,
        **facts,
    )
    session.flush()


def hand_in_late(session: Session, *, now: datetime) -> int:
    """Hand in, after the grace, what is whole with a file that came in within it; return how many.

    Nobody need stay awake for the end of an upload begun in time.
    """
    done = 0
    for code in queries.late(session, now=now):
        entry = queries.by_code(session, code)
        owner = queries.owner_of(session, entry).id
        owned = queries.own(session, code, by=owner, locks=True)
        latest = queries.latest(session, owned.entry)
        if (
            now < owned.round.closes_at + _rules(owned.round).grace
            or owned.entry.state not in {EntryState.DRAFT, EntryState.SENT}
            or not is_changed(owned, latest)
        ):
            continue
        try:
            _hand_in(session, owned, latest, by=None, now=now)
        except ContestError:  # not whole: the page says what is missing
            continue
        done += 1
    return done


def withdraw(session: Session, code: str, *, by: int, now: datetime) -> Entry:
    """Take the entry out of the contest until closing; what was handed in stays on record."""
    owned = queries.own(session, code, by=by, locks=True)
    entry = owned.entry
    if entry.state == EntryState.WITHDRAWN:
        return entry
    ensure_changeable(owned, now)
    entry.state, entry.changed_at = EntryState.WITHDRAWN, now
    _note(session, "entries.withdraw", owned, by=by, now=now, no=entry.version)
    return entry


def resume(session: Session, code: str, *, by: int, now: datetime) -> Entry:
    """Bring a withdrawn entry back until closing: as it was handed in last, else as a draft."""
    owned = queries.own(session, code, by=by, locks=True)
    entry = owned.entry
    if entry.state != EntryState.WITHDRAWN:
        raise Conflict(NOT_WITHDRAWN)
    _ensure_open(owned.round, now)
    entry.state = EntryState.SENT if entry.version else EntryState.DRAFT
    entry.changed_at = now
    _note(session, "entries.resume", owned, by=by, now=now, no=entry.version)
    return entry


def take_back_consent(session: Session, code: str, *, by: int, now: datetime) -> Entry:
    """Show the entry to nobody but the jury from now on; at any time, closing or not."""
    owned = queries.own(session, code, by=by, locks=True)
    entry = owned.entry
    if entry.shows_in_gallery:
        entry.shows_in_gallery, entry.published_at = False, None
        entry.guardian_sealed = entry.guardian_agreed_at = None
        _note(session, "entries.take_back_consent", owned, by=by, now=now)
    return entry


def has_shape(kind: str, part: str) -> bool:
    """Say whether entries of a kind have a part: "text", "figures", or a sort of file."""
    shape = SHAPES[EntryKind(kind)]
    return {"text": shape.has_text, "figures": shape.has_figures}.get(
        part, part in {str(each) for each in shape.files}
    )


def is_receipt_true(checked: queries.Checked) -> bool:
    """Say whether what is stored still gives the digest and the code of the receipt."""
    version = checked.version
    digest = entry_receipts.digest(version.content)
    code = entry_receipts.receipt(checked.entry.code, version.no, version.sent_at, digest)
    return (digest, code) == (version.digest, version.receipt)
