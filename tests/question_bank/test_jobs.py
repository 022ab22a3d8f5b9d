"""The bank's long work, as the worker does it: reading, taking, files and papers out."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import docx
import pytest
from factories.bank import BARE, PLAIN, put
from factories.desks import make_desk, run_jobs
from PIL import Image
from sqlalchemy import func, select

from contest.core import clock, jobs
from contest.core.audit import AuditEntry
from contest.core.jobs import Job, State
from question_bank import moving, searching
from question_bank.formats import registry
from question_bank.formats.reading import Parallel
from question_bank.importing import Fate
from question_bank.models import Question, QuestionState, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import MatchingKey, NumberKey, OrderingKey

DEFAULTS = {"topic": "devices", "difficulty": 2, "audiences": ["everybody"], "source": ""}
MIXED = """::Câu tốt::Hai cộng hai bằng mấy? {=4 ~5}

::Câu hỏng::Ba cộng ba bằng mấy? {~6 ~7}

::Câu lạ::Hãy kể về làng của bạn. {}
"""


@pytest.fixture
def desk(session):
    return make_desk(session)


@pytest.fixture
def enqueue(app, session, desk):
    """Write a job of the desk's author, do it, and return its row."""

    def do(name, args, data=None, code="viec00000001"):
        if data is not None:
            files = app.extensions["storage"]
            files.put(jobs.source_key(code), BytesIO(data), "text/plain")
        jobs.enqueue(
            *(session, name, args),
            title="Việc",
            subject="x",
            by=desk.author.id,
            now=clock.now(),
            code=code,
            has_source=data is not None,
        )
        session.commit()
        assert run_jobs(app) == 1
        found = session.scalars(
            select(Job).where(Job.code == code).execution_options(populate_existing=True)
        ).one()
        session.commit()
        return found

    return do


def reading(desk, **facts):
    return {"bank": desk.bank.id, "format": "auto", "name": "x", "defaults": DEFAULTS, **facts}


def result(app, job):
    assert job.state == State.DONE, job.error
    with app.extensions["storage"].open(job.result["key"]) as file:
        return file.read()


def count(session):
    return session.scalar(select(func.count()).select_from(Question))


def test_reading_stores_nothing_and_tells_all(app, session, desk, enqueue):
    put(session, replace(PLAIN, code="da-co"), bank=desk.bank)

    job = enqueue("questions.read", reading(desk), MIXED.encode())

    kept = json.loads(result(app, job))
    plan = moving.plan_from_json(kept)
    assert kept["format"] == "gift"
    assert [(one.draft.text, one.fate) for one in plan.questions] == [
        ("Hai cộng hai bằng mấy?", Fate.NEW)
    ]
    assert plan.questions[0].draft.topic == "devices"
    assert [one.place for one in plan.problems] == ["line 3", "line 5"]
    assert count(session) == 1


def test_a_plan_comes_back_from_json(app, session, desk, enqueue):
    put(session, replace(PLAIN, code="da-co"), bank=desk.bank)
    data = registry.write([replace(PLAIN, code="gan-giong"), BARE], "toml")

    plan = moving.plan_from_json(
        json.loads(result(app, enqueue("questions.read", reading(desk, format="toml"), data)))
    )

    assert plan.questions[0].draft.code == "gan-giong"
    assert [one.code for one in plan.questions[0].alike] == ["da-co"]
    assert moving.plan_as_json(moving.plan_from_json(moving.plan_as_json(plan))) == (
        moving.plan_as_json(plan)
    )


def test_taking_stores_the_good_ones_as_drafts_once(app, session, desk, enqueue):
    enqueue("questions.read", reading(desk), MIXED.encode(), code="doc000000001")
    args = reading(desk) | {"source": "doc000000001"}

    first = json.loads(result(app, enqueue("questions.take", args, code="nap000000001")))
    again = json.loads(result(app, enqueue("questions.take", args, code="nap000000002")))

    assert first == {"added": 1, "changed": 0, "left": 0}
    assert again == {"added": 0, "changed": 0, "left": 0}
    row = session.execute(
        select(Question.state, QuestionVersion.state, QuestionVersion.created_by).join(
            QuestionVersion, QuestionVersion.question_id == Question.id
        )
    ).one()
    assert tuple(row) == ("draft", "draft", desk.author.id)


def test_pictures_of_a_file_are_kept_beside_and_stored_when_taken(app, session, desk, enqueue):
    out = BytesIO()
    Image.new("RGB", (9, 6), "teal").save(out, "PNG")
    name = "0123456789abcdef.png"
    draft = replace(PLAIN, picture=name)
    data = registry.write([draft], "moodle_xml", pictures={name: out.getvalue()})

    job = enqueue("questions.read", reading(desk), data, code="doc000000001")

    kept = json.loads(result(app, job))
    assert kept["format"] == "moodle_xml"
    (found,) = kept["pictures"]
    with app.extensions["storage"].open(moving.picture_key(job.code, found)) as file:
        assert Image.open(BytesIO(file.read())).size == (9, 6)
    args = reading(desk) | {"source": "doc000000001"}
    assert json.loads(result(app, enqueue("questions.take", args, code="nap000000001")))["added"]
    assert session.scalars(select(QuestionVersion.picture_id)).one() is not None


def test_five_thousand_questions_are_read(app, desk, enqueue):
    many = [replace(BARE, text=f"Số {at} viết thế nào?") for at in range(5000)]
    data = registry.write(many, "gift")

    job = enqueue("questions.read", reading(desk), data)

    plan = moving.plan_from_json(json.loads(result(app, job)))
    assert plan.count(Fate.NEW) == 5000


@pytest.mark.parametrize(
    ("format_", "name", "expected"),
    [(name, "tep", name) for name in ("xlsx", "docx", "moodle_xml", "qti", "gift", "aiken")]
    + [("csv", "a.csv", "csv"), ("toml", "tep", "toml")],
)
def test_a_file_is_known_by_what_is_in_it(format_, name, expected):
    data = registry.write([PLAIN], format_, pictures={})

    assert moving.kind_of(data, name) == expected


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "x", "gift"),
        (b"PK\x03\x04broken", "de.docx", "docx"),
        (b"PK\x03\x04broken", "de", "qti"),
        (b"\xd0\xcf\x11\xe0old", "de.doc", "docx"),
        (b"\xd0\xcf\x11\xe0old", "de.xls", "xlsx"),
        (b"\xef\xbb\xbf<quiz>", "x.txt", "moodle_xml"),
        (b"<questestinterop/>", "x.txt", "qti"),
    ],
)
def test_a_file_that_is_mute_is_known_by_its_name(data, name, expected):
    assert moving.kind_of(data, name) == expected


def listed(desk, **facts):
    return {"banks": [desk.bank.id], "filters": {}, "sort": "code", "name": "cau-hoi", **facts}


@pytest.mark.parametrize("format_", sorted(moving.FILES))
def test_a_list_becomes_a_file_that_can_be_read(app, session, desk, enqueue, format_):
    drafts = [replace(PLAIN, code=f"cau-{at}", text=f"Câu {at}?") for at in range(3)]
    put(session, *drafts, bank=desk.bank)

    job = enqueue("questions.export", listed(desk, format=format_))

    back = registry.read(result(app, job), format_)
    assert [one.text for one in back.questions] == ["Câu 0?", "Câu 1?", "Câu 2?"]
    assert job.result["name"] == f"cau-hoi.{moving.FILES[format_][0]}"
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.act == "questions.export"))
    assert len(list(acts)) == 1


def test_what_a_format_cannot_hold_is_told_and_left_out(app, session, desk, enqueue):
    ordering = replace(
        PLAIN, code="xep", type=QuestionType.ORDERING, text="Xếp?", key=OrderingKey(2)
    )
    spoken = replace(
        PLAIN, code="noi", text="Nói?", parallel={"hmn": Parallel("Hais?")}, tags=("a",)
    )
    put(session, PLAIN, ordering, spoken, bank=desk.bank)

    job = enqueue("questions.export", listed(desk, format="gift"))

    back = registry.read(result(app, job), "gift")
    assert [one.code for one in back.questions] == ["devices-001", "noi"]
    assert moving.report_of(app.extensions["storage"], job.code) == {
        "count": 2,
        "more": 0,
        "losses": [{"code": "xep", "parts": []}, {"code": "noi", "parts": ["parallel"]}],
    }


def test_nothing_to_write_is_a_plain_refusal(session, desk, enqueue):
    empty = enqueue("questions.export", listed(desk, format="gift"))
    assert (empty.state, empty.error["message"]) == (
        State.FAILED,
        "Không có câu hỏi nào trong danh sách này.",
    )
    ordering = replace(PLAIN, type=QuestionType.ORDERING, key=OrderingKey(2))
    put(session, ordering, bank=desk.bank)
    unheld = enqueue("questions.export", listed(desk, format="gift"), code="viec00000002")
    assert unheld.error["message"] == "Định dạng này không chứa được câu nào trong danh sách."


PAPER = {
    "title": "Thi thử",
    "organizer": "",
    "unit": "",
    "minutes": 15,
    "count": None,
    "codes": 2,
    "first": 101,
    "seed": "tết",
    "has_sheet": True,
}


def test_a_paper_is_printed_with_its_answers_apart_and_again_alike(app, session, desk, enqueue):
    drafts = [
        PLAIN,
        replace(
            PLAIN,
            code="ghep",
            type=QuestionType.MATCHING,
            text="Ghép?",
            options=("x", "y"),
            rights=("a", "b"),
            key=MatchingKey((0, 1), 2),
        ),
        replace(
            PLAIN,
            code="so",
            type=QuestionType.NUMBER,
            text="Mấy?",
            options=(),
            key=NumberKey(Decimal(12)),
        ),
    ]
    put(session, *drafts, bank=desk.bank)

    def texts(code, **facts):
        job = enqueue("questions.print", listed(desk, **PAPER, **facts), code=code)
        with zipfile.ZipFile(BytesIO(result(app, job))) as archive:
            assert archive.namelist() == ["de-thi.docx", "dap-an.docx"]
            found = [docx.Document(BytesIO(archive.read(name))) for name in archive.namelist()]
        return [[one.text for one in each.paragraphs] for each in found]

    paper, key = texts("in0000000001")
    assert [line for line in paper if line.startswith("Mã đề")] == ["Mã đề: 101", "Mã đề: 102"]
    assert [line for line in paper if line.startswith("PHIẾU")] == ["PHIẾU TRẢ LỜI"] * 2
    assert "BẢNG ĐÁP ÁN" in key
    assert "BẢNG ĐÁP ÁN" not in paper
    assert texts("in0000000002") == [paper, key]


def test_a_paper_may_take_some_of_the_list_only(app, session, desk, enqueue):
    put(
        session,
        *(replace(PLAIN, code=f"c{at}", text=f"Câu {at}?") for at in range(9)),
        bank=desk.bank,
    )

    job = enqueue("questions.print", listed(desk, **{**PAPER, "count": 4}))

    with zipfile.ZipFile(BytesIO(result(app, job))) as archive:
        text = "\n".join(
            p.text for p in docx.Document(BytesIO(archive.read("de-thi.docx"))).paragraphs
        )
    assert text.count("Đề gồm 4 câu.") == 2


def test_filters_come_back_from_json():
    filters = searching.Filters(
        text="a",
        difficulty=1,
        state=QuestionState.DRAFT,
        valid_before=clock.now().date(),
        share_least=0.0,
    )

    data = json.loads(json.dumps(moving.filters_as_json(filters)))

    assert moving.filters_from_json(data) == filters
