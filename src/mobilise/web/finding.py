"""Finds the areas and assets that somebody means by a name or a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mobilise.assets.kinds import catalogue
from mobilise.directory.searching import start_of
from mobilise.errors import InputError
from mobilise.report.material import records

if TYPE_CHECKING:
    from mobilise.web.site import Site

MOST = 20


@dataclass(frozen=True)
class Finds:
    """Areas as id and name; assets as name, kind, latitude and longitude."""

    areas: list[tuple[str, str]]
    assets: list[tuple[str, str, float, float]]


def find(site: Site, words: str) -> Finds:
    """Return what bears a name: at most twenty of each.

    Parameters
    ----------
    site
        The place.
    words
        A part of a name, or a code.
    """
    wanted = " ".join(words.lower().split())
    if not wanted:
        return Finds([], [])
    exact = [code for code in site.rows if code.lower() == wanted]
    if exact:
        row = site.rows[exact[0]]
        return Finds([(exact[0], str(site.areas["label"].iloc[row]))], [])
    hit = site.lowered.str.contains(wanted, regex=False).to_numpy(dtype=bool)
    areas = site.areas[hit].head(MOST)
    names = site.assets["name"].fillna("")
    assets = site.assets[names.str.lower().str.contains(wanted, regex=False)].head(MOST)
    kinds = catalogue().kinds
    return Finds(
        list(zip(areas["area_id"].tolist(), areas["label"].tolist(), strict=True)),
        [
            (str(row.name), kinds[str(row.kind)].label, float(row.lat), float(row.lon))
            for row in records(assets[["name", "kind", "lat", "lon"]])
        ],
    )


def point_of(site: Site, words: str) -> tuple[float, float] | None:
    """Return the latitude and longitude of a postcode that the place's directory knows.

    Parameters
    ----------
    site
        The place.
    words
        What may be a postcode.
    """
    if site.directory is None or not any(sign.isdigit() for sign in words):
        return None
    try:
        return start_of(site.directory, words, None)
    except InputError:
        return None
