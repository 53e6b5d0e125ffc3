"""What the English publishers serve: the real tables in their shapes, or small made ones.

`serve` puts a country of plain tables behind every address of the shipped registry.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from importlib import resources
from xml.sax.saxutils import escape

import pandas as pd
import pyogrio

from mobilise.sources.publishers import load_registry
from tests.anywhere.publishers import File

ONS = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/"
IMD_HEAD = {
    "code": "LSOA code (2021)",
    "imd": "Index of Multiple Deprivation (IMD) Score",
    "income": "Income Score (rate)",
    "health": "Health Deprivation and Disability Score",
    "education": "Education, Skills and Training Score",
    "people": "Total population: mid 2022",
}
EPRACCUR = load_registry("england").sources["gps"].headings


@dataclass
class Tables:
    """A country as plain tables; what is None is not served, and so missing."""

    areas: pd.DataFrame  # code, name, ward_code, ward, district_code, district, icb_code, icb, msoa
    centroids: object  # geometries in degrees, in the order of areas
    boundaries: object
    deprivation: pd.DataFrame  # code, imd, income, health, education, people
    population: pd.DataFrame | None  # code, people
    postcodes: pd.DataFrame | None  # postcode, easting, northing
    libraries: pd.DataFrame | None = None
    museums: pd.DataFrame | None = None
    gps: pd.DataFrame | None = None  # code, name, postcode, patients
    greenspace: object | None = None  # id, function, distinctive_name_1, geometry (27700)
    gates: object | None = None
    rivers: object | None = None
    extracts: dict = field(default_factory=dict)  # name -> (outline in degrees, bytes)
    life: pd.DataFrame | None = None  # msoa, sex, period, value, lower, upper, people
    mortality: pd.DataFrame | None = None  # the same
    admissions: pd.DataFrame | None = None
    obesity: pd.DataFrame | None = None
    bridge: pd.DataFrame | None = None  # old, new
    charities: list | None = None
    counties: pd.DataFrame | None = None


def registry_file(publishers, folder):
    """Write the shipped registry with its addresses on this machine, and return the file."""
    text = resources.files("mobilise.sources").joinpath("england.toml").read_text(encoding="utf-8")
    path = folder / "england-here.toml"
    lines = [publishers.local(x) if x.startswith("address =") else x for x in text.splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def serve(publishers, t):
    """Put the tables behind the registry's addresses, in the publishers' own shapes."""
    source = load_registry("england").sources
    areas = t.areas
    names = {
        "code": "LSOA21CD",
        "name": "LSOA21NM",
        "ward_code": "WD24CD",
        "ward": "WD24NM",
        "district_code": "LAD24CD",
        "district": "LAD24NM",
    }
    publishers.layer(source["areas"].address, _rows(areas[list(names)].rename(columns=names)))
    icbs = areas[["code", "icb_code", "icb"]].set_axis(["LSOA21CD", "ICB24CD", "ICB24NM"], axis=1)
    publishers.layer(source["icbs"].address, _rows(icbs), deep=False)
    msoas = areas[["code", "msoa"]].set_axis(["LSOA21CD", "MSOA21CD"], axis=1)
    twice = pd.concat([msoas, msoas], ignore_index=True)  # a row for each output area
    publishers.layer(source["msoas"].address, _rows(twice))
    codes = _rows(areas[["code"]].set_axis(["LSOA21CD"], axis=1))
    publishers.layer(source["centroids"].address, codes, list(t.centroids))
    publishers.layer(source["boundaries"].address, codes, list(t.boundaries), most=1000)
    if t.counties is not None:
        publishers.layer(source["counties"].address, _rows(t.counties))
    imd = t.deprivation.rename(columns=IMD_HEAD)
    publishers.put(source["deprivation"].address, _csv(imd, bom=True))
    if t.population is not None:
        publishers.put(source["population"].address, _workbook(t.population))
    if t.postcodes is not None:
        _os(publishers, source["postcodes"].address, "CSV", _codepoint(t.postcodes))
    if t.libraries is not None:
        _page(
            publishers,
            source["libraries"].address,
            "files/basic-dataset-for-libraries-2023.csv",
            _csv(t.libraries),
        )
    if t.museums is not None:
        publishers.put(source["museums"].address, _csv(t.museums))
    if t.greenspace is not None:
        layers = {"greenspace_site": t.greenspace, "access_point": t.gates}
        _os(
            publishers, source["greenspace"].address, "GeoPackage", _geopackage(layers, "opgrsp_gb")
        )
    if t.rivers is not None:
        layers = {"watercourse_link": t.rivers}
        _os(publishers, source["rivers"].address, "GeoPackage", _geopackage(layers, "oprvrs_gb"))
    if t.gps is not None:
        _practices(publishers, source, t.gps)
    if t.life is not None:
        address = source["life_expectancy"].address.split("?")[0]
        publishers.answers[publishers.path(address)] = _by_indicator(t)
    if t.bridge is not None:
        pairs = t.bridge.set_axis(["MSOA11CD", "MSOA21CD"], axis=1)
        publishers.layer(source["msoa_bridge"].address, _rows(pairs))
    if t.charities is not None:
        packed = _zip(
            {"publicextract.charity.json": b"\xef\xbb\xbf" + json.dumps(t.charities).encode()}
        )
        publishers.put(source["charities"].address, packed)
    if t.extracts:
        _geofabrik(publishers, source["streets"].address, t.extracts)


def _rows(frame):
    return frame.to_dict("records")


def _csv(frame, *, bom=False):
    return (b"\xef\xbb\xbf" if bom else b"") + frame.to_csv(index=False).encode()


def _zip(members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _workbook(population):
    """Return a workbook as the ONS writes it: three lines of title above the headings."""
    rows = [["Mid-2024"], ["Contents"], ["Notes"], ["LAD", "LSOA 2021 Code", "LSOA name", "Total"]]
    rows += [["", code, "", int(people)] for code, people in population.itertuples(index=False)]

    def cell(value):
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{link}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook {space} xmlns:r="{link}"><sheets>'
            '<sheet name="Mid-2024 LSOA 2021" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship '
            f'Id="r1" Type="{link}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{body}</sheetData></worksheet>",
        }
    )


def _codepoint(postcodes):
    """Return the files of Code-Point Open: one a postcode area, ten columns, no headings."""
    wide = pd.DataFrame(
        {
            "postcode": postcodes["postcode"],
            "q": 10,
            "x": postcodes["easting"],
            "y": postcodes["northing"],
        }
    ).assign(a="E92000001", b="", c="", d="", e="", f="")
    area = postcodes["postcode"].str.extract(r"^([A-Z]+)")[0].str.lower()
    parts = {
        f"Data/CSV/{name}.csv": part.to_csv(index=False, header=False).encode()
        for name, part in wide.groupby(area)
    }
    return _zip(parts | {"Doc/licence.txt": b"OGL"})


def _geopackage(layers, name):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.gpkg"
        for layer, frame in layers.items():
            pyogrio.write_dataframe(frame, path, layer=layer, append=path.exists())
        return _zip({f"Data/{name}.gpkg": path.read_bytes()})


def _os(publishers, address, layout, content):
    """Serve a product as the OS Downloads API does: a list of offers, a redirect to the file."""
    name = address.split("/")[-2]
    file = f"https://api.os.uk/downloads/v1/products/{name}/file.zip"
    store = f"https://omseprd1stdstordownload.blob.core.windows.net/{name}.zip"
    publishers.put(store, content)
    publishers.moved[publishers.path(file)] = publishers.local(store)
    offer = {
        "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "size": len(content),
        "url": publishers.local(file),
        "format": layout,
        "area": "GB",
        "fileName": f"{name}.zip",
    }
    other = {**offer, "area": "SK", "md5": "0" * 32}
    publishers.put(address, json.dumps([other, offer]).encode(), kind="application/json")


def _page(publishers, address, link, content):
    host = "/".join(publishers.local(address).split("/")[:4])
    html = f'<!DOCTYPE html><html><a href="/about">About</a> <a href="{host}/{link}">CSV</a></html>'
    publishers.put(address, html.encode(), kind="text/html")
    publishers.files[publishers.path(f"https://{host.split('/', 3)[3]}/{link}")] = File(content)


def _practices(publishers, source, gps):
    wide = pd.DataFrame("", index=gps.index, columns=list(EPRACCUR))
    wide["code"], wide["name"], wide["postcode"] = gps["code"], gps["name"], gps["postcode"]
    wide["status"], wide["role"] = "ACTIVE", "RO76"
    address = source["gps"].address.split("?")[0]
    publishers.put(address, wide.to_csv(index=False, header=False).encode())
    lists = pd.DataFrame(
        {"CODE": gps["code"], "SEX": "ALL", "AGE": "ALL", "NUMBER_OF_PATIENTS": gps["patients"]}
    )
    page = source["list_sizes"].address
    soon, now = f"{page}/january-2027", f"{page}/november-2026"
    csv = "https://files.digital.nhs.uk/1A/2B3C4D/gp-reg-pat-prac-all.csv"
    links = "".join(f'<a href="{publishers.path(a)}">x</a>' for a in (soon, now))
    publishers.put(page, f"<!DOCTYPE html><html>{links}</html>".encode(), kind="text/html")
    html = f'<!DOCTYPE html><html><a href="{publishers.local(csv)}">CSV</a></html>'
    publishers.put(now, html.encode(), kind="text/html")
    publishers.put(csv, _csv(lists))


def _by_indicator(t):
    """Return what answers with an indicator's table, as Fingertips does."""
    deaths = "Deaths from all causes, under 75 years, standardised mortality ratio"
    admitted = (
        "Emergency hospital admissions for all causes, all ages, standardised admission ratio"
    )
    year_6 = "Year 6 prevalence of {}, 3 years data combined"
    named = {
        "93283": [("Life expectancy at birth", t.life)],
        "93252": [(deaths, t.mortality)],
        "93227": [(admitted, t.admissions)],
        "93107,93108": [
            (year_6.format("overweight (including obesity)"), t.life),
            (year_6.format("obesity (including severe obesity)"), t.obesity),
        ],
    }

    def answer(query):
        tables = [
            # Where there is no table, another indicator has that number.
            _fingertips("Hip fractures", t.life) if table is None else _fingertips(name, table)
            for name, table in named[query["indicator_ids"]]
        ]
        return File(_csv(pd.concat(tables)), "text/csv")

    return answer


def _fingertips(name, life):
    return pd.DataFrame(
        {
            "Indicator Name": name,
            "Area Code": life["msoa"],
            "Area Type": "MSOA",
            "Sex": life["sex"],
            "Time period": life["period"],
            "Value": life["value"],
            "Lower CI 95.0 limit": life["lower"],
            "Upper CI 95.0 limit": life["upper"],
            "Denominator": life["people"],
            "Time period Sortable": [int(str(p)[:4]) * 10000 for p in life["period"]],
        }
    )


def _geofabrik(publishers, address, extracts):
    import shapely

    features = []
    for name, (outline, content) in extracts.items():
        url = f"https://download.geofabrik.de/europe/{name}-latest.osm.pbf"
        publishers.put(url, content)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        publishers.put(f"{url}.md5", f"{md5}  {name}-latest.osm.pbf\n".encode())
        features.append(
            {
                "type": "Feature",
                "properties": {"id": name, "urls": {"pbf": publishers.local(url)}},
                "geometry": json.loads(shapely.to_geojson(outline)),
            }
        )
    index = {"type": "FeatureCollection", "features": features}
    publishers.put(address, json.dumps(index).encode(), kind="application/json")
