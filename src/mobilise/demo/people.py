"""The people: areas bounded by streets, how deprived they are, and how well they live."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise.demo.choose import centres
from mobilise.demo.ground import (
    ESTATE,
    ESTATE_RADIUS,
    LEAFY,
    NORTH_END,
    Blocks,
    Floats,
    Ground,
    Ints,
)
from mobilise.demo.names import lists

if TYPE_CHECKING:
    from mobilise.demo.ways import Streets

NEIGHBOURHOOD_AREAS, WARD_AREAS = 5, 8
FAR_BANK = 0.7  # of the radius: how much further than it is the other bank counts
PERIOD_YEARS = 3
PERIOD = "2023 to 2025"


@dataclass(frozen=True)
class People:
    """The areas and their people.

    Parameters
    ----------
    areas
        One row an area, in metres: ``code, name, ward, neighbourhood, residents, aged_65_plus,
        income_deprived`` (share of residents), ``centre_x, centre_y``, geometry.
    of_door
        The position of the area that each door is in.
    """

    areas: gpd.GeoDataFrame
    of_door: Ints


def settle(
    rng: np.random.Generator, ground: Ground, blocks: Blocks, streets: Streets, count: int
) -> People:
    """Return `count` areas; each is of whole blocks, and none lies on both banks."""
    weight = np.exp(-((np.hypot(*blocks.middle.T) / ground.radius / 0.9) ** 2)) + 0.15
    found, group = centres(rng, _with_bank(ground, blocks.middle), weight, count)
    shapes = [
        shapely.intersection(shapely.coverage_union_all(blocks.shape[group == k]), ground.outline)
        for k in range(len(found))
    ]
    shape = shapely.set_precision(np.array(shapes), 0.1)
    of_door = _areas_of(blocks, group, streets.doors)
    middle = _middles(ground, found, streets.doors, of_door)
    ward = centres(rng, _with_bank(ground, middle), np.ones(count), _parts(count, WARD_AREAS))[1]
    neighbourhood = centres(
        rng, _with_bank(ground, middle), np.ones(count), _parts(count, NEIGHBOURHOOD_AREAS)
    )[1]
    ward_name = _ward_names(ground, middle, ward)
    residents = np.clip(np.rint(rng.normal(1650, 260, count)), 900, 2900).astype(int)
    deprived = _deprived(rng, ground, middle)
    older = np.clip(0.21 - 0.22 * deprived + rng.normal(0, 0.03, count), 0.04, 0.4)
    areas = pd.DataFrame(
        {
            "code": [f"WX{n:04d}" for n in range(1, count + 1)],
            "name": _numbered(ward_name),
            "ward": ward_name,
            "neighbourhood": [f"WXN{n + 1:02d}" for n in neighbourhood],
            "residents": residents,
            "aged_65_plus": np.rint(residents * older).astype(int),
            "income_deprived": deprived,
            "centre_x": middle[:, 0],
            "centre_y": middle[:, 1],
        }
    )
    return People(gpd.GeoDataFrame(areas, geometry=shape), of_door)


def health_of(rng: np.random.Generator, areas: pd.DataFrame) -> pd.DataFrame:
    """Return indicators: life expectancy by neighbourhood and sex, loneliness by area.

    Both worsen with deprivation: about eight years of men's lives between the ends.
    """
    tables = []
    by = areas.assign(poor=areas["income_deprived"] * areas["residents"]).groupby("neighbourhood")
    people = by["residents"].sum()
    deprived = (by["poor"].sum() / people).to_numpy()
    for sex, best, slope in (("Males", 82.4, 21.0), ("Females", 85.5, 15.5)):
        years = people.to_numpy() / 2 * PERIOD_YEARS
        # An interval is about 140 / sqrt(person-years) years to each side.
        error = 71.0 / np.sqrt(years)
        value = best - slope * deprived + rng.normal(0, 0.7 * error)
        tables.append(
            pd.DataFrame(
                {
                    "geography": "neighbourhood",
                    "code": people.index.to_numpy(),
                    "indicator": "Life expectancy at birth",
                    "sex": sex,
                    "period": PERIOD,
                    "value": np.round(value, 1),
                    "lower95": np.round(value - 1.96 * error, 1),
                    "upper95": np.round(value + 1.96 * error, 1),
                }
            )
        )
    tables.append(_loneliness(rng, areas))
    return pd.concat(tables, ignore_index=True)


def _loneliness(rng: np.random.Generator, areas: pd.DataFrame) -> pd.DataFrame:
    asked = rng.integers(90, 160, len(areas))
    chance = np.clip(0.17 + 0.34 * areas["income_deprived"].to_numpy(), 0, 1)
    lonely = rng.binomial(asked, chance)
    share = lonely / asked
    # Wilson's limits (doi:10.1080/01621459.1927.10502953).
    z = 1.96
    middle = (share + z**2 / (2 * asked)) / (1 + z**2 / asked)
    half = z / (1 + z**2 / asked) * np.sqrt(share * (1 - share) / asked + z**2 / (4 * asked**2))
    return pd.DataFrame(
        {
            "geography": "area",
            "code": areas["code"].to_numpy(),
            "indicator": "Feels lonely often or some of the time",
            "sex": "Persons",
            "period": "2025",
            "value": np.round(100 * share, 1),
            "lower95": np.round(100 * (middle - half), 1),
            "upper95": np.round(100 * (middle + half), 1),
            "numerator": lonely,
            "denominator": asked,
        }
    )


def _parts(count: int, areas_each: int) -> int:
    return max(2, round(count / areas_each))


def _with_bank(ground: Ground, points: Floats) -> Floats:
    """Return points with a third dimension that keeps the banks of the river apart."""
    return np.column_stack([points, ground.east(points) * FAR_BANK * ground.radius])


def _areas_of(blocks: Blocks, group: Ints, doors: Floats) -> Ints:
    """Return the area of each door: that of the block whose middle is nearest."""
    tree = shapely.STRtree(np.asarray(shapely.points(blocks.middle)))
    return np.asarray(group[tree.nearest(shapely.points(doors))])


def _middles(ground: Ground, found: Floats, doors: Floats, of_door: Ints) -> Floats:
    """Return where the people of each area are on average, moved to the nearest of its doors."""
    middle = found[:, :2].copy()
    for k in range(len(found)):
        mine = doors[of_door == k]
        if not len(mine):
            mine = doors[ground.east(doors) == (found[k, 2] > 0)]
        average = mine.mean(axis=0) if (of_door == k).any() else middle[k]
        middle[k] = mine[np.hypot(*(mine - average).T).argmin()]
    return middle


def _ward_names(ground: Ground, middle: Floats, ward: Ints) -> list[str]:
    """Return each area's ward: the estate's and the middle's are named first."""
    of_ward = np.array([middle[ward == k].mean(axis=0) for k in range(ward.max() + 1)])
    spots = np.array([ESTATE, (0.0, 0.0)]) * ground.radius
    order: list[int] = []
    for spot in spots:
        far = np.hypot(*(of_ward - spot).T)
        far[order] = np.inf
        order.append(int(far.argmin()))
    order += [k for k in range(len(of_ward)) if k not in order]
    words = lists()["wards"]
    names = {k: words[n % len(words)] + " North" * (n // len(words)) for n, k in enumerate(order)}
    return [names[int(k)] for k in ward]


def _numbered(wards: list[str]) -> list[str]:
    """Return a name for each area: its ward, and a number."""
    seen: dict[str, int] = {}
    names = []
    for ward in wards:
        seen[ward] = seen.get(ward, 0) + 1
        names.append(f"{ward} {seen[ward]}")
    return names


def _deprived(rng: np.random.Generator, ground: Ground, at: Floats) -> Floats:
    """Return the share of people in income deprivation, 0.02 to 0.48.

    Poorer towards the east, in the ring round the middle, in the estate and at the north end.
    """
    inner = ground.near(at, (0.1, 0.0), 0.35)
    surface = (
        0.45 * at[:, 0] / ground.radius
        + 0.35 * inner
        + 1.10 * ground.near(at, ESTATE, ESTATE_RADIUS)
        + 0.80 * ground.near(at, NORTH_END, 0.28)
        - 0.50 * ground.near(at, LEAFY, 0.45)
        + rng.normal(0, 0.14, len(at))
    )
    rank = (surface.argsort(kind="stable").argsort(kind="stable") + 0.5) / len(at)
    return np.round(0.02 + 0.46 * rank**math.e, 3)
