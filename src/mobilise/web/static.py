"""The style sheets, scripts and pictures that the pages need: all of them ours to serve."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException, Request, Response

router = APIRouter()
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file: as it is, packed, and the tag by which a browser knows its version."""

    plain: bytes
    packed: bytes
    tag: str
    type: str


@router.get("/static/{name:path}", include_in_schema=False)
def static_file(name: str, request: Request) -> Response:
    """Answer with one file, packed where the browser can unpack it."""
    asset = assets().get(name)
    if asset is None:
        raise HTTPException(404)
    known = request.query_params.get("v") == asset.tag
    headers = {
        "ETag": f'"{asset.tag}"',
        "Cache-Control": FOREVER if known else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if f'"{asset.tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.type)
    return Response(asset.plain, headers=headers, media_type=asset.type)


@cache
def assets() -> dict[str, Asset]:
    """Return every file under ``static`` by its path there; packed files go by their own name."""
    found: dict[str, Asset] = {}
    folders = [("", files("mobilise.web") / "static")]
    while folders:
        prefix, folder = folders.pop()
        for entry in sorted(folder.iterdir(), key=lambda e: e.name):
            path = f"{prefix}{entry.name}"
            if entry.is_dir():
                folders.append((f"{path}/", entry))
            else:
                found |= _asset(path, entry.read_bytes())
    return found


def address(name: str) -> str:
    """Return the address of a file, which changes when the file does.

    Parameters
    ----------
    name
        Its path under ``static``.
    """
    return f"/static/{name}?v={assets()[name].tag}"


def _asset(path: str, content: bytes) -> dict[str, Asset]:
    name = path.removesuffix(".gz")
    kind = TYPES.get("." + name.rpartition(".")[2])
    if kind is None:
        return {}
    plain = gzip.decompress(content) if path.endswith(".gz") else content
    packed = content if path.endswith(".gz") else gzip.compress(plain, mtime=0)
    return {name: Asset(plain, packed, hashlib.sha256(plain).hexdigest()[:12], kind)}
