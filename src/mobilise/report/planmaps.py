"""Maps of plans: which areas a plan reaches, and where its sites open and close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from mobilise.report.maps import (
    ASSET_SIGN,
    PALETTE,
    area_shapes,
    asset_signs,
    framed,
    outline,
    sign_key,
)
from mobilise.report.model import Key
from mobilise.report.svg import INK, element, fill_swatch, number, swatch, text, title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mobilise.report.ground import Ground

# Light to dark, so that the classes can be told apart without colour: not within the limit;
# within it before and after; newly within it; no longer within it.
COLOURS = (PALETTE[0], PALETTE[1], PALETTE[3], "#54278f")
_FEW = 30  # more sites than this are drawn smaller, so that they leave the areas to be seen
_NUMBER, _SMALL_NUMBER = (15.0, 20), (9.0, 12)  # radius and size of figures, in pixels


def plan_map(
    ground: Ground,
    classes: NDArray[Any],
    labels: Sequence[str],
    today: Sequence[Any],
    *,
    opened: Sequence[tuple[str, float, float]],
    closed: Sequence[tuple[str, float, float]],
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw what a plan changes for each area, with today's assets and the plan's sites.

    Parameters
    ----------
    ground
        The place's ground.
    classes
        One an area: 0 not reached, 1 reached before and after, 2 newly reached, 3 lost.
    labels
        One an area: what the page says when the pointer rests on it.
    today
        Geometries of the assets there are.
    opened, closed
        Names and coordinates of sites, those that open in the order of their numbers.
    id_, name, alt
        Of the picture.
    """
    drawn = [
        *area_shapes(ground, classes, labels, COLOURS),
        outline(ground),
        *asset_signs(ground, today, *ASSET_SIGN),
        *(_crossed(x, y, said) for x, y, said in _placed(ground, closed)),
    ]
    look = _NUMBER if len(opened) <= _FEW else _SMALL_NUMBER
    numbered = [
        _numbered(x, y, order, said, *look)
        for order, (x, y, said) in enumerate(_placed(ground, opened), 1)
    ]
    # The first site lies on top: where two are close, it helps more.
    return framed(ground, [*drawn, *reversed(numbered)], id_=id_, name=name, alt=alt)


def plan_keys(labels: Sequence[str], *, assets: str, opens: bool, closes: bool) -> tuple[Key, ...]:
    """Return the legend of :func:`plan_map`.

    Parameters
    ----------
    labels
        One a class that is drawn, in the order of :data:`COLOURS`; "" for one that is not.
    assets
        What the dots are.
    opens, closes
        Whether sites open or close.
    """
    keys = [
        Key(fill_swatch(colour), label)
        for colour, label in zip(COLOURS, labels, strict=True)
        if label
    ]
    keys.append(sign_key(*ASSET_SIGN, label=assets))
    if opens:
        ring = element("circle", cx=12, cy=8, r=7, fill="#fff", stroke=INK, stroke_width=1.5)
        figure = text(12, 11.5, "1", text_anchor="middle", font_size=10, font_weight="bold")
        keys.append(Key(swatch(ring + figure), "New site, numbered as in the table"))
    if closes:
        keys.append(Key(swatch(_cross(12, 8, 5)), "Site that closes"))
    return tuple(keys)


def _placed(
    ground: Ground, sites: Sequence[tuple[str, float, float]]
) -> list[tuple[float, float, str]]:
    """Return sites in pixels; where they lie beyond the map, at its edge."""
    if not sites:
        return []
    points = ground.pixels([shapely.Point(x, y) for _, x, y in sites])
    inner = 18.0
    return [
        (
            min(max(point.x, inner), ground.width - inner),
            min(max(point.y, inner), ground.height - inner),
            said,
        )
        for point, (said, _, _) in zip(points, sites, strict=True)
    ]


def _numbered(x: float, y: float, order: int, said: str, radius: float, size: int) -> str:
    ring = element("circle", cx=x, cy=y, r=radius, fill="#fff", stroke=INK, stroke_width=2.5)
    bold = {"text_anchor": "middle", "font_weight": "bold", "font_size": size}
    figure = text(x, y + size * 0.35, str(order), **bold)
    return element("g", title(f"{order}: {said}") + ring + figure, class_="site")


def _crossed(x: float, y: float, said: str) -> str:
    return element("g", title(f"Closes: {said}") + _cross(x, y, 10), class_="closing")


def _cross(x: float, y: float, size: float) -> str:
    arms = f"M{number(x - size)} {number(y - size)}l{number(2 * size)} {number(2 * size)}"
    arms += f"M{number(x - size)} {number(y + size)}l{number(2 * size)} {number(-2 * size)}"
    wide = element("path", d=arms, stroke="#fff", stroke_width=size * 0.75, fill="none")
    return wide + element("path", d=arms, stroke=INK, stroke_width=size * 0.35, fill="none")
