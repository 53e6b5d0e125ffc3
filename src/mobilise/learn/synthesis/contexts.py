"""Barriers and enablers by context, in projects and not in quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.learn.plain import several

if TYPE_CHECKING:
    from mobilise.learn.evidence import Evidence

CONTEXTS = ("all", "phase", "setting", "kind", "group")


def by_context(evidence: Evidence, told: pd.DataFrame, context: str = "setting") -> pd.DataFrame:
    """Return in how many projects of each context each barrier and enabler was told.

    Parameters
    ----------
    evidence
        For the projects.
    told
        From :func:`mobilise.learn.synthesis.told`.
    context
        ``all``, ``phase``, ``setting``, ``kind`` (of asset) or ``group`` (of people). A project
        that uses several kinds counts in each of them.

    Returns
    -------
    DataFrame
        ``sort, theme, domain, code_id, code, context, projects, of_projects, extracts``:
        `of_projects` are those of the context that have any coded extract, the most that could
        have told it.

    Raises
    ------
    InputError
        There is no such context.
    """
    if context not in CONTEXTS:
        raise InputError(f"There is no context '{context}'{suggestion(context, CONTEXTS)}")
    where = _where(evidence.table("projects"), context)
    heard = told.dropna(subset="project_id").merge(where, on="project_id")
    possible = heard.groupby("context")["project_id"].nunique()
    factors = heard[heard["sort"].isin(["barrier", "enabler"])]
    keys = ["sort", "theme", "domain", "code_id", "code", "context"]
    grouped = factors.groupby(keys, sort=True, dropna=False)
    table = grouped.agg(projects=("project_id", "nunique"), extracts=("extract_id", "nunique"))
    table = table.reset_index()
    table["of_projects"] = table["context"].map(possible)
    order = ["sort", "projects", "extracts", "code_id", "context"]
    table = table.sort_values(order, ascending=[True, False, False, True, True])
    return pd.DataFrame(
        table[[*keys, "projects", "of_projects", "extracts"]].reset_index(drop=True)
    )


def _where(projects: pd.DataFrame, context: str) -> pd.DataFrame:
    """Return ``project_id, context``, a row for each context that a project is in."""
    if context == "all":
        cells = projects["project_id"].map(lambda _: ("all",))
    elif context in {"phase", "setting"}:
        known = projects[context].notna()
        said = projects[context].astype("object").where(known, "not stated")
        cells = said.map(lambda value: (str(value),))
    else:
        cells = projects[f"{context}s"].map(lambda cell: several(cell) or ("not stated",))
    table = pd.DataFrame({"project_id": projects["project_id"], "context": cells})
    return table.explode("context", ignore_index=True)
