"""From the cases of reference files to the functions of mobilise.gaps: rates and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from harness import Looser

from mobilise import gaps

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Case

EARLY = "R takes errors from the weights of the last step but one"


def _bands(case: Case, *columns: str) -> tuple[list[str], list[np.ndarray]]:
    """Return the areas in order of appearance, and each column as areas by bands."""
    frame = pd.DataFrame(case.inputs)
    if "area" not in frame:
        frame["area"] = "the only one"
    areas = list(dict.fromkeys(frame["area"]))
    by = "band" if "band" in frame else "startage"
    wide = frame.pivot(index="area", columns=by)  # noqa: PD010 - refuses repeats
    return areas, [wide[column].loc[areas].to_numpy(float) for column in columns]


def _limits(case: Case, one: Callable[[float], pd.DataFrame]) -> dict[str, Any]:
    """Return value and limits under the names that one or two confidences have."""
    confidence = case.params["confidence"]
    if not isinstance(confidence, list):
        frame = one(confidence)
        return {"value": frame["value"], "lowercl": frame["lower"], "uppercl": frame["upper"]}
    found: dict[str, Any] = {}
    for level in confidence:
        frame, name = one(level), f"{level * 100:.1f}".replace(".", "_")
        found |= {
            "value": frame["value"],
            f"lower{name}cl": frame["lower"],
            f"upper{name}cl": frame["upper"],
        }
    return found


def dsr(case: Case) -> dict[str, Any]:
    """The reference counts a missing number of events as none: so does this adapter."""
    per = case.params["multiplier"]
    if case.params.get("independent_events") is False:
        return _clustered(case)
    areas, (count, people, standard) = _bands(case, "obs", "pop", "stdpop")
    count = np.nan_to_num(count)

    def ours(confidence: float) -> pd.DataFrame:
        return gaps.directly_standardised_rate(
            count, people, standard, per=per, confidence=confidence
        )

    return {
        **_limits(case, ours),
        "area": areas,
        "total_count": count.sum(axis=1),
        "total_pop": people.sum(axis=1),
    }


def _clustered(case: Case) -> dict[str, Any]:
    frame = pd.DataFrame(case.inputs)
    areas, times = list(dict.fromkeys(frame["area"])), sorted(frame["freq"].unique())
    cube = np.stack(
        [
            frame[frame["freq"] == k].pivot(index="area", columns="band", values="obs").loc[areas]  # noqa: PD010
            for k in times
        ],
        axis=2,
    )
    once = frame[frame["freq"] == times[0]].pivot(index="area", columns="band").loc[areas]  # noqa: PD010

    def ours(confidence: float) -> pd.DataFrame:
        return gaps.directly_standardised_rate(
            cube, once["pop"], once["stdpop"], per=case.params["multiplier"],
            confidence=confidence, events_a_person=times,
        )  # fmt: skip

    return {
        **_limits(case, ours),
        "area": areas,
        "total_count": ours(0.95)["events"],
        "total_pop": ours(0.95)["population"],
    }


def dsr_gamma(case: Case) -> dict[str, Any]:
    areas, (count, people, standard) = _bands(case, "obs", "pop", "stdpop")
    per = case.params["multiplier"]
    ours = gaps.directly_standardised_rate(count, people, standard, per=per, method="gamma")
    crude = gaps.crude_rate(count.sum(axis=1), people.sum(axis=1), per=per)
    return {
        "area": areas,
        "crude.rate": crude["value"],
        "adj.rate": ours["value"],
        "lci": ours["lower"],
        "uci": ours["upper"],
    }


def dsr_exact(case: Case) -> dict[str, Any]:
    areas, (count, people, standard) = _bands(case, "obs", "pop", "stdpop")
    ours = gaps.directly_standardised_rate(
        count, people, standard, per=case.params["multiplier"], method="exact"
    )
    return {"area": areas, **ours[["value", "lower", "upper"]].to_dict("list")}


def isr(case: Case) -> dict[str, Any]:
    areas, (count, people, ref_x, ref_n) = _bands(case, "obs", "pop", "ref_x", "ref_n")
    crude = ref_x.sum(axis=1) / ref_n.sum(axis=1)
    is_rate = case.function == "calculate_ISRate"
    per = crude[0] * case.params["multiplier"] if is_rate else case.params["refvalue"]

    def ours(confidence: float) -> pd.DataFrame:
        return gaps.indirectly_standardised_ratio(
            count, people, ref_x / ref_n, per=per, confidence=confidence
        )

    frame = ours(0.95)
    return {
        **_limits(case, ours),
        "area": areas,
        "observed": frame["observed"],
        "expected": frame["expected"],
        "ref_rate": crude * case.params.get("multiplier", 1),
    }


def rate(case: Case) -> dict[str, Any]:
    x, n, per = case.inputs["x"], case.inputs["n"], case.params["multiplier"]
    return _limits(case, lambda c: gaps.crude_rate(x, n, per=per, confidence=c))


def proportion(case: Case) -> dict[str, Any]:
    x, n = case.inputs["x"], case.inputs["n"]
    per, exact = case.params["multiplier"], "method" in case.params
    ours = gaps.proportion(
        x, n, per=per, confidence=case.params["confidence"], method="exact" if exact else "wilson"
    )
    low, high = ("lower", "upper") if exact else ("lowercl", "uppercl")
    return {
        "proportion": ours["value"],
        "value": ours["value"],
        low: ours["lower"],
        high: ours["upper"],
    }


def mean(case: Case) -> dict[str, Any]:
    ours = gaps.mean(case.inputs["x"], case.inputs["g"], confidence=case.params["confidence"])
    return {
        "g": ours.index.to_list(),
        "value_sum": ours["value"] * ours["n"],
        "value_count": ours["n"],
        "stdev": ours["sd"],
        "value": ours["value"],
        "lowercl": ours["lower"],
        "uppercl": ours["upper"],
    }


def poisson(case: Case) -> dict[str, Any]:
    method = "byar" if "byar" in case.function else "exact"
    low, high = gaps.poisson_limits(
        case.inputs["x"], confidence=case.params["confidence"], method=method
    )
    return {"lower": low, "upper": high}


def quantile(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    ours = gaps.quantiles(
        inputs["v"],
        case.params["nquantiles"],
        within=inputs["g"],
        highest_first=case.params["invert"],
    )
    return {"g": inputs["g"], "v": inputs["v"], "quantile": ours.to_numpy(float, na_value=np.nan)}


def funnel_limits(case: Case) -> dict[str, Any]:
    """The sizes at which the funnel is drawn are the reference's: a choice of its chart.

    It finds the events expected by a search that stops at an absolute precision, so its
    smallest figures (0.001 events) hold to four digits; ours are exact.
    """
    expected, inputs = case.expected, case.inputs
    if case.params["statistic"] == "ratio":
        ours = gaps.ratio_funnel(expected["Observed_events"])
        named = {
            f"{side}_{level}s_{what}": Looser(
                ours[f"{kind}_{'low' if side == 'lower' else 'high'}_{name}"],
                rel=1e-4,
                reason="the reference's search stops early",
            )
            for side in ("lower", "upper")
            for level, name in ((2, "95"), (3, "998"))
            for what, kind in (("exp_events", "expected"), ("limit", "ratio"))
        }
        return {
            "Observed_events": ours["observed"],
            **named,
            "statistic": expected["statistic"],
            "method": expected["method"],
        }
    average = sum(inputs["num"]) / sum(inputs["den"])
    ours = gaps.proportion_funnel(average, expected["Population"], per=case.params["multiplier"])
    return {
        "Population": ours["population"],
        **{f"{side}_{k}s_limit": ours[f"{side}_{name}"] for side in ("lower", "upper") for k, name in ((2, "95"), (3, "998"))},
        "baseline": ours["average"],
        "statistic": expected["statistic"],
        "method": expected["method"],
    }  # fmt: skip


def funnel_significance(case: Case) -> dict[str, Any]:
    words = {
        "low 99.8%": "Low (0.001)",
        "low 95%": "Low (0.025)",
        "within": "Not significant",
        "high 95%": "High (0.025)",
        "high 99.8%": "High (0.001)",
    }
    statistic = case.params["statistic"]
    ours = gaps.funnel_position(case.inputs["num"], case.inputs["den"], statistic=statistic)
    return {**case.inputs, "significance": ours.map(words).to_list()}


def life(case: Case) -> dict[str, Any]:
    areas, (deaths, people) = _bands(case, "deaths", "pops")
    ages = sorted(set(case.inputs["startage"]))

    def ours(confidence: float) -> pd.DataFrame:
        found = gaps.life_expectancy(deaths, people, ages=ages, confidence=confidence)
        return pd.DataFrame({k: getattr(found, k).ravel() for k in ("value", "lower", "upper")})

    def from_the_end(array: np.ndarray) -> np.ndarray:
        return np.cumsum(array[:, ::-1], axis=1)[:, ::-1].ravel()

    texts = {key: case.expected[key] for key in ("confidence", "statistic", "method")}
    return {
        **_limits(case, ours),
        "area": [area for area in areas for _ in ages],
        "startage": ages * len(areas),
        "pops_used": from_the_end(people),
        "dths_used": from_the_end(deaths),
        **texts,
    }


def trend(case: Case) -> dict[str, Any]:
    inputs = case.inputs
    chi_square, p = gaps.cochran_armitage(inputs["x"], inputs["n"])
    logit = gaps.proportion_trend(inputs["x"], inputs["n"])
    poisson = gaps.rate_trend(inputs["count"], inputs["pop"])
    return {
        "chisq_trend": chi_square,
        "p": p,
        "logit_slope": logit.slope,
        "logit_se": Looser(logit.se, rel=1e-5, reason=EARLY),
        "poisson_slope": poisson.slope,
        "poisson_se": Looser(poisson.se, rel=1e-5, reason=EARLY),
    }


def multiplicity(case: Case) -> dict[str, Any]:
    names = {"holm": "holm", "BH": "benjamini-hochberg", "bonferroni": "bonferroni"}
    return {key: gaps.adjusted_p(case.inputs["p"], method=name) for key, name in names.items()}


ADAPTERS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "phe_dsr::calculate_dsr": dsr,
    "phe_dsr::ageadjust.direct": dsr_gamma,
    "phe_dsr::poisson.test*": dsr_exact,
    "phe_isr::*": isr,
    "phe_rate::*": rate,
    "phe_proportion::*": proportion,
    "phe_mean::*": mean,
    "poisson_limits::*": poisson,
    "phe_quantile::*": quantile,
    "phe_funnels::calculate_funnel_limits": funnel_limits,
    "phe_funnels::assign_funnel_significance": funnel_significance,
    "phe_life_expectancy::*": life,
    "trend::*": trend,
    "multiplicity::*": multiplicity,
}

NOT_YET = {
    "pysal_access::*": "reach: floating catchments",
    "accessibility_*::*": "reach: access itself (its inequality is compared)",
}
