"""What may be missing, and what hangs on one study."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import measured
from mobilise.learn.estimates import Estimate, estimated
from mobilise.learn.meta.heterogeneity import Method, studies
from mobilise.learn.meta.pooling import Pooled, Test, pool

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def egger_test(effects: ArrayLike, variances: ArrayLike, *, confidence: float = 0.95) -> Estimate:
    """Return Egger's test: whether small studies find other effects than large ones.

    Parameters
    ----------
    effects, variances
        Shape (k,), k of 3 or more.
    confidence
        Of the interval.

    Returns
    -------
    Estimate
        The slope of the effect on its standard error, weighted by inverse variance; its
        `p` is that of no asymmetry.

    Raises
    ------
    InputError
        The input is wrong, there are fewer than three studies, or all are as exact.

    Notes
    -----
    Egger et al. (1997, 10.1136/bmj.315.7109.629). With fewer than ten studies the test
    says little (Sterne et al. 2011, 10.1136/bmj.d4002), and the sentence says so.
    """
    y, v, _ = studies(effects, variances)
    k = len(y)
    if k < 3:
        raise InputError("Egger's test needs three studies or more.")
    se = np.sqrt(v)
    if np.ptp(se) == 0:
        raise InputError("All studies have the same standard error: there is nothing to compare.")
    X = np.column_stack([np.ones(k), se]) / se[:, None]
    value, *_ = np.linalg.lstsq(X, y / se, rcond=None)
    residual = y / se - X @ value
    covariance = np.linalg.inv(X.T @ X) * (residual @ residual) / (k - 2)
    about = measured("the effect", "", "better", confidence)
    error = float(np.sqrt(covariance[1, 1]))
    found = estimated(
        "egger_slope", float(value[1]), error, about, n=k, df=float(k - 2),
        method="Weighted regression of the effects on their standard errors (Egger).",
        assumptions=("Without bias, small and large studies find the same effect on average.",),
        sentence=" ",
    )  # fmt: skip
    assert found.p is not None
    clear = found.p < 1 - confidence
    said = "Small studies find other effects than large ones" if clear else (
        "No clear sign that small studies find other effects than large ones"
    )  # fmt: skip
    few = "; with fewer than ten studies the test says little" if k < 10 else ""
    return replace(found, sentence=f"{said} (Egger's test, p = {found.p:.2g}){few}.")


def leave_one_out(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    method: Method = "REML",
    test: Test = "hartung-knapp",
    confidence: float = 0.95,
    of: str = "the effect",
    unit: str = "",
    higher: str = "better",
) -> list[Pooled]:
    """Return the pooled effect without each study in turn, in the order of the studies.

    Parameters
    ----------
    effects, variances
        Shape (k,), k of 3 or more.
    method, test, confidence, of, unit, higher
        As for :func:`mobilise.learn.meta.pool`.
    """
    y, v, _ = studies(effects, variances)
    if len(y) < 3:
        raise InputError("Leaving one out needs three studies or more.")
    return [
        pool(np.delete(y, i), np.delete(v, i), method=method, test=test, confidence=confidence,
             of=of, unit=unit, higher=higher)
        for i in range(len(y))
    ]  # fmt: skip
