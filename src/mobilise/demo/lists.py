"""The lists as an analyst would have them: drawn up apart, overlapping, not quite clean."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mobilise.demo.assets import COMMUNITY, COUNCIL, CULTURE, HEALTH, Town, place_assets
from mobilise.demo.choose import number

# How the community's list writes what the council's list and the culture list have too.
OTHER_SPELLINGS = (
    ("Community Centre", "Community Ctr"),
    ("Community Centre", "Centre"),
    ("Arts Centre", "Arts Ctr."),
    ("Studios", "Studio"),
    ("Theatre", "Theater"),
)
LISTED_TWICE_METRES = 35.0
MISPLACED_METRES = 170.0
CATEGORIES = {"community centre": "Community centre", "arts": "Arts", "group": "Group or charity"}


def council_list(rng: np.random.Generator, town: Town, areas: int) -> pd.DataFrame:
    """Return the council's list, with a mobile library and one that has closed in the estate."""
    table = place_assets(rng, town, COUNCIL, areas)
    mobile = (
        table[table["type"] == "library"]
        .head(1)
        .assign(type="mobile library", name=town.names.of("mobile library", "", ""))
    )
    closed = _closed_library(town)
    table = pd.concat([table, mobile, closed], ignore_index=True)
    poor = town.spot.poor[table["door"].to_numpy()]
    hours = {"library": 50, "mobile library": 18, "community centre": 40, "leisure centre": 96}
    usual = table["type"].map(hours).to_numpy(dtype=float)
    # Poorer parts have shorter hours: by a third at the far end.
    open_hours = usual * (1.1 - 0.33 * poor) + rng.normal(0, 3, len(table))
    table["hours_per_week"] = np.rint(open_hours * 2) / 2
    table["last_checked"] = _dates(rng, len(table), 2026, 2026)
    return table


def community_list(
    rng: np.random.Generator, town: Town, areas: int, others: pd.DataFrame
) -> pd.DataFrame:
    """Return the community's own list: groups, and again some places of the other lists."""
    groups = place_assets(rng, town, COMMUNITY, areas)
    again = [
        _once_more(rng, others[others["type"] == kind], number(areas, count))
        for kind, count in (("community centre", 7), ("arts", 4))
    ]
    table = pd.concat([groups, *again], ignore_index=True)
    table = table.iloc[rng.permutation(len(table))].reset_index(drop=True)
    table["category"] = table["type"].map(CATEGORIES)
    table["last_updated"] = _dates(rng, len(table), 2021, 2026)
    # Such lists have rows without an address.
    nowhere = table.index[table["type"] == "group"][0]
    table.loc[nowhere, ["x", "y"]] = np.nan
    return table


def culture_list(rng: np.random.Generator, town: Town, areas: int) -> pd.DataFrame:
    """Return museums, galleries, arts venues and places of worship."""
    return place_assets(rng, town, CULTURE, areas)


def health_list(rng: np.random.Generator, town: Town, areas: int) -> pd.DataFrame:
    """Return GP practices, with their patients, and pharmacies."""
    table = place_assets(rng, town, HEALTH, areas)
    people = town.people.areas["residents"].sum()
    practices = (table["type"] == "gp").to_numpy()
    share = rng.gamma(6.0, size=len(table)) * practices
    patients = np.rint(people * 1.03 * share / share.sum())
    table["patients"] = pd.array(np.where(practices, patients, -1), dtype="Int64")
    table.loc[~practices, "patients"] = pd.NA
    return table


def _closed_library(town: Town) -> pd.DataFrame:
    """Return the library that was the estate's, until it closed."""
    estate = np.flatnonzero(town.spot.cut_off > 0)
    at = estate if len(estate) else np.arange(len(town.streets.doors))
    middle = town.streets.doors[at].mean(axis=0)
    door = int(at[np.hypot(*(town.streets.doors[at] - middle).T).argmin()])
    ward = str(town.people.areas["ward"].iloc[town.people.of_door[door]])
    x, y = town.streets.doors[door] + 10
    return pd.DataFrame(
        {
            "type": ["library"],
            "name": [f"{ward} Old Library"],
            "street": [town.streets.street[door]],
            "ward": [ward],
            "x": [x],
            "y": [y],
            "door": [door],
            "closed": ["2019-03-31"],
        }
    )


def _once_more(rng: np.random.Generator, table: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return some rows as another list has them: another spelling, and a few metres away."""
    open_now = table[table["closed"].isna()] if "closed" in table else table
    rows = open_now.iloc[rng.permutation(len(open_now))[:count]]
    names = [_respelt(name, turn) for turn, name in enumerate(rows["name"])]
    away = np.round(rng.normal(0, LISTED_TWICE_METRES / 2, (len(rows), 2)), 1)
    away[-1, 0] += MISPLACED_METRES  # one of them so far that only a person can tell
    return rows.assign(name=names, x=rows["x"] + away[:, 0], y=rows["y"] + away[:, 1])


def _respelt(name: str, turn: int) -> str:
    fitting = [(old, new) for old, new in OTHER_SPELLINGS if old in name]
    if not fitting:
        return f"The {name}"
    old, new = fitting[turn % len(fitting)]
    return name.replace(old, new)


def _dates(rng: np.random.Generator, count: int, first: int, last: int) -> list[str]:
    years, months = rng.integers(first, last + 1, count), rng.integers(1, 7, count)
    days = rng.integers(1, 29, count)
    return [f"{y}-{m:02d}-{d:02d}" for y, m, d in zip(years, months, days, strict=True)]
