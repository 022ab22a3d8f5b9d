"""Storage that does not answer: each door that opens a file says so, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import servers
from factories.gallery import Scene
from factories.judging import make_assignment, make_panelist, make_phase
from factories.people import make_grant, make_unit
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from contest.accounts.models import Account, Role
from contest.app import create_app
from contest.config import Settings
from contest.core import clock
from contest.entries.models import Entry, EntryFile
from contest.judging.models import ScoreSheet
from contest.media.models import MediaFile
from contest.rules.media import FileKind, What

HOUR = timedelta(hours=1)
SAID = "Kho tệp đang tạm ngừng nên chưa mở được tệp. Tệp vẫn còn nguyên"
IN_PLACE = "Kho tệp đang tạm ngừng nên chưa hiện được tài liệu này. Tệp vẫn còn nguyên"
LOST = "Không còn thấy phần chữ của tài liệu này trong kho tệp."
GONE = "Tệp này không còn nữa."
WHATS = (What.CLIP, What.PICTURE, What.DOCUMENT)


@dataclass
class House:
    """One entry with a clip, a picture and a document, and all who may open them."""

    app: Flask
    scene: Scene
    entry: Entry
    files: list[EntryFile]
    people: dict[str, Account]
    sign_in: Callable[..., Any]
    break_down: Callable[[], None]

    def browser(self, who: str) -> FlaskClient:
        client = self.app.test_client()
        if who in self.people:
            self.sign_in(client, self.people[who])
        return client

    def doors(self) -> Iterator[tuple[str, str]]:
        """Who opens which file at which address."""
        clip, picture, document = (each.code for each in self.files)
        desk = "/organizer/entries/hoi-thi/nop-bai/files"
        gallery = f"/gallery/hoi-thi/nop-bai/{self.entry.code}/files"
        made = [(1, clip, "480p"), (1, clip, "720p"), (1, clip, "poster")]
        made += [(2, picture, "picture"), (3, document, "preview")]
        for n, code, kind in made:
            yield "owner", f"/entries/{self.entry.code}/files/{code}/{kind}"
            yield "organizer", f"{desk}/{code}/{kind}"
            yield "judge", f"/judging/{self.entry.blind_code}/media/{n}/{kind}"
            yield "anybody", f"{gallery}/{code}/{kind}"
        yield "organizer", f"{desk}/{clip}/original"


def away(files: Path) -> None:
    """The disk of files is not there: nothing but an empty folder where it hung."""
    files.rename(files.with_name("elsewhere"))
    files.mkdir()


def unreadable(files: Path) -> None:
    for path in [each for each in files.rglob("*") if each.is_file()]:
        path.unlink()
        path.mkdir()  # reading a folder is an error of the disk, for root too


@pytest.fixture(params=["a disk away", "a disk unreadable", "a bucket stopped"])
def house(  # noqa: PLR0917 -- fixtures, by name
    request: pytest.FixtureRequest,
    settings: Settings,
    engine: Engine,
    session: Session,
    compiled: Any,
    sign_in: Callable[..., Any],
) -> Iterator[House]:
    with ExitStack() as running:
        if request.param == "a bucket stopped":
            url = running.enter_context(servers.s3_server())
            settings, break_down = replace(settings, storage_url=url), running.close
        else:
            act = away if request.param == "a disk away" else unreadable
            folder = settings.data_dir / "files"
            break_down = lambda: act(folder)  # noqa: E731 -- as short as the other one
        app = create_app(settings, engine)
        app.jinja_env.bytecode_cache = compiled
        app.config["WTF_CSRF_ENABLED"] = False
        yield furnished(app, session, sign_in, break_down)


def furnished(
    app: Flask, session: Session, sign_in: Callable[..., Any], break_down: Callable[[], None]
) -> House:
    scene = Scene(session, clock.now() - 3 * HOUR, files=app.extensions["storage"])
    owner = scene.person()
    entry = scene.entry(*WHATS, owner=owner, title="Bài của em")
    office = make_unit(session, name="Trung tâm", kind="agency", parent=scene.province)
    judge = scene.person("Đỗ Minh Châu", office)
    make_grant(session, judge, Role.JUDGE, scene.province)
    make_phase(session, scene.round, opens_at=scene.closes_at)
    make_assignment(session, make_panelist(session, scene.round, judge), entry)
    session.commit()
    files = list(session.scalars(select(EntryFile).order_by(EntryFile.id)))
    people = {"owner": owner, "organizer": scene.organizer, "judge": judge}
    return House(app, scene, entry, files, people, sign_in, break_down)


def test_each_door_to_a_file_says_that_it_is_still_there(house: House) -> None:
    doors = list(house.doors())
    browsers = {who: house.browser(who) for who, _ in doors}
    for who, address in doors:
        answer = browsers[who].get(address)
        assert (answer.status_code, bool(answer.data)) == (200, True), address
    house.break_down()
    for who, address in doors:
        answer = browsers[who].get(address)
        told = (answer.status_code, answer.headers.get("Retry-After"), SAID in answer.text)
        assert told == (503, "30", True), address
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert address in answer.text  # the way to try again
    who, address = doors[0]
    script = browsers[who].get(address, headers={"Accept": "application/json"})
    assert (script.status_code, script.json["error"], script.json["wait_s"]) == (
        *(503, "no-files", 30),
    )
    browsers[who].set_cookie("language", "en")
    assert "The store of files is paused" in browsers[who].get(address).text


def test_pages_stand_with_the_sentence_where_the_document_would_be(house: House) -> None:
    pages = (
        ("judge", f"/judging/{house.entry.blind_code}"),
        ("anybody", f"/gallery/hoi-thi/nop-bai/{house.entry.code}"),
    )
    browsers = {who: house.browser(who) for who, _ in pages}
    for who, address in pages:
        answer = browsers[who].get(address)
        assert (answer.status_code, "&lt;b&gt;của&lt;/b&gt; em" in answer.text) == (200, True)
    house.break_down()
    for who, address in pages:
        answer = browsers[who].get(address)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "Bài của em" in answer.text
        assert IN_PLACE in answer.text


def test_a_sheet_is_kept_and_shown_again_while_storage_is_down(house: House) -> None:
    judge, here = house.browser("judge"), f"/judging/{house.entry.blind_code}"
    house.break_down()
    typed = {"known": "", "score-content": "8", "comment": "Lời kể ấm áp."}
    answer = judge.post(here, data={**typed, "go": "submit"})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (422, None)
    assert "Lời kể ấm áp.</textarea>" in answer.text
    assert IN_PLACE in answer.text
    answer = judge.post(here, data={**typed, "go": "save", "comment": "Khác."})
    assert answer.status_code == 409
    assert "Khác.</textarea>" in answer.text
    kept = house.scene.session.scalars(select(ScoreSheet)).one()
    assert (kept.scores, kept.comment) == ({"content": "8"}, "Lời kể ấm áp.")
    house.scene.session.rollback()
    known = answer.text.split('name="known" value="')[1].split('"')[0]
    whole = {**typed, "known": known, "score-form": "7", "go": "submit"}
    assert judge.post(here, data=whole).status_code == 303


def test_a_file_that_alone_is_missing_is_told_apart(house: House) -> None:
    storage = house.app.extensions["storage"]
    for each in house.scene.session.scalars(select(MediaFile)):
        if each.kind in {FileKind.PREVIEW, FileKind.SMALL}:
            storage.delete(each.key)
    house.scene.session.rollback()
    for who, address in house.doors():
        is_missing = address.endswith(("preview", "480p"))
        answer = house.browser(who).get(address)
        assert answer.status_code == (404 if is_missing else 200), address
        assert not is_missing or GONE in answer.text
    for who, address in (
        ("judge", f"/judging/{house.entry.blind_code}"),
        ("anybody", f"/gallery/hoi-thi/nop-bai/{house.entry.code}"),
    ):
        answer = house.browser(who).get(address)
        assert (answer.status_code, LOST in answer.text) == (200, True)
