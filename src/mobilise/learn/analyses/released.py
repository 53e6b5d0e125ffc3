"""Did it help those who were referred? What the counts and means that were let out can say.

Everything here is a function of figures that may be shown (``released_means`` and
``released_outcomes``), so it tells no more than those do. Intervals cover what rounding hides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import measured
from mobilise.learn.analyses.table import figure
from mobilise.learn.estimates import Estimate, effect_sentence, undefined_estimate
from mobilise.learn.outcomes.change import AFTER, ANSWERED, NOT_CAUSE, wilson
from mobilise.learn.outcomes.inequality import gap_sentence
from mobilise.learn.outcomes.scales import scale_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.gaps.records import Measured

FIFTH, EVERYONE = "quintile", "everyone"
MEASURED, TWICE = "measured before", "measured twice"
_CONFIDENCE = 0.95
_ROUNDED = 0.05  # means and their limits were let out to one decimal
_HELD = "Withheld: too few people, or needed to hide a group that small."
_TWICE_REFERRED = "Each referral counts once: somebody referred twice counts twice."
_SHARES = (
    "Of counts as released, rounded; the interval covers chance (Wilson) and every count that the "
    "rounded ones can stand for."
)
_MEANS = (
    "Mean of after less before, of referrals with both, computed on the personal side and let out "
    "of eight people or more, to one decimal, with its paired t interval."
)
_ENDS = (
    "Least deprived fifth against most, of the means released; limits from those of the two "
    "(MOVER, Zou & Donner 2008, 10.1002/sim.3095), widened by what rounding hides."
)


@dataclass(frozen=True)
class _Count:
    """A count as it was shown, and the least and the most that it can be."""

    shown: int
    low: int
    high: int


def outcomes_released(means: pd.DataFrame, counts: pd.DataFrame, *, scale: str) -> list[Estimate]:
    """Return change, shares, follow-up, groups and the gap, of protected figures of one period.

    Parameters
    ----------
    means, counts
        Rows of ``released_means`` and of ``released_outcomes``, of one period.
    scale
        Key of the scale; other scores' rows are left alone.

    Returns
    -------
    list of Estimate
        In the order in which they should be read; what was kept back has no value, and says so.

    Raises
    ------
    InputError
        Nothing was released of this score.
    """
    found = scale_of(scale)
    about = measured(found.name, found.unit, found.higher, _CONFIDENCE)
    means, counts = means[means["score"] == scale], counts[counts["score"] == scale]
    if means.empty:
        raise InputError(f"Nothing was released of {found.name}: release a period that has it.")
    whole = _rows(means[means["by"] == EVERYONE])[0]
    cuts = {one.value: one.said for one in found.thresholds}
    estimates = [
        _change(whole, about),
        *(_level(whole, moment, about) for moment in ("before", "after")),
        *_shares(counts[counts[FIFTH].isna()], about, cuts),
        *_followed(counts[counts[FIFTH].isna()], about),
    ]
    parts = means[means["by"] != EVERYONE]
    estimates += [_change(row, about).at(row.by, row.level) for row in _rows(parts)]
    fifths = {row.level: row for row in _rows(parts[parts["by"] == FIFTH])}
    for level in [one for one in fifths if one.isdigit() and one in set(counts[FIFTH].dropna())]:
        of = counts[counts[FIFTH] == level]
        estimates += [
            e.at(FIFTH, level) for e in (*_shares(of, about, cuts), *_followed(of, about))
        ]
    return estimates + _gaps(fifths, about)


def _rows(frame: pd.DataFrame) -> list[Any]:
    """Return the rows, each with its columns as attributes; `count` is a tuple's own."""
    return list(frame.rename(columns={"count": "figure"}).itertuples(index=False))


def _change(row: Any, about: Measured) -> Estimate:
    n = 0 if pd.isna(row.people) else int(row.people)
    if pd.isna(row.change):
        return _held("mean_change", about, f"The mean change of {about.of}")
    limits = (float(row.lower), float(row.upper))
    return Estimate(
        statistic="mean_change", of=about.of, value=float(row.change), se=None, lower=limits[0],
        upper=limits[1], confidence=_CONFIDENCE, n=n, unit=about.unit, higher=about.higher,
        method=_MEANS, assumptions=(NOT_CAUSE, ANSWERED, _TWICE_REFERRED),
        sentence=effect_sentence(float(row.change), limits, about, about.unit, AFTER),
    )  # fmt: skip


def _level(row: Any, moment: str, about: Measured) -> Estimate:
    value = getattr(row, moment)
    if pd.isna(value):
        return _held(f"mean_{moment}", about, f"The mean of {about.of} {moment}")
    n = 0 if pd.isna(row.people) else int(row.people)
    said = f"{moment.capitalize()}, {about.of} was {value:.1f} {about.unit} on average."
    method = f"Mean {moment}, of referrals with both, let out to one decimal."
    return figure(
        f"mean_{moment}", float(value), about, n=n, method=method, sentence=said, unit=about.unit
    )


def _shares(counts: pd.DataFrame, about: Measured, cuts: dict[float, str]) -> Iterator[Estimate]:
    """Yield who got better by each change that counts, and who did not get worse by it."""
    known = {row.outcome: _count(row) for row in _rows(counts)}
    for outcome, part in known.items():
        way, _, cut = str(outcome).rpartition(" by ")
        if not way:
            continue
        why = next((said for value, said in cuts.items() if f"{value:g}" == cut), "")
        source = f" A change of {why}." if why else " No threshold is agreed for this scale."
        name = f"share_{way.replace(' ', '_')}"
        words = f"got better by {cut}" if way == "better" else f"did not get worse by {cut}"
        unit = about.unit.removesuffix("s") if cut == "1" else about.unit
        yield _share(
            part, known.get(TWICE), about, name, f"{words} {unit} or more",
            f"{_SHARES}{source}", assumed=(NOT_CAUSE, ANSWERED),
        ).at("threshold", cut)  # fmt: skip


def _followed(counts: pd.DataFrame, about: Measured) -> Iterator[Estimate]:
    known = {row.outcome: _count(row) for row in _rows(counts)}
    if MEASURED in known:
        yield _share(
            known.get(TWICE), known[MEASURED], about, "followed_up", "were measured again",
            f"{_SHARES} How those who were not would change the answer is not known here.",
        )  # fmt: skip


def _share(
    part: _Count | None, of: _Count | None, about: Measured, name: str, did: str, method: str,
    *, assumed: tuple[str, ...] = (),
) -> Estimate:  # fmt: skip
    """Return a share of two rounded counts; the part is never more than the whole."""
    if part is None or of is None:
        return _held(name, about, f"How many {did}, in {about.of},", unit="%")
    if of.high == 0:
        none = undefined_estimate(name, about, n=0, method=method, why="nobody was measured")
        return replace(none, unit="%", sentence=f"Nobody was measured (in {about.of}).")
    low = wilson(min(part.low, of.high), of.high, _CONFIDENCE)[1]
    fewest = max(of.low, part.low, 1)
    high = wilson(min(part.high, fewest), fewest, _CONFIDENCE)[2]
    value = min(1.0, part.shown / of.shown)
    said = (
        f"About {part.shown:,} of {of.shown:,} ({100 * value:.0f}%, 95% interval {100 * low:.0f} "
        f"to {100 * high:.0f}) {did} (in {about.of})."
    )
    return Estimate(
        statistic=name, of=about.of, value=100 * value, se=None, lower=100 * low, upper=100 * high,
        confidence=_CONFIDENCE, n=of.shown, unit="%", higher=about.higher, method=method,
        assumptions=assumed, sentence=said,
    )  # fmt: skip


def _gaps(fifths: dict[str, Any], about: Measured) -> list[Estimate]:
    """Return the gap between the end fifths before, after, and its change with an interval."""
    least, most = fifths.get("5"), fifths.get("1")
    names = ("ends_gap_before", "ends_gap_after", "ends_gap_change")
    if least is None or most is None or pd.isna(least.change) or pd.isna(most.change):
        said = f"The gap in {about.of} between the ends of deprivation"
        return [_held(names[2], about, said)]
    sign = 1.0 if about.higher == "better" else -1.0
    found = [
        figure(
            name, sign * (getattr(least, moment) - getattr(most, moment)), about, n=0,
            method=_ENDS, sentence="", unit=about.unit,
        )
        for name, moment in zip(names, ("before", "after"), strict=False)
        if not pd.isna(getattr(least, moment))
    ]  # fmt: skip
    value = sign * (least.change - most.change)
    halves = [max(e.change - e.lower, e.upper - e.change) + 2 * _ROUNDED for e in (least, most)]
    half = math.hypot(*halves) + 2 * _ROUNDED
    change = Estimate(
        statistic=names[2], of=about.of, value=value, se=None, lower=value - half,
        upper=value + half, confidence=_CONFIDENCE, n=0, unit=about.unit, higher=about.higher,
        method=_ENDS, sentence="",
        assumptions=(
            ANSWERED,
            "Those who start lower tend to rise more by themselves, which narrows a gap.",
        ),
    )  # fmt: skip
    return [*(gap_sentence(e, about) for e in found), gap_sentence(change, about)]


def _count(row: Any) -> _Count | None:
    return None if pd.isna(row.figure) else _Count(int(row.figure), int(row.lower), int(row.upper))


def _held(name: str, about: Measured, what: str, unit: str | None = None) -> Estimate:
    return Estimate(
        statistic=name, of=about.of, value=None, se=None, lower=None, upper=None, confidence=None,
        n=0, unit=about.unit if unit is None else unit, higher=about.higher, method=_HELD,
        assumptions=(),
        sentence=f"{what} is withheld: too few people, or needed to hide a group that small.",
    )  # fmt: skip
