"""Sessions of a mobile or outreach service: which stops, and on which weekdays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError
from mobilise.plan.plans import Plan, solve
from mobilise.plan.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mobilise.plan.covers import Floats, Integers
    from mobilise.plan.problems import Problem

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@dataclass(frozen=True)
class Sessions:
    """A week of stops.

    Parameters
    ----------
    table
        ``day, order, site_id, name, x, y``: the stops of each day.
    plan
        The plan that chose the stops, with its bound.
    sentences
        The week in words.
    """

    table: pd.DataFrame
    plan: Plan
    sentences: tuple[str, ...]


def sessions(
    problem: Problem,
    *,
    minutes: float,
    stops_per_day: int,
    days: Sequence[str] = WEEKDAYS,
    **asked: Any,
) -> Sessions:
    """Choose stops for a week, and put those near each other on one day.

    Parameters
    ----------
    problem
        Candidates are places where the service can stop; they need ``x`` and ``y``.
    minutes
        How far people walk to a stop.
    stops_per_day
        How many stops a day has.
    days
        The days, in order.
    asked
        Anything else that :func:`mobilise.plan.solve` takes: ``objective``, ``must``, ...

    Returns
    -------
    Sessions
        The stops are chosen with the plan's certificate; the days are a good split (swaps
        that shorten the distances within days), without one.

    Raises
    ------
    InputError
        As for :func:`mobilise.plan.solve`; or a candidate has no place.
    """
    if stops_per_day < 1 or not days or len(set(days)) != len(days):
        raise InputError("Give at least one stop a day, and each day once.")
    plan = solve(problem, minutes=minutes, add=stops_per_day * len(days), **asked)
    stops = plan.table
    where = stops[["x", "y"]].to_numpy(float)
    if np.isnan(where).any():
        name = stops["name"][np.isnan(where).any(axis=1)].iloc[0]
        raise InputError(f"Stop '{name}' has no x and y: days cannot be made without them.")
    day = _split(where, stops_per_day, len(days))
    table = stops.assign(day=[days[d] for d in day], number=day)
    table = table.sort_values(["number", "order"], ignore_index=True)
    table["order"] = table.groupby("number").cumcount() + 1
    said = [plan.sentence] + [
        f"{name}: {listed(list(table.loc[table['day'] == name, 'name']))}." for name in days
    ]
    return Sessions(table[["day", "order", "site_id", "name", "x", "y"]], plan, tuple(said))


def _split(where: Floats, size: int, days: int) -> Integers:
    """Return each stop's day: strips from west to east, then swaps that shorten the days."""
    apart = np.hypot(*(where[:, None] - where[None]).transpose(2, 0, 1))
    day = np.empty(len(where), np.int64)
    day[np.lexsort((where[:, 1], where[:, 0]))] = np.repeat(np.arange(days), size)
    better = True
    while better:
        better = False
        for a in range(len(where)):
            for b in range(a):
                if day[a] == day[b]:
                    continue
                with_a, with_b = day == day[a], day == day[b]
                now = apart[a, with_a].sum() + apart[b, with_b].sum()
                then = apart[a, with_b].sum() + apart[b, with_a].sum() - 2 * apart[a, b]
                if then < now - 1e-9 * max(1.0, now):
                    day[a], day[b] = day[b], day[a]
                    better = True
    return day
