"""A real server on a real socket, and a small real place to serve."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pandas as pd
import pytest
import uvicorn
from starlette.testclient import TestClient

from mobilise.build import build_place
from mobilise.build.learned import learn_network
from mobilise.demo import EVIDENCE, fill_evidence, write_demo
from mobilise.demo.learning import write_learning
from mobilise.disclosure.release import release
from mobilise.equity import equity_of
from mobilise.equity.people import people_in_need
from mobilise.place import Place, write_table
from mobilise.recipe import load_recipe
from mobilise.web import listen
from mobilise.web.public import public_app
from tests.wall.conftest import AREAS, around_areas, invented_rows


@contextmanager
def serving(app):
    """Yield the port that `app` answers on."""
    socket = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", ws="none"))
    started = threading.Event()
    startup = server.startup

    async def tell(sockets=None):
        await startup(sockets)
        started.set()

    server.startup = tell
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    assert started.wait(20)
    yield socket.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    socket.close()


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """The demonstration town, built once, with its evidence, its network and equity of referral."""
    folder = tmp_path_factory.mktemp("town")
    sources = folder / "sources"
    place = build_place(load_recipe(write_demo(sources), out=folder / "place"))
    fill_evidence(place.folder, sources / EVIDENCE)
    learned = write_learning(sources)
    learn_network(
        place.folder,
        learned["organisations"],
        learned["links"],
        models=learned["models"],
        synthetic=True,
    )
    write_table(place.folder, "referral_equity", invented_equity())
    return Place.open(place.folder)


def invented_equity():
    """Equity of referral of invented people, counted behind the wall and let out as always."""
    let_out = release(invented_rows(2500), "2025 Q1", around_areas(), tables=["quintile", "sex"])
    fifths = [1 + n // 4 for n in range(len(AREAS))]
    areas = pd.DataFrame({"area_id": AREAS, "population": 1500.0, "deprivation_quintile": fifths})
    return equity_of(let_out.counts, let_out.areas, people_in_need(areas, None, None))


@pytest.fixture(scope="session")
def app(town):
    """The town's open pages."""
    made = public_app(town)
    yield made
    made.state.site.planner.close()


@pytest.fixture
def client(app):
    """Asks the town's pages without a socket."""
    return TestClient(app, headers={"Accept": "text/html"})


@pytest.fixture(scope="session")
def site(app):
    """What the town's pages are made from."""
    return app.state.site
