"""Finding questions: by words and facts, and by likeness, in few statements."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories.bank import NOW, PLAIN, make_bank, make_topics, put, question_of
from factories.people import make_account, make_unit
from sqlalchemy import insert, select, update

from question_bank import searching, service, writing
from question_bank.models import Question, QuestionState, QuestionVersion
from question_bank.rules import similarity
from question_bank.searching import Alike, Filters, Sort

DAY = date(2027, 6, 30)


@pytest.fixture
def bank(session):
    make_topics(session)
    return session


def found(session, filters=None, *, bank_ids=None, sort=Sort.CODE, **facts):
    ids = bank_ids or [service.platform_bank(session).id]
    page = searching.search(
        session, filters or Filters(**facts), bank_ids=ids, sort=sort, per_page=10
    )
    return [row.code for row in page.rows]


def many(session):
    put(
        session,
        replace(PLAIN, code="a", text="Mã OTP là gì?", tags=("An toàn", "OTP"), valid_until=DAY),
        replace(PLAIN, code="b", topic="scams", difficulty=2, audiences=("elderly",)),
        replace(PLAIN, code="c", difficulty=3, name="Cuộc gọi lạ", options=("Tắt", "100%")),
        replace(PLAIN, code="d", is_html=True, text="<p>Nước là H<sub>2</sub>O</p>"),
    )
    measured = {"a": (5, 100, 90), "b": (50, 100, 20), "c": (500, 29, 29)}
    for code, (exposure, answered, right) in measured.items():
        session.execute(
            update(Question)
            .where(Question.code == code)
            .values(exposure=exposure, answered=answered, right=right)
        )


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, "abcd"),
        ({"text": "ma otp"}, "a"),
        ({"text": "OTP gì"}, "a"),
        ({"text": "GỌI cuoc"}, "c"),
        ({"text": "100%"}, "c"),
        ({"text": "nguồn"}, "abcd"),
        ({"text": "h2o"}, "d"),
        ({"text": "sub"}, ""),
        ({"text": "an toàn"}, "a"),
        ({"tag": "an toan"}, "a"),
        ({"tag": "toàn"}, ""),
        ({"topic": "scams"}, "b"),
        ({"difficulty": 3}, "c"),
        ({"type": "one"}, "abcd"),
        ({"type": "number"}, ""),
        ({"audience": "elderly"}, "b"),
        ({"audience": "everybody"}, "acd"),
        ({"valid_before": DAY}, "a"),
        ({"valid_before": DAY - timedelta(days=1)}, ""),
        ({"valid_after": DAY + timedelta(days=1)}, "bcd"),
        ({"valid_after": DAY}, "abcd"),
        ({"exposure_least": 50}, "bc"),
        ({"exposure_most": 50}, "abd"),
        ({"share_least": 0.5}, "a"),
        ({"share_most": 0.5}, "b"),
        ({"state": QuestionState.PUBLISHED}, "abcd"),
        ({"text": "nguồn", "share_most": 0.5, "difficulty": 2}, "b"),
    ],
)
def test_each_filter_finds_what_fits(bank, facts, codes):
    many(bank)

    assert found(bank, **facts) == list(codes)


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        (Sort.CODE, "abcd"),
        (Sort.NEWEST, "abcd"),
        (Sort.MOST_USED, "cbad"),
        (Sort.HARDEST, "bacd"),
        (Sort.EXPIRING, "abcd"),
    ],
)
def test_each_order_has_its_first(bank, sort, codes):
    many(bank)

    assert found(bank, sort=sort) == list(codes)


def test_states_are_those_of_the_newest_version(bank):
    many(bank)
    facts = {"by": None, "now": NOW}
    ids = {code: question_of(bank, code).id for code in "abc"}
    for code in "ab":
        edited = replace(PLAIN, code=code, text="Bản mới?")
        service.edit(bank, ids[code], edited, based_on=1, **facts)
    service.submit(bank, ids["b"], no=2, **facts)
    service.retire(bank, ids["c"], **facts)

    assert {state: found(bank, state=state) for state in QuestionState} == {
        QuestionState.DRAFT: ["a"],
        QuestionState.IN_REVIEW: ["b"],
        QuestionState.PUBLISHED: ["d"],
        QuestionState.RETIRED: ["c"],
    }
    assert found(bank, text="ban moi") == ["a", "b"]


def test_a_row_says_what_a_list_shows(bank):
    author = make_account(bank, name="Lê An")
    commune = make_bank(bank, make_unit(bank), "xa")
    draft = replace(PLAIN, is_html=True, text="<p>Nút <b>nào</b>?</p>", tags=("nút",), name="Nút")
    put(bank, draft, bank=commune, as_state=QuestionState.DRAFT, by=author.id)

    page = searching.search(bank, Filters(), bank_ids=[commune.id])

    assert page.total == 1
    assert page.rows == (
        searching.FoundQuestion(
            question_id=question_of(bank, PLAIN.code).id,
            bank="xa",
            code="devices-001",
            state=QuestionState.DRAFT,
            version_state=QuestionState.DRAFT,
            no=1,
            drawn_no=0,
            type="one",
            topic="devices",
            difficulty=1,
            audiences=("everybody",),
            text="Nút nào?",
            name="Nút",
            tags=("nút",),
            valid_until=None,
            exposure=0,
            answered=0,
            share=None,
            created_at=NOW,
            author="Lê An",
        ),
    )


def test_pages_follow_each_other_and_other_banks_stay_out(bank):
    commune = make_bank(bank, make_unit(bank), "xa")
    put(bank, *(replace(PLAIN, code=f"q-{at:02}") for at in range(25)))
    put(bank, replace(PLAIN, code="r"), bank=commune)
    ids = [service.platform_bank(bank).id]

    pages = [
        searching.search(bank, Filters(), bank_ids=ids, page=page, per_page=10)
        for page in (1, 2, 3, 4)
    ]

    assert [page.total for page in pages] == [25, 25, 25, 25]
    assert [row.code for page in pages for row in page.rows] == [f"q-{at:02}" for at in range(25)]


# Ten thousand


def fill(session, count):
    """Add `count` questions of different words, by plain statements."""
    put(session, replace(PLAIN, code="seed"))
    seed = (
        session.execute(select(QuestionVersion.__table__).where(QuestionVersion.no == 1))
        .mappings()
        .one()
    )
    bank_id = service.platform_bank(session).id
    new = [
        {"bank_id": bank_id, "code": f"n-{at}", "state": "published", "version_no": 1}
        for at in range(count)
    ]
    made = session.execute(insert(Question).returning(Question.code, Question.id), new)
    ids = {row.code: row.id for row in made}
    words = [
        f"chữ{at % 97} câu{at} việc{at * 7} nơi{at * 13} người{at * 3} nào" for at in range(count)
    ]
    drafts = [replace(PLAIN, text=text, options=(text[::-1], "Không")) for text in words]
    rows = [
        dict(seed)
        | {"id": None, "question_id": ids[f"n-{at}"], "text": draft.text}
        | {"options": list(draft.options), "digest": f"{at:064d}"}
        | writing.search_columns(draft, f"n-{at}")
        for at, draft in enumerate(drafts)
    ]
    for row in rows:
        del row["id"]
    session.execute(insert(QuestionVersion.__table__), rows)
    return drafts


@pytest.mark.parametrize("count", [10, 10_000])
def test_searching_and_likeness_take_two_statements_each(bank, count_statements, count):
    drafts = fill(bank, count)
    ids = [service.platform_bank(bank).id]
    wanted = replace(drafts[7], text=drafts[7].text + " nhỉ")
    shingles = similarity.shingles((wanted.text, *wanted.options))

    with count_statements() as searched:
        page = searching.search(bank, Filters(text="viec49"), bank_ids=ids)
    with count_statements() as compared:
        (close,) = searching.alike(bank, [shingles], bank_ids=ids)

    assert page.rows[0].code == "n-7"
    assert close[0].code == "n-7"
    assert close[0].likeness >= similarity.ALIKE
    assert (len(searched), len(compared)) == (2, 2)


def test_the_likest_come_first_and_other_banks_stay_out(bank):
    commune = make_bank(bank, make_unit(bank), "xa")
    words = "Khi nhận tin nhắn lạ có đường dẫn bạn nên làm gì trước tiên"
    put(
        bank,
        replace(PLAIN, code="near", text=words + " nhỉ"),
        replace(PLAIN, code="same", text=words),
    )
    put(bank, replace(PLAIN, code="far", text="Ví điện tử dùng để làm gì"))
    put(bank, replace(PLAIN, code="there", text=words), bank=commune)
    shingles = similarity.shingles((words, *PLAIN.options))

    (close,) = searching.alike(bank, [shingles], bank_ids=[service.platform_bank(bank).id])

    assert [one.code for one in close] == ["same", "near"]
    assert close[0] == Alike(question_of(bank, "same").id, "same", 1.0)
    assert searching.alike(bank, [], bank_ids=[commune.id]) == []
