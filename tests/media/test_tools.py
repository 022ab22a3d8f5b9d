"""Where ffmpeg is looked for."""

from pathlib import Path

import pytest

from contest.media import tools


def test_the_systems_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.ffmpeg() == str(program)


def test_the_packages_is_taken_when_the_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "carrier"
    (package / "binaries").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    program = package / "binaries" / "ffmpeg-linux-x86_64-v9.0.2"
    program.write_text("")
    (package / "binaries" / "README.md").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tools, "PACKAGE", "carrier")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.ffmpeg() is None  # there, but not to be run
    program.chmod(0o755)
    assert tools.ffmpeg() == str(program)


def test_none_is_said_to_be_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "PACKAGE", "no_such_package")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tools.ffmpeg() is None
