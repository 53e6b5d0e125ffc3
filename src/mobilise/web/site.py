"""What the pages of one place are made from, read once."""

import ctypes
import gc
import gzip
import json
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from fastapi import Depends, HTTPException, Request
from numpy.typing import NDArray
from pyproj import Transformer

from mobilise.directory import Directory
from mobilise.place import EVIDENCE, Place
from mobilise.reach import Streets, load_streets
from mobilise.report.content import BANNER
from mobilise.web.cards import means_of
from mobilise.web.groups import Groups, groups_of
from mobilise.web.layers import DEPRIVATION, Layer, read_layers
from mobilise.web.planner import Planner
from mobilise.web.shading import Shading, against_deprivation, shading
from mobilise.web.tiles import read_tiles

KEPT = 40  # kinds of asset, and sets of them


@dataclass
class Site:
    """A place as the pages see it: its tables without shapes, and what was made ready.

    Parameters
    ----------
    place
        The place that is shown.
    folder
        What :func:`mobilise.web.prepare.prepared` made.
    directory
        The place's services; None where they cannot be kept.
    signed_in
        Whether there are pages for people who sign in beside these.
    who_to_be
        Invented people to sign in as, in a demonstration: name, role, login, password.
    beside
        Another place, to be compared with this one; None where none was given.
    packed_points
        Assets as GeoJSON, packed, by what was asked for: the latest few.
    """

    place: Place
    folder: Path
    directory: Directory | None = None
    signed_in: bool = False
    who_to_be: list[dict[str, str]] = field(default_factory=list)
    beside: "Site | None" = None
    packed_points: dict[str, bytes] = field(default_factory=dict)
    _shadings: dict[tuple[str, bool], Shading] = field(default_factory=dict)
    _groups: dict[str, Groups] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The place's name."""
        return self.place.name

    @property
    def banner(self) -> str:
        """What every page says of a place that is made up; empty for a real one."""
        return BANNER if self.place.facts.get("synthetic") else ""

    @property
    def menu(self) -> list[tuple[str, str]]:
        """The pages that there are, as the head of every page lists them."""
        there = {
            "/": "Place",
            "/map": "Map",
            "/gaps": "Gaps",
            "/plan": "Plan",
            **({"/support": "Find support"} if self.directory else {}),
            **({"/say": "Your say"} if self.directory else {}),
            **({"/evidence": "Evidence"} if self.has_evidence else {}),
            **({"/equity": "Equity of referral"} if "referrals" in self.sections else {}),
            "/method": "Method and data",
            **({"/care/": "Referrals"} if self.signed_in else {}),
        }
        return list(there.items())

    @cached_property
    def planner(self) -> Planner:
        """Who solves plans of the place."""
        return Planner(self.place.folder)

    @property
    def has_evidence(self) -> bool:
        """Whether any evidence was taken in."""
        return (self.place.folder / EVIDENCE).is_dir()

    @property
    def has_pdf(self) -> bool:
        """Whether the report is there as PDF."""
        return (self.place.folder / "report" / "report.pdf").is_file()

    @cached_property
    def areas(self) -> pd.DataFrame:
        """The areas: what the table has but their shapes, and ``label``, ``lon``, ``lat``."""
        return pd.read_parquet(self.folder / "areas.parquet")

    @cached_property
    def rows(self) -> dict[str, int]:
        """Each area's row, by its id."""
        return {str(area): row for row, area in enumerate(self.areas["area_id"])}

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """People in each area."""
        return self.areas["population"].to_numpy(dtype=float)

    @cached_property
    def lowered(self) -> "pd.Series[str]":
        """Each area's name and code in small letters, to be searched."""
        return (self.areas["label"] + " " + self.areas["area_id"]).str.lower()

    @cached_property
    def by_name(self) -> NDArray[np.float64]:
        """Each area's position in the order of names."""
        ranks = np.empty(len(self.areas))
        ranks[np.argsort(self.areas["label"].to_numpy(dtype=object), kind="stable")] = np.arange(
            len(self.areas)
        )
        return ranks

    @cached_property
    def deprivation(self) -> NDArray[np.float64]:
        """Each area's deprivation, higher = more deprived."""
        said = self.place.facts.get("parameters", {}).get("deprivation") or {}
        sign = 1.0 if said.get("higher", "worse") == "worse" else -1.0
        return sign * self.areas["deprivation"].to_numpy(dtype=float, na_value=np.nan)

    @cached_property
    def assets(self) -> pd.DataFrame:
        """The assets without their shapes, and ``inside``, ``lon``, ``lat``."""
        return pd.read_parquet(self.folder / "assets.parquet")

    @cached_property
    def doors(self) -> pd.DataFrame:
        """The points at which assets are entered."""
        return pd.read_parquet(self.folder / "doors.parquet")

    @cached_property
    def starts(self) -> pd.DataFrame:
        """Where walks start: areas' people as ``area:ID`` and doors as ``door:ROW``, in metres."""
        homes, doors = self.areas, self.doors
        names = [*("area:" + homes["area_id"]), *(f"door:{row}" for row in range(len(doors)))]
        x, y = ([*homes[f"origin_{axis}"], *doors[axis]] for axis in ("x", "y"))
        return pd.DataFrame({"area_id": names, "x": x, "y": y})

    @cached_property
    def to_metres(self) -> Transformer:
        """From longitude and latitude to the place's own coordinates."""
        return Transformer.from_crs(4326, self.place.facts["crs"], always_xy=True)

    @cached_property
    def _layers(self) -> tuple[dict[str, Layer], NDArray[np.float32]]:
        listed, values = read_layers(self.folder)
        return {layer.id: layer for layer in listed}, values

    @property
    def layers(self) -> dict[str, Layer]:
        """What the map can show, by id."""
        return self._layers[0]

    def values(self, layer: str) -> NDArray[np.float64]:
        """Return a layer's values, one an area."""
        listed, values = self._layers
        return np.asarray(values[:, list(listed).index(layer)], dtype=float)

    def layer(self, wanted: str) -> Layer:
        """Return a layer by its id.

        Raises
        ------
        HTTPException
            There is none of that name: 404.
        """
        if wanted not in self.layers:
            raise HTTPException(404, f"The map has no layer '{wanted}'.")
        return self.layers[wanted]

    def shading(self, wanted: str, *, by_deprivation: bool = False) -> Shading:
        """Return a layer's classes and colours, worked out once."""
        key = (wanted, by_deprivation)
        with self._lock:
            if key not in self._shadings:
                layer, values = self.layer(wanted), self.values(wanted)
                if by_deprivation and DEPRIVATION in self.layers:
                    made = against_deprivation(layer, values, self.deprivation)
                else:
                    made = shading(layer, values)
                self._shadings[key] = made
            return self._shadings[key]

    def keep_points(self, kind: str, points: dict[str, Any]) -> None:
        """Keep points packed, and forget the oldest where there are many."""
        packed = gzip.compress(json.dumps(points, separators=(",", ":")).encode(), 5, mtime=0)
        with self._lock:
            self.packed_points[kind] = packed
            while len(self.packed_points) > KEPT:
                del self.packed_points[next(iter(self.packed_points))]

    @cached_property
    def means(self) -> dict[str, tuple[float, dict[int, float]]]:
        """Each layer's mean, of people: in the place, and by fifth of deprivation."""
        return means_of(self)

    def groups(self, by: str) -> Groups:
        """Return the larger areas of a kind, worked out once."""
        with self._lock:
            if by not in self._groups:
                self._groups[by] = groups_of(self, by)
            return self._groups[by]

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """The table ``gaps``."""
        return pd.DataFrame(self.place.table("gaps"))

    @cached_property
    def streets(self) -> Streets | None:
        """The walking network; None where walks are straight lines."""
        path = self.place.folder / "network.npz"
        return load_streets(path) if path.is_file() else None

    @cached_property
    def tiles(self) -> tuple[dict[tuple[int, int, int], bytes], dict[str, Any]]:
        """The map's tiles, and the degrees and zooms that they cover."""
        return read_tiles(self.folder)

    @property
    def covers(self) -> str:
        """What the map's tiles cover, as JSON."""
        return json.dumps(self.tiles[1])

    @cached_property
    def sections(self) -> dict[str, dict[str, str]]:
        """The report's sections as HTML, by id."""
        found: dict[str, dict[str, str]] = json.loads(
            (self.folder / "sections.json").read_text(encoding="utf-8")
        )
        return found

    @cached_property
    def sentences(self) -> list[dict[str, str]]:
        """The place in five sentences, each with what it is about."""
        found: list[dict[str, str]] = json.loads(
            (self.folder / "sentences.json").read_text(encoding="utf-8")
        )
        return found

    def warm(self) -> None:
        """Read everything now, so that nobody's first page is slow."""
        _ = (self.areas, self.rows, self.assets, self.doors, self.layers, self.tiles, self.sections)
        _ = (self.lowered, self.by_name, self.means)
        give_back()


def give_back() -> None:
    """Give memory that reading took back to the system, where it does not take it by itself."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def site_of(request: Request) -> Site:
    """Return the site that a request is about."""
    site: Site = request.app.state.site
    return site


TheSite = Annotated[Site, Depends(site_of)]
