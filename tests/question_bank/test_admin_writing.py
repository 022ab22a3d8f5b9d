"""Writing questions at the desk: every kind there and back, rows, refusals, two tabs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pytest
from factories.bank import PLAIN, put, question_of
from factories.desks import make_desk, text_of
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from contest.core.audit import AuditEntry
from question_bank import drafting, queries
from question_bank.formats.reading import Feedback, Parallel
from question_bank.forms import filling
from question_bank.models import Question, QuestionState, QuestionVersion
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import (
    MatchingKey,
    NumberKey,
    NumberRange,
    OneKey,
    OrderingKey,
    SeveralKey,
    TrueFalseKey,
)

WHOLE = replace(
    PLAIN,
    code="day-du",
    valid_until=date(2027, 12, 31),
    name="Nút nguồn",
    category="Thiết bị/Máy tính",
    tags=("cơ bản", "máy, tính"),
    feedback=Feedback(("Đúng rồi", "Nút này chỉnh tiếng"), "Giỏi", "Gần đúng", "Xem lại"),
    parallel={"hmn": Parallel("Lub khawm twg?", ("A", "B"), (), "Vim li ntawd")},
)
DRAFTS = {
    "one": WHOLE,
    "weights": replace(
        WHOLE,
        key=OneKey(0, 3, (Fraction(1), Fraction(1, 3), Fraction(-1, 3))),
        options=("A", "B", "C"),
        feedback=Feedback(),
        parallel={},
    ),
    "several": replace(
        PLAIN,
        type=QuestionType.SEVERAL,
        options=("A", "B", "C"),
        key=SeveralKey(frozenset({0, 2}), 3),
    ),
    "several-weights": replace(
        PLAIN,
        type=QuestionType.SEVERAL,
        options=("A", "B", "C"),
        key=SeveralKey(frozenset({0, 2}), 3, (Fraction(2, 3), Fraction(0), Fraction(1, 3))),
    ),
    "true_false": replace(
        PLAIN,
        type=QuestionType.TRUE_FALSE,
        options=(),
        key=TrueFalseKey(right=False),
        feedback=Feedback(("Không phải", "Đúng thế")),
    ),
    "ordering": replace(
        PLAIN, type=QuestionType.ORDERING, options=("Một\nhai", "Ba"), key=OrderingKey(2)
    ),
    "matching": replace(
        PLAIN,
        type=QuestionType.MATCHING,
        options=("x", "y", "z"),
        rights=("a", "b", "c"),
        key=MatchingKey((0, 1, 0), 3),
        parallel={"en": Parallel(rights=("A", "B", "C"))},
    ),
    "number": replace(
        PLAIN,
        type=QuestionType.NUMBER,
        options=(),
        number_unit="kg",
        key=NumberKey(
            Decimal("12.5"),
            Decimal("0.5"),
            (NumberRange(Decimal(13), Decimal(1), Fraction(1, 3)),),
        ),
    ),
    "html": replace(PLAIN, text="Nút <b>nào</b>?", is_html=True),
}


class Typed(MultiDict):
    """What was typed; `typed | {…}` types over it."""

    def __or__(self, other):
        found = Typed(self)
        for name, value in other.items():
            found.setlist(name, [value])
        return found


def sent(draft, no=0):
    """What a browser sends of the form that shows a draft."""
    fields = []
    for name, value in filling.filled(draft, no=no).items():
        fields += _flat(name, value)
    return Typed([(name, value) for name, value in fields if name != "code"])


def _flat(name, value):
    if value is True:
        return [(name, "y")]
    if value is False or value is None:
        return []
    if isinstance(value, dict):
        return [each for key, one in value.items() for each in _flat(f"{name}-{key}", one)]
    if isinstance(value, list) and name != "audiences":
        return [each for at, one in enumerate(value) for each in _flat(f"{name}-{at}", one)]
    return [(name, one) for one in value] if isinstance(value, list) else [(name, value)]


@pytest.fixture
def desk(session):
    return make_desk(session)


@pytest.fixture
def author(client, desk, sign_in):
    sign_in(client, desk.author)
    return client


def newest(session, code):
    session.rollback()  # what other sessions wrote since
    question = question_of(session, code)
    found = drafting.version(session, question.id, question.draft_no or question.version_no)
    session.rollback()  # keeps no writer waiting
    return found


@pytest.mark.parametrize("kind", DRAFTS)
def test_what_the_form_shows_is_what_it_stores(author, session, kind):
    draft = DRAFTS[kind]

    answer = author.post(
        f"/banks/cua-xa/new/{draft.type.value}", data=sent(draft) | {"code": draft.code}
    )

    assert (answer.status_code, answer.location) == (
        303,
        f"/banks/cua-xa/q/{draft.code}?saved=1",
    )
    stored = newest(session, draft.code)
    assert stored.draft == replace(draft, category="")
    assert (stored.no, stored.state) == (1, QuestionState.DRAFT)


@pytest.mark.parametrize("kind", DRAFTS)
def test_saving_what_was_not_touched_writes_nothing(author, session, desk, kind):
    put(session, DRAFTS[kind], bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    session.commit()
    code = DRAFTS[kind].code

    answer = author.post(f"/banks/cua-xa/q/{code}/edit", data=sent(DRAFTS[kind], no=1))

    assert answer.status_code == 303
    assert session.scalar(select(func.count()).select_from(QuestionVersion)) == 1
    assert newest(session, code).draft == DRAFTS[kind]


def test_a_matching_with_its_rights_in_another_order_stays_itself():
    mixed = replace(
        DRAFTS["matching"],
        rights=("c", "a", "b"),
        key=MatchingKey((1, 2, 1), 3),
        parallel={"en": Parallel(rights=("C", "A", "B"))},
    )

    assert filling.in_row_order(mixed) == DRAFTS["matching"]


def test_an_edit_is_the_next_version_with_its_author(author, session, desk):
    put(session, PLAIN, bank=desk.bank)
    session.commit()

    answer = author.post(
        "/banks/cua-xa/q/devices-001/edit",
        data=sent(replace(PLAIN, text="Nút nào tắt máy?"), no=1),
    )

    assert answer.status_code == 303
    stored = newest(session, "devices-001")
    assert (stored.no, stored.draft.text) == (2, "Nút nào tắt máy?")
    assert (stored.state, stored.author) == (QuestionState.DRAFT, "Lò Thị Mai")
    assert question_of(session, "devices-001").version_no == 1
    acts = session.scalars(select(AuditEntry.act).where(AuditEntry.by == desk.author.id))
    assert list(acts) == ["questions.edit"]


def test_a_question_can_go_to_review_at_once(author, session):
    answer = author.post(
        "/banks/cua-xa/new/one", data=sent(PLAIN) | {"code": "moi", "do": "submit"}
    )

    assert answer.status_code == 303
    assert newest(session, "moi").state == QuestionState.IN_REVIEW


def test_a_code_is_made_when_none_is_typed(author, session):
    author.post("/banks/cua-xa/new/one", data=sent(PLAIN))

    code = session.scalars(select(Question.code)).one()
    assert (code[:2], len(code)) == ("q-", 10)


ADDED = ("options-4-text", "right-4")


def test_a_button_adds_a_row_and_keeps_what_was_typed(author, session):
    page = author.get("/banks/cua-xa/new/one").get_data(as_text=True)
    assert [f'id="{name}"' in page for name in ADDED] == [False, False]

    answer = author.post("/banks/cua-xa/new/one", data=sent(WHOLE) | {"do": "add", "right": "1"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert '<textarea class="input bank-area" id="options-2-text"' in page
    assert 'id="right-1" name="right" value="1" checked' in page
    assert "Lub khawm twg?" in page
    assert 'id="parallels-0-options-2"' in page
    assert session.scalar(select(func.count()).select_from(Question)) == 0


def rows(*texts):
    return {
        "options": [{"text": text} for text in texts],
        "right": "2",
        "ranges": [],
        "parallels": [{"options": list(texts)}],
    }


@pytest.mark.parametrize(
    ("act", "texts", "right"),
    [
        ("up-2", ["a", "c", "b"], "1"),
        ("up-0", ["a", "b", "c"], "2"),
        ("up-9", ["a", "b", "c"], "2"),
        ("remove-0", ["b", "c"], "1"),
        ("remove-2", ["a", "b"], ""),
        ("add", ["a", "b", "c", None], "2"),
        ("nonsense", ["a", "b", "c"], "2"),
    ],
)
def test_rows_move_with_their_key_and_their_translations(act, texts, right):
    typed = filling.acted(rows("a", "b", "c"), act, QuestionType.ONE)

    assert [row.get("text") for row in typed["options"]] == texts
    assert typed["right"] == right
    assert typed["parallels"][0]["options"] == [text or "" for text in texts]


def test_what_is_wrong_is_said_beside_its_field(author, session):
    bad = sent(PLAIN) | {"valid_until": "31/02/2027", "text": ""}

    answer = author.post("/banks/cua-xa/new/one", data=bad)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert '<a href="#valid_until">Hãy viết ngày như 31/12/2027' in page
    answer = author.post("/banks/cua-xa/new/one", data=bad | {"valid_until": ""})
    assert '<a href="#text">Thiếu mục “Nội dung câu hỏi”.</a>' in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Question)) == 0


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("one", {"right": ""}, "Hãy đánh dấu phương án đúng."),
        ("one", {"right": "7"}, "Hãy đánh dấu phương án đúng."),
        ("one", {"options-0-weight": "x"}, "Trọng số “x” không phải là một số phần trăm"),
        ("one", {"options-1-text": "Nguồn"}, "Mục “Phương án” có phần bị lặp lại: “Nguồn”."),
        ("one", {"topic": "la"}, "Chủ đề “la” chưa có trong hệ thống."),
        ("number", {"value": "mười"}, "Hãy gõ một số, ví dụ 12 hoặc 3,5."),
        ("number", {"ranges-0-share": "0"}, "Phần điểm của một khoảng số phải lớn hơn 0%"),
        ("true_false", {"truth": ""}, "Hãy đánh dấu phương án đúng."),
    ],
)
def test_each_refusal_in_words(author, session, kind, change, said):
    draft = DRAFTS[kind]
    data = sent(draft) | {"code": draft.code} | change

    answer = author.post(f"/banks/cua-xa/new/{draft.type.value}", data=data)

    assert answer.status_code == 422
    assert said in text_of(answer)
    assert session.scalar(select(func.count()).select_from(Question)) == 0


def test_a_code_that_is_taken_is_refused(author, session, desk):
    put(session, PLAIN, bank=desk.bank)
    session.commit()

    answer = author.post("/banks/cua-xa/new/one", data=sent(PLAIN) | {"code": "devices-001"})

    assert answer.status_code == 422
    assert "Mã “devices-001” đã dùng cho một câu hỏi khác" in text_of(answer)


def test_a_stale_save_shows_both_texts_and_then_may_be_made(author, session, desk):
    put(session, PLAIN, bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    session.commit()
    theirs = sent(replace(PLAIN, text="Bản của người khác"), no=1)
    assert author.post("/banks/cua-xa/q/devices-001/edit", data=theirs).status_code == 303
    mine = sent(replace(PLAIN, text="Bản của tôi"), no=1)

    answer = author.post("/banks/cua-xa/q/devices-001/edit", data=mine)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Bản của <del>người khác</del><ins>tôi</ins></dd>" in page
    assert newest(session, "devices-001").draft.text == "Bản của người khác"
    again = author.post("/banks/cua-xa/q/devices-001/edit", data=mine | {"version": "2"})
    assert again.status_code == 303
    assert newest(session, "devices-001").draft.text == "Bản của tôi"


def picture(size=(9, 6)):
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


def test_a_picture_comes_stays_and_goes(author, session):
    data = sent(PLAIN) | {"code": "co-hinh", "picture_alt": "Cái nút"}
    data["picture"] = (BytesIO(picture()), "nut.png")
    assert author.post("/banks/cua-xa/new/one", data=data).status_code == 303
    first = newest(session, "co-hinh")
    assert (first.picture.width, first.picture.alt) == (9, "Cái nút")
    kept = sent(replace(first.draft, text="Đổi lời"), no=1)
    author.post("/banks/cua-xa/q/co-hinh/edit", data=kept)
    assert newest(session, "co-hinh").picture == first.picture
    author.post(
        "/banks/cua-xa/q/co-hinh/edit",
        data=sent(replace(first.draft, text="Đổi lời"), no=2) | {"drops_picture": "y"},
    )
    assert newest(session, "co-hinh").picture is None


def test_what_is_no_picture_is_refused(author):
    data = sent(PLAIN)
    data["picture"] = (BytesIO(b"<svg/>"), "x.svg")

    answer = author.post("/banks/cua-xa/new/one", data=data)

    assert answer.status_code == 422
    assert "Không đọc được hình." in text_of(answer)


def test_marks_are_taken_off_when_plain_text_is_wanted(author, session, desk):
    put(session, DRAFTS["html"], bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    session.commit()
    data = sent(DRAFTS["html"], no=1)
    del data["is_html"]

    author.post("/banks/cua-xa/q/devices-001/edit", data=data)

    stored = newest(session, "devices-001").draft
    assert (stored.text, stored.is_html) == ("Nút nào?", False)


def test_a_script_hears_of_near_duplicates(author, session, desk):
    put(session, PLAIN, bank=desk.bank)
    session.commit()
    texts = ["Nút nào để mở nguồn?", "Nguồn", "Âm lượng"]

    def ask(**facts):
        return author.post("/banks/cua-xa/alike", json={"texts": texts, **facts}).json

    assert ask() == {
        "alike": [
            {
                "address": "/banks/cua-xa/q/devices-001",
                "code": "devices-001",
                "percent": 100,
                "text": "Nút nào để mở nguồn?",
            }
        ]
    }
    assert ask(code="devices-001") == {"alike": []}
    for nonsense in ([], {"texts": "x"}, {"texts": [1]}, {"texts": []}, None):
        answer = author.post("/banks/cua-xa/alike", json=nonsense)
        assert answer.json == {"alike": []}, json.dumps(nonsense)


def test_a_recording_is_the_next_version(author, session, desk):
    put(session, PLAIN, bank=desk.bank, as_state=QuestionState.DRAFT, by=desk.author.id)
    session.commit()
    queries.forget()
    sound = b"OggS\x00" + bytes(64)

    answer = author.post(
        "/banks/cua-xa/q/devices-001/recordings",
        data={"version": "1", "language": "vi", "recording": (BytesIO(sound), "x.ogg")},
    )

    assert answer.status_code == 303
    stored = newest(session, "devices-001")
    assert (stored.no, stored.recordings["vi"].media_type) == (2, "audio/ogg")
    assert "<audio" in author.get("/banks/cua-xa/q/devices-001").get_data(as_text=True)
