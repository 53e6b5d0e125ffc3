from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy import stats

from mobilise import gaps
from mobilise.errors import InputError
from mobilise.gaps.replicate import poisson_sums

RANDOM = np.random.default_rng(4)
N = 900
COUNT = RANDOM.poisson(RANDOM.gamma(3, 4, N)).astype(float)
PEOPLE = RANDOM.integers(1_000, 3_000, N).astype(float)
DEPRIVATION = RANDOM.normal(size=N)


@pytest.mark.parametrize("mean", [0.05, 0.8, 7.0, 31.5, 240.0, 3_000.0])
def test_each_count_is_poisson(mean: float) -> None:
    drawn, _ = poisson_sums(np.array([mean]), np.array([0.5]), replicates=60_000, seed=12)
    low, high = stats.poisson.ppf([0.001, 0.999], mean)
    values = np.arange(low, high + 1)
    seen = np.array([(drawn == value).sum() for value in values])
    expected = stats.poisson.pmf(values, mean) * len(drawn)
    seen, expected = (np.append(part, len(drawn) - part.sum()) for part in (seen, expected))
    enough = expected > 5
    chi_square = ((seen - expected) ** 2 / expected)[enough].sum()
    assert stats.chi2.sf(chi_square, enough.sum() - 1) > 1e-4


def test_sums_have_the_moments_of_poisson_sums() -> None:
    ranks = gaps.mid_ranks(DEPRIVATION, population=PEOPLE)
    events, ranked = poisson_sums(COUNT, ranks, replicates=20_000, seed=3)
    for drawn, weight in ((events, np.ones(N)), (ranked, ranks)):
        mean, variance = COUNT @ weight, COUNT @ weight**2
        assert drawn.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance / len(drawn)))
        assert drawn.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / len(drawn)))
    covariance = np.cov(events, ranked)[0, 1]
    assert covariance == pytest.approx(COUNT @ ranks, rel=0.05)


def test_replicates_are_independent_of_one_another() -> None:
    events, _ = poisson_sums(COUNT, np.full(N, 0.5), replicates=20_000, seed=8)
    for lag in (1, 2, 500):
        assert abs(np.corrcoef(events[:-lag], events[lag:])[0, 1]) < 5 / np.sqrt(20_000)


def test_neither_threads_nor_a_longer_run_change_a_bit() -> None:
    ranks = gaps.mid_ranks(DEPRIVATION, population=PEOPLE)
    many = poisson_sums(COUNT, ranks, replicates=3_000, seed=1)
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = poisson_sums(COUNT, ranks, replicates=3_000, seed=1)
    finally:
        numba.set_num_threads(threads)
    shorter = poisson_sums(COUNT, ranks, replicates=1_700, seed=1)
    for k in (0, 1):
        assert np.array_equal(many[k], one[k])
        assert np.array_equal(many[k][:1_700], shorter[k])
    assert not np.array_equal(many[0], poisson_sums(COUNT, ranks, replicates=3_000, seed=2)[0])


def test_limits_agree_with_numpys_own_draws() -> None:
    asked = {"deprivation": DEPRIVATION, "higher": "worse", "replicates": 20_000}
    ours = gaps.replicated_indices(COUNT, PEOPLE, **asked)
    ranks = gaps.mid_ranks(DEPRIVATION, population=PEOPLE)
    share = PEOPLE / PEOPLE.sum()
    drawn = np.random.default_rng(5).poisson(COUNT, (20_000, N)) / PEOPLE * 100_000
    mean = drawn @ share
    absolute = 2 * ((drawn * share) @ (ranks - 0.5))
    slope = absolute / (2 * (share @ (ranks - 0.5) ** 2))
    theirs = (slope, (mean + slope / 2) / (mean - slope / 2), absolute / mean)
    for gap, values in zip(ours, theirs, strict=True):
        width = gap.upper - gap.lower
        limits = np.quantile(values, [0.025, 0.975])
        assert limits == pytest.approx([gap.lower, gap.upper], abs=0.04 * width)


def test_values_are_those_of_the_other_chapters() -> None:
    asked = {"deprivation": DEPRIVATION, "population": PEOPLE, "higher": "worse"}
    rate = COUNT / PEOPLE * 100_000
    slope, ratio, index = gaps.replicated_indices(
        COUNT, PEOPLE, deprivation=DEPRIVATION, higher="worse", replicates=200
    )
    assert slope.value == pytest.approx(gaps.slope_index(rate, **asked).value, rel=1e-9)
    assert ratio.value == pytest.approx(gaps.relative_index(rate, **asked).value, rel=1e-9)
    assert index.value == pytest.approx(gaps.concentration_index(rate, **asked).value, rel=1e-9)


def test_without_events_or_order_there_is_nothing_to_say() -> None:
    for count, deprivation, why in (
        ([0, 0, 0], [1, 2, 3], "there are no events"),
        ([1, 2, 3], [1, 1, 1], "all have the same deprivation"),
    ):
        for gap in gaps.replicated_indices(
            count, [9, 9, 9], deprivation=deprivation, higher="worse"
        ):
            assert gap.value is None
            assert why in gap.method


@pytest.mark.parametrize(
    ("more", "says"),
    [({"replicates": 10}, "'replicates' is 10"), ({"count": [-1, 2, 3]}, "'count' is -1 in row 1")],
)
def test_bad_input(more: dict, says: str) -> None:
    asked = {
        "count": [1, 2, 3],
        "population": [9, 9, 9],
        "deprivation": [1, 2, 3],
        "higher": "worse",
    }
    with pytest.raises(InputError, match=says):
        gaps.replicated_indices(**{**asked, **more})
