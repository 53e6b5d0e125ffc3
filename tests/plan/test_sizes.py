"""Places of published sizes, proven by HiGHS; walks that differ by direction; searches at their best."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from mobilise import plan, reach
from mobilise.plan.coverage import best_cover
from mobilise.plan.covers import Limits, cover_of, merged
from mobilise.plan.distance import minutes_in_all, shortest_walks
from mobilise.plan.exact import Model, add_limits
from mobilise.plan.medians import walks_of
from mobilise.plan.prices import smooth_the_bound


def limits(sites, add):
    nothing = np.zeros(sites, np.int64)
    return Limits(nothing, np.array([add, 0]), nothing, 1 << 40, np.zeros(sites), np.inf)


def graph_walks(n, edges, seed):
    """Return shortest paths of a random graph, as the OR-Library's p-median problems are made."""
    random = np.random.default_rng(seed)
    ring = np.arange(n), (np.arange(n) + 1) % n
    ends = [np.concatenate([one, random.integers(0, n, edges - n)]) for one in ring]
    cost = random.integers(1, 100, edges).astype(float)
    far = dijkstra(sparse.coo_matrix((cost, ends), (n, n)).tocsr(), directed=False)
    area, site = np.divmod(np.arange(n * n), n)
    most = np.full(n, far.max() + 1)
    return far, walks_of(area, site, far.ravel(), sites=n, weight=np.ones(n), most=most)


def proven_by_highs(far, add):
    """Return the optimum of the p-median, by another model: of n sites n - p are closed at most."""
    n = len(far)
    near = np.argsort(far, axis=1, kind="stable")[:, : n - add + 1]
    owner, site = np.repeat(np.arange(n), near.shape[1]), near.ravel()
    k = len(owner)
    whole = np.zeros(n + k, bool)
    whole[:n] = True
    worth = np.concatenate([np.zeros(n), -far[owner, site]])
    model = Model(worth, whole, np.zeros(n + k), np.ones(n + k))
    pair = np.arange(k)
    served = sparse.csr_matrix((np.ones(k), (owner, n + pair)), (n, n + k))
    model.rows(served, 1, 1)
    used = sparse.csr_matrix((np.ones(k), (pair, n + pair)), (k, n + k))
    is_open = sparse.csr_matrix((-np.ones(k), (pair, site)), (k, n + k))
    model.rows(used + is_open, -np.inf, 0)
    add_limits(model, limits(n, add), exactly=True)
    return model.maximise(60.0)


# The sizes (100 vertices, 200 edges, p) of pmed4 and pmed5, Beasley 1985, doi:10.1016/0377-2217(85)90142-9.
@pytest.mark.parametrize("add", [20, 33])
def test_medians_of_published_sizes_are_proven_by_highs(add):
    far, walks = graph_walks(100, 200, seed=add)
    best = shortest_walks(walks, limits(100, add))
    assert best.value == minutes_in_all(walks, best.is_open)
    solved = proven_by_highs(far, add)
    assert solved.status == "proven"
    assert best.value == pytest.approx(-solved.value, abs=1e-6)
    assert best.bound <= best.value + 1e-6
    assert best.value - best.bound <= 0.005 * best.value


@pytest.mark.parametrize("seed", range(4))
def test_the_smooth_bound_is_the_linear_programmes_nearly(seed):
    random = np.random.default_rng(seed)
    home, place = random.uniform(0, 20, (300, 2)), random.uniform(0, 20, (60, 2))
    area, site = np.nonzero(np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1)) < 2.5)
    weight = random.integers(1, 100, 300).astype(float)
    cover, _ = merged(cover_of(area, site, 60, weight), np.empty((300, 0)))
    price, often = cover.weight / 2, np.zeros(60)
    bound = smooth_the_bound(cover, 8, 300, 0.05, 0.002, price, often)
    best = best_cover(cover, limits(60, 8))
    m, n = cover.sites, cover.areas
    model = Model(
        np.concatenate([np.zeros(m), cover.weight]),
        np.zeros(m + n, bool),
        np.zeros(m + n),
        np.ones(m + n),
    )
    owner = np.repeat(np.arange(n), np.diff(cover.area_start))
    reach = sparse.csr_matrix((-np.ones(len(owner)), (owner, cover.area_site)), (n, m))
    model.rows(sparse.hstack([reach, sparse.eye(n)]), -np.inf, 0)
    add_limits(model, limits(60, 8))
    relaxed = model.maximise(10.0).value
    assert bound >= relaxed - 1e-6
    assert bound <= relaxed * 1.005
    assert best.value <= relaxed + 1e-6


def test_walks_are_those_that_people_set_out_on_not_those_back():
    # One street of 1 km. Eastwards it climbs: 20 minutes; westwards it falls: 10 minutes.
    nodes = pd.DataFrame({"x": [0.0, 1000.0], "y": [0.0, 0.0]})
    street = {
        "tail": [0],
        "head": [1],
        "length": [1000.0],
        "forward": [1600.0],
        "backward": [800.0],
    }
    streets = reach.streets_from_segments(nodes, pd.DataFrame(street), "EPSG:27700")
    areas = pd.DataFrame({"area_id": ["west", "east"], "x": [0.0, 1000.0], "y": 0.0})
    doors = pd.DataFrame(
        {"asset_id": ["at west", "at east"], "kind": "site", "x": [0.0, 1000.0], "y": 0.0}
    )
    times = reach.travel_times(areas, doors, minutes=30, streets=streets, speed_kmh=4.8)
    far = times.set_index(["from_id", "to_id"])["minutes"]
    assert far["west", "at east"] == pytest.approx(20, abs=0.01)
    assert far["east", "at west"] == pytest.approx(10, abs=0.01)
    people = areas.assign(population=[100, 90])
    problem = plan.problem(people, pd.DataFrame({"site_id": ["at west", "at east"]}), times)
    # Within 15 minutes everybody reaches the site in the west, downhill; in the east, only 90.
    best = plan.solve(problem, add=1, minutes=15)
    assert (best.site_ids, best.value) == (("at west",), 190)
