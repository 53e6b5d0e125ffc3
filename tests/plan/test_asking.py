"""What cannot be had is said in one sentence; the same seed is the same plan."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from mobilise import plan
from mobilise.errors import InputError, MissingColumn
from mobilise.plan.compiled import forget_stale


def parts():
    areas = pd.DataFrame(
        {
            "area_id": list("ABCDE"),
            "population": [100, 200, 150, 50, 80],
            "deprivation": [50, 40, 30, 20, 10],
            "deprivation_quintile": [1, 2, 3, 4, 5],
        }
    )
    sites = pd.DataFrame(
        {
            "site_id": ["open", "h", "k", "m", "far"],
            "status": ["existing", *["candidate"] * 4],
            "cost": [0, 10, 20, 30, 5],
            "district": ["n", "n", "n", "s", "s"],
            "x": np.arange(5.0),
            "y": 0.0,
        }
    )
    times = pd.DataFrame(
        {
            "from_id": ["E", "A", "B", "C", "B", "D", "E"],
            "to_id": ["open", "h", "h", "k", "k", "m", "m"],
            "minutes": [5, 9, 15, 8, 12, 15.01, 3],
        }
    )
    return areas, sites, times


def small():
    return plan.problem(*parts())


def test_a_time_equal_to_the_limit_is_within_it_and_one_above_is_not():
    best = plan.solve(small(), add=1, minutes=15)
    assert best.site_ids == ("k",)
    assert best.value == 80 + 150 + 200
    assert plan.solve(small(), add=3, minutes=15).value == 80 + 150 + 200 + 100
    assert plan.solve(small(), add=3, minutes=15.01).value == 580


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"add": 9}, "add = 9, but there are only 4 candidates"),
        ({}, "how many sites to add"),
        ({"add": -1}, "add = -1"),
        ({"add": 1, "must": ["h"], "forbidden": ["h"]}, "both a must and forbidden"),
        ({"add": 1, "must": ["h", "k"]}, "add = 1, but 2 sites must be opened"),
        ({"add": 1, "must": ["hh"]}, "no site 'hh'; did you mean 'h'"),
        ({"budget": 4}, "cheapest candidate costs 5"),
        ({"budget": 15, "must": ["k"]}, "must be opened cost 20"),
        ({"add": 1, "close": 2}, "1 sites are open today"),
        ({"closing": ["h"]}, "'h' is to close, but is not open today"),
        ({"add": 2, "floors": {1: 1.0, 4: 0.9}}, "fifth 4 cannot be reached: at most 0.0%"),
        ({"add": 1, "floors": {1: 1.0, 3: 1.0}}, "cannot be met together"),
        ({"add": 1, "floors": {7: 0.5}}, "nobody lives in fifth 7"),
        ({"add": 1, "floors": {1: 80}}, "must be a share from 0 to 1"),
        ({"add": 1, "objective": "equality"}, "did you mean 'equity'"),
        ({"add": 1, "minutes": 0}, "between 0 and 1,000"),
        ({"add": 1, "forbidden": ["h", "k"]}, "no new site adds anyone"),
        (
            {"add": 1, "objective": "least-inequality", "at_least": 0.99},
            "No such plan reaches 99.0%",
        ),
        ({"add": 1, "objective": "least-inequality", "statistic": "slope"}, "did you mean"),
        ({"add": 1, "objective": "distance", "floors": {1: 0.5}}, "floors go with"),
        ({"add": 1, "objective": "capacity", "capacity_per_person": 0}, "must be more than 0"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(asked, words):
    with pytest.raises(InputError) as caught:
        plan.solve(small(), **{"minutes": 15, **asked})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def spoil(which, column, values):
    frames = list(parts())
    frames[which] = frames[which].assign(**{column: values})
    return frames


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (spoil(0, "population", [1, 2, -3, 4, 5]), "'population' is -3 in row 3"),
        (spoil(0, "area_id", list("AABCD")), "'area_id' A is there more than once"),
        (spoil(0, "deprivation_quintile", [1, 2, 9, 4, 5]), "is 9 in row 3"),
        (spoil(1, "status", "closed"), "no status 'closed'"),
        (spoil(1, "cost", [1, 2, "many", 4, 5]), "'cost' is many in row 3"),
        (spoil(2, "from_id", list("EABCBDZ")), "'from_id' Z in row 7 is not an area"),
        (spoil(2, "minutes", [1, 2, 3, np.nan, 5, 6, 7]), "without gaps"),
    ],
)
def test_bad_tables_are_one_sentence(frames, words):
    with pytest.raises(InputError, match=words):
        plan.problem(*frames)


def test_a_missing_column_is_named():
    areas, sites, times = parts()
    with pytest.raises(MissingColumn, match="population"):
        plan.problem(areas.drop(columns="population"), sites, times)


def test_candidates_that_nobody_can_reach_are_counted():
    (note,) = small().notes
    assert (note.count, note.examples) == (1, ("far",))
    areas, sites, times = parts()
    with pytest.raises(InputError, match="are the candidates in the place"):
        plan.problem(areas, sites, times[:0])


def test_fairness_without_deprivation_is_refused():
    areas, sites, times = parts()
    bare = plan.problem(areas[["area_id", "population"]], sites, times)
    for objective in ("equity", "least-inequality", "worst-first"):
        with pytest.raises(InputError, match="deprivation"):
            plan.solve(bare, add=1, minutes=15, objective=objective)
    assert plan.solve(bare, add=1, minutes=15).site_ids == ("k",)


def test_everybody_reached_already():
    areas, sites, times = parts()
    with pytest.raises(InputError, match=r"^Everybody is already within 15 minutes"):
        plan.solve(
            plan.problem(areas[areas["area_id"] == "E"], sites, times[times["from_id"] == "E"]),
            add=1,
            minutes=15,
        )


def test_a_must_counts_among_those_added_and_a_forbidden_site_is_left_out():
    assert set(plan.solve(small(), add=2, minutes=15, must=["m"]).site_ids) == {"m", "k"}
    assert plan.solve(small(), add=1, minutes=15, forbidden=["k"]).site_ids == ("h",)


def test_moving_is_closing_and_adding():
    moved = plan.solve(small(), add=3, close=1, minutes=15)
    assert moved.closed == ("open",)
    assert set(moved.site_ids) == {"h", "k", "m"}
    assert moved.value == 530


def extended():
    areas, sites, times = parts()
    sites["capacity"] = [10.0, 10, 10, 10, 10]
    sites.loc[sites["site_id"].isin(["h", "k"]), "status"] = "existing"
    more = pd.DataFrame(
        {"site_id": ["h+", "k+"], "extends": ["h", "k"], "capacity": 20.0, "status": "candidate"}
    )
    return areas, pd.concat([sites, more], ignore_index=True), times


def test_extending_adds_capacity_where_the_site_is_and_no_second_site():
    areas, sites, times = extended()
    problem = plan.problem(areas, sites, times)
    asked = {"minutes": 15, "objective": "capacity", "add": 1, "capacity_per_person": 0.1}
    best = plan.solve(problem, forbidden=["m", "far"], **asked)
    # Half of B's 200 people go to h and half to k: 200 come to h (100 + 100), 250 to k. With 10
    # of capacity, h gives 0.05 each and k 0.04; with 30, 0.15 and 0.12. E has 10 for 80.
    shares = {
        "h+": 100 * 1 + 200 * min(1, (0.15 + 0.04) / 2 / 0.1) + 150 * 0.4 + 80,
        "k+": 100 * 0.5 + 200 * min(1, (0.05 + 0.12) / 2 / 0.1) + 150 * 1 + 80,
    }
    assert best.site_ids == (max(shares, key=shares.get),)
    assert best.value == pytest.approx(max(shares.values()))
    with pytest.raises(InputError, match="goes with the objective capacity"):
        plan.solve(problem, minutes=15, add=1)


@pytest.mark.parametrize("extends", ["nowhere", "k+"])
def test_what_cannot_be_extended_is_named(extends):
    areas, sites, times = extended()
    sites.loc[sites["site_id"] == "h+", "extends"] = extends
    with pytest.raises(InputError, match=f"'extends' is {extends.replace('+', '[+]')} in row 6"):
        plan.problem(areas, sites, times)


def test_residents_weights_change_the_plan():
    areas, sites, times = parts()
    areas["weight"] = [9, 1, 1, 1, 1]
    best = plan.solve(plan.problem(areas, sites, times), add=1, minutes=15)
    assert best.site_ids == ("h",)


def town(n=300, m=80, seed=3):
    random = np.random.default_rng(seed)
    home = random.uniform(0, 100, (n, 2))
    areas = pd.DataFrame(
        {
            "area_id": [f"a{i:03}" for i in range(n)],
            "population": random.integers(1000, 2500, n),
            "deprivation": home[:, 0] + random.normal(0, 15, n),
        }
    )
    place = random.uniform(0, 100, (m, 2))
    sites = pd.DataFrame(
        {"site_id": [f"s{j:02}" for j in range(m)], "x": place[:, 0], "y": place[:, 1]}
    )
    sites["status"] = np.where(np.arange(m) < 4, "existing", "candidate")
    i, j = np.nonzero(np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1)) < 18)
    far = np.hypot(*(home[i] - place[j]).T)
    ids = areas["area_id"].to_numpy(), sites["site_id"].to_numpy()
    times = pd.DataFrame({"from_id": ids[0][i], "to_id": ids[1][j], "minutes": far * 1.5})
    return areas, sites, times


@pytest.mark.parametrize("objective", ["coverage", "distance", "least-inequality", "worst-first"])
def test_the_same_seed_is_the_same_plan_whatever_the_order_of_rows(objective):
    areas, sites, times = town()
    asked = {"add": 5, "minutes": 15, "time_limit_seconds": 0}
    one = plan.solve(plan.problem(areas, sites, times), objective=objective, **asked)
    again = plan.solve(
        plan.problem(areas, sites, times.sample(frac=1, random_state=1)),
        objective=objective,
        **asked,
    )
    pd.testing.assert_frame_equal(one.table, again.table)
    assert (one.value, one.bound, one.certificate) == (again.value, again.bound, again.certificate)


def greedy(problem, add, minutes, merit):
    """Choose one site after another, as a user would."""
    is_open = problem.with_status("existing")
    for _ in range(add):
        near = problem.minutes <= minutes
        scores = {}
        for j in np.flatnonzero(problem.with_status("candidate") & ~is_open):
            trial = is_open.copy()
            trial[j] = True
            reached = np.zeros(len(problem.areas), bool)
            reached[problem.area[near & trial[problem.site]]] = True
            scores[j] = merit(reached)
        is_open = is_open.copy()
        is_open[max(scores, key=scores.get)] = True
    return max(scores.values())


def test_no_plan_is_worse_than_greedy():
    problem = plan.problem(*town())
    people, rank, fifth = problem.population, problem.rank, problem.quintile

    def slope(reached):
        off = rank - np.average(rank, weights=people)
        return -abs(np.average(off * reached, weights=people) / np.average(off**2, weights=people))

    def lowest(reached):
        return min(np.average(reached[fifth == q], weights=people[fifth == q]) for q in range(1, 6))

    for objective, merit, sign in (
        ("coverage", lambda reached: people[reached].sum(), 1),
        ("least-inequality", slope, -1),
        ("worst-first", lowest, 1),
    ):
        best = plan.solve(problem, objective=objective, add=5, minutes=15, time_limit_seconds=0)
        assert sign * best.value >= greedy(problem, 5, 15, merit) - 1e-9


def test_kernels_older_than_a_source_are_forgotten(tmp_path):
    kept = tmp_path / "__pycache__"
    kept.mkdir()
    for name, age in (("old.nbi", 10), ("new.nbi", 30)):
        (kept / name).write_bytes(b"")
        os.utime(kept / name, (age, age))
    for name, age, text in (("kernels.py", 20, "@compiled"), ("words.py", 40, "")):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (age, age))
    forget_stale(tmp_path)
    assert [path.name for path in kept.iterdir()] == ["new.nbi"]
