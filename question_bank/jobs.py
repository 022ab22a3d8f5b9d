"""Long work of the bank: reading a file, taking its good questions in, files and papers out.

Each is begun by an organizer who may do it; what they may was checked when the row was written.
"""

import json
import random
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.core import audit, jobs
from contest.core.work import Work
from contest.errors import N_, Invalid
from question_bank import drafting, importing, moving, searching
from question_bank.drafting import Stored
from question_bank.formats import registry
from question_bank.formats.docx import printed
from question_bank.formats.reading import Reading
from question_bank.importing import Defaults, Fate, ImportPlan
from question_bank.models import Bank, QuestionState

TAKEN_AT_ONCE = 500  # questions stored in one transaction: a writer keeps others waiting
READ_AT_ONCE = 200  # questions loaded between two words about progress
LISTED_AT_ONCE = 1000
READING = N_("Đang đọc tệp")
LOOKING = N_("Đang xem từng câu")
TAKING = N_("Đang ghi vào ngân hàng")
GATHERING = N_("Đang lấy câu hỏi")
WRITING = N_("Đang viết tệp")
NO_QUESTIONS = N_("Không có câu hỏi nào trong danh sách này.")
NOTHING_HELD = N_("Định dạng này không chứa được câu nào trong danh sách.")


# In


def read(work: Work) -> None:
    """Read a file and keep what importing it would do; nothing is stored in the bank."""
    work.progress(0, 0, READING)
    plan, reading, format_ = _planned(work, work.claim.code)
    for name, data in reading.pictures.items():
        key = moving.picture_key(work.claim.code, name)
        work.storage.put(key, data, "application/octet-stream")
    kept = moving.plan_as_json(plan) | {"format": format_, "pictures": sorted(reading.pictures)}
    content = json.dumps(kept, ensure_ascii=False).encode()
    work.attach("ket-qua-doc.json", moving.JSON, content)


def _planned(work: Work, source: str) -> tuple[ImportPlan, Reading, str]:
    """Read the file a job was given (`source`: its code), and plan its import."""
    args = work.args
    data = moving.read_all(work.storage.open(jobs.source_key(source)))
    format_ = args["format"]
    if format_ == moving.AUTO:
        format_ = moving.kind_of(data, args["name"])
    reading = registry.read(data, format_)
    with work.reading() as session:
        plan = importing.plan_import(
            session,
            reading,
            bank=session.get_one(Bank, args["bank"]),
            defaults=_defaults(args),
            on_progress=lambda done, total: work.progress(done, total, LOOKING),
        )
    return plan, reading, format_


def _defaults(args: Mapping[str, Any]) -> Defaults:
    said = args["defaults"]
    return Defaults(
        said["topic"], said["difficulty"], tuple(said["audiences"]), source=said["source"]
    )


def take(work: Work) -> None:
    """Store the good questions of a file that was read before, as drafts of whoever asked.

    In batches that bear repetition: what is stored already is the same and stays as it is.
    """
    work.progress(0, 0, READING)
    plan, reading, _format = _planned(work, work.args["source"])
    good = [one.draft for one in plan.questions if one.fate in {Fate.NEW, Fate.CHANGED}]
    added = changed = 0
    for at in range(0, len(good), TAKEN_AT_ONCE):
        work.progress(at, len(good), TAKING)
        some = tuple(good[at : at + TAKEN_AT_ONCE])
        names = {one.picture for one in some}
        sent = {name: data for name, data in reading.pictures.items() if name in names}
        with work.step() as session:
            report = importing.import_questions(
                session,
                Reading(some, (), pictures=sent),
                by=work.by,
                now=work.now(),
                bank=session.get_one(Bank, work.args["bank"]),
                as_state=QuestionState.DRAFT,
            )
        added, changed = added + report.added, changed + report.changed
    work.progress(len(good), len(good), TAKING)
    kept = {"added": added, "changed": changed, "left": plan.count(Fate.LEFT_OUT)}
    work.attach("ket-qua-nap.json", moving.JSON, json.dumps(kept).encode())


# Out


def export(work: Work) -> None:
    """Write the questions of a list in a format, and say what it could not hold."""
    stored, pictures = _gathered(work)
    work.progress(len(stored), len(stored), WRITING)
    format_ = work.args["format"]
    made = moving.file_of(
        [one.draft for one in stored],
        format_,
        pictures,
        tell=lambda: work.progress(len(stored), len(stored), WRITING),
    )
    if not made.count:
        raise Invalid(NOTHING_HELD)
    report = json.dumps(moving.losses_as_json(made), ensure_ascii=False).encode()
    work.storage.put(moving.report_key(work.claim.code), report, moving.JSON)
    ending, media_type = moving.FILES[format_]
    work.attach(f"{work.args['name']}.{ending}", media_type, made.data)
    with work.finish() as session:
        _note(session, work, "questions.export", count=made.count, format=format_)


def print_paper(work: Work) -> None:
    """Print an exam: the papers with their answer sheets, and the answer table apart, in a zip."""
    stored, pictures = _gathered(work)
    args = work.args
    chance = random.Random(f"{args['seed']}/questions")  # noqa: S311 -- repeatable, as papers are
    if args["count"] is not None and args["count"] < len(stored):
        stored = sorted(chance.sample(stored, args["count"]), key=lambda one: one.draft.code)
    drafts = [one.draft for one in stored]
    codes = [str(args["first"] + at) for at in range(args["codes"])]
    facts: dict[str, Any] = {"title": args["title"], "codes": codes, "seed": args["seed"]}
    work.progress(len(stored), len(stored), WRITING)
    heading = {name: args[name] for name in ("organizer", "unit", "minutes", "has_sheet")}
    paper = printed.paper(drafts, pictures=pictures, **facts, **heading)
    work.progress(len(stored), len(stored), WRITING)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("de-thi.docx", paper)
        archive.writestr("dap-an.docx", printed.key(drafts, **facts))
    work.attach(f"{args['title']}.zip", moving.ZIP, out.getvalue())
    with work.finish() as session:
        _note(session, work, "questions.print", count=len(drafts), codes=len(codes))


def _gathered(work: Work) -> tuple[list[Stored], dict[str, bytes]]:
    """Load the newest versions of the questions a list shows, and their pictures."""
    with work.reading() as session:
        ids = _ids(session, work.args)
        if not ids:
            raise Invalid(NO_QUESTIONS)
        stored: list[Stored] = []
        for at in range(0, len(ids), READ_AT_ONCE):
            work.progress(at, len(ids), GATHERING)
            stored += drafting.newest(session, ids[at : at + READ_AT_ONCE])
        return stored, drafting.pictures(session, stored)


def _ids(session: Session, args: Mapping[str, Any]) -> list[int]:
    """Return the ids of the questions a list shows, in the order it shows them."""
    found: list[int] = []
    page = 1
    while True:
        rows = searching.search(
            session,
            moving.filters_from_json(args["filters"]),
            bank_ids=args["banks"],
            sort=searching.Sort(args["sort"]),
            page=page,
            per_page=LISTED_AT_ONCE,
        ).rows
        found += [row.question_id for row in rows]
        if len(rows) < LISTED_AT_ONCE:
            return found
        page += 1


def _note(session: Session, work: Work, act: str, **facts: Any) -> None:
    codes = _codes(session, work.args["banks"])
    subject = f"bank:{codes[0]}" if len(codes) == 1 else "banks"
    owners = set(session.scalars(select(Bank.unit_id).where(Bank.code.in_(codes))))
    unit_id = owners.pop() if len(owners) == 1 else None
    audit.record(session, act, subject, by=work.by, now=work.now(), unit_id=unit_id, **facts)


def _codes(session: Session, bank_ids: Sequence[int]) -> list[str]:
    return list(session.scalars(select(Bank.code).where(Bank.id.in_(bank_ids))))
