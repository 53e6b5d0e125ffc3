"""Map classes: every value in exactly one, none empty, labels that say the limits."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.report.classes import class_breaks, class_labels, class_of

times = st.floats(0, 500, allow_nan=False).map(lambda v: round(v, 3))
columns = st.lists(st.one_of(times, st.just(math.nan)), min_size=1, max_size=60)


@given(columns)
def test_every_value_is_in_exactly_one_class(values: list[float]) -> None:
    breaks = class_breaks(values)
    low, high = (-math.inf, *breaks), (*breaks, math.inf)
    for value, chosen in zip(values, class_of(values, breaks), strict=True):
        holds = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a < value <= b]
        assert holds == ([] if math.isnan(value) else [chosen])


@given(columns)
def test_no_class_is_empty_and_limits_rise(values: list[float]) -> None:
    breaks = class_breaks(values)
    assert all(a < b for a, b in itertools.pairwise(breaks))
    assert len(breaks) <= 4
    known = class_of(values, breaks)
    if (known >= 0).any():
        assert set(known[known >= 0]) == set(range(len(breaks) + 1))


@given(columns, st.randoms())
def test_the_order_of_areas_does_not_matter(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert class_breaks(shuffled) == class_breaks(values)


def test_equal_values_share_a_class() -> None:
    assert class_breaks([7.0] * 12) == ()
    assert class_of([7.0] * 3, ()).tolist() == [0, 0, 0]
    assert class_labels(()) == ["All areas alike, in minutes"]


def test_a_limit_belongs_to_the_class_below() -> None:
    assert class_of([15.0, np.nextafter(15.0, 16)], (15.0,)).tolist() == [0, 1]
    assert class_labels((15.0,)) == ["Up to 15 minutes", "Over 15 minutes"]


@pytest.mark.parametrize("count", [5, 50, 500])
def test_limits_are_round_where_the_values_allow(count: int) -> None:
    breaks = class_breaks(np.linspace(1, 40, count))
    assert len(breaks) == 4
    assert all(float(b).is_integer() for b in breaks)
