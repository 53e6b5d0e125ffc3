"""Other walkers beside everyone: how many fewer (or more) people have a kind within the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.assets.phrases import phrase
from mobilise.report import words
from mobilise.report.gradients import LEVELS
from mobilise.report.material import area_sources, slug, sources_named, walk_sources
from mobilise.report.measures import whose_words
from mobilise.report.model import Column, Figure, Point, Table
from mobilise.report.spreads import Spread, equiplot, shortened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.report.material import Material


def walker_figures(material: Material, kind: str) -> tuple[list[Point], list[Figure]]:
    """Return a sentence and a figure for each walker or way of travel to a kind.

    Parameters
    ----------
    material
        The place.
    kind
        A kind, or a set of kinds, with rows in ``reach`` for other groups.
    """
    rows = material.reach[material.reach["kind"] == kind]
    points: list[Point] = []
    figures: list[Figure] = []
    for group in sorted(rows["group"].dropna().unique()):
        limit = _limit(material, kind, group)
        pair = [_within(rows, material, whose, limit) for whose in (None, group)]
        everyone, others = pair
        if everyone is None or others is None:
            continue
        shares = _shares(material, everyone, others, material.people_of(group))
        points.append(Point(_sentence(material, kind, group, limit, shares)))
        id_ = f"walker-{slug(kind)}-{len(figures) + 1}"
        figures.append(_figure(material, kind, group, limit, shares, id_))
    return points, figures


def _limit(material: Material, kind: str, group: str) -> float:
    """Return the shortest limit within which both everyone and the others were counted."""
    rows = material.reach[(material.reach["kind"] == kind) & (material.reach["measure"] == "count")]
    own = set(rows.loc[rows["group"] == group, "limit"])
    both = own & set(rows.loc[rows["group"].isna(), "limit"])
    return float(min(both or own or {material.limit_of(kind)}))


def _within(
    rows: pd.DataFrame, material: Material, group: str | None, limit: float
) -> NDArray[np.bool_] | None:
    """Return whether each area has one within the limit; None where it was not measured."""
    own = rows[rows["group"].isna() if group is None else rows["group"] == group]
    nearest = own[own["measure"] == "nearest"]
    counts = own[(own["measure"] == "count") & (own["limit"] == limit)]
    areas = material.areas["area_id"]
    if len(nearest):
        times = nearest.set_index("area_id")["value"].reindex(areas).to_numpy(dtype=float)
        return np.asarray(times <= limit)
    if len(counts):
        found = counts.set_index("area_id")["value"].reindex(areas).to_numpy(dtype=float)
        return np.asarray(found > 0)
    return None


def _shares(
    material: Material,
    everyone: NDArray[np.bool_],
    others: NDArray[np.bool_],
    people: NDArray[np.float64],
) -> pd.DataFrame:
    """Return one row a group of people: name, people, and those with one in reach, either way."""
    quintile = material.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    groups = [("Whole place", np.ones(len(people), dtype=bool))]
    groups += [(f"Fifth {words.fifth(level)}", quintile == level) for level in LEVELS]
    return pd.DataFrame(
        {
            "name": [name for name, _ in groups],
            "people": [people[mask].sum() for _, mask in groups],
            "everyone": [people[mask & everyone].sum() for _, mask in groups],
            "others": [people[mask & others].sum() for _, mask in groups],
        }
    )


def _sentence(material: Material, kind: str, group: str, limit: float, shares: pd.DataFrame) -> str:
    whole = shares.iloc[0]
    total = whole["people"] or 1.0
    change = whole["others"] - whole["everyone"]
    said = (
        f"{words.percent(whole['everyone'] / total)} of people have {phrase(kind)} within "
        f"{words.limit(limit)} as everyone walks, and {words.percent(whole['others'] / total)} as "
        f"counted for “{whose_words(material, group)}”: "
    )
    if round(change) == 0:
        return f"{said}no fewer."
    people = words.counted(abs(change), "person", "people")
    if change > 0:
        return f"{said}{people} more."
    lost = words.percent(-change / whole["everyone"])
    return f"{said}{people} fewer, {lost} of those who have one on everyone’s walk."


def _figure(
    material: Material, kind: str, group: str, limit: float, shares: pd.DataFrame, id_: str
) -> Figure:
    whose = whose_words(material, group)
    caption = (
        f"People with {phrase(kind)} within {words.limit(limit)} (%): everyone’s walk and “{whose}”"
    )
    rows = [_spread(*row) for row in shares.itertuples(index=False, name=None)]
    alt = f"{caption}. " + "; ".join(f"{row.label}: {row.said}" for row in rows) + "."
    groups = ("Everyone’s walk", "", shortened(words.capital(whose)))
    svg = equiplot(rows, groups=groups, scale="share", id_=id_, name=caption, alt=alt)
    files = [*walk_sources(material, kind), *area_sources(material)]
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading="A full count, so no interval. The line between the signs is the share lost or "
        "won. Both are shares of the same people.",
        source=sources_named(material, files),
        table=_table(id_, caption, shares),
    )


def _spread(name: str, people: float, everyone: float, others: float) -> Spread:
    if not people:
        return Spread(name, (None, None), "no people")
    values = 100 * everyone / people, 100 * others / people
    return Spread(name, values, f"{words.decimal(values[0])}% → {words.decimal(values[1])}%")


def _table(id_: str, caption: str, shares: pd.DataFrame) -> Table:
    rows = []
    for name, people, everyone, others in shares.itertuples(index=False, name=None):
        if not people:
            rows.append((name, "0", *["no people"] * 4))
            continue
        lost = 100 * (everyone - others) / people
        rows.append(
            (
                name,
                words.whole(people),
                f"{words.decimal(100 * everyone / people)}%",
                f"{words.decimal(100 * others / people)}%",
                words.decimal(lost),
                words.whole(everyone - others) if everyone >= others else "none",
            )
        )
    heads = (
        Column("Whom"),
        Column("People", numeric=True),
        Column("Everyone’s walk", numeric=True),
        Column("The other", numeric=True),
        Column("Lost, percentage points", numeric=True),
        Column("People lost", numeric=True),
    )
    return Table(f"{id_}-table", caption, heads, tuple(rows), folded=True)
