"""Decompositions: the parts sum to the whole, and the intervals are the spread of samples."""

from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError
from mobilise.gaps.explain import ECOLOGICAL

N = 250
RANDOM = np.random.default_rng(31)
DEPRIVATION = RANDOM.normal(size=N)
PEOPLE = RANDOM.uniform(500, 2_500, N)
CARS = 0.6 - 0.1 * DEPRIVATION + RANDOM.normal(0, 0.05, N)
HILLS = RANDOM.uniform(0, 1, N)
WALK = 12 - 6 * CARS + 2 * HILLS + RANDOM.normal(0, 0.5, N)
ASKED = {"deprivation": DEPRIVATION, "population": PEOPLE, "higher": "worse"}


@pytest.mark.parametrize("index", ["relative", "absolute", "erreygers", "wagstaff"])
def test_parts_and_residual_sum_to_the_index(index: str) -> None:
    ours = gaps.explain_concentration(
        WALK, {"cars": CARS, "hills": HILLS}, index=index, bounds=(0, 60), replicates=200, **ASKED
    )
    parts = [part.contribution for part in ours.contributions]
    assert sum(parts) + ours.residual == pytest.approx(ours.index.value, rel=1e-9)
    plain = gaps.concentration_index(WALK, index=index, bounds=(0, 60), **ASKED)
    assert ours.index.value == pytest.approx(plain.value, rel=1e-12)
    for part in ours.contributions:
        assert part.lower < part.contribution < part.upper
    assert ours.warning == ECOLOGICAL


def test_what_drives_it_is_found_and_what_does_not_is_not() -> None:
    ours = gaps.explain_concentration(WALK, {"cars": CARS, "hills": HILLS}, **ASKED)
    cars, hills = ours.contributions
    assert cars.coefficient == pytest.approx(-6, abs=1)
    assert cars.percent > 80
    assert "of the inequality goes along with cars" in cars.sentence
    assert hills.lower < 0 < hills.upper
    assert hills.sentence == "No clear part of the inequality goes along with hills."


def test_the_bootstrap_is_the_spread_of_samples() -> None:
    random, parts, width = np.random.default_rng(8), [], []
    for _ in range(120):
        deprivation = random.normal(size=N)
        cars = 0.6 - 0.1 * deprivation + random.normal(0, 0.05, N)
        walk = 12 - 6 * cars + random.normal(0, 0.5, N)
        ours = gaps.explain_concentration(
            walk,
            {"cars": cars},
            deprivation=deprivation,
            population=np.ones(N),
            higher="worse",
            replicates=300,
        )
        parts.append(ours.contributions[0].contribution)
        width.append(ours.contributions[0].upper - ours.contributions[0].lower)
    assert np.mean(width) / (2 * 1.96) == pytest.approx(np.std(parts), rel=0.2)


def test_the_seed_gives_the_same_limits() -> None:
    one, same = (
        gaps.explain_concentration(WALK, {"cars": CARS}, seed=5, replicates=100, **ASKED)
        for _ in range(2)
    )
    assert one == same


def test_two_groups_by_hand() -> None:
    """One determinant, exact lines: y = 1 + 2x in the first, y = 3 + x in the second."""
    x = np.array([1.0, 2, 3, 4, 1, 2, 3])
    first = np.array([1, 1, 1, 1, 0, 0, 0])
    y = np.where(first == 1, 1 + 2 * x, 3 + x)
    ours = gaps.decompose_difference(
        y, {"x": x}, first=first, population=np.ones(7), higher="better", replicates=0
    )
    # Means: x 2.5 and 2, y 6 and 5. Endowments (2.5 - 2) x 1; coefficients (1 - 3) + 2 (2 - 1).
    assert ours.difference.value == pytest.approx(1.0)
    assert ours.endowments.value == pytest.approx(0.5)
    assert ours.coefficients.value == pytest.approx(0.0)
    assert ours.interaction.value == pytest.approx(0.5)
    assert ours.explained.value + ours.unexplained.value == pytest.approx(1.0)
    assert ours.by_determinant["x"] == pytest.approx(ours.explained.value)


def test_people_are_weights() -> None:
    """An area of two people is two areas of one."""
    first = DEPRIVATION > 0
    people = RANDOM.integers(1, 3, N)
    asked = {"higher": "worse", "replicates": 0}
    ours = gaps.decompose_difference(
        WALK, {"cars": CARS, "hills": HILLS}, first=first, population=people, **asked
    )
    y, cars, hills, member = (np.repeat(part, people) for part in (WALK, CARS, HILLS, first))
    each = gaps.decompose_difference(
        y, {"cars": cars, "hills": hills}, first=member, population=np.ones(len(y)), **asked
    )
    for part in ("difference", "endowments", "coefficients", "interaction", "explained"):
        assert getattr(ours, part).value == pytest.approx(getattr(each, part).value, rel=1e-8)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: gaps.explain_concentration(WALK, {}, **ASKED), "at least one determinant"),
        (lambda: gaps.explain_concentration(WALK, {"cars": CARS, "again": 2 * CARS + 1}, **ASKED), "'again' is the same everywhere, or a combination"),
        (lambda: gaps.explain_concentration(WALK, {"one": np.ones(N)}, **ASKED), "'one' is the same everywhere"),
        (lambda: gaps.explain_concentration(WALK, {"cars": CARS[:5]}, **ASKED), "'cars' has 5 values"),
        (lambda: gaps.explain_concentration(WALK, {"cars": [None] * N}, **ASKED), "too few to tell"),
        (lambda: gaps.decompose_difference(WALK, {"cars": CARS}, first=np.zeros(N), population=PEOPLE, higher="worse"), "Of the first areas, 0 have a value"),
    ],
)  # fmt: skip
def test_bad_input(call: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()  # type: ignore[operator]
