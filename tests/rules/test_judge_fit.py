import random

import numpy as np
import pytest

from contest.rules.judge_fit import judge_fits, panel_fits
from contest.rules.judging import adjust

PEOPLE = 6


def scores(seed=1, *, entries=40, strict=None, noise=None, slope=None, rise=None):
    """Every entry by four of six judges, on 0 to 100; what is odd is given by judge."""
    dice = random.Random(seed)
    strict, noise, slope, rise = (one or {} for one in (strict, noise, slope, rise))
    quality = [dice.gauss(0, 10) for _ in range(entries)]
    done = dict.fromkeys(range(PEOPLE), 0)
    rows, orders = [], {}
    for entry in range(entries):
        for judge in sorted(dice.sample(range(PEOPLE), 4)):
            done[judge] += 1
            points = (
                60
                + quality[entry] * slope.get(judge, 1)
                + strict.get(judge, 0)
                + rise.get(judge, 0) * done[judge]
                + dice.gauss(0, noise.get(judge, 3))
            )
            rows.append((f"e{entry:02}", f"j{judge}", points))
            orders[f"e{entry:02}", f"j{judge}"] = done[judge]
    return rows, orders


def fits(**odd):
    rows, orders = scores(**odd)
    return judge_fits(adjust(rows), rows, orders)


def said(fit):
    return [str(note) for note in fit.notes]


def test_of_judges_like_all_others_there_is_nothing_to_say():
    found = fits()

    for fit in found.values():
        assert said(fit) == []
        assert fit.spread == pytest.approx(1, abs=0.35)
        assert fit.slope == pytest.approx(1, abs=0.15)
        assert fit.agreement > 0.8
        assert abs(fit.drift) < 0.2
        assert not fit.is_outlying
    assert sum(fit.count for fit in found.values()) == 160


def test_a_strict_and_a_kind_judge_are_told_to_the_chair():
    rows, orders = scores(strict={0: -9, 1: 6})
    result = adjust(rows)
    found = judge_fits(result, rows, orders)

    low, high = (f"{abs(result.judges[name].effect):.1f}" for name in ("j0", "j1"))
    assert said(found["j0"])[0] == (
        f"Giám khảo j0 cho thấp hơn các giám khảo khác {low} điểm trên cùng bài; điểm đã được bù "
        "phần đó."
    )
    assert said(found["j1"])[0] == (
        f"Giám khảo j1 cho cao hơn các giám khảo khác {high} điểm trên cùng bài; điểm đã được bù "
        "phần đó."
    )
    assert found["j0"].effect == result.judges["j0"].effect
    assert float(low) == pytest.approx(8.5, abs=1.5)


def test_where_raw_means_are_published_nothing_is_said_to_be_made_up():
    rows, _ = scores(strict={0: -9, 1: 9})
    rows += [("e00", "guest", 60.0)]
    found = judge_fits(adjust(rows), rows)

    assert "điểm công bố chưa được bù" in said(found["j0"])[0]
    assert "điểm công bố chưa được bù" in said(found["j1"])[0]
    assert said(found["guest"]) == ["Giám khảo guest mới chấm 1 bài, chưa đủ để nhận xét."]
    guest = found["guest"]
    assert (guest.spread, guest.slope, guest.agreement, guest.drift) == (None,) * 4


def test_a_judge_far_from_the_jury_is_outlying():
    found = fits(strict={0: -25})

    assert found["j0"].is_outlying
    assert said(found["j0"])[1] == (
        "Giám khảo j0 chấm chặt tay hoặc dễ tay hơn hẳn phần lớn hội đồng. Trưởng ban nên xem lại "
        "các phiếu của người này."
    )
    assert [fit.is_outlying for fit in found.values()] == [True] + [False] * 5


def test_an_erratic_judge_is_named():
    found = fits(noise={2: 14})

    assert found["j2"].spread > 1.5
    assert (
        f"Điểm của giám khảo j2 lệch thất thường, gấp {found['j2'].spread:.1f} lần mức chung. "
        "Trưởng ban nên xem lại các phiếu lệch nhiều nhất."
    ) in said(found["j2"])
    assert all(fit.spread < 1.5 for name, fit in found.items() if name != "j2")


def test_a_judge_who_keeps_to_the_middle_is_named():
    found = fits(slope={3: 0.1})

    assert found["j3"].slope < 0.5
    assert (
        "Giám khảo j3 cho các bài gần bằng điểm nhau: bài hơn nhau 10 điểm thì người này chỉ cho "
        f"hơn {10 * found['j3'].slope:.1f} điểm."
    ) in said(found["j3"])


def test_a_judge_who_stretches_the_scale_is_named():
    found = fits(slope={3: 3})

    assert found["j3"].slope > 1.5
    assert (
        "Giám khảo j3 cho điểm tách xa nhau: bài hơn nhau 10 điểm thì người này cho hơn "
        f"{10 * found['j3'].slope:.1f} điểm."
    ) in said(found["j3"])


def test_a_judge_who_orders_entries_otherwise_is_named():
    found = fits(slope={4: -0.6})

    assert found["j4"].agreement < 0.3
    assert (
        f"Giám khảo j4 xếp các bài khác với những giám khảo còn lại (tương quan "
        f"{found['j4'].agreement:.2f}). Trưởng ban nên hỏi người này đã hiểu tiêu chí như thế nào."
    ) in said(found["j4"])


@pytest.mark.parametrize(("rise", "word"), [(0.6, "cao"), (-0.6, "thấp")])
def test_a_judge_who_drifts_is_named(rise, word):
    found = fits(rise={5: rise})

    assert (
        f"Giám khảo j5 càng về sau cho càng {word}: khoảng {abs(10 * found['j5'].drift):.1f} điểm "
        "sau mỗi 10 bài."
    ) in said(found["j5"])
    assert found["j5"].drift == pytest.approx(rise, abs=0.3)


def test_without_orders_no_drift_is_looked_for():
    rows, _ = scores(rise={5: 0.6})

    assert {fit.drift for fit in judge_fits(adjust(rows), rows).values()} == {None}


def test_figures_are_those_of_numpy():
    rows, orders = scores(strict={0: -9}, slope={3: 0.4})
    result = adjust(rows)
    fit = judge_fits(result, rows, orders)["j3"]

    mine = [(entry, points) for entry, judge, points in rows if judge == "j3"]
    means = np.array([result.entries[entry].mean for entry, _ in mine])
    given = np.array([points for _, points in mine])
    left = given - means - result.judges["j3"].effect
    others = [
        np.mean(
            [
                points - result.judges[judge].effect
                for entry, judge, points in rows
                if entry == wanted and judge != "j3"
            ]
        )
        for wanted, _ in mine
    ]
    places = [orders[entry, "j3"] for entry, _ in mine]
    share = (160 - 40) / 160
    assert fit.slope == pytest.approx(np.polyfit(means, given, 1)[0])
    assert fit.agreement == pytest.approx(np.corrcoef(given, others)[0, 1])
    assert fit.drift == pytest.approx(np.polyfit(places, left, 1)[0])
    assert fit.spread == pytest.approx(np.sqrt(np.mean(left**2) / share / result.residual_variance))


def test_a_panel_far_apart_is_named():
    rows, _ = scores()
    rows = [(entry, judge, points) for entry, judge, points in rows if entry != "e07"]
    rows += [("e07", "j0", 20.0), ("e07", "j1", 60.0), ("e07", "j2", 62.0), ("e07", "j3", 95.0)]

    found = panel_fits(adjust(rows), rows)

    assert str(found["e07"].note) == (
        "Các giám khảo chấm bài e07 cách nhau tới 75.0 điểm. Hội đồng nên trao đổi lại về bài này."
    )
    assert found["e07"].spread > 2
    assert (found["e07"].count, found["e07"].gap) == (4, 75)
    assert found["e08"].note is None


def test_severity_is_no_disagreement():
    """The strict judge stands 30 points below; once that is known the panel agrees."""
    rows, _ = scores(strict={0: -30})

    found = panel_fits(adjust(rows), rows)

    wide = [fit for fit in found.values() if fit.gap > 20]
    assert len(wide) > 10
    assert sum(fit.note is not None for fit in wide) <= 2


def test_where_nothing_is_left_there_is_nothing_to_compare():
    rows = [(f"e{entry}", f"j{judge}", 5.0) for entry in range(6) for judge in range(2)]
    rows += [("lone", "j0", 5.0)]
    result = adjust(rows)

    fit = judge_fits(result, rows, {})["j0"]
    assert (fit.count, fit.spread, fit.slope, fit.agreement, fit.drift) == (
        7,
        None,
        None,
        None,
        None,
    )
    assert said(fit) == []
    panel = panel_fits(result, rows)
    assert (panel["e1"].gap, panel["e1"].spread, panel["e1"].note) == (0, None, None)


def test_an_entry_of_one_judge_has_no_panel():
    rows, _ = scores()
    rows += [("lone", "j0", 50.0)]

    found = panel_fits(adjust(rows), rows)["lone"]

    assert (found.count, found.gap, found.spread, found.note) == (1, 0, None, None)


def test_a_judge_alone_has_nobody_to_agree_with():
    rows = [(f"e{entry}", "j0", float(entry)) for entry in range(6)]

    assert judge_fits(adjust(rows), rows)["j0"].agreement is None
