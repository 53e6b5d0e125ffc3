"""A chart through time: a line for the most deprived and one for the least."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.charts import BAR, GRID, SIDE, WIDTH, axis_ticks
from mobilise.report.svg import QUIET, element, number, picture, shape, text
from mobilise.report.words import decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TALL, _LEFT, _TOP, _PAD = 190.0, 52.0, 56.0, 14.0
_LOOKS = (("diamond", None), ("square", "7 4"))  # first and last group: sign and dashes


@dataclass(frozen=True)
class Moment:
    """One period: where it lies in time, its name, and each line's value with its limits."""

    year: float
    name: str
    lines: tuple[tuple[float | None, float | None, float | None], ...]


def trend_chart(
    moments: Sequence[Moment], *, groups: tuple[str, str], id_: str, name: str, alt: str
) -> str:
    """Draw a line through the periods for the first group and one for the last.

    Parameters
    ----------
    moments
        From the earliest; time runs to scale.
    groups
        What the two lines are.
    id_, name, alt
        Of the picture.
    """
    ticks = axis_ticks([v for m in moments for triple in m.lines for v in triple])
    first, last = moments[0].year, moments[-1].year

    def x(year: float) -> float:
        wide = WIDTH - _LEFT - SIDE - 2 * _PAD
        return _LEFT + _PAD + (year - first) / ((last - first) or 1.0) * wide

    def y(value: float) -> float:
        return _TOP + (ticks[-1] - value) / (ticks[-1] - ticks[0]) * _TALL

    drawn = [line for tick in ticks for line in _level(y(tick), tick, ticks)]
    drawn += _names(moments)
    for index, ((sign, dashes), group) in enumerate(zip(_LOOKS, groups, strict=True)):
        points = [(x(m.year), m.lines[index]) for m in moments]
        drawn += [
            shape(SIDE + 6, 11 + 20 * index, sign, 6, fill=BAR),
            text(SIDE + 18, 16 + 20 * index, group),
            *_line(points, y, sign, dashes),
        ]
    return picture(WIDTH, _TOP + _TALL + 34, drawn, id_=id_, name=name, alt=alt, kind="chart")


def _level(y: float, value: float, ticks: Sequence[float]) -> list[str]:
    places = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    line = f"M{number(_LEFT)} {number(y)}H{number(WIDTH - SIDE)}"
    said = {"text_anchor": "end", "class_": "quiet", "fill": QUIET}
    return [
        element("path", class_="grid", d=line, stroke=GRID, stroke_width=1.5, fill="none"),
        text(_LEFT - 6, y + 5, decimal(value, places), **said),
    ]


def _names(moments: Sequence[Moment]) -> list[str]:
    """Name the first and the last period: those between would run into each other."""
    foot = _TOP + _TALL + 24
    quiet = {"class_": "quiet", "fill": QUIET}
    return [
        text(_LEFT, foot, moments[0].name, **quiet),
        text(WIDTH - SIDE, foot, moments[-1].name, text_anchor="end", **quiet),
    ]


def _line(
    points: Sequence[tuple[float, tuple[float | None, float | None, float | None]]],
    y: Callable[[float], float],
    sign: str,
    dashes: str | None,
) -> list[str]:
    known = [(x, value) for x, (value, _, _) in points if value is not None]
    if not known:
        return []
    path = "M" + "L".join(f"{number(x)} {number(y(value))}" for x, value in known)
    look = {"stroke": BAR, "stroke_width": 2, "fill": "none", "stroke_dasharray": dashes}
    drawn = [element("path", class_="whisker", d=path, **look)]
    for x, (_, low, high) in points:
        if low is not None and high is not None:
            ends = f"M{number(x)} {number(y(low))}V{number(y(high))}"
            drawn.append(element("path", class_="whisker", d=ends, stroke=BAR, stroke_width=1.5))
    return drawn + [shape(x, y(value), sign, 5, fill=BAR) for x, value in known]
