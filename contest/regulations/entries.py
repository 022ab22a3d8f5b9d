"""Rounds of entries: what may be sent and how it is judged, in sections III, IV and V."""

from collections.abc import Callable

from contest.contests.models import Round
from contest.regulations.document import Block, Heading, Items, Paragraph, Table
from contest.regulations.queries import Facts
from contest.regulations.speaking import say as _
from contest.rules.entry_rules import (
    EVERY,
    GUARDIAN_UNDER,
    NAMES,
    SHAPES,
    EntryKind,
    EntryRules,
    VotePeriod,
)
from contest.rules.media import What
from contest.rules.rubric import Criterion, Rubric
from contest.rules.voting import KNOWN_FOR
from contest.web.words import duration, is_english, named, points, translate

SECOND = 1000  # milliseconds

Writing = Callable[[Facts, EntryRules], list[Block]]


def _each(facts: Facts, write: Writing) -> list[Block]:
    """Write about each round of entries that is set up, under its name."""
    said: list[Block] = []
    for each in facts.entry_rounds:
        rules = each.entry_rules()
        blocks = [] if rules is None else write(facts, rules)
        if blocks:
            said += [Heading(_("Đợt thi: %(rounds)s", rounds=named(each))), *blocks]
    return said


def not_set_up(facts: Facts) -> list[Round]:
    """Give the rounds of entries stored without settings."""
    return [each for each in facts.entry_rounds if each.entry_rules() is None]


def what_is_sent(facts: Facts) -> list[Block]:
    """III. The kinds of entries, their sizes and lengths."""
    return _each(facts, lambda _facts, rules: _kinds(rules))


def _kinds(rules: EntryRules) -> list[Block]:
    rows = tuple((translate(NAMES[kind]), _made_of(kind, rules)) for kind in rules.kinds)
    said: list[Block] = [
        Paragraph(_("Nộp bài dự thi, mỗi bài thuộc một trong các loại sau:")),
        Table((_("Loại bài"), _("Bài gồm những gì")), rows),
    ]
    sends = [kind for kind in rules.kinds if kind is not EntryKind.PRACTICAL]
    if sends:
        said.append(Items(tuple(_numbers(rules))))
    return said


def _made_of(kind: EntryKind, rules: EntryRules) -> str:
    if kind is EntryKind.PRACTICAL:
        return _("Làm trước mặt người chấm, trên một thiết bị; không phải gửi tệp.")
    parts = {
        EntryKind.ESSAY: _("Bài gõ trên trang, hoặc một tệp Word (.docx) hay PDF."),
        EntryKind.SCRIPT: _("Kịch bản gõ trên trang, hoặc một tệp Word (.docx) hay PDF."),
        EntryKind.MODEL: _("Phần mô tả và hình (bắt buộc), số liệu, có thể thêm một video."),
    }
    said = [parts[kind]] if kind in parts else []
    files = SHAPES[kind].files
    if What.CLIP in files:
        said.append(_clip(rules))
    if What.PICTURE in files:
        said.append(
            _(
                "Nhiều nhất %(count)s hình, mỗi hình không quá %(size)s MB.",
                count=rules.most_pictures,
                size=rules.most_file_mb,
            )
        )
    if What.DOCUMENT in files:
        said.append(
            _(
                "Bài gõ không quá %(letters)s chữ cái, tệp không quá %(size)s MB.",
                letters=rules.most_characters,
                size=rules.most_file_mb,
            )
        )
    return " ".join(said)


def _clip(rules: EntryRules) -> str:
    most = duration(rules.most_seconds * SECOND)
    if rules.least_seconds:
        return _(
            "Một tệp video dài từ %(least)s đến %(most)s, không quá %(size)s MB.",
            least=duration(rules.least_seconds * SECOND),
            most=most,
            size=rules.most_clip_mb,
        )
    return _(
        "Một tệp video dài không quá %(most)s, không quá %(size)s MB.",
        most=most,
        size=rules.most_clip_mb,
    )


def _numbers(rules: EntryRules) -> list[str]:
    said = [
        _("Mỗi người, hoặc mỗi nhóm, gửi nhiều nhất %(count)s bài.", count=rules.each),
        _("Mỗi bài có một tên, nhiều nhất 200 ký tự."),
    ]
    if rules.most_members:
        said.append(
            _(
                "Được dự thi theo nhóm: người gửi và nhiều nhất %(count)s người nữa, ghi đủ họ "
                "tên. Mọi người trong nhóm cùng nhận kết quả của bài.",
                count=rules.most_members,
            )
        )
    else:
        said.append(_("Mỗi bài là của một người, không nhận bài của nhóm."))
    if any(What.CLIP in SHAPES[kind].files for kind in rules.kinds):
        said.append(
            _(
                "Được gửi thêm đường dẫn của video trên YouTube hoặc TikTok, nhưng không thay cho "
                "tệp video: bài được chấm theo tệp."
            )
            if rules.takes_links
            else _("Không nhận đường dẫn thay cho tệp video.")
        )
    return said


def sending(facts: Facts) -> list[Block]:
    """IV. Handing in, the grace after closing, replacing, withdrawing, showing."""
    return _each(facts, lambda _facts, rules: _sending(rules))


def _sending(rules: EntryRules) -> list[Block]:
    if set(rules.kinds) == {EntryKind.PRACTICAL}:
        return []
    said = [
        _(
            "Bài được nhận đến giờ đóng của đợt thi. Gửi xong, bạn nhận một mã xác nhận ghi giờ "
            "nhận bài."
        ),
        _grace(rules),
        _(
            "Mất mạng giữa chừng thì phần tệp đã đến máy chủ vẫn còn; bạn mở lại trang là gửi "
            "tiếp được."
        ),
        _("Bạn thay bài hoặc rút bài được đến giờ đóng. Bản gửi cuối cùng là bản được chấm."),
    ]
    blocks: list[Block] = [Heading(_("Gửi bài")), Items(tuple(said))]
    if rules.is_gallery:
        blocks += [Heading(_("Trưng bày")), Items(tuple(_gallery()))]
    return blocks


def _grace(rules: EntryRules) -> str:
    if not rules.grace_s:
        return _("Tệp gửi chưa xong lúc đóng thì không được tính.")
    return _(
        "Tệp bắt đầu gửi trước giờ đóng và gửi xong trong %(time)s sau giờ đóng vẫn được tính.",
        time=duration(rules.grace_s * SECOND),
    )


def _gallery() -> list[str]:
    return [
        _(
            "Sau khi đợt thi đóng, bài dự thi được trưng bày cho mọi người xem, chỉ khi người gửi "
            "đồng ý. Người gửi rút lại sự đồng ý lúc nào cũng được."
        ),
        _(
            "Người gửi dưới %(years)s tuổi, hoặc chưa ghi ngày sinh, cần thêm sự đồng ý của cha, "
            "mẹ hoặc người giám hộ.",
            years=GUARDIAN_UNDER,
        ),
        _("Không đồng ý trưng bày thì bài vẫn được chấm như mọi bài khác."),
    ]


def judging(facts: Facts) -> list[Block]:
    """V. Criteria, the jury, the public vote."""
    return _each(facts, _judging)


def _judging(facts: Facts, rules: EntryRules) -> list[Block]:
    said: list[Block] = []
    if rules.rubrics:
        said += _criteria(facts, rules)
        said.append(Items(tuple(_jury(rules))))
    if rules.checklist:
        said += _checklist(rules)
    if rules.vote is not None:
        said += _vote(rules)
    return said


def _criteria(facts: Facts, rules: EntryRules) -> list[Block]:
    said: list[Block] = [
        Paragraph(
            _(
                "Giám khảo cho điểm từng tiêu chí. Điểm của một phiếu là tổng các điểm nhân hệ số, "
                "chia cho tổng cao nhất có thể, quy về thang 100."
            )
        )
    ]
    names = {each.code: named(each) for each in facts.contest.divisions}
    several = len(rules.rubrics) > 1
    for code, rubric in rules.rubrics.items():
        if several:
            head = (
                _("Tiêu chí chấm các bảng còn lại")
                if code == EVERY
                else _("Tiêu chí chấm bảng “%(name)s”", name=names.get(code, code))
            )
            said.append(Heading(head))
        said.append(_table(rubric))
    return said


def _table(rubric: Rubric) -> Table:
    return Table(
        (_("Tiêu chí"), _("Hệ số"), _("Điểm"), _("Các mức")),
        tuple(_row(each) for each in rubric.criteria),
    )


def _row(each: Criterion) -> tuple[str, str, str, str]:
    about = _words(each.about, each.about_en)
    name = _words(each.name, each.name_en)
    levels = [
        _(
            "%(points)s điểm: %(text)s",
            points=points(level.points),
            text=_words(level.text, level.text_en),
        )
        for level in each.levels
    ]
    return (
        f"{name}: {about}" if about else name,
        points(each.weight) if each.is_counted else _("không tính điểm"),
        _(
            "%(least)s đến %(most)s, bước %(step)s",
            least=points(each.least),
            most=points(each.most),
            step=points(each.step),
        ),
        " ".join(levels),
    )


def _words(vietnamese: str, english: str) -> str:
    return (english if is_english() else "") or vietnamese


def _jury(rules: EntryRules) -> list[str]:
    said = [
        _(
            "Mỗi bài có %(count)s giám khảo chấm riêng; chỉ phiếu chấm đủ tiêu chí được tính.",
            count=rules.judges_each,
        )
    ]
    if rules.is_blind:
        said.append(_("Giám khảo chấm ẩn tên: không thấy tên, trường hay đơn vị của người dự thi."))
    said += [
        _("Giám khảo không chấm bài của người cùng đơn vị, người nhà, hay người mình hướng dẫn."),
        _(
            "Giám khảo nào cho điểm chặt hay rộng hơn các giám khảo khác trên cùng bài thì điểm "
            "được bù phần chênh ấy; điểm trung bình trước khi bù được công bố bên cạnh."
        ),
        _(
            "Bài có điểm sát nhau được hội đồng giám khảo xem lại và quyết định, có ghi lý do. "
            "Vẫn bằng nhau thì xét lần lượt: tiêu chí có hệ số cao nhất, số giám khảo xếp bài đó "
            "đầu tiên, gửi bài sớm hơn."
        ),
        _("Kết quả do trưởng ban giám khảo và ban tổ chức cùng ký; ai cũng tính lại được."),
        _(
            "Tệp kết quả ai cũng tải được ghi điểm từng phiếu và độ chặt tay của từng giám khảo "
            "dưới một mã; không ghi tên giám khảo và người dự thi."
        ),
    ]
    return said


def _checklist(rules: EntryRules) -> list[Block]:
    rows = tuple((_words(each.name, each.name_en), points(each.points)) for each in rules.checklist)
    return [
        Heading(_("Phần thực hành")),
        Paragraph(
            _(
                "Người chấm đánh dấu từng việc bạn làm được. Điểm là phần điểm đạt được trên tổng "
                "điểm của bảng kiểm, quy về thang 100."
            )
        ),
        Table((_("Việc phải làm được"), _("Điểm")), rows),
    ]


def _vote(rules: EntryRules) -> list[Block]:
    if rules.vote is None:
        return []
    periods = {
        VotePeriod.DAY: _("Mỗi tài khoản bỏ được một phiếu mỗi ngày."),
        VotePeriod.ROUND: _("Mỗi tài khoản bỏ được một phiếu trong cả đợt."),
    }
    return [
        Heading(_("Bình chọn")),
        Items(
            (
                periods[rules.vote.period],
                _(
                    "Bình chọn mở khi đợt thi đóng và kéo dài %(days)s ngày.",
                    days=rules.vote.days,
                ),
                _(
                    "Tài khoản bình chọn phải có số điện thoại hoặc có mã trong danh sách của ban "
                    "tổ chức, và mở trước đó ít nhất %(hours)s giờ. Không bình chọn cho bài của "
                    "mình.",
                    hours=int(KNOWN_FOR.total_seconds()) // 3600,
                ),
                _(
                    "Bài nhiều phiếu nhất của bảng được 100 điểm bình chọn, các bài khác tính theo "
                    "tỉ lệ."
                ),
                _(
                    "Bài không được trưng bày thì không ai bình chọn được, nên nhận điểm bình chọn "
                    "trung bình của các bài được trưng bày cùng bảng. Bảng không có bài nào được "
                    "trưng bày thì chỉ tính điểm giám khảo."
                ),
                _(
                    "Bài đã có phiếu rồi mới rút khỏi trang trưng bày thì vẫn tính những phiếu đã "
                    "có."
                ),
                _(
                    "Bình chọn chiếm %(share)s %% kết quả, giám khảo chiếm %(rest)s %%.",
                    share=points(rules.vote.share),
                    rest=points(100 - rules.vote.share),
                ),
                _("Ban tổ chức được loại những phiếu gian lận, có ghi lý do."),
            )
        ),
    ]
