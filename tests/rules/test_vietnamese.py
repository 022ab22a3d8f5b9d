"""Vietnamese text: stored clean, found without marks, sorted as in a dictionary."""

import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.rules.vietnamese import (
    fold,
    name_sort_key,
    nfc,
    normalise_phone,
    text_sort_key,
    tidy_name,
)

# Sorted by hand: given name, then family name, then middle names; letters before tones.
NAMES = [
    "Giàng A",
    "Lê Văn An",
    "Nguyễn Văn An",
    "Trần Thị An",
    "Lý Thị Anh",
    "Phạm Anh",
    "Vũ Ngọc Ảnh",
    "Hoàng Văn Ánh",
    "Đỗ Văn Ăn",
    "Bùi Thị Ân",
    "Bùi Thị Ẩn",
    "Bùi Thị Ấn",
    "Hà Thị Ba",
    "Hà Thị Bà",
    "Hà Thị Bá",
    "Lê Bình",
    "Lê Thị Bình",
    "Cao Thị Cúc",
    "Lò Văn Cường",
    "Lê Thị Dung",
    "Lê Văn Dũng",
    "Mai Thị Dương",
    "Đặng Thị Đào",
    "Đặng Văn Đạo",
    "Đinh Văn Đức",
    "Ma Thị Em",
    "Ma Thị Én",
    "Ma Thị Êm",
    "Lý Seo Giàng",
    "Chu Thị Hà",
    "Dương Thị Hạ",
    "Hồ Thị Hoa",
    "Nguyễn Thị Hoa",
    "Hồ Thị Hoà",
    "Hồ Thị Hoan",
    "Phan Thị Hồng",
    "Phan Thị Hương",
    "Tô Văn Kiên",
    "Sùng A Lềnh",
    "Thào Thị Mỷ",
    "Đoàn Thị Nga",
    "Doãn Thị Ngân",
    "Nguyễn Thị Oanh",
    "Vàng A Páo",
    "Nguyễn Văn Quý",
    "Lê Thị Sen",
    "Lê Văn Tú",
    "Lê Văn Tư",
    "Trần Thị Uyên",
    "Tẩn Láo Ửng",
    "Vi Văn Vân",
    "Trần Thị Xuân",
    "Nguyễn Hải Yến",
]

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"

vietnamese = st.text(alphabet="aăâbcdđeêioôơuưyAĂÂĐÊÔƠƯ àảãáạềếộữýỵ-'.1\u0301\u0323\u0302\u200b")
anything = st.one_of(st.text(), vietnamese)


def assert_strictly_ordered(keys):
    keys = list(keys)
    assert keys == sorted(set(keys))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("Hoa\u0300", "Hoà"),
        ("  Hoà\t", "Hoà"),
        ("a\x00b\u200bc\ufeff\u202ed", "abcd"),
        ("một\r\nhai\rba\x0bbốn\u2028năm", "một\nhai\nba\nbốn\nnăm"),
        ("a\tb  c", "a\tb  c"),
        ("e\u200b\u0302", "ê"),
        ("lẻ \ud83d", "lẻ"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("", ""),
    ],
)
def test_stored_text_is_composed_and_holds_nothing_unseen(text, stored):
    assert nfc(text) == stored


def test_a_name_is_one_line_with_single_spaces():
    assert tidy_name("  Nguye\u0302\u0303n\n Thị\t\u00a0 Hoà \u200d") == "Nguyễn Thị Hoà"
    assert tidy_name("lò văn ĐÔNG") == "lò văn ĐÔNG"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nguyễn Thị Hoà", "nguyen thi hoa"),
        ("NGUYỄN  THỊ\nHÒA", "nguyen thi hoa"),
        ("Đường Ðào Ɖỗ", "duong dao do"),
        ("ăâêôơư ẮẦỂỖỢỰ", "aaeoou aaeoou"),
        ("H'Mông 2", "h'mong 2"),
        ("", ""),
    ],
)
def test_search_needs_no_marks(text, folded):
    assert fold(text) == folded


def test_people_are_sorted_by_given_name_as_by_hand():
    assert len(NAMES) >= 40
    mixed = NAMES.copy()
    random.Random(7).shuffle(mixed)
    assert sorted(mixed, key=name_sort_key) == NAMES


def test_no_two_names_of_the_list_share_a_key():
    assert_strictly_ordered(name_sort_key(name) for name in NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "a ăn ân ần ấn da đa",  # as PostgreSQL's vi-x-icu sorts it (libraries.md, section 6)
        "ma mà mả mã má mạ mai mắt mặt mân",
        "hoa hoà hoả hoã hoá hoạ hoan hoàn hoang hoàng",
        "e é em én ê ề ế êm o ó ô ố ơ ờ ớ u ú ư ừ ứ",
        "nga ngà nghe nghỉ ngon nha nhà nho nhỏ",
    ],
)
def test_single_words_are_in_dictionary_order(text):
    assert_strictly_ordered(text_sort_key(word) for word in text.split())


def test_the_alphabet_is_in_order_with_the_foreign_letters_at_their_places():
    assert_strictly_ordered(text_sort_key(letter) for letter in ALPHABET)


def test_texts_are_sorted_word_by_word_with_digits_first_and_other_scripts_last():
    texts = [
        "",
        "2 đội",
        "3 đội",
        "ba",
        "ba ba",
        "bà",
        "bà ba",
        "bá",
        "ç nhỏ",  # a c with a foreign mark is still a c
        "hoa cúc",
        "hoà bình",
        "中",
        "文",
    ]
    assert_strictly_ordered(text_sort_key(text) for text in texts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà", "Hòa"),
        ("Thuý", "thúy"),
        ("KHOẺ", "khỏe"),
        ("H'Mông", "Hmông"),
        ("H\u2019Mông", "HMông"),
        ("Y-Bam", "y  bam"),
        ("Đào", "Ðào"),
        ("ấ", "a\u0301\u0302"),
    ],
)
def test_spellings_of_one_word_share_a_key(one, other):
    assert text_sort_key(one) == text_sort_key(other)


def test_keys_are_short_and_readable():
    assert text_sort_key("Hoà 2") == "h0o0a0010" + "1200"
    assert name_sort_key("Lê Đức") == "d1u1c0040" + "l0e100"
    assert name_sort_key("") == ""
    assert text_sort_key("\u0301") == "040"  # a tone without a letter


@given(anything)
def test_cleaning_twice_changes_nothing_more(text):
    for clean in (nfc, tidy_name, fold):
        assert clean(clean(text)) == clean(text)
    assert unicodedata.is_normalized("NFC", nfc(text))
    assert unicodedata.is_normalized("NFC", tidy_name(text))


@given(anything)
def test_both_unicode_forms_are_one_text(text):
    composed, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    for view in (nfc, tidy_name, fold, text_sort_key, name_sort_key):
        assert view(composed) == view(apart)


@given(anything)
def test_a_key_is_made_of_digits_and_small_letters_and_ignores_cleaning(text):
    key = text_sort_key(text)
    assert re.fullmatch("[0-9a-z]*", key)
    assert text_sort_key(nfc(text)) == key
    assert text_sort_key(tidy_name(text)) == key
    assert name_sort_key(tidy_name(text)) == name_sort_key(text)


@given(vietnamese, vietnamese)
def test_a_text_comes_before_every_text_it_begins(beginning, rest):
    assert text_sort_key(beginning) <= text_sort_key(f"{beginning} {rest}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0912345678", "0912345678"),
        ("091 234 56 78", "0912345678"),
        ("091.234.5678", "0912345678"),
        ("0912-345\u2013678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("+84 (0) 912 345 678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("84912345678", "0912345678"),
        ("0356789012", "0356789012"),
        ("0568789012", "0568789012"),
        ("0788789012", "0788789012"),
        ("0841234567", "0841234567"),
        ("\u202a0912345678\u202c", "0912345678"),
        ("(0214) 3 840 123", "02143840123"),
        ("+84 24 3825 1234", "02438251234"),
        ("", None),
        ("không có", None),
        ("912345678", None),
        ("091234567", None),
        ("09123456789", None),
        ("01234567890", None),
        ("0612345678", None),
        ("0212345678", None),
        ("19001234", None),
        ("113", None),
        ("+1 912 345 6789", None),
        ("0912345678 / 0987654321", None),
        ("+0912345678", None),
        ("٠٩١٢٣٤٥٦٧٨", None),
    ],
)
def test_numbers_are_brought_to_one_form(text, number):
    assert normalise_phone(text) == number


@given(st.from_regex(r"0([35789][0-9]{8}|2[0-9]{9})", fullmatch=True))
def test_every_way_to_write_a_number_gives_the_number(number):
    for prefix in ("0", "84", "+84", "0084", "+84 (0)"):
        written = prefix + " ".join(number[1:])
        assert normalise_phone(written) == number
