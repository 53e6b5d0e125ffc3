"""Making: a place's folder with its data and its recipe, and later the same anew."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mobilise.anywhere.country import Country
from mobilise.anywhere.ledger import Ledger, Line
from mobilise.anywhere.recipes import recipe_text
from mobilise.anywhere.selecting import Ask
from mobilise.anywhere.work import Work, feed_sections
from mobilise.errors import InputError
from mobilise.place import replacing
from mobilise.sources.publishers import load_registry, sources_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mobilise.fetch import Store, Web
    from mobilise.sources.publishers import Registry

RECIPE, BESIDE = "recipe.toml", "recipe.new.toml"


@dataclass(frozen=True)
class Made:
    """What was made.

    Parameters
    ----------
    recipe
        The recipe written: the place's own, or one beside it where somebody has edited that.
    name
        The place's.
    areas, neighbours
        How many.
    ledger
        Where everything came from.
    before
        The ledger of the time before; None at first.
    """

    recipe: Path
    name: str
    areas: int
    neighbours: int
    ledger: Ledger
    before: Ledger | None = None

    @property
    def missing(self) -> dict[str, Line]:
        """What could not be had."""
        lines = self.ledger.lines.items()
        return {k: line for k, line in lines if line.file is None and line.rows is None}


def new_place(
    folder: Path,
    ask: Ask,
    web: Web,
    store: Store,
    *,
    country: str = "england",
    extras: Sequence[str] = (),
    feeds: Sequence[str] = (),
    command: str = "",
) -> Made:
    """Write a place's data and recipe into a folder.

    Parameters
    ----------
    folder
        Where to; it is made.
    ask
        Which place.
    web, store
        The way out, and the cache that all places share.
    country
        A registry that comes with mobilise, or a file.
    extras
        Optional sources to fetch as well.
    feeds
        Addresses of Open Referral UK feeds.
    command
        What was typed, for the recipe's head.

    Raises
    ------
    InputError
        There is a recipe already, or no such place.
    SourceError
        What a place cannot do without (its areas, where their people live) could not be had.
    """
    if (folder / RECIPE).exists():
        raise InputError(
            f"{folder / RECIPE} exists already; 'mobilise update {folder}' fetches its data again, "
            "or choose another folder."
        )
    registry = load_registry(country)
    unknown = [name for name in extras if name not in registry.sources]
    if unknown:
        raise InputError(f"--with {unknown[0]}: the registry has no such source.")
    return _make(folder, registry, country, ask, web, store, list(extras), list(feeds), command, {})


def update_place(folder: Path, web: Web, store: Store, *, command: str = "") -> Made:
    """Fetch a place's data again, and say what changed.

    The recipe is written again only if nobody has edited it; otherwise the new one is put beside
    it as ``recipe.new.toml``.

    Parameters
    ----------
    folder
        Made by :func:`new_place`.
    web, store, command
        As there; a store with ``max_age=0`` asks every publisher.

    Raises
    ------
    InputError
        The folder was not made so.
    """
    before = Ledger.read(folder)
    registry = load_registry(before.country)
    ask = Ask.from_dict(before.asked)
    made = _make(
        folder,
        registry,
        before.country,
        ask,
        web,
        store,
        before.extras,
        before.feeds,
        command,
        before.lines,
    )
    return replace(made, before=before)


def list_members(
    level: str, web: Web, store: Store, *, country: str = "england"
) -> list[tuple[str, str]]:
    """Return the codes and names of a level's members, by name.

    Parameters
    ----------
    level
        ``district``, or another level of the registry.
    web, store, country
        As for :func:`new_place`.
    """
    members = Country(load_registry(country), web, store).members(level)
    pairs = members[["code", "name"]].drop_duplicates()
    return sorted(pairs.itertuples(index=False, name=None), key=lambda pair: (pair[1], pair[0]))


def _make(
    folder: Path,
    registry: Registry,
    country: str,
    ask: Ask,
    web: Web,
    store: Store,
    extras: list[str],
    feeds: list[str],
    command: str,
    before: Mapping[str, Line],
) -> Made:
    there = Country(registry, web, store)
    selection = there.select(ask)
    web.say(f"{selection.name}: {len(selection.ids):,} areas, {len(selection.around):,} neighbours")
    work = Work(folder, there, selection, before)
    for key in _order(registry, extras):
        work.take(key)
    for i, address in enumerate(feeds, 1):
        work.feed(i, address)
    text = recipe_text(
        registry,
        selection.name,
        had=work.had,
        missing=work.missing(),
        empty=work.empty(),
        command=command,
        output=f"out/{folder.resolve().name}",
    )
    text += feed_sections(work.feeds)
    recipe, digest = _write_recipe(folder, text)
    ledger = Ledger(ask.as_dict(), country, extras, feeds, digest, work.lines)
    ledger.write(folder)
    return Made(recipe, selection.name, len(selection.ids), len(selection.around), ledger)


def _order(registry: Registry, extras: Sequence[str]) -> list[str]:
    """Return the sources to fetch: those of the recipe, postcodes before what needs them."""
    named = sources_in(registry.recipe)
    first = [key for key in (registry.country.postcodes,) if key in named]
    wanted = [*first, *(key for key in named if key not in first), *extras]
    return [
        key for key in dict.fromkeys(wanted) if not registry.sources[key].optional or key in extras
    ]


def _write_recipe(folder: Path, text: str) -> tuple[Path, str]:
    """Write the recipe unless somebody has edited it; return where, and what it was written as."""
    path = folder / RECIPE
    digest = _digest(text)
    if path.exists():
        now = _digest(path.read_text(encoding="utf-8"))
        if now not in {digest, Ledger.read(folder).recipe_sha256}:
            path = folder / BESIDE
            digest = Ledger.read(folder).recipe_sha256
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path, digest


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
