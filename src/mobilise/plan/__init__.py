"""Plan: where the next site helps most, for whom, and how far from the best a plan can be.

Pure: tables in, records out. No file, no place::

    from mobilise import plan, reach

    times = reach.travel_times(areas, sites, minutes=30, streets=streets)
    problem = plan.problem(areas, sites, times)
    best = plan.solve(problem, objective="equity", add=5, minutes=15)
    print(best.sentence, best.certificate)
    print(plan.effects(problem, best).table)

``mobilise.plan(...)`` is :func:`solve`: the room can be called by its name.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilise.plan.closing import Closing, closing_study
    from mobilise.plan.frontiers import Frontier, frontier
    from mobilise.plan.impact import Effects, effects
    from mobilise.plan.outreach import Sessions, sessions
    from mobilise.plan.plans import Plan, solve
    from mobilise.plan.problems import Problem, problem
    from mobilise.plan.robust import Robustness, robustness

__all__ = [
    "Closing",
    "Effects",
    "Frontier",
    "Plan",
    "Problem",
    "Robustness",
    "Sessions",
    "closing_study",
    "effects",
    "frontier",
    "problem",
    "robustness",
    "sessions",
    "solve",
]

_HOME = {
    "Closing": "closing",
    "closing_study": "closing",
    "Effects": "impact",
    "effects": "impact",
    "Frontier": "frontiers",
    "frontier": "frontiers",
    "Plan": "plans",
    "solve": "plans",
    "Problem": "problems",
    "problem": "problems",
    "Robustness": "robust",
    "robustness": "robust",
    "Sessions": "outreach",
    "sessions": "outreach",
}


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Plan:
        """Return :func:`solve` of the same arguments."""
        found: Plan = self.solve(*args, **kwargs)
        return found


def __getattr__(name: str) -> Any:
    """Load the part of the room that `name` is in, the first time it is asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'mobilise.plan' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.plan.{_HOME[name]}"), name)


sys.modules[__name__].__class__ = _Room
