"""Problems of the OR-Library; bounds beside HiGHS; walks that differ by direction."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import floyd_warshall

from mobilise import plan, reach
from mobilise.plan.cores import narrowed
from mobilise.plan.coverage import best_cover
from mobilise.plan.covers import Limits, cover_of, merged
from mobilise.plan.cuts import broken_sets, row_of
from mobilise.plan.distance import minutes_in_all, shortest_walks
from mobilise.plan.exact import Model, add_limits, cover_model
from mobilise.plan.medians import nearest_first, walks_of
from mobilise.plan.prices import smooth_the_bound


def limits(sites, add):
    nothing = np.zeros(sites, np.int64)
    return Limits(nothing, np.array([add, 0]), nothing, 1 << 40, np.zeros(sites), np.inf)


def or_library(name):
    """Return the walks of a problem of the OR-Library, its number of sites, and its optimum."""
    text = (Path(__file__).parent / "or_library.txt").read_text(encoding="utf-8")
    (block,) = (one for one in text.split("\n\n")[1:] if one.startswith(f"{name} "))
    head, _, body = block.partition("\n")
    vertices, add, optimum = map(int, head.split()[1:])
    ring, _, others = body.partition("and")
    edges = [(i, i % vertices + 1, int(cost)) for i, cost in enumerate(ring.split(), 1)]
    edges += [tuple(map(int, one.split())) for one in others.split(",")]
    cost = np.full((vertices, vertices), np.inf)
    for i, j, one in edges:
        cost[i - 1, j - 1] = cost[j - 1, i - 1] = one  # the last of a pair counts
    far = floyd_warshall(cost)
    area, site = np.divmod(np.arange(vertices**2), vertices)
    most = np.full(vertices, far.max() + 1)
    alike = np.ones(vertices)
    return walks_of(area, site, far.ravel(), sites=vertices, weight=alike, most=most), add, optimum


@pytest.mark.parametrize("name", ["pmed1", "pmed2", "pmed3", "pmed4", "pmed5"])
def test_medians_of_the_or_library_are_solved_to_the_published_optimum_and_proven(name):
    walks, add, optimum = or_library(name)
    best = shortest_walks(walks, limits(100, add))
    assert best.is_open.sum() == add
    assert minutes_in_all(walks, best.is_open) == best.value == optimum
    assert best.bound == pytest.approx(optimum, abs=1e-6)


def two_triangles():
    """Two times three areas, each two of which share a site: three sites reach five areas."""
    area = np.array([[3 * t + a, 3 * t + (a + 1) % 3] for t in (0, 1) for a in (0, 1, 2)])
    return cover_of(area.ravel(), np.repeat(np.arange(6), 2), 6, np.full(6, 10.0))


def test_half_sites_are_cut_off_by_odd_sets():
    cover = two_triangles()
    model = cover_model(cover, limits(6, 3))
    assert model.relaxed().maximise(9.0).value == pytest.approx(60)
    assert narrowed(cover, model, 0.0, 9.0) == pytest.approx(50)
    assert model.relaxed().maximise(9.0).value == pytest.approx(50)  # the sets are in it now
    best = best_cover(cover, limits(6, 3))
    assert (best.value, best.bound) == (50, 50)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_no_choice_of_sites_breaks_an_odd_set_and_the_shares_that_it_was_found_for_do(seed):
    random = np.random.default_rng(seed)
    reached = random.random((12, 7)) < 0.35
    reached[0, 0] = True
    cover = cover_of(*np.nonzero(reached), 7, np.ones(12))
    share = random.choice([0, 0.5, 0.5, 1], 7)
    for areas in broken_sets(cover, share):
        columns, values, most = row_of(cover, areas)
        for choice in (*itertools.product([0, 1], repeat=7), share):
            near = np.minimum(1, reached @ np.array(choice))
            row = values @ np.concatenate([choice, near])[columns]
            assert row > most + 1e-9 if choice is share else row <= most + 1e-9


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
    near = sparse.csr_matrix((-np.ones(len(owner)), (owner, cover.area_site)), (n, m))
    model.rows(sparse.hstack([near, sparse.eye(n)]), -np.inf, 0)
    add_limits(model, limits(60, 8))
    relaxed = model.maximise(10.0).value
    assert bound >= relaxed - 1e-6
    assert bound <= relaxed * 1.005
    assert best.value <= narrowed(cover, model, 0.0, 9.0) + 1e-6 <= relaxed + 2e-6


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


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.lists(st.sampled_from([0.0, 1.5, 2.0, 9.0]), max_size=40),  # many alike
            st.lists(st.floats(0, 1e3), max_size=60),
            st.lists(st.floats(0, 1e-3), max_size=30).map(lambda few: [*few, 1e6]),  # one far off
        ),
        min_size=1,
    )
)
def test_walks_are_put_nearest_first_and_alike_ones_stay_as_they_were(areas):
    begins = np.concatenate([[0], np.cumsum([len(one) for one in areas])])
    minutes = np.array([walk for one in areas for walk in one], float)
    owner = np.repeat(np.arange(len(areas)), np.diff(begins))
    stable = np.lexsort((np.arange(len(minutes)), minutes, owner))
    assert nearest_first(begins, minutes).tolist() == stable.tolist()
