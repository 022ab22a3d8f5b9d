"""A stored file in a browser: parts for playing, downloads without power."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, Response

from contest.core.storage import DiskStorage, S3Storage
from contest.media import serving
from contest.media.models import MediaFile
from contest.rules.media import FileKind
from contest.web import threads

DATA = bytes(range(256)) * 40
TAG = '"' + "ab" * 16 + '"'

Ask = Callable[..., Response]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    files = DiskStorage(tmp_path / "files")
    files.put("media/a", DATA, "video/mp4")
    site = Flask("site")
    site.extensions["threads"] = threads.of(8)

    def asked(
        kind: FileKind = FileKind.SMALL,
        media_type: str = "video/mp4",
        method: str = "GET",
        name: str = "bài.mp4",
        **headers: str,
    ) -> Response:
        kept = MediaFile(
            kind=kind, key="media/a", media_type=media_type, bytes=len(DATA), sha256="ab" * 32
        )
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        with site.test_request_context("/", method=method, headers=sent):
            answer = serving.answer(files, kept, name=name)
            answer.direct_passthrough = False
            answer.get_data()
            return answer

    return asked


def test_the_whole_file_is_given_with_its_type_and_no_power(ask: Ask) -> None:
    answer = ask()
    assert (answer.status_code, answer.get_data()) == (200, DATA)
    headers = {
        name: answer.headers[name]
        for name in (
            *("Content-Type", "Content-Length", "Accept-Ranges", "ETag", "Content-Disposition"),
            *("Content-Security-Policy", "X-Content-Type-Options", "Cross-Origin-Resource-Policy"),
        )
    }
    assert headers == {
        "Content-Type": "video/mp4",
        "Content-Length": str(len(DATA)),
        "Accept-Ranges": "bytes",
        "ETag": TAG,
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [
        ("bytes=0-", 0, 10240),
        ("bytes=100-199", 100, 200),
        ("bytes=-5", 10235, 10240),
        ("bytes=10000-99999", 10000, 10240),
        ("bytes=0-0", 0, 1),
    ],
)
def test_a_part_is_given_when_asked_for(ask: Ask, asked: str, begin: int, end: int) -> None:
    answer = ask(Range=asked)
    assert (answer.status_code, answer.get_data()) == (206, DATA[begin:end])
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/10240"
    assert answer.headers["Content-Length"] == str(end - begin)


def test_a_part_beyond_the_end_is_refused(ask: Ask) -> None:
    answer = ask(Range="bytes=10240-")
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */10240")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-9", "lines=1-2", "bytes=x", "bytes=9-1"])
def test_what_is_no_single_part_gets_the_whole(ask: Ask, asked: str) -> None:
    assert ask(Range=asked).status_code == 200


def test_a_part_of_another_version_gets_the_whole(ask: Ask) -> None:
    assert ask(Range="bytes=0-9", If_Range='"old"').status_code == 200
    assert ask(Range="bytes=0-9", If_Range=TAG).status_code == 206


def test_what_the_browser_has_is_not_sent_again(ask: Ask) -> None:
    answer = ask(If_None_Match=TAG)
    assert (answer.status_code, answer.get_data(), answer.headers["ETag"]) == (304, b"", TAG)


def test_a_question_for_the_headers_opens_no_file(ask: Ask) -> None:
    answer = ask(method="HEAD")
    assert (answer.status_code, answer.get_data()) == (200, b"")
    assert answer.headers["Content-Length"] == "10240"


@pytest.mark.parametrize("media_type", ["application/pdf", "text/html", "image/svg+xml"])
def test_what_a_stranger_sent_is_only_ever_a_download(ask: Ask, media_type: str) -> None:
    answer = ask(FileKind.ORIGINAL, media_type, name='bài "dự thi"\r\n🎬.pdf')
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="bi d thi .pdf"; '
        "filename*=UTF-8''b%C3%A0i%20d%E1%BB%B1%20thi%20%F0%9F%8E%AC.pdf"
    )


KEY = "media/k7f2/1-a/480p.mp4"


@pytest.mark.parametrize(
    ("kind", "seconds", "told"),
    [
        (FileKind.SMALL, 7200, ("video/mp4", "inline")),
        (FileKind.POSTER, 600, ("video/mp4", "inline")),
        (FileKind.ORIGINAL, 600, ("application/octet-stream", "attachment; filename=bai.mp4")),
    ],
)
def test_a_bucket_that_browsers_reach_hands_out_by_itself(
    kind: FileKind, seconds: int, told: tuple[str, str]
) -> None:
    files = S3Storage("s3://key:hidden@garage/bucket", "https://files.example.vn/bucket")
    facts = {"key": KEY, "media_type": "video/mp4", "bytes": 10240, "sha256": "ab" * 32}
    with Flask("site").test_request_context("/", headers={"Range": "bytes=0-"}):
        answer = serving.answer(
            files, MediaFile(kind=kind, **facts), name="bai.mp4", cache="public"
        )
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "private, no-store")
    there = urlsplit(answer.headers["Location"])
    asked = dict(parse_qsl(there.query))
    assert f"{there.scheme}://{there.netloc}{there.path}" == (
        f"https://files.example.vn/bucket/{KEY}"
    )
    assert asked["X-Amz-Expires"] == str(seconds)
    assert asked["response-content-type"] == told[0]
    assert asked["response-content-disposition"].startswith(told[1])
    assert "hidden" not in there.query


def test_what_stays_is_handed_out_by_the_site() -> None:
    files = S3Storage("s3://key:hidden@garage/bucket", "https://files.example.vn/bucket")
    facts = {"key": KEY, "media_type": "video/mp4", "bytes": 10240, "sha256": "ab" * 32}
    kept = MediaFile(kind=FileKind.ORIGINAL, **facts)
    with Flask("site").test_request_context("/", headers={"If-None-Match": TAG}):
        assert serving.answer(files, kept, name="bai.mp4", stays=True).status_code == 304
        assert serving.answer(files, kept, name="bai.mp4").status_code == 302


def test_the_headers_alone_are_told_by_the_site() -> None:
    files = S3Storage("s3://key:hidden@garage/bucket", "https://files.example.vn/bucket")
    facts = {"key": KEY, "media_type": "video/mp4", "bytes": 10240, "sha256": "ab" * 32}
    with Flask("site").test_request_context("/", method="HEAD"):
        answer = serving.answer(files, MediaFile(kind=FileKind.SMALL, **facts), name="bai.mp4")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "10240")
