"""The ground of a place's maps: its areas in pixels, simplified once for all maps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from mobilise.report.paths import paths_of

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
    paths
        The areas as SVG path data; "" where an area is a point.
    outline
        The place's boundary as SVG path data.
    width, height
        Of the map, in pixels.
    metres_a_pixel
        Its scale.
    left, top
        The place's coordinates at the map's corner, in metres.
    """

    shapes: NDArray[np.object_]
    paths: list[str]
    outline: str
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
        paths=[],
        outline="",
        width=WIDTH,
        height=math.ceil(down / scale + 2 * MARGIN),
        metres_a_pixel=scale,
        left=left - (WIDTH - across / scale) / 2 * scale,
        top=top + MARGIN * scale,
    )
    tolerance = 1.0 if len(shapes) > MANY_AREAS else 0.4
    (outline,) = paths_of(shapely.simplify(empty.pixels([boundary]), tolerance))
    drawn = _simplified(empty.pixels(shapes), tolerance)
    return replace(empty, shapes=drawn, paths=paths_of(drawn), outline=outline)


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
