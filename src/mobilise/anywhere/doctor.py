"""The doctor: whether all is well here, and at every publisher's address."""

from __future__ import annotations

import csv
import platform
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mobilise import __version__, fetch
from mobilise.anywhere.obtain import renamed
from mobilise.anywhere.reading import check_width
from mobilise.errors import SourceError
from mobilise.fetch import Store
from mobilise.fetch.content import looks_like
from mobilise.fetch.web import BROKEN, broken, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mobilise.fetch import Web
    from mobilise.sources.publishers import Registry, Source

HEAD_BYTES = 16_384
LEAST_FREE_GB = 5.0


def check_here(registry: Registry, store: Store) -> Iterator[tuple[str, bool]]:
    """Yield what was looked at on this machine, and whether it is in order.

    Parameters
    ----------
    registry
        The registry in use; it was read, so it has no faults.
    store
        The cache.
    """
    yield f"mobilise {__version__}, Python {platform.python_version()}, {platform.system()}", True
    folder = store.folder
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = sum(path.stat().st_size for path in files)
    yield f"cache: {folder}, {size / 1e6:,.0f} MB", True
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    yield f"free space there: {free:,.0f} GB (a place needs about 3)", free >= LEAST_FREE_GB
    sources = registry.sources.values()
    unverified = sum(not source.verified for source in sources)
    count = f"{len(registry.sources)} sources, of which {unverified} are marked as not verified"
    yield f"registry: {registry.country.name}, {count}", True


def check_online(registry: Registry, web: Web) -> Iterator[tuple[str, bool]]:
    """Yield how each source's address answers now; nothing is kept, nor taken from the cache.

    Parameters
    ----------
    registry
        Whose sources.
    web
        The way out.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder), max_age=0.0)
        for key, source in registry.sources.items():
            mark = "" if source.verified else " (not verified before)"
            try:
                said = _check(source, web, store)
            except SourceError as error:
                yield f"FAILS  {key}{mark}: {error}", False
            else:
                yield f"ok     {key}{mark}: {source.title}: {said}", True


def _check(source: Source, web: Web, store: Store) -> str:
    """Return what is well with a source: its columns, its links or offers, or that it answers."""
    label, address = source.label, source.address
    if source.protocol == "feature-service":
        fields = fetch.layer_fields(web, store, label, address)
        return _columns(fields, source)
    if source.protocol == "page":
        links = fetch.page_links(web, store, label, address, source.links[0])
        return f"{len(links):,} links on the page fit"
    if source.protocol == "os-downloads":
        layout = str(source.layout)
        offer = fetch.os_offer(web, store, label, address, layout=layout, area=source.area)
        return f"offered as {layout}{_megabytes(str(offer.get('size', '')))}"
    head, size = _head(source, web)
    if source.protocol != "file":
        return f"answers{_megabytes(size)}"
    looks_like(head, str(source.ending), label, address)
    if source.ending == ".csv" and source.heading_row == 1 and b"\n" in head:
        return _table(head, source) + _megabytes(size)
    return f"answers{_megabytes(size)}"


def _columns(names: Sequence[str], source: Source) -> str:
    renamed(names, source.columns, source.label)
    return f"all {len(source.columns)} columns are there"


def _table(head: bytes, source: Source) -> str:
    if source.headings:
        check_width(head, source)
        return f"all {len(source.headings)} columns are there"
    first = head.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    return _columns(next(csv.reader([first.rstrip("\r")]), []), source)


def _megabytes(size: str) -> str:
    return f", {int(size) / 1e6:,.1f} MB" if size.isdigit() else ""


def _head(source: Source, web: Web) -> tuple[bytes, str]:
    """Return the first bytes of an answer, and the size of the whole where the server says it."""
    headers = {"Range": f"bytes=0-{HEAD_BYTES - 1}"}
    params = {"data": "out;"} if source.protocol == "overpass" else None
    try:
        with web.once(source.address, headers, params=params) as answer:
            if answer.status_code not in {200, 206}:
                raise refused(source.label, answer)
            head = next(answer.iter_bytes(HEAD_BYTES), b"")
            size = answer.headers.get("Content-Range", "/").rsplit("/", 1)[-1]
    except BROKEN as error:
        raise broken(source.label, source.address, error) from error
    return head, size
