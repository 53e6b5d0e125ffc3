"""The doctor: whether all is well here, and at every publisher's address."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

from mobilise import __version__
from mobilise.anywhere.obtain import renamed
from mobilise.errors import SourceError
from mobilise.fetch import layer_fields
from mobilise.fetch.content import looks_like
from mobilise.fetch.web import BROKEN, refused, why_broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.fetch import Store, Web
    from mobilise.sources.publishers import Registry, Source

HEAD_BYTES = 4096
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


def check_online(registry: Registry, web: Web, store: Store) -> Iterator[tuple[str, bool]]:
    """Yield how each source's address answers; nothing is kept but what describes services.

    Parameters
    ----------
    registry
        Whose sources.
    web, store
        The way out, and the cache.
    """
    for key, source in registry.sources.items():
        mark = "" if source.verified else " (not verified before)"
        try:
            said = _check(source, web, store)
        except SourceError as error:
            yield f"FAILS  {key}: {error}{mark}", False
        else:
            yield f"ok     {key}: {said}{mark}", True


def _check(source: Source, web: Web, store: Store) -> str:
    if source.protocol == "feature-service":
        fields = layer_fields(web, store, source.label, source.address)
        renamed(fields, source.columns, source.label)
        return f"{source.title}: all {len(source.columns)} columns are there"
    if source.protocol == "overpass":
        return f"{source.title}: {_head(source, web, params={'data': 'out;'})}"
    return f"{source.title}: {_head(source, web)}"


def _head(source: Source, web: Web, params: dict[str, str] | None = None) -> str:
    """Ask for the first bytes alone, and look whether they are what they should be."""
    headers = {"Range": f"bytes=0-{HEAD_BYTES - 1}"}
    try:
        with web.once(source.address, headers, params=params) as answer:
            if answer.status_code not in {200, 206}:
                raise refused(source.label, answer)
            head = next(answer.iter_bytes(HEAD_BYTES), b"")
            size = answer.headers.get("Content-Range", "/").rsplit("/", 1)[-1]
    except BROKEN as error:
        from mobilise.fetch.web import LATER, unreachable  # noqa: PLC0415

        raise unreachable(source.label, source.address, why_broken(error), LATER) from error
    direct = source.protocol == "file"
    looks_like(head, str(source.ending) if direct else "", source.label, source.address)
    return f"answers{f', {int(size) / 1e6:,.1f} MB' if size.isdigit() else ''}"
