from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError

YEARS = [2019, 2020, 2021, 2022, 2023]


def slope_of(value: float, se: float = 0.2, higher: str = "better") -> gaps.Gap:
    return gaps.Gap(
        "slope_index", value, se, value - 2 * se, value + 2 * se, 0.95, 10, "years", higher, "", ""
    )


def test_a_gap_that_shrinks_is_narrowing_whichever_way_it_lies() -> None:
    for higher in ("better", "worse"):
        for sign in (1, -1):
            series = [slope_of(sign * value, higher=higher) for value in (9.0, 8.5, 7.9, 7.6, 7.0)]
            trend = gaps.gap_trend(series, YEARS, of="life expectancy")
            assert trend.change == "narrowing"
            assert trend.slope == pytest.approx(np.polyfit(YEARS, [9.0, 8.5, 7.9, 7.6, 7.0], 1)[0])
            assert trend.sentence == "The gap in life expectancy is narrowing over 5 periods."


def test_widening_and_no_clear_change() -> None:
    wider = gaps.gap_trend([slope_of(v) for v in (5, 6, 7, 8, 9)], YEARS, of="x")
    assert wider.change == "widening"
    unclear = gaps.gap_trend([slope_of(v, se=3) for v in (5, 6, 7, 6, 7)], YEARS, of="x")
    assert unclear.change == "no clear change"
    assert "no clear change" in unclear.sentence


def test_the_slopes_error_is_the_spread_of_draws() -> None:
    errors = np.array([0.3, 0.2, 0.5, 0.2, 0.4])
    drawn = np.random.default_rng(1).normal([9, 8, 8, 7, 7], errors, (4_000, 5))
    slopes = [np.polyfit(YEARS, row, 1, w=1 / errors)[0] for row in drawn]
    series = [slope_of(v, se=e) for v, e in zip((9, 8, 8, 7, 7), errors, strict=True)]
    assert gaps.gap_trend(series, YEARS, of="x").se == pytest.approx(np.std(slopes), rel=0.05)


def test_many_tests_are_adjusted_and_judged_anew() -> None:
    """One p of 0.03 among five of about one half is no finding."""
    weak = gaps.gap_trend([slope_of(v, se=0.6) for v in (9.0, 8.5, 8.1, 7.7, 7.3)], YEARS, of="a")
    assert 0.01 < weak.p < 0.05
    flat = [
        gaps.gap_trend([slope_of(v, se=0.8) for v in (9, 9.3, 8.9, 9.2, 9.2)], YEARS, of="b")
    ] * 4
    adjusted = gaps.adjust_for_many([weak, *flat], ["a", "b", "c", "d", "e"])
    assert weak.change == "narrowing"
    assert adjusted[0].change == "no clear change"
    assert adjusted[0].p == pytest.approx(min(1, weak.p * 5))
    assert "p adjusted for 5 tests (benjamini-hochberg)" in adjusted[0].method


@pytest.mark.parametrize(
    ("series", "periods", "says"),
    [
        ([slope_of(9), slope_of(8)], [1, 2], "three periods or more"),
        (
            [slope_of(9), slope_of(8), slope_of(7, higher="worse")],
            [1, 2, 3],
            "compare like with like",
        ),
        ([slope_of(9), slope_of(1), slope_of(-9)], [1, 2, 3], "changes sides"),
        ([slope_of(9), slope_of(8), slope_of(7)], [1, 1, 1], "all the same"),
        ([slope_of(9), slope_of(8), slope_of(7)], [1, 2], "'periods' has 2 values for 3 rows"),
    ],
)
def test_bad_series(series: list, periods: list, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gaps.gap_trend(series, periods, of="x")


def test_adjusted_p_values_stay_in_order_and_range() -> None:
    p = np.random.default_rng(3).uniform(size=30)
    for method in ("benjamini-hochberg", "holm", "bonferroni"):
        adjusted = gaps.adjusted_p(p, method=method)
        assert (adjusted >= p).all()
        assert (adjusted <= 1).all()
        assert (np.diff(adjusted[np.argsort(p)]) >= -1e-12).all()
    assert len(gaps.adjusted_p([])) == 0


def test_a_trend_of_none_or_all_is_not_defined() -> None:
    assert np.isnan(gaps.cochran_armitage([0, 0], [5, 5])).all()
    assert gaps.rate_trend([5, 9, 20], [100, 100, 100], of="use").sentence == "use is rising."


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaps.cochran_armitage([6, 1], [5, 5]), "exceeds its total"),
        (lambda: gaps.cochran_armitage([1], [5]), "two periods or more"),
        (lambda: gaps.rate_trend([0, 0], [5, 5]), "no events"),
        (lambda: gaps.rate_trend([1, 0], [5, 0]), "totals above 0"),
        (lambda: gaps.proportion_trend([5, 5], [5, 5]), "all or none"),
        (lambda: gaps.adjusted_p([0.5, 2]), "between 0 and 1"),
        (lambda: gaps.adjust_for_many([], ["x"]), "give one each"),
    ],
)
def test_bad_input(call: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()  # type: ignore[operator]
