"""Which ways may be walked: the rules of ``walking.toml`` applied to the tags of ways."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.notes import Note

if TYPE_CHECKING:
    import pandas as pd

_NEVER, _FOOT, _ACCESS, _SERVICE, _PAVEMENT, _OTHER, _STEPS = range(1, 8)
_REASONS = {
    _NEVER: "motorways, or not built",
    _FOOT: "closed to walkers",
    _ACCESS: "private",
    _SERVICE: "lanes for cars",
    _PAVEMENT: "trunk roads without a pavement",
    _OTHER: "of a class that nobody walks along",
    _STEPS: "with steps, or not for wheels",
}


@cache
def walking_rules() -> dict[str, list[str]]:
    """Return the rules as they stand in ``walking.toml``."""
    text = files("mobilise.reach").joinpath("walking.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def walkable_ways(
    tags: pd.DataFrame, source: str, *, step_free: bool = False
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], list[Note]]:
    """Return which ways may be walked, and notes on those that may not.

    Parameters
    ----------
    tags
        One row a way, with the columns of :data:`mobilise.sources.ways.TAGS`.
    source
        The file, for the notes.
    step_free
        Whether steps and ways tagged as not for wheelchairs are left out too.

    Notes
    -----
    Lines without any ``highway`` or ``man_made`` tag (from a source other than
    OpenStreetMap) are all taken as walkable, and a note says so.
    """
    if tags["highway"].isna().all() and tags["man_made"].isna().all():
        says = "The lines carry no 'highway' tags: all of them are taken as walkable."
        return np.ones(len(tags), dtype=bool), [Note("network", source, says, len(tags), (), True)]
    why_not = _why_not(tags, step_free=step_free)
    notes = [
        Note("network", source, f"{count} ways are not walked along: {reason}.", count)
        for code, reason in _REASONS.items()
        if (count := int((why_not == code).sum()))
    ]
    return why_not == 0, notes


def _why_not(tags: pd.DataFrame, *, step_free: bool) -> np.ndarray[Any, np.dtype[np.int8]]:
    rules = walking_rules()

    def has(tag: str, rule: str) -> Any:
        return tags[tag].isin(rules[rule]).to_numpy()

    foot_open = tags["foot"].notna().to_numpy() & ~has("foot", "foot_closed")
    pavement = tags["sidewalk"].notna().to_numpy() & ~has("sidewalk", "no_pavement")
    known = has("highway", "walkable") | has("man_made", "man_made_walkable")
    ramp = (tags["ramp:wheelchair"] == "yes").to_numpy()
    steps = has("highway", "step_free_closed") & ~ramp
    fast = has("highway", "pavement_needed")
    return np.select(
        [
            has("highway", "never"),
            has("foot", "foot_closed"),
            has("access", "access_closed") & ~foot_open,
            has("service", "service_closed") & ~foot_open,
            fast & ~foot_open & ~pavement,
            ~fast & ~known,
            step_free & (steps | has("wheelchair", "wheelchair_closed")),
        ],
        [_NEVER, _FOOT, _ACCESS, _SERVICE, _PAVEMENT, _OTHER, _STEPS],
        0,
    ).astype(np.int8)
