"""Who brokers, who is isolated, and how densely sectors are linked, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from mobilise.learn.sectors import SECTORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.learn.network.links import Network

NEAR = 2  # links: "a friend of a friend"
_NAMED = 3


@dataclass(frozen=True)
class Snapshot:
    """A network in one period.

    Parameters
    ----------
    period
        When.
    organisations
        ``organisation_id, name, sector, partners, brokerage, within_two, cut_off, isolated,
        refers_to, referred_by``: partners are those directly linked; brokerage is the share
        of shortest paths between others that lead over it (betweenness, 0 to 1); within_two
        the share (%) of all others within two links; cut_off how many others would no
        longer reach the rest if it left.
    sectors
        ``sector, other, pairs, linked, density`` (%): how many of the pairs that there could
        be are linked, within and between sectors.
    reach
        ``sector, organisations, partners, within_two, isolated``: means of its organisations.
    density
        Share (%) of all pairs that are linked.
    parts
        How many parts it falls into, isolated organisations not counted.
    sentence
        What a board should know.
    """

    period: float
    organisations: pd.DataFrame
    sectors: pd.DataFrame
    reach: pd.DataFrame
    density: float
    parts: int
    sentence: str


def snapshot(network: Network, period: float) -> Snapshot:
    """Return the measures of a network in one period.

    Parameters
    ----------
    network
        From :func:`mobilise.learn.network.network_of`.
    period
        When; links that last then are counted, whatever their kind.

    Notes
    -----
    Betweenness after Freeman (1977, 10.2307/3033543), by Brandes' algorithm (2001,
    10.1080/0022250X.2001.9990249), of pairs linked in whatever way and direction.
    """
    links = network.at(period)
    graph = _graph(network, links)
    nodes = _organisations(network, links, graph)
    n = len(nodes)
    density = 100 * graph.number_of_edges() / (n * (n - 1) / 2) if n > 1 else float("nan")
    parts = sum(len(c) > 1 for c in nx.connected_components(graph))
    return Snapshot(
        period, nodes, _between(nodes, graph), _reach(nodes), density, parts,
        _sentence(nodes, density, parts, graph.number_of_edges()),
    )  # fmt: skip


def snapshots(network: Network, periods: Sequence[float] | None = None) -> list[Snapshot]:
    """Return the measures of every period, by default of each in which something changes."""
    return [snapshot(network, p) for p in (network.periods() if periods is None else periods)]


def _graph(network: Network, links: pd.DataFrame) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(network.organisations["organisation_id"])
    graph.add_edges_from(zip(links["from_id"], links["to_id"], strict=True))
    return graph


def _organisations(network: Network, links: pd.DataFrame, graph: Any) -> pd.DataFrame:
    table = network.organisations[["organisation_id", "name", "sector"]].copy()
    ids, n = list(table["organisation_id"]), len(table)
    brokerage = nx.betweenness_centrality(graph, normalized=True)
    near = {i: len(nx.single_source_shortest_path_length(graph, i, NEAR)) - 1 for i in ids}
    cut = _cut_off(graph)
    referrals = links[links["kind"] == "refers to"]
    table["partners"] = [graph.degree(i) for i in ids]
    table["brokerage"] = [float(brokerage[i]) for i in ids]
    table["within_two"] = [100 * near[i] / (n - 1) if n > 1 else np.nan for i in ids]
    table["cut_off"] = [cut.get(i, 0) for i in ids]
    table["isolated"] = table["partners"] == 0
    table["refers_to"] = table["organisation_id"].map(referrals["from_id"].value_counts())
    table["referred_by"] = table["organisation_id"].map(referrals["to_id"].value_counts())
    counts = ["refers_to", "referred_by"]
    return table.assign(**{c: table[c].fillna(0).astype(int) for c in counts})


def _cut_off(graph: Any) -> dict[str, int]:
    """Return how many others would be apart from the largest rest if an organisation left."""
    found = {}
    for node in nx.articulation_points(graph):
        mine = nx.node_connected_component(graph, node) - {node}
        pieces = [len(c) for c in nx.connected_components(graph.subgraph(mine))]
        found[node] = sum(pieces) - max(pieces)
    return found


def _between(nodes: pd.DataFrame, graph: Any) -> pd.DataFrame:
    sector = dict(zip(nodes["organisation_id"], nodes["sector"], strict=True))
    sizes = nodes["sector"].value_counts()
    there = [s for s in SECTORS if s in sizes.index]
    linked: dict[tuple[str, str], int] = {}
    for one, other in graph.edges:
        key = _ordered(sector[one], sector[other])
        linked[key] = linked.get(key, 0) + 1
    rows = []
    for i, one in enumerate(there):
        for other in there[i:]:
            a, b = int(sizes[one]), int(sizes[other])
            pairs = a * (a - 1) // 2 if one == other else a * b
            count = linked.get((one, other), 0)
            rows.append((one, other, pairs, count, 100 * count / pairs if pairs else np.nan))
    return pd.DataFrame(rows, columns=["sector", "other", "pairs", "linked", "density"])


def _ordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if SECTORS.index(one) <= SECTORS.index(other) else (other, one)


def _reach(nodes: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for sector in (s for s in SECTORS if s in set(nodes["sector"])):
        mine = nodes[nodes["sector"] == sector]
        means = [float(mine[c].mean()) for c in ("partners", "within_two")]
        rows.append((sector, len(mine), *means, int(mine["isolated"].sum())))
    columns = ["sector", "organisations", "partners", "within_two", "isolated"]
    return pd.DataFrame(rows, columns=columns)


def _sentence(nodes: pd.DataFrame, density: float, parts: int, pairs: int) -> str:
    said = [f"{len(nodes)} organisations and {pairs} linked pairs: {density:.0f}% of all pairs."]
    brokers = nodes[nodes["brokerage"] > 0].nlargest(_NAMED, "brokerage", keep="first")
    if len(brokers):
        named = ", ".join(f"{r['name']} ({r['brokerage']:.0%})" for _, r in brokers.iterrows())
        said.append(f"Most paths between others lead over {named}.")
    fragile = nodes.nlargest(1, "cut_off", keep="first")
    if len(fragile) and fragile["cut_off"].iloc[0] > 0:
        row = fragile.iloc[0]
        said.append(f"If {row['name']} left, {row['cut_off']} would be cut off from the rest.")
    alone = list(nodes.loc[nodes["isolated"], "name"])
    if alone:
        shown = ", ".join(alone[:_NAMED]) + (
            f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
        )
        said.append(f"Without any link: {shown}.")
    if parts > 1:
        said.append(f"It falls into {parts} parts that do not reach each other.")
    return " ".join(said)
