"""People, judges and helpers, headcounts as a list gives them: cells understood, word by word.

Nothing here knows the database: `importing` says who of them is there already.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from contest.accounts import list_file, logins
from contest.accounts.list_file import Heading, Line, Listing
from contest.accounts.models import Role
from contest.errors import N_, Problem
from contest.rules.eligibility import full_years
from contest.rules.vietnamese import fold, normalise_phone, tidy_name

MOST_ROWS = 5000
LONGEST_NAME = 100
LONGEST_CODE = 40
LONGEST_CLASS = 60
LARGEST_HEADCOUNT = 10_000_000
OLDEST = 120  # years: nobody is older
USUAL_AGES = (5, 100)  # outside, somebody should look again


class Kind(StrEnum):
    """What a file lists."""

    PEOPLE = "people"
    STAFF = "staff"  # judges and helpers
    HEADCOUNTS = "headcounts"


_NAME = Heading("name", "Họ và tên", ("ho ten", "ten", "ho va ten thi sinh"), is_needed=True)
_BIRTH = Heading("birth_date", "Ngày sinh", ("nam sinh", "ngay thang nam sinh", "sinh ngay"))
_PHONE = Heading("phone", "Số điện thoại", ("dien thoai", "sdt", "so dt", "di dong"))
_LOGIN = Heading("login", "Tên đăng nhập", ("tai khoan", "ten tai khoan"))
_UNIT = Heading(
    "unit", "Đơn vị", ("ma don vi", "ten don vi", "truong", "xa phuong"), is_needed=True
)
_CODE = Heading(
    "member_code", "Mã số", ("ma hoc sinh", "ma so hoc sinh", "ma so hoi vien", "ma hs")
)
HEADINGS: Mapping[Kind, tuple[Heading, ...]] = {
    Kind.PEOPLE: (
        *(_NAME, _BIRTH),
        Heading("sex", "Giới tính", ("gioi", "phai")),
        *(_PHONE, _LOGIN, _UNIT),
        Heading("class", "Lớp", ("ten lop",)),
        _CODE,
        Heading("audiences", "Đối tượng", ("nhom doi tuong", "nhom")),
        Heading("trade", "Nghề nghiệp", ("nghe",)),
        Heading("role", "Vai trò"),
    ),
    Kind.STAFF: (
        *(_NAME, _BIRTH, _PHONE, _LOGIN, _UNIT),
        Heading("role", "Vai trò", ("nhiem vu",), is_needed=True),
        Heading("scope", "Phạm vi", ("don vi phu trach", "phu trach")),
    ),
    Kind.HEADCOUNTS: (
        _UNIT,
        Heading("headcount", "Số người", ("si so", "tong so nguoi", "tong so"), is_needed=True),
    ),
}
SEXES = {"nam": "male", "trai": "male", "nu": "female", "gai": "female", "khac": "other"}
TRADES = {
    "farming": N_("Nông, lâm nghiệp"),
    "industry": N_("Công nghiệp, xây dựng"),
    "trade": N_("Buôn bán, dịch vụ"),
    "tourism": N_("Du lịch"),
    "education": N_("Giáo dục"),
    "health": N_("Y tế"),
    "government": N_("Cơ quan nhà nước"),
    "armed_forces": N_("Lực lượng vũ trang"),
    "other": N_("Nghề khác"),
}
TRADE_WORDS = {list_file.plain(word): code for code, word in TRADES.items()} | {
    code: code for code in TRADES
}
PARTICIPANTS = frozenset({"", "thi sinh", "nguoi du thi", "nguoi tham gia", "du thi"})
STAFF_ROLES = {
    "giam khao": Role.JUDGE,
    "nguoi ho tro": Role.HELPER,
    "ho tro": Role.HELPER,
    "ho tro vien": Role.HELPER,
}
NO_ANSWER = frozenset({"", "khong tra loi"})

NAME_WRONG = N_("Họ và tên chỉ gồm chữ, ít nhất hai chữ cái, nhiều nhất 100 ký tự.")
NAME_SHORT = N_("Họ và tên chỉ có một từ. Hãy xem lại.")
BIRTH_WRONG = N_("Ngày sinh “%(text)s” chưa đọc được. Hãy ghi dạng 15/06/1990.")
BIRTH_AWAY = N_("Ngày sinh %(day)s ở tương lai hoặc quá %(oldest)d năm trước.")
BIRTH_YEAR = N_("Chỉ có năm sinh, nên ngày sinh được ghi là %(day)s.")
BIRTH_SHORT = N_("Năm sinh chỉ có hai chữ số, được hiểu là %(day)s.")
AGE_UNUSUAL = N_("Tuổi theo ngày sinh là %(age)d. Hãy xem lại ngày sinh.")
NO_BIRTH = N_("Không có ngày sinh: các bảng thi theo tuổi sẽ không nhận người này.")
PHONE_WRONG = N_("“%(text)s” không phải là số điện thoại Việt Nam.")
LOGIN_WRONG = N_(
    "Tên đăng nhập cần từ 3 đến 30 chữ không dấu, số, dấu chấm hoặc gạch, bắt đầu bằng chữ."
)
SEX_WRONG = N_("Giới tính “%(text)s” chưa rõ. Hãy ghi Nam, Nữ hoặc Khác.")
TRADE_WRONG = N_("Nghề “%(text)s” không có trong danh sách nên để trống.")
ROLE_OTHER = N_("Vai trò “%(text)s” nạp bằng mẫu giám khảo và người hỗ trợ.")
ROLE_WRONG = N_(
    "Vai trò cần là “Giám khảo” hoặc “Người hỗ trợ”. Các vai trò khác do quản trị viên cấp."
)
UNIT_NEEDED = N_("Hãy ghi đơn vị.")
CODE_LONG = N_("Mã số dài quá %(most)d ký tự.")
CLASS_LONG = N_("Tên lớp dài quá %(most)d ký tự.")
COUNT_WRONG = N_("Số người “%(text)s” cần là một số nguyên.")

PARTS = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?:\s.*)?")
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?")
YEAR = re.compile(r"(?:1[89]|20)\d{2}")
SERIAL = re.compile(r"[1-9]\d{3,4}")  # a day as Excel counts it, in a cell that lost its format
FIRST_DAY = date(1899, 12, 30)
BARE_PHONE = re.compile(r"[35789]\d{8}|2\d{9}")  # its leading 0 went with the number
COUNT = re.compile(r"\d{1,9}|\d{1,3}([.,\s]\d{3})+")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one row says of a person, understood; words that only the database knows stay words."""

    number: int
    name: str
    birth_date: date | None
    sex: str | None
    phone: str | None  # as normalise_phone gives it
    login: str  # folded, "" when none was given
    unit: str
    class_name: str
    member_code: str
    audiences: tuple[str, ...]
    trade: str | None
    role: Role | None
    scope: str
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class CountRow:
    """What one row says of a unit's declared size, in people."""

    number: int
    unit: str
    headcount: int | None
    problems: tuple[Problem, ...]


def read(data: bytes, kind: Kind) -> Listing:
    """Read a file of `kind`; raises Invalid whose problem "file" says why."""
    listed = list_file.read(data, HEADINGS[kind], most_rows=MOST_ROWS)
    if not listed.lines:
        raise list_file.refused(list_file.EMPTY)
    return listed


class _Understood:
    """One row on its way: problems and warnings gather as cells are read."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def wrong(self, message: str, **facts: object) -> None:
        self.problems.append(Problem(message, **facts))

    def warn(self, message: str, **facts: object) -> None:
        self.warnings.append(Problem(message, **facts))

    def name(self) -> str:
        name = tidy_name(self.line.text("name"))
        letters = sum(char.isalpha() for char in name)
        if letters < 2 or any(char.isdigit() for char in name) or len(name) > LONGEST_NAME:  # noqa: PLR2004
            self.wrong(NAME_WRONG)
        elif " " not in name:
            self.warn(NAME_SHORT)
        return name

    def birth_date(self, today: date) -> date | None:
        found = self._day(today)
        if found is None:
            return None
        if found > today or found.year < today.year - OLDEST:
            self.wrong(BIRTH_AWAY, day=f"{found:%d/%m/%Y}", oldest=OLDEST)
            return None
        age = full_years(found, today)
        if not USUAL_AGES[0] <= age <= USUAL_AGES[1]:
            self.warn(AGE_UNUSUAL, age=age)
        return found

    def _day(self, today: date) -> date | None:
        cell = self.line.cells.get("birth_date", "")
        if isinstance(cell, date):
            return cell
        text = cell.lstrip("'").strip()
        if not text:
            return None
        try:
            return self._day_of(text, today)
        except (ValueError, OverflowError):
            self.wrong(BIRTH_WRONG, text=text[:40])
            return None

    def _day_of(self, text: str, today: date) -> date:
        """Read a day people typed; ValueError when it is none."""
        if found := PARTS.fullmatch(text):
            day, month, year = (int(part) for part in found.groups())
            if len(found[3]) > 2:  # noqa: PLR2004
                return date(year, month, day)
            century = 1900 if year > today.year % 100 else 2000
            full = date(century + year, month, day)
            self.warn(BIRTH_SHORT, day=f"{full:%d/%m/%Y}")
            return full
        if found := ISO.fullmatch(text):
            return date(*(int(part) for part in found.groups()))
        if YEAR.fullmatch(text):
            first = date(int(text), 1, 1)
            self.warn(BIRTH_YEAR, day=f"{first:%d/%m/%Y}")
            return first
        if SERIAL.fullmatch(text):
            return FIRST_DAY + timedelta(days=int(text))
        raise ValueError(text)

    def phone(self) -> str | None:
        text = self.line.text("phone").lstrip("'").strip()
        typed = self.line.text("login")
        if not text and normalise_phone(typed):
            text = typed
        if not text:
            return None
        bare = re.sub(r"[\s.\-]", "", text)
        found = normalise_phone("0" + bare if BARE_PHONE.fullmatch(bare) else text)
        if found is None:
            self.wrong(PHONE_WRONG, text=text[:40])
        return found

    def login(self) -> str:
        """Give the login name, folded; a telephone number in its column is a phone's business."""
        text = fold(self.line.text("login")).replace(" ", "")
        if normalise_phone(text):
            return ""
        if text and not logins.TYPED.fullmatch(text):
            self.wrong(LOGIN_WRONG)
        return text

    def sex(self) -> str | None:
        text = self.line.text("sex")
        if fold(text) in NO_ANSWER:
            return None
        found = SEXES.get(fold(text))
        if found is None:
            self.wrong(SEX_WRONG, text=text[:40])
        return found

    def trade(self) -> str | None:
        text = self.line.text("trade")
        if fold(text) in NO_ANSWER:
            return None
        found = TRADE_WORDS.get(list_file.plain(text)) or TRADE_WORDS.get(fold(text))
        if found is None:
            self.warn(TRADE_WRONG, text=text[:40])
        return found

    def role(self, kind: Kind) -> Role | None:
        text = self.line.text("role")
        if kind is Kind.STAFF:
            found = STAFF_ROLES.get(fold(text))
            if found is None:
                self.wrong(ROLE_WRONG)
            return found
        if fold(text) not in PARTICIPANTS:
            self.wrong(ROLE_OTHER, text=text[:40])
        return None

    def short(self, field: str, most: int, sentence: str) -> str:
        text = tidy_name(self.line.text(field))
        if len(text) > most:
            self.wrong(sentence, most=most)
        return text

    def unit(self) -> str:
        text = tidy_name(self.line.text("unit"))
        if not text:
            self.wrong(UNIT_NEEDED)
        return text


def person(line: Line, kind: Kind, today: date) -> PersonRow:
    """Understand one row of a list of people, or of judges and helpers."""
    here = _Understood(line)
    words = re.split(r"[,;\n]", line.text("audiences"))
    row_facts = {
        "name": here.name(),
        "birth_date": here.birth_date(today),
        "sex": here.sex(),
        "phone": here.phone(),
        "login": here.login(),
        "unit": here.unit(),
        "class_name": here.short("class", LONGEST_CLASS, CLASS_LONG),
        "member_code": here.short("member_code", LONGEST_CODE, CODE_LONG),
        "audiences": tuple(filter(None, (tidy_name(word) for word in words))),
        "trade": here.trade(),
        "role": here.role(kind),
        "scope": tidy_name(line.text("scope")),
    }
    if kind is Kind.PEOPLE and row_facts["birth_date"] is None and not here.problems:
        here.warn(NO_BIRTH)
    return PersonRow(
        number=line.number,
        problems=tuple(here.problems),
        warnings=tuple(here.warnings),
        **row_facts,  # type: ignore[arg-type]  # each stands under its own name
    )


def count(line: Line) -> CountRow:
    """Understand one row of a list of headcounts."""
    here = _Understood(line)
    text = line.text("headcount")
    unit, found = here.unit(), None
    if COUNT.fullmatch(text):
        found = int(re.sub(r"[.,\s]", "", text))
    if found is None or found > LARGEST_HEADCOUNT:
        here.wrong(COUNT_WRONG, text=text[:40])
    return CountRow(line.number, unit, found, tuple(here.problems))
