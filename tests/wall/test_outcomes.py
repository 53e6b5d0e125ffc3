"""Outcome scores through the wall: counts by change, means before and after, and what they say."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mobilise.disclosure.allowed import allowed
from mobilise.disclosure.cells import implied_cells, members, tally
from mobilise.disclosure.changes import OUTCOME, Score, outcome_dimension, outcome_levels
from mobilise.disclosure.release import release
from mobilise.learn.analyses import outcomes_released
from mobilise.learn.outcomes import by_group, mean_change, scales
from mobilise.learn.outcomes.breakdown import SMALLEST
from tests.wall.conftest import invented_rows

SCORE = "swemwbs"


def scored(count=600, seed=1):
    """Return invented rows with SWEMWBS before and after; the poorest fifth gains most."""
    rng = np.random.default_rng(seed)
    rows = invented_rows(count, seed)
    fifth = (rows["area"].str[1:].astype(int) - 1) // 4 + 1
    before = rng.normal(20 + 0.5 * fifth, 2.5).clip(7, 35)
    after = (before + rng.normal(3 - 0.5 * fifth, 2.5)).clip(7, 35)
    before[rng.random(count) < 0.1] = np.nan
    after[rng.random(count) < 0.3] = np.nan
    return rows.assign(**{f"before: {SCORE}": before, f"change: {SCORE}": after - before})


@pytest.fixture(scope="module")
def let_out(around):
    rows = scored()
    return rows, release(rows, "2025", around, tables=[SCORE, "quintile"])


def test_levels_are_cut_at_the_thresholds_and_so_for_scores_that_are_worse_when_higher():
    change = [-3, -2.87, -2, -1.03, 0, 1.03, 2.86, 2.87, None]
    rows = pd.DataFrame({"before: x": 20.0, "change: x": change})
    rows.loc[9] = [None, None]
    score = Score("x", 7, 35, "better", (1.03, 2.87))
    expected = [
        "worse by 2.87", "worse by 2.87", "worse by 1.03", "worse by 1.03", "in between",
        "better by 1.03", "better by 1.03", "better by 2.87", "before alone", "not measured",
    ]  # fmt: skip
    assert outcome_levels(rows, score).tolist() == expected
    turned = Score("x", 7, 35, "worse", (1.03, 2.87))
    swapped = [
        w.replace("worse", "?").replace("better", "worse").replace("?", "better") for w in expected
    ]
    assert outcome_levels(rows, turned).tolist() == swapped


def test_what_is_shown_is_one_chain_so_every_difference_is_protected():
    for score in allowed().scores.values():
        dimension = outcome_dimension(score)
        sets = [set(members(dimension, level)) for level in dimension.shown]
        assert all(later < earlier for earlier, later in itertools.pairwise(sets))
        names = list(dimension.shown)
        cells = [((dimension.name, name),) for name in names]
        differences = implied_cells(cells, {dimension.name: dimension})
        for a, b in itertools.pairwise(names):
            assert ((dimension.name, f"{a} less {b}"),) in differences


def test_the_thresholds_that_leave_are_those_of_the_scale():
    for name, score in allowed().scores.items():
        agreed = tuple(one.value for one in scales()[name].thresholds)
        assert score.changes == agreed if agreed else score.changes in {(), (1,)}


def test_counts_are_rounded_truth_and_small_ones_and_small_differences_stay_hidden(let_out, around):
    rows, made = let_out
    score = allowed().scores[SCORE]
    dimension = outcome_dimension(score)
    levelled = rows.assign(**{dimension.name: outcome_levels(rows, score)})
    fifth = levelled["area"].map(around.known["quintile"])
    for row in made.outcomes.itertuples():
        inside = levelled[dimension.name].isin(members(dimension, row.outcome))
        if not pd.isna(row.quintile):
            inside &= fifth == row.quintile
        if row.told == "kept back":
            assert pd.isna(row.lower)
        else:
            assert row.lower <= inside.sum() <= row.upper
            assert inside.sum() == 0 or inside.sum() >= allowed().rule.least
    assert (made.outcomes["told"] == "rounded").sum() > 20
    wide = made.outcomes.dropna(subset="count").set_index(["quintile", "outcome"])
    for (_, part), (a, b) in itertools.product(
        wide.groupby(level=0), itertools.pairwise(dimension.shown)
    ):
        figures = part.droplevel(0)
        if a in figures.index and b in figures.index:
            least = figures.loc[a, "lower"] - figures.loc[b, "upper"]
            most = figures.loc[a, "upper"] - figures.loc[b, "lower"]
            assert most - least >= 4 or figures.loc[a, "count"] == 0


def test_outcome_figures_are_proved_with_all_others_and_stay_as_they_were(let_out, around):
    rows, made = let_out
    again = release(rows, "2025", around, tables=[SCORE, "sex"], earlier=made.figures)
    kept = {cell: told for cell, told in again.figures.items() if cell in made.figures}
    assert all(made.figures[cell] == told for cell, told in kept.items())
    assert any(name == OUTCOME + SCORE for cell in kept for name, _ in cell)
    assert not any("outcome" in column for column in made.counts.columns)


def test_a_period_frozen_before_scores_were_kept_shows_changes_alone(rows, around):
    made = release(rows, "2025", around, tables=["ons4_life_satisfaction", "sex"])
    assert made.outcomes.empty
    assert made.means["before"].isna().all()
    assert made.means["change"].notna().any()


def test_what_is_learned_is_what_the_true_scores_say_within_what_is_hidden(let_out, around):
    rows, made = let_out
    found = outcomes_released(made.means, made.outcomes, scale=SCORE)
    named = {(e.statistic, e.by, e.level): e for e in found}
    change = rows[f"change: {SCORE}"].dropna()
    whole = named["mean_change", "", ""]
    assert whole.value == pytest.approx(change.mean(), abs=0.051)
    limits = stats.t.interval(0.95, len(change) - 1, change.mean(), stats.sem(change))
    assert (whole.lower, whole.upper) == pytest.approx(limits, abs=0.051)
    before = rows.loc[change.index, f"before: {SCORE}"]
    assert named["mean_before", "", ""].value == pytest.approx(before.mean(), abs=0.051)
    after = named["mean_after", "", ""].value
    assert after == pytest.approx((before + change).mean(), abs=0.051)
    for cut in ("1.03", "2.87"):
        share = named["share_better", "threshold", cut]
        wilson = stats.binomtest(int((change >= float(cut)).sum()), len(change)).proportion_ci(
            method="wilson"
        )
        assert share.lower <= 100 * wilson.low
        assert share.upper >= 100 * wilson.high
        assert share.upper - share.lower < 100 * (wilson.high - wilson.low) + 4
    assert named["share_not_worse", "threshold", "1.03"].value > share.value
    asked = rows[f"before: {SCORE}"].notna().sum()
    followed = named["followed_up", "", ""]
    assert followed.lower < 100 * len(change) / asked < followed.upper
    fifth = rows["area"].map(around.known["quintile"])
    gap = named["ends_gap_change", "", ""]
    ends = [change[fifth[change.index] == level] for level in ("5", "1")]
    welch = stats.ttest_ind(*ends, equal_var=False).confidence_interval()
    assert gap.lower <= welch.low
    assert gap.upper >= welch.high
    assert gap.value == pytest.approx(ends[0].mean() - ends[1].mean(), abs=0.11)
    assert "narrowed" in gap.sentence  # the poorest gained most, as they were made to
    assert all("regression to the mean" in " ".join(e.assumptions) for e in (whole, share))


def test_what_was_kept_back_says_so_and_has_no_figure(around):
    made = release(scored(60), "2025", around, tables=[SCORE])
    found = outcomes_released(made.means, made.outcomes, scale=SCORE)
    held = [e for e in found if e.value is None]
    assert held
    assert all(e.n == 0 for e in held)
    assert all("withheld" in e.sentence or "Nobody" in e.sentence for e in held)


def test_the_house_has_one_small_number():
    """A table of people that somebody brings is held to the number that the wall is."""
    from mobilise.disclosure.means import showable

    rule, rng = allowed().rule, np.random.default_rng(4)
    assert rule.least == rule.mean_least == SMALLEST
    for _ in range(200):
        sizes = dict(zip("abcde", rng.integers(2, 20, 5).tolist(), strict=True))
        groups = np.repeat(list(sizes), list(sizes.values()))
        before, after = rng.normal(20, 2, (2, len(groups)))
        parts = by_group(
            groups, lambda m, b=before, a=after: mean_change(b[m], a[m]), by="group"
        )  # fmt: skip
        assert {e.level for e in parts if e.value is not None} == set(showable(sizes, rule))


def test_tallies_of_an_outcome_add_up(let_out):
    rows, _ = let_out
    score = allowed().scores[SCORE]
    dimension = outcome_dimension(score)
    levelled = rows.assign(**{dimension.name: outcome_levels(rows, score)})
    cells = [((dimension.name, level),) for level in dimension.shown]
    counts = tally(levelled, cells, {dimension.name: dimension}, "person")
    assert counts[cells[0]].count == rows[f"before: {SCORE}"].notna().sum()
    assert counts[cells[1]].count == rows[f"change: {SCORE}"].notna().sum()
