"""Fetching a source, wherever it is, and importing it; what was not taken as it was is listed."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.importing import Import, import_services
from mobilise.place import replacing
from mobilise.sources.hsds import harvest, normalise, read_feed
from mobilise.sources.hsds.feeds import is_address

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mobilise.directory.store import Directory
    from mobilise.sources.hsds import Problem


@dataclass(frozen=True)
class Fetched:
    """What an import of a source did, and the file that lists what was not taken as it was."""

    counts: Import
    listing: Path | None

    def __str__(self) -> str:
        """Return it as a sentence."""
        return str(self.counts)


def import_source(
    directory: Directory,
    source: str | Path,
    *,
    folder: Path,
    name: str | None = None,
    changes: bool = False,
    say: Callable[[str], object] = lambda _: None,
    at: datetime | None = None,
) -> Fetched:
    """Import a file, a folder of pages, or the address of an API.

    Parameters
    ----------
    directory
        Where to.
    source
        A path or an address.
    folder
        The place's folder: pages that are fetched go into its ``harvest``, and the list of what
        was dropped and repaired into its ``checks``.
    name
        What the source is called; the same at each import.
    changes
        Of an API, only what has changed since the last import; nothing is taken as gone then.
    say
        Called with sentences on the progress.
    at
        When; by default now.

    Raises
    ------
    SourceError
        The source cannot be read.
    """
    called = name or _name_of(str(source))
    since = _last(directory, called) if changes else None
    path = Path(source)
    if is_address(str(source)):
        pages = folder / "harvest" / hashlib.sha256(str(source).encode()).hexdigest()[:12]
        path = harvest(str(source), pages, modified_after=since, say=say)
    say(f"{called}: reading")
    feed = normalise(read_feed(path), called)
    say(f"{called}: {len(feed.services):,} services to keep")
    done = import_services(directory, feed, called, complete=since is None, at=at)
    listing = folder / "checks" / f"directory_{_slug(called)}.csv" if done.problems else None
    if listing is not None:
        write_problems(listing, done.problems)
    return Fetched(done, listing)


def write_problems(path: Path, problems: list[Problem]) -> None:
    """List every dropped or repaired record, for a person to look at."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record", "what", "why"])
        writer.writerows([[p.record, p.what, p.says] for p in problems])


def _name_of(source: str) -> str:
    if is_address(source):
        return urlsplit(source).netloc
    return Path(source).name.removesuffix(".gz").removesuffix(".json")


def _slug(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-")


def _last(directory: Directory, source: str) -> str | None:
    s = schema.sources.c
    with directory.reading() as connection:
        return connection.scalar(sa.select(s.imported).where(s.source == source))
