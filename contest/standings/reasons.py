"""Why a line stands below another, in plain words: what is equal, then what is not."""

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from contest.errors import N_
from contest.rules.ranking import Separation, TieBreak, TieValue
from contest.web.words import day, duration, number, points, translate

SECOND = 1000  # milliseconds

# How each rule is named in the list of rules on the page.
NAMES = {
    TieBreak.SCORE: N_("Điểm cao hơn"),
    TieBreak.GUESS_DISTANCE: N_("Số dự đoán gần số thật hơn"),
    TieBreak.GUESS_NOT_OVER: N_("Số dự đoán không vượt số thật"),
    TieBreak.GUESS_NOT_UNDER: N_("Số dự đoán không thấp hơn số thật"),
    TieBreak.DURATION: N_("Làm bài nhanh hơn"),
    TieBreak.HANDED_IN_AT: N_("Nộp bài sớm hơn"),
    TieBreak.REGISTERED_AT: N_("Đăng ký sớm hơn"),
    TieBreak.DRAW: N_("Bốc thăm bằng máy, ai cũng tính lại được"),
}
# What is said of a rule that could not tell the two apart.
EQUAL = {
    TieBreak.GUESS_DISTANCE: N_("dự đoán lệch như nhau"),
    TieBreak.GUESS_NOT_OVER: N_("dự đoán cùng một phía so với số thật"),
    TieBreak.GUESS_NOT_UNDER: N_("dự đoán cùng một phía so với số thật"),
    TieBreak.DURATION: N_("làm bài lâu như nhau"),
    TieBreak.HANDED_IN_AT: N_("nộp bài cùng lúc"),
    TieBreak.REGISTERED_AT: N_("đăng ký cùng lúc"),
}
SENTENCES = {
    TieBreak.SCORE: N_("%(who)s được %(mine)s điểm, người đứng trên được %(theirs)s điểm."),
    TieBreak.GUESS_DISTANCE: N_("%(who)s dự đoán lệch %(mine)s, người đứng trên lệch %(theirs)s."),
    TieBreak.DURATION: N_("%(who)s làm %(mine)s, người đứng trên làm %(theirs)s."),
    TieBreak.HANDED_IN_AT: N_("%(who)s nộp bài lúc %(mine)s, người đứng trên nộp lúc %(theirs)s."),
    TieBreak.REGISTERED_AT: N_(
        "%(who)s đăng ký lúc %(mine)s, người đứng trên đăng ký lúc %(theirs)s."
    ),
    TieBreak.DRAW: N_(
        "số thăm của %(who)s là %(mine)s, của người đứng trên là %(theirs)s; số nhỏ hơn đứng trên."
    ),
}
NO_GUESS = N_("%(who)s không có số dự đoán, người đứng trên có.")
RIGHT_SIDE = {
    TieBreak.GUESS_NOT_OVER: N_("%(who)s dự đoán vượt số thật, người đứng trên thì không."),
    TieBreak.GUESS_NOT_UNDER: N_("%(who)s dự đoán thấp hơn số thật, người đứng trên thì không."),
}
LOT_DIGITS = 8


def sentence(found: Separation, equal: list[TieBreak], *, is_me: bool, score: str) -> str:
    """Say what is equal between a line and the one above it, then what puts it below.

    `found` sees the line above as a, the line itself as b.
    """
    who = _("bạn") if is_me else _("người này")
    mine, theirs = found.value_b, found.value_a
    if mine is None:
        told = translate(NO_GUESS, {"who": who})
    elif found.rule in RIGHT_SIDE:
        told = translate(RIGHT_SIDE[found.rule], {"who": who})
    else:
        shown = _both(found.rule, mine, theirs)
        told = translate(SENTENCES[found.rule], {"who": who, "mine": shown[0], "theirs": shown[1]})
    if found.rule is TieBreak.SCORE:
        return told[:1].upper() + told[1:]
    also = [translate(EQUAL[rule]) for rule in equal if rule in EQUAL]
    same = ", ".join([_("Hai người cùng %(score)s điểm", score=score), *also])
    return f"{same}; {told}"


def _both(rule: TieBreak, mine: TieValue, theirs: TieValue) -> tuple[str, str]:
    """Show two values just as finely as it takes to see the difference."""
    for fine in (False, True):
        shown = _shown(rule, mine, fine=fine), _shown(rule, theirs, fine=fine)
        if shown[0] != shown[1]:
            break
    return shown


def _shown(rule: TieBreak, value: TieValue, *, fine: bool) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(current_app.extensions["settings"].timezone)
        return f"{local:{'%H:%M:%S.%f' if fine else '%H:%M:%S'}}, {day(local)}"
    if isinstance(value, str):
        return value if fine else value[:LOT_DIGITS]
    if rule is TieBreak.DURATION and isinstance(value, int):
        return finely(value) if fine else duration(value)
    if isinstance(value, int):
        return number(value)
    return points(value)


def finely(milliseconds: int) -> str:
    """Say a span to the millisecond: "5 phút 58,204 giây"."""
    minutes, rest = divmod(milliseconds, 60 * SECOND)
    seconds: str = _("%(seconds)s giây", seconds=number(rest / SECOND, 3))
    return f"{duration(minutes * 60 * SECOND)} {seconds}" if minutes else seconds
