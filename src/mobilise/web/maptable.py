"""The map's table: the same figures, searched, sorted and paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from mobilise.report.words import MISSING, fifth, in_unit, whole

if TYPE_CHECKING:
    from mobilise.web.layers import Layer
    from mobilise.web.site import Site

ROWS = 25
COLUMNS = {"name": "Area", "value": "Value", "people": "People", "fifth": "Fifth of deprivation"}


class Ask(BaseModel):
    """What the address of the map says: everything that is shown can be sent on as a link."""

    model_config = ConfigDict(extra="ignore")

    layer: str = ""
    against: bool = False
    assets: str | None = None
    entrances: bool = False
    q: str = Field("", max_length=100)
    sort: Literal["name", "value", "people", "fifth"] = "value"
    down: bool = True
    page: int = Field(1, ge=1, le=100_000)

    def link(self, **changes: Any) -> str:
        """Return the query of the same view with some of it changed."""
        values = {**self.model_dump(exclude_defaults=True), **changes}
        kept = {k: v for k, v in values.items() if v != type(self).model_fields[k].default}
        return "?" + urlencode(
            {k: str(v).lower() if v is True or v is False else v for k, v in kept.items()}
        )


@dataclass(frozen=True)
class Rows:
    """One page of the table.

    Parameters
    ----------
    cells
        Area id, name, value, people, fifth, each as text.
    page, pages, found
        Which page, of how many; how many areas in all.
    """

    cells: list[tuple[str, str, str, str, str]]
    page: int
    pages: int
    found: int


def rows_of(site: Site, layer: Layer, ask: Ask) -> Rows:
    """Return the rows that were asked for; areas without a value come last.

    Parameters
    ----------
    site
        The place.
    layer
        Its values are the table's.
    ask
        Search, order and page.
    """
    values = site.values(layer.id)
    order = _order(site, values, ask)
    if ask.q.strip():
        wanted = ask.q.strip().lower()
        hit = site.lowered.str.contains(wanted, regex=False).to_numpy(dtype=bool)
        order = order[hit[order]]
    pages = max(1, -(-len(order) // ROWS))
    at = min(ask.page, pages)
    part = order[(at - 1) * ROWS : at * ROWS]
    chosen = site.areas.iloc[part]
    cells = [
        (
            str(row.area_id),
            str(row.label),
            value_words(layer, float(values[i])),
            whole(row.population),
            MISSING if pd.isna(row.deprivation_quintile) else fifth(row.deprivation_quintile),
        )
        for i, row in zip(part.tolist(), chosen.itertuples(index=False), strict=True)
    ]
    return Rows(cells, at, pages, len(order))


def value_words(layer: Layer, value: float) -> str:
    """Return a value with its unit, or what a missing one means."""
    if np.isnan(value):
        return layer.missing
    if layer.unit.startswith("fifth"):
        return fifth(value)
    if layer.measure == "count":
        return whole(value)
    return in_unit(value, layer.unit)


def csv_of(site: Site, layer: Layer) -> str:
    """Return a layer of all areas as CSV, with unit, period and source in every row."""
    areas = site.areas
    table = pd.DataFrame(
        {
            "area_id": areas["area_id"],
            "name": areas["label"],
            "population": areas["population"],
            "deprivation_quintile": areas["deprivation_quintile"],
            "value": site.values(layer.id).round(4),
            "measure": layer.label,
            "unit": layer.unit,
            "period": layer.period,
            "source": layer.source,
        }
    )
    return str(table.to_csv(index=False))


def _order(site: Site, values: Any, ask: Ask) -> Any:
    keys = {
        "name": site.by_name,
        "value": values,
        "people": site.people,
        "fifth": site.areas["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan),
    }
    key = keys[ask.sort]
    missing = np.isnan(key)
    ordered = np.where(missing, 0.0, -key if ask.down else key)
    return np.lexsort([site.by_name, ordered, missing])
