from __future__ import annotations

import re

import numpy as np
import pytest
import statsmodels.api as sm

from mobilise import gaps
from mobilise.errors import InputError

RANDOM = np.random.default_rng(7)
N = 40
DEPRIVATION = RANDOM.gamma(2.0, 10.0, N)
PEOPLE = RANDOM.integers(900, 2_500, N).astype(float)
VALUES = 82.0 - 0.15 * DEPRIVATION + RANDOM.normal(0, 2, N)


def asked(**more: object) -> dict:
    return {"deprivation": DEPRIVATION, "population": PEOPLE, "higher": "better", **more}


def test_scatter_errors_are_statsmodels_hc3_on_t() -> None:
    gap = gaps.slope_index(VALUES, **asked())
    ranks = gaps.mid_ranks(DEPRIVATION, population=PEOPLE)
    fit = sm.WLS(VALUES, sm.add_constant(ranks), weights=PEOPLE).fit(cov_type="HC3", use_t=True)
    assert gap.value == pytest.approx(fit.params[1], rel=1e-10)
    assert gap.se == pytest.approx(fit.bse[1], rel=1e-10)
    assert (gap.lower, gap.upper) == pytest.approx(tuple(fit.conf_int()[1]), rel=1e-10)
    assert gap.n == N
    assert "HC3, t on 38 degrees of freedom" in gap.method


def test_the_closed_form_is_what_simulation_tends_to() -> None:
    """Normal errors, drawn a million times, against the closed form of slope and ratio."""
    people, y = np.array([10.0, 20, 15, 30, 25]), np.array([30.0, 26, 21, 14, 10])
    errors = np.array([2.0, 1.5, 1.5, 1.0, 1.2])
    given = {"deprivation": np.arange(5), "deprivation_higher": "better", "population": people}
    limits = {"lower": y - 1.959963985 * errors, "upper": y + 1.959963985 * errors}
    slope = gaps.slope_index(y, **given, **limits, higher="worse", confidence=0.9)
    ratio = gaps.relative_index(y, **given, **limits, higher="worse", confidence=0.9)
    draws = np.random.default_rng(3).normal(y, errors, (1_000_000, 5))
    ranks = gaps.mid_ranks(np.arange(5), population=people, higher="better")
    root = np.sqrt(people)
    design = np.column_stack([np.ones(5), ranks]) * root[:, None]
    start, change = np.linalg.lstsq(design, (draws * root).T, rcond=None)[0]
    width = slope.upper - slope.lower
    assert np.quantile(change, [0.05, 0.95]) == pytest.approx(
        [slope.lower, slope.upper], abs=0.005 * width
    )
    width = ratio.upper - ratio.lower
    drawn = np.quantile((start + change) / start, [0.05, 0.95])
    assert drawn == pytest.approx([ratio.lower, ratio.upper], abs=0.005 * width)


def test_published_limits_are_taken_as_95_whatever_is_asked() -> None:
    limits = {"lower": VALUES - 3, "upper": VALUES + 3}
    narrow = gaps.slope_index(VALUES, **asked(**limits, confidence=0.8))
    wide = gaps.slope_index(VALUES, **asked(**limits, confidence=0.99))
    assert narrow.se == wide.se
    assert narrow.upper - narrow.lower < wide.upper - wide.lower
    assert (narrow.confidence, wide.confidence) == (0.8, 0.99)


def test_many_places_at_once_are_each_place_alone() -> None:
    random = np.random.default_rng(5)
    y = np.sort(random.uniform(10, 40, (7, 10)), axis=1)
    people, error = random.uniform(500, 900, (7, 10)), random.uniform(1, 3, (7, 10))
    for fit in ("linear", "log"):
        many = gaps.slope_indices(y, population=people, lower=y - error, upper=y + error, fit=fit)
        for k in range(7):
            given = {
                "deprivation": np.arange(10), "deprivation_higher": "better", "population": people[k],
                "lower": y[k] - error[k], "upper": y[k] + error[k], "higher": "worse", "fit": fit,
            }  # fmt: skip
            one, ratio = gaps.slope_index(y[k], **given), gaps.relative_index(y[k], **given)
            alone = [one.value, one.lower, one.upper, ratio.value, ratio.lower, ratio.upper]
            assert many.loc[k].tolist() == pytest.approx(alone, rel=1e-12)


def test_the_sentence_of_life_expectancy() -> None:
    gap = gaps.slope_index(
        [70.0, 74.0, 78.0], lower=[69, 73, 77], upper=[71, 75, 79], deprivation=[30, 20, 10],
        population=[10, 10, 10], of="life expectancy", unit="years", higher="better",
    )  # fmt: skip
    assert gap.sentence == (
        "At the most deprived end life expectancy is 12.0 years shorter than at the least "
        "deprived end (95% interval 9.9 to 14.1): worse for people there."
    )
    assert gap.disadvantage == gap.value > 0


def test_the_sentence_of_a_walk_that_is_shorter_for_the_deprived() -> None:
    """Most deprived nearer: the slope is positive, and higher is worse, so better for them."""
    gap = gaps.slope_index(
        [5.0, 9.0, 10.0, 15.0], deprivation=[1, 2, 3, 4], deprivation_higher="better",
        population=[1, 1, 1, 1], of="the walk to the nearest library", unit="minutes", higher="worse",
    )  # fmt: skip
    assert gap.value > 0
    assert gap.disadvantage < 0
    assert "minutes shorter than at the least deprived end" in gap.sentence
    assert gap.sentence.endswith("better for people there.")


def test_an_interval_with_zero_in_it_is_no_clear_difference() -> None:
    gap = gaps.slope_index(
        [10.0, 11.0, 9.0, 10.0], deprivation=[4, 3, 2, 1], population=[1, 1, 1, 1], higher="worse",
        of="the number of libraries", unit="assets",
    )  # fmt: skip
    assert gap.lower < 0 < gap.upper
    assert gap.sentence.startswith("There is no clear difference in the number of libraries")
    assert re.search(
        r"95% interval from [\d.]+ assets fewer to [\d.]+ assets more\.$", gap.sentence
    )
    assert "worse" not in gap.sentence
    assert "better" not in gap.sentence


@pytest.mark.parametrize(
    ("values", "deprivation", "why"),
    [
        ([5.0], [1], "fewer than two levels of deprivation have a value"),
        ([5.0, 6.0, 7.0], [1, 1, 1], "fewer than two levels of deprivation have a value"),
        ([np.nan, np.nan], [1, 2], "fewer than two levels of deprivation have a value"),
    ],
)
def test_what_cannot_be_fitted_says_why(values: list, deprivation: list, why: str) -> None:
    people = [1] * len(values)
    for measure in (gaps.slope_index, gaps.relative_index):
        gap = measure(values, deprivation=deprivation, population=people, higher="better")
        assert gap.value is gap.lower is gap.upper is gap.confidence is None
        assert why in gap.method
        assert why in gap.sentence


def test_two_areas_have_a_slope_but_no_interval() -> None:
    gap = gaps.slope_index([5.0, 6.0], deprivation=[2, 1], population=[1, 1], higher="better")
    assert gap.value == pytest.approx(2.0)
    assert gap.lower is gap.upper is gap.se is None
    assert "no interval from two values" in gap.method


def test_areas_without_people_or_deprivation_do_not_count() -> None:
    given = {"deprivation": [3, 2, 1, 9, np.nan], "population": [1, 1, 1, 0, 5], "higher": "better"}
    gap = gaps.slope_index([1.0, 2, 3, 100, 100], **given)
    assert gap.n == 3
    assert gap.value == pytest.approx(3.0)
    assert "1 of 5 without a value left out" in gap.method


def test_a_line_below_zero_warns_of_its_ratio() -> None:
    gap = gaps.relative_index(
        [9.0, 4.0, 0.5, 0.1], deprivation=[4, 3, 2, 1], population=[1, 1, 1, 1], higher="worse"
    )
    assert gap.value < 0
    assert "falls below zero at one end" in gap.method


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"higher": "good"}, "say 'better' or 'worse'"),
        ({"deprivation_higher": "up"}, "say 'better' or 'worse'"),
        ({"confidence": 95}, "'confidence' is 95"),
        ({"population": [-1] * N}, "'population' is -1 in row 1"),
        ({"population": [0] * N}, "nobody lives there"),
        ({"population": [1]}, "'population' has 1 values for 40 rows"),
        ({"deprivation": [1, 2]}, "'deprivation' has 2 values for 40 rows"),
        ({"deprivation": ["a"] * N}, "'deprivation' must hold numbers"),
        ({"lower": VALUES}, "Give both 'lower' and 'upper'"),
        ({"lower": VALUES + 1, "upper": VALUES + 2}, "is not within its limits"),
        ({"fit": "logit"}, "strictly between 0 and 1"),
        ({"errors": "log"}, "need published limits and a linear fit"),
    ],
)
def test_bad_input_is_one_sentence(more: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gaps.slope_index(VALUES, **asked(**more))


def test_infinity_is_not_a_value() -> None:
    with pytest.raises(InputError, match="'values' is infinite in row 1"):
        gaps.slope_index([np.inf, 1.0], deprivation=[1, 2], population=[1, 1], higher="worse")


def test_a_skewed_error_is_simulated_with_its_seed() -> None:
    y = np.array([900.0, 700, 500, 450])
    given = {
        "deprivation": [4, 3, 2, 1], "population": [1, 1, 1, 1], "higher": "worse",
        "lower": y * 0.9, "upper": y / 0.9, "errors": "log",
    }  # fmt: skip
    one, same = gaps.slope_index(y, **given, seed=4), gaps.slope_index(y, **given, seed=4)
    other = gaps.slope_index(y, **given, seed=5)
    assert one == same
    assert one.lower != other.lower
    assert one.lower == pytest.approx(other.lower, rel=0.01)
    assert "seed 4" in one.method
