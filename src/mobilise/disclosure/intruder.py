"""What an outsider can work out: exact bounds of any cell, from everything released.

The outsider knows every figure shown, the rule, which figures were kept back, and which area lies
in which fifth. What they cannot rule out is proved by a *witness*: a whole table of whole people
that agrees with everything released. Solved by HiGHS, as integer programmes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.disclosure.cells import Cell
    from mobilise.disclosure.joint import Joint
    from mobilise.disclosure.rule import Bounds

SECONDS = 20.0  # for one programme; what is not proved by then counts as worked out
NEARLY = 1e-6
GOOD_ENOUGH = 0.5  # a witness need not prove the most bounds that one could
ENDLESS = 1e6
AROUND = (0, 1, 4)  # how far from parts of people whole ones are looked for, before everywhere
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Wanted:
    """A bound that the outsider must not be able to improve on.

    Parameters
    ----------
    row
        The cell, as a row of the joint system.
    value
        What it must be possible for the cell to be, or to pass.
    up
        True: at least `value`; False: at most.
    """

    row: int
    value: float
    up: bool

    def met(self, found: Floats) -> bool:
        """Return whether a witness's cells prove it."""
        value = float(found[self.row])
        return value >= self.value if self.up else value <= self.value


class Intruder:
    """An outsider who holds everything released.

    Parameters
    ----------
    joint
        How the cells hang together.
    known
        What each cell can be, by what is shown of it; cells not in it are not released.
    """

    def __init__(self, joint: Joint, known: Mapping[Cell, Bounds]) -> None:
        self.joint = joint
        self._place = {cell: row for row, cell in enumerate(joint.cells)}
        self.rows = [self._place[cell] for cell in known]
        told = np.asarray(list(known.values()), dtype=np.float64).reshape(-1, 2)
        self._sums = joint.sums[self.rows]
        self._matrix = sparse.vstack([joint.agreement, self._sums], format="csr")
        zeros = np.zeros(joint.agreement.shape[0])
        self._low = np.concatenate([zeros, told[:, 0]])
        self._high = np.concatenate([zeros, told[:, 1]])

    def bounds(self, cell: Cell) -> Bounds:
        """Return the least and the most that a cell can be, given everything released.

        Raises
        ------
        ValueError
            Nothing fits what was released: it is not about one set of people.
        """
        row = self._place[cell]
        goal = self.joint.sums[[row]].toarray()[0]
        least = self._solve(goal)
        most = self._solve(-goal, sure=Wanted(row, ENDLESS, up=False))
        if least is None or most is None:
            raise ValueError("The figures released contradict each other.")
        high = float(most @ goal)
        return float(least @ goal), (math.inf if high >= ENDLESS else high)

    def unproved(self, wanted: Sequence[Wanted]) -> tuple[list[Wanted], list[Floats]]:
        """Return the bounds that the outsider improves on, and the witnesses to all others."""
        failed: list[Wanted] = []
        witnesses: list[Floats] = []
        open_ = list(wanted)
        together = True
        while open_:
            cells = self.witness(open_, None if together else open_[0])
            left = open_ if cells is None else [one for one in open_ if not one.met(cells)]
            if cells is not None:
                witnesses.append(cells)
            elif not together:
                failed.append(open_[0])
                left = open_[1:]
            together = cells is not None and len(left) < len(open_)
            open_ = left
        return failed, witnesses

    def witness(self, open_: Sequence[Wanted], sure: Wanted | None) -> Floats | None:
        """Return the cells of a table that proves as many bounds as can be.

        Parameters
        ----------
        open_
            The bounds to prove; those on the side of the first are sought.
        sure
            One that must be proved; None: as many as can be.

        Returns
        -------
        array or None
            The cells, in the order of the joint system; None where there is no such table.
        """
        together = [one for one in open_ if one.up == open_[0].up]
        sums = self.joint.sums[[one.row for one in together]]
        size, extra = self.joint.sums.shape[1], len(together)
        if together[0].up:  # as many cells as can be reach what is wanted of them
            goal = np.concatenate([np.zeros(size), -np.ones(extra)])
            more = sparse.hstack([sums, -sparse.eye_array(extra)], format="csr")
            ends = np.asarray([one.value for one in together])
            found = self._solve(goal, more=more, ends=ends, sure=sure, gap=GOOD_ENOUGH)
        else:
            goal = np.asarray(sums.sum(axis=0), dtype=np.float64).ravel()
            found = self._solve(goal, sure=sure, gap=GOOD_ENOUGH)
        return None if found is None else self.joint.sums @ found

    def _solve(
        self,
        goal: Floats,
        *,
        more: sparse.csr_array | None = None,
        ends: Floats | None = None,
        sure: Wanted | None = None,
        gap: float = 0.0,
    ) -> Floats | None:
        """Return whole people in each class that fit everything, least in `goal`; or None."""
        size, extra = self.joint.sums.shape[1], 0 if more is None else more.shape[0]
        matrix, low, high = self._matrix, self._low, self._high
        if sure is not None:
            matrix = sparse.vstack([matrix, self.joint.sums[[sure.row]]], format="csr")
            low = np.append(low, sure.value if sure.up else -math.inf)
            high = np.append(high, math.inf if sure.up else sure.value)
        top = np.full(size, math.inf)
        if more is not None and ends is not None:
            wide = sparse.csr_array((matrix.shape[0], extra))
            matrix = sparse.vstack([sparse.hstack([matrix, wide]), more], format="csr")
            low = np.concatenate([low, np.zeros(extra)])
            high = np.concatenate([high, np.full(extra, math.inf)])
            top = np.concatenate([top, ends])
        programme = _Programme(goal, matrix, low, high, top, size)
        free = np.zeros(size), np.full(size, math.inf)
        parts = programme.solved(*free, whole=False, gap=gap)
        if parts is None or (found := programme.rounded(parts)) is not None:
            return None if parts is None else found
        for width in AROUND if gap > 0 else ():  # any table proves it: look close by first
            close = np.maximum(np.floor(parts) - width, 0)[:size], np.ceil(parts)[:size] + width
            near = programme.solved(*close, whole=True, gap=gap)
            if near is not None and (found := programme.rounded(near)) is not None:
                return found
        best = programme.solved(*free, whole=True, gap=gap)
        return None if best is None else programme.rounded(best)


@dataclass(frozen=True)
class _Programme:
    """One question to the solver: people in each class, and what helps to count them."""

    goal: Floats
    matrix: sparse.csr_array
    low: Floats
    high: Floats
    top: Floats
    size: int

    def solved(self, least: Floats, most: Floats, *, whole: bool, gap: float) -> Floats | None:
        """Return the best people in each class between two bounds, or None: there are none."""
        extra = len(self.goal) - self.size
        result = optimize.milp(
            self.goal,
            integrality=np.concatenate([np.full(self.size, float(whole)), np.zeros(extra)]),
            bounds=optimize.Bounds(
                np.concatenate([least, np.zeros(extra)]),
                np.concatenate([most, self.top[self.size :]]),
            ),
            constraints=optimize.LinearConstraint(self.matrix, self.low, self.high),
            options={"time_limit": SECONDS, "mip_rel_gap": gap},
        )
        return None if result.x is None else np.asarray(result.x, dtype=np.float64)

    def rounded(self, found: Floats) -> Floats | None:
        """Return whole people in each class, or None where they do not fit what was released."""
        people = np.round(found[: self.size])
        sums = self.matrix @ np.concatenate([people, found[self.size :]])
        fits = np.all(sums >= self.low - NEARLY) and np.all(sums <= self.high + NEARLY)
        return people if fits else None
