"""Listings: pages and indexes that say where today's file is."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import shapely

from mobilise.errors import SourceBroken, SourceError
from mobilise.fetch.content import HTML
from mobilise.fetch.downloads import Asked, download

if TYPE_CHECKING:
    from mobilise.fetch.downloads import Fetched
    from mobilise.fetch.features import Box
    from mobilise.fetch.store import Store
    from mobilise.fetch.web import Web

MOST_LINKS = 3


def linked_file(
    web: Web, store: Store, label: str, address: str, links: tuple[str, ...], ending: str
) -> Fetched:
    """Return the file that a page links to, through further pages if need be.

    A page may list what is yet to come: where a link leads to nothing, the next one is tried.

    Parameters
    ----------
    web, store, label
        As for :func:`mobilise.fetch.downloads.download`.
    address
        The page.
    links
        Regular expressions, in any case: a link on the page that fits the first one is followed,
        and so on; the last leads to the file.
    ending
        Of the file.

    Raises
    ------
    SourceBroken
        No link fits: the page has changed.
    """
    if not links:
        return download(web, store, Asked(label, address, ending))
    failure: SourceError | None = None
    for target in page_links(web, store, label, address, links[0])[:MOST_LINKS]:
        try:
            return linked_file(web, store, label, target, links[1:], ending)
        except SourceError as error:
            failure = failure or error
    assert failure is not None  # there was at least one link
    raise failure


def page_links(web: Web, store: Store, label: str, address: str, link: str) -> list[str]:
    """Return the links of a page that fit, whole, each once and in their order.

    Raises
    ------
    SourceBroken
        None fits: the page has changed, or a network's sign-in page came. It is not kept.
    """
    page = download(web, store, Asked(label, address, HTML))
    text = page.path.read_text(encoding="utf-8", errors="replace")
    found = [html.unescape(t) for t in re.findall(r"""href\s*=\s*["']([^"']+)""", text)]
    fits = [t for t in found if re.search(link, t, re.IGNORECASE)]
    if not fits:
        page.path.unlink(missing_ok=True)
        raise SourceBroken(
            f"{label}: no link on the page fits '{link}' ({page.address}); open it in a browser: "
            "if your network asks you to sign in, do so and try again, else the publisher has "
            "changed the page: put the new link into the registry."
        )
    return list(dict.fromkeys(urljoin(page.address, t) for t in fits))


def os_download(
    web: Web, store: Store, label: str, address: str, *, layout: str, area: str, ending: str
) -> Fetched:
    """Return a product of the OS Downloads API, checked against its announced hash.

    Parameters
    ----------
    web, store, label
        As for :func:`mobilise.fetch.downloads.download`.
    address
        The product's downloads: ``.../products/NAME/downloads``.
    layout
        The format as the API names it: ``GeoPackage``, ``CSV``.
    area
        ``GB``, or a tile of the National Grid.
    ending
        Of the file, mostly ``.zip``.

    Raises
    ------
    SourceBroken
        The product is not offered so.
    """
    offer = os_offer(web, store, label, address, layout=layout, area=area)
    md5 = str(offer["md5"]).lower() if offer.get("md5") else None
    size = int(offer["size"]) if offer.get("size") else None
    return download(web, store, Asked(label, offer["url"], ending, edition=md5, md5=md5, size=size))


def os_offer(
    web: Web, store: Store, label: str, address: str, *, layout: str, area: str
) -> dict[str, Any]:
    """Return what the OS Downloads API says of a product's file, as for :func:`os_download`."""
    listing = download(web, store, Asked(label, address, ".json"))
    offers = json.loads(listing.path.read_bytes())
    fits: list[dict[str, Any]] = [
        offer
        for offer in (offers if isinstance(offers, list) else [])
        if offer.get("format") == layout and offer.get("area") == area and offer.get("url")
    ]
    if not fits:
        raise SourceBroken(
            f"{label}: it is not offered as {layout} for {area} ({address}); look at what is, and "
            "put that into the registry."
        )
    return fits[0]


def geofabrik_extract(web: Web, store: Store, label: str, address: str, box: Box) -> list[Fetched]:
    """Return the smallest extract of OpenStreetMap that covers a box, or the few that do together.

    Parameters
    ----------
    web, store, label
        As for :func:`mobilise.fetch.downloads.download`.
    address
        Geofabrik's index with outlines (``index-v1.json``).
    box
        West, south, east, north in degrees.

    Raises
    ------
    SourceBroken
        No extract covers it.
    """
    index = json.loads(download(web, store, Asked(label, address, ".json")).path.read_bytes())
    wanted = shapely.box(*box)
    offers = []
    for feature in index.get("features") or ():
        url = (feature.get("properties") or {}).get("urls", {}).get("pbf")
        if not url or not feature.get("geometry"):
            continue
        outline = shapely.make_valid(shapely.from_geojson(json.dumps(feature["geometry"])))
        if shapely.intersects(outline, wanted):
            offers.append((float(shapely.area(outline)), str(url), outline))
    chosen = _covering(sorted(offers, key=lambda offer: offer[:2]), wanted)
    if not chosen:
        raise SourceBroken(f"{label}: no extract covers the place ({address}).")
    return [_with_md5(web, store, label, url) for url in chosen]


def _covering(offers: list[tuple[float, str, Any]], wanted: Any) -> list[str]:
    """Return the smallest one that covers all that any covers, or of its parts those that touch."""
    if not offers:
        return []
    reachable = shapely.intersection(wanted, offers[-1][2])
    tolerance = 1e-6
    whole = next(
        (
            (area, url)
            for area, url, outline in offers
            if shapely.area(shapely.difference(reachable, outline)) < tolerance
        ),
        None,
    )
    leaves: list[tuple[float, str]] = []
    left = reachable
    for area, url, outline in offers:
        if shapely.area(shapely.intersection(left, outline)) > tolerance:
            leaves.append((area, url))
            left = shapely.difference(left, outline)
    together = sum(area for area, _ in leaves)
    if whole is not None and (whole[0] <= together * 1.01 or shapely.area(left) > tolerance):
        return [whole[1]]
    return [url for _, url in leaves]


def _with_md5(web: Web, store: Store, label: str, url: str) -> Fetched:
    """Return an extract, against the hash that Geofabrik puts beside each."""
    try:
        beside = download(web, store, Asked(label, f"{url}.md5", ".md5"))
        found = re.match(r"[0-9a-f]{32}", beside.path.read_text(encoding="ascii", errors="replace"))
        md5 = found[0] if found else None
    except SourceError:
        md5 = None
    return download(web, store, Asked(label, url, ".osm.pbf", edition=md5, md5=md5))
