"""The finding in words: the right way round, and no clearer than the interval allows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mobilise.gaps.records import Limits, Measured

_SPANS = {
    "minutes", "hours", "days", "weeks", "months", "years", "m", "km", "metres", "miles",
}  # fmt: skip
_THINGS = {"assets", "people", "persons", "deaths", "cases"}
_FIFTHS = {
    1: "most deprived fifth",
    2: "second most deprived fifth",
    3: "middle fifth",
    4: "second least deprived fifth",
    5: "least deprived fifth",
}


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
    is_zero = not any(character in "123456789" for character in text)
    return text.lstrip("-") if is_zero else text.replace("-", "−")


def places_for(*values: float) -> int:
    """Return the decimal places that show the largest of `values` to two figures or more."""
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    if largest >= 100:
        return 0
    if largest >= 1 or largest == 0:
        return 1
    return min(6, 1 - math.floor(math.log10(largest)))


def part(share: float) -> str:
    """Return a share as a percentage that is 100% or 0% only when it is all or none."""
    percent = 100 * share
    if 0 < percent < 1:
        return "less than 1%"
    if 99 < percent < 100:
        return "more than 99%"
    return f"{percent:.0f}%"


def interval_of(limits: Limits, confidence: float, places: int) -> str:
    """Return "95% interval 3.1 to 6.0"."""
    low, high = number(limits[0], places), number(limits[1], places)
    return f"{confidence * 100:g}% interval {low} to {high}"


def slope_sentence(slope: float, limits: Limits | None, about: Measured) -> str:
    """Say what a slope index means: least deprived minus most deprived."""
    places = _places_of_interval(slope, limits)
    size = _compared(-slope, quantity(abs(slope), _difference_unit(about.unit), places), about.unit)
    if limits is not None and limits[0] <= 0 <= limits[1]:
        around = _either_way((-limits[1], -limits[0]), about, places)
        return (
            f"There is no clear difference in {about.of} between the most and the least deprived "
            f"areas: {size} in the most deprived, {around}."
        )
    if slope == 0:
        return (
            f"There is no difference in {about.of} between the most and the least deprived areas."
        )
    shown = ""
    if limits is not None:
        low, high = sorted((abs(limits[0]), abs(limits[1])))
        shown = f" ({interval_of((low, high), about.confidence, places)})"
    return (
        f"At the most deprived end {about.of} is {size} than at the least "
        f"deprived end{shown}: {_judged(slope > 0, about)} for people there."
    )


def ratio_sentence(ratio: float, limits: Limits | None, about: Measured) -> str:
    """Say what a relative index means: least deprived over most deprived."""
    shown = "" if limits is None else f" ({interval_of(limits, about.confidence, 2)})"
    if limits is not None and limits[0] <= 1 <= limits[1]:
        return (
            f"There is no clear difference in {about.of} between the most and the least deprived "
            f"areas: the least deprived have {number(ratio, 2)} times as much as the most "
            f"deprived{shown}, which includes 1."
        )
    if ratio == 1:
        return (
            f"There is no difference in {about.of} between the most and the least deprived areas."
        )
    return (
        f"In the least deprived areas {about.of} is {number(ratio, 2)} times what it is in the "
        f"most deprived{shown}: {_judged(ratio > 1, about)} for people in the most deprived."
    )


def mean_sentence(
    value: float, limits: Limits | None, reached: float, about: Measured, level: int | None
) -> str:
    """Say a mean, and for what share of people it speaks where that is not everyone."""
    places = places_for(value, *(limits or ()))
    whom = "" if reached == 1 else f", for the {part(reached)} of people who have a value"
    shown = "" if limits is None else f" ({interval_of(limits, about.confidence, places)})"
    size = quantity(value, about.unit, places)
    return f"{place_of(level)} {about.of} is {size} on average{shown}{whom}."


def contrast_sentence(most: float, least: float, limits: Limits | None, about: Measured) -> str:
    """Say the means of the most and the least deprived fifth side by side."""
    places = places_for(most, least)
    both = (
        f"In the most deprived fifth {about.of} is {quantity(most, about.unit, places)} on "
        f"average, in the least deprived {quantity(least, about.unit, places)}"
    )
    if limits is not None and limits[0] <= 0 <= limits[1]:
        return f"{both}: no clear difference."
    if most == least:
        return f"{both}: no difference."
    shown = ""
    if limits is not None:
        low, high = sorted((abs(limits[0]), abs(limits[1])))
        places = _places_of_interval(least - most, limits)
        size = quantity(abs(least - most), _difference_unit(about.unit), places)
        shown = f" (difference {size}, {interval_of((low, high), about.confidence, places)})"
    return f"{both}{shown}: {_judged(least > most, about)} for the most deprived."


def pair_sentence(
    one: float, other: float, limits: Limits | None, about: Measured, names: tuple[str, str]
) -> str:
    """Say how one named group stands to another: the first minus the second."""
    gap = one - other
    places = _places_of_interval(gap, limits)
    size = _compared(gap, quantity(abs(gap), _difference_unit(about.unit), places), about.unit)
    if limits is not None and limits[0] <= 0 <= limits[1]:
        around = _either_way(limits, about, places)
        return (
            f"There is no clear difference in {about.of} between {names[0]} and {names[1]}: {size} "
            f"in {names[0]}, {around}."
        )
    if gap == 0:
        return f"There is no difference in {about.of} between {names[0]} and {names[1]}."
    shown = ""
    if limits is not None:
        low, high = sorted((abs(limits[0]), abs(limits[1])))
        shown = f" ({interval_of((low, high), about.confidence, places)})"
    return (
        f"In {names[0]} {about.of} is {size} than in {names[1]}{shown}: "
        f"{_judged(gap < 0, about)} for people there."
    )


def concentration_sentence(index: float, limits: Limits | None, about: Measured, name: str) -> str:
    """Say among whom something is concentrated: positive = among the less deprived."""
    places = max(2, _places_of_interval(index, limits))
    shown = f"{name} {number(index, places)}"
    if limits is not None:
        shown += f", {interval_of(limits, about.confidence, places)}"
    if index == 0 or (limits is not None and limits[0] <= 0 <= limits[1]):
        return (
            f"There is no clear sign that {about.of} is concentrated among more or less deprived "
            f"people ({shown})."
        )
    whom = "less" if index > 0 else "more"
    return (
        f"Higher values of {about.of} are concentrated among {whom} deprived people ({shown}): "
        f"{_judged(index > 0, about)} for the more deprived."
    )


def spread_sentence(
    value: float, limits: Limits | None, about: Measured, *, name: str, scale: str, unit: str
) -> str:
    """Say how unequal something is, where the statistic does not say who is worse off."""
    places = _places_of_interval(value, limits)
    shown = "" if limits is None else f" ({interval_of(limits, about.confidence, places)})"
    return f"The {name} of {about.of} is {quantity(value, unit, places)}{shown}; {scale}."


def undefined_sentence(what: str, about: Measured, why: str) -> str:
    """Say that there is no figure, and why."""
    return f"{what} {about.of} is not defined: {why}."


def place_of(level: int | None) -> str:
    """Return how a fifth, or the whole place, is called at the beginning of a sentence."""
    return "Across the place" if level is None else f"In the {_FIFTHS[level]}"


def _judged(least_deprived_higher: bool, about: Measured) -> str:
    return "worse" if least_deprived_higher == (about.higher == "better") else "better"


def _compared(signed: float, size: str, unit: str) -> str:
    more, less = ("higher", "lower")
    if unit in _SPANS:
        more, less = ("longer", "shorter")
    elif unit in _THINGS:
        more, less = ("more", "fewer")
    return f"{size} {more if signed > 0 else less}"


def _either_way(limits: Limits, about: Measured, places: int) -> str:
    """Return "95% interval from 7.6 years shorter to 0.3 years longer"."""
    unit = _difference_unit(about.unit)
    low, high = (
        _compared(limit, quantity(abs(limit), unit, places), about.unit) for limit in limits
    )
    return f"{about.confidence * 100:g}% interval from {low} to {high}"


def _difference_unit(unit: str) -> str:
    return "percentage points" if unit == "%" else unit


def _places_of_interval(value: float, limits: Limits | None) -> int:
    places = places_for(value, *(limits or ()))
    if limits is None or limits[0] <= 0 <= limits[1]:
        return places
    nearest = min(abs(limits[0]), abs(limits[1]))
    while places < 6 and round(nearest, places) == 0:
        places += 1
    return places
