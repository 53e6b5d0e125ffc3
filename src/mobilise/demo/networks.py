"""The town's primary care networks, as the NHS lists their members; both are invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.demo.names import lists
from mobilise.directory.networks import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

BOARD = ("ZZZ", "INVENTED BOARD")
SIDES = ("West", "East")


def network_list(practices: pd.DataFrame) -> pd.DataFrame:
    """Return who belongs to which network: those west and those east of the middle practice.

    Parameters
    ----------
    practices
        ``code``, ``name`` and ``longitude``.

    Returns
    -------
    DataFrame
        With the columns of the NHS' ``epcncorepartnerdetails.csv``.
    """
    ordered = practices.sort_values(["longitude", "code"])
    half = -(-len(ordered) // 2)
    sides = [SIDES[at >= half] for at in range(len(ordered))]
    rows: list[Sequence[str]] = [
        (
            str(one.code),
            str(one.name),
            *BOARD,
            f"ZZ{SIDES.index(side) + 1:04d}",
            f"{lists()['town']} {side} Primary Care Network (invented)",
            *BOARD,
            "20250401",
            "",
            "1",
        )
        for one, side in zip(ordered.itertuples(), sides, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))
