"""A large file from a phone: the link breaks, the page is loaded anew, the file arrives whole."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from journeys import looking, people, phones, sites
from journeys.people import Person
from journeys.sites import Site
from playwright.sync_api import Browser, Page, expect

from contest.cli import gunicorn_arguments
from contest.config import ROOT

THAO = Person(
    *("Giàng Thị Thảo", (3, 4, 1985), "si ma cai", "Xã Si Ma Cai", "giang.thao", "Mọi người dân"),
)
LENGTH = 6 * 2**20 + 321
CONTENT = random.Random(7).randbytes(LENGTH)
SHA = hashlib.sha256(CONTENT).hexdigest()


@contextmanager
def _door(site: Site, port: int | None = None, **more: str) -> Iterator[str]:
    """Serve the test's own page beside the site, on the same data."""
    port = port or sites._free_port()
    environment = {
        **site.environment,
        "PORT": str(port),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        **more,
    }
    settings = site.settings
    arguments = gunicorn_arguments(settings)
    arguments[arguments.index("--bind") + 1] = f"127.0.0.1:{port}"
    with (site.folder / "uploads.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *arguments, "uploads.site:app"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            sites._wait_for(url, [process], site.folder / "uploads.log")
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(sites.PATIENCE_S)


@pytest.fixture(scope="module")
def door(site: Site) -> Iterator[str]:
    with _door(site) as url:
        yield url


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "múa xoè.mp4"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def page(chromium: Browser, door: str) -> Iterator[Page]:
    opened = phones.opened(chromium, door)
    people.sign_in_or_register(opened, THAO)
    yield opened
    opened.context.close()


def slow(page: Page, bytes_a_second: int) -> None:
    link = page.context.new_cdp_session(page)
    link.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 20,
            "downloadThroughput": 10**7,
            "uploadThroughput": bytes_a_second,
        },
    )


def percent(page: Page) -> int:
    found = re.search(r"\((\d+)%\)", page.locator("[data-upload-counted]").inner_text())
    return int(found[1]) if found else 0


def wait_for(page: Page, least: int) -> None:
    page.wait_for_function(
        "least => document.querySelector('#upload-progress').value >= least",
        arg=least,
        timeout=60_000,
    )


def choose(page: Page, clip: Path) -> None:
    page.get_by_label("Chọn tệp").set_input_files(clip)
    page.get_by_role("button", name="Gửi tệp").click()


def test_a_file_survives_a_cut_link_a_reload_and_is_received_with_its_hash(
    page: Page, clip: Path
) -> None:
    noted = phones.complaints(page)
    page.goto("/test-upload")
    expect(page.get_by_role("button", name="Gửi tệp")).to_be_visible()
    assert looking.faults(page) == []
    page.get_by_label("Lời kể").fill("Bà tôi múa xoè.")
    slow(page, 600_000)
    choose(page, clip)
    expect(page.get_by_text("Hãy giữ trang này mở.")).to_be_visible()
    wait_for(page, 10)
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []

    page.context.set_offline(True)
    expect(page.locator("[data-upload-state]")).to_contain_text("Mất mạng")
    reached = percent(page)
    page.context.set_offline(False)
    wait_for(page, reached + 10)
    assert percent(page) < 100

    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator("[data-upload-state]")).to_contain_text("Đã tạm dừng ở")
    stopped = percent(page)
    page.reload()
    expect(page.get_by_text("Bạn còn tệp gửi dở:")).to_be_visible()
    expect(page.get_by_label("Lời kể")).to_have_value("Bà tôi múa xoè.")
    page.evaluate(
        """Object.keys(localStorage).filter((key) => key.startsWith("upload|"))
          .forEach((key) => localStorage.removeItem(key))"""
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    choose(page, clip)
    wait_for(page, max(10, stopped - 10))
    assert "POST" not in asked  # it goes on where it was, though the phone forgot

    done = page.locator("[data-upload-done]")
    expect(done).to_be_visible(timeout=60_000)
    expect(done).to_contain_text("Đã nhận xong tệp múa xoè.mp4, 6,0 MB.")
    expect(page.locator("[data-upload-sha]")).to_have_text(
        f"Dấu vân SHA-256: {SHA}", timeout=30_000
    )
    assert re.fullmatch(r"[0-9a-z]{24}", page.locator("#entry [name=upload]").input_value())
    assert looking.faults(page) == []
    page.get_by_role("link", name="Xem biên nhận").click()
    expect(page.get_by_text(SHA)).to_be_visible()
    assert looking.faults(page) == []
    assert looking.too_wide(page, 320, 640) == []
    trouble = [each for each in noted if "ERR_INTERNET_DISCONNECTED" not in each]
    assert trouble == []


def test_a_full_disk_is_called_so_and_waited_for(chromium: Browser, site: Site, clip: Path) -> None:
    port = sites._free_port()
    with _door(site, port, CONTEST_DISK_FLOOR_MB=str(10**9)) as url:
        page = phones.opened(chromium, url)
        people.sign_in_or_register(page, THAO)
        page.goto("/test-upload")
        refused: list[int] = []
        page.on("response", lambda answer: refused.append(answer.status))
        choose(page, clip)
        state = page.locator("[data-upload-state]")
        full = "Máy chủ sắp hết chỗ chứa nên tạm ngừng nhận tệp."
        expect(state).to_contain_text(full)
        expect(state).to_contain_text("Sẽ tự thử lại sau 60 giây.")
        expect(state).not_to_contain_text("Đường truyền")
        assert looking.faults(page) == []
        assert looking.too_wide(page, 320, 640) == []
        with page.expect_response(lambda answer: answer.status == 507):
            again(page)
        expect(state).to_contain_text(full)
        assert refused.count(507) == 2

    with _door(site, port):
        offsets: list[str] = []
        page.on("request", lambda asked: offsets.append(asked.headers.get("upload-offset", "")))
        again(page)
        expect(page.locator("[data-upload-done]")).to_be_visible(timeout=60_000)
        # Pieces of the usual size: the link was never slow.
        assert [each for each in offsets if each][:2] == ["0", str(512 * 1024)]
        page.context.close()


def again(page: Page) -> None:
    """Lose the link and find it: what waits tries at once."""
    page.context.set_offline(True)
    page.context.set_offline(False)


def test_a_wrong_file_is_told_in_words_beside_its_field(page: Page, tmp_path: Path) -> None:
    page.goto("/test-upload")
    page.get_by_role("button", name="Gửi tệp").click()
    expect(page.get_by_role("alert")).to_have_text("Bạn hãy chọn một tệp rồi bấm gửi.")
    wrong = tmp_path / "ảnh.exe"
    wrong.write_bytes(b"x")
    choose(page, wrong)
    expect(page.get_by_role("alert")).to_have_text(
        "Chỉ nhận tệp có đuôi .mp4. Bạn hãy chọn tệp khác."
    )
    empty = tmp_path / "trống.mp4"
    empty.write_bytes(b"")
    choose(page, empty)
    expect(page.get_by_role("alert")).to_have_text("Tệp này trống. Bạn hãy chọn tệp khác.")
    assert looking.faults(page) == []


def test_without_scripts_the_plain_form_sends_the_file(
    chromium: Browser, door: str, page: Page, clip: Path
) -> None:
    context = chromium.new_context(
        **phones.PHONE,
        base_url=door,
        java_script_enabled=False,
        storage_state=page.context.storage_state(),
    )
    context.set_default_timeout(phones.PATIENCE_MS)
    plain = context.new_page()
    plain.goto("/test-upload")
    expect(plain.get_by_text("đứt mạng thì phải gửi lại từ đầu")).to_be_visible()
    choose(plain, clip)
    expect(plain.get_by_role("heading", name="Biên nhận tệp")).to_be_visible()
    expect(plain.get_by_text(SHA)).to_be_visible(timeout=30_000)
    context.close()
