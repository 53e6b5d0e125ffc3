"""Did it help? Everything that one table of people before and after can say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import measured, numbers
from mobilise.learn.analyses.table import figure
from mobilise.learn.outcomes import (
    by_group,
    follow_up,
    gap_among_helped,
    mean_change,
    reach_adjusted_effect,
    share_changed,
    swemwbs_metric,
)
from mobilise.learn.outcomes.breakdown import SMALLEST, cuts_shown, hidden
from mobilise.learn.outcomes.scales import Scale, scale_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from mobilise.gaps.checks import Floats
    from mobilise.learn.estimates import Estimate

FIFTH = "quintile"
_OF_THOSE_LOST = ("change_if_worst", "change_if_best", "lost_less_kept_before")
_HALF = 0.5
_HALF_SAID = (
    "half a standard deviation before, for want of an agreed threshold; "
    "Norman et al. 2003, doi:10.1097/01.MLR.0000062554.74615.4C"
)


def outcomes_of(
    table: pd.DataFrame,
    *,
    scale: str,
    raw: bool = False,
    by: Sequence[str] = (),
    features: Sequence[str] = (),
    eligible: Mapping[str, int] | None = None,
    threshold: float | None = None,
    confidence: float = 0.95,
) -> list[Estimate]:
    """Return change, shares, bounds, groups, gaps and reach times effect.

    Parameters
    ----------
    table
        One row a person: ``before``, ``after`` (missing: did not answer again), and where
        known ``quintile`` (deprivation fifth of where they live, 1 = most deprived).
    scale
        Key of the scale.
    raw
        Whether values are raw SWEMWBS sums, to be converted.
    by
        Columns whose groups are shown apart; groups of too few people are withheld.
    features
        Columns of numbers that may go with answering again.
    eligible
        Whom it is for, people by quintile ("1" to "5") or for "all".
    threshold
        A change that matters; by default those of the scale, or half a standard deviation.
    confidence
        Of intervals.

    Returns
    -------
    list of Estimate
        In the order in which they should be read.

    Raises
    ------
    InputError
        A column is missing, or a value is outside the scale.
    """
    about = scale_of(scale)
    before, after = (_values(table, name, about, raw=raw) for name in ("before", "after"))
    if not raw:
        _refuse_raw(before, after, about)
    said = {"of": about.name, "unit": about.unit, "higher": about.higher, "confidence": confidence}
    whole = follow_up(
        before, after, scale=scale, confidence=confidence,
        features=_features(table, features) if features else None,
    )  # fmt: skip
    if whole.asked < SMALLEST:
        raise InputError(
            f"{whole.asked} people are too few to show without showing them: {SMALLEST} or more."
        )
    complete = _with_those_left_out(whole.complete, int(np.isnan(before).sum()))
    named = measured(about.name, "%", about.higher, confidence)
    share = 100 * whole.answered / whole.asked
    found = [
        complete,
        *_shares(before, after, about, threshold, said),
        figure("followed_up", share, named, n=whole.asked, unit="%", sentence=whole.sentence,
               method=f"{whole.answered} of {whole.asked} people have a value after."),
        *((whole.unchanged, whole.worst, whole.best, whole.weighted, whole.difference_before)
          if whole.asked > whole.answered else ()),
    ]  # fmt: skip
    if 0 < whole.asked - whole.answered < SMALLEST:
        found = [_without_bounds(one) for one in found]
    for column in dict.fromkeys([*([FIFTH] if FIFTH in table else []), *by]):
        if column not in table:
            raise InputError(f"There is no column '{column}'{suggestion(column, table.columns)}")
        found += by_group(
            table[column].to_numpy(),
            lambda mask: mean_change(before[mask], after[mask], **said),  # type: ignore[arg-type]
            by=column,
        )
    if FIFTH in table:
        found += gap_among_helped(before, after, table[FIFTH].to_numpy(), **said)  # type: ignore[arg-type]
    return found + _impacts(found, table, eligible)


def _with_those_left_out(estimate: Estimate, count: int) -> Estimate:
    """Say in the method how many people have no value before; a few are not counted out."""
    if not count:
        return estimate
    many = f"{count:,}" if count >= SMALLEST else f"Fewer than {SMALLEST}"
    said = f"{many} people without a value before are left out."
    return replace(estimate, method=f"{estimate.method} {said}")


def _without_bounds(estimate: Estimate) -> Estimate:
    """Withhold what would tell where the few people who were lost had started."""
    if estimate.statistic in _OF_THOSE_LOST and estimate.value is not None:
        return hidden(estimate)
    if estimate.statistic == "followed_up":
        return replace(
            estimate,
            sentence=f"Fewer than {SMALLEST} of {estimate.n} people did not answer again: too few "
            "to say how far they could move the answer without showing them.",
        )
    return estimate


def _values(table: pd.DataFrame, name: str, scale: Scale, *, raw: bool) -> Floats:
    if name not in table:
        raise InputError(f"There is no column '{name}'{suggestion(name, table.columns)}")
    if not raw:
        return scale.check(table[name], name)
    if not scale.metric:
        raise InputError(f"{scale.name} has no raw scores to convert: leave out --raw.")
    return swemwbs_metric(table[name])


def _refuse_raw(before: Floats, after: Floats, scale: Scale) -> None:
    """Refuse what can only be raw sums: of the metric scores none but the ends is whole."""
    scores = np.concatenate([before, after])
    inner = scores[(scores > scale.lowest) & (scores < scale.highest)]
    if scale.metric and len(inner) and (inner == np.round(inner)).all():
        raise InputError(
            f"Every score is a whole number, as raw sums are, and metric scores of {scale.name} "
            "are not: add --raw, which converts them."
        )


def _features(table: pd.DataFrame, names: Sequence[str]) -> Floats:
    for name in names:
        if name not in table:
            raise InputError(f"There is no column '{name}'{suggestion(name, table.columns)}")
    values: Floats = np.column_stack([numbers(table[name], name) for name in names])
    if np.isnan(values).any():
        row, column = np.argwhere(np.isnan(values))[0]
        raise InputError(
            f"The feature '{names[column]}' is missing in row {row + 1}: leave it out, or leave "
            "them out."
        )
    return values


def _shares(
    before: Floats, after: Floats, scale: Scale, threshold: float | None, said: dict[str, object]
) -> list[Estimate]:
    """Return who got better and worse by each change that matters."""
    if threshold is not None:
        cuts = [(threshold, "chosen by the analyst")]
    elif scale.thresholds:
        cuts = [(one.value, one.said) for one in scale.thresholds]
    else:
        half = round(_HALF * float(np.nanstd(before, ddof=1)), 2)
        cuts = [(half, _HALF_SAID)]
    if any(cut <= 0 for cut, _ in cuts):
        return []
    sign = 1.0 if scale.higher == "better" else -1.0
    signed = [one for cut, _ in cuts for one in (cut, -cut)]
    told = iter(cuts_shown(sign * (after - before), signed))
    found = []
    for cut, why in cuts:
        for way in ("better", "worse"):
            one = share_changed(
                before, after, threshold=cut, way=way, threshold_said=why, **said  # type: ignore[arg-type]
            )  # fmt: skip
            kept = one if next(told) or one.value is None else _share_hidden(one, way, cut)
            found.append(kept.at("threshold", f"{cut:g}"))
    return found


def _share_hidden(estimate: Estimate, way: str, cut: float) -> Estimate:
    """Return a share withheld; its sentence says which."""
    what = f"How many got {way} in {estimate.of} by {cut:g} points or more"
    held = hidden(estimate)
    return replace(held, sentence=f"{what} is withheld: {held.method.partition(': ')[2]}")


def _impacts(
    found: Sequence[Estimate], table: pd.DataFrame, eligible: Mapping[str, int] | None
) -> list[Estimate]:
    """Return reach and reach times effect, for all and for each fifth that is shown."""
    if eligible is None:
        return []
    effects = {"all": found[0]} | {
        e.level: e for e in found if e.by == FIFTH and e.value is not None and e.level in eligible
    }
    people = {"all": len(table)}
    for level in effects:
        if level != "all":
            people[level] = int((table[FIFTH] == float(level)).sum())
    whom = dict(eligible)
    whom.setdefault("all", sum(whom.values()))
    impacts = reach_adjusted_effect(effects, people, whom)
    rows = []
    for one in impacts:
        about = measured(f"reach of {one.impact.of}", "%", one.impact.higher)
        rows.append(
            figure("reach", 100 * one.reach, about, n=one.eligible, unit="%",
                   method="People who took part over people whom it is for.",
                   sentence=f"{one.took_part:,} of {one.eligible:,} people took part "
                            f"({100 * one.reach:.1f}%).").at(one.impact.by, one.level)
        )  # fmt: skip
        said = (
            f"Over all {one.eligible:,} people whom it is for: {one.impact.sentence[:1].lower()}"
            f"{one.impact.sentence[1:]}"
        )
        rows.append(replace(one.impact, sentence=said))
    return rows
