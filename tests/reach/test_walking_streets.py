"""Streets against scipy on a real city, and against plain Python on small hard cases."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from mobilise import reach
from mobilise.reach.graph import graph_with_points
from mobilise.sources.ways import read_ways

METRES_PER_MINUTE = 80.0  # 4.8 km/h


@pytest.fixture(scope="module")
def leeds(shared):
    ways = read_ways(shared / "data/networks/leeds_central_osm_ways.geoparquet")
    return reach.build_streets(ways, "EPSG:27700")


def _scatter(streets, n, seed, prefix):
    """Points near the streets, some of them exactly on a node."""
    random = np.random.default_rng(seed)
    node = random.integers(0, len(streets.x), n)
    away = random.normal(0, 30, (2, n)) * (random.random(n) < 0.8)
    return pd.DataFrame(
        {
            "id": [f"{prefix}{k}" for k in range(n)],
            "x": streets.x[node] + away[0],
            "y": streets.y[node] + away[1],
        }
    )


def test_leeds_minutes_are_those_of_scipy(leeds):
    origins = _scatter(leeds, 300, 1, "o").rename(columns={"id": "area_id"})
    assets = _scatter(leeds, 60, 2, "a").rename(columns={"id": "asset_id"})
    x, y = (np.concatenate([origins[c], assets[c]]) for c in "xy")
    graph = graph_with_points(leeds, x, y, 500.0)
    matrix = csr_array((graph.edges[:, 1].astype(float), graph.edges[:, 0], graph.start))
    cost = dijkstra(matrix, indices=graph.node[300:])[:, graph.node[:300]]
    expected = (cost + graph.cost_to_node[300:, None] + graph.cost_to_node[None, :300]) / (
        10 * METRES_PER_MINUTE
    )

    got = reach.travel_times(origins, assets, minutes=30, streets=leeds)
    by_pair = pd.DataFrame(expected, index=assets["asset_id"], columns=origins["area_id"])
    melted = by_pair.melt(ignore_index=False, value_name="minutes").set_index(
        "area_id", append=True
    )
    within = melted["minutes"][melted["minutes"] <= 30 + 1e-9]
    assert len(within) > 5000
    index = pd.MultiIndex.from_frame(got[["to_id", "from_id"]])
    assert set(index) == set(within.index)
    np.testing.assert_allclose(got["minutes"], within.loc[index], rtol=0, atol=1e-9)

    assets["kind"] = "library"
    table = reach.measure(origins, assets, minutes=[30], streets=leeds).table
    nearest = table[table["measure"] == "nearest"].set_index("area_id")["value"]
    np.testing.assert_allclose(nearest[by_pair.columns], by_pair.min(), rtol=0, atol=1e-9)
    count = table[table["measure"] == "count"].set_index("area_id")["value"]
    assert (count[by_pair.columns] == (by_pair <= 30 + 1e-9).sum()).all()


def test_leeds_minutes_between_nodes_are_those_of_scipy_on_the_network_as_it_is(leeds):
    """Nothing cut, contracted or pruned on scipy's side: every segment of the network."""
    random = np.random.default_rng(3)
    some = random.choice(np.unique(leeds.tail), 90, replace=False)
    best = pd.DataFrame({"a": leeds.tail, "b": leeds.head, "cost": leeds.length.astype(float)})
    both = pd.concat([best, best.rename(columns={"a": "b", "b": "a"})])
    both = both[both["a"] != both["b"]].groupby(["a", "b"])["cost"].min().reset_index()
    n = len(leeds.x)
    matrix = csr_array((both["cost"], (both["a"], both["b"])), shape=(n, n))
    cost = dijkstra(matrix, indices=some[:30])[:, some[30:]] / (10 * METRES_PER_MINUTE)

    places = leeds.xy[some]
    got = reach.travel_times(places[30:], places[:30], minutes=45, streets=leeds, snap_metres=0.01)
    ours = np.full(cost.shape, np.inf)
    ours[got["to_id"].astype(int), got["from_id"].astype(int)] = got["minutes"]
    within = cost <= 45 + 1e-9
    assert within.sum() > 500
    np.testing.assert_array_equal(np.isfinite(ours), within)
    np.testing.assert_allclose(ours[within], cost[within], rtol=0, atol=1e-9)


def test_leeds_network_keeps_the_part_that_the_data_says_is_nearly_all(leeds):
    assert leeds.summary()["km"] == pytest.approx(673, abs=5)
    told = " ".join(note.says for note in leeds.notes)
    assert "motorways" in told
    assert "parts that join nothing else" in told


def test_saved_streets_come_back_and_the_bytes_are_the_same(leeds, tmp_path):
    reach.save_streets(leeds, tmp_path / "a.npz")
    back = reach.load_streets(tmp_path / "a.npz")
    reach.save_streets(back, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert back.notes == leeds.notes
    np.testing.assert_array_equal(back.length, leeds.length)


# Small graphs on a lattice of nodes 100 m apart, where every length is exact.

sides = st.integers(0, 3)
# Only segments that run over no third node (a point there could snap to their middle).
lattice_edge = st.tuples(sides, sides, sides, sides, st.integers(0, 5), st.integers(-1, 5)).filter(
    lambda e: math.gcd(e[2] - e[0], e[3] - e[1]) <= 1
)
lattice_edges = st.lists(lattice_edge, max_size=24)


def _network(edges):
    """Streets on a 4 x 4 lattice, one of whose nodes sits on another (a zero-length edge)."""
    x, y = (100.0 * v.ravel() for v in np.meshgrid(np.arange(4), np.arange(4), indexing="ij"))
    nodes = pd.DataFrame({"x": np.append(x, 0.0), "y": np.append(y, 0.0)})
    rows = [(0, 16, 0.0, 0.0, 0.0)]
    for ax, ay, bx, by, there, back in edges:
        costs = (100.0 * there, 100.0 * back)
        rows.append((4 * ax + ay, 4 * bx + by, 100.0 * max(*costs, 0.0), *costs))
    columns = ["tail", "head", "length", "forward", "backward"]
    segments = pd.DataFrame(rows, columns=columns).astype({"tail": int, "head": int})
    return nodes, segments, reach.streets_from_segments(nodes, segments, "EPSG:27700")


def _plain_metres(segments, source):
    """Metres from every node to `source`: Dijkstra as in the textbook, on the reversed graph."""
    reversed_edges = {}
    for row in segments.itertuples():
        for start, end, metres in (
            (row.tail, row.head, row.forward),
            (row.head, row.tail, row.backward),
        ):
            if metres >= 0:
                reversed_edges.setdefault(end, []).append((start, metres))
    best, heap = {}, [(0.0, source)]
    while heap:
        here, node = heapq.heappop(heap)
        if node in best:
            continue
        best[node] = here
        for after, metres in reversed_edges.get(node, []):
            heapq.heappush(heap, (here + metres, after))
    return best


@settings(deadline=None, max_examples=60)
@given(lattice_edges, st.lists(st.integers(0, 15), min_size=1, max_size=5), st.integers(1, 8))
def test_random_graphs_agree_with_plain_python(edges, asset_nodes, blocks):
    nodes, segments, streets = _network(edges)
    touched = sorted(set(segments["tail"]) | set(segments["head"]))
    origins = pd.DataFrame(
        {"area_id": [f"{n:02}" for n in touched if n < 16]}
        | {c: [nodes[c][n] for n in touched if n < 16] for c in "xy"}
    )
    used = [n for n in asset_nodes if n in touched] or [0]
    assets = pd.DataFrame(
        {"asset_id": [f"a{k}" for k in range(len(used))], "kind": "museum"}
        | {c: [nodes[c][n] for n in used] for c in "xy"}
    )
    limit = blocks * 100 / METRES_PER_MINUTE
    table = reach.measure(origins, assets, minutes=[limit], streets=streets, snap_metres=1).table
    metres = [_plain_metres(segments, n) for n in used]
    for row in table.itertuples():
        there = [m[int(row.area_id)] for m in metres if int(row.area_id) in m]
        if row.measure == "count":
            assert row.value == sum(m <= blocks * 100 for m in there)
        elif there:
            assert row.value == pytest.approx(min(there) / METRES_PER_MINUTE, abs=1e-9)
        else:
            assert np.isnan(row.value)


@pytest.fixture
def high_street():
    """One street of 900 m, in three pieces, with a stub of 0 m at its end."""
    nodes = pd.DataFrame({"x": [0.0, 300.0, 600.0, 900.0, 900.0], "y": 0.0})
    segments = pd.DataFrame(
        {"tail": [0, 1, 2, 3], "head": [1, 2, 3, 4], "length": [300.0, 300.0, 300.0, 0.0]}
    )
    return reach.streets_from_segments(nodes, segments, "EPSG:27700")


def _values(table, measure):
    rows = table[table["measure"] == measure]
    return dict(zip(rows["area_id"], rows["value"], strict=True))


def test_an_asset_exactly_on_the_limit_is_within_it(high_street):
    homes = pd.DataFrame({"area_id": ["on", "past"], "x": [100.0, 99.9], "y": [0.0, 0.0]})
    asset = pd.DataFrame({"asset_id": ["A"], "kind": ["park"], "x": [900.0], "y": [0.0]})
    table = reach.measure(homes, asset, minutes=[10], streets=high_street).table
    assert _values(table, "count") == {"on": 1, "past": 0}
    assert _values(table, "nearest") == pytest.approx({"on": 10.0, "past": 10.00125})


def test_the_walk_to_the_street_is_charged_at_both_ends(high_street):
    homes = pd.DataFrame({"area_id": ["A"], "x": [150.0], "y": [40.0]})
    asset = pd.DataFrame({"asset_id": ["B"], "kind": ["park"], "x": [450.0], "y": [-20.0]})
    table = reach.measure(homes, asset, streets=high_street).table
    assert _values(table, "nearest")["A"] == pytest.approx((40 + 300 + 20) / METRES_PER_MINUTE)


def test_two_points_on_one_segment_need_not_go_to_its_ends(high_street):
    homes = pd.DataFrame({"area_id": ["A"], "x": [110.0], "y": [0.0]})
    asset = pd.DataFrame({"asset_id": ["B"], "kind": ["park"], "x": [190.0], "y": [0.0]})
    table = reach.measure(homes, asset, streets=high_street).table
    assert _values(table, "nearest")["A"] == pytest.approx(1.0)


def test_an_asset_counts_once_at_its_nearest_entrance(high_street):
    homes = pd.DataFrame({"area_id": ["A"], "x": [0.0], "y": [0.0]})
    gates = pd.DataFrame(
        {"asset_id": ["P", "P", "Q"], "kind": "park", "x": [800.0, 80, 160], "y": 0.0}
    )
    table = reach.measure(homes, gates, minutes=[1, 15], streets=high_street).table
    assert table[["measure", "value"]].to_numpy().tolist() == [
        ["nearest", 1.0],
        ["count", 1.0],
        ["count", 2.0],
    ]


def test_points_far_from_any_street_reach_nothing_and_are_told(high_street):
    homes = pd.DataFrame({"area_id": ["near", "far"], "x": [0.0, 0.0], "y": [0.0, 501.0]})
    assets = pd.DataFrame(
        {"asset_id": ["A", "B"], "kind": ["park", "pool"], "x": [0.0, 0.0], "y": [0.0, -600.0]}
    )
    reached = reach.measure(homes, assets, streets=high_street)
    assert reached.table["value"].isna().tolist() == [
        False,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert [(n.count, n.examples) for n in reached.notes] == [(1, ("far",)), (1, ("B",))]
    assert all(note.warning for note in reached.notes)


def test_a_street_that_may_be_walked_one_way_only():
    nodes = pd.DataFrame({"x": [0.0, 100.0], "y": [0.0, 0.0]})
    segments = pd.DataFrame(
        {"tail": [0], "head": [1], "length": [100.0], "forward": [100.0], "backward": [-1.0]}
    )
    streets = reach.streets_from_segments(nodes, segments, "EPSG:27700")
    homes = pd.DataFrame({"area_id": ["tail", "head"], "x": [20.0, 90.0], "y": [0.0, 0.0]})
    asset = pd.DataFrame({"asset_id": ["A"], "kind": ["park"], "x": [60.0], "y": [0.0]})
    nearest = _values(reach.measure(homes, asset, streets=streets).table, "nearest")
    assert nearest["tail"] == pytest.approx(0.5)
    assert np.isnan(nearest["head"])
