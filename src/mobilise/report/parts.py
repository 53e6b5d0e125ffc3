"""A chart of the parts of a whole, which may be to both sides of zero, with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.charts import BAR, WIDTH, across, axis_ticks, tick_label, track
from mobilise.report.spreads import row_words, upright
from mobilise.report.svg import INK, element, number, picture

if TYPE_CHECKING:
    from collections.abc import Sequence

_BELOW, _FOOT = 20.0, 24.0


@dataclass(frozen=True)
class Part:
    """One signed bar with its interval; ``plain`` ones are what the others are parts of or lack.

    Parameters
    ----------
    label
        What it is.
    value, lower, upper
        In the chart's unit; no whisker without limits.
    said
        What is printed beside the label.
    plain
        Whether it is outlined only: the whole, and what is not explained.
    """

    label: str
    value: float
    lower: float | None
    upper: float | None
    said: str
    plain: bool = False


def parts_chart(parts: Sequence[Part], *, id_: str, name: str, alt: str) -> str:
    """Draw bars to both sides of zero, with their intervals.

    Parameters
    ----------
    parts
        In the order they are to be read.
    id_, name, alt
        Of the picture.
    """
    ticks = axis_ticks([0.0, *(v for p in parts for v in (p.value, p.lower, p.upper))], about=4)
    zero, drawn, y = across(0.0, ticks), [], 0.0
    for part in parts:
        words, middle = row_words(part.label, part.said, y)
        drawn += [*words, track(middle, [across(tick, ticks) for tick in ticks])]
        drawn += [_bar(part, zero, across(part.value, ticks), middle), upright(zero, middle)]
        if part.lower is not None and part.upper is not None:
            drawn.append(_whisker(across(part.lower, ticks), across(part.upper, ticks), middle))
        y = middle + _BELOW
    drawn += [tick_label(across(tick, ticks), y, tick, ticks) for tick in ticks]
    return picture(WIDTH, y + _FOOT, drawn, id_=id_, name=name, alt=alt, kind="chart")


def _bar(part: Part, zero: float, end: float, y: float) -> str:
    at = {"x": min(zero, end), "y": y - 5, "width": max(1.0, abs(end - zero)), "height": 10}
    if part.plain:
        look = {"fill": "#fff", "stroke": BAR, "stroke_width": 1.5}
        return element("rect", class_="hollow", **at, **look)
    return element("rect", class_="mark", **at, fill=BAR)


def _whisker(left: float, right: float, y: float) -> str:
    ends = f"M{number(left)} {number(y)}H{number(right)}"
    ends += "".join(f"M{number(x)} {number(y - 5)}v10" for x in (left, right))
    return element("path", class_="line", d=ends, stroke=INK, stroke_width=1.5, fill="none")
