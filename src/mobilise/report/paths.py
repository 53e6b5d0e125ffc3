"""Geometries as SVG path data: all of a table's at once, to a tenth of a pixel."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from mobilise.report.svg import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def paths_of(shapes: Sequence[Any] | NDArray[np.object_]) -> list[str]:
    """Return each shape as the ``d`` of a path; points, and what rounds to nothing, give "".

    Neighbours that share vertices still share them after rounding.

    Parameters
    ----------
    shapes
        Lines and polygons, single or multiple, in pixels.
    """
    lines, owners = _lines(np.asarray(shapes, dtype=object))
    points, of_line = shapely.get_coordinates(lines, return_index=True)
    tenths = np.rint(points * 10).astype(np.int64)
    fresh = np.ones(len(tenths), dtype=bool)
    fresh[1:] = (np.diff(tenths, axis=0) != 0).any(axis=1) | (np.diff(of_line) != 0)
    tenths, of_line = tenths[fresh], of_line[fresh]
    ends = np.searchsorted(of_line, np.arange(len(lines) + 1)).tolist()
    closed = (shapely.get_type_id(lines) == shapely.GeometryType.LINEARRING).tolist()
    pairs = list(map(tuple, tenths.tolist()))
    said: list[list[str]] = [[] for _ in range(len(shapes))]
    for line, (first, last) in enumerate(pairwise(ends)):
        said[owners[line]].append(_path(pairs[first:last], closed=closed[line]))
    return ["".join(parts) for parts in said]


def _lines(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], list[int]]:
    """Return the rings and lines of all shapes, and the shape that each belongs to."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    open_ = np.flatnonzero(shapely.get_dimensions(parts) == 1)
    lines = np.concatenate([rings, parts[open_]])
    owners = np.concatenate([owner[ring_part], owner[open_]])
    order = np.argsort(owners, kind="stable")
    return lines[order], owners[order].tolist()


def _path(points: list[tuple[int, ...]], *, closed: bool) -> str:
    if closed and len(points) > 1 and points[0] == points[-1]:
        points = points[:-1]
    if len(points) < (3 if closed else 2):
        return ""
    x, y = points[0]
    steps = [f"M{_tenths(x).lstrip()}{_tenths(y)}l"]
    for along, down in points[1:]:
        steps.append(f"{_tenths(along - x)}{_tenths(down - y)}")
        x, y = along, down
    steps[1] = steps[1].lstrip()
    return "".join(steps) + ("z" if closed else "")


@lru_cache(maxsize=16_384)
def _tenths(value: int) -> str:
    """Return tenths of a pixel as a number that may follow another: a sign or a space first."""
    text = number(value / 10)
    return text if text.startswith("-") else f" {text}"
