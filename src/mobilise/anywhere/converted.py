"""Converted copies: a country's large table, read once and kept as Parquet beside its download."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd

from mobilise import __version__
from mobilise.anywhere.reading import table_of
from mobilise.place import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.anywhere.obtain import Raw
    from mobilise.sources.publishers import Source

LARGE_BYTES = 1_000_000  # smaller files are read as fast as their copies


def converted(source: Source, raw: Raw) -> pd.DataFrame:
    """Return a source's whole table, as :func:`mobilise.anywhere.reading.table_of` does.

    Of a large file a copy is kept, and taken the next time. It goes when the download is replaced,
    and is not taken by another version of mobilise or of the registry's entry.

    Parameters
    ----------
    source
        Which.
    raw
        What the publisher gave.

    Raises
    ------
    SourceError
        A file is damaged, or has changed.
    """
    if raw.rows is not None or sum(file.path.stat().st_size for file in raw.files) < LARGE_BYTES:
        return table_of(source, raw)
    copy = _copy(source, raw)
    if copy.exists():
        try:
            return pd.read_parquet(copy)
        except (OSError, ValueError):  # damaged: it is made anew
            copy.unlink(missing_ok=True)
    table = table_of(source, raw)
    with replacing(copy) as beside:
        table.to_parquet(beside, index=False, compression="zstd")
    return table


def _copy(source: Source, raw: Raw) -> Path:
    """Return where the copy is: named by all that the table depends on."""
    told = [__version__, source.model_dump_json(), *(file.sha256 for file in raw.files)]
    name = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
    first = raw.files[0].path
    return first.with_name(f"{first.name}.{name}.parquet")
