"""Reading: what a publisher gave, as one table with the columns that the registry names."""

from __future__ import annotations

import csv
import fnmatch
import io
import json
import re
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from mobilise.anywhere.obtain import renamed
from mobilise.errors import MissingColumn, SourceBroken
from mobilise.filters import Filter
from mobilise.sources import columns_of, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mobilise.anywhere.obtain import Raw
    from mobilise.sources.publishers import Source

GEOMETRY = "geometry"
_MAPS = {".gpkg", ".geojson"}
_TABLES = {".csv", ".tsv"}
_BETWEEN = re.compile(r"[\s\[,]*")


def table_of(source: Source, raw: Raw, within: Any = None) -> pd.DataFrame:
    """Return a source as a table: its columns, the rows that it keeps.

    Parameters
    ----------
    source
        Which.
    raw
        What the publisher gave.
    within
        A GeoSeries: of a map, only what touches its box is read.

    Returns
    -------
    DataFrame or GeoDataFrame
        With the registry's names of columns, whatever case the publisher writes them in.

    Raises
    ------
    SourceError
        A file is damaged, or has changed.
    """
    filters = Filter.parse(source.keep) if source.keep else None
    wanted = list(source.columns)
    needed = wanted + [c for c in (filters.columns if filters else ()) if c not in wanted]
    if source.latest is not None and source.latest not in needed:
        needed.append(source.latest)
    if raw.rows is not None:
        frame = _features(source, raw.rows, needed)
    else:
        with _unpacked(source, raw) as paths:
            frame = _files(source, paths, needed, within)
    if filters is not None:
        frame = frame[fitting(frame, filters, source.label)]
    if source.latest is not None and len(frame):
        frame = frame[frame[source.latest] == frame[source.latest].max()]
    chosen = wanted or list(frame.columns)
    if source.shapes and GEOMETRY not in chosen:
        chosen.append(GEOMETRY)
    table: pd.DataFrame = frame[chosen].reset_index(drop=True)
    return table


def fitting(frame: pd.DataFrame, filters: Filter, label: str) -> Any:
    """Return which rows of a whole table fit a filter.

    Raises
    ------
    SourceBroken
        None does: the publisher writes other words now, and a figure of zero would be wrong.
    """
    fits = filters.mask(frame, label)
    if len(frame) and not fits.any():
        raise SourceBroken(
            f'{label}: none of its {len(frame):,} rows fits "{filters.text}"; the publisher has '
            "changed the table: look into it, and put the new words into the registry."
        )
    return fits


def _features(source: Source, rows: list[dict[str, Any]], needed: Sequence[str]) -> pd.DataFrame:
    if source.shapes:
        if not rows:
            nothing: pd.DataFrame = gpd.GeoDataFrame(
                {c: [] for c in needed}, geometry=[], crs="EPSG:4326"
            )
            return nothing
        frame: pd.DataFrame = gpd.GeoDataFrame.from_features(rows, crs="EPSG:4326")
    else:
        frame = pd.DataFrame(rows, columns=None if rows else list(needed))
    if source.distinct:  # some services take no notice of the wish
        frame = frame.drop_duplicates(ignore_index=True)
    names = [str(name) for name in frame.columns]
    return frame.rename(columns=renamed(names, needed, source.label))


@contextmanager
def _unpacked(source: Source, raw: Raw) -> Iterator[list[Path]]:
    """Yield the files; of a zip, those inside it that the registry names."""
    paths = [file.path for file in raw.files]
    if source.inside is None:
        yield paths
        return
    with tempfile.TemporaryDirectory() as folder:
        yield [path for outer in paths for path in _members(outer, source, Path(folder))]


def _members(path: Path, source: Source, folder: Path) -> list[Path]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(
                name
                for name in archive.namelist()
                if not name.endswith("/") and fnmatch.fnmatch(name, str(source.inside))
            )
            if not names:
                raise SourceBroken(
                    f"{source.label}: there is no '{source.inside}' in the zip; the publisher has "
                    "changed it: look into it, and put the new name into the registry."
                )
            return [Path(archive.extract(name, folder)) for name in names]
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise SourceBroken(f"{source.label}: the zip is damaged ({error}); try again.") from error


def _files(source: Source, paths: list[Path], needed: Sequence[str], within: Any) -> pd.DataFrame:
    ending = paths[0].suffix.lower()
    if ending == ".json":
        return pd.concat([_records(path, source, needed) for path in paths], ignore_index=True)
    if source.headings:
        return _headless(source, paths, needed)
    frames = [_one(source, path, needed, within) for path in paths]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _one(source: Source, path: Path, needed: Sequence[str], within: Any) -> pd.DataFrame:
    ending = path.suffix.lower()
    if source.heading_row > 1 and ending not in _TABLES:
        return _deep_sheet(source, path, needed)
    there = columns_of(path, layer=source.layer)
    names = renamed(there, needed, source.label)
    columns = list(names) if names else there
    if ending in _MAPS and within is not None:
        frame = _in_box(path, source.layer, columns, within)
    else:
        frame = read_table(path, layer=source.layer, columns=columns)
    return frame.rename(columns=names)


def _in_box(path: Path, layer: str | None, columns: Sequence[str], within: Any) -> pd.DataFrame:
    """Read what touches the box of a zone: a country's map by its own index."""
    import pyogrio  # noqa: PLC0415  (slow to import, and few sources are maps)

    fields = [name for name in columns if name != GEOMETRY]
    try:
        crs = pyogrio.read_info(path, layer=layer)["crs"]
        box = tuple(within.to_crs(crs).total_bounds) if crs else None
        frame: pd.DataFrame = pyogrio.read_dataframe(
            path, layer=layer, columns=fields, bbox=box, datetime_as_string=True
        )
    except (RuntimeError, ValueError) as error:  # pyogrio's errors are of these kinds
        raise SourceBroken(
            f"{path.name}: the map is damaged ({error}); try again later."
        ) from error
    return frame


def _deep_sheet(source: Source, path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Read a sheet whose headings are further down."""
    try:
        frame = pd.read_excel(
            path, sheet_name=source.layer or 0, header=source.heading_row - 1, engine="calamine"
        )
    except ValueError as error:
        raise SourceBroken(
            f"{source.label}: no sheet '{source.layer}' ({error}); the publisher has changed the "
            "workbook: look into it, and put the new name into the registry."
        ) from error
    frame = frame.rename(columns=str)
    names = renamed(list(frame.columns), needed, source.label)
    frame = frame.rename(columns=names)
    return frame[frame[list(names.values())].notna().any(axis=1)]


def _headless(source: Source, paths: list[Path], needed: Sequence[str]) -> pd.DataFrame:
    """Read files without headings as one table under the registry's headings."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.csv"
        with whole.open("wb") as file:
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerow(source.headings)
            file.write(text.getvalue().encode())
            for path in paths:
                content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
                check_width(content, source)
                file.write(content if content.endswith(b"\n") else content + b"\n")
        names = renamed(source.headings, needed, source.label)
        return read_table(whole, columns=list(names))


def check_width(content: bytes, source: Source) -> None:
    """Refuse a file without headings whose first row is not as wide as the registry's."""
    first = content.split(b"\n", 1)[0].decode("utf-8", errors="replace")
    width = len(next(csv.reader([first]), []))
    if width != len(source.headings):
        raise SourceBroken(
            f"{source.label}: its rows have {width} columns where the registry knows "
            f"{len(source.headings)}; the publisher has changed the file: look into it, and put "
            "the new headings into the registry."
        )


def _records(path: Path, source: Source, needed: Sequence[str]) -> pd.DataFrame:
    """Read a list of JSON records, one after the other: a register may be larger than memory."""
    found: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for record in _streamed(path, source.label):
        names = names or renamed(list(record), needed, source.label)
        found.append({name: record.get(key) for key, name in names.items()})
    if not found:
        raise MissingColumn(needed[0], [], source.label)
    return pd.DataFrame(found)


def _streamed(path: Path, label: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder()
    with path.open(encoding="utf-8-sig") as file:
        text, at = "", 0
        while block := file.read(1 << 20):
            text, at = text[at:] + block, 0
            while at < len(text):
                at = _past(text, at)
                try:
                    record, at = decoder.raw_decode(text, at)
                except ValueError:
                    break  # the record goes on in the next block
                yield record
    if text[at:].strip() != "]":
        raise SourceBroken(f"{label}: the list of records is cut short; try again later.")


def _past(text: str, at: int) -> int:
    """Return where the next record begins: after blanks, commas and the list's own bracket."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
