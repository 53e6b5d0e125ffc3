"""The framework matrix: themes by projects (or phases, settings), with what is behind each cell.

The framework method: Gale and others 2013, doi:10.1186/1471-2288-13-117.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from mobilise.errors import InputError, suggestion

ROWS = ("theme", "domain", "code", "sort")
COLUMNS = ("project_id", "phase", "setting", "document_id")


@dataclass(frozen=True)
class Matrix:
    """A framework matrix.

    Parameters
    ----------
    rows, columns
        What its rows and columns are.
    counts
        How many extracts are in each cell, shape (rows, columns).
    projects
        For each row, in how many projects it was told: a project that says a thing ten times
        counts once.
    """

    rows: str
    columns: str
    counts: pd.DataFrame
    projects: pd.Series[Any]
    _told: pd.DataFrame

    def cell(self, row: object, column: object) -> pd.DataFrame:
        """Return the extracts behind a cell: ``extract_id, document_id, code, text``."""
        told = self._told
        here = told[(told[self.rows] == row) & (told[self.columns] == column)]
        return here[["extract_id", "document_id", "code", "text"]].drop_duplicates(
            ["extract_id", "code"]
        )


def framework_matrix(
    told: pd.DataFrame, rows: str = "theme", columns: str = "project_id"
) -> Matrix:
    """Return the framework matrix.

    Parameters
    ----------
    told
        From :func:`mobilise.learn.synthesis.told`.
    rows
        ``theme``, ``domain`` (of CFIR 2022), ``code`` or ``sort``.
    columns
        ``project_id``, ``phase``, ``setting`` or ``document_id``.

    Raises
    ------
    InputError
        There are no such rows or columns.
    """
    if rows not in ROWS:
        raise InputError(f"A matrix has no rows '{rows}'{suggestion(rows, ROWS)}")
    if columns not in COLUMNS:
        raise InputError(f"A matrix has no columns '{columns}'{suggestion(columns, COLUMNS)}")
    known = told.dropna(subset=[rows, columns])
    once = known.drop_duplicates([rows, columns, "extract_id"])
    counts = pd.crosstab(once[rows], once[columns])
    projects = known.dropna(subset="project_id").groupby(rows)["project_id"].nunique()
    return Matrix(rows, columns, counts, projects.reindex(counts.index, fill_value=0), known)
