"""The files of a place that are meant for people: its report, its tables, and nothing else."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, HTTPException
from fastapi import Path as PathPart
from fastapi.responses import FileResponse

from mobilise.web.downloads import FILES
from mobilise.web.headers import POLICY
from mobilise.web.site import TheSite

router = APIRouter()
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
Name = Annotated[str, PathPart(pattern=f"^{PART.pattern}$")]
STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@router.get("/report/{path:path}", include_in_schema=False)
def report_file(site: TheSite, path: str) -> FileResponse:
    """Answer with a file of a report, whose one inline style its policy names by its hash."""
    parts = path.split("/")
    if not all(PART.fullmatch(part) for part in parts):
        raise HTTPException(404)
    file = _existing(site.place.folder, "report", *parts)
    if file.suffix != ".html":
        return FileResponse(file)
    return FileResponse(file, headers={"Content-Security-Policy": policy_of(file.read_bytes())})


@router.get("/checks/{name}", include_in_schema=False)
def check_file(site: TheSite, name: Name) -> FileResponse:
    """Answer with a list that people are asked to check."""
    return FileResponse(_existing(site.place.folder, "checks", name))


@router.get("/downloads/{name}", include_in_schema=False)
def download(site: TheSite, name: Name) -> FileResponse:
    """Answer with the areas or the assets in the format of people's tools."""
    if name not in FILES:
        raise HTTPException(404)
    return FileResponse(_existing(site.folder, "downloads", name), filename=name)


@router.get("/place.json", summary="Where every figure comes from")
def provenance(site: TheSite) -> FileResponse:
    """Answer with the place's provenance: sources, licences, hashes, parameters, notes."""
    return FileResponse(_existing(site.place.folder, "place.json"))


@router.get("/{table}.parquet", summary="A table of the place, as (Geo)Parquet")
def table_file(site: TheSite, table: Name) -> FileResponse:
    """Answer with a table."""
    return FileResponse(
        _existing(site.place.folder, f"{table}.parquet"),
        media_type="application/vnd.apache.parquet",
    )


def policy_of(page: bytes) -> str:
    """Return the policy of a page that stands by itself: its own style, no script.

    Parameters
    ----------
    page
        Its HTML.
    """
    hashes = [base64.b64encode(hashlib.sha256(s).digest()).decode() for s in STYLE.findall(page)]
    styles = " ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'"
    changed = POLICY.replace("style-src 'self'", f"style-src {styles}")
    return changed.replace("script-src 'self'", "script-src 'none'")


def _existing(folder: Path, *parts: str) -> Path:
    path = folder.joinpath(*parts)
    if not path.is_file():
        raise HTTPException(404)
    return path
