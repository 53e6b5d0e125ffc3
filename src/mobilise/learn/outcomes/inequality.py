"""Is the gap narrowing among those helped? The most against the least deprived."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.gaps.checks import Floats, measured, numbers, same_length
from mobilise.gaps.sentences import interval_of, places_for, quantity
from mobilise.learn.causes.leastsquares import contrast_test, least_squares
from mobilise.learn.estimates import Estimate, estimated, undefined_estimate
from mobilise.learn.outcomes.change import ANSWERED, pairs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Measured

_ASSUMPTIONS = (
    ANSWERED,
    "Those who start lower tend to rise more by themselves, which narrows a gap without help.",
    "Fifths lie evenly from most to least deprived.",
)


def gap_among_helped(
    before: ArrayLike,
    after: ArrayLike,
    quintile: ArrayLike,
    *,
    confidence: float = 0.95,
    of: str = "the score",
    unit: str = "points",
    higher: str = "better",
) -> tuple[Estimate, Estimate, Estimate]:
    """Return the gap between the ends of deprivation before, after, and its change.

    Parameters
    ----------
    before, after
        Shape (n,); people with both and a quintile are compared.
    quintile
        Shape (n,): deprivation fifth of where each lives, 1 = most deprived.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    tuple of Estimate
        ``gap_before``, ``gap_after`` and ``gap_change``: by how much the most deprived are
        worse off than the least (positive = worse off, whatever is measured), and whether
        that narrows (negative) or widens.

    Notes
    -----
    The slope over the fifths' ranks from 0 to 1, by least squares with HC3 errors: everybody
    counts, not the two end fifths alone. The change is that of the same people.
    """
    about = measured(of, unit, higher, confidence)
    start, end = pairs(before, after)
    fifth = numbers(quintile, "quintile")
    same_length(fifth, "quintile", len(start))
    kept = ~(np.isnan(start) | np.isnan(end) | np.isnan(fifth))
    sign = 1.0 if higher == "better" else -1.0
    rank, n = (fifth[kept] - 1) / 4, int(kept.sum())
    method = f"Slope over deprivation fifths, least deprived less most; {n} people; HC3 errors."
    if n < 10 or len(np.unique(rank)) < 2:
        why = f"{n} people in {len(np.unique(rank))} fifths are too few"
        return tuple(  # type: ignore[return-value]
            undefined_estimate(name, about, n=n, method=method, why=why)
            for name in ("gap_before", "gap_after", "gap_change")
        )
    found = []
    for name, values in (("gap_before", start), ("gap_after", end), ("gap_change", end - start)):
        value, se, df = _slope(sign * values[kept], rank)
        found.append(
            estimated(
                name, value, se, about, n=n, df=df, method=method, sentence=" ",
                assumptions=_ASSUMPTIONS,
            )
        )  # fmt: skip
    return tuple(_worded(e, about) for e in found)  # type: ignore[return-value]


def _slope(values: Floats, rank: Floats) -> tuple[float, float, float]:
    X = np.column_stack([rank, np.ones(len(rank))])
    found = contrast_test(least_squares(values, X, names=("rank", "level")), "rank", errors="HC3")
    return found.value, found.se, found.df


def _worded(e: Estimate, about: Measured) -> Estimate:
    assert e.value is not None
    assert e.lower is not None
    assert e.upper is not None
    places = places_for(e.value, e.lower, e.upper)
    size = quantity(abs(e.value), about.unit, places)
    clear = e.lower > 0 or e.upper < 0
    limits = sorted((abs(e.lower), abs(e.upper))) if clear else (e.lower, e.upper)
    shown = interval_of((limits[0], limits[1]), about.confidence, places)
    if not clear:
        size = quantity(e.value, about.unit, places)
    if e.statistic == "gap_change":
        way = "narrowed" if e.value < 0 else "widened"
        said = f"Among those helped the gap in {about.of} {way} by {size} ({shown})"
        if not clear:
            said = f"Among those helped, no clear change of the gap in {about.of}: {size} ({shown})"
    else:
        when = e.statistic.removeprefix("gap_").capitalize()
        who = "worse" if e.value > 0 else "better"
        said = f"{when}, the most deprived are {size} {who} off in {about.of} ({shown})"
        if not clear:
            said = (
                f"{when}, no clear gap in {about.of}: the most deprived are {size} worse off "
                f"({shown})"
            )
    return replace(e, sentence=f"{said}.")
