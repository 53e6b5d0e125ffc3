"""The reverse question: what closing sites does, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.plan.impact import Effects, changed
from mobilise.plan.tasks import Asked, task_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.plan.covers import Flags
    from mobilise.plan.problems import Problem


@dataclass(frozen=True)
class Closing:
    """An equality impact table, ready to paste.

    Parameters
    ----------
    table
        For the place, each fifth and each group: people, people who lose reach, the same in
        percent, the mean extra minutes of those whose nearest site closes, and whether the
        loss is higher than the place's (``hit_harder``).
    sites
        Each site to close: people nearest to it today, and people who would have none left
        within the limit if it alone closed.
    effects
        All that :func:`mobilise.plan.effects` tells.
    sentences
        The findings in words.
    """

    table: pd.DataFrame
    sites: pd.DataFrame
    effects: Effects
    sentences: tuple[str, ...]


def closing_study(problem: Problem, closing: Sequence[str], *, minutes: float) -> Closing:
    """Return what closing sites would do, to whom.

    Parameters
    ----------
    problem
        Sites open today have the status ``existing``.
    closing
        Ids of sites to close.
    minutes
        The limit of reach.

    Raises
    ------
    InputError
        A site is not there, or not open today.
    """
    task = task_of(problem, Asked(closing=tuple(closing)), minutes)
    is_open = task.today & task.fixed
    whole = changed(problem, task.today, is_open, minutes)
    table = _impact(whole)
    alone = [_alone(problem, site, task.today, minutes) for site in dict.fromkeys(closing)]
    return Closing(table, pd.DataFrame(alone), whole, tuple(_said(table, whole, minutes)))


def _impact(whole: Effects) -> pd.DataFrame:
    rows = whole.table
    share = 100 * rows["lost"] / rows["people"].where(rows["people"] > 0)
    extra = rows["minutes_after"] - rows["minutes_before"]
    return pd.DataFrame(
        {
            "by": rows["by"],
            "level": rows["level"],
            "people": rows["people"],
            "lose_reach": rows["lost"],
            "lose_reach_percent": share,
            "extra_minutes": extra,
            "hit_harder": (share > share.iloc[0] + 1e-9) & (rows["by"] != "place"),
        }
    )


def _alone(problem: Problem, site: str, today: Flags, minutes: float) -> dict[str, object]:
    row = int(np.flatnonzero(problem.sites["site_id"].to_numpy() == site)[0])
    without = today.copy()
    without[row] = False
    one = changed(problem, today, without, minutes)
    longer = one.areas["minutes_after"] > one.areas["minutes_before"]
    lost = one.areas["reached_before"] & ~one.areas["reached_after"]
    people = one.areas["population"]
    return {
        "site_id": site,
        "name": problem.sites["name"].iloc[row],
        "nearest_to": float(people[longer | lost].sum()),
        "lose_reach": float(people[lost].sum()),
    }


def _said(table: pd.DataFrame, whole: Effects, minutes: float) -> list[str]:
    place = table.iloc[0]
    whole_place = (
        f"{place['lose_reach']:,.0f} of {place['people']:,.0f} people "
        f"({place['lose_reach_percent']:.1f}%) would have no site left within {minutes:g} minutes."
    )
    said = [whole_place]
    fifths = table[table["by"] == "quintile"].set_index("level")
    if {"1", "5"} <= set(fifths.index):
        loses = fifths["lose_reach_percent"].to_dict()
        most, least = float(loses["1"]), float(loses["5"])
        if abs(most - least) < 0.05:
            said.append("The most and the least deprived fifth lose alike.")
        else:
            who = ("most", "least") if most > least else ("least", "most")
            high, low = max(most, least), min(most, least)
            said.append(
                f"The {who[0]} deprived fifth loses more: {high:.1f}% of its people, against "
                f"{low:.1f}% in the {who[1]} deprived."
            )
    return [*said, *whole.sentences[2:]]
