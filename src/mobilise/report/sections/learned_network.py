"""The network for a board: the picture, who brokers, how sectors are linked, the models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.learn.network.links import KINDS
from mobilise.learn.network.models import compare_models
from mobilise.learn.network.stages import stages
from mobilise.learn.sectors import SECTORS
from mobilise.report import words
from mobilise.report.model import Column, Figure, Heading, Prose, Table
from mobilise.report.networks import Link, Organisation, network_picture

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.report.model import Block


def network_blocks(
    tables: Mapping[str, pd.DataFrame], *, period: float | None = None
) -> list[Block]:
    """Return the network in one period, its course, and the models it follows.

    Parameters
    ----------
    tables
        ``organisations``, ``collaborations`` and, where there are, ``sector_links`` and
        ``collaborative_models``.
    period
        When, one of those of ``organisations``; by default the last.
    """
    every = tables["organisations"]
    last = float(every["period"].max()) if period is None else period
    now = every[every["period"] == last].sort_values("organisation_id", ignore_index=True)
    links = tables["collaborations"]
    links = links[(links["start"] <= last) & ~(links["end"] < last)]
    blocks: list[Block] = [Heading("network", "Who works with whom")]
    blocks.append(Prose(_words(now, links, last)))
    blocks.append(_picture(now, links, last))
    if len(set(every["period"])) > 1:
        blocks.append(_course(every, tables.get("sector_links")))
    blocks.append(_reach(now))
    if "sector_links" in tables:
        blocks.append(_sectors(tables["sector_links"], last))
    blocks.append(_stages(links))
    if "collaborative_models" in tables and len(tables["collaborative_models"]):
        blocks += [_models(tables["collaborative_models"]), _needs(tables["collaborative_models"])]
    return blocks


def _words(now: pd.DataFrame, links: pd.DataFrame, period: float) -> str:
    brokers = now[now["brokerage"] > 0].nlargest(3, "brokerage", keep="first")
    said = [f"In {period:g}, {len(now)} organisations had {len(links)} links."]
    if len(brokers):
        named = words.listed(
            [f"{r['name']} ({words.percent(float(r['brokerage']))})" for _, r in brokers.iterrows()]
        )
        said.append(f"Most of the shortest paths between others lead over {named}.")
    alone = [words.clean(name) for name in now.loc[now["isolated"].astype(bool), "name"]]
    if alone:
        said.append(f"Without any link: {words.listed(alone[:8])}.")
    return " ".join(said)


def _picture(now: pd.DataFrame, links: pd.DataFrame, period: float) -> Figure:
    caption = f"Organisations and their links, {period:g}"
    marks = [
        Organisation(
            str(r["organisation_id"]), words.clean(r["name"]), words.clean(r["sector"]),
            float(r["brokerage"]), _told(r),
        )
        for _, r in now.iterrows()
    ]  # fmt: skip
    order = {s: i for i, s in enumerate(SECTORS)}
    marks.sort(key=lambda o: (order.get(o.sector, len(order)), o.name, o.id))
    lines = [Link(str(r["from_id"]), str(r["to_id"]), str(r["kind"])) for _, r in links.iterrows()]
    kinds = [k for k in KINDS if k in set(links["kind"])]
    alt = f"{caption}. {_words(now, links, period)}"
    ranked = now.sort_values(["brokerage", "name"], ascending=[False, True])
    heads = (
        Column("Organisation"), Column("Sector"), Column("Partners", numeric=True),
        Column("Brokerage", numeric=True), Column("Others within two links", numeric=True),
        Column("Cut off if it left", numeric=True),
    )  # fmt: skip
    cells = tuple(
        (words.clean(r["name"]), words.clean(r["sector"]), f"{r['partners']}",
         words.percent(float(r["brokerage"])), _percent(r["within_two"]), f"{r['cut_off']}")
        for _, r in ranked.iterrows()
    )  # fmt: skip
    return Figure(
        id="network-picture", caption=caption, alt=alt,
        source="Source: organisations and links as entered.",
        svg=network_picture(
            marks, lines, kinds=kinds, id_="network-picture", name=caption, alt=alt
        ),
        reading="Organisations of one sector stand side by side. A larger mark brokers more.",
        wide=True,
        table=Table("network-picture-table", caption, heads, cells, short=20, folded=True),
    )  # fmt: skip


def _course(every: pd.DataFrame, between: pd.DataFrame | None) -> Table:
    heads = (Column("Period"), Column("Organisations linked", numeric=True),
             Column("Without a link", numeric=True), Column("Mean partners", numeric=True),
             Column("Density: of all pairs, linked", numeric=True),
             Column("Largest broker"))  # fmt: skip
    rows = []
    for period, part in every.groupby("period"):
        top = part.nlargest(1, "brokerage", keep="first").iloc[0]
        named = words.clean(top["name"]) if top["brokerage"] > 0 else "none"
        alone = int(part["isolated"].astype(bool).sum())
        rows.append((f"{period:g}", f"{len(part) - alone}", f"{alone}",
                     words.decimal(float(part["partners"].mean())),
                     _percent(_density(between, float(str(period)))), named))  # fmt: skip
    return Table("network-course", "The network through time", heads, tuple(rows))


def _density(between: pd.DataFrame | None, period: float) -> float:
    """Return the share of all pairs that are linked, %; nan where nobody counted them."""
    if between is None:
        return float("nan")
    mine = between[between["period"] == period]
    pairs = float(mine["pairs"].sum())
    return 100 * float(mine["linked"].sum()) / pairs if pairs else float("nan")


def _sectors(between: pd.DataFrame, period: float) -> Table:
    rows = between[(between["period"] == period) & (between["pairs"] > 0)]
    heads = (Column("Sector"), Column("With"), Column("Pairs", numeric=True),
             Column("Linked", numeric=True), Column("Share", numeric=True))  # fmt: skip
    cells = tuple(
        (
            str(r["sector"]),
            str(r["other"]),
            f"{r['pairs']}",
            f"{r['linked']}",
            _percent(r["density"]),
        )
        for _, r in rows.iterrows()
    )
    caption = f"How densely sectors are linked, {period:g}"
    return Table("network-sectors", caption, heads, cells, short=20, folded=True)


def _reach(now: pd.DataFrame) -> Table:
    heads = (Column("Sector"), Column("Organisations", numeric=True),
             Column("Mean partners", numeric=True), Column("Others within two links", numeric=True),
             Column("Without a link", numeric=True))  # fmt: skip
    rows = []
    for sector in (s for s in SECTORS if s in set(now["sector"])):
        part = now[now["sector"] == sector]
        near, alone = part["within_two"].mean(), int(part["isolated"].astype(bool).sum())
        partners = words.decimal(float(part["partners"].mean()))
        rows.append((sector, f"{len(part)}", partners, _percent(near), f"{alone}"))
    return Table("network-reach", "How far each sector reaches", heads, tuple(rows))


def _stages(links: pd.DataFrame) -> Table:
    pairs = [" ".join(sorted(p)) for p in zip(links["from_id"], links["to_id"], strict=True)]
    highest = links["stage"].astype("Float64").groupby(pairs).max()
    rows = [
        (f"{s.level} {s.name}", s.says, f"{int((highest == s.level).fillna(value=False).sum())}")
        for s in stages()
    ]
    rows.append(
        ("not said", "Nobody said how closely they work together.", f"{int(highest.isna().sum())}")
    )
    heads = (Column("Stage"), Column("What it means", wide=True), Column("Pairs", numeric=True))
    caption = "How closely linked pairs work together (Levels of Collaboration Scale)"
    return Table("network-stages", caption, heads, tuple(rows))


def _needs(models: pd.DataFrame) -> Table:
    needs = compare_models(models)
    named = [c for c in needs.columns if c not in {"condition", "models"}]
    heads = (Column("Condition"), *(Column(words.clean(name)) for name in named))
    rows = tuple(
        (words.clean(row["condition"]), *("needs it" if row[name] else "" for name in named))
        for _, row in needs.iterrows()
    )
    return Table("network-needs", "What each model needs", heads, rows)


def _models(models: pd.DataFrame) -> Table:
    heads = (
        Column("Model"), Column("What", wide=True), Column("Who", wide=True), Column("Where"),
        Column("Needs", wide=True), Column("A year", numeric=True),
        Column("A person", numeric=True),
    )  # fmt: skip
    cells = tuple(
        (words.clean(r["name"]), words.clean(r["what"]), words.clean(r["who"]),
         words.clean(r["where"]), words.clean(r["conditions"]), _pounds(r["cost"]),
         _pounds(r["cost_per_person"]))
        for _, r in models.iterrows()
    )  # fmt: skip
    return Table("network-models", "Models of working together, side by side", heads, cells)


def _told(row: pd.Series) -> str:
    partners = words.counted(float(row["partners"]), "partner", "partners")
    return (
        f"{words.clean(row['name'])}, {row['sector']}: {partners}, "
        f"brokerage {words.percent(float(row['brokerage']))}"
    )


def _percent(value: Any) -> str:
    return words.MISSING if pd.isna(value) else f"{float(value):.0f}%"


def _pounds(value: Any) -> str:
    return words.MISSING if pd.isna(value) else f"£{float(value):,.0f}"
