"""Protect tables of counts: keep back small ones, and what would give them away.

Primary suppression keeps back counts of few people. Secondary suppression keeps back further
figures until an outsider, who holds these tables and all that was released before about the same
people, cannot say more of a count kept back than the rule lets on: neither that it is above the
least, nor that it is below the most, that a small count can be. Both are proved for each such cell
by a whole table that agrees with everything released (see `intruder`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mobilise.disclosure.cells import implied_cells
from mobilise.disclosure.intruder import Intruder, Wanted
from mobilise.disclosure.joint import joint_of
from mobilise.disclosure.repair import NEARLY, repair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mobilise.disclosure.cells import Cell, Dimension, Tally
    from mobilise.disclosure.joint import Joint
    from mobilise.disclosure.rule import Bounds, Figure, Rule


@dataclass(frozen=True)
class Protected:
    """Figures that may be shown.

    Parameters
    ----------
    figures
        Each cell's figure; None where it is kept back.
    bounds
        What each cell can be, by what is shown of it.
    primary, secondary
        How many small counts there are, those of earlier releases included, and how many
        further figures of this one were kept back for their sake.
    known_before
        Bounds of small counts that could be told already: by zeros and by earlier releases.
    """

    figures: dict[Cell, Figure]
    bounds: dict[Cell, Bounds]
    primary: int
    secondary: int
    known_before: int


@dataclass
class _Work:
    """The state of one protection: what is known so far, and what must not become known."""

    joint: Joint
    rule: Rule
    known: dict[Cell, Bounds]
    prices: dict[Cell, float]
    wanted: list[Wanted]
    kept_back: set[Cell] = field(default_factory=set)
    known_before: int = 0

    def keep_back(self, cell: Cell) -> None:
        self.known[cell] = self.rule.bounds(None)
        self.kept_back.add(cell)
        del self.prices[cell]


def protect(
    counts: Mapping[Cell, Tally],
    dimensions: Mapping[str, Dimension],
    rule: Rule,
    *,
    shown: Sequence[Cell],
    earlier: Mapping[Cell, tuple[Figure, Bounds]] | None = None,
    say: Callable[[str], None] | None = None,
) -> Protected:
    """Return the figures of tables as they may be shown.

    Parameters
    ----------
    counts
        Of every cell: those to show, those of `earlier`, and those that differences of nested
        levels amount to (:func:`mobilise.disclosure.cells.implied_cells`).
    dimensions
        By name.
    rule
        What a count must be to be shown.
    shown
        The cells of the tables to release.
    earlier
        What was released about the same rows: figure, and what it tells. It stays as it was.
    say
        Called with a line of progress.

    Returns
    -------
    Protected
    """
    tell = say or _quiet
    work = _begin(counts, dimensions, rule, shown, earlier or {})
    primary = len({want.row for want in work.wanted})
    _secure(work, tell)
    _secure_differences(work, counts, dimensions)
    figures = {cell: _figure(cell, counts[cell], work, earlier or {}) for cell in shown}
    bounds = {cell: work.known[cell] for cell in shown}
    return Protected(figures, bounds, primary, len(work.kept_back), work.known_before)


def _begin(
    counts: Mapping[Cell, Tally],
    dimensions: Mapping[str, Dimension],
    rule: Rule,
    shown: Sequence[Cell],
    earlier: Mapping[Cell, tuple[Figure, Bounds]],
) -> _Work:
    known = {cell: told for cell, (_, told) in earlier.items()}
    prices, small = {}, []
    for cell in dict.fromkeys([*earlier, *shown]):
        count, people = counts[cell].count, counts[cell].people
        figure = earlier[cell][0] if cell in earlier else rule.figure(count, people)
        known[cell] = earlier[cell][1] if cell in earlier else rule.bounds(figure)
        if figure is None and rule.is_small(count, people):
            small.append(cell)
        if figure and cell not in earlier:
            prices[cell] = 1 + math.log2(figure)
    cells = [*known, *(cell for cell in implied_cells(known, dimensions) if cell not in known)]
    joint = joint_of(cells, dimensions)
    rows = {cell: row for row, cell in enumerate(cells)}
    wanted = [Wanted(rows[cell], rule.high, up=True) for cell in small]
    wanted += [Wanted(rows[cell], rule.low, up=False) for cell in small]
    return _Work(joint, rule, known, prices, wanted)


def _secure(work: _Work, say: Callable[[str], None]) -> None:
    """Keep back figures until every bound that is wanted is proved.

    What is kept back later takes no proof away: the outsider then knows less.
    """
    together = True
    while work.wanted:
        sure = None if together else work.wanted[0]
        cells = Intruder(work.joint, work.known).witness(work.wanted, sure)
        before = len(work.wanted)
        if cells is not None:
            work.wanted = [one for one in work.wanted if not one.met(cells)]
        elif sure is not None:
            _mend(work, sure)
            say(f"{before:,} bounds to prove, {len(work.kept_back):,} figures kept back for them")
        together = cells is not None and len(work.wanted) < before


def _mend(work: _Work, want: Wanted) -> None:
    """Keep back what makes one bound hold; give up what zeros and earlier releases tell."""
    for whole in (False, True):
        found = repair(work.joint, work.known, work.prices, want, work.rule.low, whole=whole)
        for cell in found.keep_back:
            work.keep_back(cell)
        if found.missing:
            _settle_for_less(work, want, found.missing)
        if found.keep_back or found.missing:
            return
    if work.prices:  # no proof in the time there is: keep back the figure that tells least
        work.keep_back(min(work.prices, key=work.prices.__getitem__))
    else:
        _settle_for_less(work, want, math.inf)


def _settle_for_less(work: _Work, want: Wanted, missing: float) -> None:
    """Put the bound that can be had in the place of one that cannot."""
    if want in work.wanted:
        work.wanted.remove(want)
        work.known_before += 1
        if math.isfinite(missing):
            up = math.floor(want.value - missing + NEARLY)
            down = math.ceil(want.value + missing - NEARLY)
            work.wanted.insert(0, Wanted(want.row, up if want.up else down, up=want.up))


def _secure_differences(
    work: _Work, counts: Mapping[Cell, Tally], dimensions: Mapping[str, Dimension]
) -> None:
    """Keep back figures whose differences tell a small count more nearly than rounding does."""
    rows = {cell: row for row, cell in enumerate(work.joint.cells)}
    small = [
        cell
        for cell in implied_cells(work.known, dimensions)
        if cell not in work.known and 0 < counts[cell].count < work.rule.least
    ]
    width = work.rule.base - 1
    far = [Wanted(rows[cell], counts[cell].count + width, up=True) for cell in small]
    near = [Wanted(rows[cell], 0, up=False) for cell in small]
    _, witnesses = Intruder(work.joint, work.known).unproved([*far, *near])
    spans = np.ptp(witnesses, axis=0) if witnesses else np.zeros(len(rows))
    for cell in small:
        narrow = spans[rows[cell]] < width
        while narrow:
            low, high = Intruder(work.joint, work.known).bounds(cell)
            before = len(work.kept_back)
            if high - low < width:
                _mend(work, Wanted(rows[cell], low + width, up=True))
            narrow = len(work.kept_back) > before


def _figure(
    cell: Cell, count: Tally, work: _Work, earlier: Mapping[Cell, tuple[Figure, Bounds]]
) -> Figure:
    if cell in earlier:
        return earlier[cell][0]
    if cell in work.kept_back:
        return None
    return work.rule.figure(count.count, count.people)


def _quiet(_: str) -> None:
    """Show nothing."""
