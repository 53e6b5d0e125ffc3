"""The real tables of England as the publishers' content."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from tests.anywhere.england import Tables

AREAS_M, ZONE_M = 5_500, 13_000
DISTRICTS = {"Trafford": "E08000009", "Rutland": "E06000017", "Leeds": "E08000035"}


def real_tables(data):
    """Return the country from the folder of real open data."""
    imd = pd.read_parquet(data / "england/lsoa21_imd2025.parquet")
    imd = imd.sort_values("lsoa21_code", ignore_index=True)
    names = {
        "lsoa21_code": "code",
        "lsoa21_name": "name",
        "ward24_code": "ward_code",
        "ward24_name": "ward",
        "ltla24_code": "district_code",
        "ltla24_name": "district",
        "icb24_code": "icb_code",
        "icb24_name": "icb",
        "msoa21_code": "msoa",
    }
    deprivation = pd.DataFrame(
        {
            "code": imd["lsoa21_code"],
            "imd": imd["imd2025_score"],
            "income": imd["imd2025_income_score"],
            "health": imd["imd2025_health_score"],
            "education": imd["imd2025_education_score"],
            "people": imd["census2021_residents"],
        }
    )
    country, imd = imd, imd[_near(imd, imd, AREAS_M)].reset_index(drop=True)
    areas = imd[list(names)].rename(columns=names)
    points = gpd.GeoSeries(gpd.points_from_xy(imd["easting"], imd["northing"]), crs=27700)
    shapes = gpd.read_parquet(data / "england/lsoa21_boundaries.geoparquet")
    shapes = shapes.set_index("lsoa21_code").geometry.reindex(imd["lsoa21_code"])
    postcodes = pd.read_parquet(data / "england/postcodes_codepoint_open.parquet")
    postcodes = postcodes[_near(postcodes, country, ZONE_M)].reset_index(drop=True)
    people = imd[["lsoa21_code", "census2021_residents"]].set_axis(["code", "people"], axis=1)
    libraries = pd.read_parquet(data / "england/libraries_2023.parquet")
    museums = pd.read_parquet(data / "england/museums_mapping_museums.parquet")
    still = museums["year_closed_low"] == "na"
    closed = museums["year_closed_low"].where(~still, "9999")
    gps = pd.read_parquet(data / "england/gp_practices.parquet")
    return Tables(
        areas=areas,
        centroids=points.to_crs(4326).to_numpy(),
        boundaries=shapes.to_numpy(),
        deprivation=deprivation,
        population=people,
        postcodes=postcodes,
        libraries=libraries[["name", "type", "postcode", "year_closed", "hours_open_per_week"]],
        museums=pd.DataFrame(
            {
                "museum_id": museums["museum_id"],
                "museum_name": museums["museum_name"],
                "latitude": museums["lat"],
                "longitude": museums["lon"],
                "year_closed": closed + ":" + closed,
            }
        ),
        gps=gps[["practice_code", "practice_name", "postcode", "list_size_2020"]].set_axis(
            ["code", "name", "postcode", "patients"], axis=1
        ),
        greenspace=_sites(data),
        gates=_gates(data),
        rivers=_rivers(data),
        extracts=_extracts(data),
        life=_life(data),
        bridge=_bridge(data, country),
    )


def _near(rows, country, metres):
    """Tell which rows lie in the districts' boxes or so near: England whole would take minutes."""
    near = pd.Series(data=False, index=rows.index)
    for code in DISTRICTS.values():
        own = country[country["ltla24_code"] == code]
        x, y = rows["easting"], rows["northing"]
        near |= x.between(own["easting"].min() - metres, own["easting"].max() + metres) & y.between(
            own["northing"].min() - metres, own["northing"].max() + metres
        )
    return near


def _sites(data):
    sites = gpd.read_file(data / "trafford/trafford_greenspace_sites.geojson").to_crs(27700)
    return gpd.GeoDataFrame(
        {
            "id": [f"S{i}" for i in range(len(sites))],
            "function": sites["site_type"],
            "distinctive_name_1": sites["site_name"],
        },
        geometry=sites.geometry,
    )


def _gates(data):
    gates = gpd.read_file(data / "trafford/gm_greenspace_access_points.geojson").to_crs(27700)
    return gates[["access_type", "geometry"]]


def _rivers(data):
    lines = gpd.read_file(data / "trafford/gm_watercourses.geojson").to_crs(27700)
    table = lines[["id", "form", "geometry"]]
    return table.assign(watercourse_name=lines["name"])


def _extracts(data):
    path = data / "networks/rutland.osm.pbf"
    outline = shapely.box(-0.83, 52.52, -0.42, 52.77)
    return {"rutland": (outline, path.read_bytes())}


def _life(data):
    life = pd.read_parquet(data / "england/msoa11_life_expectancy_2016_2020.parquet")
    life = life[life["sex"] != "Persons"]
    return pd.DataFrame(
        {
            "msoa": life["msoa11_code"],
            "sex": life["sex"].str.removesuffix("s"),
            "period": "2016 - 20",
            "value": life["life_expectancy"],
            "lower": life["le_lower95"],
            "upper": life["le_upper95"],
            "people": life["population_5y"],
        }
    )


def _bridge(data, imd):
    """Return MSOA 2011 to MSOA 2021, by way of the LSOAs that they are made of."""
    lookup = pd.read_parquet(data / "england/lookup_lsoa11_lsoa21_ltla22.parquet")
    old = pd.read_parquet(data / "england/lsoa11_imd2019_population.parquet")
    pairs = lookup.merge(old[["lsoa11_code", "msoa11_code"]], on="lsoa11_code")
    pairs = pairs.merge(imd[["lsoa21_code", "msoa21_code"]], on="lsoa21_code")
    return pairs[["msoa11_code", "msoa21_code"]].drop_duplicates(ignore_index=True)
