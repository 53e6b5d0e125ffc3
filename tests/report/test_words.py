"""Numbers and names in words: the examples in the docstrings, and what must never be said."""

from __future__ import annotations

import doctest
import xml.etree.ElementTree as ET
from importlib import import_module
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.report import words

parse_xml = ET.fromstring


@pytest.mark.parametrize("name", ["charts", "classes", "ground", "material", "svg", "words"])
def test_examples_run(name: str) -> None:
    result = doctest.testmod(import_module(f"mobilise.report.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@given(st.text())
def test_clean_text_can_stand_in_xml_and_keeps_its_direction(text: str) -> None:
    shown = words.clean(text)
    assert (parse_xml(f"<t>{escape(shown)}</t>").text or "") == shown
    assert not set(shown) & set("\u202e\u2066\x00\n")


@given(st.floats(0, 1))
def test_a_share_is_never_rounded_to_none_or_all(share: float) -> None:
    said = words.percent(share)
    assert (said == "0%") == (share == 0)
    assert (said == "100%") == (share == 1)


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_decimals_read_back(value: float, places: int) -> None:
    said = words.decimal(value, places)
    back = float(said.replace(",", "").replace("−", "-"))
    assert abs(back - value) <= 0.5 * 10**-places + 1e-6
    assert said not in {"−0", "−0.0", "-0"}


def test_what_is_missing_is_said() -> None:
    missing = float("nan")
    assert words.minutes(missing) == words.whole(missing) == words.percent(missing) == "not known"
    assert words.interval(missing, 1.0, 0.95, "years") == "none"
