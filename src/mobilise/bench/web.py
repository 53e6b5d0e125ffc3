"""Pages of a place of 33,856 areas: seconds that 95 of 100 answers take at most, and memory.

There is no peer: no other program serves such pages. The place is made up: squares on a grid,
assets drawn from a seed, walks in straight lines. The server is a process of its own, asked
over the loopback, one page at a time.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np

PAGES = (
    "/",
    "/map",
    "/map?layer=nearest.museum&q=12&sort=people",
    "/map/style.json?layer=nearest.library",
    "/map/assets.json?kind=all",
    "/areas/A0000123",
    "/walks?lat=52.6427&lon=-1.9275",
    "/gaps",
    "/gaps?by=district&part=District+7",
    "/search?q=library+4",
    "/support?words=library",
    "/method",
)
SIDE, QUICK_SIDE = 184, 20
ASKED, QUICK_ASKED = 100, 5
SQUARE = 500.0  # metres


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return a row a page, and one for the first start."""
    side = QUICK_SIDE if quick else SIDE
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "place"
        _make(place, side)
        asked = str(QUICK_ASKED if quick else ASKED)
        command = [sys.executable, "-m", "mobilise.bench.web", str(place), asked]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    size = f"{side * side:,} areas"
    rows = [
        _row(f"page {path}", size, p95, told["mib"], f"median {1000 * median:.1f} ms")
        for path, (median, p95) in told["pages"].items()
    ]
    ready = "once for each build, in a process of its own"
    return [*rows, _row("making the pages ready", size, told["ready"], told["ready_mib"], ready)]


def _row(job: str, size: str, seconds: float, mib: float, note: str) -> dict[str, Any]:
    return {
        "job": job,
        "size": size,
        "peer": "none",
        "ours_seconds": seconds,
        "ours_peak_mib": mib,
        "note": note,
    }


def _make(folder: Path, side: int) -> None:
    """Build the place, by the recipe that anybody could write."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    from mobilise.build import build_place
    from mobilise.recipe import load_recipe

    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    x, y = (a.ravel() for a in np.meshgrid(np.arange(side), np.arange(side)))
    west, south = 400_000 + SQUARE * x, 300_000 + SQUARE * y
    squares = shapely.box(west, south, west + SQUARE, south + SQUARE)
    count = side * side
    areas = {
        "id": [f"A{n:07d}" for n in range(count)],
        "name": [f"Area {n}" for n in range(count)],
        "people": random.integers(1_000, 2_500, count),
        "poor": random.random(count),
        "district": [f"District {n}" for n in (x // 12 + 16 * (y // 12))],
    }
    frame = gpd.GeoDataFrame(areas, geometry=squares, crs="EPSG:27700")
    frame.to_parquet(folder / "areas.parquet")
    many = max(20, count // 4)
    spots = random.random((many, 2)) * side * SQUARE + (400_000, 300_000)
    kinds = np.where(np.arange(many) % 2, "library", "museum")
    names = [f"{kind.capitalize()} {n}" for n, kind in enumerate(kinds)]
    assets = pd.DataFrame({"name": names, "kind": kinds, "x": spots[:, 0], "y": spots[:, 1]})
    assets.to_csv(folder / "assets.csv", index=False)
    (folder / "recipe.toml").write_text(_RECIPE, encoding="utf-8")
    build_place(load_recipe(folder / "recipe.toml", out=folder))


_RECIPE = """
[place]
name = "Grid"
crs = "EPSG:27700"
[areas]
file = "areas.parquet"
id = "id"
name = "name"
population = "people"
deprivation = { column = "poor", higher = "worse" }
groups = { district = "district" }
[[assets]]
file = "assets.csv"
kind = { column = "kind", map = { library = "library", museum = "museum" } }
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
[[reach]]
kinds = ["library", "museum"]
measures = ["nearest", "count"]
minutes = [15, 30]
[report]
formats = ["html"]
"""


def main() -> int:
    """Serve the place, ask for each page, and print what it took as JSON."""
    import uvicorn

    from mobilise.place import Place
    from mobilise.web import listen
    from mobilise.web.public import public_app

    began = time.perf_counter()
    app = public_app(Place.open(sys.argv[1]))
    ready = time.perf_counter() - began
    socket = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{socket.getsockname()[1]}"
    found = {path: _timed(base + path, int(sys.argv[2])) for path in PAGES}
    server.should_exit = True
    thread.join(20)
    told = {
        "pages": found,
        "ready": ready,
        "mib": _peak_mib(),
        "ready_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }
    print(json.dumps(told))
    return 0


def _peak_mib() -> float:
    """Return the most memory that this process has held; getrusage would count its parent's."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]


def _timed(address: str, times: int) -> tuple[float, float]:
    """Return the median and the 95th percentile of the seconds that answers took."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        with urllib.request.urlopen(address) as answer:  # noqa: S310  (our own server)
            answer.read()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds)), float(np.quantile(seconds, 0.95))


if __name__ == "__main__":
    sys.exit(main())
