"""Maps: to scale, north up, every area once, small enough to send."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box

from mobilise.report.ground import MANY_AREAS, Ground, lay_ground, nice_length
from mobilise.report.maps import PALETTE, asset_map, class_map
from mobilise.report.paths import paths_of

parse_xml = ET.fromstring
SVG = "{http://www.w3.org/2000/svg}"


def grid(columns: int, rows: int, side: float = 100.0) -> gpd.GeoDataFrame:
    cells = [
        box(i * side, j * side, (i + 1) * side, (j + 1) * side)
        for j in range(rows)
        for i in range(columns)
    ]
    return gpd.GeoDataFrame(geometry=cells, crs="EPSG:27700")


def lay(areas: gpd.GeoDataFrame) -> Ground:
    return lay_ground(areas, areas.geometry.union_all())


def draw(areas: gpd.GeoDataFrame, classes: list[int], assets: list[object] | None = None) -> str:
    return class_map(
        lay(areas),
        np.array(classes),
        [f"area {i}" for i in range(len(areas))],
        assets or [],
        hatched=np.zeros(len(areas), dtype=bool),
        id_="m",
        name="Map",
        alt="What it shows",
    )


def test_north_is_up_and_the_scale_is_the_same_both_ways() -> None:
    ground = lay(grid(4, 2))
    south_west, north_east = shapely.get_coordinates(ground.pixels([Point(0, 0), Point(400, 200)]))
    assert south_west[1] > north_east[1]
    assert north_east[0] > south_west[0]
    across, down = north_east[0] - south_west[0], south_west[1] - north_east[1]
    assert across == pytest.approx(2 * down)
    assert across * ground.metres_a_pixel == pytest.approx(400)


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (40, 2), (2, 40)])
def test_everything_lies_on_the_map(columns: int, rows: int) -> None:
    ground = lay(grid(columns, rows))
    left, top, right, bottom = shapely.total_bounds(ground.shapes)
    assert left >= 0
    assert top >= 0
    assert right <= ground.width
    assert bottom <= ground.height <= 720


def test_each_area_is_drawn_once_with_its_words() -> None:
    svg = parse_xml(draw(grid(3, 2), [0, 1, 2, 3, 4, -1]))
    titles = [t.text for t in svg.iter(f"{SVG}title")]
    assert sorted(titles[1:]) == [f"area {i}" for i in range(6)]
    fills = [g.get("fill") for g in svg.iter(f"{SVG}g")]
    assert len(fills) == 6
    assert set(PALETTE) < set(fills)


def test_many_areas_are_drawn_class_by_class_and_stay_small() -> None:
    side = int(np.ceil(np.sqrt(MANY_AREAS))) + 1
    areas = grid(side, side)
    classes = [i % side * 5 // side for i in range(len(areas))]
    text = draw(areas, classes)
    assert len(list(parse_xml(text).iter(f"{SVG}g"))) == 5
    assert len(text) < 60 * len(areas)


def test_simplified_neighbours_leave_no_gap_and_do_not_overlap() -> None:
    wiggle = [(500 + 8 * np.sin(y / 7), y) for y in range(0, 1001, 5)]
    west = Polygon([(0, 0), *wiggle, (0, 1000)])
    east = Polygon([(1000, 0), *wiggle, (1000, 1000)])
    ground = lay(gpd.GeoDataFrame(geometry=[west, east], crs="EPSG:27700"))
    one, two = ground.shapes
    assert len(shapely.get_coordinates(one)) < len(wiggle)
    assert shapely.area(shapely.intersection(one, two)) < 1e-6
    assert shapely.area(shapely.union_all(ground.shapes)) == pytest.approx(
        shapely.area([one, two]).sum()
    )


@given(
    st.lists(st.tuples(st.floats(0, 640), st.floats(0, 640)), min_size=3, max_size=12, unique=True)
)
def test_a_path_ends_within_a_tenth_of_where_the_shape_does(
    points: list[tuple[float, float]],
) -> None:
    line = shapely.LineString(points)
    said = paths_of([line])[0]
    if not said:
        assert line.length < 0.1 * len(points)
        return
    numbers = np.array(read_path(said))
    ends = numbers.sum(axis=0)
    assert ends == pytest.approx(points[-1], abs=0.051)


def read_path(text: str) -> list[tuple[float, float]]:
    """Read ``M x y l dx dy …`` with the grammar's own rules: a second reader, not our writer."""
    import re

    numbers = [float(n) for n in re.findall(r"-?(?:\d+\.\d+|\.\d+|\d+)", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def test_holes_and_parts_are_kept() -> None:
    with_hole = box(0, 0, 100, 100).difference(box(40, 40, 60, 60))
    text = paths_of([MultiPolygon([with_hole, box(200, 0, 210, 10)])])[0]
    assert text.count("M") == text.count("z") == 3


def test_many_paths_are_the_paths_of_each() -> None:
    shapes = [box(0, 0, 5, 5), Point(3, 3), shapely.LineString([(0, 0), (2, 1)]), Polygon()]
    assert paths_of(shapes) == [paths_of([shape])[0] for shape in shapes]
    assert [bool(path) for path in paths_of(shapes)] == [True, False, True, False]


def test_scale_bar_lengths_are_round() -> None:
    assert [nice_length(m) for m in (1, 99, 100, 4999, 5000)] == [1, 50, 100, 2000, 5000]


def test_assets_beyond_the_map_are_not_drawn_over_its_margin() -> None:
    areas = grid(3, 3)
    inside, far = Point(150, 150), Point(9_000, 150)
    svg = parse_xml(draw(areas, [0] * 9, [inside, far]))
    assert len(list(svg.iter(f"{SVG}circle"))) == 1


def test_areas_without_polygons_are_drawn_as_points() -> None:
    areas = gpd.GeoDataFrame(geometry=[Point(0, 0), Point(500, 800)], crs="EPSG:27700")
    svg = parse_xml(draw(areas, [0, 1]))
    assert len(list(svg.iter(f"{SVG}circle"))) == 2


def test_families_differ_in_shape_as_well_as_colour() -> None:
    ground = lay(grid(3, 3))
    groups = [[Point(150, 50 + 30 * i)] for i in range(6)]
    svg = parse_xml(asset_map(ground, groups, id_="a", name="n", alt="a"))
    signs = [p for p in svg.iter(f"{SVG}path") if "transform" in p.attrib]
    assert len({p.attrib["d"] for p in signs}) == 5
    assert len(list(svg.iter(f"{SVG}circle"))) == 1
