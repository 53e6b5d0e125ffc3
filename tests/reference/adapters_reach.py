"""From the cases of reference files to mobilise.reach, by its public function and a table of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from harness import NotCompared

from mobilise import reach
from mobilise.reach import decay as decays

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness import Case

BEYOND = 900.0  # minutes: no limit, for decays that have none


def _zones(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the zones, and the times between them, under our names."""
    zones = pd.DataFrame(case.inputs["land_use"]).rename(columns={"id": "area_id"})
    times = pd.DataFrame(case.inputs["travel_matrix"])
    return zones, times.rename(columns={"travel_time": "minutes"})


def _assets(zones: pd.DataFrame, opportunity: str) -> pd.DataFrame:
    """Return one asset a zone, whose capacity is what there is to be had."""
    return pd.DataFrame(
        {"asset_id": zones["area_id"], "kind": "it", "capacity": zones[opportunity]}
    )


def _decay(params: dict[str, Any]) -> tuple[decays.Decay, float]:
    """Return the decay that a case asks for, and its limit."""
    name = params["decay"].split()[0]
    value, cutoff = params.get("decay_value"), params.get("cutoff")
    if name == "binary":
        return decays.binary(), cutoff
    if name == "linear":
        return decays.linear(cutoff), cutoff
    made = {
        "exponential": lambda: decays.exponential(value),
        "power": lambda: decays.power(value),
        "logistic": lambda: _logistic(cutoff, params["sd"]),
        "gaussian": lambda: decays.gaussian(params["sigma"]),
        "stepped": lambda: _stairs(params["steps"], params["weights"]),
    }
    return made[name](), BEYOND


def _stairs(steps: list[float], weights: list[float]) -> decays.Decay:
    """The reference's steps begin at their minutes; ours, like our limits, end there."""
    heights = np.array([1.0, *weights])
    return decays.Decay("steps", lambda t: heights[np.searchsorted(steps, t, side="right")])


def _logistic(middle: float, sd: float) -> decays.Decay:
    """The reference scales the logistic share to 1 at the door."""
    ours = decays.logistic(middle, sd)
    return decays.Decay("scaled", lambda t: ours.weight(t) / ours.weight(np.zeros(1)))


def _values(case: Case, measure: str, decay: Any, limit: float, opportunity: str) -> np.ndarray:
    zones, times = _zones(case)
    zones = zones.rename(columns={case.params.get("demand", "population"): "population"})
    reached = reach.measure(
        zones,
        _assets(zones, opportunity),
        measures=[measure],
        minutes=[limit],
        decay=decay,
        times=times,
    )
    values = reached.table.set_index("area_id")["value"]
    return values.loc[case.expected["id"]].to_numpy()


def _named(case: Case, values: Any) -> dict[str, Any]:
    column = next(key for key in case.expected if key != "id")
    return {"id": case.expected["id"], column: values}


def cumulative(case: Case) -> dict[str, Any]:
    what = case.params["opportunity"]
    if case.params.get("active", True):
        return _named(case, _values(case, "gravity", decays.binary(), case.params["cutoff"], what))
    zones, times = _zones(case)  # who can get here: the same, walked the other way
    back = times.rename(columns={"from_id": "to_id", "to_id": "from_id"})
    table = reach.measure(
        zones, _assets(zones, what), measures=["gravity"], minutes=[case.params["cutoff"]],
        decay=decays.binary(), times=back,
    ).table  # fmt: skip
    return _named(case, table.set_index("area_id")["value"].loc[case.expected["id"]].to_numpy())


def interval(case: Case) -> dict[str, Any]:
    low, high = case.params["interval"]
    limits = np.arange(low, high + 1, case.params["increment"])
    what = case.params["opportunity"]
    found = [_values(case, "gravity", decays.binary(), float(limit), what) for limit in limits]
    summary = {"median": np.median, "mean": np.mean, "max": np.max, "min": np.min}
    return _named(case, summary[case.params["summary"]](found, axis=0))


def closest(case: Case) -> dict[str, Any]:
    zones, times = _zones(case)
    there = zones.loc[zones.index.repeat(zones[case.params["opportunity"]]), ["area_id"]]
    there = there.assign(asset_id=[f"{k}" for k in range(len(there))], kind="it")
    each = times.merge(there, left_on="to_id", right_on="area_id")
    each = each[["from_id", "asset_id", "minutes"]].rename(columns={"asset_id": "to_id"})
    rank = case.params["n"]
    name = "nearest" if rank == 1 else f"nearest{rank}"
    table = reach.measure(zones, there[["asset_id", "kind"]], measures=[name], times=each).table
    return _named(case, table.set_index("area_id")["value"].loc[case.expected["id"]].to_numpy())


def gravity(case: Case) -> dict[str, Any]:
    return _named(case, _values(case, "gravity", *_decay(case.params), case.params["opportunity"]))


def catchment(case: Case) -> dict[str, Any]:
    decay, limit = _decay(case.params)
    measure = {"2sfca": "e2sfca", "bfca": "bfca"}[case.params["method"]]
    return _named(case, _values(case, measure, decay, limit, case.params["opportunity"]) / 10_000)


def availability(case: Case) -> dict[str, Any]:
    if case.params["alpha"] != 1:
        return _named(case, NotCompared("ours is with alpha = 1, as published"))
    decay, limit = _decay(case.params)
    values = _values(case, "spatial_availability", decay, limit, case.params["opportunity"])
    return _named(case, values)


def _pysal(case: Case, measure: str, decay: Any, limit: float) -> dict[str, Any]:
    demand = pd.DataFrame(case.inputs["demand"]).rename(
        columns={"id": "area_id", "pop": "population"}
    )
    supply = pd.DataFrame(case.inputs["supply"]).rename(
        columns={"id": "asset_id", "docs": "capacity"}
    )
    times = pd.DataFrame(case.inputs["cost"])
    times.columns = ["from_id", "to_id", "minutes"]
    table = reach.measure(
        demand, supply, measures=[measure], minutes=[limit], decay=decay, times=times
    ).table  # fmt: skip
    per = 1 if measure == "gravity" else 10_000
    ids = [str(i) for i in case.expected["id"]]
    return _named(case, table.set_index("area_id")["value"].loc[ids].to_numpy() / per)


def pysal_two_step(case: Case) -> dict[str, Any]:
    return _pysal(case, "2sfca", None, case.params["max_cost"])


def _pysal_decay(params: dict[str, Any]) -> decays.Decay:
    if "steps" not in params:
        return decays.gaussian(params["gaussian_sigma"])
    steps = {float(k): v for k, v in params["steps"].items()}
    return decays.steps(list(steps), list(steps.values()))


def pysal_enhanced(case: Case) -> dict[str, Any]:
    return _pysal(case, "e2sfca", _pysal_decay(case.params), case.params["max_cost"])


def pysal_three_step(case: Case) -> dict[str, Any]:
    return _pysal(case, "3sfca", _pysal_decay(case.params), case.params["max_cost"])


def pysal_catchment(case: Case) -> dict[str, Any]:
    asked = case.params["gravity"]
    scale, least = asked["scale"], asked["min_dist"]
    decay = decays.Decay("gravity", lambda t: (np.maximum(t, least) / scale) ** asked["alpha"])
    return _pysal(case, "gravity", decay, case.params.get("max_cost", BEYOND))


def pysal_raam(case: Case) -> dict[str, Any]:
    return _named(case, NotCompared("the rational agent access model is not among our measures"))


ADAPTERS: dict[str, Callable[[Case], dict[str, Any]]] = {
    "accessibility_*::cumulative_cutoff": cumulative,
    "accessibility_*::cumulative_interval": interval,
    "accessibility_*::cost_to_closest": closest,
    "accessibility_*::gravity": gravity,
    "accessibility_*::floating_catchment_area": catchment,
    "accessibility_*::spatial_availability": availability,
    "pysal_access::two_stage_fca": pysal_two_step,
    "pysal_access::enhanced_two_stage_fca*": pysal_enhanced,
    "pysal_access::three_stage_fca": pysal_three_step,
    "pysal_access::weighted_catchment": pysal_catchment,
    "pysal_access::raam": pysal_raam,
}

NOT_YET: dict[str, str] = {}
