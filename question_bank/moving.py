"""Files in and out of a bank: what a file is, what jobs keep of it, what a format loses."""

import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from io import BytesIO
from typing import Any, BinaryIO

from contest.core import jobs
from contest.core.storage import Storage
from contest.errors import Invalid, Problem
from question_bank import drafting, searching, showing
from question_bank.formats import registry
from question_bank.formats.reading import DraftQuestion, FoundProblem
from question_bank.importing import Fate, ImportPlan, Planned
from question_bank.models import QuestionState
from question_bank.searching import Alike

# Names of jobs.
READ, TAKE = "questions.read", "questions.take"
EXPORT, PRINT = "questions.export", "questions.print"
AUTO = "auto"
JSON, ZIP = "application/json", "application/zip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILES = {  # format: (end of the name, media type)
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ("docx", DOCX),
    "gift": ("gift", "text/plain; charset=utf-8"),
    "aiken": ("txt", "text/plain; charset=utf-8"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "toml": ("toml", "application/toml"),
    "moodle_xml": ("xml", "application/xml"),
    "qti": ("zip", ZIP),
}

HEAD = 64 * 1024  # bytes looked at to know a text file
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
MOST_TOLD = 500  # questions a report of losses names
INSIDE = {
    "xl/workbook.xml": "xlsx",
    "word/document.xml": "docx",
    "imsmanifest.xml": "qti",
    "mimetype": "xlsx",  # an OpenDocument table, which the reader of tables knows or refuses
}
MOODLE, QTI = b"<quiz", (b"questestinterop", b"assessmentitem", b"qti-assessment", b"imscp")
ENDINGS = {
    "xlsx": "xlsx",
    "xls": "xlsx",
    "ods": "xlsx",
    "docx": "docx",
    "doc": "docx",
    "csv": "csv",
    "gift": "gift",
    "toml": "toml",
    "zip": "qti",
    "xml": "moodle_xml",
}


def kind_of(data: bytes, name: str) -> str:
    """Tell the format of a file by what is in it, and by the end of its name where that is mute."""
    ending = name.rsplit(".", 1)[-1].lower()
    if data.startswith(b"PK"):
        return _kind_of_archive(data) or ENDINGS.get(ending, "qti")
    if data.startswith(OLD_OFFICE):
        return ENDINGS.get(ending, "docx")
    head = data[:HEAD]
    lowered = head.lower()
    if lowered.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "moodle_xml" if MOODLE in lowered or not any(x in lowered for x in QTI) else "qti"
    if ending in {"csv", "gift", "toml"}:
        return ending
    if b"[[question]]" in lowered:
        return "toml"
    return "aiken" if b"\nANSWER:" in head and b"{" not in head else "gift"


def _kind_of_archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return ""
    return next((format_ for name, format_ in INSIDE.items() if name in names), "")


# What a job keeps of a reading


def plan_as_json(plan: ImportPlan) -> dict[str, Any]:
    """Give a plan as plain JSON; `plan_from_json` reads it back."""
    return {
        "questions": [
            {
                "place": one.place,
                "draft": drafting.as_json(one.draft),
                "fate": one.fate.value,
                "problems": [_problem(each) for each in one.problems],
                "alike": [asdict(each) for each in one.alike],
            }
            for one in plan.questions
        ],
        "problems": [_found(one) for one in plan.problems],
        "notes": [_found(one) for one in plan.notes],
    }


def plan_from_json(data: Mapping[str, Any]) -> ImportPlan:
    """Read what `plan_as_json` gave."""
    return ImportPlan(
        tuple(
            Planned(
                one["place"],
                drafting.from_json(one["draft"]),
                Fate(one["fate"]),
                tuple(_as_problem(each) for each in one["problems"]),
                tuple(Alike(**each) for each in one["alike"]),
            )
            for one in data["questions"]
        ),
        *(
            tuple(FoundProblem(one["place"], _as_problem(one), one["done"]) for one in data[name])
            for name in ("problems", "notes")
        ),
    )


def _found(one: FoundProblem) -> dict[str, Any]:
    return {"place": one.place, "done": one.done, **_problem(one.what)}


def _problem(one: Problem) -> dict[str, Any]:
    kept = jobs.kept_error(Invalid(one.message, **one.facts), reference="")
    return {"message": kept["message"], "facts": kept["facts"]}


def _as_problem(kept: Mapping[str, Any]) -> Problem:
    return Problem(kept["message"], **jobs.facts_of({"facts": kept["facts"]}))


# What jobs keep beside their result


def picture_key(code: str, name: str) -> str:
    """Name where a job keeps a picture of the file it read."""
    return f"{jobs.FOLDER}/{code}/picture-{name}"


def report_key(code: str) -> str:
    """Name where a job keeps what its file could not hold."""
    return f"{jobs.FOLDER}/{code}/losses"


def report_of(storage: Storage, code: str) -> dict[str, Any]:
    """Return what a finished job told of its file's losses."""
    found: dict[str, Any] = json.loads(read_all(storage.open(report_key(code))))
    return found


def filters_as_json(filters: searching.Filters) -> dict[str, Any]:
    """Give filters as plain JSON, for a job's row."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name in searching.Filters.__slots__
        if (value := getattr(filters, name)) not in {None, ""}
    }


def filters_from_json(data: Mapping[str, Any]) -> searching.Filters:
    """Read what `filters_as_json` gave."""
    facts = dict(data)
    for name in ("valid_before", "valid_after"):
        if name in facts:
            facts[name] = date.fromisoformat(facts[name])
    if "state" in facts:
        facts["state"] = QuestionState(facts["state"])
    return searching.Filters(**facts)


# What a format loses


@dataclass(frozen=True, slots=True)
class Loss:
    """A question the file holds in part (`parts`, names of showing.LABELS), or not at all."""

    code: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A file, how many questions it holds, and what of them it could not hold."""

    data: bytes
    count: int
    losses: tuple[Loss, ...] = field(default=())


def file_of(
    drafts: Sequence[DraftQuestion],
    format_: str,
    pictures: Mapping[str, bytes],
    *,
    tell: Callable[[], object] = lambda: None,
) -> Made:
    """Write what the format can hold of some questions, and read it back to see what was lost.

    Raises Invalid for an unknown format.
    """
    held, left = list(drafts), list[DraftQuestion]()
    try:
        data = registry.write(held, format_, pictures=pictures)
    except Invalid:
        held, left = _held(drafts, format_, pictures, tell)
        data = registry.write(held, format_, pictures=pictures)
    tell()
    losses = [Loss(one.code) for one in left]
    losses += _lost(held, registry.read(data, format_).questions)
    return Made(data, len(held), tuple(losses))


def _held(
    drafts: Sequence[DraftQuestion],
    format_: str,
    pictures: Mapping[str, bytes],
    tell: Callable[[], object],
) -> tuple[list[DraftQuestion], list[DraftQuestion]]:
    """Part the questions into those the format takes and those it refuses, halving as it goes."""
    tell()
    try:
        registry.write(drafts, format_, pictures=pictures)
    except Invalid:
        if len(drafts) <= 1:
            return [], list(drafts)
        middle = len(drafts) // 2
        first, left = _held(drafts[:middle], format_, pictures, tell)
        second, also_left = _held(drafts[middle:], format_, pictures, tell)
        return first + second, left + also_left
    return list(drafts), []


def _lost(before: Sequence[DraftQuestion], after: Sequence[DraftQuestion]) -> list[Loss]:
    back = list(after)
    if len(back) != len(before):
        known = {one.code: one for one in back}
        pairs = [(one, known.get(one.code)) for one in before]
    else:
        pairs = list(zip(before, back, strict=True))
    losses = []
    for one, other in pairs:
        if other is None:
            losses.append(Loss(one.code))
            continue
        old, new = showing.parts(one), showing.parts(other)
        # A picture that comes back has the name of its own bytes.
        old["picture"], new["picture"] = (str(bool(each["picture"])) for each in (old, new))
        old["code"], new["code"] = one.code, other.code
        names = tuple(name for name in old if old[name] != new[name])
        if names:
            losses.append(Loss(one.code, names))
    return losses


def losses_as_json(made: Made) -> dict[str, Any]:
    """Give the report of a file as plain JSON, the first `MOST_TOLD` losses named."""
    told = made.losses[:MOST_TOLD]
    return {
        "count": made.count,
        "more": len(made.losses) - len(told),
        "losses": [{"code": one.code, "parts": list(one.parts)} for one in told],
    }


def read_all(file: BinaryIO) -> bytes:
    """Read a stored file and close it."""
    with file:
        return file.read()
