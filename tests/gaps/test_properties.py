"""What must hold of every measure, whatever the data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mobilise import gaps

settings.register_profile("gaps", max_examples=40, deadline=None)
settings.load_profile("gaps")


@st.composite
def places(draw: st.DrawFn) -> dict[str, np.ndarray]:
    n = draw(st.integers(3, 25))
    column = lambda low, high: st.lists(st.integers(low, high), min_size=n, max_size=n)  # noqa: E731
    return {
        "values": np.array(draw(column(0, 400)), dtype=float) / 4,
        "population": np.array(draw(column(1, 5_000)), dtype=float),
        "deprivation": np.array(draw(column(0, 12)), dtype=float),
    }


SIGNED = {
    "slope": lambda d: gaps.slope_index(**d, higher="better"),
    "regression": lambda d: gaps.regression_slope_index(**d, higher="better"),
    "relative": lambda d: gaps.concentration_index(**d, higher="better"),
    "absolute": lambda d: gaps.concentration_index(**d, higher="better", index="absolute"),
    "erreygers": lambda d: gaps.concentration_index(
        **d, higher="better", index="erreygers", bounds=(0, 100)
    ),
    "wagstaff": lambda d: gaps.concentration_index(
        **d, higher="better", index="wagstaff", bounds=(0, 100)
    ),
}


def _spread(measure: Any, **more: Any) -> Any:
    return lambda d: measure(d["values"], population=d["population"], higher="better", **more)


SPREAD = {
    "gini": _spread(gaps.gini),
    "theil": _spread(gaps.theil),
    "mld": _spread(gaps.mean_log_deviation),
    "atkinson half": _spread(gaps.atkinson, aversion=0.5),
    "atkinson one": _spread(gaps.atkinson, aversion=1),
    "atkinson two": _spread(gaps.atkinson, aversion=2),
    "hoover": _spread(gaps.hoover),
    "variance": _spread(gaps.between_group_variance),
    "deviation": _spread(gaps.between_group_standard_deviation),
    "variation": _spread(gaps.coefficient_of_variation),
    "from mean": _spread(gaps.mean_difference_from_mean),
    "from best": _spread(gaps.mean_difference_from_best),
    "disparity": _spread(gaps.index_of_disparity),
}
RELATIVE = {
    "relative",
    "gini",
    "theil",
    "mld",
    "atkinson half",
    "atkinson one",
    "atkinson two",
    "hoover",
    "variation",
    "disparity",
}
ALL = SIGNED | SPREAD


def _value(name: str, data: dict[str, np.ndarray]) -> float:
    value = ALL[name](data).value
    assume(value is not None)
    return value


@pytest.mark.parametrize("name", ALL)
@given(data=places(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(
    name: str, data: dict[str, np.ndarray], seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(data["values"]))
    shuffled = {key: column[order] for key, column in data.items()}
    assert math.isclose(_value(name, data), _value(name, shuffled), rel_tol=1e-7, abs_tol=1e-7)


@pytest.mark.parametrize("name", sorted(RELATIVE))
@given(data=places(), factor=st.sampled_from([0.001, 0.5, 3.0, 1000.0]))
def test_relative_measures_have_no_unit(
    name: str, data: dict[str, np.ndarray], factor: float
) -> None:
    scaled = {**data, "values": data["values"] * factor}
    assert math.isclose(_value(name, data), _value(name, scaled), rel_tol=1e-7, abs_tol=1e-9)


@pytest.mark.parametrize("name", ["slope", "absolute", "deviation", "from mean", "from best"])
@given(data=places(), factor=st.sampled_from([0.001, 3.0, 1000.0]))
def test_absolute_measures_are_in_the_unit(
    name: str, data: dict[str, np.ndarray], factor: float
) -> None:
    scaled = {**data, "values": data["values"] * factor}
    assert math.isclose(
        _value(name, data) * factor, _value(name, scaled), rel_tol=1e-7, abs_tol=1e-7
    )


@pytest.mark.parametrize("name", ALL)
@given(data=places(), value=st.sampled_from([0.25, 7.0, 99.5]))
def test_equality_is_zero(name: str, data: dict[str, np.ndarray], value: float) -> None:
    same = {**data, "values": np.full(len(data["values"]), value)}
    assert abs(_value(name, same)) < 1e-9


@pytest.mark.parametrize("name", SIGNED)
@given(data=places())
def test_the_sign_turns_with_the_direction_of_deprivation(
    name: str, data: dict[str, np.ndarray]
) -> None:
    turned = {**data, "deprivation": -data["deprivation"]}
    assert math.isclose(_value(name, data), -_value(name, turned), rel_tol=1e-7, abs_tol=1e-7)


@given(data=places(), higher=st.sampled_from(["better", "worse"]))
def test_the_sentence_turns_with_what_a_higher_value_means(
    data: dict[str, np.ndarray], higher: str
) -> None:
    gap = gaps.slope_index(**data, higher=higher)
    other = gaps.slope_index(**data, higher="worse" if higher == "better" else "better")
    assume(gap.value is not None and gap.disadvantage != 0)
    assert gap.value == other.value
    assert gap.disadvantage == -other.disadvantage
    if "no clear difference" in gap.sentence or "no difference" in gap.sentence:
        assert gap.sentence == other.sentence
    else:
        said = "worse for people there" in gap.sentence
        assert said == (gap.disadvantage > 0)
        assert said != ("worse for people there" in other.sentence)


@given(data=places())
def test_ranges(data: dict[str, np.ndarray]) -> None:
    for name in ("gini", "atkinson half", "atkinson one", "atkinson two", "hoover"):
        assert 0 <= _value(name, data) <= 1
    for name in ("relative", "erreygers", "wagstaff"):
        assert -1 - 1e-12 <= _value(name, data) <= 1 + 1e-12
    for name in ("theil", "variance", "deviation", "from mean", "from best", "disparity"):
        assert _value(name, data) >= -1e-12


@given(data=places())
def test_splitting_an_area_changes_nothing_that_counts_people(data: dict[str, np.ndarray]) -> None:
    halves = {key: np.concatenate([column, column[:1]]) for key, column in data.items()}
    halves["population"][[0, -1]] = data["population"][0] / 2
    for name in ("slope", "relative", "gini", "theil", "hoover", "deviation"):
        assert math.isclose(_value(name, data), _value(name, halves), rel_tol=1e-7, abs_tol=1e-7)


@given(data=places())
def test_the_gini_is_the_concentration_index_of_values_ranked_by_themselves(
    data: dict[str, np.ndarray],
) -> None:
    by_itself = {**data, "deprivation": -data["values"]}
    assert math.isclose(
        _value("gini", data), _value("relative", by_itself), rel_tol=1e-9, abs_tol=1e-9
    )


@given(data=places())
def test_the_slope_is_the_absolute_index_over_twice_the_ranks_variance(
    data: dict[str, np.ndarray],
) -> None:
    ranks = gaps.mid_ranks(data["deprivation"], population=data["population"])
    share = data["population"] / data["population"].sum()
    variance = share @ (ranks - 0.5) ** 2
    assert math.isclose(
        _value("slope", data) * 2 * variance, _value("absolute", data), rel_tol=1e-7, abs_tol=1e-7
    )


@given(data=places())
def test_mid_ranks_average_one_half_and_ties_share(data: dict[str, np.ndarray]) -> None:
    ranks = gaps.mid_ranks(data["deprivation"], population=data["population"])
    assert math.isclose(np.average(ranks, weights=data["population"]), 0.5, rel_tol=1e-12)
    for value in np.unique(data["deprivation"]):
        assert len(np.unique(ranks[data["deprivation"] == value])) == 1
    most = data["deprivation"] == data["deprivation"].max()
    assert (ranks[most] == ranks.min()).all()


@given(data=places())
def test_missing_values_are_left_out_and_counted(data: dict[str, np.ndarray]) -> None:
    assume(len(data["values"]) > 4)
    gone = {**data, "values": data["values"].copy()}
    gone["values"][0] = np.nan
    fewer = {key: column[1:] for key, column in data.items()}
    for name in ("slope", "relative", "gini", "deviation"):
        one, other = ALL[name](gone), ALL[name](fewer)
        assert one.value == other.value
        assert one.n == len(data["values"]) - 1
        assert f"1 of {len(data['values'])} without a value left out" in one.method


@given(data=places())
def test_theil_splits_into_its_parts(data: dict[str, np.ndarray]) -> None:
    whole = _value("theil", data)
    parts = gaps.theil_components(
        data["values"], population=data["population"], group=data["deprivation"]
    )
    assert math.isclose(parts.between + parts.within, whole, rel_tol=1e-9, abs_tol=1e-12)
    assert parts.between >= -1e-12
    assert parts.within >= -1e-12
