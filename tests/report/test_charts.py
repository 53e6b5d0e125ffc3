"""Charts and the SVG under them: well-formed, in bounds, in proportion."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.report.charts import WIDTH, Bar, Dot, axis_ticks, bar_chart, gradient_chart
from mobilise.report.svg import number

parse_xml = ET.fromstring
SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(-1e6, 1e6, allow_nan=False)


@given(finite)
def test_coordinates_keep_a_tenth_of_a_pixel(value: float) -> None:
    assert abs(float(number(value)) - value) <= 0.05 + 1e-9


@given(st.lists(finite, min_size=1, max_size=12))
def test_ticks_hold_all_values_evenly(values: list[float]) -> None:
    ticks = axis_ticks(values)
    span = ticks[-1] - ticks[0]
    assert ticks[0] <= min(values) + span * 1e-6
    assert ticks[-1] >= max(values) - span * 1e-6
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert min(steps) > 0
    assert max(steps) - min(steps) <= 1e-6 * max(steps)
    assert 2 <= len(ticks) <= 8


def test_bars_are_as_long_as_their_numbers() -> None:
    bars = [Bar("Libraries", 30, "30"), Bar("Parks <&>", 15, "15")]
    svg = parse_xml(bar_chart(bars, id_="b", name="n", alt="a"))
    widths = [float(r.attrib["width"]) for r in svg.iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.1)
    assert "Parks <&>" in [t.text for t in svg.iter(f"{SVG}text")]


def test_a_gradient_draws_values_intervals_and_gaps_in_proportion() -> None:
    dots = [
        Dot("Fifth 1", 10.0, 8.0, 12.0, "10.0"),
        Dot("Fifth 2", 20.0, None, None, "20.0"),
        Dot("Fifth 3", None, None, None, "no area here"),
    ]
    text = gradient_chart(dots, overall=15.0, scale="zero", id_="g", name="n", alt="a")
    svg = parse_xml(text)
    marks = [float(c.attrib["cx"]) for c in svg.iter(f"{SVG}circle")]
    assert len(marks) == 2
    left = min(marks) - (marks[1] - marks[0])
    assert 0 <= left <= WIDTH / 10  # 10 is to 20 as 0 is to 10: the axis starts at zero
    lines = [p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.get("class") == "line"]
    assert len(lines) == 3  # the whole place, on every track
    whiskers = [p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.get("class") == "whisker"]
    assert len(whiskers) == 1
    assert "no area here" in [t.text for t in svg.iter(f"{SVG}text")]


def test_shares_run_from_nought_to_a_hundred() -> None:
    dots = [Dot("Fifth 1", 98.0, None, None, "98.0%")]
    text = gradient_chart(dots, overall=99.0, scale="share", id_="g", name="n", alt="a")
    words = [t.text for t in parse_xml(text).iter(f"{SVG}text")]
    assert {"0", "25", "50", "75", "100"} <= set(words)
