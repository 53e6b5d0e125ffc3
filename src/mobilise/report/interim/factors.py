"""Barriers and enablers: in how many projects, in which settings, and what answers what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.plain import records
from mobilise.learn.synthesis import answered, by_context, framework_matrix, together
from mobilise.report.charts import Bar, bar_chart
from mobilise.report.interim.pictures import arcs, theme_grid
from mobilise.report.interim.words import quoted, source_link
from mobilise.report.model import Block, Column, Figure, Pair, Prose, Section, Table
from mobilise.report.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.interim.material import Material

_MOST, _PAIRS = 10, 18
SOURCE = "Source: coded passages of the register's documents."


def factor_sections(material: Material) -> tuple[Section, ...]:
    """Return barriers and enablers, the framework matrix, and what is told together."""
    if not len(material.told):
        return ()
    pairs = together(material.told)
    sections = (_factors(material), _matrix(material))
    return (*sections, _together(pairs)) if len(pairs) else sections


def _factors(material: Material) -> Section:
    everywhere = by_context(material.evidence, material.told, "all")
    figures = tuple(_bars(everywhere, sort, material.heard) for sort in ("barrier", "enabler"))
    blocks: list[Block] = [
        Prose(
            "Each project counts once for each barrier or enabler that is told in it. What is told "
            "by few may matter as much as what is told by many: these are counts of projects that "
            "spoke of a thing, and no measure of its weight."
        ),
        Pair(figures),
    ]
    for context, words in (("setting", "setting"), ("phase", "phase")):
        blocks.append(_contexts(material, context, words))
    answers = answered(material.evidence, material.told)
    if len(answers):
        blocks.append(_answers(answers))
    return Section("factors", "Barriers and enablers", tuple(blocks))


def _bars(table: pd.DataFrame, sort: str, heard: int) -> Figure:
    every = table[table["sort"] == sort]
    here = every.head(_MOST)
    rows = [(row["code"], int(row["projects"]), int(row["extracts"])) for row in records(here)]
    bars = [Bar(code, projects, f"{projects} of {heard}") for code, projects, _ in rows]
    first_of = f" (first {_MOST} of {len(every)})" if len(every) > _MOST else ""
    name = f"{sort.capitalize()}s told in most projects{first_of}"
    first = f"{rows[0][0]}, in {rows[0][1]} of {heard} projects" if rows else "none"
    alt = f"Bars of the {sort}s that most projects tell of. The first is {first}."
    columns = (
        Column(sort.capitalize()),
        Column("Projects", numeric=True),
        Column("Passages", numeric=True),
    )
    cells = tuple((code, str(projects), str(extracts)) for code, projects, extracts in rows)
    return Figure(
        id=f"{sort}s",
        caption=f"{name}, of {counted(heard, 'project', 'projects')}",
        svg=bar_chart(bars, id_=f"{sort}s", name=name, alt=alt),
        alt=alt,
        reading="The bar is the number of projects in which it is told.",
        source=SOURCE,
        table=Table(f"{sort}s-table", name, columns, cells),
    )


def _contexts(material: Material, context: str, words: str) -> Table:
    table = by_context(material.evidence, material.told, context)
    contexts = sorted(table["context"].unique())
    most = {row["context"]: int(row["of_projects"]) for row in records(table)}
    rows = []
    for (sort, code), here in table.groupby(["sort", "code"], sort=False):
        known = dict(zip(here["context"], here["projects"], strict=True))
        cells = [f"{int(known.get(one, 0))} of {most[one]}" for one in contexts]
        rows.append((sum(known.values()), (f"{code} ({sort})", *cells)))
    rows.sort(key=lambda row: (-row[0], row[1]))
    heads = [f"Phase {one}" if context == "phase" else one.capitalize() for one in contexts]
    columns = (Column("Barrier or enabler"), *(Column(head, numeric=True) for head in heads))
    caption = f"In how many projects of each {words}"
    cells_ = tuple(cells for _, cells in rows)
    return Table(f"by-{context}", caption, columns, cells_, short=12, folded=True)


def _answers(answers: pd.DataFrame) -> Table:
    rows = tuple(
        (row["barrier"], row["enabler"], str(row["linked"]), str(row["alongside"]))
        for row in records(answers)
    )
    columns = (
        Column("Barrier"),
        Column("Enabler that answers it"),
        Column("Projects that say so", numeric=True),
        Column("Told in one breath only", numeric=True),
    )
    caption = (
        "Which enablers answer which barriers: linked by a coder, or only told in the same passage "
        "(a lead, no evidence)"
    )
    return Table("answers", caption, columns, rows, short=16)


def _matrix(material: Material) -> Section:
    matrix = framework_matrix(material.told)
    order = [p["project_id"] for p in material.projects if p["project_id"] in matrix.counts]
    counts = matrix.counts[order]
    titles = [material.titles[project] for project in order]
    heard = {str(theme): int(n) for theme, n in matrix.projects.items()}
    fullest = max(
        ((int(counts.loc[t, p]), str(t), str(p)) for t in counts.index for p in order),
        default=(0, "", ""),
    )
    alt = (
        f"Grid of {len(counts)} themes by {len(order)} projects. Most passages in one cell: "
        f"{fullest[1]} in {material.titles.get(fullest[2], '')}."
    )
    columns = (
        Column("Theme"),
        *(Column(title, numeric=True) for title in titles),
        Column("Projects", numeric=True),
    )
    rows = tuple(
        (str(theme), *(str(int(n)) for n in row), str(heard[str(theme)]))
        for theme, row in counts.iterrows()
    )
    figure = Figure(
        id="matrix",
        caption="Framework matrix: coded passages by theme and project",
        svg=theme_grid(counts, titles, id_="matrix", alt=alt),
        alt=alt,
        reading="The number is of passages; the dot's area goes with it. Projects by phase.",
        source=SOURCE,
        table=Table("matrix-table", "Passages by theme and project", columns, rows, short=0),
        wide=True,
    )
    words = (
        "What each project has told about each theme. An empty cell means that nothing was coded, "
        "not that there was nothing: some projects had more documents than others. The web page "
        "lists the passages behind every cell."
    )
    blocks: tuple[Block, ...] = (Prose(words), figure, _cells(material))
    return Section("matrix-section", "Framework matrix", blocks)


def _cells(material: Material) -> Table:
    """Return the passages behind the matrix, by theme and project."""
    titles = material.evidence.table("documents").set_index("document_id")["title"].to_dict()
    once = material.told.dropna(subset=["theme", "project_id"])
    grouped = once.groupby(["theme", "project_id", "extract_id"], sort=True)
    rows = []
    for (theme, project, _), here in grouped:
        first = here.iloc[0]
        at = {
            "extract_id": first["extract_id"],
            "document_id": first["document_id"],
            "document": titles.get(first["document_id"], first["document_id"]),
        }
        codes = "; ".join(dict.fromkeys(here["code"]))
        rows.append(
            (
                str(theme),
                material.titles.get(str(project), ""),
                quoted(first["text"]),
                codes,
                source_link(at),
            )
        )
    columns = (
        Column("Theme"),
        Column("Project"),
        Column("What was said", wide=True),
        Column("Coded as"),
        Column("Source"),
    )
    caption = "The passages behind the matrix"
    return Table("cells", caption, columns, tuple(rows), short=0, folded=True)


def _together(pairs: pd.DataFrame) -> Section:
    shown = pairs.head(_PAIRS)
    names = list(dict.fromkeys([*shown["first_name"], *shown["second_name"]]))
    place = {name: at for at, name in enumerate(sorted(names))}
    drawn = [
        (place[row["first_name"]], place[row["second_name"]], int(row["projects"]))
        for row in records(shown)
    ]
    alt = f"Arcs between the {len(names)} codes of the {len(shown)} pairs told together most."
    columns = (
        Column("One"),
        Column("Other"),
        Column("Projects", numeric=True),
        Column("Overlap", numeric=True),
    )
    rows = tuple(
        (row["first_name"], row["second_name"], str(row["projects"]), f"{row['jaccard']:.2f}")
        for row in records(pairs.head(60))
    )
    figure = Figure(
        id="together",
        caption="Told together: codes that occur in the same document",
        svg=arcs(sorted(names), drawn, id_="together", alt=alt),
        alt=alt,
        reading="The thicker the arc, the more projects tell both in one document.",
        source=SOURCE,
        table=Table("together-table", "Pairs told together", columns, rows, short=12),
    )
    words = (
        "What is told together may belong together, or only stand side by side: a lead for the "
        "next round of reading. Overlap is the share of projects that tell both among those that "
        "tell either."
    )
    return Section("together-section", "What is told together", (Prose(words), figure))
