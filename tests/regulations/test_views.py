"""The rules as a page, a Word file and a PDF, for everybody."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import docx
import pytest
from factories.contests import make_contest, make_division, make_registration
from factories.people import make_account
from factories.regulations import CODE, make_full
from flask.testing import FlaskClient
from pdf_text import text_of
from sqlalchemy.orm import Session

from contest.contests.models import RuleChange
from contest.regulations.document import Document, Heading, Items, Paragraph, Table

Counting = Callable[[], AbstractContextManager[list[str]]]
Written = Callable[..., Document]
PAGE = f"/contests/{CODE}/regulations"


def texts(document: Document) -> list[str]:
    """The texts in the order a paper says them."""
    said = [document.owner.upper(), document.kind.upper(), document.title]
    blocks: list[Any] = [*document.opening]
    for section in document.sections:
        blocks += [Heading(section.title), *section.blocks]
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            said.append(block.text)
        elif isinstance(block, Items):
            said += block.items
        else:
            said += [*block.head, *(cell for row in block.rows for cell in row)]
    return said


def letters(text: str) -> str:
    """Letters and digits alone: where lines break and what a list's dots are does not matter."""
    return "".join(char for char in text if char.isalnum())


def test_the_page_says_all_of_it(session: Session, client: FlaskClient, written: Written) -> None:
    make_full(session, extra="Không thi hộ.")
    page = client.get(PAGE)
    assert page.status_code == 200
    for text in texts(written())[2:]:
        assert text.replace("'", "&#39;") in page.text
    assert f'href="{PAGE}.pdf"' in page.text
    assert f'href="{PAGE}.docx"' in page.text


def test_the_pdf_says_all_of_it(session: Session, client: FlaskClient, written: Written) -> None:
    make_full(session, extra="Không thi hộ, kể cả người thân: ươờợễẫ.")
    answer = client.get(f"{PAGE}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=the-le-{CODE}.pdf"
    assert answer.data.startswith(b"%PDF-")
    said = letters(text_of(answer.data))
    for text in texts(written()):
        assert letters(text) in said, text


def test_the_word_file_has_the_sections(
    session: Session, client: FlaskClient, written: Written
) -> None:
    make_full(session)
    answer = client.get(f"{PAGE}.docx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename=the-le-{CODE}.docx"
    file = docx.Document(io.BytesIO(answer.data))
    document = written()
    headings = [each.text for each in file.paragraphs if each.style.name == "Heading 1"]
    assert headings == [section.title for section in document.sections]
    tables = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table)
    ]
    assert [
        [tuple(cell.text for cell in row.cells) for row in table.rows] for table in file.tables
    ] == [[table.head, *table.rows] for table in tables]
    assert file.core_properties.title == document.title
    assert file.core_properties.author == "Tỉnh Lào Cai"
    assert file.sections[0].page_width.cm == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("ending", ["", ".pdf", ".docx"])
@pytest.mark.parametrize("state", ["draft", "archived"])
def test_a_contest_that_is_not_published_has_no_rules(
    session: Session, client: FlaskClient, ending: str, state: str
) -> None:
    make_full(session, state=state)
    assert client.get(f"{PAGE}{ending}").status_code == 404
    assert client.get(f"/contests/khong-co/regulations{ending}").status_code == 404


def test_english_files_have_english_names(session: Session, client: FlaskClient) -> None:
    make_full(session)
    client.set_cookie("language", "en")
    answer = client.get(f"{PAGE}.pdf")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=rules-{CODE}.pdf"
    assert "Week 1" in text_of(answer.data)


def test_a_changed_rule_changes_the_file(session: Session, client: FlaskClient) -> None:
    contest = make_full(session)
    before = client.get(f"{PAGE}.pdf").data
    assert client.get(f"{PAGE}.pdf").data == before
    contest.contact = "Cô Lan, 0214 111 111"
    session.commit()
    assert "CôLan0214111111" in letters(text_of(client.get(f"{PAGE}.pdf").data))


def test_statements_do_not_grow_with_divisions_and_changes(
    session: Session, client: FlaskClient, count_statements: Counting
) -> None:
    contest = make_full(session)
    counts = []
    for _ in range(2):
        with count_statements() as counted:
            assert client.get(PAGE).status_code == 200
        counts.append(len(counted))
        for _more in range(3):
            make_division(session, contest)
            facts = {"at": contest.loaded_at, "by": None, "reason": "r", "changes": []}
            session.add(RuleChange(contest_id=contest.id, **facts))
        session.commit()
    assert counts == [7, 7]


def test_text_of_an_organizer_is_never_markup(session: Session, client: FlaskClient) -> None:
    make_full(session, extra="<script>x</script> #panic(1) *a*")
    assert "<script>x" not in client.get(PAGE).text
    assert "scriptxscriptpanic1a" in letters(text_of(client.get(f"{PAGE}.pdf").data))


def test_contest_and_joining_lead_to_the_rules(
    session: Session, client: FlaskClient, sign_in: Callable[..., Any]
) -> None:
    contest = make_contest(session, "c")
    division = make_division(session, contest)
    session.commit()
    assert 'href="/contests/c/regulations"' in client.get("/contests/c").text
    account = make_account(session)
    sign_in(client, account)
    make_registration(session, contest, division, account)
    session.commit()
    assert 'href="/contests/c/regulations"' in client.get("/contests/c").text
