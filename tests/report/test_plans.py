"""Plans in the report, against a town whose plans can be counted by hand."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mobilise.place import FACTS, Place, write_json, write_table
from mobilise.report.content import report_of
from mobilise.report.material import read_material
from mobilise.report.model import Callout, Figure, Heading, Points, Table
from mobilise.report.page import page_of
from mobilise.report.pdf import pdf_of
from mobilise.report.plancharts import Chosen, Trade, chosen_chart, frontier_chart
from mobilise.report.planmaps import COLOURS
from mobilise.tables import validate
from tests.report.conftest import HOSTILE, town_areas, write_town

if TYPE_CHECKING:
    from pathlib import Path

parse_xml = ET.fromstring
SVG = "{http://www.w3.org/2000/svg}"
OPENS, CLOSES = "Two more libraries", "Close one & see"
MINUTES = 15.0
# Of 30 areas with 1,000 + 10 n people: the first six reach none, 6 to 8 newly do, the last loses.
BEFORE = np.arange(30) >= 9
AFTER = {OPENS: np.arange(30) >= 6, CLOSES: (np.arange(30) >= 9) & (np.arange(30) < 28)}
PEOPLE = 1000 + 10 * np.arange(30)


def town_plans() -> dict[str, pd.DataFrame]:
    areas = pd.DataFrame(town_areas().drop(columns="geometry"))
    sites = [
        (OPENS, 1, "area:T007", "Testham 08", "open", 400_750.0, 300_750.0, 2130.0, 29_000.0),
        (OPENS, 2, "own-1", HOSTILE, "open", 401_250.0, 300_750.0, 1080.0, 30_080.0),
        (OPENS, None, "a2", "Old Library", "close", 402_200.0, 301_800.0, None, None),
        (CLOSES, None, "a1", "Testham Library", "close", 402_700.0, 302_300.0, None, None),
    ]
    names = ["scenario", "order", "site_id", "name", "change", "x", "y", "gain", "total"]
    plan = pd.DataFrame(sites, columns=names)
    unit = {OPENS: "as a share (0 = equal)", CLOSES: "people"}
    plan["unit"] = plan["scenario"].map(unit)
    plan["bound"], plan["objective"] = None, "coverage"
    plan["source"] = ["areas", "community", None, None]
    effects = [_effect(areas, name, *slice_) for name in AFTER for slice_ in _slices(areas)]
    reached = [
        pd.DataFrame(
            {
                "scenario": name,
                "area_id": areas["area_id"],
                "minutes_before": np.where(BEFORE, 7.0, MINUTES),
                "minutes_after": np.where(after, 6.0, MINUTES),
                "reached_before": BEFORE,
                "reached_after": after,
                "why": [None if ok else "only sites not chosen are" for ok in after.tolist()],
            }
        )
        for name, after in AFTER.items()
    ]
    total = float(PEOPLE.sum())
    both = f"{HOSTILE}; Testham 08"
    points = [(1, 33_000.0, -9.5, "Other; Sites"), (2, float(PEOPLE[6:].sum()), 0.01, both)]
    frontier = pd.DataFrame(points, columns=["point", "people", "slope", "sites"])
    frontier["share"] = 100 * frontier["people"] / total
    frontier = frontier.assign(scenario=OPENS, gap=0.0, bound=frontier["people"] + 7)
    chosen = [("area:T007", "Testham 08", 0.8, True), ("own-1", HOSTILE, 0.19, True)]
    chosen += [(f"area:T{n:03d}", f"Testham {n + 1}", n / 100, False) for n in range(11, 26)]
    lost = ["nearest_to", "lose_reach"]
    closed = [
        (OPENS, "a2", "Old Library", 4100.0, 0.0),
        (CLOSES, "a1", "Testham Library", 3500.0, 2570.0),
    ]
    robustness = pd.DataFrame(chosen, columns=["site_id", "name", "chosen", "in_plan"])
    return {
        "plan": plan,
        "plan_effects": pd.DataFrame(effects),
        "plan_areas": pd.concat(reached, ignore_index=True),
        "plan_frontier": frontier,
        "plan_robustness": robustness.assign(scenario=OPENS),
        "plan_closing": pd.DataFrame(closed, columns=["scenario", "site_id", "name", *lost]),
    }


def _slices(areas: pd.DataFrame) -> list[tuple[str, str | None, Any]]:
    fifth = areas["deprivation_quintile"].to_numpy()
    ward = np.arange(30) // 2
    return [
        ("place", None, np.ones(30, dtype=bool)),
        *(("quintile", str(level), fifth == level) for level in range(1, 6)),
        *(("group_msoa", f"E{number:02d}", ward == number) for number in range(15)),
        *(("group_ward", f"Ward {chr(65 + number)}", ward == number) for number in range(15)),
    ]


def _effect(areas: pd.DataFrame, name: str, by: str, level: str | None, of: Any) -> dict[str, Any]:
    people = areas["population"].to_numpy()
    after = AFTER[name]
    total = people[of].sum()
    return {
        "scenario": name,
        "by": by,
        "level": level,
        "people": total,
        "reached_before": people[of & BEFORE].sum(),
        "reached_after": people[of & after].sum(),
        "share_before": 100 * people[of & BEFORE].sum() / total,
        "share_after": 100 * people[of & after].sum() / total,
        "gained": people[of & after & ~BEFORE].sum(),
        "lost": people[of & BEFORE & ~after].sum(),
        "minutes_before": 10.0,
        "minutes_after": 9.0 if name == OPENS else 11.5,
        "minutes_saved": 0.0,
    }


def town_scenarios() -> list[dict[str, Any]]:
    common = {"kind": "library", "minutes": MINUTES, "method": "By hand; seed 1."}
    lists = {"effects": [f"Effects, {HOSTILE}."], "frontier": [], "robustness": [], "closing": []}
    slope = {"value": -31.04, "lower": -56.2, "upper": -5.9, "confidence": 0.95}
    return [
        common
        | lists
        | {
            "scenario": OPENS,
            "objective": "least-inequality",
            "sentence": "Opening two brings 3,210 more people within 15 minutes.",
            "certificate": "Proven: no permitted plan is better.",
            "cost_per_person": 12.5,
            "slope_before": slope,
            "slope_after": slope | {"value": 0.00001, "lower": -21.86, "upper": 21.86},
            "unreached": 6,
            "frontier": ["Fairness costs 400 people."],
            "robustness": ["Safe bets: Testham 08."],
        },
        common
        | lists
        | {
            "scenario": CLOSES,
            "objective": "coverage",
            "sentence": "Closing Testham Library.",
            "certificate": "Nothing is left to choose.",
            "cost_per_person": None,
            "unreached": 11,
            "closing": ["2,570 of 34,350 people would have no site left within 15 minutes."],
        },
    ]


def write_planned(folder: Path, *, synthetic: bool = False) -> Place:
    place = write_town(folder, synthetic=synthetic)
    for name, table in town_plans().items():
        write_table(folder, name, validate(name, table))
    facts = json.loads((folder / FACTS).read_text())
    facts["steps"]["plan"] = {"facts": {"scenarios": town_scenarios()}}
    write_json(folder / FACTS, facts)
    return Place.open(place.folder)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return write_planned(tmp_path_factory.mktemp("planned"))


@pytest.fixture(scope="module")
def section(planned: Place) -> tuple[Any, ...]:
    report = report_of(read_material(planned))
    return next(s for s in report.sections if s.id == "plan").blocks


def figure(section: tuple[Any, ...], id_: str) -> Figure:
    return next(b for b in section if isinstance(b, Figure) and b.id == id_)


def table(section: tuple[Any, ...], id_: str) -> Table:
    own = [b for b in section if isinstance(b, Table)]
    own += [b.table for b in section if isinstance(b, Figure)]
    return next(t for t in own if t.id == id_)


def said(section: tuple[Any, ...]) -> str:
    points = [item for b in section if isinstance(b, Points) for item in b.items]
    return " ".join(f"{item.lead}{item.text}" for item in points)


def test_a_place_without_plans_has_no_such_section(town: Place) -> None:
    assert "plan" not in [s.id for s in report_of(read_material(town)).sections]


def test_scenarios_come_in_the_recipes_order_with_sentences_before_figures(
    section: tuple[Any, ...],
) -> None:
    headings = [b.text for b in section if isinstance(b, Heading)]
    assert headings == ["The scenarios side by side", OPENS, CLOSES]
    first = next(i for i, b in enumerate(section) if isinstance(b, Heading) and b.text == OPENS)
    assert isinstance(section[first + 1], Points)
    for sentence in ("Opening two brings", "How sure: Proven", "Fairness costs 400", "Safe bets"):
        assert sentence in said(section)
    assert "6 areas are still further than 15 minutes" in said(section)
    assert "12.50 for each person" in said(section)
    assert "−31.0, −56.2 to −5.9 (95%) before; 0.0, −21.9 to 21.9 (95%) after" in said(section)


def test_the_map_counts_every_area_once(section: tuple[Any, ...]) -> None:
    legend = [key.label for key in figure(section, "plan-1-map").legend]
    assert f"Not within 15 minutes (6 areas, {PEOPLE[:6].sum():,} people)" in legend
    assert f"Newly within 15 minutes (3 areas, {PEOPLE[6:9].sum():,} people)" in legend
    assert not any("No longer" in label for label in legend)
    legend = [key.label for key in figure(section, "plan-2-map").legend]
    assert f"No longer within 15 minutes (2 areas, {PEOPLE[28:].sum():,} people)" in legend
    assert not any(label.startswith(("Newly", "New site")) for label in legend)


def test_the_map_numbers_what_opens_and_crosses_what_closes(section: tuple[Any, ...]) -> None:
    drawn = parse_xml(figure(section, "plan-1-map").svg)
    groups = {kind: [g for g in drawn.iter(f"{SVG}g") if g.get("class") == kind] for kind in
              ("site", "closing")}  # fmt: skip
    titles = [g.findtext(f"{SVG}title") for g in groups["site"]]
    assert [t.split(":")[0] for t in titles if t] == ["2", "1"]
    assert [g.findtext(f"{SVG}title") for g in groups["closing"]] == ["Closes: Old Library"]
    classes = [g for g in drawn.iter(f"{SVG}g") if g.get("fill") in COLOURS]
    assert [len(list(g)) for g in classes] == [6, 21, 3]


def test_the_table_behind_the_map_has_what_changes_first(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-1-map-table").rows
    assert len(rows) == 30
    assert [row[0] for row in rows[:3]] == ["Testham 07", "Testham 08", "Testham 09"]
    assert rows[0][1:4] == ("newly", "over 15", "6.0")
    assert rows[3][1:4] == ("no: only sites not chosen are", "over 15", "over 15")
    closing = table(section, "plan-2-map-table").rows
    assert [row[1] for row in closing[:2]] == ["no longer"] * 2


def test_a_site_in_an_area_bears_the_name_of_the_ward(tmp_path: Path) -> None:
    place = write_planned(tmp_path)
    areas = place.table("areas")
    write_table(tmp_path, "areas", areas.assign(group_ward="Hale & Co"))
    report = report_of(read_material(Place.open(tmp_path)))
    blocks = next(s for s in report.sections if s.id == "plan").blocks
    assert table(blocks, "plan-1-sites").rows[0][1] == "Testham 08, Hale & Co"
    assert table(blocks, "plan-1-frontier-table").rows[1][0] == "2 (this plan)"


def test_the_sites_table_never_gives_people_the_unit_of_the_objective(
    section: tuple[Any, ...],
) -> None:
    rows = table(section, "plan-1-sites").rows
    counts = ("2,130", "29,000", "people within 15 minutes")
    assert rows[0] == ("1", "Testham 08", "middle of an area", "opens", *counts)
    assert [row[2] for row in rows[1:]] == ["Community place", "none"]
    assert rows[2][:5] == ("×", "Old Library", "none", "closes", "none")
    alone = ("Testham Library", "closes", "3,500", "2,570")
    assert table(section, "plan-2-sites").rows == (alone,)


def test_before_and_after_by_fifth_are_those_of_the_areas(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-1-fifths-table").rows
    assert [row[0] for row in rows][:2] == ["Whole place", "Fifth 1 (most deprived)"]
    assert rows[2][2:6] == ("0.0" if not BEFORE[6:12].any() else
        f"{100 * PEOPLE[9:12].sum() / PEOPLE[6:12].sum():.1f}", "100.0",
        f"{PEOPLE[6:9].sum():,}", "0")  # fmt: skip
    gains = [int(str(row[4]).replace(",", "")) for row in rows]
    assert gains[0] == sum(gains[1:])


def test_groups_are_those_with_names_ten_at_most_the_largest_change_first(
    section: tuple[Any, ...],
) -> None:
    groups = table(section, "plan-1-groups")
    assert [row[0] for row in groups.rows] == ["Ward D", "Ward E"]
    assert groups.columns[0].label == "Ward"
    assert groups.caption.endswith("(2 of 2 with any)")


def test_closing_says_who_is_hit_harder_than_the_place(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-2-impact").rows
    lost = PEOPLE[28:].sum()
    share = 100 * lost / PEOPLE.sum()
    assert rows[0][:5] == ("Whole place", "34,350", f"{lost:,}", f"{share:.1f}", "+1.5")
    assert [row[5] for row in rows[1:6]] == ["no", "no", "no", "no", "yes"]
    assert [row[0] for row in rows[6:]] == ["Ward O"]
    assert "2,570 of 34,350 people would have no site left" in said(section)


@pytest.mark.parametrize(("after", "warned"), [(-3.4, True), (3.4, True), (-31.5, False)])
def test_a_gap_that_narrows_by_loss_alone_is_no_gain(
    tmp_path: Path, after: float, *, warned: bool
) -> None:
    place = write_planned(tmp_path)
    scenarios = town_scenarios()
    gap = scenarios[0]["slope_before"]
    scenarios[1] |= {"slope_before": gap, "slope_after": gap | {"value": after}}
    facts = place.facts
    facts["steps"]["plan"]["facts"]["scenarios"] = scenarios
    write_json(tmp_path / FACTS, facts)
    report = report_of(read_material(Place.open(tmp_path)))
    blocks = next(s for s in report.sections if s.id == "plan").blocks
    leads = [b.lead for b in blocks if isinstance(b, Callout)]
    assert ("A narrower gap is no gain here. " in leads) == warned


def test_the_frontier_knows_the_plan_itself(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-1-frontier-table").rows
    assert [row[0] for row in rows] == ["1", "2 (this plan)"]
    assert [row[3] for row in rows] == ["−9.5", "0.0"]
    alt = figure(section, "plan-1-frontier").alt
    assert "a gap of 9.5 percentage points against the least deprived" in alt
    assert "no gap along deprivation" in alt


@pytest.mark.parametrize(("slope", "more"), [(0.03, 500), (0.01, 500), (4.0, 500), (0.07, 0)])
def test_a_plan_as_fair_for_more_people_is_told(tmp_path: Path, slope: float, more: int) -> None:
    place = write_planned(tmp_path)
    frontier = place.table("plan_frontier")
    frontier.loc[1, ["people", "slope"]] = float(PEOPLE[6:].sum()) + more, slope
    write_table(tmp_path, "plan_frontier", frontier)
    report = report_of(read_material(Place.open(tmp_path)))
    told = said(next(s for s in report.sections if s.id == "plan").blocks)
    fair = "Plan 2 below is as fair as this plan, to 0.05 percentage points, and reaches 500"
    assert (fair in told) == (slope <= 0.05 and more > 0)


def test_safe_bets_are_words_and_the_plans_own_sites_come_first(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-1-robustness-table").rows
    assert [row[1:] for row in rows[:3]] == [
        ("80", "yes", "safe bet"),
        ("19", "yes", "seldom chosen"),
        ("25", "no", "depends on the numbers"),
    ]
    assert len(rows) == 17
    assert "9 more sites are in the table" in figure(section, "plan-1-robustness").reading


def test_scenarios_stand_side_by_side(section: tuple[Any, ...]) -> None:
    rows = table(section, "plan-compare-table").rows
    assert rows[0][0] == OPENS
    assert rows[0][1] == "Libraries, 15 minutes"
    assert rows[0][3:5] == (f"{PEOPLE[6:].sum():,}", f"{PEOPLE[6:9].sum():,}")
    assert [row[-1] for row in rows] == ["12.50", "not given"]
    gaps = table(section, "plan-compare-gaps").rows
    assert gaps[0] == (OPENS, "−31.0, −56.2 to −5.9 (95%)", "0.0, −21.9 to 21.9 (95%)")
    assert gaps[1] == (CLOSES, "not known", "not known")


@pytest.mark.parametrize("name", ["plan_effects", "plan_areas", "plan_frontier", "plan_robustness"])
def test_a_table_that_was_not_made_leaves_its_figures_out(tmp_path: Path, name: str) -> None:
    place = write_planned(tmp_path)
    next(tmp_path.glob(f"{name}.*")).unlink()
    report = report_of(read_material(Place.open(place.folder)))
    ids = [getattr(b, "id", "") for s in report.sections if s.id == "plan" for b in s.blocks]
    gone = {"plan_effects": "plan-1-fifths", "plan_areas": "plan-1-map"}
    gone |= {"plan_frontier": "plan-1-frontier", "plan_robustness": "plan-1-robustness"}
    assert [id_ in ids for id_ in gone.values()] == [key != name for key in gone]
    assert page_of(report)


def test_every_figure_bears_its_method_and_source(section: tuple[Any, ...]) -> None:
    figures = [b for b in section if isinstance(b, Figure)]
    assert len(figures) == 6
    for one in figures:
        assert one.source.startswith("Method: By hand; seed 1. Source: Testham Council, 2024")
        assert "interval" in one.reading or "full count" in one.reading
        assert parse_xml(one.svg).findtext(f"{SVG}desc") == one.alt
        assert one.table.rows


def test_page_and_pdf_show_it_the_same_each_time(planned: Place, tmp_path: Path) -> None:
    report = report_of(read_material(planned))
    page = page_of(report)
    assert page == page_of(report_of(read_material(planned)))
    assert "<script" not in page
    words = " ".join(p.extract_text() for p in PdfReader(BytesIO(pdf_of(report, print))).pages)
    assert "What would help" in words
    made_up = page_of(report_of(read_material(write_planned(tmp_path, synthetic=True))))
    assert made_up.split('id="plan"')[1].split("</section>")[0].count("Made-up place") == 1


inequality = st.floats(0, 80)
people = st.floats(0, 5e6)


@given(st.lists(st.tuples(people, inequality), min_size=1, max_size=30))
def test_a_frontier_of_any_size_stays_within_its_frame(pairs: list[tuple[float, float]]) -> None:
    trades = [Trade(n, a, b, f"Plan {n}") for n, (a, b) in enumerate(pairs, 1)]
    drawn = parse_xml(frontier_chart(trades, id_="f", name="Frontier", alt="What it shows"))
    _, _, width, height = map(float, str(drawn.get("viewBox")).split())
    marks = [e for e in drawn.iter(f"{SVG}path") if e.get("class") == "mark"]
    assert len(marks) == len(pairs)
    for mark in marks:
        x, y = str(mark.get("transform")).split("(")[1].split(")")[0].split()
        assert 0 < float(x) < width
        assert 0 < float(y) < height


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_bars_are_as_long_as_their_share(shares: list[float]) -> None:
    sites = [Chosen("Site", share, n % 2 == 0, f"{share:.0f}%") for n, share in enumerate(shares)]
    drawn = parse_xml(chosen_chart(sites, id_="c", name="Chosen", alt="What it shows"))
    _, _, width, _ = map(float, str(drawn.get("viewBox")).split())
    bars = list(drawn.iter(f"{SVG}rect"))[2:]
    for bar, share in zip(bars, shares, strict=True):
        assert float(str(bar.get("width"))) == pytest.approx(
            max(1.0, share / 100 * (width - 16)), abs=0.06
        )
