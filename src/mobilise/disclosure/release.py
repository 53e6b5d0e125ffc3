"""Make a release: rows of the personal plane in, protected tables out, and nothing else.

A period is released from one set of rows: those there were when it was first released. Later
releases about it count the same rows and are checked against every earlier one, so that no two
figures can be differenced: neither across tables nor through time. Periods never overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.disclosure.allowed import (
    NONE_YET,
    NOT_RECORDED,
    PROGRESS,
    Allowed,
    allowed,
    dimensions_of,
)
from mobilise.disclosure.cells import Cell, implied_cells, tally
from mobilise.disclosure.changes import (
    BEFORE,
    CHANGE,
    OUTCOME,
    is_outcome,
    outcome_dimension,
    outcome_levels,
    outcomes_measured,
)
from mobilise.disclosure.means import protected_means
from mobilise.disclosure.protect import protect
from mobilise.errors import InputError
from mobilise.tables import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mobilise.disclosure.cells import Dimension
    from mobilise.disclosure.changes import Score
    from mobilise.disclosure.rule import Bounds, Figure, Rule

PERSON = "person"


@dataclass(frozen=True)
class Surroundings:
    """What the open plane knows of areas: what rows are counted by beside their own fields.

    Parameters
    ----------
    areas
        The place's areas.
    known
        For each field that is known from the area (quintile, near): each area's level.
    """

    areas: tuple[str, ...]
    known: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """What one release lets out.

    Parameters
    ----------
    counts
        The table ``released``.
    means
        The table ``released_means``.
    areas
        The table ``released_areas``.
    outcomes
        The table ``released_outcomes``.
    figures
        Every cell with its figure and what that tells, for the log.
    tables
        Which tables were asked for.
    primary, secondary, known_before
        As :class:`mobilise.disclosure.protect.Protected` has them.
    """

    counts: pd.DataFrame
    means: pd.DataFrame
    areas: pd.DataFrame
    outcomes: pd.DataFrame
    figures: dict[Cell, tuple[Figure, Bounds]]
    tables: tuple[str, ...]
    primary: int
    secondary: int
    known_before: int


def release(
    rows: pd.DataFrame,
    period: str,
    around: Surroundings,
    *,
    tables: Sequence[str] = (),
    rule: Rule | None = None,
    earlier: Mapping[Cell, tuple[Figure, Bounds]] | None = None,
    listed: Allowed | None = None,
    say: Callable[[str], None] | None = None,
) -> Release:
    """Protect the tables asked for, against themselves and all that was released before.

    Parameters
    ----------
    rows
        One row a referral: the fields of ``allowed.toml``, ``person`` (told apart, never let
        out), ``before: SCORE`` where it is known, and ``change: SCORE`` where both scores are.
        Other columns are not read.
    period
        What the rows are about, as it is printed.
    around
        What is known of the areas.
    tables
        Names on the list; all of them where none is given.
    rule
        A stricter rule than the list's.
    earlier
        What was released before of the same rows: figure and what it tells.
    listed
        The list of what may leave; by default the package's.
    say
        Called with a line of progress.

    Returns
    -------
    Release

    Raises
    ------
    InputError
        A table is not on the list, the rule is weaker than the list's, or a field holds what
        the list does not have.
    """
    listed = listed or allowed()
    rule = listed.at_least_as_strict(rule)
    chosen = listed.chosen(tables)
    rows = _only_listed(rows, listed, around)
    dimensions = dimensions_of(listed.fields, around.areas, around.known, sorted(set(rows["kind"])))
    rows, dimensions = _with_outcomes(rows, dimensions, listed)
    there = [t for t in chosen.values() if set(t.by) <= set(dimensions)]
    shown = list(dict.fromkeys(c for t in there for c in t.cells(dimensions)))
    every = list(dict.fromkeys([*(earlier or {}), *shown]))
    counts = tally(rows, [*every, *implied_cells(every, dimensions)], dimensions, PERSON)
    done = protect(counts, dimensions, rule, shown=shown, earlier=earlier, say=say)
    figures = {cell: (done.figures[cell], done.bounds[cell]) for cell in shown}
    return Release(
        _counts_table({c: f for c, f in figures.items() if not is_outcome(c)}, period),
        _means_table(rows, dimensions, rule, listed, period),
        _areas_table(around, period),
        _outcomes_table({c: f for c, f in figures.items() if is_outcome(c)}, period),
        figures,
        tuple(chosen),
        done.primary,
        done.secondary,
        done.known_before,
    )


def _only_listed(rows: pd.DataFrame, listed: Allowed, around: Surroundings) -> pd.DataFrame:
    """Return the listed columns alone; areas of other places and unknown kinds by one name each."""
    own = [name for name, about in listed.fields.items() if "of" not in about]
    for name in (PERSON, *own):
        if name not in rows:
            raise InputError(f"The rows to release have no column '{name}'.")
    scores = [
        kind + name for name in listed.scores for kind in (BEFORE, CHANGE) if kind + name in rows
    ]
    kept = rows[[PERSON, *own, *scores]].reset_index(drop=True)
    kept[own] = kept[own].fillna(NOT_RECORDED)
    inside = kept["area"].isin(set(around.areas))
    kept["area"] = kept["area"].where(inside, NOT_RECORDED)
    kept["kind"] = kept["kind"].where(kept["kind"] != NOT_RECORDED, NONE_YET)
    return kept


def _with_outcomes(
    rows: pd.DataFrame, dimensions: dict[str, Dimension], listed: Allowed
) -> tuple[pd.DataFrame, dict[str, Dimension]]:
    """Return both with how people did on every score that was measured before."""
    measured = [score for score in listed.scores.values() if outcomes_measured(rows, score)]
    columns = {OUTCOME + score.name: outcome_levels(rows, score) for score in measured}
    return rows.assign(**columns), dimensions | {
        OUTCOME + score.name: outcome_dimension(score) for score in measured
    }


def _outcomes_table(figures: Mapping[Cell, tuple[Figure, Bounds]], period: str) -> pd.DataFrame:
    rows = []
    for cell, told in figures.items():
        levels = dict(cell)
        name = next(one for one in levels if one.startswith(OUTCOME))
        rows.append(
            {
                "period": period, "score": name.removeprefix(OUTCOME),
                "quintile": levels.get("quintile"), "outcome": levels[name], **_told(*told),
            }
        )  # fmt: skip
    columns = ["period", "score", "quintile", "outcome", "count", "lower", "upper", "told"]
    return validate("released_outcomes", pd.DataFrame(rows, columns=columns))


def _told(figure: Figure, bounds: Bounds) -> dict[str, Any]:
    """Return a figure, the least and the most that it can be, and what that is called."""
    if figure is None:
        return {"count": None, "lower": None, "upper": None, "told": "kept back"}
    told = "rounded" if figure else "zero"
    return {"count": figure, "lower": bounds[0], "upper": bounds[1], "told": told}


def _counts_table(figures: Mapping[Cell, tuple[Figure, Bounds]], period: str) -> pd.DataFrame:
    rows = []
    for cell, told in figures.items():
        levels = dict(cell)
        shows, _, level = levels.pop(PROGRESS, "stage: offered").partition(": ")
        rows.append(
            {
                "period": period,
                shows: level,
                **{
                    ("area_id" if name == "area" else name): level for name, level in levels.items()
                },
                **_told(*told),
            }
        )
    found = pd.DataFrame(rows, columns=None if rows else ["period", *_told(None, (0, 0))])
    return validate("released", found)


def _areas_table(around: Surroundings, period: str) -> pd.DataFrame:
    rows = [
        {
            "period": period,
            "area_id": area,
            **{
                name: around.known.get(name, {}).get(area, NOT_RECORDED)
                for name in ("quintile", "near")
            },
        }
        for area in around.areas
    ]
    return validate("released_areas", pd.DataFrame(rows))


def _means_table(
    rows: pd.DataFrame,
    dimensions: Mapping[str, Dimension],
    rule: Rule,
    listed: Allowed,
    period: str,
) -> pd.DataFrame:
    found = []
    for name, score in listed.scores.items():
        if CHANGE + name not in rows:
            continue
        values, start = _scores(rows, score)
        for by in listed.means_by:
            counted = _with_known(rows, dimensions[by])
            parts, before, after = (
                protected_means(one, counted, dimensions[by], rule, PERSON)
                for one in (values, start, start + values)  # of the same people, those with both
            )
            found += [
                {
                    "period": period, "score": name, "by": by if level else "everyone",
                    "level": level or None, "before": before[level].value,
                    "after": after[level].value, "change": part.value, "lower": part.lower,
                    "upper": part.upper, "people": part.people, "higher": score.higher,
                    "told": "kept back" if part.value is None else "mean",
                }
                for level, part in parts.items()
            ]  # fmt: skip
    columns = ["period", "score", "by", "level", "before", "after", "change", "lower", "upper"]
    columns += ["people"]
    frame = pd.DataFrame(found, columns=[*columns, "higher", "told"])
    return validate("released_means", frame.drop_duplicates(["score", "by", "level"]))


def _scores(rows: pd.DataFrame, score: Score) -> tuple[pd.Series, pd.Series]:
    """Return each row's change and score before, where both are known.

    Raises
    ------
    InputError
        A score is beyond its range. The score itself is not told.
    """
    change = pd.to_numeric(rows[CHANGE + score.name])
    kept = rows.get(BEFORE + score.name, pd.Series(None, index=rows.index, dtype=float))
    before = pd.to_numeric(kept)
    widest = score.high - score.low
    if (change.abs() > widest).any():
        raise InputError(f"A change of '{score.name}' is beyond its range of {widest:g}.")
    if not before.dropna().between(score.low, score.high).all():
        raise InputError(f"A score of '{score.name}' is beyond {score.low:g} to {score.high:g}.")
    return change, before.where(change.notna())


def _with_known(rows: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    if dimension.of is None:
        return rows
    return rows.assign(**{dimension.name: rows[dimension.of].map(dict(dimension.known))})
