"""What the report shows beyond the usual, against figures counted by hand from the town."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mobilise.place import write_table
from mobilise.report.classes import breaks_above_none, class_labels, class_of
from mobilise.report.content import report_of
from mobilise.report.lines import Moment, trend_chart
from mobilise.report.material import read_material
from mobilise.report.measures import measure_name, whose_words
from mobilise.report.model import Callout, Figure, Heading, Pair, Points, Prose, Table
from mobilise.report.page import page_of
from mobilise.report.parts import Part, parts_chart
from mobilise.report.pdf import pdf_of
from mobilise.report.sections.left_out import worst_areas
from mobilise.report.spreads import Spine, Spread, equiplot, spine_chart
from mobilise.report.words import clean
from mobilise.tables import empty
from tests.report.conftest import WALKER, rich_reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.place import Place
    from mobilise.report.model import Report

parse_xml = ET.fromstring
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def report(rich: Place) -> Report:
    return report_of(read_material(rich))


def blocks(report: Report, id_: str) -> tuple[Any, ...]:
    return next(s for s in report.sections if s.id == id_).blocks


def figures(report: Report) -> dict[str, Figure]:
    found = {}
    for block in itertools.chain(*(s.blocks for s in report.sections)):
        for figure in getattr(block, "figures", [block]):
            if isinstance(figure, Figure):
                assert figure.id not in found
                found[figure.id] = figure
    return found


def said(report: Report, id_: str) -> str:
    words = []
    for block in blocks(report, id_):
        words += [block.text] if isinstance(block, Prose | Callout) else []
        words += [item.text for item in block.items] if isinstance(block, Points) else []
    return " ".join(words)


def table(report: Report, id_: str) -> Table:
    every = [b for s in report.sections for b in s.blocks if isinstance(b, Table)]
    every += [figure.table for figure in figures(report).values()]
    return next(t for t in every if t.id == id_)


def test_nothing_further_changes_what_is_said_of_everyone(rich: Place, town: Place) -> None:
    more, usual = (report_of(read_material(place)) for place in (rich, town))
    for id_ in ("in-short", "here", "reach"):
        assert blocks(more, id_) == blocks(usual, id_)
    for id_, figure in figures(usual).items():
        if id_.startswith(("map-", "gap-", "equiplot-")):
            assert figures(more)[id_].svg == figure.svg
    assert worst_areas(read_material(rich)) == worst_areas(read_material(town))
    assert "walkers' own" not in said(more, "left-out")
    assert "By employment" not in said(more, "left-out")


def test_a_set_of_kinds_measured_one_by_one_is_missed_only_once(town: Place) -> None:
    assert read_material(town).kinds_missed == ["library", "museum", "park", "waterway"]


def test_the_walkers_loss_is_counted_by_people(rich: Place, report: Report) -> None:
    material = read_material(rich)
    walks, _ = material.walks("library")
    fast, slow = (int(material.population[walks * pace <= 15].sum()) for pace in (1, 2))
    assert 0 < slow < fast
    rows = table(report, "walker-library-1-table").rows
    assert rows[0][5] == f"{fast - slow:,}"
    assert rows[0][2:4] == (
        f"{100 * fast / material.people:.1f}%",
        f"{100 * slow / material.people:.1f}%",
    )
    assert sum(int(str(row[5]).replace(",", "")) for row in rows[1:] if row[5] != "none") == (
        fast - slow
    )
    assert f"{fast - slow:,} people fewer" in said(report, "also")


def test_what_is_shared_out_is_mapped_in_five_classes_with_its_unit(report: Report) -> None:
    figure = figures(report)["capacity-library"]
    assert "hours open per week per 10,000 people" in figure.caption
    classes = [key.label for key in figure.legend if " area" in key.label]
    assert len(classes) == 5
    assert classes[0].startswith("None within reach (10 areas")
    assert sum(int(label.split("(")[-1].split(" area")[0]) for label in classes) == 30
    text = said(report, "also")
    assert "Hours open per week of libraries for every 10,000 people, shared out" in text
    assert "The most is 14.5 hours open per week per 10,000 people, in Testham 30." in text
    assert "beyond the border" in figure.reading


def test_further_measures_are_means_over_their_people(rich: Place, report: Report) -> None:
    rows = {str(row[0]): row for row in table(report, "also-library-table").rows}
    hours = np.where(np.arange(30) < 10, 0.0, np.arange(30) / 2)
    people, old = read_material(rich).population, np.arange(30)
    name = "Libraries within 15 minutes, balanced catchments"
    assert rows[name][2] == f"{hours @ people / people.sum():.1f}"
    assert rows[f"{name} (aged 65 and over)"][2] == f"{2 * hours @ old / old.sum():.1f}"
    last = slice(24, 30)
    assert rows[name][7] == f"{hours[last] @ people[last] / people[last].sum():.1f}"
    assert rows[name][3] == "0.0"
    both = table(report, "also-library-museum-table").rows
    assert both[0][0] == "How many of 2 kinds are within 15 minutes"


def test_equiplots_hold_every_outcome_that_gradients_do(report: Report) -> None:
    rows = table(report, "equiplot-walks-table").rows
    assert len(rows) == 6
    gradient = table(report, "gap-library-walk-table").rows
    own = next(row for row in rows if row[0] == "Libraries")
    assert [cell.split()[0] for cell in own[1:]] == [row[2].split()[0] for row in gradient[:5]]


def test_further_statistics_stand_with_interval_number_and_method(
    rich: Place, report: Report
) -> None:
    gaps = rich.table("gaps")
    first, everyone = table(report, "statistics-1-table"), table(report, "statistics-3-table")
    index = next(row for row in first.rows if row[1] == "Concentration index")
    assert index[:1] + index[2:5] == ("It leans.", "0.25", "0.20 to 0.30 (95%)", "30")
    assert index[5] == clean(gaps.loc[gaps["sentence"] == "It leans.", "method"].iloc[0])
    assert everyone.rows[0][1] == "Gini coefficient"
    assert "<script>" in str(everyone.rows[0][0])
    assert table(report, "statistics-2-table").caption.endswith("by employment")
    assert next(row for row in first.rows if row[1] == "Trend of the gap")[4] == "3 periods"


def test_larger_areas_stand_worst_first_about_the_places_mean(rich: Place, report: Report) -> None:
    spine = next(f for id_, f in figures(report).items() if id_.startswith("spine-"))
    wards = [row[1] for row in spine.table.rows]
    assert wards == ["Ward & <i>Sons</i>", "South", "North"]  # a longer walk is worse
    ends = table(report, "larger-1-table").rows
    assert ends[0][:3] == (
        "Walk to the nearest library",
        f"{wards[0]}, 11.0 minutes",
        "North, 4.0 minutes",
    )
    gaps = rich.table("gaps")
    own = gaps[(gaps["of"] == "reach") & (gaps["kind"] == "library") & gaps["level"].isna()]
    own = own[(own["measure"] == "nearest") & (own["statistic"] == "mean") & own["part"].isna()]
    mean, spread = own["value"].iloc[0], np.std([4.0, 6.0, 11.0])
    for row, value in zip(spine.table.rows, (11.0, 6.0, 4.0), strict=True):
        z = abs(value - mean) / spread
        assert row[5] == f"{z:.2f} {'worse' if value > mean else 'better'}"
    titles = [t.text or "" for t in parse_xml(spine.svg).iter(f"{SVG}text")]
    assert {"← worse for people", "better for people →"} <= set(titles)
    assert "red" not in spine.svg.split("</desc>")[1]


def test_a_trend_gives_its_sentence_and_each_period(report: Report) -> None:
    assert "The gap is widening." in said(report, "gaps")
    rows = table(report, "trend-1-table").rows
    assert [row[0] for row in rows] == ["2010 to 2012", "2013 to 2015", "2016 to 2020"]
    first, second, third = (float(str(row[1])) for row in rows)
    assert second - first == pytest.approx(1.0)
    assert third - second == pytest.approx(1.0)


def test_an_explanation_warns_before_it_says_anything(report: Report) -> None:
    part = blocks(report, "explained")
    kinds = [type(block) for block in part]
    assert kinds == [Heading, Callout, Points, Figure]
    assert "ecological fallacy" in part[1].text
    assert [item.text.split("%")[0] for item in part[2].items] == ["100", "125", "-50", "25"]
    rows = table(report, "explained-1-chart-table").rows
    assert rows[0][:3] == ("Whole", "0.040", "0.020 to 0.060 (95%)")
    assert rows[2][3] == "−50%"
    assert rows[3][:3] == ("Not explained", "0.010", "none")
    assert "not causes" in part[3].reading


def test_every_figure_has_words_a_source_an_interval_and_a_table(report: Report) -> None:
    found = figures(report)
    assert {"walker-library-1", "capacity-library", "trend-1", "explained-1-chart"} <= set(found)
    for id_, figure in found.items():
        parse_xml(figure.svg)
        assert len(figure.alt) > 40
        assert "Source: " in figure.source
        assert figure.table.rows
        assert "interval" in figure.reading.lower() or id_ == "where"


def test_the_page_and_the_pdf_hold_it_all_and_are_the_same_again(
    rich: Place, report: Report
) -> None:
    html = page_of(report)
    assert html == page_of(report_of(read_material(rich)))
    assert "<script" not in html
    assert "<b>walkers" not in html
    ids = [part.split('"')[0] for part in html.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
    told: list[str] = []
    made = pdf_of(report, told.append)
    assert not told  # PDF/UA held
    words = " ".join(" ".join(p.extract_text() for p in PdfReader(BytesIO(made)).pages).split())
    assert "The gap is widening." in words
    assert "Areas are not people (the ecological fallacy)." in words
    assert "slower <b>walkers</b> & $x$" in words


def test_an_equiplot_draws_each_fifth_in_proportion_and_its_ends_by_shape() -> None:
    rows = [
        Spread("A <b>", (10.0, 20.0, None, 30.0, 40.0), "10 → 40"),
        Spread("B", (None,) * 5, ""),
    ]
    text = equiplot(rows, groups=("1", "2", "5"), scale="zero", id_="e", name="n", alt="a")
    svg = parse_xml(text)
    rings = [float(c.attrib["cx"]) for c in svg.iter(f"{SVG}circle")][1:]  # the first is the key's
    signs = [p.attrib["transform"] for p in svg.iter(f"{SVG}path") if "transform" in p.attrib][2:]
    ends = [float(sign.split("(")[1].split()[0]) for sign in signs]
    assert len(rings) == 2
    assert ends[0] < rings[0] < rings[1] < ends[1]
    assert rings[0] - ends[0] == pytest.approx((ends[1] - ends[0]) / 3, abs=0.2)
    assert len({p.attrib["d"] for p in svg.iter(f"{SVG}path") if "transform" in p.attrib}) == 2


def test_a_spine_puts_better_to_the_right_of_the_place() -> None:
    spine = Spine("A", (("w", -2.0), ("m", 0.5), ("b", 1.0)), "w", "b")
    svg = parse_xml(spine_chart([spine], id_="s", name="n", alt="a"))
    x = [float(c.attrib["cx"]) for c in svg.iter(f"{SVG}circle")]
    middle = 200.0
    assert middle - x[0] == pytest.approx(2 * (x[2] - middle), abs=0.2)


def test_parts_to_the_left_of_zero_make_the_whole_smaller() -> None:
    parts = [Part("Whole", 1.0, None, None, "1", plain=True), Part("A", -0.5, -0.7, -0.3, "−0.5")]
    svg = parse_xml(parts_chart(parts, id_="p", name="n", alt="a"))
    bars = [(float(r.attrib["x"]), float(r.attrib["width"])) for r in svg.iter(f"{SVG}rect")]
    assert bars[1][0] + bars[1][1] == pytest.approx(bars[0][0], abs=0.2)
    assert bars[0][1] == pytest.approx(2 * bars[1][1], abs=0.2)


def test_time_runs_to_scale_and_a_missing_value_is_left_out() -> None:
    one, two = ((1.0, 0.5, 1.5), (2.0, None, None))
    none = (None, None, None)
    moments = [
        Moment(2000, "2000", (one, two)),
        Moment(2001, "2001", (none, two)),
        Moment(2010, "2010", (one, two)),
    ]
    svg = parse_xml(trend_chart(moments, groups=("a", "b"), id_="t", name="n", alt="a"))
    signs = [p.attrib["transform"] for p in svg.iter(f"{SVG}path") if "transform" in p.attrib]
    at = [float(sign.split("(")[1].split()[0]) for sign in signs]
    first, second = at[1:3], at[4:7]  # each after its key
    assert first == [second[0], second[2]]
    assert second[1] - second[0] == pytest.approx((second[2] - second[0]) / 10, abs=0.2)


@given(st.lists(st.floats(0, 1e7, allow_subnormal=False), min_size=1, max_size=60))
def test_classes_above_none_hold_each_value_once_and_none_is_empty(values: list[float]) -> None:
    breaks = breaks_above_none(values)
    classes = class_of(values, breaks)
    labels = class_labels(breaks, "h")
    assert all(b > a for a, b in itertools.pairwise(breaks))
    assert len(labels) <= 5 or not breaks
    assert sorted(set(classes.tolist())) == list(range(len(labels)))
    if 0.0 in values and max(values) > 0:
        assert {v for v, c in zip(values, classes, strict=True) if c == 0} == {0.0}


def test_groups_are_named_in_words(rich: Place) -> None:
    material = read_material(rich)
    assert whose_words(material, "aged_65_and_over, by bus") == "aged 65 and over, by bus"
    assert whose_words(material, "by_bus") == "by_bus"
    assert measure_name("gp", "count", 15.0, "by bus") == (
        "GP practices within 15 minutes, number (by bus)"
    )
    assert not any(isinstance(b, Pair) for b in blocks(report_of(material), "also"))


def test_a_gap_that_the_border_makes_is_said_so_and_is_not_the_most_telling(
    make_town: Callable[..., Place],
) -> None:
    place = make_town()
    gaps = place.table("gaps")
    telling = blocks(report_of(read_material(place)), "in-short")[0].items[3].text
    own = gaps[gaps["sentence"].map(clean) == telling]
    assert len(own) == 1
    inside = own.assign(
        statistic="slope_index_inside", lower=-5.0, upper=5.0, sentence="Without 4 areas, unclear."
    )
    write_table(place.folder, "gaps", pd.concat([gaps, inside], ignore_index=True))
    report = report_of(read_material(place))
    assert blocks(report, "in-short")[0].items[3].text != telling
    assert f"{telling} Without 4 areas, unclear." in said(report, "left-out")
    agreeing = inside.assign(lower=own["lower"], upper=own["upper"])
    write_table(place.folder, "gaps", pd.concat([gaps, agreeing], ignore_index=True))
    report = report_of(read_material(place))
    assert blocks(report, "in-short")[0].items[3].text == telling
    assert "Without 4 areas" not in said(report, "left-out")


def test_without_deprivation_what_was_measured_is_still_shown(
    make_town: Callable[..., Place],
) -> None:
    place = make_town()
    areas = place.table("areas")
    areas[["deprivation", "deprivation_decile", "deprivation_quintile"]] = None
    write_table(place.folder, "areas", areas)
    reach = rich_reach(areas, place.table("reach"))
    everyone = reach["group"].isna() & reach["measure"].isin(["nearest", "count"])
    write_table(place.folder, "reach", reach[~everyone])  # no walk of everyone at all
    write_table(place.folder, "gaps", empty("gaps"))
    report = report_of(read_material(place))
    assert said(report, "reach").endswith("No walk to any kind was measured.")
    assert "No gap was worked out" in said(report, "gaps")
    rows = {str(row[0]): row for row in table(report, "also-library-table").rows}
    name = "Libraries within 15 minutes, balanced catchments"
    assert rows[name][3:] == ("none",) * 5
    assert "walker-library-1" not in figures(report)  # nobody to set the walkers beside
    assert f"Way to the nearest library ({WALKER})" in rows
