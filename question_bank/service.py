"""The bank's writes: topics, pictures, counting what was asked; importing, reviewing, banks.

The larger ones have rooms of their own: all their names are at hand here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from contest.core import db
from question_bank import queries, writing
from question_bank.banking import (
    bring_back_bank,
    bring_up_to_date,
    change_bank,
    open_bank,
    platform_bank,
    retire_bank,
)
from question_bank.formats import pictures as picture_format
from question_bank.importing import (
    Defaults,
    Fate,
    ImportPlan,
    ImportReport,
    Planned,
    import_questions,
    plan_import,
)
from question_bank.models import Picture, Question, Topic
from question_bank.reviewing import (
    add_recording,
    bring_back,
    comment,
    create,
    edit,
    publish,
    resolve,
    retire,
    send_back,
    submit,
    warnings,
)

__all__ = [
    "Defaults",
    "Fate",
    "ImportPlan",
    "ImportReport",
    "Planned",
    "add_picture",
    "add_recording",
    "bring_back",
    "bring_back_bank",
    "bring_up_to_date",
    "change_bank",
    "comment",
    "count_papers",
    "create",
    "edit",
    "import_questions",
    "load_topics",
    "open_bank",
    "plan_import",
    "platform_bank",
    "publish",
    "resolve",
    "retire",
    "retire_bank",
    "send_back",
    "submit",
    "warnings",
]


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


# Pictures


def add_picture(session: Session, data: bytes) -> Picture:
    """Keep a picture, encoded anew and without metadata; raises Invalid on anything hostile."""
    encoded = picture_format.encode(data)
    writing.add_pictures(session, [encoded])
    return session.scalars(select(Picture).where(Picture.digest == encoded.digest)).one()


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
