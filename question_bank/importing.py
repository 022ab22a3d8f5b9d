"""Bringing a bank up to a file: what would change, then the good ones, or none."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.core import audit
from contest.errors import N_, Conflict, Invalid, NotAllowed, Problem
from question_bank import banking, queries, searching, writing
from question_bank.formats import checking
from question_bank.formats import pictures as picture_format
from question_bank.formats.pictures import EncodedPicture
from question_bank.formats.reading import (
    LEFT_OUT,
    LONGEST_CODE,
    DraftQuestion,
    FoundProblem,
    Reading,
)
from question_bank.models import Bank, QuestionState
from question_bank.rules import similarity
from question_bank.searching import Alike

UNKNOWN_TOPIC = N_("Chủ đề “%(topic)s” chưa có trong hệ thống.")
UNKNOWN_AUDIENCE = N_("Đối tượng “%(audience)s” chưa có trong hệ thống.")
NO_PICTURE = N_("Thiếu tệp hình “%(picture)s”.")
IMPORTED_TWICE = N_("Có người khác vừa nạp câu hỏi. Bạn hãy nạp lại tệp.")
DOUBLED = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")
REPEATED = N_("Câu này giống hệt một câu ở trên trong cùng tệp.")
NOT_WHOLE = N_("Tệp còn %(count)d chỗ sai nên chưa câu nào được nạp.")
NEEDS_REVIEW = N_("Câu hỏi mới cần một người khác duyệt trước khi được dùng.")
CODE_LENGTH = 10  # of a made code, after "q-": 50 bits
AT_ONCE = 1000  # questions written between two words about progress
STEPS = 2  # a question is looked at, then written

Progress = Callable[[int, int], object]  # done, total


@dataclass(frozen=True, slots=True)
class Defaults:
    """What whoever imports says for all questions whose file does not say it."""

    topic: str = ""
    difficulty: int | None = None
    audiences: tuple[str, ...] = ()
    source: str = ""


class Fate(StrEnum):
    NEW = "new"
    CHANGED = "changed"  # the next version of a stored question
    SAME = "same"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Planned:
    """What would become of one question; `alike` are stored ones that may be the same."""

    place: str
    draft: DraftQuestion
    fate: Fate
    problems: tuple[Problem, ...] = ()
    alike: tuple[Alike, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing would do. `problems` also has what the file's reader could not read."""

    questions: tuple[Planned, ...]
    problems: tuple[FoundProblem, ...]
    notes: tuple[FoundProblem, ...] = ()

    def count(self, fate: Fate) -> int:
        return sum(one.fate is fate for one in self.questions)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many questions were new, changed and as before; and everything that was left out."""

    added: int
    changed: int
    unchanged: int
    problems: tuple[FoundProblem, ...]


@dataclass(slots=True)
class _Incoming:
    """A question on its way in, beside what is stored of it."""

    draft: DraftQuestion  # clean, whole
    place: str
    digest: str = ""
    topic_id: int = 0
    stored: queries.Newest | None = None
    problems: list[Problem] = field(default_factory=list)
    is_kept: bool = False  # as it is stored, whatever the file says

    @property
    def fate(self) -> Fate:
        if self.problems:
            return Fate.LEFT_OUT
        if self.stored is None:
            return Fate.NEW
        is_same = self.is_kept or self.stored.digest == self.digest
        return Fate.SAME if is_same else Fate.CHANGED


@dataclass(frozen=True, slots=True)
class _Target:
    """Where and as what questions are stored, by whom and when."""

    bank_id: int
    state: QuestionState
    by: int | None
    now: datetime


def plan_import(
    session: Session,
    reading: Reading,
    pictures: Mapping[str, bytes] | None = None,
    *,
    bank: Bank,
    defaults: Defaults = Defaults(),
    on_progress: Progress | None = None,
) -> ImportPlan:
    """Say what importing a file into a bank would do to each question; nothing is stored.

    Near-duplicates (`similarity.ALIKE`) are those of the same bank under another code.
    """
    sent = {**reading.pictures, **(pictures or {})}
    incoming = _look_over(
        session, reading, sent, bank_id=bank.id, defaults=defaults, on_progress=on_progress
    )
    _encode(incoming, sent)
    alike = _alike(session, incoming, bank.id)
    planned = tuple(
        Planned(one.place, one.draft, one.fate, tuple(one.problems), tuple(close))
        for one, close in zip(incoming, alike, strict=True)
    )
    return ImportPlan(planned, (*reading.problems, *_told(incoming)), reading.notes)


def import_questions(
    session: Session,
    reading: Reading,
    pictures: Mapping[str, bytes] | None = None,
    *,
    by: int | None,
    now: datetime,
    bank: Bank | None = None,
    defaults: Defaults = Defaults(),
    as_state: QuestionState = QuestionState.PUBLISHED,
    is_whole: bool = False,
    keeps_edited: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Bring a bank (None: the platform's) up to a file; changed content is the next version.

    `pictures` holds the files beside it by name. What is good goes in, the rest is reported;
    `is_whole`: all or nothing, Invalid names the problems. A question without a code is known by
    its content, so the same file twice adds nothing. `as_state`: PUBLISHED is for what comes with
    the platform (nobody's account; otherwise NotAllowed), DRAFT for what a person brings.
    `keeps_edited` leaves alone what a person has changed since. A retired question stays retired.
    `on_progress(done, total)` is told every `AT_ONCE` questions; each counts twice, looked at and
    written. Raises Conflict when somebody else stored the same questions meanwhile.
    """
    if as_state is QuestionState.PUBLISHED and by is not None:
        raise NotAllowed(NEEDS_REVIEW)
    bank = bank or banking.platform_bank(session)
    sent = {**reading.pictures, **(pictures or {})}
    incoming = _look_over(
        session, reading, sent, bank_id=bank.id, defaults=defaults, on_progress=on_progress
    )
    for one in incoming:
        if keeps_edited and one.stored and one.stored.created_by is not None:
            one.is_kept = True
    encoded = _encode(incoming, sent)
    problems = (*reading.problems, *_told(incoming))
    if is_whole and problems:
        raise Invalid(
            NOT_WHOLE, problems={one.place: one.what for one in problems}, count=len(problems)
        )
    to = _Target(bank.id, as_state, by, now)
    _store(session, incoming, encoded, to, on_progress)
    fates = Counter(one.fate for one in incoming)
    added, changed = fates[Fate.NEW], fates[Fate.CHANGED]
    if added or changed:
        audit.record(
            session,
            "questions.import",
            f"bank:{bank.code}",
            by=by,
            now=now,
            unit_id=bank.unit_id,
            added=added,
            changed=changed,
        )
        session.flush()
    return ImportReport(added, changed, fates[Fate.SAME], problems)


# Looking over


def _look_over(
    session: Session,
    reading: Reading,
    sent: Mapping[str, bytes],
    *,
    bank_id: int,
    defaults: Defaults,
    on_progress: Progress | None,
) -> list[_Incoming]:
    """Clean and check each question and set it beside what is stored."""
    topics, audiences = queries.topic_ids(session), queries.audience_codes(session)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sent.items()}
    codes: set[str] = set()
    found = []
    total = len(reading.questions)
    for at, draft in enumerate(reading.questions):
        if on_progress is not None and at % AT_ONCE == 0:
            on_progress(at, total * STEPS)
        found.append(one := _look_at(draft, defaults, digests))
        one.problems += _misfits(one.draft, topics, audiences, sent)
        if one.draft.code in codes:
            doubled = Problem(DOUBLED, code=draft.code) if draft.code else Problem(REPEATED)
            one.problems.append(doubled)
        codes.add(one.draft.code)
        one.topic_id = topics.get(one.draft.topic, 0)
    stored = queries.newest(session, codes, bank_id=bank_id) if codes else {}
    for one in found:
        one.stored = stored.get(one.draft.code)
    return found


def _look_at(draft: DraftQuestion, defaults: Defaults, digests: Mapping[str, str]) -> _Incoming:
    clean = checking.clean(draft)
    picture = digests.get(clean.picture or "")
    code = clean.code or made_code(clean, picture)
    whole = replace(
        clean,
        code=code,
        topic=clean.topic or defaults.topic,
        difficulty=clean.difficulty or defaults.difficulty,
        audiences=clean.audiences or defaults.audiences,
        source=clean.source or defaults.source,
    )
    name = clean.code or clean.name or checking.plain_texts(clean)[0] or code
    place = f"question ({name[:LONGEST_CODE]})"
    return _Incoming(
        whole, place, writing.digest(whole, picture), problems=checking.problems(whole)
    )


def made_code(draft: DraftQuestion, picture: str | None) -> str:
    """Give a code to a question that has none: "q-" and 10 signs, the same for equal content."""
    found = bytes.fromhex(writing.digest(draft, picture))
    return f"q-{base64.b32encode(found).decode()[:CODE_LENGTH].lower()}"


def _misfits(
    draft: DraftQuestion,
    topics: Mapping[str, int],
    audiences: set[str],
    pictures: Mapping[str, bytes],
) -> Iterator[Problem]:
    """Say what in the question names something that is not there."""
    for code in draft.audiences:
        if code not in audiences:
            yield Problem(UNKNOWN_AUDIENCE, audience=code)
    if draft.topic and draft.topic not in topics:
        yield Problem(UNKNOWN_TOPIC, topic=draft.topic)
    if draft.picture is not None and draft.picture not in pictures:
        yield Problem(NO_PICTURE, picture=draft.picture)


def _told(incoming: Sequence[_Incoming]) -> list[FoundProblem]:
    return [FoundProblem(one.place, what, LEFT_OUT) for one in incoming for what in one.problems]


def _encode(incoming: Sequence[_Incoming], sent: Mapping[str, bytes]) -> dict[str, EncodedPicture]:
    """Encode each picture that is to be stored once; a bad one is its questions' problem."""
    encoded: dict[str, EncodedPicture] = {}
    bad: dict[str, Problem] = {}
    for one in incoming:
        name = one.draft.picture
        if name is None or one.fate not in {Fate.NEW, Fate.CHANGED}:
            continue
        if name not in encoded and name not in bad:
            try:
                encoded[name] = picture_format.encode(sent[name])
            except Invalid as error:
                bad[name] = Problem(error.message, **error.facts)
        if name in bad:
            one.problems.append(bad[name])
    return encoded


def _alike(session: Session, incoming: Sequence[_Incoming], bank_id: int) -> list[list[Alike]]:
    """Give the near-duplicates of the new questions; what is stored already has its place."""
    wanted = [
        similarity.shingles(checking.plain_texts(one.draft))
        if one.fate in {Fate.NEW, Fate.CHANGED}
        else frozenset[str]()
        for one in incoming
    ]
    found = searching.alike(session, wanted, bank_ids=[bank_id])
    return [
        [each for each in close if each.code != one.draft.code]
        for one, close in zip(incoming, found, strict=True)
    ]


# Storing


def _store(
    session: Session,
    incoming: Sequence[_Incoming],
    encoded: Mapping[str, EncodedPicture],
    to: _Target,
    on_progress: Progress | None,
) -> None:
    fresh = [one for one in incoming if one.fate in {Fate.NEW, Fate.CHANGED}]
    picture_ids = writing.add_pictures(session, encoded.values())
    try:
        with session.begin_nested():
            for at in range(0, len(fresh), AT_ONCE):
                if on_progress is not None:
                    on_progress(len(incoming) + at, len(incoming) * STEPS)
                rows = [_next(one, encoded, picture_ids) for one in fresh[at : at + AT_ONCE]]
                writing.write(
                    session, rows, bank_id=to.bank_id, state=to.state, by=to.by, now=to.now
                )
    except IntegrityError as error:
        raise Conflict(IMPORTED_TWICE) from error
    if on_progress is not None:
        on_progress(len(incoming) * STEPS, len(incoming) * STEPS)


def _next(
    one: _Incoming,
    encoded: Mapping[str, EncodedPicture],
    picture_ids: Mapping[str, int],
) -> writing.NextVersion:
    name = one.draft.picture
    picture_id = None if name is None else picture_ids[encoded[name].digest]
    return writing.NextVersion(one.draft, one.digest, one.stored, one.topic_id, picture_id)
