"""Shows a place in the browser: its pages, its report, its tables and its open interfaces.

Two planes, two applications: :func:`mobilise.web.public.public_app` needs a place and no
database; what is personal is an application of its own, and only :func:`serve` sets them side
by side.
"""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.place import Place

__all__ = ["listen", "serve"]


def serve(
    place: Place,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    database: str | None = None,
    who_to_be: list[dict[str, str]] | None = None,
    beside: Place | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve a place until the process is interrupted.

    Parameters
    ----------
    place
        A built place with a report.
    host
        The address to listen on; the default is reached from this machine alone.
    port
        The port; 0 takes any that is free.
    database
        The address of the personal plane's database; None: the open pages alone.
    who_to_be
        Invented people whom the page for signing in names, in a demonstration.
    beside
        Another built place, to be compared with it on the page of gaps.
    progress
        Called with a sentence while the pages are made ready.

    Raises
    ------
    PlaceError
        The place has no report.
    InputError
        The address cannot be used.
    """
    import uvicorn  # noqa: PLC0415  (slow to import, and few commands need it)

    from mobilise.web.whole import whole_site  # noqa: PLC0415

    with listen(host, port) as open_socket:
        address = f"http://{host}:{open_socket.getsockname()[1]}"
        with whole_site(place, address, database, who_to_be or [], progress, beside=beside) as app:
            print(f"{place.name} is at {address}/ (Ctrl+C ends it)", flush=True)  # noqa: T201
            settings = uvicorn.Config(
                app, log_level="warning", access_log=False, server_header=False
            )
            try:
                uvicorn.Server(settings).run(sockets=[open_socket])
            except KeyboardInterrupt:
                print("Ended.", file=sys.stderr)  # noqa: T201


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address.

    Parameters
    ----------
    host, port
        As for :func:`serve`.

    Raises
    ------
    InputError
        The address cannot be used.
    """
    try:
        return socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot listen on {host}, port {port} ({said}); try another --port."
        ) from error
