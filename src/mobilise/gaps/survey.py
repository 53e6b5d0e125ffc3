"""Errors of a survey with strata and clusters, by linearisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.gaps.checks import Flags, Floats


@dataclass(frozen=True)
class Survey:
    """How people were drawn.

    Parameters
    ----------
    cluster
        The primary sampling unit of each person, or None: each their own.
    stratum
        The stratum of each person, or None: one. Clusters are named within strata.
    """

    cluster: NDArray[np.generic] | None = None
    stratum: NDArray[np.generic] | None = None

    def rows(self, kept: Flags) -> Survey:
        """Return the design of the rows that are kept."""
        return Survey(
            None if self.cluster is None else np.asarray(self.cluster)[kept],
            None if self.stratum is None else np.asarray(self.stratum)[kept],
        )


def sandwich(scores: Floats, bread: Floats, survey: Survey) -> Floats:
    """Return the covariance of coefficients from the scores of each person.

    Parameters
    ----------
    scores
        Weighted estimating functions, shape (people, coefficients).
    bread
        Inverse of their derivative, shape (coefficients, coefficients).
    survey
        The design. A stratum with one cluster is centred on the mean of all clusters.

    Notes
    -----
    Binder 1983, doi:10.2307/1402588, as R's survey package has it with its option
    ``survey.lonely.psu = "adjust"``.
    """
    people = len(scores)
    stratum = np.zeros(people) if survey.stratum is None else survey.stratum
    cluster = np.arange(people) if survey.cluster is None else survey.cluster
    columns = list(range(scores.shape[1]))
    frame = pd.DataFrame(scores, columns=columns).assign(stratum=stratum, cluster=cluster)
    totals = frame.groupby(["stratum", "cluster"], sort=True)[columns].sum()
    by = totals.groupby(level="stratum")
    size = by[0].transform("size").to_numpy()
    alone = size == 1
    middle = by.transform("mean").to_numpy(copy=True)
    middle[alone] = totals.to_numpy().mean(axis=0)
    scale = np.where(alone, 1.0, size / np.maximum(size - 1, 1))
    centred = (totals.to_numpy() - middle) * np.sqrt(scale)[:, None]
    covariance: Floats = bread @ (centred.T @ centred) @ bread
    return covariance
