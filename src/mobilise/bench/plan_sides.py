"""The two sides of each comparison of plans: set up here, timed by :mod:`mobilise.bench.alone`.

Places are drawn from a seed, the same for both sides. ``clusters`` 0 spreads people evenly;
otherwise they crowd in so many towns, which is harder: good plans are many and alike.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
from scipy.spatial import cKDTree, distance_matrix

from mobilise.bench.alone import Timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def _points(areas: int, sites: int, clusters: int) -> tuple[Floats, Floats, Floats]:
    """Return areas, sites and people in a square of 100 by 100."""
    random = np.random.default_rng(1)
    if not clusters:
        spread = random.uniform(0, 100, (areas, 2)), random.uniform(0, 100, (sites, 2))
        return (*spread, random.integers(500, 3000, areas).astype(float))
    town, size = random.uniform(0, 100, (clusters, 2)), random.lognormal(0, 1, clusters)
    width = random.uniform(1, 6, clusters)
    at = []
    for many in (areas, sites):
        home = random.choice(clusters, many, p=size / size.sum())
        at.append(town[home] + random.normal(0, 1, (many, 2)) * width[home][:, None])
    return at[0], at[1], random.integers(500, 3000, areas).astype(float)


def england() -> Path:
    """Return the folder of England's small areas, libraries and surgeries."""
    return Path(os.environ.get("MOBILISE_SHARED", "../shared")) / "data" / "england"


def _english(areas: int, sites: int) -> tuple[Floats, Floats, Floats]:
    """Return so many small areas, places (libraries; for many, surgeries too) and people, in km."""
    on_map = ["easting", "northing"]
    lsoas = pd.read_parquet(england() / "lsoa21_imd2025.parquet")
    libraries = pd.read_parquet(england() / "libraries_2023.parquet")
    still = (libraries["type"] == "Static Library") & libraries["year_closed"].isna()
    place = libraries.loc[still, on_map].dropna().to_numpy(float)
    if sites > len(place):
        surgeries = pd.read_parquet(england() / "gp_practices.parquet")
        grid = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
        place = np.vstack([place, np.transpose(grid.transform(surgeries["lon"], surgeries["lat"]))])
    random = np.random.default_rng(1)
    some, here = (
        np.sort(random.choice(len(of), many, replace=False))
        for of, many in ((lsoas, areas), (place, sites))
    )
    home = lsoas[on_map].to_numpy(float)[some]
    people = lsoas["census2021_residents"].to_numpy(float)[some]
    return home / 1000, place[here] / 1000, people


def _pairs(home: Floats, place: Floats, radius: float) -> tuple[Any, Any, Any]:
    near: Any = cKDTree(home).query_ball_point(place, radius)
    site = np.repeat(np.arange(len(place)), [len(one) for one in near])
    area = np.concatenate([np.array(one, np.int64) for one in near])
    return area, site, np.hypot(*(home[area] - place[site]).T)


def _limits(sites: int, add: int) -> Any:
    from mobilise.plan.covers import Limits

    nothing = np.zeros(sites, np.int64)
    return Limits(nothing, np.array([add, 0]), nothing, 1 << 40, np.zeros(sites), np.inf)


def _certified(found: Any, _: float) -> str:
    gap = abs(found.bound - found.value) / found.bound
    return "Ours is proven best." if gap < 1e-7 else f"Ours is certified within {gap:.3%}."


def cover(
    *, areas: int, sites: int, add: int, radius: float, clusters: int, enough: float, seconds: float
) -> Timed:
    """Cover by mobilise: from pairs to the plan and its bound."""
    del seconds
    home, place, people = _points(areas, sites, clusters)
    return _cover(home, place, people, radius, add, enough)


def cover_england(*, areas: int, sites: int, add: int, radius: float, enough: float) -> Timed:
    """Cover England's small areas from its libraries by mobilise, within a straight line."""
    return _cover(*_english(areas, sites), radius, add, enough)


def _cover(
    home: Floats, place: Floats, people: Floats, radius: float, add: int, enough: float
) -> Timed:
    from mobilise.plan.coverage import best_cover
    from mobilise.plan.covers import cover_of

    sites = len(place)
    area, site, _ = _pairs(home, place, radius)

    def call() -> Any:
        packed = cover_of(area, site, sites, people)
        return best_cover(packed, _limits(sites, add), enough=enough)

    return Timed(call, lambda found: np.array([found.value]), note=_certified)


def cover_spopt(
    *, areas: int, sites: int, add: int, radius: float, clusters: int, **_: float
) -> Timed:
    """Cover by spopt, solved by CBC; the matrix of distances is given."""
    locate, pulp = importlib.import_module("spopt.locate"), importlib.import_module("pulp")
    home, place, people = _points(areas, sites, clusters)
    matrix = distance_matrix(home, place)

    def call() -> Any:
        model = locate.MCLP.from_cost_matrix(matrix, people, radius, p_facilities=add)
        return model.solve(pulp.PULP_CBC_CMD(msg=False))

    return Timed(call, lambda model: np.array([pulp.value(model.problem.objective)]))


def cover_highs(
    *, areas: int, sites: int, add: int, radius: float, clusters: int, enough: float, seconds: float
) -> Timed:
    """Cover by HiGHS alone, stopped after some seconds."""
    from mobilise.plan.covers import cover_of
    from mobilise.plan.exact import cover_model

    home, place, people = _points(areas, sites, clusters)
    area, site, _ = _pairs(home, place, radius)

    def call() -> Any:
        model = cover_model(cover_of(area, site, sites, people), _limits(sites, add))
        return model.maximise(seconds, gap=enough)

    def note(found: Any, _: float) -> str:
        if found.bound > 2 * found.value:
            return f"HiGHS: {found.status}, with no plan worth having."
        return f"HiGHS: {found.status}, certified within {(found.bound / found.value - 1):.2%}."

    return Timed(call, lambda found: np.array([found.value]), note=note)


def median(*, areas: int, sites: int, add: int, nearest: int, enough: float) -> Timed:
    """Find the p-median by mobilise, over each area's nearest sites.

    An area whose listed sites are all closed counts with the furthest of them, which is less
    than its walk: the bound holds for the whole problem, and so does the value where the
    note does not say otherwise.
    """
    from mobilise.plan.distance import shortest_walks
    from mobilise.plan.medians import walks_of

    home, place, people = _points(areas, sites, 0)
    found: Any = cKDTree(place).query(home, nearest)
    far, site = found
    area = np.repeat(np.arange(areas), nearest)
    most = far[:, -1] * (1 + 1e-9)

    def call() -> Any:
        walks = walks_of(area, site.ravel(), far.ravel(), sites=sites, weight=people, most=most)
        return shortest_walks(walks, _limits(sites, add), enough=enough)

    def note(best: Any, seconds: float) -> str:
        alone = int((~best.is_open[site].any(axis=1)).sum())
        return _certified(best, seconds) + (f" {alone} areas lie further." if alone else "")

    return Timed(call, lambda found: np.array([found.value]), note=note)


def median_spopt(*, areas: int, sites: int, add: int, **_: float) -> Timed:
    """Find the p-median by spopt, solved by CBC; the matrix of distances is given."""
    locate, pulp = importlib.import_module("spopt.locate"), importlib.import_module("pulp")
    home, place, people = _points(areas, sites, 0)
    matrix = distance_matrix(home, place)

    def call() -> Any:
        model = locate.PMedian.from_cost_matrix(matrix, people, p_facilities=add)
        return model.solve(pulp.PULP_CBC_CMD(msg=False))

    return Timed(call, lambda model: np.array([pulp.value(model.problem.objective)]))


def edge(*, areas: int, sites: int, add: int, radius: float, points: int) -> Timed:
    """Trace the frontier between most people and fairest, by mobilise."""
    from mobilise import plan

    home, place, people = _points(areas, sites, 0)
    ids = [f"a{i:05}" for i in range(areas)], [f"s{j:05}" for j in range(sites)]
    noise = np.random.default_rng(2).normal(0, 15, areas)
    table = pd.DataFrame(
        {"area_id": ids[0], "population": people, "deprivation": home[:, 0] + noise}
    )
    area, site, far = _pairs(home, place, radius)
    pairs = {"from_id": np.array(ids[0])[area], "to_id": np.array(ids[1])[site], "minutes": far}
    problem = plan.problem(table, pd.DataFrame({"site_id": ids[1]}), pd.DataFrame(pairs))

    def call() -> Any:
        return plan.frontier(problem, minutes=radius, add=add, points=points)

    def note(found: Any, _: float) -> str:
        gap = found.table["gap"].max()
        return f"{len(found.table)} plans, each certified within {gap:.2%} of the most people."

    return Timed(call, lambda found: found.table["people"].to_numpy()[:1], note=note)
