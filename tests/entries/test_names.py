"""Names of senders are sought in all a jury reads, and files can be kept from it."""

from __future__ import annotations

import pytest
from factories.entries import entry_rules
from factories.jury import CLIP, PICTURE, Content, add_file, say_later
from factories.pdfs import pdf
from factories.watching import AT, make_scene
from factories.word import word
from sqlalchemy import select

from contest import tables
from contest.core import schema
from contest.core.audit import AuditEntry
from contest.core.storage import DiskStorage, S3Storage
from contest.entries import dossier, handling
from contest.entries.handling import Where
from contest.entries.models import EntryFile
from contest.errors import Conflict, NotFound
from contest.media import documents
from contest.media.models import State
from contest.rules.entry_rules import EntryKind
from contest.rules.media import FileKind, Limits, What

WHERE = Where("hoi-thi", "video")
NOWHERE = "s3://key:secret@127.0.0.1:1/bucket?endpoint=http://127.0.0.1:1"


@pytest.fixture
def files(tmp_path):
    return DiskStorage(tmp_path / "files")


@pytest.fixture
def scene(session):
    return make_scene(session, entry_rules(kinds=(EntryKind.ESSAY, EntryKind.MODEL)))


def read(scene, entry, files):
    scene.session.flush()
    return dossier.named(
        scene.session, dossier.one(scene.session, scene.round.id, entry.code), files
    )


def seen(found):
    return [(each.part.place.value, each.part.number, each.count) for each in found.sightings]


def made_of(folder, data):
    """What the worker makes of a document that was sent."""
    source = folder / "sent"
    source.write_bytes(data)
    made = documents.make(source, Limits(), tell=lambda *_: None)
    return (
        Content(FileKind.ORIGINAL, data, documents.media_type(source)),
        *(Content(each.kind, each.path.read_bytes(), each.media_type) for each in made),
    )


def says(text):
    return (
        Content(FileKind.ORIGINAL, b"PK", "application/octet-stream"),
        Content(FileKind.PREVIEW, text.encode(), "text/plain; charset=utf-8"),
    )


def test_names_are_sought_in_what_was_handed_in(scene, files):
    entry = scene.entry(
        "Lò Thị Lan",
        title="Lò Thị Lan dùng VNeID",
        text="Em ở xã bản hồ, cùng bạn Giàng A Dế.",
        members=["Giàng A Dế"],
    )
    entry.title = "đang sửa"
    found = read(scene, entry, files)
    assert found.names == ("Lò Thị Lan", "Giàng A Dế", "Xã Bản Hồ")  # the province is no name
    assert found.count == 3
    assert seen(found) == [("title", None, 1), ("text", None, 2)]
    assert found.proposed_title == "[…] dùng VNeID"
    assert found.proposed_text == "Em ở […], cùng bạn […]."


def test_names_are_sought_in_figures_descriptions_and_captions(scene, files):
    entry = scene.entry(
        "Lò Thị Lan",
        kind="model",
        text="Cách làm.",
        figures=[{"name": "Số hộ ở Xã Bản Hồ", "value": "120"}, {"name": "Buổi", "value": "9"}],
    )
    vtt = "WEBVTT\n\n00:01.000 --> 00:04.000\nEm là Lò Thị Lan\n"
    add_file(scene.session, files, entry, What.CLIP, CLIP, captions=vtt)
    add_file(scene.session, files, entry, What.PICTURE, PICTURE, about="Lo Thi Lan đứng bên trái")
    found = read(scene, entry, files)
    assert seen(found) == [("figures", None, 1), ("captions", 1, 1), ("about", 2, 1)]
    # The jury's text stands in for the figures too.
    assert found.proposed_text == "Cách làm.\n\nSố hộ ở […]: 120\nBuổi: 9"


def test_names_are_sought_in_what_was_handed_in_with_a_file(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="model", text="Cách làm.")
    add_file(scene.session, files, entry, What.PICTURE, PICTURE, about="Lò Thị Lan đứng")
    say_later(scene.session, entry, "Một bạn đứng", None)
    assert seen(read(scene, entry, files)) == [("about", 1, 1)]


def test_names_are_sought_inside_real_documents(scene, files, tmp_path):
    entry = scene.entry("Lò Thị Lan", kind="essay", text="")
    letter = word("Bài viết", ["Người viết: ", ("LÒ THỊ LAN", "b")], {"table": [["Xã Bản Hồ"]]})
    add_file(scene.session, files, entry, What.DOCUMENT, made_of(tmp_path, letter))
    paper = pdf("Vi dien tu", "Em la Lo Thi Lan")
    add_file(scene.session, files, entry, What.DOCUMENT, made_of(tmp_path, paper))
    found = read(scene, entry, files)
    assert seen(found) == [("document", 1, 2), ("document", 2, 1)]
    piece = found.sightings[0].pieces[0]
    assert (piece.before, piece.name) == ("Bài viết Người viết: ", "LÒ THỊ LAN")
    assert [each.told for each in found.files] == [None, None]
    assert found.proposed_text == ""  # they still go to the jury themselves


def test_what_was_covered_is_found_no_more(scene, files):
    figures = [{"name": "Xã Bản Hồ", "value": "120"}]
    entry = scene.entry("Lò Thị Lan", kind="model", title="Lò Thị Lan", text="", figures=figures)
    add_file(scene.session, files, entry, What.PICTURE, PICTURE, about="Lò Thị Lan")
    add_file(scene.session, files, entry, What.DOCUMENT, says("Lò Thị Lan"))
    assert len(seen(read(scene, entry, files))) == 4
    entry.redacted_title, entry.redacted = "Bài", "Em ở Xã Bản Hồ"
    assert seen(read(scene, entry, files)) == [("text", None, 1), ("document", 2, 1)]


def test_a_withheld_document_speaks_through_the_proposed_text(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="essay", text="Lời dẫn.")
    add_file(scene.session, files, entry, What.DOCUMENT, says("Em là Lò Thị Lan."), withheld="Tên")
    add_file(scene.session, files, entry, What.DOCUMENT, says("Sạch sẽ."))
    found = read(scene, entry, files)
    assert [each.is_withheld for each in found.files] == [True, False]
    assert seen(found) == []
    assert found.proposed_text == "Lời dẫn.\n\nEm là […]."


def test_a_proposal_too_long_for_the_form_leaves_documents_out(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="essay", text="Lời dẫn.")
    add_file(scene.session, files, entry, What.DOCUMENT, says("a " * 30_000), withheld="Tên")
    assert read(scene, entry, files).proposed_text == "Lời dẫn."


def test_why_a_file_was_not_read_is_told(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="essay")
    long = "Xã Bản Hồ. " + "chữ " * (dossier.MOST_READ // 4)
    for contents, state in (
        (says("Sạch"), State.WAITING),
        (says("")[:1], State.READY),
        (says(long), State.READY),
        (says("Sạch"), State.READY),
    ):
        add_file(scene.session, files, entry, What.DOCUMENT, contents, state=state)
    gone = add_file(scene.session, files, entry, What.DOCUMENT, says("Xã Bản Hồ"))
    found = read(scene, entry, files)
    files.delete(found.files[4].file.shown.file(FileKind.PREVIEW).key)
    found = read(scene, entry, files)
    assert [each.told for each in found.files] == [
        *(dossier.NOT_READY, dossier.NO_WORDS, dossier.TOO_LONG, None, dossier.LOST),
    ]
    assert seen(found) == [("document", 3, 1)]
    assert found.files[4].file.file.code == gone.code


def test_a_storage_that_does_not_answer_is_asked_once_and_told(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="essay", title="Lò Thị Lan")
    for _ in range(2):
        add_file(scene.session, files, entry, What.DOCUMENT, says("Xã Bản Hồ"))
    found = read(scene, entry, S3Storage(NOWHERE))
    assert [each.told for each in found.files] == [dossier.NO_ANSWER] * 2
    assert seen(found) == [("title", None, 1)]


@pytest.mark.parametrize("count", [1, 5])
def test_seeking_names_costs_one_statement_however_many_files(
    scene, files, count_statements, count
):
    entry = scene.entry("Lò Thị Lan", kind="essay")
    for _ in range(count):
        add_file(scene.session, files, entry, What.DOCUMENT, says("Xã Bản Hồ"))
    code = entry.code
    scene.session.expunge_all()
    whole = dossier.one(scene.session, scene.round.id, code)
    with count_statements() as counted:
        found = dossier.named(scene.session, whole, files)
        assert len(seen(found)) == count
    assert len(counted) == 1


def test_only_files_of_what_was_handed_in_are_read(scene, files):
    entry = scene.entry("Lò Thị Lan", kind="essay")
    add_file(scene.session, files, entry, What.DOCUMENT, says("Xã Bản Hồ"), removed_at=AT)
    later = add_file(scene.session, files, entry, What.DOCUMENT, says("Lò Thị Lan"))
    whole = dossier.one(scene.session, scene.round.id, entry.code)
    content = whole.versions[0].content
    whole.versions[0].content = {**content, "files": content["files"][:1]}
    found = read(scene, entry, files)
    assert seen(found) == [("document", 1, 1)]
    assert later.code not in {each.file.file.code for each in found.files}


# Keeping a file from the jury


def test_documents_that_the_jurys_text_hid_stay_hidden_after_the_upgrade(scene, files, engine):
    covered, other = scene.entry(), scene.entry()
    covered.redacted = "Lời đã bỏ tên."
    for entry in (covered, other):
        add_file(scene.session, files, entry, What.DOCUMENT, says("Xã Bản Hồ"))
        add_file(scene.session, files, entry, What.PICTURE, PICTURE)
    scene.session.commit()
    scene.session.close()
    schema.downgrade(engine, tables.metadata, "0004")
    schema.upgrade(engine, tables.metadata)
    kept = scene.session.scalars(select(EntryFile.withheld).order_by(EntryFile.id)).all()
    assert [each is not None for each in kept] == [True, False, False, False]


def acts(session):
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(row.act, row.subject, row.facts) for row in rows]


def test_a_file_is_withheld_with_a_reason_and_given_again(scene, files):
    boss, entry = scene.visitor(), scene.entry()
    file = add_file(scene.session, files, entry, What.PICTURE, PICTURE)
    facts = {"by": boss, "now": AT}
    for reason in ("Có tên", "Có tên", "Có ảnh thẻ"):
        handling.withhold_file(scene.session, WHERE, file.code, reason=reason, **facts)
        assert file.withheld == reason
    for _ in range(2):
        handling.give_file(scene.session, WHERE, file.code, **facts)
    assert file.withheld is None
    subject = f"entry:{entry.code}"
    assert acts(scene.session) == [
        ("entries.withhold_file", subject, {"file": file.code, "reason": "Có tên"}),
        ("entries.withhold_file", subject, {"file": file.code, "reason": "Có ảnh thẻ"}),
        ("entries.give_file", subject, {"file": file.code}),
    ]


def test_nothing_is_withheld_or_given_once_results_are_official(scene, files):
    entry = scene.entry()
    one = add_file(scene.session, files, entry, What.PICTURE, PICTURE)
    other = add_file(scene.session, files, entry, What.PICTURE, PICTURE, withheld="Có tên")
    scene.round.settled_at = AT
    facts = {"by": scene.visitor(), "now": AT}
    with pytest.raises(Conflict):
        handling.withhold_file(scene.session, WHERE, one.code, reason="x", **facts)
    with pytest.raises(Conflict):
        handling.give_file(scene.session, WHERE, other.code, **facts)
    kept = scene.session.scalars(select(EntryFile.withheld).order_by(EntryFile.id)).all()
    assert kept == [None, "Có tên"]
    assert acts(scene.session) == []


def test_withholding_is_for_organizers_of_the_place_alone(scene, files):
    file = add_file(scene.session, files, scene.entry(), What.PICTURE, PICTURE)
    for by, where, code in (
        (scene.visitor("organizer", scene.other), WHERE, file.code),
        (scene.visitor("judge"), WHERE, file.code),
        (scene.visitor(), Where("hoi-thi", "none"), file.code),
        (scene.visitor(), WHERE, "none"),
    ):
        with pytest.raises(NotFound):
            handling.withhold_file(scene.session, where, code, reason="x", by=by, now=AT)
        with pytest.raises(NotFound):
            handling.give_file(scene.session, where, code, by=by, now=AT)
    assert file.withheld is None
