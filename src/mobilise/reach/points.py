"""Origins and assets as arrays: read from frames, checked, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, MissingColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Origins:
    """Where people set out from: one row an area."""

    area_id: np.ndarray[Any, Any]
    x: Floats
    y: Floats
    frame: pd.DataFrame

    def demand(self, column: str | None) -> Floats:
        """Return the people of `column` (None: ``population``)."""
        name = column or "population"
        if name not in self.frame.columns:
            raise MissingColumn(name, self.frame.columns, "origins")
        people = pd.to_numeric(self.frame[name], errors="coerce").to_numpy(float, na_value=np.nan)
        if not (people >= 0).all():
            first = self.area_id[int(np.argmin(people >= 0))]
            raise InputError(f"origins: '{name}' of area '{first}' is not a number of people.")
        return people


@dataclass(frozen=True)
class Access:
    """Assets and the points at which they are entered.

    `asset` says for each point which asset it belongs to, as a position in `asset_id`,
    `kind` and `capacity`; points are sorted by it.
    """

    asset_id: np.ndarray[Any, Any]
    kind: np.ndarray[Any, Any]
    capacity: Floats
    asset: Integers
    x: Floats
    y: Floats


def origins_of(origins: Any, crs: str | None, *, placed: bool = True) -> Origins:
    """Return origins from a frame with area_id and x, y (or origin_x, origin_y, or a geometry).

    Unless they need to be `placed`, coordinates are not looked for.

    Raises
    ------
    MissingColumn
        A column is missing.
    InputError
        An id repeats, a coordinate is missing, or the geometries are in degrees.
    """
    frame = _frame(origins, "area_id")
    x = y = np.zeros(len(frame))
    if placed:
        named = (("x", "y"), ("origin_x", "origin_y"))
        x, y = _coordinates(frame, "origins", "area_id", crs, named)
    ids = frame["area_id"].astype("str")
    if ids.duplicated().any():
        raise InputError(f"origins: area '{ids[ids.duplicated()].iloc[0]}' is there twice.")
    return Origins(ids.to_numpy(object), x, y, pd.DataFrame(frame).reset_index(drop=True))


def access_of(assets: Any, crs: str | None, *, placed: bool = True) -> Access:
    """Return assets from a frame with asset_id, kind and x, y (or point geometries).

    An asset with several rows is entered at each of them.

    Raises
    ------
    MissingColumn
        A column is missing.
    InputError
        An asset has two kinds or two capacities, a coordinate is missing, or a geometry is
        no point.
    """
    frame = _frame(assets, "asset_id")
    if "kind" not in frame.columns:
        frame = frame.assign(kind="asset")
    x = y = np.zeros(len(frame))
    if placed:
        x, y = _coordinates(frame, "assets", "asset_id", crs, (("x", "y"),))
    asset_id, asset = np.unique(
        frame["asset_id"].astype("str").to_numpy(object), return_inverse=True
    )
    order = np.lexsort((y, x, asset))
    first = np.unique(asset, return_index=True)[1]
    kind = frame["kind"].astype("str").to_numpy(object)
    capacity = np.full(len(frame), np.nan)
    if "capacity" in frame.columns:
        given = pd.to_numeric(frame["capacity"], errors="coerce")
        capacity = given.to_numpy(float, na_value=np.nan)
    _check_same(kind, kind[first][asset], asset_id[asset], "kinds")
    _check_same(capacity, capacity[first][asset], asset_id[asset], "capacities")
    if (capacity < 0).any():
        raise InputError(
            f"assets: the capacity of '{asset_id[asset[capacity < 0][0]]}' is negative."
        )
    return Access(asset_id, kind[first], capacity[first], asset[order], x[order], y[order])


def _frame(points: Any, key: str) -> pd.DataFrame:
    """Return the points as a frame with an id; bare coordinates are numbered from 0."""
    if isinstance(points, pd.DataFrame):
        if key in points.columns:
            return points
        if points.index.name == key:
            return points.reset_index()
        raise MissingColumn(key, points.columns, "origins" if key == "area_id" else "assets")
    pairs = np.asarray(points, dtype=float)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise InputError("points must be a frame, or an array with the two columns x and y.")
    return pd.DataFrame(
        {key: np.arange(len(pairs)).astype(str), "x": pairs[:, 0], "y": pairs[:, 1]}
    )


def _coordinates(
    frame: pd.DataFrame, what: str, key: str, crs: str | None, pairs: Sequence[tuple[str, str]]
) -> tuple[Floats, Floats]:
    for east, north in pairs:
        if east in frame.columns and north in frame.columns:
            x, y = frame[east].to_numpy(float), frame[north].to_numpy(float)
            break
    else:
        x, y = _of_geometry(frame, what, key, crs)
    missing = ~(np.isfinite(x) & np.isfinite(y))
    if missing.any():
        first = frame[key].iloc[int(np.argmax(missing))]
        raise InputError(f"{what}: {int(missing.sum())} without coordinates, '{first}' the first.")
    return x, y


def _of_geometry(
    frame: pd.DataFrame, what: str, key: str, crs: str | None
) -> tuple[Floats, Floats]:
    if not hasattr(frame, "geometry"):
        raise MissingColumn("x", frame.columns, what)
    if frame.crs is None or not frame.crs.is_projected:
        raise InputError(f"{what}: distances need metres; use to_crs() with a projected CRS first.")
    shapes = frame.geometry if crs is None else frame.geometry.to_crs(crs)
    if what == "origins":
        shapes = shapes.where(shapes.geom_type == "Point", shapes.representative_point())
    elif not (shapes.geom_type == "Point").all():
        first = frame[key][shapes.geom_type != "Point"].iloc[0]
        raise InputError(
            f"assets: '{first}' is no point; give one row for each entrance, with the same id."
        )
    return shapes.x.to_numpy(), shapes.y.to_numpy()


def _check_same(values: Any, of_first: Any, ids: Any, what: str) -> None:
    differ = ~((values == of_first) | (pd.isna(values) & pd.isna(of_first)))
    if differ.any():
        raise InputError(f"assets: '{ids[int(np.argmax(differ))]}' has rows of different {what}.")
