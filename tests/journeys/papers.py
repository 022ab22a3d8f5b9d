"""Contest files of the journeys, written as an organizer writes them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from journeys import history, sitting
from journeys.sites import Site
from PIL import Image, ImageDraw
from sqlalchemy import select, update

from question_bank import service as bank
from question_bank.models import Question, QuestionVersion, Topic

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TOPICS = ("devices", "internet", "public_services", "cashless", "official_information", "scams")
HEAD = """
code = "{code}"
unit = "15"
title = "Hội thi của một chuyến đi thử"
title_en = "The contest of a journey"
about = "Thi để biết và dùng được."
about_en = "Learn by playing."
contact = "Ban tổ chức, 0214 000 000"
"""
DIVISIONS = """
[[divisions]]
code = "hoc-sinh"
name = "Học sinh, sinh viên"
name_en = "Pupils and students"
audience = "pupils"

[[divisions]]
code = "nguoi-cao-tuoi"
name = "Người cao tuổi"
name_en = "Older people"
audience = "elderly"
is_easy = true

[[divisions]]
code = "can-bo"
name = "Cán bộ, công chức, viên chức"
name_en = "Officials"
audience = "officials"

[[divisions]]
code = "moi-nguoi"
name = "Mọi người dân"
name_en = "Everybody"
audience = "everybody"
"""
ROUND = """
[[rounds]]
code = "{code}"
name = "{name}"
name_en = "{name_en}"
opens_at = {opens_at}
closes_at = {closes_at}
time_limit_s = {limit}
guess_text = "Sẽ có bao nhiêu người tham gia đợt thi này?"
guess_text_en = "How many people will take part in this round?"
guess_target = "participants"
{more}
"""
PLAN = """
[[rounds.plan]]
topic = "{topic}"
count = {count}
"""


IDENTITY = """
[identity]
when = "{when}"
keep_days = 90
[[identity.fields]]
key = "national_id"
unique = true
[[identity.fields]]
key = "phone"
relatives = true
[[identity.fields]]
key = "address"
required = false
"""
PRIZES = """
[[divisions.prizes]]
name = "giải Nhất"
name_en = "first prize"
count = 1
value = "500.000 đồng"
[[divisions.prizes]]
name = "giải Nhì"
name_en = "second prizes"
count = 2
value = "giấy khen"
"""


def identity(when: str) -> str:
    """Ask three facts beyond the account, before or after."""
    return IDENTITY.format(when=when)


def with_prizes(audience: str) -> str:
    """Give the divisions, that of one audience with prizes."""
    line = f'audience = "{audience}"\n'
    return DIVISIONS.replace(line, line + PRIZES)


def moment(value: datetime) -> str:
    """Write a moment as files do: local, to the second."""
    return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def round_of(
    code: str,
    *,
    opens_at: datetime,
    closes_at: datetime,
    limit: int = 300,
    name: str = "Tuần 1",
    name_en: str = "Week 1",
    more: str = "",
    topics: Sequence[str] = TOPICS,
) -> str:
    """Write a round with one question of every topic."""
    head = ROUND.format(
        code=code,
        name=name,
        name_en=name_en,
        opens_at=moment(opens_at),
        closes_at=moment(closes_at),
        limit=limit,
        more=more,
    )
    return head + "".join(PLAN.format(topic=topic, count=1) for topic in topics)


def load_short(site: Site, code: str, *, opens_at: datetime, closes_at: datetime) -> None:
    """Load a contest of one round with six questions and the guess question.

    Papers are drawn at random; only questions with one right answer are left in the six topics, so
    that the journey does the same whatever is drawn. Every other kind has its own journeys.
    """
    others = (
        select(QuestionVersion.question_id)
        .join(Topic, Topic.id == QuestionVersion.topic_id)
        .where(Topic.code.in_(TOPICS), QuestionVersion.type != "one")
    )
    with history.writing(site) as session:
        session.execute(update(Question).where(Question.id.in_(others)).values(state="retired"))
    round_ = round_of("tuan-1", opens_at=opens_at, closes_at=closes_at)
    site.load(code, HEAD.format(code=code) + DIVISIONS + round_)


def load_every_kind(site: Site, code: str) -> str:
    """Load a contest, open for a day, whose papers hold one question of every kind."""
    with history.writing(site) as session:
        bank.load_topics(session, [{"code": "every-kind", "name": "Đủ kiểu", "name_en": "All"}])
    shutil.copy(sitting.EVERY_KIND, site.folder)
    picture = Image.new("RGB", (640, 400), "#f4efe6")
    for radius in (60, 120, 180):
        box = (320 - radius, 260 - radius, 320 + radius, 260 + radius)
        ImageDraw.Draw(picture).arc(box, 215, 325, fill="#1e2b5e", width=24)
    picture.save(site.folder / "song.png")
    site.cli("questions", str(site.folder / sitting.EVERY_KIND.name))
    now = datetime.now(UTC)
    round_ = round_of(
        "tuan-1", opens_at=now, closes_at=now + timedelta(days=1), limit=3600, topics=["every-kind"]
    )
    site.load(code, HEAD.format(code=code) + DIVISIONS + round_.replace("count = 1", "count = 6"))
    return code
