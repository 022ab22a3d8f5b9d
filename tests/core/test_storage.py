"""Files on a disk and on a real S3 service: both keep the same promises."""

import hashlib
import io
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
import servers
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from contest.config import Settings, SettingsError
from contest.core import storage
from contest.core.storage import DiskStorage, NoAnswer, S3Storage, Storage, Stored
from contest.errors import NotFound

TEXT = "Bình dân học vụ số, Lào Cai".encode()
MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with servers.s3_server() as url:
        yield url


@pytest.fixture(params=["disk", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return DiskStorage(tmp_path / "files")
    found = S3Storage(request.getfixturevalue("s3_url"))
    for kept in list(found.kept("jobs")):
        found.delete(kept.key)
    return found


def read(files: Storage, key: str, *span: int | None) -> bytes:
    with files.open(key, *span) as file:
        return file.read()


def test_what_is_put_comes_back_whole(files: Storage) -> None:
    stored = files.put("jobs/a1/result", TEXT, "text/plain")
    assert stored == Stored(len(TEXT), hashlib.sha256(TEXT).hexdigest())
    assert read(files, "jobs/a1/result") == TEXT
    assert files.size("jobs/a1/result") == len(TEXT)
    assert files.exists("jobs/a1/result")


def test_a_stream_of_many_pieces_is_kept_whole(files: Storage) -> None:
    content = os.urandom(MEBIBYTE) * 17  # more than one part of a multipart upload
    stored = files.put("jobs/big/result", io.BytesIO(content), "application/zip")
    assert stored == Stored(len(content), hashlib.sha256(content).hexdigest())
    assert hashlib.sha256(read(files, "jobs/big/result")).hexdigest() == stored.sha256


def test_nothing_at_all_is_a_file_too(files: Storage) -> None:
    assert files.put("jobs/a1/empty", b"", "text/csv").bytes == 0
    assert read(files, "jobs/a1/empty") == b""
    assert files.size("jobs/a1/empty") == 0


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 4), b"0123"),
        ((3, 4), b"3"),
        ((7, None), b"789"),
        ((0, 99), b"0123456789"),
        ((4, 4), b""),
        ((5, 2), b""),
        ((10, None), b""),
        ((99, 200), b""),
    ],
)
def test_a_part_can_be_read(files: Storage, span: tuple[int, int | None], expected: bytes) -> None:
    files.put("jobs/a1/digits", b"0123456789", "text/plain")
    assert read(files, "jobs/a1/digits", *span) == expected


def test_the_last_put_replaces_the_one_before(files: Storage) -> None:
    files.put("jobs/a1/result", b"a longer first text", "text/plain")
    files.put("jobs/a1/result", b"second", "text/plain")
    assert read(files, "jobs/a1/result") == b"second"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(files: Storage) -> None:
    files.put("jobs/a1/result", TEXT, "text/plain")
    files.delete("jobs/a1/result")
    files.delete("jobs/a1/result")
    assert not files.exists("jobs/a1/result")
    with pytest.raises(NotFound):
        files.open("jobs/a1/result")
    with pytest.raises(NotFound):
        files.open("jobs/a1/result", 3, 5)
    with pytest.raises(NotFound):
        files.open("jobs/a1/result", 3, 3)
    with pytest.raises(NotFound):
        files.size("jobs/a1/result")


class Broken(io.BytesIO):
    """A sender that goes away after the first piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        if not found:
            raise ConnectionResetError
        return found


def test_a_sender_that_breaks_off_leaves_the_old_file_and_no_other(files: Storage) -> None:
    files.put("jobs/a1/result", TEXT, "text/plain")
    with pytest.raises(ConnectionResetError):
        files.put("jobs/a1/result", Broken(b"half"), "text/plain")
    assert read(files, "jobs/a1/result") == TEXT
    assert [kept.key for kept in files.kept("jobs")] == ["jobs/a1/result"]


def test_a_folder_names_what_is_in_it_and_since_when(files: Storage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    for key in ("jobs/a1/result", "jobs/a1/source", "jobs/a10/result", "pictures/a1"):
        files.put(key, TEXT, "text/plain")
    assert sorted(kept.key for kept in files.kept("jobs/a1")) == [
        "jobs/a1/result",
        "jobs/a1/source",
    ]
    found = list(files.kept("jobs"))
    assert sorted(kept.key for kept in found) == [
        *("jobs/a1/result", "jobs/a1/source", "jobs/a10/result"),
    ]
    assert all(before <= kept.at <= datetime.now(UTC) + timedelta(seconds=2) for kept in found)
    assert list(files.kept("nothing")) == []


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "jobs/../x", "jobs//x", "jobs/", ".x", "Jobs/x", "a b", "a" * 201]
)
def test_a_key_that_is_no_path_of_ours_is_refused(files: Storage, key: str) -> None:
    for act in (files.open, files.size, files.exists, files.delete):
        with pytest.raises(ValueError, match="not a storage key"):
            act(key)
    with pytest.raises(ValueError, match="not a storage key"):
        files.put(key, b"", "text/plain")


@given(key=st.text(max_size=40))
def test_no_key_leaves_the_folder(key: str) -> None:
    try:
        storage.ensure_key(key)
    except ValueError:
        return
    parts = key.split("/")
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", part) for part in parts)


def test_a_disk_forgets_broken_off_puts_after_a_while(tmp_path: Path) -> None:
    files = DiskStorage(tmp_path)
    files.put("jobs/a1/result", TEXT, "text/plain")
    left = tmp_path / storage.TEMPORARY / "left"
    left.write_bytes(b"half")
    os.utime(left, (time.time() - 100_000,) * 2)
    (tmp_path / storage.TEMPORARY / "coming").write_bytes(b"still being written")
    now = datetime.now(UTC)
    assert files.tidy(before=now - timedelta(days=1)) == 1
    assert [path.name for path in (tmp_path / storage.TEMPORARY).iterdir()] == ["coming"]
    assert read(files, "jobs/a1/result") == TEXT


def test_a_bucket_forgets_broken_off_puts_after_a_while(s3_url: str) -> None:
    files = S3Storage(s3_url)
    files._s3.create_multipart_upload(Bucket="contest", Key="jobs/b1/half")
    now = datetime.now(UTC)
    assert files.tidy(before=now - timedelta(days=1)) == 0
    assert files.tidy(before=now + timedelta(days=1)) == 1
    assert files.tidy(before=now + timedelta(days=1)) == 0


def test_files_on_a_disk_are_for_the_site_alone(tmp_path: Path) -> None:
    files = DiskStorage(tmp_path / "files")
    files.put("jobs/a1/result", TEXT, "text/plain")
    made = [tmp_path / "files", *(path for path in tmp_path.rglob("*") if path.is_dir())]
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


def test_a_wrong_secret_opens_no_bucket(s3_url: str) -> None:
    stranger = S3Storage(s3_url.replace("a%2Bsecret", "another"))
    with pytest.raises(ClientError):
        stranger.put("jobs/a1/result", TEXT, "text/plain")
    with pytest.raises(NoAnswer):
        stranger.size("jobs/a1/result")


def test_a_bucket_that_stopped_does_not_answer() -> None:
    with servers.s3_server() as url:
        files = S3Storage(url)
        files.put("jobs/a1/result", TEXT, "text/plain")
    for act in (files.open, files.size, files.exists):
        with pytest.raises(NoAnswer):
            act("jobs/a1/result")


def test_a_bucket_that_breaks_off_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as service:

        def send_half() -> None:
            line, _ = service.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

        threading.Thread(target=send_half, daemon=True).start()
        endpoint = f"http://127.0.0.1:{service.getsockname()[1]}"
        files = S3Storage(f"s3://key:secret@host/bucket?endpoint={endpoint}")
        with pytest.raises(NoAnswer), files.open("jobs/a1/result") as file:
            file.read()


def test_a_disk_that_is_away_does_not_answer_and_one_file_less_is_gone(tmp_path: Path) -> None:
    files = storage.opened(settings(tmp_path))
    assert not files.exists("jobs/a1/result")
    with pytest.raises(NotFound):
        files.size("jobs/a1/result")
    files.put("jobs/a1/result", TEXT, "text/plain")
    here = tmp_path / "files"
    here.rename(tmp_path / "elsewhere")
    for make in (lambda: None, here.mkdir, lambda: (here.rmdir(), here.write_bytes(b""))):
        make()  # nothing, an empty folder, something that is no folder
        for act in (files.open, files.size, files.exists):
            with pytest.raises(NoAnswer):
                act("jobs/a1/result")


def settings(tmp_path: Path, **env: str) -> Settings:
    return Settings.from_env({"CONTEST_DATA_DIR": str(tmp_path), **env})


def test_nothing_set_means_the_data_folder(tmp_path: Path) -> None:
    files = storage.opened(settings(tmp_path))
    files.put("jobs/a1/result", TEXT, "text/plain")
    assert isinstance(files, DiskStorage)
    assert [path.read_bytes() for path in tmp_path.glob("files/??/jobs/a1/result")] == [TEXT]


def test_an_address_means_a_bucket(tmp_path: Path, s3_url: str) -> None:
    files = storage.opened(settings(tmp_path, CONTEST_STORAGE_URL=s3_url))
    files.put("jobs/c1/result", TEXT, "text/plain")
    assert isinstance(files, S3Storage)
    assert read(files, "jobs/c1/result") == TEXT


@pytest.mark.parametrize(
    "url",
    [
        "https://key:hidden@host/bucket",
        "s3://host/bucket",
        "s3://key@host/bucket",
        "s3://key:hidden@/bucket",
        "s3://key:hidden@host",
        "s3://key:hidden@host/",
        "s3://key:hidden@host/bucket/deeper",
        "s3://key:hidden@host:nan/bucket",
    ],
)
def test_a_wrong_address_is_refused_without_its_secret(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="CONTEST_STORAGE_URL") as refused:
        settings(tmp_path, CONTEST_STORAGE_URL=url)
    assert "hidden" not in str(refused.value)


def test_the_settings_do_not_show_the_secret(tmp_path: Path) -> None:
    found = settings(tmp_path, CONTEST_STORAGE_URL="s3://key:hidden@host/bucket")
    assert "hidden" not in repr(found)


# Signed addresses


def fetched(url: str, **headers: str) -> tuple[int, bytes, Message]:
    """Ask as a browser does, without any key."""
    try:
        with urlopen(Request(url, headers=headers)) as answer:  # noqa: S310 -- our own server
            return answer.status, answer.read(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, b"", error.headers


def public(s3_url: str) -> str:
    return f"{parse_qs(urlsplit(s3_url).query)['endpoint'][0]}/contest"


def test_a_signed_address_hands_out_one_file_for_a_while_under_our_type_and_name(
    s3_url: str,
) -> None:
    files = S3Storage(s3_url, public(s3_url))
    files.put("media/a1/480p", TEXT, "video/mp4")
    files.put("media/a2/480p", TEXT, "video/mp4")
    told = {"media_type": "video/webm", "disposition": "attachment; filename*=UTF-8''b%C3%A0i"}
    found = files.address("media/a1/480p", seconds=60, **told)
    assert found is not None
    assert "secret" not in found
    status, body, headers = fetched(found)
    assert (status, body) == (200, TEXT)
    assert headers["Content-Type"] == "video/webm"
    assert headers["Content-Disposition"] == told["disposition"]
    _status, part, headers = fetched(found, Range="bytes=5-9")
    assert (part, headers["Content-Range"]) == (TEXT[5:10], f"bytes 5-9/{len(TEXT)}")
    for wrong in (
        found.replace("a1", "a2"),
        found.replace("video%2Fwebm", "text%2Fhtml"),
        found.replace("Expires=60", "Expires=6000"),
        found.partition("?")[0],
    ):
        assert fetched(wrong)[0] in {400, 403}


def test_a_signed_address_dies(s3_url: str) -> None:
    files = S3Storage(s3_url, public(s3_url))
    files.put("media/a1/480p", TEXT, "video/mp4")
    found = files.address("media/a1/480p", seconds=1, media_type="video/mp4", disposition="inline")
    assert found is not None
    time.sleep(2.1)
    assert fetched(found)[0] in {400, 403}


def test_there_is_no_address_where_none_is_set(tmp_path: Path, s3_url: str) -> None:
    asked = {"seconds": 60, "media_type": "video/mp4", "disposition": "inline"}
    for files in (DiskStorage(tmp_path), S3Storage(s3_url)):
        assert files.address("media/a1/480p", **asked) is None


S3 = "s3://key:hidden@host/bucket?endpoint=http://garage:3900"


@pytest.mark.parametrize(
    "url", ["https://files.example.vn/bucket", "http://127.0.0.1:9000/bucket/"]
)
def test_browsers_may_reach_the_bucket_elsewhere(tmp_path: Path, url: str) -> None:
    found = settings(tmp_path, CONTEST_STORAGE_URL=S3, CONTEST_STORAGE_PUBLIC_URL=url)
    files = storage.opened(found)
    address = files.address("media/a1/480p", seconds=9, media_type="a/b", disposition="inline")
    assert address is not None
    assert address.startswith(f"{url.rstrip('/')}/media/a1/480p?")


@pytest.mark.parametrize(
    "url",
    [
        "files.example.vn/bucket",
        "https://files.example.vn",
        "https://files.example.vn/other",
        "https://files.example.vn/s3/bucket",
        "https://a:b@files.example.vn/bucket",
        "https://files.example.vn/bucket?x=1",
        "https://a; script-src *.vn/bucket",
    ],
)
def test_a_wrong_address_for_browsers_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="CONTEST_STORAGE_PUBLIC_URL"):
        settings(tmp_path, CONTEST_STORAGE_URL=S3, CONTEST_STORAGE_PUBLIC_URL=url)


def test_an_address_for_browsers_needs_a_bucket(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs CONTEST_STORAGE_URL"):
        settings(tmp_path, CONTEST_STORAGE_PUBLIC_URL="https://files.example.vn/bucket")
