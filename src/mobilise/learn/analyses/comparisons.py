"""Did it cause it? Each design with its placebo test and the picture of its course."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import measured, numbers
from mobilise.learn import causes
from mobilise.learn.analyses.periods import demand_every_period, steps_of
from mobilise.learn.analyses.table import figure
from mobilise.learn.causes.differences import panel_starts
from mobilise.learn.causes.panels import panel_of
from mobilise.learn.estimates import Estimate, undefined_estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from mobilise.gaps.records import Measured


def compared(
    table: pd.DataFrame,
    *,
    design: str,
    features: Sequence[str] = (),
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
    confidence: float = 0.95,
) -> list[Estimate]:
    """Return the estimates of a design, the one to quote first.

    Parameters
    ----------
    table
        ``differences`` and ``staggered``: a row an area and time, with ``area_id, time,
        outcome, treated``. ``series``: a row a period, ``time, outcome, treated``;
        ``counts``: ``time, count, people, treated``. ``people``: a row a person, ``treated``
        and ``outcome``, or ``before`` and ``after``.
    design
        Of :data:`DESIGNS`.
    features
        Columns that are held equal.
    of, unit, higher, confidence
        What was measured, its unit and direction; confidence of intervals.

    Returns
    -------
    list of Estimate

    Raises
    ------
    InputError
        There is no such design, a column is missing, or the data do not allow it.
    """
    if design not in DESIGNS:
        raise InputError(f"There is no design '{design}'{suggestion(design, DESIGNS)}")
    about = measured(of, unit, higher, confidence)
    return DESIGNS[design](table, tuple(features), about)


def _differences(table: pd.DataFrame, features: tuple[str, ...], about: Measured) -> list[Estimate]:
    said = _said(about)
    found = [
        causes.difference_in_differences(table, covariates=features, **said),
        causes.placebo_periods(table, **said),
    ]
    found += _dealt(table, about)
    if panel_starts(panel_of(table, **_PANEL)) != 1:
        return found
    course = causes.event_study(table, **said)
    return [*found, _before(course, about), *course.effects]


def _staggered(table: pd.DataFrame, features: tuple[str, ...], about: Measured) -> list[Estimate]:
    said = _said(about)
    found = causes.group_time_effects(table, covariates=features, **said)
    band = figure(
        "simultaneous_band", found.band, about, n=found.overall.n, unit="standard errors",
        method="Multiplier bootstrap, 2,000 draws, seed 2026.",
        sentence=f"All periods at once lie within {found.band:.2f} standard errors.",
    )  # fmt: skip
    return [
        found.overall, causes.placebo_periods(table, **said), *_dealt(table, about),
        _before(found, about), *found.by_time, band, *found.by_start,
    ]  # fmt: skip


def _series(table: pd.DataFrame, features: tuple[str, ...], about: Measured) -> list[Estimate]:
    _none(features, "series")
    frame, start = _periods(table, ("outcome",))
    said = {"of": about.of, "unit": about.unit, "higher": about.higher,
            "confidence": about.confidence}  # fmt: skip
    newey, ar1 = (
        causes.interrupted_series(frame["outcome"], start, model=model, **said)  # type: ignore[arg-type]
        for model in ("newey-west", "ar1")
    )
    newey, ar1 = (_dated(one, frame["time"], start) for one in (newey, ar1))
    earlier = max(2, start // 2)
    placebo = _placebo_series(
        lambda: causes.interrupted_series(
            frame["outcome"][:start], earlier, model="ar1", **said  # type: ignore[arg-type]
        ).level,
        about, start,
    )  # fmt: skip
    lines = _lines(frame["time"], frame["outcome"], newey, about)
    both = [e.at("model", "AR(1)") for e in (ar1.level, ar1.slope)]
    return [newey.level, newey.slope, *both, placebo, *lines]


def _counts(table: pd.DataFrame, features: tuple[str, ...], about: Measured) -> list[Estimate]:
    _none(features, "counts")
    frame, start = _periods(table, ("count", "people"))
    said = {"of": about.of, "higher": about.higher, "confidence": about.confidence}
    found = causes.interrupted_counts(frame["count"], frame["people"], start, **said)  # type: ignore[arg-type]
    found = _dated(found, frame["time"], start)
    earlier = max(2, start // 2)
    part = frame[:start]
    placebo = _placebo_series(
        lambda: causes.interrupted_counts(part["count"], part["people"], earlier, **said).level,  # type: ignore[arg-type]
        about, start,
    )  # fmt: skip
    events = measured("events", "events", about.higher)
    return [
        found.level, found.slope, placebo, *_lines(frame["time"], frame["count"], found, events)
    ]  # fmt: skip


def _people(table: pd.DataFrame, features: tuple[str, ...], about: Measured) -> list[Estimate]:
    if not features:
        raise InputError("Comparing people needs features, known before, that make them alike.")
    both = {"before", "after"} <= set(table.columns)
    wanted = ["treated", *features, *(("before", "after") if both else ("outcome",))]
    _demand(table, wanted)
    frame = table[wanted].apply(lambda column: numbers(column, str(column.name)))
    kept = frame.dropna()
    gone = len(frame) - len(kept)
    left_out = f" {gone} of {len(frame)} people without all values left out." if gone else ""
    said: dict[str, Any] = {"of": about.of, "unit": about.unit, "higher": about.higher,
                            "confidence": about.confidence}  # fmt: skip
    outcome = kept["after"] - kept["before"] if both else kept["outcome"]
    names = [*features, *(["before"] if both else [])]
    found = _alike(outcome, kept["treated"], kept[names], said)
    if gone:
        held = (*found[0].assumptions, "People without all values are like those with them.")
        found[0] = replace(found[0], method=f"{found[0].method}{left_out}", assumptions=held)
    if both:
        given = (kept["before"], kept["after"], kept["treated"])
        others = kept[list(features)].to_numpy()
        found.append(causes.adjusted_change(*given, features=others, **said))
        found.append(_placebo_before(kept, features, said))
    return [*found, _fragile(found[0], float(outcome.std()), about, len(kept), left_out)]


def _alike(
    outcome: pd.Series, treated: pd.Series, features: pd.DataFrame, said: dict[str, Any]
) -> list[Estimate]:
    """Return the effect by weights (on those who took part, and on everybody) and by matching."""
    given = (outcome, treated, features.to_numpy())
    named = {"names": list(features.columns), **said}
    return [
        causes.inverse_probability_weighting(*given, estimand="ATT", **named).estimate,
        causes.inverse_probability_weighting(*given, estimand="ATE", **named).estimate,
        causes.nearest_neighbour(*given, **named).estimate,
    ]


def _fragile(
    effect: Estimate, spread: float, about: Measured, people: int, left_out: str
) -> Estimate:
    """Return how strong an unmeasured cause would have to be to explain the effect away."""
    fragile = causes.e_value(effect, spread)
    limit = causes.e_value(replace(effect, value=_nearest_zero(effect)), spread)
    sentence = (
        "An unmeasured cause would have to go with taking part and with the outcome by a risk "
        f"ratio of {fragile:.1f} each to explain the effect away, and of {limit:.1f} each to bring "
        "its interval to zero (1.0: chance alone may do so)."
    )
    method = f"VanderWeele and Ding 2017, doi:10.7326/M16-2607.{left_out}"
    return figure(
        "e_value", fragile, about, n=people, unit="risk ratio", method=method, sentence=sentence
    )


def _nearest_zero(effect: Estimate) -> float:
    """Return the limit of the interval that is nearest to zero; 0 where it holds zero."""
    assert effect.lower is not None
    assert effect.upper is not None
    if effect.lower <= 0 <= effect.upper:
        return 0.0
    return min(effect.lower, effect.upper, key=abs)


def _placebo_before(
    people: pd.DataFrame, features: tuple[str, ...], said: dict[str, Any]
) -> Estimate:
    """Ask the weighted comparison for its "effect" on the value before, which it cannot have."""
    weighted = causes.inverse_probability_weighting(
        people["before"], people["treated"], people[list(features)].to_numpy(), estimand="ATT",
        names=list(features), **said,
    ).estimate  # fmt: skip
    assert weighted.p is not None
    clear = weighted.p < 1 - said["confidence"]
    sentence = (
        "Before anybody took part, people of the same features differ already: these features do "
        "not make them alike, and only the value before is left to do so."
        if clear
        else "Before anybody took part, people of the same features do not clearly differ."
    )
    return replace(weighted, statistic="placebo_before", sentence=sentence)


DESIGNS: dict[str, Callable[[Any, tuple[str, ...], Any], list[Estimate]]] = {
    "differences": _differences,
    "staggered": _staggered,
    "series": _series,
    "counts": _counts,
    "people": _people,
}
_PANEL: dict[str, Any] = {
    "unit": "area_id", "time": "time", "outcome": "outcome", "treated": "treated",
}  # fmt: skip


def _said(about: Measured) -> dict[str, Any]:
    return {"of": about.of, "unit_of_outcome": about.unit, "higher": about.higher,
            "confidence": about.confidence}  # fmt: skip


def _before(course: Any, about: Measured) -> Estimate:
    """Return the joint test of earlier periods as a record: its p value is what counts."""
    f = float("nan") if course.pre_f is None else course.pre_f
    found = figure(
        "earlier_trend", f, about, n=1, unit="F", sentence=course.sentence,
        method="Joint test that no period before the start differs.",
    )  # fmt: skip
    return replace(found, p=course.pre_p)


def _dealt(table: pd.DataFrame, about: Measured) -> list[Estimate]:
    said = {"of": about.of, "unit_of_outcome": about.unit, "higher": about.higher}
    try:
        return [causes.placebo_units(table, **said)]  # type: ignore[arg-type]
    except InputError as error:
        why, method = str(error), "Starts dealt out anew"
        return [undefined_estimate("placebo_units", about, n=0, method=method, why=why)]


def _periods(table: pd.DataFrame, columns: tuple[str, ...]) -> tuple[pd.DataFrame, int]:
    _demand(table, ("time", "treated", *columns))
    steps = steps_of(table["time"])
    order = np.argsort(steps, kind="stable")
    frame = table.iloc[order].reset_index(drop=True)
    demand_every_period(frame["time"], steps[order])
    on = numbers(frame["treated"], "treated")
    if not np.isin(on, [0.0, 1.0]).all() or (np.diff(on) < 0).any() or on.min() == on.max():
        raise InputError("'treated' must be 0 before it began and 1 from then on.")
    return frame, int(on.argmax())


def _placebo_series(run: Callable[[], Estimate], about: Measured, start: int) -> Estimate:
    method = f"Placebo start halfway through the {start} periods before."
    try:
        found = run()
    except InputError as error:
        return undefined_estimate(
            "placebo_period", about, n=start, method=method, why=str(error).rstrip(".")
        )
    clear = found.p is not None and found.p < 1 - about.confidence
    what = "jumps too: the jump at the real start is in doubt" if clear else "shows no clear jump"
    p = "" if found.p is None else f" (p = {found.p:.2g})"
    said = f"Halfway through the time before, when nothing had begun, the line {what}{p}."
    return replace(found, statistic="placebo_period", method=method, sentence=said)


def _dated(found: causes.Interrupted, time: pd.Series, start: int) -> causes.Interrupted:
    """Return the same with its periods in the method: from when to when, and when it began."""
    said = f" From {time.iloc[0]} to {time.iloc[-1]}; it began in {time.iloc[start]}."
    level, slope = (replace(e, method=f"{e.method}{said}") for e in (found.level, found.slope))
    return replace(found, level=level, slope=slope)


def _lines(
    time: pd.Series, observed: pd.Series, found: causes.Interrupted, about: Measured
) -> list[Estimate]:
    n = len(time)
    return [
        figure(name, float(value), about, n=n, unit=about.unit, method="The series.",
               sentence="").at("period", str(when))
        for i, when in enumerate(time)
        for name, value in (("observed", observed.iloc[i]), ("fitted", found.fitted[i]),
                            ("without", found.without[i]))
    ]  # fmt: skip


def _none(features: tuple[str, ...], design: str) -> None:
    if features:
        raise InputError(f"The design '{design}' holds no features equal: leave them out.")


def _demand(table: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in table.columns:
            raise InputError(f"There is no column '{name}'{suggestion(name, table.columns)}")
