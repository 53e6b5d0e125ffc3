"""What the map can show of each area: deprivation, reach, indicators, one column each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from mobilise.assets import access_points
from mobilise.assets.phrases import plural_phrase
from mobilise.place import write_json
from mobilise.report import words
from mobilise.report.material import area_sources, heading_of, sources_named, walk_sources
from mobilise.report.measures import measure_name, unit_words, whose_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mobilise.place import Place
    from mobilise.report.material import Material

DEPRIVATION = "deprivation"
LIGHT = (
    "area_id",
    "name",
    "population",
    "deprivation",
    "deprivation_decile",
    "deprivation_quintile",
    "edge",
    "origin_x",
    "origin_y",
)


@dataclass(frozen=True)
class Layer:
    """One column of values, an area each, with all that a reader must know of them.

    Parameters
    ----------
    id
        As the address has it: ``nearest.library``, ``count.library.15``, ``indicator.2``.
    family
        What it is listed under.
    label, unit, source
        In words.
    higher
        'better', 'worse', or '' where neither.
    period
        When, if known.
    missing
        What a missing value means.
    kind, measure, limit
        Of reach; empty for others.
    """

    id: str
    family: str
    label: str
    unit: str
    source: str
    higher: str
    period: str = ""
    missing: str = "No value"
    kind: str = ""
    measure: str = ""
    limit: float | None = None


def write_layers(material: Material, folder: Path) -> pd.DataFrame:
    """Write every layer, and what pages need of areas and assets, without their shapes.

    Parameters
    ----------
    material
        The place.
    folder
        Where to.

    Returns
    -------
    DataFrame
        The values, areas in the order of the table ``areas``, a column a layer.
    """
    found = list(_layers(material))
    columns = pd.DataFrame({layer.id: values for layer, values in found})
    write_json(folder / "layers.json", [asdict(layer) for layer, _ in found])
    np.savez(folder / "layers.npz", values=columns.to_numpy(np.float32, na_value=np.nan))
    areas = material.areas
    kept = [c for c in areas.columns if c in LIGHT or str(c).startswith("group_")]
    light = pd.DataFrame(areas[kept]).assign(label=material.area_names)
    at = _degrees(areas["origin_x"], areas["origin_y"], material)
    light.assign(lon=at.x.to_numpy(), lat=at.y.to_numpy()).to_parquet(folder / "areas.parquet")
    assets = material.assets
    inner = assets.geometry.representative_point()
    spots = _degrees(inner.x, inner.y, material)
    pd.DataFrame(assets.drop(columns="geometry")).assign(
        inside=material.inside, lon=spots.x.to_numpy(), lat=spots.y.to_numpy()
    ).to_parquet(folder / "assets.parquet")
    return columns


def write_doors(place: Place, material: Material, folder: Path) -> None:
    """Write the points at which assets are entered, in metres and in degrees.

    Parameters
    ----------
    place, material
        The place.
    folder
        Where to.
    """
    points = access_points(material.assets, place.table("entrances"))
    spots = _degrees(points["x"], points["y"], material)
    pd.DataFrame(points[["asset_id", "kind", "x", "y"]]).assign(
        lon=spots.x.to_numpy(), lat=spots.y.to_numpy()
    ).to_parquet(folder / "doors.parquet")


def read_layers(folder: Path) -> tuple[list[Layer], Any]:
    """Return the layers and their values, shape (areas, layers).

    Parameters
    ----------
    folder
        Where :func:`write_layers` wrote them.
    """
    import json  # noqa: PLC0415

    listed = json.loads((folder / "layers.json").read_text(encoding="utf-8"))
    with np.load(folder / "layers.npz") as book:
        return [Layer(**entry) for entry in listed], book["values"]


def _layers(material: Material) -> Iterator[tuple[Layer, Any]]:
    yield from _reach(material)
    yield from _deprivation(material)
    yield from _indicators(material)


def _deprivation(material: Material) -> Iterator[tuple[Layer, Any]]:
    fifths = material.areas["deprivation_quintile"]
    if not fifths.notna().any():
        return
    said = material.parameters.get("deprivation") or {}
    name = words.clean(said.get("name", "deprivation"))
    source = sources_named(material, area_sources(material))
    label = f"Fifth of deprivation ({name})"
    unit = "fifth, 1 = most deprived"
    layer = Layer(DEPRIVATION, "Deprivation", label, unit, source, "better")
    yield layer, fifths.to_numpy(dtype=float, na_value=np.nan)


def _reach(material: Material) -> Iterator[tuple[Layer, Any]]:
    order = pd.Index(material.areas["area_id"])
    keys = ["measure", "kind", "limit", "group"]
    rank = {"nearest": 0, "count": 1}
    found = []
    for key, rows in material.reach.groupby(keys, dropna=False, sort=False):
        measure, kind, limit, group = cast("tuple[Any, ...]", key)
        whose = "" if pd.isna(group) else whose_words(material, str(group))
        at = order.get_indexer(pd.Index(rows["area_id"]))
        values = np.full(len(order), np.nan)
        values[at] = rows["value"].to_numpy(dtype=float)
        parts = [str(measure), str(kind)]
        parts += [] if pd.isna(limit) else [f"{limit:g}"]
        parts += [whose.replace(" ", "-")] if whose else []
        layer = Layer(
            ".".join(parts),
            heading_of(str(kind)),
            measure_name(str(kind), str(measure), float(limit), whose),
            unit_words(material, str(kind), str(rows["unit"].iloc[0])),
            sources_named(material, [*walk_sources(material, str(kind)), *area_sources(material)]),
            "worse" if str(measure).startswith("nearest") else "better",
            missing=f"No way to any of the {plural_phrase(str(kind))}",
            kind=str(kind),
            measure=str(measure),
            limit=None if pd.isna(limit) else float(limit),
        )
        found.append(((layer.family, rank.get(str(measure), 2), layer.id), layer, values))
    for _, layer, values in sorted(found, key=lambda item: item[0]):
        yield layer, values


def _indicators(material: Material) -> Iterator[tuple[Layer, Any]]:
    keys = ["indicator", "level", "group", "period"]
    listed = material.facts.get("recipe", {}).get("indicators", [])
    files = {entry.get("name"): str(entry.get("file")) for entry in listed}
    grouped = material.indicators.groupby(keys, dropna=False, sort=True)
    for number, (key, rows) in enumerate(grouped, 1):
        name, level, group, period = (
            None if pd.isna(part) else str(part) for part in cast("tuple[Any, ...]", key)
        )
        column = "area_id" if level == "area" else f"group_{level}"
        known = rows.drop_duplicates("area_id").set_index("area_id")["value"]
        values = material.areas[column].map(known).to_numpy(dtype=float, na_value=np.nan)
        where = "" if level == "area" else f", by {level}"
        label = ", ".join(part for part in (name, group) if part) + where
        yield (
            Layer(
                f"indicator.{number}",
                "Health and wellbeing",
                words.clean(label),
                words.clean(rows["unit"].iloc[0]),
                sources_named(material, [files[name]] if name in files else []),
                str(rows["higher"].iloc[0]),
                period=words.clean(period or ""),
                missing="No value published",
            ),
            values,
        )


def _degrees(x: Any, y: Any, material: Material) -> Any:
    import geopandas as gpd  # noqa: PLC0415  (the child process alone needs it)

    return gpd.GeoSeries.from_xy(x, y, crs=material.areas.crs).to_crs(4326)
