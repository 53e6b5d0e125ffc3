"""What would help: each scenario's plan, how sure it is, and what it does for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.assets.kinds import catalogue
from mobilise.report import words
from mobilise.report.material import (
    area_sources,
    heading_of,
    sources_named,
    walk_sources,
)
from mobilise.report.model import (
    Callout,
    Column,
    Heading,
    Point,
    Points,
    Prose,
    Section,
    Table,
)
from mobilise.report.sections.plan_choices import (
    as_fair_for_more,
    frontier_figure,
    robustness_figure,
)
from mobilise.report.sections.plan_effects import fifths_figure, groups_table, impact_table
from mobilise.report.sections.plan_sites import reach_map, sites_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.material import Material
    from mobilise.report.model import Block


@dataclass(frozen=True)
class Scenario:
    """One scenario: its rows of each table of plans, and what the step said of it.

    Parameters
    ----------
    id
        Of its heading; those of its figures begin with it.
    name, kind, limit
        The scenario's name, the kind of assets it is about, and the minutes in words.
    said
        The facts that the step kept: sentences, certificate, costs.
    tables
        Its rows of ``plan``, ``plan_effects``, ``plan_areas``, ``plan_frontier`` and
        ``plan_robustness``; sites have a further column ``shown``, the name that people read, and
        those of ``plan`` another, ``stands``: what they would stand in.
    source
        The line under its figures.
    """

    id: str
    name: str
    kind: str
    limit: str
    said: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    source: str


def plan_sections(material: Material) -> Iterator[Section]:
    """Yield the section, if the recipe asks for plans and they were made.

    Parameters
    ----------
    material
        The place.
    """
    scenarios = _scenarios(material)
    if not scenarios:
        return
    unknown = _UNKNOWN if not any(one.said.get("round") for one in scenarios) else _PARTLY_KNOWN
    blocks: list[Block] = [Callout(_INTRO.format(unknown), "A start for a talk, not a decision. ")]
    if len(scenarios) > 1:
        blocks += _compared(scenarios)
    for scenario in scenarios:
        blocks += _blocks(material, scenario)
    yield Section("plan", "What would help", tuple(blocks))


_INTRO = (
    "These plans know where people live, how far they walk and what is there today. They do not "
    "know {}. New sites are the best among the "
    "candidates given; a site named like an area stands at the middle of where its people live."
)
_UNKNOWN = "buildings, rents, staff or what residents want"
_PARTLY_KNOWN = "buildings, rents or staff, and of what residents want only what their round says"


def _scenarios(material: Material) -> list[Scenario]:
    """Return the scenarios that have rows, in the recipe's order."""
    step = material.facts.get("steps", {}).get("plan", {})
    said: list[dict[str, Any]] = step.get("facts", {}).get("scenarios", [])
    found = []
    for number, one in enumerate(said, 1):
        tables = {
            name: rows[rows["scenario"] == one["scenario"]] for name, rows in material.plans.items()
        }
        if tables["plan"].empty:
            continue
        for name in ("plan", "plan_robustness"):
            tables[name] = tables[name].assign(shown=shown_names(material, tables[name]))
        tables["plan"] = tables["plan"].assign(stands=_stands(material, tables["plan"]))
        files = _files(material, one, tables["plan"])
        found.append(
            Scenario(
                id=f"plan-{number}",
                name=words.clean(one["scenario"]),
                kind=str(one["kind"]),
                limit=words.limit(float(one["minutes"])),
                said=one,
                tables=tables,
                source=f"Method: {words.clean(one['method'])} "
                f"{sources_named(material, files, but='indicators')}",
            )
        )
    return found


def shown_names(material: Material, sites: pd.DataFrame) -> list[str]:
    """Return sites as people know them: those in an area with the larger area around it.

    Parameters
    ----------
    material
        The place.
    sites
        With ``site_id`` and ``name``.
    """
    areas = zip(material.areas["area_id"], material.area_names, strict=True)
    known = {f"area:{area}": name for area, name in areas}
    return [
        known.get(site, words.clean(name))
        for site, name in zip(sites["site_id"], sites["name"], strict=True)
    ]


def _stands(material: Material, sites: pd.DataFrame) -> list[str]:
    """Return where each site stands, in words: in an area's middle, in another asset, in a list."""
    titles = {card["label"]: card.get("title") for card in material.facts.get("sources", [])}
    return [_stand(source, titles) for source in _sources(sites)]


def _stand(source: str, titles: dict[str, str | None]) -> str:
    if source in _NO_HOST:
        return _NO_HOST[source]
    kinds = catalogue().kinds
    return kinds[source].label if source in kinds else words.clean(titles.get(source) or source)


_NO_HOST = {"": words.MISSING, "areas": "middle of an area", "today": "where it is"}


def _sources(sites: pd.DataFrame) -> list[str]:
    """Return where each candidate came from; "" where it is not said."""
    given = sites.get("source", pd.Series(index=sites.index, dtype="str"))
    return list(given.fillna("").astype(str))


def _files(material: Material, said: dict[str, Any], sites: pd.DataFrame) -> list[str]:
    """Return the files of today's assets, of the candidates that were chosen, and of the areas."""
    hosts = material.assets[material.assets["asset_id"].isin(sites["site_id"])]
    named = {*_NO_HOST, *catalogue().kinds}
    return [
        *walk_sources(material, str(said["kind"])),
        *sorted(set(hosts["source"].astype(str))),
        *sorted(set(_sources(sites)) - named),
        *area_sources(material),
    ]


def _compared(scenarios: list[Scenario]) -> Iterator[Block]:
    """Yield the scenarios side by side: people first, then the gap."""
    yield Heading("plan-compare", "The scenarios side by side")
    yield Prose(
        "People within the limit are full counts. The slope index of the share of them goes from "
        "the most to the least deprived: above zero, the less deprived have more; below zero, the "
        "more deprived. Scenarios for different kinds or limits are not rivals."
    )
    counts = ("reached_before", "reached_after", "gained", "lost")
    people, gaps = [], []
    for one in scenarios:
        place = _place(one)
        said = [words.MISSING if place is None else words.whole(place[c]) for c in counts]
        cost = _cost(one.said.get("cost_per_person"))
        people.append((one.name, f"{heading_of(one.kind)}, {one.limit}", *said, cost))
        slopes = [_slope(one.said.get(when)) for when in ("slope_before", "slope_after")]
        gaps.append((one.name, *slopes))
    heads = (
        Column("Scenario"),
        Column("What, within"),
        *(Column(which, numeric=True) for which in ("Before", "After", "Gain", "Lose", "Cost")),
    )
    caption = "People within the limit, before and after, and the cost for each newly within it"
    yield Table("plan-compare-table", caption, heads, tuple(people))
    sides = (Column("Before", numeric=True), Column("After", numeric=True))
    caption = "Slope index of the share within the limit, percentage points, with its interval"
    yield Table("plan-compare-gaps", caption, (Column("Scenario"), *sides), tuple(gaps))


def _place(scenario: Scenario) -> Any:
    """Return the row of effects of the whole place; None where there is none."""
    rows = scenario.tables["plan_effects"]
    return next(iter(rows[rows["by"] == "place"].to_dict("records")), None)


def _slope(gap: dict[str, Any] | None) -> str:
    if not gap or gap.get("value") is None:
        return words.MISSING
    limits = (gap["lower"], gap["upper"], gap["confidence"])
    around = words.interval(*limits, "percentage points")
    value = words.decimal(round(float(gap["value"]), 1))
    return value if around == "none" else f"{value}, {around}"


def _cost(value: float | None) -> str:
    return "not given" if value is None else words.decimal(float(value), 2)


def _blocks(material: Material, scenario: Scenario) -> Iterator[Block]:
    sites = scenario.tables["plan"]
    closes = bool((sites["change"] == "close").any())
    yield Heading(scenario.id, scenario.name)
    yield Points(tuple(_points(scenario)))
    for warning in _cleaned(scenario.said.get("warnings")):
        yield Callout(warning, "Mind whom this helps. ")
    if _levels_down(scenario):
        yield Callout(_LEVELLED, "A narrower gap is no gain here. ")
    if len(scenario.tables["plan_areas"]):
        yield reach_map(material, scenario)
    yield sites_table(scenario)
    effects = scenario.tables["plan_effects"]
    if len(effects):
        yield fifths_figure(scenario, effects)
        if closes:
            yield impact_table(scenario, effects)
        if effects["by"].str.startswith("group_").any():
            yield groups_table(scenario, effects)
    for table, key, figure in (
        ("plan_frontier", "frontier", frontier_figure),
        ("plan_robustness", "robustness", robustness_figure),
    ):
        if len(scenario.tables[table]):
            sentences = _cleaned(scenario.said.get(key))
            if key == "frontier":
                more = as_fair_for_more(scenario, scenario.tables[table])
                sentences += [more] if more else []
            if sentences:
                yield Points(tuple(Point(sentence) for sentence in sentences))
            yield figure(scenario, scenario.tables[table])


def _levels_down(scenario: Scenario) -> bool:
    """Return whether the gap narrows though nobody gains: those who had more lose it."""
    place = _place(scenario)
    gaps = [scenario.said.get(when) for when in ("slope_before", "slope_after")]
    known = [abs(float(gap["value"])) for gap in gaps if gap and gap["value"] is not None]
    return (
        place is not None
        and place["lost"] > 0
        and place["gained"] == 0
        and len(known) == len(gaps)
        and known[1] < known[0]
    )


_LEVELLED = (
    "Nobody comes nearer to any: people only lose theirs. The gap shrinks because those who lose "
    "live where more people had one."
)


def _points(scenario: Scenario) -> Iterator[Point]:
    said = scenario.said
    yield Point(words.clean(said["sentence"]), "What it does: ")
    yield Point(words.clean(said["certificate"]), "How sure: ")
    for sentence in _cleaned(said.get("effects")):
        yield Point(sentence, "")
    for sentence in _cleaned(said.get("residents")):
        yield Point(sentence, "")
    slopes = [_slope(said.get(when)) for when in ("slope_before", "slope_after")]
    if words.MISSING not in slopes:
        yield Point(
            f"{slopes[0]} before; {slopes[1]} after: the slope index of the share of people within "
            "the limit, in percentage points from the most to the least deprived.",
            "The gap with its interval: ",
        )
    losing = [one for one in _cleaned(said.get("closing")) if one not in _cleaned(said["effects"])]
    for number, sentence in enumerate(losing):
        yield Point(sentence, "" if number else "Who loses: ")
    unreached = int(said.get("unreached") or 0)
    areas = words.counted(unreached, "area is", "areas are")
    yield Point(f"{areas} still further than {scenario.limit} from any.", "Not reached: ")
    if said.get("cost_per_person") is not None:
        cost = _cost(said["cost_per_person"])
        yield Point(f"{cost} for each person newly within the limit.", "Cost: ")


def _cleaned(sentences: Any) -> list[str]:
    return [words.clean(sentence) for sentence in sentences or []]
