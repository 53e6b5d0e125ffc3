"""Plans of a place: ``[[plan]]``, and ``mobilise plan`` without a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise import plan, reach
from mobilise.assets import access_points
from mobilise.errors import InputError, suggestion
from mobilise.recipe import Candidates
from mobilise.sources import locate, numbers, read_table, texts
from mobilise.tables import empty, validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.build.sections import Say
    from mobilise.gaps import Gap
    from mobilise.notes import Note
    from mobilise.place import Place
    from mobilise.reach import Streets
    from mobilise.recipe import Plan, Recipe

TABLES = ("plan", "plan_effects", "plan_areas", "plan_frontier", "plan_robustness")
AREAS = "areas"
NOTHING_CHOSEN = "Nothing was chosen: the sites that close were named."
FURTHER = 1.3  # walks beyond the limit are known so far: robustness varies speed and limit


@dataclass(frozen=True)
class PlansResult:
    """The tables of plans by name, what each scenario says, and notes."""

    tables: dict[str, pd.DataFrame]
    scenarios: list[dict[str, Any]]
    notes: list[Note]


def place_plans(
    place: Place,
    sections: Sequence[Plan],
    streets: Streets | None,
    *,
    recipe: Recipe | None = None,
    say: Say = lambda _: None,
) -> PlansResult:
    """Make the plans of a place.

    Parameters
    ----------
    place
        Built as far as reach.
    sections
        What to plan.
    streets
        The walking network; None: straight lines, as the place was built.
    recipe
        For candidates from a file, which are read and labelled by it.
    say
        Called as each plan begins.

    Raises
    ------
    MobiliseError
        What is asked cannot be had; the sentence says why.
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    scenarios, notes = [], []
    for section in sections:
        say(f"plan: {section.scenario}")
        problem = problem_of(place, section, streets, recipe)
        notes += [note for note in problem.notes if note not in notes]
        said, remarks = _planned(problem, section, parts)
        scenarios.append(said)
        notes += [note for note in remarks if note not in notes]
    tables = {
        name: validate(name, pd.concat(found, ignore_index=True)) if found else empty(name)
        for name, found in parts.items()
    }
    return PlansResult(tables, scenarios, notes)


def problem_of(
    place: Place, section: Plan, streets: Streets | None, recipe: Recipe | None = None
) -> plan.Problem:
    """Return the planning problem of a section: areas, today's sites, candidates and walks."""
    areas, assets = place.table("areas"), place.table("assets")
    parameters = place.facts["parameters"]
    points = access_points(assets, place.table("entrances"))
    today, walks = _existing(section.kind, assets, points)
    sites, doors = [today], [walks]
    given = section.candidates
    if isinstance(given, Candidates):
        if recipe is None:
            raise InputError("candidates from a file need a recipe; name kinds, or 'areas'.")
        found = _from_file(given, recipe)
        sites.append(found)
        doors.append(_doors(found))
    else:
        for source in given:
            found, at = _from_place(source, section.kind, areas, assets, points)
            sites.append(found)
            doors.append(at)
    everything = pd.concat(sites, ignore_index=True).drop_duplicates("site_id")
    everything["district"] = _districts(everything, areas)
    times = reach.travel_times(
        pd.DataFrame({"area_id": areas["area_id"], "x": areas["origin_x"], "y": areas["origin_y"]}),
        pd.concat(doors, ignore_index=True),
        minutes=section.minutes * FURTHER,
        streets=streets,
        speed_kmh=parameters["speed_kmh"],
        detour=parameters["detour"] or 1.3,
        snap_metres=parameters["snap_m"] or 500.0,
    )
    times = times.drop_duplicates(["from_id", "to_id"])
    everything = everything[_of_concern(everything, times, place)]
    deprivation = parameters["deprivation"] or {}
    columns = ["area_id", "name", "population", "deprivation", "deprivation_quintile"]
    groups = [column for column in areas.columns if column.startswith("group_")]
    people = pd.DataFrame(areas[[*columns, *groups]])
    return plan.problem(
        people, everything, times, deprivation_higher=deprivation.get("higher", "worse")
    )


def _of_concern(sites: pd.DataFrame, times: pd.DataFrame, place: Place) -> Any:
    """Leave out today's sites beyond the border that nobody in the place walks to."""
    border = place.table("boundary").geometry.iloc[0]
    shapely.prepare(border)
    inside = shapely.covers(border, shapely.points(sites["x"], sites["y"]))
    walked_to = sites["site_id"].isin(times["to_id"])
    return inside | walked_to | (sites["status"] != "existing")


def _existing(
    kind: str, assets: gpd.GeoDataFrame, points: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return today's sites of a kind, and their entrances."""
    kinds = kind.split("+")
    of_kind = assets[assets["kind"].isin(kinds)]
    found = _sites(of_kind, points, "existing")
    return found, points[points["asset_id"].isin(found["site_id"])]


def _from_place(
    source: str, kind: str, areas: gpd.GeoDataFrame, assets: gpd.GeoDataFrame, points: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return candidates at the areas' origins, or in the assets of another kind."""
    if source == AREAS:
        found = pd.DataFrame(
            {
                "site_id": "area:" + areas["area_id"],
                "name": areas["name"],
                "x": areas["origin_x"],
                "y": areas["origin_y"],
                "status": "candidate",
            }
        )
        return found, _doors(found)
    hosts = assets[(assets["kind"] == source) & (source not in kind.split("+"))]
    if hosts.empty:
        known = [AREAS, *sorted(set(assets["kind"]))]
        raise InputError(
            f"candidates: the place has no '{source}' that could host{suggestion(source, known)}"
        )
    found = _sites(hosts, points, "candidate").drop(columns="capacity")
    return found, points[points["asset_id"].isin(found["site_id"])]


def _sites(assets: gpd.GeoDataFrame, points: pd.DataFrame, status: str) -> pd.DataFrame:
    first = points.drop_duplicates("asset_id").set_index("asset_id")
    reached = assets[assets["asset_id"].isin(first.index)]
    named = reached["name"].fillna(reached["asset_id"])
    at = first.loc[reached["asset_id"]]
    return pd.DataFrame(
        {
            "site_id": reached["asset_id"].to_numpy(),
            "name": named.to_numpy(),
            "x": at["x"].to_numpy(),
            "y": at["y"].to_numpy(),
            "capacity": reached["capacity"].to_numpy(dtype=float),
            "status": status,
        }
    )


def _from_file(given: Candidates, recipe: Recipe) -> pd.DataFrame:
    label = recipe.label(given.file)
    table = read_table(given.file, layer=given.layer, where=given.where)
    ids = texts(table, given.id, label)
    placed, _ = locate(
        table, crs_to=recipe.place.crs, x=given.x, y=given.y, crs=given.crs, label=label,
        step="plan", names=ids,
    )  # fmt: skip
    centre = placed.geometry.representative_point()
    found = pd.DataFrame({"site_id": ids.loc[placed.index], "x": centre.x, "y": centre.y})
    named = texts(placed, given.name, label) if given.name else found["site_id"]
    found["name"], found["status"] = named.fillna(found["site_id"]), "candidate"
    for column in ("cost", "capacity"):
        name = getattr(given, column)
        if name is not None:
            found[column] = numbers(placed, name, label)
    return found.drop_duplicates("site_id")


def _doors(sites: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"asset_id": sites["site_id"], "kind": "site", "x": sites["x"], "y": sites["y"]}
    )


def _districts(sites: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the first group of areas that each site lies in, for limits by district."""
    groups = [column for column in areas.columns if column.startswith("group_")]
    if not groups:
        return pd.Series(None, sites.index, dtype="str")
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(sites["x"], sites["y"]), index=sites.index, crs=areas.crs
    )
    joined = gpd.sjoin_nearest(points, areas[[groups[0], "geometry"]])
    found: pd.Series = joined[~joined.index.duplicated()][groups[0]].astype("str")
    return found


def _planned(
    problem: plan.Problem, section: Plan, parts: dict[str, list[pd.DataFrame]]
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Solve one section, add its rows to the tables, and return what it says, with remarks."""
    name = section.scenario
    asked: dict[str, Any] = {
        "add": section.add,
        "budget": section.budget,
        "close": section.close,
        "closing": section.closing,
        "must": section.must,
        "forbidden": section.forbidden,
        "per_district": section.per_district,
    }
    floors = {int(fifth): share for fifth, share in section.floors.items()}
    made = plan.solve(
        problem,
        minutes=section.minutes,
        objective=section.objective,
        floors=floors,
        at_least=section.at_least,
        **asked,
    )
    done = plan.effects(problem, made)
    parts["plan"].append(_rows(problem, made, name))
    parts["plan_effects"].append(done.table.assign(scenario=name))
    parts["plan_areas"].append(done.areas.assign(scenario=name))
    said: dict[str, Any] = {
        "scenario": name,
        "kind": section.kind,
        "minutes": section.minutes,
        "objective": section.objective,
        "sentence": made.sentence,
        "certificate": made.certificate if _chooses(section) else NOTHING_CHOSEN,
        "method": made.method,
        "effects": list(done.sentences),
        "cost_per_person": done.cost_per_person,
        "slope_before": _slope(done.before),
        "slope_after": _slope(done.after),
        "unreached": int((~done.areas["reached_after"]).sum()),
        "frontier": [],
        "robustness": [],
        "closing": [],
    }
    if section.closing:
        study = plan.closing_study(problem, section.closing, minutes=section.minutes)
        said["closing"] = list(study.sentences)
    if section.frontier:
        said["frontier"] = _frontier(problem, section, asked, parts)
    if section.robustness:
        tried = plan.robustness(problem, made, draws=section.robustness, floors=floors, **asked)
        parts["plan_robustness"].append(tried.table.assign(scenario=name))
        said["robustness"] = list(tried.sentences)
    return said, made.notes


def _slope(gap: Gap | None) -> dict[str, Any] | None:
    if gap is None:
        return None
    return {key: gap.as_dict()[key] for key in ("value", "lower", "upper", "confidence")}


def _chooses(section: Plan) -> bool:
    return bool(section.add or section.budget or section.close)


def _rows(problem: plan.Problem, made: plan.Plan, scenario: str) -> pd.DataFrame:
    opened = made.rows(scenario).assign(change="open")
    sites = problem.sites.set_index("site_id").loc[list(made.closed)].reset_index()
    closed = pd.DataFrame(
        {
            "scenario": scenario,
            "site_id": sites["site_id"],
            "name": sites["name"],
            "x": sites["x"],
            "y": sites["y"],
            "change": "close",
            "unit": made.unit,
            "objective": made.objective,
        }
    )
    return pd.concat([opened, closed], ignore_index=True) if len(closed) else opened


def _frontier(
    problem: plan.Problem,
    section: Plan,
    asked: dict[str, Any],
    parts: dict[str, list[pd.DataFrame]],
) -> list[str]:
    found = plan.frontier(problem, minutes=section.minutes, points=section.frontier, **asked)
    was_open = (problem.sites["status"] == "existing").to_numpy()
    names = problem.sites["name"].to_numpy()
    new = ["; ".join(sorted(names[np.asarray(c) & ~was_open])) for c in found.choices]
    parts["plan_frontier"].append(found.table.assign(scenario=section.scenario, sites=new))
    return list(found.sentences)


def plan_text(place: Place, section: Plan) -> str:
    """Return one plan of a built place as text: what it does, how sure, for whom, the sites.

    Parameters
    ----------
    place
        A built place.
    section
        What to plan; candidates are the place's own.
    """
    network = place.folder / "network.npz"
    streets = reach.load_streets(network) if network.is_file() else None
    made = place_plans(place, [section], streets)
    said, sites = made.scenarios[0], made.tables["plan"]
    shown = sites[["order", "change", "name", "gain", "total", "unit", "site_id"]]
    lines = [
        said["sentence"],
        said["certificate"],
        *said["effects"],
        *said["closing"],
        *said["frontier"],
        *said["robustness"],
        "",
        shown.to_string(index=False, na_rep=""),
    ]
    return "\n".join(lines)
