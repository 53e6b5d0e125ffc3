"""What the report says, against figures counted by hand from the invented town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from mobilise.place import write_table
from mobilise.report.content import report_of
from mobilise.report.material import read_material
from mobilise.report.model import Callout, Figure, Heading, Link, Pair, Points, Prose, Table
from mobilise.report.sections.left_out import worst_areas
from mobilise.report.words import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.place import Place
    from mobilise.report.model import Report, Section

SECTIONS = [
    "In short",
    "What is here",
    "Who can reach it",
    "Who is left out",
    "Health indicators",
    "Gaps side by side",
    "Data quality",
    "Sources and licences",
    "How this was worked out",
    "Parameters",
]


@pytest.fixture(scope="module")
def report(town: Place) -> Report:
    return report_of(read_material(town))


def section(report: Report, id_: str) -> Section:
    return next(s for s in report.sections if s.id == id_)


def said(part: Section) -> str:
    words = []
    for block in part.blocks:
        if isinstance(block, Prose | Callout):
            words.append(block.text)
        if isinstance(block, Points):
            words += [item.lead + item.text for item in block.items]
    return " ".join(words)


def figures(report: Report) -> list[Figure]:
    found = []
    for part in report.sections:
        for block in part.blocks:
            found += [block] if isinstance(block, Figure) else []
            found += block.figures if isinstance(block, Pair) else []
    return found


def test_the_sections_come_in_their_order(report: Report) -> None:
    assert [s.title for s in report.sections] == SECTIONS


def test_in_short_is_five_sentences_with_the_towns_numbers(report: Report) -> None:
    points = section(report, "in-short").blocks[0]
    assert isinstance(points, Points)
    assert len(points.items) == 5
    people = sum(1000 + 10 * i for i in range(30))
    assert f"{people:,} people live in Testham, in 30 small areas" in points.items[0].text
    share = sum(1000 + 10 * i for i in range(6)) / people
    assert f"{share:.0%} of them live in the most deprived fifth" in points.items[0].text
    # inside: 2 libraries, 1 museum, 1 park, 1 waterway; the third library lies beyond the border
    assert "5 assets of 4 kinds, most of all 2 libraries" in points.items[1].text
    assert all(any(c.isdigit() for c in item.text) for item in points.items)


def test_counts_leave_out_what_lies_beyond_and_keep_places_to_refer_from_last(
    report: Report,
) -> None:
    counts = next(f for f in figures(report) if f.id == "counts").table
    assert [(row[0], row[2]) for row in counts.rows] == [
        ("Libraries", "2"),
        ("Museums", "1"),
        ("Parks", "1"),
        ("Waterways and lakes", "1"),
        ("GP practices", "1"),
    ]
    assert "1 asset just beyond the border is kept too" in said(section(report, "here"))


def test_the_typical_walk_is_the_weighted_median(town: Place, report: Report) -> None:
    material = read_material(town)
    walks, _ = material.walks("library")
    one_each = np.repeat(walks, material.population.astype(int))  # a person a row
    half = np.sort(one_each)[(len(one_each) - 1) // 2]
    within = (one_each <= 15).mean()
    text = said(section(report, "reach"))
    assert f"Half of all people live within {half:.1f} minutes of the nearest library" in text
    assert f"{within:.0%} within 15 minutes" in text


def test_straight_lines_are_said_loudly_and_streets_are_not_denied(
    town: Place, make_town: Callable[..., Place]
) -> None:
    straight = section(report_of(read_material(town)), "reach").blocks[0]
    assert isinstance(straight, Callout)
    assert "1.3 times" in straight.text
    streets = section(report_of(read_material(make_town(streets=True))), "reach").blocks[0]
    assert isinstance(streets, Prose)
    assert "straight line" not in streets.text


def test_the_streets_are_credited_where_walks_follow_them(make_town: Callable[..., Place]) -> None:
    for figure in figures(report_of(read_material(make_town(streets=True)))):
        walks = figure.id.startswith(("map-", "gap-", "equiplot-"))
        assert ("1, 2 and 4" in figure.source or "1 and 4" in figure.source) == walks


def test_areas_without_a_way_are_said_not_dropped(report: Report) -> None:
    museum = next(f for f in figures(report) if f.id == "map-museum")
    assert "1 area has no way to any" in said(section(report, "reach"))
    assert museum.table.rows[0][:2] == ("Testham 30", "no way")
    assert "No way to any" in [key.label for key in museum.legend]


def test_every_area_is_in_the_table_behind_each_map(town: Place, report: Report) -> None:
    names = sorted(clean(n) for n in town.table("areas")["name"])
    for figure in figures(report):
        if figure.id.startswith("map-"):
            assert sorted(str(row[0]) for row in figure.table.rows) == names


def test_legend_counts_add_up_to_all_areas(report: Report) -> None:
    figure = next(f for f in figures(report) if f.id == "map-library")
    counts = [
        int(k.label.split("(")[1].split(" area")[0]) for k in figure.legend if " area" in k.label
    ]
    assert len(counts) == 5
    assert sum(counts) == 30


def test_every_figure_has_words_a_source_and_a_table(report: Report) -> None:
    for figure in figures(report):
        assert len(figure.alt) > 40
        assert "Source: " in figure.source
        assert figure.table.rows
        assert figure.caption


def test_every_figure_says_its_interval_or_that_there_is_none(report: Report) -> None:
    for figure in figures(report):
        if figure.id != "where":  # places, not a figure
            assert "interval" in figure.reading
    health = next(f for f in figures(report) if f.id == "indicator-1-chart")
    assert "95% intervals" in health.reading
    assert "2016 to 2020" in health.caption
    assert "years" in health.caption


def test_the_worst_served_are_found_by_people_times_kinds_out_of_reach(town: Place) -> None:
    material = read_material(town)
    kinds = ["library", "museum", "park", "waterway"]  # the set of two of them counts no more
    score = {}
    for i, code in enumerate(material.areas["area_id"]):
        missed = sum(not material.walks(k)[0][i] <= 15 for k in kinds)
        score[code] = missed * material.population[i]
    best = sorted((c for c in score if score[c]), key=lambda c: (-score[c], c))[:10]
    found = [material.areas["area_id"].iloc[w.area] for w in worst_areas(material)]
    assert found == best
    assert all(kind != "gp" for w in worst_areas(material) for kind, _ in w.missing)


def test_a_fifth_without_areas_says_so(make_town: Callable[..., Place]) -> None:
    report = report_of(read_material(make_town(with_gap=True)))
    assert "No area of Testham is in group 3." in said(section(report, "left-out"))
    chart = next(f for f in figures(report) if f.id == "gap-library-walk")
    assert chart.table.rows[2][:3] == ("3", "0", "no area here")
    assert "no area here" in chart.svg


def test_gradients_give_each_gaps_own_sentence(town: Place, report: Report) -> None:
    gaps = town.table("gaps")
    slopes = gaps[(gaps["statistic"] == "slope_index") & (gaps["measure"] == "nearest")]
    text = said(section(report, "left-out"))
    assert len(slopes) == 6
    for sentence in slopes["sentence"]:
        assert clean(sentence) in text


def test_the_most_telling_gap_is_one_of_the_gaps(town: Place, report: Report) -> None:
    points = section(report, "in-short").blocks[0]
    assert isinstance(points, Points)
    sentence = points.items[3].text
    assert sentence in {clean(s) for s in town.table("gaps")["sentence"]}
    assert "worse for people there" in sentence


def test_areas_carry_the_name_of_the_ward_but_not_a_code(make_town: Callable[..., Place]) -> None:
    place = make_town()
    areas = place.table("areas")
    areas["group_msoa"] = [f"E0200{i // 6}" for i in range(30)]
    areas["group_ward"] = ["Mill Hill"] * 28 + ["Testham", None]
    write_table(place.folder, "areas", areas)
    names = read_material(place).area_names
    assert names[0] == "Testham 01, Mill Hill"
    assert names[28:] == ["Testham 29", "Testham 30"]


def test_indicators_are_found_by_their_short_name_too(make_town: Callable[..., Place]) -> None:
    place = make_town()
    gaps = place.table("gaps")
    gaps["of"] = gaps["of"].str.replace(", females, 2016 to 2020", "")
    write_table(place.folder, "gaps", gaps)
    health = section(report_of(read_material(place)), "health")
    assert "years shorter than" in said(health)
    assert any(isinstance(block, Pair) for block in health.blocks)


def test_deprivation_groups_are_in_words(report: Report) -> None:
    chart = next(f for f in figures(report) if f.id == "gap-library-walk")
    assert chart.table.rows[0][0] == "1 (most deprived)"
    assert chart.table.rows[4][0] == "5 (least deprived)"


def test_warnings_come_first(report: Report) -> None:
    first = section(report, "quality").blocks[0]
    assert isinstance(first, Callout)
    assert "Straight lines were used." in first.text


def test_links_are_only_to_the_web(report: Report) -> None:
    cells = [
        cell
        for part in report.sections
        for block in part.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    ]
    links = [cell.href for cell in cells if isinstance(cell, Link)]
    assert links == ["https://example.org/areas"]


def test_ids_are_unique(report: Report) -> None:
    ids = [s.id for s in report.sections]
    ids += [b.id for s in report.sections for b in s.blocks if isinstance(b, Heading | Table)]
    ids += [i for f in figures(report) for i in (f.id + "-figure", f.table.id)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "missing",
    [("indicators",), ("gaps",), ("gaps", "indicators"), ("duplicates",), ("reach", "gaps")],
    ids="+".join,
)
def test_a_place_that_is_not_all_built_still_reports(
    make_town: Callable[..., Place], missing: tuple[str, ...]
) -> None:
    place = make_town()
    for name in missing:
        (place.folder / f"{name}.parquet").unlink()
    report = report_of(read_material(place))
    assert [s.title for s in report.sections] == SECTIONS
    assert ("No walk to any kind was measured." in said(section(report, "reach"))) == (
        "reach" in missing
    )
    assert ("The recipe names no indicator" in said(section(report, "health"))) == (
        "indicators" in missing
    )


def test_without_a_worse_reach_the_clearest_health_gap_is_told(
    make_town: Callable[..., Place],
) -> None:
    place = make_town()
    gaps = place.table("gaps")
    reach = gaps["of"] == "reach"
    gaps.loc[reach, ["lower", "upper"]] = [-1.0, 1.0]
    write_table(place.folder, "gaps", gaps)
    points = section(report_of(read_material(place)), "in-short").blocks[0]
    assert isinstance(points, Points)
    assert points.items[3].text.startswith("No kind is clearly further from the most deprived")
    assert "life expectancy" in points.items[3].text
