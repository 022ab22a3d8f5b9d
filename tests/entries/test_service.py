"""An entry from its beginning to its receipt, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories.contests import OPENING, WEEK, make_division
from factories.people import make_account, make_audience
from factories.sending import HOUR, MINUTE, Sending, make_sending, make_upload, store
from sqlalchemy import select
from sqlalchemy.orm import Session

from contest import closing
from contest.contests.models import Registration
from contest.core import db
from contest.core.audit import AuditEntry
from contest.core.sealing import Sealer
from contest.entries import files, queries, saving, service
from contest.entries.models import Entry, EntryFile, EntryState, EntryVersion
from contest.entries.saving import Save
from contest.errors import Conflict, Invalid, NotAllowed, NotFound, TooEarly, TooLate
from contest.media.models import Media
from contest.media.models import State as MediaState
from contest.rules import entry_receipts
from contest.rules.entry_rules import EntryKind
from contest.rules.languages import UNKNOWN

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SEALER = Sealer("một khoá bí mật chỉ dùng trong kiểm thử")
NOW = OPENING + HOUR
CLOSING = OPENING + WEEK
LATE = CLOSING + 10 * MINUTE
AFTER = CLOSING + HOUR  # the grace of these rounds is an hour


def begin(session: Session, sending: Sending, kind: str = "video", now=NOW, **facts) -> Entry:
    return service.begin(
        *(session, sending.contest.code, sending.round.code, kind),
        by=facts.pop("by", sending.by),
        now=now,
        zone=ZONE,
        **facts,
    )


def save(session: Session, sending: Sending, entry: Entry, now=NOW, **typed):
    facts = {"by": sending.by, "now": now, "zone": ZONE, "sealer": SEALER}
    return service.save(session, entry.code, Save(**typed), **facts)


def ready(session: Session, sending: Sending, title: str = "Bà con dùng VNeID") -> Entry:
    """An entry with a title and a clip, not handed in."""
    entry = begin(session, sending)
    save(session, sending, entry, title=title)
    send(session, sending, entry)
    return entry


def send(session: Session, sending: Sending, entry: Entry, at=NOW, received_at=None, **facts):
    upload = make_upload(
        *(session, entry, sending.account), at=at, received_at=received_at, **facts
    )
    now = received_at or at
    return service.attach(session, entry.code, upload.code, by=sending.by, now=now)


def hand_in(session: Session, sending: Sending, entry: Entry, now=NOW) -> EntryVersion:
    return service.hand_in(session, entry.code, by=sending.by, now=now)


def acts(session: Session) -> list[tuple[str, int | None]]:
    found = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(each.act, each.by) for each in found]


# Beginning


def test_two_taps_are_one_beginning(session: Session) -> None:
    sending = make_sending(session, each=2)
    first, second = begin(session, sending), begin(session, sending)
    assert first.code == second.code
    assert (first.no, first.state, first.kind) == (1, "draft", "video")
    assert first.division_id == sending.division.id


def test_who_is_not_in_the_contest_enters_with_the_beginning(session: Session) -> None:
    sending = make_sending(session)
    other = make_account(session)
    entry = begin(session, sending, by=other.id)
    own = session.scalars(select(Registration).where(Registration.account_id == other.id)).one()
    assert entry.registration_id == own.id


def test_several_divisions_are_to_be_chosen_among_and_others_refused_in_words(
    session: Session,
) -> None:
    sending = make_sending(session)
    pupils = make_audience(session, "children", "Thiếu nhi", age_to=10)
    closed = make_division(session, sending.contest, "nhi", pupils)
    other = make_account(session)
    assert begin(session, sending, by=other.id).division_id == sending.division.id
    make_division(session, sending.contest, "hai")
    session.commit()
    third = make_account(session)
    with pytest.raises(NotAllowed) as caught:
        begin(session, sending, by=third.id)
    assert caught.value.message == service.CHOOSE
    with pytest.raises(NotAllowed) as caught:
        begin(session, sending, by=third.id, division=closed.code)
    assert caught.value.message != service.CHOOSE
    with pytest.raises(NotFound):
        begin(session, sending, by=third.id, division="không-có")
    assert begin(session, sending, by=third.id, division="hai").no == 1


def test_the_hours_are_said_with_their_moments(session: Session) -> None:
    sending = make_sending(session)
    with pytest.raises(TooEarly) as early:
        begin(session, sending, now=OPENING - MINUTE)
    assert early.value.facts == {"opens_at": OPENING}
    with pytest.raises(TooLate) as late:
        begin(session, sending, now=CLOSING)
    assert late.value.facts == {"closes_at": CLOSING}
    assert begin(session, sending, now=CLOSING - timedelta(microseconds=1)).no == 1


@pytest.mark.parametrize(
    ("kind", "error"), [("essay", NotAllowed), ("practical", NotAllowed), ("nhạc", NotFound)]
)
def test_other_kinds_are_not_begun(session: Session, kind: str, error: type[Exception]) -> None:
    sending = make_sending(session, kinds=(EntryKind.VIDEO, EntryKind.PRACTICAL))
    with pytest.raises(error):
        begin(session, sending, kind)


def test_a_quiz_takes_no_entries(session: Session) -> None:
    sending = make_sending(session)
    with pytest.raises(NotFound):
        service.begin(
            *(session, sending.contest.code, "tuan-khac", "video"),
            by=sending.by,
            now=NOW,
            zone=ZONE,
        )


def test_numbers_run_out_and_a_withdrawn_entry_gives_its_own_up(session: Session) -> None:
    sending = make_sending(session, kinds=(EntryKind.VIDEO, EntryKind.ESSAY), each=1)
    entry = ready(session, sending)
    hand_in(session, sending, entry)
    with pytest.raises(NotAllowed) as caught:
        begin(session, sending, "essay")
    assert caught.value.facts == {"each": 1}
    service.withdraw(session, entry.code, by=sending.by, now=NOW)
    again = begin(session, sending, "essay")
    assert (again.code, again.kind, again.state, again.version) == (entry.code, "essay", "draft", 1)
    owned = queries.own(session, entry.code, by=sending.by)
    assert owned.files == []  # a clip is no part of an essay
    (kept,) = queries.versions(session, entry.id)
    assert (kept.content["kind"], len(kept.content["files"])) == ("video", 1)


def test_the_quota_holds_for_many_beginnings_at_once(session: Session) -> None:
    kinds = (EntryKind.VIDEO, EntryKind.ESSAY, EntryKind.PHOTO, EntryKind.DRAWING)
    sending = make_sending(session, kinds=kinds, each=2)
    ends: list[str] = []

    def one(kind: str) -> None:
        try:
            with db.transaction() as own:
                begin(own, sending, kind)
            ends.append("begun")
        except (NotAllowed, Conflict):
            ends.append("refused")

    threads = [threading.Thread(target=one, args=(kind.value,)) for kind in kinds * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading_session() as reading:
        rows = reading.scalars(select(Entry).order_by(Entry.no)).all()
    assert len(ends) == len(threads)
    assert [each.no for each in rows] == list(range(1, len(rows) + 1))
    assert 1 <= len(rows) <= 2
    assert ends.count("begun") >= len(rows)


# Saving


def test_a_draft_is_kept_as_typed_whatever_is_missing(session: Session) -> None:
    sending = make_sending(session, most_members=3, takes_links=True, is_gallery=True)
    entry = begin(session, sending)
    problems = save(
        *(session, sending, entry),
        title="  Bà  con dùng\tVNeID ",
        text="Dòng một\r\nDòng hai",
        members="Giàng A Páo\n\n  Lý  Thị Mỷ ",
        figures="Số hộ: 120\nSố buổi",
        links="https://youtu.be/abcdefghijk",
    )
    assert problems == {}
    assert (entry.title, entry.text) == ("Bà con dùng VNeID", "Dòng một\nDòng hai")
    assert entry.members == ["Giàng A Páo", "Lý Thị Mỷ"]
    assert entry.figures == [{"name": "Số hộ", "value": "120"}, {"name": "Số buổi", "value": ""}]
    assert entry.links == [{"host": "youtube", "id": "abcdefghijk"}]
    assert save(session, sending, entry, text="") == {}
    assert (entry.title, entry.text) == ("Bà con dùng VNeID", "")


def test_hard_limits_name_their_fields_and_the_rest_is_kept(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    save(session, sending, entry, title="Tên cũ")
    problems = save(
        *(session, sending, entry),
        title="a" * 201,
        text="b" * 50_001,
        members="x" * 121,
        figures="y" * 101,
        links="https://example.com/x",
    )
    assert set(problems) == {"title", "text", "members", "figures", "links"}
    assert problems["title"].facts == {"most": 200, "found": 201}
    assert problems["links"].facts == {"line": 1}
    assert (entry.title, entry.text, entry.links) == ("Tên cũ", "", [])
    assert save(session, sending, entry, title="c" * 201, text="Lời mới").keys() == {"title"}
    assert (entry.title, entry.text) == ("Tên cũ", "Lời mới")
    many = save(session, sending, entry, members="a\n" * 31, links="\n".join(["x"] * 4))
    assert {name: each.facts["found"] for name, each in many.items()} == {"members": 31, "links": 4}


def test_languages_are_kept_in_their_order_and_only_where_they_are_spoken_of(
    session: Session,
) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    assert (entry.languages, entry.jury_languages) == ([], [])
    assert save(session, sending, entry, languages=("eng", "hmn", "eng")) == {}
    assert save(session, sending, entry, title="Bà con dùng VNeID") == {}
    assert entry.languages == ["hmn", "eng"]
    problems = save(session, sending, entry, title="Tên mới", languages=("hmn", "vie"))
    assert {name: each.message for name, each in problems.items()} == {"languages": UNKNOWN}
    assert (entry.title, entry.languages) == ("Tên mới", ["hmn", "eng"])
    assert save(session, sending, entry, languages=()) == {}
    assert entry.languages == []


def test_languages_are_handed_in_and_each_handing_in_says_them_anew(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    plain = hand_in(session, sending, entry)
    assert "languages" not in plain.content
    save(session, sending, entry, languages=("hmn",))
    assert entry.jury_languages == []  # typed, not handed in
    second = hand_in(session, sending, entry)
    assert (second.no, second.content["languages"], entry.jury_languages) == (2, ["hmn"], ["hmn"])
    assert second.digest == entry_receipts.digest({**plain.content, "languages": ["hmn"]})
    entry.jury_languages = ["ium"]  # an organizer's correction
    session.flush()
    assert hand_in(session, sending, entry, now=NOW + HOUR).no == 2  # nothing new of the sender's
    assert entry.jury_languages == ["ium"]
    save(session, sending, entry, languages=())
    third = hand_in(session, sending, entry, now=NOW + HOUR)
    assert (third.no, third.digest, entry.jury_languages) == (3, plain.digest, [])


def test_an_entry_in_vietnamese_gives_the_digest_it_always_gave(session: Session) -> None:
    sending = make_sending(session)
    version = hand_in(session, sending, ready(session, sending))
    assert set(version.content) == {
        *("kind", "title", "text", "figures", "links", "members", "files"),
    }


def test_what_is_said_of_a_file_is_handed_in_with_it(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    (file,) = session.scalars(select(EntryFile).where(EntryFile.entry_id == entry.id))
    vtt = "WEBVTT\n\n00:00.000 --> 00:02.000\nXin chào\n"

    def describe(about: str, captions: str | None) -> None:
        service.describe_file(
            *(session, entry.code, file.code),
            about=about,
            vtt=None if captions is None else captions.encode(),
            drops_captions=captions is None,
            by=sending.by,
            now=NOW,
        )

    describe("Cảnh họp", vtt)
    first = hand_in(session, sending, entry)
    describe("Cảnh chợ", None)
    (sent,) = first.content["files"]
    assert (sent["about"], sent["vtt"]) == ("Cảnh họp", vtt)
    assert first.digest == entry_receipts.digest(first.content)
    assert service.is_changed(queries.own(session, entry.code, by=sending.by), first)
    second = hand_in(session, sending, entry)
    assert second.no == 2
    assert "vtt" not in second.content["files"][0]


def test_after_closing_no_language_is_added(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    send(session, sending, entry, CLOSING - MINUTE, received_at=CLOSING + MINUTE)
    assert save(session, sending, entry, LATE, title="Trễ", languages=("hmn",)) == {}
    assert (entry.title, entry.languages) == ("Trễ", [])


def test_a_short_link_is_refused_with_what_to_do(session: Session) -> None:
    sending = make_sending(session, takes_links=True)
    entry = begin(session, sending)
    typed = "https://www.youtube.com/live/abcdefghijk\nhttps://vt.tiktok.com/ZSabc123/"
    problem = save(session, sending, entry, links=typed)["links"]
    assert (problem.message, problem.facts) == (saving.SHORT_LINK, {"line": 2})
    assert entry.links == []
    problem = save(session, sending, entry, links="https://example.com/")["links"]
    assert problem.message == saving.BAD_LINK


def test_a_tiktok_link_shown_and_saved_again_stays(session: Session) -> None:
    sending = make_sending(session, takes_links=True)
    entry = begin(session, sending)
    typed = "https://www.tiktok.com/@ten.nguoi/video/7123456789012345678"
    assert save(session, sending, entry, links=typed) == {}
    shown = "https://www.tiktok.com/embed/v2/7123456789012345678"
    before = entry.links
    assert save(session, sending, entry, links=shown) == {}
    assert entry.links == before == [{"host": "tiktok", "id": "7123456789012345678"}]


def test_a_child_is_shown_with_a_guardians_consent_alone(session: Session) -> None:
    sending = make_sending(session, is_gallery=True)
    sending.account.birth_date = date(2014, 5, 6)
    entry = begin(session, sending)
    problems = save(session, sending, entry, title="Tranh", shows_in_gallery=True)
    assert problems.keys() == {"guardian_name", "guardian_phone", "guardian_agrees"}
    assert (entry.title, entry.shows_in_gallery, entry.guardian_sealed) == ("Tranh", False, None)
    whole = {
        "shows_in_gallery": True,
        "guardian_name": "Giàng Thị Mai",
        "guardian_phone": "0912 345 678",
        "guardian_agrees": True,
    }
    assert save(session, sending, entry, **whole) == {}
    assert (entry.shows_in_gallery, entry.guardian_agreed_at) == (True, NOW)
    sealed = entry.guardian_sealed
    assert sealed is not None
    assert "Giàng" not in sealed
    assert save(session, sending, entry, now=NOW + HOUR, **whole) == {}
    assert (entry.guardian_sealed, entry.guardian_agreed_at) == (sealed, NOW)  # asked once
    assert save(session, sending, entry, shows_in_gallery=False) == {}
    assert (entry.shows_in_gallery, entry.guardian_sealed) == (False, None)


def test_a_grown_up_consents_alone_and_may_take_it_back_after_closing(session: Session) -> None:
    sending = make_sending(session, is_gallery=True)
    entry = begin(session, sending)
    assert save(session, sending, entry, shows_in_gallery=True) == {}
    assert (entry.shows_in_gallery, entry.guardian_sealed) == (True, None)
    service.take_back_consent(session, entry.code, by=sending.by, now=AFTER)
    service.take_back_consent(session, entry.code, by=sending.by, now=AFTER)
    assert entry.shows_in_gallery is False
    assert acts(session) == [("entries.take_back_consent", sending.by)]


def test_without_a_gallery_there_is_no_consent(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    assert save(session, sending, entry, shows_in_gallery=True) == {}
    assert entry.shows_in_gallery is False


@pytest.mark.parametrize(
    "call",
    [
        lambda session, code, by: service.save(
            session, code, Save(title="x"), by=by, now=NOW, zone=ZONE, sealer=SEALER
        ),
        lambda session, code, by: service.attach(session, code, "0" * 24, by=by, now=NOW),
        lambda session, code, by: service.hand_in(session, code, by=by, now=NOW),
        lambda session, code, by: service.withdraw(session, code, by=by, now=NOW),
        lambda session, code, by: service.resume(session, code, by=by, now=NOW),
        lambda session, code, by: service.take_back_consent(session, code, by=by, now=NOW),
        lambda session, code, by: service.remove_file(session, code, "x", by=by, now=NOW),
    ],
)
def test_nobody_elses_entry_is_touched(session: Session, call) -> None:
    sending = make_sending(session)
    entry, other = ready(session, sending), make_account(session)
    with pytest.raises(NotFound):
        call(session, entry.code, other.id)


# Handing in


def test_what_is_missing_is_said_all_at_once(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    with pytest.raises(Invalid) as caught:
        hand_in(session, sending, entry)
    assert caught.value.problems.keys() == {"1", "2"}
    assert entry.state == EntryState.DRAFT


def test_handing_in_gives_a_receipt_and_again_the_same(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    first = hand_in(session, sending, entry)
    assert (first.no, first.sent_at, first.is_late) == (1, NOW, False)
    assert (entry.state, entry.version, entry.sent_at) == ("sent", 1, NOW)
    (file,) = first.content["files"]
    assert (file["what"], file["name"], file["bytes"]) == ("clip", "múa xoè.mp4", 1000)
    assert file["sha256"] is None
    assert hand_in(session, sending, entry, NOW + HOUR) is first
    assert hand_in(session, sending, entry, AFTER) is first  # also after closing: nothing changed
    (row,) = session.scalars(select(EntryFile))
    row.sha256 = "cd" * 32  # known since; the work is the same
    assert hand_in(session, sending, entry, NOW + HOUR) is first
    assert acts(session) == [("entries.hand_in", sending.by)]


def test_a_change_gives_another_version_and_the_former_stays(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    first = hand_in(session, sending, entry)
    save(session, sending, entry, title="Tên mới")
    second = hand_in(session, sending, entry, NOW + HOUR)
    assert [each.no for each in queries.versions(session, entry.id)] == [2, 1]
    assert first.receipt != second.receipt
    assert queries.sent_content(session, entry) is second
    assert [each.code for each in queries.handed_in(session, sending.round.id)] == [entry.code]
    checked = queries.by_receipt(session, first.receipt)
    assert (checked.is_latest, service.is_receipt_true(checked)) == (False, True)
    first.content = {**first.content, "title": "Tên khác"}
    assert not service.is_receipt_true(queries.by_receipt(session, first.receipt))
    assert service.is_receipt_true(queries.by_receipt(session, second.receipt))


def test_a_rejected_file_keeps_the_entry_from_being_handed_in(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    (file,) = queries.own(session, entry.code, by=sending.by).files
    upload = queries.upload_of(session, file)
    assert upload is not None
    store(session, upload)
    assert files.take_in(session, now=NOW, limit=10) == 1
    session.scalars(select(Media)).one().state = MediaState.REJECTED
    with pytest.raises(Invalid) as caught:
        hand_in(session, sending, entry)
    (problem,) = caught.value.problems.values()
    assert problem.facts == {"name": "múa xoè.mp4"}


def test_what_has_come_in_by_then_goes_with_it(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    save(session, sending, entry, title="Bài")
    make_upload(session, entry, sending.account, at=NOW)
    assert len(hand_in(session, sending, entry).content["files"]) == 1


def test_an_organizers_refusal_is_said(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    entry.state, entry.refusal = EntryState.REFUSED, "Không đúng chủ đề."
    for call in (hand_in, save):
        with pytest.raises(NotAllowed) as caught:
            call(session, sending, entry)
        assert caught.value.facts == {"reason": "Không đúng chủ đề."}


def test_withdrawing_and_bringing_back(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    version = hand_in(session, sending, entry)
    for _ in "12":
        service.withdraw(session, entry.code, by=sending.by, now=NOW)
    assert (entry.state, queries.handed_in(session, sending.round.id)) == ("withdrawn", [])
    with pytest.raises(NotAllowed):
        hand_in(session, sending, entry)
    with pytest.raises(TooLate):
        service.resume(session, entry.code, by=sending.by, now=CLOSING)
    service.resume(session, entry.code, by=sending.by, now=NOW)
    assert (entry.state, queries.sent_content(session, entry)) == ("sent", version)
    with pytest.raises(Conflict):
        service.resume(session, entry.code, by=sending.by, now=NOW)
    with pytest.raises(TooLate):
        service.withdraw(session, entry.code, by=sending.by, now=CLOSING)
    assert Counter(acts(session)) == {
        ("entries.hand_in", sending.by): 1,
        ("entries.withdraw", sending.by): 1,
        ("entries.resume", sending.by): 1,
    }


def test_a_withdrawn_draft_comes_back_as_a_draft(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    service.withdraw(session, entry.code, by=sending.by, now=NOW)
    assert service.resume(session, entry.code, by=sending.by, now=NOW).state == "draft"


# Closing, and the grace


def test_after_closing_nothing_changes(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    for call in (save, hand_in):
        with pytest.raises(TooLate) as caught:
            call(session, sending, entry, now=CLOSING)
        assert caught.value.facts == {"closes_at": CLOSING}
    (file,) = queries.own(session, entry.code, by=sending.by).files
    with pytest.raises(TooLate):
        service.remove_file(session, entry.code, file.code, by=sending.by, now=CLOSING)


def test_a_file_begun_before_closing_counts_within_the_grace(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    save(session, sending, entry, text="Lời cũ")
    send(session, sending, entry, at=CLOSING - MINUTE, received_at=LATE)
    problems = save(session, sending, entry, now=LATE, title="Tên", text="Lời mới")
    assert (problems, entry.title, entry.text) == ({}, "Tên", "Lời cũ")  # blanks alone
    version = hand_in(session, sending, entry, LATE)
    assert (version.is_late, version.sent_at) == (True, LATE)
    with pytest.raises(TooLate):
        save(session, sending, entry, now=AFTER, title="Nữa")


def test_a_file_received_before_closing_opens_no_grace(session: Session) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    with pytest.raises(TooLate):
        hand_in(session, sending, entry, LATE)


def test_the_clock_hands_in_what_came_whole_within_the_grace(session: Session) -> None:
    sending = make_sending(session)
    entry = begin(session, sending)
    save(session, sending, entry, title="Tên")
    make_upload(session, entry, sending.account, at=CLOSING - MINUTE, received_at=LATE)
    assert closing.attach_entry_files(session, LATE, ZONE) == 1
    assert closing.attach_entry_files(session, LATE, ZONE) == 0
    assert closing.hand_in_late_entries(session, LATE, ZONE) == 0  # they may still do it themselves
    assert closing.hand_in_late_entries(session, AFTER, ZONE) == 1
    assert closing.hand_in_late_entries(session, AFTER, ZONE) == 0
    version = queries.sent_content(session, entry)
    assert (entry.state, version.is_late, version.sent_at) == ("sent", True, AFTER)
    assert acts(session) == [("entries.hand_in_late", None)]


def test_the_clock_leaves_alone_what_is_not_whole_or_was_not_late(session: Session) -> None:
    sending = make_sending(session)
    other = make_account(session)
    untitled = begin(session, sending)
    make_upload(session, untitled, sending.account, at=CLOSING - MINUTE, received_at=LATE)
    in_time = begin(session, sending, by=other.id)
    in_time.title = "Đủ nhưng quên nộp"
    make_upload(session, in_time, other, at=NOW)
    assert closing.attach_entry_files(session, LATE, ZONE) == 2
    assert closing.hand_in_late_entries(session, AFTER, ZONE) == 0
    assert (untitled.state, in_time.state) == ("draft", "draft")


def test_a_replacement_on_its_way_at_closing_counts_for_what_was_handed_in(
    session: Session,
) -> None:
    sending = make_sending(session)
    entry = ready(session, sending)
    first = hand_in(session, sending, entry)
    make_upload(
        *(session, entry, sending.account),
        at=CLOSING - MINUTE,
        received_at=LATE,
        name="bản dựng lại.mp4",
    )
    assert closing.attach_entry_files(session, LATE, ZONE) == 1
    assert queries.sent_content(session, entry) is first  # until the grace is over
    assert closing.hand_in_late_entries(session, AFTER, ZONE) == 1
    second = queries.sent_content(session, entry)
    assert [each["name"] for each in second.content["files"]] == ["bản dựng lại.mp4"]
    assert (second.no, second.is_late) == (2, True)
