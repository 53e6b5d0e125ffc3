"""A place in strips against the place as a whole: on streets, in straight lines, on a cluster."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilise import reach
from mobilise.bench.towns import town
from mobilise.errors import InputError
from mobilise.reach import strips
from mobilise.reach.distributed import connected, measure_on
from mobilise.reach.question import MEASURES

EXACT = ["nearest", "nearest2", "nearest3", "count", "choice"]


def assert_same(ours, whole):
    keys = ["area_id", "kind", "measure", "limit", "unit", "group"]
    pd.testing.assert_frame_equal(ours.table[keys], whole.table[keys])
    exact = whole.table["measure"].isin(EXACT)
    np.testing.assert_array_equal(ours.table["value"][exact], whole.table["value"][exact])
    np.testing.assert_allclose(
        ours.table["value"][~exact], whole.table["value"][~exact], rtol=1e-12, atol=0
    )
    assert ours.notes == whole.notes


def _kinds(assets, n):
    """Several kinds, one of them rare, and an asset with a second entrance."""
    kind = np.where(np.arange(len(assets)) % 7 == 0, "museum", "library")
    kind[-1] = "castle"
    assets = assets.assign(kind=kind)
    far = assets.iloc[:n].assign(x=assets["x"].iloc[:n] + 1300)
    return pd.concat([assets, far], ignore_index=True)


@pytest.fixture(scope="module")
def small():
    made = town(40, 300, 60)
    streets = made.streets
    # In one direction most streets cost more than in the other, and some are closed.
    random = np.random.default_rng(5)
    uphill = np.rint(streets.length * random.uniform(1, 1.5, len(streets.length)))
    uphill[random.random(len(uphill)) < 0.02] = -1
    sloped = strips.replace(streets, forward=uphill.astype(np.int32))
    areas = made.areas.assign(older=made.areas["population"] // 7)
    nowhere = areas.iloc[:2].assign(area_id=["n1", "n2"], x=[-900.0, 5000.0], y=[100.0, 90.0])
    return sloped, pd.concat([areas, nowhere], ignore_index=True), _kinds(made.assets, 5)


@pytest.mark.parametrize("many", [1, 3, 11])
@pytest.mark.parametrize("on_streets", [True, False])
def test_strips_give_what_the_whole_gives(small, many, on_streets):
    streets, areas, assets = small
    asked = {
        "kinds": ["library", "museum", ["library", "castle"], "castle", "pool"],
        "measures": MEASURES,
        "minutes": [4, 9],
        "groups": [None, "older"],
        "streets": streets if on_streets else None,
        "snap_metres": 60.0,
    }
    whole = reach.measure(areas, assets, **asked)
    ours = strips.measure_in_strips(
        lambda parts: map(strips.answer, parts), areas, assets, strips=many, **asked
    )
    assert_same(ours, whole)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 8))
def test_strips_of_any_town_in_any_order_give_what_the_whole_gives(seed, many, minutes):
    made = town(14, 30, 8, seed=seed, on_nodes=seed % 2 == 0)
    asked = {"measures": ["nearest", "nearest2", "count", "bfca"], "minutes": [minutes]}
    for streets in (made.streets, None):
        whole = reach.measure(made.areas, made.assets, streets=streets, **asked)
        ours = strips.measure_in_strips(
            lambda parts: [strips.answer(part) for part in reversed(list(parts))],
            made.areas,
            made.assets,
            streets=streets,
            strips=many,
            **asked,
        )
        assert_same(ours, whole)


def test_a_halo_too_narrow_is_found_out_and_widened(small, monkeypatch):
    """Proof rests on the streets, not on a halo that happens to be wide enough."""
    streets, areas, assets = small
    asked = {"measures": ["nearest", "bfca", "2sfca"], "minutes": [6], "streets": streets}
    whole = reach.measure(areas, assets, **asked)
    halos = []

    def run(parts):
        for part in parts:
            halos.append(part.halo)
            yield strips.answer(part)

    cut = strips._first_cut

    def narrow(place, many):
        return [(own, doors, 20.0, None) for own, doors, _, _ in cut(place, many)]

    monkeypatch.setattr(strips, "_first_cut", narrow)
    ours = strips.measure_in_strips(run, areas, assets, strips=5, **asked)
    assert max(halos) > 20
    assert_same(ours, whole)


def test_a_strip_holds_no_more_than_its_halo():
    made = town(80, 400, 50)
    sizes = []

    def run(parts):
        for part in parts:
            sizes.append(len(part.streets.tail))
            yield strips.answer(part)

    strips.measure_in_strips(
        run,
        made.areas,
        made.assets,
        measures=["count"],
        minutes=[5],
        streets=made.streets,
        strips=8,
    )
    # 8 km wide: a strip of 1 km, and on both sides 800 m of halo and 1 km for points to meet.
    assert len(sizes) == 8
    assert max(sizes) < 0.65 * len(made.streets.tail)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_a_cluster_gives_what_one_machine_gives(small, client):
    streets, areas, assets = small
    asked = {"measures": ["nearest", "e2sfca", "bfca"], "minutes": [5], "streets": streets}
    ours = measure_on(client, areas, assets, strips=6, **asked)
    assert_same(ours, reach.measure(areas, assets, **asked))


def test_times_of_another_router_are_summed_here(client):
    times = pd.DataFrame({"from_id": ["0"], "to_id": ["0"], "minutes": [7.0]})
    table = measure_on(client, [[0.0, 0.0]], [[1.0, 0.0]], times=times).table
    assert table["value"].tolist() == [7.0, 1.0]


def test_a_lost_workers_task_is_done_by_another(small, tmp_path):
    distributed = pytest.importorskip("distributed")
    streets, areas, assets = small
    killed = tmp_path / "killed"

    def fatal_once(limit):
        if not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return reach.decay.linear(limit)

    asked = {"measures": ["e2sfca"], "minutes": [5], "streets": streets}
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=60
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        ours = measure_on(client, areas, assets, strips=4, decay=fatal_once, **asked)
    assert killed.exists()
    assert_same(ours, reach.measure(areas, assets, decay=reach.decay.linear, **asked))


def test_a_fault_of_the_input_comes_back_as_its_sentence(small, client):
    _, areas, assets = small
    areas = areas.drop(columns="population")
    with pytest.raises(KeyError, match="no column 'population'"):
        measure_on(client, areas, assets, measures=["2sfca"])


def test_without_dask_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'mobilise\[cluster\]'"), connected("local"):
        pass


def test_an_address_that_nobody_answers_is_told(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("mobilise.reach.distributed._WAIT_SECONDS", 0.2)
    with pytest.raises(InputError, match="no scheduler answers"), connected("tcp://127.0.0.1:9"):
        pass
