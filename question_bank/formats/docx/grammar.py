"""Lines of a Word document → questions as they stand there, before anything is judged.

A line belongs to what was begun last: a question, an option, an explanation. Nothing is thrown
away in silence: what belongs nowhere is told in a note.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from contest.rules.vietnamese import fold
from question_bank.formats.docx import labels
from question_bank.formats.docx.labels import LETTERS
from question_bank.formats.docx.paragraphs import Block, Grid, Line
from question_bank.formats.docx.rich import Mark, Rich, as_html, rich, shown, tidy

MOST_LOOSE = 200  # lines quoted in notes
LITERAL = re.compile(r"(?:Câu (?P<number>[0-9]+)\.|(?P<letter>[A-T])\.|(?P<name>[^:]{1,60}):) ")
CELL = re.compile(r"\s*(?:(?P<number>[0-9]{1,2})|(?P<letter>[A-Ta-t]))\s*[.)\-:]\s*")
LABEL_CELL = re.compile(r"\s*\*?[A-Ta-t]\*?\s*[.):/]?\s*")
RANKS = {"phan": 1, "chuong": 2}
KEY_WORDS = frozenset(
    {"cau", "cau hoi", "dap an", "da", "stt", "cau so", "ma de", "d/a", "dap an dung"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of a text; `style` as in Line."""

    rich: Rich
    style: str = ""


@dataclass(slots=True)
class Option:
    letter: str
    label: list[Mark]  # how its letter looks
    is_starred: bool
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class Raw:
    """A question as it stands in the file."""

    number: int
    place: int
    is_bare: bool = False
    category: str = ""
    text: list[Part] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    items: list[tuple[int, int]] = field(default_factory=list)  # (number, place in text)
    fields: dict[str, list[list[Part]]] = field(default_factory=dict)
    matching: Grid | None = None
    aside: str = ""
    wrong: list[str] = field(default_factory=list)  # words for what is wrong with its shape
    notes: set[str] = field(default_factory=set)

    @property
    def is_answered(self) -> bool:
        return labels.ANSWER in self.fields


@dataclass(slots=True)
class Answers:
    """(number, what is given) in the order of the file, from lists and tables of answers."""

    given: list[tuple[int, str]] = field(default_factory=list)
    is_unclear: bool = False  # a table for several papers


@dataclass(slots=True)
class Paper:
    questions: list[Raw] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    before: list[str] = field(default_factory=list)  # quoted: stood before the first question
    loose: list[tuple[int, str]] = field(default_factory=list)  # (place, quoted)
    after: list[Raw] = field(default_factory=list)  # begun after the end
    tables: list[int] = field(default_factory=list)  # places of tables that were not understood


def parse(blocks: Iterable[Block]) -> Paper:
    """Read blocks in their order; never raises."""
    grammar = _Grammar()
    for block in blocks:
        if isinstance(block, Line):
            grammar.line(block)
        else:
            grammar.table(block)
    return grammar.paper


class _Grammar:
    def __init__(self) -> None:
        self.paper = Paper()
        self.now: Raw | None = None
        self.target: list[Part] | None = None  # where a line without a label goes
        self.is_closed = False
        self.path: dict[int, str] = {}

    def line(self, line: Line) -> None:
        if line.style:
            self.literal(line)
        elif line.text.strip() or line.rich.objects():
            self.usual(line)
        if self.now is not None:
            self.now.notes.update(line.notes)

    def usual(self, line: Line) -> None:
        if self.ends(line.text) or self.heads(line) or self.answers(line.text):
            return
        if self.question(line) or self.labelled(line) or self.option(line):
            return
        self.go_on(line)

    def go_on(self, line: Line) -> None:
        bare = labels.BARE.match(line.text)
        if self.now is None:
            self.paper.before.append(shown(line.text))
        elif self.target is None or (self.now.options and labels.GROUP.search(line.text)):
            if len(self.paper.loose) < MOST_LOOSE and not self.is_closed:
                self.paper.loose.append((line.place, shown(line.text)))
        else:
            if bare is not None and self.target is self.now.text:
                self.now.items.append((int(bare["number"]), len(self.now.text)))
            self.target.append(Part(tidy(line.rich)))

    def ends(self, text: str) -> bool:
        if self.now is None:
            return False
        is_end = labels.END.match(text) is not None
        is_key = labels.KEY_HEADING.match(text) is not None and (
            self.now.is_answered or len(self.now.options) > 1 or "bảng" in text.lower()
        )
        # "Hướng dẫn giải" alone under one question explains that question.
        if is_key and labels.ALONE.match(text) and not text.isupper():
            return False
        if is_end or is_key:
            self.is_closed, self.target = True, None
        return is_end or is_key

    def heads(self, line: Line) -> bool:
        """Take a heading; one of a question ("Câu 1" as a heading) is no heading."""
        is_question = labels.QUESTION.match(line.text) is not None
        found = labels.HEADING.match(line.text)
        is_word = line.heading > 0 and not (is_question and fold(line.text).startswith("cau"))
        if self.is_closed or (found is None and not is_word):
            return False
        if len(line.text) > 150 and found is None:  # noqa: PLR2004 -- a text, not a title
            return False
        rank = min(line.heading, 3) or RANKS.get(fold(found["word"]) if found else "", 3)
        title = shown(line.text.strip().replace("/", "-"))
        for deeper in [one for one in self.path if one >= rank]:
            del self.path[deeper]
        self.path[rank] = title
        self.target = None
        return True

    def answers(self, text: str) -> bool:
        if self.now is None:
            return False
        found = labels.pairs(text, 1 if self.is_closed else 3)
        if not found and self.is_closed:
            one = labels.LISTED.match(text)
            if one and labels.SINGLE_VALUE.fullmatch(one["value"].strip()):
                found = [(int(one["number"]), one["value"].strip())]
        if found:
            self.paper.answers.given += found
            self.target = None
        return bool(found)

    def question(self, line: Line) -> bool:
        found = labels.QUESTION.match(line.text)
        is_bare = found is None
        if found is None:
            found = labels.BARE.match(line.text)
            if found is None or not self.may_begin(int(found["number"])):
                return False
        elif not found["sign"] and not self.follows(int(found["number"])):
            return False
        aside = "" if is_bare else found["aside"] or ""
        self.begin(int(found["number"]), line.place, is_bare=is_bare, aside=aside)
        rest = line.rich.cut(found.end())
        level = labels.ASIDE.match(rest.text)
        if level and self.now is not None:
            self.now.aside = level[1]
            rest = rest.cut(level.end())
        self.first_line(rest, line)
        return True

    def first_line(self, rest: Rich, line: Line) -> None:
        """Take the text after the label; options may stand in the same line."""
        inside = re.search(rf"{labels.WIDE}\*?\s?[(\[]?[Aa]\*?[.)]", rest.text)
        if inside and len(labels.option_starts(rest.text[inside.start() :], 0)) > 1:
            self.add_text(rest.cut(0, inside.start()))
            self.option(Line(rest.cut(inside.start()), line.place))
        else:
            self.add_text(rest)

    def add_text(self, text: Rich) -> None:
        if self.now is not None and (text.text.strip() or text.objects()):
            self.now.text.append(Part(tidy(text)))

    def begin(self, number: int, place: int, *, is_bare: bool = False, aside: str = "") -> Raw:
        category = "/".join(self.path[rank] for rank in sorted(self.path))
        self.now = Raw(number, place, is_bare, category, aside=aside)
        (self.paper.after if self.is_closed else self.paper.questions).append(self.now)
        self.target = self.now.text
        return self.now

    def follows(self, number: int) -> bool:
        return self.now is None or number in {self.now.number + 1, 1}

    def may_begin(self, number: int) -> bool:
        """Tell whether "3." begins a question: in a question's text it may be one of a list."""
        if self.is_closed:
            return False
        if self.now is None:
            return number == 1
        is_over = len(self.now.options) > 1 or self.now.is_answered or self.now.matching is not None
        if self.now.is_bare:
            is_next = number == self.now.number + 1
            return (is_over and (is_next or number == 1)) or (is_next and not self.now.items)
        return is_over and number == self.now.number + 1 and self.target is not self.explained

    @property
    def explained(self) -> list[Part] | None:
        said = self.now.fields.get(labels.EXPLANATION) if self.now else None
        return said[-1] if said else None

    def labelled(self, line: Line) -> bool:
        """Take a line that begins with one of our words: "Đáp án: B", "Nguồn: …"."""
        if self.now is None:
            return False
        chosen = labels.CHOSEN.match(line.text)
        if chosen:
            start = chosen.start("answer")
            self.put(labels.ANSWER, Part(line.rich.cut(start, chosen.end("answer"))))
            return True
        if labels.ALONE.match(line.text):
            self.target = self.put(labels.EXPLANATION)
            return True
        found = labels.FIELD.match(line.text)
        name = labels.field_of(found["name"]) if found else ""
        if not found or not name:
            return False
        rest = tidy(line.rich.cut(found.end()))
        parts = self.put(name, *([Part(rest)] if rest.text else []))
        self.target = parts if name.startswith(labels.LONG) else self.explained
        return True

    def put(self, name: str, *parts: Part) -> list[Part]:
        held = list(parts)
        if self.now is not None:
            self.now.fields.setdefault(name, []).append(held)
        return held

    def option(self, line: Line) -> bool:
        if self.now is None or (self.explained is not None and self.target is self.explained):
            return False
        size = len(self.now.options)
        starts = labels.option_starts(line.text, size)
        if not starts:
            return self.astray(line, size)
        ends = [one.start() for one in starts[1:]] + [len(line.text)]
        for start, end in zip(starts, ends, strict=True):
            self.add_option(line.rich, start, end)
        return True

    def add_option(self, source: Rich, start: re.Match[str], end: int) -> None:
        if self.now is None:
            return
        at = start.start("letter")
        content = tidy(source.cut(start.end(), end))
        is_starred = any(start[name] for name in ("star", "star2", "star3"))
        if content.text.endswith("*") and len(content.text) > 1:
            content, is_starred = content.cut(0, len(content.text) - 1).strip(), True
        option = Option(start["letter"].upper(), source.cut(at, at + 1).marks(), is_starred)
        option.parts += [Part(content)] if content.text else []
        self.now.options.append(option)
        self.target = option.parts

    def astray(self, line: Line, size: int) -> bool:
        """Notice an option out of its turn: a letter was skipped, or a second list begins."""
        found = labels.OPTION.match(line.text)
        if found is None or self.now is None or not size or size == len(LETTERS):
            return False
        letter = found["letter"].upper()
        is_label = found["letter"].isupper() and found["sign"] in ".)"
        if not is_label or not line.text[found.end() :].strip():
            return False
        self.now.wrong.append(f"{letter} / {LETTERS[size]}")
        self.target = []
        return True

    def literal(self, line: Line) -> None:
        """Read a line that our own writer marked: one label, then the text as it stands."""
        found = LITERAL.match(line.text)
        if found is None:
            self.go_on(Line(line.rich, line.place))
            return
        part = Part(line.rich.cut(found.end()), line.style)
        if found["number"]:
            self.begin(int(found["number"]), line.place).text.append(part)
        elif self.now is not None and found["letter"]:
            self.now.options.append(Option(found["letter"], [], is_starred=False, parts=[part]))
        elif self.now is not None and labels.field_of(found["name"]):
            self.put(labels.field_of(found["name"]), part)
            self.target = None

    # Tables

    def table(self, grid: Grid) -> None:
        rows = [list(row) for row in grid.rows]
        cells = [cell for row in rows for cell in row]
        lines = [line for cell in cells for line in cell]
        if self.now is not None:
            self.now.notes.update(note for line in lines for note in line.notes)
        if not any(line.text.strip() or line.rich.objects() for line in lines):
            return
        if self.now is not None and not self.is_closed and self.is_matching(rows):
            self.now.matching, self.target = grid, None
        elif self.key_table([[_text(cell) for cell in row] for row in rows]):
            self.target = None
        elif any(labels.QUESTION.match(_text(cell)) for cell in cells):
            for line in lines:
                self.line(line)
        elif self.now is None:
            self.untaken(grid, [_text(cell) for cell in cells])
        else:
            self.table_inside(self.now, grid, rows)

    def table_inside(self, now: Raw, grid: Grid, rows: list[list[tuple[Line, ...]]]) -> None:
        """Take a table that belongs to the question: its options, or a part of its text."""
        if self.holds_options([_text(cell) for row in rows for cell in row]):
            self.option_cells(rows)
        elif not self.is_closed and self.target is now.text:
            now.text.append(Part(_html_table(grid)))
        elif not self.is_closed:
            now.wrong.append("table")

    def untaken(self, grid: Grid, texts: list[str]) -> None:
        heads = {fold(text) for text in texts[:12]}
        if heads & {"cau hoi", "noi dung cau hoi", "noi dung"} and heads & KEY_WORDS:
            self.paper.tables.append(grid.place)
        else:
            self.paper.before += [shown(text) for text in texts if text]

    def key_table(self, rows: list[list[str]]) -> bool:
        """Take a table of answers: "1.A" in its cells, or numbers beside or above letters."""
        if self.now is None:
            return False
        flat = [text for row in rows for text in row if text]
        is_named = bool(KEY_WORDS & {fold(text).strip(".: ") for text in flat})
        if not (is_named or self.is_closed) and not all(labels.pairs(one, 1) for one in flat):
            return False
        paired = [pair for text in flat for pair in labels.pairs(text, 1)]
        others = [one for one in flat if not labels.pairs(one, 1)]
        if paired and all(_is_key_word(one) for one in others):
            self.paper.answers.given += paired
            return True
        upright = [list(column) for column in zip(*rows, strict=False)]
        for lines in (rows, upright):
            found = _beside(lines)
            if found:
                self.paper.answers.given += found
                return True
        if any(fold(one).startswith("ma de") for one in flat):
            self.paper.answers.is_unclear = True
            return True
        return False

    def is_matching(self, rows: list[list[tuple[Line, ...]]]) -> bool:
        if self.now is None or any(len(row) != 2 for row in rows) or self.now.options:  # noqa: PLR2004
            return False
        heads = [fold(_text(cell)) for cell in rows[0]]
        if heads[0].startswith(("cot a", "ve trai")) and heads[1].startswith(("cot b", "ve phai")):
            return True
        first = [CELL.match(_text(cell)) for cell in rows[0]]
        return bool(first[0] and first[0]["number"] and first[1] and first[1]["letter"])

    def holds_options(self, texts: list[str]) -> bool:
        size = len(self.now.options) if self.now else 0
        found = [
            LABEL_CELL.match(text) and labels.OPTION.match(text + ".") for text in texts if text
        ]
        letters = {one["letter"].upper() for one in found if one}
        return set(LETTERS[size : size + 2]) <= letters

    def option_cells(self, rows: list[list[tuple[Line, ...]]]) -> None:
        """Take options from cells, by letter: some tables run down, some across."""
        found: list[tuple[str, list[Line]]] = []
        for cell in (cell for row in rows for cell in row):
            lines = [line for line in cell if line.text.strip() or line.rich.objects()]
            if not lines:
                continue
            label = labels.OPTION.match(lines[0].text)
            if label is None and LABEL_CELL.fullmatch(lines[0].text):
                # A cell with the bare letter; its text stands in the next one.
                spans = [*lines[0].rich.strip().spans(), (". ", Mark())]
                lines[0] = Line(rich(spans), lines[0].place)
                label = labels.OPTION.match(lines[0].text)
            if label is None and found:
                found[-1] = (found[-1][0], _with_next(found[-1][1], lines))
            elif label is not None:
                found.append((label["letter"].upper(), lines))
        if not any(len(labels.option_starts(lines[0].text, 0)) > 1 for _, lines in found):
            found.sort(key=lambda one: one[0])
        for _, lines in found:
            for line in lines:
                self.line(line)


def _with_next(before: list[Line], lines: list[Line]) -> list[Line]:
    if len(before) == 1 and LABEL_CELL.fullmatch(before[0].text):
        whole = rich([*before[0].rich.spans(), (" ", Mark()), *lines[0].rich.spans()])
        return [Line(whole, before[0].place), *lines[1:]]
    return before + lines


def _text(cell: Iterable[Line]) -> str:
    return " ".join(line.text.strip() for line in cell).strip()


def _is_key_word(text: str) -> bool:
    folded = fold(text).strip(".: ")
    return folded in KEY_WORDS or folded.startswith(("ma de", "phan", "bang dap an"))


def _beside(rows: list[list[str]]) -> list[tuple[int, str]]:
    """Read rows in pairs, numbers above answers; heads are passed over. Empty if it is not so."""
    found: list[tuple[int, str]] = []
    lines = [row for row in rows if any(row)]
    if len(lines) < 2 or len(lines) % 2:  # noqa: PLR2004
        return []
    for above, below in zip(lines[::2], lines[1::2], strict=True):
        if len(above) != len(below):
            return []
        for number, value in zip(above, below, strict=True):
            bare = re.sub(r"^câu\s*", "", number.strip(), flags=re.IGNORECASE)
            if _is_key_word(number) and (_is_key_word(value) or not value):
                continue
            if not number and not value:
                continue
            if not re.fullmatch("[0-9]{1,4}", bare) or not labels.SINGLE_VALUE.fullmatch(value):
                return []
            found.append((int(bare), value))
    return found


def _html_table(grid: Grid) -> Rich:
    """Keep a table of the question's text as HTML."""
    rows = ["".join(f"<td>{_cell_html(cell)}</td>" for cell in row) for row in grid.rows]
    source = "<table><tbody>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</tbody></table>"
    held = [
        mark for row in grid.rows for cell in row for line in cell for mark in line.rich.objects()
    ]
    return rich([("\ufffc", Mark(html=source)), *(("\ufffc", mark) for mark in held)])


def _cell_html(cell: Iterable[Line]) -> str:
    return "<br>".join(as_html(tidy(line.rich)) for line in cell if line.text.strip())
