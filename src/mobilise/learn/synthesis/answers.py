"""Which enablers answer which barriers: as people linked them, or told them in one breath."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from mobilise.learn.evidence import Evidence

ANSWERS = "answers"


def answered(evidence: Evidence, told: pd.DataFrame) -> pd.DataFrame:
    """Return each barrier with the enablers that answer it.

    Parameters
    ----------
    evidence
        For the links named ``answers``, from an extract about an enabler to one about a
        barrier.
    told
        From :func:`mobilise.learn.synthesis.told`.

    Returns
    -------
    DataFrame
        ``barrier_id, barrier, enabler_id, enabler, linked, alongside``: in how many projects a
        person linked the two, and in how many both were told in the same extract without a
        link. `alongside` is a lead to follow, and no evidence that one answers the other.
    """
    told = told.dropna(subset="project_id")
    sides = {
        sort: told.loc[told["sort"] == sort, ["extract_id", "project_id", "code_id", "code"]]
        for sort in ("barrier", "enabler")
    }
    barriers = sides["barrier"].rename(columns={"code_id": "barrier_id", "code": "barrier"})
    enablers = sides["enabler"].rename(columns={"code_id": "enabler_id", "code": "enabler"})
    links = evidence.table("links")
    links = links.loc[links["name"] == ANSWERS, ["from_id", "to_id"]].drop_duplicates()
    linked = (
        links.merge(enablers.drop(columns="project_id"), left_on="from_id", right_on="extract_id")
        .drop(columns="extract_id")
        .merge(barriers, left_on="to_id", right_on="extract_id")
        .assign(how="linked")
    )
    alongside = enablers.drop(columns="project_id").merge(barriers, on="extract_id")
    both = pd.concat([linked, alongside.assign(how="alongside")], ignore_index=True)
    keys = ["barrier_id", "barrier", "enabler_id", "enabler"]
    if not len(both):
        return pd.DataFrame(columns=[*keys, "linked", "alongside"])
    # A project where the two are linked is not counted again as one that tells them alongside.
    once = both.sort_values("how", ascending=False).drop_duplicates([*keys, "project_id"]).copy()
    for how in ("linked", "alongside"):
        once[how] = (once["how"] == how).astype("int64")
    counts = once.groupby(keys, sort=True)[["linked", "alongside"]].sum().reset_index()
    order = ["linked", "alongside", "barrier_id", "enabler_id"]
    counts = counts.sort_values(order, ascending=[False, False, True, True])
    return pd.DataFrame(counts[[*keys, "linked", "alongside"]].reset_index(drop=True))
