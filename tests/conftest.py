"""What every test may use: the shared open data, where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real open data and reference values, or skip."""
    folder = Path(os.environ.get("MOBILISE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the shared open data is not at {folder} (set MOBILISE_SHARED)")
    return folder
