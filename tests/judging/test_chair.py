"""The whole path on the pages: deliberate, propose, sign twice, publish, download, verify."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories.desks import text_of
from factories.judging import make_assignment, make_panelist, make_phase
from factories.juries import Jury, make_jury
from factories.people import make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role
from contest.config import ROOT
from contest.core import clock
from contest.judging import queries, result_file, result_queries
from contest.judging.models import Panelist

HERE = "/jury/hoi-thi/video"
OUT = "/results/hoi-thi/video"


@pytest.fixture
def jury(session: Session, monkeypatch: pytest.MonkeyPatch) -> Jury:
    found = make_jury(session)
    session.commit()
    now: datetime = found.after
    monkeypatch.setattr(clock, "now", lambda: now)
    return found


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture
def enter(app: Flask, sign_in: Callable[..., object]) -> Callable[[Account], FlaskClient]:
    def opened(account: Account) -> FlaskClient:
        client = app.test_client()
        sign_in(client, account)
        return client

    return opened


def proposed(client: FlaskClient, **facts: str) -> str:
    """Propose a result; return its address."""
    answer = client.post(f"{HERE}/propose", data=facts)
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["Location"]


def publish(jury: Jury, enter: Callable[[Account], FlaskClient], **facts: str) -> str:
    organizer, head = enter(jury.organizer), enter(jury.head)
    where = proposed(organizer, **facts)
    for client, office in ((head, "head_judge"), (organizer, "organizer")):
        answer = client.post(f"{where}/sign", data={"office": office, "agrees": "y"})
        assert answer.status_code == 303, text_of(answer)
    answer = organizer.post(f"{where}/publish")
    assert answer.headers["Location"] == OUT
    return where


def test_from_sheets_to_a_file_that_a_stranger_recomputes(
    jury: Jury, enter: Callable[[Account], FlaskClient], client: FlaskClient, tmp_path: Path
) -> None:
    assert client.get(OUT).status_code == 404
    publish(jury, enter)

    page = text_of(client.get(OUT))
    file = client.get(f"{OUT}/file")

    run = result_queries.published(jury.session, jury.round.id)
    assert run.sha256 in page
    assert file.headers["Content-Disposition"] == 'attachment; filename="hoi-thi-video-1.json"'
    assert result_file.sha256(file.get_data(as_text=True)) == run.sha256
    path = tmp_path / "ket-qua.json"
    path.write_bytes(file.data)
    good = verify(path)
    assert good.returncode == 0
    assert run.sha256 in good.stdout
    assert "It matches" in good.stdout
    path.write_bytes(file.data.replace(b'"content": "9"', b'"content": "8"', 1))
    bad = verify(path)
    assert bad.returncode == 1
    assert "input_sha256" in bad.stderr
    assert "Traceback" not in bad.stderr


def verify(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the operator's command without any setting: no database is asked."""
    return subprocess.run(
        [sys.executable, "-m", "contest.cli", "verify-result", str(path)],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "CONTEST_DATABASE_URL": "postgresql+psycopg://nobody@nowhere/x",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_public_page_masks_names_and_tells_raw_and_adjusted(
    jury: Jury, enter: Callable[[Account], FlaskClient], client: FlaskClient
) -> None:
    publish(jury, enter)

    page = text_of(client.get(OUT))

    assert "Lò T. A." in page
    assert "Lò Thị A" not in page
    assert "Bài a Giải Nhất" in page
    assert "82,22 điểm trung bình 82,22, đã bù 82,22 ±" in page
    why = text_of(client.get(f"{OUT}/entries/bai-b"))
    assert "Vì sao bài này đứng thứ 2?" in why
    assert "Bài này được 73,33 điểm, bài đứng trên được 82,22 điểm." in why
    assert text_of(client.get(f"{OUT}/entries/bai-a")).count("Bài này đứng đầu bảng.") == 1


def test_senders_read_their_own_criteria_and_comments_and_nobody_elses(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    publish(jury, enter)
    owner = jury.session.get_one(Account, jury.people["a"].account_id)

    page = text_of(enter(owner).get(f"{OUT}/mine"))

    assert "Nội dung đúng và có ích 8,33 trên 10" in page
    assert "Cách thể hiện 8 trên 10" in page
    assert page.count("Lời khen a") == 3
    assert "Lời khen b" not in page
    assert "gk1" not in page
    assert "Giám Khảo 1" not in page
    assert enter(jury.head).get(f"{OUT}/mine").status_code == 404


def test_a_withdrawn_entry_is_not_shown_any_more(
    jury: Jury, enter: Callable[[Account], FlaskClient], client: FlaskClient
) -> None:
    publish(jury, enter)
    jury.entries["a"].state = "withdrawn"
    jury.session.commit()

    assert "Lò T. A." not in text_of(client.get(OUT))
    assert client.get(f"{OUT}/entries/bai-a").status_code == 404


def test_only_the_chair_learns_that_the_page_is_there(
    jury: Jury, enter: Callable[[Account], FlaskClient], client: FlaskClient
) -> None:
    judge = jury.session.get_one(Account, jury.judges[0].account_id)
    run = proposed(enter(jury.organizer))
    gets = ["", "/entries/bai-a", "/propose"]
    for address in [*(f"{HERE}{each}" for each in gets), run, f"{run}/publish", f"{run}/file"]:
        assert enter(judge).get(address).status_code == 404
        assert client.get(address).status_code == 302
        assert enter(jury.head).get(address).status_code in {200, 302}
    for address in (f"{run}/sign", f"{run}/publish", f"{HERE}/entries/bai-a/out"):
        data = {"office": "organizer", "agrees": "y", "out-reason": "Vì"}
        assert enter(judge).post(address, data=data).status_code == 404


def scoring(jury: Jury, account: Account, **facts: Any) -> Panelist:
    """Let a chair score too: the head on the seat there is, an organizer on a new one."""
    seat = queries.panelist(jury.session, jury.round.id, account.id)
    if seat is None:
        seat = make_panelist(jury.session, jury.round, account)
        make_grant(jury.session, account, Role.JUDGE, jury.unit)
    seat.is_scoring = True
    for name, fact in facts.items():
        setattr(jury.phase, name, fact)
    jury.session.commit()
    return seat


def chair_pages(run: str) -> list[str]:
    return [HERE, f"{HERE}/entries/bai-a", f"{HERE}/propose", run, f"{run}/file"]


@pytest.mark.parametrize("who", ["head", "organizer"])
def test_a_chair_who_scores_sees_no_totals_while_sheets_come_in(
    jury: Jury, enter: Callable[[Account], FlaskClient], at: Callable[[datetime], None], who: str
) -> None:
    run = proposed(enter(jury.organizer))  # then the phase was given more time
    account = getattr(jury, who)
    scoring(jury, account)
    during = jury.phase.closes_at - timedelta(seconds=1)
    for moment in (jury.phase.opens_at - timedelta(seconds=1), during):
        at(moment)
        for address in chair_pages(run):
            answer = enter(account).get(address)
            assert answer.status_code == 409, address
            assert "82,22" not in answer.text
            assert "bai-a" not in text_of(answer)
            assert "Bạn đang chấm bài trong đợt này" in text_of(answer)
    other = jury.organizer if who == "head" else jury.head  # who scores nothing, as before
    assert enter(other).get(HERE).status_code == 200
    at(jury.after)
    assert {enter(account).get(address).status_code for address in chair_pages(run)} == {200}


def test_a_phase_that_shows_others_shows_them_to_a_scoring_head_too(
    jury: Jury, enter: Callable[[Account], FlaskClient], at: Callable[[datetime], None]
) -> None:
    at(jury.phase.opens_at)
    seat = scoring(jury, jury.head, sees_others="always")
    assert enter(jury.head).get(HERE).status_code == 200
    jury.phase.sees_others = "after_own"
    jury.session.commit()
    assert enter(jury.head).get(HERE).status_code == 409  # nothing was assigned as yet
    for name in ("a", "b"):
        make_assignment(jury.session, seat, jury.entries[name])
    jury.score(seat, "a", {"content": "5", "form": "5"})
    jury.session.commit()
    refused = enter(jury.head).get(HERE)
    assert refused.status_code == 409
    assert "khi bạn đã nộp phiếu cho mọi bài được giao" in text_of(refused)
    jury.score(seat, "b", {"content": "5", "form": "5"})
    jury.session.commit()
    assert enter(jury.head).get(HERE).status_code == 200
    make_phase(jury.session, jury.round, opens_at=jury.after)  # another one is still to come
    at(jury.phase.closes_at)
    jury.session.commit()
    assert enter(jury.head).get(HERE).status_code == 409


def test_a_head_of_the_entrants_school_leaves_the_mark_to_the_organizer(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    school = make_unit(jury.session, name="Trường A", kind="school", parent=jury.unit)
    jury.head.unit_id = jury.people["b"].unit_id = school.id
    jury.session.commit()
    page, data = f"{HERE}/entries/bai-b", {"mark-mark": "99", "mark-reason": "Hay"}
    assert enter(jury.head).get(page).status_code == 200
    refused = enter(jury.head).post(f"{page}/mark", data=data)
    assert refused.status_code == 403
    assert "Hãy để một người khác trong hội đồng quyết định" in text_of(refused)
    assert enter(jury.organizer).post(f"{page}/mark", data=data).status_code == 303


def test_no_page_leads_a_scoring_chair_to_a_refusal(
    jury: Jury, enter: Callable[[Account], FlaskClient], at: Callable[[datetime], None]
) -> None:
    desk = "/organizer/judging/hoi-thi/video/panel"
    at(jury.phase.opens_at)
    make_grant(jury.session, jury.head, Role.JUDGE, jury.unit)
    jury.session.commit()
    assert HERE in enter(jury.head).get("/judging/").text
    assert HERE in enter(jury.organizer).get(desk).text
    for account, page in ((jury.head, "/judging/"), (jury.organizer, desk)):
        scoring(jury, account)
        at(jury.phase.opens_at)
        assert HERE not in enter(account).get(page).text
        at(jury.after)
        assert HERE in enter(account).get(page).text


def test_the_deliberation_page_names_nobody(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    page = text_of(enter(jury.organizer).get(HERE))

    assert "bai-a" in page
    assert "Lò Thị" not in page
    assert "Xã Bản Hồ" not in page


def test_decisions_are_made_and_revoked_on_the_page(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    head = enter(jury.head)
    answer = head.post(
        f"{HERE}/entries/bai-b/mark", data={"mark-mark": "88,5", "mark-reason": "Chấm lại"}
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, HERE)
    decided = result_queries.standing_decisions(jury.session, jury.round.id)
    assert [(str(each.mark), each.reason) for each in decided] == [("88.5000", "Chấm lại")]
    assert "Điểm cuối cùng: 88,5." in text_of(head.get(f"{HERE}/entries/bai-b"))

    where = f"{HERE}/decisions/{decided[0].code}/revoke"
    jury.session.commit()  # the site writes now
    assert head.post(where).status_code == 303

    jury.session.expire_all()
    assert result_queries.standing_decisions(jury.session, jury.round.id) == []


@pytest.mark.parametrize("mark", ["", "101", "-1", "abc", "88,555", "1e1", "٨٨"])
def test_a_mark_that_is_none_is_refused_at_its_box(
    jury: Jury, enter: Callable[[Account], FlaskClient], mark: str
) -> None:
    answer = enter(jury.head).post(
        f"{HERE}/entries/bai-b/mark", data={"mark-mark": mark, "mark-reason": "Vì"}
    )

    assert answer.status_code == 422
    assert 'href="#mark-mark"' in answer.get_data(as_text=True)


def test_a_tie_is_ordered_on_its_page(jury: Jury, enter: Callable[[Account], FlaskClient]) -> None:
    jury.enter("f", (("9", "9"), ("9", "8"), ("7", "7")))
    jury.session.commit()
    head = enter(jury.head)
    page = f"{HERE}/ties/bai-a"
    assert "Thứ tự của bài bai-f" in text_of(head.get(page))
    twice = head.post(page, data={"place_bai-a": "1", "place_bai-f": "1", "reason": "Vì"})
    assert twice.status_code == 422
    done = head.post(page, data={"place_bai-a": "2", "place_bai-f": "1", "reason": "Vì"})
    assert done.status_code == 303
    decided = result_queries.standing_decisions(jury.session, jury.round.id)
    assert [each.place for each in decided] == [1, 2]


def test_a_stale_run_says_so_and_offers_no_signing(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    organizer = enter(jury.organizer)
    run = proposed(organizer)
    assert "Ký kết quả" in text_of(organizer.get(run))
    organizer.post(f"{HERE}/entries/bai-a/out", data={"out-reason": "Sao chép"})

    page = text_of(organizer.get(run))

    assert "Bản này đã cũ" in page
    assert "Ký kết quả" not in page
    late = organizer.post(f"{run}/sign", data={"office": "organizer", "agrees": "y"})
    assert late.status_code == 409


def test_signing_needs_the_tick(jury: Jury, enter: Callable[[Account], FlaskClient]) -> None:
    organizer = enter(jury.organizer)
    run = proposed(organizer)

    answer = organizer.post(f"{run}/sign", data={"office": "organizer"})

    assert answer.status_code == 422
    assert "Hãy đánh dấu là bạn đồng ý ký." in text_of(answer)


def test_a_correction_is_visible_and_the_old_file_stays(
    jury: Jury, enter: Callable[[Account], FlaskClient], client: FlaskClient
) -> None:
    publish(jury, enter)
    first = client.get(f"{OUT}/file").data
    enter(jury.head).post(f"{HERE}/entries/bai-a/out", data={"out-reason": "Sao chép"})
    refused = enter(jury.organizer).post(f"{HERE}/propose", data={})
    assert refused.status_code == 422
    publish(jury, enter, reason="Bài a sao chép")

    page = text_of(client.get(OUT))

    assert "Lý do: Bài a sao chép" in page
    assert "Lò T. A." not in page
    assert client.get(f"{OUT}/file?no=1").data == first
    assert client.get(f"{OUT}/file?no=7").status_code == 404


def test_short_entries_ask_for_a_reason_at_its_box(
    jury: Jury, enter: Callable[[Account], FlaskClient]
) -> None:
    jury.enter("thieu", (("6", "6"),))
    jury.session.commit()
    organizer = enter(jury.organizer)

    answer = organizer.post(f"{HERE}/propose", data={})

    assert answer.status_code == 422
    assert 'href="#goes_on"' in answer.get_data(as_text=True)
    proposed(organizer, goes_on="Giám khảo ốm")
