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
