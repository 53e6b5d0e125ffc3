"""What is here: assets counted by kind and domain, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.assets.kinds import catalogue
from mobilise.report import words
from mobilise.report.charts import Bar, bar_chart
from mobilise.report.maps import asset_map, sign_key
from mobilise.report.material import (
    area_sources,
    domain_of,
    heading_of,
    is_health,
    sources_named,
)
from mobilise.report.model import Column, Figure, Prose, Section, Table
from mobilise.report.svg import SIGNS

if TYPE_CHECKING:
    from mobilise.report.material import Material
    from mobilise.report.model import Block

MOST_NAMES = 60  # of a kind, behind the map


def here_section(material: Material) -> Section:
    """Return the section."""
    here = material.here
    outside = len(material.assets) - len(here)
    said = (
        f"This is what the sources hold inside the border of {material.name}. "
        "Places to refer from, such as GP practices, are counted apart: people are sent on "
        "from there."
    )
    if outside:
        kept = words.counted(outside, "asset", "assets")
        said += f" {kept} just beyond the border {'is' if outside == 1 else 'are'} kept too, "
        said += "because people may walk there; the counts leave them out."
    if here.empty:
        return Section("here", "What is here", (Prose("The sources hold no asset in this place."),))
    blocks: tuple[Block, ...] = (Prose(said), _bars(material), _map(material))
    return Section("here", "What is here", blocks)


def _counts(material: Material) -> list[tuple[str, int]]:
    counts = material.here["kind"].value_counts().items()
    return sorted(
        ((str(kind), int(n)) for kind, n in counts),
        key=lambda pair: (is_health(pair[0]), -pair[1], pair[0]),
    )


def _bars(material: Material) -> Figure:
    counts = _counts(material)
    bars = [Bar(heading_of(kind), n, words.whole(n)) for kind, n in counts]
    caption = f"Number of assets in {material.name} by kind"
    alt = f"{caption}. " + "; ".join(f"{bar.label}: {bar.said}" for bar in bars) + "."
    return Figure(
        id="counts",
        caption=caption,
        svg=bar_chart(bars, id_="counts", name=caption, alt=alt),
        alt=alt,
        reading="A full count, so no interval.",
        source=_sources(material),
        table=_count_table(material, counts),
    )


def _count_table(material: Material, counts: list[tuple[str, int]]) -> Table:
    people = material.people or 1.0
    rows = [
        (heading_of(kind), domain_of(kind), words.whole(n), words.decimal(10_000 * n / people))
        for kind, n in counts
    ]
    heads = (
        Column("Kind"),
        Column("Family"),
        Column("Number", numeric=True),
        Column("For every 10,000 people", numeric=True),
    )
    return Table("counts-table", "Assets by kind and family", heads, tuple(rows), folded=True)


def _map(material: Material) -> Figure:
    here = material.here
    domains = [d.label for d in sorted(catalogue().domains.values(), key=lambda d: d.colour)]
    domains = [*domains, "Other"]
    of_asset = here["kind"].map(domain_of)
    found = [domain for domain in domains if (of_asset == domain).any()]
    groups = [here.geometry[(of_asset == domain).to_numpy()].to_numpy() for domain in domains]
    counts = {domain: int((of_asset == domain).sum()) for domain in found}
    caption = f"Where the assets of {material.name} are"
    spoken = "; ".join(f"{domain}: {words.whole(n)}" for domain, n in counts.items())
    alt = f"{caption}: {words.whole(len(here))} assets on a map of its areas. {spoken}."
    legend = tuple(
        sign_key(*SIGNS[domains.index(domain) % len(SIGNS)], label=f"{domain} ({words.whole(n)})")
        for domain, n in counts.items()
    )
    return Figure(
        id="where",
        caption=caption,
        svg=asset_map(material.ground, groups, id_="where", name=caption, alt=alt),
        alt=alt,
        reading="",
        source=_sources(material),
        table=_names(material),
        legend_title="Families (number of assets); wide ones are drawn to scale",
        legend=legend,
    )


def _names(material: Material) -> Table:
    """Return the assets by name, or the largest kinds' counts alone where there are thousands."""
    here = material.here.sort_values(["kind", "name", "asset_id"], kind="stable")
    rows = []
    for kind, part in here.groupby("kind", sort=True):
        names = [words.clean(name) for name in part["name"].dropna()]
        unnamed = len(part) - len(names)
        listed = names[:MOST_NAMES]
        more = len(names) - len(listed)
        said = "; ".join(listed) + (f"; and {words.whole(more)} more" if more else "")
        if unnamed:
            said += f"{'; ' if said else ''}{words.whole(unnamed)} without a name"
        rows.append((heading_of(str(kind)), words.whole(len(part)), said))
    heads = (Column("Kind"), Column("Number", numeric=True), Column("Names"))
    caption = f"Assets on the map by name (up to {MOST_NAMES} of each kind)"
    return Table("where-table", caption, heads, tuple(rows), folded=True, short=0)


def _sources(material: Material) -> str:
    labels = [*material.here["source"].unique(), *area_sources(material)]
    return sources_named(material, labels)
