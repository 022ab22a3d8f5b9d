"""Stored versions as drafts again: for writing the next one, for files, for comparing.

Also drafts as plain JSON, for a job to keep what it read.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account
from contest.errors import N_, NotFound
from question_bank.formats.reading import DraftQuestion, Feedback, Parallel
from question_bank.models import Picture, Question, QuestionVersion, Topic
from question_bank.queries import PaperPicture, PaperRecording, is_newest
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import key_from_json

AT_ONCE = 500  # ids in one statement
LENGTH_OF_NAME = 16  # of a picture's name: hexadecimal digits of its digest
NO_VERSION = N_("Không có phiên bản này của câu hỏi.")


@dataclass(frozen=True, slots=True)
class Stored:
    """A version as a draft, beside what only the store knows of it."""

    question_id: int
    no: int
    state: str
    draft: DraftQuestion  # its picture under `picture_name`
    picture: PaperPicture | None
    recordings: Mapping[str, PaperRecording]
    created_at: datetime
    author_id: int | None
    author: str | None


def picture_name(digest: str) -> str:
    """Name a stored picture as a file."""
    return f"{digest[:LENGTH_OF_NAME]}.webp"


def version(session: Session, question_id: int, no: int) -> Stored:
    """Return one version of a question; NotFound when it has no such version."""
    found = _versions().where(QuestionVersion.question_id == question_id, QuestionVersion.no == no)
    row = session.execute(found).first()
    if row is None:
        raise NotFound(NO_VERSION)
    return _stored(row)


def newest(session: Session, question_ids: Collection[int]) -> list[Stored]:
    """Return the newest versions of questions, in the order asked; unknown ids are left out."""
    wanted = list(question_ids)
    found: dict[int, Stored] = {}
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        rows = session.execute(_versions().where(is_newest(), Question.id.in_(some)))
        found |= {row.question_id: _stored(row) for row in rows}
    return [found[id_] for id_ in wanted if id_ in found]


def pictures(session: Session, stored: Iterable[Stored]) -> dict[str, bytes]:
    """Return the bytes of the pictures that versions show, by the names their drafts use."""
    digests = sorted({one.picture.digest for one in stored if one.picture})
    found: dict[str, bytes] = {}
    for at in range(0, len(digests), AT_ONCE):
        asked = select(Picture.digest, Picture.data).where(
            Picture.digest.in_(digests[at : at + AT_ONCE])
        )
        found |= {picture_name(row.digest): row.data for row in session.execute(asked)}
    return found


def _versions() -> Select[Any]:
    one = QuestionVersion
    return (
        select(
            *(one.question_id, one.no, one.state, one.type, one.difficulty, one.audiences),
            *(one.text, one.options, one.rights, one.key, one.number_unit, one.explanation),
            *(one.source, one.valid_until, one.picture_alt, one.parallel, one.is_html),
            *(one.name, one.category, one.tags, one.feedback, one.recordings, one.created_at),
            *(one.created_by, Question.code, Topic.code.label("topic")),
            *(Account.name.label("author"), Picture.digest, Picture.width, Picture.height),
        )
        .join(Question, and_(Question.id == one.question_id))
        .join(Topic, Topic.id == one.topic_id)
        .outerjoin(Picture, Picture.id == one.picture_id)
        .outerjoin(Account, Account.id == one.created_by)
    )


def _stored(row: Row[Any]) -> Stored:
    shown = None
    if row.digest is not None:
        shown = PaperPicture(row.digest, row.picture_alt, row.width, row.height)
    return Stored(
        question_id=row.question_id,
        no=row.no,
        state=row.state,
        draft=_draft(row._asdict(), picture_name(row.digest) if row.digest else None),
        picture=shown,
        recordings={
            language: PaperRecording(one["digest"], one["media_type"])
            for language, one in row.recordings.items()
        },
        created_at=row.created_at,
        author_id=row.created_by,
        author=row.author,
    )


def _draft(data: Mapping[str, Any], picture: str | None) -> DraftQuestion:
    kind, said = QuestionType(data["type"]), data["feedback"]
    return DraftQuestion(
        code=data["code"],
        type=kind,
        topic=data["topic"],
        difficulty=data["difficulty"],
        audiences=tuple(data["audiences"]),
        text=data["text"],
        options=tuple(data["options"]),
        rights=tuple(data["rights"]),
        key=key_from_json(kind, data["key"]),
        explanation=data["explanation"],
        source=data["source"],
        number_unit=data["number_unit"],
        valid_until=data["valid_until"],
        picture=picture,
        picture_alt=data["picture_alt"],
        parallel={language: _parallel(one) for language, one in data["parallel"].items()},
        is_html=data["is_html"],
        name=data["name"],
        category=data["category"],
        tags=tuple(data["tags"]),
        feedback=Feedback(**{**said, "options": tuple(said["options"])}) if said else Feedback(),
    )


def _parallel(one: Mapping[str, Any]) -> Parallel:
    return Parallel(one["text"], tuple(one["options"]), tuple(one["rights"]), one["explanation"])


# As plain JSON


def as_json(draft: DraftQuestion) -> dict[str, Any]:
    """Give a draft as plain JSON; `from_json` reads it back equal."""
    plain = {name: getattr(draft, name) for name in DraftQuestion.__slots__}
    plain |= {"type": draft.type.value, "key": draft.key.as_json()}
    plain["feedback"] = asdict(draft.feedback)
    plain["parallel"] = {language: asdict(one) for language, one in draft.parallel.items()}
    plain["valid_until"] = draft.valid_until.isoformat() if draft.valid_until else None
    return plain


def from_json(data: Mapping[str, Any]) -> DraftQuestion:
    """Read what `as_json` gave."""
    day = data["valid_until"]
    return _draft({**data, "valid_until": day and date.fromisoformat(day)}, data["picture"])
