"""Means and shares by fifth of deprivation, and for the whole place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import (
    Floats,
    direction,
    level_of_confidence,
    limits,
    numbers,
    same_length,
    weights,
)
from mobilise.gaps.records import Gap

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_Z95 = float(stats.norm.ppf(0.975))


def quintile_means(
    values: ArrayLike,
    *,
    population: ArrayLike,
    quintile: ArrayLike,
    higher: str,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> list[Gap]:
    """Return the population-weighted mean of each fifth of deprivation, and of the place.

    Parameters
    ----------
    values
        One an area, in `unit`. Areas without one (nothing can be reached) are left out of
        the mean; ``method`` says what share of the people the mean speaks for.
    population
        People in each area.
    quintile
        1 (most deprived) to 5 (least); areas without one count in the whole place alone.
    higher
        What a higher value means for people: ``better`` or ``worse``.
    lower, upper
        Published 95% limits of each value, if it is an estimate: they give the interval
        of the mean, the areas' errors taken as independent. Without them the mean is a
        full count of what was computed for every area, and has no interval.
    confidence
        Of the interval.
    of
        What was measured, a noun phrase that can stand before "is".
    unit
        Unit of the values.

    Returns
    -------
    list of Gap
        ``statistic`` is ``mean``: level None (the place), then 1 to 5. A fifth in which
        nobody has a value keeps its row, with ``value`` None and the reason in ``method``.

    Raises
    ------
    InputError
        An argument is out of its range.

    Examples
    --------
    >>> rows = quintile_means(
    ...     [5.0, 15.0, 12.0], population=[100, 100, 200], quintile=[1, 1, 5],
    ...     of="the walk to the nearest library", unit="minutes", higher="worse",
    ... )
    >>> rows[1].sentence
    'In the most deprived fifth the walk to the nearest library is 10.0 minutes on average.'
    """
    better = direction(higher)
    level = level_of_confidence(confidence)
    y = numbers(values, "values")
    people, fifth = weights(population, len(y)), _fifths(quintile, len(y))
    around = limits(y, lower, upper)
    errors = None if around is None else (around[1] - around[0]) / (2 * _Z95)
    return [
        _mean(y, people, errors, chosen, rank, level, of, unit, better)
        for rank, chosen in _groups(fifth)
    ]


def quintile_shares(
    has: ArrayLike,
    *,
    population: ArrayLike,
    quintile: ArrayLike,
    who: str,
    higher: str = "better",
    statistic: str = "share_reached",
) -> list[Gap]:
    """Return the percentage of people for whom something holds, by fifth and for the place.

    Parameters
    ----------
    has
        One an area: true where it holds for the people there; missing where unknown.
    population, quintile
        As for :func:`quintile_means`.
    who
        What they do or have, to stand after "of people": ``have a library within 15 minutes``.
    higher
        ``better`` when it is good that it holds.
    statistic
        The name of the statistic.

    Returns
    -------
    list of Gap
        In percent: level None (the place), then 1 to 5; ``value`` None where nobody
        lives in that fifth or nothing is known of it.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    better = direction(higher)
    held = numbers(has, "has")
    if (bad := ~np.isnan(held) & (held != 0) & (held != 1)).any():
        raise InputError(f"'has' is {held[bad][0]:g}: give true or false for each area.")
    people, fifth = weights(population, len(held)), _fifths(quintile, len(held))
    return [
        _share(held, people, chosen, rank, who, better, statistic)
        for rank, chosen in _groups(fifth)
    ]


def quintile_difference(
    values: ArrayLike,
    *,
    population: ArrayLike,
    quintile: ArrayLike,
    higher: str,
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the mean of the least deprived fifth minus that of the most deprived.

    Parameters
    ----------
    values, population, quintile, higher, lower, upper, confidence, of, unit
        As for :func:`quintile_means`.

    Returns
    -------
    Gap
        ``statistic`` is ``difference``; the sentence gives both means.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    rows = {
        row.level: row
        for row in quintile_means(
            values,
            population=population,
            quintile=quintile,
            higher=higher,
            lower=lower,
            upper=upper,
            confidence=confidence,
            of=of,
            unit=unit,
        )
    }
    most, least = rows[1], rows[5]
    method = "Population-weighted mean of the least deprived fifth minus that of the most deprived."
    if most.value is None or least.value is None:
        why = "the most or the least deprived fifth has no value"
        sentence = f"The difference in {of} between the fifths is not defined: {why}."
        return Gap(
            "difference",
            None,
            None,
            None,
            None,
            None,
            most.n + least.n,
            unit,
            most.higher,
            f"{method} Not defined: {why}.",
            sentence,
        )
    value, se, interval = least.value - most.value, None, None
    if most.se is not None and least.se is not None:
        se = float(np.hypot(most.se, least.se))
        half = float(stats.norm.ppf((1 + confidence) / 2)) * se
        interval = (value - half, value + half)
    sentence = sentences.contrast_sentence(
        most.value,
        least.value,
        interval,
        of=of,
        unit=unit,
        higher=most.higher,
        confidence=confidence,
    )
    low, high = interval or (None, None)
    return Gap(
        "difference",
        value,
        se,
        low,
        high,
        confidence if interval else None,
        most.n + least.n,
        unit,
        most.higher,
        method,
        sentence,
    )


def _fifths(quintile: ArrayLike, count: int) -> Floats:
    fifth = numbers(quintile, "quintile")
    same_length(fifth, "quintile", count)
    if (bad := ~np.isnan(fifth) & ~np.isin(fifth, [1, 2, 3, 4, 5])).any():
        raise InputError(
            f"'quintile' is {fifth[bad][0]:g} in row {int(bad.argmax()) + 1}: "
            "give 1 (most deprived) to 5 (least)."
        )
    return fifth


def _groups(fifth: Floats) -> list[tuple[int | None, np.ndarray]]:
    return [(None, np.ones(len(fifth), dtype=bool)), *((k, fifth == k) for k in range(1, 6))]


def _mean(
    y: Floats,
    people: Floats,
    errors: Floats | None,
    chosen: np.ndarray,
    rank: int | None,
    confidence: float,
    of: str,
    unit: str,
    higher: str,
) -> Gap:
    living = float(people[chosen].sum())
    known = chosen & ~np.isnan(y) & (people > 0)
    method = "Population-weighted mean of areas"
    if errors is not None:
        known &= ~np.isnan(errors)
    n = int(known.sum())
    if n == 0:
        why = "nobody lives there" if living == 0 else "no area has a value"
        return Gap(
            "mean",
            None,
            None,
            None,
            None,
            None,
            0,
            unit,
            direction(higher),
            f"{method}. Not defined: {why}.",
            f"{sentences.place_of(rank)} {of} is not known: {why}.",
            rank,
        )
    share = people[known] / people[known].sum()
    value = float(share @ y[known])
    reached = people[known].sum() / living
    said = (
        "" if reached == 1 else f", over the {sentences.part(reached)} of people who have a value"
    )
    interval = se = None
    if errors is not None:
        se = float(np.sqrt(((share * errors[known]) ** 2).sum()))
        half = float(stats.norm.ppf((1 + confidence) / 2)) * se
        interval = (value - half, value + half)
        method = f"{method}{said}; error from the published 95% limits."
    else:
        method = f"{method}{said}; a full count, so no interval."
    sentence = sentences.mean_sentence(
        value, interval, reached, of=of, unit=unit, level=rank, confidence=confidence
    )
    low, high = interval or (None, None)
    return Gap(
        "mean",
        value,
        se,
        low,
        high,
        confidence if interval else None,
        n,
        unit,
        direction(higher),
        method,
        sentence,
        rank,
    )


def _share(
    held: Floats,
    people: Floats,
    chosen: np.ndarray,
    rank: int | None,
    who: str,
    higher: str,
    statistic: str,
) -> Gap:
    known = chosen & ~np.isnan(held) & (people > 0)
    n, total = int(known.sum()), float(people[known].sum())
    method = "Share of people by the area they live in"
    if n == 0:
        why = "nobody lives there" if not people[chosen].sum() else "nothing is known of it"
        sentence = f"{sentences.place_of(rank)} the share of people who {who} is not known: {why}."
        return Gap(
            statistic,
            None,
            None,
            None,
            None,
            None,
            0,
            "%",
            direction(higher),
            f"{method}. Not defined: {why}.",
            sentence,
            rank,
        )
    value = 100 * float(people[known] @ held[known]) / total
    missing = int((chosen & (people > 0)).sum()) - n
    said = f"; {missing} areas where it is not known left out" if missing else ""
    return Gap(
        statistic,
        value,
        None,
        None,
        None,
        None,
        n,
        "%",
        direction(higher),
        f"{method}{said}; a full count, so no interval.",
        f"{sentences.place_of(rank)} {sentences.quantity(value, '%', 0)} of people {who}.",
        rank,
    )
