"""Answers of the API: pages as the standard has them, as CSV, as NDJSON; tags for caches."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import Response

from mobilise.directory.store import state_of

if TYPE_CHECKING:
    import sqlalchemy as sa
    from fastapi import Request

    from mobilise.directory.lists import Rows
    from mobilise.directory.queries import Asked

JSON = "application/json"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Problem(Exception):  # noqa: N818  (it is an answer, not a fault of ours)
    """What is wrong with a request, and with which parameter of it."""

    def __init__(self, status: int, says: str, parameter: str | None = None) -> None:
        super().__init__(says)
        self.status = status
        self.says = says
        self.parameter = parameter

    def answer(self) -> Response:
        """Return it as an answer."""
        told: dict[str, Any] = {"status": self.status, "error": self.says}
        if self.parameter is not None:
            told["parameter"] = self.parameter
        return Response(json.dumps(told), self.status, media_type=JSON)


def page_answer(rows: Rows, asked: Asked, request: Request) -> Response:
    """Return a page in the format asked for."""
    links = {}
    if rows.after is not None and request.method == "GET":
        links["Link"] = f'<{_following(request, rows.after)}>; rel="next"'
    if asked.format == "csv":
        return Response(as_csv(rows.rows), media_type="text/csv; charset=utf-8", headers=links)
    return Response(_page_json(rows, asked), media_type=JSON, headers=links)


def _following(request: Request, after: int) -> str:
    """Return the address of the page that goes on after a row."""
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in {"page", "after"}]
    address, _, _ = str(request.url).partition("?")
    return f"{address}?{urlencode([*kept, ('after', after)])}"


def _page_json(rows: Rows, asked: Asked) -> str:
    size, number = asked.per_page, asked.page
    if getattr(asked, "minimal", False):
        size, number = max(rows.total, 1), 1
    pages = -(-rows.total // size)
    last = rows.after is None if asked.after is not None else number >= pages
    head = {
        "total_items": rows.total,
        "total_pages": pages,
        "page_number": number,
        "size": len(rows.rows),
        "first_page": number == 1 and not asked.after,
        "last_page": last,
        "empty": not rows.rows,
    }
    return f'{json.dumps(head)[:-1]}, "contents": [{",".join(rows.rows)}]}}'


def as_csv(rows: list[str]) -> str:
    """Return records as CSV: a column for each field, those of nested records with a dot.

    Lists are left to JSON. A cell that a spreadsheet would take for a formula gets an
    apostrophe before it.
    """
    flat = [_flat(json.loads(row)) for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(column)) for column in columns] for row in flat])
    return out.getvalue()


def etag_of(connection: sa.Connection, request: Request) -> tuple[str, str]:
    """Return the tag of an answer and when the directory last changed, as HTTP has them."""
    generation, changed = state_of(connection)
    asked = request.scope["path"].encode() + b"?" + request.scope["query_string"]
    tag = hashlib.blake2b(asked, digest_size=9).hexdigest()
    at = datetime.fromisoformat(changed)
    return f'W/"{generation}-{tag}"', format_datetime(at, usegmt=True)


def unchanged(request: Request, etag: str, modified: str) -> bool:
    """Tell whether the asker already has this answer."""
    if known := request.headers.get("if-none-match"):
        return etag in {tag.strip() for tag in known.split(",")}
    return request.headers.get("if-modified-since") == modified


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{key}.")
        elif not isinstance(value, list):
            flat[f"{before}{key}"] = value
    return flat


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
