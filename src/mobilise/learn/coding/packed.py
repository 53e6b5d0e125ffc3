"""Rows of a table as they come in, many of them, in little memory."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mobilise.tables import empty

_MOST = 5_000  # rows that wait to be packed: as dicts they take six times what columns take


class Rows:
    """Rows of a table: the latest as they came, those before them packed into typed columns.

    Parameters
    ----------
    name
        Of the table.
    """

    def __init__(self, name: str) -> None:
        self._types: dict[str, Any] = {str(c): t for c, t in empty(name).dtypes.items()}
        self._latest: list[dict[str, Any]] = []
        self._packed: list[pd.DataFrame] = []
        self._count = 0

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._count

    def append(self, row: dict[str, Any]) -> None:
        """Add a row; what it has besides the table's columns is an error."""
        self._latest.append(row)
        self._count += 1
        if len(self._latest) >= _MOST:
            self._pack()

    def frame(self) -> pd.DataFrame:
        """Return all rows, in the order in which they came, with the columns that any has."""
        self._pack()
        if not self._packed:
            return pd.DataFrame()
        self._packed = [pd.concat(self._packed, ignore_index=True)]
        return self._packed[0]

    def _pack(self) -> None:
        if self._latest:
            frame = pd.DataFrame(self._latest)
            self._packed.append(frame.astype({str(name): self._types[str(name)] for name in frame}))
            self._latest = []
