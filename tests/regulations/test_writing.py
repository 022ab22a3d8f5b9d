"""What is printed is what is enforced: every setting changes the rules, and says itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from factories.contests import OPENING, WEEK, make_division, make_round
from factories.regulations import CODE, PLAN, make_full
from sqlalchemy.orm import Session

from contest.contests.models import Contest, Division, Round, RuleChange
from contest.contests.queries import commitment
from contest.contests.specs import ContestSpec, DivisionSpec, RoundSpec
from contest.regulations.document import Document, Heading, Items, Paragraph
from contest.rules.identity import AskedWhen, IdentityField, IdentityKey, IdentityRules

Written = Callable[..., Document]

TITLES = [
    "I. Đối tượng dự thi",
    "II. Thời gian",
    "III. Nội dung và hình thức thi",
    "IV. Cách thức tham gia",
    "V. Chấm điểm, xếp hạng và phân định khi bằng điểm",
    "VI. Câu hỏi dự đoán",
    "VII. Giải thưởng",
    "VIII. Khiếu nại",
    "IX. Dữ liệu cá nhân",
]


def said(document: Document) -> list[str]:
    """Every text of the sections, in order."""
    texts = []
    for section in document.sections:
        texts.append(section.title)
        for block in section.blocks:
            if isinstance(block, Heading | Paragraph):
                texts.append(block.text)
            elif isinstance(block, Items):
                texts += block.items
            else:
                texts += [*block.head, *(cell for row in block.rows for cell in row)]
    return texts


def test_the_sections_stand_in_the_usual_order(session: Session, written: Written) -> None:
    make_full(session)
    document = written()
    assert [each.title for each in document.sections] == TITLES
    assert (document.owner, document.kind) == ("Tỉnh Lào Cai", "Thể lệ")
    assert document.title == "Tìm hiểu an toàn trên mạng"
    assert document.opening == (Paragraph("Thi để biết và dùng được."),)


def asked(*fields: IdentityField, when: str = "before", days: int = 90) -> dict[str, Any]:
    return IdentityRules(AskedWhen(when), fields, days).as_json()


# setting, its value, a sentence that is there then and is not otherwise
SETTINGS = [
    ("round_closes_at", OPENING + 2 * WEEK, "16:00, Thứ Hai 30/11/2026"),
    ("round_opens_at", OPENING + timedelta(hours=1), "17:00, Thứ Hai 16/11/2026"),
    ("round_time_limit_s", 600, "Thời gian làm bài: 10 phút cho một lượt."),
    (
        *("round_time_limit_s", None),
        "Không giới hạn thời gian cho một lượt, làm đến khi đợt thi đóng.",
    ),
    (
        *("round_deadline_rule", "whole_limit"),
        (
            "Đồng hồ chạy từ lúc bạn bấm bắt đầu và không dừng lại. Đã bắt đầu trước giờ đóng thì "
            "bạn luôn được làm đủ thời gian. Hết giờ bài tự nộp với những câu đã lưu."
        ),
    ),
    ("round_tries_day", 2, "Số lượt: nhiều nhất 2 lượt mỗi ngày."),
    (
        *("round_tries_week", 5),
        "Số lượt: nhiều nhất 3 lượt mỗi ngày, 5 lượt mỗi tuần (từ thứ Hai đến Chủ nhật).",
    ),
    ("round_tries_round", 7, "Số lượt: nhiều nhất 3 lượt mỗi ngày, 7 lượt trong cả đợt."),
    ("tries_total", 9, "Cả cuộc thi: nhiều nhất 9 lượt, không kể thi thử."),
    ("round_counting", "first", "Nếu thi nhiều lượt, lượt đầu tiên được tính."),
    ("round_counting", "last", "Nếu thi nhiều lượt, lượt cuối cùng được tính."),
    (
        *("round_ties", ["score", "handed_in_at", "duration"]),
        (
            "Nếu thi nhiều lượt, lượt tốt nhất được tính: điểm cao hơn; bằng điểm thì nộp sớm hơn, "
            "rồi đến làm nhanh hơn."
        ),
    ),
    (
        *("round_is_one_way", True),
        "Đề thi đi một chiều: sang câu sau rồi thì không quay lại câu trước được.",
    ),
    ("round_shuffles_questions", False, "Thứ tự các câu không đảo."),
    ("round_shuffles_options", False, "Thứ tự các phương án không đảo."),
    ("round_shows", "nothing", "Điểm được công bố sau khi đợt thi đóng."),
    ("round_shows", "marks", "Nộp bài xong, bạn thấy điểm và câu nào đúng, câu nào sai."),
    ("round_explains", False, "Đáp án không được công bố."),
    (
        *("round_requires_all", True),
        "Phải trả lời đủ tất cả các câu, nếu không bài thi không được tính.",
    ),
    ("round_requires_all", True, "Câu hỏi dự đoán cũng phải được trả lời."),
    (
        *("round_plan", [{**PLAN[0], "count": 8}, PLAN[1]]),
        "Thi trắc nghiệm trực tuyến; mỗi lượt làm một đề 12 câu, gồm:",
    ),
    ("round_plan", [{**PLAN[0], "difficulty": 3}], "Khó"),
    (
        *("round_bound", Decimal("0.2")),
        (
            "Máy rút đề ngẫu nhiên từ ngân hàng câu hỏi cho từng lượt. Độ khó dự tính của hai đề "
            "bất kỳ chênh nhau không quá 20 % số điểm của đề."
        ),
    ),
    ("round_points", Decimal("1.5"), "Mỗi câu trả lời đúng được 1,5 điểm."),
    ("round_wrong", Decimal(1), "Mỗi câu trả lời sai bị trừ 1 điểm; câu bỏ trống không bị trừ."),
    ("round_wrong", Decimal(0), "Câu sai hoặc bỏ trống không bị trừ điểm."),
    (
        *("round_partial", "proportional"),
        (
            "Câu có nhiều phần được điểm theo phần đúng: mỗi ý đúng được thêm, mỗi ý chọn sai bị "
            "bớt, không dưới 0 điểm của câu; câu sắp thứ tự tính theo các cặp đứng cạnh nhau."
        ),
    ),
    (
        *("round_partial", "each_right"),
        (
            "Câu có nhiều phần được điểm theo số ý trả lời đúng, chọn hay không chọn từng ý đều "
            "được xét; câu sắp thứ tự tính theo số mục đúng chỗ."
        ),
    ),
    ("round_ties", ["score", "guess_not_over"], "Số dự đoán không vượt quá số thật xếp trên."),
    ("round_ties", ["score", "guess_not_under"], "Số dự đoán không thấp hơn số thật xếp trên."),
    ("round_ties", ["score", "registered_at"], "Đăng ký sớm hơn xếp trên."),
    (
        *("round_freeze_s", 3600),
        "Trong 1 giờ cuối, bảng xếp hạng công khai đứng yên đến khi có kết quả chính thức.",
    ),
    ("round_guess_text", "Bao nhiêu xã dự thi?", "Câu hỏi: “Bao nhiêu xã dự thi?”"),
    (
        *("round_guess_target", "all_right_people"),
        (
            "Số thật là số người trả lời đúng tất cả các câu trong đợt; mỗi người tính một lần. "
            "Số này chỉ có sau khi đợt thi đóng, nên trước đó mọi thứ hạng đều là tạm thời."
        ),
    ),
    (
        *("round_guess_target", "tries"),
        (
            "Số thật là số lượt bài hợp lệ đã nộp trong đợt. "
            "Số này chỉ có sau khi đợt thi đóng, nên trước đó mọi thứ hạng đều là tạm thời."
        ),
    ),
    *(
        ("name_mask", mask, f"{sentence} Riêng bạn luôn thấy dòng của mình.")
        for mask, sentence in (
            ("full", "Bảng xếp hạng công khai ghi họ tên đầy đủ."),
            ("given_only", "Bảng xếp hạng công khai chỉ ghi tên gọi, ví dụ “… An”."),
            ("hidden", "Bảng xếp hạng công khai không ghi tên."),
        )
    ),
    ("division_time_limit_s", 1800, "Riêng bảng “Mọi người dân”: 30 phút cho một lượt."),
    ("division_prizes", [], "Cuộc thi không có giải thưởng."),
    ("contact", "Cô Lan, 0214 111", "Khiếu nại, thắc mắc gửi ban tổ chức: Cô Lan, 0214 111"),
    ("extra", "Không thi hộ.\n\nKhông mang tài liệu.", "Không mang tài liệu."),
    ("extra", "Không thi hộ.", "X. Điều khoản khác"),
    (
        *("identity", asked(IdentityField(IdentityKey.EMAIL))),
        "Khi đăng ký, ghi thêm: thư điện tử.",
    ),
    (
        *("identity", asked(IdentityField(IdentityKey.STUDENT_CODE), when="after")),
        "Sau khi nộp bài, ghi thêm để được xét giải: mã học sinh, sinh viên.",
    ),
    (
        *("identity", asked(IdentityField(IdentityKey.PHONE), days=30)),
        "Tự xoá sau 30 ngày kể từ khi đợt thi cuối cùng đóng.",
    ),
    ("identity", {}, "Số điện thoại được mã hoá khi lưu."),
]


@pytest.mark.parametrize(("setting", "value", "sentence"), SETTINGS)
def test_a_setting_that_is_enforced_is_printed(
    session: Session, written: Written, setting: str, value: Any, sentence: str
) -> None:
    make_full(session, "usual")
    make_full_again(session, "changed", **{setting: value})
    usual, changed = said(written("usual")), said(written("changed"))
    assert sentence in changed
    assert changed.count(sentence) > usual.count(sentence)


def make_full_again(session: Session, code: str, **facts: Any) -> Contest:
    """A second contest over the topic the first one made."""
    return make_full(session, code, has_topic=True, **facts)


# What says nothing to entrants: names, addresses, what stands elsewhere.
SILENT = {
    "ContestSpec": {"code", "unit", "title_en", "about_en", "extra_en", "targets"},
    "DivisionSpec": {"code", "name_en", "is_easy"},
    "RoundSpec": {"code", "name_en", "guess_text_en"},
}
# Tested one by one below, or above under another name.
ELSEWHERE = {
    "ContestSpec": {"title", "about", "combine", "divisions", "rounds"},
    "DivisionSpec": {"name", "audience"},
    "RoundSpec": {"name", "kind", "weight", "is_practice", "entries"},  # test_entries.py
}


@pytest.mark.parametrize(
    ("kind", "prefix"), [(ContestSpec, ""), (DivisionSpec, "division_"), (RoundSpec, "round_")]
)
def test_no_setting_is_forgotten(kind: type, prefix: str) -> None:
    here = {setting for setting, _, _ in SETTINGS}
    known = {field for field in kind.__dataclass_fields__ if prefix + field in here}
    assert (
        set(kind.__dataclass_fields__) - known - SILENT[kind.__name__] == ELSEWHERE[kind.__name__]
    )


def test_the_order_of_the_ties_is_the_order_of_the_list(session: Session, written: Written) -> None:
    make_full(session)
    (ties,) = [
        block
        for block in written().sections[4].blocks
        if isinstance(block, Items) and block.is_numbered
    ]
    assert ties.items == (
        "Điểm cao hơn xếp trên.",
        "Số dự đoán gần số thật hơn xếp trên.",
        "Làm bài nhanh hơn xếp trên.",
        "Nộp bài sớm hơn xếp trên.",
        "Rút thăm bằng máy, theo công thức công khai, ai cũng tính lại được.",
    )


def test_the_draw_prints_what_was_promised_never_the_seed(
    session: Session, written: Written
) -> None:
    contest = make_full(session, round_draw_seed=7_300_014)
    round_ = next(each for each in session.query(Round) if each.contest_id == contest.id)
    texts = said(written())
    assert commitment(round_) in texts
    assert not [text for text in texts if "7300014" in text]


def test_a_contest_without_a_draw_prints_no_promise(session: Session, written: Written) -> None:
    make_full(session, round_ties=["score"])
    assert "Rút thăm" not in said(written())


def test_sections_without_content_take_no_number(session: Session, written: Written) -> None:
    make_full(session, round_guess_text=None, round_guess_target=None, round_ties=["score"])
    titles = [each.title for each in written().sections]
    assert titles[4:7] == [TITLES[4], "VI. Giải thưởng", "VII. Khiếu nại"]


@pytest.mark.parametrize(
    ("combine", "weight", "sentence"),
    [
        ("sum", None, "Bảng xếp hạng của tháng và của cả cuộc thi cộng điểm các đợt lại."),
        (
            "best",
            None,
            "Bảng xếp hạng của tháng và của cả cuộc thi lấy đợt tốt nhất của mỗi người.",
        ),
        (
            *("weighted", Decimal(30)),
            (
                "Bảng xếp hạng của tháng và của cả cuộc thi tính theo tỉ trọng: mỗi đợt góp tỉ "
                "trọng của mình nhân với phần điểm đạt được trên điểm cao nhất có thể."
            ),
        ),
    ],
)
def test_several_rounds_say_how_they_are_added_up(
    session: Session, written: Written, combine: str, weight: Decimal | None, sentence: str
) -> None:
    contest = make_full(session, combine=combine, round_weight=weight)
    make_round(
        *(session, contest, "clip"),
        name="Thi video",
        kind="entries",
        plan=[],
        weight=weight,
    )
    session.commit()
    texts = said(written())
    assert sentence in texts
    assert texts.count("30 %") == (2 if weight else 0)
    assert "Nộp bài dự thi" in texts
    assert "Nộp bài dự thi (video, bài viết, tranh…), không làm bài trắc nghiệm trên máy." in texts


def test_rounds_with_rules_of_their_own_are_told_apart(session: Session, written: Written) -> None:
    contest = make_full(session)
    make_round(session, contest, "tuan-2", name="Tuần 2", points=Decimal(5))
    session.commit()
    headings = [block.text for block in written().sections[4].blocks if isinstance(block, Heading)]
    assert headings[:2] == ["Chấm điểm. Đợt thi: Tuần 1", "Chấm điểm. Đợt thi: Tuần 2"]


def test_each_division_has_its_audience_and_its_prizes(session: Session, written: Written) -> None:
    contest = make_full(session)
    make_division(session, contest, "d2", name="Người cao tuổi", prizes=[])
    session.commit()
    document = written()
    assert document.sections[0].blocks[0].rows == (
        ("Mọi người dân", "Dành cho nhóm Mọi người dân."),
        ("Người cao tuổi", "Dành cho nhóm Mọi người dân."),
    )
    prizes = document.sections[6].blocks
    assert prizes[0] == Heading("Bảng “Mọi người dân”")
    assert prizes[1].rows == (
        ("Giải Nhất", "1", "1.000.000 đồng"),
        ("Giải Ba", "3", "giấy khen"),
    )


def test_changes_stand_at_the_end_with_day_and_reason(session: Session, written: Written) -> None:
    contest = make_full(session)
    change = {"where": "Tuần 1", "key": "points", "old": "1", "new": "2"}
    facts = {"at": OPENING, "by": None, "reason": "Ghi nhầm.", "changes": [change]}
    session.add(RuleChange(contest_id=contest.id, **facts))
    session.commit()
    last = written().sections[-1]
    assert last.title == "X. Thay đổi thể lệ"
    assert last.blocks == (
        Heading("16:00, Thứ Hai 16/11/2026"),
        Paragraph("Lý do: Ghi nhầm."),
        Items(("Tuần 1, điểm mỗi câu đúng: trước là “1”, nay là “2”.",)),
    )


def test_the_law_is_cited_by_its_number(session: Session, written: Written) -> None:
    make_full(session)
    law = (
        "Dữ liệu cá nhân được xử lý theo Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15, có "
        "hiệu lực từ ngày 01/01/2026. Bên quyết định mục đích xử lý là Tỉnh Lào Cai."
    )
    assert said(written()).count(law) == 1


def test_english_rules_have_the_same_parts(session: Session, written: Written) -> None:
    make_full(session, extra="Không thi hộ.", extra_en="No substitutes.")
    vietnamese, english = written(), written(language="en")
    assert english.language == "en"
    assert english.title == "Digital literacy for all"
    shapes = [
        [[type(block) for block in section.blocks] for section in each.sections]
        for each in (vietnamese, english)
    ]
    assert shapes[0] == shapes[1]
    assert "No substitutes." in said(english)
    assert "Week 1" in said(english)
    assert "Câu hỏi: “How many will take part?”" not in said(vietnamese)


def test_every_column_of_the_rules_belongs_to_a_contest(session: Session) -> None:
    """The names above are those of the tables too."""
    make_full(session, CODE)
    for kind, table in ((DivisionSpec, Division), (RoundSpec, Round)):
        assert set(kind.__dataclass_fields__) - {"audience"} <= set(table.__table__.c.keys())
