"""The coded evidence in one long table: who said what, where, and what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from mobilise.learn.evidence import Evidence

COLUMNS = (
    "extract_id",
    "document_id",
    "project_id",
    "phase",
    "setting",
    "code_id",
    "code",
    "sort",
    "theme",
    "domain",
    "text",
)


def told(evidence: Evidence) -> pd.DataFrame:
    """Return one row for each extract and code that a person gave it.

    Parameters
    ----------
    evidence
        Where from. Suggestions do not count, and a code that two coders gave to the same
        extract counts once.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`. ``project_id`` is null where a document belongs to none; parts of
        documents count to what they are parts of.
    """
    codings = evidence.table("codings")
    given = codings.loc[
        (codings["status"] == "accepted") & codings["extract_id"].notna(),
        ["extract_id", "code_id"],
    ].drop_duplicates()
    codes = evidence.table("codes")[["code_id", "name", "sort", "theme", "domain"]]
    extracts = evidence.table("extracts")[["extract_id", "document_id", "text"]]
    projects = evidence.table("projects")[["project_id", "phase", "setting"]]
    table = (
        given.merge(codes.rename(columns={"name": "code"}), on="code_id")
        .merge(extracts, on="extract_id")
        .merge(project_of(evidence.table("documents")), on="document_id")
        .merge(projects, on="project_id", how="left")
    )
    return table[list(COLUMNS)].sort_values(["extract_id", "code_id"]).reset_index(drop=True)


def project_of(documents: pd.DataFrame) -> pd.DataFrame:
    """Return ``document_id, project_id``: a part's project is its whole's where it has none."""
    table = documents[["document_id", "part_of", "project_id"]]
    whole = table[["document_id", "project_id"]].rename(
        columns={"document_id": "part_of", "project_id": "of_whole"}
    )
    joined = table.merge(whole.dropna(subset="of_whole"), on="part_of", how="left")
    joined["project_id"] = joined["project_id"].fillna(joined["of_whole"])
    return pd.DataFrame(joined[["document_id", "project_id"]])
