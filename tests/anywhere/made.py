"""A made-up corner of England: two districts of nine squares each, side by side, and their data."""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from pyproj import Transformer

from tests.anywhere.england import Tables

WEST, SOUTH = 358_000, 405_000
TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)


def made_tables():
    """Return the corner as plain tables."""
    rows = [
        {
            "code": f"E0100{d}{row}{column}0",
            "name": f"{district} 00{row}{'ABC'[column]}",
            "ward_code": f"E0500{d}{row}00",
            "ward": "Central" if row == 1 else f"{district} {['South', 'North'][row // 2]}",
            "district_code": f"E0800001{d}",
            "district": district,
            "icb_code": "E54000001",
            "icb": "NHS Made-up Integrated Care Board",
            "msoa": f"E0200{d}{row}01",
            "x": WEST + 3000 * d + 1000 * column + 500,
            "y": SOUTH + 1000 * row + 500,
        }
        for d, district in enumerate(("Wigan", "Bolton"))
        for row in range(3)
        for column in range(3)
    ]
    areas = pd.DataFrame(rows)
    n = np.arange(len(areas))
    points = gpd.GeoSeries(gpd.points_from_xy(areas["x"], areas["y"]), crs=27700)
    boxes = shapely.box(areas["x"] - 500, areas["y"] - 500, areas["x"] + 500, areas["y"] + 500)
    people = pd.DataFrame({"code": areas["code"], "people": 1000 + 100 * n})
    postcodes = pd.DataFrame(
        {
            "postcode": [f"WN{i % 9 + 1} {i // 9 + 1}AA" for i in n],
            "easting": areas["x"],
            "northing": areas["y"] + 100,
        }
    )
    far = pd.DataFrame({"postcode": ["ZE1 0AA"], "easting": [447_000], "northing": [1_141_000]})
    lists = {"Wigan Library": 4, "Closed Library": 1, "Bolton Library": 12}
    sites = shapely.box(WEST + 100, SOUTH + 100, WEST + 300, SOUTH + 300)
    return Tables(
        areas=areas.drop(columns=["x", "y"]),
        centroids=points.to_crs(4326).to_numpy(),
        boundaries=gpd.GeoSeries(boxes, crs=27700).to_crs(4326).to_numpy(),
        deprivation=pd.DataFrame(
            {
                "code": areas["code"],
                "imd": 40.0 - n,
                "income": (0.4 - 0.02 * n).round(3),
                "health": 1.0 - 0.1 * n,
                "education": 30.0 - n,
                "people": people["people"] - 7,
            }
        ),
        population=people,
        postcodes=pd.concat([postcodes, far], ignore_index=True),
        libraries=pd.DataFrame(
            {
                "Name": [*lists, "Library in Shetland", "Library nowhere"],
                "Type": "Static Library",
                "Postcode": [*(postcodes["postcode"][i] for i in lists.values()), "ZE1 0AA", "n/a"],
                "Year closed": ["", "2015", "", "", ""],
                "Hours open per week": [30, 0, 40, 20, 10],
            }
        ),
        museums=pd.DataFrame(
            {
                "museum_id": ["mm.1", "mm.2", "mm.3"],
                "museum_name": ["Pier Museum", "Gone Museum", "Far Museum"],
                "latitude": [*_degrees(WEST + 1200, SOUTH + 1200)[1:], 53.47, 60.1],
                "longitude": [*_degrees(WEST + 1200, SOUTH + 1200)[:1], -2.62, -1.2],
                "year_closed": ["9999:9999", "2001:2001", "9999:9999"],
            }
        ),
        gps=pd.DataFrame(
            {
                "code": ["P1", "P2"],
                "name": ["Pier Surgery", "Moor Surgery"],
                "postcode": [postcodes["postcode"][0], postcodes["postcode"][10]],
                "patients": [5000, 7000],
            }
        ),
        greenspace=gpd.GeoDataFrame(
            {
                "id": ["S1", "S2"],
                "function": ["Public Park Or Garden", "Golf Course"],
                "distinctive_name_1": ["Mesnes Park", "Haigh Golf"],
            },
            geometry=[sites, shapely.transform(sites, lambda c: c + np.array([1000, 0]))],
            crs=27700,
        ),
        gates=gpd.GeoDataFrame(
            {"access_type": ["Pedestrian"]},
            geometry=[shapely.Point(WEST + 300, SOUTH + 200)],
            crs=27700,
        ),
        rivers=gpd.GeoDataFrame(
            {"id": ["R1"], "watercourse_name": ["Leeds and Liverpool Canal"], "form": ["canal"]},
            geometry=[shapely.LineString([(WEST, SOUTH + 800), (WEST + 6000, SOUTH + 800)])],
            crs=27700,
        ),
        extracts={
            "north-west": (shapely.box(-2.9, 53.4, -2.3, 53.7), streets_file()),
            "england": (shapely.box(-6.5, 49.8, 2.0, 55.9), b"OSMHeader would be here"),
        },
        life=pd.DataFrame(
            {
                "msoa": np.repeat(areas["msoa"].unique(), 4),
                "sex": ["Male", "Female"] * 12,
                "period": ["2015 - 19", "2015 - 19", "2019 - 23", "2019 - 23"] * 6,
                "value": 76.0 + np.arange(24) / 4,
                "lower": 75.0 + np.arange(24) / 4,
                "upper": 77.0 + np.arange(24) / 4,
                "people": 5000,
            }
        ),
        mortality=pd.DataFrame(
            {
                "msoa": areas["msoa"].unique(),
                "sex": "Persons",
                "period": "2019 - 23",
                "value": 120.0 - 5 * np.arange(6),
                "lower": 110.0 - 5 * np.arange(6),
                "upper": 130.0 - 5 * np.arange(6),
                "people": 4000,
            }
        ),
        admissions=by_msoa(areas, 90.0),
        obesity=by_msoa(areas, 15.0),
        bridge=pd.DataFrame({"old": areas["msoa"].unique(), "new": areas["msoa"].unique()}),
        charities=[
            {
                "registered_charity_number": 1,
                "charity_name": "Friends of the Pier",
                "charity_contact_postcode": postcodes["postcode"][2],
                "charity_contact_web": "friends.example",
                "charity_registration_status": "Registered",
                "linked_charity_number": 0,
            },
            {
                "registered_charity_number": 2,
                "charity_name": "Removed",
                "charity_contact_postcode": postcodes["postcode"][2],
                "charity_contact_web": None,
                "charity_registration_status": "Removed",
                "linked_charity_number": 0,
            },
        ],
        counties=pd.DataFrame(
            {"LAD24CD": ["E08000011"], "CTY24CD": ["E10000099"], "CTY24NM": ["Boltonshire"]}
        ),
    )


def by_msoa(areas, first):
    return pd.DataFrame(
        {
            "msoa": areas["msoa"].unique(),
            "sex": "Persons",
            "period": "2020/21 - 22/23",
            "value": first + np.arange(6),
            "lower": first - 5 + np.arange(6),
            "upper": first + 5 + np.arange(6),
            "people": 4000,
        }
    )


def _degrees(x, y):
    lon, lat = TO_DEGREES.transform(x, y)
    return [lon, lat]


def streets_file():
    """Return an extract of OpenStreetMap: a grid of streets over both districts, and a hall."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grid.osm.pbf"
        with osmium.SimpleWriter(str(path)) as writer:
            numbers = {}
            for row in range(13):
                for column in range(25):
                    numbers[row, column] = len(numbers) + 1
                    place = tuple(_degrees(WEST + 250 * column, SOUTH + 250 * row))
                    tags = (
                        {"amenity": "community_centre", "name": "Pier Hall"}
                        if (row, column) == (2, 3)
                        else {}
                    )
                    writer.add_node(
                        osmium.osm.mutable.Node(
                            id=numbers[row, column], location=place, tags=tags, version=1
                        )
                    )
            lines = [[numbers[row, column] for column in range(25)] for row in range(13)]
            lines += [[numbers[row, column] for row in range(13)] for column in range(25)]
            for i, nodes in enumerate(lines, 1):
                writer.add_way(
                    osmium.osm.mutable.Way(
                        id=i, nodes=nodes, tags={"highway": "residential"}, version=1
                    )
                )
        return path.read_bytes()
