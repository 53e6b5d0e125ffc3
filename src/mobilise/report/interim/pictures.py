"""Pictures of the evidence: projects by barrier, themes by project, what is told together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report.charts import BAR, GRID, SIDE, WIDTH
from mobilise.report.svg import INK, element, number, picture, text, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_ROW, _HEAD, _WORDS = 34.0, 118.0, 190.0
_STEP = 25.0
_SLANT = 36.0  # of the last name, which leans over the grid


def theme_grid(counts: pd.DataFrame, columns: Sequence[str], *, id_: str, alt: str) -> str:
    """Draw a grid of dots: rows by columns, the dot's area in proportion to the count.

    Parameters
    ----------
    counts
        Extracts, shape (rows, columns).
    columns
        What to write above each column.
    id_, alt
        Of the picture.
    """
    wide = _WORDS + len(columns) * _ROW + _SLANT
    most = max(float(counts.to_numpy().max()), 1.0) if counts.size else 1.0
    drawn = []
    for at, name in enumerate(columns):
        x = _WORDS + (at + 0.5) * _ROW
        turned = f"rotate(-55 {number(x)} {number(_HEAD - 8)})"
        drawn.append(text(x, _HEAD - 8, _short(name, 17), transform=turned, font_size=12))
    for i, (theme, row) in enumerate(counts.iterrows()):
        y = _HEAD + (i + 0.5) * _ROW
        line = {"stroke": GRID, "stroke_width": 1, "class_": "grid"}
        drawn.append(
            element("path", d=f"M{number(SIDE)} {number(y)}H{number(wide - SIDE)}", **line)
        )
        words = element(
            "rect", x=0, y=y - 9, width=_WORDS - 14, height=18, fill="#fff", class_="under"
        )
        drawn += [words, text(SIDE, y + 5, str(theme), font_size=13)]
        for at, count in enumerate(row.to_list()):
            if count:
                drawn += _dot(_WORDS + (at + 0.5) * _ROW, y, int(count), most)
    return picture(
        wide,
        _HEAD + len(counts) * _ROW + 6,
        drawn,
        id_=id_,
        name="Grid",
        alt=alt,
        kind="chart wide",
    )


def arcs(names: Sequence[str], pairs: Sequence[tuple[int, int, int]], *, id_: str, alt: str) -> str:
    """Draw names below each other, and arcs between those that go together.

    Parameters
    ----------
    names
        In the order they are to be read.
    pairs
        Places of two names, and the weight that makes the arc thick.
    id_, alt
        Of the picture.
    """
    left = 205.0
    height = len(names) * _STEP + 12
    furthest = (WIDTH - left - SIDE) / 0.75  # a curve goes three quarters of the way
    drawn = []
    most = max((weight for _, _, weight in pairs), default=1)
    for first, second, weight in sorted(pairs, key=lambda pair: pair[2]):
        y1, y2 = sorted((first * _STEP + 18, second * _STEP + 18))
        x = number(left + 24 + (furthest - 24) * (y2 - y1) / (len(names) * _STEP))
        start, end = f"{number(left)} {number(y1)}", f"{number(left)} {number(y2)}"
        path = f"M{start}C{x} {number(y1)} {x} {number(y2)} {end}"
        inner = title(f"{names[first]} and {names[second]}: {weight} projects")
        drawn.append(
            element(
                "path",
                inner,
                d=path,
                fill="none",
                stroke=BAR,
                stroke_width=round(0.8 + 4.2 * weight / most, 2),
                stroke_opacity=f"{0.35 + 0.5 * weight / most:.2f}",
                class_="whisker",
            )
        )
    for at, name in enumerate(names):
        y = at * _STEP + 18
        drawn.append(text(left - 12, y + 5, _short(name, 29), text_anchor="end", font_size=13))
        drawn.append(element("circle", cx=left, cy=y, r=3.5, fill=INK, class_="ink"))
    return picture(WIDTH, height, drawn, id_=id_, name="Told together", alt=alt, kind="chart")


def _dot(x: float, y: float, count: int, most: float) -> list[str]:
    radius = 4.5 + 9.5 * (count / most) ** 0.5
    return [
        element("circle", cx=x, cy=y, r=radius, fill=BAR, class_="mark"),
        text(x, y + 4, str(count), text_anchor="middle", font_size=11, fill="#fff", class_="on"),
    ]


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"
