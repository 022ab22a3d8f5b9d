"""Who may enter: every rule, its edge, and the sentence a refused person reads."""

import csv
import tomllib
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.eligibility import (
    OLDEST,
    AudienceRules,
    PersonFacts,
    Reason,
    ReasonCode,
    full_years,
    why_not,
    why_nots,
)

DATA = Path(__file__).parents[2] / "contest" / "data"
DAY = date(2026, 10, 10)
ELDERLY = AudienceRules(age_from=60)
YOUNG = AudienceRules(age_to=30)

words = st.frozensets(st.text(min_size=1).filter(str.strip), max_size=3)
ages = st.none() | st.integers(0, OLDEST)
bands = st.tuples(ages, ages).filter(lambda band: None in band or band[0] <= band[1])


@st.composite
def audience_rules(draw):
    age_from, age_to = draw(bands)
    lists = [draw(words) for _ in range(3)]
    return AudienceRules(age_from, age_to, *lists, draw(st.booleans()))


persons = st.builds(
    PersonFacts,
    birth_date=st.none() | st.dates(),
    unit_kinds=words,
    blocks=words,
    trade=st.none() | st.text(),
    audience_codes=words,
)


def code_of(person, rules, *, audience="elderly"):
    reason = why_not(person, audience, rules, DAY)
    return reason and reason.code


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 10, 10), date(2026, 10, 9), 25),
        (date(2000, 10, 10), date(2026, 10, 10), 26),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (date(2026, 10, 10), date(2026, 10, 10), 0),
        (date(2030, 1, 1), date(2026, 10, 10), 0),
    ],
)
def test_a_year_is_full_on_the_birthday_and_on_1_march_for_29_february(born, on, years):
    assert full_years(born, on) == years


def test_no_rules_welcome_everybody():
    assert why_not(PersonFacts(), "everybody", AudienceRules(), DAY) is None


@pytest.mark.parametrize(
    ("born", "rules", "code"),
    [
        (date(1966, 10, 10), ELDERLY, None),
        (date(1966, 10, 11), ELDERLY, ReasonCode.TOO_YOUNG),
        (date(1995, 10, 11), YOUNG, None),
        (date(1995, 10, 10), YOUNG, ReasonCode.TOO_OLD),
        (date(1995, 10, 11), AudienceRules(age_from=30, age_to=30), None),
        (None, ELDERLY, ReasonCode.NO_BIRTH_DATE),
        (None, YOUNG, ReasonCode.NO_BIRTH_DATE),
        (date(2026, 1, 1), AudienceRules(age_from=0), None),
    ],
)
def test_both_ends_of_an_age_band_are_inside(born, rules, code):
    assert code_of(PersonFacts(birth_date=born), rules) == code


@pytest.mark.parametrize(
    ("person", "rules", "code"),
    [
        (
            PersonFacts(unit_kinds=frozenset({"xã", "tỉnh"})),
            AudienceRules(unit_kinds=frozenset({"xã", "phường"})),
            None,
        ),
        (
            PersonFacts(unit_kinds=frozenset({"tỉnh"})),
            AudienceRules(unit_kinds=frozenset({"xã"})),
            ReasonCode.UNIT_KIND,
        ),
        (PersonFacts(), AudienceRules(unit_kinds=frozenset({"xã"})), ReasonCode.UNIT_KIND),
        (
            PersonFacts(blocks=frozenset({"xã biên giới"})),
            AudienceRules(blocks=frozenset({"xã biên giới"})),
            None,
        ),
        (
            PersonFacts(blocks=frozenset({"xã"})),
            AudienceRules(blocks=frozenset({"xã biên giới"})),
            ReasonCode.BLOCK,
        ),
        (PersonFacts(trade="y tế"), AudienceRules(trades=frozenset({"y tế"})), None),
        (PersonFacts(trade="y tế"), AudienceRules(trades=frozenset({"thuế"})), ReasonCode.TRADE),
        (PersonFacts(), AudienceRules(trades=frozenset({"thuế"})), ReasonCode.TRADE),
        (
            PersonFacts(audience_codes=frozenset({"elderly"})),
            AudienceRules(is_declared=True),
            None,
        ),
        (
            PersonFacts(audience_codes=frozenset({"pupils"})),
            AudienceRules(is_declared=True),
            ReasonCode.NOT_DECLARED,
        ),
    ],
)
def test_each_rule_is_met_by_any_one_of_its_values(person, rules, code):
    assert code_of(person, rules) == code


@pytest.mark.parametrize(
    ("person", "rules", "sentence"),
    [
        (
            PersonFacts(birth_date=date(1981, 1, 1)),
            ELDERLY,
            (
                "Bảng này dành cho người từ 60 tuổi trở lên;"
                " theo ngày sinh trong tài khoản, bạn mới 45 tuổi."
            ),
        ),
        (
            PersonFacts(birth_date=date(1981, 1, 1)),
            YOUNG,
            (
                "Bảng này dành cho người từ 30 tuổi trở xuống;"
                " theo ngày sinh trong tài khoản, bạn đã 45 tuổi."
            ),
        ),
        (
            PersonFacts(),
            ELDERLY,
            (
                "Bảng này xét theo tuổi mà tài khoản của bạn chưa có ngày sinh;"
                " bạn hãy điền ngày sinh trong phần tài khoản nhé."
            ),
        ),
        (
            PersonFacts(),
            AudienceRules(unit_kinds=frozenset({"xã", "phường"})),
            (
                "Bảng này dành cho người thuộc: phường, xã;"
                " đơn vị trong tài khoản của bạn chưa phù hợp."
                " Nếu đơn vị chưa đúng, bạn hãy chọn lại trong phần tài khoản nhé."
            ),
        ),
        (
            PersonFacts(),
            AudienceRules(blocks=frozenset({"xã biên giới"})),
            (
                "Bảng này dành cho người ở khối: xã biên giới;"
                " đơn vị trong tài khoản của bạn chưa thuộc khối này."
                " Nếu đơn vị chưa đúng, bạn hãy chọn lại trong phần tài khoản nhé."
            ),
        ),
        (
            PersonFacts(),
            AudienceRules(trades=frozenset({"y tế"})),
            (
                "Bảng này dành cho người làm ngành nghề: y tế;"
                " nếu đó là nghề của bạn, bạn hãy ghi trong phần tài khoản nhé."
            ),
        ),
        (
            PersonFacts(),
            AudienceRules(is_declared=True),
            (
                "Bảng này dành cho người đã khai mình thuộc đối tượng này;"
                " nếu đúng là bạn, bạn hãy khai trong phần tài khoản rồi quay lại nhé."
            ),
        ),
    ],
)
def test_a_refusal_says_what_would_be_needed(person, rules, sentence):
    assert str(why_not(person, "elderly", rules, DAY)) == sentence


def test_the_web_layer_may_put_its_own_labels_into_a_reason():
    rules = AudienceRules(unit_kinds=frozenset({"commune", "village"}))
    reason = why_not(PersonFacts(), "villages", rules, DAY)
    assert reason.facts == {
        "audience_code": "villages",
        "needed": "commune, village",
        "choices": ("commune", "village"),
    }
    assert reason == Reason(ReasonCode.UNIT_KIND, reason.message, dict(reason.facts))
    assert len({reason, Reason(reason.code, reason.message, dict(reason.facts))}) == 1


def test_all_reasons_are_listed_for_each_audience_and_age_comes_first():
    strict = AudienceRules(
        age_to=30,
        unit_kinds=frozenset({"xã"}),
        blocks=frozenset({"xã"}),
        trades=frozenset({"y tế"}),
        is_declared=True,
    )
    person = PersonFacts(birth_date=date(1981, 1, 1))
    found = why_nots(person, {"strict": strict, "everybody": AudienceRules()}, DAY)
    assert list(found) == ["strict", "everybody"]
    assert found["everybody"] == ()
    assert [reason.code for reason in found["strict"]] == [
        ReasonCode.TOO_OLD,
        ReasonCode.UNIT_KIND,
        ReasonCode.BLOCK,
        ReasonCode.TRADE,
        ReasonCode.NOT_DECLARED,
    ]
    assert why_not(person, "strict", strict, DAY) == found["strict"][0]


@given(persons, audience_rules(), st.dates())
def test_the_first_of_all_reasons_is_the_reason_and_every_sentence_can_be_read(person, rules, on):
    reasons = why_nots(person, {"pupils": rules}, on)["pupils"]
    assert why_not(person, "pupils", rules, on) == next(iter(reasons), None)
    assert all(str(reason) and reason.facts["audience_code"] == "pupils" for reason in reasons)


@given(audience_rules())
def test_rules_survive_being_stored(rules):
    assert AudienceRules.from_json(rules.as_json()) == rules


def test_stored_rules_name_every_key_and_missing_keys_ask_nothing():
    assert AudienceRules.from_json({}) == AudienceRules()
    assert AudienceRules(16, 35, frozenset({"xã", "phường"}), is_declared=True).as_json() == {
        "age_from": 16,
        "age_to": 35,
        "unit_kinds": ["phường", "xã"],
        "blocks": [],
        "trades": [],
        "is_declared": True,
    }


@pytest.mark.parametrize(
    ("stored", "keys"),
    [
        ({"age": 5}, ["age"]),
        ({1: 2}, ["1"]),
        ({"age_from": "60"}, ["age_from"]),
        ({"age_from": True}, ["age_from"]),
        ({"age_to": 3.5}, ["age_to"]),
        ({"age_from": -1, "age_to": OLDEST + 1}, ["age_from", "age_to"]),
        ({"age_from": 35, "age_to": 16}, ["age_to"]),
        ({"unit_kinds": "xã"}, ["unit_kinds"]),
        ({"blocks": [1]}, ["blocks"]),
        ({"trades": [" "]}, ["trades"]),
        ({"trades": None}, ["trades"]),
        ({"is_declared": 1}, ["is_declared"]),
        (
            {"colour": "red", "blocks": {}, "is_declared": "no", "age_to": []},
            ["colour", "blocks", "is_declared", "age_to"],
        ),
    ],
)
def test_faulty_rules_are_refused_by_name(stored, keys):
    with pytest.raises(Invalid) as caught:
        AudienceRules.from_json(stored)
    assert list(caught.value.problems) == keys
    assert str(caught.value) == f"Quy định của đối tượng chưa hợp lệ ở: {', '.join(keys)}."
    assert all(str(problem) for problem in caught.value.problems.values())


def test_an_impossible_age_band_cannot_be_made_at_all():
    with pytest.raises(Invalid) as caught:
        AudienceRules(age_from=35, age_to=16)
    assert str(caught.value.problems["age_to"]) == (
        "Tuổi tối đa (16) không được nhỏ hơn tuổi tối thiểu (35)."
    )


def test_the_starting_audiences_can_be_read():
    text = (DATA / "audiences.toml").read_text(encoding="utf-8")
    audiences = tomllib.loads(text)["audience"]
    keys = {"code", "name", "name_en", "description", "description_en", "rules"}
    assert unicodedata.is_normalized("NFC", text)
    assert all(set(audience) == keys for audience in audiences)
    declared = AudienceRules(is_declared=True)
    assert {one["code"]: AudienceRules.from_json(one["rules"]) for one in audiences} == {
        "pupils": declared,
        "youth_union": AudienceRules(age_from=16, age_to=35, is_declared=True),
        "associations": declared,
        "elderly": ELDERLY,
        "officials": declared,
        "workers_farmers": declared,
        "everybody": AudienceRules(),
    }


def test_the_province_has_its_99_communes_and_wards():
    with (DATA / "units_lao_cai.csv").open(encoding="utf-8-sig", newline="") as file:
        province, *units = csv.DictReader(file)
    assert list(province.values()) == ["15", "Tỉnh Lào Cai", "tỉnh", "", "", ""]
    assert len(units) == len({unit["mã"] for unit in units}) == 99
    assert len({unit["tên"] for unit in units}) == 99
    assert sum(unit["loại"] == "phường" for unit in units) == 10
    assert sum(unit["khối"] == "xã biên giới" for unit in units) == 8
    for unit in units:
        assert len(unit["mã"]) == 5
        assert unit["mã đơn vị cấp trên"] == "15"
        assert unit["tên"].lower().startswith(unit["loại"] + " ")
        assert unit["khối"].startswith(unit["loại"])
        assert unit["sĩ số"] == ""
        assert unicodedata.is_normalized("NFC", unit["tên"])
