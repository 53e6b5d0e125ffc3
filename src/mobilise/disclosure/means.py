"""Means that may be shown: of enough people, and never so that a difference gives few away.

Means by one field are parts of the mean of all. Whoever holds the mean of all and those of the
other parts works out the mean of what was kept back together, so that must be of enough people as
well, or of none. That holds against an outsider who knows every count exactly. How many a part's
mean is of is not told: beside the counts of the tables it could narrow one that was kept back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.gaps import mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.disclosure.cells import Dimension
    from mobilise.disclosure.rule import Rule

DECIMALS = 1


@dataclass(frozen=True)
class MeanFigure:
    """A mean as it may be shown; None where it is kept back.

    Parameters
    ----------
    value, lower, upper
        The mean and its 95% interval (Student), to one decimal.
    people
        How many the mean of everyone is of, rounded as counts are; None for a part.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    people: int | None = None


def protected_means(
    values: pd.Series,
    rows: pd.DataFrame,
    dimension: Dimension | None,
    rule: Rule,
    person: str,
) -> dict[str, MeanFigure]:
    """Return the mean of each level of a field that may be shown; of everyone as ``""``.

    Parameters
    ----------
    values
        A score's change, one a row; rows without one are left out.
    rows
        The rows, with the field's column and the one that tells people apart.
    dimension
        The field; None: everyone alone.
    rule
        How many people a mean must be of.
    person
        The column that tells people apart.

    Returns
    -------
    dict
        By level. Where the mean of all is kept back, every one is.
    """
    there = values.notna()
    who, score = rows.loc[there, person], values[there]
    whole = _figures(score, pd.Series("", index=score.index))
    if who.nunique() < rule.mean_least:
        levels = ("", *(dimension.levels if dimension else ()))
        return dict.fromkeys(levels, MeanFigure())
    shown = {"": _rounded(whole[""], rule.figure(len(score)))}
    if dimension is None:
        return shown
    by = rows.loc[there, dimension.name]
    people = {level: int(who[by == level].nunique()) for level in dimension.levels}
    figures = _figures(score, by)
    for level in dimension.levels:
        shown[level] = MeanFigure()
    for level in showable(people, rule):
        shown[level] = _rounded(figures[level], None)
    return shown


def showable(people: Mapping[str, int], rule: Rule) -> list[str]:
    """Return the parts whose means may be shown beside the mean of all.

    Parameters
    ----------
    people
        In each part.

    Examples
    --------
    >>> from mobilise.disclosure.rule import Rule
    >>> showable({"a": 40, "b": 12, "c": 3}, Rule())  # c could be had by subtraction
    ['a']
    >>> showable({"a": 40, "b": 12, "c": 0}, Rule())
    ['a', 'b']
    """
    shown = sorted((p for p in people if people[p] >= rule.mean_least), key=lambda p: -people[p])
    while shown and 0 < sum(n for part, n in people.items() if part not in shown) < rule.mean_least:
        shown.pop()
    return shown


def _figures(score: pd.Series, by: pd.Series) -> dict[str, tuple[float, float, float]]:
    table = mean(score.to_numpy(dtype=float), by.to_numpy())
    figures = table[["value", "lower", "upper"]].to_numpy(dtype=float)
    return {
        str(level): (float(value), float(lower), float(upper))
        for level, (value, lower, upper) in zip(table.index, figures, strict=True)
    }


def _rounded(figures: tuple[float, float, float], people: int | None) -> MeanFigure:
    value, lower, upper = (round(float(figure), DECIMALS) + 0.0 for figure in figures)
    return MeanFigure(value, lower, upper, people)
