"""Where the figures come from: every source of a recipe, with licence, vintage and hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from mobilise.filters import Filter
from mobilise.sources.fingerprints import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.recipe import Assets, Origin, Recipe


ORIGIN = ("title", "publisher", "licence", "attribution", "link", "year")


@dataclass(frozen=True)
class Used:
    """A source file, what it is used for, and what the recipe says about it."""

    path: Path
    used_for: str
    origin: Origin


def sources_of(recipe: Recipe) -> Iterator[Used]:
    """Yield every source of a recipe, in its order."""
    yield Used(recipe.areas.file, "areas", recipe.areas)
    for join in recipe.areas.join:
        yield Used(join.file, "areas", join)
    if recipe.postcodes is not None:
        yield Used(recipe.postcodes.file, "postcodes", recipe.postcodes)
    for assets in recipe.assets:
        yield from _of_assets(recipe, assets)
    for path in (recipe.network.osm, recipe.network.ways):
        if path is not None:
            yield Used(path, "walking network", recipe.network)
    if recipe.network.elevation is not None:
        yield Used(recipe.network.elevation.file, "elevation", recipe.network.elevation)
    for indicator in recipe.indicators:
        yield Used(indicator.file, "indicators", indicator)
        if indicator.bridge is not None:
            yield Used(indicator.bridge.file, "indicators", indicator.bridge)
    for section in recipe.reach:
        if section.times is not None:
            yield Used(section.times.file, "travel times", section.times)
    for plan in recipe.plan:
        for candidates in plan.files:
            yield Used(candidates.file, "candidate sites", candidates)


def _of_assets(recipe: Recipe, assets: Assets) -> Iterator[Used]:
    feed = recipe.feed(assets) if assets.hsds is not None else None
    for path in (assets.osm, assets.file, feed):
        if path is not None:
            yield Used(path, "assets", assets)
    if assets.entrances is not None:
        yield Used(assets.entrances.file, "entrances", assets.entrances)
    for join in assets.join:
        yield Used(join.file, "assets", join)


def fingerprints(recipe: Recipe) -> dict[Path, str]:
    """Return the sha256 of each source file (of a shapefile, of all its parts).

    Raises
    ------
    SourceMissing
        One is not there.
    """
    paths = {used.path for used in sources_of(recipe)}
    return {path: str(fingerprint(path)["sha256"]) for path in paths}


def cards(recipe: Recipe, hashes: dict[Path, str], rows: dict[str, int]) -> list[dict[str, Any]]:
    """Return a data card for each file and what the recipe says of it.

    Title, publisher, licence, attribution, link, year, hash, size, rows used and uses.

    Parameters
    ----------
    recipe
        Whose sources.
    hashes
        As :func:`fingerprints` returns them.
    rows
        Rows read, by the file's label.
    """
    found: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for used in sources_of(recipe):
        label = recipe.label(used.path)
        said = {key: getattr(used.origin, key) for key in ORIGIN}
        card = found.setdefault(
            (label, *said.values()),
            {
                "label": label,
                **said,
                "sha256": hashes[used.path],
                "bytes": _size(used.path),
                "rows": rows.get(label),
                "used_for": [],
            },
        )
        if used.used_for not in card["used_for"]:
            card["used_for"].append(used.used_for)
    return [{**card, "used_for": ", ".join(card["used_for"])} for card in found.values()]


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(part.stat().st_size for part in path.iterdir() if part.is_file())
    return path.stat().st_size


def plain(value: Any, recipe: Recipe) -> Any:
    """Return a section of a recipe as plain data, its paths as labels and without what is unset."""
    if isinstance(value, BaseModel):
        return {
            key: plain(getattr(value, key), recipe)
            for key in type(value).model_fields
            if getattr(value, key) not in (None, (), {})
        }
    if isinstance(value, Path):
        return recipe.label(value)
    if isinstance(value, Filter):
        return value.text
    if isinstance(value, tuple | list):
        return [plain(item, recipe) for item in value]
    if isinstance(value, dict):
        return {key: plain(item, recipe) for key, item in value.items()}
    return value
