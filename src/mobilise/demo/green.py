"""Parks, gardens, allotments, woods and reserves: groups of blocks without houses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from mobilise.demo.choose import number, pick
from mobilise.demo.ground import (
    CANAL_HALF_WIDTH,
    LEAFY,
    MAIN_EVERY,
    RIVER_HALF_WIDTH,
    Blocks,
    Bools,
    Floats,
    Ground,
    Ints,
    Shapes,
)

SMALL_TOWN = 40  # areas: fewer have no room for large parks
Weight = Callable[[Ground, Floats], Floats]


@dataclass(frozen=True)
class Sort:
    """A sort of green space.

    Parameters
    ----------
    name
        As its column ``type`` has it.
    a_hundred
        How many there are in a town of a hundred areas.
    sizes
        Blocks in both directions; taken in turn.
    rim
        Metres between the middle of the streets around it and its edge.
    round_by
        Metres by which its corners are rounded.
    ways_in
        Entrances where no path crosses its edge.
    weight
        Where it is likely.
    """

    name: str
    a_hundred: float
    sizes: tuple[tuple[int, int], ...]
    rim: float
    round_by: float
    ways_in: int
    weight: Weight


def _middle(ground: Ground, at: Floats) -> Floats:
    return ground.near(at, (0.0, 0.0), 0.35)


def _leafy(ground: Ground, at: Floats) -> Floats:
    return 0.40 + 1.6 * ground.near(at, LEAFY, 0.45) + 0.5 * (at[:, 0] < 0)


def _anywhere(ground: Ground, at: Floats) -> Floats:  # noqa: ARG001
    return np.ones(len(at))


def _rim(ground: Ground, at: Floats) -> Floats:
    return np.asarray((np.hypot(*at.T) / ground.radius) ** 4)


def _water(ground: Ground, at: Floats) -> Floats:
    away = np.abs(at[:, 0] - ground.river_x(at[:, 1]))
    return np.exp(-((away / 260) ** 2)) + 1e-12


SORTS = (
    Sort("Park", 1, ((4, 4),), 14, 25, 2, _middle),
    Sort("Golf course", 1, ((4, 3),), 14, 30, 1, _rim),
    Sort("Nature reserve", 3, ((2, 2), (3, 2)), 20, 30, 2, _water),
    Sort("Woodland", 10, ((2, 2), (3, 2), (2, 3), (3, 3)), 22, 35, 2, _rim),
    Sort("Allotments", 16, ((1, 1), (2, 1), (1, 2)), 18, 8, 1, _anywhere),
    Sort("Park", 21, ((2, 2), (2, 1), (3, 2), (1, 2), (2, 2)), 14, 20, 2, _leafy),
    Sort("Garden", 6, ((1, 1),), 26, 12, 1, _middle),
    Sort("Playing field", 6, ((2, 1),), 14, 6, 1, _anywhere),
)


@dataclass(frozen=True)
class Green:
    """The green spaces.

    Parameters
    ----------
    sort
        Of each, one of :data:`SORTS`.
    shape
        Its outline, metres.
    of_block
        The position of the green space that each block belongs to; -1 for none.
    """

    sort: list[Sort]
    shape: Shapes
    of_block: Ints


def lay_green(rng: np.random.Generator, ground: Ground, blocks: Blocks, areas: int) -> Green:
    """Return the green spaces, none of which touch the water, the edge or each other."""
    barriers = shapely.union_all(
        [
            ground.river.buffer(RIVER_HALF_WIDTH + 8),
            ground.canal.buffer(CANAL_HALF_WIDTH + 8),
            ground.motorway,
        ]
    )
    dry = shapely.disjoint(blocks.shape, barriers) & shapely.within(blocks.shape, ground.outline)
    offset = ground.half
    position = np.full((2 * ground.half, 2 * ground.half), -1)
    position[tuple((blocks.ij + offset).T)] = np.arange(len(blocks.ij))
    free = np.zeros_like(position, dtype=bool)
    free[tuple((blocks.ij + offset).T)] = dry
    sorts: list[Sort] = []
    shapes = []
    of_block = np.full(len(blocks.ij), -1)
    for sort in SORTS:
        for turn in range(number(areas, sort.a_hundred)):
            width, height = sort.sizes[turn % len(sort.sizes)]
            if areas < SMALL_TOWN:
                width, height = min(width, 2), min(height, 2)
            corner = _corner(rng, ground, blocks, position, free, (width, height), sort.weight)
            if corner is None:
                continue
            taken = (slice(corner[0], corner[0] + width), slice(corner[1], corner[1] + height))
            mine = position[taken].ravel()
            # A ring of houses stays around each.
            free[
                max(corner[0] - 1, 0) : corner[0] + width + 1,
                max(corner[1] - 1, 0) : corner[1] + height + 1,
            ] = False
            of_block[mine] = len(sorts)
            shapes.append(_rounded(shapely.union_all(blocks.shape[mine]), sort))
            sorts.append(sort)
    return Green(sorts, np.array(shapes), of_block)


def _corner(
    rng: np.random.Generator,
    ground: Ground,
    blocks: Blocks,
    position: Ints,
    free: Bools,
    size: tuple[int, int],
    weight: Weight,
) -> tuple[int, int] | None:
    """Return the lower corner of free blocks of that size, or None where there are none."""
    windows = np.lib.stride_tricks.sliding_window_view(free, size).all(axis=(2, 3))
    corners = np.argwhere(windows)
    corners = corners[~_cut(corners - ground.half, size)]
    if not len(corners):
        return None
    at = blocks.middle[position[corners[:, 0], corners[:, 1]]]
    one = corners[pick(rng, weight(ground, at))]
    return int(one[0]), int(one[1])


def _cut(corners: Ints, size: tuple[int, int]) -> Bools:
    """Tell which groups of blocks a main road would cut in two."""
    to_next = MAIN_EVERY - corners % MAIN_EVERY
    return np.asarray((to_next < np.array(size)).any(axis=1))


def _rounded(shape: shapely.Geometry, sort: Sort) -> shapely.Geometry:
    inner = shapely.buffer(shape, -(sort.rim + sort.round_by), quad_segs=4)
    outer = shapely.buffer(inner, sort.round_by, quad_segs=4)
    return shapely.set_precision(shapely.simplify(outer, 0.5), 0.1)
