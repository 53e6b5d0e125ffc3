"""Equity of referral: who is referred and who is not, per 1,000 people in need.

Reads what the wall let out (``released``) and the open tables of a place, and nothing else: every
statistic is of protected counts, so it can tell no more than those do. An interval covers both
chance and what rounding may hide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.equity.people import people_by_group, people_in_need
from mobilise.equity.rates import group_rows, near_rows, rate_rows
from mobilise.equity.slopes import slope_rows
from mobilise.equity.words import equity_text
from mobilise.errors import PlaceError
from mobilise.place import write_table

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.equity.people import InNeed
    from mobilise.place import Place

__all__ = ["equity_of", "measure_equity"]


def measure_equity(place: Place, *, need: str | None = None, people: Path | None = None) -> str:
    """Measure a place's equity of referral, keep it as ``referral_equity``, and say it in words.

    Parameters
    ----------
    place
        A place that counts of referrals were released to.
    need
        An indicator of the place, in percent: the share of people in need. Without it everyone
        counts.
    people
        A CSV of people in need by group: ``by`` (age_band, sex, ethnicity), ``level``, ``people``.

    Returns
    -------
    str
        The findings, a line each.

    Raises
    ------
    PlaceError
        Nothing was released to the place, or it has no such indicator.
    InputError
        The indicator is no percentage, or the CSV lacks a column.
    """
    for name in ("released", "released_areas"):
        if name not in place.tables():
            raise PlaceError(
                f"{place.folder} holds no counts of referrals; 'mobilise release PLACE' lets "
                "them out of the personal plane."
            )
    areas = place.table("areas")
    indicators = place.table("indicators") if "indicators" in place.tables() else None
    in_need = people_in_need(areas, indicators, need)
    groups = people_by_group(people)
    table = equity_of(place.table("released"), place.table("released_areas"), in_need, groups)
    write_table(place.folder, "referral_equity", table)
    return equity_text(table)


def equity_of(
    released: pd.DataFrame,
    around: pd.DataFrame,
    in_need: InNeed,
    groups: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the table ``referral_equity`` from protected counts. Pure: tables in, a table out.

    Parameters
    ----------
    released
        The table of that name.
    around
        The table ``released_areas``: fifth of deprivation of each area, and whether an asset is
        near, as the counts had them.
    in_need
        People in need in each area.
    groups
        People in need by group, as :func:`mobilise.equity.people.people_by_group` reads them.
    """
    found: list[dict[str, object]] = []
    for period in sorted(released["period"].unique()):
        counts = released[released["period"] == period]
        areas = around[around["period"] == period].merge(in_need.areas, on="area_id")
        rows = [
            *rate_rows(counts, areas, in_need),
            *slope_rows(counts, areas, in_need),
            *near_rows(counts, areas, in_need),
            *group_rows(counts, groups, in_need),
        ]
        found += [{"period": period, **row} for row in rows]
    return pd.DataFrame(found)
