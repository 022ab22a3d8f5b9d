import json
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.errors import Invalid
from contest.rules.rubric import Criterion, Level, Rubric

CONTENT = Criterion(
    code="content",
    name="Nội dung",
    name_en="Content",
    about="Đúng chủ đề, chính xác.",
    about_en="On the subject, and right.",
    weight=Decimal(2),
    levels=(
        Level(Decimal(0), "Sai chủ đề", "Off the subject"),
        Level(Decimal(10), "Đúng và đủ", "Right and whole"),
    ),
)
FORM = Criterion(code="form", name="Hình thức", most=Decimal(5), step=Decimal("0.5"))
NOTE = Criterion(code="note", name="Ấn tượng riêng", is_counted=False)
RUBRIC = Rubric((CONTENT, FORM, NOTE))


def said(problems):
    return {place: str(problem) for place, problem in problems.items()}


def test_a_sum_is_the_weighted_share_of_full_points():
    assert RUBRIC.total({"content": "8", "form": "3.5"}) == Decimal("78.0000")
    assert RUBRIC.total({"content": "10", "form": "5", "note": "1"}) == 100
    assert RUBRIC.total({"content": Decimal(0), "form": Decimal(0)}) == 0


def test_a_sum_is_rounded_once_half_up():
    third = Rubric((Criterion(code="a", name="A", most=Decimal(3)),))
    eighth = Rubric(
        (Criterion(code="a", name="A", most=Decimal(8000), step=Decimal("0.01")),)
    )  # a step is 0.000125 of the sum

    assert str(third.total({"a": "1"})) == "33.3333"
    assert str(third.total({"a": "2"})) == "66.6667"
    assert str(eighth.total({"a": "0.04"})) == "0.0005"
    assert str(eighth.total({"a": "0.02"})) == "0.0003"  # 0.00025, half up


def test_points_may_be_written_with_a_comma_and_blanks_around():
    assert RUBRIC.clean({"form": " 3,5 ", "content": "7"}) == {
        "content": Decimal(7),
        "form": Decimal("3.5"),
    }


def test_blank_boxes_are_left_out():
    assert RUBRIC.clean({"content": "", "form": None, "note": "  "}) == {}
    assert RUBRIC.missing({"content": "", "note": "3"}) == (CONTENT, FORM)
    assert RUBRIC.missing({"content": "1", "form": "2"}) == ()


@pytest.mark.parametrize(
    "points", ["-1", "10.5", "11", "mười", "1e1", "NaN", "1_0", "٣", "7.", Decimal("NaN")]
)
def test_points_outside_name_the_criterion_and_what_it_allows(points):
    with pytest.raises(Invalid) as caught:
        RUBRIC.clean({"content": points, "form": "5"})

    assert str(caught.value) == "Tiêu chí “Nội dung”: điểm phải từ 0 đến 10, mỗi bước 1 điểm."
    assert said(caught.value.problems) == {"content": str(caught.value)}


def test_every_wrong_box_is_named_at_once():
    with pytest.raises(Invalid) as caught:
        RUBRIC.clean({"content": "12", "form": "3.2", "gone": "1"})

    assert said(caught.value.problems) == {
        "content": "Tiêu chí “Nội dung”: điểm phải từ 0 đến 10, mỗi bước 1 điểm.",
        "form": "Tiêu chí “Hình thức”: điểm phải từ 0 đến 5, mỗi bước 0.5 điểm.",
        "gone": "Phiếu chấm không có tiêu chí “gone”.",
    }
    assert str(caught.value) == str(caught.value.problems["content"])


def test_steps_count_from_the_least():
    odd = Criterion(code="a", name="A", least=Decimal(1), most=Decimal(9), step=Decimal(2))

    assert [n for n in range(11) if odd.allows(Decimal(n))] == [1, 3, 5, 7, 9]


def test_an_incomplete_sheet_has_no_sum():
    with pytest.raises(Invalid) as caught:
        RUBRIC.total({"note": "5"})

    assert str(caught.value) == "Phiếu chấm còn thiếu điểm của tiêu chí “Nội dung”."
    assert said(caught.value.problems) == {
        "content": "Phiếu chấm còn thiếu điểm của tiêu chí “Nội dung”.",
        "form": "Phiếu chấm còn thiếu điểm của tiêu chí “Hình thức”.",
    }


def test_it_goes_to_json_and_back():
    stored = json.loads(json.dumps(RUBRIC.as_json()))

    assert Rubric.from_json(stored) == RUBRIC
    assert stored[1] == {
        "code": "form",
        "name": "Hình thức",
        "name_en": "",
        "about": "",
        "about_en": "",
        "weight": "1",
        "least": "0",
        "most": "5",
        "step": "0.5",
        "levels": [],
        "is_counted": True,
    }
    assert stored[0]["levels"][0] == {
        "points": "0",
        "text": "Sai chủ đề",
        "text_en": "Off the subject",
    }


def test_what_is_left_out_has_its_default():
    assert Rubric.from_json([{"code": "a", "name": "A", "most": 5}]) == Rubric(
        (Criterion(code="a", name="A", most=Decimal(5)),)
    )


@pytest.mark.parametrize(
    "stored",
    [
        None,
        7,
        ["a"],
        {"code": "a"},
        [{"code": 7, "name": "A"}],
        [{"code": "a", "name": "A", "weight": 1.5}],
        [{"code": "a", "name": "A", "weight": "nhiều"}],
        [{"code": "a", "name": "A", "most": [1]}],
        [{"code": "a", "name": "A", "most": True}],
        [{"code": "a", "name": "A", "levels": [{"points": "1"}]}],
        [{"code": "a", "name": "A", "levels": 7}],
        [{"code": "a", "name": "A", "is_counted": "yes"}],
    ],
)
def test_json_of_another_shape_is_refused(stored):
    with pytest.raises(Invalid) as caught:
        Rubric.from_json(stored)

    assert str(caught.value) == "Phiếu chấm mẫu không đọc được. Hãy lập lại các tiêu chí."


def test_what_no_jury_could_mark_by_is_named_by_its_place():
    rubric = Rubric(
        (
            Criterion(code="a", name="A", weight=Decimal(0), least=Decimal(-1), step=Decimal(3)),
            Criterion(code="a", name=" ", least=Decimal(5), most=Decimal(5)),
            Criterion(code="Á", name="B", weight=Decimal("NaN"), most=Decimal("1E+9999999")),
            Criterion(
                code="c",
                name="C",
                levels=tuple(Level(Decimal(n), "") for n in ("1", "1.0", "11", "0.00001")),
                is_counted=False,
            ),
            Criterion(code="d", name="D", step=Decimal(0)),
            Criterion(code="e", name="E", step=Decimal(-1)),
        )
    )

    assert said(rubric.problems()) == {
        "0.weight": "Hệ số phải lớn hơn 0.",
        "0.least": "Điểm thấp nhất không được nhỏ hơn 0.",
        "0.step": "Bước điểm phải lớn hơn 0 và chia hết khoảng từ -1 đến 10.",
        "1.code": "Mã “a” đã dùng cho tiêu chí khác.",
        "1.name": "Hãy đặt tên cho tiêu chí.",
        "1.most": "Điểm cao nhất phải lớn hơn điểm thấp nhất.",
        "2.code": "Mã tiêu chí bắt đầu bằng chữ thường không dấu, sau đó là chữ thường, chữ số "
        "hoặc dấu gạch dưới, nhiều nhất 32 ký tự.",
        "2.weight": "Hãy ghi một số nhỏ hơn 1 000 000, nhiều nhất 4 chữ số sau dấu phẩy.",
        "2.most": "Hãy ghi một số nhỏ hơn 1 000 000, nhiều nhất 4 chữ số sau dấu phẩy.",
        "3.levels.1": "Mức điểm 1.0 được tả hai lần.",
        "3.levels.2": "Mức điểm 11 nằm ngoài khoảng từ 0 đến 10.",
        "3.levels.3": "Hãy ghi một số nhỏ hơn 1 000 000, nhiều nhất 4 chữ số sau dấu phẩy.",
        "4.step": "Bước điểm phải lớn hơn 0 và chia hết khoảng từ 0 đến 10.",
        "5.step": "Bước điểm phải lớn hơn 0 và chia hết khoảng từ 0 đến 10.",
    }


def test_something_must_count():
    with pytest.raises(Invalid) as caught:
        Rubric((NOTE,)).check()

    assert str(caught.value) == "Hãy lập ít nhất một tiêu chí được tính điểm."
    assert said(caught.value.problems) == {"criteria": str(caught.value)}
    assert said(Rubric(()).problems()) == said(caught.value.problems)


def test_a_good_rubric_has_no_problem():
    assert RUBRIC.problems() == {}


def test_a_stored_rubric_is_checked_too():
    with pytest.raises(Invalid) as caught:
        Rubric.from_json([{"code": "a", "name": "A", "weight": "-2"}])

    assert said(caught.value.problems) == {"0.weight": "Hệ số phải lớn hơn 0."}


@st.composite
def rubrics(draw):
    def criterion(at):
        step = draw(st.integers(1, 500))
        least = draw(st.integers(0, 1000))
        most = least + step * draw(st.integers(1, 40))
        return Criterion(
            code=f"c{at}",
            name=draw(st.sampled_from(["Ý tưởng", "Kỹ thuật"])),
            weight=Decimal(draw(st.integers(1, 99_999))).scaleb(-draw(st.integers(0, 4))),
            least=Decimal(least).scaleb(-2),
            most=Decimal(most).scaleb(-2),
            step=Decimal(step).scaleb(-2),
        )

    return Rubric(tuple(criterion(at) for at in range(draw(st.integers(1, 6)))))


@given(rubrics(), st.data())
def test_sums_lie_between_least_and_most_and_are_exact(rubric, data):
    sheet = {
        one.code: one.least
        + one.step * data.draw(st.integers(0, int((one.most - one.least) / one.step)))
        for one in rubric.criteria
    }
    exact = (
        100
        * sum(Fraction(one.weight) * Fraction(sheet[one.code]) for one in rubric.criteria)
        / sum(Fraction(one.weight) * Fraction(one.most) for one in rubric.criteria)
    )

    assert rubric.problems() == {}
    assert Rubric.from_json(rubric.as_json()) == rubric
    assert rubric.clean({code: str(points) for code, points in sheet.items()}) == sheet
    total = rubric.total(sheet)
    assert 0 <= total <= 100
    assert abs(Fraction(total) - exact) <= Fraction(1, 20_000)
    assert total == total.quantize(Decimal("0.0001"), ROUND_HALF_UP)
