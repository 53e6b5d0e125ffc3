"""Pieces: rows of one source that are one asset (a river's stretches, a centre's courts)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from mobilise.assets.kinds import catalogue
from mobilise.assets.names import whole_name
from mobilise.assets.records import amended

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

TOUCHING_M = 1.0
SAME_ID_M = 100.0


def together(records: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Return which asset each row is a piece of, shape (rows,): numbers from 0.

    Rows of one source and kind belong together where

    - they bear the same name and lie no further apart than the kind's ``pieces_within_m``;
    - they bear the same id and lie within 100 m;
    - they have no name, are of a kind reached at its edge, and touch (within 1 m);
    - they have neither name nor id, and are the same point.

    All of these pass through third rows: a river is one asset from end to end.

    Parameters
    ----------
    records
        ``section``, ``kind``, ``name``, ``source_id`` and ``geometry`` (metres).
    """
    kinds = catalogue().kinds
    geometry = records.geometry.to_numpy()
    kind = records["kind"].to_numpy(dtype=object)
    reach = np.array([max(kinds[k].pieces_within_m, SAME_ID_M) for k in kind], dtype=float)
    one, other = _near(geometry, reach)
    if len(one) == 0:
        return np.arange(len(records))
    section = records["section"].to_numpy()
    same = (section[one] == section[other]) & (kind[one] == kind[other])
    one, other = one[same], other[same]
    apart = shapely.distance(geometry[one], geometry[other])
    names = _codes([whole_name(n) if isinstance(n, str) else "" for n in records["name"]])
    ids = _codes(records["source_id"].fillna("").tolist())
    by_edge = np.array([kinds[k].by_edge for k in kind])
    limit = np.array([kinds[k].pieces_within_m for k in kind])[one]
    named = (names[one] >= 0) & (names[one] == names[other]) & (apart <= limit)
    numbered = (ids[one] >= 0) & (ids[one] == ids[other]) & (apart <= SAME_ID_M)
    nameless = (names[one] < 0) & (names[other] < 0) & (apart <= TOUCHING_M)
    bare = nameless & (by_edge[one] | ((ids[one] < 0) & (ids[other] < 0)))
    joined = named | numbered | bare
    return _components(len(records), one[joined], other[joined])


def join_pieces(records: gpd.GeoDataFrame, piece_of: npt.NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Return one row an asset: the first row's id and name, the pieces' union, and all their ids.

    Parameters
    ----------
    records
        Rows in their total order, with ``asset_id``.
    piece_of
        As :func:`together` returns it.

    Returns
    -------
    GeoDataFrame
        In the order of first rows. ``source_id`` joins the pieces' ids by ", "; ``capacity`` is
        the largest (pieces repeat their site's figure as often as they share it out, and a sum
        would be the larger mistake); ``pieces`` counts them.
    """
    rows = records.assign(_asset=piece_of)
    groups = rows.groupby("_asset", sort=False)
    merged = rows.drop_duplicates("_asset").set_index("_asset")
    many = groups.size()
    merged["pieces"] = many.to_numpy()
    joined = {
        row: _joined(groups.get_group(asset))
        for row, (asset, count) in enumerate(many.items())
        if count > 1
    }
    return amended(merged.reset_index(drop=True), joined)


def _joined(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    ids = [i for i in dict.fromkeys(rows["source_id"]) if isinstance(i, str)]
    return {
        "source_id": ", ".join(ids) if ids else None,
        "name": _first(rows["name"]),
        "capacity": rows["capacity"].max(),
        "url": _first(rows["url"]),
        "opening_hours": _first(rows["opening_hours"]),
        "wheelchair": _first(rows["wheelchair"]),
        "updated": rows["updated"].dropna().max() if rows["updated"].notna().any() else None,
        "geometry": _union(rows.geometry.to_numpy()),
    }


def _union(pieces: npt.NDArray[Any]) -> Any:
    """Return the pieces of the highest dimension as one; of several points, the first."""
    dimension = shapely.get_dimensions(pieces)
    highest = pieces[dimension == dimension.max()]
    if dimension.max() == 0:
        return highest[0]
    union = shapely.union_all(highest)
    return shapely.line_merge(union) if dimension.max() == 1 else union


def _first(values: pd.Series) -> Any:
    known = values.dropna()
    return None if known.empty else known.iloc[0]


def _near(geometry: npt.NDArray[Any], reach: npt.NDArray[np.float64]) -> tuple[Any, Any]:
    """Return the pairs (one < other) of geometries within reach of one another."""
    tree = shapely.STRtree(geometry)
    one, other = tree.query(geometry, predicate="dwithin", distance=reach)
    return one[one < other], other[one < other]


def _codes(values: list[str]) -> npt.NDArray[np.int64]:
    """Return a number for each text; -1 for the empty one."""
    codes, texts = pd.factorize(np.array(values, dtype=object))
    empty = np.array([text == "" for text in texts], dtype=bool)
    return np.where(empty[codes], -1, codes) if len(values) else codes


def _components(n: int, one: Any, other: Any) -> npt.NDArray[np.int64]:
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)
