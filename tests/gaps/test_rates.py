from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mobilise import gaps
from mobilise.errors import InputError

BANDS = 19
RANDOM = np.random.default_rng(11)
PEOPLE = RANDOM.integers(40, 400, (6, BANDS)).astype(float)
COUNT = RANDOM.poisson(PEOPLE * 0.02).astype(float)
STANDARD = RANDOM.integers(2_000, 7_000, BANDS).astype(float)


@given(st.integers(0, 5_000), st.sampled_from([0.9, 0.95, 0.998]))
def test_exact_poisson_limits_hold_the_tails(count: int, confidence: float) -> None:
    low, high = gaps.poisson_limits([count], confidence=confidence, method="exact")
    tail = (1 - confidence) / 2
    assert stats.poisson.cdf(count, high[0]) == pytest.approx(tail, rel=1e-6)
    if count:
        assert stats.poisson.sf(count - 1, low[0]) == pytest.approx(tail, rel=1e-6)
    else:
        assert low[0] == 0


def test_the_public_health_limits_change_method_at_ten() -> None:
    count = [9, 10]
    both = gaps.poisson_limits(count)
    exact, byar = (gaps.poisson_limits(count, method=how) for how in ("exact", "byar"))
    assert [both[k][0] for k in (0, 1)] == [exact[k][0] for k in (0, 1)]
    assert [both[k][1] for k in (0, 1)] == [byar[k][1] for k in (0, 1)]


def test_rates_without_a_denominator_say_so() -> None:
    frame = gaps.crude_rate([3, 0, np.nan], [0, 100, 100])
    assert frame["value"].isna().tolist() == [True, False, True]
    assert frame["reason"].tolist() == ["nobody is at risk", "", "the count is missing"]
    assert frame.loc[1, "lower"] == 0


def test_proportions_of_none_and_of_all() -> None:
    frame = gaps.proportion([0, 10, 0], [10, 10, 0])
    assert frame.loc[0, "lower"] == pytest.approx(0, abs=1e-9)
    assert frame.loc[1, "upper"] == pytest.approx(100)
    assert frame.loc[2, "reason"] == "nobody was asked"


def test_one_measurement_has_no_interval() -> None:
    frame = gaps.mean([1.0, 3.0, 5.0, np.nan], ["a", "a", "b", "c"])
    assert frame["n"].tolist() == [2, 1, 0]
    assert frame.loc["b", "value"] == 5
    assert frame["reason"].tolist() == ["", "one measurement has no interval", "no measurement"]
    assert frame.loc["b", ["lower", "upper"]].isna().all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaps.poisson_limits([-1]), "'count' is -1 in row 1"),
        (lambda: gaps.crude_rate([1], [-5]), "'population' is -5 in row 1"),
        (lambda: gaps.crude_rate([1, 2], [5]), "'population' has 1 values for 2 rows"),
        (lambda: gaps.proportion([6], [5]), "cannot exceed its denominator"),
        (lambda: gaps.poisson_limits([1], confidence=1), "'confidence' is 1"),
        (lambda: gaps.directly_standardised_rate([[1]], [[1, 2]], [1, 2]), "'count' has the shape"),
        (lambda: gaps.directly_standardised_rate([[1, 2]], [[1, 2]], [1]), "give one weight a band"),
        (lambda: gaps.directly_standardised_rate([[1, np.nan]], [[1, 2]], [1, 2]), "'count' is missing in row 1"),
        (lambda: gaps.directly_standardised_rate([[1, -2]], [[1, 2]], [1, 2]), "'count' is -2 in row 1"),
        (lambda: gaps.directly_standardised_rate([1], [1], [1]), "one row an area"),
        (lambda: gaps.quantiles([1, 2], 1), "give 2 quantiles or more"),
        (lambda: gaps.proportion_funnel(2, [10]), "'average' is 2"),
        (lambda: gaps.proportion_funnel(0.2, [0]), "must be above 0"),
        (lambda: gaps.funnel_position([1], [0]), "'denominator' must be above 0"),
        (lambda: gaps.funnel_position([2], [1]), "is more than all"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(call: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()  # type: ignore[operator]


def test_a_standard_of_its_own_ages_gives_the_crude_rate() -> None:
    own = gaps.directly_standardised_rate(COUNT, PEOPLE, PEOPLE)
    crude = COUNT.sum(axis=1) / PEOPLE.sum(axis=1) * 100_000
    assert own["value"].to_numpy() == pytest.approx(crude)


def test_the_scale_of_the_standard_does_not_matter() -> None:
    for method in ("byar", "exact", "gamma"):
        one = gaps.directly_standardised_rate(COUNT, PEOPLE, STANDARD, method=method)
        other = gaps.directly_standardised_rate(COUNT, PEOPLE, STANDARD / 7, method=method)
        columns = ["value", "lower", "upper"]
        assert one[columns].to_numpy() == pytest.approx(other[columns].to_numpy())


def test_all_areas_at_once_are_each_area_alone() -> None:
    every = gaps.directly_standardised_rate(COUNT, PEOPLE, STANDARD)
    for k in range(len(COUNT)):
        alone = gaps.directly_standardised_rate(COUNT[[k]], PEOPLE[[k]], STANDARD)
        assert every.loc[[k]].reset_index(drop=True).equals(alone)


def test_too_few_events_and_an_empty_band_have_a_reason() -> None:
    count, people = COUNT[:2].copy(), PEOPLE[:2].copy()
    count[0], people[1, 3], count[1, 3] = 0, 0, 0
    count[0, :9] = 1
    frame = gaps.directly_standardised_rate(count, people, STANDARD)
    assert frame["reason"].tolist() == ["fewer than 10 events", "a band has nobody in it"]
    assert frame[["value", "lower", "upper"]].isna().all(axis=None)


def test_events_one_a_person_are_plain_events() -> None:
    plain = gaps.directly_standardised_rate(COUNT, PEOPLE, STANDARD)
    once = gaps.directly_standardised_rate(COUNT[:, :, None], PEOPLE, STANDARD, events_a_person=[1])
    assert plain.equals(once)
    twice = gaps.directly_standardised_rate(
        COUNT[:, :, None], PEOPLE, STANDARD, events_a_person=[2]
    )
    assert twice["value"].to_numpy() == pytest.approx(2 * plain["value"].to_numpy())
    wider = (twice["upper"] - twice["lower"]) / (plain["upper"] - plain["lower"])
    assert (wider > 1.9).all()


def test_a_place_at_the_reference_rates_has_a_ratio_of_100() -> None:
    frame = gaps.indirectly_standardised_ratio(PEOPLE * 0.02, PEOPLE, np.full(BANDS, 0.02))
    assert frame["value"].to_numpy() == pytest.approx(np.full(6, 100.0))
    none = gaps.indirectly_standardised_ratio(COUNT, PEOPLE, np.zeros(BANDS))
    assert (none["reason"] == "no events are expected").all()


def test_quantiles_split_untied_areas_evenly() -> None:
    ours = gaps.quantiles(np.arange(100.0)[::-1], 5)
    assert ours.value_counts().tolist() == [20] * 5
    assert ours.iloc[0] == 1
    few = gaps.quantiles([1, 2, 3], 5)
    assert few.isna().all()


def test_a_place_on_the_average_is_within_its_funnel() -> None:
    frame = gaps.proportion_funnel(0.2, [10, 1_000, 100_000])
    assert (frame["lower_998"] <= frame["lower_95"]).all()
    assert (frame["upper_95"] - frame["lower_95"]).is_monotonic_decreasing
    position = gaps.funnel_position([20, 10, 31], [100, 100, 100])
    assert position.iloc[0] == "within"
