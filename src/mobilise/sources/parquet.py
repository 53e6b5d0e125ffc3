"""Parquet and GeoParquet, read column by column."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from mobilise.errors import SourceBroken
from mobilise.sources.formats import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from mobilise.filters import Filter

GEOMETRY = "geometry"


@dataclass(frozen=True)
class _Schema:
    names: list[str]
    rows: int
    geometry: str | None  # the main geometry's name in the file
    encoding: str
    crs: CRS | None


def read(path: Path, columns: Sequence[str], where: Filter | None) -> Any:
    """Return `columns` of the rows that `where` keeps; geometries are decoded for these alone."""
    schema = _schema(path)
    if schema.rows == 0:
        raise SourceBroken(f"{path}: there are no rows in it; fetch it again.")
    physical = {GEOMETRY: schema.geometry} if schema.geometry else {}
    table = _table(path, [physical.get(name, name) for name in columns])
    table = table.rename_columns(list(columns))
    if where is not None:
        mask = where.mask(_frame(table.select(where.columns)), str(path))
        table = table.filter(pa.array(mask))
    if schema.geometry is None or GEOMETRY not in columns:
        return _frame(table)
    if schema.crs is None:
        raise SourceBroken(
            f"{path}: it does not say in which coordinate system its geometries are; "
            "write it again with one."
        )
    shapes = _shapes(table[GEOMETRY], schema.encoding, path)
    frame = _frame(table.drop_columns([GEOMETRY]))
    placed: gpd.GeoDataFrame = gpd.GeoDataFrame(frame, geometry=shapes, crs=schema.crs)
    return placed


def columns(path: Path, layer: str | None) -> list[str]:  # noqa: ARG001
    """Return the names in the schema; the main geometry is called ``geometry``."""
    schema = _schema(path)
    return [GEOMETRY if name == schema.geometry else name for name in schema.names]


def _schema(path: Path) -> _Schema:
    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
        names = distinct(
            [name for name in schema.names if not name.startswith("__index_level_")], path
        )
        geo = json.loads((schema.metadata or {}).get(b"geo", b"null"))
        if not geo:
            return _Schema(names, rows, None, "", None)
        primary = geo["primary_column"]
        column = geo["columns"][primary]
        # GeoParquet: without the key it is longitude and latitude; with null nobody knows.
        crs = column.get("crs", "OGC:CRS84")
        known = CRS.from_user_input(crs) if crs else None
        return _Schema(names, rows, primary, column["encoding"], known)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, CRSError) as error:
        raise _broken(path, error) from error


def _table(path: Path, names: list[str]) -> pa.Table:
    try:
        # As a file, not as a data set: folders named like key=value add no columns of their own.
        with pq.ParquetFile(path) as file:
            return file.read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from error


def _frame(table: pa.Table) -> pd.DataFrame:
    for i, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            decoded = pc.cast(table.column(i), field.type.value_type)
            table = table.set_column(i, field.name, decoded)
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return frame


def _shapes(column: pa.ChunkedArray, encoding: str, path: Path) -> Any:
    if encoding.upper() != "WKB":
        try:
            metadata = {b"ARROW:extension:name": b"geoarrow." + encoding.encode()}
            field = pa.field(GEOMETRY, column.type, metadata=metadata)
            table = pa.Table.from_arrays([column], schema=pa.schema([field]))
            return gpd.GeoDataFrame.from_arrow(table).geometry.to_numpy()
        except (TypeError, ValueError, NotImplementedError) as error:
            raise SourceBroken(
                f"{path}: its geometries are in the encoding '{encoding}'; write it as WKB."
            ) from error
    try:
        return shapely.from_wkb(column.to_numpy())
    except shapely.errors.GEOSException as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> SourceBroken:
    return SourceBroken(
        f"{path}: this Parquet file is damaged or cut short ({_first_line(error)}); fetch it again."
    )


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0].rstrip(".")
