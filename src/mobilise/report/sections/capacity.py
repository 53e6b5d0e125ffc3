"""Capacity shared out: a map of a catchment measure in five classes, with its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.report import words
from mobilise.report.classes import breaks_above_none, class_labels, class_of
from mobilise.report.maps import class_keys, class_map
from mobilise.report.material import area_sources, heading_of, slug, sources_named, walk_sources
from mobilise.report.measures import measure_name, unit_words, what_it_means
from mobilise.report.model import Column, Figure, Table
from mobilise.report.sections.reached import LISTED, MOST_ROWS, SHORT, counted_class

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from mobilise.report.material import Material


def capacity_figure(material: Material, kind: str, rows: pd.DataFrame) -> tuple[str, Figure]:
    """Return a sentence on a catchment measure, and its map.

    Parameters
    ----------
    material
        The place.
    kind
        A kind, or a set of kinds.
    rows
        Of ``reach``: one measure of that kind within one limit, for everyone.
    """
    by_area = rows.set_index("area_id").reindex(material.areas["area_id"])
    values = by_area["value"].to_numpy(dtype=float)
    edge = by_area["edge"].fillna(value=False).to_numpy(dtype=bool)
    measure, limit = str(rows["measure"].iloc[0]), float(rows["limit"].iloc[0])
    unit = unit_words(material, kind, str(rows["unit"].iloc[0]))
    caption = f"{measure_name(kind, measure, limit)}, in {unit}"
    said = f"{what_it_means(kind, measure, unit)} {_spread(material, values, unit)}"
    figure = _map(material, kind, caption, unit, values, edge)
    return said, figure


def _spread(material: Material, values: NDArray[np.float64], unit: str) -> str:
    known = np.isfinite(values)
    if not known.any() or not material.people:
        return "No value is known."
    none = material.population[known & (values == 0)].sum() / material.people
    mean = float(np.average(values[known], weights=material.population[known]))
    best = int(np.nanargmax(values))
    return (
        f"On average over people it is {words.in_unit(mean, unit)}; {words.percent(none)} of "
        f"people have none within reach. The most is {words.in_unit(values[best], unit)}, in "
        f"{material.area_names[best]}."
    )


def _map(
    material: Material,
    kind: str,
    caption: str,
    unit: str,
    values: NDArray[np.float64],
    edge: NDArray[np.bool_],
) -> Figure:
    breaks = breaks_above_none(values)
    classes = class_of(values, breaks)
    named = class_labels(breaks, "" if breaks else unit)
    labels = [counted_class(material, classes, i, s.strip()) for i, s in enumerate(named)]
    alt = (
        f"{caption}, on a map of {words.counted(len(values), 'area', 'areas')}. "
        + ". ".join(labels)
        + "."
    )
    names = zip(material.area_names, values, strict=True)
    id_ = f"capacity-{slug(kind)}"
    svg = class_map(
        material.ground,
        classes,
        [f"{name}: {words.in_unit(value, unit)}" for name, value in names],
        material.of_kind(kind).geometry.to_numpy(),
        hatched=edge,
        id_=id_,
        name=caption,
        alt=alt,
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading="Dark means more. A full count, so no interval. People beyond the border are not "
        "among those who share, so near it the figures are too high.",
        source=sources_named(material, [*walk_sources(material, kind), *area_sources(material)]),
        table=_table(material, id_, caption, values),
        legend_title=f"{words.capital(unit)} (areas, people)",
        legend=class_keys(
            labels,
            missing=bool((classes < 0).any()),
            hatched=bool(edge.any()),
            assets=heading_of(kind),
        ),
    )


def _table(material: Material, id_: str, caption: str, values: NDArray[np.float64]) -> Table:
    codes = material.areas["area_id"].to_numpy(dtype=str)
    order = np.lexsort([codes, np.nan_to_num(values, nan=-np.inf)])
    said = f"{caption}, the least first"
    if len(order) > MOST_ROWS:
        order = order[:LISTED]
        said += f" (the {LISTED} least; all are in the table reach)"
    quintile = material.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    rows = tuple(
        (
            material.area_names[i],
            words.decimal(values[i], words.places_for(values[i])),
            words.whole(material.population[i]),
            words.MISSING if np.isnan(quintile[i]) else words.fifth(quintile[i]),
        )
        for i in order
    )
    heads = (
        Column("Area"),
        Column("Value", numeric=True),
        Column("People", numeric=True),
        Column("Deprivation fifth"),
    )
    return Table(f"{id_}-table", said, heads, rows, short=SHORT, folded=True)
