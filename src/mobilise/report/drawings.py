"""Figures as files of their own: the picture as SVG, and the table behind it as CSV."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from mobilise.place import replacing
from mobilise.report.model import Figure, Table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mobilise.report.model import Block


def write_figures(folder: Path, blocks: Iterable[Block]) -> list[Path]:
    """Write the figures and tables among blocks, and return the files.

    Parameters
    ----------
    folder
        Where to; made if need be.
    blocks
        Of a report; others than figures and tables are passed over.
    """
    written = []
    for block in blocks:
        if isinstance(block, Figure):
            written.append(_write(folder / f"{_name(block.id)}.svg", block.svg))
        table = block.table if isinstance(block, Figure) else block
        if isinstance(table, Table):
            written.append(_write(folder / f"{_name(table.id)}.csv", _csv(table)))
    return written


def _name(id_: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", id_).strip(".-") or "figure"


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.label for column in table.columns])
    for row in table.rows:
        writer.writerow([cell if isinstance(cell, str) else cell.text for cell in row])
    return text.getvalue()


def _write(path: Path, text: str) -> Path:
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")
    return path
