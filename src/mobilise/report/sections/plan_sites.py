"""The sites of a plan: a map of the areas that it reaches, and a table of what each site adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.report import words
from mobilise.report.material import heading_of, records
from mobilise.report.model import Column, Figure, Table
from mobilise.report.planmaps import plan_keys, plan_map
from mobilise.report.sections.reached import LISTED, MOST_ROWS, counted_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.report.material import Material
    from mobilise.report.sections.plans import Scenario

_FAR, _BOTH, _NEW, _LOST = range(4)
_CHANGES = ("no", "yes", "newly", "no longer")
_SHORT = 3


def reach_map(material: Material, scenario: Scenario) -> Figure:
    """Return the map of which areas a plan brings within the limit, and of its sites.

    Parameters
    ----------
    material
        The place.
    scenario
        With rows in ``plan_areas``.
    """
    areas = _in_place_order(material, scenario.tables["plan_areas"])
    classes = change_classes(material, scenario.tables["plan_areas"])
    said = change_words(scenario.limit)
    labels = [counted_class(material, classes, i, label) for i, label in enumerate(said)]
    drawn = [label if i <= _BOTH or (classes == i).any() else "" for i, label in enumerate(labels)]
    opened, closed = (_placed(scenario, change) for change in ("open", "close"))
    caption = f"{scenario.name}: who is within {scenario.limit} of {_what(scenario)}, area by area"
    alt = f"{caption}. {'. '.join(label for label in drawn if label)}.{_listed(opened, closed)}"
    id_ = f"{scenario.id}-map"
    in_table = f"{caption}: minutes before and after, and fifth (1 = most deprived); changes first"
    hover = [
        f"{name}: {said[level][:1].lower()}{said[level][1:]}"
        for name, level in zip(material.area_names, classes.tolist(), strict=True)
    ]
    svg = plan_map(
        material.ground,
        classes,
        hover,
        material.of_kind(scenario.kind).geometry.to_numpy(),
        opened=opened,
        closed=closed,
        id_=id_,
        name=caption,
        alt=alt,
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading="A full count, so no interval: an area counts as a whole, by the walk from where "
        "its people live on average.",
        source=scenario.source,
        table=_areas_table(material, f"{id_}-table", in_table, areas, classes),
        legend_title="Areas (areas, people)",
        legend=plan_keys(
            drawn,
            assets=f"{heading_of(scenario.kind)} today",
            opens=bool(opened),
            closes=bool(closed),
        ),
    )


def change_classes(material: Material, areas: pd.DataFrame) -> NDArray[np.int64]:
    """Return what a plan changes for each area of the place.

    Parameters
    ----------
    material
        The place.
    areas
        The rows of ``plan_areas`` of one scenario.

    Returns
    -------
    ndarray
        One an area: 0 not reached, 1 reached before and after, 2 newly reached, 3 lost.
    """
    rows = _in_place_order(material, areas)
    before, after = (
        rows[column].fillna(value=False).to_numpy(dtype=bool)
        for column in ("reached_before", "reached_after")
    )
    changes = [before & after, ~before & after, before & ~after]
    return np.select(changes, [_BOTH, _NEW, _LOST], _FAR).astype(np.int64)


def change_words(limit: str) -> list[str]:
    """Return what each class of :func:`change_classes` means.

    Parameters
    ----------
    limit
        In words, as :func:`mobilise.report.words.limit` says it.
    """
    return [
        f"Not within {limit}",
        f"Within {limit} before and after",
        f"Newly within {limit}",
        f"No longer within {limit}",
    ]


def sites_table(scenario: Scenario) -> Table:
    """Return the sites that open, those that help most first, then those that close.

    Parameters
    ----------
    scenario
        With rows in ``plan``.
    """
    sites = scenario.tables["plan"]
    if not (sites["change"] == "open").any():
        return _closing_table(scenario)
    by_minutes = str(sites["unit"].iloc[0]).startswith("minutes")
    unit = "minutes of the mean walk" if by_minutes else f"people within {scenario.limit}"
    rows = []
    for row in records(_in_order(sites, "open")):
        size = 2 if by_minutes else 0
        gain, total = (words.decimal(value, size) for value in (row.gain, row.total))
        rows.append((str(row.order), row.shown, row.stands, "opens", gain, total, unit))
    for row in records(_in_order(sites, "close")):
        rows.append(("×", row.shown, "none", "closes", "none", "none", "none"))  # noqa: PERF401
    heads = (
        Column("Number"),
        Column("Site"),
        Column("In"),
        Column("Change"),
        Column("Saves" if by_minutes else "Adds", numeric=True),
        Column("Total so far", numeric=True),
        Column("Unit"),
    )
    caption = (
        f"{scenario.name}: its sites, those that help most first. What each adds to those before"
    )
    return Table(f"{scenario.id}-sites", caption, heads, tuple(rows))


def _closing_table(scenario: Scenario) -> Table:
    """Return the sites that close, and what each closure would do alone."""
    alone = {row.site_id: row for row in records(scenario.tables["plan_closing"])}
    rows = []
    for row in records(_in_order(scenario.tables["plan"], "close")):
        known = alone.get(row.site_id)
        counts = (known.nearest_to, known.lose_reach) if known else (None, None)
        shown = (words.MISSING if count is None else words.whole(count) for count in counts)
        rows.append((row.shown, "closes", *shown))
    heads = (
        Column("Site"),
        Column("Change"),
        Column("People nearest to it", numeric=True),
        Column("Lose reach if it alone closes", numeric=True),
    )
    caption = f"{scenario.name}: the sites that close"
    return Table(f"{scenario.id}-sites", caption, heads, tuple(rows))


def _in_place_order(material: Material, areas: pd.DataFrame) -> pd.DataFrame:
    return areas.set_index("area_id").reindex(material.areas["area_id"])


def _what(scenario: Scenario) -> str:
    return words.amid(heading_of(scenario.kind))


def _in_order(sites: pd.DataFrame, change: str) -> pd.DataFrame:
    return sites[sites["change"] == change].sort_values(["order", "site_id"], kind="stable")


def _placed(scenario: Scenario, change: str) -> list[tuple[str, float, float]]:
    """Return the sites with a place, as names and coordinates; unplaced ones only end the list."""
    rows = _in_order(scenario.tables["plan"], change)
    return [
        (row.shown, float(row.x), float(row.y))
        for row in records(rows)
        if not (pd.isna(row.x) or pd.isna(row.y))
    ]


def _listed(opened: list[tuple[str, float, float]], closed: list[tuple[str, float, float]]) -> str:
    said = ""
    if opened:
        named = [f"{order} {name}" for order, (name, _, _) in enumerate(opened, 1)]
        said += f" New sites: {', '.join(named)}."
    if closed:
        said += f" Closing: {', '.join(name for name, _, _ in closed)}."
    return said


def _areas_table(
    material: Material,
    id_: str,
    caption: str,
    areas: pd.DataFrame,
    classes: NDArray[np.int64],
) -> Table:
    """Return the areas that change first, then those not reached, then all others."""
    rank = np.array([2, 3, 1, 0])[classes]
    codes = material.areas["area_id"].to_numpy(dtype=str)
    order = np.lexsort([codes, rank])
    if len(order) > MOST_ROWS:
        order = order[:LISTED]
        caption += f" (the first {LISTED}; all are in the table plan_areas)"
    quintile = material.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    rows = tuple(
        (
            material.area_names[i],
            f"{_CHANGES[classes[i]]}{'' if classes[i] else _why(areas['why'].iloc[i])}",
            _walk(areas["minutes_before"].iloc[i], areas["reached_before"].iloc[i]),
            _walk(areas["minutes_after"].iloc[i], areas["reached_after"].iloc[i]),
            words.whole(material.population[i]),
            words.MISSING if np.isnan(quintile[i]) else f"{quintile[i]:.0f}",
        )
        for i in order
    )
    heads = (
        Column("Area"),
        Column("Within"),
        Column("Before", numeric=True),
        Column("After", numeric=True),
        Column("People", numeric=True),
        Column("Fifth", numeric=True),
    )
    return Table(id_, caption, heads, rows, short=_SHORT, folded=True)


def _why(value: Any) -> str:
    return "" if pd.isna(value) else f": {words.clean(value)}"


def _walk(value: Any, reached: Any) -> str:
    if pd.isna(value):
        return words.MISSING
    return words.decimal(float(value)) if reached else f"over {float(value):g}"
