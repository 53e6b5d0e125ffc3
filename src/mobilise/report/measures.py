"""Measures of reach in the report's words: names, units and what a figure means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.assets.phrases import phrase, plural_phrase
from mobilise.report import words
from mobilise.report.material import heading_of

if TYPE_CHECKING:
    from mobilise.report.material import Material

# In the order of their worth for questions of capacity: balanced catchments count nothing twice.
CATCHMENTS = {
    "bfca": "balanced catchments",
    "e2sfca": "two-step catchments with decay",
    "2sfca": "two-step catchments",
    "3sfca": "three-step catchments",
    "m2sfca": "modified two-step catchments",
    "spatial_availability": "spatial availability",
}
MEANINGS = {
    "bfca": "Each person is divided among those in reach, and what each offers among the people "
    "who reach it, so that nobody and nothing is counted twice.",
    "e2sfca": "What each offers is divided by the people in reach of it; nearer ones count more. "
    "Somebody with several in reach counts at each.",
    "2sfca": "What each offers is divided by the people in reach of it. Somebody with several in "
    "reach counts at each.",
    "3sfca": "People choose among those in reach, and what each offers is divided by those who "
    "choose it.",
    "m2sfca": "What each offers is divided by the people in reach of it; what lies far from "
    "everybody stays unused.",
    "spatial_availability": "All that there is, shared out: the shares of all areas add up to it.",
}
_TIMES = {"nearest": "nearest", "nearest2": "second nearest", "nearest3": "third nearest"}
_PEOPLE = " per 10,000 people"


def measure_name(kind: str, measure: str, limit: float, whose: str = "") -> str:
    """Return a measure as a row of a table has it.

    Parameters
    ----------
    kind, measure, limit
        As in the table ``reach``.
    whose
        The group, in words; "" for everyone on foot.

    Examples
    --------
    >>> measure_name("library", "nearest2", float("nan"))
    'Walk to the second nearest library'
    >>> measure_name("gp", "bfca", 15.0, "slower walkers")
    'GP practices within 15 minutes, balanced catchments (slower walkers)'
    """
    said = f" ({whose})" if whose else ""
    if measure in _TIMES:
        way = "Way" if whose else "Walk"
        return f"{way} to the {_TIMES[measure]} {phrase(kind, article=False)}{said}"
    within = "" if pd.isna(limit) else f" within {words.limit(limit)}"
    if measure == "choice":
        return f"How many of {kind.count('+') + 1} kinds are{within}{said}"
    how = {"count": "number", "gravity": "nearer ones counting more"} | CATCHMENTS
    return f"{heading_of(kind)}{within}, {how.get(measure, measure)}{said}"


def whose_words(material: Material, group: str) -> str:
    """Return a group of ``reach`` in words: a column of people without its underscores.

    Parameters
    ----------
    material
        The place.
    group
        A column of ``areas``, a walker's or a way of travel's name, or both joined by ``, ``.
    """
    column, comma, rest = group.partition(", ")
    if column in material.areas.columns:
        return words.clean(column.replace("_", " ") + comma + rest)
    return words.clean(group)


def unit_words(material: Material, kind: str, unit: str) -> str:
    """Return a unit with what "capacity" is: the column that the recipe takes it from.

    Parameters
    ----------
    material
        The place.
    kind, unit
        As in the table ``reach``.
    """
    said = words.clean(unit)
    if not said.startswith("capacity"):
        return said
    columns = sorted(_capacities(material, kind))
    what = words.listed([words.clean(column.replace("_", " ")) for column in columns])
    return said.replace("capacity", what, 1) if what else said


def what_it_means(kind: str, measure: str, unit: str) -> str:
    """Return what a catchment measure's figure is, in plain words.

    Parameters
    ----------
    kind, measure
        As in the table ``reach``.
    unit
        From :func:`unit_words`.
    """
    shared = unit.endswith(_PEOPLE)
    what = unit.removesuffix(_PEOPLE)
    of = f"{words.capital(what)} of {plural_phrase(kind)}"
    if what == "assets":
        of = heading_of(kind)
    share = f" for every{_PEOPLE.removeprefix(' per')}, shared out among everyone in reach"
    return f"{of}{share if shared else ''}. {MEANINGS[measure]}"


def outcome_name(material: Material, row: Any) -> str:
    """Return what a row of ``gaps`` is about: a measure of reach, or an indicator.

    Parameters
    ----------
    material
        The place.
    row
        With the columns of ``gaps`` as attributes.
    """
    if pd.isna(row.kind):
        return words.clean(row.of)
    group = str(row.of).removeprefix("reach").removeprefix(": ")
    limit = float("nan") if pd.isna(row.limit) else float(row.limit)
    whose = whose_words(material, group)
    if row.statistic == "share_reached":
        said = f" ({whose})" if whose else ""
        return f"People with {phrase(str(row.kind))} within {words.limit(limit)}{said}"
    return measure_name(str(row.kind), str(row.measure), limit, whose)


def _capacities(material: Material, kind: str) -> set[str]:
    """Return the columns that the capacity of a kind was read from."""
    columns = set()
    for entry in material.facts.get("recipe", {}).get("assets", []):
        named = entry.get("kind")
        kinds = [named] if isinstance(named, str) else list((named or {}).get("map", {}).values())
        if entry.get("capacity") and set(kinds) & set(kind.split("+")):
            columns.add(str(entry["capacity"]))
    return columns
