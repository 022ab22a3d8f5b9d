"""Every door of a round, knocked on wrongly: a right status, a plain sentence, nothing written."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from factories.attempts import (
    DAY,
    EVERY_KIND,
    MINUTE,
    add_person,
    add_round,
    begin,
    make_stage,
    many,
    seq,
    sign_in,
    stored,
)
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from contest.attempts import service
from contest.attempts.models import Attempt
from contest.core import clock, db

NOT_MINE = "Không tìm thấy lượt thi này, hoặc lượt thi không phải của bạn."
NO_ROUND = "Không tìm thấy đợt thi này trong cuộc thi."
BAD_JSON = "Dữ liệu gửi lên không đúng mẫu. Hãy tải lại trang làm bài."
TOO_LARGE = "Nội dung gửi lên quá lớn. Bạn hãy rút gọn rồi gửi lại."
WRONG_WAY = "Trang này không nhận cách gửi đó. Bạn hãy quay lại và dùng nút trên trang."
SIGN_IN_AGAIN = "Bạn cần đăng nhập lại. Các câu đã chọn vẫn được giữ trên máy này."
GONE = "Bài này đã được nộp nên không nhận thêm câu trả lời."

READS = ("", "/hand-in", "/result")
WRITES = ("/answers", "/save", "/take-over", "/hand-in")
NUL = ("%00", "a%00b")
ODD_CODES = [
    *("khong-co", "đề thi số 1", "x" * 300, *NUL, "%ff%fe", "..", "' or 1=1 --", "🙂"),
]


@dataclass
class Site:
    """A running round, one person's browser, somebody else's, and a stranger's."""

    app: Flask
    stage: object
    code: str  # the person's open attempt
    attempt_id: int
    me: FlaskClient
    other: FlaskClient
    stranger: FlaskClient

    def answers(self):
        with db.reading_session() as session:
            return {no: value for no, (value, _) in stored(session, self.attempt_id).items()}

    def attempt(self):
        with db.reading_session() as session:
            return session.get_one(Attempt, self.attempt_id)

    def end(self):
        """Move the attempt an hour back: it is long over."""
        back = {"started_at": clock.now() - 60 * MINUTE, "deadline": clock.now() - 45 * MINUTE}
        with db.transaction() as session:
            session.execute(update(Attempt).values(**back))

    def post_answers(self, *rows, client=None, **facts):
        rows = [{"no": no, "value": value, "seq": number} for no, value, number in rows]
        return (client or self.me).post(
            f"/attempts/{self.code}/answers", **{"json": {"answers": rows}, **facts}
        )


def browser(app, account_id=None, code=None):
    client = app.test_client()
    client.set_cookie("device", f"a browser of account {account_id}")
    if code is not None:
        with client.session_transaction() as kept:
            kept["account"], kept["_user_id"], kept["_fresh"] = account_id, code, True
    return client


@pytest.fixture
def open_site(app):
    def build(**facts) -> Site:
        with db.transaction() as session:
            stage = make_stage(
                session,
                people=2,
                **{
                    "opens_at": clock.now() - DAY,
                    "closes_at": clock.now() + DAY,
                    "shuffles_options": False,
                    **facts,
                },
            )
            codes = [sign_in(session, person) for person in stage.people]
        me, other = (
            browser(app, person, code) for person, code in zip(stage.people, codes, strict=True)
        )
        started = me.post(f"/attempts/rounds/{stage.contest}/{stage.round}/start")
        assert started.status_code == 303
        with db.reading_session() as session:
            attempt = session.scalars(select(Attempt)).one()
        return Site(app, stage, attempt.code, attempt.id, me, other, browser(app))

    return build


@pytest.fixture
def site(open_site):
    return open_site(drafts=many(3), guess_text="Bao nhiêu người?")


def said(response):
    """The sentence of an answer, from its JSON or, with the tags around it, from its page."""
    if response.is_json:
        return response.get_json()["message"]
    return response.get_data(as_text=True)


def count_attempts():
    with db.reading_session() as session:
        return session.scalar(select(func.count()).select_from(Attempt))


# Whose


@pytest.mark.parametrize("path", READS)
def test_another_persons_paper_is_not_found(site, path):
    response = site.other.get(f"/attempts/{site.code}{path}")

    assert response.status_code == 404
    assert NOT_MINE in said(response)


@pytest.mark.parametrize("path", WRITES)
def test_nobody_writes_on_another_persons_paper(site, path):
    body = {"json": {"answers": [{"no": 1, "value": 0, "seq": seq(1)}]}}
    form = {"data": {"was-1": "null", "q-1": "0"}}
    before = site.attempt().holder, site.answers()

    response = site.other.post(
        f"/attempts/{site.code}{path}", **(body if path == "/answers" else form)
    )

    assert response.status_code == 404
    assert NOT_MINE in said(response)
    assert (site.attempt().holder, site.answers()) == before
    assert site.attempt().handed_in_at is None


@pytest.mark.parametrize("code", ODD_CODES)
def test_a_paper_that_is_not_there_is_not_found(site, code):
    for path in READS:
        response = site.me.get(f"/attempts/{code}{path}")
        assert response.status_code == 404
    for path in WRITES:
        body = {"json": {"answers": [{"no": 1, "value": 0, "seq": seq(1)}]}}
        response = site.me.post(f"/attempts/{code}{path}", **(body if path == "/answers" else {}))
        assert response.status_code == 404
    assert site.answers() == {}


@pytest.mark.parametrize("code", ODD_CODES)
@pytest.mark.parametrize("path", ["/rounds/{code}/r1", "/rounds/hoi-thi/{code}"])
def test_a_round_that_is_not_there_is_not_found(site, path, code):
    address = "/attempts" + path.format(code=code)

    assert site.me.get(address).status_code == 404
    assert site.me.post(f"{address}/start").status_code == 404
    assert count_attempts() == 1


def test_a_round_that_is_not_there_says_so(site):
    response = site.me.post("/attempts/rounds/hoi-thi/dot-9/start")

    assert NO_ROUND in said(response)


def test_a_stranger_is_asked_to_sign_in(site):
    reads = [site.stranger.get(f"/attempts/{site.code}{path}") for path in READS]
    writes = [
        site.stranger.post(f"/attempts/{site.code}{path}") for path in WRITES if path != "/answers"
    ]
    start = site.stranger.post("/attempts/rounds/hoi-thi/r1/start")
    answers = site.post_answers((1, 0, seq(1)), client=site.stranger)

    assert [each.status_code for each in (*reads, *writes, start)] == [302] * 7
    assert (answers.status_code, said(answers)) == (401, SIGN_IN_AGAIN)
    assert site.answers() == {}
    assert site.attempt().handed_in_at is None


def test_who_is_not_registered_does_not_start(site, app):
    with db.transaction() as session:
        person = add_person(session, site.stage)
        client = browser(app, person, sign_in(session, person))

    page = client.get("/attempts/rounds/hoi-thi/r1")
    response = client.post("/attempts/rounds/hoi-thi/r1/start")

    assert (page.status_code, page.location) == (302, "/contests/hoi-thi/join")
    assert response.status_code == 403
    assert "Bạn chưa đăng ký cuộc thi này." in said(response)
    assert count_attempts() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/{code}/answers"),
        ("get", "/{code}/take-over"),
        ("get", "/rounds/hoi-thi/r1/start"),
        ("post", "/{code}"),
        ("post", "/{code}/result"),
        ("put", "/{code}/answers"),
        ("delete", "/{code}"),
        ("post", "/"),
    ],
)
def test_another_way_of_sending_is_refused(site, method, path):
    response = getattr(site.me, method)("/attempts" + path.format(code=site.code))

    assert response.status_code == 405
    assert WRONG_WAY in said(response)


# JSON


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{", b"null", b"5", b'"answers"', b"[]", b"{}", b"\xff\xfe", b'{"answers": 5}'),
        *(b'{"answers": []}', b'{"answers": [[]]}', b'{"answers": [null]}', b"NaN"),
        b'{"answers": [{"no": 1, "value": 0}]}',
        b'{"answers": [{"no": 1e400, "value": 0, "seq": 1}]}',
        b'{"answers": [{"no": %s, "value": 0, "seq": 1}]}' % (b"9" * 5000),
        DEEP.encode(),
        b'{"answers": [{"no": 1, "seq": 10000000000001, "value": %s' % DEEP.encode(),
        b'{"answers": ' + b"[" * 900 + b"]" * 900 + b"}",
    ],
    ids=lambda data: data[:40].decode("latin-1"),
)
def test_json_of_another_shape_is_invalid(site, data):
    response = site.me.post(
        f"/attempts/{site.code}/answers", data=data, content_type="application/json"
    )

    assert (response.status_code, said(response)) == (422, BAD_JSON)
    assert site.answers() == {}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_answers_of_another_content_type_are_invalid(site, kind):
    data = json.dumps({"answers": [{"no": 1, "value": 0, "seq": seq(1)}]})

    response = site.me.post(f"/attempts/{site.code}/answers", data=data, content_type=kind)

    assert response.status_code == 422
    assert BAD_JSON in said(response)
    assert site.answers() == {}


@pytest.mark.parametrize("size", [2 * 1024 * 1024])
def test_two_megabytes_are_too_large(site, size):
    rows = [{"no": 1, "value": "x" * size, "seq": seq(1)}]

    sent = site.me.post(f"/attempts/{site.code}/answers", json={"answers": rows})
    form = {"was-1": "null", "q-1": "0", "x": "x" * size}
    posted = site.me.post(f"/attempts/{site.code}/save", data=form)

    assert (sent.status_code, said(sent)) == (413, TOO_LARGE)
    assert posted.status_code == 413
    assert TOO_LARGE in said(posted)
    assert site.answers() == {}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ((4, 0, seq(2)), "Đề thi không có câu số 4."),
        ((-1, 0, seq(2)), "Đề thi không có câu số -1."),
        ((2, 4, seq(2)), "Phương án được chọn không có trong câu hỏi này."),
        ((2, "0", seq(2)), "Phương án được chọn không có trong câu hỏi này."),
        ((2, [0], seq(2)), "Phương án được chọn không có trong câu hỏi này."),
        ((2, True, seq(2)), "Phương án được chọn không có trong câu hỏi này."),
        ((0, "một", seq(2)), "Số dự đoán phải là số nguyên từ 0 trở lên."),
        ((0, 10**15, seq(2)), "Số dự đoán quá lớn."),
        ((2, 0, 5), "Số thứ tự của lần chọn không hợp lệ. Hãy tải lại trang làm bài."),
        ((2, 0, seq(1, 2)), "Số thứ tự của lần chọn không hợp lệ. Hãy tải lại trang làm bài."),
    ],
)
def test_one_impossible_choice_saves_nothing_of_its_batch(site, row, sentence):
    response = site.post_answers((1, 0, seq(1)), row, (3, 0, seq(3)))

    assert (response.status_code, said(response)) == (422, sentence)
    assert site.answers() == {}


def test_more_than_a_hundred_choices_at_once_are_refused(site):
    response = site.post_answers(*((1, 0, seq(at)) for at in range(101)))

    assert (response.status_code, said(response)) == (
        422,
        "Quá nhiều câu trả lời trong một lần gửi.",
    )
    assert site.answers() == {}


def test_a_good_save_answers_with_the_servers_clock(site):
    response = site.post_answers((1, 2, seq(5)), (0, "12.345", seq(6)))

    body = response.get_json()
    deadline_ms = int(site.attempt().deadline.timestamp() * 1000)
    assert (response.status_code, body["saved"]) == (200, [1, 0])
    assert (body["deadline_ms"], body["is_elsewhere"]) == (deadline_ms, False)
    assert deadline_ms - 15 * 60_000 <= body["now_ms"] <= deadline_ms
    assert site.answers() == {0: 12345, 1: 2}


def test_the_same_save_again_and_again_is_one_save(site):
    for _ in range(3):
        assert site.post_answers((1, 2, seq(5))).status_code == 200
    assert site.post_answers((1, 0, seq(4))).status_code == 200

    assert site.answers() == {1: 2}


def test_saves_of_one_moment_all_find_their_place(site):
    def save(at):
        client = browser(site.app)
        for name in ("session", "device"):
            client.set_cookie(name, site.me.get_cookie(name).value)
        return site.post_answers((1 + at % 3, at % 4, seq(at)), client=client).status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(save, range(12)))

    assert statuses == [200] * 12
    assert site.answers() == {1: 1, 2: 2, 3: 3}


# Plain forms


def test_a_form_with_one_wrong_field_saves_the_others_and_says_what_is_wrong(site):
    form = {
        "was-1": "null",
        "q-1": "2",
        "was-2": "null",
        "q-2": "9",
        "was-3": "null",
        "q-3": "a",
        "was-0": "",
        "q-0": "1.5",
    }

    response = site.me.post(f"/attempts/{site.code}/save", data=form)

    page = said(response)
    assert response.status_code == 422
    assert "Phương án được chọn không có trong câu hỏi này." in page
    assert "Lựa chọn này không có trong đề." in page
    assert "Số dự đoán phải là số nguyên từ 0 trở lên." in page
    assert site.answers() == {1: 2}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"go": "x" * 300},
        {"go": "-1"},
        {"go": "next-99999999999"},
        {"go": "next-"},
        {"go": "\x00"},
        {"was-1": "[" * 1500},
        {"was-9": "null", "q-9": "1"},
        {"was-0": ""},
        {"q-1": "2"},
        {f"q-{at}": "1" for at in range(200)},
    ],
    ids=lambda form: str(form)[:30],
)
def test_a_form_that_says_nothing_changes_nothing(site, form):
    response = site.me.post(f"/attempts/{site.code}/save", data=form)

    assert response.status_code == 303
    assert site.answers() in ({}, {1: None})


def test_a_form_of_a_thousand_parts_and_more_is_too_large(site):
    form = {f"x-{at}": (b"1", "") for at in range(1100)}

    response = site.me.post(
        f"/attempts/{site.code}/save",
        data=dict.fromkeys(form, "1"),
        content_type="multipart/form-data",
    )

    assert response.status_code == 413
    assert TOO_LARGE in said(response)


@pytest.mark.parametrize("query", ["q=99", "q=-1", "q=", "q=x", "q=" + "9" * 400, "go=%00", "q=١"])
def test_a_page_number_that_is_none_shows_the_paper(site, query):
    assert site.me.get(f"/attempts/{site.code}?{query}").status_code == 200


@pytest.mark.parametrize("code", [one.code for one in EVERY_KIND])
@pytest.mark.parametrize("text", ["", "x", "-1", "9" * 30, "\x00", "🙂", "true", "1e9", "[0]"])
def test_no_field_of_any_kind_breaks_the_page(open_site, code, text):
    site = open_site(drafts=[one for one in EVERY_KIND if one.code == code])
    form = {"was-1": '"x"', "q-1": text, **{f"q-1-{at}": text for at in range(4)}}

    response = site.me.post(f"/attempts/{site.code}/save", data=form)

    assert response.status_code in {303, 422}
    assert site.answers() in ({}, {1: None}, {1: True}, {1: "-1"})


def test_a_one_way_paper_takes_no_answer_to_another_question(open_site):
    site = open_site(drafts=many(3), is_one_way=True)

    sent = site.post_answers((2, 0, seq(1)))
    form = {"was-2": "null", "q-2": "1", "go": "next-1"}
    posted = site.me.post(f"/attempts/{site.code}/save", data=form)

    sentence = "Đợt thi này làm lần lượt từng câu, không quay lại câu trước."
    assert (sent.status_code, said(sent)) == (403, sentence)
    assert posted.status_code == 403
    assert sentence in said(posted)
    assert (site.answers(), site.attempt().reached) == ({}, 1)


def test_a_form_asks_before_a_blank_voids_the_paper(open_site):
    site = open_site(drafts=many(3), is_one_way=True, requires_all=True)
    form = {"was-1": "null", "q-1": "", "go": "next-1"}

    asked = site.me.post(f"/attempts/{site.code}/save", data=form)

    assert asked.status_code == 422
    assert "bỏ trống một câu thì cả bài không được tính" in said(asked)
    assert 'value="skip-1"' in asked.text
    assert site.attempt().reached == 1

    left = site.me.post(f"/attempts/{site.code}/save", data={**form, "go": "skip-1"})
    assert (left.status_code, site.attempt().reached) == (303, 2)


# Too late, and again


def test_after_the_end_nothing_is_taken(site):
    site.end()

    sent = site.post_answers((1, 0, seq(1)))
    taken = site.me.post(f"/attempts/{site.code}/take-over")

    assert (sent.status_code, sent.get_json()["error"]) == (409, "TooLate")
    assert said(sent).startswith("Đã hết giờ làm bài. Hạn nộp: ")
    assert taken.status_code == 409
    assert "Đã hết giờ làm bài. Hạn nộp: " in said(taken)
    assert site.answers() == {}


def test_a_form_sent_after_the_end_leads_to_the_result(site):
    site.end()

    response = site.me.post(
        f"/attempts/{site.code}/save", data={"was-1": "null", "q-1": "0"}, follow_redirects=True
    )

    assert response.request.path == f"/attempts/{site.code}/result"
    assert response.status_code == 200
    assert "Đã hết giờ làm bài." in said(response)
    assert site.answers() == {}


@pytest.mark.parametrize("path", ["", "/hand-in"])
def test_a_paper_that_is_over_leads_to_its_result(site, path):
    site.end()

    response = site.me.get(f"/attempts/{site.code}{path}")

    assert (response.status_code, response.location) == (302, f"/attempts/{site.code}/result")
    assert site.me.get(response.location).status_code == 200


def test_a_paper_handed_in_takes_nothing_more_and_never_changes(site):
    site.post_answers((1, 2, seq(1)))
    first = site.me.post(f"/attempts/{site.code}/hand-in")
    before = site.attempt().handed_in_at, site.attempt().receipt

    again = site.me.post(f"/attempts/{site.code}/hand-in")
    sent = site.post_answers((1, 0, seq(2)))
    posted = site.me.post(f"/attempts/{site.code}/save", data={"was-1": "null", "q-1": "0"})
    taken = site.me.post(f"/attempts/{site.code}/take-over")

    result = f"/attempts/{site.code}/result"
    assert [(each.status_code, each.location) for each in (first, again)] == [(303, result)] * 2
    assert (sent.status_code, said(sent)) == (409, GONE)
    assert (posted.status_code, posted.location) == (303, result)
    assert taken.status_code == 409
    assert (site.attempt().handed_in_at, site.attempt().receipt) == before
    assert site.answers() == {1: 2}
    assert site.me.get(result).status_code == 200


def test_a_result_is_not_shown_before_the_end(site):
    response = site.me.get(f"/attempts/{site.code}/result")

    assert (response.status_code, response.location) == (302, f"/attempts/{site.code}")


def test_two_taps_lead_to_one_paper(site):
    response = site.me.post("/attempts/rounds/hoi-thi/r1/start")

    assert (response.status_code, response.location) == (303, f"/attempts/{site.code}")
    assert count_attempts() == 1


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"opens_at": 1, "closes_at": 2}, "Chưa đến giờ thi. Giờ mở: "),
        ({"opens_at": -2, "closes_at": -1}, "Đã hết giờ thi. Giờ đóng: "),
    ],
)
def test_a_round_that_is_not_open_does_not_start(site, times, sentence):
    moments = {name: clock.now() + days * DAY for name, days in times.items()}
    with db.transaction() as session:
        add_round(session, site.stage.contest_id, "r2", count=3, **moments)

    response = site.me.post("/attempts/rounds/hoi-thi/r2/start")

    assert response.status_code == 409
    assert sentence in said(response)
    assert count_attempts() == 1


def test_a_spent_quota_says_when_the_next_try_comes(open_site):
    site = open_site(drafts=many(1), tries_day=1)
    site.me.post(f"/attempts/{site.code}/hand-in")

    response = site.me.post("/attempts/rounds/hoi-thi/r1/start")

    assert response.status_code == 403
    assert "Bạn đã dùng hết 1 lượt của hôm nay. Lượt mới có từ ngày mai" in said(response)
    assert count_attempts() == 1


def test_another_device_is_asked_and_then_the_first_is_told(site):
    site.me.set_cookie("device", "another browser of mine")

    asked = site.me.get(f"/attempts/{site.code}")
    taken = site.me.post(f"/attempts/{site.code}/take-over")
    site.me.set_cookie("device", "a browser left on the table")
    told = site.post_answers((1, 0, seq(1)))

    assert asked.status_code == 200
    assert 'name="was-1"' not in said(asked)
    assert (taken.status_code, taken.location) == (303, f"/attempts/{site.code}")
    assert (told.status_code, told.get_json()["is_elsewhere"]) == (200, True)
    assert site.attempt().holder_no == 2


# Receipts


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("0000-0000-0000-0000", 404, "Không có bài thi nào mang mã xác nhận này."),
        ("ngắn", 422, "Mã xác nhận bài thi gồm 16 chữ và số, chia thành bốn nhóm."),
        ("", 422, "Hãy gõ mã xác nhận bài thi."),
        ("\x00", 422, "Mã xác nhận bài thi gồm 16 chữ và số, chia thành bốn nhóm."),
        ("x" * 300, 422, "Tối đa 40 ký tự."),
        ("<script>", 422, "Mã xác nhận bài thi gồm 16 chữ và số, chia thành bốn nhóm."),
    ],
)
def test_a_receipt_that_is_none_is_refused_kindly(site, code, status, sentence):
    response = site.stranger.get("/attempts/receipts", query_string={"code": code})

    assert response.status_code == status
    assert sentence in said(response)


def test_a_true_receipt_is_shown_to_anybody(site):
    site.me.post(f"/attempts/{site.code}/hand-in")
    typed = site.attempt().receipt.lower().replace("-", " ")

    response = site.stranger.get("/attempts/receipts", query_string={"code": typed})

    assert response.status_code == 200
    assert site.attempt().receipt in said(response)
    assert "Giàng A Dế" not in said(response)


# Statements


@pytest.mark.parametrize("saved", [1, 10])
def test_a_save_takes_a_statement_or_two_however_much_was_saved(
    open_site, count_statements, engine, saved
):
    site = open_site(drafts=many(10))
    for no in range(1, saved + 1):
        site.post_answers((no, 0, seq(no)))

    with count_statements() as counted:
        response = site.post_answers((1, 1, seq(50)))

    assert response.status_code == 200
    assert len(counted) == {"postgresql": 1, "sqlite": 2}[engine.dialect.name]


@pytest.mark.parametrize("questions", [5, 15])
def test_a_paper_and_a_start_take_the_same_statements_whatever_the_paper(
    open_site, count_statements, questions
):
    site = open_site(drafts=many(questions))
    site.other.get("/attempts/")  # who this is is known
    site.me.get(f"/attempts/{site.code}")

    with count_statements() as paper:
        shown = site.me.get(f"/attempts/{site.code}")
    with count_statements() as start:
        started = site.other.post("/attempts/rounds/hoi-thi/r1/start")
    with count_statements() as waiting:
        page = site.other.get("/attempts/rounds/hoi-thi/r1")

    assert (shown.status_code, started.status_code, page.status_code) == (200, 303, 200)
    assert (len(paper), len(start), len(waiting)) == (2, 2, 6)


@pytest.mark.parametrize("tries", [1, 3])
def test_ones_own_list_takes_one_statement_however_long(open_site, count_statements, tries):
    site = open_site(drafts=many(1))
    with db.transaction() as session:
        for _ in range(tries - 1):
            now = clock.now()
            service.hand_in(
                session, begin(session, site.stage, now).code, by=site.stage.person, now=now
            )
            begin(session, site.stage, now)

    with count_statements() as counted:
        response = site.me.get("/attempts/")

    assert response.status_code == 200
    assert len(counted) == 1
