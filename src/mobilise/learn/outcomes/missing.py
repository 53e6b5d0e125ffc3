"""Missing follow-up: who was lost, and how far that could move the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import Flags, Floats, measured
from mobilise.gaps.sentences import number, places_for
from mobilise.learn.estimates import Estimate, estimated, undefined_estimate
from mobilise.learn.outcomes.change import AFTER, NOT_CAUSE, mean_change, pairs
from mobilise.learn.outcomes.scales import scale_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Measured

_FEWEST_A_FEATURE = 5


@dataclass(frozen=True)
class FollowUp:
    """What is known of people who were measured before, with and without an answer after.

    Parameters
    ----------
    asked, answered
        People measured before; of them with a value after.
    complete
        Mean change of those who answered.
    weighted
        The same, those who answered weighted to look like all (no value without features).
    unchanged
        Mean change if nobody who is missing changed.
    worst, best
        Mean change if all who are missing ended at the bad or good end of the scale.
    difference_before
        Mean before of those lost less that of those who answered.
    sentence
        What it comes to.
    """

    asked: int
    answered: int
    complete: Estimate
    weighted: Estimate
    unchanged: Estimate
    worst: Estimate
    best: Estimate
    difference_before: Estimate
    sentence: str


def follow_up(
    before: ArrayLike,
    after: ArrayLike,
    *,
    scale: str,
    features: ArrayLike | None = None,
    confidence: float = 0.95,
) -> FollowUp:
    """Return the mean change with its bounds for those who did not answer again.

    Parameters
    ----------
    before, after
        Shape (n,) on the scale; people without a value before are left out.
    scale
        Key of the scale, which says where its ends are.
    features
        Shape (n, m), known for all: what may go with answering; the value before is
        always among them.
    confidence
        Of the intervals.

    Returns
    -------
    FollowUp

    Raises
    ------
    InputError
        A value is outside the scale, or fewer than three people answered.

    Notes
    -----
    Bounds after Manski (1990): they assume nothing, and the truth of these people lies
    between them. Weighting (Seaman & White 2013, 10.1177/0962280210395740) assumes that
    answering hangs on the features alone.
    """
    found = scale_of(scale)
    about = measured(found.name, found.unit, found.higher, confidence)
    start, end = pairs(found.check(before, "before"), found.check(after, "after"))
    known = ~np.isnan(start)
    start, end = start[known], end[known]
    there = ~np.isnan(end)
    if there.sum() < 3:
        raise InputError(f"{int(there.sum())} people have a value after: three are needed.")
    given = None if features is None else np.asarray(features, dtype=float)[known]
    said = {"confidence": confidence, "of": found.name, "unit": found.unit, "higher": found.higher}
    bad, good = (found.lowest, found.highest)[:: 1 if found.higher == "better" else -1]
    filled = [
        _filled(start, end, value, name, about)
        for name, value in (
            ("change_if_unchanged", start),
            ("change_if_worst", bad),
            ("change_if_best", good),
        )
    ]
    complete = mean_change(start, end, **said)  # type: ignore[arg-type]
    weighted = _weighted(start, end, given, about)
    return FollowUp(
        asked=len(start), answered=int(there.sum()), complete=complete, weighted=weighted,
        unchanged=filled[0], worst=filled[1], best=filled[2],
        difference_before=_difference(start, there, about),
        sentence=_sentence(int(there.sum()), len(start), filled, about),
    )  # fmt: skip


def _filled(
    start: Floats, end: Floats, value: Floats | float, name: str, about: Measured
) -> Estimate:
    whole = np.where(np.isnan(end), value, end) - start
    lost = int(np.isnan(end).sum())
    what = {
        "change_if_unchanged": "had not changed",
        "change_if_worst": "had ended at the bad end of the scale",
        "change_if_best": "had ended at the good end of the scale",
    }[name]
    return estimated(
        name, float(whole.mean()), float(whole.std(ddof=1) / np.sqrt(len(whole))), about,
        n=len(whole), df=float(len(whole) - 1), than=AFTER,
        method=f"As if the {lost} people without a second answer {what}.",
        assumptions=(NOT_CAUSE,),
    )  # fmt: skip


def _weighted(start: Floats, end: Floats, features: Floats | None, about: Measured) -> Estimate:
    """Weight those who answered by one over their chance to answer."""
    from mobilise.learn.causes.weighting import propensity  # noqa: PLC0415  (imports statsmodels)

    there = ~np.isnan(end)
    columns = [start] if features is None else [start, features]
    X = np.column_stack(columns)
    X = X[:, X.std(axis=0) > 0]
    method = (
        f"Answers weighted by the inverse of the chance to answer, on {X.shape[1]} "
        f"feature{'s' if X.shape[1] > 1 else ''} (the value before is one); "
        "errors take the weights as known."
    )
    lost = int((~there).sum())
    if lost == 0:
        return estimated_change(start, end, np.ones(len(start)), about, "Nobody is missing.")
    if X.shape[1] == 0 or min(lost, int(there.sum())) < max(2, _FEWEST_A_FEATURE * X.shape[1]):
        why = f"{lost} of {len(start)} people lost: too few to tell what goes with answering"
        return undefined_estimate("change_weighted", about, n=len(start), method=method, why=why)
    try:
        chance = propensity(there.astype(float), X)
    except InputError as error:
        return undefined_estimate(
            "change_weighted", about, n=len(start), method=method, why=str(error)
        )
    return estimated_change(start[there], end[there], 1 / chance[there], about, method)


def estimated_change(
    start: Floats, end: Floats, w: Floats, about: Measured, method: str
) -> Estimate:
    """Return a weighted mean change, its error by linearisation with the weights as known."""
    change, n = end - start, len(start)
    mean = float(w @ change / w.sum())
    influence = w * (change - mean) / w.sum()
    se = float(np.sqrt(influence @ influence * n / (n - 1)))
    return estimated(
        "change_weighted", mean, se, about, n=n, df=float(n - 1), method=method, than=AFTER,
        assumptions=(NOT_CAUSE, "Whether somebody answers hangs on these features alone."),
    )  # fmt: skip


def _difference(start: Floats, there: Flags, about: Measured) -> Estimate:
    lost, kept = start[~there], start[there]
    if len(lost) < 2 or len(kept) < 2:
        why = f"{len(lost)} people were lost"
        return undefined_estimate(
            "lost_less_kept_before", about, n=len(start), method="Difference before", why=why
        )
    parts = [lost.var(ddof=1) / len(lost), kept.var(ddof=1) / len(kept)]
    total = sum(parts)
    if total == 0:
        why = "everybody had the same value before"
        return undefined_estimate(
            "lost_less_kept_before", about, n=len(start), method="Difference before", why=why
        )
    df = total**2 / sum(v**2 / (len(g) - 1) for v, g in zip(parts, (lost, kept), strict=True))
    return estimated(
        "lost_less_kept_before", float(lost.mean() - kept.mean()), float(np.sqrt(total)), about,
        n=len(start), df=float(df), method="Before, those lost less those kept (Welch).",
    )  # fmt: skip


def _sentence(answered: int, asked: int, filled: list[Estimate], about: Measured) -> str:
    if answered == asked:
        return f"All {asked} people answered again."
    unchanged, worst, best = (e.value or 0.0 for e in filled)
    places = places_for(worst, best)
    both = sorted((worst, best))
    same = both[0] > 0 or both[1] < 0
    return (
        f"{asked - answered} of {asked} people ({100 * (1 - answered / asked):.0f}%) did not "
        f"answer again. Whatever happened to them, the mean change of all lies between "
        f"{number(both[0], places)} and {number(both[1], places)} {about.unit}"
        f" ({number(unchanged, places)} if they had not changed): "
        + ("its direction does not hang on them." if same else "its direction hangs on them.")
    )
