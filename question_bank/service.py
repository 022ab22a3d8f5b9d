"""Filling the bank: topics, questions from files, pictures, retiring, counting what was asked."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.core import audit, db
from contest.errors import N_, Conflict, Invalid, NotFound, Problem
from question_bank import queries
from question_bank.formats import pictures as picture_format
from question_bank.formats.pictures import EncodedPicture
from question_bank.formats.reading import LEFT_OUT, DraftQuestion, FoundProblem, Reading
from question_bank.models import Picture, Question, QuestionState, QuestionVersion, Topic

UNKNOWN_TOPIC = N_("Chủ đề “%(topic)s” chưa có trong hệ thống.")
UNKNOWN_AUDIENCE = N_("Đối tượng “%(audience)s” chưa có trong hệ thống.")
NO_PICTURE = N_("Thiếu tệp hình “%(picture)s”.")
NO_QUESTION = N_("Không có câu hỏi mã “%(code)s”.")
IMPORTED_TWICE = N_("Có người khác vừa nạp câu hỏi. Bạn hãy nạp lại tệp.")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many questions were new, changed and as before; and everything that was left out."""

    added: int
    changed: int
    unchanged: int
    problems: tuple[FoundProblem, ...]


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A question on its way in, beside what is stored of it."""

    draft: DraftQuestion
    digest: str
    stored: queries.Newest | None

    @property
    def is_new(self) -> bool:
        return self.stored is None

    @property
    def is_same(self) -> bool:
        return self.stored is not None and self.stored.digest == self.digest


# Topics


def load_topics(session: Session, rows: Iterable[Mapping[str, str]]) -> None:
    """Add or rename the topics; `rows` have code, name and name_en, in the order to show."""
    values = [
        {"code": row["code"], "name": row["name"], "name_en": row["name_en"], "position": position}
        for position, row in enumerate(rows, 1)
    ]
    if not values:
        return
    table = cast("Table", Topic.__table__)
    statement = db.upsert(session.get_bind().dialect.name, table).values(values)
    new = {name: statement.excluded[name] for name in ("name", "name_en", "position")}
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=new))


# Questions


def import_questions(
    session: Session,
    reading: Reading,
    pictures: Mapping[str, bytes],
    *,
    by: int | None,
    now: datetime,
) -> ImportReport:
    """Bring the bank up to a file: new codes are published, changed content is the next version.

    `pictures` holds the files beside it by name. What is good goes in, the rest is reported. A
    retired question stays retired, also when its content changes: see `publish`.
    """
    problems = list(reading.problems)
    topic_ids = queries.topic_ids(session)
    audiences = queries.audience_codes(session)
    good = []
    for draft in reading.questions:
        wrong = _misfits(draft, topic_ids, audiences, pictures)
        problems += [_left_out(draft, one) for one in wrong]
        good += [] if wrong else [draft]
    incoming = _beside_stored(session, good, pictures)
    encoded, unreadable = _encoded([one.draft for one in incoming if not one.is_same], pictures)
    problems += unreadable
    blind = {one.place for one in unreadable}
    fresh = [one for one in incoming if not one.is_same and _place(one.draft) not in blind]
    _write(session, fresh, topic_ids, encoded, by=by, now=now)
    added = sum(one.is_new for one in fresh)
    unchanged = sum(one.is_same for one in incoming)
    report = ImportReport(added, len(fresh) - added, unchanged, tuple(problems))
    if fresh:
        facts = {"added": report.added, "changed": report.changed}
        audit.record(session, "questions.import", "questions", by=by, now=now, **facts)
        session.flush()
    return report


def _misfits(
    draft: DraftQuestion,
    topics: Mapping[str, int],
    audiences: set[str],
    pictures: Mapping[str, bytes],
) -> list[Problem]:
    """Say what in the question names something that is not there."""
    wrong = [
        Problem(UNKNOWN_AUDIENCE, audience=code)
        for code in draft.audiences
        if code not in audiences
    ]
    if draft.topic not in topics:
        wrong.append(Problem(UNKNOWN_TOPIC, topic=draft.topic))
    if draft.picture is not None and draft.picture not in pictures:
        wrong.append(Problem(NO_PICTURE, picture=draft.picture))
    return wrong


def _place(draft: DraftQuestion) -> str:
    return f"question ({draft.code})"


def _left_out(draft: DraftQuestion, what: Problem) -> FoundProblem:
    return FoundProblem(_place(draft), what, LEFT_OUT)


def _beside_stored(
    session: Session, drafts: Sequence[DraftQuestion], pictures: Mapping[str, bytes]
) -> list[_Incoming]:
    stored = queries.newest(session, [draft.code for draft in drafts])
    sent = {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}
    return [
        _Incoming(draft, _digest(draft, sent.get(draft.picture or "")), stored.get(draft.code))
        for draft in drafts
    ]


def _digest(draft: DraftQuestion, picture: str | None) -> str:
    """Name the content; a picture counts as it was sent, so that a new encoder changes nothing."""
    content = _content(draft) | {
        "topic": draft.topic,
        "valid_until": draft.valid_until and draft.valid_until.isoformat(),
        "picture": picture,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _content(draft: DraftQuestion) -> dict[str, Any]:
    """Give what a version takes over as it is, as plain JSON."""
    parallel = {language: asdict(one) for language, one in draft.parallel.items()}
    return {
        "type": draft.type.value,
        "difficulty": draft.difficulty,
        "audiences": list(draft.audiences),
        "text": draft.text,
        "options": list(draft.options),
        "rights": list(draft.rights),
        "key": draft.key.as_json(),
        "number_unit": draft.number_unit,
        "explanation": draft.explanation,
        "source": draft.source,
        "picture_alt": draft.picture_alt,
        "parallel": parallel,
    }


def _write(
    session: Session,
    fresh: Sequence[_Incoming],
    topic_ids: Mapping[str, int],
    encoded: Mapping[str, EncodedPicture],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Write the next version of each question in a handful of statements."""
    picture_ids = _add_pictures(session, encoded.values())
    try:
        with session.begin_nested():
            ids = _name(session, fresh)
            rows = [
                _content(one.draft)
                | {
                    "question_id": ids[one.draft.code],
                    "no": one.stored.no + 1 if one.stored else 1,
                    "topic_id": topic_ids[one.draft.topic],
                    "valid_until": one.draft.valid_until,
                    "picture_id": one.draft.picture
                    and picture_ids[encoded[one.draft.picture].digest],
                    "digest": one.digest,
                    "created_at": now,
                    "created_by": by,
                }
                for one in fresh
            ]
            if rows:
                # By the table: through the class, each change of which values are None is a
                # statement of its own.
                session.execute(insert(cast("Table", QuestionVersion.__table__)), rows)
    except IntegrityError as error:
        raise Conflict(IMPORTED_TWICE) from error


def _name(session: Session, fresh: Sequence[_Incoming]) -> dict[str, int]:
    """Add the new questions, point the old ones at their next version; give all ids by code."""
    ids = {one.draft.code: one.stored.question_id for one in fresh if one.stored}
    new = [
        {"code": one.draft.code, "state": QuestionState.PUBLISHED.value, "version_no": 1}
        for one in fresh
        if one.is_new
    ]
    moved = [
        {"id": one.stored.question_id, "version_no": one.stored.no + 1}
        for one in fresh
        if one.stored
    ]
    if new:
        made = session.execute(insert(Question).returning(Question.code, Question.id), new)
        ids |= {row.code: row.id for row in made}
    if moved:
        session.execute(update(Question), sorted(moved, key=lambda row: row["id"]))
    return ids


def retire(session: Session, code: str, *, by: int | None, now: datetime) -> None:
    """Take a question out of the drawing; papers that have it keep it."""
    _move(session, code, QuestionState.RETIRED, by=by, now=now)


def publish(session: Session, code: str, *, by: int | None, now: datetime) -> None:
    """Let a question be drawn (again)."""
    _move(session, code, QuestionState.PUBLISHED, by=by, now=now)


def _move(
    session: Session, code: str, state: QuestionState, *, by: int | None, now: datetime
) -> None:
    question = session.scalar(select(Question).where(Question.code == code))
    if question is None:
        raise NotFound(NO_QUESTION, code=code)
    if question.state != state:
        question.state = state
        audit.record(session, f"questions.{state}", f"question:{code}", by=by, now=now)
        session.flush()


# Pictures


def add_picture(session: Session, data: bytes) -> Picture:
    """Keep a picture, encoded anew and without metadata; raises Invalid on anything hostile."""
    encoded = picture_format.encode(data)
    _add_pictures(session, [encoded])
    return session.scalars(select(Picture).where(Picture.digest == encoded.digest)).one()


def _add_pictures(session: Session, encoded: Iterable[EncodedPicture]) -> dict[str, int]:
    rows = {one.digest: asdict(one) | {"media_type": picture_format.MEDIA_TYPE} for one in encoded}
    if not rows:
        return {}
    table = cast("Table", Picture.__table__)
    db.insert_missing(session, table, list(rows.values()), keys=["digest"])
    return queries.picture_ids(session, rows)


def _encoded(
    drafts: Sequence[DraftQuestion], pictures: Mapping[str, bytes]
) -> tuple[dict[str, EncodedPicture], list[FoundProblem]]:
    """Encode each picture once; give them by name, and the questions whose picture is bad."""
    encoded: dict[str, EncodedPicture] = {}
    bad: dict[str, Problem] = {}
    for name in dict.fromkeys(draft.picture for draft in drafts if draft.picture):
        try:
            encoded[name] = picture_format.encode(pictures[name])
        except Invalid as error:
            bad[name] = Problem(error.message, **error.facts)
    problems = [_left_out(draft, bad[draft.picture]) for draft in drafts if draft.picture in bad]
    return encoded, problems


# Counting


def count_papers(
    session: Session, drawn: Mapping[int, int], marked: Mapping[int, tuple[int, int]]
) -> None:
    """Add up, by version id, papers drawn and (answered, right) of papers handed in.

    The sums are added in the order of the questions' ids, so that two workers never wait for
    each other in a circle.
    """
    version_ids = drawn.keys() | marked.keys()
    if not version_ids:
        return
    question_ids = queries.question_ids(session, version_ids)
    exposure: defaultdict[int, int] = defaultdict(int)
    for version_id, papers in drawn.items():
        exposure[question_ids[version_id]] += papers
    answers: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for version_id, (answered, right) in marked.items():
        before = answers[question_ids[version_id]]
        answers[question_ids[version_id]] = (before[0] + answered, before[1] + right)
    sums = [
        {"n_id": id_, "n_exposure": exposure[id_], "n_answered": answered, "n_right": right}
        for id_ in sorted(exposure.keys() | answers.keys())
        for answered, right in [answers[id_]]
    ]
    _add_sums(session, sums)


def _add_sums(session: Session, sums: Sequence[Mapping[str, int]]) -> None:
    table = cast("Table", Question.__table__)
    names = ("exposure", "answered", "right")
    more = {name: table.c[name] + bindparam(f"n_{name}") for name in names}
    statement = update(table).where(table.c.id == bindparam("n_id")).values(more)
    session.connection().execute(statement, sums)
