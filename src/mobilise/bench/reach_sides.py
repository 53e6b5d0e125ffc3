"""The two sides of each comparison of reach: set up here, timed by :mod:`mobilise.bench.alone`.

Each function makes its inputs and returns what is to be timed. Sizes and seeds are the same
on both sides, so the results can be compared. Points of the street jobs stand on nodes: the
peers know no other place.
"""

from __future__ import annotations

import importlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mobilise.bench.alone import Timed
from mobilise.bench.towns import BENDS, Town, town

LIMIT_METRES = 2400.0
MINUTES = 30.0
KINDS = 6
_MEAN_AREAS_IN_REACH = 140
_COMPARED = 20


def _spread_out(areas: int, assets: int) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Return points over a square, and the radius that holds 140 areas on average.

    At full size those are 14 million pairs.
    """
    random = np.random.default_rng(14)
    side = 316.2 * np.sqrt(areas)
    frames = []
    for n, key in ((areas, "area_id"), (assets, "asset_id")):
        at = random.uniform(0, side, (n, 2))
        frames.append(pd.DataFrame({key: np.arange(n), "x": at[:, 0], "y": at[:, 1]}))
    frames[0]["population"] = random.integers(100, 3000, areas).astype(float)
    frames[1]["capacity"] = random.integers(1, 60, assets).astype(float)
    radius = side * np.sqrt(_MEAN_AREAS_IN_REACH / areas / np.pi)
    return frames[0], frames[1], np.rint(radius / 0.3) * 0.3  # thirds of it are whole decimetres


def _thirds(radius: float) -> dict[float, float]:
    return {radius / 3: 1.0, radius * 2 / 3: 0.68, radius: 0.22}


def _straight(measure: str, areas: int, assets: int) -> Timed:
    from mobilise.reach import catchments
    from mobilise.reach.decay import thirds
    from mobilise.reach.points import access_of, origins_of
    from mobilise.reach.straight import StraightLine
    from mobilise.reach.travel import Pace

    homes, places, radius = _spread_out(areas, assets)
    origins, access = origins_of(homes, None), access_of(places, None)
    people, every = origins.demand(None), np.arange(assets)
    minutes = radius / 80
    formula = getattr(catchments, measure)

    def timed() -> Any:
        near = StraightLine(origins, access, Pace(), 1.0).near(every, minutes)
        return formula(near.field(thirds(minutes), minutes), people, access.capacity)

    return Timed(timed)


def straight_e2sfca(areas: int, assets: int) -> Timed:
    """Return our enhanced two-step floating catchment areas."""
    return _straight("two_step", areas, assets)


def straight_3sfca(areas: int, assets: int) -> Timed:
    """Return our three-step floating catchment areas."""
    return _straight("three_step", areas, assets)


def straight_bfca(areas: int, assets: int) -> Timed:
    """Return our balanced floating catchment areas."""
    return _straight("balanced", areas, assets)


def _distances(homes: pd.DataFrame, places: pd.DataFrame, radius: float) -> pd.DataFrame:
    """Return all pairs within a radius: PySAL's own table would take 133 GiB at full size."""
    from scipy.spatial import cKDTree

    trees = [cKDTree(frame[["x", "y"]].to_numpy()) for frame in (homes, places)]
    found = trees[0].sparse_distance_matrix(trees[1], radius + 0.1, output_type="ndarray")
    whole = np.rint(10 * found["v"]) / 10  # decimetres, as ours
    return pd.DataFrame({"origin": found["i"], "dest": found["j"], "cost": whole})


def _pysal(homes: pd.DataFrame, places: pd.DataFrame, costs: pd.DataFrame, radius: float) -> Any:
    from access import Access, weights

    told = Access(
        demand_df=homes,
        demand_index="area_id",
        demand_value="population",
        supply_df=places,
        supply_index="asset_id",
        supply_value="capacity",
        cost_df=costs,
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )
    hair = 1e-6  # sums of tenths of a metre are not exact
    weigh = weights.step_fn({upto + hair: weight for upto, weight in _thirds(radius).items()})
    found = told.enhanced_two_stage_fca(
        name="e2sfca", cost="cost", max_cost=radius + hair, weight_fn=weigh
    )
    return found.iloc[:, 0].reindex(homes["area_id"]).fillna(0.0).to_numpy()


def pysal_e2sfca(areas: int, assets: int) -> Timed:
    """Return PySAL's, the table of distances made by a tree."""
    import access  # noqa: F401 - missing it must show before the work

    homes, places, radius = _spread_out(areas, assets)
    return Timed(lambda: _pysal(homes, places, _distances(homes, places, radius), radius))


def pysal_e2sfca_of_distances(areas: int, assets: int) -> Timed:
    """Return PySAL's, with the table of distances already made."""
    homes, places, radius = _spread_out(areas, assets)
    costs = _distances(homes, places, radius)
    return Timed(lambda: _pysal(homes, places, costs, radius))


def _town(blocks: int) -> Town:
    return town(blocks, int(0.178605 * blocks**2), int(0.1 * blocks**2), on_nodes=True)


def _travel(made: Town) -> Any:
    from mobilise.reach.bystreets import ByStreets
    from mobilise.reach.points import access_of, origins_of
    from mobilise.reach.travel import Pace

    origins, access = origins_of(made.areas, None), access_of(made.assets, None)
    return ByStreets(origins, access, made.streets, Pace(), 500.0)


def _scipy_graph(made: Town) -> Any:
    from scipy.sparse import csr_array

    streets, n = made.streets, len(made.streets.x)
    ends = np.stack([streets.tail, streets.head])
    rows, columns = np.concatenate([ends, ends[::-1]], axis=1)
    length = np.tile(streets.length.astype(float), 2)
    return csr_array((length, (rows, columns)), shape=(n, n))


def bounded_searches(blocks: int) -> Timed:
    """Return our searches to 2,400 m."""
    made = _town(blocks)
    travel = _travel(made)
    searches = np.arange(min(len(made.assets), 5000))

    def matrix(pairs: Any) -> Any:
        cost = np.full((_COMPARED, len(made.areas)), np.nan)
        asset = pairs.asset()
        few = asset < _COMPARED
        cost[asset[few], pairs.origin[few]] = pairs.cost[few]
        return cost

    def note(_: Any, seconds: float) -> str:
        edges = _edges_followed(travel, searches)
        return f"Ours: {edges:,.0f} edges a search, {1e9 * seconds / edges:.1f} ns an edge."

    return Timed(lambda: travel.pairs(searches, MINUTES), matrix, len(searches), note)


def _edges_followed(travel: Any, searches: Any) -> float:
    """Return how many edges leave the nodes within the limit of an asset, on average."""
    from mobilise.reach.searches import pairs_within

    start, n = travel.graph.start, len(travel.graph)
    some = searches[:: max(1, len(searches) // 200)]
    doors, owner = travel.doors(some)
    sources = (
        np.searchsorted(owner, np.arange(len(some) + 1)),
        travel.door_node[doors],
        travel.door_cost[doors],
    )
    nodes = (np.arange(n + 1), np.arange(n, dtype=np.int32), np.zeros(n, np.int32))
    limit = int(LIMIT_METRES * 10)
    _, node, _ = pairs_within(
        (start, travel.graph.edges), sources, nodes, limit, np.empty(0, np.uint16)
    )
    return float(np.diff(start)[node].sum()) / len(some)


def scipy_limit(blocks: int) -> Timed:
    """Return scipy's searches to 2,400 m, from the first few assets."""
    from scipy.sparse.csgraph import dijkstra

    made = _town(blocks)
    graph = _scipy_graph(made)
    sources = made.asset_node[:_COMPARED]

    def matrix(cost: Any) -> Any:
        within = cost[:, made.area_node]
        return np.where(np.isfinite(within), within, np.nan)

    return Timed(
        lambda: dijkstra(graph, indices=sources, limit=LIMIT_METRES * 10), matrix, len(sources)
    )


def nearest(blocks: int) -> Timed:
    """Return our minutes from every area to the nearest of a tenth of the assets."""
    made = _town(blocks)
    travel = _travel(made)
    some = np.arange(0, len(made.assets), 10)
    return Timed(lambda: travel.minutes_to_nearest(some))


def scipy_min_only(blocks: int) -> Timed:
    """Return scipy's."""
    from scipy.sparse.csgraph import dijkstra

    made = _town(blocks)
    graph = _scipy_graph(made)
    sources = made.asset_node[::10]

    def minutes(cost: Any) -> Any:
        at_areas = cost[made.area_node]
        return np.where(np.isfinite(at_areas), at_areas / 800, np.nan)

    return Timed(lambda: dijkstra(graph, indices=sources, min_only=True), minutes)


def _e2sfca(made: Town, travel: Any) -> Any:
    from mobilise.reach.catchments import two_step
    from mobilise.reach.decay import thirds

    near = travel.near(np.arange(len(made.assets)), MINUTES)
    people = made.areas["population"].to_numpy()
    supply = made.assets["capacity"].to_numpy()
    return two_step(near.field(thirds(MINUTES), MINUTES), people, supply)


def streets_e2sfca(blocks: int) -> Timed:
    """Return our E2SFCA of all areas, the graph made beforehand."""
    made = _town(blocks)
    travel = _travel(made)
    return Timed(lambda: _e2sfca(made, travel))


def streets_e2sfca_from_scratch(blocks: int) -> Timed:
    """Return the same from the streets as they are."""
    made = _town(blocks)

    def timed() -> Any:
        unseen = replace(made, streets=replace(made.streets))  # or the last graph is used again
        return _e2sfca(made, _travel(unseen))

    return Timed(timed)


def _pandana_network(made: Town) -> Any:
    import pandana

    streets = made.streets
    return pandana.Network(
        pd.Series(streets.x),
        pd.Series(streets.y),
        pd.Series(streets.tail),
        pd.Series(streets.head),
        pd.DataFrame({"metres": streets.length / 10}),
        twoway=True,
    )


def _pandana_sum(made: Town, network: Any) -> Any:
    nodes = pd.Series(made.area_node)
    network.set(nodes, variable=made.areas["population"], name="people")
    return network.aggregate(LIMIT_METRES, type="sum", decay="flat", name="people").to_numpy()


def pandana_aggregate(blocks: int) -> Timed:
    """Return pandana's sum of people within 2,400 m of every node."""
    made = _town(blocks)
    network = _pandana_network(made)
    return Timed(lambda: _pandana_sum(made, network))


def pandana_build_and_aggregate(blocks: int) -> Timed:
    """Return the same, with its contraction hierarchy made."""
    import pandana  # noqa: F401 - missing it must show before the work

    made = _town(blocks)
    return Timed(lambda: _pandana_sum(made, _pandana_network(made)))


def country(blocks: int) -> Timed:
    """Return E2SFCA of six kinds by the public function, over a country of our making."""
    from mobilise import reach

    made = town(blocks, int(0.178605 * blocks**2), int(0.1 * blocks**2))
    kind = np.arange(len(made.assets)) % KINDS
    assets = made.assets.assign(kind=[f"kind {k}" for k in kind])

    def timed() -> Any:
        return reach.measure(
            made.areas,
            assets,
            measures=["e2sfca"],
            minutes=[MINUTES],
            streets=replace(made.streets),
        ).table["value"]

    return Timed(timed)


def _extract(blocks: int) -> str:
    """Write the streets of a town as an OpenStreetMap extract; return its path."""
    import osmium
    from pyproj import Transformer

    path = str(Path(tempfile.mkdtemp()) / "town.osm.pbf")
    streets = _town(blocks).streets
    to_degrees = Transformer.from_crs(streets.crs, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(streets.x + 400_000, streets.y + 300_000)
    chains = np.column_stack(
        [streets.tail.reshape(-1, BENDS + 1), streets.head[BENDS :: BENDS + 1]]
    )
    with osmium.SimpleWriter(path) as writer:
        for k, place in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
            writer.add_node(osmium.osm.mutable.Node(id=k + 1, location=place))
        for k, chain in enumerate((chains + 1).tolist()):
            tags = {"highway": "residential"}
            writer.add_way(osmium.osm.mutable.Way(id=k + 1, nodes=chain, tags=tags))
    return path


def extract_to_streets(blocks: int) -> Timed:
    """Return our streets, read from an extract."""
    from mobilise.reach import build_streets
    from mobilise.sources.ways import read_ways

    path = _extract(blocks)
    size = Path(path).stat().st_size / 2**20
    return Timed(
        lambda: build_streets(read_ways(path), "EPSG:27700"),
        lambda streets: np.array([streets.length.sum() / 10]),
        note=lambda _, __: f"The file has {size:.1f} MiB.",
    )


def pyrosm_network(blocks: int) -> Timed:
    """Return pyrosm's nodes and edges, read from the same extract."""
    pyrosm = importlib.import_module("pyrosm")
    path = _extract(blocks)
    return Timed(
        lambda: pyrosm.OSM(path).get_network(network_type="walking", nodes=True),
        lambda found: np.array([found[1]["length"].sum()]),
    )
