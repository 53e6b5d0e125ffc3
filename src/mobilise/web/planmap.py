"""What the moving map shows of a plan: a class an area, and the sites that open and close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyproj import Transformer

from mobilise.report import words
from mobilise.report.planmaps import COLOURS
from mobilise.report.sections.plan_sites import change_classes, change_words
from mobilise.report.sections.plans import shown_names

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.material import Material


def change_map(
    material: Material, tables: dict[str, pd.DataFrame], *, kind: str, minutes: float
) -> dict[str, Any]:
    """Return what the report's map of the same plan shows, as plain records.

    Parameters
    ----------
    material
        The place.
    tables
        ``plan`` and ``plan_areas``, of one scenario.
    kind, minutes
        What the plan is about: a kind of asset, within so many minutes.

    Returns
    -------
    dict
        ``classes`` (one an area, in the order of ``areas``), ``colours`` and ``labels`` (one a
        class), ``kind``, and ``sites``: order, name, change, longitude and latitude in degrees.
    """
    return {
        "classes": change_classes(material, tables["plan_areas"]).tolist(),
        "colours": list(COLOURS),
        "labels": change_words(words.limit(minutes)),
        "kind": kind,
        "sites": _sites(material, tables["plan"]),
    }


def _sites(material: Material, plan: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the sites that have a place; those that open are numbered as in the table."""
    placed = plan.dropna(subset=["x", "y"])
    sites = placed.sort_values(["change", "order", "site_id"], ignore_index=True)
    degrees = Transformer.from_crs(material.areas.crs, 4326, always_xy=True)
    lon, lat = degrees.transform(sites["x"].to_numpy(), sites["y"].to_numpy())
    opens = sites["change"] == "open"
    shown = sites.assign(
        name=shown_names(material, sites),
        order=opens.cumsum().astype(object).where(opens, None),
        lon=lon.round(6),
        lat=lat.round(6),
    )
    columns = ["order", "name", "change", "lon", "lat"]
    return [dict(zip(columns, row, strict=True)) for row in shown[columns].to_numpy().tolist()]
