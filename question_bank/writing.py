"""Versions as rows: what a draft becomes when it is stored, and the statements that store many."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert, update
from sqlalchemy.orm import Session

from contest.core import db
from contest.rules.vietnamese import fold
from question_bank import queries
from question_bank.formats import checking
from question_bank.formats import pictures as picture_format
from question_bank.formats.pictures import EncodedPicture
from question_bank.formats.reading import DraftQuestion, Feedback
from question_bank.models import Picture, Question, QuestionState, QuestionVersion
from question_bank.rules import similarity

AT_ONCE = 500  # rows in one statement


@dataclass(frozen=True, slots=True)
class NextVersion:
    """A version about to be written; `stored` is the newest there is, None for a new question."""

    draft: DraftQuestion
    digest: str
    stored: queries.Newest | None
    topic_id: int
    picture_id: int | None = None
    recordings: Mapping[str, Any] | None = None

    @property
    def no(self) -> int:
        return self.stored.no + 1 if self.stored else 1


def digest(draft: DraftQuestion, picture: str | None) -> str:
    """Name the content; a picture counts as it was sent, so that a new encoder changes nothing."""
    content = _content(draft) | {
        "topic": draft.topic,
        "valid_until": draft.valid_until and draft.valid_until.isoformat(),
        "picture": picture,
    }
    # What is not there does not count: a digest outlives new columns.
    content |= {name: value for name, value in _later_content(draft).items() if value}
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


def _later_content(draft: DraftQuestion) -> dict[str, Any]:
    said = asdict(draft.feedback) if draft.feedback != Feedback() else {}
    return {
        "is_html": draft.is_html,
        "name": draft.name,
        "category": draft.category,
        "tags": list(draft.tags),
        "feedback": said,
    }


def search_columns(draft: DraftQuestion, code: str) -> dict[str, Any]:
    """Give what a version is found by: folded words, folded tags, bands of its shingles."""
    texts = checking.plain_texts(draft)
    words = (code, draft.name, draft.category, *draft.tags, *texts)
    tags = [fold(tag) for tag in draft.tags]
    return {
        "search_text": fold(" ".join(words)),
        "search_tags": f"|{'|'.join(tags)}|" if tags else "",
        "bands": similarity.bands(similarity.shingles(texts)),
    }


def write(
    session: Session,
    fresh: Sequence[NextVersion],
    *,
    bank_id: int | None,
    state: QuestionState,
    by: int | None,
    now: datetime,
) -> dict[str, int]:
    """Write the next version of each question in a handful of statements; give the ids by code.

    `state` PUBLISHED: it is drawn from now on (a retired question stays retired); DRAFT: what is
    published stays the one that is drawn.
    """
    ids = _name(session, fresh, bank_id, is_published=state is QuestionState.PUBLISHED)
    facts = {"created_at": now, "created_by": by, "state": state.value}
    rows = [
        _content(one.draft)
        | _later_content(one.draft)
        | search_columns(one.draft, one.draft.code)
        | {
            "question_id": ids[one.draft.code],
            "no": one.no,
            "topic_id": one.topic_id,
            "valid_until": one.draft.valid_until,
            "picture_id": one.picture_id,
            "digest": one.digest,
            "recordings": dict(one.recordings or {}),
        }
        | facts
        for one in fresh
    ]
    if rows:
        # By the table: through the class, each change of which values are None is a statement of
        # its own.
        session.execute(insert(cast("Table", QuestionVersion.__table__)), rows)
    return ids


def _name(
    session: Session, fresh: Sequence[NextVersion], bank_id: int | None, *, is_published: bool
) -> dict[str, int]:
    """Add the new questions, point the old ones at their next version; give all ids by code."""
    ids = {one.draft.code: one.stored.question_id for one in fresh if one.stored}
    state = QuestionState.PUBLISHED if is_published else QuestionState.DRAFT
    numbers = {"version_no": 1} if is_published else {"version_no": 0, "draft_no": 1}
    new = [
        {"bank_id": bank_id, "code": one.draft.code, "state": state.value, **numbers}
        for one in fresh
        if one.stored is None
    ]
    moved = [_moved(one.stored, one.no, is_published) for one in fresh if one.stored]
    if new:
        made = session.execute(insert(Question).returning(Question.code, Question.id), new)
        ids |= {row.code: row.id for row in made}
    if moved:
        session.execute(update(Question), sorted(moved, key=lambda row: row["id"]))
    return ids


def _moved(stored: queries.Newest, no: int, is_published: bool) -> dict[str, Any]:  # noqa: FBT001
    if not is_published:
        return {"id": stored.question_id, "draft_no": no}
    is_draft = stored.state == QuestionState.DRAFT
    state = QuestionState.PUBLISHED.value if is_draft else stored.state
    return {"id": stored.question_id, "version_no": no, "draft_no": None, "state": state}


def add_pictures(session: Session, encoded: Iterable[EncodedPicture]) -> dict[str, int]:
    """Keep pictures that are not kept yet; give the ids by digest."""
    rows = {one.digest: asdict(one) | {"media_type": picture_format.MEDIA_TYPE} for one in encoded}
    table = cast("Table", Picture.__table__)
    each = list(rows.values())
    for at in range(0, len(each), AT_ONCE):
        db.insert_missing(session, table, each[at : at + AT_ONCE], keys=["digest"])
    return queries.picture_ids(session, rows) if rows else {}
