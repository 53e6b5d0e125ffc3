"""How confident people are in each finding, and the trail that it rests on.

The four components are those of GRADE-CERQual (Lewin and others 2018,
doi:10.1186/s13012-017-0688-3). People judge; nothing here computes a judgement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.learn.plain import records
from mobilise.learn.synthesis.told import project_of

if TYPE_CHECKING:
    from mobilise.learn.evidence import Evidence

COMPONENTS = {
    "limitations": "Methodological limitations",
    "coherence": "Coherence",
    "adequacy": "Adequacy of data",
    "relevance": "Relevance",
}
CONCERNS = ("none", "minor", "moderate", "serious")
LEVELS = ("high", "moderate", "low", "very low")


def judgement_faults(evidence: Evidence) -> list[str]:
    """Return what is missing from or wrong with the findings' judgements, a sentence each."""
    trails = evidence.table("finding_extracts")
    resting = set(trails.loc[~trails["against"].astype(bool), "finding_id"])
    faults = []
    for row in records(evidence.table("findings")):
        where = f"findings '{row['finding_id']}'"
        if row["finding_id"] not in resting:
            faults.append(f"{where}: it rests on no extract; link some in finding_extracts.")
        for column, allowed in {
            **dict.fromkeys(COMPONENTS, CONCERNS),
            "confidence": LEVELS,
        }.items():
            if row[column] is None:
                continue
            if row[column] not in allowed:
                faults.append(
                    f"{where}: '{column}' is '{row[column]}'; it must be one of "
                    f"{', '.join(allowed)}."
                )
            if row[f"{column}_why"] is None:
                faults.append(f"{where}: '{column}' is judged without a reason; give one.")
        if row["confidence"] is not None and any(row[c] is None for c in COMPONENTS):
            faults.append(f"{where}: confidence is given before all four components are judged.")
    return faults


def trail(evidence: Evidence) -> pd.DataFrame:
    """Return the evidence trail of every finding.

    Returns
    -------
    DataFrame
        ``finding_id, against, extract_id, document_id, document, start, end, text, output_id,
        project_id, project, phase``, in the order of findings, then of projects.
    """
    documents = evidence.table("documents")
    projects = evidence.table("projects")[["project_id", "title", "phase"]]
    extracts = evidence.table("extracts")[["extract_id", "document_id", "start", "end", "text"]]
    named = documents[["document_id", "title", "output_id"]]
    table = (
        evidence.table("finding_extracts")
        .merge(evidence.table("findings")[["finding_id", "order"]], on="finding_id")
        .merge(extracts, on="extract_id")
        .merge(named.rename(columns={"title": "document"}), on="document_id")
        .merge(project_of(documents), on="document_id")
        .merge(projects.rename(columns={"title": "project"}), on="project_id", how="left")
    )
    order = ["order", "finding_id", "against", "project_id", "document_id", "start"]
    table = table.sort_values(order).reset_index(drop=True)
    return pd.DataFrame(table.drop(columns="order"))
