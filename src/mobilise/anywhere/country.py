"""A country's areas: fetched once, for whichever place is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely

from mobilise.anywhere.converted import converted
from mobilise.anywhere.cutting import with_points
from mobilise.anywhere.obtain import Raw, obtain
from mobilise.anywhere.reading import table_of
from mobilise.anywhere.selecting import (
    Ask,
    Selection,
    chosen,
    inside_polygon,
    members_of,
    near_postcode,
    surrounded,
)
from mobilise.errors import InputError, SourceError, suggestion
from mobilise.sources import numbers

if TYPE_CHECKING:
    from mobilise.fetch import Store, Web
    from mobilise.sources.publishers import Registry

LEAST_BUFFER_M = 10_000.0
SPEED_KMH = 4.8
CODES_A_QUERY = 80


@dataclass
class Country:
    """A registry's areas, levels and postcodes, each fetched when first asked for."""

    registry: Registry
    web: Web
    store: Store
    raws: dict[str, Raw] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    broken: dict[str, SourceError] = field(default_factory=dict)

    def table(self, key: str) -> pd.DataFrame:
        """Return a source's whole table."""
        if key not in self.tables:
            source = self.registry.sources[key]
            self.web.say(f"{source.title}")
            self.raws[key] = obtain(self.web, self.store, source, None)
            self.tables[key] = converted(source, self.raws[key])
        return self.tables[key]

    def points(self) -> pd.DataFrame:
        """Return where each area's people live: ``area``, ``x``, ``y`` in the country's crs."""
        country = self.registry.country
        source = self.registry.sources[country.points]
        frame = with_points(self.table(country.points), source, country, country.crs)
        return pd.DataFrame(
            {
                "area": frame[country.points_id].astype("str"),
                "x": frame["origin_x"],
                "y": frame["origin_y"],
            }
        )

    def postcodes(self) -> pd.DataFrame:
        """Return where each postcode is: ``postcode``, ``x``, ``y`` in the country's crs.

        Raises
        ------
        InputError
            The registry has no postcodes.
        """
        key = self.registry.country.postcodes
        said = self.registry.recipe.get("postcodes")
        if key is None or said is None:
            raise InputError(f"{self.registry.country.name}: the registry has no postcodes.")
        table, label = self.table(key), self.registry.sources[key].label
        x = numbers(table, said.get("x", "easting"), label)
        y = numbers(table, said.get("y", "northing"), label)
        crs = said.get("crs", "EPSG:27700")
        if crs != self.registry.country.crs:
            moved = gpd.GeoSeries(shapely.points(x, y), crs=crs).to_crs(self.registry.country.crs)
            x, y = moved.x, moved.y
        codes = table[said.get("postcode", "postcode")].astype("str")
        return pd.DataFrame({"postcode": codes, "x": x, "y": y})

    def members(self, level: str) -> pd.DataFrame:
        """Return a level's members: ``code``, ``name``, ``area``.

        Raises
        ------
        InputError
            There is no such level.
        """
        if level not in self.registry.levels:
            there = suggestion(level, self.registry.levels)
            raise InputError(f"{self.registry.country.name} has no level '{level}'{there}")
        spec: str | None = level
        while spec is not None:
            self.table(self.registry.levels[spec].source)
            spec = self.registry.levels[spec].of
        return members_of(self.registry, level, self.tables)

    def select(self, ask: Ask) -> Selection:
        """Return the areas that somebody asks for, their neighbours and the zone of assets.

        Raises
        ------
        InputError
            Nothing answers to what was said.
        SourceError
            The areas, or where their people live, could not be had.
        """
        crs = self.registry.country.crs
        if ask.level is not None and ask.member is not None:
            members = self.members(ask.level)
            title = self.registry.levels[ask.level].title
            name, ids = chosen(members, ask.member, ask.level, title)
            points = self.points()
        elif ask.postcode is not None:
            points = self.points()
            name, ids = near_postcode(points, self.postcodes(), ask.postcode, ask.km or 5.0)
        elif ask.polygon is not None:
            points = self.points()
            name, ids = inside_polygon(points, ask.polygon, crs)
        else:
            raise InputError("say which place: a district, a postcode or a file with its outline.")
        if not points["area"].isin(ids).any():
            raise InputError(f"{name}: none of its areas has a centroid; are they of one vintage?")
        outlines = self._outlines(ids, points)
        return surrounded(
            name,
            ids,
            points,
            outlines,
            crs=crs,
            buffer_m=max(LEAST_BUFFER_M, self._walk_m()),
            around_m=2 * self._walk_m(),
        )

    def _walk_m(self) -> float:
        """Return how far people walk within the longest limit that the recipe measures."""
        sections = self.registry.recipe.get("reach", [])
        longest = max((max(s.get("minutes", [15])) for s in sections), default=15)
        speed = float(self.registry.recipe.get("network", {}).get("speed_kmh", SPEED_KMH))
        return float(longest) / 60 * speed * 1000

    def _outlines(self, ids: frozenset[str], points: pd.DataFrame) -> gpd.GeoDataFrame | None:
        """Return the outlines of the areas and of those about them; None where there are none."""
        key = self.registry.country.boundaries
        if key is None:
            return None
        source, id_column = self.registry.sources[key], str(self.registry.country.boundaries_id)
        self.web.say(source.title)
        own = points[points["area"].isin(ids)]
        margin = 2 * self._walk_m() + 2_000
        corners = (own["x"].min(), own["y"].min(), own["x"].max(), own["y"].max())
        hull = gpd.GeoSeries(
            [shapely.buffer(shapely.box(*corners), margin)], crs=self.registry.country.crs
        )
        west, south, east, north = hull.to_crs("EPSG:4326").total_bounds
        try:
            raw = obtain(self.web, self.store, source, (west, south, east, north))
            if raw.rows is not None:
                raw = self._completed(raw, ids, id_column)
            frame: Any = table_of(source, raw, hull)
        except SourceError as error:
            self.broken[key] = error
            return None  # told when the recipe's own turn comes: a hull stands in meanwhile
        self.raws[key], self.tables[key] = raw, frame
        moved = frame.to_crs(self.registry.country.crs)
        return gpd.GeoDataFrame(
            {"area": moved[id_column].astype("str")}, geometry=moved.geometry, crs=moved.crs
        )

    def _completed(self, raw: Raw, ids: frozenset[str], id_column: str) -> Raw:
        """Add the outlines of areas whose people live far from them: the box may miss those."""
        key = str(self.registry.country.boundaries)
        source = self.registry.sources[key]
        rows = list(raw.rows or [])
        there = {str(row["properties"].get(id_column)) for row in rows}
        lacking = sorted(ids - there)
        files = list(raw.files)
        for start in range(0, len(lacking), CODES_A_QUERY):
            listed = ",".join(f"'{code}'" for code in lacking[start : start + CODES_A_QUERY])
            more = obtain(self.web, self.store, source, None, where=f"{id_column} IN ({listed})")
            rows += more.rows or []
            files += more.files
        return Raw(tuple(files), rows)
