"""Outcomes: everything in a place whose inequality can be measured, in one shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.build.wording import Said, say_measure
from mobilise.recipe import AREA

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

OF_REACH = "reach"


@dataclass(frozen=True)
class Outcome:
    """One measure of reach, or one edition of an indicator.

    Parameters
    ----------
    about
        Its key in the table ``gaps``: of, kind, measure, limit.
    said
        What it is in words, and what a higher value means.
    unit
        Of the values.
    units
        What it is published for, indexed by id: ``value``, ``lower``, ``upper``.
    of_area
        The unit that each area is in, shape (areas,).
    population
        The people of each area that it is about, shape (areas,).
    name, period
        The indicator's name and period, to follow it through time; empty for reach.
    edge
        Areas where the border of the data blurs it, shape (areas,); None where nothing does.
    """

    about: dict[str, Any]
    said: Said
    unit: str
    units: pd.DataFrame
    of_area: npt.NDArray[np.object_]
    population: Floats
    name: str = ""
    period: str = ""
    edge: npt.NDArray[np.bool_] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What every statistic needs to know to say its finding."""
        return {"of": self.said.of, "unit": self.unit, "higher": self.said.higher}

    def people(self, rank: pd.Series | None = None) -> pd.DataFrame:
        """Return the people of each unit, and their mean ``deprivation`` by `rank`, one an area.

        A value that is published for a larger area is that of all areas in it, and must not be
        counted more than once: statistics are over the units.
        """
        table = pd.DataFrame({"unit": self.of_area, "people": self.population})
        if rank is not None:
            known = rank.notna().to_numpy()
            table["ranked"] = np.where(known, self.population, 0.0)
            table["deprived"] = table["ranked"] * rank.to_numpy(dtype=float, na_value=0.0)
        sums = table.groupby("unit", sort=True).sum()
        sums = sums[sums["people"] > 0]
        if rank is not None:
            sums["deprivation"] = sums["deprived"] / sums["ranked"].replace(0.0, np.nan)
        return sums

    def shares(self, group: pd.Series) -> pd.DataFrame:
        """Return the people of each unit in each of the areas' groups: unit, group, people."""
        table = pd.DataFrame(
            {"unit": self.of_area, "group": group.to_numpy(), "people": self.population}
        )
        sums = table.groupby(["unit", "group"], sort=True)["people"].sum()
        return sums.reset_index()

    def of_units(self, of: Any) -> dict[str, Any]:
        """Return the values of some units, with their limits if every value has them."""
        rows = self.units.reindex(of)
        known = rows[rows["value"].notna()]
        columns = ["value", "lower", "upper"] if known.notna().all(axis=None) else ["value"]
        arrays = {column: rows[column].to_numpy(dtype=float) for column in columns}
        return {"values": arrays.pop("value"), **arrays}

    def by_area(self) -> Floats:
        """Return the value of the unit that each area is in, shape (areas,)."""
        return self.units["value"].reindex(self.of_area).to_numpy(dtype=float)


def outcomes_of(
    areas: pd.DataFrame, reach: pd.DataFrame, indicators: pd.DataFrame
) -> Iterator[Outcome]:
    """Yield the outcomes of a place: measures of reach, then indicators, in a total order."""
    yield from _of_reach(areas, reach)
    for name, editions in indicators.groupby("indicator", sort=True):
        keys = [k for k in ("level", "group", "period") if editions[k].drop_duplicates().size > 1]
        if not keys:
            yield _of_indicator(areas, editions, str(name))
            continue
        values: Any
        for values, part in editions.groupby(keys, dropna=False, sort=True):
            title = ", ".join([str(name), *(str(v) for v in values if pd.notna(v))])
            yield _of_indicator(areas, part, title)


def _of_reach(areas: pd.DataFrame, reach: pd.DataFrame) -> Iterator[Outcome]:
    key: Any
    for key, part in reach.groupby(["kind", "measure", "limit", "group"], dropna=False, sort=True):
        kind, measure, limit, group = key
        whose = None if pd.isna(group) else str(group)
        counted = areas[whose].fillna(0) if whose in areas.columns else areas["population"]
        of = f"{OF_REACH}: {whose}" if whose else OF_REACH
        of_area = part.set_index("area_id")
        values = of_area["value"]
        edge = of_area["edge"].reindex(areas["area_id"]).fillna(value=False).to_numpy(dtype=bool)
        yield Outcome(
            {"of": of, "kind": kind, "measure": measure, "limit": limit},
            say_measure(str(kind), str(measure), float(limit), whose),
            str(part["unit"].iloc[0]),
            pd.DataFrame({"value": values, "lower": np.nan, "upper": np.nan}),
            areas["area_id"].to_numpy(dtype=object),
            counted.to_numpy(dtype=float),
            edge=edge if edge.any() else None,
        )


def _of_indicator(areas: pd.DataFrame, part: pd.DataFrame, title: str) -> Outcome:
    first = part.iloc[0]
    level, name = str(first["level"]), str(first["indicator"])
    column = "area_id" if level == AREA else f"group_{level}"
    inside = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return Outcome(
        {"of": title},
        Said(inside + ("," if "," in re.sub(r"\(.*?\)", "", title) else ""), str(first["higher"])),
        str(first["unit"]),
        part.set_index("area_id")[["value", "lower", "upper"]],
        areas[column].to_numpy(dtype=object),
        areas["population"].to_numpy(dtype=float),
        name if pd.isna(first["group"]) else f"{name}, {first['group']}",
        "" if pd.isna(first["period"]) else str(first["period"]),
    )
