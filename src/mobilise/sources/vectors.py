"""Maps in files: GeoJSON, GeoPackage and Shapefile, read by GDAL."""

from __future__ import annotations

import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

from mobilise.errors import InputError, SourceBroken, suggestion
from mobilise.sources.formats import GEOJSON, GEOPACKAGE, SHAPEFILE, ZIP, format_of
from mobilise.sources.whole import check_geopackage, check_shapefile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

GEOMETRY = "geometry"
_FAULTS = (
    *(DataSourceError, DataLayerError, FeatureError, GeometryError),
    *(shapely.errors.GEOSException, UnicodeDecodeError),
)
# GDAL guesses dates from texts; a table of codes and names wants them as they are written.
_AS_WRITTEN = {"DATE_AS_STRING": "YES"}


def read(path: Path, layer: str | None, columns: list[str] | None) -> pd.DataFrame:
    """Return the columns of a layer, or all; the geometry among them if it is asked for."""
    source, layer = _source(path, layer)
    wants_geometry = columns is None or GEOMETRY in columns
    options = _AS_WRITTEN if format_of(path) == GEOJSON else {}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        frame = _asked(
            path,
            pyogrio.read_dataframe,
            source,
            layer=layer,
            columns=None if columns is None else [name for name in columns if name != GEOMETRY],
            read_geometry=wants_geometry,
            datetime_as_string=True,
            on_invalid="fix",  # closes rings; what it cannot mend is null, and counted later
            **options,
        )
    if heard:
        says = sorted({str(warning.message).rstrip(".") for warning in heard})
        frame.attrs["remarks"] = [f"While it was read, GDAL warned: {s}." for s in says]
    if GEOMETRY in frame.columns and (frame.crs is None or frame.crs.is_engineering):
        mend = "put its .prj file beside it" if _is_shapefile(path) else "save it again with one"
        raise SourceBroken(
            f"{path}: it does not say in which coordinate system its geometries are; {mend}."
        )
    return frame  # type: ignore[no-any-return]


def columns(path: Path, layer: str | None) -> list[str]:
    """Return the names of a layer's fields, and ``geometry`` where it has one."""
    source, layer = _source(path, layer)
    options = _AS_WRITTEN if format_of(path) == GEOJSON else {}
    info = _asked(path, pyogrio.read_info, source, layer=layer, **options)
    names = [str(name) for name in info["fields"]]
    return [*names, GEOMETRY] if info["geometry_type"] is not None else names


def _source(path: Path, layer: str | None) -> tuple[str, str | None]:
    """Return what GDAL should open, and which layer in it."""
    file_format = format_of(path)
    if file_format == ZIP:
        return _zipped(path, layer), None
    if file_format == SHAPEFILE:
        check_shapefile(path)
    if file_format != GEOPACKAGE:
        if layer is not None:
            raise InputError(f"{path}: this format has no layers; leave out 'layer'.")
        return str(path), None
    check_geopackage(path)
    layers = [str(name) for name, _ in _asked(path, pyogrio.list_layers, path)]
    return str(path), _chosen(layer, layers, path)


def _zipped(path: Path, layer: str | None) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            names = sorted(n for n in archive.namelist() if n.lower().endswith(".shp"))
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceBroken(
            f"{path}: the zip is damaged or cut short ({error}); fetch it again."
        ) from error
    if damaged:
        raise SourceBroken(f"{path}: '{damaged}' in the zip is damaged; fetch it again.")
    layers = {name.rsplit("/", 1)[-1][:-4]: name for name in names}
    if not layers:
        raise SourceBroken(
            f"{path}: there is no shapefile in the zip; unpack it and name the file."
        )
    inner = layers[_chosen(layer, list(layers), path)]
    return f"/vsizip/{{{path.resolve()}}}/{inner}"


def _chosen(layer: str | None, layers: list[str], path: Path) -> str:
    if not layers:
        raise SourceBroken(f"{path}: there are no layers in it; fetch it again.")
    if layer is not None and layer not in layers:
        raise InputError(f"{path}: no layer '{layer}'{suggestion(layer, layers)}")
    if layer is None and len(layers) > 1:
        shown = ", ".join(f"'{name}'" for name in layers)
        raise InputError(f"{path}: it has {len(layers)} layers; say which: layer = one of {shown}.")
    return layers[0] if layer is None else layer


def _asked(path: Path, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return ask(*arguments, **options)
    except _FAULTS as error:
        reason = str(error).split(";", 1)[0].rstrip(".").replace(str(path), "it")
        raise SourceBroken(
            f"{path}: it is damaged, cut short or not {format_of(path)} ({reason}); fetch it again."
        ) from error


def _is_shapefile(path: Path) -> bool:
    return format_of(path) in {SHAPEFILE, ZIP}
