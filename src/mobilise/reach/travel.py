"""Ways to travel: what each must answer, and the pace that turns distance into minutes.

Streets and straight lines count in whole decimetres, so that "within 15 minutes" means the
same in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mobilise.errors import InputError

if TYPE_CHECKING:
    from mobilise.notes import Note
    from mobilise.reach.catchments import Field
    from mobilise.reach.decay import Decay
    from mobilise.reach.pairs import Pairs
    from mobilise.reach.points import Access, Floats, Integers

_SMALL = 2**16


@dataclass(frozen=True)
class Pace:
    """Walking at one speed, in whole decimetres."""

    speed_kmh: float = 4.8

    def __post_init__(self) -> None:
        if not 0 < self.speed_kmh <= 20:
            raise InputError(f"speed_kmh = {self.speed_kmh:g} is no walking speed; 4.8 is usual.")

    @property
    def decimetres_per_minute(self) -> float:
        """How far one gets in a minute."""
        return self.speed_kmh * 10_000 / 60

    def limit(self, minutes: float) -> int:
        """Return the greatest distance that is within `minutes`.

        The hair undoes the rounding of the product: 20 minutes at 4.8 km/h are 16,000
        decimetres, not 15,999.
        """
        return int(np.floor(minutes * self.decimetres_per_minute + 1e-6))

    def minutes(self, decimetres: Any) -> Floats:
        """Return distances in minutes."""
        return np.asarray(decimetres, dtype=float) / self.decimetres_per_minute

    def all_minutes(self, minutes: float) -> Floats:
        """Return the minutes of every decimetre up to a limit."""
        return self.minutes(np.arange(self.limit(minutes) + 1))


class Near(Protocol):
    """What is within a limit of a choice of assets."""

    def field(self, decay: Decay, limit_minutes: float) -> Field:
        """Return the weights of `decay` up to `limit_minutes`, inclusive."""


class Travel(Protocol):
    """What a way to travel can answer. Assets are given by their positions."""

    notes: list[Note]

    def minutes_to_nearest(self, assets: Integers, rank: int = 1) -> Floats:
        """Return each origin's minutes to the nearest (2nd, 3rd nearest) of `assets`.

        nan: so many cannot be reached at all.
        """

    def near(self, assets: Integers, minutes: float) -> Near:
        """Return what is within `minutes` of `assets`."""

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, inclusive, asset by asset."""


def integers_up_to(limit: int) -> np.ndarray[Any, Any]:
    """Return an empty array of the smallest integers that hold costs up to `limit`."""
    return np.empty(0, np.uint16 if limit < _SMALL else np.int32)


def doors_of(access: Access, assets: Integers) -> tuple[Integers, Integers]:
    """Return the entrances of `assets`, and where each asset's entrances begin."""
    first = np.searchsorted(access.asset, assets)
    count = np.searchsorted(access.asset, assets, side="right") - first
    start = np.zeros(len(assets) + 1, dtype=np.int64)
    np.cumsum(count, out=start[1:])
    within = np.arange(start[-1]) - np.repeat(start[:-1], count)
    return np.repeat(first, count) + within, start
