"""Shapes: points, lines and polygons made fit to be measured, and cut to the zone of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt

LINE, COLLECTION = 1, 7


def whole_shapes(geometry: npt.NDArray[Any], open_edge: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Return valid, flat shapes of one dimension each.

    A closed line around a park is the park; of mixed collections the highest dimension counts;
    what has no extent is a point.

    Parameters
    ----------
    geometry
        As sources have it, shape (rows,).
    open_edge
        Where a closed line is no outline but the asset itself (a canal around an island).
    """
    shapes = shapely.force_2d(geometry)
    loops = (shapely.get_type_id(shapes) == LINE) & shapely.is_closed(shapes) & ~open_edge
    loops &= shapely.get_num_coordinates(shapes) > 3
    shapes[loops] = [shapely.Polygon(line.coords) for line in shapes[loops]]
    broken = ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    shapes = _of_one_dimension(shapes)
    flat = shapely.get_dimensions(shapes)
    measure = np.where(flat == 2, shapely.area(shapes), shapely.length(shapes))
    empty = (flat > 0) & (measure == 0)
    shapes[empty] = shapely.get_geometry(shapely.extract_unique_points(shapes[empty]), 0)
    return shapes


def cut_to(zone: Any, geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the parts of shapes that lie in `zone`; what lies in it wholly stays as it is."""
    shapely.prepare(zone)
    shapes = geometry.copy()
    cut = ~shapely.covers(zone, shapes) & (shapely.get_dimensions(shapes) > 0)
    shapes[cut] = shapely.intersection(shapes[cut], zone)
    return _of_one_dimension(shapes)


def inner_points(geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the centroids, or a point inside where the centroid is not."""
    centres = shapely.centroid(geometry)
    inside = shapely.covers(geometry, centres)
    return np.where(inside, centres, shapely.point_on_surface(geometry))


def _of_one_dimension(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    mixed = shapely.get_type_id(shapes) == COLLECTION
    shapes[mixed] = [_highest(collection) for collection in shapes[mixed]]
    return shapes


def _highest(collection: Any) -> Any:
    parts = shapely.get_parts(collection)
    flat = shapely.get_dimensions(parts)
    return shapely.union_all(parts[flat == flat.max()]) if len(parts) else collection
