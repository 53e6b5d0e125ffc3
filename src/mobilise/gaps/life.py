"""Life expectancy from deaths and population by age, for many areas at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import Flags, Floats, measured, numbers, table, z_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

AGES = (0, 1, *range(5, 95, 5))

# The least population for a life table, and the widest 95% interval worth quoting
# (Toson & Baker 2003; Eayres & Williams 2004).
LEAST_POPULATION = 5_000
WIDEST_YEARS = 20.0

# Of the years in a band, the share that those who die in it live: less in infancy.
_LIVED_INFANTS = 0.1
_LIVED = 0.5


@dataclass(frozen=True)
class LifeTable:
    """Life expectancy of many areas.

    Parameters
    ----------
    ages
        Starting ages of the bands.
    value, se, lower, upper
        Years still to live at each starting age, shape (areas, bands); NaN where there is none.
    reason
        One an area: why it has no life expectancy, or "".
    """

    ages: tuple[int, ...]
    value: Floats
    se: Floats
    lower: Floats
    upper: Floats
    reason: tuple[str, ...]


def life_expectancy(
    deaths: ArrayLike,
    population: ArrayLike,
    *,
    ages: Sequence[int] = AGES,
    confidence: float = 0.95,
) -> LifeTable:
    """Return life expectancy at each starting age by abridged life tables (Chiang II).

    Parameters
    ----------
    deaths, population
        Deaths and person-years, shape (areas, bands); missing where not known.
    ages
        Starting ages, the first 0, the last of the open band: 90+ by default, 85+ or
        another where the data end earlier.
    confidence
        Of the interval.

    Returns
    -------
    LifeTable
        An area has none, and a reason, when a band's deaths or population are missing, a
        band is empty or has more deaths than people, nobody died in the open band, or
        5,000 people or fewer are in it. A single expectancy whose 95% interval is wider
        than 20 years is missing; its limits are kept, to show why.

    Raises
    ------
    InputError
        Shapes differ, a number is negative, or the ages do not ascend from 0.

    Notes
    -----
    Chiang 1984; variance of the open band after Silcocks et al. 2001,
    doi:10.1136/jech.55.1.38; rules of Eayres & Williams 2004,
    doi:10.1136/jech.2003.009654. As PHEindicatormethods has it.
    """
    measured("", "years", "better", confidence)
    starts = numbers(list(ages), "ages")
    if len(starts) < 2 or starts[0] != 0 or (np.diff(starts) <= 0).any():
        raise InputError("'ages' must be two or more starting ages that ascend from 0.")
    people = table(population, "population")
    if people.shape[1] != len(starts):
        raise InputError(f"'population' has {people.shape[1]} bands for {len(starts)} 'ages'.")
    died = table(deaths, "deaths", people.shape)
    reasons = _reasons(died, people)
    usable = np.array([reason == "" for reason in reasons], dtype=bool)
    value = np.full(people.shape, np.nan)
    se = np.full(people.shape, np.nan)
    value[usable], se[usable] = _life_tables(died[usable], people[usable], np.diff(starts))
    half = z_of(confidence) * se
    too_wide = z_of(0.95) * se > WIDEST_YEARS / 2
    shown = np.where(too_wide, np.nan, value)
    whole = tuple(int(age) for age in starts)
    return LifeTable(whole, shown, se, value - half, value + half, tuple(reasons))


def _reasons(died: Floats, people: Floats) -> list[str]:
    why: dict[str, Flags] = {
        "deaths or population of a band are missing": _any(np.isnan(died + people)),
        "a band has nobody in it": _any(people == 0),
        "a band has more deaths than people": _any(died > people),
        "5,000 people or fewer": people.sum(axis=1) <= LEAST_POPULATION,
        "nobody died in the oldest band": died[:, -1] == 0,
    }
    first = np.select(list(why.values()), list(why), default="")
    return [str(text) for text in first]


def _any(flags: Flags) -> Flags:
    return np.asarray(flags.any(axis=1))


def _life_tables(died: Floats, people: Floats, width: Floats) -> tuple[Floats, Floats]:
    """Return expectancy and its standard error, shape (areas, bands)."""
    mortality = died / people
    lived = np.full(people.shape[1] - 1, _LIVED)
    lived[0] = _LIVED_INFANTS
    closed = mortality[:, :-1]
    dying = np.minimum(closed * width / (1 + closed * width * (1 - lived)), 1.0)
    dying = np.where(closed * width * lived > 1, 1.0, dying)
    ones = np.ones((len(people), 1))
    alive = np.concatenate([ones, np.cumprod(1 - dying, axis=1)], axis=1)
    lost = alive[:, :-1] - alive[:, 1:]
    years = np.concatenate(
        [width * (alive[:, 1:] + lived * lost), alive[:, -1:] / mortality[:, -1:]], axis=1
    )
    survivors = np.where(alive > 0, alive, np.nan)
    value = np.where(alive > 0, _from_the_end(years) / survivors, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(lost == 0, 0.0, dying**2 * (1 - dying) / died[:, :-1])
    spread = alive[:, :-1] ** 2 * ((1 - lived) * width + value[:, 1:]) ** 2 * variance
    # Silcocks: in the open band the length of life varies, not whether it ends.
    last = (alive[:, -1:] / 2) ** 2 * 4 / (died[:, -1:] * mortality[:, -1:] ** 2)
    total = _from_the_end(np.concatenate([spread, last], axis=1))
    return value, np.sqrt(total) / survivors


def _from_the_end(array: Floats) -> Floats:
    summed: Floats = np.cumsum(array[:, ::-1], axis=1)[:, ::-1]
    return summed
