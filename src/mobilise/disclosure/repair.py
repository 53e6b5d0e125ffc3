"""Secondary suppression: which further figures to keep back, so that a bound holds.

A linear programme: let the figures shown give way, each at a price that grows with what it tells,
until the cell that gave too much away can be what it must be able to be. The figures that gave way
are kept back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, sparse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from mobilise.disclosure.cells import Cell
    from mobilise.disclosure.intruder import Wanted
    from mobilise.disclosure.joint import Joint
    from mobilise.disclosure.rule import Bounds

UNREACHABLE = 1e5  # the price of missing the bound: paid only where nothing else can be
NEARLY = 1e-6
SECONDS = 30.0
GOOD_ENOUGH = 0.02


@dataclass(frozen=True)
class Repair:
    """What to do about one bound.

    Parameters
    ----------
    keep_back
        The figures to keep back.
    missing
        By how much the bound is missed even with every figure that may give way kept back.
    """

    keep_back: tuple[Cell, ...]
    missing: float


def repair(
    joint: Joint,
    known: Mapping[Cell, Bounds],
    prices: Mapping[Cell, float],
    wanted: Wanted,
    low: int,
    *,
    whole: bool,
) -> Repair:
    """Return the figures to keep back so that a bound holds.

    Parameters
    ----------
    joint, known
        As the intruder has them.
    prices
        Of the figures that may give way, for each person that they are off.
    wanted
        The bound.
    low
        The least that a figure kept back can be.
    whole
        Whether people are whole (slower; needed where fractions of them would do).
    """
    soft = [cell for cell in known if cell in prices]
    size, extra = joint.sums.shape[1], len(soft)
    price = np.asarray([prices[cell] for cell in soft])
    result = optimize.milp(
        np.concatenate([np.zeros(size), price, price, [UNREACHABLE]]),
        integrality=np.concatenate([np.full(size, float(whole)), np.zeros(2 * extra + 1)]),
        bounds=optimize.Bounds(0, math.inf),
        constraints=_constraints(joint, known, soft, wanted, low),
        options={"time_limit": SECONDS, "mip_rel_gap": GOOD_ENOUGH},
    )
    if result.x is None:
        return Repair((), 0.0)
    over, under = result.x[size : size + extra], result.x[size + extra : size + 2 * extra]
    gave_way = tuple(cell for cell, off in zip(soft, over + under, strict=True) if off > NEARLY)
    missing = float(result.x[-1])
    return Repair(gave_way, missing if missing > NEARLY else 0.0)


def _constraints(
    joint: Joint, known: Mapping[Cell, Bounds], soft: Sequence[Cell], wanted: Wanted, low: int
) -> optimize.LinearConstraint:
    """Return the programme; unknowns: people, each soft figure's excess and want, the miss."""
    rows = {cell: row for row, cell in enumerate(joint.cells)}
    given = set(soft)
    firm = [cell for cell in known if cell not in given]
    firm_sums = joint.sums[[rows[cell] for cell in firm]]
    soft_sums = joint.sums[[rows[cell] for cell in soft]]
    slack = sparse.eye_array(len(soft))
    miss = sparse.csr_array([[1.0 if wanted.up else -1.0]])
    matrix: sparse.csr_array[np.float64] = sparse.block_array(
        [
            [joint.agreement, None, None, None],
            [firm_sums, None, None, None],
            [soft_sums, -slack, slack, None],
            [soft_sums, None, None, None],
            [joint.sums[[wanted.row]], None, None, miss],
        ],
        format="csr",
    )
    ends = [
        np.zeros((joint.agreement.shape[0], 2)),
        _told(known, firm),
        _told(known, soft),
        np.tile([low, math.inf], (len(soft), 1)),  # kept back, they would still not be 0
        np.asarray([[wanted.value, math.inf] if wanted.up else [-math.inf, wanted.value]]),
    ]
    told = np.concatenate(ends)
    return optimize.LinearConstraint(matrix, told[:, 0], told[:, 1])


def _told(known: Mapping[Cell, Bounds], cells: Sequence[Cell]) -> NDArray[np.float64]:
    return np.asarray([known[cell] for cell in cells], dtype=np.float64).reshape(-1, 2)
