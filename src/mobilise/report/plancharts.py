"""Charts of plans: what fairness costs, and how often each site is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.charts import (
    BAR,
    GRID,
    SIDE,
    WIDTH,
    across,
    axis_ticks,
    tick_label,
    track,
)
from mobilise.report.spreads import row_words
from mobilise.report.svg import INK, QUIET, element, number, picture, shape, text, title
from mobilise.report.words import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

_TALL, _LEFT, _TOP, _PAD = 200.0, 64.0, 34.0, 14.0
_NAMED = 22.0  # pixels between two points that both bear their number
_WHOLE = [0.0, 25.0, 50.0, 75.0, 100.0]


@dataclass(frozen=True)
class Trade:
    """One plan of a frontier: its number, people within the limit, inequality, and its words."""

    point: int
    people: float
    inequality: float
    said: str


@dataclass(frozen=True)
class Chosen:
    """One site: the share of the draws that choose it (%), and whether the plan has it."""

    label: str
    percent: float
    in_plan: bool
    said: str


def frontier_chart(trades: Sequence[Trade], *, id_: str, name: str, alt: str) -> str:
    """Draw people within the limit against inequality, one numbered point a plan.

    Parameters
    ----------
    trades
        From most people to fairest.
    id_, name, alt
        Of the picture.
    """
    xs = axis_ticks([0.0, *(trade.inequality for trade in trades)], about=4)
    ys = axis_ticks([trade.people for trade in trades], about=4)
    foot = _TOP + _TALL

    def at(trade: Trade) -> tuple[float, float]:
        wide = WIDTH - _LEFT - SIDE - 2 * _PAD
        x = _LEFT + _PAD + (trade.inequality - xs[0]) / (xs[-1] - xs[0]) * wide
        return x, _TOP + (ys[-1] - trade.people) / (ys[-1] - ys[0]) * _TALL

    points = [at(trade) for trade in trades]
    line = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    look = {"stroke": BAR, "stroke_width": 2, "fill": "none"}
    drawn = [
        text(SIDE, 16, "People within the limit"),
        *(part for tick in ys for part in _level(tick, ys)),
        *_below(xs, foot),
        element("path", class_="whisker", d=line, **look),
        *_points(trades, points),
        text(WIDTH - SIDE, foot + 44, "Inequality, percentage points", text_anchor="end"),
        text(_LEFT, foot + 44, "← fairer", class_="quiet", fill=QUIET),
    ]
    return picture(WIDTH, foot + 54, drawn, id_=id_, name=name, alt=alt, kind="chart")


def chosen_chart(sites: Sequence[Chosen], *, id_: str, name: str, alt: str) -> str:
    """Draw how often each site is chosen, on an axis from 0 to 100%.

    Parameters
    ----------
    sites
        In the order they are to be read; those of the plan are filled, others outlined.
    id_, name, alt
        Of the picture.
    """
    drawn = [
        element("rect", class_="mark", x=SIDE, y=6, width=18, height=10, fill=BAR),
        text(SIDE + 26, 16, "in the plan"),
        _outlined(SIDE + 150, 6, 18),
        text(SIDE + 176, 16, "not in the plan"),
    ]
    y = 26.0
    for site in sites:
        words, middle = row_words(site.label, site.said, y)
        drawn += [*words, track(middle, [across(tick, _WHOLE) for tick in _WHOLE])]
        long = max(1.0, across(site.percent, _WHOLE) - SIDE)
        if site.in_plan:
            at = {"x": SIDE, "y": middle - 5, "width": long, "height": 10}
            drawn.append(element("rect", class_="mark", **at, fill=BAR))
        else:
            drawn.append(_outlined(SIDE, middle - 5, long))
        y = middle + 18
    drawn += [tick_label(across(tick, _WHOLE), y, tick, _WHOLE) for tick in _WHOLE]
    return picture(WIDTH, y + 24, drawn, id_=id_, name=name, alt=alt, kind="chart")


def _level(value: float, ticks: Sequence[float]) -> list[str]:
    y = _TOP + (ticks[-1] - value) / (ticks[-1] - ticks[0]) * _TALL
    line = f"M{number(_LEFT)} {number(y)}H{number(WIDTH - SIDE)}"
    said = {"text_anchor": "end", "class_": "quiet", "fill": QUIET}
    return [
        element("path", class_="grid", d=line, stroke=GRID, stroke_width=1.5, fill="none"),
        text(_LEFT - 6, y + 5, decimal(value, _places(ticks)), **said),
    ]


def _below(ticks: Sequence[float], foot: float) -> list[str]:
    wide = WIDTH - _LEFT - SIDE - 2 * _PAD
    said = {"text_anchor": "middle", "class_": "quiet", "fill": QUIET}
    return [
        text(
            _LEFT + _PAD + (tick - ticks[0]) / (ticks[-1] - ticks[0]) * wide,
            foot + 22,
            decimal(tick, _places(ticks)),
            **said,
        )
        for tick in ticks
    ]


def _points(trades: Sequence[Trade], points: Sequence[tuple[float, float]]) -> list[str]:
    """Mark every plan; number the ends, and those between that have room for it."""
    drawn: list[str] = []
    named: list[tuple[float, float]] = [points[0], points[-1]]
    for k, (trade, (x, y)) in enumerate(zip(trades, points, strict=True)):
        end = k in {0, len(points) - 1}
        drawn.append(element("g", title(trade.said) + shape(x, y, "diamond", 6, fill=BAR)))
        if end or all(math.dist((x, y), other) >= _NAMED for other in named):
            named.append((x, y))
            bold = {"text_anchor": "end", "font_weight": "bold", "fill": INK}
            drawn.append(text(x - 7, y - 7, str(trade.point), **bold))
    return drawn


def _outlined(x: float, y: float, wide: float) -> str:
    at = {"x": x, "y": y, "width": wide, "height": 10}
    return element("rect", class_="hollow", **at, fill="#fff", stroke=BAR, stroke_width=1.5)


def _places(ticks: Sequence[float]) -> int:
    return max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
