"""Charts of studies pooled: the forest plot, and the funnel plot that shows what may be missing."""

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
from mobilise.report.spreads import row_words, upright
from mobilise.report.svg import INK, QUIET, element, number, picture, text, title
from mobilise.report.words import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

_BELOW, _FOOT, _HEAD = 20.0, 42.0, 8.0
_SMALL, _LARGE = 3.0, 8.0  # half sides of a study's square
_TALL, _LEFT, _TOP, _PAD = 220.0, 52.0, 30.0, 14.0


@dataclass(frozen=True)
class Study:
    """One study, or the pooled effect: its limits, and its weight in per cent."""

    label: str
    value: float
    lower: float
    upper: float
    said: str
    weight: float = 0.0


def forest_plot(
    studies: Sequence[Study],
    pooled: Study,
    *,
    prediction: tuple[float, float] | None,
    unit: str,
    id_: str,
    name: str,
    alt: str,
    none: float = 0.0,
) -> str:
    """Draw one row a study, a square as large as its weight, and the pooled effect below.

    Parameters
    ----------
    studies
        In the order they are to be read.
    pooled
        A diamond as wide as its interval.
    prediction
        Limits for a new project: a dashed line under the diamond.
    unit
        Of the effect, below the axis.
    id_, name, alt
        Of the picture.
    none
        The value of no effect, an upright stroke on every track.
    """
    ends = [v for s in (*studies, pooled) for v in (s.lower, s.upper)]
    ticks = axis_ticks([none, *ends, *(prediction or ())], about=4)
    at = [across(tick, ticks) for tick in ticks]
    heaviest = max((s.weight for s in studies), default=1.0) or 1.0
    drawn, y = [], _HEAD
    for study in studies:
        words, middle = row_words(study.label, study.said, y)
        drawn += [*words, track(middle, at), upright(across(none, ticks), middle)]
        drawn += _row(study, ticks, middle, math.sqrt(study.weight / heaviest))
        y = middle + _BELOW
    words, middle = row_words(pooled.label, pooled.said, y)
    drawn += [*words, track(middle, at), upright(across(none, ticks), middle)]
    drawn.append(_diamond(pooled, ticks, middle))
    if prediction is not None:
        drawn.append(_dashed(prediction, ticks, middle + 14))
        drawn.append(text(SIDE, middle + 32, "Dashed: where a new project may lie", **_quiet()))
        middle += 20
    y = middle + _BELOW
    drawn += [tick_label(across(tick, ticks), y, tick, ticks) for tick in ticks]
    drawn.append(text(WIDTH - SIDE, y + 34, unit, text_anchor="end"))
    return picture(WIDTH, y + _FOOT, drawn, id_=id_, name=name, alt=alt, kind="chart")


def funnel_plot(
    studies: Sequence[tuple[str, float, float]],
    centre: float,
    *,
    unit: str,
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw effects against their standard errors, the most exact studies on top.

    Parameters
    ----------
    studies
        Name, effect and standard error of each.
    centre
        The pooled effect; lines show where 95% of studies would lie around it by chance.
    unit
        Of the effect.
    id_, name, alt
        Of the picture.
    """
    largest = max(se for _, _, se in studies)
    ys = axis_ticks([0.0, largest], about=4)
    reach = 1.96 * ys[-1]
    xs = axis_ticks([centre - reach, centre + reach, *(e for _, e, _ in studies)], about=4)
    foot = _TOP + _TALL

    def x(value: float) -> float:
        wide = WIDTH - _LEFT - SIDE - 2 * _PAD
        return _LEFT + _PAD + (value - xs[0]) / (xs[-1] - xs[0]) * wide

    def y(se: float) -> float:
        return _TOP + se / ys[-1] * _TALL

    lines = f"M{number(x(centre - reach))} {number(foot)}L{number(x(centre))} {number(_TOP)}"
    lines += f"L{number(x(centre + reach))} {number(foot)}"
    middle = f"M{number(x(centre))} {number(_TOP)}V{number(foot)}"
    drawn = [text(SIDE, 16, "Standard error (small on top: exact studies)")]
    drawn += [part for tick in ys for part in level(y(tick), tick, ys)]
    drawn += [
        element("path", class_="line", d=lines, stroke=INK, stroke_width=1.5, fill="none",
                stroke_dasharray="6 4"),
        element("path", class_="line", d=middle, stroke=INK, stroke_width=1.5, fill="none"),
    ]  # fmt: skip
    for label, effect, se in studies:
        said = f"{label}: {decimal(effect, 2)}, standard error {decimal(se, 2)}"
        drawn.append(
            element("circle", title(said), class_="mark", cx=x(effect), cy=y(se), r=5, fill=BAR)
        )
    for tick in xs:
        label = decimal(tick, places_of(xs))
        drawn.append(text(x(tick), foot + 20, label, text_anchor="middle", **_quiet()))
    drawn.append(text(WIDTH - SIDE, foot + 40, unit, text_anchor="end"))
    return picture(WIDTH, foot + 50, drawn, id_=id_, name=name, alt=alt, kind="chart")


def level(y: float, value: float, ticks: Sequence[float]) -> list[str]:
    """Return a line across at a tick of an upright axis, with its number to the left."""
    line = f"M{number(_LEFT)} {number(y)}H{number(WIDTH - SIDE)}"
    return [
        element("path", class_="grid", d=line, stroke=GRID, stroke_width=1.5, fill="none"),
        text(_LEFT - 6, y + 5, decimal(value, places_of(ticks)), text_anchor="end", **_quiet()),
    ]


def places_of(ticks: Sequence[float]) -> int:
    """Return the decimals that ticks need."""
    return max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))


def _row(study: Study, ticks: Sequence[float], y: float, size: float) -> list[str]:
    left, right = across(study.lower, ticks), across(study.upper, ticks)
    line = f"M{number(left)} {number(y)}H{number(right)}"
    half = max(_SMALL, _LARGE * size)
    at = {"x": across(study.value, ticks) - half, "y": y - half, "width": 2 * half}
    return [
        element("path", class_="whisker", d=line, stroke=BAR, stroke_width=2, fill="none"),
        element("rect", title(f"{study.label}: {study.said}"), class_="mark", **at,
                height=2 * half, fill=BAR),
    ]  # fmt: skip


def _diamond(pooled: Study, ticks: Sequence[float], y: float) -> str:
    left, middle, right = (across(v, ticks) for v in (pooled.lower, pooled.value, pooled.upper))
    d = f"M{number(left)} {number(y)}L{number(middle)} {number(y - 8)}L{number(right)} {number(y)}"
    d += f"L{number(middle)} {number(y + 8)}z"
    said = title(f"{pooled.label}: {pooled.said}")
    return element("path", said, class_="mark", d=d, fill=BAR)


def _dashed(limits: tuple[float, float], ticks: Sequence[float], y: float) -> str:
    left, right = (across(v, ticks) for v in limits)
    d = f"M{number(left)} {number(y)}H{number(right)}"
    look = {"stroke": INK, "stroke_width": 2, "fill": "none", "stroke_dasharray": "6 4"}
    return element("path", class_="line", d=d, **look)


def _quiet() -> dict[str, str]:
    return {"class_": "quiet", "fill": QUIET}
