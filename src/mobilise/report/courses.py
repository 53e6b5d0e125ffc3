"""Charts of causal designs: effects about a start, and a series that is interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.charts import BAR, SIDE, WIDTH, axis_ticks
from mobilise.report.forests import level
from mobilise.report.svg import INK, QUIET, element, number, picture, shape, text, title
from mobilise.report.words import decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TALL, _LEFT, _TOP, _PAD = 200.0, 52.0, 34.0, 16.0
_MOST_NAMED = 12  # periods that are all named below the axis
_SHORT = 4  # letters of a period's name that fit below its mark
_BOLD = {"stroke": INK, "stroke_width": 2, "fill": "none"}


@dataclass(frozen=True)
class Around:
    """The effect at one distance from the start, with its limits and its words."""

    since: float
    value: float
    lower: float
    upper: float
    said: str


@dataclass(frozen=True)
class Period:
    """One period of a series: what was observed, the line, and the line without it."""

    name: str
    observed: float
    fitted: float
    without: float | None


def event_plot(
    effects: Sequence[Around], *, reference: float, unit: str, id_: str, name: str, alt: str
) -> str:
    """Draw effects before and after the start, with the period that all are compared with.

    Parameters
    ----------
    effects
        In order of time, the reference left out.
    reference
        Its distance from the start; drawn as an empty circle at zero.
    unit
        Of the effect.
    id_, name, alt
        Of the picture.
    """
    ys = axis_ticks([0.0, *(v for e in effects for v in (e.lower, e.upper))])
    since = [*(e.since for e in effects), reference]
    first, last = min(since), max(since)

    def x(value: float) -> float:
        wide = WIDTH - _LEFT - SIDE - 2 * _PAD
        return _LEFT + _PAD + (value - first) / ((last - first) or 1.0) * wide

    y = _upright(ys)
    foot = _TOP + _TALL
    start = f"M{number(x(-0.5))} {number(_TOP)}V{number(foot)}"
    zero = f"M{number(_LEFT)} {number(y(0.0))}H{number(WIDTH - SIDE)}"
    drawn = [text(SIDE, 16, f"Effect, {unit}" if unit else "Effect")]
    drawn += [part for tick in ys for part in level(y(tick), tick, ys)]
    drawn += [
        element("path", class_="line", d=zero, **_BOLD),
        element("path", class_="line", d=start, **_BOLD, stroke_dasharray="6 4"),
        text(x(-0.5) + 6, _TOP + 12, "it begins →"),
    ]
    for e in effects:
        ends = f"M{number(x(e.since))} {number(y(e.lower))}V{number(y(e.upper))}"
        mark = "square" if e.since < 0 else "diamond"  # before and after differ in shape
        drawn.append(element("path", class_="whisker", d=ends, stroke=BAR, stroke_width=2.5))
        drawn.append(element("g", title(e.said) + shape(x(e.since), y(e.value), mark, 6, fill=BAR)))
    look = {"fill": "#fff", "stroke": BAR, "stroke_width": 1.5}
    drawn.append(element("circle", class_="hollow", cx=x(reference), cy=y(0.0), r=5, **look))
    drawn += _named([(x(s), f"{s:g}".replace("-", "−")) for s in sorted(since)], foot)
    drawn.append(text(WIDTH - SIDE, foot + 42, "Periods since the start", text_anchor="end"))
    return picture(WIDTH, foot + 52, drawn, id_=id_, name=name, alt=alt, kind="chart")


def series_plot(
    periods: Sequence[Period], *, start: int, unit: str, id_: str, name: str, alt: str
) -> str:
    """Draw a series, its fitted line, and where the line from before would have gone.

    Parameters
    ----------
    periods
        In order of time.
    start
        Index of the first period with it.
    unit
        Of the outcome.
    id_, name, alt
        Of the picture.
    """
    known = [v for p in periods for v in (p.observed, p.fitted, p.without) if v is not None]
    ys = axis_ticks(known)

    def x(i: float) -> float:
        wide = WIDTH - _LEFT - SIDE - 2 * _PAD
        return _LEFT + _PAD + i / max(1, len(periods) - 1) * wide

    y, foot = _upright(ys), _TOP + _TALL
    begins = f"M{number(x(start - 0.5))} {number(_TOP)}V{number(foot)}"
    fitted = [(x(i), y(p.fitted)) for i, p in enumerate(periods)]
    without = [
        (x(i), y(p.without)) for i, p in enumerate(periods) if i >= start and p.without is not None
    ]
    drawn = [text(SIDE, 16, unit)]
    drawn += [part for tick in ys for part in level(y(tick), tick, ys)]
    drawn += [
        element("path", class_="line", d=begins, **_BOLD, stroke_dasharray="2 4"),
        *(
            element(
                "path", class_="whisker", d=_line(part), stroke=BAR, stroke_width=2.5, fill="none"
            )
            for part in (fitted[:start], fitted[start:])
        ),
        element("path", class_="line", d=_line(without), **_BOLD, stroke_dasharray="7 4"),
    ]
    drawn += [
        element("circle", title(f"{p.name}: {decimal(p.observed)}"), class_="mark", cx=x(i),
                cy=y(p.observed), r=3, fill=BAR)
        for i, p in enumerate(periods)
    ]  # fmt: skip
    ends = [(x(i), periods[i].name) for i in (0, start, len(periods) - 1)]
    drawn += _named(ends, foot)
    drawn.append(text(SIDE, foot + 42, "Dots: observed. Solid: fitted. Dashed: without it."))
    return picture(WIDTH, foot + 52, drawn, id_=id_, name=name, alt=alt, kind="chart")


def _upright(ticks: Sequence[float]) -> Callable[[float], float]:
    return lambda v: _TOP + (ticks[-1] - v) / (ticks[-1] - ticks[0]) * _TALL


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) if points else "M0 0"


def _named(places: Sequence[tuple[float, str]], foot: float) -> list[str]:
    step = 1 + len(places) // _MOST_NAMED
    wide = {0: "start", len(places) - 1: "end"} if len(places[0][1]) > _SHORT else {}
    return [
        text(x, foot + 20, name, text_anchor=wide.get(i, "middle"), class_="quiet", fill=QUIET)
        for i, (x, name) in enumerate(places)
        if i % step == 0
    ]
