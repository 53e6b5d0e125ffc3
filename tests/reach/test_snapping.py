"""Where points meet the streets, against shapely; and that contraction changes no distance."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilise import reach
from mobilise.bench.towns import town
from mobilise.reach import graph
from mobilise.reach.snap import NOWHERE, nearest_spot


def _tangle(seed, n_nodes, n_segments, spread):
    random = np.random.default_rng(seed)
    nodes = pd.DataFrame(random.uniform(-spread, spread, (n_nodes, 2)), columns=["x", "y"])
    ends = random.integers(0, n_nodes, (2, n_segments))
    a, b = nodes.to_numpy()[ends]
    segments = pd.DataFrame({"tail": ends[0], "head": ends[1], "length": np.hypot(*(a - b).T)})
    return reach.streets_from_segments(nodes, segments, "EPSG:27700"), a, b


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from([50.0, 2_000.0, 90_000.0]))
def test_the_nearest_spot_is_the_one_that_shapely_finds(seed, n_segments, spread):
    streets, a, b = _tangle(seed, 30, n_segments, spread)
    x, y = np.random.default_rng(seed + 1).uniform(-1.2 * spread, 1.2 * spread, (2, 40))
    segment, offset, gap = nearest_spot(streets, x, y, snap_metres=600.0)
    lines = shapely.linestrings(np.stack([a, b], axis=1))
    metres = shapely.distance(shapely.points(x, y)[:, None], lines[None, :])
    nearest = metres.min(axis=1)
    assert ((segment == NOWHERE) == (nearest > 600)).all()
    there = segment != NOWHERE
    np.testing.assert_allclose(gap[there] / 10, nearest[there], atol=0.0501)
    np.testing.assert_allclose(
        metres[np.flatnonzero(there), segment[there]], nearest[there], rtol=1e-9, atol=1e-9
    )
    along = shapely.line_locate_point(lines[segment[there]], shapely.points(x, y)[there])
    whole = streets.length[segment[there]] > 0
    # Half a decimetre of its own rounding, and as much of the segment's.
    np.testing.assert_allclose(offset[there][whole] / 10, along[whole], atol=0.1001)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.integers(3, 70))
def test_no_distance_changes_when_chains_and_dead_ends_go(seed, n_segments):
    """Networks of long chains: minutes between nodes are networkx's on the graph as it was."""
    random = np.random.default_rng(seed)
    n = 50
    nodes = pd.DataFrame(random.uniform(0, 3000, (n, 2)), columns=["x", "y"])
    chain = np.stack([np.arange(n - 1), np.arange(1, n)])  # a snake, then a few short cuts
    ends = np.concatenate([chain, random.integers(0, n, (2, n_segments // 5))], axis=1)
    ends = ends[:, random.random(ends.shape[1]) < 0.95]
    length = np.rint(10 * np.hypot(*(nodes.to_numpy()[ends[0]] - nodes.to_numpy()[ends[1]]).T))
    segments = pd.DataFrame({"tail": ends[0], "head": ends[1], "length": length / 10})
    streets = reach.streets_from_segments(nodes, segments, "EPSG:27700")
    graph = nx.Graph()
    for (tail, head), metres in zip(ends.T, length / 10, strict=True):
        if not graph.has_edge(tail, head) or graph[tail][head]["metres"] > metres:
            graph.add_edge(int(tail), int(head), metres=metres)

    some = random.choice(sorted(graph), 6, replace=False)
    places = nodes.loc[some].to_numpy()
    times = reach.travel_times(places, places, minutes=900, streets=streets, snap_metres=0.01)
    times = times.set_index(["from_id", "to_id"])["minutes"]
    expected = {
        (str(i), str(j)): metres / 80
        for j, asset in enumerate(some)
        for i, metres in (
            (list(some).index(node), metres)
            for node, metres in nx.single_source_dijkstra_path_length(
                graph, int(asset), weight="metres"
            ).items()
            if node in some
        )
    }
    assert set(times.index) == set(expected)
    for pair, minutes in expected.items():
        np.testing.assert_allclose(times[pair], minutes, rtol=0, atol=1e-9)


def test_the_same_points_are_put_into_the_same_streets_once(monkeypatch):
    made = town(8, 20, 5)
    calls = []
    cut = graph.contracted
    monkeypatch.setattr(graph, "contracted", lambda *given: calls.append(1) or cut(*given))

    def minutes(areas, speed, streets):
        asked = {"measures": ["nearest"], "streets": streets, "speed_kmh": speed}
        return reach.measure(areas, made.assets, **asked).table["value"]

    level, slow = (minutes(made.areas, speed, made.streets) for speed in (4.8, 2.4))
    np.testing.assert_allclose(slow, 2 * level)
    assert len(calls) == 1
    minutes(made.areas.assign(x=made.areas["x"] + 1), 4.8, made.streets)
    minutes(made.areas, 4.8, town(8, 20, 5, seed=21).streets)
    assert len(calls) == 3
