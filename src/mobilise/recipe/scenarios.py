"""Scenario files: ``[[plan]]`` sections by themselves, to be kept, passed on and compared."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from mobilise.errors import InputError, RecipeError, SourceMissing
from mobilise.recipe.faults import faults
from mobilise.recipe.models import Plan
from mobilise.recipe.sections import Model

if TYPE_CHECKING:
    from pathlib import Path


class Scenarios(Model):
    """A scenario file."""

    plan: tuple[Plan, ...] = Field(min_length=1)


def plan_section(asked: dict[str, Any]) -> Plan:
    """Return a ``[[plan]]`` from its keys, without a recipe.

    Raises
    ------
    InputError
        A key is at fault; the first one is told.
    """
    try:
        return Plan.model_validate(asked)
    except ValidationError as error:
        raise InputError(faults(error)[0].removeprefix("recipe: ")) from error


def load_scenarios(path: Path, *, data: Path | None = None) -> tuple[Plan, ...]:
    """Read a scenario file.

    Parameters
    ----------
    path
        A TOML file of ``[[plan]]`` sections, as a recipe has them.
    data
        The folder that relative paths of candidates start from; the file's own by default.

    Raises
    ------
    SourceMissing, RecipeError
        There is no such file; or it has faults, all of which are in the message.
    """
    if not path.is_file():
        raise SourceMissing(f"{path}: no such scenario file; '--save FILE' writes one.")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(path, [f"it is not valid TOML: {error}."]) from error
    root = data or path.parent
    try:
        return Scenarios.model_validate(raw, context={"root": root.resolve()}).plan
    except ValidationError as error:
        raise RecipeError(path, faults(error)) from error


def scenario_text(section: Plan) -> str:
    """Return a section as TOML, with the keys that were given.

    Examples
    --------
    >>> print(scenario_text(Plan(kind="library", add=2)))
    [[plan]]
    kind = "library"
    add = 2
    <BLANKLINE>
    """
    given = section.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    lines = [f"{key} = {_toml(value)}" for key, value in given.items() if value not in ([], {})]
    return "\n".join(["[[plan]]", *lines, ""])


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
