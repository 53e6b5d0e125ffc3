"""Is the gap narrowing among those helped? The most against the least deprived."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, same_length
from mobilise.gaps.sentences import interval_of, number, places_for, quantity
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
    wrong = ~np.isnan(fifth) & ~np.isin(fifth, range(1, 6))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"'quintile' is {fifth[row]:g} in row {row + 1}: give 1 to 5.")
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
    return tuple(gap_sentence(e, about) for e in found)  # type: ignore[return-value]


def _slope(values: Floats, rank: Floats) -> tuple[float, float, float]:
    X = np.column_stack([rank, np.ones(len(rank))])
    found = contrast_test(least_squares(values, X, names=("rank", "level")), "rank", errors="HC3")
    return found.value, found.se, found.df


def gap_sentence(e: Estimate, about: Measured) -> Estimate:
    """Return a gap before, after or its change with its sentence; one without limits says none.

    Parameters
    ----------
    e
        ``gap_before``, ``gap_after`` or ``gap_change`` (or of the ends): positive = the most
        deprived are worse off.
    about
        What is measured.
    """
    assert e.value is not None
    change = e.statistic.endswith("gap_change")
    words = _CHANGE if change else _GAP
    if e.lower is None or e.upper is None:
        clear, size = True, quantity(abs(e.value), about.unit, 1)
        shown = " (of two means; no interval)"
    else:
        places = places_for(e.value, e.lower, e.upper)
        clear = e.lower > 0 or e.upper < 0
        size = quantity(abs(e.value), about.unit, places)
        shown = f" ({_interval(e.lower, e.upper, about, places, words, clear=clear)})"
    said = _change_said if change else _gap_said
    return replace(e, sentence=f"{said(e, about, size, clear=clear)}{shown}.")


# What a value above zero, and one below it, is called: the gap is wide, or has widened, above.
_GAP = ("worse off", "better off")
_CHANGE = ("wider", "narrower")


def _interval(
    lower: float, upper: float, about: Measured, places: int, words: tuple[str, str], *, clear: bool
) -> str:
    """Return limits without signs: one that holds zero goes from the one word to the other."""
    if clear:
        low, high = sorted((abs(lower), abs(upper)))
        return interval_of((low, high), about.confidence, places)
    below, above = (number(abs(limit), places) for limit in (lower, upper))
    return f"{100 * about.confidence:g}% interval {below} {words[1]} to {above} {words[0]}"


def _change_said(e: Estimate, about: Measured, size: str, *, clear: bool) -> str:
    assert e.value is not None
    if not clear:
        way = _CHANGE[0] if e.value > 0 else _CHANGE[1]
        return f"Among those helped, no clear change of the gap in {about.of}: {size} {way}"
    way = "narrowed" if e.value < 0 else "widened"
    return f"Among those helped the gap in {about.of} {way} by {size}"


def _gap_said(e: Estimate, about: Measured, size: str, *, clear: bool) -> str:
    assert e.value is not None
    when = e.statistic.rpartition("gap_")[2].capitalize()
    who = _GAP[0] if e.value > 0 else _GAP[1]
    if not clear:
        return f"{when}, no clear gap in {about.of}: the most deprived are {size} {who}"
    return f"{when}, the most deprived are {size} {who} in {about.of}"
