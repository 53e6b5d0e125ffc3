"""Causal designs against second implementations, known truths and their own invariances."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg

from mobilise.errors import InputError
from mobilise.learn import causes

sys.path.insert(0, str(Path(__file__).parent))

from panels import staggered_panel


def brute_cr2(y, X, w, groups, column):
    """CR2 and Satterthwaite as Pustejovsky and Tipton print them, with whole n by n matrices."""
    n, W = len(y), np.diag(w)
    M = np.linalg.inv(X.T @ W @ X)
    IH = np.eye(n) - X @ M @ X.T @ W
    e, total, g = IH @ y, np.zeros((X.shape[1],) * 2), []
    for name in np.unique(groups):
        j = np.flatnonzero(groups == name)
        block = IH[j] @ IH[j].T
        values, vectors = linalg.eigh(block)
        power = np.array([v**-0.5 if v > 1e-10 else 0.0 for v in values])
        A = vectors @ np.diag(power) @ vectors.T
        u = X[j].T @ W[np.ix_(j, j)] @ A @ e[j]
        total += np.outer(u, u)
        g.append(IH[j].T @ A @ W[np.ix_(j, j)] @ X[j] @ M[column])
    V = M @ total @ M
    P = np.array([[a @ b for b in g] for a in g])
    return np.sqrt(V[column, column]), np.trace(P) ** 2 / (P**2).sum()


@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_equals_its_printed_formula_on_unbalanced_clusters(weighted) -> None:
    random = np.random.default_rng(5)
    groups = np.repeat(np.arange(7), [3, 5, 2, 9, 4, 1, 6])
    n = len(groups)
    X = np.column_stack([np.ones(n), random.normal(size=n), (groups % 2).astype(float)])
    y = random.normal(size=n)
    w = random.uniform(0.5, 3, n) if weighted else np.ones(n)
    fit = causes.least_squares(y, X, names=("a", "b", "c"), weights=w)
    for column, name in enumerate("abc"):
        found = causes.contrast_test(fit, name, errors="CR2", clusters=groups)
        se, df = brute_cr2(y, X, w, groups, column)
        assert found.se == pytest.approx(se, rel=1e-9)
        assert found.df == pytest.approx(df, rel=1e-9)


def test_absorbed_levels_give_what_columns_give() -> None:
    frame = staggered_panel(units=12, times=6)
    frame = frame.drop(frame.index[[3, 17, 40]])  # unbalanced
    X = np.column_stack([frame["treated"], pd.get_dummies(frame["time"]).to_numpy(float)[:, 1:]])
    names = ("effect", *(f"t{i}" for i in range(5)))
    units = pd.get_dummies(frame["area_id"]).to_numpy(float)
    absorbed = causes.least_squares(frame["outcome"], X, names=names, absorb=frame["area_id"])
    whole = causes.least_squares(
        frame["outcome"], np.column_stack([X, units]), names=(*names, *map(str, range(12)))
    )
    for errors in ("classical", "HC1", "HC3", "CR0", "CR1", "CR2"):
        one, other = (
            causes.contrast_test(fit, "effect", errors=errors, clusters=frame["area_id"])
            for fit in (absorbed, whole)
        )
        assert one.value == pytest.approx(other.value, rel=1e-9)
        assert one.se == pytest.approx(other.se, rel=1e-8), errors
        assert one.df == pytest.approx(other.df, rel=1e-7), errors


def saturated(frame):
    """Sun and Abraham's regression: every start interacted with every period, by statsmodels."""
    columns, keys = [], []
    for g in sorted(set(frame["start"]) - {np.inf}):
        for t in sorted(set(frame["time"])):
            if t != g - 1:
                columns.append(((frame["start"] == g) & (frame["time"] == t)).to_numpy(float))
                keys.append((g, t))
    dummies = pd.get_dummies(frame[["area_id", "time"]].astype(str), drop_first=True)
    X = np.column_stack([*columns, np.ones(len(frame)), dummies.to_numpy(float)])
    return keys, sm.OLS(frame["outcome"].to_numpy(), X).fit().params[: len(keys)]


def test_staggered_effects_equal_the_saturated_regression() -> None:
    frame = staggered_panel()
    found = causes.group_time_effects(frame, control="never")
    cells = found.cells.set_index(["start", "time"])["effect"]
    keys, values = saturated(frame)
    assert len(keys) == len(cells)
    for key, value in zip(keys, values, strict=True):
        assert cells[key] == pytest.approx(value, abs=1e-9)


def test_staggered_adoption_finds_what_two_way_effects_miss() -> None:
    frame = staggered_panel(units=300, noise=0.05, growth=1.0)
    truth = np.mean([np.mean([1 + k for k in range(5)]), np.mean([1 + k for k in range(3)])])
    found = causes.group_time_effects(frame, covariates=("x",))
    assert found.overall.value == pytest.approx(truth, abs=0.05)
    assert found.pre_p is not None
    two_way = causes.difference_in_differences(frame)
    assert abs(two_way.value - truth) > 0.2
    assert any("began at different times" in said for said in two_way.assumptions)
    course = {int(e.level): e for e in found.by_time}
    for since in range(3):
        assert course[since].lower < 1 + since < course[since].upper


def test_errors_of_a_cell_are_those_of_two_means() -> None:
    frame = staggered_panel()
    found = causes.group_time_effects(frame, control="never")
    wide = frame.pivot_table(index="area_id", columns="time", values="outcome")
    start = frame.groupby("area_id")["start"].first()
    change = wide[5] - wide[3]
    one, other = change[start == 4], change[np.isinf(start)]
    se = np.sqrt(one.var(ddof=0) / len(one) + other.var(ddof=0) / len(other))
    row = found.cells.query("start == 4 and time == 5").iloc[0]
    assert row["effect"] == pytest.approx(one.mean() - other.mean(), abs=1e-12)
    assert row["se"] == pytest.approx(se, rel=1e-12)


def test_a_band_is_wider_than_a_single_interval_and_repeats() -> None:
    frame = staggered_panel()
    one, other = (causes.group_time_effects(frame) for _ in range(2))
    assert one.band == other.band
    assert one.band > 1.96


def test_a_trend_before_the_start_is_told() -> None:
    frame = staggered_panel(noise=0.1)
    frame["outcome"] += 0.4 * frame["time"] * (frame["start"] < np.inf)
    found = causes.group_time_effects(frame, control="never")
    assert found.pre_p < 0.01
    assert "moved apart" in found.sentence
    placebo = causes.placebo_periods(frame)
    assert placebo.p < 0.05
    assert "in doubt" in placebo.sentence


def test_placebos_find_nothing_where_there_is_nothing() -> None:
    frame = staggered_panel(seed=3)
    frame["outcome"] -= 0.2 * frame["x"] * frame["time"]
    placebo = causes.placebo_periods(frame)
    assert placebo.p > 0.05
    assert "as it should" in placebo.sentence
    real = causes.placebo_units(frame, draws=199)
    assert real.p == pytest.approx(1 / 200)
    frame["outcome"] = np.random.default_rng(2).normal(size=len(frame))
    assert causes.placebo_units(frame, draws=199).p > 0.05


def test_an_event_study_needs_one_start() -> None:
    frame = staggered_panel()
    with pytest.raises(InputError, match="different times"):
        causes.event_study(frame)
    found = causes.event_study(frame[frame["start"] != 6.0])
    assert found.times == (-3.0, -2.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    assert found.pre_periods == 2


def test_bad_panels_are_one_sentence() -> None:
    frame = staggered_panel(units=6)
    with pytest.raises(InputError, match="no column 'outcom'"):
        causes.difference_in_differences(frame, outcome="outcom")
    with pytest.raises(InputError, match="two rows for 1"):
        causes.difference_in_differences(pd.concat([frame, frame.iloc[:1]]))
    with pytest.raises(InputError, match="must be 1 where"):
        causes.difference_in_differences(frame.assign(treated=2))
    ended = frame.copy()
    ended.loc[(ended["area_id"] == "u01") & (ended["time"] == 8), "treated"] = 0
    with pytest.raises(InputError, match="had ended by 8"):
        causes.group_time_effects(ended)
    with pytest.raises(InputError, match="no row with all values for 2"):
        causes.group_time_effects(frame.drop(index=1))
    with pytest.raises(InputError, match="everywhere"):
        causes.difference_in_differences(frame.assign(treated=1))


def test_a_series_finds_the_jump_and_the_turn_that_were_put_in() -> None:
    t = np.arange(1, 41.0)
    after = t > 20
    y = 10 + 0.5 * t - 3 * after - 0.25 * np.maximum(0, t - 20) + np.sin(t) * 0.01
    for model in ("newey-west", "ar1"):
        found = causes.interrupted_series(y, 20, model=model, higher="worse", of="visits")
        assert found.level.value == pytest.approx(-3, abs=0.02)
        assert found.slope.value == pytest.approx(-0.25, abs=0.002)
        assert "better for people" in found.level.sentence
        assert found.without[-1] == pytest.approx(10 + 0.5 * 40, abs=0.05)
    with pytest.raises(InputError, match="Period 4 has no value"):
        causes.interrupted_series(np.where(t == 4, np.nan, y), 20)
    with pytest.raises(InputError, match="too few"):
        causes.interrupted_series(y, 39)


def test_autocorrelation_is_the_one_of_the_errors() -> None:
    random = np.random.default_rng(8)
    errors = np.zeros(4000)
    for k in range(1, 4000):
        errors[k] = 0.6 * errors[k - 1] + random.normal()
    assert causes.interrupted_series(errors, 2000, model="ar1").rho == pytest.approx(0.6, abs=0.03)


def test_weighting_and_matching_undo_a_confounder() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=4000)
    a = (random.uniform(size=4000) < 1 / (1 + np.exp(-x))).astype(float)
    y = 2 * x + 1.5 * a + random.normal(size=4000)
    naive = y[a == 1].mean() - y[a == 0].mean()
    assert naive > 2.5
    weighted = causes.inverse_probability_weighting(y, a, x, estimand="ATT", names=["need"])
    matched = causes.nearest_neighbour(y, a, x, names=["need"])
    for estimate in (weighted.estimate, matched.estimate):
        assert estimate.lower < 1.5 < estimate.upper
        assert "no unmeasured confounding" in " ".join(estimate.assumptions)
    assert abs(matched.after[0]) < 0.02 < abs(matched.before[0])


def test_matches_are_the_nearest() -> None:
    random = np.random.default_rng(6)
    x, a = random.normal(size=80), (np.arange(80) % 4 == 0).astype(float)
    found = causes.nearest_neighbour(random.normal(size=80), a, x)
    scores = causes.propensity(a, x)
    others = np.flatnonzero(a == 0)
    for one, other in found.pairs:
        gaps = np.abs(scores[others] - scores[one])
        assert abs(scores[other] - scores[one]) == gaps.min()


def test_perfect_prediction_is_refused() -> None:
    a = np.repeat([0.0, 1.0], 20)
    with pytest.raises(InputError, match="without fail"):
        causes.propensity(a, a + np.linspace(0, 0.1, 40))


def test_the_e_value_is_that_of_the_paper() -> None:
    """VanderWeele and Ding: a risk ratio of 3.9 needs 7.26."""
    effect = causes.adjusted_change(
        [1, 2, 3, 4, 1, 2, 3, 4.5], [1, 2, 3, 4, 2, 3.5, 4, 5.5], [0, 0, 0, 0, 1, 1, 1, 1]
    )
    sd = 0.91 * effect.value / np.log(3.9)
    assert causes.e_value(effect, sd) == pytest.approx(7.26, abs=0.005)


@settings(max_examples=25, deadline=None)
@given(st.floats(-50, 50), st.floats(0.1, 20))
def test_an_effect_moves_with_its_unit_and_not_with_its_origin(shift, scale) -> None:
    frame = staggered_panel(units=15, times=7)
    plain = causes.difference_in_differences(frame)
    moved = causes.difference_in_differences(frame.assign(outcome=frame["outcome"] * scale + shift))
    assert moved.value == pytest.approx(scale * plain.value, rel=1e-6)
    assert moved.se == pytest.approx(scale * plain.se, rel=1e-6)
    assert moved.p == pytest.approx(plain.p, rel=1e-5)


# Figures of the Python package differences 0.3.0 on `staggered_panel()` (doubly robust, never
# and not yet treated, universal base period): event-study effect and error, by period.
DIFFERENCES = {
    ("never", ()): {-5: (0.841077, 0.268142), -2: (0.204757, 0.146602), 0: (1.000294, 0.148479),
                    2: (1.760135, 0.150811), 4: (2.654898, 0.296882)},
    ("not-yet", ()): {-3: (0.259631, 0.141967), 0: (1.095838, 0.138537), 1: (1.493907, 0.111557)},
    ("never", ("x",)): {-5: (0.231171, 0.151044), 0: (1.081669, 0.156657),
                        3: (2.110597, 0.162847)},
    ("not-yet", ("x",)): {-3: (0.147383, 0.118748), 0: (1.160262, 0.147257),
                          1: (1.481320, 0.104999)},
}  # fmt: skip
OVERALL = {
    ("never", ()): (1.5967489165926978, 0.12608442946846335),
    ("not-yet", ()): (1.6536133730033051, 0.12382670767186917),
    ("never", ("x",)): (1.7270841291234262, 0.09333541092754544),
    ("not-yet", ("x",)): (1.765076976430659, 0.09234985907533313),
}


@pytest.mark.parametrize("key", list(DIFFERENCES), ids=str)
def test_staggered_effects_equal_those_of_the_package_differences(key) -> None:
    control, covariates = key
    found = causes.group_time_effects(staggered_panel(), control=control, covariates=covariates)
    course = {int(e.level): (e.value, e.se) for e in found.by_time}
    for since, figures in DIFFERENCES[key].items():
        assert course[since] == pytest.approx(figures, abs=1e-6)
    value, se = OVERALL[key]
    assert (found.overall.value, found.overall.se) == pytest.approx((value, se), abs=1e-6)


def test_features_that_say_the_same_are_refused() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=60)
    with pytest.raises(InputError, match="sum of others"):
        causes.propensity(random.integers(0, 2, 60), np.column_stack([x, 20 + x]))
