"""Overpass: a part of OpenStreetMap by a query. For small places, or where no extract is to be had.

The public servers are run by volunteers. We send one query, wait as long as the server asks, and
keep the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from mobilise.errors import SourceBroken
from mobilise.fetch.downloads import Asked, download

if TYPE_CHECKING:
    from mobilise.fetch.downloads import Fetched
    from mobilise.fetch.features import Box
    from mobilise.fetch.store import Store
    from mobilise.fetch.web import Web

MOST_SQUARE_DEGREES = 0.5  # about 3,800 km² in England


def overpass_extract(
    web: Web, store: Store, label: str, address: str, *, query: str, box: Box
) -> Fetched:
    """Return what a query finds, as OpenStreetMap XML.

    Parameters
    ----------
    web, store, label
        As for :func:`mobilise.fetch.downloads.download`.
    address
        The interpreter.
    query
        Overpass QL that answers in XML; ``{box}`` is filled in as south, west, north, east.
    box
        West, south, east, north in degrees.

    Raises
    ------
    SourceBroken
        The place is too large to ask for, or the server gave up on the query.
    """
    west, south, east, north = box
    if shapely.area(shapely.box(*box)) > MOST_SQUARE_DEGREES:
        raise SourceBroken(
            f"{label}: the place is too large to ask a volunteers' server for ({address}); fetch "
            "an extract from Geofabrik."
        )
    filled = query.replace("{box}", f"{south:.5f},{west:.5f},{north:.5f},{east:.5f}")
    found = download(web, store, Asked(label, address, ".osm", body={"data": filled}))
    with found.path.open("rb") as file:
        file.seek(max(0, found.path.stat().st_size - 2000))
        tail = file.read().decode("utf-8", errors="replace")
    if "<remark>" in tail:
        says = tail.split("<remark>", 1)[1].split("</remark>", 1)[0].strip()[:120]
        found.path.unlink()
        raise SourceBroken(
            f"{label}: the server gave up on the query ('{says}', {address}); try again later, or "
            "ask for a smaller place."
        )
    return found
