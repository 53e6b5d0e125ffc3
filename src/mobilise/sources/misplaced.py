"""Coordinates that lie where they cannot: found out by the area in which a system is used."""

from __future__ import annotations

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


def likely_mend(x: Floats, y: Floats, source: CRS, target: CRS, hint: str) -> str:
    """Return what would bring most of the points inside, as advice.

    Parameters
    ----------
    x, y
        Points, in what they are said to be.
    source, target
        What they are said to be, and the place's system.
    hint
        How the recipe names the two ("x = 'lat' and y = 'lon'").
    """
    if _most(y, x, source, target):
        return f"x and y look swapped ({hint} now): exchange them"
    for other in (target, *(CRS.from_user_input(usual) for usual in _USUAL)):
        for across, up, swapped in ((x, y, ""), (y, x, ", with x and y exchanged")):
            if _most(across, up, other, target):
                units = "degrees" if other.is_geographic else "metres"
                advice = (
                    f"add crs = '{other.to_string()}'"
                    if "=" in hint
                    else (f"save them in their true system, {other.to_string()}")
                )
                return f"these look like {units}: {advice}{swapped}"
    return "check the coordinates, their crs and the crs of the place"


def described(crs: CRS) -> str:
    """Return a system's code and area, as a person may know it."""
    area = crs.area_of_use
    name = area.name.split(" - ")[0].split(";")[0] if area else crs.name
    return f"{crs.to_string()} ({name})"


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
