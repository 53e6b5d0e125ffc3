"""What do the projects say together? A pooled effect, what parts them, and what may be missing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import measured, numbers
from mobilise.learn import meta
from mobilise.learn.analyses.table import figure
from mobilise.learn.estimates import t_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from mobilise.gaps.checks import Floats
    from mobilise.gaps.records import Measured
    from mobilise.learn.estimates import Estimate
    from mobilise.learn.meta.heterogeneity import Method
    from mobilise.learn.meta.pooling import Test

FEWEST = 3  # studies for what is missing and for leaving one out


def pooled(
    table: pd.DataFrame,
    *,
    method: Method = "REML",
    test: Test = "hartung-knapp",
    moderators: Sequence[str] = (),
    of: str = "the effect",
    unit: str = "",
    higher: str = "better",
    confidence: float = 0.95,
) -> list[Estimate]:
    """Return the studies, the pooled effect and its doubts.

    Parameters
    ----------
    table
        One row a study: ``study`` (name), ``effect``, and ``se`` or ``lower`` and ``upper``
        (95% limits).
    method, test
        As for :func:`mobilise.learn.meta.pool`.
    moderators
        Columns of numbers that may part the studies.
    of, unit, higher, confidence
        What the effects are on; confidence of intervals.

    Returns
    -------
    list of Estimate
        Pooled effect first; then prediction, variance between studies, the studies
        themselves, Egger's test, the pooled effect without each, and moderators.

    Raises
    ------
    InputError
        A column or a value is missing.
    """
    names, y, se = _studies(table)
    about = measured(of, unit, higher, confidence)
    said: dict[str, Any] = {"method": method, "test": test, "confidence": confidence, "of": of,
                            "unit": unit, "higher": higher}  # fmt: skip
    found = meta.pool(y, se**2, **said)
    rows = [found.estimate, *_spread(found, about), *_each(names, y, se, about)]
    if len(y) >= FEWEST:
        if np.ptp(se) > 0:
            rows.append(replace(meta.egger_test(y, se**2, confidence=confidence), of=of))
        for name, one in zip(names, meta.leave_one_out(y, se**2, **said), strict=True):
            rows.append(replace(one.estimate, statistic="pooled_without").at("study", name))
    if moderators:
        rows += _moderated(table, y, se, moderators, said)
    return rows


def _studies(table: pd.DataFrame) -> tuple[list[str], Floats, Floats]:
    for name in ("study", "effect"):
        if name not in table:
            raise InputError(f"There is no column '{name}'{suggestion(name, table.columns)}")
    names = [str(name) for name in table["study"]]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise InputError(f"The study '{twice}' is there twice: name each differently.")
    y = numbers(table["effect"], "effect")
    if "se" in table:
        return names, y, numbers(table["se"], "se")
    if not {"lower", "upper"} <= set(table.columns):
        raise InputError("Give each study its 'se', or 'lower' and 'upper' (95% limits).")
    low, high = numbers(table["lower"], "lower"), numbers(table["upper"], "upper")
    wrong = (low > y) | (high < y)
    if wrong.any():
        raise InputError(f"The effect of '{names[int(wrong.argmax())]}' is outside its limits.")
    return names, y, (high - low) / (2 * t_of(0.95, float("inf")))


def _spread(found: meta.Pooled, about: Measured) -> list[Estimate]:
    k, how = found.estimate.n, found.estimate.method
    limits = found.tau2_limits or (None, None)
    spread = f"a standard deviation of {found.tau2**0.5:.2g} {about.unit}".rstrip()
    if found.tau2_limits:
        low, high = (limit**0.5 for limit in found.tau2_limits)
        spread += f" ({about.confidence * 100:g}% interval {low:.2g} to {high:.2g})"
    between = figure(
        "tau2", found.tau2, about, n=k, unit="squared units", method=how,
        sentence=f"The true effects of the studies differ with {spread}.",
    )  # fmt: skip
    rows = [
        replace(between, se=found.tau2_se, lower=limits[0], upper=limits[1],
                confidence=about.confidence if found.tau2_limits else None),
        figure("i2", found.i2, about, n=k, unit="%", method=how,
               sentence=f"{found.i2:.0f}% of the variance of effects is between the studies."),
        replace(figure("q", found.q, about, n=k, unit="chi-square", method="Cochran's Q.",
                       sentence="Whether the studies differ by more than chance."), p=found.q_p),
    ]  # fmt: skip
    if found.prediction is not None:
        low, high = found.prediction
        centre = found.estimate.value or 0.0
        said = "Where the effect of a new project like these would lie."
        row = figure(
            "prediction", centre, about, n=k, unit=about.unit, method=how, sentence=said
        )  # fmt: skip
        rows.append(replace(row, lower=low, upper=high, confidence=about.confidence))
    return rows


def _each(names: list[str], y: Floats, se: Floats, about: Measured) -> list[Estimate]:
    z = t_of(about.confidence, float("inf"))
    return [
        replace(
            figure("study", y[i], about, n=1, unit=about.unit, method="As the study reports it.",
                   sentence=""),
            se=float(se[i]), lower=float(y[i] - z * se[i]), upper=float(y[i] + z * se[i]),
            confidence=about.confidence,
        ).at("study", name)
        for i, name in enumerate(names)
    ]  # fmt: skip


def _moderated(
    table: pd.DataFrame, y: Floats, se: Floats, moderators: Sequence[str], said: dict[str, Any]
) -> list[Estimate]:
    for name in moderators:
        if name not in table:
            raise InputError(f"There is no column '{name}'{suggestion(name, table.columns)}")
    X = np.column_stack([numbers(table[name], name) for name in moderators])
    if np.isnan(X).any():
        row, column = np.argwhere(np.isnan(X))[0]
        raise InputError(f"'{moderators[column]}' is missing in row {row + 1}: give every study's.")
    found = meta.meta_regression(y, se**2, X, names=moderators, **said)
    return list(found.coefficients)
