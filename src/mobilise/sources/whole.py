"""Whether a file is as long as its own header says: GDAL reads what is left, and says nothing."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mobilise.errors import SourceBroken

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def parts(path: Path) -> list[Path]:
    """Return the files that a shapefile consists of, in the order of their names."""
    siblings = path.parent.iterdir()
    return sorted(p for p in siblings if p.stem == path.stem and p.suffix.lower() in _PARTS)


def check_shapefile(path: Path) -> None:
    """Raise where a part of a shapefile is missing or cut short.

    The lengths are those of the ESRI Shapefile Technical Description (1998) and of dBASE III.
    """
    beside = {part.suffix.lower(): part for part in parts(path)}
    for needed in (".shx", ".dbf"):
        if needed not in beside:
            raise SourceBroken(f"{path}: its {needed} file is missing; put it beside it.")
    for suffix in (".shp", ".shx"):
        (words,) = _header(beside[suffix], 24, ">i")
        _check(beside[suffix], 2 * words)
    rows, first, width = _header(beside[".dbf"], 4, "<IHH")
    _check(beside[".dbf"], first + rows * width)


def check_geopackage(path: Path) -> None:
    """Raise where a GeoPackage is cut short (SQLite file format, section 1.3)."""
    (page,) = _header(path, 16, ">H")
    changed, pages = _header(path, 24, ">II")
    (valid_for,) = _header(path, 92, ">I")
    if changed == valid_for:  # else an old SQLite wrote it, and the count of pages means nothing
        _check(path, pages * (65536 if page == 1 else page))


def _header(path: Path, at: int, form: str) -> tuple[int, ...]:
    with path.open("rb") as file:
        file.seek(at)
        data = file.read(struct.calcsize(form))
    if len(data) < struct.calcsize(form):
        raise SourceBroken(f"{path}: the file is cut short; fetch it again.")
    return struct.unpack(form, data)


def _check(path: Path, needed: int) -> None:
    if path.stat().st_size < needed:
        raise SourceBroken(f"{path}: the file is cut short; fetch it again.")
