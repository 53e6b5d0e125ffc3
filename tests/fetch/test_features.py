"""Feature services: all rows by pages, or an error."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilise.errors import MissingColumn, SourceBroken
from mobilise.fetch import Store, feature_layer, layer_fields

ADDRESS = "https://services1.arcgis.com/x/rest/services/AREAS/FeatureServer/0"


def rows(count):
    return [{"CODE": f"E{i:05d}", "NAME": f"Area {i}"} for i in range(count)]


def fetched(server, out, store, **query):
    return feature_layer(out[0], store, "Areas (ONS)", server.local(ADDRESS), **query)


def queries(server):
    return [s for s in server.asked(f"{ADDRESS}/query") if "returnCountOnly" not in s.query]


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("shapes", [True, False])
def test_all_pages_come_in_order(server, out, store, deep, shapes):
    points = [shapely.Point(i / 100, 50) for i in range(25)] if shapes else None
    server.layer(ADDRESS, rows(25), points, most=10, deep=deep)
    found, pages = fetched(server, out, store, columns=["CODE"], shapes=shapes)
    codes = [row["properties"]["CODE"] if shapes else row["CODE"] for row in found]
    assert codes == [f"E{i:05d}" for i in range(25)]
    assert [s.query["resultOffset"] for s in queries(server)] == ["0", "10", "20"]
    assert queries(server)[0].query["orderByFields"] == "ObjectId"
    assert len(pages) == 4  # what the layer says of itself, and three pages


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 40), st.integers(1, 12), st.booleans())
def test_any_number_of_rows_and_any_page(server, out, tmp_path_factory, count, most, deep):
    server.layer(ADDRESS, rows(count) or [], most=most, deep=deep)
    store = Store(tmp_path_factory.mktemp("cache"))
    found, _ = fetched(server, out, store)
    assert [row["CODE"] for row in found] == [f"E{i:05d}" for i in range(count)]


def test_a_filter_and_a_box_go_to_the_service(server, out, store):
    places = [shapely.Point(i, 50) for i in range(5)]
    server.layer(ADDRESS, [*rows(4), {"CODE": "W1", "NAME": "x"}], places)
    found, _ = fetched(server, out, store, where="CODE LIKE 'E%'")
    assert len(found) == 4
    found, _ = fetched(server, out, store, box=(0.5, 49.0, 2.5, 51.0), shapes=True)
    assert [f["properties"]["CODE"] for f in found] == ["E00001", "E00002"]


def test_pages_of_a_known_state_are_never_asked_for_again(server, out, store):
    server.layer(ADDRESS, rows(25), most=10)
    fetched(server, out, store)
    old = Store(store.folder, max_age=0)
    before = len(server.seen)
    fetched(server, out, old)
    assert [s.path for s in server.seen[before:]] == [server.path(ADDRESS)]
    server.layer(ADDRESS, rows(26), most=10, edited=1_800_000_000_000)
    assert len(fetched(server, out, old)[0]) == 26


def test_an_interrupted_layer_goes_on_with_the_next_page(server, out, store):
    server.layer(ADDRESS, rows(25), most=10)
    server.fail(f"{ADDRESS}/query", status=200, body=b'{"count": 25}')
    server.fail(f"{ADDRESS}/query", status=200, body=json.dumps(_page(0, 10)).encode())
    server.fail(f"{ADDRESS}/query", status=500, times=4)
    with pytest.raises(Exception, match="status 500"):
        fetched(server, out, store)
    before = len(server.seen)
    assert len(fetched(server, out, store)[0]) == 25
    later = [s.query.get("resultOffset") for s in server.seen[before:]]
    assert later == ["10", "20"]


def _page(start, size):
    found = [{"attributes": row} for row in rows(25)[start : start + size]]
    return {"features": found, "exceededTransferLimit": True}


def test_fewer_rows_than_the_service_counts_are_refused(server, out, store):
    server.layer(ADDRESS, rows(25), most=10, lose=3)
    with pytest.raises(SourceBroken, match="counts 25 rows and gave 22"):
        fetched(server, out, store)
    server.layer(ADDRESS, rows(25), most=10)
    assert len(fetched(server, out, store)[0]) == 25  # nothing of it was kept


def test_an_error_with_status_200_is_an_error_and_not_kept(server, out, store):
    server.layer(ADDRESS, rows(3))
    says = b'{"error": {"code": 503, "message": "Service not started"}}'
    server.fail(ADDRESS, status=200, body=says)
    with pytest.raises(SourceBroken, match="the service answers 'Service not started'"):
        fetched(server, out, store)
    assert len(fetched(server, out, store)[0]) == 3


def test_a_column_that_is_gone_is_named(server, out, store):
    server.layer(ADDRESS, rows(3))
    with pytest.raises(MissingColumn, match="changed the layer: no column 'NAMES'; did you mean"):
        fetched(server, out, store, columns=["NAMES"])


def test_fields_are_listed_without_rows(server, out, store):
    server.layer(ADDRESS, rows(3))
    found = layer_fields(out[0], store, "Areas", server.local(ADDRESS))
    assert found == ["ObjectId", "CODE", "NAME"]
    assert len(server.seen) == 1


def test_each_combination_comes_once_where_that_is_asked(server, out, store):
    server.layer(ADDRESS, [*rows(15), *rows(15)], most=10)
    found, _ = fetched(server, out, store, columns=["CODE", "NAME"], distinct=True)
    assert len(found) == 15
