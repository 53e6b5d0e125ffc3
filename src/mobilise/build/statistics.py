"""The gaps of a place: who reaches what, and how health runs, by deprivation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import gaps
from mobilise.build.wording import say_measure
from mobilise.recipe import AREA
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.build.wording import Said
    from mobilise.gaps import Gap

OF_REACH = "reach"


def place_gaps(
    areas: pd.DataFrame,
    reach: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    by: str,
    deprivation_higher: str,
) -> pd.DataFrame:
    """Return the table ``gaps`` of a place.

    Means and shares of people by fifth of deprivation, and slope indices, for each measure
    of reach and each indicator. A place without deprivation has none.

    Parameters
    ----------
    areas, reach, indicators
        The tables of those names.
    by
        What people are ranked by, for readers ("income deprivation, IMD 2025").
    deprivation_higher
        ``worse`` or ``better``: what a higher value of ``areas.deprivation`` means.
    """
    if not areas["deprivation"].notna().any():
        return empty("gaps")
    people = areas.set_index("area_id")
    rows: list[dict[str, Any]] = []
    key: Any
    for key, part in reach.groupby(["kind", "measure", "limit", "group"], dropna=False, sort=True):
        kind, measure, limit, group = key
        group = None if pd.isna(group) else str(group)
        about = {"of": f"{OF_REACH}: {group}" if group else OF_REACH}
        about |= {"kind": kind, "measure": measure, "limit": limit, "by": by}
        said = say_measure(str(kind), str(measure), float(limit), group)
        values = part.set_index("area_id")["value"].reindex(people.index)
        counted = people[group].fillna(0) if group in people.columns else people["population"]
        unit = str(part["unit"].iloc[0])
        found = _reach_gaps(people, counted, values, said, unit, deprivation_higher)
        rows += [about | gap.as_dict() for gap in found]
    for title, part in _editions(indicators):
        found = _indicator_gaps(people, part, str(part["level"].iloc[0]), deprivation_higher)
        rows += [{"of": title, "by": by} | gap.as_dict() for gap in found]
    return pd.DataFrame(rows) if rows else empty("gaps")


def _editions(indicators: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each indicator; with level, group and period in its title where it has several."""
    for name, editions in indicators.groupby("indicator", sort=True):
        keys = [k for k in ("level", "group", "period") if editions[k].drop_duplicates().size > 1]
        if not keys:
            yield str(name), editions
            continue
        values: Any
        for values, part in editions.groupby(keys, dropna=False, sort=True):
            yield ", ".join([str(name), *(str(v) for v in values if pd.notna(v))]), part


def _reach_gaps(
    people: pd.DataFrame,
    counted: pd.Series,
    values: pd.Series,
    said: Said,
    unit: str,
    deprivation_higher: str,
) -> Iterator[Gap]:
    weights = counted.to_numpy(dtype=float)
    quintile = people["deprivation_quintile"].to_numpy(dtype=float, na_value=np.nan)
    told: dict[str, Any] = {"of": said.of, "unit": unit, "higher": said.higher}
    yield from gaps.quintile_means(values, population=weights, quintile=quintile, **told)
    ranked: dict[str, Any] = {
        "deprivation": people["deprivation"].to_numpy(dtype=float),
        "deprivation_higher": deprivation_higher,
        "population": weights,
    }
    yield gaps.slope_index(values, **ranked, **told)
    if said.who:
        has = (values > 0).to_numpy()
        yield from gaps.quintile_shares(has, population=weights, quintile=quintile, who=said.who)


def _indicator_gaps(
    people: pd.DataFrame, part: pd.DataFrame, level: str, deprivation_higher: str
) -> Iterator[Gap]:
    """Means by fifth, and the slope over the areas that the values are published for.

    A value that is published for a larger area is that of all areas in it, and must not be
    counted more than once: a fifth's mean weighs each larger area by its people in that
    fifth, and the slope ranks the larger areas by their people's mean deprivation.
    """
    first = part.iloc[0]
    name = str(first["indicator"])
    told: dict[str, Any] = {
        "of": name[:1].lower() + name[1:] + ("," if "," in name else ""),
        "unit": str(first["unit"]),
        "higher": str(first["higher"]),
    }
    of_area = people.reset_index()["area_id" if level == AREA else f"group_{level}"].to_numpy()
    units = part.set_index("area_id")[["value", "lower", "upper"]]
    ranked = people["population"].where(people["deprivation"].notna(), 0.0)
    people = people.assign(_unit=of_area, _ranked=ranked, _deprived=ranked * people["deprivation"])
    sums = people.groupby("_unit")[["population", "_ranked", "_deprived"]].sum()
    sums = sums[sums["population"] > 0]
    whole: dict[str, Any] = {
        "population": sums["population"].to_numpy(),
        "quintile": np.full(len(sums), np.nan),
    }
    yield gaps.quintile_means(**_values(units, sums.index), **whole, **told)[0]
    shares = people.groupby(["_unit", "deprivation_quintile"])["population"].sum().reset_index()
    split: dict[str, Any] = {
        "population": shares["population"].to_numpy(),
        "quintile": shares["deprivation_quintile"].to_numpy(dtype=float),
    }
    yield from gaps.quintile_means(**_values(units, shares["_unit"]), **split, **told)[1:]
    yield gaps.slope_index(
        **_values(units, sums.index),
        deprivation=(sums["_deprived"] / sums["_ranked"]).to_numpy(),
        deprivation_higher=deprivation_higher,
        population=whole["population"],
        **told,
    )


def _values(units: pd.DataFrame, of: Any) -> dict[str, Any]:
    """Return the values of `of`, with their limits if every value has them."""
    rows = units.reindex(of)
    known = rows[rows["value"].notna()]
    columns = ["value", "lower", "upper"] if known.notna().all(axis=None) else ["value"]
    arrays = {column: rows[column].to_numpy(dtype=float) for column in columns}
    return {"values": arrays.pop("value"), **arrays}
