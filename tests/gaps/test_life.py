from __future__ import annotations

import numpy as np
import pytest

from mobilise import gaps
from mobilise.errors import InputError
from mobilise.gaps.life import AGES

RANDOM = np.random.default_rng(2)
PEOPLE = RANDOM.integers(2_000, 5_000, (5, 20)).astype(float)
MORTALITY = np.array([0.004, *np.exp(np.linspace(-9, -1.6, 19))])
DEATHS = np.maximum(RANDOM.poisson(PEOPLE * MORTALITY), 1).astype(float)


def plain_life_table(deaths: np.ndarray, people: np.ndarray, ages: list[int]) -> float:
    """Return life expectancy at birth, a band at a time, as a textbook has it (Chiang)."""
    alive, years = 100_000.0, 0.0
    for k, start in enumerate(ages):
        rate = deaths[k] / people[k]
        if k == len(ages) - 1:
            return (years + alive / rate) / 100_000
        width, lived = ages[k + 1] - start, 0.1 if k == 0 else 0.5
        chance = width * rate / (1 + width * (1 - lived) * rate)
        dead = alive * chance
        years += width * (alive - dead) + width * lived * dead
        alive -= dead
    raise AssertionError


@pytest.mark.parametrize("last", [20, 19, 18])
def test_equals_a_life_table_by_hand_whatever_the_last_band(last: int) -> None:
    ages = list(AGES[:last])
    deaths, people = DEATHS[:, :last].copy(), PEOPLE[:, :last].copy()
    deaths[:, -1] += DEATHS[:, last:].sum(axis=1)
    people[:, -1] += PEOPLE[:, last:].sum(axis=1)
    ours = gaps.life_expectancy(deaths, people, ages=ages)
    by_hand = [plain_life_table(d, p, ages) for d, p in zip(deaths, people, strict=True)]
    assert ours.value[:, 0] == pytest.approx(by_hand, rel=1e-12)
    assert ours.reason == ("",) * 5
    assert ours.ages == tuple(ages)


def test_the_error_is_that_of_poisson_deaths() -> None:
    """Draw deaths anew; the spread of the expectancies is the error of the formula."""
    one = gaps.life_expectancy(DEATHS[:1], PEOPLE[:1])
    drawn = np.random.default_rng(9).poisson(DEATHS[0], (4_000, 20)).astype(float)
    people = np.broadcast_to(PEOPLE[0], drawn.shape)
    kept = (drawn[:, -1] > 0) & (drawn <= people).all(axis=1)
    spread = gaps.life_expectancy(drawn[kept], people[kept]).value[:, 0].std()
    assert one.se[0, 0] == pytest.approx(spread, rel=0.05)


def test_every_reason() -> None:
    deaths, people = DEATHS.copy(), PEOPLE.copy()
    deaths[0, 3] = np.nan
    people[1, 4], deaths[1, 4] = 0, 0
    deaths[2, 5] = people[2, 5] + 1
    people[3], deaths[3] = 250, 10
    deaths[4, -1] = 0
    ours = gaps.life_expectancy(deaths, people)
    assert ours.reason == (
        "deaths or population of a band are missing",
        "a band has nobody in it",
        "a band has more deaths than people",
        "5,000 people or fewer",
        "nobody died in the oldest band",
    )
    assert np.isnan(ours.value).all()
    assert np.isnan(ours.lower).all()


def test_more_deaths_shorten_lives() -> None:
    fewer, more = (gaps.life_expectancy(DEATHS * by, PEOPLE).value[:, 0] for by in (1, 1.2))
    assert (more < fewer).all()


@pytest.mark.parametrize(
    ("deaths", "people", "ages", "says"),
    [
        (DEATHS, PEOPLE, AGES[:5], "'population' has 20 bands for 5 'ages'"),
        (DEATHS[:, :3], PEOPLE, AGES, "'deaths' has the shape"),
        (-DEATHS, PEOPLE, AGES, "'deaths' is -"),
        (DEATHS, PEOPLE, (5, *AGES[1:]), "ascend from 0"),
    ],
)
def test_bad_input(deaths: np.ndarray, people: np.ndarray, ages: tuple, says: str) -> None:
    with pytest.raises(InputError, match=says):
        gaps.life_expectancy(deaths, people, ages=ages)
