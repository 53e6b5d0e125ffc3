"""SVG by small functions: one markup that the page, the PDF and an XML parser all read.

Colours and sizes are attributes, because the PDF knows no style sheet; the page's style
sheet overrides them through the classes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mobilise.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

INK = "#1d2830"  # text and marks
QUIET = "#55626c"  # axes, outlines: 6.3:1 on white
FONT = "Libertinus Serif"  # what Typst brings along; the page sets its own

# Okabe & Ito 2008, colours that all common kinds of colour vision tell apart; the signs
# differ in shape as well, so that nothing hangs on colour alone.
SIGNS = (
    ("#0072b2", "circle"),
    ("#d55e00", "square"),
    ("#cc79a7", "diamond"),
    ("#009e73", "triangle"),
    ("#56b4e9", "cross"),
    ("#e69f00", "hexagon"),
    ("#1d2830", "bar"),
)
_EDGED_FROM = 2.0  # pixels
_SHAPES = {
    "square": "M-.9-.9h1.8v1.8h-1.8z",
    "triangle": "M0-1.1L1.05.8h-2.1z",
    "diamond": "M0-1.25L1.25 0 0 1.25-1.25 0z",
    "cross": "M-.4-1.1h.8v.7h.7v.8h-.7v.7h-.8v-.7h-.7v-.8h.7z",
    "hexagon": "M0-1.15L1-.58v1.16L0 1.15-1 .58v-1.16z",
    "bar": "M-.55-1.2h1.1v2.4h-1.1z",
}


def number(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, as short as it can be.

    Examples
    --------
    >>> number(12.0), number(0.349), number(-0.04)
    ('12', '.3', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    if text in {"-0", "0"}:
        return "0"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def element(tag: str, content: str = "", /, **attributes: object) -> str:
    """Return one element; names are written with ``_`` for ``-`` and a trailing ``_`` dropped.

    Parameters
    ----------
    tag
        Its name.
    content
        Markup, already escaped.
    attributes
        Numbers are rounded to a tenth; None is left out.
    """
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"


def text(x: float, y: float, words: str, **attributes: object) -> str:
    """Return a line of text that starts (or by ``text_anchor`` ends) at a point."""
    settings = {"x": x, "y": y, "fill": INK} | attributes
    return element("text", escape(clean(words)), **settings)


def title(words: str) -> str:
    """Return the words that a page shows when the pointer rests on a thing."""
    return element("title", escape(clean(words)))


def picture(
    width: float, height: float, content: Iterable[str], *, id_: str, name: str, alt: str, kind: str
) -> str:
    """Return a whole picture with its name and description for those who cannot see it.

    Parameters
    ----------
    width, height
        In pixels; the page scales it.
    content
        Elements.
    id_
        Unique in the report.
    name, alt
        Its short name and its description.
    kind
        The class: ``map``, ``bars`` or ``gradient``.
    """
    head = element("title", escape(clean(name)), id=f"{id_}-t") + element(
        "desc", escape(clean(alt)), id=f"{id_}-d"
    )
    return element(
        "svg",
        head + "".join(content),
        xmlns="http://www.w3.org/2000/svg",
        class_=kind,
        role="img",
        aria_labelledby=f"{id_}-t {id_}-d",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        font_family=FONT,
        font_size=22 if kind == "map" else 14,  # maps are drawn small on paper
    )


def sign(x: float, y: float, colour: str, shape: str, size: float = 4.5) -> str:
    """Return the sign of an asset, edged in white so that it shows on any class of a map."""
    if size < _EDGED_FROM:  # one of thousands: white edges would hide the map
        return element("circle", cx=x, cy=y, r=size, fill=colour)
    edge = {"fill": colour, "stroke": "#fff", "stroke_width": 1}
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=size, **edge)
    at = f"translate({number(x)} {number(y)}) scale({size:g})"
    return element(
        "path", d=_SHAPES[shape], transform=at, **(edge | {"stroke_width": f"{1 / size:.2f}"})
    )


def shape(x: float, y: float, name: str, size: float, **attributes: object) -> str:
    """Return a mark of a chart that is told by its shape: ``diamond``, ``square``, ..."""
    at = f"translate({number(x)} {number(y)}) scale({size:g})"
    return element("path", class_="mark", d=_SHAPES[name], transform=at, **attributes)


def swatch(inner: str) -> str:
    """Return a little picture for a legend, 24 by 16 pixels, which says nothing by itself."""
    return element(
        "svg",
        inner,
        xmlns="http://www.w3.org/2000/svg",
        class_="swatch",
        aria_hidden="true",
        focusable="false",
        viewBox="0 0 24 16",
        width=24,
        height=16,
    )


def fill_swatch(colour: str) -> str:
    """Return the swatch of an area's colour."""
    return swatch(
        element(
            "rect", x=0.5, y=0.5, width=23, height=15, fill=colour, stroke=QUIET, stroke_width=1
        )
    )


def _attribute(value: object) -> str:
    return number(value) if isinstance(value, float | int) else escape(str(value))
