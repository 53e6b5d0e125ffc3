"""Tables from files of any common format, read no further than is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, MissingColumn, SourceBroken
from mobilise.notes import Note
from mobilise.sources import delimited, parquet, workbooks
from mobilise.sources.formats import CSV, GEOJSON, PARQUET, WORKBOOK, format_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from mobilise.filters import Filter

# Their columns are known only when all of the file has been parsed: parse it once.
_PARSED_WHOLE = {GEOJSON, WORKBOOK}
REMARKS = "remarks"  # key of DataFrame.attrs: sentences on how the file had to be read


def read_table(
    path: Path | str,
    *,
    layer: str | None = None,
    where: Filter | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame | gpd.GeoDataFrame:
    """Read a table.

    Parameters
    ----------
    path
        CSV (``.csv``, ``.tsv``, either also ``.gz``), Excel (``.xlsx``, ``.xls``, ``.ods``),
        GeoJSON, GeoPackage, Shapefile (also zipped), Parquet or GeoParquet.
    layer
        The sheet of a workbook, or the layer of a GeoPackage or zip; needed if there are several.
    where
        The rows to keep; all where None. It may read columns that are not returned.
    columns
        The columns to return, in this order; all where None. The geometry is called
        ``geometry`` whatever the file calls it, and comes only if asked for or if all are.

    Returns
    -------
    DataFrame or GeoDataFrame
        Shape (rows kept, columns), index 0..n-1; a GeoDataFrame, always in a known CRS, where
        there is a geometry. Text stays as it is written: a column of a CSV is taken for numbers
        only if all of it is, and no number in it starts with a needless zero ("001" is a code).
        No rows where the filter keeps none.

    Raises
    ------
    SourceMissing, SourceBroken
        The file is not there; or it is empty, damaged, without rows or without a CRS.
    MissingColumn
        It lacks a column of `columns` or `where`.
    InputError
        There is no such layer.
    """
    path = Path(path)
    file_format = format_of(path)
    _check_layer(path, file_format, layer)
    whole = None
    if file_format in _PARSED_WHOLE:
        whole = _reader(file_format).read(path, layer, None)
        available = list(whole.columns)
    else:
        available = _reader(file_format).columns(path, layer)
    _check_columns(available, columns, where, path)
    wanted = list(dict.fromkeys(available if columns is None else columns))
    needed = wanted + [c for c in (where.columns if where else ()) if c not in wanted]
    if file_format == PARQUET:
        frame = parquet.read(path, needed, where)
    else:
        frame = _reader(file_format).read(path, layer, needed) if whole is None else whole
        _check_rows(len(frame), path)
        if where is not None:
            frame = frame[where.mask(frame, str(path))]
    return frame[wanted].reset_index(drop=True)


def columns_of(path: Path | str, *, layer: str | None = None) -> list[str]:
    """Return the names of a table's columns without reading its rows.

    Parameters
    ----------
    path, layer
        As for `read_table`, and with its errors.
    """
    path = Path(path)
    file_format = format_of(path)
    _check_layer(path, file_format, layer)
    names: list[str] = _reader(file_format).columns(path, layer)
    return names


def remarks(frame: pd.DataFrame, *, step: str, label: str) -> list[Note]:
    """Return notes on how the file behind `frame` had to be read (another encoding, say).

    Parameters
    ----------
    frame
        As `read_table` returned it.
    step, label
        The step and the source that the notes name.
    """
    return [Note(step, label, sentence) for sentence in frame.attrs.get(REMARKS, ())]


def _reader(file_format: str) -> Any:
    readers = {CSV: delimited, WORKBOOK: workbooks, PARQUET: parquet}
    if file_format in readers:
        return readers[file_format]
    from mobilise.sources import vectors  # noqa: PLC0415  (GDAL takes 28 MiB; few files need it)

    return vectors


def _check_layer(path: Path, file_format: str, layer: str | None) -> None:
    if layer is not None and file_format in {CSV, PARQUET}:
        raise InputError(f"{path}: a {file_format} file has no layers; leave out 'layer'.")


def _check_columns(
    available: list[str], columns: Sequence[str] | None, where: Filter | None, path: Path
) -> None:
    for column in columns or ():
        if column not in available:
            raise MissingColumn(column, available, path)
    if where is None:
        return
    for column in where.columns:
        if column not in available:
            raise MissingColumn(column, available, f"{path} (where = {where.text!r})")


def _check_rows(rows: int, path: Path) -> None:
    if rows == 0:
        raise SourceBroken(f"{path}: there are no rows in it; fetch it again.")
