"""Plans in plain English, the right way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIKE = 5e-4  # slopes that differ by less (0.05 percentage points) count as equal
NO_GAP = 100 * ALIKE  # a slope in percentage points that is as good as none


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names as people say them, cut after `most`.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(names) > most:
        return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))


def number(value: float) -> str:
    """Return a number with as many digits as people need."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"


def gap_in_words(slope: float) -> str:
    """Return a slope index of reach in percentage points, and against whom it is.

    Examples
    --------
    >>> gap_in_words(-4.2)
    'a gap of 4.2 percentage points against the least deprived'
    """
    if abs(slope) < NO_GAP:
        return "no gap along deprivation"
    who = "most" if slope > 0 else "least"
    return f"a gap of {abs(slope):.1f} percentage points against the {who} deprived"


def chosen_in_words(
    new: Sequence[str],
    gone: Sequence[str],
    minutes: float,
    before: float,
    after: float,
    people: float,
) -> str:
    """Return what the plan does for how many people."""
    acts = []
    if new:
        acts.append(f"Opening {listed(new)}")
    if gone:
        acts.append(f"{'closing' if new else 'Closing'} {listed(gone)}")
    if not acts:
        return "No site is opened or closed."
    change = after - before
    if abs(change) < 0.5:
        does = f"leaves as many people within {minutes:g} minutes as before"
    elif change > 0:
        does = f"brings {change:,.0f} more people within {minutes:g} minutes"
    else:
        does = f"leaves {-change:,.0f} fewer people within {minutes:g} minutes"
    return (
        f"{' and '.join(acts)} {does}: {after:,.0f} of {people:,.0f} "
        f"({100 * after / people:.1f}%, was {100 * before / people:.1f}%)."
    )


def certified(value: float, bound: float, unit: str, higher: str, gap: float, proven: bool) -> str:
    """Return how far from the best a plan can be at most."""
    if proven:
        return f"Proven: no permitted plan is better than {number(value)} {unit}."
    most = "more" if higher == "better" else "less"
    return (
        f"No permitted plan can have {most} than {number(bound)} {unit}; this one has "
        f"{number(value)}: within {100 * gap:.2g}% of the best there can be."
    )


def certified_fair(value: float, bound: float, statistic: str, proven: bool) -> str:
    """Return how far from the least inequality a plan can be at most.

    Examples
    --------
    >>> certified_fair(0.012, 0.01, "slope_index", proven=False)
    'No permitted plan can have a gap along deprivation of less than 1 percentage points (slope \
index); this one has 1.2: at most 0.2 more than the least there can be.'
    """
    times, unit = 1.0, "(concentration index)"
    if statistic == "slope_index":
        times, unit = 100.0, "percentage points (slope index)"
    this, least, alike = (number(times * one) for one in (value, bound, ALIKE))
    if proven:
        return (
            f"Proven: of the permitted plans whose gap along deprivation is within {alike} "
            f"{unit} of the least there can be, none reaches more people. This one has {this}, "
            f"and none has less than {least}."
        )
    return (
        f"No permitted plan can have a gap along deprivation of less than {least} {unit}; this "
        f"one has {this}: at most {number(times * (value - bound))} more than the least there "
        "can be."
    )
