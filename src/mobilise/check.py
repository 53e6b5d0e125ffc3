"""Are the files and columns that a recipe names there? Every fault is found before any work."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from mobilise.assets.kinds import check_kinds
from mobilise.build import build_place
from mobilise.build.provenance import sources_of
from mobilise.errors import MobiliseError, RecipeError, suggestion
from mobilise.recipe import Column
from mobilise.sources import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.build.sections import Say
    from mobilise.recipe import Assets, Indicator, Recipe
    from mobilise.recipe import Table as TableSection

ANY_OF_AREAS = "areas or a table joined to them"


class _Schemas:
    """The columns of each file, each read once; a file that cannot be read is one problem."""

    def __init__(self, recipe: Recipe, problems: list[str]) -> None:
        self.recipe, self.problems = recipe, problems
        self._known: dict[tuple[Path, str | None], list[str] | None] = {}

    def columns(self, section: TableSection | Assets, path: Path) -> list[str] | None:
        key = (path, section.layer)
        if key not in self._known:
            try:
                self._known[key] = columns_of(path, layer=section.layer)
            except MobiliseError as error:
                self.problems.append(str(error))
                self._known[key] = None
        return self._known[key]

    def want(self, section: TableSection | Assets, path: Path, wanted: dict[str, str]) -> None:
        """Note each column of `wanted` (by the recipe's key) that the file lacks."""
        there = self.columns(section, path)
        if there is None:
            return
        for key, column in wanted.items():
            if column not in there:
                hint = suggestion(column, there)
                self.problems.append(
                    f"{key}: {self.recipe.label(path)} has no column '{column}'{hint}"
                )


def check_sources(recipe: Recipe) -> None:
    """Check that a recipe's files are there and have the columns and kinds that it names.

    Parameters
    ----------
    recipe
        As :func:`mobilise.recipe.load_recipe` returns it.

    Raises
    ------
    RecipeError
        All problems together.
    """
    problems = [
        f"{recipe.label(used.path)}: there is no such file ({used.path})."
        for used in {used.path: used for used in sources_of(recipe)}.values()
        if not used.path.exists()
    ]
    if problems:
        raise RecipeError(recipe.path, problems)
    schemas = _Schemas(recipe, problems)
    _check_areas(recipe, schemas)
    for i, assets in enumerate(recipe.assets, 1):
        _check_assets(assets, f"assets[{i}]", schemas)
    for i, indicator in enumerate(recipe.indicators, 1):
        _check_indicator(indicator, f"indicators[{i}]", schemas)
    for i, section in enumerate(recipe.reach, 1):
        if section.times is not None:
            times, key = section.times, f"reach[{i}].times"
            wanted = {
                f"{key}.{name}": getattr(times, name) for name in ("origin", "asset", "minutes")
            }
            schemas.want(times, times.file, wanted | _filter_columns(times, key))
    if recipe.postcodes is not None:
        codes = recipe.postcodes
        wanted = {f"postcodes.{key}": getattr(codes, key) for key in ("postcode", "x", "y")}
        schemas.want(codes, codes.file, wanted)
    problems += _kind_problems(recipe)
    if problems:
        raise RecipeError(recipe.path, problems)


def rehearse(recipe: Recipe, *, say: Say = lambda _: None) -> str:
    """Check a recipe, read its sources as a build would, and say what came of it; keep nothing.

    Parameters
    ----------
    recipe
        As :func:`mobilise.recipe.load_recipe` returns it.
    say
        Called as each step begins and ends.

    Returns
    -------
    str
        Rows, joins, what was dropped and the warnings, one line each.

    Raises
    ------
    MobiliseError
        The recipe or a source is at fault.
    """
    check_sources(recipe)
    with tempfile.TemporaryDirectory() as folder:
        placed = recipe.at(recipe.path, recipe.root, Path(folder))
        facts = build_place(placed, to="indicators", say=say).facts
    steps = {name: step["facts"] for name, step in facts["steps"].items()}
    kinds = ", ".join(f"{kind} {n:,}" for kind, n in steps["assets"]["kinds"].items()) or "none"
    lines = [
        f"{facts['name']}: {steps['areas']['areas']:,} areas, {steps['areas']['people']:,} people",
        f"Assets in the place by kind: {kinds}",
        *(f"{card['label']}: {card['rows'] or 0:,} rows read" for card in facts["sources"]),
    ]
    for note in facts["notes"]:
        mark = "WARNING " if note["warning"] else ""
        shown = f" ({', '.join(note['examples'])})" if note["examples"] else ""
        lines.append(f"{mark}{note['source']}: {note['says']}{shown}")
    return "\n".join([*lines, f"{recipe.path.name} is ready to build."])


def _check_areas(recipe: Recipe, schemas: _Schemas) -> None:
    areas = recipe.areas
    schemas.want(areas, areas.file, {"areas.id": areas.id, **_filter_columns(areas, "areas")})
    main = schemas.columns(areas, areas.file)
    if main is None:  # the file is at fault, not the columns
        return
    everywhere = list(main)
    for i, join in enumerate(areas.join, 1):
        key = f"areas.join[{i}]"
        wanted = {f"{key}.id": join.id, **_filter_columns(join, key)}
        schemas.want(join, join.file, wanted | _listed(join.columns, key))
        if join.on is not None and join.on not in everywhere:
            hint = suggestion(join.on, everywhere)
            schemas.problems.append(f"{key}.on: no column '{join.on}' so far{hint}")
        everywhere += schemas.columns(join, join.file) or []
    named = {f"areas.{key}": getattr(areas, key) for key in ("name", "x", "y", "population")}
    named |= {f"areas.groups.{name}": column for name, column in areas.groups.items()}
    for i, section in enumerate(recipe.reach, 1):
        named |= {f"reach[{i}].groups ({group})": group for group in section.groups}
    if areas.deprivation is not None:
        named["areas.deprivation.column"] = areas.deprivation.column
    for key, column in named.items():
        if column is not None and column not in everywhere:
            hint = suggestion(column, everywhere)
            schemas.problems.append(f"{key}: no column '{column}' in {ANY_OF_AREAS}{hint}")


def _check_assets(assets: Assets, key: str, schemas: _Schemas) -> None:
    if assets.file is None:
        return
    here = list(schemas.columns(assets, assets.file) or [])
    wanted = _filter_columns(assets, key)
    for i, join in enumerate(assets.join, 1):
        inner = f"{key}.join[{i}]"
        joined = {f"{inner}.id": join.id, **_filter_columns(join, inner)}
        schemas.want(join, join.file, joined | _listed(join.columns, inner))
        here += schemas.columns(join, join.file) or []
    schemas.want(assets, assets.file, wanted)
    keys = ("id", "name", "x", "y", "postcode", "capacity", "url", "updated")
    further = ("opening_hours", "wheelchair")
    named = {f"{key}.{name}": getattr(assets, name) for name in (*keys, *further)}
    if assets.kind is not None and not isinstance(assets.kind, str):
        named[f"{key}.kind.column"] = assets.kind.column
    for name, column in named.items():
        if column is not None and here and column not in here:
            label, hint = schemas.recipe.label(assets.file), suggestion(column, here)
            schemas.problems.append(f"{name}: {label} has no column '{column}'{hint}")
    if assets.entrances is not None:
        entrances, inner = assets.entrances, f"{key}.entrances"
        points = {f"{inner}.{name}": getattr(entrances, name) for name in ("x", "y")}
        points = {name: column for name, column in points.items() if column is not None}
        schemas.want(entrances, entrances.file, points | _filter_columns(entrances, inner))


def _check_indicator(indicator: Indicator, key: str, schemas: _Schemas) -> None:
    keys = ("id", "value", "lower", "upper", "numerator", "denominator")
    wanted = {f"{key}.{name}": getattr(indicator, name) for name in keys}
    for name in ("period", "group"):
        given = getattr(indicator, name)
        wanted[f"{key}.{name}"] = given.column if isinstance(given, Column) else None
    named = {name: column for name, column in wanted.items() if column is not None}
    schemas.want(indicator, indicator.file, named | _filter_columns(indicator, key))


def _filter_columns(section: TableSection | Assets, key: str) -> dict[str, str]:
    columns = section.where.columns if section.where is not None else ()
    return {f"{key}.where ({column})": column for column in columns}


def _listed(columns: tuple[str, ...] | None, key: str) -> dict[str, str]:
    return {f"{key}.columns ({column})": column for column in columns or ()}


def _kind_problems(recipe: Recipe) -> Iterator[str]:
    """Yield a sentence for each kind that is not one of the field's."""
    named: dict[str, list[str]] = defaultdict(list)
    for i, assets in enumerate(recipe.assets, 1):
        if isinstance(assets.kind, str):
            named[f"assets[{i}].kind"].append(assets.kind)
        elif assets.kind is not None:
            named[f"assets[{i}].kind.map"] += assets.kind.map.values()
        named[f"assets[{i}].kinds"] += assets.kinds or ()
    for i, section in enumerate(recipe.reach, 1):
        named[f"reach[{i}].kinds"] += section.kinds
    for i, plan in enumerate(recipe.plan, 1):
        named[f"plan[{i}]"] += plan.kinds
    for key, kinds in named.items():
        yield from (f"{key}: {sentence}" for sentence in check_kinds(kinds))
