"""Placebo tests: the design asked where nothing happened, where it must find nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import measured
from mobilise.learn.causes.differences import ONE_EFFECT, difference_in_differences, two_way
from mobilise.learn.causes.panels import grid, panel_of, starts
from mobilise.learn.estimates import Estimate, undefined_estimate

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.gaps.checks import Floats
    from mobilise.learn.causes.leastsquares import Errors


def placebo_periods(
    table: pd.DataFrame,
    *,
    earlier: float = 1.0,
    unit: str = "area_id",
    time: str = "time",
    outcome: str = "outcome",
    treated: str = "treated",
    errors: Errors = "CR2",
    confidence: float = 0.95,
    of: str = "the outcome",
    unit_of_outcome: str = "",
    higher: str = "better",
) -> Estimate:
    """Return the "effect" of a start that is put `earlier` than it was, real periods left out.

    Parameters
    ----------
    table, unit, time, outcome, treated, errors, confidence, of, unit_of_outcome, higher
        As for :func:`mobilise.learn.causes.difference_in_differences`.
    earlier
        By how much, in the unit of `time`.

    Returns
    -------
    Estimate
        ``placebo_period``: should not differ clearly from zero; no value where there are
        too few periods before.
    """
    about = measured(of, unit_of_outcome, higher, confidence)
    panel = panel_of(table, unit=unit, time=time, outcome=outcome, treated=treated)
    began = starts(panel)[panel.codes]
    placebo = (panel.column("time") >= began - earlier).astype(float)
    frame = panel.frame.assign(treated=placebo)[panel.frame["treated"] == 0]
    try:
        found = difference_in_differences(
            frame, unit="unit", time="time", outcome="y", errors=errors, confidence=confidence,
            of=of, unit_of_outcome=unit_of_outcome, higher=higher,
        )  # fmt: skip
    except InputError as error:
        return undefined_estimate(
            "placebo_period", about, n=panel.units, method="Placebo start", why=str(error)
        )
    clear = found.p is not None and found.p < 1 - confidence
    said = (
        f"A placebo start, {earlier:g} earlier in time, when nothing had begun, finds "
        + ("an effect too: the design finds what is not there, so its effect is in doubt"
           if clear else "no clear effect, as it should")
        + (f" (p = {found.p:.2g})." if found.p is not None else ".")
    )  # fmt: skip
    method = f"Placebo start {earlier:g} earlier, rows with it left out. {found.method}"
    held = tuple(one for one in found.assumptions if one != ONE_EFFECT)
    return replace(
        found, statistic="placebo_period", sentence=said, method=method, assumptions=held
    )


def placebo_units(
    table: pd.DataFrame,
    *,
    unit: str = "area_id",
    time: str = "time",
    outcome: str = "outcome",
    treated: str = "treated",
    draws: int = 1999,
    seed: int = 2026,
    of: str = "the outcome",
    unit_of_outcome: str = "",
    higher: str = "better",
) -> Estimate:
    """Return how often units picked by chance would show an effect as large (randomisation).

    Parameters
    ----------
    table, unit, time, outcome, treated, of, unit_of_outcome, higher
        As for :func:`mobilise.learn.causes.difference_in_differences`; every unit at every
        time.
    draws
        How often the starts are dealt out anew among the units.
    seed
        Of the draws.

    Returns
    -------
    Estimate
        ``placebo_units``: the two-way effect, with the share of draws at least as large as
        `p` (the true deal counted in); no interval.

    Notes
    -----
    Fisher's randomisation test of no effect on anybody; with few units the smallest p that
    it can give is 1 over the number of deals.
    """
    about = measured(of, unit_of_outcome, higher)
    panel = panel_of(table, unit=unit, time=time, outcome=outcome, treated=treated)
    y, D = grid(panel, "y"), grid(panel, "treated")
    value = float(two_way(panel, "classical").coefficients[0])
    dealt = np.empty(draws)
    random = np.random.default_rng(seed)
    twice = _both_ways(y)
    for k in range(draws):
        shuffled = _both_ways(D[random.permutation(len(D))])
        dealt[k] = (shuffled * twice).sum() / (shuffled**2).sum()
    p = float((1 + (np.abs(dealt) >= abs(value) - 1e-12).sum()) / (draws + 1))
    said = f"Dealt out anew among the {len(y)} areas, the starts show a difference as large in"
    rare = "chance alone is an unlikely account of it"
    verdict = rare if p < 0.05 else "chance alone may account for it"
    return Estimate(
        statistic="placebo_units", of=about.of, value=value, se=None, lower=None, upper=None,
        confidence=None, n=len(y), unit=about.unit, higher=about.higher,
        method=f"Starts dealt out anew among {len(y)} areas, {draws:,} draws, seed {seed}.",
        assumptions=("Any area could have had any start.",),
        sentence=f"{said} {100 * p:.2g}% of the deals: {verdict}.", p=p,
    )  # fmt: skip


def _both_ways(values: Floats) -> Floats:
    out: Floats = (
        values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True)
        + values.mean()
    )  # fmt: skip
    return out
