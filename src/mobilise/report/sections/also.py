"""Also measured: other walkers, ways of travel and people, and other measures of reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.report import words
from mobilise.report.gradients import LEVELS, slope_rows
from mobilise.report.material import heading_of, in_order, records, slug
from mobilise.report.measures import CATCHMENTS, measure_name, unit_words, whose_words
from mobilise.report.model import Column, Heading, Point, Points, Prose, Section, Table
from mobilise.report.sections.capacity import capacity_figure
from mobilise.report.sections.walkers import walker_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.material import Material
    from mobilise.report.model import Block

_ORDER = ("nearest", "nearest2", "nearest3", "count", "choice", "gravity", *CATCHMENTS)
_SHOWN = ("nearest", "count")  # by other sections, for everyone


def also_sections(material: Material) -> Iterator[Section]:
    """Yield the section, if anything was measured beyond everyone's walk to the nearest.

    For each kind: other walkers beside everyone, a map of the best measure of capacity, and
    a table of all by fifth of deprivation.
    """
    reach = material.reach
    further = reach[reach["group"].notna() | ~reach["measure"].isin(_SHOWN)]
    if further.empty:
        return
    blocks: list[Block] = [Prose(_INTRO)]
    for kind in in_order(further["kind"].unique()):
        blocks += _kind(material, kind, further[further["kind"] == kind])
    yield Section("also", "Also measured", tuple(blocks))


_INTRO = (
    "The recipe of this place asks for more than everyone’s walk to the nearest: for other people "
    "or ways of travel, or for measures in which it counts how much there is and how many share it."
)


def _kind(material: Material, kind: str, rows: pd.DataFrame) -> list[Block]:
    blocks: list[Block] = [Heading(f"also-{slug(kind)}", heading_of(kind))]
    sentences, figures = walker_figures(material, kind)
    gaps = material.gradients[material.gradients["kind"] == kind]
    slopes = slope_rows(gaps[~gaps["measure"].isin(_SHOWN)])
    sentences += [Point(words.clean(row.sentence)) for row in records(slopes)]
    if sentences:
        blocks.append(Points(tuple(sentences)))
    blocks += figures
    everyone = rows[rows["group"].isna()]
    catchment = next((m for m in CATCHMENTS if (everyone["measure"] == m).any()), None)
    if catchment:
        chosen = everyone[everyone["measure"] == catchment]
        chosen = chosen[chosen["limit"] == chosen["limit"].min()]
        said, figure = capacity_figure(material, kind, chosen)
        blocks += [Prose(said), figure]
    return [*blocks, _table(material, kind, rows)]


def _table(material: Material, kind: str, rows: pd.DataFrame) -> Table:
    """Return the means of every further measure, over the place and by fifth."""
    found = []
    key: Any
    groups = rows.groupby(["group", "measure", "limit"], dropna=False, sort=True)
    for key, part in sorted(groups, key=_order):
        group, measure, limit = key[0], str(key[1]), float(key[2])
        whose = "" if pd.isna(group) else whose_words(material, str(group))
        name = measure_name(kind, measure, limit, whose)
        unit = unit_words(material, kind, str(part["unit"].iloc[0]))
        found.append((name, unit, *_means(material, part, group)))
    fifths = [Column(words.fifth(level), numeric=True) for level in LEVELS]
    heads = (
        Column("Measure"),
        Column("Unit"),
        Column("Whole place", numeric=True),
        *fifths,
    )
    caption = (
        f"{heading_of(kind)}: means over people, in the whole place and by fifth of deprivation. "
        "Full counts, so no intervals; areas without any way are left out of means of minutes"
    )
    return Table(f"also-{slug(kind)}-table", caption, heads, tuple(found))


def _order(keyed: tuple[Any, pd.DataFrame]) -> tuple[str, int, float]:
    """Everyone first; walks before counts before what is shared out."""
    group, measure, limit = keyed[0]
    whose = "" if pd.isna(group) else str(group)
    return whose, _ORDER.index(measure), 0.0 if pd.isna(limit) else limit


def _means(material: Material, part: pd.DataFrame, group: Any) -> list[str]:
    """Return the mean over the people whom a measure is about: whole place, then each fifth."""
    values = part.set_index("area_id")["value"].reindex(material.areas["area_id"]).to_numpy()
    people = material.people_of(None if pd.isna(group) else str(group))
    quintile = material.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    masks = [np.ones(len(values), dtype=bool), *(quintile == level for level in LEVELS)]
    said = []
    for mask in masks:
        known = mask & np.isfinite(values) & (people > 0)
        if not known.any():
            said.append("none")
            continue
        mean = float(np.average(values[known], weights=people[known]))
        said.append(words.decimal(mean, words.places_for(mean)))
    return said
