"""Selecting: which small areas a place is, by its name, a postcode or an outline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise.errors import InputError, suggestion
from mobilise.sources import normalise_postcode, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.fetch.features import Box
    from mobilise.sources.publishers import Registry

MANY = 12


@dataclass(frozen=True)
class Ask:
    """How somebody names a place: one of the three ways.

    Parameters
    ----------
    level, member
        A level of the registry (``district``), and a name or code of it.
    postcode, km
        A postcode, and how many kilometres around it.
    polygon
        A file with outlines.
    """

    level: str | None = None
    member: str | None = None
    postcode: str | None = None
    km: float | None = None
    polygon: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return what was said, as plain data."""
        said = {key: getattr(self, key) for key in ("level", "member", "postcode", "km")}
        said["polygon"] = str(self.polygon) if self.polygon else None
        return {key: value for key, value in said.items() if value is not None}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Ask:
        """Return what :meth:`as_dict` wrote."""
        polygon = said.get("polygon")
        return cls(**{**said, "polygon": Path(polygon) if polygon else None})


@dataclass(frozen=True)
class Selection:
    """A place, as areas.

    Parameters
    ----------
    name
        What it is called.
    ids
        Its areas.
    around
        Its neighbours: areas near enough to share its assets.
    zone
        The place and the buffer in which assets are kept, in `crs`.
    crs
        The registry's.
    """

    name: str
    ids: frozenset[str]
    around: frozenset[str]
    zone: Any
    crs: str

    @property
    def all(self) -> frozenset[str]:
        """The areas and their neighbours."""
        return self.ids | self.around

    def series(self) -> gpd.GeoSeries:
        """Return the zone as a series."""
        return gpd.GeoSeries([self.zone], crs=self.crs)

    def box(self) -> Box:
        """Return the zone's box in degrees: west, south, east, north."""
        west, south, east, north = self.series().to_crs("EPSG:4326").total_bounds
        return float(west), float(south), float(east), float(north)


def members_of(registry: Registry, level: str, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return a level's members: one row for each area, ``code``, ``name`` and ``area``.

    Parameters
    ----------
    registry
        Whose level.
    level
        Its name.
    tables
        The tables of sources, by their key.
    """
    spec = registry.levels[level]
    table = tables[spec.source]
    found = pd.DataFrame(
        {
            "code": table[spec.code].astype("str"),
            "name": table[spec.name].astype("str"),
            "area": table[spec.id].astype("str"),
        }
    )[table[spec.code].notna().to_numpy()]
    if spec.of is None:
        return found.drop_duplicates().reset_index(drop=True)
    parts = members_of(registry, spec.of, tables)[["code", "area"]]
    inner = parts.rename(columns={"code": "part"})
    whole = found.rename(columns={"area": "part"}).drop_duplicates()
    return whole.merge(inner, on="part")[["code", "name", "area"]]


def chosen(members: pd.DataFrame, said: str, level: str, title: str) -> tuple[str, frozenset[str]]:
    """Return the name and the areas of the member of a level that somebody means.

    Raises
    ------
    InputError
        There is none, or there are several of that name.
    """
    plain = " ".join(said.split()).casefold()
    rows = members[members["code"].str.casefold() == plain]
    if rows.empty:
        rows = members[members["name"].str.casefold() == plain]
    if rows.empty:
        column = "code" if any(letter.isdigit() for letter in said) else "name"
        known = suggestion(said, sorted(set(members[column])))
        raise InputError(
            f"there is no {title} '{said}' ('mobilise new --list {level}' names them all){known}"
        )
    codes = sorted(set(rows["code"]))
    if len(codes) > 1:
        shown = "; ".join(codes[:MANY]) + (" and more" if len(codes) > MANY else "")
        raise InputError(
            f"there are {len(codes)} {title}s named '{said}': say which code: {shown}."
        )
    return str(rows["name"].iloc[0]), frozenset(rows["area"])


def near_postcode(
    points: pd.DataFrame, postcodes: pd.DataFrame, said: str, km: float
) -> tuple[str, frozenset[str]]:
    """Return the areas whose people live, on average, within some kilometres of a postcode.

    Parameters
    ----------
    points
        ``area``, ``x``, ``y`` in metres.
    postcodes
        ``postcode``, ``x``, ``y`` in metres.
    said
        The postcode.
    km
        How far.

    Raises
    ------
    InputError
        It is no postcode, or nobody lives so near.
    """
    wanted = normalise_postcode(said)
    if wanted is None:
        raise InputError(f"'{said}' is no whole postcode; write it like 'WN1 1AA'.")
    keys = postcodes["postcode"].str.replace(" ", "").str.upper()
    row = postcodes[keys == wanted.replace(" ", "")]
    if row.empty:
        raise InputError(f"the postcode '{wanted}' is not in the table of postcodes.")
    x, y = float(row["x"].iloc[0]), float(row["y"].iloc[0])
    within = np.hypot(points["x"] - x, points["y"] - y) <= km * 1000
    if not within.any():
        raise InputError(f"no area's people live within {km:g} km of {wanted}; say more km.")
    return f"{km:g} km around {wanted}", frozenset(points.loc[within, "area"])


def inside_polygon(points: pd.DataFrame, path: Path, crs: str) -> tuple[str, frozenset[str]]:
    """Return the areas whose people live, on average, inside the outlines of a file.

    Raises
    ------
    InputError
        It holds no outline, or no area's people live inside.
    SourceError
        The file cannot be read.
    """
    frame = read_table(path)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"{path}: there are no outlines in it; name a map (GeoJSON, GeoPackage).")
    outline = shapely.union_all(shapely.make_valid(frame.to_crs(crs).geometry.to_numpy()))
    shapely.prepare(outline)
    within = shapely.contains_xy(outline, points["x"].to_numpy(), points["y"].to_numpy())
    if not within.any():
        raise InputError(f"{path}: no area's people live, on average, inside its outlines.")
    return path.stem.replace("_", " ").title(), frozenset(points.loc[within, "area"])


def surrounded(
    name: str,
    ids: frozenset[str],
    points: pd.DataFrame,
    outlines: gpd.GeoDataFrame | None,
    *,
    crs: str,
    buffer_m: float,
    around_m: float,
) -> Selection:
    """Return the selection: the areas, their neighbours, and the zone in which assets count.

    Parameters
    ----------
    name, ids
        The place.
    points
        Of all areas: ``area``, ``x``, ``y``.
    outlines
        ``area`` and geometry, of the place's areas at least; None where they could not be had:
        the hull of the points stands in.
    crs
        Of all these.
    buffer_m
        How far beyond the border assets are kept.
    around_m
        How far beyond the border areas share the place's assets.
    """
    own = points["area"].isin(ids).to_numpy()
    dots = np.asarray(shapely.points(points["x"], points["y"]))
    shape = shapely.convex_hull(shapely.multipoints(dots[own]))
    if outlines is not None:
        mine = outlines[outlines["area"].isin(ids)].geometry.to_numpy()
        shape = shapely.union_all(shapely.make_valid(mine)) if len(mine) else shape
    near = shapely.dwithin(shape, dots, around_m) & ~own
    zone = shapely.buffer(shapely.simplify(shape, 50), buffer_m + 50, quad_segs=8)
    return Selection(name, ids, frozenset(points.loc[near, "area"]), zone, crs)
