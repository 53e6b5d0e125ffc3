"""Means and shares by fifth of deprivation, and for the whole place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import (
    Z95,
    Flags,
    Floats,
    limits,
    measured,
    numbers,
    same_length,
    weights,
    z_of,
)
from mobilise.gaps.records import Gap, Limits, Measured, defined, undefined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


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
    about = measured(of, unit, higher, confidence)
    y = numbers(values, "values")
    people, fifth = weights(population, len(y)), _fifths(quintile, len(y))
    around = limits(y, lower, upper)
    errors = None if around is None else (around[1] - around[0]) / (2 * Z95)
    return [_mean(y, people, errors, about, fifth=fifth, level=level) for level in _LEVELS]


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

    Examples
    --------
    >>> rows = quintile_shares(
    ...     [True, False, True], population=[100, 300, 50], quintile=[1, 1, 5],
    ...     who="have a library within 15 minutes",
    ... )
    >>> rows[1].sentence
    'In the most deprived fifth 25% of people have a library within 15 minutes.'
    """
    about = measured(who, "%", higher)
    held = numbers(has, "has")
    if (bad := ~np.isnan(held) & (held != 0) & (held != 1)).any():
        raise InputError(f"'has' is {held[bad][0]:g}: give true or false for each area.")
    people, fifth = weights(population, len(held)), _fifths(quintile, len(held))
    return [
        _share(held, people, about, fifth=fifth, level=level, statistic=statistic)
        for level in _LEVELS
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
    about = measured(of, unit, higher, confidence)
    rows = quintile_means(
        values, population=population, quintile=quintile, higher=higher,
        lower=lower, upper=upper, confidence=confidence, of=of, unit=unit,
    )  # fmt: skip
    most, least = rows[1], rows[5]
    n = most.n + least.n
    method = "Population-weighted mean of the least deprived fifth minus that of the most deprived."
    if most.value is None or least.value is None:
        why = "the most or the least deprived fifth has no value"
        sentence = sentences.undefined_sentence("The difference between the fifths in", about, why)
        return undefined("difference", about, n=n, method=method, why=why, sentence=sentence)
    value, se, interval = least.value - most.value, None, None
    if most.se is not None and least.se is not None:
        se = float(np.hypot(most.se, least.se))
        interval = _around(value, se, confidence)
    sentence = sentences.contrast_sentence(most.value, least.value, interval, about)
    return defined(
        "difference", value, about, n=n, method=method, sentence=sentence, se=se, limits=interval
    )


_LEVELS = (None, 1, 2, 3, 4, 5)


def _fifths(quintile: ArrayLike, count: int) -> Floats:
    fifth = numbers(quintile, "quintile")
    same_length(fifth, "quintile", count)
    if (bad := ~np.isnan(fifth) & ~np.isin(fifth, [1, 2, 3, 4, 5])).any():
        raise InputError(
            f"'quintile' is {fifth[bad][0]:g} in row {int(bad.argmax()) + 1}: "
            "give 1 (most deprived) to 5 (least)."
        )
    return fifth


def _chosen(fifth: Floats, level: int | None) -> Flags:
    return np.ones(len(fifth), dtype=bool) if level is None else fifth == level


def _mean(
    y: Floats,
    people: Floats,
    errors: Floats | None,
    about: Measured,
    *,
    fifth: Floats,
    level: int | None,
) -> Gap:
    lived = _chosen(fifth, level) & (people > 0)
    known = lived & ~np.isnan(y)
    if errors is not None:
        known &= ~np.isnan(errors)
    method = "Population-weighted mean of areas"
    if not known.any():
        why = "no area there has a value" if lived.any() else "nobody lives there"
        sentence = f"{sentences.place_of(level)} {about.of} is not known: {why}."
        return undefined("mean", about, n=0, method=method, why=why, sentence=sentence, level=level)
    share = people[known] / people[known].sum()
    value = float(share @ y[known])
    reached = 1.0 if (known == lived).all() else float(people[known].sum() / people[lived].sum())
    said = (
        "" if reached == 1 else f", over the {sentences.part(reached)} of people who have a value"
    )
    se = interval = None
    end = "a full count, so no interval."
    if errors is not None:
        se = float(np.sqrt(((share * errors[known]) ** 2).sum()))
        interval = _around(value, se, about.confidence)
        end = "error from the published 95% limits."
    return defined(
        "mean",
        value,
        about,
        n=int(known.sum()),
        method=f"{method}{said}; {end}",
        sentence=sentences.mean_sentence(value, interval, reached, about, level),
        se=se,
        limits=interval,
        level=level,
    )


def _around(value: float, se: float, confidence: float) -> Limits:
    half = z_of(confidence) * se
    return value - half, value + half


def _share(
    held: Floats,
    people: Floats,
    about: Measured,
    *,
    fifth: Floats,
    level: int | None,
    statistic: str,
) -> Gap:
    lived = _chosen(fifth, level) & (people > 0)
    known = lived & ~np.isnan(held)
    method = "Share of people by the area they live in"
    where = sentences.place_of(level)
    if not known.any():
        why = "it is known of no area there" if lived.any() else "nobody lives there"
        sentence = f"{where} the share of people who {about.of} is not known: {why}."
        return undefined(
            statistic, about, n=0, method=method, why=why, sentence=sentence, level=level
        )
    share = float(people[known] @ held[known] / people[known].sum())
    missing = int(lived.sum() - known.sum())
    said = f"; {missing} areas where it is not known left out" if missing else ""
    return defined(
        statistic,
        100 * share,
        about,
        n=int(known.sum()),
        method=f"{method}{said}; a full count, so no interval.",
        sentence=f"{where} {sentences.part(share)} of people {about.of}.",
        level=level,
    )
