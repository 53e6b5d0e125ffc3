"""Duplicates: the same asset in several sources, matched by name, kind and distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise.assets.kinds import catalogue
from mobilise.assets.names import name_likeness
from mobilise.assets.records import amended

if TYPE_CHECKING:
    import geopandas as gpd

NEAR_LINE_M = 25.0
MERGED, CHECK = "merged", "check"
NO_ID = "none"
COLUMNS = (
    "asset_id",
    "decision",
    "score",
    "name_score",
    "distance",
    "kind",
    "name",
    "source",
    "source_id",
    "other_id",
    "other_kind",
    "other_name",
    "other_source",
    "other_source_id",
)
TYPES = {c: "float64" if c in {"score", "name_score", "distance"} else "str" for c in COLUMNS}


@dataclass(frozen=True)
class Pair:
    """Two records that may be one asset.

    Parameters
    ----------
    one, other
        Their rows; `one` comes from the source that stands first in the recipe.
    score
        Likeness, 0 to 1.
    name_score
        Likeness of the names, 0 to 1; NaN where a name is missing or tells nothing.
    distance_m
        Between their outlines (0 where they touch or overlap).
    """

    one: int
    other: int
    score: float
    name_score: float
    distance_m: float


def alike_pairs(records: gpd.GeoDataFrame) -> list[Pair]:
    """Return the pairs of different sources that are alike enough to merge or to check.

    Likeness is the weighted mean of the names' likeness and of closeness, times a factor where
    the kinds differ (and may be mistaken for one another); where a name is missing, of closeness
    alone. Closeness runs from 1 at the same spot to 0 at the kind's ``same_within_m``; of two
    shapes it is the share of the smaller that lies within the larger. Only pairs within that
    distance are looked at (by a spatial index).

    Parameters
    ----------
    records
        One row an asset and source, in total order (see :func:`mobilise.assets.ids.with_ids`).

    Returns
    -------
    list of Pair
        Most alike first; ties by the rows' order.
    """
    known = catalogue()
    kind = records["kind"].to_numpy(dtype=object)
    section = records["section"].to_numpy()
    geometry = records.geometry.to_numpy()
    limit = np.array([known.kinds[k].same_within_m for k in kind], dtype=float)
    tree = shapely.STRtree(geometry)
    rows, others = tree.query(geometry, predicate="dwithin", distance=limit)
    ends = {(min(a, b), max(a, b)) for a, b in zip(rows.tolist(), others.tolist(), strict=True)}
    names = [name if isinstance(name, str) else None for name in records["name"]]
    pairs = []
    for one, other in sorted(ends):
        if section[one] == section[other] or (kind[one], kind[other]) not in known.alike:
            continue
        within = max(limit[one], limit[other])
        pair = _compared(one, other, kind, names, geometry, within)
        if pair.score >= known.likeness.check_from:
            pairs.append(pair)
    return sorted(pairs, key=lambda pair: (-pair.score, pair.one, pair.other))


def merge_duplicates(records: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Merge the records of different sources that are one asset, and list what was merged.

    Pairs are joined from the most alike down to ``merge_from``. A record joins through a third
    too, but two records of one source are never merged through the record of another: the
    source lists them apart, and knows better. Such pairs, and those that are alike only from
    ``check_from``, are left apart and listed for a person to check, unless the very same
    sources know both assets: then no source says that they are one.

    Parameters
    ----------
    records
        One row an asset and source, in total order, with ``asset_id``.

    Returns
    -------
    assets
        One row an asset. What the first source in the recipe says holds; later sources fill in
        what it lacks, and the shape of an asset that is reached at its edge and is only a point
        in the first. ``source`` and ``source_id`` of all are joined by "; " in the same order.
    duplicates
        The table ``duplicates``: of a merged record, the most alike pair that joined it.
    """
    pairs = alike_pairs(records)
    cluster = _clusters(records, pairs)
    sources: dict[int, set[int]] = {}
    for head, section in zip(cluster, records["section"].tolist(), strict=True):
        sources.setdefault(head, set()).add(section)
    rows = []
    linked: set[int] = set()
    for pair in pairs:
        heads = (cluster[pair.one], cluster[pair.other])
        if heads[0] != heads[1]:
            if sources[heads[0]] != sources[heads[1]]:
                rows.append(_row(records, pair, min(heads), max(heads), CHECK))
        elif pair.score >= catalogue().likeness.merge_from:
            for record in (pair.one, pair.other):
                if record not in linked and record != heads[0]:
                    linked.add(record)
                    rows.append(_row(records, pair, heads[0], record, MERGED))
    duplicates = pd.DataFrame(rows, columns=list(COLUMNS)).astype(TYPES)
    return _merged(records, cluster), duplicates.drop_duplicates(["asset_id", "other_id"])


def _compared(one: int, other: int, kind: Any, names: Any, geometry: Any, within: float) -> Pair:
    known = catalogue()
    weights = known.likeness
    generic = known.kinds[kind[one]].generic | known.kinds[kind[other]].generic
    name = name_likeness(names[one], names[other], generic)
    distance = float(shapely.distance(geometry[one], geometry[other]))
    share = 1.0 if name is not None else weights.unnamed_within
    closeness = closeness_of(geometry[one], geometry[other], within * share)
    if name is None:
        least, most = weights.unnamed
        score = least + (most - least) * closeness
    else:
        score = weights.name * name + (1 - weights.name) * closeness
    if kind[one] != kind[other]:
        score *= weights.other_kind
    # Rounded, so that a score stands on the same side of a threshold on every machine.
    return Pair(
        one,
        other,
        round(score, 6),
        float("nan") if name is None else round(name, 6),
        round(distance, 3),
    )


def closeness_of(one: Any, other: Any, within_m: float) -> float:
    """Return how close two geometries are, 0 to 1.

    A point: 1 at no distance, 0 at `within_m`. Two shapes: the share of the smaller (area, or
    length of a line) that lies in the larger; a line counts as within 25 m of the other.

    Examples
    --------
    >>> from shapely import Point, box
    >>> closeness_of(Point(0, 0), Point(0, 50), 200)
    0.75
    >>> closeness_of(box(0, 0, 10, 10), box(5, 0, 100, 10), 100)
    0.5
    """
    dimensions = (shapely.get_dimensions(one), shapely.get_dimensions(other))
    if min(dimensions) == 0:
        return float(max(0.0, 1.0 - shapely.distance(one, other) / within_m))
    measure = shapely.area if min(dimensions) == 2 else shapely.length
    if dimensions[0] == dimensions[1]:
        small, large = sorted((one, other), key=measure)
    else:
        small, large = sorted((one, other), key=shapely.get_dimensions)
    if min(dimensions) == 1:
        large = shapely.buffer(large, NEAR_LINE_M)
    share = measure(shapely.intersection(small, large))
    return float(min(1.0, share / measure(small)))


def _clusters(records: gpd.GeoDataFrame, pairs: list[Pair]) -> list[int]:
    """Return the first record of each record's cluster."""
    section = records["section"].tolist()
    members = {row: [row] for row in range(len(section))}
    cluster = list(range(len(section)))
    for pair in pairs:
        if pair.score < catalogue().likeness.merge_from:
            break
        one, other = cluster[pair.one], cluster[pair.other]
        both = members[one] + members[other]
        if one == other or len({section[row] for row in both}) < len(both):
            continue
        head = min(both)
        for row in both:
            cluster[row] = head
        members[head] = sorted(both)
    return cluster


def _merged(records: gpd.GeoDataFrame, cluster: list[int]) -> gpd.GeoDataFrame:
    heads = np.array(cluster, dtype=np.int64)
    rows = np.arange(len(records))
    filled = {
        head: _filled(records.iloc[np.flatnonzero(heads == head)])
        for head in np.unique(heads[heads != rows]).tolist()
    }
    return amended(records, filled)[heads == rows].reset_index(drop=True)


def _filled(members: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what the first record says, filled from the others."""
    ids = [i if isinstance(i, str) else NO_ID for i in members["source_id"]]
    filled: dict[str, Any] = {
        "source": "; ".join(members["source"]),
        "source_id": "; ".join(ids) if set(ids) != {NO_ID} else None,
    }
    for column in ("name", "capacity", "url", "updated", "opening_hours", "wheelchair"):
        known = members[column].dropna()
        filled[column] = None if known.empty else known.iloc[0]
    geometry = members.geometry.to_numpy()
    shapes = geometry[shapely.get_dimensions(geometry) > 0]
    by_edge = catalogue().kinds[members["kind"].iloc[0]].by_edge
    filled["geometry"] = shapes[0] if by_edge and len(shapes) else geometry[0]
    return filled


def _row(
    records: gpd.GeoDataFrame, pair: Pair, kept: int, other: int, decision: str
) -> tuple[Any, ...]:
    columns = ("asset_id", "kind", "name", "source", "source_id")
    asset_id, *kept_fields = (records[column].iloc[kept] for column in columns)
    other_id, *other_fields = (records[column].iloc[other] for column in columns)
    return (
        asset_id,
        decision,
        pair.score,
        pair.name_score,
        pair.distance_m,
        *kept_fields,
        other_id,
        *other_fields,
    )
