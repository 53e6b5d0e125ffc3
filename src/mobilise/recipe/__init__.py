"""The recipe: the TOML file that says how a place is built, read and validated.

:func:`load_recipe` fills ``${NAME}`` from the environment, resolves paths and reports every
fault at once. Whether the files and columns are there is a question for
:func:`mobilise.check.check_sources`; a recipe is valid on its own.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mobilise.errors import RecipeError, SourceMissing
from mobilise.recipe.faults import crossed, faults
from mobilise.recipe.models import (
    AREA,
    Areas,
    Assets,
    Bridge,
    Candidates,
    Column,
    Decay,
    Deprivation,
    Entrances,
    Explain,
    Gaps,
    Indicator,
    Join,
    KindMap,
    Network,
    Origin,
    Plan,
    Postcodes,
    Reach,
    Recipe,
    Report,
    Table,
    Times,
    Walker,
)
from mobilise.recipe.scenarios import load_scenarios, plan_section, scenario_text

__all__ = [
    "AREA",
    "Areas",
    "Assets",
    "Bridge",
    "Candidates",
    "Column",
    "Decay",
    "Deprivation",
    "Entrances",
    "Explain",
    "Gaps",
    "Indicator",
    "Join",
    "KindMap",
    "Network",
    "Origin",
    "Plan",
    "Postcodes",
    "Reach",
    "Recipe",
    "Report",
    "Table",
    "Times",
    "Walker",
    "load_recipe",
    "load_scenarios",
    "plan_section",
    "scenario_text",
]


def load_recipe(
    path: Path | str, *, data: Path | str | None = None, out: Path | str | None = None
) -> Recipe:
    """Read a recipe.

    Parameters
    ----------
    path
        The TOML file.
    data
        The folder that relative paths of sources start from; the recipe's own by default.
    out
        The place's folder; by default the recipe's ``output``, or ``out/<recipe's name>``
        in the working directory.

    Returns
    -------
    Recipe
        Validated, with absolute paths.

    Raises
    ------
    SourceMissing
        There is no such file.
    RecipeError
        It has faults; all of them are in the message.
    """
    path = Path(path)
    if not path.is_file():
        raise SourceMissing(f"{path}: no such recipe; 'mobilise new DIR' writes one to start from.")
    problems: list[str] = []
    raw = _fill(_toml(path), "", problems)
    root = Path(data) if data is not None else path.parent
    if not root.is_dir():
        problems.append(f"--data: there is no folder {root}.")
    try:
        recipe = Recipe.model_validate(raw, context={"root": root.resolve()})
    except ValidationError as error:
        raise RecipeError(path, problems + faults(error)) from error
    problems += crossed(recipe)
    if problems:
        raise RecipeError(path, problems)
    output = Path(out or recipe.place.output or Path("out") / path.stem)
    return recipe.at(path.resolve(), root.resolve(), output.resolve())


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(path, [f"it is not valid TOML: {error}."]) from error


def _fill(value: Any, key: str, problems: list[str]) -> Any:
    """Replace ``${NAME}`` in every text by the environment's value."""
    if isinstance(value, dict):
        return {k: _fill(v, f"{key}.{k}" if key else k, problems) for k, v in value.items()}
    if isinstance(value, list):
        return [_fill(v, f"{key}[{i}]", problems) for i, v in enumerate(value, 1)]
    if not isinstance(value, str):
        return value

    def replaced(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            problems.append(f"{key}: the environment has no variable {name}; set it first.")
        return os.environ.get(name, name)

    return re.sub(r"\$\{(\w+)\}", replaced, value)
