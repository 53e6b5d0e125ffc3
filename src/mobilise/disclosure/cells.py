"""What is counted: dimensions, tables over them, and the cells that a table shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

# A cell is what it is limited to: (dimension, shown level), by dimension; () is everyone.
Cell: TypeAlias = tuple[tuple[str, str], ...]

LESS = " less "
ENOUGH_TO_LOOK_AT = 64  # rows that nearly always hold enough people


@dataclass(frozen=True)
class Dimension:
    """Something that people are counted by.

    Parameters
    ----------
    name
        Its name; the column of the rows.
    levels
        Its values: each row has exactly one of them.
    shown
        What tables show of it: a name, and the levels that it stands for. By default each
        level by itself. They may overlap (*accepted or further* lies within *referred or
        further*). The total over all levels is always shown as well.
    of
        The dimension that this one is known from (the fifth of deprivation, of the area).
    known
        For each level of that one, the level of this.
    """

    name: str
    levels: tuple[str, ...]
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """What tables show: name to levels."""
        return self.shown or {level: (level,) for level in self.levels}


@dataclass(frozen=True)
class CountTable:
    """A table of counts: every combination of what its dimensions show, and all totals.

    Parameters
    ----------
    by
        Its dimensions, by name.
    only
        Dimensions of which it shows some levels alone: name to levels ("": the total).
    """

    by: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def cells(self, dimensions: Mapping[str, Dimension]) -> list[Cell]:
        """Return the cells that it shows."""
        choices = []
        for name in self.by:
            if name not in dimensions:
                raise InputError(f"There is no dimension '{name}' to count by.")
            shown = self.only.get(name, (*dimensions[name].groups, ""))
            choices.append([(name, level) for level in shown])
        return [as_cell(levels) for levels in product(*choices)]


@dataclass(frozen=True)
class Tally:
    """How many rows a cell has, and how many people stand behind them (at least)."""

    count: int
    people: int


def as_cell(levels: Iterable[tuple[str, str]]) -> Cell:
    """Return the cell limited to these levels; an empty level is a total."""
    return tuple(sorted((name, level) for name, level in levels if level))


def implied_cells(cells: Iterable[Cell], dimensions: Mapping[str, Dimension]) -> list[Cell]:
    """Return the cells that differences of nested levels amount to, though no table shows them.

    Who was *referred or further* but not *accepted or further* is the difference of two
    figures. Such a level is named by the two, the wider first: ``referred less accepted``.
    """
    found: dict[Cell, None] = {}
    steps = {name: _steps(dimension) for name, dimension in dimensions.items()}
    for cell in cells:
        for position, (name, level) in enumerate(cell):
            for wider, narrower in steps[name]:
                if level == narrower:
                    inner = (name, f"{wider}{LESS}{narrower}")
                    found[(*cell[:position], inner, *cell[position + 1 :])] = None
    return list(found)


def members(dimension: Dimension, level: str) -> tuple[str, ...]:
    """Return the levels that a shown level, a difference of two, or "" (all) stands for."""
    if LESS in level:
        wider, narrower = level.split(LESS)
        less = members(dimension, narrower)
        return tuple(one for one in members(dimension, wider) if one not in less)
    return dimension.groups[level] if level else dimension.levels


def _steps(dimension: Dimension) -> list[tuple[str, str]]:
    """Return the shown levels that lie one in the other, with none between; "" is the total."""
    sets = {name: set(levels) for name, levels in dimension.groups.items()}
    chain = {name for name in sets if any(other < sets[name] for other in sets.values())}
    wider = {"": set(dimension.levels), **{name: sets[name] for name in chain}}
    inside = chain | {name for name in sets if any(sets[name] < sets[c] for c in chain)}
    return [
        (a, b)
        for a in wider
        for b in sorted(inside)
        if sets[b] < wider[a] and not any(sets[b] < sets[c] < wider[a] for c in sets)
    ]


def tally(
    rows: pd.DataFrame, cells: Sequence[Cell], dimensions: Mapping[str, Dimension], person: str
) -> dict[Cell, Tally]:
    """Count the rows of each cell, and the people behind them.

    Parameters
    ----------
    rows
        One row a referral: a column a dimension, and one that tells people apart.
    cells
        What to count.
    dimensions
        By name.
    person
        The column that tells people apart.

    Raises
    ------
    InputError
        A column holds something that its dimension does not list. The value is not told.
    """
    used = sorted({name for cell in cells for name, _ in cell})
    codes = {name: _codes(rows, dimensions[name]) for name in used}
    who = np.asarray(rows[person].astype("category").cat.codes, dtype=np.int_)
    masks: dict[tuple[str, str], NDArray[np.bool_]] = {}
    everyone = np.ones(len(rows), dtype=np.bool_)
    found = {}
    for cell in cells:
        mask = everyone
        for name, level in cell:
            if (name, level) not in masks:
                order = dimensions[name].levels
                wanted = [order.index(one) for one in members(dimensions[name], level)]
                masks[name, level] = np.isin(codes[name], wanted)
            mask = mask & masks[name, level]
        found[cell] = _tally(who[mask])
    return found


def _tally(who: NDArray[np.int_]) -> Tally:
    """Count rows and people; where the first rows hold many people, that is many enough."""
    some = np.unique(who[:ENOUGH_TO_LOOK_AT]).size
    people = some if some == ENOUGH_TO_LOOK_AT else np.unique(who).size
    return Tally(int(who.size), int(people))


def _codes(rows: pd.DataFrame, dimension: Dimension) -> NDArray[np.int_]:
    if dimension.of is not None and dimension.name not in rows:
        values = rows[dimension.of].map(dict(dimension.known))
    else:
        values = rows[dimension.name]
    order = {level: code for code, level in enumerate(dimension.levels)}
    codes = values.map(order)
    if codes.isna().any():
        raise InputError(
            f"{int(codes.isna().sum())} rows: '{dimension.name}' holds something that is not "
            f"among its {len(dimension.levels)} levels; mend the rows, or list it as a level."
        )
    return np.asarray(codes, dtype=np.int_)
