"""Serve a directory's API for its load test: ``python -m mobilise.bench.served FOLDER PORT N``."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

FOLDER = "MOBILISE_BENCH_FOLDER"


def app() -> FastAPI:
    """Return the API of the directory in the folder that the environment names."""
    from mobilise.directory import hsds_app, open_directory

    return hsds_app(open_directory(os.environ[FOLDER], name="load test"))


if __name__ == "__main__":
    import uvicorn

    os.environ[FOLDER] = sys.argv[1]
    uvicorn.run(
        "mobilise.bench.served:app",
        factory=True,
        host="127.0.0.1",
        port=int(sys.argv[2]),
        workers=int(sys.argv[3]),
        log_level="error",
        access_log=False,
    )
