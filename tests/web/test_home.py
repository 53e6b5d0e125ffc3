"""The place's first page, the search, and the method."""

from __future__ import annotations

from html import unescape

from mobilise.report.material import read_material
from mobilise.report.sections.summary import summary_section
from mobilise.web.static import assets
from mobilise.web.vendored import folder_of, packages


def test_the_home_page_says_the_reports_five_sentences_and_that_the_town_is_made_up(client, town):
    page = client.get("/").text
    (points,) = summary_section(read_material(town)).blocks
    assert len(points.items) == 5
    for item in points.items:
        assert item.text in page
    assert "Made-up place" in page


def test_the_whole_front_end_is_small_and_checked_in_packed():
    front = sum(len(asset.packed) for asset in assets().values())
    assert front < 0.6 * 2**20
    for package in packages():
        kept = folder_of(package)
        assert (kept / "LICENSE").stat().st_size > 200
        for name in package["files"]:
            assert (kept / f"{name.split('/')[-1]}.gz").is_file()
    styles = b"".join(a.plain for a in assets().values() if a.type.startswith("text/css"))
    assert b"http" not in styles.replace(b"http://www.w3.org/", b"")


def test_a_code_leads_to_its_area_and_a_name_to_all_that_bear_it(client, site):
    found = client.get("/search?q=wx0003", follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (303, "/areas/WX0003")
    asset = site.assets["name"].dropna().iloc[0]
    assert asset.split()[0] in client.get("/search", params={"q": asset}).text
    assert "Nothing here is called" in client.get("/search?q=zzzz").text


def test_what_is_typed_is_shown_and_never_run(client):
    page = client.get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_method_lists_every_open_interface_and_download(client, town):
    page = client.get("/method").text
    for path in client.get("/openapi.json").json()["paths"]:
        assert path in page
    for name in ("areas.csv", "areas.geojson", "areas.gpkg", "assets.csv"):
        assert client.get(f"/downloads/{name}").status_code == 200
        assert f"/downloads/{name}" in page
    for source in town.facts["sources"]:
        assert source["title"] in unescape(page)
