"""Circularity: outcomes that are part of the index that they are set against."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from mobilise.notes import Note

if TYPE_CHECKING:
    from mobilise.recipe import Recipe


def circular(recipe: Recipe) -> list[Note]:
    """Return a warning for each indicator that is part of an index that people are ranked by.

    The pairs known are in ``circular.toml``. The outcome's own index is never its axis: use
    another domain, such as income.

    Parameters
    ----------
    recipe
        Its indicators, and the columns that people are ranked by.
    """
    text = resources.files("mobilise.build").joinpath("circular.toml").read_text(encoding="utf-8")
    rules = tomllib.loads(text)["circular"]
    axes = {} if recipe.areas.deprivation is None else {recipe.areas.deprivation.column: None}
    axes |= {s.by.column: None for s in recipe.gaps if s.by is not None and s.by.column}
    notes = []
    for indicator in recipe.indicators:
        for column in axes:
            for rule in rules:
                outcome = f"{indicator.value} {indicator.name}"
                if _fits(rule["index"], column) and _fits(rule["outcome"], outcome):
                    says = (
                        f"{indicator.name} is set against '{column}', and {rule['says']}: the gap "
                        "would partly be one with itself. Rank by another domain, such as income."
                    )
                    notes.append(Note("gaps", recipe.label(indicator.file), says, 1, (), True))
    return notes


def _fits(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
