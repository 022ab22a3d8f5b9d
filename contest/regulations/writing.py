"""The rules of a contest, written from its settings: what is printed is what is enforced."""

from collections.abc import Mapping
from typing import Any

from contest.contests.models import Division, RuleChange
from contest.contests.rule_changes import LABELS
from contest.regulations.document import (
    Block,
    Document,
    Heading,
    Items,
    Paragraph,
    Section,
    Table,
    paragraphs,
    roman,
)
from contest.regulations.personal_data import personal_data
from contest.regulations.queries import Facts
from contest.regulations.results import guessing, scoring
from contest.regulations.speaking import say as _
from contest.regulations.taking_part import calendar, conduct, content, entrants
from contest.web.words import is_english, moment, named, translate


def write(facts: Facts) -> Document:
    """Write the rules in the language being spoken; sections without content have no number.

    It must run inside the application: words and zone are its.
    """
    sections: list[tuple[str, list[Block]]] = [
        (_("Đối tượng dự thi"), entrants(facts)),
        (_("Thời gian"), calendar(facts)),
        (_("Nội dung và hình thức thi"), content(facts)),
        (_("Cách thức tham gia"), conduct(facts)),
        (_("Chấm điểm, xếp hạng và phân định khi bằng điểm"), scoring(facts)),
        (_("Câu hỏi dự đoán"), guessing(facts)),
        (_("Giải thưởng"), prizes(facts)),
        (_("Khiếu nại"), complaints(facts)),
        (_("Dữ liệu cá nhân"), personal_data(facts)),
        (_("Điều khoản khác"), list(paragraphs(named(facts.contest, "extra")))),
        (_("Thay đổi thể lệ"), changes(facts)),
    ]
    filled = [(title, blocks) for title, blocks in sections if blocks]
    return Document(
        language="en" if is_english() else "vi",
        owner=facts.owner.name,
        kind=_("Thể lệ"),
        title=named(facts.contest, "title"),
        opening=paragraphs(named(facts.contest, "about")),
        sections=tuple(
            Section(f"{roman(number)}. {title}", tuple(blocks))
            for number, (title, blocks) in enumerate(filled, start=1)
        ),
    )


def prizes(facts: Facts) -> list[Block]:
    """VII. What can be won, division by division."""
    said: list[Block] = []
    divisions = [each for each in facts.contest.divisions if each.prizes]
    for each in divisions:
        if len(facts.contest.divisions) > 1:
            said.append(Heading(_("Bảng “%(name)s”", name=named(each))))
        said.append(_prizes(each))
    if not said:
        return [Paragraph(_("Cuộc thi không có giải thưởng."))]
    if facts.identity.fields:
        said.append(
            Paragraph(
                _(
                    "Ban tổ chức đối chiếu thông tin đã ghi với giấy tờ trước khi trao giải. Thiếu "
                    "thông tin bắt buộc thì chưa trao giải được."
                )
            )
        )
    return said


def _prizes(division: Division) -> Table:
    rows = tuple(
        (_prize_name(prize), str(prize["count"]), prize["value"]) for prize in division.prizes
    )
    return Table((_("Giải"), _("Số giải"), _("Phần thưởng")), rows)


def _prize_name(prize: Mapping[str, Any]) -> str:
    name: str = (prize["name_en"] if is_english() else "") or prize["name"]
    return name[:1].upper() + name[1:]


def complaints(facts: Facts) -> list[Block]:
    """VIII. Where to turn, and what can be checked by oneself."""
    return [
        Paragraph(
            _("Khiếu nại, thắc mắc gửi ban tổ chức: %(contact)s", contact=facts.contest.contact)
        ),
        Items(
            (
                _(
                    "Nộp bài xong, mỗi người nhận một mã xác nhận; ai có mã cũng kiểm tra được bài "
                    "đã nộp và giờ nộp."
                ),
                _("Trên bảng xếp hạng, mỗi dòng đều xem được lý do vì sao đứng ở hạng đó."),
                _(
                    "Kết quả chính thức đã công bố thì không bị sửa: nếu phải đính chính, hệ thống "
                    "ghi thành lần công bố mới, kèm lý do, cho mọi người xem."
                ),
            )
        ),
    ]


def changes(facts: Facts) -> list[Block]:
    """What was changed since the contest was published, when and why."""
    said: list[Block] = []
    for each in facts.changes:
        said += [
            Heading(moment(each.at)),
            Paragraph(_("Lý do: %(reason)s", reason=each.reason)),
            Items(tuple(_changed(each))),
        ]
    return said


def _changed(change: RuleChange) -> list[str]:
    return [
        _(
            "%(what)s: trước là “%(old)s”, nay là “%(new)s”.",
            what=", ".join(part for part in (one["where"], translate(LABELS[one["key"]])) if part),
            old=one["old"],
            new=one["new"],
        )
        for one in change.changes
    ]
