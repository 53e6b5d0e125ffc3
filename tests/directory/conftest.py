"""Directories to test with: of invented services, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from mobilise.directory import hsds_app, import_services, open_directory
from mobilise.directory.nearby import put_postcodes
from mobilise.sources.hsds import normalise

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)


def service(number, **fields):
    """Return an invented service as a publisher of HSDS 3 has it."""
    key = f"00000000-0000-4000-8000-{number:012d}"
    named = {"id": key, "name": f"Service {number}", "status": "active"}
    owner = {"id": f"00000000-0000-4000-9000-{number % 3:012d}", "name": f"Trust {number % 3}"}
    return {**named, "organization": {**owner, "description": "Invented."}, **fields}


def at(number, latitude, longitude, **location):
    """Return a location of a service, with an address."""
    address = {
        "address_1": f"{number} Test Street",
        "city": "Testham",
        "state_province": "",
        "postal_code": location.pop("postcode", "ZZ1 1AA"),
        "country": "GB",
        "address_type": "physical",
    }
    return {
        "id": f"00000000-0000-4000-a000-{number:012d}",
        "location": {
            "id": f"00000000-0000-4000-b000-{number:012d}",
            "location_type": "physical",
            "latitude": latitude,
            "longitude": longitude,
            "addresses": [address],
            **location,
        },
    }


def weekly(days, opens, closes):
    """Return a weekly schedule."""
    return {"freq": "WEEKLY", "byday": days, "opens_at": opens, "closes_at": closes}


# Latitudes 0.001 degrees apart are 111.2 m apart.
INVENTED = [
    service(
        1,
        name="Chatty café",
        description="A coffee morning for anyone who feels lonely. Free of charge.",
        service_at_locations=[
            at(1, 53.001, -2.0, accessibility=[{"description": "Wheelchair accessible."}])
        ],
        schedules=[weekly("TU", "10:00", "12:00")],
        fees="Free",
        assured_date="2026-05-10",
    ),
    service(
        2,
        name="Bereavement group",
        description="<p>Talk with others who have lost someone.</p><script>alert(1)</script>",
        service_at_locations=[at(2, 53.01, -2.0)],
        schedules=[weekly("TH,FR", "18:00", "20:00")],
        cost_options=[{"amount": 4, "option": "a visit"}],
        minimum_age=18,
        maximum_age=99,
        languages=[{"name": "Polish"}],
        assured_date="2023-05-10",
    ),
    service(
        3,
        name="Debt advice line",
        description="Money and debt advice by telephone.",
        schedules=[{**weekly("MO,TU,WE,TH,FR", "09:00", "17:00"), "attending_type": "Telephone"}],
        attributes=[{"taxonomy_term": {"name": "Money", "taxonomy": "Themes"}}],
    ),
    service(
        4,
        name="Haven",
        description="A refuge for women leaving domestic abuse, at 12 Hidden Road, ZZ9 9ZZ.",
        service_at_locations=[at(4, 53.002, -2.0, postcode="ZZ9 9ZZ")],
    ),
]


def import_invented(directory, services=INVENTED, **how):
    """Import invented services and a few invented postcodes."""
    done = import_services(directory, normalise(services, "invented"), "invented", at=MONDAY, **how)
    with directory.changing() as connection:
        put_postcodes(
            connection,
            [
                {"postcode": "ZZ11AA", "latitude": 53.0, "longitude": -2.0},
                {"postcode": "ZZ99ZZ", "latitude": 53.002, "longitude": -2.0},
            ],
        )
    return done


STORES = ["sqlite", "postgresql"]


@pytest.fixture(params=STORES)
def empty(request, tmp_path):
    """Yield an open directory with nothing in it."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    directory = open_directory(tmp_path, url=url, name="Testham")
    yield directory
    directory.close()


@pytest.fixture
def directory(empty):
    """Return a directory of the invented services, to change."""
    import_invented(empty)
    return empty


@pytest.fixture
def client(directory):
    """Return a client of the API of a directory that the test changes."""
    return TestClient(hsds_app(directory))


@pytest.fixture(scope="session", params=STORES)
def lasting(request, tmp_path_factory):
    """Yield a directory of the invented services that no test changes."""
    url = None
    if request.param == "postgresql":
        import psycopg

        address = request.getfixturevalue("postgres_server")
        plain = address.replace("+psycopg", "")
        with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
            connection.execute("create database lasting")
        url = f"{address}/lasting"
    directory = open_directory(tmp_path_factory.mktemp("lasting"), url=url, name="Testham")
    import_invented(directory)
    yield directory
    directory.close()


@pytest.fixture(scope="session")
def reader(lasting):
    """Return a client of the API of the directory that no test changes."""
    return TestClient(hsds_app(lasting))
