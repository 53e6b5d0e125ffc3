"""Bridges: figures published for the areas of another year, brought to those of the place.

An area of today that is one of old keeps its figure. One that was merged from several has the
mean of theirs, each weighted by its people; parts of one that was split all have the figure of the
whole, since nobody has said how the parts differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import BadValues, MissingColumn
from mobilise.joins import EXAMPLES
from mobilise.notes import Note
from mobilise.sources import numbers, read_table, texts

if TYPE_CHECKING:
    from mobilise.recipe.models import Bridge

MEANS = ("value", "lower", "upper")
COUNTS = ("numerator", "denominator")


def bridge_pairs(bridge: Bridge, label: str) -> tuple[pd.DataFrame, int]:
    """Return the pairs of a lookup: ``old``, ``new`` and ``weight`` (people; null if elsewhere).

    Parameters
    ----------
    bridge
        Which.
    label
        Its name, for messages.

    Returns
    -------
    pairs
        Each once.
    read
        Rows of the lookup.

    Raises
    ------
    MissingColumn
        It lacks a column.
    """
    lookup = read_table(bridge.file, layer=bridge.layer, where=bridge.where)
    for key in ("old", "new"):
        if getattr(bridge, key) not in lookup.columns:
            raise MissingColumn(getattr(bridge, key), lookup.columns, f"{label} (bridge.{key})")
    there = bridge.weight in lookup.columns
    pairs = pd.DataFrame(
        {
            "old": texts(lookup, bridge.old, label),
            "new": texts(lookup, bridge.new, label),
            "weight": numbers(lookup, bridge.weight, label) if there else np.nan,
        }
    )
    return pairs.dropna(subset=["old", "new"]).drop_duplicates(["old", "new"]), len(lookup)


def old_areas(pairs: pd.DataFrame, ids: set[str]) -> set[str]:
    """Return the areas of old that areas of today were made of, and those that are today's."""
    return set(pairs.loc[pairs["new"].isin(ids), "old"]) | (ids - set(pairs["old"]))


def bridged(
    part: pd.DataFrame, weights: pd.Series | None, pairs: pd.DataFrame, ids: set[str], label: str
) -> tuple[pd.DataFrame, list[Note]]:
    """Return an indicator's rows for the areas of today.

    Parameters
    ----------
    part
        ``area_id`` (of old), ``period``, ``group``, and the columns of `MEANS` and `COUNTS`.
    weights
        People by row of `part`, where the indicator's own table has them.
    pairs
        As :func:`bridge_pairs` returns them.
    ids
        The areas of today that are wanted.
    label
        The lookup's name, for messages.

    Returns
    -------
    rows
        The same columns, one row for each area of today, period and group. Means and limits are
        weighted by people; limits combine as those of independent figures. Counts are added up
        where areas were merged, and null where one was split.
    notes
        How many areas were merged, split and left as they were.

    Raises
    ------
    BadValues
        No area of the lookup is one of the indicator's, or merged areas have no people to weigh by.
    """
    split = pairs.groupby("old")["new"].nunique()
    split_ids = set(split[split > 1].index)
    same = sorted((set(part["area_id"]) & ids) - set(pairs["old"]))
    more = pd.DataFrame({"old": same, "new": same, "weight": np.nan})
    used = pd.concat([pairs[pairs["new"].isin(ids)], more], ignore_index=True)
    rows = part.reset_index(drop=True)
    rows["_own"] = np.nan if weights is None else weights.to_numpy(dtype="float64")
    wide = rows.merge(used, left_on="area_id", right_on="old")
    if wide.empty:
        raise BadValues(
            f"{label}: none of its areas is one of the indicator's (such as "
            f"'{next(iter(part['area_id']), 'none')}'); is it the lookup of the right years?"
        )
    wide["_weight"] = wide["weight"].fillna(wide["_own"]).astype("float64")
    several = wide.groupby(["new", "period", "group"], dropna=False)["old"].transform("size") > 1
    if (several & wide["value"].notna() & wide["_weight"].isna()).any():
        area = wide.loc[several & wide["_weight"].isna(), "old"].iloc[0]
        raise BadValues(f"{label}: area '{area}' has no people in column 'bridge.weight'.")
    out = _gathered(wide, several, wide["old"].isin(split_ids), list(part.columns))
    return out, _notes(wide, split_ids, same, label)


def _gathered(
    wide: pd.DataFrame, several: pd.Series, split: pd.Series, columns: list[str]
) -> pd.DataFrame:
    weight = wide["_weight"].where(wide["value"].notna()).where(several, 1.0)
    groups = [wide["new"], wide["period"], wide["group"]]

    def added(values: Any) -> Any:
        return values.groupby(groups, dropna=False, sort=True).sum(min_count=1)

    def complete(known: Any) -> Any:
        return known.groupby(groups, dropna=False, sort=True).all()

    total = added(weight)
    out = pd.DataFrame({"value": added(wide["value"] * weight) / total})
    for name, sign in (("lower", -1.0), ("upper", 1.0)):
        width = (wide[name] - wide["value"]).astype("float64")
        spread = np.sqrt(added(np.square(width * weight))) / total
        known = complete(width.notna() | wide["value"].isna())
        out[name] = (out["value"] + sign * spread).where(known)
    for name in COUNTS:
        whole = complete(wide[name].notna() & ~split)
        out[name] = added(wide[name].astype("float64")).where(whole)
    out = out.reset_index(names=["area_id", "period", "group"])
    fixed = [column for column in columns if column not in out.columns]
    return out.assign(**{column: wide[column].iloc[0] for column in fixed})[columns]


def _notes(wide: pd.DataFrame, split_ids: set[str], same: list[str], label: str) -> list[Note]:
    merged = wide.groupby("new")["old"].nunique()
    merged_ids = sorted(merged[merged > 1].index)
    parts = sorted(set(wide.loc[wide["old"].isin(split_ids), "new"]) - set(merged_ids))
    says = (
        f"Figures for areas of another year were bridged by this lookup: {len(merged_ids):,} areas "
        f"merged from several have their mean weighted by people, {len(parts):,} parts of areas "
        "that were split have the figure of the whole, all others their own."
    )
    if not merged_ids and not parts:
        says = "None of the place's areas was merged or split between the years of this lookup."
    if same:
        says += f" {len(same):,} were of today's year already."
    examples = tuple([*merged_ids, *parts][:EXAMPLES])
    return [Note("indicators", label, says, len(merged_ids) + len(parts), examples)]
