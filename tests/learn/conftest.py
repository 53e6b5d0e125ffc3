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
