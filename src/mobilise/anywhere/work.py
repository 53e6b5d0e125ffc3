"""The work: a place's sources one after the other; what fails is noted, and the rest goes on."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
import shapely

from mobilise.anywhere.cutting import cut_osm, cut_to, with_points, write_frame
from mobilise.anywhere.ledger import Line, file_hash
from mobilise.anywhere.obtain import obtain
from mobilise.anywhere.reading import fitting, table_of
from mobilise.anywhere.recipes import DATA, Had
from mobilise.errors import MobiliseError, SourceError
from mobilise.filters import Filter
from mobilise.sources import fingerprint
from mobilise.sources.hsds.feeds import harvest, read_feed
from mobilise.sources.publishers import filters_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from mobilise.anywhere.country import Country
    from mobilise.anywhere.obtain import Raw
    from mobilise.anywhere.selecting import Selection
    from mobilise.sources.publishers import Source

AROUND = "around"
Postcodes = tuple[frozenset[str], frozenset[str]]


class Work:
    """The sources of one place.

    Parameters
    ----------
    folder
        The place's.
    country
        Its areas, levels and postcodes.
    selection
        What the sources are cut to.
    before
        The lines of the ledger of the time before; none at first.
    """

    def __init__(
        self, folder: Path, country: Country, selection: Selection, before: Mapping[str, Line]
    ) -> None:
        self.folder, self.country, self.selection = folder, country, selection
        self.before = before
        self.had: dict[str, Had] = {}
        self.lines: dict[str, Line] = {}
        self.feeds: list[tuple[str, str]] = []
        self.known: Postcodes | None = None

    def missing(self) -> dict[str, str]:
        """Return why sources could not be had, by their key."""
        none = {k: line for k, line in self.lines.items() if line.file is None}
        return {k: line.why or "" for k, line in none.items() if line.rows is None}

    def empty(self) -> set[str]:
        """Return the keys of sources of which nothing lies in the place or near it."""
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
                    if self._kept(key, why):
                        return
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
        self.had[key] = Had(file, source, _day(came), remark)
        digest = file_hash(self.folder / file)
        self.lines[key] = Line(
            source.title, source.publisher, file, rows, lost, digest, came, remark
        )

    def _kept(self, key: str, why: str) -> bool:
        """Go on with the place's own file of the time before, if it is still as it was."""
        before = self.before.get(key)
        if before is None or before.file is None:
            return False
        path = self.folder / before.file
        if not path.is_file() or file_hash(path) != before.sha256:
            return False
        remark = f"the file of the time before was kept: {why}"
        sources = self.country.registry.sources
        source = next((s for s in sources.values() if s.title == before.title), sources[key])
        self.had[key] = Had(before.file, source, _day(before.came_from), remark)
        self.lines[key] = replace(before, why=remark)
        self.country.web.say(remark)
        return True

    def _cut(self, key: str, source: Source) -> tuple[str, int | None, int, Raw]:
        there, selection = self.country, self.selection
        if source.protocol in {"geofabrik", "overpass"}:
            raw = obtain(there.web, there.store, source, selection.box())
            name = f"{DATA}/{key}.osm.pbf"
            there.web.say(f"{source.title}: cutting it to the place")
            cut_osm(raw, source, selection, self.folder / name)
            return name, None, 0, raw
        frame, raw = self._table(key, source)
        if not source.cut.geometry:  # of a map only what lies near was read
            for text in filters_in(there.registry.recipe, key):
                fitting(frame, Filter.parse(text), source.label)
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
        if key in there.broken:
            raise there.broken[key]
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
        """Fetch a directory of services; the older pages stay until all new ones have come."""
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


def _day(came_from: Sequence[Mapping[str, Any]]) -> str:
    """Return the day on which the newest of some files came (ISO 8601)."""
    newest = max(float(file["fetched"]) for file in came_from)
    return dt.datetime.fromtimestamp(newest, dt.UTC).date().isoformat()


def feed_sections(feeds: Sequence[tuple[str, str]]) -> str:
    """Return the recipe's sections for directories of services."""
    return "".join(
        "\n# A directory of services (Open Referral UK). Feeds name no licence: ask for it.\n"
        f"[[assets]]\nhsds = {json.dumps(folder)}\n"
        f'title = "Directory of services"\npublisher = {json.dumps(urlsplit(address).netloc)}\n'
        f'link = {json.dumps(address)}\nkind = "community"\n'
        for folder, address in feeds
    )
