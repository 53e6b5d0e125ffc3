"""Who can reach it: a map of walking minutes for each kind, with the table behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.assets.phrases import phrase, plural_phrase
from mobilise.report import words
from mobilise.report.classes import class_breaks, class_labels, class_of
from mobilise.report.maps import class_keys, class_map
from mobilise.report.material import area_sources, heading_of, slug, sources_named, walk_sources
from mobilise.report.model import Callout, Column, Figure, Heading, Prose, Section, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.report.material import Material
    from mobilise.report.model import Block

MOST_ROWS = 1_000  # of a table behind a map; beyond, the longest walks are listed
LISTED = 100
SHORT = 3  # rows in the PDF


def reached_section(material: Material) -> Section:
    """Return the section, one map a kind."""
    blocks: list[Block] = [_ruler(material)]
    if not material.kinds_reached:
        blocks.append(Prose("No walk to any kind was measured."))
    for kind in material.kinds_reached:
        blocks += _kind(material, kind)
    return Section("reach", "Who can reach it", tuple(blocks))


def _ruler(material: Material) -> Block:
    speed = material.parameters.get("speed_kmh", 4.8)
    pace = f"at {speed:g} km an hour"
    if material.on_streets:
        return Prose(
            f"Minutes are walks along streets and paths {pace}, from where the people of an area "
            "live on average to the nearest way in. Not everybody walks at this pace."
        )
    detour = material.parameters.get("detour") or 1.3
    return Callout(
        f"There is no street network in this place’s recipe, so each distance is a straight line "
        f"made {detour:g} times as long, walked {pace}. Rivers, railways and motorways are not "
        "seen: the true walk may be much longer. Use these minutes to compare areas, not to plan a "
        "journey.",
        "These are not street routes. ",
    )


def _kind(material: Material, kind: str) -> list[Block]:
    walks, edge = material.walks(kind)
    head = Heading(f"reach-{slug(kind)}", heading_of(kind))
    if not np.isfinite(walks).any():
        return [head, Prose(f"No area has any way to {plural_phrase(kind)}.")]
    return [
        head,
        Prose(_sentence(material, kind, walks, edge)),
        _map(material, kind, walks, edge),
    ]


def _sentence(
    material: Material, kind: str, walks: NDArray[np.float64], edge: NDArray[np.bool_]
) -> str:
    known = np.isfinite(walks) & (material.population > 0)
    people = material.population[known]
    within = material.limit_of(kind)
    share = material.population[walks <= within].sum() / (material.people or 1.0)
    longest = int(np.nanargmax(walks))
    said = (
        f"Half of all people live within {words.minutes(_median(walks[known], people))} of the "
        f"nearest {phrase(kind, article=False)}, and {words.percent(share)} within "
        f"{words.limit(within)}. The longest walk is {words.minutes(walks[longest])}, "
        f"from {material.area_names[longest]}."
    )
    lost = int((~np.isfinite(walks)).sum())
    if lost:
        said += f" {words.counted(lost, 'area has', 'areas have')} no way to any."
    if edge.any():
        said += (
            f" In {words.counted(int(edge.sum()), 'area', 'areas')} (hatched) the edge of the data "
            "is nearer than the nearest one, so the walk may look longer than it is."
        )
    return said


def _median(values: NDArray[np.float64], people: NDArray[np.float64]) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(people[order]) >= people.sum() / 2
    return float(values[order][int(reached.argmax())])


def _map(
    material: Material, kind: str, walks: NDArray[np.float64], edge: NDArray[np.bool_]
) -> Figure:
    breaks = class_breaks(walks)
    classes = class_of(walks, breaks)
    labels = [
        counted_class(material, classes, i, said) for i, said in enumerate(class_labels(breaks))
    ]
    caption = f"Minutes on foot to the nearest {phrase(kind, article=False)}"
    alt = (
        f"{caption}, on a map of {words.counted(len(walks), 'area', 'areas')}. "
        + ". ".join(labels)
        + "."
    )
    hover = [
        f"{name}: {words.minutes(walk) if np.isfinite(walk) else 'no way to any'}"
        for name, walk in zip(material.area_names, walks, strict=True)
    ]
    assets = material.of_kind(kind)
    svg = class_map(
        material.ground,
        classes,
        hover,
        assets.geometry.to_numpy(),
        hatched=edge,
        id_=f"map-{slug(kind)}",
        name=caption,
        alt=alt,
    )
    files = sources_named(material, [*walk_sources(material, kind), *area_sources(material)])
    way = "street network" if material.on_streets else "straight line with a detour factor"
    return Figure(
        id=f"map-{slug(kind)}",
        caption=caption,
        svg=svg,
        alt=alt,
        reading=f"Minutes by {way}; a full count, so no interval.",
        source=files,
        table=_table(material, kind, walks, edge),
        legend_title="Minutes on foot (areas, people)",
        legend=class_keys(
            labels,
            missing=bool((classes < 0).any()),
            hatched=bool(edge.any()),
            assets=heading_of(kind),
        ),
    )


def counted_class(material: Material, classes: NDArray[np.int64], level: int, said: str) -> str:
    """Return a class of a map in words, with the areas and people in it."""
    chosen = classes == level
    areas = words.counted(int(chosen.sum()), "area", "areas")
    return f"{said} ({areas}, {words.whole(float(material.population[chosen].sum()))} people)"


def _table(
    material: Material, kind: str, walks: NDArray[np.float64], edge: NDArray[np.bool_]
) -> Table:
    codes = material.areas["area_id"].to_numpy(dtype=str)
    order = np.lexsort([codes, -np.nan_to_num(walks, nan=np.inf)])
    caption = (
        f"Minutes on foot to the nearest {phrase(kind, article=False)}, the longest walk first"
    )
    if len(order) > MOST_ROWS:
        order = order[:LISTED]
        caption += f" (the {LISTED} longest; all are in the table reach)"
    quintile = material.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    rows = tuple(
        (
            material.area_names[i],
            "no way" if np.isnan(walks[i]) else words.decimal(walks[i]),
            words.whole(material.population[i]),
            words.MISSING if pd.isna(quintile[i]) else words.fifth(quintile[i]),
            "yes" if edge[i] else "no",
        )
        for i in order
    )
    heads = (
        Column("Area"),
        Column("Minutes", numeric=True),
        Column("People", numeric=True),
        Column("Deprivation fifth"),
        Column("Edge of the data"),
    )
    return Table(f"map-{slug(kind)}-table", caption, heads, rows, short=SHORT, folded=True)
