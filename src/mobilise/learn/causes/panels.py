"""Tables of areas (or people) over time, checked, and with what was left out counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.gaps.checks import Floats


@dataclass(frozen=True)
class Panel:
    """Rows of units over time, in order of unit and time.

    Parameters
    ----------
    frame
        Columns ``unit, time, y, treated`` and, where given, ``weight`` and covariates ``x_*``.
    codes
        Shape (rows,): which of `names` the unit of each row is, 0..units-1.
    names
        Of the units, in order.
    covariates
        Names of the covariates' columns.
    said
        What was left out, as the end of a method's sentence.
    """

    frame: pd.DataFrame
    codes: NDArray[np.intp]
    names: NDArray[np.object_]
    covariates: tuple[str, ...]
    said: str

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.names)

    @property
    def balanced(self) -> bool:
        """Whether every unit is there at every time (none is there twice)."""
        return len(self.codes) == self.units * len(np.unique(self.column("time")))

    def column(self, name: str) -> Floats:
        """Return a column as floats."""
        out: Floats = self.frame[name].to_numpy(dtype=float)
        return out


def panel_of(
    table: pd.DataFrame, *, unit: str, time: str, outcome: str, treated: str,
    covariates: tuple[str, ...] = (), weight: str | None = None,
) -> Panel:  # fmt: skip
    """Return the rows of `table` that can be used.

    Raises
    ------
    InputError
        A column is missing or no number, `treated` is not 0 or 1, or a unit has two rows of
        one time.
    """
    wanted = [unit, time, outcome, treated, *covariates, *([weight] if weight else [])]
    for name in wanted:
        if name not in table.columns:
            raise InputError(f"There is no column '{name}': there are {', '.join(table.columns)}.")
    read = {"time": time, "y": outcome, "treated": treated} | {f"x_{c}": c for c in covariates}
    read |= {"weight": weight} if weight else {}
    columns = {ours: _floats(table[name], name) for ours, name in read.items()}
    known = ~np.isnan(np.stack(list(columns.values()))).any(axis=0) & table[unit].notna().to_numpy()
    if not known.any():
        raise InputError("No row has all of its values: there is nothing to compare.")
    codes, names = pd.factorize(table[unit].to_numpy()[known])
    ranked = np.argsort(np.argsort(np.array([str(n) for n in names], dtype=object)))
    codes = ranked[codes]
    order = np.lexsort((columns["time"][known], codes))
    frame = pd.DataFrame({ours: values[known][order] for ours, values in columns.items()})
    labels = np.array(sorted(str(n) for n in names), dtype=object)
    codes = codes[order]
    frame["unit"] = pd.Categorical.from_codes(codes, categories=pd.Index(labels))
    _check(frame, codes)
    gone = len(table) - len(frame)
    said = f" {gone} of {len(table)} rows without a value left out." if gone else ""
    return Panel(frame, codes, labels, tuple(f"x_{c}" for c in covariates), said)


def _floats(values: pd.Series, name: str) -> Floats:
    if values.dtype.kind in "iufb":
        array = values.to_numpy(dtype=float)
        if not np.isinf(array).any():
            return array
    return numbers(values, name)


def _check(frame: pd.DataFrame, codes: NDArray[np.intp]) -> None:
    treated, time = frame["treated"].to_numpy(), frame["time"].to_numpy()
    if not ((treated == 0) | (treated == 1)).all():
        raise InputError("'treated' must be 1 where and when it was in place, 0 elsewhere.")
    twice = np.flatnonzero((np.diff(codes) == 0) & (np.diff(time) == 0))
    if len(twice):
        first = frame.iloc[int(twice[0])]
        raise InputError(f"{first['unit']} has two rows for {first['time']:g}: give one.")
    if "weight" in frame and not (frame["weight"] > 0).all():
        raise InputError("Weights must be above 0.")


def starts(panel: Panel) -> Floats:
    """Return when each unit's treatment starts (NaN: never), demanding that it then stays.

    Raises
    ------
    InputError
        A unit's treatment ends.
    """
    time, treated = panel.column("time"), panel.column("treated")
    first = np.full(panel.units, np.inf)
    np.minimum.at(first, panel.codes[treated == 1], time[treated == 1])
    ended = (time >= first[panel.codes]) & (treated == 0)
    if ended.any():
        row = int(ended.argmax())
        raise InputError(
            f"In {panel.names[panel.codes[row]]} it had ended by {time[row]:g}: this design needs "
            "what starts and stays."
        )
    return np.where(np.isinf(first), np.nan, first)


def grid(panel: Panel, column: str) -> Floats:
    """Return a column as units by times, demanding every unit at every time.

    Raises
    ------
    InputError
        A unit lacks a time.
    """
    times = np.unique(panel.column("time"))
    if not panel.balanced:
        there = np.zeros((panel.units, len(times)), dtype=bool)
        there[panel.codes, np.searchsorted(times, panel.column("time"))] = True
        row, at = np.argwhere(~there)[0]
        raise InputError(
            f"{panel.names[row]} has no row with all values for {times[at]:g}: this design needs "
            "every unit at every time; leave out the unit or the time."
        )
    return panel.column(column).reshape(panel.units, len(times))


def dummies(values: pd.Series, prefix: str) -> tuple[Floats, tuple[str, ...]]:
    """Return a 0/1 column for each value but the first, with names."""
    levels = np.unique(values.to_numpy())[1:]
    columns = (values.to_numpy()[:, None] == levels[None, :]).astype(float)
    return columns, tuple(f"{prefix}{level}" for level in levels)
