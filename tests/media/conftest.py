"""Clips made once a run, and both kinds of ffmpeg where both are there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from factories import clips

from contest.media import tools

Maker = Callable[[Path], None]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Maker, str], Path]:
    """Give a clip of a kind, made at the first asking."""
    made: dict[str, Path] = {}

    def give(maker: Maker, name: str) -> Path:
        if name not in made:
            path = tmp_path_factory.mktemp("clip") / "clip"
            maker(path)
            made[name] = path
        return made[name]

    return give


@pytest.fixture(params=sorted({tool for tool in (tools.ffmpeg(), tools.packaged()) if tool}))
def ffmpeg(request: pytest.FixtureRequest) -> str:
    """Each ffmpeg of this machine: the system's and the package's read strangers differently."""
    tool: str = request.param
    return tool


@pytest.fixture(scope="session")
def small_clip(clip: Callable[[Maker, str], Path]) -> Path:
    return clip(clips.small, "small")
