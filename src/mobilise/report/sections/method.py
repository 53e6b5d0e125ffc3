"""Sources and licences, the method in plain English, and the parameters of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.report import words
from mobilise.report.model import Cell, Column, Link, Point, Points, Prose, Section, Table

if TYPE_CHECKING:
    from mobilise.report.material import Material
    from mobilise.report.model import Block

NAMES = {
    "network": "How distance is measured",
    "speed_kmh": "Walking speed (km an hour)",
    "detour": "Detour factor (times the straight line)",
    "snap_m": "Furthest from a street that still counts (m)",
    "buffer_m": "How far beyond the border assets are kept (m)",
    "deprivation.column": "Deprivation: column",
    "deprivation.name": "Deprivation: name",
    "deprivation.higher": "Deprivation: a higher value is",
    "deprivation.among": "Deprivation: ranked among the areas of the",
    "deprivation.areas_ranked": "Deprivation: areas ranked",
}


def sources_section(material: Material) -> Section:
    """Return the section: one row a file."""
    cards = material.facts.get("sources", [])
    if not cards:
        return Section("sources", "Sources and licences", (Prose("No source is recorded."),))
    rows = tuple(_source(n, card) for n, card in enumerate(cards, 1))
    heads = (
        Column("Number"),
        Column("Source"),
        Column("Publisher"),
        Column("Year"),
        Column("Licence"),
        Column("Used for"),
        Column("Rows", numeric=True),
        Column("SHA-256 begins"),
    )
    blocks: list[Block] = [
        Prose(
            "This report stands on the work of those who publish open data. If you pass figures or "
            "maps on, name them with their licences."
        ),
        Table("sources-table", "Files that this report is made from", heads, rows),
    ]
    said = attributions(material)
    if said:
        blocks.append(Points(tuple(Point(one) for one in said)))
    silent = sum(not card.get("licence") for card in cards)
    if silent:
        files = words.counted(silent, "file has", "files have")
        blocks.append(
            Prose(f"{files} no licence stated in the recipe: find out before you publish.")
        )
    return Section("sources", "Sources and licences", tuple(blocks))


def attributions(material: Material) -> tuple[str, ...]:
    """Return the words that the sources' licences ask to be carried, each once, in their order."""
    cards = material.facts.get("sources", [])
    said = [words.clean(card["attribution"]) for card in cards if card.get("attribution")]
    return tuple(dict.fromkeys(said))


def method_section(material: Material) -> Section:
    """Return the section: how each figure came about, for readers who do not compute."""
    speed = material.parameters.get("speed_kmh", 4.8)
    detour = material.parameters.get("detour") or 1.3
    walk = (
        f"We follow streets and paths that people may walk on, at {speed:g} km an hour."
        if material.on_streets
        else f"We measure a straight line, make it {detour:g} times as long to stand for the "
        f"bends of real streets, and walk it at {speed:g} km an hour."
    )
    points = (
        Point(
            "We read lists of places and give each a kind. "
            "The same place in two lists is counted once.",
            "Assets. ",
        ),
        Point(
            "A park or a waterway is reached at its gates and paths, or else along its edge, "
            "never at its middle.",
            "Ways in. ",
        ),
        Point(
            "We start where the people of a small area live on average, "
            "as the areas’ source gives it.",
            "Starting points. ",
        ),
        Point(f"{walk} A limit counts: exactly 15 minutes is within 15 minutes.", "Walks. "),
        Point(
            "We sort areas from the most to the least deprived and put them into five groups. "
            "1 is always the most deprived.",
            "Deprivation. ",
        ),
        Point(
            "A mean gives each person the same weight. The slope index of inequality draws a "
            "straight line through all areas, from the most to the least deprived, and says how "
            "far apart its two ends are. It uses every area, not only the two ends.",
            "Gaps. ",
        ),
        Point(
            "An interval says how sure we can be. If it includes zero, there is no clear "
            "difference. Neighbouring areas are alike, so intervals from the scatter of areas are "
            "somewhat too narrow.",
            "Intervals. ",
        ),
        Point(
            "Being near is not the same as being welcome, open, free or able to go. These figures "
            "are about areas, and say nothing about any one person.",
            "What this cannot say. ",
        ),
    )
    return Section("method", "How this was worked out", (Points(points),))


def parameters_section(material: Material) -> Section:
    """Return the section: every setting that a figure depends on."""
    heads = (Column("Parameter"), Column("Value"))
    version = words.clean(material.facts.get("mobilise", words.MISSING))
    fixed = (
        ("mobilise version", version),
        ("Coordinate system", words.clean(material.facts.get("crs", ""))),
    )
    rows = (*fixed, *((NAMES.get(key, key), said) for key, said in _flat(material.parameters)))
    recipe = tuple(_flat(material.facts.get("recipe", {})))
    blocks: tuple[Block, ...] = (
        Prose("With the same sources and these settings, mobilise makes the same report again."),
        Table("parameters-table", "Parameters", heads, rows),
    )
    if recipe:
        table = Table("recipe-table", "The recipe, key by key", heads, recipe, folded=True, short=0)
        blocks += (table,)
    return Section("parameters", "Parameters", blocks)


def _source(number: int, card: dict[str, Any]) -> tuple[Cell, ...]:
    name = words.clean(card.get("title") or card["label"])
    link = str(card.get("link") or "")
    cell: Cell = Link(name, words.clean(link)) if link.startswith(("https://", "http://")) else name
    said = [words.clean(card.get(key) or "not stated") for key in ("publisher", "year", "licence")]
    rows = "" if card.get("rows") is None else words.whole(card["rows"])
    digest = words.clean(card.get("sha256") or "")[:12]
    return (str(number), cell, *said, words.clean(card.get("used_for", "")), rows, digest)


def _flat(value: Any, key: str = "") -> list[tuple[str, str]]:
    """Return nested settings as dotted keys and texts, in their order."""
    if isinstance(value, dict):
        inner = [(f"{key}.{k}" if key else str(k), v) for k, v in value.items()]
        return [pair for name, v in inner for pair in _flat(v, name)]
    if isinstance(value, list) and any(isinstance(v, dict) for v in value):
        return [pair for i, v in enumerate(value, 1) for pair in _flat(v, f"{key}[{i}]")]
    if isinstance(value, list):
        return [(words.clean(key), words.clean(", ".join(str(v) for v in value)))]
    return [(words.clean(key), _setting(value))]


def _setting(value: Any) -> str:
    if value is None:
        return "not used"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.clean(f"{value:.12g}" if isinstance(value, float) else value)
