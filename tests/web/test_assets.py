"""The built copy of static/: smaller, joined, compressed, and served in the place of static/."""

import gzip
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import brotli
import pytest
from flask import Flask, render_template_string
from lxml import etree

from contest.app import create_app
from contest.config import Settings
from contest.web import assets

BUNDLE = "js/paper.bundle.js"
TEMPLATE = "{{ scripts('js/paper.bundle.js') | join(' ') }}"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return assets.build(tmp_path / "built")


@pytest.fixture
def built(copy: Path, settings: Settings, engine: object) -> Iterator[Flask]:
    return create_app(replace(settings, data_dir=copy.parent), engine)


def test_styles_and_scripts_lose_their_comments_and_are_compressed_twice(copy: Path) -> None:
    for name in ("css/site.css", "css/paper.css", "js/site.js", "js/mine.js", BUNDLE):
        small = (copy / name).read_bytes()
        assert b"/*" not in small
        assert brotli.decompress((copy / f"{name}.br").read_bytes()) == small
        assert gzip.decompress((copy / f"{name}.gz").read_bytes()) == small


def test_scripts_know_nothing_newer_than_old_phones_do(copy: Path) -> None:
    for path in (copy / "js").rglob("*.js"):
        assert not re.search(r"\?\?|\?\.[^\d]|catch\{", path.read_text("utf-8")), path


def test_a_style_holds_its_pictures(copy: Path) -> None:
    text = (copy / "css/site.css").read_text("utf-8")
    assert "../img/" not in text
    inside = re.findall(r"""url\((["']?)data:image/svg\+xml,(.+?)\1\)""", text)
    shown = {etree.tostring(etree.fromstring(unquote(each[1]).encode())) for each in inside}
    files = [assets.STATIC / "img" / f"{name}.svg" for name in ("mark", "brocade", "peaks")]
    assert shown == {etree.tostring(etree.fromstring(path.read_bytes())) for path in files}


def test_where_nothing_minifies_files_are_served_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "minify", None)
    copy = assets.build(tmp_path / "built")
    whole = (assets.STATIC / "js/site.js").read_bytes()
    assert (copy / "js/site.js").read_bytes() == whole
    assert "data:image/svg+xml," in (copy / "css/site.css").read_text("utf-8")


def test_what_is_neither_style_nor_script_stays_as_it_is(copy: Path) -> None:
    for path in (assets.STATIC / "img").iterdir():
        assert (copy / "img" / path.name).read_bytes() == path.read_bytes()


def test_a_bundle_holds_its_parts_in_their_order(copy: Path) -> None:
    text = (copy / BUNDLE).read_text("utf-8")
    marks = (".card=", ".saving=", ".saving(")
    assert sorted(marks, key=text.index) == list(marks)


def test_a_second_build_leaves_nothing_of_the_first(copy: Path) -> None:
    (copy / "old.css").write_text("a{}")
    assert not (assets.build(copy.parent) / "old.css").exists()


def test_a_copy_that_stands_as_it_was_built_is_kept(copy: Path) -> None:
    script = copy / "js/site.js"
    before = script.stat().st_mtime_ns
    assets.build(copy.parent)
    assert script.stat().st_mtime_ns == before
    compressed = copy / "js/site.js.br"
    compressed.unlink()
    assets.build(copy.parent)
    assert compressed.exists()
    assert script.stat().st_mtime_ns != before


def test_a_copy_is_made_anew_when_static_changes_or_a_build_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    static = tmp_path / "static"
    shutil.copytree(assets.STATIC, static)
    monkeypatch.setattr(assets, "STATIC", static)
    copy = assets.build(tmp_path / "built")
    (static / "img" / "new.svg").write_text("<svg/>", "utf-8")
    assert (assets.build(copy.parent) / "img" / "new.svg").exists()
    (static / "img" / "new.svg").write_text("<svg></svg>", "utf-8")
    (static / "js" / "site.js").write_text("broken(", "utf-8")
    with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever the minifier says
        assets.build(copy.parent)
    shutil.copy(assets.ROOT / "static/js/site.js", static / "js/site.js")
    assert "<svg></svg>" in (assets.build(copy.parent) / "img" / "new.svg").read_text("utf-8")
    assert (copy / "js/site.js.br").exists()


def test_the_site_serves_the_copy_when_there_is_one(built: Flask, copy: Path) -> None:
    with built.test_request_context():
        (address,) = render_template_string(TEMPLATE).split()
    with built.test_client().get(address) as answer:
        assert answer.data == (copy / BUNDLE).read_bytes()
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_a_copy_each_script_is_served_by_itself(app: Flask) -> None:
    with app.test_request_context():
        addresses = render_template_string(TEMPLATE).split()
    for address, part in zip(addresses, assets.BUNDLES[BUNDLE], strict=True):
        with app.test_client().get(address) as answer:
            assert answer.data == (assets.STATIC / part).read_bytes()


def test_the_address_of_a_bundle_changes_with_any_of_its_parts() -> None:
    parts = assets.BUNDLES[BUNDLE]
    versions = {assets.version(*parts), *(assets.version(part) for part in parts)}
    assert len(versions) == len(parts) + 1
