"""Addresses of clips: what people copy from YouTube and TikTok is read, nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules import entry_rules
from contest.rules.entry_rules import Link

ID = "dQw4w9WgXcQ"
CLIP = Link("youtube", ID)
NUMBER = "7123456789012345678"


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        (f"https://www.youtube.com/watch?v={ID}", CLIP),
        (f"https://m.youtube.com/watch?v={ID}&t=3s", CLIP),
        (f"https://youtube.com/watch?app=desktop&v={ID}", CLIP),
        (f"https://www.youtube.com/watch?app=desktop&feature=shared&v={ID}&t=9s", CLIP),
        (f"https://www.youtube.com/watch?v={ID}&v=AAAAAAAAAAA", CLIP),
        (f"https://www.youtube.com/live/{ID}", CLIP),
        (f"https://youtube.com/live/{ID}?si=abc&feature=share", CLIP),
        (f"https://www.youtube.com/shorts/{ID}?si=abc", CLIP),
        (f" https://youtu.be/{ID}?si=abc ", CLIP),
        (
            f"https://www.tiktok.com/@ban.nho/video/{NUMBER}?is_from_webapp=1",
            Link("tiktok", NUMBER),
        ),
        (f"https://www.tiktok.com/embed/v2/{NUMBER}", Link("tiktok", NUMBER)),
    ],
)
def test_what_people_copy_is_read(typed: str, link: Link) -> None:
    assert entry_rules.link(typed) == link
    assert entry_rules.link(link.address) == link


@pytest.mark.parametrize(
    "typed",
    [
        f"http://www.youtube.com/watch?v={ID}",
        f"https://www.youtube.com.example.com/watch?app=desktop&v={ID}",
        f"https://example.com/?https://www.youtube.com/watch?app=desktop&v={ID}",
        f"https://user@www.youtube.com/live/{ID}",
        f"https://www.youtube.com/watch?v={ID}x",
        f"https://www.youtube.com/watch?app=desktop&vv={ID}",
        f"https://www.youtube.com/watch?app=desktop#&v={ID}",
        f"https://www.youtube.com/watch?app=a b&v={ID}",
        f"https://www.youtube.com/watch?v=AAAA&v={ID}",
        f"https://www.youtube.com/live/{ID}/more",
        "https://www.youtube.com/live/",
        "https://www.youtube.com/@kenh/live",
        "https://vt.tiktok.com/ZSabc123/",
    ],
)
def test_anything_else_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        entry_rules.link(typed)


@given(st.text("watch?&v=/live#.: \nahttps", max_size=60))
def test_no_address_of_another_host_or_shape_comes_through(typed: str) -> None:
    try:
        found = entry_rules.link(f"https://www.youtube.com/{typed}{ID}")
    except Invalid:
        return
    assert entry_rules.link(found.address) == found
    assert len(found.id) == len(ID)


@pytest.mark.parametrize(
    ("typed", "is_short"),
    [
        ("https://vt.tiktok.com/ZSabc123/", True),
        ("http://vm.tiktok.com/ZSabc123", True),
        ("vt.tiktok.com/ZSabc123", True),
        ("https://www.tiktok.com/t/ZSabc123/", True),
        (f"https://www.tiktok.com/@ban.nho/video/{NUMBER}", False),
        ("https://vt.tiktok.com.example.com/ZSabc123/", False),
        ("https://example.com/vt.tiktok.com/ZSabc123/", False),
    ],
)
def test_short_links_are_known(typed: str, is_short: bool) -> None:  # noqa: FBT001 -- a table
    assert entry_rules.is_short_link(typed) is is_short
