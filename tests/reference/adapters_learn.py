"""From the cases of reference files to the functions of mobilise.learn: pooling across projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from harness import Looser
from zeroin import where_q_is

from mobilise.learn import causes, meta, outcomes
from mobilise.learn.causes.differences import two_way
from mobilise.learn.causes.panels import panel_of
from mobilise.learn.estimates import p_of
from mobilise.learn.meta import heterogeneity

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Case

EARLY = "R takes errors from the weights of the last step but one"
# The reference stops iterating when a step is below this; ours goes on.
STOPS = 1e-5
TESTS = {"z": "z", "knha": "hartung-knapp"}


def rma(case: Case) -> dict[str, Any]:
    inputs, method, test = case.inputs, case.params["method"], TESTS[case.params["test"]]
    if "moderators" in case.params:
        return _regression(case)
    with patch.object(heterogeneity, "_where_q_is", where_q_is):  # it stops as the reference does
        found = meta.pool(inputs["yi"], inputs["vi"], method=method, test=test, tolerance=STOPS)
    e = found.estimate
    low, high = found.prediction or (None, None)
    return {
        "estimate": e.value,
        "se": e.se,
        "ci_lower": e.lower,
        "ci_upper": e.upper,
        "stat": e.value / e.se,
        "p": e.p,
        "tau2": found.tau2,
        "se_tau2": found.tau2_se,
        "I2": found.i2,
        "H2": found.h2,
        "Q": found.q,
        "Qp": found.q_p,
        "pi_lower": low,
        "pi_upper": high,
        "tau2_ci": None if low is None else found.tau2_limits,
    }


def _regression(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    found = meta.meta_regression(
        inputs["yi"], inputs["vi"], inputs["x"], method=case.params["method"], tolerance=STOPS
    )
    parts = {"coef": "value", "se": "se", "ci_lower": "lower", "ci_upper": "upper"}
    return {
        **{name: [getattr(c, ours) for c in found.coefficients] for name, ours in parts.items()},
        "tau2": found.tau2,
        "QM": found.moderator_q,
        "QMp": found.moderator_p,
        "R2": found.r2,
    }


def regtest(case: Case) -> dict[str, Any]:
    found = meta.egger_test(case.inputs["yi"], case.inputs["vi"])
    return {"t": found.value / found.se, "df": found.df, "p": found.p}


def leave1out(case: Case) -> dict[str, Any]:
    found = meta.leave_one_out(case.inputs["yi"], case.inputs["vi"], method="DL", test="z")
    return {
        "estimate": [one.estimate.value for one in found],
        "se": [one.estimate.se for one in found],
        "tau2": [one.tau2 for one in found],
    }


def did(case: Case) -> dict[str, Any]:
    """The 2x2 case is a plain regression; those with fixed effects go through our estimator."""
    frame = pd.DataFrame(case.inputs)
    formula, weighted = case.params["formula"], case.params["weights"] == "pop"
    clusters, panel = frame["area"].to_numpy(), None
    if formula == "y ~ treat * post":
        columns = [frame["did"], frame["treat"], frame["post"], np.ones(len(frame))]
        X, names = np.column_stack(columns), ("effect", "treat", "post", "intercept")
        fit = causes.least_squares(frame["y"], X, names=names)
    else:
        panel = panel_of(
            frame, unit="area", time="time", outcome="y", treated="did",
            covariates=("x",) if " x " in formula else (), weight="pop" if weighted else None,
        )  # fmt: skip
        fit = two_way(panel, "CR2")
        clusters = panel.codes
    kinds = {"ols": "classical", "HC1": "HC1", "HC3": "HC3", "CR0": "CR0", "CR1_stata": "CR1"}
    cr2 = causes.contrast_test(fit, "effect", errors="CR2", clusters=clusters)
    return {
        "estimate": cr2.value,
        **{
            f"se_{name}": causes.contrast_test(
                fit if panel is None else two_way(panel, ours),
                "effect",
                errors=ours,
                clusters=clusters,
            ).se
            for name, ours in kinds.items()
        },
        "se_CR2": cr2.se,
        "df_satterthwaite": cr2.df,
        "p_satterthwaite": p_of(cr2.value, cr2.se, cr2.df),
        "df_resid": fit.df_residual,
    }


def did_events(case: Case) -> dict[str, Any]:
    frame = pd.DataFrame(case.inputs)
    began = frame.loc[frame["did"] == 1, "time"].min()
    found = causes.event_study(
        frame, unit="area", outcome="y", treated="did", errors="CR1",
        reference=case.params["reference_time"] - began,
    )  # fmt: skip
    return {
        "times": [began + t for t in found.times],
        "coef": [e.value for e in found.effects],
        "se_CR1_stata": [e.se for e in found.effects],
    }


def its(case: Case) -> dict[str, Any]:
    inputs, loose = case.inputs, case.tolerance["gls_rel"]
    start = inputs["post"].index(1)
    newey = causes.interrupted_series(inputs["y"], start, lag=case.params["nw_lag"])
    ar1 = causes.interrupted_series(inputs["y"], start, model="ar1")
    t, post, since = (np.array(inputs[k], dtype=float) for k in ("t", "post", "t_since"))
    X = np.column_stack([np.ones(len(t)), t, post, since])
    plain = causes.least_squares(inputs["y"], X, names=("a", "b", "c", "d"))
    why = "the file's own rule for GLS"
    return {
        "coef": newey.coefficients,
        "se_ols": np.sqrt(np.diag(causes.covariance(plain, "classical"))),
        "se_newey_west": newey.errors,
        "gls_ar1_coef": Looser(ar1.coefficients, rel=loose, reason=why),
        "gls_ar1_se": Looser(ar1.errors, rel=loose, reason=why),
        "gls_ar1_phi": Looser(ar1.rho, rel=loose, reason=why),
        "durbin_watson": newey.durbin_watson,
    }


def its_counts(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    start = inputs["post"].index(1)

    def ours(errors: str) -> causes.Interrupted:
        return causes.interrupted_counts(
            inputs["count"], inputs["pop"], start, period=12, errors=errors
        )

    return {
        "coef": ours("model").coefficients,
        "se": Looser(ours("model").errors, rel=1e-5, reason=EARLY),
        "se_quasi": Looser(ours("quasi").errors, rel=1e-5, reason=EARLY),
        "se_HC0": Looser(ours("HC0").errors, rel=1e-5, reason=EARLY),
        "dispersion": Looser(ours("model").dispersion, rel=1e-5, reason=EARLY),
        "deviance": ours("model").deviance,
    }


def weighted(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    features = np.column_stack([inputs["x1"], inputs["x2"]])
    found = causes.inverse_probability_weighting(
        inputs["change"], inputs["a"], features, estimand=case.params["estimand"]
    )
    return {
        "estimate": found.estimate.value,
        "se_robust": found.estimate.se,
        "ps_first5": found.scores[:5],
        "ess_treated": found.ess_treated,
        "ess_control": found.ess_control,
        "smd_raw": dict(zip(("x1", "x2"), found.before, strict=True)),
        "smd_weighted": dict(zip(("x1", "x2"), found.after, strict=True)),
    }


def matched(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    features = np.column_stack([inputs["x1"], inputs["x2"]])
    found = causes.nearest_neighbour(inputs["change"], inputs["a"], features)
    treated = len(found.pairs)
    return {
        "estimate": found.estimate.value,
        "n_treated": treated,
        "n_controls_used": found.used,
        "weights_sum": treated + found.used,
    }


def before_after(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    given = (inputs["y0"], inputs["y1"], inputs["a"])
    plain, robust = (
        causes.adjusted_change(*given, errors=errors) for errors in ("classical", "HC3")
    )
    took_part = np.array(inputs["a"]) == 1
    before, after = (np.array(inputs[k])[took_part] for k in ("y0", "y1"))
    paired = outcomes.mean_change(before, after)
    return {
        "ancova_estimate": plain.value,
        "ancova_se": plain.se,
        "ancova_se_HC3": robust.se,
        "paired_mean_change_treated": paired.value,
        "paired_ci": [paired.lower, paired.upper],
        "paired_p": paired.p,
    }


def wellbeing(case: Case) -> dict[str, Any]:
    """The file has no cases: its facts are asserted one by one."""
    facts, ours = case.document["swemwbs"], outcomes.scales()
    assert outcomes.swemwbs_metric(facts["raw"]).tolist() == facts["metric"]
    thresholds = [one.value for one in ours["swemwbs"].thresholds]
    assert thresholds == [facts["responsiveness"][k] for k in ("1_SEM", "2.77_SEM")]
    cuts = facts["band_cuts"]
    given = [cuts["low_max"], *cuts["medium"], cuts["high_min"]]
    assert outcomes.band_of(given, "swemwbs") == ["low", "medium", "medium", "high"]
    assert "NOT verified" in cuts["status"]
    assert not ours["swemwbs"].bands_verified
    ons = case.document["ons4"]
    for item in ons["items"]:
        bands = ons["bands_anxiety" if "anx" in item else "bands_positive"]
        for name, ends in bands.items():
            said = name.replace("_", " ")
            assert outcomes.band_of(ends, f"ons4_{item}") == [said, said]
        assert not ours[f"ons4_{item}"].thresholds
    one = mean_life_satisfaction(1.0)
    prices = [ons["wellby"][k] for k in ("low_gbp", "value_gbp", "high_gbp")]
    assert list(outcomes.wellby_value(one, people=1, years=1)) == prices
    return {}


def mean_life_satisfaction(change: float) -> Any:
    return outcomes.mean_change(
        [5, 6, 7], [5 + change, 6 + change, 7 + change], of="life satisfaction"
    )


ADAPTERS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "metafor::rma": rma,
    "metafor::regtest": regtest,
    "metafor::leave1out": leave1out,
    "did_cluster::vcovCL": did_events,
    "did_cluster::*": did,
    "its::glm": its_counts,
    "its::*": its,
    "iptw_matching::svyglm*": weighted,
    "iptw_matching::matchit": matched,
    "iptw_matching::lm*": before_after,
    "wellbeing_scales::*": wellbeing,
}

NOT_YET: dict[str, str] = {}
