"""How a table is declared: its columns, their types and units, and its key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table on disk.

    Parameters
    ----------
    name
        Its name.
    kind
        ``text``, ``number``, ``integer``, ``flag`` or ``geometry``.
    unit
        The unit of a number, or "" where the row states it.
    null
        What a missing value means; "" where none may be missing.
    says
        What the column holds, in one line.
    """

    name: str
    kind: str
    says: str
    unit: str = ""
    null: str = ""


@dataclass(frozen=True)
class Table:
    """The schema of one table: its columns, and the key its rows are sorted and unique by."""

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    more: bool = False  # further columns are kept, after the declared ones
