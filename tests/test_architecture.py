"""The law of the house, checked: where things may stand and what they may touch."""

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from contest.config import ROOT, Settings

PACKAGES = ("contest", "question_bank")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SHARED_TEMPLATES = {"layout", "macros", "errors"}
DOORS = {
    "contest/web/application.py",
    "contest/worker.py",
    "contest/cli.py",
    "contest/core/db.py",
    "contest/core/schema.py",
    # a form shown again after a rule refused it: nothing of the refused act may be kept
    "contest/accounts/views.py",
    "contest/accounts/admin.py",
    "contest/attempts/views.py",
    "contest/contests/views.py",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_arrow_between_rooms_and_inside_them_points_down() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_init_file_is_empty() -> None:
    full = [named(path) for path in SOURCES if path.name == "__init__.py" and path.read_text()]
    assert full == []


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{named(path)}:{node.lineno}"
        for path in SOURCES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_only_the_doors_commit_or_roll_back() -> None:
    ends = re.compile(r"\.(commit|rollback)\(")
    wrong = [named(path) for path in SOURCES if ends.search(path.read_text())]
    assert set(wrong) <= DOORS
    assert not [name for name in wrong if name.endswith(("service.py", "queries.py", "models.py"))]


def test_only_the_clock_asks_the_time() -> None:
    asks = re.compile(r"datetime\.now\(|date\.today\(|utcnow\(|time\.time\(")
    wrong = {named(path) for path in SOURCES if asks.search(path.read_text())}
    assert wrong <= {"contest/core/clock.py", "contest/web/limits.py"}  # a limit's own reset time


def test_no_room_is_a_drawer() -> None:
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py"}
    assert [named(path) for path in SOURCES if path.name in drawers] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_a_template_holds_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)


def test_every_template_folder_belongs_to_a_blueprint() -> None:
    sources = "\n".join(path.read_text() for path in SOURCES)
    folders = {path.parent.name for path in TEMPLATES} - SHARED_TEMPLATES
    assert {folder for folder in folders if f'"{folder}/' not in sources} == set()


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    named_in_code = set(
        re.findall(r'"(CONTEST_[A-Z_]+|PORT)"', (ROOT / "contest/config.py").read_text())
    )
    assert named_in_code
    assert {name for name in named_in_code if f"`{name}`" not in readme} == set()
    assert "secret_key" not in repr(
        Settings(data_dir=Path(), database_url="sqlite://", secret_key="x" * 32)
    )
    assert {field.name for field in fields(Settings)} >= {"data_dir", "database_url"}


def test_no_file_names_a_package_registry() -> None:
    texts = [
        path
        for pattern in ("*.txt", "*.toml", "Makefile", ".ci/run", "docs/**/*.md", "README.md")
        for path in ROOT.glob(pattern)
    ]
    host = re.compile(r"pypi\.org|registry\.npmjs|files\.pythonhosted|index-url")
    assert [named(path) for path in texts if host.search(path.read_text())] == []
