"""Each layer of the map as a picture, for browsers without JavaScript and for paper."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.report.maps import class_map
from mobilise.report.words import in_unit
from mobilise.web.shading import shading

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.report.material import Material
    from mobilise.web.layers import Layer


def write_pictures(material: Material, layers: list[Layer], values: Any, folder: Path) -> None:
    """Write one packed SVG a layer.

    Parameters
    ----------
    material
        The place.
    layers, values
        As :func:`mobilise.web.layers.read_layers` returns them.
    folder
        Where to; it is made.
    """
    folder.mkdir()
    names = material.area_names
    nothing = np.zeros(len(names), dtype=bool)
    for number, layer in enumerate(layers):
        column = values[:, number].astype(float)
        said = [
            f"{name}: {in_unit(value, layer.unit)}"
            for name, value in zip(names, column.tolist(), strict=True)
        ]
        picture = class_map(
            material.ground,
            shading(layer, column).classes,
            said,
            material.of_kind(layer.kind).geometry.to_numpy() if layer.kind else [],
            hatched=nothing,
            id_="picture",
            name=layer.label,
            alt=f"Map of {layer.label}; the table below it has every value.",
        )
        (folder / f"{layer.id}.svg.gz").write_bytes(gzip.compress(picture.encode(), 6, mtime=0))
