"""Walks along a place's own streets, for searches from a point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.directory.nearby import SPEED_M_A_MINUTE, Point, Walk, straight_walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.place import Place

NETWORK = "network.npz"
FURTHEST_MINUTES = 90.0


def walk_of(place: Place) -> Walk:
    """Return how long walks take in a place: along its streets, or else in straight lines.

    A start or an end that is further from a street than the recipe's `snap_m` is reached by the
    straight line.

    Parameters
    ----------
    place
        A built place.
    """
    said = place.facts.get("parameters", {})
    speed = float(said.get("speed_kmh") or 4.8)
    path = place.folder / NETWORK
    if not path.is_file():
        return _straight(speed)
    from pyproj import Transformer  # noqa: PLC0415

    from mobilise import reach  # noqa: PLC0415  (slow to import, and few places need it)

    streets = reach.load_streets(path)
    to_metres = Transformer.from_crs("EPSG:4326", streets.crs, always_xy=True)
    straight = _straight(speed)

    def walk(start: Point, ends: Sequence[Point]) -> Sequence[float | None]:
        if not ends:
            return []
        latitude, longitude = np.array([start, *ends]).T
        x, y = to_metres.transform(longitude, latitude)
        origin = pd.DataFrame({"area_id": ["start"], "x": x[:1], "y": y[:1], "population": 1.0})
        doors = pd.DataFrame({"asset_id": np.arange(len(ends)).astype(str), "x": x[1:], "y": y[1:]})
        times = reach.travel_times(
            origin,
            doors.assign(kind="service"),
            minutes=FURTHEST_MINUTES,
            streets=streets,
            speed_kmh=speed,
            snap_metres=float(said.get("snap_m") or 500.0),
        )
        found = dict(zip(times["to_id"].astype(int), times["minutes"], strict=True))
        missing = straight(start, ends) if len(found) < len(ends) else ()
        return [float(found[i]) if i in found else missing[i] for i in range(len(ends))]

    return walk


def _straight(speed_kmh: float) -> Walk:
    """Return walks in straight lines, 1.3 times as long, at a speed."""
    factor = SPEED_M_A_MINUTE / (speed_kmh * 1000 / 60)

    def walk(start: Point, ends: Sequence[Point]) -> Sequence[float | None]:
        minutes = straight_walk(start, ends)
        return [None if one is None else one * factor for one in minutes]

    return walk
