"""Streets: the ways that people may walk, as a graph measured in whole decimetres.

Every vertex of a way is a node, so ways meet wherever they share a vertex. Lengths are
rounded to the decimetre once, here; from then on all sums are of integers, so a limit is
exact and no result depends on the order of summing.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import CRS, Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mobilise.errors import BadValues, InputError, SourceBroken
from mobilise.notes import Note
from mobilise.reach.elevation import sloped
from mobilise.reach.walking import walkable_ways

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mobilise.sources.ways import Ways

CLOSED = -1
"""The cost of a segment in a direction that nobody may walk."""

_ARRAYS = ("x", "y", "tail", "head", "length", "forward", "backward")


@dataclass(frozen=True)
class Streets:
    """A walking network.

    Parameters
    ----------
    x, y
        The nodes, in metres of `crs`.
    tail, head
        The nodes at the two ends of each straight segment.
    length
        Of each segment, in whole decimetres.
    forward, backward
        The cost of walking a segment from tail to head and back, in decimetres of level
        walking (:data:`CLOSED`: not allowed). Equal to `length` unless slope or direction matters.
    crs
        A projected coordinate reference system in metres.
    notes
        What was left out, with counts.
    """

    x: np.ndarray[Any, np.dtype[np.float64]]
    y: np.ndarray[Any, np.dtype[np.float64]]
    tail: np.ndarray[Any, np.dtype[np.int32]]
    head: np.ndarray[Any, np.dtype[np.int32]]
    length: np.ndarray[Any, np.dtype[np.int32]]
    forward: np.ndarray[Any, np.dtype[np.int32]]
    backward: np.ndarray[Any, np.dtype[np.int32]]
    crs: str
    source: str = "streets"
    notes: list[Note] = field(default_factory=list)

    @property
    def xy(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The nodes as an array of two columns."""
        return np.stack([self.x, self.y], axis=1)

    def summary(self) -> dict[str, float]:
        """Return the number of nodes and segments, and the kilometres they add up to."""
        km = round(float(self.length.sum(dtype=np.int64)) / 10_000, 1)
        return {"nodes": len(self.x), "segments": len(self.tail), "km": km}


def build_streets(
    ways: Ways,
    crs: str,
    *,
    step_free: bool = False,
    elevation: Path | str | None = None,
    smallest_part_km: float = 5.0,
) -> Streets:
    """Return the walking network that `ways` make up.

    Parameters
    ----------
    ways
        From :func:`mobilise.sources.ways.read_ways`.
    crs
        A projected CRS in metres, such as "EPSG:27700": the place's.
    step_free
        Leave out steps and what is tagged as not for wheelchairs.
    elevation
        A raster of heights in metres: uphill takes longer than down, by Tobler's function
        (:func:`mobilise.reach.elevation.tobler`). None: everything is level.
    smallest_part_km
        Parts that join nothing else are kept if they have this many kilometres (islands,
        the far bank of a river); the largest always is. The others are mapping errors,
        private grounds or stubs at the cut: whoever is nearest to one would reach nothing.

    Raises
    ------
    InputError
        `crs` is not projected in metres.
    BadValues
        The ways are far outside of the area that `crs` is for.
    SourceBroken
        None of the ways may be walked; or the raster cannot be read.
    """
    walkable, notes = walkable_ways(ways.tags, ways.source, step_free=step_free)
    tail, head, way = _segments(ways, walkable)
    if not len(tail):
        raise SourceBroken(f"{ways.source}: none of its {len(ways)} ways may be walked.")
    x, y = _projected(ways, crs)
    length = np.rint(10 * np.hypot(x[head] - x[tail], y[head] - y[tail])).astype(np.int32)
    costs = (length, length)
    if elevation is not None:
        costs, of_slope = sloped(elevation, (x, y, crs), (tail, head), length)
        notes += of_slope
    forward, backward = _directed(costs, ways.tags["oneway:foot"].to_numpy()[way])
    kept, part_notes = _kept_parts(tail, head, length, smallest_part_km, ways.source)
    used = np.zeros(len(x), dtype=bool)
    used[tail[kept]] = used[head[kept]] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return Streets(
        x[used],
        y[used],
        number[tail[kept]],
        number[head[kept]],
        length[kept],
        forward[kept],
        backward[kept],
        crs,
        ways.source,
        [*ways.notes, *notes, *part_notes],
    )


def save_streets(streets: Streets, path: Path | str) -> None:
    """Write the network to one ``.npz`` file; the same network gives the same bytes."""
    told = {
        "crs": streets.crs,
        "source": streets.source,
        "notes": [note.as_dict() for note in streets.notes],
    }
    text = np.frombuffer(json.dumps(told, sort_keys=True).encode(), np.uint8)
    with open(path, "wb") as file:  # noqa: PTH123 - numpy would add a suffix to a name
        np.savez(file, told=text, **{name: getattr(streets, name) for name in _ARRAYS})


def load_streets(path: Path | str) -> Streets:
    """Return the network that :func:`save_streets` wrote.

    Raises
    ------
    SourceBroken
        The file is not one, or is cut short.
    """
    try:
        with np.load(path) as file:
            told = json.loads(file["told"].tobytes())
            arrays = {name: file[name] for name in _ARRAYS}
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise SourceBroken(f"{path}: is not a saved network; build it again.") from error
    notes = [Note.from_dict(note) for note in told["notes"]]
    return Streets(**arrays, crs=told["crs"], source=told["source"], notes=notes)


def _segments(ways: Ways, walkable: Any) -> tuple[Any, Any, Any]:
    """Return both ends of each segment between neighbouring vertices, and its way."""
    way = np.repeat(np.arange(len(ways), dtype=np.int32), np.diff(ways.start))
    inside = walkable[way]
    inside[ways.start[1:] - 1] = False
    first = np.flatnonzero(inside)
    ends = ways.vertex[first].astype(np.int32), ways.vertex[first + 1].astype(np.int32)
    return *ends, way[first]


def _projected(ways: Ways, crs: str) -> tuple[Any, Any]:
    target = CRS.from_user_input(crs)
    if not target.is_projected or target.axis_info[0].unit_conversion_factor != 1.0:
        raise InputError(f"crs = '{crs}' is not projected in metres; try 'EPSG:27700' in Britain.")
    x, y = Transformer.from_crs(ways.crs, target, always_xy=True).transform(ways.x, ways.y)
    outside = int((~(np.isfinite(x) & np.isfinite(y))).sum())
    if outside:
        raise BadValues(
            f"{ways.source}: {outside} vertices cannot be placed in {crs}; "
            "are longitude and latitude swapped, or is it another country's?"
        )
    return x, y


def _directed(costs: tuple[Any, Any], oneway: Any) -> tuple[Any, Any]:
    forward = np.where(oneway == "-1", CLOSED, costs[0]).astype(np.int32)
    backward = np.where(oneway == "yes", CLOSED, costs[1]).astype(np.int32)
    return forward, backward


def _kept_parts(
    tail: Any, head: Any, length: Any, smallest_km: float, source: str
) -> tuple[Any, list[Note]]:
    """Return which segments are in parts large enough, and a note on the others."""
    n = int(max(tail.max(), head.max())) + 1
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(n, n))
    part = connected_components(graph, directed=False)[1][tail]
    km = np.bincount(part, weights=length) / 10_000
    keep = km >= smallest_km
    keep[np.argmax(km)] = True
    left_out = np.setdiff1d(part, np.flatnonzero(keep))
    if not len(left_out):
        return np.ones(len(tail), dtype=bool), []
    says = (
        f"{len(left_out)} parts that join nothing else ({km[left_out].sum():.1f} of "
        f"{km.sum():.1f} km) were left out of the network."
    )
    return keep[part], [Note("network", source, says, len(left_out))]


def streets_from_segments(
    nodes: pd.DataFrame, segments: pd.DataFrame, crs: str, source: str = "segments"
) -> Streets:
    """Return a network of one's own making, such as one with measured or directed lengths.

    Parameters
    ----------
    nodes
        Columns x, y in metres of `crs`; a segment names a node by its position.
    segments
        Columns tail, head and length (metres); optionally forward and backward (metres of
        level walking; negative: closed in that direction).
    crs
        Projected, in metres.
    source
        What to call it in messages.

    Raises
    ------
    InputError
        A segment's end is not a node, or a length is negative or missing.
    """
    ends = segments[["tail", "head"]].to_numpy()
    if len(ends) and (ends.min() < 0 or ends.max() >= len(nodes)):
        raise InputError(f"{source}: a segment ends at a node that is not there.")
    metres = segments["length"].to_numpy(float)
    if not (metres >= 0).all():
        raise InputError(f"{source}: lengths must be zero or more metres, and none missing.")
    length = np.rint(10 * metres).astype(np.int32)
    costs = {}
    for way in ("forward", "backward"):
        given = segments[way].to_numpy(float) if way in segments.columns else metres
        costs[way] = np.where(given < 0, CLOSED, np.rint(10 * given)).astype(np.int32)
    return Streets(
        nodes["x"].to_numpy(float),
        nodes["y"].to_numpy(float),
        ends[:, 0].astype(np.int32),
        ends[:, 1].astype(np.int32),
        length,
        costs["forward"],
        costs["backward"],
        crs,
        source,
    )
