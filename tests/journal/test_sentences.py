"""Every act the code writes has its sentence, and no sentence is for nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from contest.config import ROOT
from contest.journal.queries import Line
from contest.journal.saying import plainly, told
from contest.journal.sentences import ACTS, GROUPS, WORDS
from question_bank import moving

WRITERS = {"record", "note", "_record", "_note", "_enqueue"}
CONSTANTS = {
    f"{room}.{name}": getattr(moving, name)
    for room in ("work", "moving")
    for name in ("READ", "TAKE")
}


def literals(node: ast.expr) -> Iterator[str]:
    """Give the texts an argument may be: itself, or either end of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Attribute) and ast.unparse(node) in CONSTANTS:
        yield CONSTANTS[ast.unparse(node)]


def acts() -> set[str]:
    """Look through every call that leads to `audit.record`."""
    found = set()
    for package in ("contest", "question_bank"):
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text("utf-8")
            prefix = "questions." if path.name == "reviewing.py" else ""
            for call in (
                node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
            ):
                name = ast.unparse(call.func).rpartition(".")[2]
                if name not in WRITERS or (name == "_enqueue" and "importing" not in path.name):
                    continue
                arguments = [
                    inner
                    for each in call.args
                    for inner in (
                        each.value.elts
                        if isinstance(each, ast.Starred) and isinstance(each.value, ast.Tuple)
                        else [each]
                    )
                ]
                for text in (text for each in arguments[:3] for text in literals(each)):
                    found.add(text if "." in text else prefix + text)
    return {act for act in found if act.count(".") == 1 and " " not in act and ":" not in act}


def test_every_act_has_its_sentence() -> None:
    assert acts() == set(ACTS)


def test_every_act_belongs_to_a_group_one_may_choose() -> None:
    assert {act.partition(".")[0] for act in ACTS} == set(GROUPS)


def line(act: str, **facts: object) -> Line:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Line(1, at, act, "Nguyễn Văn A", "“Tuần 1”", None, facts)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            line("attempts.give_time", minutes=10, reason="mất điện", grant=1),
            "Nguyễn Văn A cho “Tuần 1” thêm 10 phút. Lý do: mất điện",
        ),
        (
            line("accounts.grant", role="judge", unit="Xã A"),
            "Nguyễn Văn A giao vai trò giám khảo cho “Tuần 1”, đơn vị Xã A.",
        ),
        (
            line("accounts.import_people", kind="people", new=3, refused=1),
            (
                "Nguyễn Văn A nạp danh sách người dự thi: thêm 3, cập nhật 0, đã có 0, "
                "không nạp 1 dòng."
            ),
        ),
        (
            line("accounts.change_facts", fields=["name", "unit_id"]),
            "Nguyễn Văn A sửa thông tin tài khoản “Tuần 1”: họ và tên, đơn vị.",
        ),
        (
            line("accounts.change_facts"),
            "Nguyễn Văn A sửa thông tin tài khoản “Tuần 1”: –.",
        ),
        (line("questions.import"), "Nguyễn Văn A nạp câu hỏi vào “Tuần 1”: thêm –, sửa 0."),
        (line("old.act"), "Nguyễn Văn A làm việc “old.act” với “Tuần 1”."),
        (
            line("contest.publish", reason="100% %(x)s"),
            "Nguyễn Văn A công bố cuộc thi “Tuần 1”. Lý do: 100% %(x)s",
        ),
    ],
)
def test_a_line_is_said_in_words(given: Line, sentence: str) -> None:
    assert told(given, plainly) == sentence


@pytest.mark.parametrize("act", ACTS)
def test_no_sentence_breaks_on_missing_facts(act: str) -> None:
    said = told(line(act), plainly)
    assert said.startswith("Nguyễn Văn A ")
    assert "%(" not in said


def test_words_for_codes_are_sentences_of_ours() -> None:
    assert set(WORDS) == {"role", "kind", "fields"}
