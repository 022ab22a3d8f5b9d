"""The small parts documents are made of."""

from __future__ import annotations

import pytest

from contest.regulations.document import Heading, Paragraph, alike, paragraphs, roman


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "I"), (4, "IV"), (5, "V"), (9, "IX"), (10, "X"), (11, "XI"), (14, "XIV"), (39, "XXXIX")],
)
def test_sections_are_numbered_in_roman(number: int, said: str) -> None:
    assert roman(number) == said


def test_empty_lines_part_paragraphs() -> None:
    assert paragraphs("a\nb\n\n\n c \n\n") == (Paragraph("a\nb"), Paragraph("c"))
    assert paragraphs("") == ()


def test_what_is_alike_is_said_once_under_the_names() -> None:
    def write(word: str) -> tuple[Paragraph]:
        return (Paragraph(word[0]),)

    assert alike(["a1", "a2"], write, ", ".join) == [Paragraph("a")]
    assert alike(["a1", "a2"], write, ", ".join, title="T") == [Heading("T"), Paragraph("a")]
    assert alike(["a1", "b1", "a2"], write, ", ".join, title="T") == [
        Heading("T. a1, a2"),
        Paragraph("a"),
        Heading("T. b1"),
        Paragraph("b"),
    ]
    assert alike([], write, ", ".join, title="T") == []
