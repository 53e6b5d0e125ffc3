"""Every objective against all choices written out, on small random places."""

from __future__ import annotations

import itertools
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mobilise import gaps, plan
from mobilise.errors import InputError

EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def places(draw, least_sites=2):
    n, m = draw(st.integers(3, 9)), draw(st.integers(least_sites, 7))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    areas = pd.DataFrame(
        {
            "area_id": [f"A{i}" for i in range(n)],
            "population": random.integers(1, 60, n).astype(float),
            "deprivation": random.integers(0, 30, n).astype(float),
            "deprivation_quintile": 1 + np.arange(n) % 5,
        }
    )
    sites = pd.DataFrame({"site_id": [f"s{j}" for j in range(m)]})
    sites["status"] = np.where(
        random.random(m) < draw(st.sampled_from([0, 0.3])), "existing", "candidate"
    )
    sites.loc[0, "status"] = "candidate"
    sites["cost"] = random.integers(1, 9, m).astype(float)
    sites["district"] = random.choice(["x", "y"], m)
    sites["capacity"] = random.integers(1, 40, m).astype(float)
    minutes = random.integers(1, 30, (n, m)).astype(float)
    kept = random.random((n, m)) < draw(st.sampled_from([0.3, 0.7, 1.0]))
    kept[0, 0] = True
    i, j = np.nonzero(kept)
    times = pd.DataFrame(
        {
            "from_id": areas["area_id"].to_numpy()[i],
            "to_id": sites["site_id"].to_numpy()[j],
            "minutes": minutes[i, j],
        }
    )
    return areas, sites, times


class Written:
    """Each measure as a loop over areas and sites, and every permitted plan."""

    def __init__(self, place, minutes=15):
        self.areas, self.sites, times = place
        self.minutes = minutes
        self.walk = {(r.from_id, r.to_id): r.minutes for r in times.itertuples()}
        self.people = self.areas["population"].to_numpy()
        self.existing = list(self.sites["site_id"][self.sites["status"] == "existing"])
        self.candidates = list(self.sites["site_id"][self.sites["status"] == "candidate"])

    def plans(self, add, close=0):
        keep = len(self.existing) - close
        for new in itertools.combinations(self.candidates, add):
            for old in itertools.combinations(self.existing, keep):
                yield set(new) | set(old)

    def times(self, site_ids):
        count = [
            sum(self.walk.get((a, s), 99) <= self.minutes for s in site_ids)
            for a in self.areas["area_id"]
        ]
        return np.array(count)

    def reached(self, site_ids):
        return self.times(site_ids) > 0

    def near(self, site_ids):
        return np.array(
            [
                min([self.walk.get((a, s), 99) for s in site_ids] + [self.minutes])
                for a in self.areas["area_id"]
            ]
        )

    def coverage(self, ids):
        return self.people[self.reached(ids)].sum()

    def backup(self, ids):
        return (self.people * np.minimum(self.times(ids), 2) / 2).sum()

    def equity(self, ids):
        counts = 6 - self.areas["deprivation_quintile"].to_numpy()
        return (counts * self.people)[self.reached(ids)].sum()

    def decay(self, ids):
        return (self.people * (1 - self.near(ids) / self.minutes)).sum()

    def distance(self, ids):
        return -np.average(self.near(ids), weights=self.people)

    def slope(self, ids):
        gap = gaps.slope_index(
            self.reached(ids).astype(float),
            deprivation=self.areas["deprivation"],
            population=self.people,
            higher="better",
        )
        return abs(gap.value)

    def concentration(self, ids):
        reached = self.reached(ids).astype(float)
        if not reached.any():
            return np.inf  # the index of reaching nobody is not defined
        gap = gaps.concentration_index(
            reached, deprivation=self.areas["deprivation"], population=self.people, higher="better"
        )
        return abs(gap.value)

    def fifths(self, ids):
        reached, fifth = self.reached(ids), self.areas["deprivation_quintile"].to_numpy()
        return sorted(
            round(float(np.average(reached[fifth == q], weights=self.people[fifth == q])), 9)
            for q in sorted(set(fifth))
        )


def solved(place, **asked):
    """Return the plan, or None where there is rightly nothing to plan for."""
    try:
        return plan.solve(plan.problem(*place), minutes=15, **asked)
    except InputError as error:
        rightly = ("no new site adds anyone", "different deprivation", "No such plan reaches")
        if not any(words in str(error) for words in rightly):
            raise
        return None


def opened(place, best):
    return set(place[1]["site_id"][best.is_open])


@pytest.mark.parametrize("objective", ["coverage", "backup", "equity", "decay", "distance"])
@EXAMPLES
@given(place=places(), data=st.data())
def test_sums_equal_brute_force(objective, place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    close = data.draw(st.integers(0, len(written.existing)))
    best = solved(place, objective=objective, add=add, close=close)
    if best is None:
        return
    measure = getattr(written, objective)
    ours, most = measure(opened(place, best)), max(map(measure, written.plans(add, close)))
    assert ours == pytest.approx(most, abs=1e-6)
    assert best.proven
    assert abs(best.value) == pytest.approx(abs(most), abs=1e-6)
    assert len(best.closed) >= close


@EXAMPLES
@given(place=places(), budget=st.integers(1, 25))
def test_a_budget_equals_brute_force(place, budget):
    written = Written(place)
    costs = dict(zip(place[1]["site_id"], place[1]["cost"], strict=True))
    try:
        best = plan.solve(plan.problem(*place), minutes=15, budget=budget)
    except InputError:
        return
    permitted = [
        set(new) | set(written.existing)
        for size in range(len(written.candidates) + 1)
        for new in itertools.combinations(written.candidates, size)
        if sum(costs[s] for s in new) <= budget
    ]
    assert written.coverage(opened(place, best)) == max(map(written.coverage, permitted))
    assert best.proven
    assert sum(costs[s] for s in best.site_ids) <= budget


@EXAMPLES
@given(place=places(), add=st.integers(1, 4))
def test_a_limit_by_district_equals_brute_force(place, add):
    written = Written(place)
    district = dict(zip(place[1]["site_id"], place[1]["district"], strict=True))
    try:
        best = plan.solve(plan.problem(*place), minutes=15, add=add, per_district=1)
    except InputError:
        return
    permitted = [
        set(new) | set(written.existing)
        for size in range(add + 1)
        for new in itertools.combinations(written.candidates, size)
        if len({district[s] for s in new}) == size
    ]
    assert written.coverage(opened(place, best)) == max(map(written.coverage, permitted))
    assert best.proven


@pytest.mark.parametrize("statistic", ["slope_index", "concentration_index"])
@EXAMPLES
@given(place=places(), data=st.data())
def test_least_inequality_equals_brute_force(statistic, place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    best = solved(place, objective="least-inequality", add=add, statistic=statistic)
    if best is None:
        return
    measure = written.slope if statistic == "slope_index" else written.concentration
    plans = [
        (measure(ids), written.people[written.reached(ids)].sum()) for ids in written.plans(add)
    ]
    least = min(plans)[0]
    as_fair = [people for gap, people in plans if gap <= least + 5e-4]
    ours = opened(place, best)
    assert best.value == pytest.approx(measure(ours), abs=1e-7)
    assert best.bound == pytest.approx(least, abs=1e-7)
    assert best.value <= least + 5e-4 + 1e-8
    assert written.people[written.reached(ours)].sum() == max(as_fair)
    assert best.proven
    assert len(best.site_ids) == add


@EXAMPLES
@given(place=places(), data=st.data())
def test_worst_first_equals_brute_force(place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    best = solved(place, objective="worst-first", add=add)
    if best is None:
        return
    assert written.fifths(opened(place, best)) == max(map(written.fifths, written.plans(add)))
    assert best.proven


@EXAMPLES
@given(place=places(), data=st.data())
def test_worst_area_first_equals_brute_force(place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    best = plan.solve(plan.problem(*place), minutes=15, objective="worst-area-first", add=add)
    reachable = written.near(set(place[1]["site_id"])) < 15

    def longest_first(ids):
        return sorted(np.ceil(written.near(ids)[reachable]), reverse=True)

    assert longest_first(opened(place, best)) == min(map(longest_first, written.plans(add)))
    assert best.proven
    assert best.value == max(longest_first(opened(place, best)), default=0)


@EXAMPLES
@given(place=places(), data=st.data())
def test_floors_equal_brute_force(place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    floors = {
        1: data.draw(st.sampled_from([0.3, 0.6, 1.0])),
        2: data.draw(st.sampled_from([0, 0.5])),
    }
    fifth = place[0]["deprivation_quintile"].to_numpy()

    def kept(ids):
        reached = written.reached(ids)
        return all(
            np.average(reached[fifth == q], weights=written.people[fifth == q]) >= share - 1e-9
            for q, share in floors.items()
        )

    permitted = [ids for ids in written.plans(add) if kept(ids)]
    try:
        best = plan.solve(plan.problem(*place), minutes=15, add=add, floors=floors)
    except InputError as error:
        if permitted and "no new site adds anyone" not in str(error):
            raise
        return
    assert kept(opened(place, best))
    assert written.coverage(opened(place, best)) == max(map(written.coverage, permitted))
    assert best.proven


@EXAMPLES
@given(place=places(), data=st.data())
def test_the_longest_walk_equals_brute_force(place, data):
    written = Written(place, 30)
    add = data.draw(st.integers(1, len(written.candidates)))
    best = plan.solve(plan.problem(*place), minutes=30, objective="centre", add=add)
    reachable = written.near(set(place[1]["site_id"])) < 30
    longest = {
        frozenset(ids): written.near(ids)[reachable].max(initial=0) for ids in written.plans(add)
    }
    assert written.near(opened(place, best))[reachable].max(initial=0) == min(longest.values())
    assert best.value == min(longest.values())


@EXAMPLES
@given(place=places(), data=st.data())
def test_a_bound_on_capacity_holds(place, data):
    written = Written(place)
    add = data.draw(st.integers(1, len(written.candidates)))
    best = solved(place, objective="capacity", add=add)
    supply = dict(zip(place[1]["site_id"], place[1]["capacity"], strict=True))
    top = sum(supply[s] for s in written.existing)
    top += sum(sorted((supply[s] for s in written.candidates), reverse=True)[:add])
    share = top / written.people.sum()

    def served(ids):
        near = np.array(
            [[written.walk.get((a, s), 99) <= 15 for s in sorted(ids)] for a in place[0]["area_id"]]
        )
        each = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
        come = written.people @ each
        level = np.divide(
            [supply[s] for s in sorted(ids)], come, out=np.zeros(len(come)), where=come > 0
        )
        return (written.people * np.minimum(1, each @ level / share)).sum()

    assert best.value == pytest.approx(served(opened(place, best)))
    assert best.bound >= max(map(served, written.plans(add))) - 1e-9


@settings(EXAMPLES, max_examples=15)
@given(places(least_sites=3), st.integers(1, 2), st.integers(2, 6))
def test_no_plan_of_solve_dominates_the_frontier_that_was_given_it(place, add, points):
    problem = plan.problem(*place)
    add = min(add, int(problem.with_status("candidate").sum()))
    asked = {"add": add, "minutes": 15}
    ranked = problem.rank[~np.isnan(problem.rank)]
    assume(np.ptp(ranked) > 0)
    given_to_it = []
    for objective in ("coverage", "least-inequality", "worst-first"):
        with suppress(InputError):
            given_to_it.append(plan.solve(problem, objective=objective, **asked))
    edge = plan.frontier(problem, points=points, plans=given_to_it, time_limit_seconds=0, **asked)
    for made in given_to_it:
        people, steep = frontier_place(problem, made.is_open)
        as_good = (edge.table["people"] >= people - 1e-6) & (
            edge.table["inequality"] <= steep + 0.05 + 1e-9
        )
        assert as_good.any()
        assert not (
            (edge.table["people"] < people - 1e-6) & (edge.table["inequality"] >= steep)
        ).any()


def frontier_place(problem, is_open):
    """Return people within 15 minutes and the slope without its sign, by least squares."""
    reached = np.zeros(len(problem.areas))
    reached[problem.area[(problem.minutes <= 15) & is_open[problem.site]]] = 1
    people = problem.population
    slope = np.polyfit(problem.rank, reached, 1, w=np.sqrt(people))[0]
    return people @ reached, 100 * abs(slope)


def test_a_frontier_refuses_a_plan_that_answers_another_question():
    areas = pd.DataFrame(
        {"area_id": ["A", "B", "C"], "population": [9.0, 8, 7], "deprivation": [1.0, 2, 3]}
    )
    sites = pd.DataFrame({"site_id": ["h", "j", "k"]})
    times = pd.DataFrame({"from_id": ["A", "B", "C"], "to_id": ["h", "j", "k"], "minutes": 9.0})
    problem = plan.problem(areas, sites, times)
    two = plan.solve(problem, add=2, minutes=15)
    with pytest.raises(InputError, match="answers another question"):
        plan.frontier(problem, add=1, minutes=15, plans=[two])
    fewer = plan.problem(areas, sites.iloc[:2], times.iloc[:2])
    with pytest.raises(InputError, match="answers another question"):
        plan.frontier(fewer, add=2, minutes=15, plans=[two])
