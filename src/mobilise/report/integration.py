"""The integration map as a page for a practice meeting: tables, a map, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from mobilise import reach
from mobilise.assets.kinds import catalogue as kinds
from mobilise.directory.integrating import (
    IntegrationMap,
    burden_of,
    integration_map,
    patients_around,
    reached_from,
    service_points,
)
from mobilise.errors import InputError, suggestion
from mobilise.place import replacing
from mobilise.report.classes import breaks_above_none, class_labels, class_of
from mobilise.report.ground import lay_ground
from mobilise.report.maps import class_keys, class_map, empty_key, hatch_key
from mobilise.sources import read_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

    from mobilise.directory.networks import Network
    from mobilise.directory.store import Directory
    from mobilise.place import Place

AROUND_MINUTES = 30.0
MOST_AREAS, MOST_SERVICES = 20, 40  # on the page: what a meeting looks at
_COLUMNS = {
    "practice": ("practice_code", "practice"),
    "area_id": ("lsoa_code", "area_id", "lsoa21_code", "lsoa"),
    "patients": ("number_of_patients", "patients"),
}


@dataclass(frozen=True)
class Whose:
    """Whose patients: practices by their codes, or the people of a group of areas.

    Parameters
    ----------
    practices
        Codes of GP practices: one, or several.
    network
        A primary care network, as :func:`mobilise.directory.network_of` reads it, instead: its
        practices in the place count, the others are told.
    group
        A column of the areas' groups and the group, such as ("icb", "NHS Greater Manchester").
    patients
        A file of patients by practice and area; None: estimated from the areas around.
    title
        What the page is called; by default the practices' names, the network's, or the group's.
    """

    practices: tuple[str, ...] = ()
    network: Network | None = None
    group: tuple[str, str] | None = None
    patients: Path | None = None
    title: str = ""


def place_integration(
    place: Place, directory: Directory, whose: Whose, *, minutes: float = 15.0
) -> IntegrationMap:
    """Return the integration map of practices, or of a group of a place's areas.

    Parameters
    ----------
    place, directory
        A built place, and its directory.
    whose
        Whose patients.
    minutes
        How long a walk may be.

    Raises
    ------
    InputError
        A practice or a group is not in the place, or a file of patients has none of theirs.
    """
    areas = place.table("areas")
    practices = practices_of(place)
    codes, beyond = _codes(practices, whose)
    title, patients, basis = _patients(place, areas, practices, replace(whose, practices=codes))
    points = service_points(directory)
    times = _times(place, areas, points.rename(columns={"service_id": "asset_id"}), minutes)
    burdens = burden_of(_measures(place, areas), patients, _people(areas))
    return integration_map(
        directory,
        title=title,
        patients=patients,
        times=times.rename(columns={"asset_id": "service_id"}),
        minutes=minutes,
        practices=codes or tuple(practices["practice"]),
        burdens=burdens,
        basis=f"{basis}{beyond}",
    )


def served_practices(
    place: Place,
    directory: Directory,
    service_id: str,
    *,
    minutes: float = 15.0,
    patients: Path | None = None,
) -> pd.DataFrame:
    """Return whose patients a service could serve: by practice, how many are within reach.

    Parameters
    ----------
    place, directory
        A built place, and its directory.
    service_id
        The service.
    minutes
        How long a walk may be.
    patients
        A file of patients by practice and area; None: estimated from the areas around.

    Returns
    -------
    DataFrame
        ``practice``, ``name``, ``patients``, ``within``, ``share`` (%).
    """
    points = service_points(directory)
    mine = points[points["service_id"] == service_id]
    if mine.empty:
        raise InputError(f"'{service_id[:60]}' is no active service with a place.")
    areas, practices = place.table("areas"), practices_of(place)
    times = _times(place, areas, mine.rename(columns={"service_id": "asset_id"}), minutes)
    lists = _read_lists(patients) if patients else _estimated(place, areas, practices)
    table = reached_from(
        service_id, times.rename(columns={"asset_id": "service_id"}), lists, minutes
    )
    names = practices.set_index("practice")["name"]
    table.insert(1, "name", table["practice"].map(names))
    return table


def write_integration(place: Place, found: IntegrationMap, folder: Path) -> list[Path]:
    """Write an integration map: a printable page, and its two tables as CSV.

    Parameters
    ----------
    place
        The place.
    found
        The map.
    folder
        Where to.

    Returns
    -------
    list of Path
        The page, the services, the needs.
    """
    slug = "".join(c if c.isalnum() else "-" for c in found.title.lower()).strip("-")[:60]
    page = folder / f"integration-{slug}.html"
    with replacing(page) as beside:
        beside.write_text(_page(place, found), encoding="utf-8")
    paths = [page]
    services = found.services.assign(needs=["; ".join(n) for n in found.services["needs"]])
    for name, table in (("services", services), ("needs", found.needs)):
        paths.append(folder / f"integration-{slug}-{name}.csv")
        with replacing(paths[-1]) as beside:
            table.round(3).to_csv(beside, index=False)
    return paths


def practices_of(place: Place) -> pd.DataFrame:
    """Return a place's GP practices: practice (code), name, list (its length), asset_id."""
    assets = place.table("assets")
    gps = assets[assets["kind"] == "gp"]
    codes = [
        str(own).split(";")[0].strip() if isinstance(own, str) else str(asset)
        for own, asset in zip(gps["source_id"], gps["asset_id"], strict=True)
    ]
    return pd.DataFrame(
        {
            "practice": codes,
            "name": gps["name"].to_numpy(),
            "list": gps["capacity"].to_numpy(),
            "asset_id": gps["asset_id"].to_numpy(),
            "geometry": gps.geometry.to_numpy(),
        }
    )


def _codes(practices: pd.DataFrame, whose: Whose) -> tuple[tuple[str, ...], str]:
    """Return whose practices are meant, and a sentence on those of a network elsewhere."""
    known = sorted(practices["practice"])
    if whose.network is None:
        for code in whose.practices:
            if code not in known:
                told = suggestion(code, known)
                raise InputError(f"there is no practice '{code}' in the place{told}")
        return whose.practices, ""
    name, members = whose.network.name, whose.network.practices
    here = tuple(code for code in members if code in known)
    if not here:
        raise InputError(
            f"none of the practices of {name} is in the place: {', '.join(members[:10])}."
        )
    beyond = [code for code in members if code not in known]
    if not beyond:
        return here, f" All {len(here)} practices of the network are in the place."
    return here, (
        f" {len(here)} of the network's {len(members)} practices are in the place; not counted: "
        f"{', '.join(beyond)}."
    )


def _patients(
    place: Place, areas: Any, practices: pd.DataFrame, whose: Whose
) -> tuple[str, dict[str, float], str]:
    """Return the title, the patients by area, and where they come from."""
    if whose.group is not None:
        column, value = f"group_{whose.group[0]}", whose.group[1]
        if column not in areas.columns:
            groups = [c.removeprefix("group_") for c in areas.columns if c.startswith("group_")]
            raise InputError(
                f"there is no group '{whose.group[0]}'{suggestion(whose.group[0], groups)}"
            )
        here = areas[areas[column] == value]
        if here.empty:
            known = suggestion(value, sorted(set(areas[column].dropna())))
            raise InputError(f"'{value}' is no {whose.group[0]}{known}")
        people = dict(zip(here["area_id"], here["population"], strict=True))
        return whose.title or value, people, f"All people of the {len(here):,} areas of {value}."
    if whose.patients is not None:
        lists = _read_lists(whose.patients)
        basis = f"Patients by practice and area: {whose.patients.name}."
    else:
        lists = _estimated(place, areas, practices)
        basis = (
            "An estimate: each area's people are shared among the practices within "
            f"{AROUND_MINUTES:.0f} minutes' walk, by nearness and length of list. Lists of "
            "patients by area would be better."
        )
    mine = lists[lists["practice"].isin(whose.practices) & lists["area_id"].isin(areas["area_id"])]
    named = practices.set_index("practice").loc[list(whose.practices), "name"].fillna("")
    counts = mine.groupby("area_id")["patients"].sum()
    people = {str(area): float(count) for area, count in counts.items()}
    title = whose.network.name if whose.network else " and ".join(named)
    return whose.title or title, people, basis


def _read_lists(path: Path) -> pd.DataFrame:
    frame = read_table(path)
    by_name = {str(column).lower(): column for column in frame.columns}
    named = {}
    for ours, theirs in _COLUMNS.items():
        found = next((by_name[name] for name in theirs if name in by_name), None)
        if found is None:
            raise InputError(f"{path.name}: no column of {ours}; expected {' or '.join(theirs)}.")
        named[found] = ours
    lists = frame.rename(columns=named)[list(_COLUMNS)]
    return lists.assign(patients=pd.to_numeric(lists["patients"], errors="coerce").fillna(0.0))


def _estimated(place: Place, areas: Any, practices: pd.DataFrame) -> pd.DataFrame:
    doors = pd.DataFrame(
        {
            "asset_id": practices["practice"],
            "x": [point.centroid.x for point in practices["geometry"]],
            "y": [point.centroid.y for point in practices["geometry"]],
        }
    )
    times = _travel(place, areas, doors, AROUND_MINUTES).rename(columns={"asset_id": "practice"})
    known = practices.dropna(subset="list")
    sizes = dict(zip(known["practice"].astype(str), known["list"].astype(float), strict=True))
    return patients_around(areas, times, sizes)


def _times(place: Place, areas: Any, points: pd.DataFrame, minutes: float) -> pd.DataFrame:
    from pyproj import Transformer  # noqa: PLC0415

    to_metres = Transformer.from_crs("EPSG:4326", place.facts["crs"], always_xy=True)
    x, y = to_metres.transform(points["longitude"].to_numpy(), points["latitude"].to_numpy())
    return _travel(place, areas, points[["asset_id"]].assign(x=x, y=y), minutes)


def _travel(place: Place, areas: Any, doors: pd.DataFrame, minutes: float) -> pd.DataFrame:
    said = place.facts["parameters"]
    path = place.folder / "network.npz"
    origins = pd.DataFrame(areas[["area_id", "origin_x", "origin_y", "population"]])
    times = reach.travel_times(
        origins,
        doors.assign(kind="service"),
        minutes=minutes,
        streets=reach.load_streets(path) if path.is_file() else None,
        speed_kmh=said["speed_kmh"],
        detour=said["detour"] or 1.3,
        snap_metres=said["snap_m"] or 500.0,
    )
    return times.rename(columns={"from_id": "area_id", "to_id": "asset_id"})


def _people(areas: Any) -> pd.Series[Any]:
    people: pd.Series[Any] = areas.set_index("area_id")["population"]
    return people


def _measures(place: Place, areas: Any) -> dict[str, pd.Series[Any]]:
    """Return measures of need by area, higher = more need: the areas' columns, the indicators."""
    frame = pd.DataFrame(areas.drop(columns="geometry")).set_index("area_id")
    plain = frame.select_dtypes("number")
    skipped = ("rank", "decile", "quintile", "origin", "population", "year")
    values = {str(c): plain[c] for c in plain if not any(word in str(c) for word in skipped)}
    indicators = place.table("indicators")
    worse = indicators[(indicators["higher"] == "worse") & indicators["group"].isna()]
    for name, rows in worse.groupby("indicator"):
        latest = (
            rows[rows["period"] == rows["period"].max()] if rows["period"].notna().any() else rows
        )
        values[str(name)] = latest.drop_duplicates("area_id").set_index("area_id")["value"]
    return values


def _page(place: Place, found: IntegrationMap) -> str:
    environment = Environment(
        loader=PackageLoader("mobilise.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    assert loader is not None
    style = loader.get_source(environment, "report.css")[0]
    picture, keys = _map(place, found)
    labels = {name: kind.label for name, kind in kinds().kinds.items()}
    return environment.get_template("integration.html").render(
        found=found,
        place=place.name,
        synthetic=bool(place.facts.get("synthetic")),
        style=Markup(style),  # noqa: S704
        picture=Markup(picture),  # noqa: S704
        keys=[(Markup(key.swatch), key.label) for key in keys],  # noqa: S704
        services=found.services.head(MOST_SERVICES).to_dict("records"),
        patients=_most_patients(place, found),
        needs=found.needs.to_dict("records"),
        kinds=labels,
        on_streets=(place.folder / "network.npz").is_file(),
    )


def _most_patients(place: Place, found: IntegrationMap) -> list[dict[Hashable, Any]]:
    """Return the areas with most patients, by their names."""
    areas = place.table("areas")
    named = dict(zip(areas["area_id"], areas["name"].fillna(areas["area_id"]), strict=True))
    ordered = found.patients.sort_values(["patients", "area_id"], ascending=[False, True])
    rows = ordered[ordered["patients"] >= 0.5].head(MOST_AREAS)
    return rows.assign(name=rows["area_id"].map(named)).to_dict("records")


def _map(place: Place, found: IntegrationMap) -> tuple[str, Sequence[Any]]:
    """Return the map of where the patients live, and its legend."""
    areas, boundary = place.table("areas"), place.table("boundary").geometry.iloc[0]
    ground = lay_ground(areas, boundary)
    counts = found.patients.set_index("area_id")["patients"]
    people = areas["area_id"].map(counts).fillna(0.0).to_numpy()
    shown = np.where(people >= 0.5, people, np.nan)
    breaks = breaks_above_none(shown)
    reachable = areas["area_id"].map(found.patients.set_index("area_id")["services"])
    names = areas["name"].fillna(areas["area_id"])
    said = [
        f"{name}: {n if n >= 0.5 else 0:,.0f} patients, {k:.0f} services in reach"
        for name, n, k in zip(names, people, reachable.fillna(0), strict=True)
    ]
    nowhere = reachable.fillna(1).to_numpy() == 0
    picture = class_map(
        ground,
        class_of(shown, breaks),
        said,
        [],
        hatched=nowhere,
        id_="patients",
        name="Where the patients live",
        alt=f"A map of {place.name}: darker areas have more patients; hatched ones reach nothing.",
    )
    labels = class_labels(breaks, "patients")
    keys = list(class_keys(labels, missing=False, hatched=False, assets="")[:-1])
    keys += [empty_key("No patients")] if np.isnan(shown).any() else []
    keys += [hatch_key("Patients who reach no service")] if nowhere.any() else []
    return picture, keys
