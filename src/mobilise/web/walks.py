"""Walks from one point: who lives within so many minutes, and what is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import reach
from mobilise.assets.kinds import catalogue
from mobilise.errors import InputError
from mobilise.report.classes import class_labels, class_of
from mobilise.report.material import is_health
from mobilise.web.shading import Shading, colours_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.web.site import Site

FURTHEST = 60.0  # minutes
BREAKS = (10.0, 15.0, 20.0, 30.0)
AWAY = 5_000.0  # metres beyond the place's areas
A_KIND = 3  # assets listed


@dataclass(frozen=True)
class Found:
    """An asset within reach of the point."""

    id: str
    name: str
    minutes: float


@dataclass(frozen=True)
class Walks:
    """What is within an hour's walk of a point.

    Parameters
    ----------
    minutes
        One an area, from its people's homes to the point; nan beyond an hour.
    people
        How many live within 5, 10, 15, 20 and 30 minutes.
    kinds
        The nearest assets of each kind, those with the nearest first; places to be referred
        from come last.
    """

    minutes: NDArray[np.float64]
    people: dict[int, float]
    kinds: dict[str, list[Found]]

    @property
    def shading(self) -> Shading:
        """The classes and colours of the areas."""
        labels = tuple(class_labels(BREAKS))
        title = "Minutes on foot from the point"
        return Shading(class_of(self.minutes, BREAKS), colours_for(len(labels)), labels, title)


def walks_from(site: Site, lat: float, lon: float) -> Walks:
    """Return the walks from a point.

    Parameters
    ----------
    site
        The place.
    lat, lon
        In degrees.

    Raises
    ------
    InputError
        The point is not in the place or near it.
    """
    place = site.place
    x, y = site.to_metres.transform(lon, lat)
    homes = site.areas[["area_id", "origin_x", "origin_y"]]
    off = np.hypot(homes["origin_x"] - x, homes["origin_y"] - y).min()
    if not off <= AWAY:
        raise InputError(f"That point is not in {place.name}; choose one on the map.")
    times = _times(site, x, y)
    minutes = times["area"].reindex(homes["area_id"]).to_numpy(dtype=float)
    within = {m: float(site.people[minutes <= m].sum()) for m in (5, 10, 15, 20, 30)}
    return Walks(minutes, within, _by_kind(site, times["door"]))


def _times(site: Site, x: float, y: float) -> dict[str, pd.Series]:
    """Return minutes from areas, by id, and from doors, by their row."""
    found = _walked(site, site.starts, x, y)
    what, _, name = (found["from_id"].str.partition(":")[part] for part in (0, 1, 2))
    minutes = found["minutes"].set_axis(name)
    return {kind: minutes[(what == kind).to_numpy()] for kind in ("area", "door")}


def _walked(site: Site, origins: pd.DataFrame, x: float, y: float) -> pd.DataFrame:
    """Return the minutes between origins and one point: from_id, to_id, minutes."""
    parameters = site.place.facts["parameters"]
    there = pd.DataFrame({"asset_id": ["here"], "kind": ["point"], "x": [x], "y": [y]})
    return reach.travel_times(
        origins,
        there,
        minutes=FURTHEST,
        streets=site.streets,
        speed_kmh=parameters["speed_kmh"],
        detour=parameters["detour"] or 1.3,
        snap_metres=parameters["snap_m"] or 500.0,
    )


def _by_kind(site: Site, times: pd.Series) -> dict[str, list[Found]]:
    rows = times.index.astype(int)
    doors = site.doors.iloc[rows].assign(minutes=times.to_numpy())
    nearest = doors.groupby("asset_id")["minutes"].min()
    assets = site.assets[site.assets["asset_id"].isin(nearest.index)]
    assets = assets.assign(minutes=nearest.reindex(assets["asset_id"]).to_numpy())
    assets = assets.sort_values(["minutes", "asset_id"])
    labels: dict[str, Any] = catalogue().kinds
    found = {}
    for kind in assets["kind"].drop_duplicates():
        part = assets[assets["kind"] == kind].head(A_KIND)
        columns = (part["asset_id"], part["name"].fillna(labels[kind].label), part["minutes"])
        found[kind] = [Found(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    ordered = sorted(found, key=lambda kind: (is_health(kind), found[kind][0].minutes))
    return {labels[kind].plural: found[kind] for kind in ordered}
