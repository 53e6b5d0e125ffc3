"""Which format a file is in: by its name, and by its first bytes where they can tell."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from mobilise.errors import SourceBroken, SourceMissing

if TYPE_CHECKING:
    from pathlib import Path

CSV = "CSV"
WORKBOOK = "Excel"
PARQUET = "Parquet"
GEOJSON = "GeoJSON"
GEOPACKAGE = "GeoPackage"
SHAPEFILE = "Shapefile"
ZIP = "zip"

_BY_ENDING = {
    ".csv": CSV,
    ".csv.gz": CSV,
    ".tsv": CSV,
    ".tsv.gz": CSV,
    ".xlsx": WORKBOOK,
    ".xlsm": WORKBOOK,
    ".xlsb": WORKBOOK,
    ".xls": WORKBOOK,
    ".ods": WORKBOOK,
    ".parquet": PARQUET,
    ".geoparquet": PARQUET,
    ".pq": PARQUET,
    ".geojson": GEOJSON,
    ".json": GEOJSON,
    ".gpkg": GEOPACKAGE,
    ".shp": SHAPEFILE,
    ".zip": ZIP,
}
_FIRST_BYTES = {
    b"PAR1": {PARQUET},
    b"PK\x03\x04": {WORKBOOK, ZIP},
    b"\xd0\xcf\x11\xe0": {WORKBOOK},
    b"SQLite format 3\x00": {GEOPACKAGE},
    b"\x00\x00\x27\x0a": {SHAPEFILE},
    b"\x1f\x8b": {"gzip"},
}
_TEXT = {CSV, GEOJSON}


def format_of(path: Path) -> str:
    """Return the format of a table's file.

    Raises
    ------
    SourceMissing
        There is no such file.
    SourceBroken
        It is a folder or empty, its ending is not known, or its content belies its ending.
    """
    present(path)
    ending = next((e for e in sorted(_BY_ENDING, key=len, reverse=True) if _ends(path, e)), None)
    if ending is None:
        known = ", ".join(sorted(_BY_ENDING))
        raise SourceBroken(f"{path}: '{path.suffix}' is no format of tables; known are {known}.")
    expected = _BY_ENDING[ending]
    _check_first_bytes(path, "gzip" if ending.endswith(".gz") else expected, expected)
    return expected


def present(path: Path) -> None:
    """Raise unless `path` is a file with something in it."""
    if path.is_dir():
        raise SourceBroken(f"{path}: this is a folder; name a file.")
    if not path.exists():
        siblings = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, siblings, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise SourceMissing(f"{path}: there is no such file{hint}")
    try:
        path.open("rb").close()
    except OSError as error:
        raise SourceBroken(f"{path}: the file cannot be read ({error.strerror}).") from error
    if path.stat().st_size == 0:
        raise SourceBroken(f"{path}: the file is empty; fetch it again.")


def distinct(headings: list[str], path: Path) -> list[str]:
    """Return headings as names of columns: trimmed, blank ones numbered, each of them once.

    Raises
    ------
    SourceBroken
        Two columns have one name: nobody could say which of them is meant.
    """
    names = [heading.strip() or f"column_{i + 1}" for i, heading in enumerate(headings)]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise SourceBroken(f"{path}: there are several columns named '{name}'; rename them.")
    return names


def _ends(path: Path, ending: str) -> bool:
    return path.name.lower().endswith(ending)


def _check_first_bytes(path: Path, container: str, expected: str) -> None:
    with path.open("rb") as file:
        head = file.read(512)
    found = next((kinds for first, kinds in _FIRST_BYTES.items() if head.startswith(first)), set())
    if container in found:
        return
    if found:
        raise SourceBroken(
            f"{path}: named as {expected}, but the content is {' or '.join(sorted(found))}; "
            "give it the ending of what it is."
        )
    if container not in _TEXT:
        raise SourceBroken(
            f"{path}: this is not {container}, or the file is damaged; fetch it again."
        )
    if head.lstrip().startswith(b"<"):
        raise SourceBroken(
            f"{path}: this is a web page (HTML or XML), not {expected}; fetch the data itself."
        )
