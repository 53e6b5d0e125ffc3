"""What a recipe means for its build: the files of each step, and defaults that depend on others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.place import Place
    from mobilise.reach import Streets
    from mobilise.recipe import Recipe

LEAST_BUFFER_M = 10_000.0
Say: TypeAlias = Callable[[str], None]


def buffer_of(recipe: Recipe) -> float:
    """Return how far beyond the border assets are kept, in metres.

    Unless the recipe says, as far as people walk within the longest limit, and at least
    10 km: an asset further out changes no count, and is the nearest to few.
    """
    if recipe.place.buffer_m is not None:
        return recipe.place.buffer_m
    speed = recipe.network.speed_kmh
    longest = max((max(section.limits(speed)) for section in recipe.reach), default=15.0)
    return max(longest / 60 * speed * 1000, LEAST_BUFFER_M)


def area_files(recipe: Recipe) -> list[Path]:
    """Return the files of the areas and of what is joined to them."""
    return [recipe.areas.file, *(join.file for join in recipe.areas.join)]


def asset_files(recipe: Recipe) -> list[Path]:
    """Return the files of the assets, their entrances and joins, and of the postcodes."""
    files = [recipe.postcodes.file] if recipe.postcodes else []
    for assets in recipe.assets:
        files += [path for path in (assets.file, assets.osm) if path is not None]
        files += [recipe.feed(assets)] if assets.hsds is not None else []
        files += [join.file for join in assets.join]
        files += [assets.entrances.file] if assets.entrances else []
    return files


def directory_files(recipe: Recipe) -> list[Path]:
    """Return the directories of services, and the file of postcodes."""
    feeds = [recipe.feed(assets) for assets in recipe.assets if assets.hsds is not None]
    return [*feeds, *([recipe.postcodes.file] if recipe.postcodes else [])]


def network_files(recipe: Recipe) -> list[Path]:
    """Return the file of the streets, if there is one."""
    return [path for path in (recipe.network.osm, recipe.network.ways) if path is not None]


def street_files(recipe: Recipe) -> list[Path]:
    """Return the files of the streets and of their heights."""
    hills = recipe.network.elevation
    return [*network_files(recipe), *([hills.file] if hills else [])]


def indicator_files(recipe: Recipe) -> list[Path]:
    """Return the files of the indicators."""
    bridges = [indicator.bridge.file for indicator in recipe.indicators if indicator.bridge]
    return [*(indicator.file for indicator in recipe.indicators), *bridges]


def streets_of(
    recipe: Recipe, place: Place, staged: Path, *, step_free: bool = False
) -> Streets | None:
    """Return the walking network that the network step wrote; None where the recipe has none."""
    if not network_files(recipe):
        return None
    from mobilise import reach  # noqa: PLC0415  (few steps need it)

    name = network_name(step_free=step_free)
    paths = (staged / name, place.folder / name)
    return reach.load_streets(next(path for path in paths if path.is_file()))


def network_name(*, step_free: bool) -> str:
    """Return the file of the walking network, or of the part of it that has no steps."""
    return "network_step_free.npz" if step_free else "network.npz"


def step_free_asked(recipe: Recipe) -> bool:
    """Tell whether somebody in the recipe walks without steps."""
    return any(section.walker and section.walker.step_free for section in recipe.reach)


def reach_files(recipe: Recipe) -> list[Path]:
    """Return the files of minutes from other routers."""
    return [section.times.file for section in recipe.reach if section.times]


def plan_files(recipe: Recipe) -> list[Path]:
    """Return the files of candidate sites."""
    return [one.file for section in recipe.plan for one in section.files]
