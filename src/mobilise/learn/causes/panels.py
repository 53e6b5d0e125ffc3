"""Tables of areas (or people) over time, checked, and with what was left out counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, numbers


@dataclass(frozen=True)
class Panel:
    """Rows of units over time, in order of unit and time.

    Parameters
    ----------
    frame
        Columns ``unit, time, y, treated`` and, where given, ``weight`` and covariates ``x_*``.
    covariates
        Names of the covariates' columns.
    said
        What was left out, as the end of a method's sentence.
    """

    frame: pd.DataFrame
    covariates: tuple[str, ...]
    said: str

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.frame["unit"].nunique())

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
    columns: dict[str, Any] = {"unit": table[unit].astype(str).to_numpy()}
    for ours, name in (("time", time), ("y", outcome), ("treated", treated)):
        columns[ours] = numbers(table[name], name)
    if weight:
        columns["weight"] = numbers(table[weight], weight)
    names = tuple(f"x_{name}" for name in covariates)
    columns |= {f"x_{name}": numbers(table[name], name) for name in covariates}
    frame = pd.DataFrame(columns)
    kept = frame.dropna().sort_values(["unit", "time"], kind="stable", ignore_index=True)
    if kept.empty:
        raise InputError("No row has all of its values: there is nothing to compare.")
    _check(kept)
    gone = len(frame) - len(kept)
    said = f" {gone} of {len(frame)} rows without a value left out." if gone else ""
    return Panel(kept, names, said)


def _check(frame: pd.DataFrame) -> None:
    if not frame["treated"].isin([0.0, 1.0]).all():
        raise InputError("'treated' must be 1 where and when it was in place, 0 elsewhere.")
    twice = frame.duplicated(["unit", "time"])
    if twice.any():
        first = frame[twice].iloc[0]
        raise InputError(f"{first['unit']} has two rows for {first['time']:g}: give one.")
    if "weight" in frame and not (frame["weight"] > 0).all():
        raise InputError("Weights must be above 0.")


def starts(frame: pd.DataFrame) -> pd.Series:
    """Return when each unit's treatment starts (NaN: never), demanding that it then stays.

    Raises
    ------
    InputError
        A unit's treatment ends.
    """
    first = frame[frame["treated"] == 1].groupby("unit")["time"].min()
    began = frame["unit"].map(first)
    ended = (frame["time"] >= began) & (frame["treated"] == 0)
    if ended.any():
        unit = frame[ended].iloc[0]
        raise InputError(
            f"In {unit['unit']} it had ended by {unit['time']:g}: this design needs what starts "
            "and stays."
        )
    return first.reindex(np.unique(frame["unit"]))


def dummies(values: pd.Series, prefix: str) -> tuple[Floats, tuple[str, ...]]:
    """Return a 0/1 column for each value but the first, with names."""
    levels = np.unique(values.to_numpy())[1:]
    columns = (values.to_numpy()[:, None] == levels[None, :]).astype(float)
    return columns, tuple(f"{prefix}{level}" for level in levels)
