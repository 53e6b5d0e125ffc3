"""Charts that set several figures of one thing side by side: equiplots and spines.

As in :mod:`mobilise.report.charts`, words stand above their track, so that the same picture can
be read on a phone; long ones run over two lines.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.charts import (
    BAR,
    SIDE,
    WIDTH,
    Scale,
    across,
    axis_ticks,
    tick_label,
    track,
)
from mobilise.report.svg import INK, QUIET, element, number, picture, shape, text, title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WIDE = 38  # letters in a line by itself, on a phone
LABEL = 27  # letters in a line beside a figure, on a phone
_END = 20  # letters of one of two names in a line
_LINE, _BELOW, _HEAD, _FOOT = 18.0, 24.0, 26.0, 24.0
_ENDS = ("diamond", "square")  # shapes, so that nothing hangs on colour


@dataclass(frozen=True)
class Spread:
    """One row: a thing's figures from the first group to the last.

    Parameters
    ----------
    label
        What it is.
    figures
        One a group; None where there is none.
    said
        What is printed beside the label: the first and the last figure.
    """

    label: str
    figures: tuple[float | None, ...]
    said: str


@dataclass(frozen=True)
class Spine:
    """One row: larger areas about the place's mean, in standard deviations, better to the right.

    Parameters
    ----------
    label
        What is measured.
    places
        Each larger area's name with its figure, and where it stands.
    worst, best
        The names at both ends.
    """

    label: str
    places: tuple[tuple[str, float], ...]
    worst: str
    best: str


def equiplot(
    rows: Sequence[Spread],
    *,
    groups: tuple[str, str, str],
    scale: Scale,
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw one row a thing: a sign for each group, and a line from the first to the last.

    Parameters
    ----------
    rows
        In the order they are to be read.
    groups
        What the first sign, those between and the last are; "" where there are none between.
    scale
        As for :func:`mobilise.report.charts.gradient_chart`.
    id_, name, alt
        Of the picture.

    Notes
    -----
    After the International Center for Equity in Health, Pelotas (equidade.org/equiplot).
    """
    known = [v for row in rows for v in row.figures] + ([0.0] if scale == "zero" else [])
    ticks = [0.0, 25.0, 50.0, 75.0, 100.0] if scale == "share" else axis_ticks(known)
    drawn, y = _signs(groups), _HEAD + (_LINE if groups[1] else 0.0)
    for row in rows:
        words, middle = row_words(row.label, row.said, y)
        drawn += [*words, track(middle, [across(tick, ticks) for tick in ticks])]
        drawn += _group_signs(row, middle, lambda v: across(v, ticks))
        y = middle + _BELOW - 4
    drawn += [tick_label(across(tick, ticks), y, tick, ticks) for tick in ticks]
    return picture(WIDTH, y + _FOOT, drawn, id_=id_, name=name, alt=alt, kind="chart")


def spine_chart(rows: Sequence[Spine], *, id_: str, name: str, alt: str) -> str:
    """Draw one row a thing: each larger area about the place's mean, worse left, better right.

    Parameters
    ----------
    rows
        In the order they are to be read.
    id_, name, alt
        Of the picture.

    Notes
    -----
    After the spine charts of public health profiles in England, with words for colours.
    """
    furthest = max((abs(z) for row in rows for _, z in row.places), default=0.0) or 1.0
    ticks = [-furthest, 0.0, furthest]
    drawn, y = [], 0.0
    for row in rows:
        words, middle = row_words(row.label, "", y)
        ends = [across(pick(z for _, z in row.places), ticks) for pick in (min, max)]
        spine = f"M{number(ends[0])} {number(middle)}H{number(ends[1])}"
        drawn += [
            *words,
            track(middle, [across(tick, ticks) for tick in ticks]),
            element("path", class_="whisker", d=spine, stroke=BAR, stroke_width=5, fill="none"),
            *(_place(across(z, ticks), middle, said) for said, z in row.places),
            upright(across(0.0, ticks), middle),
            _quiet(SIDE, middle + 22, f"Worst: {row.worst}", "start"),
            _quiet(WIDTH - SIDE, middle + 22, f"Best: {row.best}", "end"),
        ]
        y = middle + _BELOW + 12
    drawn += [
        text(SIDE, y + 16, "← worse for people"),
        text(WIDTH / 2, y + 16, "place", text_anchor="middle", font_weight="bold"),
        text(WIDTH - SIDE, y + 16, "better for people →", text_anchor="end"),
    ]
    return picture(WIDTH, y + _FOOT, drawn, id_=id_, name=name, alt=alt, kind="chart")


def shortened(label: str, letters: int = LABEL) -> str:
    """Return a label that fits; its figure's table has it in full.

    Examples
    --------
    >>> shortened("Life expectancy at birth, females", 20)
    'Life expectancy at…'
    """
    return label if len(label) <= letters else f"{label[: letters - 1].rstrip()}…"


def lines_of(label: str, *, beside: bool = True) -> list[str]:
    """Return a label in one line or two; a figure stands `beside` the first only."""
    first, *rest = textwrap.wrap(label, LABEL if beside else _WIDE) or [""]
    return [first, shortened(" ".join(rest), _WIDE)] if rest else [first]


def row_words(label: str, said: str, y: float) -> tuple[list[str], float]:
    """Return the words of a row that begins at `y`, and where its track lies."""
    lines = lines_of(label, beside=bool(said))
    drawn = [text(SIDE, y + 16 + i * _LINE, line) for i, line in enumerate(lines)]
    if said:
        end = {"text_anchor": "end", "font_weight": "bold"}
        drawn.append(text(WIDTH - SIDE, y + 16, said, **end))
    return drawn, y + 11 + len(lines) * _LINE


def _signs(groups: tuple[str, str, str]) -> list[str]:
    first, between, last = groups
    drawn = [shape(SIDE + 6, 11, _ENDS[0], 6, fill=BAR), text(SIDE + 18, 16, first)]
    if between:
        drawn += [_between(SIDE + 6, 11 + _LINE), text(SIDE + 18, 16 + _LINE, between)]
    end = {"text_anchor": "end"}
    drawn += [text(WIDTH - SIDE - 18, 16, last, **end)]
    return [*drawn, shape(WIDTH - SIDE - 6, 11, _ENDS[1], 6, fill=BAR)]


def _group_signs(row: Spread, y: float, at: Callable[[float], float]) -> list[str]:
    first, *between, last = row.figures
    drawn = []
    if first is not None and last is not None:
        line = f"M{number(at(first))} {number(y)}H{number(at(last))}"
        drawn.append(
            element("path", class_="whisker", d=line, stroke=BAR, stroke_width=3, fill="none")
        )
    drawn += [_between(at(value), y) for value in between if value is not None]
    for value, sign in zip((first, last), _ENDS, strict=True):
        if value is not None:
            drawn.append(shape(at(value), y, sign, 6, fill=BAR))
    return drawn


def _between(x: float, y: float) -> str:
    look = {"fill": "#fff", "stroke": BAR, "stroke_width": 1.5}
    return element("circle", class_="hollow", cx=x, cy=y, r=3.5, **look)


def _place(x: float, y: float, said: str) -> str:
    look = {"fill": "#fff", "stroke": BAR, "stroke_width": 1.5}
    return element("circle", title(said), class_="hollow", cx=x, cy=y, r=4, **look)


def upright(x: float, y: float) -> str:
    """Return the stroke that marks a value on a track."""
    stroke = f"M{number(x)} {number(y - 9)}v18"
    return element("path", class_="line", d=stroke, stroke=INK, stroke_width=2, fill="none")


def _quiet(x: float, y: float, words: str, anchor: str) -> str:
    return text(x, y, shortened(words, _END), text_anchor=anchor, class_="quiet", fill=QUIET)
