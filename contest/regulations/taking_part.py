"""Who may enter, when, with what, and how a paper is sat: sections I to IV of the rules."""

from collections.abc import Sequence

from flask import current_app

from contest.contests.models import Division, Round
from contest.contests.specs import Combine, RoundKind
from contest.regulations import entries
from contest.regulations.document import Block, Heading, Items, Paragraph, Table, alike
from contest.regulations.personal_data import asked
from contest.regulations.queries import Facts
from contest.regulations.speaking import say as _
from contest.rules.timing import GRACE, DeadlineRule
from contest.web.words import duration, moment, named, points

SECOND = 1000  # milliseconds
VIETNAM = "Asia/Ho_Chi_Minh"


def for_rounds(rounds: Sequence[Round]) -> str:
    """Say which rounds what follows is about."""
    return _("Đợt thi: %(rounds)s", rounds=", ".join(named(each) for each in rounds))


def entrants(facts: Facts) -> list[Block]:
    """I. Who may enter, and in which division."""
    rows = tuple(
        (named(each), named(facts.audiences[each.audience_id], "description"))
        for each in facts.contest.divisions
    )
    return [
        Table((_("Bảng thi"), _("Dành cho")), rows),
        Paragraph(
            _(
                "Mỗi người dự thi ở một bảng, chọn khi đăng ký, và được xếp hạng với những người "
                "cùng bảng. Đăng ký rồi thì không đổi bảng được."
            )
        ),
        Paragraph(
            _(
                "Tuổi được tính vào ngày đăng ký. Kết quả được tính cho đơn vị ghi trong tài khoản "
                "lúc đăng ký."
            )
        ),
    ]


def calendar(facts: Facts) -> list[Block]:
    """II. When: every round with its window."""
    is_weighted = facts.contest.combine == Combine.WEIGHTED
    head = [_("Đợt thi"), _("Hình thức"), _("Mở"), _("Đóng")]
    if is_weighted:
        head.append(_("Tỉ trọng"))
    rows = []
    for each in facts.contest.rounds:
        row = [named(each), _form(each), moment(each.opens_at), moment(each.closes_at)]
        if is_weighted:
            row.append("" if each.weight is None else f"{points(each.weight)} %")
        rows.append(tuple(row))
    zone = current_app.extensions["settings"].timezone.key
    return [
        Table(tuple(head), tuple(rows)),
        Paragraph(
            _(
                "Giờ ghi trong thể lệ là giờ %(zone)s, tính theo đồng hồ máy chủ. Đúng lúc mở là "
                "bắt đầu làm bài được; từ đúng lúc đóng thì không bắt đầu được nữa.",
                zone=_("Việt Nam") if zone == VIETNAM else zone,
            )
        ),
        Paragraph(_("Đăng ký được đến khi đợt thi cuối cùng đóng.")),
    ]


def _form(each: Round) -> str:
    if each.kind == RoundKind.ENTRIES:
        return _("Nộp bài dự thi")
    if each.is_practice:
        return _("Thi thử, không tính điểm")
    return _("Trắc nghiệm")


def content(facts: Facts) -> list[Block]:
    """III. What is asked, and in which form."""
    said = alike(facts.quizzes, lambda each: _paper(facts, each), for_rounds)
    said += entries.what_is_sent(facts)
    if bare := entries.not_set_up(facts):
        said += [
            Heading(for_rounds(bare)),
            Paragraph(
                _("Nộp bài dự thi (video, bài viết, tranh…), không làm bài trắc nghiệm trên máy.")
            ),
        ]
    return said


def _paper(facts: Facts, each: Round) -> tuple[Block, ...]:
    levels = [_("Độ khó bất kỳ"), _("Dễ"), _("Vừa"), _("Khó")]
    codes = {audience.code: audience for audience in facts.audiences.values()}
    rows = []
    for quota in each.plan:
        topic = facts.topics.get(quota["topic"] or "")
        only = ", ".join(named(codes[code]) for code in quota["audiences"] if code in codes)
        rows.append(
            (
                (named(topic) if topic else quota["topic"]) or _("Chủ đề bất kỳ"),
                levels[quota["difficulty"] or 0],
                only or _("Mọi câu hợp với bảng thi"),
                str(quota["count"]),
            )
        )
    head = (_("Chủ đề"), _("Mức độ"), _("Lấy từ"), _("Số câu"))
    total = sum(quota["count"] for quota in each.plan)
    return (
        Paragraph(
            _("Thi trắc nghiệm trực tuyến; mỗi lượt làm một đề %(count)s câu, gồm:", count=total)
        ),
        Table(head, tuple(rows)),
        Items(tuple(_drawing(each))),
    )


def _drawing(each: Round) -> list[str]:
    return [
        _(
            "Máy rút đề ngẫu nhiên từ ngân hàng câu hỏi cho từng lượt. Độ khó dự tính của hai đề "
            "bất kỳ chênh nhau không quá %(percent)s %% số điểm của đề.",
            percent=points(each.bound * 100),
        ),
        _("Thứ tự các câu được đảo riêng cho từng đề.")
        if each.shuffles_questions
        else _("Thứ tự các câu không đảo."),
        _("Thứ tự các phương án được đảo riêng cho từng đề.")
        if each.shuffles_options
        else _("Thứ tự các phương án không đảo."),
    ]


def conduct(facts: Facts) -> list[Block]:
    """IV. Registering, sitting, the clock, tries, losing the network."""
    said: list[Block] = [Heading(_("Đăng ký")), Items(tuple(_registering(facts)), is_numbered=True)]
    said += alike(facts.quizzes, lambda each: _sitting(facts, each), for_rounds, title=_("Làm bài"))
    if facts.contest.tries_total:
        said.append(
            Paragraph(
                _(
                    "Cả cuộc thi: nhiều nhất %(count)s lượt, không kể thi thử.",
                    count=facts.contest.tries_total,
                )
            )
        )
    if facts.quizzes:
        said += _trouble()
    return said + entries.sending(facts)


def _trouble() -> list[Block]:
    return [
        Heading(_("Mất mạng, mất điện")),
        Items(
            (
                _(
                    "Câu nào chọn là lưu ngay. Mất mạng, mất điện hay đổi máy, bạn vào lại làm "
                    "tiếp được; đồng hồ vẫn chạy và không tốn thêm lượt."
                ),
                _(
                    "Mạng chậm được châm chước: câu trả lời đến máy chủ muộn không quá %(seconds)s "
                    "giây sau hạn vẫn được nhận.",
                    seconds=int(GRACE.total_seconds()),
                ),
            )
        ),
    ]


def _registering(facts: Facts) -> list[str]:
    steps = [
        _("Mở tài khoản bằng số điện thoại hoặc tên đăng nhập, ghi đúng họ tên và đơn vị."),
        _("Vào trang cuộc thi, chọn bảng thi và bấm đăng ký. Mỗi người đăng ký một lần."),
    ]
    fields = asked(facts.identity)
    if fields and facts.identity.asks_before:
        steps.append(_("Khi đăng ký, ghi thêm: %(fields)s.", fields="; ".join(fields)))
    elif fields:
        steps.append(
            _(
                "Sau khi nộp bài, ghi thêm để được xét giải: %(fields)s.",
                fields="; ".join(fields),
            )
        )
    return steps


def _sitting(facts: Facts, each: Round) -> tuple[Block, ...]:
    said = [_limit(each), *(_own_limit(one) for one in facts.contest.divisions if one.time_limit_s)]
    said += [_ending(each), _tries(each), _counted(each), _way(each)]
    if each.requires_all:
        said.append(_("Phải trả lời đủ tất cả các câu, nếu không bài thi không được tính."))
        if each.guess_text:
            said.append(_("Câu hỏi dự đoán cũng phải được trả lời."))
    else:
        said.append(_("Được bỏ trống câu không biết."))
    return (Items(tuple(said)),)


def _limit(each: Round) -> str:
    if each.time_limit_s is None:
        return _("Không giới hạn thời gian cho một lượt, làm đến khi đợt thi đóng.")
    return _("Thời gian làm bài: %(time)s cho một lượt.", time=duration(each.time_limit_s * SECOND))


def _own_limit(division: Division) -> str:
    return _(
        "Riêng bảng “%(name)s”: %(time)s cho một lượt.",
        name=named(division),
        time=duration((division.time_limit_s or 0) * SECOND),
    )


def _ending(each: Round) -> str:
    if each.time_limit_s is None:
        return _("Bạn làm bài đến lúc đợt thi đóng. Đến giờ đó bài tự nộp với những câu đã lưu.")
    if each.deadline_rule == DeadlineRule.WHOLE_LIMIT:
        return _(
            "Đồng hồ chạy từ lúc bạn bấm bắt đầu và không dừng lại. Đã bắt đầu trước giờ đóng thì "
            "bạn luôn được làm đủ thời gian. Hết giờ bài tự nộp với những câu đã lưu."
        )
    return _(
        "Đồng hồ chạy từ lúc bạn bấm bắt đầu và không dừng lại. Bài kết thúc khi hết thời gian làm "
        "bài hoặc khi đợt thi đóng, lúc nào đến trước thì tính lúc đó; bài tự nộp với những câu đã "
        "lưu."
    )


def _tries(each: Round) -> str:
    limits = []
    if each.tries_day:
        limits.append(_("%(count)s lượt mỗi ngày", count=each.tries_day))
    if each.tries_week:
        limits.append(_("%(count)s lượt mỗi tuần (từ thứ Hai đến Chủ nhật)", count=each.tries_week))
    if each.tries_round:
        limits.append(_("%(count)s lượt trong cả đợt", count=each.tries_round))
    if not limits:
        return _("Không giới hạn số lượt trong đợt.")
    return _("Số lượt: nhiều nhất %(tries)s.", tries=", ".join(limits))


def _counted(each: Round) -> str:
    if each.is_practice:
        return _("Thi thử không tính điểm và không tính vào số lượt của cuộc thi.")
    if each.counting == "first":
        return _("Nếu thi nhiều lượt, lượt đầu tiên được tính.")
    if each.counting == "last":
        return _("Nếu thi nhiều lượt, lượt cuối cùng được tính.")
    order = [tie for tie in each.ties if tie in {"duration", "handed_in_at"}]
    if order[:1] == ["handed_in_at"]:
        return _(
            "Nếu thi nhiều lượt, lượt tốt nhất được tính: điểm cao hơn; bằng điểm thì nộp sớm hơn, "
            "rồi đến làm nhanh hơn."
        )
    return _(
        "Nếu thi nhiều lượt, lượt tốt nhất được tính: điểm cao hơn; bằng điểm thì làm nhanh hơn, "
        "rồi đến nộp sớm hơn."
    )


def _way(each: Round) -> str:
    if each.is_one_way:
        return _("Đề thi đi một chiều: sang câu sau rồi thì không quay lại câu trước được.")
    return _("Làm câu nào trước cũng được; đổi câu trả lời đến khi nộp bài.")
