"""Nobody can work out a small count: an attacker of our own tries, on tables made at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilise.disclosure.cells import CountTable, Dimension, implied_cells, tally
from mobilise.disclosure.protect import protect
from mobilise.disclosure.rule import Rule
from tests.wall.attacker import Attacker, broken

STAGES = ("offered", "referred", "attended")
AREAS = tuple("abcdef")
DIMENSIONS = {
    d.name: d
    for d in (
        Dimension("area", AREAS),
        Dimension(
            "fifth", ("1", "2", "3"), of="area", known=dict(zip(AREAS, "112233", strict=True))
        ),
        Dimension("sex", ("female", "male", "not recorded")),
        Dimension("age", ("young", "old")),
        Dimension("stage", STAGES, {s: STAGES[n:] for n, s in enumerate(STAGES) if n}),
    )
}
TABLES = [
    CountTable(("fifth", "sex")),
    CountTable(("fifth", "age")),
    CountTable(("sex", "age")),  # with the two before: a cycle, no two of which tell all
    CountTable(("area",)),
    CountTable(("fifth", "stage")),
    CountTable(("area", "stage"), {"stage": ("referred",)}),
    CountTable(("sex", "stage")),
]


def rows_of(seed, people, uneven):
    rng = np.random.default_rng(seed)

    def drawn(name):
        levels = DIMENSIONS[name].levels
        weights = np.arange(1, len(levels) + 1.0) ** -uneven
        return rng.choice(levels, people, p=weights / weights.sum())

    rows = pd.DataFrame({name: drawn(name) for name in ("area", "sex", "age", "stage")})
    return rows.assign(person=np.arange(people))


def released(rows, tables, rule, earlier=None):
    """Protect tables; return figures, what each cell can be, and the true counts."""
    shown = list(dict.fromkeys(c for t in tables for c in t.cells(DIMENSIONS)))
    every = list(dict.fromkeys([*(earlier or {}), *shown]))
    used = {n: DIMENSIONS[n] for n in DIMENSIONS}
    counts = tally(rows, [*every, *implied_cells(every, used)], used, "person")
    done = protect(counts, used, rule, shown=shown, earlier=earlier)
    return done, {cell: (t.count, t.people) for cell, t in counts.items()}


def dimensions_in(cells):
    names = {name for cell in cells for name, _ in cell}
    names |= {DIMENSIONS[n].of for n in names if DIMENSIONS[n].of}
    return {n: d for n, d in DIMENSIONS.items() if n in names}


examples = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
data = st.tuples(st.integers(0, 10_000), st.integers(5, 160), st.sampled_from([0.0, 1.0, 2.5]))


@examples
@given(data, st.lists(st.sampled_from(TABLES), min_size=1, max_size=3, unique_by=lambda t: t.by))
def test_no_small_count_can_be_found_from_tables_that_overlap(seed, tables):
    rows, rule = rows_of(*seed), Rule()
    done, counts = released(rows, tables, rule)
    rules = dict.fromkeys(done.figures, rule)
    used = dimensions_in(done.figures)
    assert broken(used, done.figures, rules, counts) == []


@examples
@given(data, st.permutations(TABLES), st.sampled_from([Rule(), Rule(least=10, base=10)]))
def test_later_releases_do_not_give_earlier_ones_away(seed, tables, rule):
    rows, earlier, figures = rows_of(*seed), {}, {}
    for table in tables[:3]:
        done, counts = released(rows, [table], rule, earlier)
        figures |= done.figures
        before = {cell: figure for cell, (figure, _) in earlier.items()}
        rules = dict.fromkeys(figures, rule)
        found = broken(dimensions_in(figures), figures, rules, counts, before=before)
        assert found == []
        earlier |= {c: (f, done.bounds[c]) for c, f in done.figures.items() if c not in earlier}


def test_figures_are_true():
    rows, rule = rows_of(3, 150, 1.0), Rule()
    done, counts = released(rows, TABLES, rule)
    for cell, figure in done.figures.items():
        low, high = done.bounds[cell]
        assert low <= counts[cell][0] <= high
        if figure is not None:
            assert abs(figure - counts[cell][0]) <= 2
    assert sum(f is None for f in done.figures.values()) == done.primary + done.secondary


WEAK = {
    "no secondary suppression": lambda rows, tables: _primary_alone(rows, tables, Rule()),
    "no rounding and no secondary suppression": lambda rows, tables: _primary_alone(
        rows, tables, Rule(base=1)
    ),
}


def _primary_alone(rows, tables, rule):
    done, counts = released(rows, tables, rule)
    return {cell: rule.figure(*counts[cell]) for cell in done.figures}, rule, counts


@pytest.mark.parametrize("weak", WEAK.values(), ids=WEAK)
def test_the_attacker_breaks_a_weaker_rule(weak):
    """The attacker is worth something: it breaks what is protected less."""
    beaten = 0
    for seed in range(4):
        rows = rows_of(seed, 60, 1.0)
        figures, rule, counts = weak(rows, TABLES[:3])
        rules = dict.fromkeys(figures, rule)
        beaten += bool(broken(dimensions_in(figures), figures, rules, counts))
    assert beaten >= 3


def test_the_attacker_breaks_tables_protected_one_by_one():
    """Tables that are safe alone are not safe together: overlaps must be looked at."""
    beaten = 0
    for seed in range(8):
        rows, rule, figures, counts = rows_of(seed, 90, 1.0), Rule(), {}, {}
        for table in (TABLES[3], TABLES[0], TABLES[1], TABLES[2]):
            done, more = released(rows, [table], rule)
            # a cell that one table keeps back is there to be read in the other
            shown = {c: f for c, f in done.figures.items() if figures.get(c) is None}
            figures |= shown
            counts |= more
        rules = dict.fromkeys(figures, rule)
        beaten += bool(broken(dimensions_in(figures), figures, rules, counts))
    assert beaten


def test_a_count_that_few_people_stand_behind_is_kept_back():
    rows = rows_of(1, 100, 0.0)
    rows.loc[rows["sex"] == "male", "person"] = 7  # one man, referred again and again
    done, counts = released(rows, [CountTable(("sex",))], Rule())
    assert counts[(("sex", "male"),)][0] > 20
    assert done.figures[(("sex", "male"),)] is None


def test_differences_of_nested_stages_are_no_nearer_than_rounding():
    for seed in range(8):
        rows, rule = rows_of(seed, 70, 1.0), Rule()
        done, counts = released(rows, [CountTable(("fifth", "stage"))], rule)
        attack = Attacker(
            dimensions_in(done.figures), done.figures, dict.fromkeys(done.figures, rule)
        )
        for cell in implied_cells(done.figures, DIMENSIONS):
            if cell not in done.figures and 0 < counts[cell][0] < rule.least:
                low, high = attack.bounds(cell, whole=True)
                assert high - low >= rule.base - 1, (seed, cell)
