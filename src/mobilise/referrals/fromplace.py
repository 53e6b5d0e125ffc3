"""From the open plane to the personal one: the services that people can be referred to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory.schema import documents, services
from mobilise.referrals.actors import operator
from mobilise.referrals.fhir.hsds import elements_of
from mobilise.referrals.organising import ListedService, take_in_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.directory.store import Directory
    from mobilise.referrals.store import Store

_PAGE = 500


@dataclass(frozen=True)
class PlaceDirectory:
    """A place's directory, as referrals see it.

    Parameters
    ----------
    directory
        The open directory.
    """

    directory: Directory

    def services(self) -> Iterator[ListedService]:
        """Yield every service that is listed and not confidential."""
        after = 0
        while rows := self._page(services.c.seq > after):
            after = rows[-1].seq
            yield from filter(None, (listed(row.full, row.kind) for row in rows))

    def service(self, service_id: str) -> ListedService | None:
        """Return one service by the directory's id, or null."""
        rows = self._page(services.c.id == service_id)
        return listed(rows[0].full, rows[0].kind) if rows else None

    def _page(self, condition: sa.ColumnElement[bool]) -> list[Any]:
        query = (
            sa.select(services.c.seq, services.c.kind, documents.c.full)
            .join(documents, documents.c.seq == services.c.seq)
            .where(
                condition,
                services.c.listed == 1,
                services.c.confidential == 0,
                services.c.gone.is_(None),
            )
            .order_by(services.c.seq)
            .limit(_PAGE)
        )
        with self.directory.reading() as connection:
            return list(connection.execute(query))


def listed(text: str, kind: str | None) -> ListedService | None:
    """Return what a referral needs of a nested HSDS service; null where nobody offers it."""
    document = json.loads(text)
    body = document.get("organization") or {}
    if not body.get("id"):
        return None
    location = _location(document)
    address = (location.get("addresses") or [{}])[0]
    phones = document.get("phones") or body.get("phones") or [{}]
    return ListedService(
        service_id=document["id"],
        name=document["name"],
        organisation_id=body["id"],
        organisation=body.get("name") or document["name"],
        kind=kind,
        description=document.get("description") or None,
        email=document.get("email") or body.get("email") or None,
        phone=phones[0].get("number"),
        address=address.get("address_1"),
        postcode=address.get("postal_code"),
        longitude=location.get("longitude"),
        latitude=location.get("latitude"),
        elements=elements_of(document),
    )


def _location(document: dict[str, Any]) -> dict[str, Any]:
    for at in document.get("service_at_locations", []):
        if "location" in at:
            return dict(at["location"])
    return {}


def take_in_place(store: Store, directory: Directory) -> int:
    """Keep every service of a place's directory; return how many there are.

    Parameters
    ----------
    store
        The personal plane.
    directory
        The place's directory, open.
    """
    with store.work(operator()) as work:
        return take_in_all(work, PlaceDirectory(directory))
