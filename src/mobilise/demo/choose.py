"""Spots chosen by chance, as likely as weights say and kept apart from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mobilise.demo.ground import Floats, Ints


def spread(
    rng: np.random.Generator, spots: Floats, weight: Floats, count: int, apart: float
) -> list[int]:
    """Return the positions of up to `count` spots, in the order of their choice.

    A spot close to one chosen before is unlikely: as 1 - exp(-(distance / apart)²).

    Parameters
    ----------
    rng
        Where chance comes from.
    spots
        Shape (spots, 2), metres.
    weight
        How likely each spot is, shape (spots,); 0 is never.
    count
        How many.
    apart
        Metres.
    """
    chosen: list[int] = []
    left = np.asarray(weight, dtype=float).copy()
    while len(chosen) < count and left.sum() > 0:
        one = pick(rng, left)
        chosen.append(one)
        far = np.hypot(*(spots - spots[one]).T)
        left *= 1 - np.exp(-((far / apart) ** 2))
        left[one] = 0.0
    return chosen


def pick(rng: np.random.Generator, weight: Floats) -> int:
    """Return one position, as likely as its weight."""
    total = np.cumsum(weight)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))


def centres(
    rng: np.random.Generator, points: Floats, weight: Floats, count: int, rounds: int = 25
) -> tuple[Floats, Ints]:
    """Return the centres of `count` compact groups of like weight, and each point's group.

    Lloyd's algorithm (doi:10.1109/TIT.1982.1056489) from spots chosen apart from each other.

    Parameters
    ----------
    rng
        Where chance comes from.
    points
        Shape (points, dimensions).
    weight
        Shape (points,), all above 0.
    count
        How many groups.
    rounds
        How often the centres move.
    """
    extent = float(np.hypot(*(points[:, :2].max(axis=0) - points[:, :2].min(axis=0))))
    found = points[spread(rng, points[:, :2], weight, count, 0.4 * extent / np.sqrt(count))]
    group = np.zeros(len(points), dtype=np.int64)
    for _ in range(rounds):
        group = nearest(points, found)
        for k in range(len(found)):
            mine = group == k
            if mine.any():
                found[k] = np.average(points[mine], axis=0, weights=weight[mine])
    return found, nearest(points, found)


def nearest(points: Floats, centres_of: Floats) -> Ints:
    """Return the position of the nearest centre to each point."""
    apart = ((points[:, None, :] - centres_of[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(apart.argmin(axis=1))


def number(areas: int, a_hundred: float, least: int = 1) -> int:
    """Return how many of a thing a town of so many areas has."""
    return max(least, round(areas * a_hundred / 100))
