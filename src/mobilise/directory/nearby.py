"""Where people are and how far services lie: postcodes, straight lines, minutes on foot."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.sources import normalise_postcode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EARTH_RADIUS_M = 6_371_008.8  # the mean radius (IUGG)
METRES_A_DEGREE = math.pi / 180 * EARTH_RADIUS_M
_SQUARE = (
    "((({table}.latitude - :lat) * :up) * (({table}.latitude - :lat) * :up)"
    " + (({table}.longitude - :lon) * :across) * (({table}.longitude - :lon) * :across))"
)
Point = tuple[float, float]  # latitude, longitude
Walk = Callable[[Point, Sequence[Point]], Sequence[float | None]]
SPEED_M_A_MINUTE = 80.0  # 4.8 km an hour
DETOUR = 1.3


def point_of(connection: sa.Connection, postcode: str) -> Point:
    """Return the latitude and longitude of a postcode.

    Raises
    ------
    LookupError
        It is no postcode, or none of this place and its surroundings.
    """
    normal = normalise_postcode(postcode)
    if normal is None:
        raise LookupError("this is not a full postcode")
    p = schema.postcodes.c
    query = sa.select(p.latitude, p.longitude).where(p.postcode == normal.replace(" ", ""))
    row = connection.execute(query).first()
    if row is None:
        raise LookupError("this postcode is not known in this place")
    return float(row.latitude), float(row.longitude)


def put_postcodes(connection: sa.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace the postcodes that a search may start from (``postcode``, latitude, longitude)."""
    connection.execute(sa.delete(schema.postcodes))
    if rows := list(rows):
        connection.execute(sa.insert(schema.postcodes), rows)


def metres_between(start: Point, end: Point) -> float:
    """Return the distance of two points along the Earth, in metres (haversine).

    Examples
    --------
    >>> round(metres_between((53.0, -2.0), (53.001, -2.0)), 1)
    111.2
    """
    north = math.radians(end[0] - start[0])
    east = math.radians(end[1] - start[1])
    half = math.sin(north / 2) ** 2
    half += (
        math.cos(math.radians(start[0]))
        * math.cos(math.radians(end[0]))
        * (math.sin(east / 2) ** 2)
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def straight_walk(start: Point, ends: Sequence[Point]) -> Sequence[float | None]:
    """Return minutes on foot from a point to others: straight lines, 1.3 times as long."""
    return [metres_between(start, end) * DETOUR / SPEED_M_A_MINUTE for end in ends]


def within(point: Point, metres: float, table: str) -> Any:
    """Return the condition that a table's coordinates lie within a distance of a point.

    The distance is that of a local plane, right to one part in a thousand within 100 km. It is
    written as text: a search asks it often, and building it from parts costs more than asking.

    Parameters
    ----------
    point
        Latitude and longitude.
    metres
        The distance.
    table
        The name of a table with ``latitude`` and ``longitude``.
    """
    high = metres / METRES_A_DEGREE
    wide = high / max(math.cos(math.radians(point[0])), 0.01)
    given = {"south": point[0] - high, "north": point[0] + high}
    given |= {"west": point[1] - wide, "east": point[1] + wide, "square": metres * metres}
    return sa.text(
        f"{table}.latitude between :south and :north and {table}.longitude between :west and :east "
        f"and {_SQUARE.format(table=table)} <= :square"
    ).bindparams(**given, **_scaled(point))


def distance_squared(point: Point, table: str) -> Any:
    """Return the square of the distance of a table's coordinates from a point, in m²."""
    return sa.text(_SQUARE.format(table=table)).bindparams(**_scaled(point))


def _scaled(point: Point) -> dict[str, float]:
    across = METRES_A_DEGREE * math.cos(math.radians(point[0]))
    return {"lat": point[0], "lon": point[1], "up": METRES_A_DEGREE, "across": across}
