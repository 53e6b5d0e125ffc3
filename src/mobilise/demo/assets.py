"""The town's assets: where they are likely, what they are called, which lists hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from mobilise.demo.choose import number, spread
from mobilise.demo.names import Names

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.demo.green import Green
    from mobilise.demo.ground import Floats, Ground, Ints, Shapes
    from mobilise.demo.people import People
    from mobilise.demo.streets import Grid
    from mobilise.demo.ways import Streets


@dataclass(frozen=True)
class Spot:
    """What makes a door likely: all arrays of shape (doors,).

    Parameters
    ----------
    poor
        Rank of its area by deprivation: 1 is the most deprived.
    middle
        1 in the middle of the town, falling to 0.
    cut_off
        1 in the estate that the river cuts off.
    """

    poor: Floats
    middle: Floats
    cut_off: Floats


@dataclass(frozen=True)
class Sort:
    """A sort of asset: its patterns in ``names.toml``, how many, how far apart, where likely."""

    name: str
    a_hundred: float
    apart: float  # of the radius
    weight: Callable[[Spot], Floats]


def _even(spot: Spot) -> Floats:
    return (0.7 + 0.5 * spot.middle) * (1 - spot.cut_off)


def _rich_and_central(spot: Spot) -> Floats:
    return (1.1 * spot.middle + 1.5 * (1 - spot.poor) ** 2) * (1 - spot.cut_off)


def _rich(spot: Spot) -> Floats:
    return (0.2 + 1.3 * (1 - spot.poor) + 0.5 * spot.middle) * (1 - spot.cut_off)


def _poor(spot: Spot) -> Floats:
    return 0.2 + 1.4 * spot.poor**1.5 + 0.4 * spot.middle


def _everywhere(spot: Spot) -> Floats:
    return 0.5 + 0.9 * spot.middle + 0.3 * spot.poor


COUNCIL = (
    Sort("library", 9, 0.45, _even),
    Sort("community centre", 18, 0.25, _poor),
    Sort("leisure centre", 6, 0.5, _rich),
)
CULTURE = (
    Sort("museum", 7, 0.12, _rich_and_central),
    Sort("gallery", 5, 0.10, _rich_and_central),
    Sort("arts", 18, 0.12, _rich_and_central),
    Sort("faith", 44, 0.12, _everywhere),
)
COMMUNITY = (Sort("group", 78, 0.06, _poor),)
HEALTH = (Sort("gp", 22, 0.22, _rich), Sort("pharmacy", 30, 0.14, _everywhere))


@dataclass(frozen=True)
class Town:
    """What the lists of assets are drawn up from."""

    ground: Ground
    streets: Streets
    people: People
    names: Names
    spot: Spot


def town_of(rng: np.random.Generator, ground: Ground, streets: Streets, people: People) -> Town:
    """Return the town, with what makes its doors likely."""
    deprived = people.areas["income_deprived"].rank(method="first").to_numpy()
    spot = Spot(
        (deprived / len(deprived))[people.of_door],
        ground.near(streets.doors, (0.0, 0.0), 0.30),
        ground.in_estate(streets.doors).astype(float),
    )
    return Town(ground, streets, people, Names(rng), spot)


def place_assets(
    rng: np.random.Generator, town: Town, sorts: tuple[Sort, ...], areas: int
) -> pd.DataFrame:
    """Return assets: ``type, name, street, ward, x, y`` (metres), and the door each is at."""
    rows = []
    wards = town.people.areas["ward"].to_numpy()[town.people.of_door]
    for sort in sorts:
        apart = sort.apart * town.ground.radius
        doors = town.streets.doors
        for door in spread(
            rng, doors, sort.weight(town.spot), number(areas, sort.a_hundred), apart
        ):
            street, ward = town.streets.street[door], str(wards[door])
            turn = rng.random() * 2 * np.pi
            x, y = np.round(doors[door] + 14 * np.array([np.cos(turn), np.sin(turn)]), 1)
            name = town.names.of(sort.name, ward, street)
            rows.append((sort.name, name, street, ward, x, y, door))
    return pd.DataFrame(rows, columns=["type", "name", "street", "ward", "x", "y", "door"])


def name_green(town: Town, green: Green) -> list[str]:
    """Return a name for each green space, by the ward and street nearest to it."""
    doors = shapely.STRtree(np.asarray(shapely.points(town.streets.doors)))
    wards = town.people.areas["ward"].to_numpy()[town.people.of_door]
    names = []
    for sort, shape in zip(green.sort, green.shape, strict=True):
        door = int(doors.nearest(shape.centroid))
        names.append(town.names.of(sort.name, str(wards[door]), town.streets.street[door]))
    return names


def ways_into(green: Green, grid: Grid) -> tuple[Ints, Shapes]:
    """Return where green spaces are entered: the position of each in `green`, and the points.

    Where paths cross its edge, or else where the edge is nearest to the streets about it.
    """
    of, points = [], []
    path = (grid.pieces["road"] == "footway").to_numpy()
    green_of = grid.pieces["green"].to_numpy()
    others = shapely.STRtree(shapely.line_interpolate_point(grid.line[~path], 0.5, normalized=True))
    middles = others.geometries
    for n, (sort, shape) in enumerate(zip(green.sort, green.shape, strict=True)):
        edge = shape.boundary
        crossed = shapely.intersection(grid.line[path & (green_of == n)], edge)
        found = [one for one in shapely.get_parts(crossed) if one.geom_type == "Point"]
        if not found:
            near = others.query(shape.buffer(80))
            by_distance = near[np.argsort(shapely.distance(middles[near], edge), kind="stable")]
            found = [
                edge.interpolate(edge.project(one)) for one in middles[by_distance[: sort.ways_in]]
            ]
        of += [n] * len(found)
        points += found
    return np.array(of, dtype=np.int64), np.array(points)
