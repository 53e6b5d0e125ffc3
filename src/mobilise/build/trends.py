"""Trends: whether the gap in an indicator narrows or widens, where it has several periods."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise import gaps
from mobilise.errors import InputError

if TYPE_CHECKING:
    from mobilise.build.outcomes import Outcome
    from mobilise.build.statistics import Axis

LEAST_PERIODS = 3


def trends_of(outcomes: list[Outcome], axis: Axis) -> list[dict[str, Any]]:
    """Return a row of ``gaps`` for each indicator with three periods or more.

    The slope index of each period, and a line through them weighted by their errors; the
    tests of all indicators are adjusted together (Benjamini-Hochberg).

    Parameters
    ----------
    outcomes
        All outcomes of a place.
    axis
        What people are ranked by.
    """
    editions: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.name and np.isfinite(year_of(outcome.period)):
            editions[outcome.name, outcome.unit].append(outcome)
    names, trends, units = [], [], []
    for (name, unit), found in sorted(editions.items()):
        years = [year_of(outcome.period) for outcome in found]
        if len(set(years)) < LEAST_PERIODS or len(set(years)) < len(years):
            continue
        indices = [_slope(outcome, axis) for outcome in found]
        try:
            trend = gaps.gap_trend(indices, years, of=name[:1].lower() + name[1:])
        except InputError:  # a gap that changes sides has values but no trend
            continue
        names.append(name)
        trends.append(trend)
        units.append((unit, found[0].said.higher))
    judged = gaps.adjust_for_many(trends, [name[:1].lower() + name[1:] for name in names])
    return [
        {"of": name, "by": axis.name, "statistic": "trend", "level": None}
        | {"value": trend.slope, "se": trend.se, "lower": trend.lower, "upper": trend.upper}
        | {"confidence": trend.confidence, "n": trend.periods, "unit": f"{unit} a year"}
        | {"higher": higher, "method": trend.method, "sentence": trend.sentence}
        for name, trend, (unit, higher) in zip(names, judged, units, strict=True)
    ]


def year_of(period: str) -> float:
    """Return the middle of a period in years; NaN where it names no year.

    Examples
    --------
    >>> year_of("2016-2020"), year_of("2019/20"), year_of("spring")
    (2018.0, 2019.5, nan)
    """
    years = [int(year) for year in re.findall(r"(?:19|20)\d\d", period)]
    if not years:
        return float("nan")
    short = re.search(r"(?:19|20)\d\d\s*[-/]\s*(\d\d)(?!\d)", period)
    if short is not None:
        years.append(years[0] // 100 * 100 + int(short.group(1)))
    return (min(years) + max(years)) / 2


def _slope(outcome: Outcome, axis: Axis) -> gaps.Gap:
    people = outcome.people(axis.rank)
    return gaps.slope_index(
        **outcome.of_units(people.index),
        deprivation=people["deprivation"].to_numpy(),
        deprivation_higher=axis.higher,
        population=people["people"].to_numpy(),
        **outcome.told,
    )
