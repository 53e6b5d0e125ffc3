"""The demonstration place: a town that does not exist, generated from a seed.

It comes as the files that an analyst would have, and a recipe for them, so that the very
same build makes a place of it. The town has a story to find: health worsens from west to
east; museums, galleries, parks and leisure favour the better-off west and the middle, community
places the poorer areas; and an estate on the far bank of the river, in a bend without a bridge,
is near to everything on the map and far from it on foot.
"""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from mobilise.demo.accounts import BALLOTS, CLOSED, ROUND, fill_evidence, write_evidence
from mobilise.demo.assets import name_green, town_of, ways_into
from mobilise.demo.green import Green, lay_green
from mobilise.demo.ground import Ground, lay_out
from mobilise.demo.lists import community_list, council_list, culture_list, health_list
from mobilise.demo.names import lists
from mobilise.demo.networks import network_list
from mobilise.demo.people import People, health_of, settle
from mobilise.demo.postcodes import postcodes_of
from mobilise.demo.streets import lay_streets
from mobilise.demo.ways import name_streets
from mobilise.demo.writing import lon_lat, write_lines, write_map, write_table
from mobilise.errors import InputError

__all__ = [
    "BALLOTS",
    "CLOSED",
    "COUNTED",
    "EVIDENCE",
    "NEED",
    "ROUND",
    "fill_evidence",
    "write_demo",
]

EVIDENCE = "evidence"
COUNTED = ("2025Q1", "2026Q3")  # the quarters whose referrals are counted
NEED = "Loneliness among adults (often or some of the time)"  # says how many people are in need
FEWEST, MOST = 8, 2000


def write_demo(folder: Path | str, *, seed: int = 2026, areas: int = 100) -> Path:
    """Write the sources and the recipe of the demonstration place.

    Parameters
    ----------
    folder
        Where to; made if need be. Files of the same names are replaced.
    seed
        Of all chance: the same seed and areas give the same bytes.
    areas
        How many areas the town has; each has about 1,650 people on 0.4 km².

    Returns
    -------
    Path
        The recipe, ``recipe.toml`` in `folder`; its paths are relative to it.

    Raises
    ------
    InputError
        `areas` is below 8 or above 2,000.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> write_demo(mkdtemp(), areas=12).name
    'recipe.toml'
    """
    if not FEWEST <= areas <= MOST:
        raise InputError(f"areas = {areas}: a town has from {FEWEST} to {MOST:,} areas.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # A stream of chance for each part: a change to one leaves the others as they are.
    land, roads, houses, homes, lives, places = (
        np.random.Generator(np.random.PCG64(one)) for one in np.random.SeedSequence(seed).spawn(6)
    )
    ground, blocks = lay_out(areas)
    green = lay_green(land, ground, blocks, areas)
    grid = lay_streets(roads, ground, blocks, green.of_block)
    streets = name_streets(houses, ground, blocks, green.of_block, grid)
    people = settle(homes, ground, blocks, streets, areas)
    town = town_of(places, ground, streets, people)
    _write_areas(folder, people)
    write_table(folder / "indicators.csv", health_of(lives, people.areas))
    write_lines(folder / "streets.geoparquet", streets.ways, streets.line)
    write_table(folder / "postcodes.csv", postcodes_of(people, streets))
    council = council_list(places, town, areas)
    culture = culture_list(places, town, areas)
    both = pd.concat([council, culture], ignore_index=True)
    _write_council(folder, council)
    _write_culture(folder, culture)
    _write_community(folder, community_list(places, town, areas, both))
    _write_health(folder, health_list(places, town, areas))
    _write_green(folder, green, name_green(town, green), ways_into(green, grid))
    _write_water(folder, ground)
    write_evidence(folder / EVIDENCE, _wards(people), seed)
    recipe = folder / "recipe.toml"
    text = files("mobilise.demo").joinpath("recipe.toml").read_text(encoding="utf-8")
    recipe.write_text(text, encoding="utf-8", newline="\n")
    return recipe


def _wards(people: People) -> dict[str, list[str]]:
    named = people.areas[["ward", "code"]].groupby("ward", sort=True)["code"]
    return {str(ward): sorted(codes) for ward, codes in named}


def _write_areas(folder: Path, people: People) -> None:
    table = pd.DataFrame(people.areas.drop(columns="geometry"))
    degrees = lon_lat(table[["centre_x", "centre_y"]].to_numpy())
    table = table.drop(columns=["centre_x", "centre_y"])
    table["centre_lon"], table["centre_lat"] = degrees[:, 0], degrees[:, 1]
    write_map(folder / "areas.geojson", table, people.areas.geometry.to_numpy())


def _write_council(folder: Path, table: pd.DataFrame) -> None:
    table = _with_degrees(table).assign(id=[f"C{n:03d}" for n in range(1, len(table) + 1)])
    columns = ["id", "type", "name", "street", "ward", "latitude", "longitude"]
    write_table(
        folder / "councils_list.csv", table[[*columns, "hours_per_week", "closed", "last_checked"]]
    )


def _write_community(folder: Path, table: pd.DataFrame) -> None:
    columns = ["name", "category", "street", "latitude", "longitude", "last_updated"]
    write_table(folder / "community.csv", _with_degrees(table)[columns])


def _write_culture(folder: Path, table: pd.DataFrame) -> None:
    ids = pd.Series([f"K{n:03d}" for n in range(1, len(table) + 1)], name="id")
    kept = pd.concat([ids, table[["type", "name", "street"]]], axis=1)
    write_map(
        folder / "culture.geojson",
        kept,
        np.asarray(shapely.points(table[["x", "y"]].to_numpy(dtype=float))),
    )


def _write_health(folder: Path, table: pd.DataFrame) -> None:
    table = _with_degrees(table).assign(code=[f"H{n:03d}" for n in range(1, len(table) + 1)])
    table["type"] = table["type"].map({"gp": "GP practice", "pharmacy": "Pharmacy"})
    columns = ["code", "type", "name", "street", "latitude", "longitude", "patients"]
    write_table(folder / "health.csv", table[columns])
    write_table(folder / "networks.csv", network_list(table[table["type"] == "GP practice"]))


def _write_green(
    folder: Path, green: Green, names: list[str], entries: tuple[np.ndarray, np.ndarray]
) -> None:
    table = pd.DataFrame(
        {
            "id": [f"G{n:03d}" for n in range(1, len(names) + 1)],
            "type": [sort.name for sort in green.sort],
            "name": names,
        }
    )
    write_map(folder / "green.geojson", table, green.shape)
    of, points = entries
    access = pd.DataFrame({"green_id": table["id"].to_numpy()[of], "access": "Pedestrian"})
    write_map(folder / "access_points.geojson", access, points)


def _write_water(folder: Path, ground: Ground) -> None:
    """Write the river in three stretches, as publishers do, and the canal."""
    words = lists()
    reach = ground.outline.buffer(250)
    river = shapely.get_coordinates(shapely.intersection(ground.river, reach))
    stretches = [
        shapely.LineString(river[start : stop + 1])
        for start, stop in pairwise([0, len(river) // 3, 2 * len(river) // 3, len(river) - 1])
    ]
    lines = [*stretches, shapely.intersection(ground.canal, reach)]
    table = pd.DataFrame(
        {
            "form": ["river", "river", "river", "canal"],
            "name": [words["river"]] * 3 + [words["canal"]],
        }
    )
    write_map(folder / "waterways.geojson", table, np.array(lines))


def _with_degrees(table: pd.DataFrame) -> pd.DataFrame:
    degrees = lon_lat(table[["x", "y"]].to_numpy(dtype=float))
    return table.assign(longitude=degrees[:, 0], latitude=degrees[:, 1])
