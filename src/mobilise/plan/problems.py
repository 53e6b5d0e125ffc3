"""What a plan is made from: areas, sites and the minutes between them, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, MissingColumn, suggestion
from mobilise.gaps import mid_ranks
from mobilise.notes import Note

if TYPE_CHECKING:
    from mobilise.plan.covers import Flags, Floats, Integers

STATUSES = ("candidate", "existing", "must", "forbidden")
FIFTHS = 5


@dataclass(frozen=True)
class Problem:
    """Areas, sites and the minutes between them.

    Parameters
    ----------
    areas
        ``area_id, name, population, weight, quintile, rank`` (0 most deprived, 1 least; missing
        without deprivation), and the columns ``group_*``.
    sites
        ``site_id, name, x, y, cost, capacity, district, source, status, extends`` (the row number
        of the site whose capacity it adds to, -1: it is a site of its own).
    area, site, minutes
        The pairs: row numbers of `areas` and `sites`, and the minutes between them.
    notes
        What was left out or looks odd.
    """

    areas: pd.DataFrame
    sites: pd.DataFrame
    area: Integers
    site: Integers
    minutes: Floats
    notes: tuple[Note, ...] = field(default=())

    @property
    def population(self) -> Floats:
        """Return the people in each area."""
        return self.areas["population"].to_numpy(float)

    @property
    def weight(self) -> Floats:
        """Return what each area's people count, all together: people times their weight."""
        weights: Floats = self.population * self.areas["weight"].to_numpy(float)
        return weights

    @property
    def quintile(self) -> Floats:
        """Return each area's fifth, 1 = most deprived, missing where unknown."""
        return self.areas["quintile"].to_numpy(float)

    @property
    def rank(self) -> Floats:
        """Return where each area stands from 0 (most deprived) to 1; missing where unknown."""
        return self.areas["rank"].to_numpy(float)

    def with_status(self, status: str) -> Flags:
        """Return which sites have a status."""
        flags: Flags = (self.sites["status"] == status).to_numpy()
        return flags


def problem(
    areas: pd.DataFrame,
    sites: pd.DataFrame,
    times: pd.DataFrame,
    *,
    deprivation_higher: str = "worse",
) -> Problem:
    """Put a planning problem together.

    Parameters
    ----------
    areas
        ``area_id`` and ``population``; if known ``deprivation`` and ``deprivation_quintile``
        (1 = most deprived), ``name``, ``weight`` (what each person there counts, 1 when not
        given: need, or weights that residents agreed), ``group_*``.
    sites
        ``site_id``; if known ``name``, ``x``, ``y``, ``cost``, ``capacity``, ``district``,
        ``source`` (where the candidate comes from, to be told of those chosen) and ``status``:
        ``existing`` (open today), ``candidate`` (the usual), ``must`` (to be opened) or
        ``forbidden``; and ``extends``: the id of the site whose hours or capacity
        this one would add to. It is reached where that site is.
    times
        ``from_id`` (an area), ``to_id`` (a site), ``minutes``: what
        :func:`mobilise.reach.travel_times` returns. Pairs that are not there are beyond reach.
    deprivation_higher
        ``worse`` when a higher `deprivation` is more deprived, ``better`` otherwise.

    Raises
    ------
    InputError, MissingColumn
        Something cannot be used; the sentence says what.

    Examples
    --------
    >>> import pandas as pd
    >>> homes = pd.DataFrame({"area_id": ["A", "B"], "population": [100, 200]})
    >>> halls = pd.DataFrame({"site_id": ["h"], "name": ["Town hall"]})
    >>> walks = pd.DataFrame({"from_id": ["B"], "to_id": ["h"], "minutes": [9.0]})
    >>> problem(homes, halls, walks).sites["status"].tolist()
    ['candidate']
    """
    people = _areas(areas, deprivation_higher)
    places, notes = _sites(sites)
    for column in ("from_id", "to_id", "minutes"):
        if column not in times:
            raise MissingColumn(column, times.columns, "times")
    area = _numbers_of(times["from_id"], people["area_id"], "from_id", "an area")
    site = _numbers_of(times["to_id"], places["site_id"], "to_id", "a site")
    minutes = times["minutes"].to_numpy(float)
    if not (np.isfinite(minutes) & (minutes >= 0)).all():
        raise InputError("times: 'minutes' must be numbers of 0 or more, without gaps.")
    order = np.lexsort((minutes, site, area))
    area, site, minutes = area[order], site[order], minutes[order]
    first = np.ones(len(area), bool)
    first[1:] = (area[1:] != area[:-1]) | (site[1:] != site[:-1])
    whole = np.flatnonzero(places["extends"].to_numpy() < 0)
    alone = np.setdiff1d(whole, site)
    if len(whole) == len(alone):
        raise InputError(
            "No area can reach any of the sites: are the candidates in the place, and their "
            "coordinates in its system?"
        )
    notes += _counted(
        places["site_id"].iloc[alone], "no area within the times given: outside the place?"
    )
    return Problem(people, places, area[first], site[first], minutes[first], tuple(notes))


def _areas(areas: pd.DataFrame, deprivation_higher: str) -> pd.DataFrame:
    for column in ("area_id", "population"):
        if column not in areas:
            raise MissingColumn(column, areas.columns, "areas")
    if not len(areas):
        raise InputError("areas: there are none.")
    table = areas.reset_index(drop=True)
    _unique(table["area_id"], "areas", "area_id")
    people = _amounts(table, "population", "areas", 0.0)
    known = (
        table["deprivation"].to_numpy(float)
        if "deprivation" in table
        else np.full(len(table), np.nan)
    )
    rank = np.full(len(table), np.nan)
    has = ~np.isnan(known)
    if has.any() and people[has].sum() > 0:
        rank[has] = mid_ranks(known[has], population=people[has], higher=deprivation_higher)
    quintile = _quintile(table, rank)
    kept = [column for column in table if str(column).startswith("group_")]
    columns: dict[str, Any] = {
        "area_id": table["area_id"].astype(str),
        "name": table["name"].astype(str) if "name" in table else table["area_id"].astype(str),
        "population": people,
        "weight": _amounts(table, "weight", "areas", 1.0),
        "quintile": quintile,
        "rank": rank,
        **{str(column): table[column] for column in kept},
    }
    return pd.DataFrame(columns)


def _quintile(table: pd.DataFrame, rank: Floats) -> Floats:
    if "deprivation_quintile" not in table:
        return np.asarray(np.ceil(np.clip(rank, 1e-12, 1) * FIFTHS), dtype=np.float64)
    quintile = table["deprivation_quintile"].astype("Float64").to_numpy(float, na_value=np.nan)
    wrong = ~(np.isnan(quintile) | np.isin(quintile, np.arange(1, FIFTHS + 1)))
    if wrong.any():
        raise InputError(
            f"areas: 'deprivation_quintile' is {quintile[wrong][0]:g} in row "
            f"{int(wrong.argmax()) + 1}; it must be 1 (most deprived) to 5, or empty."
        )
    return np.asarray(quintile, dtype=np.float64)


def _sites(sites: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    if "site_id" not in sites:
        raise MissingColumn("site_id", sites.columns, "sites")
    if not len(sites):
        raise InputError("sites: there are none; a plan needs candidates to choose from.")
    table = sites.reset_index(drop=True)
    _unique(table["site_id"], "sites", "site_id")
    status = (
        table["status"].astype(str) if "status" in table else pd.Series("candidate", table.index)
    )
    for value in status.unique():
        if value not in STATUSES:
            raise InputError(f"sites: there is no status '{value}'{suggestion(value, STATUSES)}")
    ids = table["site_id"].astype(str)
    columns = {
        "site_id": ids,
        "name": table["name"].fillna(ids).astype(str) if "name" in table else ids,
        "x": table["x"].astype(float) if "x" in table else np.nan,
        "y": table["y"].astype(float) if "y" in table else np.nan,
        "cost": _amounts(table, "cost", "sites", np.nan, gaps=True),
        "capacity": _amounts(table, "capacity", "sites", np.nan, gaps=True),
        "district": table.get("district"),
        "source": table.get("source"),
        "status": status,
        "extends": _extended(table, ids),
    }
    return pd.DataFrame(columns, index=table.index), []


def _extended(table: pd.DataFrame, ids: pd.Series[Any]) -> Integers:
    """Return the row of the site that each extends, -1 where it is one of its own."""
    if "extends" not in table:
        return np.full(len(table), -1)
    given = table["extends"]
    rows = pd.Index(ids).get_indexer(pd.Index(given.astype(str)))
    wrong = (given.notna().to_numpy() & (rows < 0)) | (rows == np.arange(len(table)))
    wrong |= (rows >= 0) & given.notna().to_numpy()[rows]
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"sites: 'extends' is {given.iloc[row]} in row {row + 1}; it must be another site's "
            "id, and not of one that itself extends."
        )
    return np.where(given.notna(), rows, -1).astype(np.int64)


def _amounts(
    table: pd.DataFrame, column: str, what: str, usual: float, *, gaps: bool = False
) -> Floats:
    """Return a column of numbers of 0 or more; `usual` where there is no such column."""
    if column not in table:
        return np.full(len(table), usual)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~(values >= 0) | np.isinf(values)
    if gaps:
        wrong &= ~table[column].isna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{what}: '{column}' is {table[column].iloc[row]} in row {row + 1}; it must be a "
            "number of 0 or more."
        )
    return values


def _unique(ids: pd.Series[Any], what: str, column: str) -> None:
    if ids.isna().any():
        raise InputError(
            f"{what}: '{column}' is empty in row {int(ids.isna().to_numpy().argmax()) + 1}."
        )
    twice = ids[ids.duplicated()]
    if len(twice):
        raise InputError(f"{what}: '{column}' {twice.iloc[0]} is there more than once.")


def _numbers_of(ids: pd.Series[Any], known: pd.Series[Any], column: str, what: str) -> Integers:
    numbers = pd.Index(known).get_indexer(pd.Index(ids.astype(str)))
    if (numbers < 0).any():
        row = int((numbers < 0).argmax())
        raise InputError(
            f"times: '{column}' {ids.iloc[row]} in row {row + 1} is not {what} of the problem."
        )
    return np.asarray(numbers, dtype=np.int64)


def _counted(ids: pd.Series[Any], says: str) -> list[Note]:
    if not len(ids):
        return []
    many = f"{len(ids)} site has" if len(ids) == 1 else f"{len(ids)} sites have"
    return [Note("plan", "sites", f"{many} {says}", len(ids), tuple(ids.head(10)), warning=True)]
