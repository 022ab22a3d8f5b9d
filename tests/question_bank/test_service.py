"""The bank filled from files: versions, pictures, topics, counts."""

from dataclasses import replace
from io import BytesIO

import pytest
from factories import bank as bank_facts
from factories.bank import TOPICS, load, make_topics, picture, rows
from PIL import Image

from contest.errors import Invalid
from question_bank import queries, service
from question_bank.models import Picture, Question, QuestionVersion

PLAIN = replace(bank_facts.PLAIN, text="Nút nào?")


@pytest.fixture
def bank(session):
    make_topics(session)
    return session


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
