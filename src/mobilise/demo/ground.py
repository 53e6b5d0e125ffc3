"""The ground of the demonstration place: a bent grid, a river with few bridges, a canal.

Everything is in metres from the middle of the town, in proportion to its radius, so that a
small cut has the same story as the whole town: the river runs from north to south, the
estate lies on its far bank in a bend without a bridge, and the west is leafy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[Any]

KM2_AN_AREA = 0.40  # about 1,650 people in an English town
BLOCK_METRES = 150.0
MAIN_EVERY = 6  # every so many streets is a main road
TURN = math.radians(14)
# Waves that bend the grid: wavelength and size in metres, direction and phase in radians.
WAVES = (
    (2600.0, 95.0, 0.4, 0.9),
    (1500.0, 48.0, 2.1, 3.7),
    (3400.0, 110.0, 1.2, 5.1),
    (610.0, 13.0, 2.8, 1.3),
)
RIVER_HALF_WIDTH = 22.0
CANAL_HALF_WIDTH = 9.0
# In radii from the middle: the estate, a second poorer part, the leafy west.
ESTATE, ESTATE_RADIUS = (0.60, -0.47), 0.30
NORTH_END = (-0.30, 0.74)
LEAFY = (-0.62, -0.28)


@dataclass(frozen=True)
class Ground:
    """The bent grid and what crosses it.

    Parameters
    ----------
    radius
        Of the town, metres.
    half
        The grid runs from -half to half in both directions.
    """

    radius: float
    half: int

    @cached_property
    def outline(self) -> shapely.Polygon:
        """The edge of the town."""
        turn = np.linspace(0, 2 * np.pi, 241)[:-1]
        bumps = 0.07 * np.sin(2 * turn + 0.8) + 0.06 * np.sin(3 * turn + 2.2)
        reach = self.radius * (1 + bumps + 0.03 * np.sin(7 * turn))
        return shapely.Polygon(
            np.round(np.column_stack([reach * np.cos(turn), reach * np.sin(turn)]), 1)
        )

    @cached_property
    def river(self) -> shapely.LineString:
        """The middle of the river, from south to north, beyond the town at both ends."""
        y = np.linspace(-1.4, 1.4, 141) * self.radius
        return shapely.LineString(np.round(np.column_stack([self.river_x(y), y]), 1))

    @cached_property
    def canal(self) -> shapely.LineString:
        """The middle of the canal, from the west to the river."""
        x = np.linspace(-1.4, 0.45, 80) * self.radius
        line = shapely.LineString(np.round(np.column_stack([x, self.canal_y(x)]), 1))
        west, *_ = shapely.ops.split(line, self.river).geoms
        return shapely.LineString(shapely.get_coordinates(west))

    @cached_property
    def motorway(self) -> shapely.LineString:
        """A motorway past the north-western edge."""
        y = np.linspace(-1.3, 1.3, 40) * self.radius
        x = -self.radius * (0.80 - 0.22 * (y / self.radius) ** 2 - 0.12 * y / self.radius)
        return shapely.LineString(np.round(np.column_stack([x, y]), 1))

    def river_x(self, y: Floats) -> Floats:
        """Return where the river is at `y`."""
        t = y / self.radius
        bends = 0.10 * np.sin(3.6 * t + 0.05) + 0.03 * np.sin(9.1 * t)
        return np.asarray(self.radius * (0.33 + bends))

    def canal_y(self, x: Floats) -> Floats:
        """Return where the canal is at `x`."""
        t = x / self.radius
        return np.asarray(self.radius * (0.30 + 0.10 * np.sin(2.1 * t + 0.6) - 0.03 * t))

    def at(self, i: Any, j: Any) -> Floats:
        """Return the points at grid positions, shape (..., 2), to the decimetre.

        Blocks are smaller towards the middle; fractions of a position lie along the streets.
        """
        u, v = np.asarray(i, dtype=float), np.asarray(j, dtype=float)
        out = np.hypot(u, v) * BLOCK_METRES / self.radius
        scale = BLOCK_METRES * (0.66 + 0.26 * np.minimum(out, 1.25))
        x = scale * (u * math.cos(TURN) - v * math.sin(TURN))
        y = scale * (u * math.sin(TURN) + v * math.cos(TURN))
        bent_x, bent_y = x.copy(), y.copy()
        for length, size, direction, phase in WAVES:
            along = (x * math.cos(direction) + y * math.sin(direction)) * 2 * np.pi / length
            bent_x -= size * math.sin(direction) * np.sin(along + phase)
            bent_y += size * math.cos(direction) * np.sin(along + phase)
        return np.round(np.stack([bent_x, bent_y], axis=-1), 1)

    def east(self, points: Floats) -> Bools:
        """Tell which points are on the far bank of the river."""
        return np.asarray(points[..., 0] > self.river_x(points[..., 1]))

    def in_estate(self, points: Floats) -> Bools:
        """Tell which points are in the estate that the river cuts off."""
        far = np.hypot(*(points / self.radius - ESTATE).T)
        return np.asarray((far < ESTATE_RADIUS) & self.east(points))

    def near(self, points: Floats, spot: tuple[float, float], within: float) -> Floats:
        """Return how near points are to a spot (in radii): 1 at it, falling as a bell."""
        far = np.hypot(*(points / self.radius - spot).T)
        return np.asarray(np.exp(-((far / within) ** 2)))


@dataclass(frozen=True)
class Blocks:
    """The blocks between the streets, row by row.

    Parameters
    ----------
    ij
        Grid position of each block's lower corner, shape (blocks, 2).
    shape
        Their polygons. Neighbours share all vertices of their common side.
    middle
        Shape (blocks, 2), metres.
    """

    ij: Ints
    shape: Shapes
    middle: Floats


def lay_out(areas: int) -> tuple[Ground, Blocks]:
    """Return the ground of a town of so many areas, and the blocks that touch it."""
    radius = math.sqrt(areas * KM2_AN_AREA * 1e6 / math.pi)
    ground = Ground(radius, math.ceil(1.25 * radius / (BLOCK_METRES * 0.66)))
    steps = np.arange(-ground.half, ground.half)
    ij = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    shape = np.asarray(shapely.polygons(_rings(ground, ij)))
    inside = shapely.intersects(shape, ground.outline)
    ij, shape = ij[inside], shape[inside]
    middle = ground.at(ij[:, 0] + 0.5, ij[:, 1] + 0.5)
    return ground, Blocks(ij, shape, middle)


def _rings(ground: Ground, ij: Ints) -> Floats:
    """Return the twelve corners of each block: its four, and two along each side."""
    side = np.array([0, 1, 2, 3, 3, 3, 3, 2, 1, 0, 0, 0])
    up = np.array([0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 2, 1])
    # Thirds are counted before they are divided, so that neighbours get the same corner.
    return ground.at((3 * ij[:, :1] + side) / 3, (3 * ij[:, 1:] + up) / 3)
