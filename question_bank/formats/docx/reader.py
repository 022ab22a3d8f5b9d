"""Questions from a Word document, in the conventions teachers use, mixed as they come."""

from dataclasses import replace

from contest.errors import N_, Invalid, Problem
from question_bank.formats import encodings, reading
from question_bank.formats.docx import keys, paragraphs
from question_bank.formats.docx.drafts import draft
from question_bank.formats.docx.grammar import Paper, Raw, parse
from question_bank.formats.docx.package import open_package
from question_bank.formats.docx.paragraphs import Document, read_document
from question_bank.formats.docx.rich import shown
from question_bank.formats.reading import DraftQuestion, FoundProblem, Reading
from question_bank.formats.toml_reading import DUPLICATE

MOST_QUOTED = 3
MOST_NOTES = 50

BEFORE = N_("Phần trước câu hỏi đầu tiên không được đọc: “%(text)s”.")
LOOSE = N_("Dòng này không thuộc câu hỏi nào nên không được đọc: “%(text)s”.")
NO_QUESTIONS = N_("Không thấy câu hỏi nào trong tệp. Mỗi câu hãy bắt đầu bằng “Câu 1.”, “Câu 2.”…")
TOO_MANY = N_("Tệp có nhiều hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
TRACKED = N_("Tệp có thay đổi chưa duyệt: chữ thêm vào được đọc, chữ đã xoá thì không.")
COMMENTS = N_("Các nhận xét (comment) trong tệp không được đọc.")
PASSED = N_("Câu hỏi có %(what)s; phần đó không được đọc.")
CONVERTED = N_("Chữ gõ bằng bảng mã %(name)s đã được chuyển sang Unicode. Bạn hãy xem lại chữ.")
AFTER_END = N_("Câu này nằm sau dòng HẾT hoặc bảng đáp án nên không được đọc.")
SOLUTIONS = N_("Phần lời giải sau dòng HẾT hoặc bảng đáp án không được đọc.")
NOBODY = N_("Bảng đáp án có câu %(numbers)s nhưng tệp không có câu đó.")
TABLE_OF_QUESTIONS = N_(
    "Bảng câu hỏi dạng hàng cột không được đọc. Hãy dùng tệp Excel cho bảng này."
)


def read(data: bytes) -> Reading:
    """Read a .docx; whatever the bytes, problems are returned and nothing is raised."""
    try:
        document = read_document(open_package(data))
    except Invalid as error:
        return _refused(error.message, **error.facts)
    paper = parse(document.blocks)
    if len(paper.questions) > reading.MOST_QUESTIONS:
        return _refused(TOO_MANY, most=reading.MOST_QUESTIONS)
    if not (paper.questions or paper.tables):
        return _refused(NO_QUESTIONS)
    return _Collector(document, paper).reading()


def _refused(message: str, **facts: object) -> Reading:
    return Reading((), (FoundProblem(reading.FILE, Problem(message, **facts), reading.REFUSED),))


def _place(raw: Raw) -> str:
    return f"Câu {raw.number} (đoạn {raw.place})"


class _Collector:
    """Turns the raw questions of one file into a Reading."""

    def __init__(self, document: Document, paper: Paper) -> None:
        self.document, self.paper = document, paper
        self.questions: list[DraftQuestion] = []
        self.problems: list[FoundProblem] = []
        self.notes: list[FoundProblem] = []
        self.pictures: dict[str, bytes] = {}
        self.codes: set[str] = set()

    def reading(self) -> Reading:
        self.note_the_file()
        shared, nobody = keys.tables(self.paper.questions, self.paper.answers)
        ignored = keys.decorations(self.paper.questions)
        for raw, table in zip(self.paper.questions, shared, strict=True):
            self.question(raw, table, ignored)
        if nobody:
            self.note(reading.FILE, NOBODY, numbers=", ".join(map(str, nobody[:10])))
        self.what_came_after()
        return Reading(
            tuple(self.questions), tuple(self.problems), tuple(self.notes), self.pictures
        )

    def note(self, place: str, message: str, **facts: object) -> None:
        self.notes.append(FoundProblem(place, Problem(message, **facts), reading.CHANGED))

    def leave_out(self, place: str, message: str, **facts: object) -> None:
        self.problems.append(FoundProblem(place, Problem(message, **facts), reading.LEFT_OUT))

    def note_the_file(self) -> None:
        quoted = [one for one in [*self.paper.before, shown(self.document.around)] if one]
        if quoted:
            more = " …" if len(quoted) > MOST_QUOTED else ""
            self.note(reading.FILE, BEFORE, text=" · ".join(quoted[:MOST_QUOTED]) + more)
        if paragraphs.DELETED in self.document.passed:
            self.note(reading.FILE, TRACKED)
        if paragraphs.COMMENTS in self.document.passed:
            self.note(reading.FILE, COMMENTS)
        for name in sorted(self.document.converted):
            if name == encodings.TCVN3:
                self.note(reading.FILE, encodings.CONVERTED_TCVN3)
            else:
                self.note(reading.FILE, CONVERTED, name=name)
        for place, text in self.paper.loose[:MOST_NOTES]:
            self.note(f"đoạn {place}", LOOSE, text=text)

    def question(self, raw: Raw, table: str, ignored: frozenset[keys.Place]) -> None:
        try:
            found, names = draft(raw, table, ignored)
        except Invalid as error:
            is_unclear = self.paper.answers.is_unclear and error.message == keys.NO_KEY
            message = keys.UNCLEAR_TABLE if is_unclear else error.message
            self.leave_out(_place(raw), message, **error.facts)
            return
        if found.code in self.codes:
            self.leave_out(_place(raw), DUPLICATE, code=found.code)
            return
        self.keep(found, names)
        for what in sorted(raw.notes):
            self.note(_place(raw), PASSED, what=what)

    def keep(self, question: DraftQuestion, names: dict[str, str]) -> None:
        for sent, name in names.items():
            data = self.document.pictures[sent]
            if self.pictures.get(name, data) != data:  # two pictures that ask for one name
                name = sent  # noqa: PLW2901
                question = replace(question, picture=sent)
            self.pictures[name] = data
        self.questions.append(question)
        self.codes |= {question.code} if question.code else set()

    def what_came_after(self) -> None:
        for raw in self.paper.after:
            if len(raw.options) > 1:
                self.leave_out(_place(raw), AFTER_END)
        if any(len(raw.options) <= 1 for raw in self.paper.after):
            self.note(reading.FILE, SOLUTIONS)
        for place in self.paper.tables:
            self.leave_out(f"đoạn {place}", TABLE_OF_QUESTIONS)
