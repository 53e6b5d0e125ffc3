"""Ids of assets: the same from build to build, whatever the order of the rows."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import shapely

from mobilise.assets.names import words_of

if TYPE_CHECKING:
    import geopandas as gpd


def with_ids(records: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `records` in a total order, each with its ``asset_id``.

    An id is the kind and a hash of the source's label, the kind and the source's own id; or,
    where the source gives none, of its name and its place rounded to a metre. Where two rows
    come to the same id, the later in the total order gets "-2", and so on.

    Parameters
    ----------
    records
        ``section`` (position of the source in the recipe), ``source``, ``source_id``, ``name``,
        ``kind``, ``capacity``, ``url``, ``updated`` and ``geometry`` (metres).
    """
    ordered = records.assign(_wkb=records.geometry.to_wkb(hex=True))
    columns = ["section", "kind", "source_id", "name", "_wkb", "capacity", "url", "updated"]
    ordered = ordered.sort_values(columns, kind="stable", na_position="last", ignore_index=True)
    centre = shapely.centroid(ordered.geometry.to_numpy())
    x, y = shapely.get_x(centre), shapely.get_y(centre)
    fields = zip(
        ordered["source"], ordered["kind"], ordered["source_id"], ordered["name"], x, y, strict=True
    )
    ids: list[str] = []
    seen: dict[str, int] = {}
    for source, kind, source_id, name, east, north in fields:
        own = source_id if isinstance(source_id, str) else None
        place = (
            f"{' '.join(words_of(name if isinstance(name, str) else None))}@{east:.0f},{north:.0f}"
        )
        asset_id = f"{kind}-{_hash(source, kind, own or place)}"
        seen[asset_id] = seen.get(asset_id, 0) + 1
        ids.append(asset_id if seen[asset_id] == 1 else f"{asset_id}-{seen[asset_id]}")
    return ordered.assign(asset_id=ids).drop(columns="_wkb")


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest()
