"""The rules of a round of entries say what may be sent, until when, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from factories.contests import make_contest, make_division
from factories.entries import CHECKLIST, RUBRIC, entry_rules, make_entries_round
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest.contests.models import Contest, Round
from contest.regulations.document import Document, Heading, Items, Paragraph, Table
from contest.rules.entry_rules import EVERY, EntryKind, VotePeriod, VoteRules
from contest.rules.rubric import Rubric

Written = Callable[..., Document]
CODE = "ke-chuyen"
VOTE = VoteRules(VotePeriod.DAY, Decimal(10), 7)


def make_rules(session: Session, **facts: Any) -> Contest:
    contest = make_contest(session, CODE)
    make_division(session, contest, "d1", name="Học sinh")
    make_division(session, contest, "d2", name="Mọi người")
    make_entries_round(session, contest, "video", entry_rules(**facts), name="Video dự thi")
    session.commit()
    return contest


def said(document: Document) -> list[str]:
    texts = []
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Heading | Paragraph):
                texts.append(block.text)
            elif isinstance(block, Items):
                texts += block.items
            else:
                texts += [*block.head, *(cell for row in block.rows for cell in row)]
    return texts


KINDS = (EntryKind.VIDEO, EntryKind.ESSAY, EntryKind.PRACTICAL)
# settings, a sentence that is there then and is not otherwise
SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"each": 3}, "Mỗi người, hoặc mỗi nhóm, gửi nhiều nhất 3 bài."),
    (
        {"most_members": 4},
        (
            "Được dự thi theo nhóm: người gửi và nhiều nhất 4 người nữa, ghi đủ họ tên. Mọi người "
            "trong nhóm cùng nhận kết quả của bài."
        ),
    ),
    (
        {"most_seconds": 180, "most_clip_mb": 150},
        "Một tệp video dài không quá 3 phút, không quá 150 MB.",
    ),
    (
        {"least_seconds": 30},
        "Một tệp video dài từ 30 giây đến 5 phút, không quá 200 MB.",
    ),
    (
        {"kinds": KINDS, "most_characters": 5000, "most_file_mb": 5},
        (
            "Bài gõ trên trang, hoặc một tệp Word (.docx) hay PDF. Bài gõ không quá 5000 chữ cái, "
            "tệp không quá 5 MB."
        ),
    ),
    (
        {"kinds": (EntryKind.PHOTO,), "most_pictures": 4},
        "Nhiều nhất 4 hình, mỗi hình không quá 20 MB.",
    ),
    (
        {"takes_links": True},
        (
            "Được gửi thêm đường dẫn của video trên YouTube hoặc TikTok, nhưng không thay cho tệp "
            "video: bài được chấm theo tệp."
        ),
    ),
    (
        {"grace_s": 1800},
        "Tệp bắt đầu gửi trước giờ đóng và gửi xong trong 30 phút sau giờ đóng vẫn được tính.",
    ),
    ({"grace_s": 0}, "Tệp gửi chưa xong lúc đóng thì không được tính."),
    (
        {"judges_each": 5},
        "Mỗi bài có 5 giám khảo chấm riêng; chỉ phiếu chấm đủ tiêu chí được tính.",
    ),
    (
        {"is_gallery": True},
        (
            "Người gửi dưới 16 tuổi, hoặc chưa ghi ngày sinh, cần thêm sự đồng ý của cha, mẹ hoặc "
            "người giám hộ."
        ),
    ),
    ({"is_gallery": True}, "Giữ cùng bài dự thi, được mã hoá khi lưu."),
    ({"is_gallery": True, "vote": VOTE}, "Mỗi tài khoản bỏ được một phiếu mỗi ngày."),
    ({"is_gallery": True, "vote": VOTE}, "Bình chọn chiếm 10 % kết quả, giám khảo chiếm 90 %."),
    (
        {"is_gallery": True, "vote": VOTE},
        (
            "Bài không được trưng bày thì không ai bình chọn được, nên nhận điểm bình chọn trung "
            "bình của các bài được trưng bày cùng bảng. Bảng không có bài nào được trưng bày thì "
            "chỉ tính điểm giám khảo."
        ),
    ),
    ({"is_gallery": True, "vote": VOTE}, "Bình chọn mở khi đợt thi đóng và kéo dài 7 ngày."),
    (
        {"is_gallery": True, "vote": VOTE},
        (
            "Dấu của thiết bị và mạng xoá sau 30 ngày kể từ khi bình chọn kết thúc. Khi có kết quả "
            "chính thức, danh sách phiếu được công bố để ai cũng đếm lại được: không có tên, không "
            "có giờ bỏ phiếu, chỉ có một mã đặt riêng cho đợt đó."
        ),
    ),
    ({"kinds": KINDS, "checklist": CHECKLIST}, "Tự mở ứng dụng VNeID"),
    (
        {"rubrics": {EVERY: RUBRIC, "d1": Rubric(RUBRIC.criteria[:1])}},
        "Tiêu chí chấm bảng “Học sinh”",
    ),
]


@pytest.mark.parametrize(("facts", "sentence"), SETTINGS)
def test_every_setting_is_said(
    session: Session, written: Written, facts: dict[str, Any], sentence: str
) -> None:
    make_rules(session, **facts)
    assert said(written()).count(sentence) == 1


@pytest.mark.parametrize(("facts", "sentence"), SETTINGS)
def test_no_setting_is_said_without_being_set(
    session: Session, written: Written, facts: dict[str, Any], sentence: str
) -> None:
    assert facts
    make_rules(session)
    assert sentence not in said(written())


@pytest.fixture
def written(written: Written) -> Written:
    return lambda **facts: written(CODE, **facts)


def test_the_criteria_stand_in_a_table_with_their_levels(
    session: Session, written: Written
) -> None:
    make_rules(session)
    tables = [
        block
        for section in written().sections
        for block in section.blocks
        if isinstance(block, Table) and block.head[0] == "Tiêu chí"
    ]
    assert [each.rows for each in tables] == [
        (
            (
                "Nội dung đúng và có ích: Kỹ năng số được chỉ đúng, người xem làm theo được.",
                "2",
                "0 đến 10, bước 0,5",
                (
                    "4 điểm: Còn sai hoặc thiếu bước. 7 điểm: Đúng, làm theo được. 10 điểm: Đúng, "
                    "dễ làm theo, có ví dụ hay."
                ),
            ),
            ("Cách thể hiện: Hình, tiếng, lời rõ ràng.", "1", "0 đến 10, bước 0,5", ""),
        )
    ]


def test_a_practical_task_alone_has_its_checklist_and_no_jury(
    session: Session, written: Written
) -> None:
    make_rules(session, kinds=(EntryKind.PRACTICAL,), rubrics={})
    texts = said(written())
    assert texts.count("Phần thực hành") == 1
    assert "Gửi bài" not in texts
    assert not [text for text in texts if "giám khảo chấm riêng" in text]
    assert "Tìm giám khảo hiểu được bài" not in texts


def test_what_is_said_of_languages_serves_finding_judges_alone(
    session: Session, written: Written
) -> None:
    make_rules(session)
    texts = said(written())
    at = texts.index("Thứ tiếng dùng trong bài ngoài tiếng Việt, nếu bạn khai")
    assert texts[at + 1 : at + 3] == [
        "Tìm giám khảo hiểu được bài",
        "Giữ cùng bài dự thi, không dùng vào việc nào khác.",
    ]


def test_jury_not_blind_says_nothing_of_hidden_names(session: Session, written: Written) -> None:
    sentence = "Giám khảo chấm ẩn tên: không thấy tên, trường hay đơn vị của người dự thi."
    make_rules(session)
    assert sentence in said(written())
    round_ = session.scalars(select(Round)).one()
    round_.entries = replace(entry_rules(), is_blind=False).as_json()
    session.commit()
    assert sentence not in said(written())


def test_english_rules_have_the_same_parts_in_english(session: Session, written: Written) -> None:
    make_rules(session, kinds=KINDS, is_gallery=True, vote=VOTE, checklist=CHECKLIST)
    vietnamese, english = written(), written(language="en")
    shapes = [
        [[type(block) for block in section.blocks] for section in each.sections]
        for each in (vietnamese, english)
    ]
    assert shapes[0] == shapes[1]
    texts = said(english)
    assert "Right and useful content: The skill is shown rightly and can be followed." in texts
    assert "Opens VNeID unaided" in texts


def test_a_round_stored_without_settings_is_said_as_before(
    session: Session, written: Written
) -> None:
    contest = make_contest(session, CODE)
    make_division(session, contest, "d1")
    make_entries_round(session, contest, "video", entries={})
    session.commit()
    assert "Nộp bài dự thi (video, bài viết, tranh…), không làm bài trắc nghiệm trên máy." in said(
        written()
    )
