"""Reading QTI of every version: a bare XML file or a zipped content package."""

from collections.abc import Iterator

from contest.core.xml import Element
from contest.errors import N_, Invalid, Problem
from question_bank.formats import reading
from question_bank.formats.qti import v1, v2
from question_bank.formats.qti.drafting import BAD_PARALLEL, Sketch, draft
from question_bank.formats.qti.package import NO_QUESTIONS, Package, Source, open_package
from question_bank.formats.qti.tree import attribute, name_of
from question_bank.formats.reading import DraftQuestion, FoundProblem, Reading

TOO_MANY = N_("Tệp có nhiều hơn %(most)d câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn.")
DUPLICATE = N_("Mã câu hỏi “%(code)s” đã dùng cho một câu ở trên trong cùng tệp.")


def read(data: bytes) -> Reading:
    """Read QTI 1.2, 2.x or 3.0; whatever the bytes, problems are returned and nothing is raised."""
    try:
        package = open_package(data)
        return _Reader(package).reading()
    except Invalid as error:
        problem = Problem(error.message, **error.facts)
        return Reading((), (FoundProblem(reading.FILE, problem, reading.REFUSED),))


class _Reader:
    """Goes through a package and keeps what it finds."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.questions: list[DraftQuestion] = []
        self.problems: list[FoundProblem] = []
        self.notes = [FoundProblem(reading.FILE, one, reading.CHANGED) for one in package.notes]
        self.codes: set[str] = set()
        self.count = 0

    def reading(self) -> Reading:
        _ensure_count(len(self.package.entries))
        for source in self.package.sources():
            if source.root is None:
                if source.problem is not None:
                    self.leave_out(self.place(source.path), source.problem)
                continue
            items = list(_items(source, self.package))
            _ensure_count(self.count + len(items))  # before the work, not after most of it
            for item, category in items:
                self.take(item, category, source)
        if not self.count:
            raise Invalid(NO_QUESTIONS)
        used = {one.picture for one in self.questions}
        pictures = {name: one for name, one in self.package.pictures.items() if name in used}
        return Reading(tuple(self.questions), tuple(self.problems), tuple(self.notes), pictures)

    def place(self, name: str) -> str:
        self.count += 1
        shown = " ".join(name.split())[: reading.LONGEST_CODE]
        return f"question {self.count} ({shown})" if shown else f"question {self.count}"

    def leave_out(self, place: str, problem: Problem) -> None:
        self.problems.append(FoundProblem(place, problem, reading.LEFT_OUT))

    def take(self, item: Element, category: str, source: Source) -> None:
        identifier = attribute(item, "ident") or attribute(item, "identifier")
        place = self.place(attribute(item, "title") or identifier)
        sketch = Sketch(category=category, tags=source.tags)
        if source.parallel is None:
            sketch.note(BAD_PARALLEL)
        else:
            sketch.parallel = source.parallel
        try:
            (v1 if name_of(item) == "item" else v2).read(item, sketch)
            question = draft(sketch, lambda one: self.package.picture(source.path, one))
        except Invalid as error:
            self.leave_out(place, Problem(error.message, **error.facts))
            return
        if question.code and question.code in self.codes:
            self.leave_out(place, Problem(DUPLICATE, code=question.code))
            return
        self.codes.add(question.code)
        self.questions.append(question)
        self.notes += [FoundProblem(place, one, reading.CHANGED) for one in sketch.notes]


def _ensure_count(count: int) -> None:
    if count > reading.MOST_QUESTIONS:
        raise Invalid(TOO_MANY, most=reading.MOST_QUESTIONS)


def _items(source: Source, package: Package) -> Iterator[tuple[Element, str]]:
    if source.root is None:
        return
    if name_of(source.root) == "assessmentItem":
        yield source.root, package.categories.get(source.path, "")
    else:
        yield from v1.items(source.root)
