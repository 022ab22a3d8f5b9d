"""What is kept about people, why and how long: section IX of the rules."""

from contest.identities.forms import LABELS
from contest.regulations.document import Block, Items, Paragraph, Table
from contest.regulations.queries import Facts
from contest.regulations.speaking import say as _
from contest.rules.entry_rules import EntryKind
from contest.rules.identity import IdentityField, IdentityRules
from contest.rules.voting import FORGET_AFTER


def asked(rules: IdentityRules) -> list[str]:
    """Name each fact a contest asks beyond the account, with what holds for it."""
    return [_said(each) for each in rules.fields]


def _said(each: IdentityField) -> str:
    said = str(LABELS[each.key]).lower()
    more = []
    if not each.is_required:
        more.append(_("không bắt buộc"))
    if each.is_unique:
        more.append(_("không trùng với người khác"))
    if each.may_be_relatives:
        more.append(_("được dùng của người thân"))
    return f"{said} ({', '.join(more)})" if more else said


def _of_entries(facts: Facts) -> list[tuple[str, str, str]]:
    """Say what is kept of entries, of their files and of votes."""
    rules = [found for each in facts.entry_rounds if (found := each.entry_rules()) is not None]
    if not rules:
        return []
    rows = [
        (
            _(
                "Bài dự thi: tên bài, lời viết, tên các thành viên, các tệp đã gửi và các lần nộp; "
                "phiếu chấm và nhận xét"
            ),
            _("Chấm điểm, giải quyết khiếu nại; trưng bày nếu bạn đồng ý"),
            _(
                "Giữ cùng kết quả cuộc thi. Tệp bạn bỏ ra mà chưa nộp lần nào thì xoá. Nơi quay, "
                "nơi chụp ghi trong tệp được bỏ khỏi bản cho người khác xem."
            ),
        )
    ]
    if any(kind is not EntryKind.PRACTICAL for each in rules for kind in each.kinds):
        rows.append(
            (
                _("Thứ tiếng dùng trong bài ngoài tiếng Việt, nếu bạn khai"),
                _("Tìm giám khảo hiểu được bài"),
                _("Giữ cùng bài dự thi, không dùng vào việc nào khác."),
            )
        )
    if any(each.is_gallery for each in rules):
        rows.append(
            (
                _("Họ tên, số điện thoại của cha, mẹ hoặc người giám hộ đã đồng ý trưng bày"),
                _("Xác nhận sự đồng ý"),
                _("Giữ cùng bài dự thi, được mã hoá khi lưu."),
            )
        )
    if any(each.vote for each in rules):
        rows.append(
            (
                _("Phiếu bình chọn: bỏ cho bài nào, lúc nào, từ thiết bị và mạng nào"),
                _("Đếm phiếu, tìm phiếu gian lận"),
                _(
                    "Dấu của thiết bị và mạng xoá sau %(days)s ngày kể từ khi bình chọn kết thúc.",
                    days=FORGET_AFTER.days,
                )
                + " "
                + _(
                    "Khi có kết quả chính thức, danh sách phiếu được công bố để ai cũng đếm lại "
                    "được: không có tên, không có giờ bỏ phiếu, chỉ có một mã đặt riêng cho đợt đó."
                ),
            )
        )
    return rows


def personal_data(facts: Facts) -> list[Block]:
    """IX. What is kept, why, how long, and what the law lets people ask."""
    fields, days = asked(facts.identity), facts.identity.keep_days
    kept = _("Trong khi tài khoản còn dùng, để dự thi và đối chiếu kết quả.")
    rows = [
        (
            _("Tài khoản: họ tên, đơn vị; ngày sinh, giới tính, số điện thoại nếu bạn có ghi"),
            _("Xét đối tượng dự thi, xếp hạng theo đơn vị, đăng nhập"),
            kept,
        ),
    ]
    if facts.quizzes:
        rows.append(
            (
                _("Bài làm: đề, câu trả lời, giờ bắt đầu và nộp bài, máy đang dùng để làm bài"),
                _("Chấm điểm, xếp hạng, giải quyết khiếu nại"),
                kept,
            )
        )
    rows += _of_entries(facts)
    if fields:
        rows.append(
            (
                _("Thông tin hỏi thêm: %(fields)s", fields="; ".join(fields)),
                _("Kiểm tra người đoạt giải và trao giải"),
                _(
                    "Tự xoá sau %(days)s ngày kể từ khi đợt thi cuối cùng đóng.",
                    days=days,
                ),
            )
        )
    said: list[Block] = [
        Paragraph(
            _(
                "Dữ liệu cá nhân được xử lý theo Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15, có "
                "hiệu lực từ ngày 01/01/2026. Bên quyết định mục đích xử lý là %(owner)s.",
                owner=facts.owner.name,
            )
        ),
        Table((_("Dữ liệu"), _("Dùng để làm gì"), _("Giữ bao lâu")), tuple(rows)),
    ]
    safe = [_("Số điện thoại được mã hoá khi lưu.")]
    if fields:
        safe = [
            _("Số điện thoại và thông tin hỏi thêm được mã hoá khi lưu."),
            _(
                "Chỉ người của ban tổ chức kiểm tra người đoạt giải mới xem được thông tin hỏi "
                "thêm, và chỉ của những người ở hạng có giải; mỗi lần xem đều được ghi lại."
            ),
        ]
    said += [
        Items(tuple(safe)),
        Paragraph(
            _(
                "Theo khoản 1 Điều 4 của Luật này, bạn có quyền được biết về việc xử lý; đồng ý, "
                "không đồng ý hoặc rút lại sự đồng ý; xem và chỉnh sửa; yêu cầu cung cấp, xoá, hạn "
                "chế xử lý; phản đối việc xử lý; khiếu nại, tố cáo, khởi kiện và yêu cầu bồi "
                "thường; yêu cầu cơ quan có thẩm quyền bảo vệ dữ liệu của mình. Để thực hiện, hãy "
                "liên hệ ban tổ chức: %(contact)s.",
                contact=facts.contest.contact.rstrip("."),
            )
        ),
    ]
    return said
