"""What a round of entries takes: kinds of work, sizes, groups, how it is judged; data of a round.

Pure: settings come in as JSON, frozen values and refusals that name the limit come out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contest.errors import N_, Invalid
from contest.rules.media import MEBIBYTE, Limits, What
from contest.rules.rubric import Rubric

MOST_EACH = 10  # entries of one person
MOST_MEMBERS = 30  # of a group
MOST_MB = 2048
MOST_FILE_MB = 200  # of a picture, of a document
MOST_PICTURES = 20
MOST_SECONDS = 3600
LEAST_CHARACTERS, MOST_CHARACTERS = 200, 50_000
MOST_CHECKS = 60
MOST_GRACE_S = 24 * 3600
MOST_JUDGES = 9
MOST_VOTE_SHARE = Decimal(30)  # percent; field.md: votes are bought, so they never decide alone
EVERY = ""  # the rubric of divisions that have none of their own
GUARDIAN_UNDER = 16  # years: consent of a guardian besides, Luật Trẻ em 2016, Điều 1


NOT_SET_UP = N_("Ban tổ chức chưa cài đặt đợt này nhận loại bài nào.")


class EntryKind(StrEnum):
    """What sort of work an entry is (field.md §1.3)."""

    VIDEO = "video"
    ESSAY = "essay"
    INFOGRAPHIC = "infographic"
    DRAWING = "drawing"
    PHOTO = "photo"
    SCRIPT = "script"
    PRACTICAL = "practical"  # shown to an examiner, who ticks a checklist
    MODEL = "model"


NAMES = {
    EntryKind.VIDEO: N_("Video"),
    EntryKind.ESSAY: N_("Bài viết"),
    EntryKind.INFOGRAPHIC: N_("Infographic"),
    EntryKind.DRAWING: N_("Tranh số"),
    EntryKind.PHOTO: N_("Ảnh"),
    EntryKind.SCRIPT: N_("Kịch bản tuyên truyền"),
    EntryKind.PRACTICAL: N_("Thực hành trên thiết bị"),
    EntryKind.MODEL: N_("Mô hình chuyển đổi số"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an entry of a kind is made of; `enough`: one of these parts must be there."""

    files: frozenset[What]
    has_text: bool
    has_figures: bool = False
    # Any one of these makes the entry whole: names of What, or "text".
    enough: frozenset[str] = frozenset()
    # All of these must be there.
    needed: frozenset[str] = frozenset()


SHAPES: Mapping[EntryKind, Shape] = {
    EntryKind.VIDEO: Shape(frozenset({What.CLIP}), has_text=True, enough=frozenset({What.CLIP})),
    EntryKind.ESSAY: Shape(
        frozenset({What.DOCUMENT}), has_text=True, enough=frozenset({What.DOCUMENT, "text"})
    ),
    EntryKind.INFOGRAPHIC: Shape(
        frozenset({What.PICTURE}), has_text=True, enough=frozenset({What.PICTURE})
    ),
    EntryKind.DRAWING: Shape(
        frozenset({What.PICTURE}), has_text=True, enough=frozenset({What.PICTURE})
    ),
    EntryKind.PHOTO: Shape(
        frozenset({What.PICTURE}), has_text=True, enough=frozenset({What.PICTURE})
    ),
    EntryKind.SCRIPT: Shape(
        frozenset({What.DOCUMENT}), has_text=True, enough=frozenset({What.DOCUMENT, "text"})
    ),
    EntryKind.PRACTICAL: Shape(frozenset(), has_text=False),
    EntryKind.MODEL: Shape(
        frozenset({What.CLIP, What.PICTURE}),
        has_text=True,
        has_figures=True,
        needed=frozenset({What.PICTURE, "text"}),
    ),
}


class VotePeriod(StrEnum):
    """How often one account may vote in a round."""

    DAY = "day"  # local days
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class VoteRules:
    """A public vote beside the jury; `share` is its say in the result, percent, at most 30."""

    period: VotePeriod
    share: Decimal
    days: int  # after closing, for which votes are taken


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a practical task's checklist, worth `points` when it was shown."""

    code: str
    name: str
    name_en: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class EntryRules:
    """Settings of a round of entries; sizes in MB of 1024², lengths in seconds."""

    kinds: tuple[EntryKind, ...]
    each: int = 1  # entries of one person (or of the group they send for)
    most_members: int = 0  # besides the sender; 0: nobody but the sender
    most_clip_mb: int = 200
    most_file_mb: int = 20  # of a picture, of a document
    most_pictures: int = 1
    least_seconds: int = 0
    most_seconds: int = 300
    most_characters: int = 10_000  # of a typed text
    takes_links: bool = False  # to a clip on YouTube or TikTok, besides the file
    grace_s: int = 3600  # for a file begun before closing
    is_gallery: bool = False  # entries with consent may be shown to everybody
    judges_each: int = 3
    is_blind: bool = True
    vote: VoteRules | None = None
    checklist: tuple[Check, ...] = ()  # of practical tasks
    rubrics: Mapping[str, Rubric] = field(default_factory=dict)  # by division code, or EVERY

    def __post_init__(self) -> None:
        _between(N_("số bài mỗi người"), self.each, 1, MOST_EACH)
        _between(N_("số thành viên cùng nhóm"), self.most_members, 0, MOST_MEMBERS)
        _between(N_("dung lượng video (MB)"), self.most_clip_mb, 1, MOST_MB)
        _between(N_("dung lượng hình hoặc tài liệu (MB)"), self.most_file_mb, 1, MOST_FILE_MB)
        _between(N_("số hình"), self.most_pictures, 1, MOST_PICTURES)
        _between(N_("độ dài ít nhất (giây)"), self.least_seconds, 0, MOST_SECONDS)
        _between(N_("độ dài nhiều nhất (giây)"), self.most_seconds, 1, MOST_SECONDS)
        _between(
            N_("số chữ cái nhiều nhất"), self.most_characters, LEAST_CHARACTERS, MOST_CHARACTERS
        )
        _between(N_("thời gian chờ tệp gửi dở (giây)"), self.grace_s, 0, MOST_GRACE_S)
        _between(N_("số giám khảo mỗi bài"), self.judges_each, 1, MOST_JUDGES)
        if not self.kinds:
            raise Invalid(N_("Hãy chọn ít nhất một loại bài dự thi."))
        if len(set(self.kinds)) != len(self.kinds):
            raise Invalid(N_("Mỗi loại bài dự thi chỉ ghi một lần."))
        if self.least_seconds > self.most_seconds:
            raise Invalid(N_("Độ dài ít nhất của video không được lớn hơn độ dài nhiều nhất."))
        self._check_checklist()
        self._check_rubrics()
        if self.vote is not None and not 0 < self.vote.share <= MOST_VOTE_SHARE:
            raise Invalid(N_("Bình chọn chiếm từ 1 đến %(most)s %%."), most=MOST_VOTE_SHARE)
        if self.vote is not None and not self.is_gallery:
            raise Invalid(N_("Muốn có bình chọn thì bài dự thi phải được trưng bày."))

    def _check_checklist(self) -> None:
        if EntryKind.PRACTICAL in self.kinds and not self.checklist:
            raise Invalid(N_("Phần thi thực hành cần một bảng kiểm các việc phải làm được."))
        if len(self.checklist) > MOST_CHECKS:
            raise Invalid(N_("Bảng kiểm có nhiều nhất %(most)s việc."), most=MOST_CHECKS)
        if len({each.code for each in self.checklist}) != len(self.checklist):
            raise Invalid(N_("Trong bảng kiểm, mỗi việc cần một mã riêng."))
        if any(each.points <= 0 for each in self.checklist):
            raise Invalid(N_("Điểm của mỗi việc trong bảng kiểm phải lớn hơn 0."))

    def _check_rubrics(self) -> None:
        if any(kind is not EntryKind.PRACTICAL for kind in self.kinds) and not self.rubrics:
            raise Invalid(N_("Hãy nêu các tiêu chí chấm: thể lệ phải công bố trước khi nhận bài."))

    def rubric(self, division: str) -> Rubric:
        """Return the criteria of a division (its code); NotFound never: EVERY is the rest."""
        found = self.rubrics.get(division) or self.rubrics.get(EVERY)
        if found is None:
            raise Invalid(N_("Bảng thi này chưa có tiêu chí chấm."))
        return found

    def limits(self, what: What) -> Limits:
        """Return what media of this round must keep to."""
        size = self.most_clip_mb if what is What.CLIP else self.most_file_mb
        return Limits(
            most_bytes=size * MEBIBYTE,
            least_seconds=float(self.least_seconds),
            most_seconds=float(self.most_seconds),
        )

    def most_files(self, kind: EntryKind, what: What) -> int:
        """Return how many files of a sort an entry of a kind may hold."""
        if what not in SHAPES[kind].files:
            return 0
        return self.most_pictures if what is What.PICTURE else 1

    @property
    def grace(self) -> timedelta:
        """Return how long after closing a file begun before it may still come in."""
        return timedelta(seconds=self.grace_s)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON; decimals as strings."""
        return {
            "kinds": [kind.value for kind in self.kinds],
            **{name: getattr(self, name) for name in PLAIN},
            "vote": None
            if self.vote is None
            else {
                "period": self.vote.period.value,
                "share": str(self.vote.share),
                "days": self.vote.days,
            },
            "checklist": [
                {
                    "code": each.code,
                    "name": each.name,
                    "name_en": each.name_en,
                    "points": str(each.points),
                }
                for each in self.checklist
            ],
            "rubrics": {code: rubric.as_json() for code, rubric in self.rubrics.items()},
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "EntryRules":
        """Read what `as_json` wrote; Invalid for {}, a round nobody set up yet."""
        if not kept:
            raise Invalid(NOT_SET_UP)
        vote = kept["vote"]
        return cls(
            kinds=tuple(EntryKind(kind) for kind in kept["kinds"]),
            **{name: kept[name] for name in PLAIN},
            vote=None
            if vote is None
            else VoteRules(VotePeriod(vote["period"]), Decimal(vote["share"]), vote["days"]),
            checklist=tuple(
                Check(each["code"], each["name"], each["name_en"], Decimal(each["points"]))
                for each in kept["checklist"]
            ),
            rubrics={code: Rubric.from_json(rows) for code, rows in kept["rubrics"].items()},
        )


PLAIN = (
    "each",
    "most_members",
    "most_clip_mb",
    "most_file_mb",
    "most_pictures",
    "least_seconds",
    "most_seconds",
    "most_characters",
    "takes_links",
    "grace_s",
    "is_gallery",
    "judges_each",
    "is_blind",
)


def _between(what: str, found: int, least: int, most: int) -> None:
    if not least <= found <= most:
        raise Invalid(
            N_("Giá trị “%(what)s” phải từ %(least)s đến %(most)s."),
            what=what,
            least=least,
            most=most,
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """What an entry holds when it is handed in."""

    kind: EntryKind
    title: str
    text: str
    files: Mapping[What, int]
    members: int
    links: int
    figures: int


def missing(rules: EntryRules, parts: Parts) -> tuple[Invalid, ...]:
    """Say everything that keeps an entry from being handed in; empty when nothing does."""
    found = []
    shape = SHAPES[parts.kind]
    if parts.kind not in rules.kinds:
        found.append(Invalid(N_("Đợt này không nhận loại bài đó.")))
    if not parts.title.strip():
        found.append(Invalid(N_("Bạn hãy đặt tên cho bài dự thi.")))
    has = {str(what) for what, count in parts.files.items() if count}
    if parts.text.strip():
        has.add("text")
    if shape.enough and not has & shape.enough:
        found.append(Invalid(WANTED[parts.kind]))
    if not shape.needed <= has:
        found.append(Invalid(WANTED[parts.kind]))
    if len(parts.text) > rules.most_characters:
        found.append(
            Invalid(
                N_("Bài viết dài %(found)s chữ cái, nhiều nhất được %(most)s."),
                found=len(parts.text),
                most=rules.most_characters,
            )
        )
    if parts.members > rules.most_members:
        found.append(
            Invalid(
                N_("Nhóm có nhiều nhất %(most)s người ngoài người gửi."), most=rules.most_members
            )
        )
    if parts.links and not rules.takes_links:
        found.append(Invalid(N_("Đợt này không nhận đường dẫn YouTube hay TikTok.")))
    found += [
        Invalid(N_("Bài này nhận nhiều nhất %(most)s tệp mỗi loại."), most=most)
        for what, count in parts.files.items()
        if count > (most := rules.most_files(parts.kind, what))
    ]
    return tuple(found)


WANTED = {
    EntryKind.VIDEO: N_("Bài dự thi cần một video. Bạn hãy gửi tệp video."),
    EntryKind.ESSAY: N_("Bạn hãy gõ bài viết, hoặc gửi tệp Word (.docx) hay PDF."),
    EntryKind.INFOGRAPHIC: N_("Bài dự thi cần ít nhất một hình. Bạn hãy gửi tệp hình."),
    EntryKind.DRAWING: N_("Bài dự thi cần ít nhất một hình. Bạn hãy gửi tệp hình."),
    EntryKind.PHOTO: N_("Bài dự thi cần ít nhất một hình. Bạn hãy gửi tệp hình."),
    EntryKind.SCRIPT: N_("Bạn hãy gõ kịch bản, hoặc gửi tệp Word (.docx) hay PDF."),
    EntryKind.MODEL: N_("Hồ sơ mô hình cần phần mô tả và ít nhất một hình."),
}

# Addresses are taken apart and built anew; nothing is ever fetched from them.
YOUTUBE_ID = r"[A-Za-z0-9_-]{11}"
LINKS = (
    (
        "youtube",
        re.compile(
            r"https://(?:www\.|m\.)?youtube\.com/watch\?"
            rf"(?:(?!v=)[^&#\s]*&)*v=({YOUTUBE_ID})(?:&.*)?"
        ),
    ),
    (
        "youtube",
        re.compile(rf"https://(?:www\.|m\.)?youtube\.com/(?:shorts|live)/({YOUTUBE_ID})(?:\?.*)?"),
    ),
    ("youtube", re.compile(rf"https://youtu\.be/({YOUTUBE_ID})(?:\?.*)?")),
    (
        "tiktok",
        re.compile(
            r"https://(?:www\.|m\.)?tiktok\.com/@[A-Za-z0-9_.]{2,24}/video/(\d{8,20})(?:\?.*)?"
        ),
    ),
    ("tiktok", re.compile(r"https://www\.tiktok\.com/embed/v2/(\d{8,20})")),  # as we write it
)
# Where these lead is known to TikTok alone.
SHORT_LINK = re.compile(r"(?:https?://)?(?:v[tm]\.tiktok\.com/|(?:www\.|m\.)?tiktok\.com/t/).*")
SHOWN_LINKS = {
    "youtube": "https://www.youtube.com/watch?v={id}",
    "tiktok": "https://www.tiktok.com/embed/v2/{id}",  # names nobody, unlike the address sent
}


@dataclass(frozen=True, slots=True)
class Link:
    """A clip on a known host."""

    host: str
    id: str

    @property
    def address(self) -> str:
        """Return the address we show: built by us from host and id."""
        return SHOWN_LINKS[self.host].format(id=self.id)


def link(typed: str) -> Link:
    """Read an address of a clip on YouTube or TikTok; Invalid for anything else."""
    for host, pattern in LINKS:
        if found := pattern.fullmatch(typed.strip()):
            return Link(host, found[1])
    raise Invalid(
        N_(
            "Chỉ nhận đường dẫn của một video trên YouTube hoặc TikTok, bắt đầu bằng https://. "
            "Bạn hãy mở video rồi sao chép lại đường dẫn."
        )
    )


def is_short_link(typed: str) -> bool:
    """Say whether an address is one of TikTok's short ones, which name no clip."""
    return SHORT_LINK.fullmatch(typed.strip()) is not None


def needs_guardian(birth_date: date | None, *, on: date) -> bool:
    """Say whether showing the entry of somebody born then needs a guardian's consent."""
    if birth_date is None:
        return True  # unknown: the careful side
    years = on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))
    return years < GUARDIAN_UNDER


def practical_points(checklist: tuple[Check, ...], ticked: frozenset[str]) -> Decimal:
    """Return the points of a practical task on the scale of 0 to 100, four decimals.

    Raises Invalid for a tick that stands on no line.
    """
    if not ticked <= {each.code for each in checklist}:
        raise Invalid(N_("Bảng kiểm đã thay đổi. Hãy tải lại trang rồi đánh dấu lại."))
    most = sum((each.points for each in checklist), Decimal(0))
    got = sum((each.points for each in checklist if each.code in ticked), Decimal(0))
    return (100 * got / most).quantize(Decimal("0.0001"))
