"""The ground of a place's maps: its areas in pixels, simplified once for all maps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from mobilise.report.svg import number

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

WIDTH, TALLEST, MARGIN = 640.0, 720.0, 12.0
# Above this, areas are too small to be told apart: each class is drawn as one shape.
MANY_AREAS = 2_000


@dataclass(frozen=True)
class Ground:
    """Where things are on a map of the place.

    Parameters
    ----------
    shapes
        The areas in pixels, in the order of the table ``areas``.
    outline
        The place's boundary in pixels.
    width, height
        Of the map, in pixels.
    metres_a_pixel
        Its scale.
    left, top
        The place's coordinates at the map's corner, in metres.
    """

    shapes: NDArray[np.object_]
    outline: Any
    width: float
    height: float
    metres_a_pixel: float
    left: float
    top: float

    @property
    def many(self) -> bool:
        """Whether there are too many areas to draw each by itself."""
        return len(self.shapes) > MANY_AREAS

    def pixels(self, geometries: Iterable[Any]) -> NDArray[np.object_]:
        """Return geometries in the place's coordinates as pixels of the map."""

        def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
            x = (points[:, 0] - self.left) / self.metres_a_pixel
            y = (self.top - points[:, 1]) / self.metres_a_pixel
            return np.column_stack([x, y])

        return np.asarray(shapely.transform(np.asarray(geometries, dtype=object), moved))


def lay_ground(areas: gpd.GeoDataFrame, boundary: Any) -> Ground:
    """Fit the areas into a map and simplify them to what a screen can show.

    Shared borders are simplified together, so that no gap opens between neighbours.

    Parameters
    ----------
    areas
        The table ``areas``.
    boundary
        The outline of the place, in the same coordinates.
    """
    shapes = np.asarray(areas.geometry.array, dtype=object)
    left, bottom, right, top = shapely.total_bounds(shapes)
    across, down = max(right - left, 1.0), max(top - bottom, 1.0)
    scale = max(across / (WIDTH - 2 * MARGIN), down / (TALLEST - 2 * MARGIN))
    empty = Ground(
        shapes=np.empty(0, dtype=object),
        outline=None,
        width=WIDTH,
        height=math.ceil(down / scale + 2 * MARGIN),
        metres_a_pixel=scale,
        left=left - (WIDTH - across / scale) / 2 * scale,
        top=top + MARGIN * scale,
    )
    tolerance = 1.0 if len(shapes) > MANY_AREAS else 0.4
    outline = shapely.simplify(empty.pixels([boundary])[0], tolerance)
    drawn = _simplified(empty.pixels(shapes), tolerance)
    return replace(empty, shapes=drawn, outline=outline)


def together(shapes: NDArray[np.object_]) -> Any:
    """Return neighbouring areas as one shape, without their inner borders.

    Parameters
    ----------
    shapes
        Polygons that may share borders but not overlap; points are left out.
    """
    polygons = shapes[shapely.get_dimensions(shapes) == 2]
    if len(polygons) == 0:
        return shapely.Polygon()
    try:
        return shapely.coverage_union_all(polygons)
    except shapely.GEOSException:  # the source's areas overlap
        return shapely.union_all(shapely.make_valid(polygons))


def path_of(shape: Any) -> str:
    """Return a shape as the ``d`` of an SVG path, to a tenth of a pixel.

    Rings that round to less than a triangle are left out.

    Parameters
    ----------
    shape
        A line or polygon, single or multiple, in pixels.
    """
    return "".join(_line(part) for part in _lines(shape))


def nice_length(longest_metres: float) -> float:
    """Return the longest length of 1, 2 or 5 times a power of ten that fits.

    Examples
    --------
    >>> nice_length(3200), nice_length(740)
    (2000.0, 500.0)
    """
    power: float = 10.0 ** math.floor(math.log10(longest_metres))
    return max(step * power for step in (1, 2, 5) if step * power <= longest_metres)


def _simplified(shapes: NDArray[np.object_], tolerance: float) -> NDArray[np.object_]:
    drawn = shapes.copy()
    wide = shapely.get_dimensions(shapes) == 2
    if wide.any():
        drawn[wide] = shapely.coverage_simplify(shapes[wide], tolerance)
    return drawn


def _lines(shape: Any) -> list[Any]:
    parts = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            parts += list(shapely.get_rings(part))
        elif part.geom_type in {"LineString", "LinearRing"}:
            parts.append(part)
    return parts


def _line(line: Any) -> str:
    points = np.round(shapely.get_coordinates(line) * 10).astype(np.int64)
    changed = np.ones(len(points), dtype=bool)
    changed[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    points = points[changed]
    closed = line.geom_type == "LinearRing"
    if closed:
        points = points[:-1] if (points[0] == points[-1]).all() else points
    if len(points) < (3 if closed else 2):
        return ""
    steps = np.diff(points, axis=0)
    said = "".join(_pair(x / 10, y / 10) for x, y in steps.tolist())
    start = points[0].tolist()
    return f"M{_pair(start[0] / 10, start[1] / 10).lstrip()}l{said.lstrip()}" + (
        "z" if closed else ""
    )


def _pair(x: float, y: float) -> str:
    first, second = number(x), number(y)
    return f"{_spaced(first)}{_spaced(second)}"


def _spaced(value: str) -> str:
    return value if value.startswith("-") else f" {value}"
