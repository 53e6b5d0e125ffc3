"""mobilise: put a place's community assets to work against health inequalities.

The functions that people script with; everything is imported when it is first used, so
that the command line starts fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "MobiliseError",
    "Place",
    "Recipe",
    "__version__",
    "build_place",
    "gaps",
    "load_recipe",
    "plan",
    "reach",
    "write_report",
]

if TYPE_CHECKING:
    from mobilise import gaps, plan, reach
    from mobilise.build import build_place
    from mobilise.errors import MobiliseError
    from mobilise.place import Place
    from mobilise.recipe import Recipe, load_recipe
    from mobilise.report import write_report

_HOMES = {
    "MobiliseError": "mobilise.errors",
    "Place": "mobilise.place",
    "Recipe": "mobilise.recipe",
    "build_place": "mobilise.build",
    "load_recipe": "mobilise.recipe",
    "write_report": "mobilise.report",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, the first time."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"mobilise.{name}")
    raise AttributeError(f"module 'mobilise' has no attribute '{name}'")
