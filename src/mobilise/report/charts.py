"""Charts as SVG: bars for counts, dots with intervals for a gradient.

Words stand above their bar or dot, not beside it, so that the same picture can be read on a
phone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from mobilise.report.svg import INK, QUIET, element, number, picture, text, title
from mobilise.report.words import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, SIDE = 400.0, 8.0
BAR, GRID = "#2c7fb8", "#d5dbe0"
Scale: TypeAlias = Literal["share", "zero", "free"]
_MIDDLE = 29.0  # of a track, below the words
_ROW, _DOT_ROW, _AXIS = 42.0, 42.0, 24.0


@dataclass(frozen=True)
class Bar:
    """One bar: its words, length and the number printed at its end."""

    label: str
    value: float
    said: str


@dataclass(frozen=True)
class Dot:
    """One level of a gradient; `value` None where nothing is known, and `said` says why.

    Parameters
    ----------
    label
        The level in words.
    value, lower, upper
        In the chart's unit; no whisker without limits.
    said
        The value as printed beside the label.
    """

    label: str
    value: float | None
    lower: float | None
    upper: float | None
    said: str


def bar_chart(bars: Sequence[Bar], *, id_: str, name: str, alt: str) -> str:
    """Draw bars from zero, one below the other.

    Parameters
    ----------
    bars
        In the order they are to be read.
    id_, name, alt
        Of the picture.
    """
    longest = max((bar.value for bar in bars), default=0) or 1.0
    drawn = []
    for i, bar in enumerate(bars):
        y, length = i * _ROW, max(1.0, bar.value / longest * (WIDTH - 2 * SIDE))
        drawn += [
            text(SIDE, y + 18, bar.label),
            text(WIDTH - SIDE, y + 18, bar.said, text_anchor="end", font_weight="bold"),
            element(
                "rect", class_="mark", x=SIDE, y=y + 24, width=length, height=9, fill=BAR, rx=2
            ),
        ]
    height = len(bars) * _ROW + 4
    return picture(WIDTH, height, drawn, id_=id_, name=name, alt=alt, kind="chart")


def gradient_chart(
    dots: Sequence[Dot],
    *,
    overall: float | None,
    scale: Scale,
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw one dot a level with its interval, each on its track, over a shared axis.

    Parameters
    ----------
    dots
        Levels from the most to the least deprived.
    overall
        The value of the whole place, an upright stroke on every track.
    scale
        ``share``: the axis runs from 0 to 100. ``zero``: it starts at 0. ``free``: it holds
        the values, and starts at 0 only where that hides nothing.
    id_, name, alt
        Of the picture.
    """
    drawn_values = [v for d in dots for v in (d.value, d.lower, d.upper, overall)]
    if scale == "zero":
        drawn_values.append(0.0)
    ticks = [0.0, 25.0, 50.0, 75.0, 100.0] if scale == "share" else axis_ticks(drawn_values)
    foot = len(dots) * _DOT_ROW
    drawn = [tick_label(across(tick, ticks), foot, tick, ticks) for tick in ticks]
    for i, dot in enumerate(dots):
        drawn += [track(i * _DOT_ROW + _MIDDLE, [across(tick, ticks) for tick in ticks])]
        if overall is not None:
            drawn.append(_whole_place(across(overall, ticks), i * _DOT_ROW + _MIDDLE))
        drawn += _level(dot, i * _DOT_ROW, ticks)
    return picture(WIDTH, foot + _AXIS, drawn, id_=id_, name=name, alt=alt, kind="chart")


def axis_ticks(values: Sequence[float | None], about: int = 5) -> list[float]:
    """Return round ticks that hold all values; from zero unless that would hide the differences.

    Parameters
    ----------
    values
        What is drawn; None and missing are left out.
    about
        How many ticks.

    Examples
    --------
    >>> axis_ticks([4.2, 17.9])
    [0.0, 5.0, 10.0, 15.0, 20.0]
    >>> axis_ticks([78.2, 84.1])
    [78.0, 80.0, 82.0, 84.0, 86.0]
    """
    known = [v for v in values if v is not None and math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if 0 <= low < 0.6 * high or high <= 0:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low if high - low > 1e-9 * max(abs(high), 1.0) else max(abs(high), 1.0)
    power = 10.0 ** math.floor(math.log10(span / about))
    step = next(m * power for m in (1, 2, 5, 10, 20) if span / (m * power) <= about)
    first, last = math.floor(low / step), math.ceil(high / step)
    last += last == first
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def across(value: float, ticks: Sequence[float]) -> float:
    """Return where a value lies between the first and the last tick, in pixels."""
    low, high = ticks[0], ticks[-1]
    return SIDE + (value - low) / (high - low) * (WIDTH - 2 * SIDE)


def track(y: float, ticks: Sequence[float]) -> str:
    """Return a line with a stroke at each tick, given in pixels."""
    line = f"M{number(ticks[0])} {number(y)}H{number(ticks[-1])}"
    line += "".join(f"M{number(x)} {number(y - 5)}v10" for x in ticks)
    return element("path", class_="grid", d=line, stroke=GRID, stroke_width=1.5, fill="none")


def _whole_place(x: float, y: float) -> str:
    stroke = f"M{number(x)} {number(y - 8)}v16"
    return element("path", class_="line", d=stroke, stroke=INK, stroke_width=2, fill="none")


def tick_label(x: float, foot: float, value: float, ticks: Sequence[float]) -> str:
    """Return the number below a tick; those at the ends stay within the picture."""
    step = ticks[1] - ticks[0]
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    anchor = "start" if value == ticks[0] else "end" if value == ticks[-1] else "middle"
    said = decimal(value, places)
    return text(x, foot + 16, said, text_anchor=anchor, class_="quiet", fill=QUIET)


def _level(dot: Dot, y: float, ticks: Sequence[float]) -> list[str]:
    words = [
        text(SIDE, y + 16, dot.label),
        text(WIDTH - SIDE, y + 16, dot.said, text_anchor="end", font_weight="bold"),
    ]
    if dot.value is None:
        return words
    x, middle = across(dot.value, ticks), y + _MIDDLE
    mark = element(
        "circle", title(f"{dot.label}: {dot.said}"), class_="mark", cx=x, cy=middle, r=6, fill=BAR
    )
    if dot.lower is None or dot.upper is None:
        return [*words, mark]
    left, right = across(dot.lower, ticks), across(dot.upper, ticks)
    ends = (
        f"M{number(left)} {number(middle)}H{number(right)}M{number(left)} {number(middle - 6)}v12"
    )
    ends += f"M{number(right)} {number(middle - 6)}v12"
    whisker = element("path", class_="whisker", d=ends, stroke=BAR, stroke_width=3, fill="none")
    return [*words, whisker, mark]
