"""What the empty Excel template says: its columns, how to fill them in, a row for each kind."""

from collections.abc import Mapping, Sequence

from question_bank.formats.sheets.columns import Column, Field

QUESTIONS = "Câu hỏi"  # names of the sheets, in their order
INSTRUCTIONS = "Hướng dẫn"
EXAMPLES = "Ví dụ"

OPTIONS = 8
COLUMNS: Sequence[Column] = (
    *(Column(field) for field in (Field.CODE, Field.TYPE, Field.TOPIC, Field.DIFFICULTY)),
    *(Column(field) for field in (Field.AUDIENCES, Field.TEXT)),
    *(Column(Field.OPTION, index) for index in range(OPTIONS)),
    *(Column(field) for field in (Field.ANSWER, Field.EXPLANATION, Field.SOURCE)),
    *(Column(field) for field in (Field.VALID_UNTIL, Field.WEIGHTS, Field.DECOYS)),
    *(Column(field) for field in (Field.TOLERANCE, Field.RANGES, Field.UNIT)),
    *(Column(field) for field in (Field.PICTURE, Field.PICTURE_ALT, Field.TAGS, Field.CATEGORY)),
    *(Column(Field.OPTION_FEEDBACK, index) for index in range(4)),
    *(Column(field) for field in (Field.FEEDBACK_RIGHT, Field.FEEDBACK_PARTLY)),
    Column(Field.FEEDBACK_WRONG),
)

# (what, how): a line without a "how" is a heading.
LINES: Sequence[tuple[str, str]] = (
    ("Cách điền", ""),
    ("Trang Câu hỏi", "Mỗi câu hỏi một dòng, ngay dưới dòng tiêu đề. Trang Ví dụ chỉ để xem."),
    ("Bắt buộc", "Câu hỏi, các phương án (nếu loại câu cần) và Đáp án. Cột khác có thể để trống."),
    ("Thứ tự cột", "Có thể đổi thứ tự, bỏ hoặc thêm cột. Dòng tiêu đề phải giữ nguyên tên cột."),
    ("Từng cột", ""),
    ("Mã", "Mã riêng của câu, ví dụ thiet-bi-001. Nạp lại cùng mã sẽ thay nội dung câu cũ."),
    ("Loại", "Chọn trong danh sách. Để trống thì hệ thống tự nhận ra theo đáp án."),
    ("Chủ đề", "Mã chủ đề trong ngân hàng câu hỏi, ví dụ devices, internet, scams."),
    ("Mức độ", "Dễ, Trung bình hoặc Khó (hay 1, 2, 3)."),
    ("Đối tượng", "Mã đối tượng; nhiều đối tượng cách nhau bằng dấu chấm phẩy."),
    ("Phương án A … T", "Mỗi ô một phương án. Cần nhiều hơn 8 thì thêm cột Phương án I, J … T."),
    (
        "Đáp án",
        "Chữ cái của phương án đúng. Nhiều đáp án: A, C. Hoặc chép đúng nội dung phương án.",
    ),
    ("Trọng số", "Không bắt buộc. Phần trăm cho từng phương án: 100; 50; -25. Ghi 1/3 cũng được."),
    ("Lời giải thích", "Hiện cho người thi sau khi nộp bài."),
    ("Nguồn", "Văn bản hoặc tài liệu mà câu hỏi dựa vào."),
    ("Hạn dùng", "Ngày cuối cùng câu còn đúng: 31/12/2027. Để trống nếu không có hạn."),
    ("Hình", "Đặt hình nổi trên ô Câu hỏi của dòng đó (Chèn > Hình ảnh), mỗi câu một hình."),
    ("Mô tả hình", "Một câu tả hình cho người không nhìn thấy hình."),
    ("Từ khoá", "Cách nhau bằng dấu chấm phẩy."),
    ("Thư mục", "Nơi xếp câu hỏi, các tên cách nhau bằng dấu /."),
    ("Phản hồi A, B …", "Lời nhắn riêng khi người thi chọn phương án đó."),
    (
        "Phản hồi khi đúng",
        "Lời nhắn khi trả lời đúng. Còn có Phản hồi khi đúng một phần và khi sai.",
    ),
    ("Phản hồi khi sai", "Lời nhắn khi trả lời sai."),
    ("Bản dịch", "Thêm cột cùng tên với mã ngôn ngữ: Câu hỏi (en), Phương án A (en) …"),
    ("Từng loại câu", ""),
    ("Một đáp án", "Đáp án là một chữ cái."),
    ("Nhiều đáp án", "Đáp án là nhiều chữ cái: A, C."),
    ("Đúng/Sai", "Không cần phương án. Đáp án là Đúng hoặc Sai."),
    ("Sắp xếp", "Ghi các mục theo đúng thứ tự vào cột A, B, C … Máy sẽ tự xáo khi ra đề."),
    ("Ghép đôi", "Mỗi ô phương án một cặp: vế trái = vế phải. Vế phải thừa ghi ở cột cùng tên."),
    ("Điền số", "Đáp án là số, ví dụ 3,5 hoặc khoảng 9..11. Sai số cho phép ghi ở cột Sai số."),
    ("Khoảng đáp án khác", "Của câu điền số: 20 ± 1 = 50 nghĩa là từ 19 đến 21 được nửa điểm."),
    ("Đơn vị đo", "Của câu điền số: km, tuổi, kg … hiện sau ô trả lời."),
)

_EXAMPLES: Sequence[Mapping[Field | int, str]] = (  # a number is an option
    {
        Field.CODE: "vi-du-1",
        Field.TYPE: "Một đáp án",
        Field.TOPIC: "devices",
        Field.DIFFICULTY: "Dễ",
        Field.AUDIENCES: "everybody",
        Field.TEXT: "Trên điện thoại thông minh, nút nào dùng để tắt màn hình?",
        0: "Nút nguồn",
        1: "Nút tăng âm lượng",
        2: "Nút giảm âm lượng",
        3: "Nút chụp ảnh",
        Field.ANSWER: "A",
        Field.EXPLANATION: "Nhấn nhẹ nút nguồn một lần thì màn hình tắt.",
    },
    {
        Field.CODE: "vi-du-2",
        Field.TYPE: "Nhiều đáp án",
        Field.DIFFICULTY: "Trung bình",
        Field.TEXT: "Những việc nào giúp giữ an toàn cho tài khoản?",
        0: "Đặt mật khẩu mạnh",
        1: "Cho người lạ biết mã OTP",
        2: "Bật xác thực hai lớp",
        Field.ANSWER: "A, C",
    },
    {
        Field.CODE: "vi-du-3",
        Field.TYPE: "Đúng/Sai",
        Field.TEXT: "Cán bộ ngân hàng có quyền hỏi mã OTP của bạn.",
        Field.ANSWER: "Sai",
    },
    {
        Field.CODE: "vi-du-4",
        Field.TYPE: "Sắp xếp",
        Field.TEXT: "Xếp các bước gọi video theo đúng thứ tự.",
        0: "Mở ứng dụng",
        1: "Chọn tên người cần gọi",
        2: "Bấm hình máy quay",
        3: "Chờ người kia nhận cuộc gọi",
    },
    {
        Field.CODE: "vi-du-5",
        Field.TYPE: "Ghép đôi",
        Field.TEXT: "Ghép mỗi số điện thoại với nơi nhận cuộc gọi.",
        0: "113 = Công an",
        1: "114 = Cứu hoả",
        2: "115 = Cấp cứu",
        Field.DECOYS: "Tổng đài thời tiết",
    },
    {
        Field.CODE: "vi-du-6",
        Field.TYPE: "Điền số",
        Field.TEXT: "Đủ bao nhiêu tuổi thì được gọi là người cao tuổi?",
        Field.ANSWER: "60",
        Field.TOLERANCE: "0",
        Field.UNIT: "tuổi",
        Field.SOURCE: "Luật Người cao tuổi số 39/2009/QH12, Điều 2",
    },
)
EXAMPLE_ROWS: Sequence[Mapping[Column, str]] = tuple(
    {
        Column(name) if isinstance(name, Field) else Column(Field.OPTION, name): text
        for name, text in row.items()
    }
    for row in _EXAMPLES
)
