"""The operator's door, as an operator uses it: programs of their own, an empty folder."""

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from contest import cli
from contest.config import ROOT

TOPICS = ("devices", "internet", "public_services", "cashless", "official_information", "scams")


def run(data_dir: Path, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "contest.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "CONTEST_DATA_DIR": str(data_dir), **extra},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A fresh installation and what its first preparation printed."""
    data_dir = tmp_path_factory.mktemp("var")
    done = run(data_dir, "prepare")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return data_dir, done.stdout


def count(data_dir: Path, statement: str) -> int:
    with sqlite3.connect(data_dir / "contest.db") as database:
        return int(database.execute(statement).fetchone()[0])


def test_the_first_preparation_prints_the_organizers_password_once(
    installed: tuple[Path, str],
) -> None:
    data_dir, said = installed
    assert re.search(r"bantochuc\n", said)
    assert re.search(r"[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}", said)
    again = run(data_dir, "prepare")
    assert again.returncode == 0
    assert again.stdout == ""


def test_a_first_run_cut_short_leaves_no_account_that_nobody_can_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "data"
    shutil.copytree(cli.DATA, shipped)
    last = shipped / "demo_entries.toml"
    whole = last.read_bytes()
    last.write_bytes(whole[:2000])
    monkeypatch.setattr(cli, "DATA", shipped)
    monkeypatch.setenv("CONTEST_DATA_DIR", str(tmp_path / "var"))
    cut = CliRunner().invoke(cli.main, ["prepare"])
    assert cut.exit_code == 1
    assert count(tmp_path / "var", "select count(*) from accounts") == 0
    assert count(tmp_path / "var", "select count(*) from contests") == 0
    last.write_bytes(whole)
    again = CliRunner().invoke(cli.main, ["prepare"])
    assert again.exit_code == 0
    assert re.search(r"[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}", again.output)
    assert count(tmp_path / "var", "select count(*) from contests") == 2


def test_the_starter_content_is_all_there(installed: tuple[Path, str]) -> None:
    data_dir, _ = installed
    assert count(data_dir, "select count(*) from units where kind = 'commune'") == 99
    assert count(data_dir, "select count(*) from audiences") == 7
    assert count(data_dir, "select count(*) from questions where state = 'published'") >= 240
    for topic in TOPICS:
        in_topic = "select count(*) from question_versions v, topics t where t.id = v.topic_id and "
        assert count(data_dir, in_topic + f"t.code = '{topic}'") >= 40
    assert count(data_dir, "select count(*) from contests where state = 'published'") == 2
    assert count(data_dir, "select count(*) from divisions") == 9


LOADED = "select count(*) from audit_entries where act = 'questions.load_starters'"


def test_starter_content_is_read_again_only_by_a_database_that_has_not_taken_it(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    data_dir, _ = installed
    assert count(data_dir, LOADED) == 1
    run(data_dir, "prepare")
    assert count(data_dir, LOADED) == 1
    place = tmp_path / "other"
    place.mkdir()
    other = f"sqlite:///{place / 'contest.db'}"  # same data folder, another database
    assert run(data_dir, "prepare", CONTEST_DATABASE_URL=other).returncode == 0
    assert count(place, "select count(*) from questions where state = 'published'") >= 240


def test_new_shipped_content_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = tmp_path / "content"
    shutil.copytree(cli.CONTENT, content)
    (last,) = content.glob("6_*.toml")
    whole = last.read_bytes()
    last.unlink()
    monkeypatch.setattr(cli, "CONTENT", content)
    monkeypatch.setenv("CONTEST_DATA_DIR", str(tmp_path / "var"))
    published = "select count(*) from questions where state = 'published'"
    CliRunner().invoke(cli.main, ["prepare"])
    before = count(tmp_path / "var", published)
    last.write_bytes(whole)
    assert CliRunner().invoke(cli.main, ["prepare"]).exit_code == 0
    assert count(tmp_path / "var", published) >= before + 40
    assert count(tmp_path / "var", LOADED) == 2


def test_the_secret_key_is_kept_and_only_its_owner_reads_it(installed: tuple[Path, str]) -> None:
    data_dir, _ = installed
    key = data_dir / "secret_key"
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_text()
    run(data_dir, "check")
    assert key.read_text() == before


def test_the_tables_fit_the_code(installed: tuple[Path, str]) -> None:
    assert run(installed[0], "check").returncode == 0


def test_an_organizer_can_be_added_and_a_taken_login_is_refused(
    installed: tuple[Path, str],
) -> None:
    wanted = ("add", "--login", "le.na", "--name", "Lê Na", "--unit", "15")
    assert re.match(r"le\.na / \w{4}-\w{4}-\w{4}\n", run(installed[0], *wanted).stdout)
    refused = run(installed[0], *wanted)
    assert refused.returncode == 1
    assert "đã có tài khoản" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_contest_file_with_mistakes_names_each_and_loads_nothing(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    data_dir, _ = installed
    before = count(data_dir, "select count(*) from contests")
    file = tmp_path / "sai.toml"
    file.write_text('code = "Sai Mã"\ntitle = 5\n', "utf-8")
    done = run(data_dir, "load", str(file))
    assert done.returncode == 1
    assert "code" in done.stderr
    assert "title" in done.stderr
    assert "Traceback" not in done.stderr
    assert count(data_dir, "select count(*) from contests") == before


def test_audiences_are_changed_by_a_file_and_the_next_preparation_keeps_the_change(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    data_dir, _ = installed
    named = "select count(*) from audiences where name = 'Các cụ'"
    file = tmp_path / "doi-tuong.toml"
    shipped = (ROOT / "contest/data/audiences.toml").read_text("utf-8")
    file.write_text(re.sub(r'(code = "elderly"\nname = ).*', r'\1"Các cụ"', shipped), "utf-8")
    done = run(data_dir, "audiences", str(file))
    assert (done.returncode, done.stdout) == (0, "7 đối tượng, 0 mới\n")
    assert count(data_dir, named) == 1
    assert run(data_dir, "prepare").returncode == 0
    assert count(data_dir, named) == 1
    file.write_text(shipped.replace("is_declared", "declared"), "utf-8")
    refused = run(data_dir, "audiences", str(file))
    assert refused.returncode == 1
    assert "  1.rules.declared: Không có quy định nào" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert count(data_dir, named) == 1


def test_a_contest_of_a_mistyped_year_is_refused_and_the_mended_file_is_taken(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    whole = (ROOT / "contest/data/demo_entries.toml").read_text("utf-8")
    file = tmp_path / "nam-ngoai.toml"
    written = re.sub(r'(?m)^code = ".*"', 'code = "nam-ngoai"', whole, count=1)
    times = "opens_at = {0}-01-05T08:00:00\ncloses_at = {0}-02-05T08:00:00"
    for year, status in ((2020, 1), (2096, 0)):
        dated = re.sub(r"(?m)^opens_in_days = .*\nlasts_days = .*", times.format(year), written)
        file.write_text(dated, "utf-8")
        done = run(installed[0], "load", str(file))
        assert done.returncode == status, done.stderr
        assert ("Giờ đóng của đợt này đã qua rồi" in done.stderr) == bool(status)


def test_what_is_wrong_with_a_file_of_units_is_named_by_its_rows(
    installed: tuple[Path, str], tmp_path: Path
) -> None:
    file = tmp_path / "don-vi.csv"
    head = "mã,tên,loại,mã đơn vị cấp trên\n"
    file.write_text(head + "TH/01,Trường số 1,trường,15\n", "utf-8")
    done = run(installed[0], "units", str(file))
    assert done.returncode == 1
    assert "  Dòng 2: Mã đơn vị chỉ gồm" in done.stderr
    file.write_text(head + "th1,Trường số 1,trường,không có\n", "utf-8")
    assert "  Mã th1: Không tìm thấy" in run(installed[0], "units", str(file)).stderr
    file.write_text("", "utf-8")
    assert "  Tệp: Tệp không có dòng nào." in run(installed[0], "units", str(file)).stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "eight"),
        ("CONTEST_TIMEZONE", "Lao/Cai"),
        ("CONTEST_SECRET_KEY", "short"),
        ("CONTEST_WORKERS", "2"),
        ("CONTEST_REDIS_URL", "http://x"),
        ("CONTEST_DATABASE_URL", "postgresql+psycopg://nobody@/nothing"),
    ],
)
def test_nonsense_in_the_environment_is_one_sentence(
    variable: str, value: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "check", **{variable: value})
    assert done.returncode == 1
    assert "CONTEST_" in done.stderr or "PORT" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.fixture
def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def test_the_site_serves_and_stops_cleanly_when_told(
    installed: tuple[Path, str], free_port: int
) -> None:
    environment = {**os.environ, "CONTEST_DATA_DIR": str(installed[0]), "PORT": str(free_port)}
    site = subprocess.Popen(
        [sys.executable, "-m", "contest.cli", "serve"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        page = fetch(f"http://127.0.0.1:{free_port}/")
        assert "Hội Thi Số" in page
        for path in ("accounts/register?q=", "accounts/register?in=", "accounts/register/"):
            answer = fetch_long(f"http://127.0.0.1:{free_port}/{path}{'a' * 7900}")
            assert "Hội Thi Số" in answer
    finally:
        site.send_signal(signal.SIGINT)
        said, _ = site.communicate(timeout=30)
    assert site.returncode == 0, said
    assert f"http://127.0.0.1:{free_port}" in said
    assert "Traceback" not in said


def fetch(address: str) -> str:
    """Ask until the site answers, for 30 seconds at most."""
    for attempt in range(300):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
                return str(answer.read().decode())
        except OSError:
            if attempt == 299:
                raise
            time.sleep(0.1)
    raise AssertionError


def fetch_long(address: str) -> str:
    """Return the page whatever its status: ours says what it is in words."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()
