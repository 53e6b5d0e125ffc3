"""Charts of what was learned: in proportion, well-formed, nobody left out."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from mobilise.report.courses import Around, Period, event_plot, series_plot
from mobilise.report.forests import Study, forest_plot, funnel_plot
from mobilise.report.networks import Link, Organisation, network_picture

parse_xml = ET.fromstring
SVG = "{http://www.w3.org/2000/svg}"
NAMED = {"id_": "c", "name": "n", "alt": "a"}


def test_a_forest_has_squares_by_weight_and_a_diamond_as_wide_as_its_interval() -> None:
    studies = [
        Study("Small <one>", 1.0, -1.0, 3.0, "1 (−1 to 3)", 20.0),
        Study("Large", 2.0, 1.5, 2.5, "2 (1.5 to 2.5)", 80.0),
    ]
    whole = Study("Together", 1.8, 1.3, 2.3, "1.8 (1.3 to 2.3)")
    svg = parse_xml(forest_plot(studies, whole, prediction=(0.0, 3.6), unit="points", **NAMED))
    squares = [r for r in svg.iter(f"{SVG}rect") if r.get("class") == "mark"]
    small, large = (float(r.attrib["width"]) for r in squares)
    assert (large / small) ** 2 == pytest.approx(4, rel=0.1)  # area by weight
    centres = [float(r.attrib["x"]) + float(r.attrib["width"]) / 2 for r in squares]
    unit = centres[1] - centres[0]  # pixels a point
    diamond = next(p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.get("class") == "mark")
    left = float(diamond[1:].split()[0])
    assert (centres[0] - left) / unit == pytest.approx(1.0 - 1.3, abs=0.02)
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert "Small <one>" in texts
    assert "Dashed: where a new project may lie" in texts


def test_a_funnel_puts_exact_studies_on_top() -> None:
    studies = [("a", 1.0, 0.1), ("b", 0.5, 0.4), ("c", 1.4, 0.2)]
    svg = parse_xml(funnel_plot(studies, 1.0, unit="points", **NAMED))
    at = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.iter(f"{SVG}circle")]
    assert at[0][1] < at[2][1] < at[1][1]
    assert at[1][0] < at[0][0] < at[2][0]


def test_an_event_plot_tells_before_from_after_by_shape() -> None:
    effects = [Around(s, 0.2 * s, 0.2 * s - 1, 0.2 * s + 1, f"{s}") for s in (-3, -2, 0, 1)]
    svg = parse_xml(event_plot(effects, reference=-1, unit="points", **NAMED))
    shapes = [p.attrib["d"] for p in svg.iter(f"{SVG}path") if p.get("class") == "mark"]
    assert shapes[0] == shapes[1]
    assert shapes[2] == shapes[3]
    assert shapes[1] != shapes[2]
    assert len([c for c in svg.iter(f"{SVG}circle") if c.get("class") == "hollow"]) == 1


def test_a_series_draws_every_period_and_the_line_without() -> None:
    periods = [
        Period(f"m{i}", 10.0 + i, 10.0 + i, 10.0 + i + (2 if i > 3 else 0)) for i in range(8)
    ]
    svg = parse_xml(series_plot(periods, start=4, unit="visits", **NAMED))
    assert len(list(svg.iter(f"{SVG}circle"))) == 8
    dashed = [p for p in svg.iter(f"{SVG}path") if p.get("stroke-dasharray") == "7 4"]
    assert len(dashed) == 1


def test_a_network_names_all_that_are_linked_and_those_that_are_not() -> None:
    marks = [
        Organisation(f"o{i}", f"Name {i}", "health" if i < 3 else "charity", i / 10, f"said {i}")
        for i in range(6)
    ]
    links = [Link("o0", "o1", "funds"), Link("o1", "o4", "refers to"), Link("o2", "o3", "funds")]
    svg = parse_xml(network_picture(marks, links, kinds=["refers to", "funds"], **NAMED))
    texts = [t.text or "" for t in svg.iter(f"{SVG}text")]
    for i in range(5):
        assert f"Name {i}" in texts
    assert any("Without any link: Name 5" in t for t in texts)
    edges = [p for p in svg.iter(f"{SVG}path") if p.get("class") == "edge"]
    assert len(edges) == len(links) + 2  # and two in the legend
    told = [t.text for t in svg.iter(f"{SVG}title")]
    assert "said 4" in told


def test_of_many_organisations_those_that_broker_most_are_named() -> None:
    marks = [Organisation(f"o{i}", f"N{i}", "health", i / 100, "") for i in range(60)]
    links = [Link(f"o{i}", f"o{i + 1}", "funds") for i in range(59)]
    svg = parse_xml(network_picture(marks, links, kinds=["funds"], **NAMED))
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert "N59" in texts
    assert "N3" not in texts
