"""What tells a file from any other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from mobilise.sources.formats import present
from mobilise.sources.whole import parts


def fingerprint(path: Path | str) -> dict[str, Any]:
    """Return what tells this file from any other: ``{"sha256": hex, "bytes": size}``.

    A shapefile is all its parts (``.shp``, ``.dbf``, ``.prj``, ...), in the order of their names;
    a folder all files in it.
    """
    path = Path(path)
    digest, size = hashlib.sha256(), 0
    for part in _parts(path):
        with part.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
                size += len(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(part for part in path.iterdir() if part.is_file())
    present(path)
    return parts(path) if path.suffix.lower() == ".shp" else [path]
