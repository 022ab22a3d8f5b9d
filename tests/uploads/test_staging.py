"""Partial files: one holder at a time, who lets go when asked."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from contest.core import clock
from contest.uploads.staging import Busy, Staging


def test_a_new_file_is_empty_and_for_us_alone(folder: Staging) -> None:
    code = folder.create()
    assert (len(code), folder.size(code)) == (24, 0)
    path = folder._path(code)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert folder.size("0" * 24) is None


@pytest.mark.parametrize("code", ["", "x", "../../etc/passwd", "0" * 23 + "/", "O" * 24])
def test_a_name_of_anybody_elses_is_no_code(folder: Staging, code: str) -> None:
    with pytest.raises(ValueError, match="not a code of ours"):
        folder.size(code)


def test_bytes_are_appended_and_counted(folder: Staging) -> None:
    code = folder.create()
    with folder.held(code) as partial:
        partial.append(b"abc")
        partial.append(b"")
        partial.append(b"de")
        assert partial.size == 5
    with folder.open(code) as file:
        assert file.read() == b"abcde"


def test_a_second_holder_waits_until_the_first_lets_go(folder: Staging) -> None:
    code = folder.create()
    told: list[str] = []

    def hold() -> None:
        with folder.held(code) as partial:
            told.append("held")
            while not partial.is_wanted():
                time.sleep(0.01)
            partial.append(b"first")

    thread = threading.Thread(target=hold)
    thread.start()
    while not told:
        time.sleep(0.01)
    with folder.held(code) as partial:
        assert partial.size == 5
        assert not partial.is_wanted()
    thread.join()


def test_a_holder_that_does_not_let_go_keeps_the_file(folder: Staging) -> None:
    code = folder.create()
    with folder.held(code) as partial:
        with pytest.raises(Busy), folder.held(code, patience=0.2):
            raise AssertionError
        assert partial.is_wanted()
        partial.append(b"still mine")
    with folder.held(code) as partial:
        assert (partial.size, partial.is_wanted()) == (10, False)


def test_a_file_removed_while_somebody_waits_is_gone_for_them(folder: Staging) -> None:
    code = folder.create()
    failed: list[type] = []
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        try:
            with folder.held(code):
                failed.append(object)
        except FileNotFoundError as error:
            failed.append(type(error))

    with folder.held(code) as partial:
        thread = threading.Thread(target=wait)
        thread.start()
        begun.wait()
        while not partial.is_wanted():
            time.sleep(0.01)
        folder.remove(code)
    thread.join()
    assert failed == [FileNotFoundError]
    folder.remove(code)
    assert list(folder.older(before=clock.now() + timedelta(days=1))) == []


def test_unproved_bytes_are_cut_off_by_the_next_holder(folder: Staging) -> None:
    code = folder.create()
    with folder.held(code) as partial:
        partial.append(b"good")
        assert partial.begin_unproved() == 4
        partial.append(b"who knows")
    with folder.held(code) as partial:
        assert partial.size == 4
        partial.begin_unproved()
        partial.append(b"known")
        partial.prove()
    with folder.held(code) as partial:
        assert partial.size == 9


def test_old_files_are_found_by_the_code_they_belong_to(folder: Staging) -> None:
    old, new = folder.create(), folder.create()
    plain = folder.plain()
    plain.write_bytes(b"half")
    then = datetime(2026, 1, 1, tzinfo=UTC)
    for path in (folder._path(old), plain):
        os.utime(path, (then.timestamp(), then.timestamp()))
    found = dict(folder.older(before=then + timedelta(days=1)))
    assert found == {old: folder._path(old), plain.name.partition(".")[0]: plain}
    assert new not in found
