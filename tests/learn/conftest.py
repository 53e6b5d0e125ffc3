"""Evidence to try things on."""

from __future__ import annotations

import pytest

from mobilise.learn.evidence import Evidence


@pytest.fixture
def evidence(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return Evidence.of(folder)


@pytest.fixture
def other(tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    return Evidence.of(folder)


@pytest.fixture(scope="session")
def demo_place(tmp_path_factory):
    """Return a folder with the demonstration's evidence, taken in once."""
    from mobilise.demo import accounts

    folder = tmp_path_factory.mktemp("learn")
    wards = {"Dunmarsh": ["WX0001", "WX0002"], "Kestrick": ["WX0003"]}
    accounts.write_evidence(folder / "sources", wards, 1)
    (folder / "place").mkdir()
    accounts.fill_evidence(folder / "place", folder / "sources")
    return folder / "place"


@pytest.fixture
def filled(demo_place, tmp_path):
    """Return the demonstration's evidence, to be changed at will."""
    import shutil

    return Evidence.of(shutil.copytree(demo_place, tmp_path / "filled"))
