"""Put the rows of a table on the map, in the coordinate system of the place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from mobilise.errors import BadValues, SourceBroken
from mobilise.notes import Note
from mobilise.sources.misplaced import area, code, inside, likely_mend
from mobilise.sources.values import numbers, texts

if TYPE_CHECKING:
    from mobilise.sources.postcodes import PostcodeTable

EXAMPLES = 10
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Shapes = npt.NDArray[np.object_]


def locate(
    frame: pd.DataFrame,
    *,
    crs_to: str,
    x: str | None = None,
    y: str | None = None,
    crs: str = "EPSG:4326",
    postcode: str | None = None,
    postcodes: PostcodeTable | None = None,
    label: str,
    step: str,
    names: pd.Series[Any] | None = None,
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Place the rows of a table by coordinates, by postcode or by their own geometry.

    Parameters
    ----------
    frame
        Any table; a GeoDataFrame where neither `x` and `y` nor `postcode` are given.
    crs_to
        The coordinate system of the place.
    x, y
        The columns of coordinates (longitude and latitude, or easting and northing), which go
        before any geometry that the rows have.
    crs
        The coordinate system of `x` and `y`.
    postcode, postcodes
        The column of postcodes, and where they are.
    label, step
        The source and the step, for notes and errors.
    names
        What to call each row in the notes, shape (rows,); else by its number ("row 12").

    Returns
    -------
    GeoDataFrame
        The rows that could be placed, with their index and all of their columns, and ``geometry``
        in `crs_to`: two-dimensional, valid, never empty.
    list of Note
        What was left out (without coordinates, outside the area in which `crs_to` is used,
        x and y swapped, unknown postcodes) and what was repaired, with counts.

    Raises
    ------
    MissingColumn
        There is no such column.
    BadValues
        A coordinate is no number, not one row could be placed, or there is nothing to place by.
        The message says what is likely wrong (swapped, metres for degrees, another system).
    """
    rows = _Rows(label, step, _called(frame, names))
    target = CRS.from_user_input(crs_to)
    columns = None
    if x is not None and y is not None:
        shapes, source = _at_coordinates(frame, x, y, rows), CRS.from_user_input(crs)
        columns = (x, y)
    elif postcode is not None:
        shapes, source = _at_postcodes(frame, postcode, postcodes, rows)
    elif isinstance(frame, gpd.GeoDataFrame):
        shapes, source = _own(frame, rows)
    else:
        raise BadValues(
            f"{label}: the rows have no geometry; name their columns of coordinates (x, y and "
            "crs) or of postcodes."
        )
    _blank_misplaced(shapes, source, target, rows, columns)
    shapes = _repaired(_moved(shapes, source, target, rows), rows)
    kept = ~shapely.is_missing(shapes)
    placed = pd.DataFrame(frame[kept])
    placed["geometry"] = shapes[kept]
    return gpd.GeoDataFrame(placed, geometry="geometry", crs=target), rows.notes


@dataclass
class _Rows:
    """The rows by name, and what is remarked on them."""

    label: str
    step: str
    called: npt.NDArray[np.object_]
    notes: list[Note] = field(default_factory=list)

    def note(self, which: Mask, says: str, *, warning: bool = True) -> None:
        """Remark on some rows; in `says`, {which} is "3 of 20 rows"."""
        count = int(which.sum())
        if count == 0:
            return
        phrase = f"{count:,} of {len(which):,} rows"
        examples = tuple(str(name) for name in self.called[which][:EXAMPLES])
        sentence = says.format(which=phrase)
        self.notes.append(Note(self.step, self.label, sentence, count, examples, warning))


def _called(frame: pd.DataFrame, names: pd.Series[Any] | None) -> npt.NDArray[np.object_]:
    numbered = np.array([f"row {i + 1}" for i in range(len(frame))], dtype=object)
    if names is None:
        return numbered
    known = names.notna().to_numpy()
    return np.where(known, names.astype("object").to_numpy(), numbered)


def _at_coordinates(frame: pd.DataFrame, x: str, y: str, rows: _Rows) -> Shapes:
    across, up = (numbers(frame, column, rows.label).to_numpy(dtype="float64") for column in (x, y))
    # (0, 0) is how many a database writes "not known"; in no system is anything there.
    known = np.isfinite(across) & np.isfinite(up) & ~((across == 0) & (up == 0))
    rows.note(~known, "{which} have no coordinates and are left out.")
    if len(known) and not known.any():
        raise BadValues(f"{rows.label}: not one row has coordinates in '{x}' and '{y}'.")
    return _points(across, up, known)


def _at_postcodes(
    frame: pd.DataFrame, postcode: str, postcodes: PostcodeTable | None, rows: _Rows
) -> tuple[Shapes, CRS]:
    if postcodes is None:
        raise BadValues(
            f"{rows.label}: its rows are to be placed by postcode, but no table of postcodes is "
            "named; add [postcodes] to the recipe."
        )
    written = texts(frame, postcode, rows.label)
    found = postcodes.find(written)
    blank, formless = written.isna(), found["postcode"].isna()
    known = found["x"].notna() & found["y"].notna()
    if len(known) and not known.any():
        raise BadValues(
            f"{rows.label}: not one of its postcodes in '{postcode}' is in {postcodes.label}."
        )
    rows.note(blank.to_numpy(), "{which} have no postcode and are left out.")
    rows.note(
        (formless & ~blank).to_numpy(),
        f"{{which}} hold no whole postcode in '{_literal(postcode)}' and are left out.",
    )
    rows.note(
        (~formless & ~known).to_numpy(),
        f"{{which}} have a postcode that is not in {_literal(postcodes.label)} and are left out.",
    )
    rows.note(
        known.to_numpy(), "{which} are placed at the middle of their postcode.", warning=False
    )
    across, up = (found[axis].to_numpy(dtype="float64") for axis in "xy")
    return _points(across, up, known.to_numpy()), CRS.from_user_input(postcodes.crs)


def _literal(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _own(frame: gpd.GeoDataFrame, rows: _Rows) -> tuple[Shapes, CRS]:
    if frame.crs is None or frame.crs.is_engineering:
        raise SourceBroken(
            f"{rows.label}: it does not say in which coordinate system its geometries are; save "
            "it again with one."
        )
    shapes = np.asarray(frame.geometry.array, dtype=object)
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    rows.note(~known, "{which} have no geometry and are left out.")
    if len(known) and not known.any():
        raise BadValues(f"{rows.label}: not one row has a geometry.")
    return _only(shapely.force_2d(shapes), known), frame.crs


def _points(x: Floats, y: Floats, known: Mask) -> Shapes:
    shapes: Shapes = np.full(len(known), None, dtype=object)
    shapes[known] = shapely.points(x[known], y[known])
    return shapes


def _blank_misplaced(
    shapes: Shapes, source: CRS, target: CRS, rows: _Rows, columns: tuple[str, str] | None
) -> None:
    """Blank what lies where `target` is not used; raise if that is everything."""
    bounds = shapely.bounds(shapes)
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    present = ~shapely.is_missing(shapes)
    if not present.any():
        return
    fits = present & inside(x, y, source, target)
    where = f"{code(target)} ({area(target)})"
    if not fits.any():
        mend = likely_mend(x[present], y[present], source, target, columns)
        raise BadValues(f"{rows.label}: not one row lies in the area of {where}; {mend}.")
    exchanged = present & ~fits & inside(y, x, source, target)
    rows.note(exchanged, "{which} look as if x and y were swapped, and are left out.")
    rows.note(
        present & ~fits & ~exchanged,
        f"{{which}} lie outside the area of {_literal(where)}, and are left out.",
    )
    shapes[~fits] = None


def _moved(shapes: Shapes, source: CRS, target: CRS, rows: _Rows) -> Shapes:
    moved = np.asarray(gpd.GeoSeries(shapes, crs=source).to_crs(target).array, dtype=object)
    lost = ~shapely.is_missing(moved) & ~np.isfinite(shapely.bounds(moved)).all(axis=1)
    rows.note(lost, f"{{which}} have no place in {_literal(code(target))}, and are left out.")
    return _only(moved, ~lost)


def _repaired(shapes: Shapes, rows: _Rows) -> Shapes:
    broken = ~shapely.is_missing(shapes) & ~shapely.is_valid(shapes)
    if not broken.any():
        return shapes
    mended = shapes.copy()
    mended[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    gone = broken & shapely.is_empty(mended)
    rows.note(
        broken & ~gone,
        "{which} had an outline that crosses or touches itself; it was repaired.",
        warning=False,
    )
    rows.note(gone, "{which} have a geometry without any extent, and are left out.")
    return _only(mended, ~gone)


def _only(shapes: Shapes, which: Mask) -> Shapes:
    kept: Shapes = np.full(len(shapes), None, dtype=object)
    kept[which] = shapes[which]
    return kept
