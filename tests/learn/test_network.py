"""The network: measures against definitions counted by hand and by brute force."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilise.errors import InputError
from mobilise.learn import network


def bridge():
    """Two triangles that meet in one broker, and one organisation that nobody knows."""
    ids = list("abcdefgh")
    sectors = ["health", "health", "council", "charity", "academia", "charity", "policy", "health"]
    people = pd.DataFrame(
        {"organisation_id": ids, "name": [i.upper() for i in ids], "sector": sectors}
    )
    pairs = ["ab", "bc", "ac", "cd", "de", "ef", "df"]
    links = pd.DataFrame(
        [(p[0], p[1], "refers to", 2022, np.nan, np.nan) for p in pairs]
        + [("a", "g", "funds", 2023, 2023, 2.0), ("b", "a", "shares data", 2022, np.nan, 4.0)],
        columns=["from_id", "to_id", "kind", "start", "end", "stage"],
    )
    return network.network_of(people, links)


def test_brokers_isolates_and_bridges_are_found() -> None:
    found = network.snapshot(bridge(), 2022)
    table = found.organisations.set_index("organisation_id")
    # c lies between {a,b} and {d,e,f}, 6 of the 21 pairs of the seven others.
    assert table.loc["c", "brokerage"] == pytest.approx(6 / 21)
    assert table.loc["c", "cut_off"] == 2
    assert list(table.index[table["isolated"]]) == ["g", "h"]
    assert found.density == pytest.approx(100 * 7 / 28)
    assert found.parts == 1
    assert "If C left, 2 would be cut off" in found.sentence
    assert "Without any link: G, H." in found.sentence
    assert table.loc["a", "within_two"] == pytest.approx(100 * 3 / 7)


def test_links_last_from_start_to_end() -> None:
    it = bridge()
    assert it.periods() == (2022.0, 2023.0)
    alone = [
        list(s.organisations.query("isolated")["organisation_id"]) for s in network.snapshots(it)
    ]
    assert alone == [["g", "h"], ["h"]]
    assert len(it.at(2024)) == len(it.at(2022))


def test_sectors_share_out_every_pair() -> None:
    found = network.snapshot(bridge(), 2023)
    assert found.sectors["pairs"].sum() == 28
    assert found.sectors["linked"].sum() == 8
    row = found.sectors.set_index(["sector", "other"]).loc[("health", "council")]
    assert (row["pairs"], row["linked"]) == (3, 2)


def test_a_pair_counts_once_at_its_highest_stage() -> None:
    counts = network.stage_counts(bridge(), 2023).set_index("name")["pairs"]
    assert counts["coalition"] == 1
    assert counts["cooperation"] == 1
    assert counts["not said"] == 6
    assert counts.sum() == 8


@settings(max_examples=30, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda p: p[0] < p[1])))
def test_brokerage_is_the_share_of_shortest_paths(pairs) -> None:
    ids = [f"o{i}" for i in range(7)]
    people = pd.DataFrame({"organisation_id": ids, "name": ids, "sector": "charity"})
    links = pd.DataFrame(
        [(f"o{a}", f"o{b}", "co-located", 1) for a, b in sorted(pairs)],
        columns=["from_id", "to_id", "kind", "start"],
    )
    found = network.snapshot(network.network_of(people, links), 1).organisations
    graph = nx.Graph([(f"o{a}", f"o{b}") for a, b in pairs])
    graph.add_nodes_from(ids)
    for broker, value in zip(ids, found["brokerage"], strict=True):
        share = 0.0
        for one, other in itertools.combinations([i for i in ids if i != broker], 2):
            if nx.has_path(graph, one, other):
                paths = list(nx.all_shortest_paths(graph, one, other))
                share += sum(broker in p for p in paths) / len(paths)
        assert value == pytest.approx(share / 15)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "refer to"}, "did you mean 'refers to'"),
        ({"to_id": "z"}, "row 1 has the to_id 'z'"),
        ({"end": 2020}, "ends before it starts"),
        ({"to_id": "a"}, "with itself"),
        ({"stage": 6}, "from 1 to 5"),
        ({"start": None}, "no start"),
    ],
)
def test_bad_links_are_one_sentence(change, said) -> None:
    people = bridge().organisations
    link = {
        "from_id": "a",
        "to_id": "b",
        "kind": "funds",
        "start": 2022,
        "end": None,
        "stage": None,
    }
    with pytest.raises(InputError, match=said):
        network.network_of(people, pd.DataFrame([link | change]))


def test_models_are_compared_by_what_they_need() -> None:
    table = pd.DataFrame(
        {"model_id": ["m2", "m1"], "name": ["Hub", "Walk"], "what": ["a", "b"], "who": ["c", "d"],
         "where": ["e", "f"], "conditions": ["trust; shared data", "trust"], "cost": [1000, None],
         "people": [50, 20], "stage": [4, None]}
    )  # fmt: skip
    models = network.models_of(table)
    assert list(models["model_id"]) == ["m1", "m2"]
    assert models["cost_per_person"].iloc[1] == 20
    found = network.compare_models(models)
    assert list(found["condition"]) == ["trust", "shared data"]
    assert list(found["Hub"]) == [True, True]
    assert list(found["Walk"]) == [True, False]
    with pytest.raises(InputError, match="does not say 'who'"):
        network.models_of(table.assign(who=["", "d"]))


def test_the_ladder_has_five_steps_and_its_source() -> None:
    assert [s.level for s in network.stages()] == [1, 2, 3, 4, 5]
    assert network.stages()[0].name == "networking"
