from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError

RANDOM = np.random.default_rng(21)
N = 300
INCOME = RANDOM.lognormal(10, 0.5, N)
WEIGHT = RANDOM.uniform(0.5, 2.0, N)
VALUES = RANDOM.gamma(2, 1 + 3 * (np.median(INCOME) < INCOME), N)
ASKED = {"deprivation": INCOME, "deprivation_higher": "better", "higher": "better"}


def test_the_two_ends_of_the_scale() -> None:
    """All of it with one of n equal persons: (n - 1) / n, by the formula."""
    for who, expected in ((0, -0.9), (9, 0.9)):
        values = np.zeros(10)
        values[who] = 1
        gap = gaps.concentration_index(
            values,
            deprivation=np.arange(10),
            deprivation_higher="better",
            population=np.ones(10),
            higher="better",
        )
        assert gap.value == pytest.approx(expected)


@pytest.mark.parametrize("errors", ["delta", "delta-robust", "kakwani"])
def test_errors_are_the_spread_over_samples(errors: str) -> None:
    """Draw many samples from one population; the mean error is their spread."""
    random = np.random.default_rng(6)
    values, error = [], []
    for _ in range(600):
        income = random.lognormal(0, 0.6, N)
        y = random.poisson(2 + 2 * income)
        gap = gaps.concentration_index(
            y,
            deprivation=income,
            deprivation_higher="better",
            population=np.ones(N),
            higher="better",
            errors=errors,
        )
        values.append(gap.value)
        error.append(gap.se)
    # The regression's error leaves out that ranks are estimated, so it is only near.
    assert np.mean(error) == pytest.approx(
        np.std(values), rel=0.06 if errors == "kakwani" else 0.35
    )


def test_a_census_of_clusters_of_one_is_a_plain_survey() -> None:
    plain = gaps.concentration_index(VALUES, population=WEIGHT, survey=gaps.Survey(), **ASKED)
    each = gaps.Survey(cluster=np.arange(N))
    one = gaps.concentration_index(VALUES, population=WEIGHT, survey=each, **ASKED)
    robust = gaps.concentration_index(
        VALUES, population=WEIGHT, errors="convenience-robust", **ASKED
    )
    assert plain == one
    # HC1 scales by n / (n - 2) and a survey by n / (n - 1); the ranks' variance is a sample's.
    share = WEIGHT / WEIGHT.sum()
    ratio = np.sqrt(N / (N - 2) / (N / (N - 1))) / (1 - share @ share)
    assert robust.se == pytest.approx(plain.se * ratio, rel=1e-6)


def test_clusters_that_are_alike_widen_the_interval() -> None:
    twice = {
        key: np.repeat(column, 2)
        for key, column in (("y", VALUES), ("income", INCOME), ("w", WEIGHT))
    }
    asked = {"deprivation": twice["income"], "deprivation_higher": "better", "higher": "better"}
    apart = gaps.concentration_index(
        twice["y"], population=twice["w"], survey=gaps.Survey(), **asked
    )
    households = gaps.Survey(cluster=np.repeat(np.arange(N), 2))
    together = gaps.concentration_index(
        twice["y"], population=twice["w"], survey=households, **asked
    )
    assert together.value == pytest.approx(apart.value)
    assert together.se == pytest.approx(apart.se * np.sqrt(2), rel=0.01)


def test_a_stratum_with_one_cluster_is_told_from_all_clusters() -> None:
    strata = np.zeros(N)
    strata[0] = 1
    survey = gaps.Survey(cluster=np.arange(N), stratum=strata)
    gap = gaps.concentration_index(VALUES, population=WEIGHT, survey=survey, **ASKED)
    assert np.isfinite(gap.se)


def test_corrected_indices_mirror_ill_health_and_health() -> None:
    """Erreygers' and Wagstaff's indices of what is there and of what is not differ in sign alone."""
    y = RANDOM.uniform(0, 1, N)
    for index in ("erreygers", "wagstaff"):
        have, lack = (
            gaps.concentration_index(
                part, population=WEIGHT, index=index, bounds=(0, 1), **ASKED
            ).value
            for part in (y, 1 - y)
        )
        assert have == pytest.approx(-lack, rel=1e-9)


def test_the_sentence_turns_with_the_direction() -> None:
    good = gaps.concentration_index(VALUES, population=WEIGHT, of="income from work", **ASKED)
    assert good.value > 0
    assert "concentrated among less deprived people" in good.sentence
    assert good.sentence.endswith("worse for the more deprived.")
    bad = gaps.concentration_index(
        VALUES, population=WEIGHT, of="noise", **{**ASKED, "higher": "worse"}
    )
    assert bad.value == good.value
    assert bad.sentence.endswith("better for the more deprived.")


@pytest.mark.parametrize(
    ("values", "more", "why"),
    [
        ([1.0, 2.0], {}, "fewer than three values"),
        ([1.0, 2.0, 3.0], {"deprivation": [1, 1, 1]}, "all have the same deprivation"),
        ([-1.0, 0.0, 1.0], {}, "the mean is zero"),
        ([0.0, 0.0, 0.0], {"index": "wagstaff", "bounds": (0, 1)}, "every value is at a bound"),
    ],
)
def test_what_is_not_defined_says_why(values: list, more: dict, why: str) -> None:
    asked = {
        "deprivation": range(len(values)),
        "population": [1] * len(values),
        "higher": "worse",
        **more,
    }
    gap = gaps.concentration_index(values, **asked)
    assert gap.value is None
    assert why in gap.method
    assert why in gap.sentence


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"index": "erreygers"}, "needs 'bounds'"),
        ({"index": "wagstaff", "bounds": (1, 0)}, "give the lower first"),
        ({"index": "erreygers", "bounds": (0, 0.1)}, "outside 'bounds'"),
    ],
)
def test_bad_input(more: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gaps.concentration_index(VALUES, population=WEIGHT, **ASKED, **more)
