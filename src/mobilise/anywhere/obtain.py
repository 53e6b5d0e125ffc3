"""Obtain: one source of a registry, fetched by the way in which its publisher gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise import fetch
from mobilise.errors import MissingColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mobilise.fetch import Fetched, Store, Web
    from mobilise.fetch.features import Box
    from mobilise.sources.publishers import Protocol, Source


@dataclass(frozen=True)
class Raw:
    """What a publisher gave.

    Parameters
    ----------
    files
        Whole files in the cache.
    rows
        Of a feature service, its rows; None of anything else.
    """

    files: tuple[Fetched, ...]
    rows: list[dict[str, Any]] | None = None

    @property
    def instead(self) -> str | None:
        """Why this is an older copy; None where it is not."""
        return next((file.instead for file in self.files if file.instead), None)


def obtain(web: Web, store: Store, source: Source, box: Box | None, where: str = "") -> Raw:
    """Fetch a source.

    Parameters
    ----------
    web, store
        The way out, and the cache.
    source
        Which.
    box
        West, south, east, north in degrees, for services that give what lies in a box; None for
        all there is.
    where
        For a feature service: a filter of its own kind instead of the source's.

    Raises
    ------
    SourceError
        It cannot be had.
    """
    return _WAYS[source.protocol](web, store, source, box, where)


def renamed(available: Sequence[str], wanted: Sequence[str], label: str) -> dict[str, str]:
    """Return the columns there are by those wanted, where only case and signs differ.

    Raises
    ------
    MissingColumn
        There is none for one of them: the publisher has changed the table.
    """
    plain: dict[str, list[str]] = {}
    for name in available:
        plain.setdefault(_plain(name), []).append(name)
    found = {}
    for column in wanted:
        near = [column] if column in available else plain.get(_plain(column), [])
        if len(near) != 1:
            where = f"{label}: the publisher has changed the table"
            raise MissingColumn(column, available, where)
        found[near[0]] = column
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _file(web: Web, store: Store, source: Source, _: Box | None, __: str) -> Raw:
    asked = fetch.Asked(source.label, source.address, str(source.ending), sha256=source.sha256)
    return Raw((fetch.download(web, store, asked),))


def _page(web: Web, store: Store, source: Source, _: Box | None, __: str) -> Raw:
    ending = str(source.ending)
    found = fetch.linked_file(web, store, source.label, source.address, source.links, ending)
    return Raw((found,))


def _features(web: Web, store: Store, source: Source, box: Box | None, where: str) -> Raw:
    there = fetch.layer_fields(web, store, source.label, source.address)
    names = renamed(there, source.columns, source.label)
    rows, pages = fetch.feature_layer(
        web,
        store,
        source.label,
        source.address,
        where=where or source.where,
        columns=list(names),
        box=box,
        shapes=source.shapes,
        distinct=source.distinct,
    )
    return Raw(tuple(pages), rows)


def _os(web: Web, store: Store, source: Source, _: Box | None, __: str) -> Raw:
    found = fetch.os_download(
        web,
        store,
        source.label,
        source.address,
        layout=str(source.layout),
        area=source.area,
        ending=str(source.ending),
    )
    return Raw((found,))


def _geofabrik(web: Web, store: Store, source: Source, box: Box | None, _: str) -> Raw:
    whole = box or (-180.0, -90.0, 180.0, 90.0)
    found = fetch.geofabrik_extract(web, store, source.label, source.address, whole)
    return Raw(tuple(found))


def _overpass(web: Web, store: Store, source: Source, box: Box | None, _: str) -> Raw:
    whole = box or (-180.0, -90.0, 180.0, 90.0)
    query = str(source.query)
    found = fetch.overpass_extract(web, store, source.label, source.address, query=query, box=whole)
    return Raw((found,))


_WAYS: dict[Protocol, Callable[[Web, Store, Source, Box | None, str], Raw]] = {
    "file": _file,
    "page": _page,
    "feature-service": _features,
    "os-downloads": _os,
    "geofabrik": _geofabrik,
    "overpass": _overpass,
}
