"""Outcome scores as counts: who was measured before and again, and by how much they changed.

What is shown is one chain, each level within the one before: measured before, measured twice, not
worse by so much, better by so much. So what two thresholds differ by is a difference of nested
levels, and is protected as those of stages are; and nobody is counted in two rows of a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.disclosure.cells import CountTable, Dimension

if TYPE_CHECKING:
    from mobilise.disclosure.cells import Cell

OUTCOME = "outcome: "  # and a score's name: the dimension of how people did on it
BEFORE, CHANGE = "before: ", "change: "  # and a score's name: the columns of rows
MEASURED, TWICE = "measured before", "measured twice"
NOT_WORSE, BETTER = "not worse by ", "better by "  # and so many points or more
BY = "quintile"
_NONE, _ONCE, _SAME, _WORSE = "not measured", "before alone", "in between", "worse by "
_CLOSE = 1e-9  # scores are decimals: a change of a threshold exactly is one


@dataclass(frozen=True)
class Score:
    """An outcome score that may leave: its range, which way is better, which changes count."""

    name: str
    low: float
    high: float
    higher: str
    changes: tuple[float, ...] = ()


def outcome_table(score: Score) -> CountTable:
    """Return the table of a score: by fifth, every level but the total of all referrals."""
    dimension = outcome_dimension(score)
    return CountTable((BY, dimension.name), {dimension.name: tuple(dimension.shown)})


def outcome_dimension(score: Score) -> Dimension:
    """Return how people did on a score, as something to count them by.

    Examples
    --------
    >>> score = Score("x", 0, 10, "better", (1.0,))
    >>> list(outcome_dimension(score).shown)
    ['measured before', 'measured twice', 'not worse by 1', 'better by 1']
    """
    changes = _bands(score)
    levels = (_NONE, _ONCE, *changes)
    shown = {MEASURED: levels[1:], TWICE: levels[2:]}
    for cut in reversed(score.changes):
        shown[f"{NOT_WORSE}{cut:g}"] = changes[changes.index(f"{_WORSE}{cut:g}") + 1 :]
    for cut in score.changes:
        shown[f"{BETTER}{cut:g}"] = changes[changes.index(f"{BETTER}{cut:g}") :]
    return Dimension(OUTCOME + score.name, levels, shown)


def outcome_levels(rows: pd.DataFrame, score: Score) -> pd.Series:
    """Return each row's level of :func:`outcome_dimension`.

    Parameters
    ----------
    rows
        With the columns ``before: SCORE`` and ``change: SCORE``.
    score
        Which.
    """
    sign = 1.0 if score.higher == "better" else -1.0
    change = sign * pd.to_numeric(rows[CHANGE + score.name]).to_numpy(dtype=float)
    cuts = np.array([*(-cut for cut in reversed(score.changes)), *score.changes])
    # A change of exactly -cut is worse by cut, one of exactly cut is better by it.
    nudged = np.where(change < 0, change - _CLOSE, change + _CLOSE)
    bands = np.array(_bands(score), dtype=object)[np.searchsorted(cuts, nudged)]
    once = np.where(rows[BEFORE + score.name].notna(), _ONCE, _NONE)
    return pd.Series(np.where(np.isnan(change), once, bands), index=rows.index)


def outcomes_measured(rows: pd.DataFrame, score: Score) -> bool:
    """Return whether anybody was measured before on a score; older periods did not keep it."""
    column = BEFORE + score.name
    return column in rows and CHANGE + score.name in rows and bool(rows[column].notna().any())


def is_outcome(cell: Cell) -> bool:
    """Return whether a cell counts how people did on a score."""
    return any(name.startswith(OUTCOME) for name, _ in cell)


def _bands(score: Score) -> tuple[str, ...]:
    worse = [f"{_WORSE}{cut:g}" for cut in reversed(score.changes)]
    return (*worse, _SAME, *(f"{BETTER}{cut:g}" for cut in score.changes))
