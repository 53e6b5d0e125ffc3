"""Winnow: one source's records cut to the place, its pieces joined, the small left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise.assets.duplicates import COLUMNS, MERGED, TYPES
from mobilise.assets.ids import with_ids
from mobilise.assets.kinds import catalogue
from mobilise.assets.pieces import join_pieces, together
from mobilise.assets.records import EXAMPLES, STEP, counted
from mobilise.notes import Note

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from mobilise.assets.records import Records


@dataclass(frozen=True)
class Winnowed:
    """One source's assets.

    Parameters
    ----------
    table
        One row an asset, with ``asset_id``, in total order.
    repeats
        Rows in the form of the table ``duplicates``: of kinds reached at a point, the rows that
        the source repeats.
    left_out
        Rows ``outside``, ``too small`` and ``pieces`` (joined to another row).
    notes
        All of that in words.
    """

    table: gpd.GeoDataFrame
    repeats: pd.DataFrame
    left_out: dict[str, int]
    notes: list[Note]


def winnow(records: Records, label: str, zone: Any, buffer_m: float, *, beyond: bool) -> Winnowed:
    """Cut records to the zone, join pieces, leave out what is too small.

    Parameters
    ----------
    records
        One source's.
    label
        Its name.
    zone
        The place and a buffer around it (place CRS).
    buffer_m
        How wide the buffer is.
    beyond
        Whether the source is known to go on beyond the place: then rows outside are no surprise.
    """
    inside = shapely.intersects(zone, records.table.geometry.to_numpy())
    notes = _outside(inside, records.table, label, buffer_m, beyond=beyond)
    rows = with_ids(records.table[inside])
    piece_of = together(rows)
    notes += _pieces(rows, piece_of, label)
    assets = join_pieces(rows, piece_of)
    small = _too_small(assets)
    notes += _small(assets[small], label)
    left_out = {
        "outside": int((~inside).sum()),
        "too small": int(small.sum()),
        "pieces": len(rows) - len(assets),
    }
    return Winnowed(
        assets[~small].reset_index(drop=True), _repeats(rows, piece_of), left_out, notes
    )


def _outside(
    inside: npt.NDArray[np.bool_],
    table: gpd.GeoDataFrame,
    label: str,
    buffer_m: float,
    *,
    beyond: bool,
) -> list[Note]:
    lost = int((~inside).sum())
    if lost == 0:
        return []
    shown = () if beyond else tuple(table.loc[~inside, "name"].dropna().head(EXAMPLES))
    border = f"the place and {buffer_m / 1000:.3g} km around it"
    if lost == len(inside):
        says = f"None of its {lost:,} records lies in {border}: is it the right file?"
        return [Note(STEP, label, says, lost, shown, warning=True)]
    says = f"{lost:,} of {len(inside):,} records lie outside {border} and were left out"
    if not beyond:
        says += "; say 'beyond = true' if the source goes on beyond the place, or look at them"
    return [Note(STEP, label, f"{says}.", lost, shown, warning=not beyond)]


def _pieces(rows: gpd.GeoDataFrame, piece_of: npt.NDArray[np.int64], label: str) -> list[Note]:
    groups = rows.groupby(piece_of, sort=False)
    joined = groups.size()
    joined = joined[joined > 1]
    notes = []
    if len(joined):
        says = (
            f"{counted(len(joined), 'asset')} made of {int(joined.sum()):,} rows: the same name or "
            "id close together, or shapes without a name that touch."
        )
        shown = rows.loc[np.isin(piece_of, joined.index), "name"].dropna().drop_duplicates()
        notes.append(Note(STEP, label, says, int(joined.sum()), tuple(shown.head(EXAMPLES))))
    several = groups["capacity"].nunique()
    several = several[several > 1]
    if len(several):
        says = (
            f"{counted(len(several), 'asset')} with several rows and different capacities; "
            "the largest was taken."
        )
        shown = rows.loc[np.isin(piece_of, several.index), "name"].dropna().drop_duplicates()
        notes.append(
            Note(STEP, label, says, len(several), tuple(shown.head(EXAMPLES)), warning=True)
        )
    return notes + _ids(rows, piece_of, label)


def _ids(rows: gpd.GeoDataFrame, piece_of: npt.NDArray[np.int64], label: str) -> list[Note]:
    known = rows.assign(_asset=piece_of)[rows["source_id"].notna()]
    by_id = known.groupby(["kind", "source_id"])["_asset"].nunique()
    apart = by_id[by_id > 1]
    if apart.empty:
        return []
    shown = tuple(str(source_id) for _, source_id in apart.index[:EXAMPLES])
    says = (
        f"{counted(len(apart), 'id')} at several places further than 100 m apart; "
        "the rows were kept as assets of their own."
    )
    return [Note(STEP, label, says, len(apart), shown, warning=True)]


def _too_small(assets: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    kinds = catalogue().kinds
    geometry = assets.geometry.to_numpy()
    flat = shapely.get_dimensions(geometry)
    area = np.array([kinds[kind].min_area_m2 for kind in assets["kind"]], dtype=float)
    length = np.array([kinds[kind].min_length_m for kind in assets["kind"]], dtype=float)
    nameless = assets["name"].isna().to_numpy()
    small: npt.NDArray[np.bool_] = (flat == 2) & (shapely.area(geometry) < area)
    small |= (flat == 1) & nameless & (shapely.length(geometry) < length)
    return small


def _small(small: gpd.GeoDataFrame, label: str) -> list[Note]:
    notes = []
    for kind, rows in small.groupby("kind", sort=True):
        entry = catalogue().kinds[str(kind)]
        sizes = []
        if entry.min_area_m2:
            sizes.append(f"smaller than {entry.min_area_m2 / 10000:g} ha")
        if entry.min_length_m:
            sizes.append(f"without a name and shorter than {entry.min_length_m:g} m")
        what = f"{entry.plural.lower()}: {len(rows):,}"
        says = f"Left out as too small to count: {what} ({', or '.join(sizes)})."
        shown = tuple(rows["name"].dropna().head(EXAMPLES))
        notes.append(Note(STEP, label, says, len(rows), shown))
    return notes


def _repeats(rows: gpd.GeoDataFrame, piece_of: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Return the rows that were joined to another, of kinds reached at a point."""
    heads = pd.Series(np.arange(len(rows))).groupby(piece_of).transform("first").to_numpy()
    at_point = np.array([not catalogue().kinds[k].by_edge for k in rows["kind"]], dtype=bool)
    other = np.flatnonzero((heads != np.arange(len(rows))) & at_point)
    kept = rows.iloc[heads[other]].reset_index(drop=True)
    joined = rows.iloc[other].reset_index(drop=True)
    named = kept["name"].notna() & joined["name"].notna()
    repeats = pd.DataFrame(
        {
            "asset_id": kept["asset_id"],
            "decision": MERGED,
            "score": 1.0,
            "name_score": named.astype("float64").where(named),
            "distance": shapely.distance(
                kept.geometry.to_numpy(), joined.geometry.to_numpy()
            ).round(3),
            **{column: kept[column] for column in ("kind", "name", "source", "source_id")},
            "other_id": joined["asset_id"],
            **{
                f"other_{column}": joined[column]
                for column in ("kind", "name", "source", "source_id")
            },
        }
    )
    return repeats[list(COLUMNS)].astype(TYPES)
