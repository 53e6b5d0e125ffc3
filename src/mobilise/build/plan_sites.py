"""The sites of a plan: today's, the candidates, and the walks to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from mobilise import plan, reach
from mobilise.assets import access_points
from mobilise.errors import InputError, MissingColumn, suggestion
from mobilise.notes import Note
from mobilise.recipe import Candidates
from mobilise.sources import locate, numbers, read_table, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mobilise.place import Place
    from mobilise.reach import Streets
    from mobilise.recipe import Plan

AREAS, TODAY = "areas", "today"  # where candidates come from, besides kinds and files
EXTENDED = "extend:"  # before the id of a site that could have longer hours or more room
FURTHER = 1.3  # walks beyond the limit are known so far: robustness varies speed and limit


def problem_of(
    place: Place,
    section: Plan,
    streets: Streets | None,
    label: Callable[[Path], str] = lambda file: file.name,
) -> plan.Problem:
    """Return the planning problem of a section: areas, today's sites, candidates and walks.

    Parameters
    ----------
    place, section, streets
        As for :func:`mobilise.build.plans.place_plans`.
    label
        From a file of candidates to what people should read of it.
    """
    areas, parameters = place.table("areas"), place.facts["parameters"]
    sites, doors, notes = _sites_and_doors(place, section, label)
    times = reach.travel_times(
        pd.DataFrame({"area_id": areas["area_id"], "x": areas["origin_x"], "y": areas["origin_y"]}),
        doors,
        minutes=section.minutes * FURTHER,
        streets=streets,
        speed_kmh=parameters["speed_kmh"],
        detour=parameters["detour"] or 1.3,
        snap_metres=parameters["snap_m"] or 500.0,
    )
    times = times.drop_duplicates(["from_id", "to_id"])
    sites = sites[_of_concern(sites, times, place)]
    deprivation = parameters["deprivation"] or {}
    made = plan.problem(
        _people(areas, section.weight), sites, times,
        deprivation_higher=deprivation.get("higher", "worse"),
    )  # fmt: skip
    return replace(made, notes=(*made.notes, *notes, *_beyond(made, place)))


def ids_of(problem: plan.Problem, named: Sequence[str]) -> list[str]:
    """Return the ids of sites that are given by id, or by a name that only one site has."""
    sites = problem.sites
    ids = set(sites["site_id"])
    alone = sites.drop_duplicates("name", keep=False).set_index("name")["site_id"]
    return [one if one in ids else alone.get(one, one) for one in named]


def _sites_and_doors(
    place: Place, section: Plan, label: Callable[[Path], str]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Note]]:
    """Return today's sites and the candidates of every source, where they are entered, and notes.

    A site that several sources have is kept from the first.
    """
    areas, assets = place.table("areas"), place.table("assets")
    points = access_points(assets, place.table("entrances"))
    today, walks = _existing(section.kind, assets, points)
    sites, doors, notes = [today], [walks], list[Note]()
    if section.extend:
        sites.append(_longer(today, section.extend))
    for host in section.hosts:
        if isinstance(host, Candidates):
            found, remarks = _new_from_file(host, str(areas.crs), label(host.file), sites)
            notes += remarks
            at = _doors(found)
        else:
            found, at = _from_place(host, section.kind, areas, assets, points)
        sites.append(found)
        doors.append(at)
    every = pd.concat(sites, ignore_index=True).drop_duplicates("site_id", ignore_index=True)
    every["district"] = _district_of(every, areas)
    return every, pd.concat(doors, ignore_index=True), notes


def _people(areas: gpd.GeoDataFrame, weight: str | None) -> pd.DataFrame:
    """Return what a plan knows of the areas; with what people count by a column of them."""
    columns = ["area_id", "name", "population", "deprivation", "deprivation_quintile"]
    groups = [column for column in areas.columns if column.startswith("group_")]
    people = pd.DataFrame(areas[[*columns, *groups]])
    return people if weight is None else people.assign(weight=_weights(areas, weight))


def _beyond(problem: plan.Problem, place: Place) -> list[Note]:
    """Return a note on candidates that lie outside of the place."""
    border = place.table("boundary").geometry.iloc[0]
    shapely.prepare(border)
    sites = problem.sites[problem.sites["status"] == "candidate"]
    out = sites["site_id"][~shapely.covers(border, shapely.points(sites["x"], sites["y"]))]
    if out.empty:
        return []
    many = "1 candidate lies" if len(out) == 1 else f"{len(out)} candidates lie"
    says = f"{many} outside the place; they count only for people of the place."
    return [Note("plan", "sites", says, len(out), tuple(out.head(10)))]


def _weights(areas: gpd.GeoDataFrame, column: str) -> Any:
    """Return what each person of an area counts; where it is not known, the mean."""
    known = [c for c in areas if pd.api.types.is_numeric_dtype(areas[c])]
    if column not in known:
        raise MissingColumn(column, known, "areas, as 'weight'")
    values = areas[column].astype(float)
    return values.fillna(
        (values * areas["population"]).sum() / areas["population"][values.notna()].sum()
    )


def _longer(today: pd.DataFrame, more: float) -> pd.DataFrame:
    """Return today's sites again, as candidates for so much more capacity."""
    return today.assign(
        site_id=EXTENDED + today["site_id"], name=today["name"] + ", extended",
        capacity=more, status="candidate", extends=today["site_id"], source=TODAY,
    )  # fmt: skip


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
                "source": AREAS,
            }
        )
        return found, _doors(found)
    hosts = assets[(assets["kind"] == source) & (source not in kind.split("+"))]
    if hosts.empty:
        known = [AREAS, *sorted(set(assets["kind"]))]
        raise InputError(
            f"candidates: the place has no '{source}' that could host{suggestion(source, known)}"
        )
    found = _sites(hosts, points, "candidate").drop(columns="capacity").assign(source=source)
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


def _new_from_file(
    given: Candidates, crs: str, label: str, sites: Sequence[pd.DataFrame]
) -> tuple[pd.DataFrame, list[Note]]:
    """Return the candidates of a file that are not among `sites` already, and notes."""
    table = read_table(given.file, layer=given.layer, where=given.where)
    ids = texts(table, given.id, label)
    placed, notes = locate(
        table, crs_to=crs, x=given.x, y=given.y, crs=given.crs, label=label,
        step="plan", names=ids,
    )  # fmt: skip
    centre = placed.geometry.representative_point()
    found = pd.DataFrame({"site_id": ids.loc[placed.index], "x": centre.x, "y": centre.y})
    named = texts(placed, given.name, label) if given.name else found["site_id"]
    found["name"], found["status"] = named.fillna(found["site_id"]), "candidate"
    found["source"] = label
    for column in ("cost", "capacity"):
        name = getattr(given, column)
        if name is not None:
            found[column] = numbers(placed, name, label)
    if given.district is not None:
        found["district"] = texts(placed, given.district, label)
    known = pd.concat([one["site_id"] for one in sites])
    again = found["site_id"].duplicated() | found["site_id"].isin(known)
    if again.any():
        many = f"{again.sum()} rows of {label} have" if again.sum() > 1 else f"1 row of {label} has"
        says = f"{many} an id that an earlier row or another source has: left out."
        some = tuple(found.loc[again, "site_id"].head(10))
        notes = [*notes, Note("plan", label, says, int(again.sum()), some)]
    return found[~again], notes


def _doors(sites: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"asset_id": sites["site_id"], "kind": "site", "x": sites["x"], "y": sites["y"]}
    )


def _district_of(sites: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Return each site's district as its file has it, or else the first group of its area."""
    lies_in = _first_group(sites, areas)
    return sites["district"].fillna(lies_in) if "district" in sites else lies_in


def _first_group(sites: pd.DataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    groups = [column for column in areas.columns if column.startswith("group_")]
    if not groups:
        return pd.Series(None, sites.index, dtype="str")
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(sites["x"], sites["y"]), index=sites.index, crs=areas.crs
    )
    joined = gpd.sjoin_nearest(points, areas[[groups[0], "geometry"]])
    found: pd.Series = joined[~joined.index.duplicated()][groups[0]].astype("str")
    return found
