"""What else could be chosen: the frontier from most people to fairest, and the safe bets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.report import words
from mobilise.report.material import records
from mobilise.report.model import Column, Figure, Table
from mobilise.report.plancharts import Chosen, Trade, chosen_chart, frontier_chart

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.sections.plans import Scenario

SAFE, SELDOM = 0.8, 0.2  # as the sentences of the step plan have it
MOST_BARS = 12  # of sites that the plan does not have and those it has, unless it has more
_LEVEL = 0.05  # percentage points: below, a slope is none to a tenth


def frontier_figure(scenario: Scenario, rows: pd.DataFrame) -> Figure:
    """Return people within the limit against inequality, each point a plan.

    Parameters
    ----------
    scenario
        What was asked.
    rows
        Its rows of ``plan_frontier``.
    """
    ordered = records(rows.sort_values("point"))
    caption = (
        f"{scenario.name}: what fairness costs. People within {scenario.limit} against inequality "
        "(slope index of the share, without its sign, in percentage points)"
    )
    trades = [_trade(row) for row in ordered]
    alt = f"{caption}. " + " ".join(trade.said for trade in trades)
    id_ = f"{scenario.id}-frontier"
    found = tuple(_frontier_row(row, _is_this(scenario, row)) for row in ordered)
    heads = (
        Column("Plan"),
        Column("People", numeric=True),
        Column("Share (%)", numeric=True),
        Column("Slope (points)", numeric=True),
        Column("At most (people)", numeric=True),
        Column("New sites", wide=True),
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=frontier_chart(trades, id_=id_, name=caption, alt=alt),
        alt=alt,
        reading="Each point is a plan: from most people (1) to the fairest found. No plan here is "
        "for fewer people and less fair than another. The line only leads the eye: between the "
        "points there need be no plan. People are a full count. "
        "“At most”: no plan as fair reaches more, which is proven. "
        "The axis of people need not start at zero.",
        source=scenario.source,
        table=Table(f"{id_}-table", caption, heads, found, folded=True),
    )


def robustness_figure(scenario: Scenario, rows: pd.DataFrame) -> Figure:
    """Return how often each site is chosen when people, speed and limit vary.

    Parameters
    ----------
    scenario
        What was asked.
    rows
        Its rows of ``plan_robustness``.
    """
    ordered = rows.sort_values(
        ["in_plan", "chosen", "site_id"], ascending=[False, False, True], kind="stable"
    )
    of_plan = int(ordered["in_plan"].sum())
    shown = ordered.head(max(of_plan, min(MOST_BARS, of_plan + MOST_BARS // 2)))
    caption = (
        f"{scenario.name}: how often each site is chosen (% of draws) when people, walking speed, "
        "limit and weights vary"
    )
    bars = [_bar(row) for row in records(shown)]
    alt = f"{caption}. " + "; ".join(f"{bar.label}: {bar.said}" for bar in bars) + "."
    id_ = f"{scenario.id}-robustness"
    heads = (
        Column("Site"),
        Column("Chosen (% of draws)", numeric=True),
        Column("In the plan"),
        Column("In words"),
    )
    found = tuple(
        (
            row.shown,
            words.decimal(100 * row.chosen, 0),
            "yes" if row.in_plan else "no",
            _verdict(float(row.chosen)),
        )
        for row in records(ordered)
    )
    left = len(ordered) - len(shown)
    beyond = f" {left} more sites are in the table." if left > 1 else ""
    return Figure(
        id=id_,
        caption=caption,
        svg=chosen_chart(bars, id_=id_, name=caption, alt=alt),
        alt=alt,
        reading=f"Chosen in at least {SAFE:.0%} of the draws: a safe bet. In fewer than "
        f"{SELDOM:.0%}: look at the alternatives. A share of draws, which has no interval.{beyond}",
        source=scenario.source,
        table=Table(f"{id_}-table", caption, heads, found, short=MOST_BARS, folded=True),
    )


def as_fair_for_more(scenario: Scenario, rows: pd.DataFrame) -> str:
    """Return a sentence on a plan that is as fair and reaches more people; "" if there is none.

    A plan with the least inequality to the last digit may pass many people by.

    Parameters
    ----------
    scenario
        What was asked.
    rows
        Its rows of ``plan_frontier``.
    """
    effects, slope = scenario.tables["plan_effects"], scenario.said.get("slope_after")
    reached = effects.loc[effects["by"] == "place", "reached_after"]
    if reached.empty or not slope or slope.get("value") is None:
        return ""
    fair = rows[rows["slope"].abs() <= abs(float(slope["value"])) + _LEVEL]
    more = fair["people"].max() - float(reached.iloc[0]) if len(fair) else 0.0
    if more < 1:
        return ""
    best = fair.sort_values(["people", "point"], ascending=[False, True]).iloc[0]
    return (
        f"Plan {best['point']} below is as fair as this plan, to {_LEVEL:g} percentage points, "
        f"and reaches {words.counted(round(more), 'person', 'people')} more."
    )


def _trade(row: Any) -> Trade:
    said = (
        f"Plan {row.point}: {words.whole(row.people)} people ({words.decimal(row.share)}%), "
        f"{_gap(float(row.slope))}."
    )
    return Trade(int(row.point), float(row.people), abs(float(row.slope)), said)


def _gap(slope: float) -> str:
    if abs(slope) < _LEVEL:
        return "no gap along deprivation"
    whom = "most" if slope > 0 else "least"
    return f"a gap of {words.decimal(abs(slope))} percentage points against the {whom} deprived"


def _is_this(scenario: Scenario, row: Any) -> bool:
    """Return whether a point is the scenario's own plan: the same people by the same sites."""
    sites = scenario.tables["plan"]
    effects = scenario.tables["plan_effects"]
    reached = effects.loc[effects["by"] == "place", "reached_after"]
    names = "; ".join(sorted(sites.loc[sites["change"] == "open", "name"]))
    return bool(names == row.sites and (abs(reached - row.people) < 0.5).any())


def _frontier_row(row: Any, this: bool) -> tuple[str, ...]:
    return (
        f"{row.point} (this plan)" if this else str(row.point),
        words.whole(row.people),
        words.decimal(row.share),
        words.decimal(row.slope),
        words.whole(row.bound),
        words.clean(row.sites) or "none",
    )


def _bar(row: Any) -> Chosen:
    percent = 100 * float(row.chosen)
    return Chosen(row.shown, percent, bool(row.in_plan), f"{words.decimal(percent, 0)}%")


def _verdict(chosen: float) -> str:
    if chosen >= SAFE:
        return "safe bet"
    return "seldom chosen" if chosen < SELDOM else "depends on the numbers"
