"""A server on this machine that answers as the publishers do: real sockets, real HTTP.

Addresses keep their host as the first part of the path: ``https://api.os.uk/x`` is
``http://127.0.0.1:PORT/api.os.uk/x``, so that the registry that is shipped is what is tested.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import shapely

PAGE = b"<!DOCTYPE html><html><body>Welcome to the hotel's network. Please sign in.</body></html>"


@dataclass
class File:
    """A file: with ETag and ranges unless it is said otherwise."""

    body: bytes
    kind: str = "application/octet-stream"
    etag: str | None = ""
    ranges: bool = True
    length: bool = True
    gzipped: bool = False
    chunk: int = 1 << 16
    wait: float = 0.0  # seconds between chunks

    def version(self):
        if self.etag is None:
            return None
        return self.etag or f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass
class Layer:
    """A layer of a feature service: rows of attributes, with or without a geometry."""

    rows: list[dict]
    shapes: list | None = None
    most: int = 2000
    edited: int | None = 1_700_000_000_000
    deep: bool = True  # whether GeoJSON says 'exceededTransferLimit' in its properties
    heeds_distinct: bool = True
    lose: int = 0  # rows that pages leave out though they are counted

    def __post_init__(self):
        self.tree = None if self.shapes is None else shapely.STRtree(self.shapes)

    def names(self):
        return list(self.rows[0]) if self.rows else []


@dataclass
class Fault:
    """Something that goes wrong the next `times` times."""

    status: int | None = None
    cut_at: int | None = None  # the connection breaks after so many bytes
    body: bytes | None = None  # with status 200
    headers: dict = field(default_factory=dict)
    times: int = 1


@dataclass
class Seen:
    method: str
    path: str
    query: dict
    headers: dict
    status: int = 0
    sent: int = 0


class Publishers:
    """What is served, what goes wrong, and what was asked."""

    def __init__(self):
        self.files: dict[str, File] = {}
        self.layers: dict[str, Layer] = {}
        self.moved: dict[str, str] = {}
        self.answers: dict[str, object] = {}  # path -> function of the form's fields -> File
        self.faults: dict[str, list[Fault]] = {}
        self.seen: list[Seen] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # clients that are killed hang up
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def local(self, text):
        """Return a text with every address of a publisher turned to this server."""
        return re.sub(r"https://", f"{self.base}/", text)

    def path(self, address):
        """Return the path under which this server has an address."""
        return unquote(urlsplit(self.local(address)).path)

    def put(self, address, content, **how):
        self.files[self.path(address)] = (
            content if isinstance(content, File) else File(content, **how)
        )

    def layer(self, address, rows, shapes=None, **how):
        self.layers[self.path(address)] = Layer(rows, shapes, **how)

    def fail(self, address, **how):
        self.faults.setdefault(self.path(address), []).append(Fault(**how))

    def asked(self, address):
        return [s for s in self.seen if s.path == self.path(address)]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _handler(publishers):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_):
            """Say nothing."""

        def do_GET(self):
            self._answer({})

        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            form = parse_qs(self.rfile.read(length).decode())
            self._answer({key: values[0] for key, values in form.items()})

        def _answer(self, form):  # noqa: PLR0911  (one line for each thing a server may do)
            parts = urlsplit(self.path)
            path = unquote(parts.path)
            query = {k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
            seen = Seen(self.command, path, query | form, dict(self.headers))
            publishers.seen.append(seen)
            fault = self._fault(path)
            if fault is not None and fault.status is not None:
                return self._send(seen, fault.status, fault.body or b"no", fault.headers)
            if fault is not None and fault.body is not None:
                return self._send(seen, 200, fault.body, {"Content-Type": "text/html"})
            if path in publishers.moved:
                return self._send(seen, 302, b"", {"Location": publishers.moved[path]})
            if path in publishers.answers:
                return self._file(seen, publishers.answers[path](seen.query), fault)
            if path in publishers.layers:
                return self._json(seen, _described(publishers.layers[path]), fault)
            if path.endswith("/query") and path[:-6] in publishers.layers:
                return self._json(seen, _queried(publishers.layers[path[:-6]], query), fault)
            if path in publishers.files:
                return self._file(seen, publishers.files[path], fault)
            return self._send(seen, 404, b"not here", {})

        def _fault(self, path):
            waiting = publishers.faults.get(path) or []
            if not waiting:
                return None
            waiting[0].times -= 1
            return waiting.pop(0) if waiting[0].times <= 0 else waiting[0]

        def _json(self, seen, answer, fault):
            self._file(
                seen, File(json.dumps(answer).encode(), "application/json", etag=None), fault
            )

        def _file(self, seen, file, fault):
            version = file.version()
            if version and self.headers.get("If-None-Match") == version:
                return self._send(seen, 304, b"", {"ETag": version})
            headers = {"Content-Type": file.kind}
            if version:
                headers["ETag"] = version
            body, status = file.body, 200
            asked = re.match(r"bytes=(\d+)-(\d*)$", self.headers.get("Range") or "")
            if asked and file.ranges and self.headers.get("If-Range", version) == version:
                start, end = int(asked[1]), int(asked[2] or len(body) - 1)
                if start >= len(body):
                    return self._send(seen, 416, b"", {"Content-Range": f"bytes */{len(body)}"})
                headers["Content-Range"] = f"bytes {start}-{min(end, len(body) - 1)}/{len(body)}"
                body, status = body[start : end + 1], 206
            if file.gzipped:
                headers["Content-Encoding"] = "gzip"
                body = gzip.compress(body)
            return self._send(seen, status, body, headers, file, fault)

        def _send(self, seen, status, body, headers, file=None, fault=None):
            seen.status = status
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if file is not None and not file.length:
                self.send_header("Connection", "close")
                self.close_connection = True
            elif status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            stop = len(body) if fault is None or fault.cut_at is None else fault.cut_at
            size = file.chunk if file else 1 << 16
            try:
                for start in range(0, stop, size):
                    piece = body[start : min(start + size, stop)]
                    self.wfile.write(piece)
                    self.wfile.flush()
                    seen.sent += len(piece)
                    if file is not None and file.wait:
                        time.sleep(file.wait)
            except OSError:
                self.close_connection = True
                return
            if stop < len(body):
                self.close_connection = True
                self.connection.shutdown(2)

    return Handler


def _described(layer):
    fields = [{"name": "ObjectId", "type": "esriFieldTypeOID"}]
    fields += [{"name": name, "type": "esriFieldTypeString"} for name in layer.names()]
    info = {} if layer.edited is None else {"editingInfo": {"dataLastEditDate": layer.edited}}
    return {
        "name": "layer",
        "objectIdField": "ObjectId",
        "fields": fields,
        "maxRecordCount": layer.most,
        "advancedQueryCapabilities": {"supportsPagination": True},
        **info,
    }


def _queried(layer, query):
    chosen = range(len(layer.rows))
    where = query.get("where", "1=1")
    like = re.fullmatch(r"(\w+) LIKE '([^%']*)%'", where)
    among = re.fullmatch(r"(\w+) IN \((.*)\)", where)
    known = set(layer.names()) | {"ObjectId"}
    wanted = [f for f in query.get("outFields", "*").split(",") if f != "*"] or layer.names()
    used = {like[1]} if like else {among[1]} if among else set()
    if where != "1=1" and not used:
        return _error("'where' clause is invalid")
    if not (used | set(wanted)) <= known:
        return _error("Cannot perform query. Invalid query parameters.")
    if like:
        chosen = [i for i in chosen if str(layer.rows[i][like[1]]).startswith(like[2])]
    elif among:
        values = set(re.findall(r"'([^']*)'", among[2]))
        chosen = [i for i in chosen if str(layer.rows[i][among[1]]) in values]
    if "geometry" in query:
        box = shapely.box(*map(float, query["geometry"].split(",")))
        touching = set(layer.tree.query(box, predicate="intersects").tolist())
        chosen = [i for i in chosen if i in touching]
    rows = [(i, {name: layer.rows[i].get(name) for name in wanted}) for i in chosen]
    if query.get("returnDistinctValues") == "true" and layer.heeds_distinct:
        distinct = {json.dumps(row, sort_keys=True): (i, row) for i, row in reversed(rows)}
        rows = sorted(distinct.values(), key=lambda pair: json.dumps(pair[1]))
    if query.get("returnCountOnly") == "true":
        return {"count": len(rows)}
    if layer.lose:
        rows = rows[: -layer.lose]
    start = int(query.get("resultOffset", 0))
    size = min(int(query.get("resultRecordCount", layer.most)), layer.most)
    page = rows[start : start + size]
    more = start + size < len(rows)
    if query["f"] == "geojson":
        features = [
            {
                "type": "Feature",
                "properties": row,
                "geometry": json.loads(shapely.to_geojson(layer.shapes[i])),
            }
            for i, row in page
        ]
        answer = {"type": "FeatureCollection", "features": features}
        if more and layer.deep:
            answer["properties"] = {"exceededTransferLimit": True}
        elif more:
            answer["exceededTransferLimit"] = True
        return answer
    answer = {"features": [{"attributes": row} for _, row in page]}
    return answer | ({"exceededTransferLimit": True} if more else {})


def _error(message):
    return {"error": {"code": 400, "message": message, "details": []}}
