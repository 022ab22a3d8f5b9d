"""No sentence is left in one language only."""

import re

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from contest.config import ROOT

CATALOGUE = ROOT / "contest/web/translations/en/LC_MESSAGES/messages.po"
PLACES = re.compile(r"%\((\w+)\)[sd]")
# Names that are the same in both languages.
SAME = re.compile(r"^[\W\d_]*$|^(English|Tiếng Việt|Hội Thi Số|CSV|Excel|Zalo)$")
VIETNAMESE_ONLY = re.compile(
    "[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE
)


def said() -> set[str]:
    """Every sentence marked for translation in code and templates."""
    methods = [
        ("contest/**.py", "python"),
        ("question_bank/**.py", "python"),
        ("templates/**.html", "jinja2"),
    ]
    keywords = {
        "_": None,
        "gettext": None,
        "ngettext": (1, 2),
        "lazy_gettext": None,
        "N_": None,
    }
    found = extract_from_dir(str(ROOT), method_map=methods, keywords=keywords)
    sentences = set()
    for _file, _line, message, _comments, _context in found:
        sentences.add(message[0] if isinstance(message, tuple) else message)
    return {sentence for sentence in sentences if sentence}


def translated() -> dict[str, list[str]]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en")
    pairs = {}
    for message in catalogue:
        if message.id:
            id_ = message.id[0] if isinstance(message.id, tuple | list) else message.id
            strings = message.string
            texts = list(strings) if isinstance(strings, tuple | list) else [strings]
            pairs[id_] = [] if message.fuzzy else texts
    return pairs


def test_every_sentence_has_its_english() -> None:
    pairs = translated()
    missing = sorted(text for text in said() if not pairs.get(text) or not all(pairs[text]))
    assert missing == []


def test_the_english_keeps_every_place_to_fill() -> None:
    wrong = [
        id_
        for id_, texts in translated().items()
        for text in texts
        if set(PLACES.findall(text)) - set(PLACES.findall(id_))
    ]
    assert wrong == []


# What a file of theirs must say, letter by letter, and how a name is shortened.
AS_IN_THE_FILE = {
    *("Câu 1.", "Câu 2.", "Câu …", "Câu hỏi", "Phương án A", "Phương án B", "Đáp án", "HẾT"),
    *("Dễ", "Trung bình", "Khó", "Đúng", "Sai", "Nam", "Nữ", "Khác", "Giám khảo"),
    *("Nhận biết", "Thông hiểu", "Vận dụng", "Người hỗ trợ", "Nguyễn V. A."),
}


def test_the_english_holds_no_vietnamese() -> None:
    allowed = {"Tiếng Việt", "Hội Thi Số", "Lào Cai", "Bình dân học vụ số", "Hoà", "Nguyễn Thị Hoà"}
    allowed |= AS_IN_THE_FILE
    wrong = []
    for id_, texts in translated().items():
        for text in texts:
            rest = text
            for name in sorted(allowed, key=len, reverse=True):
                rest = rest.replace(name, "")
            if VIETNAMESE_ONLY.search(rest) and not SAME.match(id_):
                wrong.append(text)
    assert wrong == []


def test_the_compiled_catalogue_is_fresh() -> None:
    compiled = CATALOGUE.with_suffix(".mo")
    from babel.messages.mofile import read_mo  # noqa: PLC0415

    with compiled.open("rb") as file:
        kept = {
            (m.id[0] if isinstance(m.id, tuple | list) else m.id): m.string
            for m in read_mo(file)
            if m.id
        }
    now = {id_: texts for id_, texts in translated().items() if texts and all(texts)}
    assert set(kept) == set(now)
    assert {
        id_: list(value) if isinstance(value, tuple | list) else [value]
        for id_, value in kept.items()
    } == now
