"""HTML of other programs: safe, and plain where it says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.formats import markup


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("a", "a"),
        (" a\n b ", "a\n b"),
        ("2 > 1", "2 &gt; 1"),
        ("<b onclick=x>a</b>", "<b>a</b>"),
        ("<script>x</script>a<style>y</style>", "a"),
        ('<a href="//x">a</a>', "a"),
        ('<td colspan="2" style="x">a</td>', "a"),
        ("<table><tr><td colspan=2>a</table>", None),
        ("<b>a", "<b>a</b>"),
        ("<img src=x onerror=y>a", "a"),
        ("e\u0301<i>e\u0301</i>", "é<i>é</i>"),
    ],
)
def test_clean_keeps_only_what_is_safe(source, kept):
    table = '<table><tbody><tr><td colspan="2">a</td></tr></tbody></table>'

    assert markup.clean(source) == (table if kept is None else kept)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a&nbsp;&lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a\nb", "a b"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("x<sup>2</sup>", "x2"),
        ("no marks  here", "no marks here"),
    ],
)
def test_plain_keeps_the_lines(source, text):
    assert markup.plain(source) == text


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("a", False),
        ("<p>a</p><div>b<br></div>", False),
        ("<span style=x>a</span>", False),
        ("a < b", False),
        ("&lt;b&gt;", False),
        ("x<sup>2</sup>", True),
        ("<ul><li>a</ul>", True),
    ],
)
def test_says_something(source, says):
    assert markup.says_something(source) is says


def test_unify_is_html_for_all_or_for_none():
    assert markup.unify(["<p>a</p>", "b &lt; c"]) == (("a", "b < c"), False)
    assert markup.unify(["<p>a</p>", "b &lt; c", "<i>d</i>"]) == (
        ("<p>a</p>", "b &lt; c", "<i>d</i>"),
        True,
    )
    assert markup.unify([]) == ((), False)


def test_images_are_found():
    assert markup.images("a<img src=x>b<IMG alt='y'>c") == ["<img src=x>", "<IMG alt='y'>"]


@given(st.text())
def test_escaped_text_is_plain_again_but_for_its_spaces(text):
    once = markup.plain(markup.escape(text))

    assert markup.plain(markup.escape(once)) == once
    assert not markup.says_something(markup.escape(text))


@given(st.lists(st.sampled_from(["<", ">", "b", "/", "p", " ", "&", "lt;", "a", "<i>", '"'])))
def test_clean_html_stays_as_it_is(pieces):
    once = markup.clean("".join(pieces))

    assert markup.clean(once) == once


@pytest.mark.parametrize("unit", ["<p", "<img ", "<br", "</", "&lt", "<!--", "<b "])
def test_open_marks_without_end_take_no_time(unit):
    source = unit * 200_000

    assert markup.images(source) == []
    assert isinstance(markup.plain(source), str)
