"""Marks, places, what separates equals, the guess question: sections V and VI of the rules."""

from contest.contests.models import Round
from contest.contests.queries import commitment
from contest.contests.specs import Combine
from contest.regulations import entries
from contest.regulations.document import Block, Heading, Items, Paragraph, Table, alike
from contest.regulations.queries import Facts
from contest.regulations.speaking import say as _
from contest.regulations.taking_part import SECOND, for_rounds
from contest.rules.guess import GuessTarget
from contest.rules.privacy import NameMask
from contest.rules.ranking import TieBreak
from contest.web.words import duration, named, points
from question_bank.rules.keys import PartialPolicy


def scoring(facts: Facts) -> list[Block]:
    """V. Marks, places and how equals are told apart."""
    said = alike(facts.counting, _marks, for_rounds, title=_("Chấm điểm"))
    said += alike(facts.counting, _places, for_rounds, title=_("Xếp hạng"))
    draws = [each for each in facts.counting if TieBreak.DRAW in each.ties]
    if draws:
        said += _draw(draws)
    said += entries.judging(facts)
    if len([each for each in facts.contest.rounds if not each.is_practice]) > 1:
        said += [Heading(_("Nhiều đợt thi")), Paragraph(_combined(Combine(facts.contest.combine)))]
    names = _("Riêng bạn luôn thấy dòng của mình.")
    said += [
        Heading(_("Tên trên bảng xếp hạng")),
        Paragraph(f"{_mask(NameMask(facts.contest.name_mask))} {names}"),
    ]
    return said


def _marks(each: Round) -> tuple[Block, ...]:
    said = [_("Mỗi câu trả lời đúng được %(points)s điểm.", points=points(each.points))]
    if each.wrong:
        said += [
            _(
                "Mỗi câu trả lời sai bị trừ %(points)s điểm; câu bỏ trống không bị trừ.",
                points=points(each.wrong),
            ),
            _("Tổng điểm của một bài không thấp hơn 0."),
        ]
    else:
        said.append(_("Câu sai hoặc bỏ trống không bị trừ điểm."))
    said += [_partial(PartialPolicy(each.partial)), _shown(each)]
    if each.explains:
        said.append(_("Đợt thi đóng xong, bạn xem được đáp án và lời giải thích cho đề của mình."))
    else:
        said.append(_("Đáp án không được công bố."))
    return (Items(tuple(said)),)


def _places(each: Round) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Paragraph(
            _(
                "So lần lượt từng tiêu chí; tiêu chí sau chỉ dùng khi các tiêu chí trước đều bằng "
                "nhau:"
            )
        ),
        Items(tuple(_tie(TieBreak(tie)) for tie in each.ties), is_numbered=True),
        Paragraph(_("Ai bằng nhau ở mọi tiêu chí thì cùng hạng.")),
        Paragraph(
            _(
                "Thứ hạng trong lúc đợt thi còn mở là tạm thời. Kết quả chính thức được chốt sau "
                "khi đợt thi đóng và mọi bài đã nộp."
            )
        ),
    ]
    if each.freeze_s:
        blocks.append(
            Paragraph(
                _(
                    "Trong %(time)s cuối, bảng xếp hạng công khai đứng yên đến khi có kết quả "
                    "chính thức.",
                    time=duration(each.freeze_s * SECOND),
                )
            )
        )
    return tuple(blocks)


def _partial(policy: PartialPolicy) -> str:
    return {
        PartialPolicy.ALL_OR_NOTHING: _("Câu có nhiều phần phải đúng hết mới có điểm."),
        PartialPolicy.PROPORTIONAL: _(
            "Câu có nhiều phần được điểm theo phần đúng: mỗi ý đúng được thêm, mỗi ý chọn sai bị "
            "bớt, không dưới 0 điểm của câu; câu sắp thứ tự tính theo các cặp đứng cạnh nhau."
        ),
        PartialPolicy.EACH_RIGHT: _(
            "Câu có nhiều phần được điểm theo số ý trả lời đúng, chọn hay không chọn từng ý đều "
            "được xét; câu sắp thứ tự tính theo số mục đúng chỗ."
        ),
    }[policy]


def _shown(each: Round) -> str:
    return {
        "nothing": _("Điểm được công bố sau khi đợt thi đóng."),
        "score": _("Nộp bài xong, bạn thấy điểm ngay."),
        "marks": _("Nộp bài xong, bạn thấy điểm và câu nào đúng, câu nào sai."),
    }[each.shows]


def _tie(rule: TieBreak) -> str:
    return {
        TieBreak.SCORE: _("Điểm cao hơn xếp trên."),
        TieBreak.GUESS_DISTANCE: _("Số dự đoán gần số thật hơn xếp trên."),
        TieBreak.GUESS_NOT_OVER: _("Số dự đoán không vượt quá số thật xếp trên."),
        TieBreak.GUESS_NOT_UNDER: _("Số dự đoán không thấp hơn số thật xếp trên."),
        TieBreak.DURATION: _("Làm bài nhanh hơn xếp trên."),
        TieBreak.HANDED_IN_AT: _("Nộp bài sớm hơn xếp trên."),
        TieBreak.REGISTERED_AT: _("Đăng ký sớm hơn xếp trên."),
        TieBreak.DRAW: _("Rút thăm bằng máy, theo công thức công khai, ai cũng tính lại được."),
    }[rule]


def _draw(rounds: list[Round]) -> list[Block]:
    return [
        Heading(_("Rút thăm")),
        Paragraph(
            _(
                "Thăm của mỗi người là 32 chữ số đầu của mã SHA-256 tính từ số bí mật của đợt thi, "
                "một gạch đứng và mã đăng ký của người đó; thăm nhỏ hơn xếp trên."
            )
        ),
        Paragraph(
            _(
                "Mỗi đợt thi có một số bí mật dùng cho việc rút thăm. Trước khi mở, chúng tôi công "
                "bố dấu SHA-256 của số đó; có kết quả chính thức thì công bố chính số đó, để ai "
                "cũng đối chiếu được là nó không bị đổi."
            )
        ),
        Table(
            (_("Đợt thi"), _("Dấu SHA-256 của số bí mật")),
            tuple((named(each), commitment(each)) for each in rounds),
        ),
    ]


def _combined(combine: Combine) -> str:
    return {
        Combine.SUM: _("Bảng xếp hạng của tháng và của cả cuộc thi cộng điểm các đợt lại."),
        Combine.BEST: _(
            "Bảng xếp hạng của tháng và của cả cuộc thi lấy đợt tốt nhất của mỗi người."
        ),
        Combine.WEIGHTED: _(
            "Bảng xếp hạng của tháng và của cả cuộc thi tính theo tỉ trọng: mỗi đợt góp tỉ trọng "
            "của mình nhân với phần điểm đạt được trên điểm cao nhất có thể."
        ),
    }[combine]


def _mask(how: NameMask) -> str:
    return {
        NameMask.FULL: _("Bảng xếp hạng công khai ghi họ tên đầy đủ."),
        NameMask.INITIALS: _(
            "Bảng xếp hạng công khai ghi họ và chữ cái đầu của tên, ví dụ “Nguyễn V. A.”."
        ),
        NameMask.GIVEN_ONLY: _("Bảng xếp hạng công khai chỉ ghi tên gọi, ví dụ “… An”."),
        NameMask.HIDDEN: _("Bảng xếp hạng công khai không ghi tên."),
    }[how]


def guessing(facts: Facts) -> list[Block]:
    """VI. The guess question; nothing when no round has one."""
    return alike([each for each in facts.counting if each.guess_text], _guess, for_rounds)


def _guess(each: Round) -> tuple[Block, ...]:
    target = {
        GuessTarget.PARTICIPANTS: _(
            "Số thật là số người đã nộp bài hợp lệ trong đợt; mỗi người tính một lần."
        ),
        GuessTarget.ALL_RIGHT_PEOPLE: _(
            "Số thật là số người trả lời đúng tất cả các câu trong đợt; mỗi người tính một lần."
        ),
        GuessTarget.TRIES: _("Số thật là số lượt bài hợp lệ đã nộp trong đợt."),
    }[GuessTarget(each.guess_target or "")]
    later = _("Số này chỉ có sau khi đợt thi đóng, nên trước đó mọi thứ hạng đều là tạm thời.")
    return (
        Paragraph(_("Câu hỏi: “%(question)s”", question=named(each, "guess_text"))),
        Items(
            (
                _("Câu này không tính điểm, chỉ dùng để phân hạng những người bằng điểm."),
                f"{target} {later}",
                _("Người không dự đoán xếp sau người có dự đoán khi xét tiêu chí này."),
            )
        ),
    )
