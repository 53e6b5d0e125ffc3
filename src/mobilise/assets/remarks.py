"""Remarks: what is to be said of duplicates and entrances once all sources are together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from mobilise.assets.duplicates import CHECK, MERGED
from mobilise.assets.kinds import catalogue
from mobilise.assets.records import EXAMPLES, STEP, counted
from mobilise.notes import Note

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_HOW = {
    "access point": "{:,} access points that a source gives",
    "gate": "{:,} tagged gates and entrances",
    "path": "{:,} points where a path meets their edge",
    "edge": "{:,} points along their edge, 50 m apart or less, for want of known entrances",
}


def duplicate_notes(duplicates: pd.DataFrame) -> list[Note]:
    """Return how many records were merged across sources, and how many pairs a person should check.

    Parameters
    ----------
    duplicates
        As :func:`mobilise.assets.duplicates.merge_duplicates` returns them.
    """
    notes = []
    for decision, noun, says in (
        (MERGED, "record", "{} merged with another source's record of the same asset."),
        (CHECK, "pair", "{} of records alike, but left apart: please check."),
    ):
        rows = duplicates[duplicates["decision"] == decision]
        if len(rows):
            pairs = zip(rows["name"].fillna("?"), rows["other_name"].fillna("?"), strict=True)
            shown = tuple(f"{one} / {other}" for one, other in pairs)[:EXAMPLES]
            note = Note(
                STEP,
                "duplicates",
                says.format(counted(len(rows), noun)),
                len(rows),
                shown,
                decision == CHECK,
            )
            notes.append(note)
    return notes


def entrance_notes(assets: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> list[Note]:
    """Return how wide assets are entered, and which have no entrance at all.

    Parameters
    ----------
    assets
        Before they are cut to the place.
    entrances
        As :func:`mobilise.assets.entrances.find_entrances` returns them.
    """
    by_edge = np.array([catalogue().kinds[kind].by_edge for kind in assets["kind"]], dtype=bool)
    bare = assets[by_edge & ~assets["asset_id"].isin(entrances["asset_id"])]
    wide = shapely.get_dimensions(bare.geometry.to_numpy()) > 0
    notes = _without(bare[~wide], "known only as a point, and reached there")
    notes += _without(
        bare[wide], "so wide that the place lies within; the walk is to a point inside"
    )
    for how, rows in entrances.groupby("how", sort=True):
        served = rows["asset_id"].nunique()
        says = f"{counted(served, 'asset')} entered at {_HOW[str(how)].format(len(rows))}."
        notes.append(Note(STEP, "entrances", says, served))
    return notes


def _without(bare: gpd.GeoDataFrame, what: str) -> list[Note]:
    if bare.empty:
        return []
    counts = bare["kind"].value_counts().sort_index()
    kinds = ", ".join(f"{catalogue().kinds[str(k)].plural.lower()}: {n}" for k, n in counts.items())
    says = f"{counted(len(bare), 'asset')} {what} ({kinds})."
    shown = tuple(bare["name"].dropna().head(EXAMPLES))
    return [Note(STEP, "entrances", says, len(bare), shown, warning=True)]
