"""Assets: what is here. Kinds as data, sources to one table, duplicates, entrances."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mobilise.assets.kinds import Kind, catalogue, check_kinds, kind_of

if TYPE_CHECKING:
    from mobilise.assets.entrances import access_points
    from mobilise.assets.gathering import Gathered, gather, zone_around

    KINDS: dict[str, Kind]

__all__ = [
    "KINDS",
    "Gathered",
    "Kind",
    "access_points",
    "check_kinds",
    "gather",
    "kind_of",
    "zone_around",
]

_SLOW = {
    "access_points": "entrances",
    "gather": "gathering",
    "Gathered": "gathering",
    "zone_around": "gathering",
}


def __getattr__(name: str) -> Any:
    """Import what needs geopandas only when it is asked for, so that kinds alone come fast."""
    if name == "KINDS":
        return catalogue().kinds
    if name in _SLOW:
        return getattr(import_module(f"mobilise.assets.{_SLOW[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
