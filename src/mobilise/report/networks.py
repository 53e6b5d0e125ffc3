"""The picture of a network that a board can read: sectors round a circle, links across.

Organisations of one sector stand side by side; the size of a mark says how much an
organisation brokers, its shape the sector, and the stroke of a line the kind of link, so
that nothing hangs on colour. Where there are too many to name, sectors stand for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.report.spreads import shortened
from mobilise.report.svg import QUIET, SIGNS, element, number, picture, sign, text, title

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE = 720.0
MOST_NAMED = 44
_RADIUS, _MARGIN, _LETTERS = 168.0, 162.0, 24
_STROKES = ((None, 1.8), ("7 4", 1.8), (None, 3.6), ("2 4", 2.2), ("10 3 2 3", 1.8))
_LEGEND_ROW = 22.0


@dataclass(frozen=True)
class Organisation:
    """A mark: its id, name, sector, brokerage from 0 to 1, and what a reader is told."""

    id: str
    name: str
    sector: str
    brokerage: float
    said: str


@dataclass(frozen=True)
class Link:
    """A line between two marks, of a kind."""

    one: str
    other: str
    kind: str


def network_picture(
    organisations: Sequence[Organisation],
    links: Sequence[Link],
    *,
    kinds: Sequence[str],
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw a network as a circle, organisations in order of sector and name.

    Parameters
    ----------
    organisations
        Those without a link stand apart, below, where all can see who is left out.
    links
        Between them.
    kinds
        Of link, in the order of the legend; five at most.
    id_, name, alt
        Of the picture.
    """
    sectors = list(dict.fromkeys(o.sector for o in organisations))
    linked = {end for link in links for end in (link.one, link.other)}
    inside = sorted(
        (o for o in organisations if o.id in linked),
        key=lambda o: (sectors.index(o.sector), o.name, o.id),
    )
    alone = [o for o in organisations if o.id not in linked]
    middle = (WIDE / 2, _RADIUS + _MARGIN)
    places = _places(inside, middle)
    largest = max((o.brokerage for o in inside), default=0.0) or 1.0
    drawn = [_link(link, places, middle, list(kinds)) for link in links]
    named = _worth_naming(inside)
    for o in inside:
        x, y, angle = places[o.id]
        size = 5 + 7 * math.sqrt(o.brokerage / largest)
        look = SIGNS[sectors.index(o.sector) % len(SIGNS)]
        drawn.append(element("g", title(o.said) + sign(x, y, look[0], look[1], size)))
        if o.id in named:
            drawn.append(_name(o.name, middle, angle, size))
    foot = middle[1] + _RADIUS + _MARGIN
    legend, height = _legend(sectors, kinds, foot)
    drawn += legend
    if alone:
        shown = ", ".join(o.name for o in alone[:6]) + (
            f" and {len(alone) - 6} more" if len(alone) > 6 else ""
        )
        drawn.append(text(16, height, shortened(f"Without any link: {shown}", 96)))
        height += _LEGEND_ROW
    return picture(WIDE, height, drawn, id_=id_, name=name, alt=alt, kind="chart network")


def _places(
    organisations: Sequence[Organisation], middle: tuple[float, float]
) -> dict[str, tuple[float, float, float]]:
    """Return x, y and angle of each, with a gap between sectors."""
    steps, at, last = [], 0.0, None
    for o in organisations:
        at += 1.0 if last in {None, o.sector} else 2.0
        steps.append(at)
        last = o.sector
    whole = at + 1.0
    found = {}
    for o, step in zip(organisations, steps, strict=True):
        angle = 2 * math.pi * step / whole - math.pi / 2
        x, y = middle[0] + _RADIUS * math.cos(angle), middle[1] + _RADIUS * math.sin(angle)
        found[o.id] = (x, y, angle)
    return found


def _link(
    link: Link,
    places: dict[str, tuple[float, float, float]],
    middle: tuple[float, float],
    kinds: list[str],
) -> str:
    (x1, y1, _), (x2, y2, _) = places[link.one], places[link.other]
    k = kinds.index(link.kind)
    # Bent towards the middle, each kind a little more, so that two of a pair lie apart.
    pull = 0.55 + 0.09 * k
    cx, cy = (
        (a + b) / 2 + (m - (a + b) / 2) * pull
        for a, b, m in zip((x1, y1), (x2, y2), middle, strict=True)
    )
    d = f"M{number(x1)} {number(y1)}Q{number(cx)} {number(cy)} {number(x2)} {number(y2)}"
    dashes, width = _STROKES[k]
    return element("path", class_="edge", d=d, **_look(k, dashes, width))


def _look(k: int, dashes: str | None, width: float) -> dict[str, object]:
    colours = ("#0072b2", "#d55e00", "#00875f", "#767d83", "#a3539b")
    return {"stroke": colours[k], "stroke_width": width, "fill": "none",
            "stroke_dasharray": dashes, "stroke_opacity": "0.75"}  # fmt: skip


def _worth_naming(organisations: Sequence[Organisation]) -> set[str]:
    ranked = sorted(organisations, key=lambda o: (-o.brokerage, o.name, o.id))
    return {o.id for o in ranked[:MOST_NAMED]}


def _name(name: str, middle: tuple[float, float], angle: float, size: float) -> str:
    away = _RADIUS + size + 8
    x, y = middle[0] + away * math.cos(angle), middle[1] + away * math.sin(angle)
    left = math.cos(angle) < 0
    degrees = math.degrees(angle) + (180 if left else 0)
    turn = f"rotate({degrees:.1f} {number(x)} {number(y)})"
    settings = {"text_anchor": "end" if left else "start", "font_size": 12}
    return text(
        x, y, shortened(name, _LETTERS), transform=turn, dominant_baseline="middle", **settings
    )


def _legend(sectors: Sequence[str], kinds: Sequence[str], y: float) -> tuple[list[str], float]:
    drawn: list[str] = []
    for i, sector in enumerate(sectors):
        at = y + i * _LEGEND_ROW
        drawn += [sign(24, at - 5, *SIGNS[i % len(SIGNS)], 6), text(40, at, sector)]
    for k, kind in enumerate(kinds):
        at = y + k * _LEGEND_ROW
        dashes, width = _STROKES[k]
        line = f"M{number(WIDE / 2)} {number(at - 5)}h46"
        drawn.append(element("path", class_="edge", d=line, **_look(k, dashes, width)))
        drawn.append(text(WIDE / 2 + 58, at, kind))
    foot = y + max(len(sectors), len(kinds)) * _LEGEND_ROW
    said = "A larger mark brokers more: more of the paths between others lead over it."
    drawn.append(text(16, foot, said, class_="quiet", fill=QUIET))
    return drawn, foot + _LEGEND_ROW
