"""The server: the place's pages, its report and its tables, and nothing else of the folder."""

from __future__ import annotations

import base64
import hashlib
import shutil
from http.client import HTTPConnection

import geopandas as gpd
import pytest

from mobilise.errors import InputError, PlaceError
from mobilise.place import Place
from mobilise.web import listen, prepare
from mobilise.web.public import public_app
from tests.web.conftest import serving


@pytest.fixture(scope="module")
def get(town, app):
    (town.folder / "suggestions").mkdir(exist_ok=True)
    (town.folder / "suggestions" / "private.csv").write_text("secret")
    (town.folder.parent / "outside.json").write_text("secret")
    with serving(app) as port:

        def fetch(path, **headers):
            connection = HTTPConnection("127.0.0.1", port)
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
            connection.close()
            return response, body

        yield fetch


def test_the_report_is_shown_with_its_one_style_and_no_script(get):
    response, body = get("/report/index.html")
    assert response.status == 200
    style = body.split(b"<style>")[1].split(b"</style>")[0]
    policy = response.headers["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src 'none'" in policy


def test_every_answer_forbids_what_is_not_ours(get):
    for path in ("/areas.parquet", "/no/such/page", "/static/site.css"):
        response, _ = get(path)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"


def test_tables_can_be_downloaded(get, town):
    assert get("/areas.parquet")[1] == (town.folder / "areas.parquet").read_bytes()
    assert get("/place.json")[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/sources/recipe.toml",
        "/.web/",
        "/network.npz",
        "/suggestions/private.csv",
        "/.lock",
        "/../outside.json",
        "/%2e%2e/outside.json",
        "/report/../../outside.json",
        "/report/",
        "/report/%2e%2e%2f%2e%2e%2foutside.json",
        "/report/..",
        "/report/learn/../../place.json",
        "/report/.hidden/x",
        "/static/../shell.py",
        "/static/%2e%2e/shell.py",
        "/..%5coutside.json",
        "//etc/passwd",
        "/docs",
        "/redoc",
    ],
)
def test_nothing_else_is_served(get, path):
    response, body = get(path)
    assert response.status in {404, 422}
    assert b"secret" not in body


def test_a_style_sheet_is_sent_packed_and_not_sent_again(get):
    plain, body = get("/static/site.css")
    packed, short = get("/static/site.css", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(short) < len(body)
    tag = plain.headers["ETag"]
    assert get("/static/site.css", **{"If-None-Match": tag})[0].status == 304


def test_a_refusal_is_a_page_to_a_person_and_a_record_to_a_program(get):
    response, body = get("/nowhere", Accept="text/html")
    assert response.status == 404
    assert b"<h1>Not found</h1>" in body
    assert get("/nowhere")[1].startswith(b'{"error":')


def test_a_place_without_a_report_says_how_to_make_one(tmp_path):
    with pytest.raises(PlaceError, match="mobilise report"):
        public_app(Place(tmp_path, {"name": "Town"}))


def test_a_place_of_an_earlier_version_is_refused_in_one_sentence(town, tmp_path, capsys):
    place = tmp_path / "place"
    shutil.copytree(town.folder, place, ignore=shutil.ignore_patterns(".*", "report", "*.sqlite*"))
    assets = place / "assets.parquet"
    gpd.read_parquet(assets).drop(columns="opening_hours").to_parquet(assets)
    assert prepare.main([str(place), str(tmp_path / "pages")]) == 2
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(f"{assets} lacks the column 'opening_hours': it was built by mobilise")
    assert "build it again with 'mobilise build RECIPE --out" in said


def test_a_port_in_use_is_named():
    with (
        listen("127.0.0.1", 0) as first,
        pytest.raises(InputError, match="try another --port"),
    ):
        listen("127.0.0.1", first.getsockname()[1])
