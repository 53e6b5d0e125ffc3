"""What a plan does for whom, counted by hand; the frontier, closing, robustness, a week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from mobilise import gaps, plan
from mobilise.errors import InputError
from mobilise.plan import words

from .test_asking import parts, small, town


def test_effects_counted_by_hand():
    problem = small()
    told = plan.effects(problem, plan.solve(problem, add=2, minutes=15))
    place = told.table.iloc[0]
    assert (place["reached_before"], place["reached_after"]) == (80, 530)
    assert (place["gained"], place["lost"]) == (450, 0)
    # Minutes: A 15 to 9, B 15 to 12, C 15 to 8, D and E stay at 15 and 5.
    assert place["minutes_saved"] == 100 * 6 + 200 * 3 + 150 * 7
    assert place["minutes_before"] == pytest.approx((15 * 500 + 5 * 80) / 580)
    fifths = told.table[told.table["by"] == "quintile"].set_index("level")
    assert list(fifths["share_after"]) == [100, 100, 100, 0, 100]
    assert told.cost_per_person == pytest.approx(30 / 450)
    assert list(told.areas["why"].dropna()) == ["no site or candidate is within the limit"]
    assert "450 gain one and nobody loses theirs" in told.sentences[0]


def test_the_slopes_are_those_of_gaps_and_read_the_right_way_round():
    problem = small()
    told = plan.effects(problem, plan.solve(problem, add=2, minutes=15))
    assert told.before is not None
    by_hand = gaps.slope_index(
        [0, 0, 0, 0, 100],
        deprivation=[50, 40, 30, 20, 10],
        population=[100, 200, 150, 50, 80],
        higher="better",
    )
    assert told.before.value == pytest.approx(by_hand.value)
    assert by_hand.value > 0
    assert told.sentences[2].endswith("against the most deprived.")
    assert "against the least deprived (slope index), narrower than before" in told.sentences[2]


def test_least_inequality_warns_where_it_favours_the_better_off():
    areas, sites, times = parts()
    areas["deprivation"] = areas["deprivation"].to_numpy()[::-1]
    areas["deprivation_quintile"] = areas["deprivation_quintile"].to_numpy()[::-1]
    best = plan.solve(
        plan.problem(areas, sites, times), add=1, minutes=15, objective="least-inequality"
    )
    assert "against the least deprived: least inequality then puts" in best.notes[-1].says
    plain = plan.solve(small(), add=1, minutes=15, objective="least-inequality")
    assert all("least inequality" not in note.says for note in plain.notes)


def test_closing_counted_by_hand():
    areas, sites, times = parts()
    sites.loc[sites["site_id"].isin(["h", "m"]), "status"] = "existing"
    study = plan.closing_study(plan.problem(areas, sites, times), ["open", "h"], minutes=15)
    # E keeps m, 3 minutes away; A and B (9 and 15 minutes to h) have none left.
    assert study.table.iloc[0]["lose_reach"] == 300
    assert study.sites.set_index("site_id")["lose_reach"].to_dict() == {"open": 0, "h": 300}
    fifths = study.table[study.table["by"] == "quintile"].set_index("level")
    assert list(fifths["lose_reach_percent"]) == [100, 100, 0, 0, 0]
    assert list(fifths["hit_harder"]) == [True, True, False, False, False]
    assert study.sentences[1].startswith("The most deprived fifth loses more: 100.0%")
    with pytest.raises(InputError, match="not open today"):
        plan.closing_study(plan.problem(areas, sites, times), ["k"], minutes=15)


def test_the_frontier_is_undominated_bounded_and_begins_with_most_people():
    problem = plan.problem(*town())
    edge = plan.frontier(problem, add=4, minutes=15, points=8)
    table = edge.table
    most = plan.solve(problem, add=4, minutes=15)
    assert table["people"].iloc[0] == pytest.approx(most.value)
    assert table["people"].is_monotonic_decreasing
    assert table["inequality"].is_monotonic_decreasing
    assert (table["bound"] >= table["people"] - 1e-6).all()
    least = plan.solve(
        problem, add=4, minutes=15, objective="least-inequality", time_limit_seconds=0
    )
    assert table["inequality"].iloc[-1] <= 100 * least.value + 0.1
    assert len(edge.choices) == len(table)


def test_bounds_of_the_frontier_hold_against_every_plan():
    areas, sites, times = town(40, 9)
    problem = plan.problem(areas, sites, times)
    edge = plan.frontier(problem, add=2, minutes=15, points=6)
    candidates = np.flatnonzero(problem.with_status("candidate"))
    people, rank = problem.population, problem.rank
    off = rank - np.average(rank, weights=people)
    every = []
    for a in candidates:
        for b in candidates[candidates > a]:
            is_open = problem.with_status("existing").copy()
            is_open[[a, b]] = True
            reached = np.zeros(len(areas), bool)
            reached[problem.area[(problem.minutes <= 15) & is_open[problem.site]]] = True
            slope = np.average(off * reached, weights=people) / np.average(off**2, weights=people)
            every.append((people[reached].sum(), 100 * abs(slope)))
    for row in edge.table.itertuples():
        fair = [reached for reached, slope in every if slope <= row.inequality + 1e-9]
        assert row.bound >= max(fair) - 1e-6
        fairer_by_far = [reached for reached, slope in every if slope <= row.inequality - 0.05]
        assert row.people >= max(fairer_by_far, default=0)


def test_a_site_that_everybody_needs_is_a_safe_bet():
    problem = small()
    best = plan.solve(problem, add=1, minutes=12)
    tried = plan.robustness(problem, best, add=1, draws=20, speed_spread=0, limit_spread=0)
    top = tried.table.iloc[0]
    assert (top["site_id"], top["in_plan"]) == ("k", True)
    assert top["chosen"] > 0.9
    assert tried.table["chosen"].sum() == pytest.approx(1)
    assert "safe bets: k" in tried.sentences[1]
    again = plan.robustness(problem, best, add=1, draws=20, speed_spread=0, limit_spread=0)
    pd.testing.assert_frame_equal(tried.table, again.table)
    with pytest.raises(InputError, match="Spreads"):
        plan.robustness(problem, best, speed_spread=2, add=1)


def test_a_week_of_stops_puts_neighbours_on_one_day():
    problem = plan.problem(*town())
    week = plan.sessions(problem, minutes=15, stops_per_day=2, days=("Monday", "Thursday"))
    assert list(week.table["day"]) == ["Monday", "Monday", "Thursday", "Thursday"]
    assert set(week.table["site_id"]) == set(week.plan.site_ids)
    apart = pdist(week.table[["x", "y"]].to_numpy())
    # Pairs in the order 01 02 03 12 13 23: the days are 01 and 23.
    assert apart[0] + apart[5] <= min(apart[1] + apart[4], apart[2] + apart[3]) + 1e-9


def test_certificates_read_the_right_way_round():
    said = words.certified(90, 100, "people", "better", 0.1, proven=False)
    assert said == (
        "No permitted plan can have more than 100 people; this one has 90: "
        "within 10% of the best there can be."
    )
    less = words.certified(12, 11, "minutes on average", "worse", 1 / 11, proven=False)
    assert "can have less than 11 minutes" in less
    fair = words.certified_fair(0.012, 0.01, "slope_index", proven=False)
    assert "less than 1 percentage points (slope index); this one has 1.2" in fair
    assert words.chosen_in_words([], ["Hall"], 15, 100, 60, 200).startswith(
        "Closing Hall leaves 40 fewer people within 15 minutes: 60 of 200 (30.0%, was 50.0%)"
    )
