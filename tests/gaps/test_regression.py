"""Regression-based indices against statsmodels, which fits them with no code of ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm

from mobilise import gaps
from mobilise.errors import InputError

PEOPLE = np.array([3001, 3739, 3080, 2500, 4100, 3300, 2900, 3600], dtype=float)
CASES = np.array([900, 1003, 700, 520, 760, 540, 400, 430], dtype=float)
ASKED = {"deprivation": np.arange(8), "deprivation_higher": "better", "higher": "worse"}
RANKS = gaps.mid_ranks(np.arange(8), population=PEOPLE, higher="better")


def test_the_logit_model_enters_people_once() -> None:
    ours = gaps.regression_slope_index(
        CASES / PEOPLE, population=PEOPLE, link="logit", errors="model", **ASKED
    )
    both = np.column_stack([CASES, PEOPLE - CASES])
    fit = sm.GLM(both, sm.add_constant(RANKS), family=sm.families.Binomial()).fit(tol=1e-12)
    most, least = fit.predict([[1, 0], [1, 1]])
    assert ours.value == pytest.approx(least - most, rel=1e-8)
    chance = fit.fittedvalues
    dispersion = ((CASES - PEOPLE * chance) ** 2 / (PEOPLE * chance * (1 - chance))).sum() / 6
    steep = np.array([least * (1 - least) - most * (1 - most), least * (1 - least)])
    error = np.sqrt(steep @ fit.cov_params() @ steep * dispersion)
    assert ours.se == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_robust_and_quasi_errors_of_events(family: str) -> None:
    """Expand events to persons: statsmodels' own robust errors, clustered by area."""
    events, people = (CASES / 20).round().astype(int), (PEOPLE / 20).round().astype(int)
    ours = gaps.event_relative_index(events, people, family=family, **ASKED)
    area = np.repeat(np.arange(8), people)
    has = np.concatenate([np.arange(n) < k for k, n in zip(events, people, strict=True)]).astype(
        float
    )
    ranks = gaps.mid_ranks(np.arange(8), population=people, higher="better")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        link = sm.families.links.Log()
        kind = sm.families.Poisson(link) if family == "poisson" else sm.families.Binomial(link)
        fit = sm.GLM(has, sm.add_constant(ranks[area]), family=kind).fit(
            cov_type="cluster", cov_kwds={"groups": area, "use_correction": False}, tol=1e-12,
            start_params=[np.log(has.mean()), 0.0],
        )  # fmt: skip
    assert np.log(ours.value) == pytest.approx(fit.params[1], rel=1e-6)
    # With a link that is not the family's own, statsmodels' bread is the observed information.
    assert ours.se == pytest.approx(fit.bse[1], rel=1e-5 if family == "poisson" else 2e-3)
    model, quasi = (
        gaps.event_relative_index(events, people, family=family, errors=how, **ASKED).se
        for how in ("model", "quasi")
    )
    chance = np.exp(fit.params[0] + fit.params[1] * ranks)
    variance = people * chance * (1 if family == "poisson" else 1 - chance)
    dispersion = ((events - people * chance) ** 2 / variance).sum() / 6
    assert quasi == pytest.approx(model * np.sqrt(dispersion), rel=1e-6)


def test_percent_is_a_hundred_times_a_proportion() -> None:
    for link in ("identity", "logit"):
        one = gaps.regression_slope_index(CASES / PEOPLE, population=PEOPLE, link=link, **ASKED)
        percent = gaps.regression_slope_index(
            100 * CASES / PEOPLE, population=PEOPLE, link=link, per=100, unit="%", **ASKED
        )
        assert percent.value == pytest.approx(100 * one.value)
        assert percent.lower == pytest.approx(100 * one.lower)


def test_the_ratio_is_of_the_ends_of_the_slope() -> None:
    asked = {"population": PEOPLE, "link": "logit", **ASKED}
    slope = gaps.regression_slope_index(CASES / PEOPLE, **asked)
    ratio = gaps.regression_relative_index(CASES / PEOPLE, **asked)
    most = slope.value / (ratio.value - 1)
    assert 0 < most < 1
    assert 0 < most + slope.value < 1
    assert ratio.lower < ratio.value < ratio.upper < 1


def test_events_agree_with_their_rates() -> None:
    poisson = gaps.event_relative_index(CASES, PEOPLE, **ASKED)
    binomial = gaps.event_relative_index(CASES, PEOPLE, family="binomial", **ASKED)
    assert poisson.value == pytest.approx(binomial.value, rel=0.02)
    assert poisson.upper < 1
    assert "worse for people in the most deprived" in poisson.sentence
    slope = gaps.event_slope_index(CASES, PEOPLE, per=1000, unit="per 1,000", **ASKED)
    straight = gaps.slope_index(1000 * CASES / PEOPLE, population=PEOPLE, **ASKED)
    assert slope.value == pytest.approx(straight.value, rel=0.05)


def test_what_is_not_defined_says_why() -> None:
    asked = {"deprivation": [1, 2, 3], "higher": "worse"}
    for call in (gaps.event_relative_index, gaps.event_slope_index):
        assert "every value is zero" in call([0, 0, 0], [9, 9, 9], **asked).method
        assert "fewer than three" in call([1, 2], [9, 9], **{**asked, "deprivation": [1, 2]}).method
    same = {"deprivation": [1, 1, 1], "higher": "worse", "population": [1, 1, 1]}
    for call in (gaps.regression_slope_index, gaps.regression_relative_index):
        assert "same deprivation" in call([0.1, 0.2, 0.3], **same).method
    below = gaps.regression_relative_index(
        [9.0, 4, 0.5, 0.1], deprivation=[4, 3, 2, 1], population=[1, 1, 1, 1], higher="worse"
    )
    assert below.value is None
    assert "not above zero at both ends" in below.method


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaps.event_relative_index([-1, 2], [9, 9], deprivation=[1, 2], higher="worse"), "'count' is -1"),
        (lambda: gaps.event_relative_index([10, 2, 1], [9, 9, 9], deprivation=[1, 2, 3], higher="worse", family="binomial"), "exceeds its population"),
        (lambda: gaps.regression_slope_index([0.5, 2, 1], population=[1, 1, 1], deprivation=[1, 2, 3], higher="worse", link="logit"), "between 0 and 1"),
    ],
)  # fmt: skip
def test_bad_input(call: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()  # type: ignore[operator]
