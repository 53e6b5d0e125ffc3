"""Every measure against loops written out, for each way to travel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilise import reach
from mobilise.errors import InputError, MissingColumn
from mobilise.reach import decay

LIMITS = [6.0, 12.0, 30.0]
OF_DEMAND = ["2sfca", "e2sfca", "3sfca", "m2sfca", "bfca", "spatial_availability"]


def _thirds(t, limit):
    return 1.0 if t <= limit / 3 + 1e-9 else 0.68 if t <= limit * 2 / 3 + 1e-9 else 0.22


def _falling(t, limit):
    return np.exp(-t / 10)


def _plain(times, people, supply, limit, shape):
    """All measures of demand as in the papers, by loops. times[i][j]; None: beyond reach."""
    areas, assets = range(len(people)), range(len(supply))
    f = [[shape(t, limit) if t <= limit + 1e-9 else 0.0 for t in row] for row in times]
    F = [sum(f[i][j] for j in assets) for i in areas]
    G = [sum(f[i][j] for i in areas) for j in assets]

    def over(a, b):
        return a / b if b > 0 else 0.0

    def ratio(weight):
        return [over(supply[j], sum(people[i] * weight(i, j) for i in areas)) for j in assets]

    two = ratio(lambda i, j: f[i][j])
    three = ratio(lambda i, j: over(f[i][j], F[i]) * f[i][j])
    even = ratio(lambda i, j: over(f[i][j], F[i]))
    return {
        "e2sfca": [sum(f[i][j] * two[j] for j in assets) for i in areas],
        "m2sfca": [sum(f[i][j] ** 2 * two[j] for j in assets) for i in areas],
        "3sfca": [sum(over(f[i][j], F[i]) * f[i][j] * three[j] for j in assets) for i in areas],
        "bfca": [sum(over(f[i][j], G[j]) * even[j] for j in assets) for i in areas],
        "spatial_availability": [people[i] * sum(f[i][j] * two[j] for j in assets) for i in areas],
        "gravity": [sum(f[i][j] * supply[j] for j in assets) for i in areas],
    }


@st.composite
def towns(draw):
    """Homes and entrances on a lattice of 100 m, some at one place, some assets with several."""
    spot = st.tuples(st.integers(0, 12), st.integers(0, 12))
    homes = draw(st.lists(spot, min_size=1, max_size=8))
    doors = draw(st.lists(spot, min_size=1, max_size=8))
    owner = draw(st.lists(st.integers(0, 4), min_size=len(doors), max_size=len(doors)))
    single = draw(st.booleans())
    people = draw(st.lists(st.integers(0, 50), min_size=len(homes), max_size=len(homes)))
    return homes, doors, list(range(len(doors))) if single else owner, people


def _frames(town):
    homes, doors, owner, people = town
    origins = pd.DataFrame(homes, columns=["x", "y"], dtype=float) * 100
    origins = origins.assign(area_id=[f"{k}" for k in range(len(homes))], population=people)
    assets = pd.DataFrame(doors, columns=["x", "y"], dtype=float) * 100
    assets = assets.assign(asset_id=[f"{k}" for k in owner], kind="park")
    return origins, assets.assign(capacity=[1.0 + k for k in owner])


def _lattice():
    """Streets along every line of the lattice: walks are the sum of both differences."""
    nodes = pd.DataFrame(
        [(x * 100.0, y * 100.0) for x in range(13) for y in range(13)], columns=["x", "y"]
    )
    rows = [(13 * x + y, 13 * x + y + 1, 100.0) for x in range(13) for y in range(12)]
    rows += [(13 * x + y, 13 * x + 13 + y, 100.0) for x in range(12) for y in range(13)]
    segments = pd.DataFrame(rows, columns=["tail", "head", "length"])
    return reach.streets_from_segments(nodes, segments, "EPSG:27700")


STREETS = _lattice()


def _minutes(town, along):
    homes, doors, owner, _ = town
    ids = sorted(set(owner), key=str)
    times = []
    for hx, hy in homes:
        row = []
        for one in ids:
            walks = []
            for (dx, dy), whose in zip(doors, owner, strict=True):
                if whose == one:
                    if along == "streets":
                        walks.append(100.0 * (abs(hx - dx) + abs(hy - dy)))
                    else:
                        walks.append(round(13 * 100 * np.hypot(hx - dx, hy - dy)) / 10)
            row.append(min(walks) / 80)
        times.append(row)
    return ids, times


@pytest.mark.parametrize("along", ["streets", "straight", "table"])
@settings(deadline=None, max_examples=40)
@given(towns(), st.sampled_from(["thirds", "falling"]))
def test_every_measure_is_the_loop_written_out(along, town, shape):
    origins, assets = _frames(town)
    ids, times = _minutes(town, along)
    options = {"streets": STREETS} if along == "streets" else {}
    if along == "table":
        options["times"] = pd.DataFrame(
            [(f"{i}", f"{j}", row[k]) for i, row in enumerate(times) for k, j in enumerate(ids)],
            columns=["from_id", "to_id", "minutes"],
        )
    measures = ["nearest", "nearest2", "nearest3", "count", "gravity", *OF_DEMAND]
    fall = None if shape == "thirds" else decay.exponential(0.1)
    if fall is None:
        measures.remove("gravity")
    table = reach.measure(
        origins, assets, measures=measures, minutes=LIMITS, decay=fall, **options
    ).table
    wide = table.pivot_table(
        index="area_id", columns=["measure", "limit"], values="value", dropna=False
    )
    wide = wide.loc[origins["area_id"]]
    nearest = table[table["limit"].isna()].pivot_table(
        index="area_id", columns="measure", values="value", dropna=False
    )
    for k, area in enumerate(origins["area_id"]):
        ranked = sorted(times[k])
        for rank, name in enumerate(["nearest", "nearest2", "nearest3"]):
            expected = ranked[rank] if rank < len(ranked) else np.nan
            assert nearest.loc[area, name] == pytest.approx(expected, abs=1e-9, nan_ok=True)
    supply = [1.0 + j for j in ids]
    for limit in LIMITS:
        count = [sum(t <= limit + 1e-9 for t in row) for row in times]
        assert wide["count", limit].tolist() == count
        plain = _plain(times, town[3], supply, limit, _thirds if shape == "thirds" else _falling)
        flat = _plain(times, town[3], supply, limit, lambda *_: 1.0)
        for name in set(measures) & set(plain):
            per = 1 if name in {"gravity", "spatial_availability"} else 10_000
            ours = wide[name, limit] / per
            np.testing.assert_allclose(ours, plain[name], rtol=1e-9, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(wide["2sfca", limit] / 10_000, flat["e2sfca"], rtol=1e-9)


def test_shares_add_up():
    """Spatial availability gives out each asset once; balanced demand places each person once."""
    random = np.random.default_rng(4)
    origins = pd.DataFrame(random.uniform(0, 3000, (40, 2)), columns=["x", "y"])
    origins = origins.assign(area_id=range(40), population=random.integers(1, 500, 40))
    assets = pd.DataFrame(random.uniform(0, 3000, (12, 2)), columns=["x", "y"])
    assets = assets.assign(asset_id=range(12), capacity=random.uniform(1, 9, 12))
    table = reach.measure(
        origins, assets, measures=["spatial_availability"], minutes=[60], decay=decay.gaussian(20)
    ).table
    assert table["value"].sum() == pytest.approx(assets["capacity"].sum())
    assert table["unit"].unique().tolist() == ["capacity"]


def test_groups_are_demand_and_a_missing_one_is_named():
    origins = pd.DataFrame({"area_id": ["A", "B"], "x": [0.0, 100.0], "y": 0.0})
    origins = origins.assign(population=[100, 300], aged_65_plus=[10, 10])
    asset = pd.DataFrame({"asset_id": ["P"], "kind": ["pool"], "x": [0.0], "y": [0.0]})
    ask = {"measures": ["2sfca"], "groups": [None, "aged_65_plus"]}
    table = reach.measure(origins, asset, **ask).table
    by_group = table.groupby("group", dropna=False)["value"].first()
    assert by_group["aged_65_plus"] == pytest.approx(10_000 / 20)
    assert by_group[by_group.index.isna()].iloc[0] == pytest.approx(10_000 / 400)
    assert set(table["unit"]) == {"assets per 10,000 people"}
    with pytest.raises(MissingColumn, match="did you mean 'aged_65_plus'"):
        reach.measure(origins, asset, measures=["2sfca"], groups=["aged_65"])
    with pytest.raises(InputError, match="'population' of area 'A'"):
        reach.measure(origins.assign(population=-1), asset, measures=["2sfca"])


def test_unknown_capacities_count_as_the_median_and_are_told():
    origins = pd.DataFrame({"area_id": ["A"], "x": [0.0], "y": [0.0], "population": [1000]})
    assets = pd.DataFrame(
        {
            "asset_id": list("abcd"),
            "kind": "library",
            "x": 0.0,
            "y": 0.0,
            "capacity": [10, 20, 60, None],
        }
    )
    reached = reach.measure(origins, assets, measures=["2sfca"])
    assert reached.table["value"].iloc[0] == pytest.approx(10 * (10 + 20 + 60 + 20))
    assert any("1 of 4 assets" in note.says and "median" in note.says for note in reached.notes)


def test_choice_counts_kinds_not_assets():
    assets = pd.DataFrame(
        {
            "asset_id": list("abcd"),
            "kind": ["library", "library", "museum", "park"],
            "x": [0, 10, 20, 5000.0],
            "y": 0.0,
        }
    )
    table = reach.measure(
        [[0.0, 0.0]], assets, kinds=[["library", "museum", "park"]], measures=["choice"]
    ).table
    assert table[["value", "unit"]].to_numpy().tolist() == [[2.0, "kinds"]]


def test_a_table_of_times_with_strangers_blanks_and_repeats():
    origins, assets = pd.DataFrame({"area_id": ["A", "B"]}), pd.DataFrame({"asset_id": ["x", "y"]})
    times = pd.DataFrame(
        [("A", "x", 9.0), ("A", "x", 7.0), ("A", "y", None), ("Z", "x", 1.0)],
        columns=["from_id", "to_id", "minutes"],
    )
    reached = reach.measure(origins, assets, times=times, minutes=[7])
    assert reached.table["value"].fillna(-1).tolist() == [7, -1, 1, 0]
    assert "1 of 4 travel times" in reached.notes[0].says
    with pytest.raises(InputError, match="zero or more"):
        reach.measure(origins, assets, times=times.assign(minutes=-1.0))
    with pytest.raises(MissingColumn, match="minutes"):
        reach.measure(origins, assets, times=times.drop(columns="minutes"))


def test_travel_times_written_out_give_the_same_reach_when_read_back():
    random = np.random.default_rng(7)
    homes, doors = random.uniform(0, 1200, (30, 2)), random.uniform(0, 1200, (9, 2))
    times = reach.travel_times(homes, doors, minutes=60, streets=STREETS)
    ask = {"measures": ["nearest", "count"], "minutes": [10]}
    direct = reach.measure(homes, doors, streets=STREETS, **ask).table
    read = reach.measure(homes, doors, times=times, **ask).table
    pd.testing.assert_frame_equal(direct, read)


@pytest.mark.parametrize(
    ("made", "at", "expected"),
    [
        (decay.steps([10, 20], [1.0, 0.5]), [0, 10, 10.1, 20, 21], [1, 1, 0.5, 0.5, 0]),
        (decay.linear(20), [0, 5, 20, 30], [1, 0.75, 0, 0]),
        (decay.gaussian_to_zero(30), [0, 30, 40], [1, 0, 0]),
        (decay.half_life(10), [0, 10, 20], [1, 0.5, 0.25]),
        (decay.logistic(15, 5), [15], [0.5]),
        (decay.power(2), [0, 1, 2], [1, 1, 0.25]),
        (decay.table([0, 10], [1.0, 0.2]), [0, 5, 10, 11], [1, 0.6, 0.2, 0]),
    ],
)
def test_decays_at_points_that_can_be_checked_by_hand(made, at, expected):
    np.testing.assert_allclose(made.weight(np.array(at, float)), expected, atol=1e-12)


def test_steps_that_do_not_rise_are_refused():
    with pytest.raises(InputError, match="rising minutes"):
        decay.steps([20, 10], [1.0, 0.5])
    with pytest.raises(InputError, match="rising minutes"):
        decay.table([0, 0], [1.0, 0.5])


def test_the_number_of_threads_changes_nothing(monkeypatch):
    random = np.random.default_rng(8)
    origins = pd.DataFrame(random.uniform(0, 1200, (200, 2)), columns=["x", "y"])
    origins = origins.assign(area_id=range(200), population=random.integers(1, 500, 200))
    assets = pd.DataFrame(random.uniform(0, 1200, (150, 2)), columns=["x", "y"])
    assets = assets.assign(asset_id=range(150))
    tables = []
    for cores in (1, 2, 7):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, n=cores: set(range(n)))
        tables.append(
            reach.measure(origins, assets, measures=["bfca", "count"], streets=STREETS).table
        )
    for table in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], table, check_exact=True)
