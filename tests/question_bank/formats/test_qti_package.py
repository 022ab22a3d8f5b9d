"""Content packages: manifests, sections, pictures, labels; and what strangers may send."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.formats import registry
from question_bank.formats.embedded import bare_name
from question_bank.formats.qti.reading import read
from question_bank.formats.reading import CHANGED, FILE, LEFT_OUT, REFUSED
from question_bank.rules.keys import OneKey

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
MANIFEST = "imsmanifest.xml"


def item(text="Nút nào?", title="Một câu", body=""):
    return f"""<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i"
  title="{title}" adaptive="false" timeDependent="false">
  <responseDeclaration identifier="RESPONSE" cardinality="single" baseType="identifier">
    <correctResponse><value>B</value></correctResponse></responseDeclaration>
  <itemBody><p>{text}</p>{body}<choiceInteraction responseIdentifier="RESPONSE" shuffle="false"
    maxChoices="1"><simpleChoice identifier="A">Một</simpleChoice>
    <simpleChoice identifier="B">Hai</simpleChoice></choiceInteraction></itemBody>
  <responseProcessing
    template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>
</assessmentItem>"""


OLD = """<questestinterop><assessment title="Kiểm tra"><section>{items}</section></assessment>
</questestinterop>"""
OLD_ITEM = """<item ident="{ident}" title="{ident}"><presentation><material>
  <mattext texttype="text/html">{text}</mattext></material>
  <response_lid ident="r" rcardinality="Single"><render_choice>
  <response_label ident="a"><material><mattext>Một</mattext></material></response_label>
  <response_label ident="b"><material><mattext>Hai</mattext></material></response_label>
  </render_choice></response_lid></presentation><resprocessing><respcondition><conditionvar>
  <varequal respident="r">b</varequal></conditionvar><setvar>1</setvar></respcondition>
  </resprocessing></item>"""


def manifest(*resources, attributes=""):
    return (
        f'<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m">'
        f"<organizations/><resources{attributes}>{''.join(resources)}</resources></manifest>"
    )


def resource(href, inner="", kind="imsqti_item_xmlv2p1"):
    return (
        f'<resource identifier="{href}" type="{kind}" href="{href}"><file href="{href}"/>'
        f"{inner}</resource>"
    )


def package(files):
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def said(found):
    return [(one.place, str(one.what), one.done) for one in (*found.problems, *found.notes)]


def test_reads_items_in_the_order_of_the_manifest():
    files = {
        "b.xml": item("Thứ nhất"),
        "a.xml": item("Thứ hai"),
        "page.html": "<p>Không phải câu hỏi</p>",
        MANIFEST: manifest(
            resource("b.xml"), resource("a.xml"), resource("page.html", kind="webcontent")
        ),
    }
    found = read(package(files))
    assert [one.text for one in found.questions] == ["Thứ nhất", "Thứ hai"]
    assert said(found) == []


def test_a_missing_file_is_a_problem():
    files = {"a.xml": item(), MANIFEST: manifest(resource("lost.xml"), resource("a.xml"))}
    found = read(package(files))
    assert len(found.questions) == 1
    assert said(found) == [
        ("question 1 (lost.xml)", "Gói nhắc tới tệp “lost.xml” nhưng không có tệp đó.", LEFT_OUT)
    ]


def test_a_broken_file_is_a_problem_of_its_own():
    files = {
        "a.xml": item(),
        "b.xml": "<oh",
        MANIFEST: manifest(*map(resource, ["b.xml", "a.xml"])),
    }
    found = read(package(files))
    assert len(found.questions) == 1
    assert [(place, done) for place, _, done in said(found)] == [("question 1 (b.xml)", LEFT_OUT)]


TEST = """<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="t" title="T">
  <testPart identifier="p" navigationMode="linear" submissionMode="individual">
  <assessmentSection identifier="s" title="Máy tính" visible="true">
    <assessmentItemRef identifier="i1" href="../items/a.xml"/>
    <assessmentSection identifier="s2" title="Mạng" visible="true">
      <assessmentItemRef identifier="i2" href="../items/b.xml"/>
      <assessmentItemRef identifier="i3" href="../items/lost.xml"/></assessmentSection>
  </assessmentSection></testPart></assessmentTest>"""


def test_sections_of_a_test_give_the_category():
    files = {
        "items/a.xml": item(),
        "items/b.xml": item("Hai?"),
        "tests/t.xml": TEST,
        MANIFEST: manifest(
            resource("items/a.xml"), resource("tests/t.xml", kind="imsqti_test_xmlv2p1")
        ),
    }
    found = read(package(files))
    assert [one.category for one in found.questions] == ["Máy tính", "Máy tính/Mạng"]
    assert [one.place for one in found.problems] == ["question 3 (items/lost.xml)"]


def test_keywords_are_labels_and_tags():
    words = ["code:devices-001", "topic:devices", "difficulty:2", "audience:elderly", "riêng"]
    keywords = "".join(
        f"<keyword>\n<langstring xml:lang='vi'>{word}</langstring></keyword>" for word in words
    )
    metadata = f"<metadata><lom><general>{keywords}</general></lom></metadata>"
    (question,) = read(
        package({"a.xml": item(), MANIFEST: manifest(resource("a.xml", metadata))})
    ).questions
    assert (question.code, question.topic, question.difficulty) == ("devices-001", "devices", 2)
    assert (question.audiences, question.tags) == (("elderly",), ("riêng",))


def test_a_code_used_twice_is_left_out():
    metadata = "<metadata><keyword>code:a-1</keyword></metadata>"
    listed = [resource(name, metadata) for name in ("a.xml", "b.xml")]
    found = read(package({"a.xml": item(), "b.xml": item("Hai?"), MANIFEST: manifest(*listed)}))
    assert said(found) == [
        (
            "question 2 (Một câu)",
            "Mã câu hỏi “a-1” đã dùng cho một câu ở trên trong cùng tệp.",
            LEFT_OUT,
        )
    ]


def test_a_picture_comes_along_under_a_name_of_its_own():
    body = '<p><img src="../img/m%E1%BA%A1ng.png" alt="Nút &amp; đèn"/></p>'
    files = {"items/a.xml": item(body=body), "img/mạng.png": PNG}
    files[MANIFEST] = manifest(resource("items/a.xml"))
    found = read(package(files))
    (question,) = found.questions
    assert (question.picture, question.picture_alt) == (bare_name(PNG), "Nút & đèn")
    assert found.pictures == {bare_name(PNG): PNG}
    assert (question.text, question.is_html) == ("Nút nào?", False)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            '<p><img src="http://example.org/a.png" alt=""/></p>',
            "Hình “http://example.org/a.png” nằm ngoài gói nên không được lấy.",
        ),
        (
            '<p><img src="//example.org/a.png" alt=""/></p>',
            "Hình “//example.org/a.png” nằm ngoài gói nên không được lấy.",
        ),
        (
            '<p><img src="../../etc/a.png" alt=""/></p>',
            "Không có hình “../../etc/a.png” trong gói.",
        ),
        (
            '<p><img src="a.svg" alt=""/></p>',
            "Không đọc được hình. Hãy dùng tệp PNG, JPEG, WebP hoặc GIF.",
        ),
        (
            '<p><img src="a.png" alt=""/><img src="a.png" alt=""/></p>',
            "Câu hỏi có nhiều hơn một hình; mỗi câu chỉ giữ được một hình trong phần đề bài.",
        ),
    ],
)
def test_pictures_that_cannot_be_kept(body, sentence):
    files = {"a.xml": item(body=body), "a.png": PNG, "a.svg": "<svg/>"}
    files[MANIFEST] = manifest(resource("a.xml"))
    assert said(read(package(files))) == [("question 1 (Một câu)", sentence, LEFT_OUT)]


def test_reads_a_canvas_package():
    text = '&lt;p&gt;Xem &lt;img src="%24IMS-CC-FILEBASE%24/Hinh/a.png" alt="h"&gt;&lt;/p&gt;'
    files = {
        "g1/g1.xml": OLD.format(items=OLD_ITEM.format(ident="x", text=text)),
        "g1/assessment_meta.xml": "<quiz/>",
        "web_resources/Hinh/a.png": PNG,
        MANIFEST: manifest(
            '<resource identifier="g1" type="imsqti_xmlv1p2"><file href="g1/g1.xml"/></resource>',
            resource(
                "g1/assessment_meta.xml",
                kind="associatedcontent/imscc_xmlv1p1/learning-application-resource",
            ),
        ),
    }
    found = read(package(files))
    (question,) = found.questions
    assert (question.text, question.category) == ("Xem", "Kiểm tra")
    assert (question.key, question.picture) == (OneKey(1, 2), bare_name(PNG))
    assert said(found) == []


def test_reads_a_package_zipped_with_its_folder_and_bases():
    listed = '<resource identifier="q" type="imsqti_item_xmlv2p2" href="a.xml" xml:base="deep/"/>'
    files = {
        "export/in/deep/a.xml": item(),
        "export/imsmanifest.xml": manifest(listed, attributes=' xml:base="in/"'),
    }
    assert len(read(package(files)).questions) == 1


def test_reads_the_dat_files_of_blackboard():
    listed = (
        '<resource xmlns:bb="http://www.blackboard.com/content-packaging/" bb:file="res1.dat"'
        ' identifier="r" type="assessment/x-bb-qti-pool"/>'
    )
    items = OLD_ITEM.format(ident="x", text="Một?") + OLD_ITEM.format(ident="y", text="Hai?")
    found = read(package({"res1.dat": OLD.format(items=items), MANIFEST: manifest(listed)}))
    assert [one.text for one in found.questions] == ["Một?", "Hai?"]


def test_without_a_manifest_the_items_are_read_all_the_same():
    found = read(package({"a.xml": item(), "other.xml": "<note/>"}))
    assert len(found.questions) == 1
    assert said(found) == [
        (FILE, "Gói thiếu tệp imsmanifest.xml; các tệp câu hỏi trong gói vẫn được đọc.", CHANGED)
    ]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.txt": ""}, "Không tìm thấy câu hỏi QTI nào trong tệp."),
        ({"../a.xml": ""}, "Tệp nén có tên tệp không an toàn: “../a.xml”."),
        ({"/a.xml": ""}, "Tệp nén có tên tệp không an toàn: “/a.xml”."),
        (
            {"a.xml": b"\0" * (201 * 1024**2)},
            "Tệp nén bung ra quá 200 MB. Hãy chia thành nhiều tệp nhỏ hơn.",
        ),
    ],
)
def test_refuses_an_archive_whole(files, sentence):
    assert said(read(package(files))) == [(FILE, sentence, REFUSED)]


def test_a_manifest_may_not_lead_outside():
    listed = [resource("../../etc/passwd"), resource("http://example.org/a.xml")]
    found = read(package({MANIFEST: manifest(*listed)}))
    assert [str(one.what) for one in found.problems] == [
        "Gói nhắc tới tệp “../../etc/passwd” nhưng không có tệp đó.",
        "Gói nhắc tới tệp “http:/example.org/a.xml” nhưng không có tệp đó.",
    ]


@pytest.mark.parametrize(
    "files",
    [
        {
            MANIFEST: manifest(resource("a.xml")),
            "a.xml": OLD.format(items=OLD_ITEM.format(ident="x", text="Một?") * 20_001),
        },
        {MANIFEST: manifest(*(resource(f"{number}.xml") for number in range(20_001)))},
    ],
    ids=["in one file", "in a file each"],
)
def test_too_many_questions_are_refused_before_they_are_read(files):
    sentence = "Tệp có nhiều hơn 20000 câu hỏi. Hãy chia thành nhiều tệp nhỏ hơn."
    assert said(read(package(files))) == [(FILE, sentence, REFUSED)]


def test_a_huge_processing_is_named_not_run():
    value = '<baseValue baseType="float">1</baseValue>'
    rule = f'<setOutcomeValue identifier="SCORE">{value}</setOutcomeValue>'
    start, _, end = item().partition("<responseProcessing")
    end = end.partition("/>")[2]
    whole = f"{start}<responseProcessing>{rule * 3000}</responseProcessing>{end}"
    assert said(read(whole.encode())) == [
        (
            "question 1 (Một câu)",
            "Câu hỏi có cách chấm điểm riêng (responseProcessing), không chuyển sang đây được.",
            LEFT_OUT,
        )
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_kindly(data):
    found = read(data)
    assert found.questions == ()
    assert [one.done for one in found.problems] == [REFUSED]


ITEMS = (item(), OLD.format(items=OLD_ITEM.format(ident="x", text="Một?")))


@given(
    st.sampled_from(ITEMS),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 60), st.text(max_size=8)), max_size=4),
)
def test_a_spoiled_item_never_raises(source, changes):
    for place, length, text in changes:
        at = place % (len(source) + 1)
        source = source[:at] + text + source[at + length :]
    found = read(source.encode("utf-8", "surrogatepass"))
    assert len(found.questions) + len(found.problems) >= 1


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_a_spoiled_package_never_raises(place, spoiled):
    whole = package({"a.xml": item(), MANIFEST: manifest(resource("a.xml"))})
    at = place % len(whole)
    found = read(whole[:at] + spoiled + whole[at + len(spoiled) :])
    assert len(found.questions) + len(found.problems) >= 1


@pytest.mark.parametrize("name", ["qti", "qti12", "qti21", "qti22", "qti30"])
def test_every_name_of_the_format_reads_every_version(name):
    assert [len(registry.read(data.encode(), name).questions) for data in ITEMS] == [1, 1]
