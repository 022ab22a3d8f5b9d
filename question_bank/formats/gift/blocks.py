r"""The blocks a GIFT file is made of, and the parts of a block, before they mean anything.

Source: Moodle's documentation, "GIFT format": a blank line ends a question; a line that starts
with "//" is a comment, which may say "[id:…]" and "[tag:…]"; "$CATEGORY: path" holds for what
follows; a backslash takes the meaning of ~ = # { } : and "\n" is a line break.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from contest.errors import N_, Invalid
from contest.rules.vietnamese import nfc

# What is escaped stands as a control character while the block is taken apart; such characters
# mean nothing in a file and are dropped from it first.
ESCAPED = "~=#{}:\n\\"
HIDDEN = "".join(map(chr, range(1, len(ESCAPED) + 1)))
HIDING = {
    ("n" if one == "\n" else one): hidden for one, hidden in zip(ESCAPED, HIDDEN, strict=True)
}
REVEALING = str.maketrans(HIDDEN, ESCAPED)
ESCAPE = re.compile(r"\\([~=#{}:n\\])")
WRITING = str.maketrans({one: f"\\{'n' if one == chr(10) else one}" for one in ESCAPED})
NOTHING = str.maketrans(dict.fromkeys(HIDDEN))

CATEGORY = "$CATEGORY:"
CONTEXT = re.compile(r"\$[a-z]+\$/?")  # "$course$/": whose categories, of no meaning here
TOP = "top"
BLANK = "_____"  # what Moodle shows where words are missing
GENERAL = "####"
ID = re.compile(r"\[id:((?:\\\]|[^\]\x00-\x1f]){1,1000})\]")
TAG = re.compile(r"\[tag:((?:\\\]|[^\]\x00-\x1f]){1,1000})\]")

BRACES = N_(
    "Dấu ngoặc nhọn { } không đi thành một cặp. Trong nội dung hãy viết chúng thành \\{ và \\}."
)
MANY_BRACES = N_(
    "Câu có nhiều hơn một phần đáp án trong dấu { }. Hệ thống không có loại câu hỏi này; "
    "dấu ngoặc trong nội dung hãy viết thành \\{ và \\}."
)


@dataclass(slots=True)
class Block:
    """What stands between blank lines; `line` (from 1) is where its first words stand."""

    line: int
    category: str
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def found(self, pattern: re.Pattern[str]) -> list[str]:
        """Give what the comments say as ID or TAG has it."""
        said = [one for comment in self.comments for one in pattern.findall(comment)]
        return [" ".join(nfc(one.replace("\\]", "]")).split()) for one in said]


@dataclass(frozen=True, slots=True)
class Parts:
    """A question taken apart, what is escaped still hidden; `answers` None for a description."""

    title: str
    text: str
    answers: str | None
    general: str


def blocks(text: str) -> Iterator[Block]:
    """Give every question of the text, each with the path of its category."""
    category, block = "", Block(0, "")
    for number, raw in enumerate([*text.translate(NOTHING).split("\n"), ""], 1):
        line = raw.strip()
        if line.startswith("//"):
            block.comments.append(line)
        elif not block.lines and line.startswith(CATEGORY):
            category = path(line[len(CATEGORY) :])
        elif line:
            block.line = block.line or number
            block.lines.append(line)
        else:
            block.category = category
            if block.lines:
                yield block
            block = Block(0, "")


def path(said: str) -> str:
    """Give the names of a category's path, "/" between; "//" is a slash of a name, here "-"."""
    names = CONTEXT.sub("", nfc(said), count=1).replace("//", "-").split("/")
    if names[0].strip() == TOP:
        del names[0]
    return "/".join(filter(None, (" ".join(one.split()) for one in names)))


def parts(block: Block) -> Parts:
    """Take a question apart; raises Invalid when its braces do not fit."""
    text = ESCAPE.sub(lambda found: HIDING[found[1]], "\n".join(block.lines))
    title = ""
    if text.startswith("::"):
        title, end, rest = text[2:].partition("::")
        title, text = (title, rest.strip()) if end else ("", text[2:])
    start, finish = text.find("{"), text.find("}")
    if start < 0 and finish < 0:
        return Parts(title, text, None, "")
    if not 0 <= start < finish:
        raise Invalid(BRACES)
    before, answers, after = text[:start], text[start + 1 : finish], text[finish + 1 :]
    if "{" in answers or (("}" in after) and "{" not in after):
        raise Invalid(BRACES)
    if "{" in after:
        raise Invalid(MANY_BRACES)
    at = answers.rfind(GENERAL)
    general = answers[at + len(GENERAL) :] if at >= 0 else ""
    return Parts(
        title,
        before + (BLANK if after else "") + after,
        (answers[:at] if at >= 0 else answers).strip(),
        general,
    )


def reveal(text: str) -> str:
    """Give a part as it reads, what was escaped shown again."""
    return text.translate(REVEALING).strip()


def escape(text: str) -> str:
    """Write a text so that nothing in it has a meaning to GIFT."""
    return text.translate(WRITING)
