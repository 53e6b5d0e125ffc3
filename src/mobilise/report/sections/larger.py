"""Larger areas: each one's mean against the place's, as a spine chart with its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.report import words
from mobilise.report.material import area_sources, records, sources_named, walk_sources
from mobilise.report.measures import outcome_name
from mobilise.report.model import Column, Figure, Heading, Prose, Table
from mobilise.report.spreads import Spine, spine_chart

if TYPE_CHECKING:
    from mobilise.report.material import Material
    from mobilise.report.model import Block

_KEY = ["of", "kind", "measure", "limit", "statistic"]
MOST_SPINES = 10  # in one chart, which must fit a page
_LEAST = 3  # larger areas: two have no spread worth drawing


@dataclass(frozen=True)
class _Outcome:
    """One outcome's larger areas, from the worst to the best, with where each stands."""

    name: str
    unit: str
    mean: float
    parts: list[Any]
    standing: list[float]


def larger_blocks(material: Material) -> list[Block]:
    """Return a heading, sentences and a spine chart for each grouping of the areas.

    Parameters
    ----------
    material
        The place; rows of ``gaps`` with a ``part`` are its larger areas' means.
    """
    rows = material.gaps[material.gaps["part"].notna() & material.gaps["value"].notna()]
    blocks: list[Block] = []
    for number, (by, part) in enumerate(rows.groupby("by", sort=True), 1):
        found = [
            _outcome(material, group)
            for _, group in part.groupby(_KEY, dropna=False, sort=True)
            if group["value"].min() < group["value"].max() and len(group) >= _LEAST
        ]
        said = words.clean(str(by))
        if found:
            head = Heading(f"larger-{number}", f"By {said}")
            shown = [found[i : i + MOST_SPINES] for i in range(0, len(found), MOST_SPINES)]
            figures = [
                _figure(material, f"spine-{number}-{k}", said, part, some)
                for k, some in enumerate(shown, 1)
            ]
            ends = _ends(f"larger-{number}-table", said, found)
            blocks += [head, Prose(_intro(found, said)), *figures, ends]
    return blocks


def _outcome(material: Material, rows: pd.DataFrame) -> _Outcome:
    first = next(iter(records(rows)))
    better = 1.0 if first.higher == "better" else -1.0
    mean = _place_mean(material, first)
    if mean is None:
        mean = float(rows["value"].mean())
    spread = float(rows["value"].std(ddof=0))
    ordered = sorted(records(rows), key=lambda row: (better * row.value, str(row.part)))
    standing = [better * (row.value - mean) / spread for row in ordered]
    unit = words.clean(first.unit)
    return _Outcome(outcome_name(material, first), unit, mean, ordered, standing)


def _place_mean(material: Material, row: Any) -> float | None:
    """Return the value of the whole place; None where no row of ``gaps`` has it."""
    gaps = material.gaps
    same = (gaps["of"] == row.of) & (gaps["statistic"] == row.statistic)
    same &= gaps["part"].isna() & gaps["level"].isna() & gaps["value"].notna()
    for column in ("kind", "measure", "limit"):
        wanted = getattr(row, column)
        same &= gaps[column].isna() if pd.isna(wanted) else gaps[column] == wanted
    return float(gaps.loc[same, "value"].iloc[0]) if same.any() else None


def _intro(found: list[_Outcome], by: str) -> str:
    first = found[0]
    worst, best = first.parts[0], first.parts[-1]
    return (
        f"Each ring is one {by}, and the upright stroke the place’s mean. To the left people are "
        f"worse off, to the right better, whichever way the figure itself runs. For example, "
        f"{first.name[:1].lower()}{first.name[1:]}: worst in {words.clean(worst.part)} "
        f"({words.in_unit(worst.value, first.unit)}), best in {words.clean(best.part)} "
        f"({words.in_unit(best.value, first.unit)}); the place: "
        f"{words.in_unit(first.mean, first.unit)}."
    )


def _figure(
    material: Material, id_: str, by: str, rows: pd.DataFrame, found: list[_Outcome]
) -> Figure:
    caption = (
        f"Each {by} against the place’s mean, in standard deviations of their means: "
        f"{found[0].name}"
        + (f" to {found[-1].name[:1].lower()}{found[-1].name[1:]}" if len(found) > 1 else "")
    )
    spines = [_spine(outcome) for outcome in found]
    alt = f"{caption}. " + "; ".join(f"{s.label}: worst {s.worst}, best {s.best}" for s in spines)
    published = any(not pd.isna(row.lower) for outcome in found for row in outcome.parts)
    spread = "Intervals are in the table." if published else "These means have no interval."
    kinds = [str(kind) for kind in rows["kind"].dropna().unique()]
    files = [file for kind in kinds for file in walk_sources(material, kind)]
    return Figure(
        id=id_,
        caption=caption,
        svg=spine_chart(spines, id_=id_, name=caption, alt=f"{alt}."),
        alt=f"{alt}.",
        reading="Rings lie where the mean over people of each larger area is; the bar runs from "
        f"the worst to the best. {spread}",
        source=sources_named(material, [*files, *area_sources(material)]),
        table=_table(id_, by, found),
    )


def _spine(outcome: _Outcome) -> Spine:
    places = [
        (f"{words.clean(row.part)}: {words.in_unit(row.value, outcome.unit)}", z)
        for row, z in zip(outcome.parts, outcome.standing, strict=True)
    ]
    worst, best = (words.clean(outcome.parts[i].part) for i in (0, -1))
    return Spine(outcome.name, tuple(places), worst, best)


def _ends(id_: str, by: str, found: list[_Outcome]) -> Table:
    """Return the worst and the best of each outcome beside the place: what the PDF prints."""
    rows = [
        (
            outcome.name,
            *(
                f"{words.clean(row.part)}, {words.in_unit(row.value, outcome.unit)}"
                for row in (outcome.parts[0], outcome.parts[-1])
            ),
            words.in_unit(outcome.mean, outcome.unit),
            words.whole(len(outcome.parts)),
        )
        for outcome in found
    ]
    heads = (
        Column("Outcome"),
        Column(f"Worst {by}"),
        Column(f"Best {by}"),
        Column("The place", numeric=True),
        Column("How many", numeric=True),
    )
    return Table(id_, f"The worst and the best {by} of each outcome", heads, tuple(rows))


def _table(id_: str, by: str, found: list[_Outcome]) -> Table:
    rows = [
        (
            outcome.name,
            words.clean(row.part),
            words.in_unit(row.value, outcome.unit),
            words.interval(row.lower, row.upper, row.confidence, outcome.unit),
            words.in_unit(outcome.mean, outcome.unit),
            f"{words.decimal(abs(z), 2)} {_side(z)}",
            words.whole(row.n),
        )
        for outcome in found
        for row, z in zip(outcome.parts, outcome.standing, strict=True)
    ]
    heads = (
        Column("Outcome"),
        Column(words.capital(by)),
        Column("Mean", numeric=True),
        Column("Interval", numeric=True),
        Column("The place", numeric=True),
        Column("Standard deviations", numeric=True),
        Column("Areas", numeric=True),
    )
    caption = f"Means by {by}, the worst for people first"
    return Table(f"{id_}-table", caption, heads, tuple(rows), short=0, folded=True)


def _side(standing: float) -> str:
    if np.isclose(standing, 0.0):
        return "alike"
    return "better" if standing > 0 else "worse"
