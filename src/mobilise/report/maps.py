"""Maps of a place as SVG: which class each area is in, and where the assets are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from mobilise.report.ground import Ground, nice_length
from mobilise.report.model import Key
from mobilise.report.paths import paths_of
from mobilise.report.svg import (
    INK,
    QUIET,
    SIGNS,
    element,
    fill_swatch,
    number,
    picture,
    sign,
    swatch,
    text,
    title,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# ColorBrewer 2.0 "YlGnBu", five classes, colour-blind safe and print friendly
# (Harvey & Brewer 2003, doi:10.1179/000870403235002042). Dark = a longer walk.
PALETTE = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
PAPER, LAND, NO_VALUE = "#e9edf0", "#fbfbf8", "#b9bfc4"
_HATCH = (
    '<pattern id="{id}-h" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><path d="M.5 0v7" stroke="#1d2830" stroke-opacity=".6"/>'
    '<path d="M1.5 0v7" stroke="#fff" stroke-opacity=".6"/></pattern>'
)
_SMALLEST_SHAPE = 16.0  # square pixels: below, a park is drawn as a sign
_SHORTEST_LINE = 8.0  # pixels: below, a waterway is
_SIZES = ((100, 4.5), (400, 3.5), (1_500, 2.2))  # of signs, by how many there are
_FOOT = 34.0  # pixels below the map, for scale and north
ASSET_SIGN = ("#d55e00", "circle")  # stands out from every class of the palette


def class_map(
    ground: Ground,
    classes: NDArray[np.int64],
    labels: Sequence[str],
    assets: Sequence[Any],
    *,
    hatched: NDArray[np.bool_],
    id_: str,
    name: str,
    alt: str,
) -> str:
    """Draw each area in the colour of its class, with the assets on top.

    Parameters
    ----------
    ground
        The place's ground.
    classes
        One an area: 0 (lightest) upwards, -1 for no value.
    labels
        One an area: what the page says when the pointer rests on it.
    assets
        Geometries in the place's coordinates.
    hatched
        One an area: true where the value is in doubt because the data end nearby.
    id_, name, alt
        Of the picture.
    """
    colours = _colours(int(classes.max(initial=0)) + 1)
    drawn = area_shapes(ground, classes, labels, colours)
    if hatched.any():
        doubtful = "".join(ground.paths[i] for i in np.flatnonzero(hatched))
        drawn += [
            element("defs", _HATCH.format(id=id_)),
            element("path", d=doubtful, fill=f"url(#{id_}-h)", pointer_events="none"),
        ]
    signs = asset_signs(ground, assets, *ASSET_SIGN)
    return framed(ground, [*drawn, outline(ground), *signs], id_=id_, name=name, alt=alt)


def asset_map(
    ground: Ground, by_domain: Sequence[Sequence[Any]], *, id_: str, name: str, alt: str
) -> str:
    """Draw the assets on the bare ground, one sign a domain.

    Parameters
    ----------
    ground
        The place's ground.
    by_domain
        Geometries in the place's coordinates, domain by domain.
    id_, name, alt
        Of the picture.
    """
    drawn = [element("path", d=ground.outline, fill=LAND)]
    if not ground.many:
        drawn.append(
            element(
                "path", d="".join(ground.paths), fill="none", stroke="#c3cad0", stroke_width=0.6
            )
        )
    drawn.append(outline(ground))
    # The families with fewer assets come last, so that the many do not hide them.
    for index in sorted(range(len(by_domain)), key=lambda i: -len(by_domain[i])):
        drawn += asset_signs(ground, by_domain[index], *SIGNS[index % len(SIGNS)])
    return framed(ground, drawn, id_=id_, name=name, alt=alt)


def class_keys(
    labels: Sequence[str], *, missing: bool, hatched: bool, assets: str
) -> tuple[Key, ...]:
    """Return the legend of :func:`class_map`.

    Parameters
    ----------
    labels
        One a class, lightest first.
    missing, hatched
        Whether some area has no value, or a doubtful one.
    assets
        What the signs are.
    """
    keys = [
        Key(fill_swatch(c), label) for c, label in zip(_colours(len(labels)), labels, strict=True)
    ]
    if missing:
        keys.append(empty_key("No way to any"))
    if hatched:
        keys.append(hatch_key("Edge of the data: may be nearer to one outside"))
    keys.append(sign_key(*ASSET_SIGN, label=assets))
    return tuple(keys)


def hatch_key(label: str) -> Key:
    """Return the line of a legend that explains hatching."""
    lines = "".join(f"M{x} 15.5l15-15" for x in (-6, 1, 8, 15))
    hatch = element("path", d=lines, stroke=INK, stroke_width=1, fill="none")
    frame = element("rect", x=0.5, y=0.5, width=23, height=15, fill="#fff", stroke=QUIET)
    return Key(swatch(frame + hatch), label)


def empty_key(label: str) -> Key:
    """Return the line of a legend that explains areas without a value."""
    return Key(fill_swatch(NO_VALUE), label)


def sign_key(colour: str, shape: str, label: str) -> Key:
    """Return the line of a legend that explains a sign."""
    return Key(swatch(sign(12, 8, colour, shape, 5.5)), label)


def area_shapes(
    ground: Ground, classes: NDArray[np.int64], labels: Sequence[str], colours: Sequence[str]
) -> list[str]:
    """Return the areas in the colours of their classes, as :func:`class_map` takes them."""
    drawn = []
    for level in range(-1, len(colours)):
        colour = NO_VALUE if level < 0 else colours[level]
        chosen = np.flatnonzero(classes == level)
        if len(chosen) == 0:
            continue
        if ground.many:
            inner = element("path", d="".join(ground.paths[i] for i in chosen))
            # The edge in the class's own colour closes the hairs between neighbours.
            edge: dict[str, object] = {"stroke": colour, "stroke_width": 0.4}
        else:
            inner = "".join(_area(ground, i, labels[i]) for i in chosen.tolist())
            edge = {"stroke": "#fff", "stroke_width": 0.7}
        drawn.append(element("g", inner, fill=colour, **edge))
    return drawn


def _area(ground: Ground, index: int, label: str) -> str:
    if ground.paths[index]:
        return element("path", title(label), d=ground.paths[index])
    x, y = shapely.get_coordinates(shapely.centroid(ground.shapes[index]))[0]
    return element("circle", title(label), cx=x, cy=y, r=5)


def asset_signs(ground: Ground, geometries: Sequence[Any], colour: str, shape: str) -> list[str]:
    """Return assets as they lie on the ground: large ones as shapes, others as signs."""
    if len(geometries) == 0:
        return []
    things = shapely.clip_by_rect(
        ground.pixels(shapely.make_valid(np.asarray(geometries, dtype=object))),
        0,
        0,
        ground.width,
        ground.height,
    )
    things = things[~shapely.is_empty(things)]
    wide = shapely.area(things) >= _SMALLEST_SHAPE
    wide |= (shapely.get_dimensions(things) == 1) & (shapely.length(things) >= _SHORTEST_LINE)
    simple = shapely.simplify(things[wide], 0.5)
    shapes = [
        _wide(path, colour, filled=shapely.get_dimensions(thing) == 2)
        for path, thing in zip(paths_of(simple), simple, strict=True)
    ]
    points = shapely.get_coordinates(shapely.point_on_surface(things[~wide]))
    places = sorted({(round(y, 1), round(x, 1)) for x, y in points.tolist()})
    size = next((size for most, size in _SIZES if len(places) <= most), 0.9)
    return sorted(shapes) + [sign(x, y, colour, shape, size) for y, x in places]


def _wide(path: str, colour: str, *, filled: bool) -> str:
    look: dict[str, object] = {"fill": "none", "stroke": colour, "stroke_width": 1.6}
    if filled:
        look |= {"fill": colour, "fill_opacity": ".45", "stroke_width": 0.8}
    return element("path", d=path, **look)


def outline(ground: Ground) -> str:
    """Return the place's boundary."""
    return element("path", d=ground.outline, fill="none", stroke=QUIET, stroke_width=1)


def framed(ground: Ground, drawn: Sequence[str], *, id_: str, name: str, alt: str) -> str:
    """Return a whole map: what is drawn, with its paper, scale and north."""
    height = ground.height + _FOOT
    content = [
        element("rect", width=ground.width, height=height, rx=8, fill=PAPER),
        *drawn,
        *_scale_bar(ground, height),
        *_north(ground, height),
    ]
    return picture(ground.width, height, content, id_=id_, name=name, alt=alt, kind="map")


def _scale_bar(ground: Ground, height: float) -> list[str]:
    metres = nice_length(ground.width / 3.5 * ground.metres_a_pixel)
    length, y = metres / ground.metres_a_pixel, height - 14
    said = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    bar = f"M14 {number(y - 6)}v6h{number(length)}v-6"
    return [
        element("path", d=bar, fill="none", stroke=INK, stroke_width=1.6),
        text(22 + length, y, said),
    ]


def _north(ground: Ground, height: float) -> list[str]:
    x, y = ground.width - 22, height - 13
    arrow = f"M{number(x)} {number(y - 22)}l6 20-6-5-6 5z"
    return [
        element("path", d=arrow, fill=INK),
        text(x - 11, y - 2, "N", text_anchor="end", font_weight="bold"),
    ]


def _colours(count: int) -> tuple[str, ...]:
    """Return `count` colours of the palette, spread over it."""
    if count == 1:
        return (PALETTE[2],)
    return tuple(PALETTE[round(i * (len(PALETTE) - 1) / (count - 1))] for i in range(count))
