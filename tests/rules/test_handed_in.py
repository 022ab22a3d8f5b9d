"""What a version keeps of a file is what its sender had said of it when it was handed in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contest.rules import entry_receipts, handed_in
from contest.rules.handed_in import Described

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SAID = st.builds(Described, TEXTS, st.none() | st.text("WEBVTT\n", min_size=1, max_size=9))


def content(said: Described, **more: object) -> dict:
    return {"files": [{"code": "tep", "sha256": None, **handed_in.kept(said), **more}]}


@given(SAID, SAID)
def test_what_is_said_later_changes_nothing_of_what_was_handed_in(
    sent: Described, later: Described
) -> None:
    assert handed_in.described(content(sent), "tep", later) == sent


@given(SAID, SAID)
def test_another_description_or_other_captions_are_a_change(
    sent: Described, later: Described
) -> None:
    assert entry_receipts.is_same(content(sent), content(later)) is (sent == later)


def older(said: Described) -> dict:
    """A version of before the captions' text was kept."""
    found = content(said)
    found["files"][0].pop("vtt", None)
    return found


@given(SAID, SAID)
def test_an_older_version_shows_its_captions_while_they_are_the_same(
    sent: Described, later: Described
) -> None:
    found = handed_in.described(older(sent), "tep", later)

    assert found.about == sent.about
    assert found.captions == (sent.captions if sent.captions == later.captions else None)
    assert entry_receipts.is_same(older(sent), content(sent))


@given(SAID)
def test_what_a_version_does_not_keep_is_read_from_the_row(live: Described) -> None:
    assert handed_in.described({"files": [{"code": "tep"}]}, "tep", live) == live


def test_a_file_without_captions_gives_the_digest_it_always_gave() -> None:
    assert handed_in.kept(Described("Cảnh họp", None)) == {"about": "Cảnh họp", "captions": None}
