"""The way to a server: one request at a time, with a name, and patience where it is busy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import httpx

from mobilise import __version__
from mobilise.errors import SourceUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

AGENT = f"mobilise/{__version__} (open-source software on community assets; one request at a time)"
TELL_SECONDS = 2.0
BUSY = {408, 425, 429, 500, 502, 503, 504}
BROKEN = (httpx.TransportError, httpx.DecodingError)
UNHEARD = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)


@dataclass(frozen=True)
class Patience:
    """How often to try, and how long to wait.

    Parameters
    ----------
    tries
        Requests before giving up.
    first_wait
        Seconds before the second try; each further wait is twice as long.
    longest_wait
        Seconds at most, also where the server asks for more.
    connect, read
        Seconds until a connection, and until the next bytes.
    """

    tries: int = 4
    first_wait: float = 2.0
    longest_wait: float = 60.0
    connect: float = 15.0
    read: float = 120.0

    def wait(self, attempt: int, asked: str | None = None) -> float:
        """Return the seconds to wait after the nth failure (from 0), or as the server asks."""
        seconds = self.first_wait * float(2**attempt)
        if asked and asked.strip().isdigit():
            seconds = max(seconds, float(asked))
        return min(seconds, self.longest_wait)


@dataclass
class Web:
    """Where requests go out.

    Parameters
    ----------
    patience
        How long to try.
    say
        Tells people what is going on.
    pause
        Waits for some seconds.
    """

    patience: Patience = field(default_factory=Patience)
    say: Callable[[str], object] = lambda _: None
    pause: Callable[[float], object] = time.sleep
    client: httpx.Client = field(default_factory=httpx.Client)
    told: float = 0.0
    heard: set[str] = field(default_factory=set)
    unheard: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Give every request its name, and ask for bytes as they are: only so they can resume."""
        self.client.headers["User-Agent"] = AGENT
        self.client.headers["Accept-Encoding"] = "identity"

    def __enter__(self) -> Self:
        """Return it, to be closed when all is done."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.client.close()

    def progress(self, text: str) -> None:
        """Tell how far something has come, at most every two seconds."""
        now = time.monotonic()
        if now - self.told >= TELL_SECONDS:
            self.told = now
            self.say(text)

    def tries(self, address: str) -> int:
        """Return how often to try: once where nobody answered the last time, or nobody at all."""
        offline = bool(self.unheard) and not self.heard
        return 1 if offline or _server(address) in self.unheard else self.patience.tries

    def note(self, address: str, error: Exception | None = None) -> None:
        """Remember whether a server answered."""
        known, other = (self.heard, self.unheard)
        if isinstance(error, UNHEARD):
            known, other = other, known
        known.add(_server(address))
        other.discard(_server(address))

    def once(
        self,
        address: str,
        headers: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> AbstractContextManager[httpx.Response]:
        """Send one request; within the context is what begins to come back."""
        return self.client.stream(
            "GET" if body is None else "POST",
            httpx.URL(address).copy_merge_params(params or {}),
            data=body,
            headers=dict(headers),
            follow_redirects=True,
            timeout=httpx.Timeout(self.patience.read, connect=self.patience.connect),
        )


def _server(address: str) -> str:
    return httpx.URL(address).netloc.decode("ascii")


def broken(label: str, address: str, error: Exception) -> SourceUnreachable:
    """Return the error for a connection that failed or broke."""
    mend = OFFLINE if isinstance(error, UNHEARD) else LATER
    return unreachable(label, address, why_broken(error), mend)


def unreachable(label: str, address: str, why: str, mend: str) -> SourceUnreachable:
    """Return the error for a source that could not be had."""
    return SourceUnreachable(f"{label}: {why} ({address}); {mend}.")


def refused(label: str, answer: httpx.Response) -> SourceUnreachable:
    """Return the error for an answer that is a refusal."""
    status, address = answer.status_code, str(answer.url)
    if status in {404, 410}:
        why, mend = f"the address has moved or is gone, status {status}", MOVED
    elif status in {401, 403}:
        why = f"the server refuses, status {status}"
        mend = "open the address in a browser, or fetch the file by hand and name it in the recipe"
    elif status in BUSY:
        why, mend = f"the server is busy or down, status {status}", LATER
    else:
        why, mend = f"the server answers with status {status}", MOVED
    return unreachable(label, address, why, mend)


LATER = "try again later: what has come so far is kept"
OFFLINE = "see whether this machine is online (and its proxy), or try again later"
MOVED = "look for its new address at the publisher, and put that into the registry"


def why_broken(error: Any) -> str:
    """Return in a few words why a connection failed."""
    if "certificate" in str(error).lower():
        return "the connection is not secure (certificate)"
    if isinstance(error, httpx.ProxyError):
        return "the proxy does not let us through"
    if isinstance(error, httpx.TimeoutException):
        return "the server does not answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection to the server"
    return "the connection broke before all had come"
