"""A receipt is tied to what was handed in, as what, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contest.rules import entry_receipts, receipts

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CONTENT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["video", "essay"]),
        "title": TEXTS,
        "text": TEXTS,
        "figures": st.lists(st.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=2),
        "links": st.just([]),
        "members": st.lists(TEXTS, max_size=3),
        "files": st.lists(
            st.fixed_dictionaries({"code": TEXTS, "bytes": st.integers(0), "sha256": st.none()}),
            max_size=2,
        ),
    }
)

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=20_000)).map(
    lambda after: datetime(2026, 1, 1, tzinfo=UTC) + after
)


@given(
    CONTENT,
    CONTENT,
    st.integers(1, 50),
    MOMENTS,
)
def test_a_receipt_is_tied_to_content_number_and_moment(
    one: dict[str, Any], other: dict[str, Any], no: int, moment: datetime
) -> None:
    digest = entry_receipts.digest(one)
    receipt = entry_receipts.receipt("k7f2", no, moment, digest)
    assert entry_receipts.receipt("k7f2", no, moment, entry_receipts.digest(dict(one))) == receipt
    assert (entry_receipts.digest(other) == digest) is (one == other)
    assert entry_receipts.is_same(one, other) is (one == other)
    assert receipts.normalise(receipt) == receipt
    for changed in (
        entry_receipts.receipt("k7f3", no, moment, digest),
        entry_receipts.receipt("k7f2", no + 1, moment, digest),
        entry_receipts.receipt("k7f2", no, moment + timedelta(microseconds=1), digest),
        entry_receipts.receipt("k7f2", no, moment, "0" * 64),
    ):
        assert changed != receipt


def test_a_hash_that_became_known_is_no_change() -> None:
    content = {"title": "Bài", "files": [{"code": "k7f2", "sha256": None}]}
    known = {"title": "Bài", "files": [{"code": "k7f2", "sha256": "ab" * 32}]}
    assert entry_receipts.is_same(content, known)
    assert entry_receipts.digest(content) != entry_receipts.digest(known)


def test_the_canonical_form_is_as_written_here() -> None:
    content = {"title": "Bài “hay”", "files": [], "kind": "video"}
    written = '{"files":[],"kind":"video","title":"Bài “hay”"}'
    assert entry_receipts.canonical(content) == written.encode()
    digest = entry_receipts.digest(content)
    assert digest == "2dd64ec06b7221eeb6b4992b43d603a32b34f26febc950c369c8bbe4e3088f73"
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert entry_receipts.receipt("k7f29qmx", 2, moment, digest) == "62G4-01PK-Z9EC-DAD3"
