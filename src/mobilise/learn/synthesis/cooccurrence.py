"""Which codes are told together."""

from __future__ import annotations

import pandas as pd


def together(told: pd.DataFrame, within: str = "document_id") -> pd.DataFrame:
    """Return the pairs of codes that occur together, and in how many projects.

    Parameters
    ----------
    told
        From :func:`mobilise.learn.synthesis.told`.
    within
        ``extract_id`` or ``document_id``: what two codes must share.

    Returns
    -------
    DataFrame
        ``first, first_name, second, second_name, projects, jaccard``, most projects first;
        `jaccard` is the projects with the pair over those with either code.
    """
    known = told.dropna(subset="project_id")
    once = known[[within, "project_id", "code_id", "code"]].drop_duplicates([within, "code_id"])
    pairs = once.merge(once[[within, "code_id", "code"]], on=within, suffixes=("", "_2"))
    pairs = pairs[pairs["code_id"] < pairs["code_id_2"]]
    keys = {
        "code_id": "first",
        "code": "first_name",
        "code_id_2": "second",
        "code_2": "second_name",
    }
    if not len(pairs):
        return pd.DataFrame(columns=[*keys.values(), "projects", "jaccard"])
    grouped = pairs.groupby(list(keys), sort=True)["project_id"].nunique()
    table = grouped.rename("projects").reset_index().rename(columns=keys)
    alone = known.groupby("code_id")["project_id"].nunique()
    either = table["first"].map(alone) + table["second"].map(alone) - _shared(known, table)
    table["jaccard"] = _shared(known, table) / either
    order = ["projects", "jaccard", "first", "second"]
    ordered = table.sort_values(order, ascending=[False, False, True, True])
    return pd.DataFrame(ordered.reset_index(drop=True))


def _shared(known: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series[int]:
    """Return how many projects tell both codes of each pair, together or apart."""
    told_in = known.groupby("code_id")["project_id"].agg(frozenset)
    both = [
        len(told_in[one] & told_in[other])
        for one, other in zip(pairs["first"], pairs["second"], strict=True)
    ]
    return pd.Series(both, index=pairs.index, dtype="int64")
