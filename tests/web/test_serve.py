"""The local server: the report and the tables, and nothing else of the folder."""

from __future__ import annotations

import threading
from http.client import HTTPConnection

import pytest

from mobilise.errors import InputError, PlaceError
from mobilise.place import Place
from mobilise.web import make_server


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "town"
    for name in (
        "report/index.html",
        "areas.parquet",
        "place.json",
        "sources/private.csv",
        ".lock",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<p>{name}</p>")
    (tmp_path / "outside.json").write_text("secret")
    return Place(folder, {"name": "Town"})


@pytest.fixture
def get(place):
    server = make_server(place, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def fetch(path):
        connection = HTTPConnection(*server.server_address[:2])
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    yield fetch
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_report_is_at_the_root(get):
    response, _ = get("/")
    assert (response.status, response.headers["Location"]) == (302, "/report/index.html")
    response, body = get("/report/index.html")
    assert (response.status, body) == (200, "<p>report/index.html</p>")
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_tables_can_be_downloaded(get):
    assert get("/areas.parquet")[1] == "<p>areas.parquet</p>"


@pytest.mark.parametrize(
    "path",
    [
        "/sources/private.csv",
        "/.lock",
        "/../outside.json",
        "/%2e%2e/outside.json",
        "/report/../../outside.json",
        "/report/",
        "/report/%2e%2e%2f%2e%2e%2foutside.json",
        "/..%5coutside.json",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(get, path):
    response, body = get(path)
    assert response.status == 404
    assert "secret" not in body


def test_a_place_without_a_report_says_how_to_make_one(tmp_path):
    with pytest.raises(PlaceError, match="mobilise report"):
        make_server(Place(tmp_path, {"name": "Town"}), host="127.0.0.1", port=0)


def test_a_port_in_use_is_named(place):
    first = make_server(place, host="127.0.0.1", port=0)
    with pytest.raises(InputError, match="try another --port"):
        make_server(place, host="127.0.0.1", port=first.server_address[1])
    first.server_close()
