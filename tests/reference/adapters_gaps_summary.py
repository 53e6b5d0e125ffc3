"""From the cases of reference files to the functions of mobilise.gaps: measures of inequality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from harness import Looser, NotCompared

from mobilise import gaps
from mobilise.gaps.ranks import ranks_of
from mobilise.gaps.regression import rank_model

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Case

Z95 = 1.959963984540054
EARLY = "R's glm stops early, and takes errors from the weights of the last step but one"


def phe_sii(case: Case) -> dict[str, Any]:
    """A negative multiplier turns the reference's indices round: so does this adapter."""
    inputs, params = case.inputs, case.params
    value = np.array(inputs["value"])
    if "se" in inputs:
        low, high = (value + side * Z95 * np.array(inputs["se"]) for side in (-1, 1))
    else:
        low, high = inputs["lowercl"], inputs["uppercl"]
    scale = ("linear", "log", "logit")[params["value_type"]]
    fit = scale if params["transform"] else "linear"
    per = params["multiplier"]
    found: dict[str, Any] = {}
    for confidence in params["confidence"]:
        asked = {
            "deprivation": inputs["quantile"], "deprivation_higher": "better",
            "population": inputs["population"], "lower": low, "upper": high, "fit": fit,
            "errors": scale, "confidence": confidence, "higher": "better",
        }  # fmt: skip
        sii, rii = gaps.slope_index(value, **asked), gaps.relative_index(value, **asked)
        ends = sorted((sii.lower * per, sii.upper * per))
        ratios = (rii.lower, rii.upper) if per > 0 else (1 / rii.upper, 1 / rii.lower)
        name = f"{confidence * 100:.1f}".replace(".", "_")
        found |= {
            f"sii_lower{name}": ends[0], f"sii_upper{name}": ends[1],
            f"rii_lower{name}": ratios[0], f"rii_upper{name}": ratios[1],
        }  # fmt: skip
    most = sii.value / (rii.value - 1)
    return {
        "sii": sii.value * per,
        "rii": rii.value if per > 0 else 1 / rii.value,
        # The reference scales the intercept of a transformed fit alone.
        "intercept": most * (abs(per) if params["transform"] else 1),
        **found,
    }


def _grouped(case: Case) -> dict[str, Any]:
    favourable = case.inputs.get("favourable_indicator", [1])[0]
    return {
        "population": case.inputs.get("pop", np.ones(len(case.inputs.get("est", [])))),
        "higher": "better" if favourable else "worse",
    }


def _who(name: str, gap: gaps.Gap, **instead: Any) -> dict[str, Any]:
    return {
        "measure": name, "estimate": gap.value, "se": gap.se, "lowerci": gap.lower,
        "upperci": gap.upper, **instead,
    }  # fmt: skip


def _rows(case: Case) -> tuple[int, int]:
    """Return the rows that the reference subtracts: it turns with the indicator's direction."""
    inputs, est = case.inputs, np.array(case.inputs["est"])
    favourable = inputs["favourable_indicator"][0]
    if case.params["ordered"]:
        order = np.array(inputs["subgroup_order"])
        first, last = int(order.argmin()), int(order.argmax())
        return (last, first) if favourable else (first, last)
    reference = int(np.argmax(inputs["reference_subgroup"]))
    others = np.where(np.arange(len(est)) == reference, np.nan, est)
    if favourable:
        return reference, int(np.nanargmin(others))
    return int(np.nanargmax(others)), reference


def who_difference(case: Case) -> dict[str, Any]:
    measure = {"d": gaps.difference, "r": gaps.ratio}[case.function]
    asked = {"se": case.inputs["se"], "between": _rows(case)}
    higher = _grouped(case)["higher"]
    return _who(case.function, measure(case.inputs["est"], higher=higher, **asked))


def who_concentration(case: Case) -> dict[str, Any]:
    """A bounded indicator is put on the scale from 0 to 1 first, as the reference does."""
    inputs, params = case.inputs, case.params
    survey = params.get("survey")
    y = np.array(inputs["sba"] if survey else inputs["est"], dtype=float)
    if "lmin" in params:
        y = (y - params["lmin"]) / (params["lmax"] - params["lmin"])
    weights = inputs["weight"] if survey else inputs["pop"]
    if params.get("weighted") is False:
        weights = np.ones(len(y))
    index = params.get("method", "absolute" if case.function == "aci" else "relative")
    ours = gaps.concentration_index(
        y, deprivation=inputs["subgroup_order"], deprivation_higher="better", population=weights,
        higher="better", index=index, bounds=(0, 1), errors="grouped",
        survey=gaps.Survey(np.array(inputs["psu"]), np.array(inputs["strata"])) if survey else None,
    )  # fmt: skip
    return _who(case.function, ours)


def who_regression(case: Case) -> dict[str, Any]:
    """The reference rounds people up, and its slope's error is on the scale from 0 to 1.

    Its logit model of groups enters people twice: that fit is repeated here with our own
    machinery, while :func:`mobilise.gaps.regression_slope_index` enters them once (which
    tests/gaps/test_regression.py compares with statsmodels).
    """
    inputs = case.inputs
    if case.params.get("survey"):
        return _who_survey(case)
    # The reference guesses the scale from the largest value.
    scale = next(s for s in (1, 100, 1_000, 10_000, 100_000) if max(inputs["est"]) <= s)
    people = np.ceil(inputs["pop"])
    y = np.array(inputs["est"]) / scale
    link = "identity" if case.params["linear"] else "logit"
    if link == "identity":
        asked = {
            "deprivation": inputs["subgroup_order"], "deprivation_higher": "better",
            "population": people, "higher": "better",
        }  # fmt: skip
        slope, ratio = (
            gaps.regression_slope_index(y, **asked),
            gaps.regression_relative_index(y, **asked),
        )
    else:
        y = np.round(y * people) / people
        ranks = ranks_of(np.array(inputs["subgroup_order"], dtype=float), people)
        model = rank_model(y, ranks, people**2, link=link, errors="robust", survey=None)
        slope, ratio = _by_hand(model, link)
    return _who_scaled(case, slope, ratio, scale)


def _who_survey(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    asked = {
        "deprivation": inputs["subgroup_order"], "deprivation_higher": "better",
        "population": inputs["weight"], "higher": "better", "link": "logit",
        "survey": gaps.Survey(np.array(inputs["psu"]), np.array(inputs["strata"])),
    }  # fmt: skip
    slope = gaps.regression_slope_index(inputs["sba"], **asked)
    return _who_scaled(case, slope, gaps.regression_relative_index(inputs["sba"], **asked), 1)


def _by_hand(model: Any, link: Any) -> tuple[gaps.Gap, gaps.Gap]:
    most, least, gradient = model.ends(link)
    se = float(np.sqrt(gradient @ model.covariance @ gradient))
    log_ratio, log_se = model.log_ratio(link)

    def record(value: float, error: float, limits: tuple[float, float]) -> gaps.Gap:
        return gaps.Gap("", value, error, *limits, 0.95, 0, "", "better", "", "")

    slope = record(least - most, se, (least - most - Z95 * se, least - most + Z95 * se))
    ends = tuple(float(np.exp(log_ratio + side * Z95 * log_se)) for side in (-1, 1))
    return slope, record(float(np.exp(log_ratio)), log_se, ends)


def _who_scaled(case: Case, slope: gaps.Gap, ratio: gaps.Gap, scale: float) -> dict[str, Any]:
    ours, by = (ratio, 1.0) if case.function == "rii" else (slope, scale)
    found = {"se": ours.se, "lowerci": ours.lower * by, "upperci": ours.upper * by}
    by_hand = {
        key: Looser(value, rel=1e-5, reason="the reference differentiates numerically")
        for key, value in found.items()
    }
    return _who(case.function, ours, estimate=ours.value * by, **by_hand)


def who_entropy(case: Case) -> dict[str, Any]:
    """Values are times 1,000, errors are not: the reference's interval is not compared."""
    measure = {"ti": gaps.theil, "mld": gaps.mean_log_deviation}[case.function]
    ours = measure(case.inputs["est"], se=case.inputs["se"], **_grouped(case))
    wrong = NotCompared(
        "healthequal 1.0.1: value times 1,000, error not, so 1,000 times too narrow"
    )
    if 0 in case.inputs["est"]:
        zero = NotCompared(
            "healthequal 1.0.1 replaces 0 by a millionth; ours has r ln r = 0, ln 0 undefined"
        )
        return _who(case.function, ours, estimate=zero, se=zero, lowerci=wrong, upperci=wrong)
    return _who(case.function, ours, estimate=ours.value * 1000, lowerci=wrong, upperci=wrong)


def who_variance(case: Case) -> dict[str, Any]:
    ours = gaps.between_group_variance(case.inputs["est"], se=case.inputs["se"], **_grouped(case))
    return _who("bgv", ours)


def who_spread(case: Case) -> dict[str, Any]:
    name, inputs = case.expected["measure"], case.inputs
    asked = {**_grouped(case), "se": inputs["se"]}
    asked["bounds"] = (0.0, 100.0 if inputs["scaleval"][0] == 100 else np.inf)
    if name[:3] in {"mdm", "mdb", "mdr", "idi"}:
        asked["weighted"] = name.endswith("w")
    if name.startswith("mdr"):
        asked["reference"] = int(np.argmax(inputs["reference_subgroup"]))
    measure = {
        "bgsd": gaps.between_group_standard_deviation,
        "cov": gaps.coefficient_of_variation,
        "idisu": gaps.index_of_disparity,
        "idisw": gaps.index_of_disparity,
        "mdbu": gaps.mean_difference_from_best,
        "mdbw": gaps.mean_difference_from_best,
        "mdmu": gaps.mean_difference_from_mean,
        "mdmw": gaps.mean_difference_from_mean,
        "mdru": gaps.mean_difference_from_reference,
        "mdrw": gaps.mean_difference_from_reference,
    }[name]
    ours = _who(name, measure(inputs["est"], **asked))
    if name == "idisw":
        wrong = NotCompared(
            "healthequal 1.0.1 sets each draw against the observed mean, not its own"
        )
        ours |= {"lowerci": wrong, "upperci": wrong}
    return {**ours, "se": np.nan}


def who_attributable(case: Case) -> dict[str, Any]:
    """An ordered dimension has its last group as reference; the fraction's error is a proportion."""
    inputs = case.inputs
    reference = int(np.argmax(inputs["subgroup_order"])) if case.params["ordered"] else None
    asked = {**_grouped(case), "reference": reference, "per": inputs["scaleval"][0]}
    if case.function == "parisk":
        ours = gaps.population_attributable_risk(inputs["est"], **asked)
        found = _who("par", ours)
    else:
        ours = gaps.population_attributable_fraction(inputs["est"], **asked)
        wrong = NotCompared(
            "healthequal 1.0.1: value in percent, error a proportion, so 100 times too narrow"
        )
        found = _who(
            "paf", ours, se=None if ours.se is None else ours.se / 100, lowerci=wrong, upperci=wrong
        )
    if ours.value == 0:
        none = NotCompared(
            "nothing to gain: the value is set to 0, and the formula's error is another's"
        )
        found |= {"se": none, "lowerci": none, "upperci": none}
    return found


_RINEQ = {"CI": "relative", "CIg": "absolute", "CIc": "erreygers", "CIw": "wagstaff"}


def rineq_index(case: Case) -> dict[str, Any]:
    """Bounds are the observed ones, as the reference has them; ties have mid-ranks."""
    inputs, params = case.inputs, case.params
    outcome = np.array(inputs[params["outcome"]], dtype=float)
    weights = inputs["weight"] if params["weighted"] else np.ones(len(outcome))
    kind = {"linreg_delta": "delta", "linreg_convenience": "convenience", "direct": "kakwani"}[
        params["method"]
    ]
    ours = gaps.concentration_index(
        outcome, deprivation=inputs.get("ranker", inputs["income"]),
        deprivation_higher="better", population=weights, higher="better",
        index=_RINEQ[params["type"]],
        bounds=(0.0, 1.0) if params["type"] == "CIw" else (outcome.min(), outcome.max()),
        errors=f"{kind}-robust" if params.get("robust") else kind,
    )  # fmt: skip
    index = ours.value
    if kind != "kakwani":
        # The reference divides the ranks' variance by one minus the squared weight shares, and
        # multiplies the index by (n - 1) / n: the two cancel only where weights are equal.
        share = np.array(weights) / np.sum(weights)
        index *= (1 - 1 / len(share)) / (1 - share @ share)
    half = Z95 * ours.se
    found = {
        "index": index,
        "se": ours.se,
        "lower": index - half,
        "upper": index + half,
        "n": ours.n,
    }
    if kind == "kakwani" and params["weighted"]:
        wrong = NotCompared("rineq's own help: its direct errors do not take weights into account")
        found |= {"se": wrong, "lower": wrong, "upper": wrong}
    if params.get("ranker") and params["rank_function"] == "wt":
        wrong = NotCompared("rank_wt ranks ties as they come: not defined by the data")
        found |= {"index": wrong, "se": wrong}
    return found


def rineq_decomposition(case: Case) -> dict[str, Any]:
    inputs, params = case.inputs, case.params
    names = params["covariates"]
    # As for the index: the reference's variance of weighted ranks.
    share = np.array(inputs["wt"] if params["weighted"] else np.ones(len(inputs["wt"])))
    share = share / share.sum()
    by = (1 - 1 / len(share)) / (1 - share @ share)
    ours = gaps.explain_concentration(
        inputs[params["outcome"]], {name: inputs[name] for name in names},
        deprivation=inputs["income"], deprivation_higher="better",
        population=inputs["wt"] if params["weighted"] else np.ones(len(inputs["income"])),
        higher="better", index=_RINEQ[params["type"]], bounds=(0, 1), replicates=0,
    )  # fmt: skip
    parts = {part.determinant: part for part in ours.contributions}
    index = ours.index.value
    found = {
        "betas": {name: part.coefficient for name, part in parts.items()},
        "partial_cis": {name: part.concentration * by for name, part in parts.items()},
        "averages": {name: part.mean for name, part in parts.items()},
        "ci_contribution": {"residual": ours.residual * by, **{name: part.contribution * by for name, part in parts.items()}},
        "rel_contribution": {"residual": 100 * ours.residual / index, **{name: part.percent for name, part in parts.items()}},
        "overall_ci": index * by,
    }  # fmt: skip
    if params["type"] == "CIw":
        wrong = NotCompared(
            "rineq rescales every determinant as if it lay between 0 and 1 (age does not)"
        )
        found |= {"partial_cis": wrong, "ci_contribution": wrong, "rel_contribution": wrong}
    return found


def kunst_mackenbach(case: Case) -> dict[str, Any]:
    inputs, per = case.inputs, 100_000
    count, people = np.array(inputs["count"], float), np.array(inputs["population"], float)
    value = count / people * per
    asked = {
        "deprivation": inputs["quantile"], "deprivation_higher": "better", "higher": "worse",
    }  # fmt: skip
    model, robust = (
        gaps.regression_slope_index(value, population=people, errors=how, **asked)
        for how in ("model", "robust")
    )
    ratio = gaps.regression_relative_index(value, population=people, **asked)
    poisson = {
        how: gaps.event_relative_index(count, people, errors=how, **asked)
        for how in ("model", "quasi", "robust")
    }
    binomial = gaps.event_relative_index(count, people, family="binomial", errors="model", **asked)
    identity = gaps.event_slope_index(count, people, errors="model", **asked)
    return {
        "rank": gaps.mid_ranks(inputs["quantile"], population=people, higher="better"),
        "wls_intercept": model.value / (ratio.value - 1),
        "wls_sii": model.value,
        "wls_sii_se": model.se,
        "wls_sii_se_HC1": robust.se,
        "kunst_mackenbach_rii_worst_over_best": 1 / ratio.value,
        "rii_mean": -model.value / np.average(value, weights=people),
        "poisson_log_rii": np.log(poisson["model"].value),
        "poisson_log_rii_se": Looser(poisson["model"].se, rel=1e-5, reason=EARLY),
        "quasi_se": Looser(poisson["quasi"].se, rel=1e-5, reason=EARLY),
        "poisson_HC0_se": Looser(poisson["robust"].se, rel=1e-5, reason=EARLY),
        "poisson_rii": poisson["model"].value,
        "logbinomial_log_rii": np.log(binomial.value),
        "logbinomial_se": Looser(binomial.se, rel=1e-5, reason=EARLY),
        "poisson_identity_sii": Looser(identity.value, rel=1e-5, reason=EARLY),
        "poisson_identity_sii_se": Looser(identity.se, rel=1e-5, reason=EARLY),
    }


def pysal(case: Case) -> dict[str, Any]:
    y = np.array(case.inputs["y"])
    asked = {"population": np.ones(len(y)), "higher": "better"}
    parts = gaps.theil_components(y, population=np.ones(len(y)), group=case.inputs["group"])
    hoover = gaps.hoover(y, **asked).value
    return {
        "gini": gaps.gini(y, **asked).value,
        "theil_t": gaps.theil(y, **asked).value,
        "theil_between": parts.between,
        "theil_within": parts.within,
        **{f"atkinson_{e}": gaps.atkinson(y, aversion=e, **asked).value for e in (0.5, 1, 2)},
        "schutz_distance": hoover,
        "schutz_coefficient": 10 * len(y) * hoover,
        "wolfson": NotCompared("polarisation, not inequality: not one of our measures"),
    }


def oaxaca(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    y, group = np.array(inputs["y"]), np.array(inputs["group"])
    first = group == (1 if y[group == 1].mean() > y[group == 0].mean() else 0)
    ours = gaps.decompose_difference(
        y, {"x1": inputs["x1"], "x2": inputs["x2"]}, first=first,
        population=np.ones(len(y)), higher="better", replicates=0,
    )  # fmt: skip
    return {
        "gap": ours.difference.value,
        "three_fold_endowments": ours.endowments.value,
        "three_fold_coefficients": ours.coefficients.value,
        "three_fold_interaction": ours.interaction.value,
        "two_fold_unexplained": ours.unexplained.value,
        "two_fold_explained": ours.explained.value,
    }


def access_inequality(case: Case) -> dict[str, Any]:
    land = case.inputs["land_use"]
    access = np.array(case.other("cumulative_cutoff_30")["jobs"], dtype=float)
    people, income = np.array(land["population"], dtype=float), np.array(land["income"])
    asked = {"population": people, "higher": "better"}
    if case.function == "gini_index":
        return {"value": gaps.gini(access, **asked).value}
    if case.function == "palma_ratio":
        ours = gaps.palma_ratio(access, deprivation=income, deprivation_higher="better", **asked)
        return {"value": ours.value}
    if case.function == "concentration_index":
        # The reference ranks equal incomes by population.
        order = np.empty(len(income))
        order[np.lexsort((people, income))] = np.arange(len(income))
        bounds = (access.min(), access.max())
        index = "relative" if case.params["type"] == "standard" else "erreygers"
        ours = gaps.concentration_index(
            access,
            deprivation=order,
            deprivation_higher="better",
            index=index,
            bounds=bounds,
            **asked,
        )
        return {"value": ours.value}
    if case.function == "fgt_poverty":
        measures = gaps.shortfall(access, population=people, line=case.params["poverty_line"])
        return {f"FGT{k}": [value] for k, value in enumerate(measures)}
    if "groups" not in case.params:
        return {"value": gaps.theil(access, **asked).value}
    return _theil_groups(
        access, people, np.array(land[case.params["groups"]]), case.params["groups"]
    )


def _theil_groups(
    access: np.ndarray, people: np.ndarray, group: np.ndarray, name: str
) -> dict[str, Any]:
    kept = access > 0
    ours = gaps.theil_components(access[kept], population=people[kept], group=group[kept])
    whole = ours.between + ours.within
    values = [ours.between, ours.within, whole]
    table = ours.groups
    return {
        "summary": {
            "component": ["between_group", "within_group", "total"],
            "value": values,
            "share_of_total": np.array(values) / whole,
        },
        "within_group_component": {
            name: table.index,
            "value": table["within"],
            "share_of_component": table["within"] / ours.within,
        },
        "between_group_component": {name: table.index, "value": table["between"]},
    }


ADAPTERS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "phe_sii::*": phe_sii,
    "healthequal_d::*": who_difference,
    "healthequal_r::*": who_difference,
    "healthequal_aci::*": who_concentration,
    "healthequal_rci::*": who_concentration,
    "healthequal_sii::*": who_regression,
    "healthequal_rii::*": who_regression,
    "healthequal_ti::*": who_entropy,
    "healthequal_mld::*": who_entropy,
    "healthequal_bgv::*": who_variance,
    "healthequal_bgsd::*": who_spread,
    "healthequal_cov::*": who_spread,
    "healthequal_idis?::*": who_spread,
    "healthequal_md??::*": who_spread,
    "healthequal_par::*": who_attributable,
    "healthequal_paf::*": who_attributable,
    "rineq_ci::*": rineq_index,
    "rineq_decomposition::*": rineq_decomposition,
    "kunst_mackenbach::*": kunst_mackenbach,
    "pysal_inequality::*": pysal,
    "oaxaca_blinder::*": oaxaca,
    **{
        f"accessibility_*::{function}": access_inequality
        for function in (
            "gini_index",
            "palma_ratio",
            "concentration_index",
            "theil_t",
            "fgt_poverty",
        )
    },
}

NOT_YET: dict[str, str] = {}
