"""Pooling: properties that hold whatever the studies; the figures are compared in reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mobilise.errors import InputError
from mobilise.learn import meta
from mobilise.learn.meta.heterogeneity import generalised_q, studies

STUDIES = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=3, max_size=15).filter(
    lambda rows: np.ptp([y for y, _ in rows]) > 0.01
)


@settings(max_examples=60, deadline=None)
@given(STUDIES)
def test_paule_mandel_and_limits_solve_their_equations(rows) -> None:
    y, v = (np.array(c) for c in zip(*rows, strict=True))
    X, df = np.ones((len(y), 1)), len(y) - 1
    tau2, _ = meta.between_study_variance(y, v, method="PM")
    if tau2 > 0:
        assert generalised_q(tau2, y, v, X) == pytest.approx(df, rel=1e-8)
    else:
        assert generalised_q(0, y, v, X) <= df
    low, high = meta.variance_interval(y, v)
    for limit, tail in ((low, 0.975), (high, 0.025)):
        if limit > 0:
            assert generalised_q(limit, y, v, X) == pytest.approx(
                stats.chi2.ppf(tail, df), rel=1e-7
            )
    assert low <= high


@settings(max_examples=40, deadline=None)
@given(STUDIES)
def test_empirical_bayes_is_paule_mandel(rows) -> None:
    """They solve the same equation (Viechtbauer et al. 2015, 10.1002/jrsm.1164)."""
    y, v = (np.array(c) for c in zip(*rows, strict=True))
    one, other = (meta.between_study_variance(y, v, method=m)[0] for m in ("PM", "EB"))
    assert one == pytest.approx(other, rel=1e-5, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(STUDIES, st.sampled_from(meta.METHODS), st.floats(-5, 5), st.floats(0.2, 5))
def test_a_pooled_effect_moves_with_unit_and_origin(rows, method, shift, scale) -> None:
    y, v = (np.array(c) for c in zip(*rows, strict=True))
    plain = meta.pool(y, v, method=method)
    moved = meta.pool(scale * y + shift, scale**2 * v, method=method)
    assert moved.estimate.value == pytest.approx(scale * plain.estimate.value + shift, abs=1e-5)
    assert min(y) - 1e-9 <= plain.estimate.value <= max(y) + 1e-9
    assert sum(plain.weights) == pytest.approx(100)


def test_reml_is_at_the_top_of_its_likelihood() -> None:
    y, v = np.array([0.2, 0.9, -0.1, 1.4, 0.6]), np.array([0.05, 0.1, 0.08, 0.2, 0.04])

    def likelihood(tau2):
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        return -0.5 * (np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - mean) ** 2)

    tau2, _ = meta.between_study_variance(y, v)
    assert likelihood(tau2) > max(likelihood(tau2 - 1e-4), likelihood(tau2 + 1e-4))


def test_the_sentence_and_the_prediction_say_how_a_new_project_may_differ() -> None:
    found = meta.pool([0.1, 0.9, 0.5, 1.2], [0.04, 0.05, 0.02, 0.08], of="wellbeing", unit="points")
    assert "Over 4 studies" in found.estimate.sentence
    assert "prediction interval" in found.estimate.sentence
    assert found.prediction[0] < found.estimate.lower
    assert any("hardly known" in a for a in found.estimate.assumptions)


@pytest.mark.parametrize(
    ("effects", "variances", "said"),
    [
        ([0.1], [0.1], "One study"),
        ([0.1, 0.2], [0.1, 0], "Study 2"),
        ([0.1, None], [0.1, 0.2], "Study 2"),
        ([0.1, 0.2], [0.1], "one a row"),
    ],
)
def test_bad_studies_are_one_sentence(effects, variances, said) -> None:
    with pytest.raises(InputError, match=said):
        meta.pool(effects, variances)


def test_moderators_must_vary_and_be_fewer_than_studies() -> None:
    y, v = [0.1, 0.2, 0.4], [0.1, 0.1, 0.2]
    with pytest.raises(InputError, match="leave it out"):
        meta.meta_regression(y, v, [1, 1, 1])
    with pytest.raises(InputError, match="3 studies for 3"):
        meta.meta_regression(y, v, [[1, 2], [2, 5], [3, 1]])
    with pytest.raises(InputError, match="same standard error"):
        meta.egger_test(y, [0.1, 0.1, 0.1])


def test_studies_on_which_scoring_swings_are_solved() -> None:
    """Fisher scoring swings about the solution of these for thousands of steps, undamped."""
    random = np.random.default_rng(4)
    v = random.uniform(0.02, 0.4, (2000, 20))[[128, 375]]
    random = np.random.default_rng(4)
    random.uniform(0.02, 0.4, (2000, 20))
    y = 0.3 + random.normal(0, 0.4, (2000, 20)) + random.normal(size=(2000, 20)) * np.sqrt(0.2)
    for one, spread in zip(y[[128, 375]], v, strict=True):
        tau2, _ = meta.between_study_variance(one, spread)
        grid = np.linspace(0, 2, 4001)
        best = max(grid, key=lambda t: restricted_likelihood(t, one, spread))
        assert tau2 == pytest.approx(best, abs=6e-4)


def restricted_likelihood(tau2, y, v):
    w = 1 / (v + tau2)
    return -0.5 * (np.log(v + tau2).sum() + np.log(w.sum()) + w @ (y - w @ y / w.sum()) ** 2)


def test_many_odd_sets_of_studies_are_solved_or_refused_but_never_hang() -> None:
    random = np.random.default_rng(1)
    for _ in range(150):
        k = int(random.integers(2, 12))
        v = random.uniform(1e-4, 2, k) ** random.integers(1, 4)
        y = random.normal(size=k) * random.choice([0, 0.1, 1]) + random.normal(size=k) * np.sqrt(v)
        for method in ("REML", "ML", "EB"):
            try:
                tau2, _ = meta.between_study_variance(y, v, method=method)
            except InputError as error:
                assert "does not converge" in str(error)  # noqa: PT017
            else:
                assert 0 <= tau2 < 100


@pytest.mark.parametrize("seed", range(6))
def test_paule_mandel_is_the_root_and_not_near_it(seed):
    """Q at our tau squared is its expectation to the last digits that Q itself has."""
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.1, 12)
    y = rng.normal(0.3, np.sqrt(v + 0.2))
    tau2, _ = meta.between_study_variance(y, v, method="PM")
    assert generalised_q(tau2, *studies(y, v)) == pytest.approx(11, rel=1e-12)
