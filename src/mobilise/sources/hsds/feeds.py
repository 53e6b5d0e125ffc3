"""Feeds: a directory as a file, a folder of pages, or the address of an API, page by page."""

from __future__ import annotations

import gzip
import json
import time
from typing import TYPE_CHECKING, Any

from mobilise.errors import SourceBroken, SourceError, SourceMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

PAGE_SIZE = 100
TRIES = 5
FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0
MOST_PAGES = 20_000
STATE = "harvest.json"
_CONTENTS = ("contents", "content", "services", "items")


def read_feed(path: Path) -> Iterator[Any]:
    """Yield the services of a feed as they were published.

    Parameters
    ----------
    path
        A JSON file, perhaps with ``.gz``: a list of services, a page of them (HSDS 3 or Open
        Referral UK 1), one service, or one on each line (NDJSON); or a folder of such files,
        which are read in the order of their names.

    Raises
    ------
    SourceMissing, SourceBroken
        There is no such file, or it holds no services.
    """
    if path.is_dir():
        pages = sorted(p for p in path.iterdir() if _is_page(p))
        if not pages:
            raise SourceBroken(f"{path}: the folder has no pages (.json, .json.gz, .ndjson).")
        for page in pages:
            yield from read_feed(page)
        return
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise SourceMissing(f"{path}: there is no such file.") from error
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SourceBroken(f"{path}: it cannot be read as text; fetch it again.") from error
    yield from services_in(_parsed(text, path), str(path))


def services_in(parsed: Any, where: str) -> list[Any]:
    """Return the services of a page, in any of the shapes that publishers use.

    Raises
    ------
    SourceBroken
        It holds none.
    """
    if isinstance(parsed, list):
        return parsed
    if isinstance(parsed, dict):
        for key in _CONTENTS:
            if isinstance(parsed.get(key), list):
                return list(parsed[key])
        if "id" in parsed and "name" in parsed:
            return [parsed]
    raise SourceBroken(
        f"{where}: this is no list of services; expected a JSON list, or a page with 'contents'."
    )


def harvest(
    address: str,
    folder: Path,
    *,
    modified_after: str | None = None,
    say: Callable[[str], object] = lambda _: None,
    wait: Callable[[float], object] = time.sleep,
) -> Path:
    """Fetch a directory from its publisher's API into a folder of pages.

    A harvest that was broken off goes on where it stopped. Each service is fetched in full
    where the list is not nested. A failing request is tried again, more slowly each time.

    Parameters
    ----------
    address
        Where the API is: its root, or its ``/services``.
    folder
        Where the pages go. Pages of an earlier, finished harvest are replaced.
    modified_after
        Only what has changed since then (ISO 8601).
    say
        Called with a sentence after each page.
    wait
        Called with the seconds to wait before trying again.

    Returns
    -------
    Path
        `folder`, for :func:`read_feed`.

    Raises
    ------
    SourceError
        The API does not answer, or answers with something else.
    """
    import httpx  # noqa: PLC0415  (slow to import, and only harvests need it)

    base = address.rstrip("/").removesuffix("/services")
    folder.mkdir(parents=True, exist_ok=True)
    asked = {"address": base, "modified_after": modified_after}
    done = _state(folder, asked)
    with httpx.Client(
        follow_redirects=True, timeout=30, headers={"Accept": "application/json"}
    ) as client:
        page, pages = done + 1, None
        while pages is None or page <= pages:
            query: dict[str, Any] = {"page": page, "per_page": PAGE_SIZE, "full": "true"}
            if modified_after:
                query["modified_after"] = modified_after
            parsed = _get(client, f"{base}/services", query, wait)
            services = services_in(parsed, f"{base}/services")
            nested = [_in_full(client, base, service, wait) for service in services]
            pages = _pages(parsed, page, len(services))
            _write(folder / f"page-{page:05d}.json", nested)
            _write(folder / STATE, {**asked, "page": page, "done": page >= pages})
            say(f"{base}: page {page} of {pages}, {len(nested)} services")
            page += 1
    return folder


def harvested(folder: Path) -> bool:
    """Tell whether a folder holds a harvest that came to its end."""
    path = folder / STATE
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8"))["done"])


def kinds_of(service: dict[str, Any], kind: Any) -> str | None:
    """Return the kind of asset that a recipe says a service belongs to.

    Parameters
    ----------
    service
        Clean HSDS.
    kind
        None; the kind of all; or a map (``map``) from the names of the terms that services are
        listed under to kinds, of which the first that fits counts.
    """
    if kind is None or isinstance(kind, str):
        return kind
    terms = {a.get("taxonomy_term", {}).get("name") for a in service.get("attributes", [])}
    return next((to for term, to in kind.map.items() if term in terms), None)


def is_address(source: str) -> bool:
    """Tell whether a source is the address of an API, not a path."""
    return source.startswith(("http://", "https://"))


def _is_page(path: Path) -> bool:
    named = path.name.endswith((".json", ".json.gz", ".ndjson", ".jsonl"))
    return named and path.name != STATE and not path.name.startswith(".")


def _parsed(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines[:3]):
            try:
                return [json.loads(line) for line in lines]
            except ValueError:
                pass  # the first error says more
        raise SourceBroken(f"{path}: this is not JSON ({error}); fetch it again.") from error


def _state(folder: Path, asked: dict[str, Any]) -> int:
    """Return how many pages of the same, unfinished harvest are there; clear any other."""
    path = folder / STATE
    state = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if state and not state["done"] and all(state[key] == asked[key] for key in asked):
        return int(state["page"])
    for page in folder.glob("page-*.json"):
        page.unlink()
    path.unlink(missing_ok=True)
    return 0


def _get(
    client: httpx.Client, address: str, query: dict[str, Any], wait: Callable[[float], object]
) -> Any:
    """Return an answer's JSON; what may pass (a broken line, 429, 5xx) is tried again."""
    import httpx  # noqa: PLC0415

    delay, why = FIRST_WAIT, ""
    for attempt in range(TRIES):
        if attempt:
            wait(delay)
            delay = min(delay * 2, LONGEST_WAIT)
        try:
            answer = client.get(address, params=query)
        except httpx.TransportError as error:
            why = type(error).__name__
            continue
        if answer.status_code == 429 or answer.status_code >= 500:
            why = f"status {answer.status_code}"
            asked = answer.headers.get("Retry-After", "")
            delay = min(max(delay, float(asked)), LONGEST_WAIT) if asked.isdigit() else delay
            continue
        if answer.status_code != 200:
            raise SourceError(
                f"{address}: it answers with status {answer.status_code}; is it the address of an "
                "Open Referral API?"
            )
        try:
            return answer.json()
        except ValueError as error:
            raise SourceBroken(f"{address}: its answer is not JSON.") from error
    raise SourceError(
        f"{address}: no answer after {TRIES} tries ({why}); run the same again to go on from here."
    )


def _in_full(client: httpx.Client, base: str, service: Any, wait: Callable[[float], object]) -> Any:
    """Return a service as its own page has it, unless the list already has all of it."""
    if not isinstance(service, dict) or not service.get("id"):
        return service
    if any(isinstance(service.get(key), list) for key in ("service_at_locations", "contacts")):
        return service
    from urllib.parse import quote  # noqa: PLC0415

    try:
        one = _get(client, f"{base}/services/{quote(str(service['id']), safe='')}", {}, wait)
    except SourceError:
        return service  # the list's own record is better than none
    return one if isinstance(one, dict) and one.get("id") == service["id"] else service


def _pages(parsed: Any, page: int, found: int) -> int:
    """Return how many pages there are, as the answer says in either version's words."""
    if isinstance(parsed, dict):
        for key in ("total_pages", "totalPages"):
            if isinstance(parsed.get(key), int):
                return min(max(int(parsed[key]), page), MOST_PAGES)
        if found == PAGE_SIZE and not parsed.get("last_page", parsed.get("last", False)):
            return page + 1
    return page


def _write(path: Path, data: Any) -> None:
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)
