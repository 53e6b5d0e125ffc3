"""Outcomes: scales, change, missing follow-up, gaps among those helped, reach times effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from mobilise.errors import InputError
from mobilise.learn import outcomes
from mobilise.learn.outcomes.impact import total_of

SCORES = st.lists(
    st.tuples(st.integers(0, 10), st.one_of(st.none(), st.integers(0, 10))), min_size=8, max_size=60
)


def people(seed=1, n=400):
    random = np.random.default_rng(seed)
    fifth = random.integers(1, 6, n)
    before = np.clip(random.normal(18 + fifth, 3, n), 7, 35)
    after = np.clip(before + 2.5 - 0.3 * fifth + random.normal(0, 2, n), 7, 35)
    return fifth, before, after


def test_a_metric_score_is_not_converted_again() -> None:
    with pytest.raises(InputError, match="not the sum of seven"):
        outcomes.swemwbs_metric([21, 19.25])
    with pytest.raises(InputError, match="not the sum of seven"):
        outcomes.swemwbs_metric([3.0])


def test_an_item_missing_makes_the_sum_missing() -> None:
    sums = outcomes.swemwbs_score([[3] * 7, [3, 3, 3, None, 3, 3, 3]])
    assert sums[0] == 21
    assert np.isnan(sums[1])
    assert np.isnan(outcomes.swemwbs_metric(sums)[1])
    with pytest.raises(InputError, match="from 1 to 5"):
        outcomes.swemwbs_score([[3, 3, 3, 0, 3, 3, 3]])
    with pytest.raises(InputError, match="seven columns"):
        outcomes.swemwbs_score([[3] * 6])


def test_unverified_figures_say_so_wherever_they_go() -> None:
    for scale in outcomes.scales().values():
        for one in scale.thresholds:
            assert ("not verified" in one.said) == (not one.verified)
        assert not scale.bands_verified


def test_mean_change_is_the_paired_t_test_of_scipy() -> None:
    _, before, after = people()
    found = outcomes.mean_change(before, after)
    peer = stats.ttest_rel(after, before)
    assert found.p == pytest.approx(peer.pvalue, rel=1e-9)
    low, high = peer.confidence_interval()
    assert (found.lower, found.upper) == pytest.approx((low, high), rel=1e-9)


def test_shares_have_the_interval_of_statsmodels_and_count_the_right_way() -> None:
    before, after = [5] * 10, [6, 6, 7, 4, 5, 5, 5, 5, 3, 5]
    up = outcomes.share_changed(before, after, threshold=1, higher="better")
    assert up.value == 30
    low, high = proportion_confint(3, 10, method="wilson")
    assert (up.lower, up.upper) == pytest.approx((100 * low, 100 * high))
    assert outcomes.share_changed(before, after, threshold=1, higher="worse").value == 20
    worse = outcomes.share_changed(before, after, threshold=1, higher="better", way="worse")
    assert worse.value == 20


@settings(max_examples=60, deadline=None)
@given(SCORES)
def test_the_bounds_hold_every_completion(rows) -> None:
    before, after = ([r[i] for r in rows] for i in (0, 1))
    if sum(a is not None for a in after) < 3:
        with pytest.raises(InputError, match="three are needed"):
            outcomes.follow_up(before, after, scale="ons4_happy_yesterday")
        return
    found = outcomes.follow_up(before, after, scale="ons4_happy_yesterday")
    random = np.random.default_rng(0)
    for _ in range(5):
        filled = [random.integers(0, 11) if a is None else a for a in after]
        change = np.mean(filled) - np.mean(before)
        assert found.worst.value - 1e-9 <= change <= found.best.value + 1e-9


def test_the_worst_case_of_an_adverse_scale_is_its_top() -> None:
    before, after = [5.0] * 10, [4.0] * 8 + [None] * 2
    found = outcomes.follow_up(before, after, scale="ons4_anxious_yesterday")
    assert found.worst.value == pytest.approx((-8 + 2 * 5) / 10)
    assert found.best.value == pytest.approx((-8 - 2 * 5) / 10)
    assert "its direction hangs on them" in found.sentence


def test_weighting_undoes_loss_that_hangs_on_the_value_before() -> None:
    random = np.random.default_rng(9)
    before = random.uniform(7, 25, 6000)
    after = before + 5 - 0.2 * before + random.normal(0, 1, 6000)
    truth = (after - before).mean()
    lost = random.uniform(size=6000) < 1 / (1 + np.exp((before - 16) / 2))
    found = outcomes.follow_up(before, np.where(lost, np.nan, after), scale="swemwbs")
    assert abs(found.complete.value - truth) > 0.3
    assert found.weighted.value == pytest.approx(truth, abs=0.08)
    assert found.difference_before.upper < 0


def test_a_gap_that_narrows_is_found_and_said_the_right_way() -> None:
    fifth, before, after = people()
    was, now, change = outcomes.gap_among_helped(before, after, fifth, of="wellbeing")
    assert was.value > now.value > 0
    assert change.value == pytest.approx(now.value - was.value)
    assert "narrowed" in change.sentence
    turned = outcomes.gap_among_helped(-before, -after, fifth, higher="worse")
    assert turned[2].value == pytest.approx(change.value)


def test_small_groups_are_withheld_and_cannot_be_had_by_subtraction() -> None:
    groups = ["a"] * 30 + ["b"] * 12 + ["c"] * 3
    before, after = np.zeros(45), np.ones(45) + np.arange(45) % 2
    found = outcomes.by_group(
        groups, lambda mask: outcomes.mean_change(before[mask], after[mask]), by="group"
    )
    shown = {e.level: e.value for e in found}
    assert shown["a"] is not None
    assert shown["b"] is None
    assert shown["c"] is None
    assert {e.n for e in found if e.value is None} == {0}


def test_reach_times_effect_is_the_mean_over_all() -> None:
    effect = outcomes.mean_change([1, 2, 3, 4], [3, 3, 5, 6.5])
    (found,) = outcomes.reach_adjusted_effect({"1": effect}, {"1": 50}, {"1": 200})
    assert found.reach == 0.25
    assert found.impact.value == pytest.approx(effect.value / 4)
    assert total_of([found]) == pytest.approx(effect.value * 50)
    with pytest.raises(InputError, match="300 of 200"):
        outcomes.reach_adjusted_effect({"1": effect}, {"1": 300}, {"1": 200})


def test_the_error_of_a_product_is_that_of_simulation() -> None:
    effect = outcomes.mean_change([1, 2, 3, 4], [3, 3, 5, 6.5])
    (found,) = outcomes.reach_adjusted_effect({"1": effect}, {"1": 50}, {"1": 200})
    random = np.random.default_rng(3)
    drawn = (
        random.normal(effect.value, effect.se, 400_000) * random.binomial(200, 0.25, 400_000) / 200
    )
    assert found.impact.se == pytest.approx(drawn.std(), rel=0.01)


def test_only_life_satisfaction_has_a_price() -> None:
    effect = outcomes.mean_change([1, 2, 3], [2, 3, 5], of="wellbeing")
    with pytest.raises(InputError, match="life satisfaction"):
        outcomes.wellby_value(effect, people=10, years=1)
