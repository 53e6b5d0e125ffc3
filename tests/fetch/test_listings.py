"""Pages, offers, indexes and queries that say where the data are."""

from __future__ import annotations

import pytest
import shapely

from mobilise.errors import SourceBroken
from mobilise.fetch import geofabrik_extract, linked_file, os_download, overpass_extract
from tests.anywhere.england import _geofabrik, _os, _zip
from tests.anywhere.publishers import File

PAGE = "https://publisher.example/statistics/list-sizes"
CSV = b"CODE,PATIENTS\nP1,5\n"


def page(*links):
    body = "".join(f'<a class="x" href="{link}">text</a>' for link in links)
    return File(f"<!DOCTYPE html><html>{body}</html>".encode(), "text/html")


def test_a_file_is_found_through_pages_and_what_is_not_out_yet_is_passed_over(server, out, store):
    server.put(PAGE, page("/about", "list-sizes/december-2026", "list-sizes/november-2026"))
    server.put(
        "https://publisher.example/statistics/list-sizes/november-2026",
        page(server.local("https://files.example/AB/GP-all.CSV?x=1&amp;y=2")),
    )
    server.put("https://files.example/AB/GP-all.CSV", CSV)
    # A relative link is relative to the page's folder, as browsers have it.
    server.moved[server.path("https://publisher.example/statistics/old")] = server.local(PAGE)
    links = ("list-sizes/[a-z]+-20[0-9]{2}$", r"gp-all\.csv")
    found = linked_file(out[0], store, "List sizes (NHS)", server.local(PAGE), links, ".csv")
    assert found.path.read_bytes() == CSV
    assert server.seen[-1].query == {"x": "1", "y": "2"}


def test_a_page_that_has_changed_is_one_sentence(server, out, store):
    server.put(PAGE, page("/about"))
    with pytest.raises(
        SourceBroken, match=r"no link on the page fits 'all.csv'.*sign in.*new link"
    ):
        linked_file(out[0], store, "List sizes (NHS)", server.local(PAGE), ("all.csv",), ".csv")


def test_an_os_product_is_checked_against_its_hash_through_the_redirect(server, out, store):
    address = "https://api.os.uk/downloads/v1/products/OpenRivers/downloads"
    content = _zip({"Data/x.gpkg": b"not read here"})
    _os(server, address, "GeoPackage", content)
    found = os_download(
        out[0], store, "OS", server.local(address), layout="GeoPackage", area="GB", ending=".zip"
    )
    assert found.path.read_bytes() == content
    assert "blob.core.windows.net" in found.address
    with pytest.raises(SourceBroken, match="not offered as CSV for GB"):
        os_download(
            out[0], store, "OS", server.local(address), layout="CSV", area="GB", ending=".zip"
        )


@pytest.mark.parametrize(
    ("box", "names"),
    [
        ((0.2, 0.2, 0.8, 0.8), ["small"]),
        ((0.8, 0.2, 1.4, 0.8), ["next", "small"]),
        ((5.0, 5.0, 6.0, 6.0), ["large"]),
        ((-0.5, 0.2, 0.5, 0.8), ["small"]),  # partly in no extract at all: the sea
    ],
)
def test_the_extracts_that_cover_a_place_best_are_taken(server, out, store, box, names):
    index = "https://download.geofabrik.de/index-v1.json"
    outlines = {"small": (0, 0, 1, 1), "next": (1, 0, 2, 1), "large": (0, 0, 10, 10)}
    extracts = {n: (shapely.box(*o), f"OSMHeader {n}".encode()) for n, o in outlines.items()}
    _geofabrik(server, index, extracts)
    found = geofabrik_extract(out[0], store, "OSM", server.local(index), box)
    assert sorted(f.path.read_bytes().decode().split()[1] for f in found) == names


def test_no_extract_for_a_place_is_one_sentence(server, out, store):
    index = "https://download.geofabrik.de/index-v1.json"
    _geofabrik(server, index, {"small": (shapely.box(0, 0, 1, 1), b"OSMHeader")})
    with pytest.raises(SourceBroken, match="no extract covers the place"):
        geofabrik_extract(out[0], store, "OSM", server.local(index), (5, 5, 6, 6))


def test_an_extract_that_differs_from_its_hash_is_refused(server, out, store):
    index = "https://download.geofabrik.de/index-v1.json"
    _geofabrik(server, index, {"small": (shapely.box(0, 0, 1, 1), b"OSMHeader small")})
    server.put("https://download.geofabrik.de/europe/small-latest.osm.pbf", b"OSMHeader other")
    with pytest.raises(SourceBroken, match="hash or size differs"):
        geofabrik_extract(out[0], store, "OSM", server.local(index), (0.2, 0.2, 0.8, 0.8))


OVERPASS = "https://overpass-api.de/api/interpreter"


def overpass(server, out, store, box=(-2.4, 53.4, -2.3, 53.5)):
    query = '[out:xml];way["highway"]({box});out;'
    return overpass_extract(out[0], store, "OSM", server.local(OVERPASS), query=query, box=box)


def test_overpass_is_asked_once_by_name_and_waited_for(server, out, store):
    server.put(OVERPASS, b"<?xml version='1.0'?><osm></osm>\n", etag=None)
    server.fail(OVERPASS, status=429, headers={"Retry-After": "30"})
    overpass(server, out, store)
    assert out[2] == [30.0]
    last = server.asked(OVERPASS)[-1]
    assert last.method == "POST"
    assert (
        last.query["data"] == '[out:xml];way["highway"](53.40000,-2.40000,53.50000,-2.30000);out;'
    )
    assert "mobilise/" in last.headers["User-Agent"]
    overpass(server, out, store)
    assert len(server.asked(OVERPASS)) == 2  # the answer was kept


def test_overpass_giving_up_inside_its_answer_is_told(server, out, store):
    says = b"<osm><remark> runtime error: Query timed out </remark></osm>"
    server.put(OVERPASS, says, etag=None)
    with pytest.raises(
        SourceBroken, match=r"gave up on the query .'runtime error: Query timed out'"
    ):
        overpass(server, out, store)
    server.put(OVERPASS, b"<osm></osm>", etag=None)
    overpass(server, out, store)


def test_a_county_is_too_large_for_volunteers(server, out, store):
    with pytest.raises(SourceBroken, match="too large to ask"):
        overpass(server, out, store, box=(-3, 52, -1, 54))
    assert server.seen == []
