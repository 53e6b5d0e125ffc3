"""A real server on a real socket, and a small real place to serve."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from mobilise.build import build_place
from mobilise.demo import write_demo
from mobilise.recipe import load_recipe
from mobilise.web import listen
from mobilise.web.public import public_app


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
    """The demonstration town, built once."""
    folder = tmp_path_factory.mktemp("town")
    recipe = load_recipe(write_demo(folder / "sources"), out=folder / "place")
    return build_place(recipe)


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


@pytest.fixture
def site(app):
    """What the town's pages are made from."""
    return app.state.site
