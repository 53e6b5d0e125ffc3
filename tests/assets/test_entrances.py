"""Entrances: a square park worked by hand, and what must hold for any shape."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from mobilise.assets import access_points
from mobilise.assets.access import match_access_points
from mobilise.assets.entrances import edge_points, find_entrances, matched, outlines

CRS = "EPSG:27700"
EVERYWHERE = box(-1e6, -1e6, 1e6, 1e6)
PARK = box(0, 0, 100, 100)


def assets(*geometry, kind="park"):
    ids = [f"{kind}-{i}" for i in range(len(geometry))]
    return gpd.GeoDataFrame({"asset_id": ids, "kind": kind}, geometry=list(geometry), crs=CRS)


def places(entrances):
    return {(round(p.x, 6), round(p.y, 6)) for p in entrances.geometry}


def test_a_park_without_known_entrances_is_entered_every_fifty_metres_of_its_edge():
    entrances = find_entrances(assets(PARK), EVERYWHERE)
    corners = {(0, 0), (0, 100), (100, 100), (100, 0)}
    middles = {(0, 50), (50, 100), (100, 50), (50, 0)}
    assert places(entrances) == corners | middles
    assert set(entrances["how"]) == {"edge"}


def test_known_entrances_stand_for_the_whole_park():
    access = gpd.GeoDataFrame({"asset_id": ["park-0"]}, geometry=[Point(50, -3)], crs=CRS)
    gates = np.array([Point(0, 20), Point(50, 50), Point(300, 0)])
    ways = gpd.GeoDataFrame(geometry=[LineString([(-50, 80), (50, 80)])], crs=CRS)
    entrances = find_entrances(assets(PARK), EVERYWHERE, given=access, gates=gates, ways=ways)
    found = dict(zip(entrances["how"], entrances.geometry, strict=True))
    assert found == {"access point": Point(50, -3), "gate": Point(0, 20), "path": Point(0, 80)}


def test_a_path_that_ends_at_the_edge_or_follows_it_meets_it():
    to_the_edge = LineString([(-50, 30), (-1, 30)])
    along = LineString([(100, 10), (100, 90)])
    past = LineString([(-50, -40), (200, -40)])
    ways = gpd.GeoDataFrame(geometry=[to_the_edge, along, past], crs=CRS)
    entrances = find_entrances(assets(PARK), EVERYWHERE, ways=ways)
    assert places(entrances) == {(-1, 30), (100, 10), (100, 50), (100, 90)}


def test_the_pond_in_a_park_and_its_banks_are_no_way_in():
    with_pond = Polygon(PARK.exterior, [box(40, 40, 60, 60).exterior])
    gates = np.array([Point(40, 50)])
    entrances = find_entrances(assets(with_pond), EVERYWHERE, gates=gates)
    assert set(entrances["how"]) == {"edge"}
    assert all(PARK.exterior.distance(p) < 1e-9 for p in entrances.geometry)


def test_a_canal_is_reached_along_its_length_whatever_crosses_it():
    ways = gpd.GeoDataFrame(geometry=[LineString([(10, -5), (10, 5)])], crs=CRS)
    canal = assets(LineString([(0, 0), (120, 0)]), kind="waterway")
    entrances = find_entrances(canal, EVERYWHERE, ways=ways)
    assert places(entrances) == {(0, 0), (40, 0), (80, 0), (120, 0)}


def test_where_the_zone_cuts_a_wood_is_no_edge_of_it():
    zone = box(0, -50, 1000, 60)
    wood = assets(box(-1000, 0, 100, 100), kind="woodland")
    entrances = find_entrances(wood, zone)
    assert places(entrances) == {(0, 0), (40, 0), (80, 0), (100, 20), (100, 60)}


def test_buildings_and_parks_known_as_a_point_have_no_entrances():
    assert find_entrances(assets(PARK, kind="faith"), EVERYWHERE).empty
    assert find_entrances(assets(Point(0, 0)), EVERYWHERE).empty
    assert list(find_entrances(assets(), EVERYWHERE).columns) == ["asset_id", "how", "geometry"]


def test_an_access_point_serves_all_the_sites_it_adjoins_and_none_from_deep_inside():
    sites = np.array([PARK, box(110, 0, 200, 100), Point(105, 50)], dtype=object)
    points = np.array([Point(105, 50), Point(50, 50), Point(50, 119), Point(50, 121)])
    at, point = matched(sites, points, 20)
    assert list(zip(at.tolist(), point.tolist(), strict=True)) == [(0, 0), (0, 2), (1, 0)]


def test_access_points_that_serve_nothing_are_counted_within_the_zone_only():
    points = np.array([Point(0, 0), Point(500, 500), Point(9000, 9000)])
    zone = box(-1000, -1000, 1000, 1000)
    found, (note,) = match_access_points(assets(PARK), points, zone, within_m=20, label="gates")
    assert found["asset_id"].tolist() == ["park-0"]
    assert (note.count, note.warning) == (1, False)
    assert "1 of 2 access points" in note.says
    _, (note,) = match_access_points(assets(PARK), points[1:], zone, within_m=20, label="gates")
    assert note.warning


def test_an_asset_is_reached_at_its_entrances_or_else_at_a_point_within():
    ring = Polygon([(0, 0), (100, 0), (100, 100), (90, 100), (90, 10), (0, 10)])
    church = assets(ring, Point(7, 8), kind="faith")
    park = assets(PARK)
    both = gpd.GeoDataFrame(pd.concat([church, park], ignore_index=True), crs=CRS)
    points = access_points(both, find_entrances(both, EVERYWHERE))
    assert list(points.columns) == ["asset_id", "kind", "x", "y"]
    assert points["asset_id"].value_counts().to_dict() == {"park-0": 8, "faith-0": 1, "faith-1": 1}
    first = points[points["asset_id"] == "faith-0"].iloc[0]
    assert not ring.covers(ring.centroid)
    assert ring.covers(Point(first["x"], first["y"]))
    assert points[points["asset_id"] == "faith-1"][["x", "y"]].to_numpy().tolist() == [[7, 8]]
    assert not ((points["kind"] == "park") & (points["x"] == 50) & (points["y"] == 50)).any()


corner = st.tuples(st.integers(-400, 400), st.integers(-400, 400))
shapes = st.one_of(
    st.lists(corner, min_size=3, max_size=9, unique=True).map(
        lambda c: shapely.convex_hull(shapely.MultiPoint(c))
    ),
    st.lists(corner, min_size=2, max_size=6, unique=True).map(LineString),
    st.builds(
        lambda a, b: MultiPolygon(
            [box(*a, a[0] + 70, a[1] + 90), box(b[0] + 2000, b[1], b[0] + 2033, b[1] + 5)]
        ),
        corner,
        corner,
    ),
)


@settings(deadline=None)
@given(shapes)
def test_points_along_any_edge_lie_on_it_at_most_fifty_metres_apart(shape):
    lines = outlines(np.array([shape], dtype=object), EVERYWHERE)
    at, points = edge_points(lines)
    assert (at == 0).all()
    assert shapely.distance(points, lines[0]).max(initial=0) < 1e-6
    for part in shapely.get_parts(lines[0]):
        on = points[shapely.distance(points, part) < 1e-6]
        along = np.sort(np.unique(shapely.line_locate_point(part, on).round(6)))
        gaps = np.diff(along)
        if part.is_closed:
            gaps = np.append(gaps, along[0] + part.length - along[-1])
        else:
            assert along[0] == pytest.approx(0, abs=1e-5)
            assert along[-1] == pytest.approx(part.length, abs=1e-5)
        assert len(on) >= 1
        assert gaps.max(initial=0) <= 50 + 1e-5


@settings(deadline=None)
@given(shapes, st.integers(-300, 300))
def test_outlines_are_cut_to_the_zone(shape, east):
    zone = box(east, -5000, 5000, 5000)
    (line,) = outlines(np.array([shape], dtype=object), zone)
    rim = shape if shape.geom_type == "LineString" else shape.boundary
    assert line.length == pytest.approx(rim.intersection(zone).length, abs=1e-6)
    assert line.is_empty or zone.buffer(1e-6).covers(line)
