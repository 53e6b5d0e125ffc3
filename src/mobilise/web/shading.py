"""Which colour an area has on the map, and what the colour means."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.report import words
from mobilise.report.classes import (
    breaks_above_none,
    class_breaks,
    class_labels,
    class_of,
)
from mobilise.report.maps import NO_VALUE, PALETTE
from mobilise.web.layers import DEPRIVATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.web.layers import Layer

# Stevens's bivariate scheme: columns by the layer, rows by deprivation, both dark at the top end.
BIVARIATE = (
    ("#e8e8e8", "#ace4e4", "#5ac8c8"),
    ("#dfb0d6", "#a5add3", "#5698b9"),
    ("#be64ac", "#8c62aa", "#3b4994"),
)
THIRDS = ("lowest third", "middle third", "highest third")
DEPRIVED = ("least deprived third", "middle third", "most deprived third")


@dataclass(frozen=True)
class Shading:
    """The classes of the areas, and the legend.

    Parameters
    ----------
    classes
        One an area: a position in `colours`, -1 for no value.
    colours, labels
        One a class.
    title
        What the colours show, with its unit.
    square
        Whether the classes are three by three.
    """

    classes: NDArray[np.int64]
    colours: tuple[str, ...]
    labels: tuple[str, ...]
    title: str
    square: bool = False

    @property
    def missing(self) -> bool:
        """Whether any area has no value."""
        return bool((self.classes < 0).any())


def shading(layer: Layer, values: Any) -> Shading:
    """Return the five classes of a layer.

    Parameters
    ----------
    layer
        Which one.
    values
        One an area, in its unit; nan for none.
    """
    title = f"{layer.label}, {layer.unit}" + (f", {layer.period}" if layer.period else "")
    if layer.id == DEPRIVATION:
        known = np.isfinite(values)
        classes = np.where(known, 5 - np.nan_to_num(values, nan=6.0), -1).astype(np.int64)
        labels = tuple(words.fifth(fifth) for fifth in (5, 4, 3, 2, 1))
        return Shading(classes, PALETTE, labels, title)
    if layer.measure.startswith("nearest"):
        breaks = class_breaks(values)
    elif layer.kind:
        breaks = breaks_above_none(values)
    else:
        breaks = class_breaks(values, steps=(10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.01))
    labels = tuple(class_labels(breaks, layer.unit))
    return Shading(class_of(values, breaks), colours_for(len(labels)), labels, title)


def against_deprivation(layer: Layer, values: Any, deprivation: Any) -> Shading:
    """Return thirds of a layer by thirds of deprivation: nine classes.

    Parameters
    ----------
    layer
        Which one.
    values
        One an area; nan for none.
    deprivation
        One an area, higher = more deprived; nan for none.
    """
    across, up = _thirds(values), _thirds(deprivation)
    classes = np.where((across >= 0) & (up >= 0), 3 * up + across, -1)
    labels = [
        f"{THIRDS[column].capitalize()} of {layer.unit}, {DEPRIVED[row]}"
        for row, column in itertools.product(range(3), range(3))
    ]
    colours = tuple(colour for row in BIVARIATE for colour in row)
    title = f"{layer.label}, against deprivation"
    return Shading(classes, colours, tuple(labels), title, square=True)


def colours_for(count: int) -> tuple[str, ...]:
    """Return `count` colours, lightest first, spread over the palette.

    Parameters
    ----------
    count
        One to five.
    """
    if count == 1:
        return (PALETTE[2],)
    return tuple(PALETTE[round(i * (len(PALETTE) - 1) / (count - 1))] for i in range(count))


def style_of(made: Shading) -> dict[str, Any]:
    """Return what the map in the browser needs: a class an area and a colour a class."""
    return {
        "classes": made.classes.tolist(),
        "colours": list(made.colours),
        "missing": NO_VALUE,
        "labels": list(made.labels),
        "title": made.title,
    }


def _thirds(values: Any) -> NDArray[np.int64]:
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(values), -1, dtype=np.int64)
    limits = np.quantile(values[known], [1 / 3, 2 / 3])
    return np.where(known, np.searchsorted(limits, values, side="left"), -1).astype(np.int64)
