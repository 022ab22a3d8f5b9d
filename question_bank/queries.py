"""Questions read for drawing and for showing; papers come from memory after their first showing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from contest.audiences.models import Audience
from contest.core.cache import Cache
from question_bank import ownership
from question_bank.formats.reading import Feedback, Parallel
from question_bank.models import Picture, Question, QuestionState, QuestionVersion, Recording, Topic
from question_bank.rules.drawing import EXPECTED_BY_DIFFICULTY, Candidate
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import Key, key_from_json

EVERYBODY = "everybody"  # the audience a question names when it is for all of them
ENOUGH_ANSWERED = 30  # marked answers before a measured share is believed at all
PRIOR_WEIGHT = 10  # imagined answers, at the declared share, that a measured share begins with
MOST_KEPT = 5000  # versions in memory, some 3 KB each
UNSAID = Feedback()


@dataclass(frozen=True, slots=True)
class PaperPicture:
    digest: str
    alt: str
    width: int  # pixels
    height: int


@dataclass(frozen=True, slots=True)
class PaperRecording:
    """A question read aloud, in the language it is kept under."""

    digest: str
    media_type: str


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """A version with everything needed to show and mark it; order as its author wrote it.

    `is_html`: its texts are safe HTML, to be shown by the filter `marked`; else plain.
    """

    version_id: int
    question_id: int
    code: str
    type: QuestionType
    topic: str
    topic_name: str
    topic_name_en: str
    difficulty: int
    text: str
    options: tuple[str, ...]
    rights: tuple[str, ...]
    key: Key
    number_unit: str
    explanation: str
    source: str
    valid_until: date | None
    picture: PaperPicture | None
    parallel: Mapping[str, Parallel] = field(default_factory=dict)
    is_html: bool = False
    feedback: Feedback = UNSAID
    recordings: Mapping[str, PaperRecording] = field(default_factory=dict)  # by language

    def in_language(self, language: str) -> Self:
        """Return the question in its parallel text, as far as it has one in `language`."""
        other = self.parallel.get(language)
        if other is None:
            return self
        return replace(
            self,
            text=other.text or self.text,
            options=other.options or self.options,
            rights=other.rights or self.rights,
            explanation=other.explanation or self.explanation,
        )


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of a stored question; `state` is the question's."""

    question_id: int
    no: int
    digest: str
    state: str
    created_by: int | None


# A version never changes, so neither does what is kept. Only a rolled-back import could lie:
# do not ask for versions written in a transaction that may still fail.
_versions: Cache[PaperQuestion] = Cache(size=MOST_KEPT, seconds=None)


def expected_share(difficulty: int, *, answered: int, right: int) -> float:
    """Give the share of people, 0..1, expected to get a question right.

    The declared share d of its difficulty until `ENOUGH_ANSWERED` answers were marked; then
    (right + k·d) / (answered + k) with k = `PRIOR_WEIGHT`: the mean of a Beta(k·d, k·(1-d)) prior
    after those answers, which never jumps to 0 or 1.
    """
    declared = EXPECTED_BY_DIFFICULTY[difficulty]
    if answered < ENOUGH_ANSWERED:
        return declared
    return (right + PRIOR_WEIGHT * declared) / (answered + PRIOR_WEIGHT)


def candidates(
    session: Session,
    *,
    audience: str,
    valid_on: date,
    unit_id: int | None,
    banks: Collection[int] | None = None,
) -> list[Candidate]:
    """Return the published questions for `audience`, or for everybody, still valid on the day.

    Only from the banks a contest of the unit may draw from (rules/access.py; None: the
    platform's), narrowed to `banks` (ids) when they are named. Always in the published version,
    whatever is in hand for the next one.
    """
    rows = session.execute(_published(valid_on).where(ownership.drawn_from(unit_id, banks)))
    return [_candidate(row) for row in rows if {audience, EVERYBODY} & set(row.audiences)]


def _published(valid_on: date) -> Select[Any]:
    version = QuestionVersion
    return (
        select(
            *(Question.id.label("question_id"), version.id.label("version_id")),
            *(Question.exposure, Question.answered, Question.right),
            *(Topic.code.label("topic"), version.difficulty, version.type),
            *(version.audiences, version.options, version.rights),
        )
        .join(version, _is_drawn())
        .join(Topic, Topic.id == version.topic_id)
        .where(Question.state == QuestionState.PUBLISHED)
        .where(or_(version.valid_until.is_(None), version.valid_until >= valid_on))
        .order_by(Question.id)
    )


def _is_drawn() -> ColumnElement[bool]:
    return and_(
        QuestionVersion.question_id == Question.id, QuestionVersion.no == Question.version_no
    )


def is_newest() -> ColumnElement[bool]:
    """Return the condition that a version is its question's newest, published or not."""
    newest_no = func.coalesce(Question.draft_no, Question.version_no)
    return and_(QuestionVersion.question_id == Question.id, QuestionVersion.no == newest_no)


def _candidate(row: Row[Any]) -> Candidate:
    audiences = frozenset(row.audiences)
    return Candidate(
        question_id=row.question_id,
        version_id=row.version_id,
        topic=row.topic,
        difficulty=row.difficulty,
        expected=expected_share(row.difficulty, answered=row.answered, right=row.right),
        exposure=row.exposure,
        audiences=frozenset() if EVERYBODY in audiences else audiences,  # as drawing reads it
        type=QuestionType(row.type),
        size=len(row.options),
        size_right=len(row.rights),
    )


def versions(session: Session, ids: Iterable[int]) -> dict[int, PaperQuestion]:
    """Return the versions by id, in the order asked; only those never seen before need SQL."""
    wanted = list(ids)
    found = {id_: kept for id_ in wanted if (kept := _kept(id_)) is not None}
    missing = [id_ for id_ in wanted if id_ not in found]
    if missing:
        for row in session.execute(_whole_versions().where(QuestionVersion.id.in_(missing))):
            found[row.id] = _paper_question(row)
            _versions.put(row.id, found[row.id])
    return {id_: found[id_] for id_ in wanted if id_ in found}


def forget() -> None:
    """Forget the versions kept in memory (tests reuse ids)."""
    _versions.clear()


def _kept(version_id: int) -> PaperQuestion | None:
    try:
        return _versions.get(version_id, _nothing)
    except LookupError:
        return None


def _nothing() -> PaperQuestion:
    raise LookupError


def _whole_versions() -> Select[Any]:
    version = QuestionVersion
    return (
        select(
            *(version.id, version.question_id, version.type, version.difficulty, version.text),
            *(version.options, version.rights, version.key, version.number_unit),
            *(version.explanation, version.source, version.valid_until, version.parallel),
            *(version.is_html, version.feedback, version.recordings),
            *(version.picture_alt, Question.code, Topic.code.label("topic")),
            *(Topic.name.label("topic_name"), Topic.name_en.label("topic_name_en")),
            *(Picture.digest, Picture.width, Picture.height),
        )
        .join(Question, Question.id == version.question_id)
        .join(Topic, Topic.id == version.topic_id)
        .outerjoin(Picture, Picture.id == version.picture_id)
    )


def _paper_question(row: Row[Any]) -> PaperQuestion:
    kind = QuestionType(row.type)
    return PaperQuestion(
        version_id=row.id,
        question_id=row.question_id,
        code=row.code,
        type=kind,
        topic=row.topic,
        topic_name=row.topic_name,
        topic_name_en=row.topic_name_en,
        difficulty=row.difficulty,
        text=row.text,
        options=tuple(row.options),
        rights=tuple(row.rights),
        key=key_from_json(kind, row.key),
        number_unit=row.number_unit,
        explanation=row.explanation,
        source=row.source,
        valid_until=row.valid_until,
        picture=_paper_picture(row),
        parallel={language: _parallel(data) for language, data in row.parallel.items()},
        is_html=row.is_html,
        feedback=_feedback(row.feedback),
        recordings={
            language: PaperRecording(data["digest"], data["media_type"])
            for language, data in row.recordings.items()
        },
    )


def _paper_picture(row: Row[Any]) -> PaperPicture | None:
    if row.digest is None:
        return None
    return PaperPicture(row.digest, row.picture_alt, row.width, row.height)


def _parallel(data: Mapping[str, Any]) -> Parallel:
    return Parallel(
        data["text"], tuple(data["options"]), tuple(data["rights"]), data["explanation"]
    )


def _feedback(data: Mapping[str, Any]) -> Feedback:
    if not data:
        return UNSAID
    return Feedback(tuple(data["options"]), data["right"], data["partly"], data["wrong"])


def topics(session: Session) -> list[Topic]:
    """Return the topics in their order."""
    return list(session.scalars(select(Topic).order_by(Topic.position, Topic.id)))


def picture(session: Session, digest: str) -> Picture | None:
    """Return the picture whose data has this SHA-256."""
    return session.scalar(select(Picture).where(Picture.digest == digest))


def recording(session: Session, digest: str) -> Recording | None:
    """Return the recording whose data has this SHA-256."""
    return session.scalar(select(Recording).where(Recording.digest == digest))


def picture_ids(session: Session, digests: Collection[str]) -> dict[str, int]:
    """Return the ids of the pictures by digest, without loading them."""
    rows = session.execute(select(Picture.digest, Picture.id).where(Picture.digest.in_(digests)))
    return {row.digest: row.id for row in rows}


def topic_ids(session: Session) -> dict[str, int]:
    """Return the ids of the topics by code."""
    return {row.code: row.id for row in session.execute(select(Topic.code, Topic.id))}


def audience_codes(session: Session) -> set[str]:
    """Return the codes of the audiences a question may be for."""
    return {EVERYBODY, *session.scalars(select(Audience.code))}


def newest(session: Session, codes: Collection[str], *, bank_id: int) -> dict[str, Newest]:
    """Return the newest versions of a bank's questions among `codes`, whatever their state."""
    columns = (
        *(Question.code, Question.id, Question.state),
        *(QuestionVersion.no, QuestionVersion.digest, QuestionVersion.created_by),
    )
    found = (
        select(*columns)
        .join(QuestionVersion, is_newest())
        .where(Question.bank_id == bank_id, Question.code.in_(codes))
    )
    return {
        row.code: Newest(row.id, row.no, row.digest, row.state, row.created_by)
        for row in session.execute(found)
    }


def question_ids(session: Session, version_ids: Collection[int]) -> dict[int, int]:
    """Return the question each version belongs to."""
    pairs = select(QuestionVersion.id, QuestionVersion.question_id)
    rows = session.execute(pairs.where(QuestionVersion.id.in_(version_ids)))
    return {row.id: row.question_id for row in rows}
