"""Features: what an OpenStreetMap extract holds as records, by the tag rules of ``kinds.toml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.assets.kinds import catalogue, is_gate, kind_of, osm_tags
from mobilise.assets.records import STEP, Records, record_table
from mobilise.sources import locate, read_osm_features

if TYPE_CHECKING:
    from mobilise.notes import Note
    from mobilise.recipe import Recipe


ACCESS = ("yes", "limited", "no")


def features_of_osm(recipe: Recipe, section: int) -> Records:
    """Return the records of an OpenStreetMap extract, with its gates and entrances.

    Parameters
    ----------
    recipe, section
        As for :func:`mobilise.assets.records.read_records`.
    """
    source = recipe.assets[section]
    assert source.osm is not None  # the recipe's model sees to it
    path = source.osm
    label = recipe.label(path)
    features = read_osm_features(path, osm_tags())
    tags = features["tags"].tolist()
    wanted = set(source.kinds or catalogue().kinds)
    kinds = pd.Series([kind_of(t) for t in tags], index=features.index, dtype=object)
    kinds = kinds.where(kinds.isin(wanted))
    assets = features[kinds.notna()].assign(_kind=kinds.dropna())
    points = features.geometry.geom_type == "Point"
    gated = points & np.array([is_gate(t) for t in tags], dtype=bool)
    located, notes = _in_place(assets, recipe, label)
    gates, _ = _in_place(features[gated], recipe, label)
    left_out = {"without a usable place": len(assets) - len(located)}
    columns = {
        "section": section,
        "source": label,
        "kind": located["_kind"],
        "source_id": located["osm_id"],
        "name": _tag(located, "name", "official_name", "operator:name"),
        "capacity": pd.to_numeric(_tag(located, "capacity"), errors="coerce"),
        "url": _tag(located, "website", "contact:website", "url"),
        "updated": _tag(located, "check_date", "survey:date"),
        "opening_hours": _tag(located, "opening_hours"),
        "wheelchair": _tag(located, "wheelchair").where(lambda said: said.isin(ACCESS)),
    }
    table = record_table(located, columns)
    return Records(table, label, len(assets), left_out, notes, gates=gates.geometry.to_numpy())


def _in_place(frame: Any, recipe: Recipe, label: str) -> tuple[Any, list[Note]]:
    if frame.empty:
        return frame.to_crs(recipe.place.crs), []
    called = _tag(frame, "name").fillna(frame["osm_id"])
    return locate(frame, crs_to=recipe.place.crs, label=label, step=STEP, names=called)


def _tag(frame: Any, *keys: str) -> pd.Series:
    values = [
        next((t[k].strip() for k in keys if t.get(k, "").strip()), None) for t in frame["tags"]
    ]
    return pd.Series(values, index=frame.index, dtype="str")
