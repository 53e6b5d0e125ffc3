"""Measures over groups: pairs, spread, attributable parts, the ends of the distribution."""

from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError

VALUES = [75.0, 85.0, 95.0]
PEOPLE = [200, 100, 100]


def test_pairs_by_hand() -> None:
    gap = gaps.difference(
        VALUES,
        se=[3.0, 1.0, 4.0],
        higher="better",
        names=["Hale", "Sale", "Stretford"],
        of="coverage",
        unit="%",
    )
    assert (gap.value, gap.se) == (20.0, 5.0)
    assert gap.sentence.startswith(
        "In Stretford coverage is 20.0 percentage points higher than in Hale"
    )
    assert gap.sentence.endswith("better for people there.")
    worse = gaps.difference(VALUES, higher="worse", names=["Hale", "Sale", "Stretford"], of="noise")
    assert worse.value == -20.0
    assert (
        "In Hale noise is 20.0 lower than in Stretford: better for people there." in worse.sentence
    )
    chosen = gaps.difference(VALUES, higher="better", between=(0, 1))
    assert chosen.value == -10.0
    ratio = gaps.ratio(VALUES, se=[7.5, 0, 0], between=(0, 1), higher="better")
    assert ratio.value == pytest.approx(75 / 85)
    assert ratio.se == pytest.approx(0.1)
    assert np.log([ratio.lower, ratio.upper]).mean() == pytest.approx(np.log(75 / 85))
    assert gaps.ratio([0.0, 5.0], higher="better").value is None


def test_spread_by_hand() -> None:
    """Mean (2 x 75 + 85 + 95) / 4 = 82.5; deviations 7.5, 2.5, 12.5."""
    asked = {"population": PEOPLE, "higher": "better"}
    assert gaps.between_group_variance(VALUES, **asked).value == pytest.approx(
        (2 * 56.25 + 6.25 + 156.25) / 4
    )
    assert gaps.between_group_standard_deviation(VALUES, **asked).value == pytest.approx(
        np.sqrt(68.75)
    )
    assert gaps.coefficient_of_variation(VALUES, **asked).value == pytest.approx(
        100 * np.sqrt(68.75) / 82.5
    )
    assert gaps.mean_difference_from_mean(VALUES, **asked).value == pytest.approx(
        (2 * 7.5 + 2.5 + 12.5) / 4
    )
    assert gaps.mean_difference_from_mean(VALUES, weighted=False, **asked).value == pytest.approx(
        7.5
    )
    assert gaps.index_of_disparity(VALUES, weighted=False, **asked).value == pytest.approx(
        750 / 82.5
    )
    assert gaps.mean_difference_from_best(VALUES, **asked).value == pytest.approx((2 * 20 + 10) / 4)
    adverse = gaps.mean_difference_from_best(VALUES, population=PEOPLE, higher="worse")
    assert adverse.value == pytest.approx((10 + 20) / 4)
    chosen = gaps.mean_difference_from_reference(VALUES, reference=1, **asked)
    assert chosen.value == pytest.approx((2 * 10 + 10) / 4)


def test_what_everybody_would_gain() -> None:
    asked = {"population": PEOPLE, "per": 100}
    risk = gaps.population_attributable_risk(
        VALUES, higher="better", unit="%", of="coverage", **asked
    )
    fraction = gaps.population_attributable_fraction(VALUES, higher="better", **asked)
    assert risk.value == pytest.approx(12.5)
    assert fraction.value == pytest.approx(100 * 12.5 / 82.5)
    assert fraction.se / fraction.value == pytest.approx(risk.se / risk.value)
    assert "coverage would be 12.5% higher: better" in risk.sentence
    adverse = gaps.population_attributable_risk(VALUES, higher="worse", **asked)
    assert adverse.value == pytest.approx(-7.5)
    none = gaps.population_attributable_risk(VALUES, higher="better", reference=0, **asked)
    assert none.value == 0
    assert none.lower is None
    assert "no better" in none.sentence


def test_entropy_by_hand() -> None:
    """Half have 1 and half 3 of a mean of 2: T = (0.5 ln 0.5 + 1.5 ln 1.5) / 2."""
    asked = {"population": [1, 1], "higher": "better"}
    assert gaps.theil([1, 3], **asked).value == pytest.approx(
        (0.5 * np.log(0.5) + 1.5 * np.log(1.5)) / 2
    )
    assert gaps.mean_log_deviation([1, 3], **asked).value == pytest.approx(
        -(np.log(0.5) + np.log(1.5)) / 2
    )
    assert gaps.gini([1, 3], **asked).value == pytest.approx(0.25)
    assert gaps.hoover([1, 3], **asked).value == pytest.approx(0.25)
    assert gaps.atkinson([1, 3], aversion=1, **asked).value == pytest.approx(1 - np.sqrt(0.75))
    assert gaps.atkinson([0, 3], aversion=2, **asked).value == 1
    assert gaps.theil([0, 2], **asked).value == pytest.approx(np.log(2))
    assert "a value is zero" in gaps.mean_log_deviation([0, 2], **asked).method
    assert "the mean is zero" in gaps.gini([0, 0], **asked).method


def test_theils_error_is_the_spread_of_draws() -> None:
    y, error, people = (
        np.array([20.0, 25, 31, 44]),
        np.array([1.0, 0.7, 0.5, 1.4]),
        [40, 30, 20, 10],
    )
    drawn = np.random.default_rng(1).normal(y, error, (40_000, 4))
    share = np.array(people) / 100
    r = drawn / (drawn @ share)[:, None]
    for measure, values in (
        (gaps.theil, (share * r * np.log(r)).sum(axis=1)),
        (gaps.mean_log_deviation, -(share * np.log(r)).sum(axis=1)),
    ):
        gap = measure(y, population=people, se=error, higher="better")
        assert gap.se == pytest.approx(values.std(), rel=0.03)


def test_the_ends_of_the_distribution() -> None:
    values, people = np.arange(1.0, 11), np.full(10, 100)
    gap = gaps.palma_ratio(
        values, deprivation=values, deprivation_higher="better", population=people, higher="better"
    )
    assert gap.value == pytest.approx(10 / 2.5)
    below, depth, square = gaps.shortfall(values, population=people, line=5)
    assert below == pytest.approx(0.4)
    assert depth == pytest.approx((0.8 + 0.6 + 0.4 + 0.2) / 10)
    assert square == pytest.approx((0.64 + 0.36 + 0.16 + 0.04) / 10)
    nobody = gaps.palma_ratio([1, 2], deprivation=[1, 1], population=[1, 1], higher="better")
    assert nobody.value is None
    assert "least deprived tenth" in nobody.method


def test_simulated_limits_repeat_and_hold_the_bounds() -> None:
    asked = {"population": PEOPLE, "se": [2.0, 2.0, 8.0], "higher": "better", "bounds": (0, 100)}
    one, same = (gaps.between_group_standard_deviation(VALUES, **asked, seed=2) for _ in range(2))
    other = gaps.between_group_standard_deviation(VALUES, **asked, seed=3)
    assert one == same
    assert one.lower != other.lower
    assert one.lower == pytest.approx(other.lower, rel=0.1)
    free = gaps.between_group_standard_deviation(VALUES, **{**asked, "bounds": (0, np.inf)}, seed=2)
    assert one.upper < free.upper


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaps.difference([1.0], higher="better"), "needs two groups"),
        (lambda: gaps.difference([1.0, None, 2.0], between=(1, 0), higher="better"), "Group 2 has no value"),
        (lambda: gaps.theil([-1.0, 2], population=[1, 1], higher="better"), "values of 0 or more"),
        (lambda: gaps.atkinson([1.0, 2], population=[1, 1], aversion=0, higher="better"), "'aversion' is 0"),
        (lambda: gaps.theil([1.0, 2], population=[1, 1], se=[-1, 1], higher="better"), "'se' is -1"),
        (lambda: gaps.shortfall([1.0], population=[1], line=0), "'line' is 0"),
        (lambda: gaps.population_attributable_risk([150.0, 50], population=[1, 1], per=100, higher="better"), "outside 0 and 100"),
        (lambda: gaps.index_of_disparity([1.0, 2], population=[1, 1], se=[1, 1], draws=5, higher="better"), "'draws' is 5"),
        (lambda: gaps.mean_difference_from_reference([1.0, 2], population=[1, 0], reference=1, higher="better"), "nobody in it"),
    ],
)  # fmt: skip
def test_bad_input(call: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()  # type: ignore[operator]
