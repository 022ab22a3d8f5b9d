"""What every line of the log says in words: one sentence an act, its places filled by the facts.

A test holds this table to the acts the code writes.
"""

from collections.abc import Mapping

from contest.errors import N_

ACTS: Mapping[str, str] = {
    # accounts
    "accounts.change_facts": N_("%(who)s sửa thông tin tài khoản %(subject)s: %(fields)s."),
    "accounts.set_password": N_("%(who)s đặt mật khẩu mới cho tài khoản %(subject)s."),
    "accounts.give_temporary_password": N_("%(who)s cấp mật khẩu tạm cho %(subject)s."),
    "accounts.grant": N_("%(who)s giao vai trò %(role)s cho %(subject)s, đơn vị %(unit)s."),
    "accounts.load_units": N_("%(who)s nạp %(rows)s đơn vị, trong đó %(new)s đơn vị mới."),
    "accounts.import_people": N_(
        "%(who)s nạp danh sách %(kind)s: thêm %(new)s, cập nhật %(changed)s, đã có %(same)s, "
        "không nạp %(refused)s dòng."
    ),
    "audiences.load": N_("%(who)s nạp %(rows)s đối tượng dự thi, trong đó %(new)s đối tượng mới."),
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
    # entries, by their senders
    "entries.hand_in": N_("%(who)s nộp bài dự thi %(subject)s, lần %(no)s."),
    "entries.hand_in_late": N_(
        "%(who)s nộp bài dự thi %(subject)s, lần %(no)s: tệp gửi dở đã tới trong thời gian chờ."
    ),
    "entries.withdraw": N_("%(who)s rút bài dự thi %(subject)s."),
    "entries.resume": N_("%(who)s khôi phục bài dự thi %(subject)s đã rút."),
    "entries.take_back_consent": N_("%(who)s thôi đồng ý trưng bày bài dự thi %(subject)s."),
    # entries
    "entries.refuse": N_("%(who)s không nhận bài dự thi %(subject)s."),
    "entries.take_back": N_("%(who)s nhận lại bài dự thi %(subject)s."),
    "entries.redact": N_("%(who)s xem tên trong bài %(subject)s trước khi giám khảo đọc."),
    "entries.set_languages": N_("%(who)s ghi lại các thứ tiếng của bài dự thi %(subject)s."),
    "entries.make_again": N_("%(who)s cho xử lý lại một tệp của bài %(subject)s."),
    "entries.refuse_file": N_("%(who)s không nhận một tệp của bài %(subject)s."),
    "entries.withhold_file": N_("%(who)s không đưa một tệp của bài %(subject)s cho giám khảo."),
    "entries.give_file": N_("%(who)s đưa lại một tệp của bài %(subject)s cho giám khảo."),
    "entries.decide_likeness": N_("%(who)s xem xét bài %(subject)s giống một bài khác."),
    "entries.export": N_("%(who)s xuất danh sách bài dự thi của %(subject)s."),
    "entries.register": N_("%(who)s đăng ký cuộc thi giúp %(subject)s."),
    "entries.tick": N_(
        "%(who)s ghi phiếu thực hành %(subject)s, lần %(no)s: %(points)s trên 100 điểm."
    ),
    # the gallery and its public vote
    "gallery.publish": N_("%(who)s cho trưng bày bài dự thi %(subject)s."),
    "gallery.publish_all": N_("%(who)s cho trưng bày %(count)s bài của %(subject)s."),
    "gallery.take_down": N_("%(who)s gỡ bài dự thi %(subject)s khỏi trang trưng bày."),
    "gallery.withdraw_consent": N_("%(who)s thôi cho trưng bày bài dự thi %(subject)s của mình."),
    "gallery.report": N_("%(who)s báo với ban tổ chức về bài dự thi %(subject)s."),
    "gallery.answer": N_("%(who)s trả lời một báo cáo về bài dự thi %(subject)s."),
    "votes.strike": N_("%(who)s loại %(count)s phiếu bình chọn của %(subject)s."),
    "votes.give_back": N_("%(who)s trả lại %(count)s phiếu bình chọn của %(subject)s."),
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
    "questions.load_starters": N_("%(who)s nạp dữ liệu khởi đầu đi kèm hệ thống."),
    "questions.import": N_("%(who)s nạp câu hỏi vào %(subject)s: thêm %(added)s, sửa %(changed)s."),
    "questions.read": N_("%(who)s gửi tệp câu hỏi để xem trước, ngân hàng %(subject)s."),
    "questions.take": N_("%(who)s cho nạp câu hỏi từ tệp vào ngân hàng %(subject)s."),
    "questions.export": N_("%(who)s xuất %(count)s câu hỏi từ %(subject)s."),
    "questions.print": N_("%(who)s in %(count)s câu hỏi từ %(subject)s."),
    "analysis.measure": N_("%(who)s tính lại số liệu câu hỏi của %(subject)s."),
    "judging.submit": N_("%(who)s nộp phiếu chấm bài %(subject)s, bản %(version)s."),
    "judging.recuse": N_("%(who)s báo không chấm bài %(subject)s."),
    # the jury
    "judging.decide": N_("%(who)s ghi quyết định của hội đồng về bài %(subject)s."),
    "judging.revoke": N_("%(who)s rút một quyết định của hội đồng về bài %(subject)s."),
    "judging.propose": N_("%(who)s tính kết quả chấm của %(subject)s, bản số %(no)s."),
    "judging.sign": N_("%(who)s ký kết quả chấm của %(subject)s, bản số %(no)s."),
    "judging.publish": N_("%(who)s công bố kết quả chấm của %(subject)s, bản số %(no)s."),
    "judging.add_phase": N_("%(who)s đặt giai đoạn chấm “%(name)s” cho %(subject)s."),
    "judging.change_phase": N_("%(who)s sửa giai đoạn chấm “%(name)s” của %(subject)s."),
    "judging.delete_phase": N_("%(who)s xoá giai đoạn chấm “%(name)s” của %(subject)s."),
    "judging.close_phase_early": N_(
        "%(who)s kết thúc sớm giai đoạn chấm “%(name)s” của %(subject)s."
    ),
    "judging.extend_phase": N_("%(who)s gia hạn giai đoạn chấm “%(name)s” của %(subject)s."),
    "judging.invite": N_("%(who)s mời giám khảo %(number)s chấm %(subject)s."),
    "judging.change_seat": N_("%(who)s đổi phần việc của giám khảo %(number)s ở %(subject)s."),
    "judging.leave": N_(
        "%(who)s cho giám khảo %(number)s rời ban giám khảo của %(subject)s; %(waiting)s bài chờ "
        "phân công lại."
    ),
    "judging.assign": N_(
        "%(who)s phân công chấm %(subject)s: thêm %(new)s phiếu, rút %(ended)s, %(lacking)s bài "
        "còn thiếu giám khảo."
    ),
    "judging.move_off": N_(
        "%(who)s chuyển %(moved)s bài chưa chấm khỏi giám khảo %(number)s của %(subject)s."
    ),
    "judging.set_conflict": N_(
        "%(who)s ghi xung đột lợi ích của giám khảo %(number)s ở %(subject)s."
    ),
    "judging.lift_conflict": N_(
        "%(who)s gỡ xung đột lợi ích của giám khảo %(number)s ở %(subject)s."
    ),
    "judging.keep_sheets_out": N_(
        "%(who)s để %(sheets)s phiếu của giám khảo %(number)s ở %(subject)s ngoài kết quả."
    ),
    "judging.count_sheets": N_(
        "%(who)s cho tính %(sheets)s phiếu của giám khảo %(number)s ở %(subject)s."
    ),
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
    "audiences": N_("Đối tượng dự thi"),
    "draft": N_("Bản nháp cuộc thi"),
    "contest": N_("Cuộc thi và thể lệ"),
    "contests": N_("Nạp cuộc thi"),
    "attempts": N_("Khi đang thi"),
    "entries": N_("Bài dự thi"),
    "gallery": N_("Trưng bày"),
    "votes": N_("Bình chọn"),
    "standings": N_("Bảng xếp hạng"),
    "winners": N_("Người đoạt giải"),
    "identities": N_("Thông tin dự thi"),
    "banks": N_("Ngân hàng câu hỏi"),
    "questions": N_("Câu hỏi"),
    "analysis": N_("Số liệu câu hỏi"),
    "judging": N_("Chấm bài dự thi"),
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
FIELDS: Mapping[str, str] = {
    "name": N_("họ và tên"),
    "birth_date": N_("ngày sinh"),
    "sex": N_("giới tính"),
    "unit_id": N_("đơn vị"),
    "audiences": N_("nhóm đối tượng"),
    "trade": N_("nghề nghiệp"),
}
WORDS: Mapping[str, Mapping[str, str]] = {"role": ROLES, "kind": LISTS, "fields": FIELDS}
COUNTS = frozenset({"new", "changed", "same", "refused"})  # left out of the facts when 0
