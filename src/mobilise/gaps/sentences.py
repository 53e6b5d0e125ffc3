"""The finding in words: the right way round, and no clearer than the interval allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobilise.gaps.records import Higher

_SPANS = {
    "minute",
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "years",
    "m",
    "km",
    "metres",
    "miles",
}
_THINGS = {"assets", "people", "persons", "deaths", "cases", "hours open per week"}
_FIFTHS = {1: "most deprived fifth", 5: "least deprived fifth"}


def quantity(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a value with its unit, as it would be said.

    Examples
    --------
    >>> quantity(8.94, "years"), quantity(0.123, ""), quantity(83.26, "%")
    ('8.9 years', '0.12', '83.3%')
    """
    shown = number(value, decimals)
    return f"{shown}%" if unit == "%" else f"{shown} {unit}".rstrip()


def number(value: float, decimals: int | None = None) -> str:
    """Return `value` with two figures that matter, or with `decimals` places; minus as U+2212."""
    places = places_for(value) if decimals is None else decimals
    text = f"{value:,.{places}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.lstrip("-")


def places_for(*values: float) -> int:
    """Return the decimal places that show the largest of `values` to two figures or more."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    if largest >= 100:
        return 0
    if largest >= 1 or largest == 0:
        return 1
    return min(6, 1 - math.floor(math.log10(largest)))


def slope_sentence(
    slope: float | None,
    limits: tuple[float, float] | None,
    *,
    of: str,
    unit: str,
    higher: Higher,
    confidence: float,
    why: str = "",
) -> str:
    """Say what a slope index means: least deprived minus most deprived.

    Parameters
    ----------
    slope
        The index: positive where the least deprived have higher values.
    limits
        Its interval, or None.
    of
        What was measured, as a noun phrase that can stand before "is".
    why
        Why there is no value, where `slope` is None.
    """
    if slope is None:
        return (
            f"The gap in {of} between the most and the least deprived areas is not defined: {why}."
        )
    places = _places_of_interval(slope, limits)
    size = quantity(abs(slope), _difference_unit(unit), places)
    if limits is not None and limits[0] <= 0 <= limits[1]:
        return (
            f"There is no clear difference in {of} between the most and the least deprived areas: "
            f"{_compared(-slope, size, unit)} in the most deprived, "
            f"{_interval(-limits[1], -limits[0], confidence, places)}, which includes none."
        )
    if slope == 0:
        return f"There is no difference in {of} between the most and the least deprived areas."
    interval = ""
    if limits is not None:
        low, high = sorted((abs(limits[0]), abs(limits[1])))
        interval = f" ({_interval(low, high, confidence, places)})"
    worse = (slope > 0) == (higher == "better")
    return (
        f"In the most deprived areas {of} is {_compared(-slope, size, unit)} than in the least "
        f"deprived{interval}: {'worse' if worse else 'better'} for people there."
    )


def ratio_sentence(
    ratio: float | None,
    limits: tuple[float, float] | None,
    *,
    of: str,
    higher: Higher,
    confidence: float,
    why: str = "",
) -> str:
    """Say what a relative index means: least deprived over most deprived."""
    if ratio is None:
        return f"The ratio of {of} between the most and the least deprived areas is not defined: {why}."
    interval = ""
    if limits is not None:
        interval = f" ({_interval(*limits, confidence, 2)})"
        if limits[0] <= 1 <= limits[1]:
            return (
                f"There is no clear difference in {of} between the most and the least deprived "
                f"areas: the least deprived have {number(ratio, 2)} times as much as the most "
                f"deprived{interval}, which includes 1."
            )
    if ratio == 1:
        return f"There is no difference in {of} between the most and the least deprived areas."
    worse = (ratio > 1) == (higher == "better")
    return (
        f"In the least deprived areas {of} is {number(ratio, 2)} times what it is in the most "
        f"deprived{interval}: {'worse' if worse else 'better'} for people in the most deprived."
    )


def place_of(level: int | None, groups: int = 5) -> str:
    """Return how a level is called in a sentence, to stand at its beginning."""
    if level is None:
        return "Across the place"
    if groups == 5:
        names = {
            2: "second most deprived fifth",
            3: "middle fifth",
            4: "second least deprived fifth",
        }
        return f"In the {(_FIFTHS | names)[level]}"
    if level in {1, groups}:
        return f"In the {'most' if level == 1 else 'least'} deprived of {groups} groups"
    return f"In group {level} of {groups} (1 = most deprived)"


def _compared(signed: float, size: str, unit: str) -> str:
    if unit in _SPANS:
        return f"{size} {'longer' if signed > 0 else 'shorter'}"
    if unit in _THINGS:
        return f"{size} {'more' if signed > 0 else 'fewer'}"
    return f"{size} {'higher' if signed > 0 else 'lower'}"


def _difference_unit(unit: str) -> str:
    return "percentage points" if unit == "%" else unit


def _interval(low: float, high: float, confidence: float, places: int) -> str:
    return f"{confidence * 100:g}% interval {number(low, places)} to {number(high, places)}"


def _places_of_interval(value: float, limits: tuple[float, float] | None) -> int:
    places = places_for(value, *(limits or ()))
    if limits is None or limits[0] <= 0 <= limits[1]:
        return places
    nearest = min(abs(limits[0]), abs(limits[1]))
    while places < 6 and round(nearest, places) == 0:
        places += 1
    return places


def part(share: float) -> str:
    """Return a share as a percentage that is 100% or 0% only when it is all or none."""
    percent = 100 * share
    if 0 < percent < 1:
        return "less than 1%"
    if 99 < percent < 100:
        return "more than 99%"
    return f"{percent:.0f}%"


def mean_sentence(
    value: float,
    limits: tuple[float, float] | None,
    reached: float,
    *,
    of: str,
    unit: str,
    level: int | None,
    confidence: float,
) -> str:
    """Say a mean, and for what share of people it speaks where that is not everyone."""
    places = places_for(value, *(limits or ()))
    whom = "" if reached == 1 else f", for the {part(reached)} of people who have a value"
    interval = "" if limits is None else f" ({_interval(*limits, confidence, places)})"
    return f"{place_of(level)} {of} is {quantity(value, unit, places)} on average{interval}{whom}."


def contrast_sentence(
    most: float,
    least: float,
    limits: tuple[float, float] | None,
    *,
    of: str,
    unit: str,
    higher: Higher,
    confidence: float,
) -> str:
    """Say the means of the most and the least deprived fifth side by side."""
    places = places_for(most, least)
    both = (
        f"In the most deprived fifth {of} is {quantity(most, unit, places)} on average, in the "
        f"least deprived {quantity(least, unit, places)}"
    )
    if limits is not None and limits[0] <= 0 <= limits[1]:
        return f"{both}: no clear difference."
    if most == least:
        return f"{both}: no difference."
    interval = ""
    if limits is not None:
        low, high = sorted((abs(limits[0]), abs(limits[1])))
        places = _places_of_interval(least - most, limits)
        interval = f" (difference {quantity(abs(least - most), _difference_unit(unit), places)}, "
        interval += f"{_interval(low, high, confidence, places)})"
    worse = (least > most) == (higher == "better")
    return f"{both}{interval}: {'worse' if worse else 'better'} for the most deprived."
