"""Making: a place's folder with its data and its recipe, and later the same anew."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import shapely

from mobilise.anywhere.country import Country
from mobilise.anywhere.cutting import cut_osm, cut_to, with_points, write_frame
from mobilise.anywhere.ledger import Ledger, Line, file_hash
from mobilise.anywhere.obtain import obtain
from mobilise.anywhere.reading import table_of
from mobilise.anywhere.recipes import DATA, Had, recipe_text
from mobilise.anywhere.selecting import Ask
from mobilise.errors import InputError, MobiliseError, SourceError
from mobilise.place import replacing
from mobilise.sources import fingerprint
from mobilise.sources.hsds.feeds import harvest, read_feed
from mobilise.sources.publishers import load_registry, sources_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from mobilise.anywhere.obtain import Raw
    from mobilise.anywhere.selecting import Selection
    from mobilise.fetch import Store, Web
    from mobilise.sources.publishers import Registry, Source

RECIPE, BESIDE = "recipe.toml", "recipe.new.toml"
AROUND = "around"
Postcodes = tuple[frozenset[str], frozenset[str]]


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
    return _make(folder, registry, country, ask, web, store, list(extras), list(feeds), command)


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
        folder, registry, before.country, ask, web, store, before.extras, before.feeds, command
    )
    return Made(made.recipe, made.name, made.areas, made.neighbours, made.ledger, before)


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
) -> Made:
    there = Country(registry, web, store)
    selection = there.select(ask)
    web.say(f"{selection.name}: {len(selection.ids):,} areas, {len(selection.around):,} neighbours")
    work = _Work(folder, there, selection)
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
    text += _feed_sections(work.feeds)
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


class _Work:
    """The sources of one place, one after the other; what fails is noted, and the rest goes on."""

    def __init__(self, folder: Path, country: Country, selection: Selection) -> None:
        self.folder, self.country, self.selection = folder, country, selection
        self.had: dict[str, Had] = {}
        self.lines: dict[str, Line] = {}
        self.feeds: list[tuple[str, str]] = []
        self.known: Postcodes | None = None

    def missing(self) -> dict[str, str]:
        none = {k: line for k, line in self.lines.items() if line.file is None}
        return {k: line.why or "" for k, line in none.items() if line.rows is None}

    def empty(self) -> set[str]:
        return {k for k, line in self.lines.items() if line.file is None and line.rows == 0}

    def take(self, key: str) -> None:
        """Fetch a source and cut it; or the one that stands in for it, or note why not."""
        source, why = self.country.registry.sources[key], None
        while True:
            if key not in {*self.country.tables, self.country.registry.country.postcodes}:
                self.country.web.say(source.title)
            try:
                file, rows, lost, raw = self._cut(key, source)
            except MobiliseError as error:
                why = f"{why} {error}" if why else str(error)
                if source.or_else is None:
                    self.lines[key] = Line(source.title, source.publisher, why=why)
                    self.country.web.say(f"MISSING: {why}")
                    return
                source = self.country.registry.sources[source.or_else]
                continue
            break
        came = [{"address": f.address, "sha256": f.sha256, "fetched": f.fetched} for f in raw.files]
        if rows == 0:
            title, publisher = source.title, source.publisher
            self.lines[key] = Line(title, publisher, rows=0, lost=lost, came_from=came)
            (self.folder / file).unlink()
            return
        remark = why or (f"an older copy was used: {raw.instead}" if raw.instead else None)
        self.had[key] = Had(file, source, remark)
        digest = file_hash(self.folder / file)
        self.lines[key] = Line(
            source.title, source.publisher, file, rows, lost, digest, came, remark
        )

    def _cut(self, key: str, source: Source) -> tuple[str, int | None, int, Raw]:
        there, selection = self.country, self.selection
        if source.protocol in {"geofabrik", "overpass"}:
            raw = obtain(there.web, there.store, source, selection.box())
            name = f"{DATA}/{key}.osm.pbf"
            there.web.say(f"{source.title}: cutting it to the place")
            cut_osm(raw, source, selection, self.folder / name)
            return name, None, 0, raw
        frame, raw = self._table(key, source)
        frame, lost = cut_to(frame, source, selection, self.known)
        country = there.registry.country
        if key == country.points:
            frame = with_points(frame, source, country, country.crs)
        if key == country.areas:
            ids = frame[country.id].astype("str").isin(selection.around)
            frame = frame.assign(**{AROUND: np.where(ids, "yes", "no")})
        name = f"{DATA}/{key}.parquet"
        write_frame(frame, self.folder / name)
        if key == country.postcodes:
            self._know_postcodes()
        return name, len(frame), lost, raw

    def _table(self, key: str, source: Source) -> tuple[pd.DataFrame, Raw]:
        """Return a source's table: as the country has it already, or what lies in the zone."""
        there = self.country
        if key in there.tables and source is there.registry.sources[key]:
            return there.tables[key], there.raws[key]
        if key == there.registry.country.postcodes and source is there.registry.sources[key]:
            return there.table(key), there.raws[key]
        box = self.selection.box() if source.cut.geometry else None
        raw = obtain(there.web, there.store, source, box)
        return table_of(source, raw, self.selection.series()), raw

    def _know_postcodes(self) -> None:
        """Remember the country's postcodes and the zone's, for what is cut by them."""
        table = self.country.postcodes()
        keys = table["postcode"].str.replace(" ", "").str.upper().to_numpy()
        shapely.prepare(self.selection.zone)
        within = shapely.contains_xy(self.selection.zone, table["x"], table["y"])
        self.known = frozenset(keys), frozenset(keys[within])

    def feed(self, number: int, address: str) -> None:
        """Fetch a directory of services: a folder of its pages, the older one until all have come."""
        web, label = self.country.web, f"Open Referral UK feed {address}"
        key, name = f"feed_{number}", f"{DATA}/feed_{number}"
        there, fresh = self.folder / name, self.folder / DATA / f".feed_{number}"
        web.say(label)
        why = None
        try:
            harvest(address, fresh, say=web.progress, wait=web.pause)
        except SourceError as error:
            why = str(error)
            if not there.is_dir():
                self.lines[key] = Line(label, address, why=why)
                web.say(f"MISSING: {why}")
                return
        else:
            shutil.rmtree(there, ignore_errors=True)
            fresh.replace(there)
        count = sum(1 for _ in read_feed(there))
        digest = str(fingerprint(there)["sha256"])
        self.lines[key] = Line(label, address, name, count, sha256=digest, why=why)
        self.feeds.append((name, address))


def _feed_sections(feeds: Sequence[tuple[str, str]]) -> str:
    """Return the recipe's sections for directories of services."""
    return "".join(
        "\n# A directory of services (Open Referral UK). Feeds do not say their licence: ask for it.\n"
        f"[[assets]]\nhsds = {json.dumps(folder)}\n"
        f'title = "Directory of services"\npublisher = {json.dumps(urlsplit(address).netloc)}\n'
        f'link = {json.dumps(address)}\nkind = "community"\n'
        for folder, address in feeds
    )


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
