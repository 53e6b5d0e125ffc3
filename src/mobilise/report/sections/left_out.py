"""Who is left out: the gradient of each kind, and the areas where most people miss most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.assets.phrases import phrase
from mobilise.report import words
from mobilise.report.gradients import gradient_figure, not_borne_out, slope_rows
from mobilise.report.material import heading_of, records, slug, walk_sources
from mobilise.report.model import (
    Callout,
    Column,
    Heading,
    Pair,
    Point,
    Points,
    Prose,
    Section,
    Table,
)

if TYPE_CHECKING:
    from mobilise.report.material import Material
    from mobilise.report.model import Block, Figure

WORST = 10


@dataclass(frozen=True)
class Worst:
    """An area and the kinds that its people cannot reach within the limit, the furthest first."""

    area: int
    people: float
    missing: tuple[tuple[str, float], ...]


def left_out_section(material: Material) -> Section:
    """Return the section, with one pair of charts a kind."""
    blocks: list[Block] = [*_deprivation(material)]
    for kind in material.kinds_reached:
        blocks += _kind(material, kind)
    blocks += _worst(material)
    return Section("left-out", "Who is left out", tuple(blocks))


def worst_areas(material: Material, count: int = WORST) -> list[Worst]:
    """Return the worst-served areas by people affected.

    An area's score is its people times the number of kinds of asset that are further away
    than the limit (:attr:`Material.kinds_missed`); ties go to the smaller area code.

    Parameters
    ----------
    material
        The place.
    count
        At most so many; areas that miss nothing are never among them.
    """
    kinds = material.kinds_missed
    if not kinds:
        return []
    walks = np.column_stack([material.walks(kind)[0] for kind in kinds])
    limits = np.array([material.limit_of(kind) for kind in kinds])
    missed = ~(walks <= limits)
    score = missed.sum(axis=1) * material.population
    order = np.lexsort([material.areas["area_id"].to_numpy(dtype=str), -score])
    found = []
    for area in order[:count]:
        if score[area] <= 0:
            break
        missing = [(kinds[k], float(walks[area, k])) for k in np.flatnonzero(missed[area])]
        missing.sort(key=lambda pair: (not np.isnan(pair[1]), -pair[1], pair[0]))
        found.append(Worst(int(area), float(material.population[area]), tuple(missing)))
    return found


def _deprivation(material: Material) -> list[Block]:
    said = material.parameters.get("deprivation") or {}
    quintile = material.areas["deprivation_quintile"]
    if not quintile.notna().any():
        return [
            Callout(
                "The areas carry no measure of deprivation, so walks cannot be set against it.",
                "No gradient. ",
            )
        ]
    ranked = (
        f"among all {words.whole(said['areas_ranked'])} areas of the source file"
        if said.get("among") == "file" and said.get("areas_ranked")
        else "among the areas of this place"
    )
    measure = words.clean(said.get("name", "deprivation"))
    text = (
        f"Areas are put into five groups by {measure}, {ranked}: "
        "1 is the most deprived fifth, 5 the least. "
        "Each figure is for people, not areas: large areas count for more. "
        "Walks are worked out for every area, so the means have no sampling error and no interval; "
        "the interval of a gap shows how far areas lie from the line."
    )
    missing = [k for k in range(1, 6) if not (quintile == k).any()]
    blocks: list[Block] = [Prose(text)]
    if missing:
        names = words.listed([words.fifth(k) for k in missing])
        which = "group" if len(missing) == 1 else "groups"
        blocks.append(
            Callout(
                f"No area of {material.name} is in {which} {names}.", "Not all groups are here. "
            )
        )
    return blocks


def _kind(material: Material, kind: str) -> list[Block]:
    rows = material.gradients
    rows = rows[(rows["of"] == "reach") & (rows["kind"] == kind)]
    means = rows[(rows["measure"] == "nearest") & (rows["statistic"] == "mean")]
    counted = rows["measure"] == "count"
    shares = rows[counted & (rows["statistic"] == "share_reached")]
    shares = shares[shares["limit"] == shares["limit"].min()]
    slopes = slope_rows(
        rows[
            (rows["measure"] == "nearest") | (counted & (rows["limit"] == material.limit_of(kind)))
        ]
    )
    figures: list[Figure] = []
    name = phrase(kind, article=False)
    files = walk_sources(material, kind)
    if means["value"].notna().any():
        caption = f"Mean minutes on foot to the nearest {name}, by deprivation"
        figures.append(gradient_figure(material, means, f"gap-{slug(kind)}-walk", caption, files))
    if shares["value"].notna().any():
        within = words.limit(float(shares["limit"].iloc[0]))
        caption = f"People with {phrase(kind)} within {within} (%), by deprivation"
        figures.append(gradient_figure(material, shares, f"gap-{slug(kind)}-share", caption, files))
    if not figures:
        return []
    told = [said for row in records(slopes) for said in (row, *not_borne_out(row, rows))]
    sentences = tuple(Point(words.clean(row.sentence)) for row in told)
    said: list[Block] = [Points(sentences)] if sentences else []
    return [Heading(f"gap-{slug(kind)}", heading_of(kind)), *said, Pair(tuple(figures))]


def _worst(material: Material) -> list[Block]:
    worst = worst_areas(material)
    head = Heading("worst-served", "The worst-served areas")
    if not worst:
        return [head, Prose("No area misses any kind within its limit.")]
    limits = sorted({material.limit_of(kind) for kind in material.kinds_missed})
    within = words.listed([words.limit(limit) for limit in limits])
    kinds = len(material.kinds_missed)
    intro = (
        f"These {len(worst)} areas come first when the people of an area are multiplied by the "
        f"number of kinds, of {kinds}, that are more than {within} away on foot."
        if len(worst) > 1
        else f"One area has a kind more than {within} away on foot."
    )
    points = tuple(
        Point(_in_words(item, kinds), lead=f"{material.area_names[item.area]}: ") for item in worst
    )
    return [head, Prose(intro), Points(points, ordered=True), _table(material, worst)]


def _in_words(item: Worst, kinds: int) -> str:
    first, walk = item.missing[0]
    furthest = (
        f"the furthest is {phrase(first)}, {words.minutes(walk)} away"
        if not np.isnan(walk)
        else f"there is no way to {phrase(first)}"
    )
    people = words.counted(item.people, "person", "people")
    return f"{people}, {len(item.missing)} of {kinds} kinds out of reach; {furthest}."


def _table(material: Material, worst: list[Worst]) -> Table:
    rows = []
    for item in worst:
        quintile = material.areas["deprivation_quintile"].iloc[item.area]
        out = "; ".join(
            f"{phrase(kind, article=False)} {'no way' if np.isnan(walk) else words.decimal(walk)}"
            for kind, walk in item.missing
        )
        rows.append(
            (
                material.area_names[item.area],
                words.whole(item.people),
                words.MISSING if pd.isna(quintile) else words.fifth(int(quintile)),
                words.whole(len(item.missing)),
                out,
            )
        )
    heads = (
        Column("Area"),
        Column("People", numeric=True),
        Column("Deprivation fifth"),
        Column("Kinds out of reach", numeric=True),
        Column("Which, and minutes on foot"),
    )
    caption = "Worst-served areas by people affected: kinds out of reach, with minutes on foot"
    return Table("worst-table", caption, heads, tuple(rows))
