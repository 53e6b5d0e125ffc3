"""The report card of an area: beside the whole place, and beside areas like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.report.material import is_health
from mobilise.web.layers import DEPRIVATION
from mobilise.web.maptable import value_words

if TYPE_CHECKING:
    from mobilise.web.layers import Layer
    from mobilise.web.site import Site


@dataclass(frozen=True)
class Line:
    """One measure: here, in the place, and where deprivation is alike; all as text.

    `side` says whether people here are better or worse off than in the place, or neither.
    """

    layer: Layer
    here: str
    place: str
    alike: str
    side: str


@dataclass(frozen=True)
class Card:
    """What is known of one area.

    Parameters
    ----------
    id, name
        The area's.
    people
        Who live there.
    fifth
        Of deprivation, 1 = most deprived; None where not known.
    lines, more
        The walks and indicators; and the counts.
    missed, kinds
        How many kinds of asset are not within the shortest limit, of how many.
    """

    id: str
    name: str
    people: float
    fifth: int | None
    lines: list[Line]
    more: list[Line]
    missed: int
    kinds: int
    lat: float
    lon: float


def card_of(site: Site, row: int) -> Card:
    """Return the report card of an area.

    Parameters
    ----------
    site
        The place.
    row
        The area's row.
    """
    area = site.areas.iloc[row]
    fifth = None if pd.isna(area["deprivation_quintile"]) else int(area["deprivation_quintile"])
    layers = [layer for layer in site.layers.values() if layer.id != DEPRIVATION]
    lines = {layer.id: _line(site, layer, row, fifth) for layer in layers}
    first = [name for name, line in lines.items() if line.layer.measure in {"nearest", ""}]
    missed, kinds = _missed(site, row)
    return Card(
        str(area["area_id"]),
        str(area["label"]),
        float(area["population"]),
        fifth,
        [lines[name] for name in first],
        [line for name, line in lines.items() if name not in first],
        missed,
        kinds,
        float(area["lat"]),
        float(area["lon"]),
    )


def _line(site: Site, layer: Layer, row: int, fifth: int | None) -> Line:
    here = float(site.values(layer.id)[row])
    place, fifths = site.means[layer.id]
    alike = fifths.get(fifth, np.nan) if fifth else np.nan
    side = ""
    if np.isfinite(here) and np.isfinite(place) and abs(here - place) > 0.005 * abs(place):
        side = "more" if here > place else "less"
    return Line(layer, value_words(layer, here), _mean(layer, place), _mean(layer, alike), side)


def _mean(layer: Layer, value: float) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:,.1f}" if layer.measure == "count" else value_words(layer, value)


def _missed(site: Site, row: int) -> tuple[int, int]:
    """Return how many kinds of asset have none within the shortest limit, and how many kinds."""
    counts: dict[str, tuple[float, str]] = {}
    for layer in site.layers.values():
        if layer.measure == "count" and not is_health(layer.kind) and layer.id.count(".") == 2:
            limit = layer.limit or np.inf
            if limit < counts.get(layer.kind, (np.inf, ""))[0]:
                counts[layer.kind] = (limit, layer.id)
    missed = sum(float(site.values(name)[row]) == 0 for _, name in counts.values())
    return missed, len(counts)


def means_of(site: Site) -> dict[str, tuple[float, dict[int, float]]]:
    """Return each layer's mean, of people: in the place, and by fifth of deprivation."""
    fifth = site.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    parts = {level: fifth == level for level in range(1, 6)}
    found = {}
    for name in site.layers:
        values = site.values(name)
        known = np.isfinite(values)
        inside = {level: _weighted(values, site.people, known & at) for level, at in parts.items()}
        found[name] = (_weighted(values, site.people, known), inside)
    return found


def _weighted(values: np.ndarray, people: np.ndarray, chosen: np.ndarray) -> float:
    total = people[chosen].sum()
    return float((values[chosen] * people[chosen]).sum() / total) if total > 0 else float("nan")
