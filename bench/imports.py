"""How long 5,000 questions take from a file to the rows of a bank, each file in its own process."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bench import seeding
from contest.config import ROOT
from contest.core import db
from question_bank import service as bank
from question_bank.formats import registry
from question_bank.formats.reading import DraftQuestion
from question_bank.models import Question, QuestionState
from question_bank.rules.given import QuestionType

SIZE = 5000
FORMATS = ("gift", "xlsx")
WANTED_S = 20.0


def measure(url: str, folder: Path) -> dict[str, Any]:
    """Import a file of each format into the database of `url`; give seconds and peak MiB."""
    found: dict[str, Any] = {}
    for name in FORMATS:
        file = folder / f"questions.{name}"
        file.write_bytes(registry.write(list(islice(questions(name), SIZE)), name))
        said = subprocess.run(
            [sys.executable, "-m", "bench.imports", url, name, str(file)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
        found[name] = json.loads(said.stdout)
    return found


def questions(mark: str) -> Iterator[DraftQuestion]:
    """Give the starter questions again and again, no two alike, of kinds that both formats hold."""
    content = [
        question
        for file in sorted(seeding.CONTENT.glob("[0-9]*.toml"))
        for question in registry.read(file.read_bytes(), "toml").questions
        if question.type is not QuestionType.ORDERING and question.picture is None
    ]
    number = 0
    while True:
        for question in content:
            number += 1
            yield replace(
                question,
                code=f"{mark}-{number}",
                text=f"{question.text} ({mark} {number})",
                parallel={},
            )


def _import(url: str, name: str, file: Path) -> dict[str, Any]:
    db.connect(url, pool_size=2)
    began = time.monotonic()
    reading = registry.read(file.read_bytes(), name)
    read_s = time.monotonic() - began
    with db.transaction() as session:
        report = bank.import_questions(
            session, reading, by=None, now=seeding.moment(), as_state=QuestionState.DRAFT
        )
    whole_s = time.monotonic() - began
    with db.reading_session() as session:
        like = Question.code.like(f"{name}-%")
        stored = session.scalar(select(func.count()).select_from(Question).where(like))
    if (stored, report.added) != (SIZE, SIZE):
        raise SystemExit(f"{name}: {stored} stored, {report.problems[:3]}")
    return {
        "read_s": round(read_s, 2),
        "seconds": round(whole_s, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    json.dump(_import(sys.argv[1], sys.argv[2], Path(sys.argv[3])), sys.stdout)
