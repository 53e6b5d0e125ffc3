"""Before and after: how much people changed, and how many by as much as matters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, same_length, z_of
from mobilise.learn.estimates import Estimate, estimated, undefined_estimate

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Measured

Way: TypeAlias = Literal["better", "worse"]
NOT_CAUSE = (
    "People may have changed without it: those who come at a low point tend to rise by "
    "themselves (regression to the mean). Only a comparison can tell."
)
AFTER = "after than before"
ANSWERED = "Those who answered again are like those who did not."


def mean_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    confidence: float = 0.95,
    of: str = "the score",
    unit: str = "points",
    higher: str = "better",
) -> Estimate:
    """Return the mean change of people measured twice, with its paired t interval.

    Parameters
    ----------
    before, after
        Shape (n,); people with one of them missing are left out and counted.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    Estimate
        ``mean_change``, after minus before; no value with fewer than two people.

    Examples
    --------
    >>> mean_change([20, 22, 19, 21], [23, 24, 22, 24], of="wellbeing").sentence
    'Wellbeing is 2.8 points higher after than before (95% interval 2.0 to 3.5): better for people.'
    """
    about = measured(of, unit, higher, confidence)
    start, end = pairs(before, after)
    both = ~np.isnan(start) & ~np.isnan(end)
    change = (end - start)[both]
    n, asked = len(change), int((~np.isnan(start)).sum())
    method = f"Paired: after minus before, {n} of {asked} people with both."
    if n < 2:
        why = f"{n} people have both values"
        return undefined_estimate("mean_change", about, n=n, method=method, why=why)
    missing = () if n == asked else (ANSWERED,)
    return estimated(
        "mean_change", float(change.mean()), float(change.std(ddof=1) / np.sqrt(n)), about, n=n,
        method=method, assumptions=(NOT_CAUSE, *missing), df=float(n - 1), than=AFTER,
    )  # fmt: skip


def share_changed(
    before: ArrayLike,
    after: ArrayLike,
    *,
    threshold: float,
    way: Way = "better",
    threshold_said: str = "",
    confidence: float = 0.95,
    of: str = "the score",
    unit: str = "points",
    higher: str = "better",
) -> Estimate:
    """Return the share of people who changed by `threshold` or more, with Wilson's interval.

    Parameters
    ----------
    before, after
        Shape (n,).
    threshold
        In `unit`, above 0; half a standard deviation before, say, where none is agreed.
    way
        ``better`` or ``worse``: which change is counted.
    threshold_said
        Where the threshold comes from, for the method.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    Estimate
        ``share_better`` or ``share_worse``, in per cent.
    """
    about = measured(of, unit, higher, confidence)
    if not threshold > 0:
        raise InputError(f"'threshold' is {threshold:g}: give a change above 0.")
    start, end = pairs(before, after)
    change = (end - start)[~np.isnan(start) & ~np.isnan(end)]
    missing = () if len(change) == (~np.isnan(start)).sum() else (ANSWERED,)
    sign = 1.0 if (higher == "better") == (way == "better") else -1.0
    count, n = int((sign * change >= threshold - 1e-9).sum()), len(change)
    source = f" ({threshold_said})" if threshold_said else ""
    method = (
        f"Share of the {n} people with both values who got {way} by {threshold:g} {unit} or "
        f"more{source}; Wilson's interval."
    )
    if n == 0:
        why = "nobody has both values"
        return undefined_estimate(f"share_{way}", about, n=0, method=method, why=why, unit="%")
    share, low, high = wilson(count, n, confidence)
    return Estimate(
        statistic=f"share_{way}", of=about.of, value=100 * share, se=None, lower=100 * low,
        upper=100 * high, confidence=confidence, n=n, unit="%", higher=about.higher, method=method,
        assumptions=(NOT_CAUSE, *missing),
        sentence=_said(count, n, (low, high), about, threshold, way),
    )  # fmt: skip


def wilson(count: float, n: float, confidence: float) -> tuple[float, float, float]:
    """Return a share with Wilson's limits (1927, 10.1080/01621459.1927.10502953)."""
    z, p = z_of(confidence), count / n
    middle, spread = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return p, max(0.0, float((middle - spread) / scale)), min(1.0, float((middle + spread) / scale))


def pairs(before: ArrayLike, after: ArrayLike) -> tuple[Floats, Floats]:
    """Return both as floats of one length, missing as NaN."""
    start, end = numbers(before, "before"), numbers(after, "after")
    same_length(end, "after", len(start))
    return start, end


def _said(
    count: int, n: int, limits: tuple[float, float], about: Measured, threshold: float, way: Way
) -> str:
    low, high = (f"{100 * limit:.0f}" for limit in limits)
    return (
        f"{count} of {n} people ({100 * count / n:.0f}%, {100 * about.confidence:g}% interval "
        f"{low} to {high}) got {way} in {about.of} by {threshold:g} {about.unit} or more."
    )
