"""Travel by somebody else's table of times: public transport, driving, another walking router."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, MissingColumn
from mobilise.notes import Note
from mobilise.reach.decay import HAIR
from mobilise.reach.pairs import Pairs

if TYPE_CHECKING:
    from mobilise.reach.points import Access, Floats, Integers, Origins

COLUMNS = ("from_id", "to_id", "minutes")


@dataclass
class ByTable:
    """Times between origins and assets, sorted by asset, then origin; of several the least."""

    asset: Integers
    origin: Integers
    minutes: Floats
    n_origins: int
    notes: list[Note] = field(default_factory=list)

    def minutes_to_nearest(self, assets: Integers, rank: int = 1) -> Floats:
        """Return each origin's minutes to the nearest (2nd, ...) of `assets`."""
        chosen = np.isin(self.asset, assets)
        origin, minutes = self.origin[chosen], self.minutes[chosen]
        order = np.lexsort((minutes, origin))
        origin, minutes = origin[order], minutes[order]
        begins = np.searchsorted(origin, np.arange(self.n_origins))
        ends = np.searchsorted(origin, np.arange(self.n_origins), side="right")
        at = begins + rank - 1
        there = at < ends
        found = np.full(self.n_origins, np.nan)
        found[there] = minutes[at[there]]
        return found

    def near(self, assets: Integers, minutes: float) -> Pairs:
        """Return what is within `minutes` of `assets`."""
        return self.pairs(assets, minutes)

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, asset by asset."""
        chosen = np.isin(self.asset, assets) & (self.minutes <= minutes + HAIR)
        position = np.searchsorted(assets, self.asset[chosen])
        known, cost = np.unique(self.minutes[chosen], return_inverse=True)
        first = np.searchsorted(position, np.arange(len(assets) + 1))
        origin = self.origin[chosen].astype(np.int32)
        rows = np.arange(len(assets))
        return Pairs(rows, first, origin, cost.astype(np.int32), known, self.n_origins)


def by_table(times: pd.DataFrame, origins: Origins, access: Access) -> ByTable:
    """Return travel by a table of from_id, to_id, minutes.

    Pairs that are not in it, or whose minutes are missing, cannot be travelled. Rows about
    ids that are neither origins nor assets are left out and counted.

    Raises
    ------
    MissingColumn
        It lacks one of its three columns.
    InputError
        A time is negative or no number.
    """
    for name in COLUMNS:
        if name not in times.columns:
            raise MissingColumn(name, times.columns, "times")
    minutes = pd.to_numeric(times["minutes"], errors="coerce").to_numpy(float, na_value=np.nan)
    if (times["minutes"].notna().to_numpy() & ~(minutes >= 0)).any():
        raise InputError("times: 'minutes' must be zero or more; leave out what cannot be reached.")
    origin = pd.Index(origins.area_id).get_indexer(times["from_id"].astype("str"))
    asset = pd.Index(access.asset_id).get_indexer(times["to_id"].astype("str"))
    strange = (origin < 0) | (asset < 0)
    use = ~strange & np.isfinite(minutes)
    notes = []
    if strange.any():
        says = f"{strange.sum()} of {len(times)} travel times are of unknown origins or assets."
        notes.append(Note("reach", "times", says, int(strange.sum()), (), bool(strange.all())))
    origin, asset, minutes = origin[use], asset[use], minutes[use]
    order = np.lexsort((minutes, origin, asset))
    asset, origin, minutes = asset[order], origin[order], minutes[order]
    least = _first_of_each(asset, origin)
    return ByTable(asset[least], origin[least], minutes[least], len(origins.area_id), notes)


def _first_of_each(asset: Any, origin: Any) -> Any:
    first = np.ones(len(asset), dtype=bool)
    first[1:] = (asset[1:] != asset[:-1]) | (origin[1:] != origin[:-1])
    return first
