"""An invented town, small enough to count by hand: 30 square areas, a handful of assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from mobilise import gaps
from mobilise.notes import Note
from mobilise.place import FACTS, Place, write_json, write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CRS = "EPSG:27700"
SIDE = 500.0
COLUMNS, ROWS = 6, 5
HOSTILE = "<script>alert('x')</script> & #strong[Sons] \"quoted\" $x$ *b* _i_ \\u{41} @ref `c`"


def town_areas(*, with_gap: bool = False) -> gpd.GeoDataFrame:
    """Return the areas; with `with_gap` none is in the middle fifth."""
    cells = [(i, j) for j in range(ROWS) for i in range(COLUMNS)]
    count = len(cells)
    rank = np.arange(count)
    quintile = 1 + rank * 5 // count
    if with_gap:
        quintile = np.where(quintile == 3, 4, quintile)
    frame = gpd.GeoDataFrame(
        {
            "area_id": [f"T{n:03d}" for n in rank],
            "name": [f"Testham {n + 1:02d}" for n in rank],
            "population": 1000.0 + 10 * rank,
            "deprivation": 60.0 - rank,
            "deprivation_decile": 1 + rank * 10 // count,
            "deprivation_quintile": quintile,
            "edge": rank % 7 == 0,
            "origin_x": [400_000 + (i + 0.5) * SIDE for i, _ in cells],
            "origin_y": [300_000 + (j + 0.5) * SIDE for _, j in cells],
        },
        geometry=[
            box(
                400_000 + i * SIDE,
                300_000 + j * SIDE,
                400_000 + (i + 1) * SIDE,
                300_000 + (j + 1) * SIDE,
            )
            for i, j in cells
        ],
        crs=CRS,
    )
    frame.loc[4, "name"] = "Area <b>& Co</b>"
    return frame


def town_assets() -> gpd.GeoDataFrame:
    rows: list[tuple[str, str | None, str, Any]] = [
        ("a1", "Testham Library", "library", Point(402_700, 302_300)),
        ("a2", HOSTILE, "library", Point(402_200, 301_800)),
        ("a3", "Mill Museum", "museum", Point(400_600, 300_400)),
        ("a4", "Long Park", "park", box(400_900, 301_000, 401_500, 301_300)),
        (
            "a5",
            None,
            "waterway",
            LineString([(400_000, 302_000), (401_500, 302_200), (403_000, 301_900)]),
        ),
        ("a6", "Dr Nobody", "gp", Point(401_400, 301_400)),
        ("a7", "Beyond Library", "library", Point(403_200, 302_300)),
    ]
    return gpd.GeoDataFrame(
        {
            "asset_id": [r[0] for r in rows],
            "name": [r[1] for r in rows],
            "kind": [r[2] for r in rows],
            "capacity": None,
            "source": ["libraries.csv; osm.pbf" if r[2] == "library" else "osm.pbf" for r in rows],
            "source_id": None,
            "url": None,
            "updated": ["2024-05-01" if r[2] == "library" else None for r in rows],
        },
        geometry=[r[3] for r in rows],
        crs=CRS,
    )


def town_reach(areas: gpd.GeoDataFrame, assets: gpd.GeoDataFrame) -> pd.DataFrame:
    origins = gpd.points_from_xy(areas["origin_x"], areas["origin_y"], crs=CRS)
    parts = []
    for kind in ("library", "museum", "park", "waterway", "gp", "library+museum"):
        chosen = assets.geometry[assets["kind"].isin(kind.split("+"))].union_all()
        walk = np.round(gpd.GeoSeries(origins).distance(chosen).to_numpy() * 1.3 / 80, 3)
        if kind == "museum":
            walk[29] = np.nan
        parts.append(_rows(areas, kind, "nearest", None, walk, "minutes"))
        parts.append(_rows(areas, kind, "count", 15.0, (walk <= 15).astype(float), "assets"))
    return pd.concat(parts, ignore_index=True)


def _rows(
    areas: gpd.GeoDataFrame, kind: str, measure: str, limit: float | None, values: Any, unit: str
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area_id": areas["area_id"],
            "kind": kind,
            "measure": measure,
            "limit": limit,
            "value": values,
            "unit": unit,
            "group": None,
            "edge": areas["edge"],
        }
    )


def town_indicators(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    value = 72.0 + 0.3 * np.arange(len(areas))
    return pd.DataFrame(
        {
            "area_id": areas["area_id"],
            "indicator": "Life expectancy at birth",
            "level": "area",
            "period": "2016 to 2020",
            "group": "females",
            "value": value,
            "lower": value - 1.5,
            "upper": value + 1.5,
            "unit": "years",
            "higher": "better",
        }
    )


def town_gaps(
    areas: gpd.GeoDataFrame, reach: pd.DataFrame, indicators: pd.DataFrame
) -> pd.DataFrame:
    people = areas["population"].to_numpy()
    fifth = areas["deprivation_quintile"].to_numpy()
    rows = []

    def add(about: dict[str, Any], found: Any) -> None:
        rows.extend(about | {"by": "invented score"} | gap.as_dict() for gap in found)

    def slope(values: Any, **told: Any) -> Any:
        return gaps.slope_index(values, deprivation=areas["deprivation"], population=people, **told)

    for (kind, measure), part in reach.groupby(["kind", "measure"]):
        values = part["value"].to_numpy()
        about = {"of": "reach", "kind": kind, "measure": measure, "limit": part["limit"].iloc[0]}
        near = measure == "nearest"
        told: dict[str, Any] = {
            "of": f"the walk to the nearest {kind}"
            if near
            else f"the number of {kind} within 15 minutes",
            "unit": "minutes" if near else "assets",
            "higher": "worse" if near else "better",
        }
        add(about, gaps.quintile_means(values, population=people, quintile=fifth, **told))
        add(about, [slope(values, **told)])
        if not near:
            who = f"have a {kind} within 15 minutes"
            add(about, gaps.quintile_shares(values > 0, population=people, quintile=fifth, who=who))
    told = {"of": "life expectancy", "unit": "years", "higher": "better"}
    told |= {"lower": indicators["lower"], "upper": indicators["upper"]}
    about = {"of": "Life expectancy at birth, females, 2016 to 2020"}
    values = indicators["value"]
    add(about, gaps.quintile_means(values, population=people, quintile=fifth, **told))
    add(about, [slope(values, **told)])
    return pd.DataFrame(rows)


def town_duplicates() -> pd.DataFrame:
    row = {
        "asset_id": "a1",
        "decision": "check",
        "score": 0.81,
        "name_score": 0.9,
        "distance": 42.0,
        "kind": "library",
        "name": "Testham Library",
        "source": "libraries.csv",
        "source_id": None,
        "other_id": "a9",
        "other_kind": "library",
        "other_name": HOSTILE,
        "other_source": "osm.pbf",
        "other_source_id": None,
    }
    return pd.DataFrame([row, row | {"decision": "merged", "other_id": "a8", "score": 0.99}])


def town_facts(*, synthetic: bool = False, streets: bool = False) -> dict[str, Any]:
    notes = [
        Note("assets", "osm.pbf", "3 rows have no name.", 3, ("w1", "w2", HOSTILE)),
        Note("reach", "reach", "Straight lines were used.", 30, (), warning=True),
    ]
    network = [_card("streets.osm.pbf", "Streets", None, "walking network")] if streets else []
    return {
        "name": "Testham",
        "synthetic": synthetic,
        "crs": CRS,
        "mobilise": "0.0.0",
        "recipe": {
            "place": {"name": "Testham"},
            "reach": [{"kinds": ["library"], "minutes": [15]}],
            "indicators": [{"name": "Life expectancy at birth", "file": "health.csv"}],
        },
        "sources": [
            _card("areas.gpkg", "Areas of Testham", "https://example.org/areas", "areas"),
            _card("libraries.csv", "Libraries & more", "javascript:alert(1)", "assets"),
            _card("health.csv", "Life tables", None, "indicators"),
            *network,
        ],
        "parameters": {
            "network": "streets" if streets else "straight line",
            "speed_kmh": 4.8,
            "detour": None if streets else 1.3,
            "snap_m": 500.0 if streets else None,
            "buffer_m": 1200.0,
            "deprivation": {
                "column": "score",
                "name": "invented score",
                "higher": "worse",
                "among": "file",
                "areas_ranked": 33755,
            },
        },
        "notes": [note.as_dict() for note in notes],
        "steps": {"areas": {"seconds": 0.1, "key": "k", "skipped": False}},
        "built": "2025-01-01T00:00:00+00:00",
    }


def _card(label: str, title: str, link: str | None, used_for: str) -> dict[str, Any]:
    return {
        "label": label,
        "title": title,
        "publisher": "Testham Council",
        "licence": "OGL v3.0",
        "link": link,
        "year": "2024",
        "sha256": "ab" * 32,
        "bytes": 1,
        "rows": 30,
        "used_for": used_for,
    }


def write_town(folder: Path, *, with_gap: bool = False, **facts: bool) -> Place:
    areas, assets = town_areas(with_gap=with_gap), town_assets()
    outline = gpd.GeoDataFrame(
        {"name": ["Testham"]}, geometry=[areas.geometry.union_all()], crs=CRS
    )
    reach, indicators = town_reach(areas, assets), town_indicators(areas)
    write_table(folder, "areas", areas)
    write_table(folder, "boundary", outline)
    write_table(folder, "assets", assets)
    write_table(folder, "reach", reach)
    write_table(folder, "indicators", indicators)
    write_table(folder, "gaps", town_gaps(areas, reach, indicators))
    write_table(folder, "duplicates", town_duplicates())
    write_json(folder / FACTS, town_facts(**facts))
    return Place.open(folder)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return write_town(tmp_path_factory.mktemp("town"))


@pytest.fixture
def make_town(tmp_path: Path) -> Callable[..., Place]:
    def make(**settings: bool) -> Place:
        return write_town(tmp_path / "place", **settings)

    return make


WALKER = "slower <b>walkers</b> & $x$"
WARD = "Ward & <i>Sons</i>"


def rich_reach(areas: gpd.GeoDataFrame, reach: pd.DataFrame) -> pd.DataFrame:
    """Return further measures: a walker at half the pace, shared-out hours, a choice of kinds."""
    library = reach[(reach["kind"] == "library") & (reach["measure"] == "nearest")]
    slow = 2 * library["value"].to_numpy()
    near = (slow <= 15).astype(float)
    hours = np.where(np.arange(len(areas)) < 10, 0.0, np.arange(len(areas)) / 2)
    both = _rows(areas, "library+museum", "choice", 15.0, np.arange(len(areas)) % 3, "kinds")
    per = "capacity per 10,000 people"
    old = _rows(areas, "library", "bfca", 15.0, hours * 2, per).assign(group="aged_65_and_over")
    return pd.concat(
        [
            reach,
            _rows(areas, "library", "nearest", None, slow, "minutes").assign(group=WALKER),
            _rows(areas, "library", "count", 15.0, near, "assets").assign(group=WALKER),
            _rows(areas, "library", "bfca", 15.0, hours, per),
            old,
            _rows(areas, "waterway", "gravity", 15.0, hours, "assets, weighted"),
            both,
        ],
        ignore_index=True,
    )


def rich_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Return further statistics, other axes, larger areas and a trend, told by hand."""
    first = table[(table["kind"] == "library") & (table["statistic"] == "slope_index")]
    base = first[first["measure"] == "nearest"].iloc[0].to_dict()
    plain = {"value": 0.25, "lower": 0.2, "upper": 0.3, "se": 0.02, "unit": ""}
    rows = [
        base | {"of": f"reach: {WALKER}", "value": -30.0, "sentence": "The walkers' own slope."},
        base | plain | {"statistic": "gini", "by": "everyone", "sentence": f"Gini of {HOSTILE}."},
        base | plain | {"statistic": "relative_concentration_index", "sentence": "It leans."},
        base | {"by": "employment", "value": 9.0, "sentence": "By employment it is otherwise."},
    ]
    wards = [("North", 4.0), ("South", 6.0), (WARD, 11.0)]
    mean = {"statistic": "mean", "by": "ward", "se": None, "lower": None, "upper": None}
    rows += [base | mean | {"part": ward, "value": value} for ward, value in wards]
    health = table[table["kind"].isna()]
    for year, change in (("2010 to 2012", -2.0), ("2013 to 2015", -1.0)):
        title = f"Life expectancy at birth, females, {year}"
        limits = {column: health[column] + change for column in ("value", "lower", "upper")}
        rows += health.assign(of=title, **limits).to_dict("records")
    trend = {"of": "Life expectancy at birth, females", "kind": None, "measure": None}
    rows.append(base | trend | {"statistic": "trend", "n": 3, "sentence": "The gap is widening."})
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


def rich_explanations() -> pd.DataFrame:
    """Return one index of 0.04 split in three, of which one works the other way."""
    parts = [
        ("whole", 0.04, 0.02, 0.06, 100.0),
        ("library nearest", 0.05, 0.01, 0.09, 125.0),
        (HOSTILE, -0.02, -0.03, -0.01, -50.0),
        ("not explained", 0.01, None, None, 25.0),
    ]
    return pd.DataFrame(
        [
            {
                "of": "Life expectancy at birth, females",
                "by": "invented score",
                "method": "concentration index",
                "order": order,
                "determinant": name,
                "value": value,
                "lower": low,
                "upper": high,
                "confidence": None if low is None else 0.95,
                "percent": percent,
                "n": 30,
                "unit": "",
                "sentence": f"{percent:g}% goes along with {name}.",
                "warning": "Areas are not people (the ecological fallacy).",
            }
            for order, (name, value, low, high, percent) in enumerate(parts)
        ]
    )


def write_rich(folder: Path) -> Place:
    """Write the town with everything that a recipe can ask for beyond the usual."""
    place = write_town(folder)
    areas, indicators = place.table("areas"), place.table("indicators")
    areas["aged_65_and_over"] = np.arange(len(areas), dtype=float)
    write_table(folder, "areas", areas)
    write_table(folder, "reach", rich_reach(areas, place.table("reach")))
    earlier = [
        indicators.assign(period=year, value=indicators["value"] + change)
        for year, change in (("2010 to 2012", -2.0), ("2013 to 2015", -1.0))
    ]
    write_table(folder, "indicators", pd.concat([indicators, *earlier], ignore_index=True))
    write_table(folder, "gaps", rich_gaps(place.table("gaps")))
    write_table(folder, "explanations", rich_explanations())
    facts = town_facts()
    capacity = {"kind": "library", "file": "libraries.csv", "capacity": "hours_open_per_week"}
    facts["recipe"]["assets"] = [capacity]
    write_json(folder / FACTS, facts)
    return Place.open(folder)


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return write_rich(tmp_path_factory.mktemp("rich"))
