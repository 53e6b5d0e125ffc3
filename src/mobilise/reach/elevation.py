"""How hills slow walkers: heights from a raster (the extra ``elevation``), Tobler's function."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError, SourceBroken, SourceMissing
from mobilise.notes import Note

if TYPE_CHECKING:
    from mobilise.reach.points import Floats

STEEPEST = 0.5
"""Gradients are cut off here: beyond, a raster's noise on a short segment is likelier."""

_FALL, _EASIEST = 3.5, 0.05

LEAST_COST = float(np.exp(-_FALL * _EASIEST))
"""What a metre costs at the easiest gradient, slightly downhill: no metre costs less."""


def tobler(gradient: Any) -> Floats:
    """Return how much longer a walk takes at a gradient than on the level.

    Tobler 1993 (Three presentations on geographical analysis and modeling, NCGIA technical
    report 93-1) has people walk at 6 exp(-3.5 |gradient + 0.05|) km/h: fastest slightly
    downhill, at 5.04 km/h on the level. Only the ratio is used; the speed is the reader's.

    Examples
    --------
    >>> tobler([0.0, -0.05, 0.1]).round(3).tolist()
    [1.0, 0.839, 1.419]
    """
    steep = np.clip(np.asarray(gradient, dtype=float), -STEEPEST, STEEPEST)
    longer: Floats = np.exp(_FALL * (np.abs(steep + _EASIEST) - _EASIEST))
    return longer


def sloped(
    path: Path | str, vertices: tuple[Floats, Floats, str], ends: tuple[Any, Any], length: Any
) -> tuple[tuple[Any, Any], list[Note]]:
    """Return what each segment costs forward and back, in decimetres of level walking.

    Parameters
    ----------
    path
        A raster of heights in metres: GeoTIFF, ESRI ASCII grid or whatever GDAL reads.
    vertices
        Their x, y and crs.
    ends, length
        Tail and head of each segment, and its length in decimetres.

    Returns
    -------
    costs, notes
        Segments with an end where the raster has no height are taken as level; the notes
        count their vertices.
    """
    height, notes = heights(path, *vertices)
    rise = 10 * (height[ends[1]] - height[ends[0]])
    gradient = np.divide(rise, length, out=np.zeros(len(length)), where=length > 0)
    gradient = np.nan_to_num(gradient, nan=0.0)
    forward, backward = (
        np.rint(length * tobler(way * gradient)).astype(np.int32) for way in (1, -1)
    )
    return (forward, backward), notes


def heights(path: Path | str, x: Floats, y: Floats, crs: str) -> tuple[Floats, list[Note]]:
    """Return the height at each point, between the centres of four cells; nan where there is none.

    Raises
    ------
    InputError
        rasterio is not installed.
    SourceMissing, SourceBroken
        The raster is not there, or cannot be read.
    """
    try:
        rasterio = importlib.import_module("rasterio")
    except ModuleNotFoundError as error:
        raise InputError(
            f"{path}: elevation needs rasterio: pip install 'mobilise[elevation]'."
        ) from error
    if not Path(path).is_file():
        raise SourceMissing(f"{path}: is not there; check network.elevation.")
    try:
        with rasterio.open(path) as raster:
            found, unplaced = _sampled(raster, x, y, crs)
    except rasterio.errors.RasterioError as error:
        raise SourceBroken(f"{path}: cannot be read as a raster of heights ({error}).") from error
    name, outside, notes = Path(path).name, int(np.isnan(found).sum()), []
    if unplaced:
        says = f"The raster names no coordinate system: it is taken to be in {crs}."
        notes.append(Note("network", name, says, 0, (), True))
    if outside:
        says = f"{outside:,} of {len(found):,} vertices of ways have no height: level there."
        notes.append(Note("network", name, says, outside, (), True))
    return found, notes


@dataclass(frozen=True)
class _Window:
    """The part of a raster that is needed, and where its first cell is."""

    height: Floats
    row: int
    column: int


def _sampled(raster: Any, x: Floats, y: Floats, crs: str) -> tuple[Floats, bool]:
    """Return the heights at points in `crs`, and whether the raster has no system of its own."""
    from pyproj import CRS, Transformer  # noqa: PLC0415  (with rasterio, or not at all)

    unplaced = raster.crs is None
    if not unplaced and CRS.from_user_input(crs) != CRS.from_wkt(raster.crs.to_wkt()):
        own = CRS.from_wkt(raster.crs.to_wkt())
        x, y = Transformer.from_crs(crs, own, always_xy=True).transform(x, y)
    to_cell = ~raster.transform
    across = to_cell.a * x + to_cell.b * y + to_cell.c
    down = to_cell.d * x + to_cell.e * y + to_cell.f
    rows, columns = raster.shape
    inside = (across >= 0) & (across <= columns) & (down >= 0) & (down <= rows)
    height = np.full(len(across), np.nan)
    if inside.any():
        # Heights belong to the centres of cells; along the rim the outermost ones go on.
        at_column = np.clip(across[inside] - 0.5, 0, columns - 1)
        at_row = np.clip(down[inside] - 0.5, 0, rows - 1)
        height[inside] = _bilinear(_read(raster, at_row, at_column), at_row, at_column)
    return height, unplaced


def _read(raster: Any, at_row: Floats, at_column: Floats) -> _Window:
    first, left = int(at_row.min()), int(at_column.min())
    last, right = int(np.ceil(at_row.max())), int(np.ceil(at_column.max()))
    band = raster.read(1, window=((first, last + 1), (left, right + 1)), masked=True)
    return _Window(band.astype(np.float64).filled(np.nan), first, left)


def _bilinear(window: _Window, at_row: Floats, at_column: Floats) -> Floats:
    """Return heights between four centres; a missing one counts only if it has weight."""
    row, column = at_row - window.row, at_column - window.column
    top, left = np.floor(row).astype(int), np.floor(column).astype(int)
    lower = np.minimum(top + 1, window.height.shape[0] - 1)
    right = np.minimum(left + 1, window.height.shape[1] - 1)
    low, aside = row - top, column - left
    total = np.zeros(len(row))
    for at, weight in (
        ((top, left), (1 - low) * (1 - aside)),
        ((top, right), (1 - low) * aside),
        ((lower, left), low * (1 - aside)),
        ((lower, right), low * aside),
    ):
        total += np.where(weight > 0, weight * window.height[at], 0.0)
    return total
