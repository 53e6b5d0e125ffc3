"""Reach: how well people can get to assets, on foot, for a town or a country.

The five lines that most scripts need::

    from mobilise import reach
    from mobilise.sources.ways import read_ways

    streets = reach.build_streets(read_ways("leeds.osm.pbf"), "EPSG:27700")
    reached = reach.measure(areas, assets, minutes=[15, 30], streets=streets)
    print(reached.table)

``mobilise.reach(...)`` is :func:`measure`: the room can be called by its name.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilise.reach import decay
    from mobilise.reach.compiled import compiles_first
    from mobilise.reach.distributed import measure_on, measuring
    from mobilise.reach.measures import Reached, measure, travel_times
    from mobilise.reach.streets import (
        Streets,
        build_streets,
        load_streets,
        save_streets,
        streets_from_segments,
    )
    from mobilise.reach.walking import walking_rules

__all__ = [
    "Reached",
    "Streets",
    "build_streets",
    "compiles_first",
    "decay",
    "load_streets",
    "measure",
    "measure_on",
    "measuring",
    "save_streets",
    "streets_from_segments",
    "travel_times",
    "walking_rules",
]

_HOME = {
    "compiles_first": "compiled",
    "measure_on": "distributed",
    "measuring": "distributed",
    "Reached": "measures",
    "measure": "measures",
    "travel_times": "measures",
    "Streets": "streets",
    "build_streets": "streets",
    "load_streets": "streets",
    "save_streets": "streets",
    "streets_from_segments": "streets",
    "walking_rules": "walking",
}


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Reached:
        """Return :func:`measure` of the same arguments."""
        reached: Reached = self.measure(*args, **kwargs)
        return reached

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel by name, as plain modules do: a worker's decay may be made with this room."""
        return importlib.import_module, (self.__name__,)


def __getattr__(name: str) -> Any:
    """Load the part of the room that `name` is in, the first time it is asked for."""
    if name == "decay":
        return importlib.import_module("mobilise.reach.decay")
    if name not in _HOME:
        raise AttributeError(f"module 'mobilise.reach' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.reach.{_HOME[name]}"), name)


sys.modules[__name__].__class__ = _Room
