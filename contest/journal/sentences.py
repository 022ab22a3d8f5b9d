"""What every line of the log says in words: one sentence an act, its places filled by the facts.

A test holds this table to the acts the code writes.
"""

from collections.abc import Mapping

from contest.errors import N_

ACTS: Mapping[str, str] = {
    # accounts
    "accounts.change_facts": N_("%(who)s sửa thông tin tài khoản %(subject)s."),
    "accounts.set_password": N_("%(who)s đặt mật khẩu mới cho tài khoản %(subject)s."),
    "accounts.give_temporary_password": N_("%(who)s cấp mật khẩu tạm cho %(subject)s."),
    "accounts.grant": N_("%(who)s giao vai trò %(role)s cho %(subject)s, đơn vị %(unit)s."),
    "accounts.load_units": N_("%(who)s nạp %(rows)s đơn vị, trong đó %(new)s đơn vị mới."),
    "accounts.import_people": N_(
        "%(who)s nạp danh sách %(kind)s: thêm %(new)s, cập nhật %(changed)s, đã có %(same)s, "
        "không nạp %(refused)s dòng."
    ),
    # drafts and contests
    "draft.create": N_("%(who)s bắt đầu soạn một bản nháp cuộc thi."),
    "draft.delete": N_("%(who)s xoá một bản nháp cuộc thi."),
    "contest.copy": N_("%(who)s chép cuộc thi %(subject)s thành bản nháp mới."),
    "contest.publish": N_("%(who)s công bố cuộc thi %(subject)s."),
    "contest.change_rule": N_("%(who)s đổi thể lệ đã công bố của cuộc thi %(subject)s."),
    "contests.load": N_("%(who)s ghi cuộc thi %(subject)s vào hệ thống."),
    # a running round
    "attempts.give_time": N_("%(who)s cho %(subject)s thêm %(minutes)s phút."),
    "attempts.end_grant": N_("%(who)s dừng một lần thêm giờ của %(subject)s."),
    "attempts.pause": N_("%(who)s tạm dừng %(subject)s; %(held)s bài đang làm được giữ giờ."),
    "attempts.resume": N_("%(who)s cho %(subject)s chạy tiếp; %(released)s bài được trả giờ."),
    "attempts.reopen": N_("%(who)s mở lại một bài đã nộp của %(subject)s."),
    "attempts.announce": N_("%(who)s gửi lời nhắn tới người đang thi ở %(subject)s."),
    "attempts.withdraw": N_("%(who)s rút lời nhắn ở %(subject)s."),
    "attempts.take_over": N_("%(who)s chuyển bài đang làm sang máy khác."),
    # results
    "standings.revise": N_("%(who)s đính chính bảng xếp hạng %(subject)s, lần %(revision)s."),
    "winners.look": N_("%(who)s mở thông tin xác minh người đoạt giải của %(subject)s."),
    "identities.keep": N_("%(who)s khai thông tin dự thi của mình."),
    "identities.forget": N_(
        "%(who)s xoá thông tin dự thi quá hạn giữ của %(subject)s: %(gone)s người."
    ),
    # the bank of questions
    "banks.open": N_("%(who)s mở ngân hàng câu hỏi %(subject)s."),
    "banks.change": N_("%(who)s sửa tên hoặc cách chia sẻ ngân hàng câu hỏi %(subject)s."),
    "banks.retire": N_("%(who)s ngừng dùng ngân hàng câu hỏi %(subject)s."),
    "banks.bring_back": N_("%(who)s dùng lại ngân hàng câu hỏi %(subject)s."),
    "questions.create": N_("%(who)s soạn câu hỏi %(subject)s."),
    "questions.edit": N_("%(who)s sửa câu hỏi %(subject)s."),
    "questions.submit": N_("%(who)s gửi duyệt câu hỏi %(subject)s."),
    "questions.publish": N_("%(who)s duyệt câu hỏi %(subject)s."),
    "questions.send_back": N_("%(who)s trả lại câu hỏi %(subject)s để sửa."),
    "questions.retire": N_("%(who)s ngừng dùng câu hỏi %(subject)s."),
    "questions.bring_back": N_("%(who)s dùng lại câu hỏi %(subject)s."),
    "questions.record": N_("%(who)s thêm bản đọc cho câu hỏi %(subject)s."),
    "questions.import": N_("%(who)s nạp câu hỏi vào %(subject)s: thêm %(added)s, sửa %(changed)s."),
    "questions.read": N_("%(who)s gửi tệp câu hỏi để xem trước, ngân hàng %(subject)s."),
    "questions.take": N_("%(who)s cho nạp câu hỏi từ tệp vào ngân hàng %(subject)s."),
    "questions.export": N_("%(who)s xuất %(count)s câu hỏi từ %(subject)s."),
    "questions.print": N_("%(who)s in %(count)s câu hỏi từ %(subject)s."),
    "analysis.measure": N_("%(who)s tính lại số liệu câu hỏi của %(subject)s."),
    # long work, and this log itself
    "jobs.cancel": N_("%(who)s huỷ việc chạy nền %(subject)s."),
    "jobs.restart": N_("%(who)s cho làm lại việc chạy nền %(subject)s."),
    "journal.export": N_("%(who)s xuất nhật ký ra tệp."),
}
WITH_REASON = N_("%(sentence)s Lý do: %(reason)s")
UNKNOWN = N_("%(who)s làm việc “%(act)s” với %(subject)s.")
CLOCK = N_("Hệ thống")

# The rooms of the acts, for choosing among them.
GROUPS: Mapping[str, str] = {
    "accounts": N_("Người và đơn vị"),
    "draft": N_("Bản nháp cuộc thi"),
    "contest": N_("Cuộc thi và thể lệ"),
    "contests": N_("Nạp cuộc thi"),
    "attempts": N_("Khi đang thi"),
    "standings": N_("Bảng xếp hạng"),
    "winners": N_("Người đoạt giải"),
    "identities": N_("Thông tin dự thi"),
    "banks": N_("Ngân hàng câu hỏi"),
    "questions": N_("Câu hỏi"),
    "analysis": N_("Số liệu câu hỏi"),
    "jobs": N_("Việc chạy nền"),
    "journal": N_("Nhật ký"),
}
ROLES: Mapping[str, str] = {
    "helper": N_("người hỗ trợ"),
    "judge": N_("giám khảo"),
    "organizer": N_("ban tổ chức"),
    "administrator": N_("quản trị viên"),
}
LISTS: Mapping[str, str] = {
    "people": N_("người dự thi"),
    "staff": N_("giám khảo, người hỗ trợ"),
    "headcounts": N_("số người của đơn vị"),
}
WORDS: Mapping[str, Mapping[str, str]] = {"role": ROLES, "kind": LISTS}
COUNTS = frozenset({"new", "changed", "same", "refused"})  # left out of the facts when 0
