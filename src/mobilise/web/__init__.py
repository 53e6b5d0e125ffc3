"""Shows a place in the browser: its report, and its tables to download."""

from __future__ import annotations

import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mobilise.errors import InputError, PlaceError

if TYPE_CHECKING:
    import io
    from typing import BinaryIO

    from mobilise.place import Place

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'"
OPEN_FOLDERS = ("report", "checks")


def serve(place: Place, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve a place until the process is interrupted.

    Parameters
    ----------
    place
        A built place with a report.
    host
        The address to listen on; the default is reached from this machine alone.
    port
        The port; 0 takes any that is free.

    Raises
    ------
    PlaceError
        The place has no report.
    InputError
        The address cannot be used.
    """
    with make_server(place, host=host, port=port) as server:
        address = f"http://{host}:{server.server_address[1]}/"
        print(f"{place.name} is at {address} (Ctrl+C ends it)", flush=True)  # noqa: T201
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Ended.", file=sys.stderr)  # noqa: T201


def make_server(place: Place, *, host: str, port: int) -> ThreadingHTTPServer:
    """Return a server of a place, listening but not yet answering.

    Parameters
    ----------
    place, host, port
        As for :func:`serve`.

    Raises
    ------
    PlaceError
        The place has no report.
    InputError
        The address cannot be used.
    """
    if not (place.folder / "report" / "index.html").is_file():
        raise PlaceError(f"{place.folder} has no report to show; 'mobilise report' writes it.")
    handler = partial(_Handler, directory=str(place.folder))
    try:
        return ThreadingHTTPServer((host, port), handler)
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}, port {port} ({error.strerror}); try another --port."
        ) from error


class _Handler(SimpleHTTPRequestHandler):
    """Answers with the report, and with the files of the place that are meant for people."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Send the reader from ``/`` to the report."""
        if urlsplit(self.path).path != "/":
            return super().send_head()
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", "/report/index.html")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def translate_path(self, path: str) -> str:
        wanted = PurePosixPath(unquote(urlsplit(path).path).lstrip("/"))
        parts = wanted.parts
        hidden = any(part.startswith(".") for part in parts)
        table = len(parts) == 1 and wanted.suffix in {".parquet", ".json"}
        inside = len(parts) == 2 and parts[0] in OPEN_FOLDERS
        if not hidden and "\\" not in path and (table or inside):
            return str(Path(self.directory, *parts))
        return str(Path(self.directory, "no such file"))

    def list_directory(self, path: str | bytes) -> None:  # type: ignore[override]  # noqa: ARG002
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the screen for what concerns people."""
