"""Records: what the sources of assets have in common once they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from mobilise.assets.kinds import catalogue
from mobilise.assets.shapes import whole_shapes

if TYPE_CHECKING:
    import numpy.typing as npt

    from mobilise.notes import Note

STEP = "assets"
EXAMPLES = 10
TOLD = ("source_id", "name", "url", "updated", "opening_hours", "wheelchair")
COLUMNS = ("section", "source", "kind", "capacity", *TOLD)


@dataclass
class Records:
    """What one source gave.

    Parameters
    ----------
    table
        One row a record: ``section`` (the source's position in the recipe), ``source``,
        ``source_id``, ``name``, ``kind``, ``capacity``, ``url``, ``updated``, ``opening_hours``,
        ``wheelchair``, ``geometry`` (place CRS).
    label
        The source's name.
    rows
        Rows read, after its ``where``.
    left_out
        Rows left out, by reason.
    notes
        What was left out and mended, in words.
    further_rows
        Rows read from joined tables, by their labels.
    gates
        Tagged gates and entrances (place CRS).
    """

    table: gpd.GeoDataFrame
    label: str
    rows: int
    left_out: dict[str, int]
    notes: list[Note]
    further_rows: dict[str, int] = field(default_factory=dict)
    gates: npt.NDArray[Any] = field(default_factory=lambda: np.array([], dtype=object))


def record_table(located: gpd.GeoDataFrame, columns: dict[str, Any]) -> gpd.GeoDataFrame:
    """Return the table of records: `columns` (of :data:`COLUMNS`) at the rows' places."""
    data = pd.DataFrame({name: columns.get(name) for name in COLUMNS}, index=located.index)
    data["capacity"] = data["capacity"].astype("float64")
    for column in TOLD:
        data[column] = data[column].astype("str")
    open_edge = np.array([catalogue().kinds[kind].open_edge for kind in data["kind"]], dtype=bool)
    shapes = whole_shapes(located.geometry.to_numpy(), open_edge)
    return gpd.GeoDataFrame(data, geometry=shapes, crs=located.crs).reset_index(drop=True)


def counted(number: int, noun: str) -> str:
    """Return "1 asset", "2 assets", "1,702 assets"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def amended(table: gpd.GeoDataFrame, changes: dict[int, dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return `table` with some rows' values changed: by position, then by column."""
    columns: dict[str, Any] = {}
    for row, values in changes.items():
        for name, value in values.items():
            if name not in columns:
                columns[name] = table[name].to_numpy(dtype=object).copy()
            columns[name][row] = value
    types = {name: table[name].dtype for name in columns if name != "geometry"}
    data = {name: pd.Series(columns[name], index=table.index, dtype=types[name]) for name in types}
    shapes = columns.get("geometry", table.geometry.to_numpy())
    return table.assign(**data).set_geometry(gpd.GeoSeries(shapes, table.index, crs=table.crs))
