"""Maps in files: GeoJSON, GeoPackage and Shapefile, read by GDAL."""

from __future__ import annotations

import struct
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, GeometryError

from mobilise.errors import InputError, SourceBroken, suggestion
from mobilise.sources.formats import GEOJSON, GEOPACKAGE, SHAPEFILE, format_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

GEOMETRY = "geometry"
_FAULTS = (DataSourceError, DataLayerError, FeatureError, GeometryError, UnicodeDecodeError)
# GDAL guesses dates from texts; a table of codes and names wants them as they are written.
_AS_WRITTEN = {"DATE_AS_STRING": "YES"}
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read(path: Path, layer: str | None, columns: list[str]) -> pd.DataFrame:
    """Return the columns of a layer, the geometry among them if it is asked for."""
    source, layer = _source(path, layer)
    if path.suffix.lower() == ".shp":
        _check_whole(path)
    wants_geometry = GEOMETRY in columns
    options = _AS_WRITTEN if format_of(path) == GEOJSON else {}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        frame = _asked(
            path,
            pyogrio.read_dataframe,
            source,
            layer=layer,
            columns=[name for name in columns if name != GEOMETRY],
            read_geometry=wants_geometry,
            datetime_as_string=True,
            **options,
        )
    if heard:
        says = sorted({str(warning.message).rstrip(".") for warning in heard})
        frame.attrs["remarks"] = [f"While it was read, GDAL warned: {s}." for s in says]
    if wants_geometry and (frame.crs is None or frame.crs.is_engineering):
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


def parts(path: Path) -> list[Path]:
    """Return the files that a shapefile consists of, in the order of their names."""
    siblings = path.parent.iterdir()
    return sorted(
        p for p in siblings if p.stem == path.stem and p.suffix.lower() in _SHAPEFILE_PARTS
    )


def _source(path: Path, layer: str | None) -> tuple[str, str | None]:
    """Return what GDAL should open, and which layer in it."""
    if path.suffix.lower() == ".zip":
        return _zipped(path, layer), None
    if format_of(path) != GEOPACKAGE:
        if layer is not None:
            raise InputError(f"{path}: this format has no layers; leave out 'layer'.")
        return str(path), None
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
        raise InputError(f"{path}: no layer '{layer}'{suggestion(layer, layers)}.")
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
    return format_of(path) == SHAPEFILE or path.suffix.lower() == ".zip"


def _check_whole(path: Path) -> None:
    """Raise where parts are missing or shorter than they say: GDAL would read nulls instead."""
    beside = {p.suffix.lower(): p for p in parts(path)}
    for needed in (".shx", ".dbf"):
        if needed not in beside:
            raise SourceBroken(f"{path}: its {needed} file is missing; put it beside it.")
    for suffix in (".shp", ".shx"):
        head = beside[suffix].open("rb").read(28)
        if (
            len(head) < 28
            or 2 * struct.unpack(">i", head[24:28])[0] > beside[suffix].stat().st_size
        ):
            raise SourceBroken(f"{beside[suffix]}: the file is cut short; fetch it again.")
    dbf = beside[".dbf"]
    head = dbf.open("rb").read(12)
    rows, first, width = struct.unpack("<IHH", head[4:12]) if len(head) == 12 else (1, 0, 1 << 30)
    if first + rows * width > dbf.stat().st_size:
        raise SourceBroken(f"{dbf}: the file is cut short; fetch it again.")
