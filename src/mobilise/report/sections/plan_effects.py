"""What a plan does for whom: before and after by fifth and by group, and who loses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.gradients import LEVELS
from mobilise.report.material import records
from mobilise.report.model import Column, Figure, Table
from mobilise.report.spreads import Spread, equiplot

if TYPE_CHECKING:
    from mobilise.report.sections.plans import Scenario

MOST_GROUPS = 10


def fifths_figure(scenario: Scenario, effects: pd.DataFrame) -> Figure:
    """Return the share of people within the limit before and after, by fifth of deprivation.

    Parameters
    ----------
    scenario
        What the plan is.
    effects
        Its rows of ``plan_effects``.
    """
    named = [(_whom(row), row) for row in _place_and_fifths(effects)]
    caption = f"{scenario.name}: people within {scenario.limit} (%), before and after"
    spreads = [_spread(label, row) for label, row in named]
    alt = f"{caption}. " + "; ".join(f"{one.label}: {one.said}" for one in spreads) + "."
    id_ = f"{scenario.id}-fifths"
    svg = equiplot(
        spreads, groups=("Before", "", "After"), scale="share", id_=id_, name=caption, alt=alt
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading="A full count, so no interval. Diamond: before; square: after. In the mean walk "
        f"behind it, walks longer than {scenario.limit} count as {scenario.limit}.",
        source=scenario.source,
        table=Table(f"{id_}-table", caption, _HEADS, tuple(_row(*pair) for pair in named)),
    )


def groups_table(scenario: Scenario, effects: pd.DataFrame) -> Table:
    """Return the groups of areas that a plan changes most, at most ten.

    Parameters
    ----------
    scenario
        What the plan is.
    effects
        Its rows of ``plan_effects``, some of them by a group.
    """
    by = _named_group(effects)
    rows = effects[(effects["by"] == by) & ((effects["gained"] > 0) | (effects["lost"] > 0))]
    changed = rows["gained"] + rows["lost"]
    ordered = rows.assign(changed=changed).sort_values(
        ["changed", "level"], ascending=[False, True], kind="stable"
    )
    caption = (
        f"{scenario.name}: people within {scenario.limit}, and the mean walk, by {_said(by)}: "
        f"the largest changes first ({min(MOST_GROUPS, len(rows))} of {len(rows)} with any)"
    )
    found = tuple(_row(words.clean(row.level), row) for row in records(ordered.head(MOST_GROUPS)))
    heads = (Column(words.capital(_said(by))), *_HEADS[1:])
    return Table(f"{scenario.id}-groups", caption, heads, found)


def impact_table(scenario: Scenario, effects: pd.DataFrame) -> Table:
    """Return the equality impact table of closures: who loses, and who is hit harder.

    Parameters
    ----------
    scenario
        What the plan is.
    effects
        Its rows of ``plan_effects``.
    """
    place = _place_and_fifths(effects)[0]
    rows = _place_and_fifths(effects)
    by = _named_group(effects)
    if by:
        losing = effects[(effects["by"] == by) & (effects["lost"] > 0)]
        rows += records(losing.sort_values(["lost", "level"], ascending=[False, True]))
    caption = (
        f"Equality impact of “{scenario.name}”: people who would have none left within "
        f"{scenario.limit}, and the mean walk (walks longer than the limit count as the limit). "
        "Full counts. Hit harder: a higher share loses than in the whole place"
        + (f". Of each {_said(by)}, only those where somebody loses" if by else "")
    )
    found = tuple(_impact(row, place) for row in rows)
    heads = (
        Column("Whom"),
        Column("People", numeric=True),
        Column("Lose reach", numeric=True),
        Column("Lose reach (%)", numeric=True),
        Column("Mean walk, change (minutes)", numeric=True),
        Column("Hit harder"),
    )
    return Table(f"{scenario.id}-impact", caption, heads, found)


_HEADS = (
    Column("Whom"),
    Column("People", numeric=True),
    Column("Before (%)", numeric=True),
    Column("After (%)", numeric=True),
    Column("Gain", numeric=True),
    Column("Lose", numeric=True),
    Column("Minutes before", numeric=True),
    Column("Minutes after", numeric=True),
)


def _place_and_fifths(effects: pd.DataFrame) -> list[Any]:
    fifths = effects[effects["by"] == "quintile"]
    fifths = fifths[fifths["level"].isin([str(level) for level in LEVELS])]
    return [*records(effects[effects["by"] == "place"]), *records(fifths.sort_values("level"))]


def _whom(row: Any) -> str:
    if row.by == "place":
        return "Whole place"
    return (
        f"Fifth {words.fifth(float(row.level))}" if row.by == "quintile" else words.clean(row.level)
    )


def _spread(label: str, row: Any) -> Spread:
    if pd.isna(row.share_before) or pd.isna(row.share_after):
        return Spread(label, (None, None), "no people")
    values = float(row.share_before), float(row.share_after)
    return Spread(label, values, f"{words.decimal(values[0])}% → {words.decimal(values[1])}%")


def _row(label: str, row: Any) -> tuple[str, ...]:
    return (
        label,
        words.whole(row.people),
        words.decimal(row.share_before),
        words.decimal(row.share_after),
        words.whole(row.gained),
        words.whole(row.lost),
        words.decimal(row.minutes_before),
        words.decimal(row.minutes_after),
    )


def _impact(row: Any, place: Any) -> tuple[str, ...]:
    shares = [100 * one.lost / one.people if one.people else None for one in (row, place)]
    if shares[0] is None:
        return (_whom(row), "0", "0", "no people", "no people", "no")
    harder = row.by != "place" and shares[1] is not None and shares[0] > shares[1] + 1e-9
    extra = row.minutes_after - row.minutes_before
    return (
        _whom(row),
        words.whole(row.people),
        words.whole(row.lost),
        words.decimal(shares[0]),
        f"{'+' if round(extra, 1) > 0 else ''}{words.decimal(extra)}",
        "is the whole" if row.by == "place" else "yes" if harder else "no",
    )


def _named_group(effects: pd.DataFrame) -> str:
    """Return the first grouping that goes by names, not by codes; else the first; else ""."""
    groups = effects[effects["by"].str.startswith("group_")]
    for by, rows in groups.groupby("by", sort=True):
        if not rows["level"].astype(str).str.contains(r"\d").any():
            return str(by)
    return "" if groups.empty else str(groups["by"].min())


def _said(by: str) -> str:
    return words.clean(by.removeprefix("group_").replace("_", " "))
