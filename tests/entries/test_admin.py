"""Organizers' pages of entries: what they show, what they refuse, whom they let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from factories.desks import run_jobs, text_of
from factories.entries import make_entries_round
from factories.jury import CLIP, Content, add_file
from factories.watching import AT, Scene, flagged, make_file, make_scene
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from contest.accounts.models import Account
from contest.core import clock
from contest.core.jobs import Job
from contest.core.spreadsheets import Workbook
from contest.entries.models import Entry, EntryState, SimilarityFlag
from contest.media.models import Media
from contest.rules.media import FileKind, What

ROUND = "/organizer/entries/hoi-thi/video"
NO_ROUND = "Không tìm thấy đợt nộp bài này trong cuộc thi."
NO_CONTEST = "Không tìm thấy cuộc thi này, hoặc cuộc thi chưa được công bố."
NO_ENTRY = "Không tìm thấy bài dự thi này trong đợt thi."

As = Callable[[Account], FlaskClient]


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def scene(session: Any) -> Scene:
    return make_scene(session)


@pytest.fixture
def desk(scene: Scene, client: FlaskClient, sign_in: Callable[..., Any]) -> FlaskClient:
    """The browser of an organizer of the province."""
    sign_in(client, scene.account("organizer"))
    return client


def test_the_list_shows_figures_filters_and_where_to_go(scene: Scene, desk: FlaskClient) -> None:
    make_file(scene.session, scene.entry("Lò Thị Lan", title="Điện hoa & VNeID"), "ready")
    make_file(scene.session, scene.entry("Giàng A Dế", title="Chuyển khoản"), "stuck")
    scene.session.commit()
    said = text_of(desk.get(ROUND))
    assert "Đã nộp 2" in said
    assert "Tệp cần người xem 1" in said
    assert "Điện hoa &amp; VNeID" in said
    assert "Xem tên trong bài (2 bài)" in said
    for query, shown, hidden in (
        ("q=dien+hoa", "Điện hoa", "Chuyển khoản"),
        ("files=stuck", "Chuyển khoản", "Điện hoa"),
        ("state=sent&division=hoc-sinh&kind=video", "Chuyển khoản", "Không có bài nào"),
        ("state=refused", "Không có bài nào như vậy", "Chuyển khoản"),
    ):
        said = text_of(desk.get(f"{ROUND}?{query}"))
        assert (shown in said, hidden in said) == (True, False), query


@pytest.mark.parametrize(
    "query",
    ["q=%00", "state=nonsense", "kind=%27or", "division=x", "files=ready%00", "page=-1", "page=x"],
)
def test_nonsense_in_a_query_breaks_no_page(scene: Scene, desk: FlaskClient, query: str) -> None:
    scene.entry()
    scene.session.commit()
    for address in (ROUND, f"{ROUND}/queue", f"{ROUND}/alike"):
        assert desk.get(f"{address}?{query}").status_code == 200


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_takes_eleven_statements(
    scene: Scene, desk: FlaskClient, count_statements: Any, count: int
) -> None:
    for _ in range(count):
        make_file(scene.session, scene.entry(), "ready")
    scene.session.commit()
    with count_statements() as counted:
        assert desk.get(ROUND).status_code == 200
    assert len(counted) == 11


def test_an_entry_shows_who_what_and_a_player_that_loads_nothing(
    scene: Scene, desk: FlaskClient
) -> None:
    entry = scene.entry("Lò Thị Lan", text="<script>x</script> dòng 1\ndòng 2", members=["Dế"])
    file = make_file(scene.session, entry, "ready")
    scene.session.commit()
    answer = desk.get(f"{ROUND}/works/{entry.code}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Lò Thị Lan" in page
    assert "<script>x" not in page
    player = f'src="{ROUND}/files/{file.code}/480p"'
    assert player in page
    assert 'preload="none"' in page
    assert f'poster="{ROUND}/files/{file.code}/poster"' in page
    assert file.sha256 in page


def test_a_file_is_handed_out_in_ranges_to_its_organizers_only(
    scene: Scene, app: Flask, desk: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    file = make_file(scene.session, scene.entry(), "ready", name="Bài của Lan.mp4")
    storage = app.extensions["storage"]
    for key in (f"uploads/{file.media}", f"media/{file.media}/480p"):
        storage.put(key, b"12345", "video/mp4")
    scene.session.commit()
    address = f"{ROUND}/files/{file.code}"
    part = desk.get(f"{address}/480p", headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"23", "video/mp4")
    original = desk.get(f"{address}/original")
    assert (original.data, original.mimetype) == (b"12345", "application/octet-stream")
    assert original.headers["Content-Disposition"].startswith("attachment")
    for wrong in ("nonsense", "720p", "..", "%00"):
        assert desk.get(f"{address}/{wrong}").status_code == 404
    assert desk.get(f"{address}/poster").status_code == 404  # its row is there, its bytes are not
    abroad = app.test_client()
    sign_in(abroad, scene.account("organizer", scene.other))
    assert abroad.get(f"{address}/480p").status_code == 404


def test_refusing_asks_why_and_can_be_taken_back(scene: Scene, desk: FlaskClient) -> None:
    entry = scene.entry()
    scene.session.commit()
    address = f"{ROUND}/works/{entry.code}"
    assert "Bài không được chấm" in text_of(desk.get(f"{address}/refuse"))
    empty = desk.post(f"{address}/refuse", data={"reason": "  "})
    assert empty.status_code == 422
    assert "Hãy ghi lý do." in text_of(empty)
    long = desk.post(f"{address}/refuse", data={"reason": "x" * 501})
    assert long.status_code == 422
    done = desk.post(f"{address}/refuse", data={"reason": "Lạc đề\x00"})
    assert (done.status_code, done.location) == (303, address)
    scene.session.expire_all()
    assert (entry.state, entry.refusal) == (EntryState.REFUSED, "Lạc đề")
    scene.session.rollback()  # SQLite's one writer is free again
    said = text_of(desk.get(address))
    assert "Bài này không được nhận Lạc đề" in said
    assert "Không nhận bài : Lạc đề" in said  # its own log
    assert desk.get(f"{address}/take-back").status_code == 200
    assert desk.post(f"{address}/take-back").status_code == 303
    scene.session.expire_all()
    assert (entry.state, entry.refusal) == (EntryState.SENT, None)


def test_names_are_read_one_entry_after_the_other(scene: Scene, desk: FlaskClient) -> None:
    first = scene.entry("Lò Thị Lan", title="Bài của Lò Thị Lan", text="Em ở Xã Bản Hồ")
    second = scene.entry("Giàng A Dế", title="VNeID", text="")
    scene.session.commit()
    assert desk.get(f"{ROUND}/names").location == f"{ROUND}/works/{first.code}/names"
    page = desk.get(f"{ROUND}/works/{first.code}/names").get_data(as_text=True)
    assert 'value="Bài của […]"' in page
    assert "Em ở […]</textarea>" in page
    given = {"version": "1", "title": "Bài của […]", "text": "Em ở […]", "do": "next"}
    for wrong in ({"title": ""}, {"title": "x" * 201}, {"text": "x" * 50_001}):
        answer = desk.post(f"{ROUND}/works/{first.code}/names", data={**given, **wrong})
        assert answer.status_code == 422
    old = desk.post(f"{ROUND}/works/{first.code}/names", data={**given, "version": "x"})
    assert old.status_code == 409
    on = desk.post(f"{ROUND}/works/{first.code}/names", data=given)
    assert on.location == f"{ROUND}/works/{second.code}/names"
    again = {"version": "1", "title": "VNeID", "text": "", "do": "next"}
    assert desk.post(on.location, data=again).location == ROUND
    scene.session.expire_all()
    assert (first.redacted_title, first.redacted) == ("Bài của […]", "Em ở […]")
    assert (second.redacted_title, second.redacted) == ("VNeID", "")
    assert first.title == "Bài của Lò Thị Lan"  # what was handed in stays
    assert "đều đã được xem tên" in text_of(desk.get(ROUND))


def test_the_languages_of_an_entry_are_seen_and_corrected(scene: Scene, desk: FlaskClient) -> None:
    entry = scene.entry(languages=["hmn"])
    scene.session.commit()
    address = f"{ROUND}/works/{entry.code}"
    shown = desk.get(address)
    assert "Bài dùng tiếng Mông" in text_of(shown)
    assert f'href="{address}/languages"' in shown.get_data(as_text=True)
    page = desk.get(f"{address}/languages").get_data(as_text=True)
    assert 'value="hmn" checked' in page
    assert 'value="ium"><label' in page
    wrong = desk.post(f"{address}/languages", data={"version": "1", "languages": ["hmn", "xyz"]})
    assert wrong.status_code == 422
    assert "Hãy chọn trong các mục có sẵn." in text_of(wrong)
    old = desk.post(f"{address}/languages", data={"version": "0", "languages": "ium"})
    assert old.status_code == 409
    data = {"version": "1", "languages": ["eng", "ium"]}
    done = desk.post(f"{address}/languages", data=data)
    assert (done.status_code, done.location) == (303, address)
    scene.session.expire_all()
    assert (entry.jury_languages, entry.languages) == (["ium", "eng"], ["hmn"])
    scene.session.rollback()
    said = text_of(desk.get(address))
    assert "Bài dùng tiếng Dao, tiếng Anh" in said
    assert "Ghi lại các thứ tiếng của bài" in said  # its own log
    assert desk.post(f"{address}/languages", data={"version": "1"}).status_code == 303
    assert "Bài dùng tiếng Việt" in text_of(desk.get(address))
    assert desk.get(f"{ROUND}/works/none/languages").status_code == 404


def signed(text: str) -> tuple[Content, ...]:
    return (
        Content(FileKind.ORIGINAL, b"PK", "application/octet-stream"),
        Content(FileKind.PREVIEW, text.encode(), "text/plain; charset=utf-8"),
    )


def test_names_inside_files_are_shown_and_a_file_is_kept_from_the_jury(
    scene: Scene, app: Flask, desk: FlaskClient
) -> None:
    entry = scene.entry("Lò Thị Lan", kind="essay", title="Ví điện tử", text="Lời dẫn.")
    storage = app.extensions["storage"]
    said = "<b>Người viết</b>: Lò Thị Lan, lớp 9"
    file = add_file(scene.session, storage, entry, What.DOCUMENT, signed(said), name="bài.docx")
    vtt = "WEBVTT\n\n00:01.000 --> 00:04.000\nEm ở Xã Bản Hồ\n"
    add_file(scene.session, storage, entry, What.CLIP, CLIP, captions=vtt)
    scene.session.commit()
    names = f"{ROUND}/works/{entry.code}/names"
    answer = desk.get(names)
    page = answer.get_data(as_text=True)
    assert "&lt;b&gt;Người viết&lt;/b&gt;: <mark>Lò Thị Lan</mark>, lớp 9" in page
    assert "<mark>Xã Bản Hồ</mark>" in page
    told = text_of(answer)
    assert "Trong tệp 1" in told
    assert "Trong phụ đề của tệp 2" in told
    withhold = f"{ROUND}/works/{entry.code}/files/{file.code}/withhold"
    assert page.count(f'href="{withhold}"') == 2  # beside what was found, beside the file
    assert "bài.docx" in text_of(desk.get(withhold))
    for wrong in ({}, {"reason": " "}, {"reason": "x" * 501}):
        assert desk.post(withhold, data=wrong).status_code == 422
    done = desk.post(withhold, data={"reason": "Có tên người viết"})
    assert (done.status_code, done.location) == (303, names)
    answer = desk.get(names)
    assert "Trong tệp 1" not in text_of(answer)
    assert "Không đưa cho giám khảo" in text_of(answer)
    assert "Lời dẫn.\n\n&lt;b&gt;Người viết&lt;/b&gt;: […], lớp 9</textarea>" in answer.text
    whole = text_of(desk.get(f"{ROUND}/works/{entry.code}"))
    assert "Lý do: Có tên người viết" in whole
    assert "Không đưa một tệp cho giám khảo" in whole  # its own log
    give = f"{ROUND}/works/{entry.code}/files/{file.code}/give"
    assert desk.post(give).location == names
    assert "Trong tệp 1" in text_of(desk.get(names))
    assert desk.get(give).status_code == 405
    scene.session.expire_all()
    assert file.withheld is None


def test_a_file_is_withheld_at_its_own_address_only(
    scene: Scene, app: Flask, desk: FlaskClient
) -> None:
    entry, other = scene.entry(), scene.entry()
    storage = app.extensions["storage"]
    file = add_file(scene.session, storage, entry, What.DOCUMENT, signed("Sạch"))
    scene.session.commit()
    for code, file_code in ((other.code, file.code), (entry.code, "none"), ("none", file.code)):
        below = f"{ROUND}/works/{code}/files/{file_code}"
        assert desk.get(f"{below}/withhold").status_code == 404
        assert desk.post(f"{below}/withhold", data={"reason": "x"}).status_code == 404
        assert desk.post(f"{below}/give").status_code == 404
    scene.round.settled_at = AT
    scene.session.commit()
    below = f"{ROUND}/works/{entry.code}/files/{file.code}"
    assert desk.post(f"{below}/withhold", data={"reason": "x"}).status_code == 409
    assert desk.post(f"{below}/give").status_code == 409


def test_a_storage_in_trouble_leaves_the_page_of_names_standing(
    scene: Scene, app: Flask, desk: FlaskClient
) -> None:
    entry = scene.entry("Lò Thị Lan", kind="essay", title="Bài của Lò Thị Lan")
    storage = app.extensions["storage"]
    file = add_file(scene.session, storage, entry, What.DOCUMENT, signed("Xã Bản Hồ"))
    scene.session.commit()
    medium = scene.session.scalars(select(Media).where(Media.code == file.media)).one()
    (key,) = (each.key for each in medium.files if each.kind == FileKind.PREVIEW)
    scene.session.rollback()
    path = storage._path(key)
    path.unlink()
    path.mkdir()  # reading a folder is an error of the disk
    answer = desk.get(f"{ROUND}/works/{entry.code}/names")
    assert answer.status_code == 200
    assert "Bài của […]" in answer.text
    assert "Kho tệp đang không trả lời" in text_of(answer)


def test_the_queue_says_why_and_lets_people_act(scene: Scene, desk: FlaskClient) -> None:
    entry = scene.entry()
    states = ("stuck", "stopped", "rejected", "kept", "waiting", "unstored")
    files = {state: make_file(scene.session, entry, state) for state in states}
    scene.session.commit()
    answer = desk.get(f"{ROUND}/queue")
    page, said = answer.get_data(as_text=True), text_of(answer)
    assert "moov atom &lt;not&gt; found" in page
    assert "Tệp rỗng (0 byte)." in said
    assert "Mã sự cố: abcd1234" in said
    assert "Có người đã huỷ việc xử lý tệp này." in said
    assert "chưa cất được vào kho" in said
    assert page.count("<progress") == 1
    assert page.count('action="' + ROUND + "/queue/") == 5
    again = desk.post(f"{ROUND}/queue/{files['stuck'].code}/again")
    assert (again.status_code, again.location) == (303, f"{ROUND}/queue")
    assert desk.post(f"{ROUND}/queue/{files['stuck'].code}/again").status_code == 409
    assert desk.post(f"{ROUND}/queue/{files['unstored'].code}/again").status_code == 303
    assert desk.post(f"{ROUND}/queue/none/again").status_code == 404
    refuse = f"{ROUND}/queue/{files['stopped'].code}/refuse"
    assert desk.get(refuse).status_code == 200
    assert desk.post(refuse, data={}).status_code == 422
    assert desk.post(refuse, data={"reason": "Không mở được"}).status_code == 303
    assert desk.post(refuse, data={"reason": "Không mở được"}).status_code == 409
    said = text_of(desk.get(f"{ROUND}/queue"))
    assert "Ban tổ chức không nhận tệp này. Lý do: Không mở được" in said


def test_two_clips_stand_side_by_side_at_their_moments(scene: Scene, desk: FlaskClient) -> None:
    elsewhere = make_entries_round(scene.session, scene.contest, "khac")
    first = scene.entry("Lò Thị Lan", title="Bài một", round_=elsewhere)
    second = scene.entry("Giàng A Dế", title="Bài hai")
    one, two = make_file(scene.session, first), make_file(scene.session, second)
    media = {"media": two.media, "other_media": one.media}
    flag = flagged(scene.session, first, second, round_id=scene.round.id, **media)
    scene.session.commit()
    said = text_of(desk.get(f"{ROUND}/alike"))
    assert "Còn 1 cặp chưa xem." in said
    assert said.index("Lò Thị Lan") < said.index("Giàng A Dế")  # who sent first stands first
    address = f"{ROUND}/alike/{flag.code}"
    page = desk.get(address).get_data(as_text=True)
    assert f'src="{ROUND}/files/{one.code}/480p#t=8"' in page
    assert f'src="{ROUND}/files/{two.code}/480p#t=3"' in page
    assert "Giống từ 0:08 đến 0:18" in page
    for wrong in ({}, {"verdict": "reject", "reason": "x"}, {"verdict": "fine", "reason": " "}):
        assert desk.post(address, data=wrong).status_code == 422
    done = desk.post(address, data={"verdict": "copied", "reason": "Y hệt"})
    assert (done.status_code, done.location) == (303, f"{ROUND}/alike")
    scene.session.expire_all()
    assert scene.session.scalars(select(SimilarityFlag.verdict)).one() == "copied"
    assert {row.state for row in scene.session.scalars(select(Entry))} == {EntryState.SENT}
    scene.session.rollback()
    assert "Là một, cần xử lý" in text_of(desk.get(f"{ROUND}/alike"))
    assert "Còn 0 cặp" in text_of(desk.get(f"{ROUND}/alike"))
    assert "Bài một" in text_of(desk.get(f"{ROUND}/alike?entry={second.code}"))


def test_the_spreadsheet_holds_texts_only_whatever_they_begin_with(
    scene: Scene, app: Flask, desk: FlaskClient
) -> None:
    entry = scene.entry(
        "Lò Thị Lan",
        title='=HYPERLINK("http://x")',
        members=["+Dế", "An"],
        languages=["hmn", "pcc"],
    )
    make_file(scene.session, entry, "ready", name="@tệp.mp4", sha256="d" * 64)
    make_file(scene.session, entry, "ready", removed_at=AT)
    scene.entry(is_draft=True)
    scene.session.commit()
    answer = desk.post(f"{ROUND}/table")
    assert answer.status_code == 303
    assert run_jobs(app) >= 1
    job = scene.session.scalars(select(Job).where(Job.name == "entries.export")).one()
    with app.extensions["storage"].open(job.result["key"]) as file:
        book = Workbook(file.read(), most_bytes=10_000_000)
    rows = book.read(book.sheets[0]).rows
    assert [row.number for row in rows] == [1, 2, 3]
    cells = rows[1].cells
    assert cells[1] == entry.code
    assert cells[3] == '=HYPERLINK("http://x")'
    assert (cells[5], cells[7], cells[9]) == ("Đã nộp", "Lò Thị Lan", "+Dế; An")
    assert rows[0].cells[10] == "Tiếng khác ngoài tiếng Việt"
    assert cells[10] == "tiếng Mông, tiếng Giáy"
    assert (cells[16], cells[17], cells[18]) == ("@tệp.mp4", "3145728", "d" * 64)
    assert rows[2].cells[5] == "Đang soạn"


def test_who_organizes_no_longer_gets_no_spreadsheet(
    scene: Scene, app: Flask, client: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    account = scene.account("organizer")
    sign_in(client, account)
    assert client.post(f"{ROUND}/table").status_code == 303
    job = scene.session.scalars(select(Job)).one()
    job.owner_id = scene.account("organizer", scene.other).id
    scene.session.commit()
    assert run_jobs(app) == 1
    scene.session.expire_all()
    assert (job.state, job.error["kind"]) == ("failed", "NotFound")


def test_another_parts_organizer_finds_nothing(
    scene: Scene, client: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    entry = scene.entry()
    file = make_file(scene.session, entry, "stuck")
    flag = flagged(scene.session, entry, scene.entry())
    scene.session.commit()
    sign_in(client, scene.account("organizer", scene.other))
    pages = ["", "/names", "/queue", "/alike", f"/alike/{flag.code}", f"/works/{entry.code}"]
    pages += [f"/works/{entry.code}/{act}" for act in ("refuse", "take-back", "names")]
    pages += [f"/queue/{file.code}/refuse", f"/files/{file.code}/original"]
    pages += [f"/works/{entry.code}/files/{file.code}/withhold"]
    for page in pages:
        assert client.get(f"{ROUND}{page}").status_code == 404, page
    kept = [f"/works/{entry.code}/files/{file.code}/{act}" for act in ("withhold", "give")]
    for act in (f"/queue/{file.code}/again", "/table", f"/works/{entry.code}/refuse", *kept):
        assert client.post(f"{ROUND}{act}", data={"reason": "x"}).status_code == 404, act
    assert client.get("/organizer/entries/hoi-thi").status_code == 404
    scene.session.expire_all()
    assert entry.state == EntryState.SENT
    assert scene.session.scalars(select(Media.state)).one() == "waiting"


def test_rounds_of_entries_are_listed(desk: FlaskClient) -> None:
    said = text_of(desk.get("/organizer/entries/hoi-thi"))
    assert "Vòng video" in said
    assert "Đang nhận bài" in said
    assert desk.get("/organizer/entries/none").status_code == 404
    assert desk.get("/organizer/entries/hoi-thi/none").status_code == 404


@pytest.mark.parametrize("code", ["none", "x" * 300, "%00", "' or 1=1 --", "🙂"])
def test_codes_that_name_nothing_are_not_found(scene: Scene, desk: FlaskClient, code: str) -> None:
    assert scene.round.code == "video"
    for page in (f"/works/{code}", f"/works/{code}/names", f"/alike/{code}"):
        assert desk.get(f"{ROUND}{page}").status_code == 404
    assert desk.post(f"{ROUND}/works/{code}/refuse", data={"reason": "x"}).status_code == 404
