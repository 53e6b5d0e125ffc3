"""Both sides of the benchmarks of learn: each sets up its inputs and returns what is timed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from mobilise.bench.alone import Timed
from mobilise.learn import causes, meta


def _panel(units: int, times: int) -> pd.DataFrame:
    """Return a panel in which a third never begins, and the others at two times."""
    random = np.random.default_rng(11)
    start = np.array([10_000, times // 3 + 1, 2 * times // 3 + 1])[np.arange(units) % 3]
    unit = np.repeat(np.arange(units), times)
    time = np.tile(np.arange(1, times + 1), units)
    began = np.repeat(start, times)
    treated = (time >= began).astype(float)
    level = np.repeat(random.normal(size=units), times)
    y = level + 0.1 * time + treated * (1 + 0.1 * (time - began)) + random.normal(size=len(unit))
    names = [f"u{k:05d}" for k in range(units)]
    return pd.DataFrame(
        {"area_id": np.array(names)[unit], "unit": unit, "time": time, "outcome": y,
         "treated": treated, "start": began}
    )  # fmt: skip


def two_way(units: int, times: int) -> Timed:
    """Two-way fixed effects, ours."""
    panel = _panel(units, times)
    return Timed(
        lambda: causes.difference_in_differences(panel, errors="CR1"), lambda e: [e.value, e.se]
    )


def two_way_pyfixest(units: int, times: int) -> Timed:
    """Do the same by pyfixest, its small-sample factor set to count as Stata's regress does."""
    import pyfixest as pf

    panel = _panel(units, times)

    def call() -> Any:
        return pf.feols(
            "outcome ~ treated | area_id + time", panel, vcov={"CRV1": "area_id"},
            ssc=pf.ssc(k_adj=True, k_fixef="full", G_adj=True),
        )  # fmt: skip

    return Timed(call, lambda m: [float(m.coef().iloc[0]), float(m.se().iloc[0])])


def two_way_linearmodels(units: int, times: int) -> Timed:
    """Do the same by linearmodels, with Stata's small-sample factor."""
    from linearmodels.panel import PanelOLS

    panel = _panel(units, times).set_index(["unit", "time"])

    def call() -> Any:
        model = PanelOLS(
            panel["outcome"], panel[["treated"]], entity_effects=True, time_effects=True
        )
        return model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)

    return Timed(call, lambda f: [float(f.params.iloc[0]), float(f.std_errors.iloc[0])])


def two_way_cr2(units: int, times: int) -> Timed:
    """Two-way fixed effects with CR2 and Satterthwaite's degrees of freedom, ours."""
    panel = _panel(units, times)
    return Timed(lambda: causes.difference_in_differences(panel), lambda e: [e.value, e.se, e.df])


def two_way_cr2_matrices(units: int, times: int) -> Timed:
    """Do the same from the printed formula, with a column a unit and whole matrices."""
    panel = _panel(units, times)

    def call() -> list[float]:
        y = panel["outcome"].to_numpy()
        dummies = pd.get_dummies(panel[["unit", "time"]].astype(str)).to_numpy(float)
        X = np.column_stack([panel["treated"], dummies[:, :-1]])
        M = np.linalg.inv(X.T @ X)
        IH = np.eye(len(y)) - X @ M @ X.T
        e, total, parts = IH @ y, np.zeros_like(M), []
        for unit in range(units):
            j = np.flatnonzero(panel["unit"].to_numpy() == unit)
            values, vectors = np.linalg.eigh(IH[j] @ IH[j].T)
            root = np.where(values > 1e-10, np.abs(values) + 1e-300, np.inf) ** -0.5
            A = (vectors * root) @ vectors.T
            score = X[j].T @ A @ e[j]
            total += np.outer(score, score)
            parts.append(IH[j].T @ A @ X[j] @ M[0])
        g = np.array(parts)
        P = g @ g.T
        se = np.sqrt((M @ total @ M)[0, 0])
        return [float((M @ X.T @ y)[0]), float(se), float(np.trace(P) ** 2 / (P**2).sum())]

    return Timed(call)


def staggered(units: int, times: int) -> Timed:
    """Every group and period, and the event study, ours."""
    panel = _panel(units, times)
    return Timed(lambda: causes.group_time_effects(panel), _course)


def _course(found: causes.Staggered) -> list[float | None]:
    return [v for e in found.by_time for v in (e.value, e.se)]


def staggered_differences(units: int, times: int) -> Timed:
    """Do the same by differences."""
    from differences import ATTgt

    panel = _panel(units, times)
    panel["start"] = panel["start"].astype(float).where(panel["start"] < 10_000)
    panel = panel.set_index(["area_id", "time"])

    def call() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = ATTgt(data=panel, cohort_column="start", base_period="universal")
            fit = model.fit(
                formula="outcome", control_group="not_yet_treated", est_method="dr",
                progress_bar=False,
            )  # fmt: skip
            return fit.aggregate("event")

    def result(table: pd.DataFrame) -> Any:
        kept = table[table.index != -1]
        return kept.iloc[:, :2].to_numpy(dtype=float).ravel()

    return Timed(call, result)


def _studies(analyses: int, studies: int) -> tuple[Any, Any]:
    random = np.random.default_rng(4)
    v = random.uniform(0.02, 0.4, (analyses, studies))
    y = 0.3 + random.normal(0, 0.4, (analyses, studies)) + random.normal(0, np.sqrt(v))
    return y, v


def pooled(analyses: int, studies: int) -> Timed:
    """REML of every analysis, ours: the pooled effect with its intervals and all."""
    y, v = _studies(analyses, studies)
    return Timed(lambda: [meta.between_study_variance(a, b)[0] for a, b in zip(y, v, strict=True)])


def pooled_pymare(analyses: int, studies: int) -> Timed:
    """Do the same by PyMARE."""
    from pymare.estimators import VarianceBasedLikelihoodEstimator

    y, v = _studies(analyses, studies)
    ones = np.ones((studies, 1))

    def call() -> list[float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [
                float(
                    np.ravel(
                        VarianceBasedLikelihoodEstimator("REML")
                        .fit(a[:, None], b[:, None], ones)
                        .params_["tau2"]
                    )[0]
                )
                for a, b in zip(y, v, strict=True)
            ]

    return Timed(call)


def pooled_dl(analyses: int, studies: int) -> Timed:
    """DerSimonian-Laird of every analysis, ours."""
    y, v = _studies(analyses, studies)

    def call() -> list[float]:
        return [
            meta.between_study_variance(a, b, method="DL")[0] for a, b in zip(y, v, strict=True)
        ]

    return Timed(call, lambda taus: np.where(np.array(taus) > 0, taus, np.nan))


def pooled_dl_statsmodels(analyses: int, studies: int) -> Timed:
    """Do the same by statsmodels."""
    from statsmodels.stats.meta_analysis import combine_effects

    y, v = _studies(analyses, studies)

    def call() -> list[float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of roots of variances below 0, which it keeps
            return [
                float(combine_effects(a, b, method_re="dl").tau2) for a, b in zip(y, v, strict=True)
            ]

    return Timed(call)


def _series(periods: int) -> Any:
    random = np.random.default_rng(6)
    noise = np.zeros(periods)
    for k in range(1, periods):
        noise[k] = 0.4 * noise[k - 1] + random.normal()
    return 50 + 0.1 * np.arange(periods) - 4 * (np.arange(periods) >= periods // 2) + noise


def series(periods: int) -> Timed:
    """Segmented regression with AR(1) errors by REML, ours."""
    y = _series(periods)
    return Timed(
        lambda: causes.interrupted_series(y, periods // 2, model="ar1"),
        lambda f: f.coefficients[:2],
    )


def series_statsmodels(periods: int) -> Timed:
    """Segmented regression with AR(1) errors by iterated least squares, statsmodels."""
    import statsmodels.api as sm

    y, start = _series(periods), periods // 2
    t = np.arange(1.0, periods + 1)
    after = (t > start).astype(float)
    X = np.column_stack([np.ones(periods), t, after, np.maximum(0, t - start)])
    return Timed(
        lambda: sm.GLSAR(y, X, rho=1).iterative_fit(maxiter=50), lambda f: np.asarray(f.params)[:2]
    )
