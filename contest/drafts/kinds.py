"""The ready-made kinds of contests a draft may begin from: contest files with relative dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from contest.config import ROOT
from contest.contests import contest_data, contest_file
from contest.errors import N_

FOLDER = ROOT / "contest" / "data" / "kinds"
SCRATCH = "scratch"  # begins empty
WEEK = timedelta(days=7)
MORNING = time(8)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind as the page offers it."""

    code: str
    name: str
    description: str


KINDS = (
    Kind(
        "weekly",
        N_("Thi trắc nghiệm hằng tuần có câu hỏi dự đoán"),
        N_("Bốn đợt, mỗi đợt một tuần; câu dự đoán phân hạng những người bằng điểm."),
    ),
    Kind(
        "school-day",
        N_("Thi một ngày của trường"),
        N_("Một buổi, mỗi em một lượt, có thi thử trước một tuần."),
    ),
    Kind(
        "elderly",
        N_("Luyện tập cho người cao tuổi"),
        N_("Chữ to, thong thả 30 phút, làm lại bao nhiêu lần cũng được."),
    ),
    Kind(
        "quiz-video",
        N_("Trắc nghiệm + video, 70/30"),
        N_("Trắc nghiệm chiếm 70 phần, video dự thi chiếm 30 phần trong 100."),
    ),
    Kind(SCRATCH, N_("Bắt đầu từ đầu"), N_("Bạn tự điền từng bước.")),
)
CODES = frozenset(kind.code for kind in KINDS)


def next_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """Give the local morning of the first Monday after the day of `now`."""
    today = now.astimezone(zone).date()
    return datetime.combine(today + timedelta(days=7 - today.weekday()), MORNING, zone)


def data_of(code: str, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Give the data a draft of this kind begins with; its days count from next Monday."""
    if code == SCRATCH:
        return {"divisions": [], "rounds": []}
    spec = contest_file.spec_of(
        dict(_parsed(FOLDER / f"{code}.toml")), zone=zone, now=next_monday(now, zone)
    )
    return contest_data.as_data(spec)


@cache
def _parsed(path: Path) -> Mapping[str, Any]:
    return contest_file.parse(path.read_bytes())


def moved(data: dict[str, Any], *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Move all rounds by whole days, so that the first opens next Monday at the same time."""
    opening = [datetime.fromisoformat(each["opens_at"]) for each in data["rounds"]]
    days = next_monday(now, zone).date() - min(opening).date()
    rounds = [shifted(each, days) for each in data["rounds"]]
    return {**data, "rounds": rounds}


def shifted(values: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    """Give a round later by `by`; moments nobody can read stay as they are."""
    found = dict(values)
    for key in contest_data.MOMENTS & values.keys():
        moment = contest_data.readable({key: values[key]})[key]
        if isinstance(moment, datetime):
            found[key] = (moment + by).isoformat(timespec="seconds")
    return found
