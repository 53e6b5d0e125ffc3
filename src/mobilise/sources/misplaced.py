"""Coordinates that lie where they cannot: found out by the area in which a system is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import CRS, Transformer

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Mask = npt.NDArray[np.bool_]

# Systems serve a little beyond their official area: a UTM zone's neighbours, islands, the sea.
_MARGIN_DEGREES = 1.0
# What coordinates are likely to be, if not what they are said to be.
_USUAL = ("EPSG:4326", "EPSG:27700", "EPSG:29903", "EPSG:3857")


def inside(x: Floats, y: Floats, source: CRS, target: CRS) -> Mask:
    """Return which points, given in `source`, lie where `target` is used.

    Degrees that are said to be metres lie near the false origin of a projected system, and may
    pass for its far corner: they are not inside.
    """
    longitude, latitude = _degrees(x, y, source)
    fits = _within(longitude, latitude, target, _MARGIN_DEGREES)
    if source.is_projected:
        small = (np.abs(x) <= 180) & (np.abs(y) <= 90)
        fits &= ~(small & (_within(x, y, target, 0) | _within(y, x, target, 0)))
    return fits


def likely_mend(
    x: Floats, y: Floats, source: CRS, target: CRS, columns: tuple[str, str] | None
) -> str:
    """Return what would bring most of the points inside, as advice.

    Parameters
    ----------
    x, y
        Points, in what they are said to be.
    source, target
        What they are said to be, and the place's system.
    columns
        The columns of x and y, or None where the points are geometries of a file.
    """
    exchange = f"x = '{columns[1]}' and y = '{columns[0]}'" if columns else "x before y"
    again = "" if columns else "save the file again with "
    if _most(y, x, source, target):
        return f"x and y look swapped: {'write ' if columns else again}{exchange}"
    small = bool((np.maximum(np.abs(x), np.abs(y)) <= 180).all())
    for other in (target, *(CRS.from_user_input(usual) for usual in _USUAL)):
        if small and other.is_projected:
            continue
        units = "degrees" if other.is_geographic else "metres"
        system = f"crs = '{code(other)}'" if columns else code(other)
        mend = f"add {system}" if columns else f"{again}its true coordinate system, {system}"
        if _most(x, y, other, target):
            return f"these look like {units}: {mend}"
        if _most(y, x, other, target):
            return f"these look like {units}, with x and y swapped: {mend} and {exchange}"
    return "check the coordinates, their crs and the crs of the place"


def code(crs: CRS) -> str:
    """Return how a recipe names a system: 'EPSG:27700'."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.name)


def area(crs: CRS) -> str:
    """Return where a system is used, as people may know it."""
    if crs.area_of_use is None:
        return "the world"
    return re.split(r" [-\u2013(]|[.;](?=\s|$)", crs.area_of_use.name, maxsplit=1)[0]


def _most(x: Floats, y: Floats, source: CRS, target: CRS) -> bool:
    return bool(inside(x, y, source, target).mean() >= 0.5)


def _degrees(x: Floats, y: Floats, source: CRS) -> tuple[Any, Any]:
    to_degrees = Transformer.from_crs(source, "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(x, y)
    return np.asarray(longitude), np.asarray(latitude)


def _within(longitude: Floats, latitude: Floats, crs: CRS, margin: float) -> Mask:
    west, south, east, north = crs.area_of_use.bounds if crs.area_of_use else (-180, -90, 180, 90)
    fits = (latitude >= max(south - margin, -90)) & (latitude <= min(north + margin, 90))
    from_west, to_east = longitude >= west - margin, longitude <= east + margin
    across = from_west & to_east if west <= east else from_west | to_east
    fits &= across & (np.abs(longitude) <= 180)
    return np.asarray(fits, dtype=np.bool_)
