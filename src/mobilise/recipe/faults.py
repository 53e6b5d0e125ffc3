"""What is wrong with a recipe, in sentences: the key as the user wrote it, the fault, the mend."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from mobilise.errors import suggestion
from mobilise.recipe.models import AREA, Recipe

TAGS = {"text", "table"}  # the names of a union's members, which no user wrote
SENTENCES = {
    "missing": "is missing",
    "model_type": "must be a table of keys",
    "model_attributes_type": "must be a table of keys",
    "tuple_type": "must be a list, in [brackets]",
    "string_type": "must be a text, in 'quotes'",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "dict_type": "must be a table of keys",
    "float_type": "must be a number, without quotes",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def faults(error: ValidationError) -> list[str]:
    """Return one sentence for each of pydantic's findings, in the order of the recipe."""
    items = error.errors(include_url=False)
    return [f"{_key(i['loc'])}: {_sentence(i)}" for i in items if not _follows(i, items)]


def _follows(item: Any, items: list[Any]) -> bool:
    """Tell whether a list only counts as empty because its members have faults of their own."""
    depth = len(item["loc"])
    return item["type"] == "too_short" and any(
        len(other["loc"]) > depth and other["loc"][:depth] == item["loc"] for other in items
    )


def crossed(recipe: Recipe) -> list[str]:
    """Return the faults that span several sections."""
    problems = []
    for i, assets in enumerate(recipe.assets, 1):
        if assets.postcode is not None and recipe.postcodes is None:
            problems.append(
                f"assets[{i}].postcode: a [postcodes] section must name the table of postcodes."
            )
    levels = [AREA, *recipe.areas.groups]
    for i, indicator in enumerate(recipe.indicators, 1):
        if indicator.level not in levels:
            problems.append(
                f"indicators[{i}].level: '{indicator.level}' is not one of areas.groups"
                f"{suggestion(indicator.level, levels)}"
            )
    return problems


def _key(loc: tuple[int | str, ...]) -> str:
    key = ""
    for part in loc:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif part not in TAGS:
            key += f".{part}" if key else part
    return key or "recipe"


def _sentence(item: Any) -> str:
    kind = item["type"]
    if kind == "extra_forbidden":
        return f"unknown key{suggestion(str(item['loc'][-1]), _siblings(item['loc']))}"
    if kind == "value_error":
        return f"{str(item['ctx']['error']).rstrip('.')}."
    if kind == "literal_error":
        return f"must be {item['ctx']['expected']}, not {item['input']!r}."
    if kind in SENTENCES:
        return f"{SENTENCES[kind]}."
    says = item["msg"].removeprefix("Input should be ")
    return f"must be {says}, not {item['input']!r}."


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the table of an unknown key may have."""
    model: Any = Recipe
    for part in loc[:-1]:
        if isinstance(part, int) or part in TAGS:
            continue
        field = model.model_fields.get(part)
        model = _model_in(field.annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    """Return the model inside an optional, a list or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(inner) for inner in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)
