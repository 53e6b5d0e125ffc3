"""The spine chart: where one or two larger areas stand among all, measure by measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.report.svg import INK, SIGNS, element, number, picture, sign, text
from mobilise.web.maptable import value_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.web.groups import Groups

WIDTH, ROW, LEFT, HALF = 720.0, 40.0, 10.0, 340.0
MIDDLE = LEFT + HALF + 10.0


def spine_chart(groups: Groups, rows: Sequence[int], *, place: str) -> str:
    """Draw a row a measure: the worst to the left, the place in the middle, the best to the right.

    Parameters
    ----------
    groups
        The larger areas.
    rows
        Those that are marked, two at most.
    place
        The place's name.
    """
    height = ROW * len(groups.layers) + 34
    drawn = [
        text(LEFT, 14, "← worse", class_="quiet"),
        text(MIDDLE, 14, place, text_anchor="middle", class_="quiet"),
        text(MIDDLE + HALF, 14, "better →", text_anchor="end", class_="quiet"),
    ]
    for at in range(len(groups.layers)):
        drawn += _row(groups, at, rows, 26 + at * ROW)
    upright = f"M{number(MIDDLE)} 22V{number(height - 6)}"
    drawn.append(element("path", d=upright, class_="line", stroke=INK, stroke_width=1))
    names = " and ".join(groups.names[row] for row in rows)
    return picture(
        WIDTH,
        height,
        drawn,
        id_="spine",
        name=f"Spine chart of {names}",
        alt=f"Where {names} stands among all on each measure; the table has the same figures.",
        kind="chart",
    )


def _row(groups: Groups, at: int, rows: Sequence[int], top: float) -> list[str]:
    layer, column = groups.layers[at], groups.means[:, at]
    better = 1.0 if layer.higher == "better" else -1.0
    away = better * (column - groups.place[at])
    widest = max(float(np.nanmax(np.abs(away), initial=0.0)), 1e-12)

    def across(value: float) -> float:
        return MIDDLE + HALF * value / widest

    known = away[np.isfinite(away)]
    if len(known) == 0:
        return [text(LEFT, top + 12, f"{layer.label}: no value", class_="quiet")]
    low, high = across(float(known.min())), across(float(known.max()))
    quarter, most = (across(float(np.quantile(known, q))) for q in (0.25, 0.75))
    y = top + 26
    said = "; ".join(value_words(layer, float(column[row])) for row in rows)
    drawn = [
        text(LEFT, top + 13, layer.label, font_size=13),
        text(MIDDLE + HALF, top + 13, said, text_anchor="end", font_size=13, font_weight="bold"),
        element("rect", x=low, y=y - 4, width=max(1, high - low), height=8, rx=4, class_="range"),
        element("rect", x=quarter, y=y - 4, width=max(1, most - quarter), height=8, class_="half"),
    ]
    for place, row in enumerate(rows):
        if np.isfinite(away[row]):
            colour, shape = SIGNS[place]
            drawn.append(sign(across(float(away[row])), y, colour, shape, 6.5))
    return drawn
