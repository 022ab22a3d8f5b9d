"""What is new in a round in the visitor's words: the same on the page and in the page's poll."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from contest.attempts import news
from contest.attempts.models import Attempt
from contest.contests.models import Round
from contest.web.words import clock_time, named


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of news as it is shown."""

    id: str
    at: datetime
    words: str

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, "at": clock_time(self.at)[:5], "words": self.words}


@dataclass(frozen=True, slots=True)
class Board:
    """All news of a page, the newest first; `pause` says why the round stands, "" when it runs."""

    acts_no: int
    pause: str
    items: Sequence[Told]


def in_ms(moment: datetime | None) -> int:
    """Return epoch milliseconds, 0 for no moment."""
    return 0 if moment is None else int(moment.timestamp() * 1000)


def attempt_news(session: Session, attempt: Attempt, round_: Round) -> Board:
    """Return what a paper says at the top; nothing is read while the round had no acts."""
    if not round_.acts_no:
        return Board(0, "", ())
    everybody = news.of_round(session, round_.id)
    own = news.of_attempt(session, attempt.id, everybody.acts_no)
    return told(everybody, own)


def round_news(session: Session, round_: Round) -> Board:
    """Return what the round's page says before the start."""
    if not round_.acts_no:
        return Board(0, "", ())
    return told(news.of_round(session, round_.id))


def told(everybody: news.RoundNews, own: news.AttemptNews | None = None) -> Board:
    """Put news into words."""
    items = news.newest_first(everybody.items, own.items if own else ())
    is_paused = own.paused_at is not None if own else everybody.paused_at is not None
    pause = ""
    if is_paused:
        pause = _(
            "Ban tổ chức đang tạm dừng đợt thi. Đồng hồ của mọi người đứng yên. Lý do: %(reason)s",
            reason=everybody.pause_reason,
        )
    shown = [Told(each.id, each.at, _words(each)) for each in items]
    return Board(everybody.acts_no, pause, shown)


def _words(item: news.Item) -> str:
    if item.words:
        return named(item, "words")
    if item.minutes:
        more: str = _(
            "Bạn được thêm %(minutes)s phút làm bài. Lý do: %(reason)s",
            minutes=item.minutes,
            reason=item.reason,
        )
        return more
    again: str = _("Bài của bạn đã được mở lại để làm tiếp. Lý do: %(reason)s", reason=item.reason)
    return again
