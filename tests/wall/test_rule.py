"""The rule: what is shown of a count, and what that tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.disclosure.rule import Rule
from mobilise.errors import InputError

RULES = st.builds(Rule, least=st.integers(1, 15), base=st.integers(1, 25), zeros=st.booleans())


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (98, 100)]
)
def test_the_default_is_that_of_hospital_statistics(count, shown):
    """0 shown, 1 to 7 kept back, others rounded to 5 (the rule of NHS hospital episodes)."""
    assert Rule().figure(count) == shown


@given(RULES, st.integers(0, 300))
def test_what_is_shown_is_true(rule, count):
    figure = rule.figure(count)
    low, high = rule.bounds(figure)
    assert low <= count <= high
    if figure is not None:
        assert figure % rule.base == 0
        assert (figure == 0) == (count == 0)


@given(RULES, st.integers(1, 300), st.integers(1, 300))
def test_bounds_are_exactly_the_counts_that_look_alike(rule, one, other):
    low, high = rule.bounds(rule.figure(one))
    if rule.figure(one) is not None:
        assert (low <= other <= high) == (rule.figure(other) == rule.figure(one))


def test_people_count_as_well():
    assert Rule().figure(40, people=7) is None
    assert Rule().figure(40, people=8) == 40
    assert Rule(zeros=False).figure(0) is None


def test_stricter_and_weaker():
    assert Rule(10, 10, 12, zeros=False).no_weaker_than(Rule())
    for weak in (Rule(least=7), Rule(base=4), Rule(base=7), Rule(mean_least=7)):
        assert not weak.no_weaker_than(Rule())
    with pytest.raises(InputError, match="1 or more"):
        Rule(base=0)
