"""Reach-adjusted effect: what helps few people much, and what helps many a little.

After RE-AIM (Glasgow, Vogt & Boles 1999, 10.2105/AJPH.89.9.1322): the effect on those who
took part, times the share of those it is for who took part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.errors import InputError
from mobilise.gaps.records import Measured
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WELLBY = (10_000.0, 13_000.0, 16_000.0)


@dataclass(frozen=True)
class Impact:
    """Reach, effect and their product for one group; `gap` compares the ends."""

    level: str
    took_part: int
    eligible: int
    reach: float
    impact: Estimate


def reach_adjusted_effect(
    effects: Mapping[str, Estimate],
    took_part: Mapping[str, int],
    eligible: Mapping[str, int],
) -> list[Impact]:
    """Return the effect averaged over all whom it is for, group by group.

    Parameters
    ----------
    effects
        The effect on those who took part, by group (deprivation fifth, or "all").
    took_part, eligible
        People who took part, and whom it is for, by group.

    Returns
    -------
    list of Impact
        In the order of `effects`; the error combines that of the effect and of the share.

    Raises
    ------
    InputError
        A group lacks its people, or more took part than there are.

    Notes
    -----
    Variance of a product of independent estimates (Goodman 1960,
    10.1080/01621459.1960.10483369). Those who did not take part are taken not to change.
    """
    found = []
    for level, effect in effects.items():
        people, of = took_part.get(level), eligible.get(level)
        if people is None or of is None:
            raise InputError(f"Group '{level}' lacks the people who took part or whom it is for.")
        if not 0 <= people <= of or of == 0:
            raise InputError(f"Group '{level}': {people} of {of} people took part.")
        found.append(_impact(level, effect, people, of))
    return found


def _impact(level: str, effect: Estimate, people: int, of: int) -> Impact:
    reach = people / of
    about = Measured(effect.of, effect.unit, effect.higher, effect.confidence or 0.95)
    value, se = effect.value, effect.se
    method = f"Effect times reach: {people:,} of {of:,} people took part ({100 * reach:.1f}%)."
    if value is None or se is None:
        value = se = math.nan
    share = math.sqrt(reach * (1 - reach) / of)
    error = math.sqrt(max(0.0, (reach * se) ** 2 + (value * share) ** 2 + (se * share) ** 2))
    impact = estimated(
        "reach_adjusted_effect", reach * value, error, about, n=of, df=effect.df or math.inf,
        method=method,
        assumptions=(*effect.assumptions, "Those who did not take part did not change."),
    )  # fmt: skip
    return Impact(level, people, of, reach, impact.at(effect.by, level))


def wellby_value(effect: Estimate, people: int, years: float) -> tuple[float, float, float]:
    """Return pounds (low, central, high) of a change in life satisfaction.

    Parameters
    ----------
    effect
        Change of life satisfaction on the scale from 0 to 10, and of nothing else.
    people, years
        Whom it lasted for, and how long.

    Notes
    -----
    £13,000 (10,000 to 16,000) a point, person and year, in prices of 2019: HM Treasury,
    Wellbeing Guidance for Appraisal (2021). The range is that of the price alone.
    """
    if "life satisfaction" not in effect.of or effect.value is None:
        raise InputError("Only a change in life satisfaction has a value in WELLBYs.")
    if people < 0 or years < 0:
        raise InputError("'people' and 'years' must be 0 or more.")
    low, central, high = sorted(effect.value * people * years * price for price in _WELLBY)
    return low, central, high


def total_of(impacts: Sequence[Impact]) -> float:
    """Return the change summed over everybody whom it is for, in unit times persons."""
    return sum((one.impact.value or 0.0) * one.eligible for one in impacts)
