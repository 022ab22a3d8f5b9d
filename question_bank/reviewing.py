"""A question's way to being drawn: written, submitted, looked at by somebody else, published.

Each edit is a version of its own, with its author and its time. While the next version is in hand
the published one goes on being drawn.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from contest.core import audit, db
from contest.errors import N_, Conflict, Invalid, NotAllowed, NotFound, Problem
from contest.rules.vietnamese import nfc
from question_bank import queries, writing
from question_bank.formats import checking, recordings
from question_bank.formats import pictures as picture_format
from question_bank.formats.reading import LONGEST_CODE, DraftQuestion
from question_bank.models import (
    Bank,
    Question,
    QuestionComment,
    QuestionState,
    QuestionVersion,
    Recording,
)

NO_QUESTION = N_("Không tìm thấy câu hỏi này.")
NO_COMMENT = N_("Không tìm thấy nhận xét này.")
NO_TOPIC = N_("Chủ đề “%(topic)s” chưa có trong hệ thống.")
NO_AUDIENCE = N_("Đối tượng “%(audience)s” chưa có trong hệ thống.")
NO_PICTURE = N_("Thiếu tệp hình “%(picture)s”.")
NO_CODE = N_("Câu hỏi cần một mã.")
CODE_TAKEN = N_("Mã “%(code)s” đã dùng cho một câu hỏi khác của ngân hàng này.")
NOT_STORED = N_("Câu hỏi còn chỗ chưa đúng nên chưa lưu được.")
MEANWHILE = N_("Có người vừa sửa câu hỏi này. Hãy tải lại trang để xem bản mới nhất.")
NOT_DRAFT = N_("Chỉ gửi duyệt được bản đang soạn.")
NOT_IN_REVIEW = N_("Câu hỏi này chưa được gửi duyệt.")
OWN_WORK = N_("Người soạn câu hỏi không tự duyệt được; hãy nhờ một người khác duyệt.")
EMPTY_COMMENT = N_("Hãy viết nhận xét để người soạn biết cần sửa gì.")
COMMENT_TOO_LONG = N_("Nhận xét dài quá %(most)d ký tự.")
NO_EXPLANATION = N_("Câu hỏi chưa có lời giải thích cho người dự thi.")
NO_SOURCE = N_("Câu hỏi chưa ghi nguồn.")
BAD_LANGUAGE = N_("Hệ thống chưa có ngôn ngữ “%(language)s” cho bản đọc.")
LONGEST_COMMENT = 2000
LANGUAGES = ("vi", "en")


# Writing versions


def create(
    session: Session,
    bank: Bank,
    draft: DraftQuestion,
    pictures: Mapping[str, bytes] | None = None,
    *,
    by: int | None,
    now: datetime,
) -> int:
    """Store a new question as a draft and return its id; Conflict when its code is taken."""
    clean = checking.clean(draft)
    if not clean.code:
        raise Invalid(NO_CODE)
    if queries.newest(session, [clean.code], bank_id=bank.id):
        raise Conflict(CODE_TAKEN, code=clean.code)
    made = _next(session, clean, None, pictures or {}, None)
    return _write(session, bank.id, made, by=by, now=now)


def edit(
    session: Session,
    question_id: int,
    draft: DraftQuestion,
    pictures: Mapping[str, bytes] | None = None,
    *,
    based_on: int,
    keeps_picture: bool = False,
    by: int | None,
    now: datetime,
) -> int:
    """Store the next version as a draft and return its number; its code stays.

    `based_on` is the number of the version the author saw; Conflict when it is not the newest.
    `draft.picture` names one of `pictures`; None takes the picture away, unless `keeps_picture`.
    Recordings of what was said before do not follow. Equal content writes nothing.
    """
    question, newest = _lock_newest(session, question_id)
    _ensure_no(newest, based_on)
    clean = replace(checking.clean(draft), code=question.code)
    stored = queries.Newest(
        *(question.id, newest.no, newest.digest, question.state, newest.created_by)
    )
    kept = newest.picture_id if keeps_picture else None
    made = _next(session, clean, stored, pictures or {}, kept)
    if made.digest == newest.digest:
        return newest.no
    _write(session, question.bank_id, made, by=by, now=now)
    session.expire(question)
    return made.no


def _next(
    session: Session,
    draft: DraftQuestion,
    stored: queries.Newest | None,
    pictures: Mapping[str, bytes],
    kept_id: int | None,
) -> writing.NextVersion:
    """Check a cleaned draft and make the version it becomes; `kept_id`: the picture that stays."""
    topic_ids = queries.topic_ids(session)
    _ensure_whole(draft, topic_ids, queries.audience_codes(session))
    # A picture that stays is not at hand as it was sent; its id names it as well.
    picture_id, sent = kept_id, None if kept_id is None else f"picture {kept_id}"
    if draft.picture:
        if draft.picture not in pictures:
            raise Invalid(NO_PICTURE, picture=draft.picture)
        data = pictures[draft.picture]
        encoded = picture_format.encode(data)
        picture_id = writing.add_pictures(session, [encoded])[encoded.digest]
        sent = hashlib.sha256(data).hexdigest()
    digest = writing.digest(draft, sent)
    return writing.NextVersion(draft, digest, stored, topic_ids[draft.topic], picture_id)


def _write(
    session: Session,
    bank_id: int | None,
    made: writing.NextVersion,
    *,
    by: int | None,
    now: datetime,
) -> int:
    state, code = QuestionState.DRAFT, made.draft.code
    try:
        with session.begin_nested():
            ids = writing.write(session, [made], bank_id=bank_id, state=state, by=by, now=now)
    except IntegrityError as error:
        raise Conflict(MEANWHILE) from error
    _record(session, "edit" if made.stored else "create", code, by=by, now=now, id=ids[code])
    return ids[code]


def _ensure_whole(draft: DraftQuestion, topics: Mapping[str, int], audiences: set[str]) -> None:
    found = checking.problems(draft)
    if draft.topic and draft.topic not in topics:
        found.append(Problem(NO_TOPIC, topic=draft.topic))
    found += [
        Problem(NO_AUDIENCE, audience=code) for code in draft.audiences if code not in audiences
    ]
    if found:
        problems = {
            str(one.facts.get("name", f"question-{at}")): one for at, one in enumerate(found)
        }
        raise Invalid(NOT_STORED, problems=problems)


# The way to being drawn


def submit(session: Session, question_id: int, *, no: int, by: int | None, now: datetime) -> None:
    """Ask for a review of the draft version `no`, the newest."""
    question, newest = _lock_newest(session, question_id)
    _ensure_no(newest, no)
    if newest.state != QuestionState.DRAFT:
        raise Conflict(NOT_DRAFT)
    newest.state = QuestionState.IN_REVIEW
    _record(session, "submit", question.code, by=by, now=now, no=no, id=question.id)


def publish(session: Session, question_id: int, *, no: int, by: int, now: datetime) -> None:
    """Let the submitted version `no` be drawn from now on, instead of the one before.

    Whoever wrote any version since the published one may not: NotAllowed, for everybody. See
    `warnings` for what a reviewer should look at first.
    """
    question, newest = _lock_newest(session, question_id)
    _ensure_no(newest, no)
    if newest.state != QuestionState.IN_REVIEW:
        raise Conflict(NOT_IN_REVIEW)
    if by in _authors(session, question):
        raise NotAllowed(OWN_WORK)
    newest.state, newest.reviewed_by, newest.reviewed_at = QuestionState.PUBLISHED, by, now
    question.version_no, question.draft_no = newest.no, None
    question.state = QuestionState.PUBLISHED
    _record(session, "publish", question.code, by=by, now=now, no=no, id=question.id)


def send_back(
    session: Session, question_id: int, *, no: int, comment: str, by: int | None, now: datetime
) -> None:
    """Give a submitted version back to its author, with what is to be changed."""
    question, newest = _lock_newest(session, question_id)
    _ensure_no(newest, no)
    if newest.state != QuestionState.IN_REVIEW:
        raise Conflict(NOT_IN_REVIEW)
    _comment(session, question, newest.no, comment, by=by, now=now)
    newest.state = QuestionState.DRAFT
    _record(session, "send_back", question.code, by=by, now=now, no=no, id=question.id)


def retire(session: Session, question_id: int, *, by: int | None, now: datetime) -> None:
    """Take a question out of the drawing; papers that have it keep it."""
    question = _lock(session, question_id)
    if question.state != QuestionState.RETIRED:
        question.state = QuestionState.RETIRED
        _record(session, "retire", question.code, by=by, now=now, id=question.id)


def bring_back(session: Session, question_id: int, *, by: int | None, now: datetime) -> None:
    """Undo `retire`: the version published last is drawn again, a mere draft is one again."""
    question = _lock(session, question_id)
    if question.state == QuestionState.RETIRED:
        question.state = QuestionState.PUBLISHED if question.version_no else QuestionState.DRAFT
        _record(session, "bring_back", question.code, by=by, now=now, id=question.id)


def warnings(version: QuestionVersion) -> list[Problem]:
    """Say what a reviewer should know before publishing; none of it stands in the way."""
    missing = ((version.explanation, NO_EXPLANATION), (version.source, NO_SOURCE))
    return [Problem(sentence) for text, sentence in missing if not text]


def _authors(session: Session, question: Question) -> set[int | None]:
    """Return who wrote what a reviewer is about to publish: every version since the last one."""
    version = QuestionVersion
    found = select(version.created_by).where(
        version.question_id == question.id, version.no > question.version_no
    )
    return set(session.scalars(found))


# Comments


def comment(
    session: Session, question_id: int, text: str, *, no: int, by: int | None, now: datetime
) -> int:
    """Say something about a version; return the comment's id."""
    question = _lock(session, question_id)
    return _comment(session, question, no, text, by=by, now=now)


def _comment(
    session: Session, question: Question, no: int, text: str, *, by: int | None, now: datetime
) -> int:
    clean = nfc(text)
    if not clean:
        raise Invalid(EMPTY_COMMENT)
    if len(clean) > LONGEST_COMMENT:
        raise Invalid(COMMENT_TOO_LONG, most=LONGEST_COMMENT)
    row = QuestionComment(question_id=question.id, version_no=no, text=clean, at=now, by=by)
    session.add(row)
    session.flush()
    return row.id


def resolve(
    session: Session, question_id: int, comment_id: int, *, by: int | None, now: datetime
) -> None:
    """Mark a comment as dealt with; a second time changes nothing."""
    found = session.scalar(
        select(QuestionComment)
        .where(QuestionComment.id == comment_id, QuestionComment.question_id == question_id)
        .with_for_update()
    )
    if found is None:
        raise NotFound(NO_COMMENT)
    if found.resolved_at is None:
        found.resolved_at, found.resolved_by = now, by
        session.flush()


# Recordings


def add_recording(
    session: Session,
    question_id: int,
    data: bytes,
    *,
    language: str,
    duration_ms: int | None,
    based_on: int,
    by: int | None,
    now: datetime,
) -> int:
    """Keep a question read aloud: the next version, with the same words, as a draft.

    What people sat never changes, so a recording is reviewed and published as words are. Returns
    the version's number. Raises Invalid for what is no sound, Conflict as `edit` does.
    """
    if language not in LANGUAGES:
        raise Invalid(BAD_LANGUAGE, language=language[:LONGEST_CODE])
    question, newest = _lock_newest(session, question_id)
    _ensure_no(newest, based_on)
    media_type = recordings.media_type(data)
    row = {
        "digest": hashlib.sha256(data).hexdigest(),
        "media_type": media_type,
        "duration_ms": recordings.ensure_duration(duration_ms),
    }
    table = cast("Table", Recording.__table__)
    db.insert_missing(session, table, [row | {"data": data}], keys=["digest"])
    session.add(_copy(newest, newest.recordings | {language: row}, by, now))
    question.draft_no = newest.no + 1
    _record(session, "record", question.code, by=by, now=now, language=language, id=question.id)
    return newest.no + 1


def _copy(
    version: QuestionVersion, recorded: Mapping[str, Any], by: int | None, now: datetime
) -> QuestionVersion:
    names = {column.key for column in QuestionVersion.__table__.columns}
    names -= {"id", "no", "recordings", "created_at", "created_by"}
    names -= {"state", "reviewed_at", "reviewed_by"}
    return QuestionVersion(
        **{name: getattr(version, name) for name in names},
        no=version.no + 1,
        recordings=dict(recorded),
        state=QuestionState.DRAFT,
        created_at=now,
        created_by=by,
    )


# Shared


def _lock(session: Session, question_id: int) -> Question:
    found = session.scalar(
        select(Question)
        .where(Question.id == question_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(NO_QUESTION)
    return found


def _lock_newest(session: Session, question_id: int) -> tuple[Question, QuestionVersion]:
    question = _lock(session, question_id)
    no = question.draft_no or question.version_no
    version = QuestionVersion
    found = select(version).where(version.question_id == question.id, version.no == no)
    return question, session.scalars(found).one()


def _ensure_no(newest: QuestionVersion, no: int) -> None:
    if newest.no != no:
        raise Conflict(MEANWHILE)


def _record(
    session: Session, act: str, code: str, *, by: int | None, now: datetime, **facts: Any
) -> None:
    owner = select(Bank.unit_id).join(Question, Question.bank_id == Bank.id)
    unit_id = session.scalar(owner.where(Question.id == facts["id"]))
    subject = f"question:{code}"
    audit.record(session, f"questions.{act}", subject, by=by, now=now, unit_id=unit_id, **facts)
    session.flush()
