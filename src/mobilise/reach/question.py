"""What is asked of a way to travel, of streets or straight lines, of a country or a strip of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.notes import Note
from mobilise.reach import catchments
from mobilise.reach.decay import Decay, binary, half_life, thirds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mobilise.reach.points import Access, Floats, Integers, Origins
    from mobilise.reach.travel import Travel

PER_PEOPLE = 10_000
NEAREST = {"nearest": 1, "nearest2": 2, "nearest3": 3}
_OF_DEMAND: dict[str, Callable[..., Floats]] = {
    "2sfca": catchments.two_step,
    "e2sfca": catchments.two_step,
    "3sfca": catchments.three_step,
    "m2sfca": catchments.modified_two_step,
    "bfca": catchments.balanced,
    "spatial_availability": catchments.spatial_availability,
}
MEASURES = (*NEAREST, "count", "choice", "gravity", *_OF_DEMAND)
_SHARED_OUT = ("3sfca", "bfca")


def walks_deep(measure: str) -> int:
    """Return how many walks within the limit lie between an area and all that its value rests on.

    One to its assets; a second to the people whom they serve; a third, where people are
    shared out, to the other assets that those have. `nearest` has no limit: 0.
    """
    if measure in NEAREST:
        return 0
    return 1 if measure not in _OF_DEMAND else 3 if measure in _SHARED_OUT else 2


@dataclass(frozen=True)
class Supply:
    """What each asset gives (nan: not asked for), and in what: "assets" or "capacity"."""

    each: Floats
    unit: str


@dataclass(frozen=True)
class Question:
    """Measures, of kinds, within limits in minutes, for groups; `decay` as ``measure`` has it."""

    kinds: tuple[tuple[str, ...], ...]
    measures: tuple[str, ...]
    limits: tuple[float, ...]
    groups: tuple[str | None, ...] = (None,)
    decay: Decay | Callable[[float], Decay] | None = None

    def __post_init__(self) -> None:
        for name in self.measures:
            if name not in MEASURES:
                raise InputError(f"There is no measure '{name}'{suggestion(name, MEASURES)}")
        if not self.limits or not all(0 < limit < 1000 for limit in self.limits):
            raise InputError(
                f"minutes = {list(self.limits)}: limits must be between 0 and 1,000 minutes."
            )

    def supplies(self, access: Access) -> dict[tuple[str, ...], Supply]:
        """Return, for each set of kinds, what the assets give; unknown is the set's median."""
        found = {}
        for kind in self.kinds:
            each = np.where(np.isin(access.kind, kind), access.capacity, np.nan)
            known = ~np.isnan(each)
            if known.any():
                each = np.where(known, each, np.median(each[known]))
            else:
                each = np.ones(len(each))
            found[kind] = Supply(each, "capacity" if known.any() else "assets")
        return found

    def people(self, origins: Origins) -> pd.DataFrame:
        """Return the columns of people that the measures ask for; each is checked."""
        if not set(self.measures) & set(_OF_DEMAND):
            return origins.frame[[]]
        return pd.DataFrame({group or "population": origins.demand(group) for group in self.groups})

    def answers(
        self,
        origins: Origins,
        access: Access,
        travel: Travel,
        supplies: dict[tuple[str, ...], Supply],
    ) -> Iterator[tuple[dict[str, Any], Floats]]:
        """Yield what each column of values is, and the values, one an origin."""
        for kind in self.kinds:
            asked = _Asked(self, origins, access, travel, kind, supplies[kind])
            for told, values in asked.values():
                yield told | {"kind": "+".join(kind)}, values

    def notes(self, access: Access) -> list[Note]:
        """Return what people should know about the kinds' figures."""
        return [note for kind in self.kinds for note in self._notes_on(kind, access)]

    def _notes_on(self, kind: tuple[str, ...], access: Access) -> list[Note]:
        capacity = access.capacity[np.isin(access.kind, kind)]
        name = " or ".join(kind)
        if not len(capacity):
            return [Note("reach", "assets", f"There is no asset of kind {name}.", 0, (), True)]
        unknown = int(np.isnan(capacity).sum())
        if not unknown or not set(self.measures) & {"gravity", *_OF_DEMAND}:
            return []
        if unknown == len(capacity):
            says = f"No capacity is known for {name}: each asset counts as one."
        else:
            says = (
                f"{unknown} of {len(capacity)} assets of kind {name} have no known capacity: "
                "they count with the median of the others."
            )
        return [Note("reach", "assets", says, unknown, (), unknown < len(capacity))]


@dataclass(frozen=True)
class _Asked:
    """One kind, or set of kinds, of assets to be measured."""

    question: Question
    origins: Origins
    access: Access
    travel: Travel
    kind: tuple[str, ...]
    supply: Supply

    def values(self) -> Iterator[tuple[dict[str, Any], Floats]]:
        measures, limits = self.question.measures, self.question.limits
        assets = self._assets(self.kind)
        for name in (name for name in NEAREST if name in measures):
            told = {"measure": name, "limit": np.nan, "unit": "minutes", "group": None}
            yield told, self.travel.minutes_to_nearest(assets, NEAREST[name])
        others = [name for name in MEASURES if name in measures and name not in NEAREST]
        if not others:
            return
        near = self.travel.near(assets, max(limits))
        supply, unit = self.supply.each[assets], self.supply.unit
        for name in others:
            for limit in limits:
                told = {"measure": name, "limit": limit, "group": None}
                if name in _OF_DEMAND:
                    yield from self._of_demand(told, near, supply)
                elif name == "count":
                    within = near.field(binary(), limit)
                    yield told | {"unit": "assets"}, within.gather(np.ones(len(assets)))
                elif name == "choice":
                    yield told | {"unit": "kinds"}, self._choice(limit)
                else:
                    field = near.field(self._decay(limit, half_life(limit / 2)), limit)
                    yield told | {"unit": f"{unit}, weighted"}, field.gather(supply)

    def _assets(self, kind: tuple[str, ...]) -> Integers:
        return np.flatnonzero(np.isin(self.access.kind, kind))

    def _choice(self, limit: float) -> Floats:
        """Return how many of the kinds are within the limit."""
        kinds = np.zeros(len(self.origins.area_id))
        for kind in self.kind:
            assets = self._assets((kind,))
            if len(assets):
                within = self.travel.near(assets, limit).field(binary(), limit)
                kinds += within.gather(np.ones(len(assets))) > 0
        return kinds

    def _of_demand(
        self, told: dict[str, Any], near: Any, supply: Floats
    ) -> Iterator[tuple[dict[str, Any], Floats]]:
        name, limit, unit = told["measure"], told["limit"], self.supply.unit
        fall = binary() if name == "2sfca" else self._decay(limit, thirds(limit))
        field = near.field(fall, limit)
        for group in self.question.groups:
            values = _OF_DEMAND[name](field, self.origins.demand(group), supply)
            if name == "spatial_availability":
                yield told | {"unit": unit, "group": group}, values
            else:
                per = f"{unit} per {PER_PEOPLE:,} people"
                yield told | {"unit": per, "group": group}, PER_PEOPLE * values

    def _decay(self, limit: float, usual: Decay) -> Decay:
        decay = self.question.decay
        if decay is None:
            return usual
        return decay if isinstance(decay, Decay) else decay(limit)
