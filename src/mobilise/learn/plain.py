"""Texts as they may stand in XML and in a cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LIST = "; "


def legal(text: object) -> str:
    r"""Return a text without the signs that XML 1.0 does not allow.

    Examples
    --------
    >>> legal("Hale\x00 Library 🎈")
    'Hale Library 🎈'
    """
    return _NOT_XML.sub("", str(text))


def several(cell: object) -> tuple[str, ...]:
    """Return the parts of a cell that holds a list.

    Examples
    --------
    >>> several("trust; access"), several(None)
    (('trust', 'access'), ())
    """
    if not isinstance(cell, str):
        return ()
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def said(cell: Any, otherwise: str = "") -> str:
    """Return a cell's text, or `otherwise` where it is missing."""
    return cell if isinstance(cell, str) and cell else otherwise


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dicts, with None for what is missing."""
    held = frame.astype("object").where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in held.to_dict("records")]
