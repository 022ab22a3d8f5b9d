"""Files to fill in: an Excel workbook, a Word paper, a GIFT text."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from contest.errors import N_
from question_bank.formats import registry, xlsx
from question_bank.formats.reading import DraftQuestion
from question_bank.moving import FILES
from question_bank.rules.given import QuestionType
from question_bank.rules.keys import Key, MatchingKey, NumberKey, OneKey, SeveralKey, TrueFalseKey


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to download; `words` is an N_ sentence."""

    name: str
    words: str
    media_type: str
    make: Callable[[], bytes]


def _example(
    kind: QuestionType,
    text: str,
    key: Key,
    *,
    options: tuple[str, ...] = (),
    rights: tuple[str, ...] = (),
    unit: str = "",
) -> DraftQuestion:
    return DraftQuestion(
        code="",
        type=kind,
        topic="",
        difficulty=None,
        audiences=(),
        text=text,
        options=options,
        rights=rights,
        key=key,
        explanation="",
        source="",
        number_unit=unit,
    )


EXAMPLES = (
    _example(
        QuestionType.ONE,
        "Khi nhận cuộc gọi lạ đòi mã OTP, bạn nên làm gì?",
        OneKey(1, 4),
        options=(
            "Đọc mã cho họ",
            "Không đọc mã và tắt máy",
            "Gửi mã qua tin nhắn",
            "Cho mượn điện thoại",
        ),
    ),
    _example(
        QuestionType.SEVERAL,
        "Những việc nào giúp giữ an toàn tài khoản?",
        SeveralKey(frozenset({0, 2}), 4),
        options=(
            "Đặt mật khẩu dài",
            "Dùng chung mật khẩu",
            "Bật xác thực hai lớp",
            "Ghi mật khẩu lên máy",
        ),
    ),
    _example(
        QuestionType.TRUE_FALSE,
        "Có thể nộp hồ sơ trên Cổng Dịch vụ công quốc gia tại nhà.",
        TrueFalseKey(right=True),
    ),
    _example(
        QuestionType.MATCHING,
        "Hãy ghép mỗi số điện thoại với nơi trả lời.",
        MatchingKey((0, 1, 2), 3),
        options=("113", "114", "115"),
        rights=("Công an", "Cứu hoả", "Cấp cứu"),
    ),
    _example(
        QuestionType.NUMBER,
        "Một ki-lô-mét bằng bao nhiêu mét?",
        NumberKey(Decimal(1000)),
        unit="m",
    ),
)


def _written(format_: str) -> bytes:
    held = {QuestionType.MATCHING, QuestionType.NUMBER} if format_ == "docx" else set()
    return registry.write([one for one in EXAMPLES if one.type not in held], format_)


SAMPLES = {
    "excel": Sample(
        "mau-cau-hoi.xlsx", N_("Bảng Excel để điền, có hướng dẫn"), FILES["xlsx"][1], xlsx.template
    ),
    "word": Sample(
        "mau-cau-hoi.docx",
        N_("Đề Word mẫu, có ghi sẵn đáp án"),
        FILES["docx"][1],
        lambda: _written("docx"),
    ),
    "gift": Sample(
        "mau-cau-hoi.gift",
        N_("Tệp văn bản GIFT của Moodle"),
        FILES["gift"][1],
        lambda: _written("gift"),
    ),
}
