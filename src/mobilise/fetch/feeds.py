"""Feeds of Open Referral UK: a service directory page by page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mobilise.errors import SourceBroken
from mobilise.fetch.downloads import Asked, download

if TYPE_CHECKING:
    from mobilise.fetch.downloads import Fetched
    from mobilise.fetch.store import Store
    from mobilise.fetch.web import Web

MOST_PAGES = 2_000
ITEMS = ("contents", "content", "items", "results", "data")


def feed_pages(web: Web, store: Store, label: str, address: str) -> list[Fetched]:
    """Return all pages of a feed's list of services, in order.

    Parameters
    ----------
    web, store, label
        As for :func:`mobilise.fetch.downloads.download`.
    address
        The feed; with or without ``/services`` at its end.

    Raises
    ------
    SourceBroken
        An answer is no page of services, or the pages never end.
    """
    base = address.rstrip("/")
    base = base if base.endswith("/services") else f"{base}/services"
    pages: list[Fetched] = []
    seen: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        page = download(web, store, Asked(label, base, ".json", {"page": str(number)}))
        answer = json.loads(page.path.read_bytes())
        items = _items(answer)
        if items is None:
            page.path.unlink()
            raise SourceBroken(f"{label}: the answer is no list of services ({page.address}).")
        if page.sha256 in seen:
            return pages  # a feed that knows no pages gives the same one again
        if items or number == 1:
            pages.append(page)
            seen.add(page.sha256)
        if not items or isinstance(answer, list) or _last(answer, number):
            return pages
        if page.new:
            web.progress(f"{label}: page {number} of {answer.get('total_pages') or 'unknown'}")
    raise SourceBroken(f"{label}: the feed has more than {MOST_PAGES:,} pages ({base}).")


def _items(answer: Any) -> list[Any] | None:
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        return next((answer[key] for key in ITEMS if isinstance(answer.get(key), list)), None)
    return None


def _last(answer: dict[str, Any], number: int) -> bool:
    """Tell whether a page is the last by any of the ways in which feeds say so."""
    if answer.get("last_page") is True or answer.get("last") is True:
        return True
    total = answer.get("total_pages", answer.get("totalPages"))
    return isinstance(total, int) and number >= total
