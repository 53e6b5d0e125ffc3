"""The gaps of a place: who reaches what, and how health runs, by deprivation and otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import gaps
from mobilise.build.explanations import explain
from mobilise.build.outcomes import Outcome, outcomes_of
from mobilise.build.trends import trends_of
from mobilise.gaps.sentences import quantity
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mobilise.gaps import Gap
    from mobilise.recipe import Explain
    from mobilise.recipe import Gaps as Section

RANKED = ("relative_index", "concentration_index", "difference", "palma_ratio")
SE_OF_WIDTH = 2 * 1.959964  # a published 95% interval is so many standard errors wide


@dataclass(frozen=True)
class Axis:
    """What people are ranked by.

    Parameters
    ----------
    name
        For readers ("income deprivation, IMD 2025").
    rank
        One an area.
    higher
        ``worse`` or ``better``: what a higher value means.
    quintile
        Of each area, 1 = most deprived.
    """

    name: str
    rank: pd.Series
    higher: str
    quintile: pd.Series

    @classmethod
    def of(cls, areas: pd.DataFrame, column: str, name: str, higher: str) -> Axis:
        """Return a column of the areas as an axis, its fifths among the place's areas."""
        values = areas[column]
        fifths = gaps.quantiles(values, 5, highest_first=higher == "worse")
        return cls(name, values, higher, pd.Series(fifths.to_numpy(), areas.index))


def place_gaps(
    areas: pd.DataFrame,
    reach: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    by: str,
    deprivation_higher: str,
    sections: Sequence[Section] = (),
    explanations: Sequence[Explain] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``gaps`` and ``explanations`` of a place.

    Means and shares of people by fifth of deprivation, and slope indices, for each measure
    of reach and each indicator; then what the recipe's ``[[gaps]]`` ask for; then trends of
    indicators with three periods or more.

    Parameters
    ----------
    areas, reach, indicators
        The tables of those names.
    by
        What people are ranked by, for readers; "" without deprivation.
    deprivation_higher
        ``worse`` or ``better``: what a higher value of ``areas.deprivation`` means.
    sections, explanations
        The ``[[gaps]]`` and the ``[[explain]]`` of the recipe.
    """
    usual = None
    if areas["deprivation"].notna().any():
        quintile = areas["deprivation_quintile"]
        usual = Axis(by, areas["deprivation"], deprivation_higher, quintile)
    outcomes = list(outcomes_of(areas, reach, indicators))
    rows: list[dict[str, Any]] = []
    if usual is not None:
        for outcome in outcomes:
            found = gradient(outcome, usual)
            rows += [outcome.about | {"by": usual.name} | gap.as_dict() for gap in found]
        rows += trends_of(outcomes, usual)
    for section in sections:
        chosen = [outcome for outcome in outcomes if _chosen(outcome, section)]
        rows += _of_section(section, chosen, areas, usual)
    explained = explain(explanations, outcomes, areas, usual)
    if not rows:
        return empty("gaps"), explained
    key = ["of", "kind", "measure", "limit", "by", "statistic", "level", "part"]
    table = pd.DataFrame(rows)
    for column in key:
        table[column] = table.get(column)
    return table.drop_duplicates(key), explained


def gradient(outcome: Outcome, axis: Axis) -> Iterator[Gap]:
    """Yield the means by fifth and for the place, the slope index, and the shares in reach."""
    ranked = outcome.people(axis.rank)
    if not ranked["people"].sum() > 0:
        return  # nobody lives where both are known
    whole: dict[str, Any] = {
        "population": ranked["people"].to_numpy(),
        "quintile": np.full(len(ranked), np.nan),
    }
    told = outcome.told
    yield gaps.quintile_means(**outcome.of_units(ranked.index), **whole, **told)[0]
    cells = outcome.shares(axis.quintile)
    yield from gaps.quintile_means(**_in_fifths(outcome, cells), **told)[1:]
    yield gaps.slope_index(**outcome.of_units(ranked.index), **_ranking(ranked, axis), **told)
    if outcome.edge is not None and (outcome.population[~outcome.edge] > 0).any():
        yield _inside(outcome, axis)
    if outcome.said.who:
        quintile = axis.quintile.to_numpy(dtype=float, na_value=np.nan)
        has = np.nan_to_num(outcome.by_area()) > 0
        yield from gaps.quintile_shares(
            has, population=outcome.population, quintile=quintile, who=outcome.said.who
        )


def _inside(outcome: Outcome, axis: Axis) -> Gap:
    """Return the slope index without the areas that the border of the data blurs."""
    assert outcome.edge is not None
    left = replace(outcome, population=np.where(outcome.edge, 0.0, outcome.population))
    people = left.people(axis.rank)
    gap = gaps.slope_index(**left.of_units(people.index), **_ranking(people, axis), **left.told)
    count = int(outcome.edge.sum())
    lead = (
        f"Without the {count:,} {'area' if count == 1 else 'areas'} near the border of the data, "
    )
    sentence = lead + gap.sentence[:1].lower() + gap.sentence[1:]
    return replace(gap, statistic="slope_index_inside", sentence=sentence)


def _chosen(outcome: Outcome, section: Section) -> bool:
    about = outcome.about
    return (
        (not section.of or about["of"] in section.of)
        and (not section.kinds or about.get("kind") in section.kinds)
        and (not section.measures or about.get("measure") in section.measures)
    )


def _of_section(
    section: Section, outcomes: list[Outcome], areas: pd.DataFrame, usual: Axis | None
) -> Iterator[dict[str, Any]]:
    by = section.by
    if by is not None and by.group is not None:
        groups = areas[f"group_{by.group}"]
        for outcome in outcomes:
            for part, gap in between_groups(outcome, groups):
                yield outcome.about | {"by": by.group, "part": part} | gap.as_dict()
        return
    axis = usual
    if by is not None and by.column is not None:
        axis = Axis.of(areas, by.column, by.name or by.column, by.higher or "worse")
    for outcome in outcomes:
        if by is not None and axis is not None:
            found = gradient(outcome, axis)
            yield from (outcome.about | {"by": axis.name} | gap.as_dict() for gap in found)
        for name in section.statistics:
            if name in RANKED and axis is None:
                continue
            gap = statistic(name, outcome, axis)
            named = axis.name if name in RANKED and axis is not None else "everyone"
            yield outcome.about | {"by": named} | gap.as_dict()


def statistic(name: str, outcome: Outcome, axis: Axis | None) -> Gap:
    """Return one statistic of an outcome, over the areas that it is published for.

    Parameters
    ----------
    name
        As the recipe has it; :data:`RANKED` ones need `axis`.
    outcome
        What is measured.
    axis
        What people are ranked by; the unranked statistics need none.
    """
    people = outcome.people(axis.rank if axis is not None else None)
    given = outcome.of_units(people.index)
    if name in RANKED and axis is not None:
        return _ranked(name, outcome, given, people, axis)
    lower, upper = given.pop("lower", None), given.pop("upper", None)
    told = dict(outcome.told)
    if lower is not None and upper is not None:
        told["se"] = (upper - lower) / SE_OF_WIDTH
    function = getattr(gaps, name)
    taken = {key: told[key] for key in signature(function).parameters if key in told}
    found: Gap = function(given["values"], population=people["people"].to_numpy(), **taken)
    return found


def between_groups(outcome: Outcome, groups: pd.Series) -> Iterator[tuple[str | None, Gap]]:
    """Yield the mean of each larger area, then what lies between the best and the worst."""
    cells = outcome.shares(groups)
    cells["value"] = outcome.units["value"].reindex(cells["unit"]).to_numpy(dtype=float)
    cells = cells[cells["value"].notna() & (cells["people"] > 0)]
    cells["total"] = cells["value"] * cells["people"]
    by_group = cells.groupby("group")
    sums = by_group[["people", "total"]].sum().assign(n=by_group.size())
    means = (sums["total"] / sums["people"]).to_numpy()
    names = [str(name) for name in sums.index]
    told, better = outcome.told, outcome.said.higher
    for name, value, n in zip(names, means, sums["n"], strict=True):
        yield (
            name,
            gaps.Gap(
                "mean",
                float(value),
                None,
                None,
                None,
                None,
                int(n),
                outcome.unit,
                "better" if better == "better" else "worse",
                "Population-weighted mean of the areas in it that have a value.",
                f"In {name} {outcome.said.of} is {quantity(value, outcome.unit)} on average.",
            ),
        )
    if len(names) > 1:
        people = sums["people"].to_numpy()
        yield None, gaps.difference(means, names=names, **told)
        yield None, gaps.between_group_variance(means, population=people, **told)


def _in_fifths(outcome: Outcome, cells: pd.DataFrame) -> dict[str, Any]:
    people, quintile = cells["people"].to_numpy(), cells["group"].to_numpy(dtype=float)
    return outcome.of_units(cells["unit"]) | {"population": people, "quintile": quintile}


def _ranking(people: pd.DataFrame, axis: Axis) -> dict[str, Any]:
    return {
        "deprivation": people["deprivation"].to_numpy(),
        "deprivation_higher": axis.higher,
        "population": people["people"].to_numpy(),
    }


def _ranked(name: str, outcome: Outcome, given: dict[str, Any], people: Any, axis: Axis) -> Gap:
    told = outcome.told | _ranking(people, axis)
    if name == "difference":
        cells = outcome.shares(axis.quintile)
        return gaps.quintile_difference(**_in_fifths(outcome, cells), **outcome.told)
    function = getattr(gaps, name)
    taken = {k: v for k, v in (told | given).items() if k in signature(function).parameters}
    found: Gap = function(**taken)
    return found
