"""What a plan does for whom: before and after, by fifth of deprivation and by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import gaps
from mobilise.plan.words import NO_GAP, gap_in_words

if TYPE_CHECKING:
    from mobilise.gaps import Gap
    from mobilise.plan.covers import Flags, Floats
    from mobilise.plan.plans import Plan
    from mobilise.plan.problems import Problem

FIFTHS = range(1, 6)


@dataclass(frozen=True)
class Effects:
    """Before and after.

    Parameters
    ----------
    table
        One row for the place, each fifth (``by`` = ``quintile``, ``level`` 1 = most deprived)
        and each group: people, people within the limit before and after, the shares of them
        in percent, people gained and lost, and the mean minutes to the nearest site before
        and after (walks longer than the limit count as the limit) with the person-minutes saved.
    before, after
        The slope index of the share within the limit, each with its interval; None without
        deprivation.
    areas
        One row an area: minutes before and after, reached before and after, and ``why`` it is
        still not reached.
    cost_per_person
        Cost over people newly within the limit; None where not known or nobody is.
    sentences
        The findings in words.
    """

    table: pd.DataFrame
    before: Gap | None
    after: Gap | None
    areas: pd.DataFrame
    cost_per_person: float | None
    sentences: tuple[str, ...]


def effects(problem: Problem, plan: Plan) -> Effects:
    """Return what a plan changes, for whom.

    Parameters
    ----------
    problem, plan
        The problem, and a plan made for it.

    Returns
    -------
    Effects
        People are counted, not weighted. A full count has no interval; the slope index has
        that of the scatter of areas about its line.
    """
    return changed(problem, plan.was_open, plan.is_open, plan.minutes)


def changed(problem: Problem, was_open: Flags, is_open: Flags, minutes: float) -> Effects:
    """Return what it changes when the sites open are others, for whom."""
    areas = _areas(problem, was_open, is_open, minutes)
    table = pd.DataFrame([_row(areas, by, level, of) for by, level, of in _slices(problem)])
    of = f"the share of people with a site within {minutes:g} minutes"
    slopes = [
        slope_of(problem, 100.0 * areas[when].to_numpy(float), of)
        for when in ("reached_before", "reached_after")
    ]
    new = is_open & ~was_open
    cost = problem.sites["cost"].to_numpy(float)[new]
    gained = float(table["gained"].iloc[0])
    known = bool(new.any()) and not np.isnan(cost).any() and gained > 0
    return Effects(
        table, slopes[0], slopes[1], areas,
        float(cost.sum() / gained) if known else None,
        tuple(_sentences(table, slopes[0], slopes[1], minutes)),
    )  # fmt: skip


def _areas(problem: Problem, was_open: Flags, is_open: Flags, minutes: float) -> pd.DataFrame:
    before, after = (_nearest(problem, is_so) for is_so in (was_open, is_open))
    any_site = _nearest(problem, np.ones(len(problem.sites), bool))
    table = problem.areas[["area_id", "name", "population", "quintile"]].assign(
        minutes_before=np.minimum(before, minutes), minutes_after=np.minimum(after, minutes),
        reached_before=before <= minutes, reached_after=after <= minutes,
    )  # fmt: skip
    far = ~table["reached_after"].to_numpy()
    why = np.where(
        any_site > minutes, "no site or candidate is within the limit", "only sites not chosen are"
    )
    return table.assign(why=pd.Series(why, dtype="str").where(far))


def _nearest(problem: Problem, is_open: Flags) -> Floats:
    near: Floats = np.full(len(problem.areas), np.inf)
    used = is_open[problem.site]
    np.minimum.at(near, problem.area[used], problem.minutes[used])
    return near


def _slices(problem: Problem) -> list[tuple[str, Any, Flags]]:
    slices: list[tuple[str, Any, Flags]] = [("place", None, np.ones(len(problem.areas), bool))]
    fifth = problem.quintile
    slices += [("quintile", q, fifth == q) for q in FIFTHS if (fifth == q).any()]
    for column in problem.areas:
        if str(column).startswith("group_"):
            values = problem.areas[column]
            slices += [
                (str(column), value, (values == value).to_numpy())
                for value in sorted(values.dropna().unique(), key=str)
            ]
    return slices


def _row(areas: pd.DataFrame, by: str, level: Any, of: Flags) -> dict[str, Any]:
    part = areas[of]
    people = part["population"].to_numpy(float)
    had, has = part["reached_before"].to_numpy(bool), part["reached_after"].to_numpy(bool)
    before, after = part["minutes_before"].to_numpy(float), part["minutes_after"].to_numpy(float)
    total = float(people.sum())
    share = 100 / total if total else np.nan
    return {
        "by": by, "level": None if level is None else str(level), "people": total,
        "reached_before": float(people[had].sum()), "reached_after": float(people[has].sum()),
        "share_before": float(people[had].sum() * share),
        "share_after": float(people[has].sum() * share),
        "gained": float(people[has & ~had].sum()), "lost": float(people[had & ~has].sum()),
        "minutes_before": float((people * before).sum() / total) if total else np.nan,
        "minutes_after": float((people * after).sum() / total) if total else np.nan,
        "minutes_saved": float((people * (before - after)).sum()),
    }  # fmt: skip


def slope_of(
    problem: Problem, values: Floats, of: str = "the share", unit: str = "percentage points"
) -> Gap | None:
    """Return the slope index of the areas' values; None where deprivation is not known."""
    known = ~np.isnan(problem.rank)
    if not known.any():
        return None
    return gaps.slope_index(
        values[known], deprivation=problem.rank[known], deprivation_higher="better",
        population=problem.population[known], higher="better", of=of, unit=unit,
    )  # fmt: skip


def _sentences(
    table: pd.DataFrame, before: Gap | None, after: Gap | None, minutes: float
) -> list[str]:
    place = table.iloc[0]
    whole_place = (
        f"{place['reached_after']:,.0f} of {place['people']:,.0f} people "
        f"({place['share_after']:.1f}%) have a site within {minutes:g} minutes, "
        f"{place['reached_before']:,.0f} ({place['share_before']:.1f}%) before: "
        f"{_who(place['gained'], 'gain', 's')} one and {_who(place['lost'], 'lose', 's')} theirs."
    )
    said = [whole_place]
    fifths = table[table["by"] == "quintile"].set_index("level")
    if {"1", "5"} <= set(fifths.index):
        most, least = fifths.loc["1"], fifths.loc["5"]
        said.append(
            f"In the most deprived fifth the share {_goes(most)}; in the least deprived it "
            f"{_goes(least)}."
        )
    if before is not None and after is not None and before.value is not None:
        said.append(_gap_said(before.value, float(after.value or 0.0)))
    return said


def _who(people: float, does: str, of_one: str) -> str:
    return f"{people:,.0f} {does}" if people >= 0.5 else f"nobody {does}{of_one}"


def _goes(fifth: Any) -> str:
    before, after = (f"{fifth[f'share_{when}']:.1f}%" for when in ("before", "after"))
    return f"stays at {after}" if before == after else f"goes from {before} to {after}"


def _gap_said(before: float, after: float) -> str:
    if abs(after) < NO_GAP:
        return f"After, there is {gap_in_words(after)} (slope index); before, {_was(before)}."
    change = abs(after) - abs(before)
    word = "as wide as" if abs(change) < NO_GAP else "wider than" if change > 0 else "narrower than"
    return (
        f"After, there is {gap_in_words(after)} (slope index), {word} before, when {_was(before)}."
    )


def _was(slope: float) -> str:
    return f"there was {gap_in_words(slope)}"
