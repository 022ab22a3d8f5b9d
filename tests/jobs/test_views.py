"""Pages of long work: progress, its end, its file for its owner alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from factories.people import make_account
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest import worker
from contest.accounts.models import Account
from contest.core import clock, db
from contest.core.jobs import Job
from contest.core.work import Work
from contest.errors import Invalid, Problem

Enter = Callable[[Account], FlaskClient]
Enqueue = Callable[..., str]
Take = Callable[[], Work]
Fail = Callable[[Exception], str]
CONTENT = "mã,câu hỏi\n1,Lào Cai\n".encode()


def change(code: str, **values: Any) -> None:
    with db.transaction() as session:
        job = session.query(Job).filter_by(code=code).one()
        for name, value in values.items():
            setattr(job, name, value)


def done(take: Take, name: str = "Câu hỏi tháng 11.csv") -> str:
    work = take()
    work.attach(name, "text/csv", CONTENT)
    with work.finish():
        pass
    return work.claim.code


def test_a_waiting_job_says_so_and_comes_again_without_scripts(
    owner: Account, enter: Enter, enqueue: Enqueue
) -> None:
    answer = enter(owner).get(f"/jobs/{enqueue()}")
    assert answer.status_code == 200
    assert "<h1>Nhập câu hỏi</h1>" in answer.text
    assert "Đang chờ đến lượt" in answer.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in answer.text
    assert "js/jobs/show.js" in answer.text
    assert "Huỷ việc này" in answer.text


def test_a_running_job_says_how_far_it_is(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    code = enqueue()
    work = take()
    work.progress(300, 1200, "Việc của bạn")
    with work.step():
        pass
    client = enter(owner)
    page = client.get(f"/jobs/{code}").text
    assert (
        '<progress id="job-progress" value="300" max="1200">300 trên 1.200 (25%)</progress>' in page
    )
    assert "Đang làm" in page
    assert client.get(f"/jobs/{code}/state").json == {
        "state": "running",
        "word": "Đang làm",
        "stage": "Việc của bạn",
        "counted": "300 trên 1.200 (25%)",
        "done": 300,
        "total": 1200,
        "is_over": False,
    }


def test_a_job_of_unknown_length_shows_a_bar_without_a_number(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    code = enqueue()
    take()
    assert '<progress id="job-progress"></progress>' in enter(owner).get(f"/jobs/{code}").text


def test_a_job_that_waits_for_its_next_try_says_when(
    owner: Account, enter: Enter, enqueue: Enqueue, fail: Fail
) -> None:
    code = enqueue()
    fail(ValueError())
    change(code, state="waiting", run_at=clock.now() + timedelta(minutes=5))
    page = enter(owner).get(f"/jobs/{code}").text
    assert "Hệ thống sẽ tự thử lại sau" in page
    assert "ab12cd34" not in page


def test_a_done_job_offers_its_file_to_its_owner(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue()
    code = done(take)
    client = enter(owner)
    page = client.get(f"/jobs/{code}").text
    assert f'href="/jobs/{code}/file"' in page
    assert "Câu hỏi tháng 11.csv" in page
    assert "http-equiv" not in page
    assert "show.js" not in page
    answer = client.get(f"/jobs/{code}/file", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.data == CONTENT
    headers = answer.headers
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Content-Disposition"] == (
        'attachment; filename="Cau hoi thang 11.csv"; '
        "filename*=UTF-8''C%C3%A2u%20h%E1%BB%8Fi%20th%C3%A1ng%2011.csv"
    )
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_large_file_arrives_whole(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue()
    content = bytes(range(256)) * 4096 * 5
    work = take()
    work.attach("lớn.zip", "application/zip", content)
    with work.finish():
        pass
    answer = enter(owner).get(f"/jobs/{work.claim.code}/file")
    assert hashlib.sha256(answer.data).digest() == hashlib.sha256(content).digest()


def test_a_file_is_fetched_by_its_owner_alone(
    *,
    session: Session,
    owner: Account,
    keeper: Account,
    app: Any,
    enter: Enter,
    enqueue: Enqueue,
    take: Take,
) -> None:
    enqueue()
    code = done(take)
    other = enter(make_account(session))
    for path in ("", "/state", "/file", "/cancel"):
        assert other.get(f"/jobs/{code}{path}").status_code == 404
    assert other.post(f"/jobs/{code}/cancel").status_code == 404
    assert other.post(f"/jobs/{code}/restart").status_code == 404
    helper = enter(keeper)
    page = helper.get(f"/jobs/{code}")
    assert page.status_code == 200
    assert f"/jobs/{code}/file" not in page.text
    assert helper.get(f"/jobs/{code}/file").status_code == 404
    stranger = app.test_client()
    assert stranger.get(f"/jobs/{code}/file").status_code == 302
    assert enter(owner).get(f"/jobs/{code}/file").status_code == 200


def test_a_job_of_the_clock_gives_its_file_to_nobody(
    keeper: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue(by=None)
    code = done(take)
    assert enter(keeper).get(f"/jobs/{code}/file").status_code == 404


def test_an_expired_file_is_gone_before_the_sweep(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue()
    code = done(take)
    change(code, expires_at=clock.now())
    client = enter(owner)
    assert client.get(f"/jobs/{code}/file").status_code == 404
    assert f"/jobs/{code}/file" not in client.get(f"/jobs/{code}").text


def test_after_the_sweep_neither_page_nor_file_is_left(
    app: Any, owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue()
    code = done(take)
    files = app.extensions["storage"]
    assert worker.sweep(files, now=clock.now() + timedelta(days=8)) == 1
    client = enter(owner)
    assert client.get(f"/jobs/{code}").status_code == 404
    assert client.get(f"/jobs/{code}/file").status_code == 404
    assert list(files.kept("jobs")) == []


def test_a_job_in_the_making_has_no_file(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    code = enqueue()
    take().attach("nửa chừng.csv", "text/csv", CONTENT)
    assert enter(owner).get(f"/jobs/{code}/file").status_code == 404


def test_a_refused_file_says_what_is_wrong_and_where(
    owner: Account, enter: Enter, enqueue: Enqueue, fail: Fail
) -> None:
    code = enqueue()
    problems = {"Dòng <3>": Problem("Thiếu mã của %(what)s.", what="câu <b>")}
    fail(Invalid("Tệp có %(count)s chỗ sai.", problems=problems, count=1))
    page = enter(owner).get(f"/jobs/{code}").text
    assert "Chưa làm được" in page
    assert "Tệp có 1 chỗ sai." in page
    assert "<strong>Dòng &lt;3&gt;</strong>: Thiếu mã của câu &lt;b&gt;." in page


def test_a_failed_job_is_restarted_from_its_page(
    owner: Account, enter: Enter, enqueue: Enqueue, fail: Fail, take: Take
) -> None:
    code = enqueue()
    fail(ValueError())
    client = enter(owner)
    page = client.get(f"/jobs/{code}").text
    assert "Hệ thống gặp lỗi khi làm việc này. Mã sự cố: ab12cd34" in page
    assert f'action="/jobs/{code}/restart"' in page
    answer = client.post(f"/jobs/{code}/restart")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{code}")
    assert "Đang chờ đến lượt" in client.get(f"/jobs/{code}").text
    assert take().claim.code == code
    assert client.post(f"/jobs/{code}/restart").status_code == 409


def test_cancelling_asks_first(owner: Account, enter: Enter, enqueue: Enqueue) -> None:
    code = enqueue()
    client = enter(owner)
    page = client.get(f"/jobs/{code}/cancel").text
    assert "<h1>Huỷ việc này?</h1>" in page
    assert f'action="/jobs/{code}/cancel"' in page
    answer = client.post(f"/jobs/{code}/cancel")
    assert (answer.status_code, answer.location) == (303, f"/jobs/{code}")
    assert "Đã huỷ" in client.get(f"/jobs/{code}").text
    assert client.get(f"/jobs/{code}/state").json["is_over"] is True
    assert "không còn gì để huỷ" in client.get(f"/jobs/{code}/cancel").text


def test_a_running_job_asked_to_stop_says_that_it_is_stopping(
    owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    code = enqueue()
    take()
    client = enter(owner)
    client.post(f"/jobs/{code}/cancel")
    assert client.get(f"/jobs/{code}/state").json["state"] == "stopping"
    page = client.get(f"/jobs/{code}").text
    assert "Đang dừng lại" in page
    assert f"/jobs/{code}/cancel" not in page


def test_the_list_shows_ones_own_jobs_only(
    session: Session, owner: Account, enter: Enter, enqueue: Enqueue, take: Take
) -> None:
    enqueue(title="Xuất câu hỏi")
    code = done(take)
    other = make_account(session)
    enqueue(title="Việc của người khác", by=other.id)
    page = enter(owner).get("/jobs/").text
    assert page.count("Xuất câu hỏi") == 2  # its link, and the words of its file's link
    assert f'href="/jobs/{code}/file"' in page
    assert "Việc của người khác" not in page
    assert "Cần người xem lại" not in page
    assert "Bạn chưa có việc nào." in enter(make_account(session)).get("/jobs/").text


def test_administrators_see_what_rests_and_not_what_was_refused(
    keeper: Account, enter: Enter, enqueue: Enqueue, fail: Fail
) -> None:
    enqueue(title="Việc hỏng")
    broken = fail(ValueError())
    enqueue(title="Tệp sai")
    fail(Invalid("Tệp này sai."))
    client = enter(keeper)
    page = client.get("/jobs/").text
    assert "Việc hỏng" in page
    assert "Mã sự cố: ab12cd34" in page
    assert "Tệp sai" not in page
    assert client.post(f"/jobs/{broken}/restart").status_code == 303
    assert "Không có việc nào cần xem lại." in client.get("/jobs/").text


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_is_one_statement_however_long(
    owner: Account, enter: Enter, enqueue: Enqueue, count_statements: Any, rows: int
) -> None:
    for _ in range(rows):
        enqueue()
    client = enter(owner)
    client.get("/jobs/")
    with count_statements() as counted:
        assert client.get("/jobs/").status_code == 200
    assert len(counted) == 1


def test_a_long_list_has_pages(owner: Account, enter: Enter, enqueue: Enqueue) -> None:
    for _ in range(51):
        enqueue()
    client = enter(owner)
    first, second = client.get("/jobs/").text, client.get("/jobs/?page=2").text
    assert (first.count("<strong><a "), second.count("<strong><a ")) == (50, 1)
    assert "Trang sau" in first
    assert "Trang trước" in second
