"""The examples of docstrings say what the code does."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from mobilise import learn

NAMES = sorted(found.name for found in pkgutil.walk_packages(learn.__path__, "mobilise.learn."))


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_docstrings_hold(name):
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(importlib.import_module(name), optionflags=flags).failed == 0
