"""Postcodes of the town: of a real form, and of a district that there is not (ZZ)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import shapely

from mobilise.demo.writing import lon_lat

if TYPE_CHECKING:
    from mobilise.demo.people import People
    from mobilise.demo.ways import Streets

LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # those that the second half of a postcode is made of
A_DISTRICT = 21  # areas
AN_AREA = 8  # postcodes
INWARDS = 0.2  # of the way to the middle of its area: corners lie on the border of several


def postcodes_of(people: People, streets: Streets) -> pd.DataFrame:
    """Return ``postcode, latitude, longitude``: up to eight for each area, within it."""
    rows = []
    for number, shape in enumerate(people.areas.geometry):
        middle = shape.representative_point()
        corners = streets.doors[people.of_door == number]
        spread = corners[:: max(1, len(corners) // AN_AREA)]
        towards = spread + INWARDS * ([middle.x, middle.y] - spread)
        inside = towards[shapely.contains_xy(shape, *towards.T)][: AN_AREA - 1]
        points = [(middle.x, middle.y), *map(tuple, inside)]
        rows += [(_code(number, nth), x, y) for nth, (x, y) in enumerate(points)]
    table = pd.DataFrame(rows, columns=["postcode", "x", "y"])
    degrees = lon_lat(table[["x", "y"]].to_numpy(dtype=float))
    return pd.DataFrame(
        {
            "postcode": table["postcode"],
            "latitude": degrees[:, 1].round(6),
            "longitude": degrees[:, 0].round(6),
        }
    )


def _code(area: int, nth: int) -> str:
    """Return a postcode of an area: no two areas share one.

    Examples
    --------
    >>> _code(0, 0), _code(43, 7)
    ('ZZ1 0AA', 'ZZ3 0BJ')
    """
    district, rest = divmod(area, A_DISTRICT)
    sector, letter = divmod(rest, 3)
    return f"ZZ{district + 1} {sector}{LETTERS[letter]}{LETTERS[nth]}"
