"""The bank filled from files: versions, pictures, topics, counts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from contest.audiences.models import Audience
from contest.core.audit import AuditEntry
from contest.errors import Conflict, Invalid, NotFound, Problem
from question_bank import queries, service
from question_bank.formats.reading import (
    LEFT_OUT,
    DraftQuestion,
    FoundProblem,
    Parallel,
    Reading,
)
from question_bank.models import Picture, Question, QuestionState, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import NumberKey, OneKey

NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
TOPICS = (
    {"code": "devices", "name": "Thiết bị", "name_en": "Devices"},
    {"code": "scams", "name": "Lừa đảo", "name_en": "Scams"},
)
PLAIN = DraftQuestion(
    code="devices-001",
    type=QuestionType.ONE,
    topic="devices",
    difficulty=1,
    audiences=("everybody",),
    text="Nút nào?",
    options=("Nguồn", "Âm lượng"),
    rights=(),
    key=OneKey(0, 2),
    explanation="Vì thế.",
    source="Sổ tay",
)


@pytest.fixture
def bank(session):
    queries.forget()
    service.load_topics(session, TOPICS)
    elderly = Audience(
        code="elderly",
        name="Người cao tuổi",
        name_en="Elderly",
        description="",
        description_en="",
        position=1,
        rules={},
    )
    session.add(elderly)
    session.flush()
    return session


def load(session, *drafts, pictures=None, problems=()):
    reading = Reading(drafts, tuple(problems))
    return service.import_questions(session, reading, pictures or {}, by=None, now=NOW)


def rows(session, table):
    return session.scalars(
        select(table).order_by(table.id).execution_options(populate_existing=True)
    ).all()


def picture(kind="PNG", size=(60, 40), **options):
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def test_topics_are_added_then_renamed_and_keep_their_ids(bank):
    before = [(one.id, one.code, one.position) for one in queries.topics(bank)]
    bank.expire_all()

    service.load_topics(bank, [TOPICS[1] | {"name": "Tránh lừa đảo"}, TOPICS[0]])

    after = [(one.id, one.code, one.position, one.name) for one in queries.topics(bank)]
    assert [row[1:] for row in before] == [("devices", 1), ("scams", 2)]
    assert after == [
        (before[1][0], "scams", 1, "Tránh lừa đảo"),
        (before[0][0], "devices", 2, "Thiết bị"),
    ]


def test_no_topics_change_nothing(bank):
    service.load_topics(bank, [])

    assert len(queries.topics(bank)) == 2


def test_a_new_question_is_published_with_everything_it_says(bank):
    draft = replace(
        PLAIN,
        type=QuestionType.NUMBER,
        options=(),
        key=NumberKey(Decimal(8), Decimal("0.5")),
        number_unit="km",
        valid_until=date(2027, 12, 31),
        parallel={"en": Parallel("How far?")},
    )

    report = load(bank, draft)

    (question,) = rows(bank, Question)
    (version,) = rows(bank, QuestionVersion)
    assert report == service.ImportReport(1, 0, 0, ())
    assert (question.code, question.state, question.version_no) == ("devices-001", "published", 1)
    assert (question.exposure, question.answered, question.right) == (0, 0, 0)
    assert (version.question_id, version.no, version.created_at) == (question.id, 1, NOW)
    assert version.key == {"value": "8", "tolerance": "0.5"}
    assert (version.number_unit, version.valid_until) == ("km", date(2027, 12, 31))
    assert version.parallel == {
        "en": {"text": "How far?", "options": [], "rights": [], "explanation": ""}
    }


def test_the_same_file_again_changes_nothing(bank):
    load(bank, PLAIN, replace(PLAIN, code="b"))

    assert load(bank, PLAIN, replace(PLAIN, code="b")) == service.ImportReport(0, 0, 2, ())
    assert len(rows(bank, QuestionVersion)) == 2
    assert [entry.facts for entry in rows(bank, AuditEntry)] == [{"added": 2, "changed": 0}]


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "scams"},
        {"difficulty": 2},
        {"audiences": ("elderly",)},
        {"text": "Nút gì?"},
        {"options": ("Nguồn", "Loa")},
        {"key": OneKey(1, 2)},
        {"explanation": "Khác."},
        {"source": "Khác"},
        {"valid_until": date(2027, 1, 1)},
        {"picture_alt": "Hình"},
        {"parallel": {"en": Parallel("Which?")}},
    ],
)
def test_changed_content_is_the_next_version_and_the_old_one_stays(bank, change):
    load(bank, PLAIN)

    report = load(bank, replace(PLAIN, **change))

    first, second = rows(bank, QuestionVersion)
    assert report == service.ImportReport(0, 1, 0, ())
    assert (first.no, second.no, first.question_id) == (1, 2, second.question_id)
    assert first.text == PLAIN.text
    assert [one.version_no for one in rows(bank, Question)] == [2]


def test_content_that_comes_back_is_a_version_again(bank):
    for text in ("a", "b", "a"):
        load(bank, replace(PLAIN, text=text))

    assert [one.text for one in rows(bank, QuestionVersion)] == ["a", "b", "a"]


def test_good_questions_go_in_and_bad_ones_are_reported(bank):
    in_file = FoundProblem("question 9", Problem("Thiếu mục “text”."), LEFT_OUT)

    report = load(
        bank,
        PLAIN,
        replace(PLAIN, code="a", topic="cooking"),
        replace(PLAIN, code="b", audiences=("elderly", "fish")),
        replace(PLAIN, code="c", picture="qr.png", picture_alt="Mã"),
        replace(PLAIN, code="d", picture="bad.png", picture_alt="Mã"),
        pictures={"bad.png": b"<svg/>"},
        problems=[in_file],
    )

    assert (report.added, report.changed, report.unchanged) == (1, 0, 0)
    assert [(one.place, str(one.what), one.done) for one in report.problems] == [
        ("question 9", "Thiếu mục “text”.", LEFT_OUT),
        ("question (a)", "Chủ đề “cooking” chưa có trong hệ thống.", LEFT_OUT),
        ("question (b)", "Đối tượng “fish” chưa có trong hệ thống.", LEFT_OUT),
        ("question (c)", "Thiếu tệp hình “qr.png”.", LEFT_OUT),
        (
            "question (d)",
            "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.",
            LEFT_OUT,
        ),
    ]
    assert [one.code for one in rows(bank, Question)] == ["devices-001"]


def test_a_picture_is_kept_once_and_a_new_one_is_a_new_version(bank):
    with_picture = [
        replace(PLAIN, code=code, picture="qr.png", picture_alt="Mã QR") for code in "ab"
    ]
    load(bank, *with_picture, pictures={"qr.png": picture()})

    same = load(bank, *with_picture, pictures={"qr.png": picture()})
    other = load(bank, *with_picture, pictures={"qr.png": picture(size=(61, 40))})

    assert (same.unchanged, other.changed) == (2, 2)
    small, large = rows(bank, Picture)
    assert [one.picture_id for one in rows(bank, QuestionVersion)] == [
        *(small.id, small.id),
        *(large.id, large.id),
    ]


@pytest.mark.parametrize("count", [1, 240])
def test_any_number_of_questions_takes_a_handful_of_statements(bank, count_statements, count):
    drafts = [replace(PLAIN, code=f"q-{number}") for number in range(count)]
    later = [replace(draft, text="Khác?") for draft in drafts]

    with count_statements() as first:
        load(bank, *drafts)
    with count_statements() as again:
        load(bank, *drafts)
    with count_statements() as changed:
        load(bank, *later)

    assert (len(first), len(again), len(changed)) == (6, 3, 6)


def test_two_people_importing_at_once_is_a_conflict(bank, monkeypatch):
    load(bank, PLAIN)
    monkeypatch.setattr(queries, "newest", lambda _session, _codes: {})

    with pytest.raises(Conflict):
        load(bank, PLAIN)

    assert len(rows(bank, Question)) == 1


def test_a_retired_question_stays_retired_until_it_is_published(bank):
    load(bank, PLAIN)
    service.retire(bank, "devices-001", by=None, now=NOW)
    service.retire(bank, "devices-001", by=None, now=NOW)

    load(bank, replace(PLAIN, text="Khác?"))
    states = [one.state for one in rows(bank, Question)]
    service.publish(bank, "devices-001", by=None, now=NOW)

    assert states == [QuestionState.RETIRED]
    assert [one.state for one in rows(bank, Question)] == [QuestionState.PUBLISHED]
    assert [entry.act for entry in rows(bank, AuditEntry)] == [
        "questions.import",
        "questions.retired",
        "questions.import",
        "questions.published",
    ]


def test_retiring_what_is_not_there_is_not_found(bank):
    with pytest.raises(NotFound):
        service.retire(bank, "devices-001", by=None, now=NOW)


@pytest.mark.parametrize("papers", [1, 3])
def test_papers_are_counted_over_all_versions_of_a_question(bank, count_statements, papers):
    load(bank, PLAIN, *(replace(PLAIN, code=f"q-{number}") for number in range(papers)))
    load(bank, replace(PLAIN, text="Khác?"))
    *versions, newest = [one.id for one in rows(bank, QuestionVersion)]
    drawn = dict.fromkeys(versions, 2) | {newest: 5}

    with count_statements() as counted:
        service.count_papers(bank, drawn, {versions[0]: (2, 1), newest: (4, 3)})
    service.count_papers(bank, {}, {newest: (1, 1)})

    first, *others = rows(bank, Question)
    assert len(counted) == 2
    assert (first.exposure, first.answered, first.right) == (7, 7, 5)
    assert {(one.exposure, one.answered, one.right) for one in others} == {(2, 0, 0)}


def test_counting_nothing_writes_nothing(bank, count_statements):
    with count_statements() as counted:
        service.count_papers(bank, {}, {})

    assert len(counted) == 0


# Pictures


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_kind_of_picture_becomes_webp(bank, kind):
    kept = service.add_picture(bank, picture(kind))

    with Image.open(BytesIO(kept.data)) as seen:
        assert (seen.format, seen.size) == ("WEBP", (60, 40))
    assert (kept.media_type, kept.width, kept.height) == ("image/webp", 60, 40)


def test_the_same_picture_is_one_row(bank):
    assert service.add_picture(bank, picture()).id == service.add_picture(bank, picture()).id
    assert len(rows(bank, Picture)) == 1


def test_a_large_picture_is_made_smaller(bank):
    kept = service.add_picture(bank, picture(size=(2560, 100)))

    assert (kept.width, kept.height) == (1280, 50)


def test_metadata_is_dropped_after_the_picture_is_turned_upright(bank):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    exif[0x010E] = "nhà tôi"

    kept = service.add_picture(bank, picture("JPEG", exif=exif, comment=b"secret"))

    with Image.open(BytesIO(kept.data)) as seen:
        assert seen.size == (40, 60)
        assert not {"exif", "xmp", "icc_profile", "comment"} & seen.info.keys()
    assert b"secret" not in kept.data


def test_only_the_first_frame_of_a_moving_picture_is_kept(bank):
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "blue", "green")]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])

    kept = service.add_picture(bank, out.getvalue())

    with Image.open(BytesIO(kept.data)) as seen:
        assert getattr(seen, "n_frames", 1) == 1
        red, green, blue = seen.convert("RGB").getpixel((5, 5))
    assert red > 200
    assert max(green, blue) < 60


def test_what_is_seen_through_stays_so(bank):
    out = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")

    kept = service.add_picture(bank, out.getvalue())

    with Image.open(BytesIO(kept.data)) as seen:
        assert seen.mode == "RGBA"


def bomb(side):
    """A PNG whose header promises side x side points; nothing else is worth reading."""
    out = BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<html><script>alert(1)</script></html>", None),
        (b"GIF89a<script>alert(1)</script>", None),
        (picture()[:-30], None),
        (picture("JPEG", size=(600, 600))[:900], None),
        (picture("BMP"), None),
        (picture("TIFF"), None),
        (bomb(5000), "Hình có quá 20 triệu điểm ảnh."),
        (bomb(10_000), None),
        (bomb(14_000), None),
        (picture() + bytes(2 * 1024 * 1024), "Hình lớn hơn 2 MB."),
    ],
)
def test_a_hostile_picture_is_refused(bank, data, sentence):
    with pytest.raises(Invalid) as refused:
        service.add_picture(bank, data)

    assert sentence in (None, str(refused.value))
    assert rows(bank, Picture) == []
