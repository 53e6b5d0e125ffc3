"""One address to one whole file: resumed where it stopped, checked before it counts."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mobilise.errors import SourceBroken, SourceError, SourceUnreachable
from mobilise.fetch.content import check_content
from mobilise.fetch.store import PART, Entry
from mobilise.fetch.web import BROKEN, BUSY, LATER, broken, refused, unreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from mobilise.fetch.store import Slot, Store
    from mobilise.fetch.web import Web


@dataclass(frozen=True)
class Asked:
    """What is asked of a server, and what must come back.

    Parameters
    ----------
    label
        What people call it; errors and progress begin with it.
    address
        Where.
    ending
        Of the file, such as ``.csv``: what the content must be.
    params
        The query.
    body
        What to post; None to get.
    edition
        What the publisher calls this state of the data: a copy of it holds for good.
    sha256, md5, size
        Known beforehand, where they are.
    """

    label: str
    address: str
    ending: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None
    edition: str | None = None
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None

    def key(self) -> list[Any]:
        """Return what tells this request from others."""
        return [self.address, dict(self.params), dict(self.body or {}), self.edition, self.ending]


@dataclass(frozen=True)
class Fetched:
    """A whole file.

    Parameters
    ----------
    path
        Where it is, in the cache.
    sha256
        Of its content.
    fetched
        When it came, seconds since 1970 (UTC).
    address
        Where it came from in the end.
    new
        Whether it came just now.
    instead
        Why this is an older copy than was asked for; None where it is not.
    """

    path: Path
    sha256: str
    fetched: float
    address: str
    new: bool
    instead: str | None = None


def download(web: Web, store: Store, asked: Asked) -> Fetched:
    """Return a whole copy of what is asked for, from the cache or from the publisher.

    A copy younger than the store's ``max_age``, of a known edition or with the known hash is
    taken as it is. An older one is asked about (``If-None-Match``). Where the publisher cannot be
    reached, an older copy is better than none, and says so.

    Raises
    ------
    SourceUnreachable
        It cannot be had, and there is no older copy.
    SourceBroken
        What came back is not what it must be.
    """
    with store.slot(asked.key()) as slot:
        have = slot.entry()
        if have is not None and _holds(have, asked, store.max_age):
            return _fetched(slot, have, new=False)
        try:
            entry, new = _tried(web, slot, asked, have)
        except SourceError as error:
            if have is None or (asked.sha256 and have.sha256 != asked.sha256):
                raise
            return _fetched(slot, have, new=False, instead=str(error))
        slot.keep(entry)
        return _fetched(slot, entry, new=new)


def _holds(have: Entry, asked: Asked, max_age: float) -> bool:
    if asked.sha256 is not None:
        return have.sha256 == asked.sha256
    return asked.edition is not None or time.time() - have.checked < max_age


def _fetched(slot: Slot, entry: Entry, *, new: bool, instead: str | None = None) -> Fetched:
    path = slot.folder / entry.file
    return Fetched(path, entry.sha256, entry.fetched, entry.address, new, instead)


def _tried(web: Web, slot: Slot, asked: Asked, have: Entry | None) -> tuple[Entry, bool]:
    """Try until it is whole; what a broken try brought is gone on with by the next."""
    failure: SourceError | None = None
    for attempt in range(web.tries(asked.address)):
        if attempt:
            web.say(f"{asked.label}: {_short(failure)}; trying again")
            web.pause(web.patience.wait(attempt - 1, getattr(failure, "retry_after", None)))
        try:
            return _attempt(web, slot, asked, have)
        except SourceUnreachable as error:
            if not getattr(error, "passing", False):
                raise
            failure = error
    assert failure is not None
    raise failure


def _short(failure: SourceError | None) -> str:
    return str(failure).split(": ", 1)[-1].split(" (", 1)[0] if failure else ""


def _attempt(web: Web, slot: Slot, asked: Asked, have: Entry | None) -> tuple[Entry, bool]:
    begun, version = slot.begun()
    headers = {"Range": f"bytes={begun}-", "If-Range": version} if begun and version else {}
    if have is not None and not begun:
        headers |= _conditions(have)
    try:
        with web.once(asked.address, headers, params=asked.params, body=asked.body) as answer:
            web.note(asked.address)
            if answer.status_code == 304 and have is not None:
                now = time.time()
                return Entry(**{**have.__dict__, "checked": now}), False
            total = _start(slot, asked, answer, begun)
            _stream(web, slot, asked, answer, total)
    except BROKEN as error:
        web.note(asked.address, error)
        raise _passing(broken(asked.label, asked.address, error)) from error
    return _finished(slot, asked, answer, total), True


def _conditions(have: Entry) -> dict[str, str]:
    found = {"If-None-Match": have.etag, "If-Modified-Since": have.modified}
    return {name: value for name, value in found.items() if value}


def _passing(error: SourceUnreachable, retry_after: str | None = None) -> SourceUnreachable:
    """Mark an error as one that may pass."""
    error.passing, error.retry_after = True, retry_after
    return error


def _start(slot: Slot, asked: Asked, answer: httpx.Response, begun: int) -> int | None:
    """Return how long the whole will be; begin anew unless the server goes on where we stopped."""
    status = answer.status_code
    if status == 416:
        slot.drop()
        raise _passing(refused(asked.label, answer))
    if status in BUSY:
        raise _passing(refused(asked.label, answer), answer.headers.get("Retry-After"))
    if status not in {200, 206}:
        raise refused(asked.label, answer)
    if status == 206:
        found = re.match(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != begun:
            slot.drop()
            raise _passing(refused(asked.label, answer))
        return None if found[2] == "*" else int(found[2])
    encoded = answer.headers.get("Content-Encoding", "identity") != "identity"
    slot.begin(None if encoded else _version(answer))
    length = answer.headers.get("Content-Length")
    return int(length) if length and length.isdigit() and not encoded else None


def _version(answer: httpx.Response) -> str | None:
    """Return what a later ``If-Range`` may name: a strong ETag, or else the date."""
    etag: str | None = answer.headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return etag
    modified: str | None = answer.headers.get("Last-Modified")
    return modified


def _stream(web: Web, slot: Slot, asked: Asked, answer: httpx.Response, total: int | None) -> None:
    path = slot.folder / PART
    size = path.stat().st_size if path.exists() else 0
    with path.open("ab", buffering=0) as file:
        for chunk in answer.iter_bytes():
            file.write(chunk)
            size += len(chunk)
            of = f" of {total / 1e6:,.1f}" if total else ""
            web.progress(f"{asked.label}: {size / 1e6:,.1f}{of} MB")
    if total is not None and size < total:
        why = f"only {size:,} of {total:,} bytes have come"
        raise _passing(unreachable(asked.label, asked.address, why, LATER))


def _finished(slot: Slot, asked: Asked, answer: httpx.Response, total: int | None) -> Entry:
    """Check what has come and return its entry; what is not right is thrown away."""
    path = slot.folder / PART
    try:
        if total is not None and path.stat().st_size != total:
            raise SourceBroken(
                f"{asked.label}: {path.stat().st_size:,} bytes came where {total:,} were announced "
                f"({asked.address}); try again later."
            )
        sha256, md5 = _hashes(path)
        _check_known(asked, sha256, md5, path.stat().st_size)
        check_content(path, asked.ending, asked.label, str(answer.url))
    except SourceError:
        slot.drop()
        raise
    now = time.time()
    name = f"{_stem(asked.address)}-{sha256[:12]}{asked.ending}"
    etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    return Entry(str(answer.url), name, sha256, path.stat().st_size, now, now, etag, modified)


def _hashes(path: Path) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            sha256.update(block)
            md5.update(block)
    return sha256.hexdigest(), md5.hexdigest()


def _check_known(asked: Asked, sha256: str, md5: str, size: int) -> None:
    known = ((asked.sha256, sha256), (asked.md5, md5), (asked.size, size))
    if any(want is not None and want != got for want, got in known):
        raise SourceBroken(
            f"{asked.label}: what came is not the file that was announced: its hash or size "
            f"differs ({asked.address}); the publisher may have replaced it, so look at it and "
            "update the registry."
        )


def _stem(address: str) -> str:
    """Return a readable name for a file from its address."""
    name = PurePosixPath(unquote(urlsplit(address).path)).name or "content"
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name.split(".")[0])[:60] or "content"
