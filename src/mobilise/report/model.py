"""What a report is made of: plain records, the same for the page and for the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Link:
    """A cell that leads elsewhere: `href` is an http or https address, or a page beside."""

    text: str
    href: str


Cell: TypeAlias = str | Link


@dataclass(frozen=True)
class Column:
    """The head of a column; numbers stand right, and `wide` ones hold sentences."""

    label: str
    numeric: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table, its caption above it.

    Parameters
    ----------
    id
        Unique in the report.
    caption
        What it holds, with units.
    columns
        Their heads.
    rows
        One cell a column; the first cell names the row.
    short
        How many rows the PDF prints; None for all.
    folded
        True where the page shows the caption alone until it is opened.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    short: int | None = None
    folded: bool = False
    block: Literal["table"] = "table"


@dataclass(frozen=True)
class Key:
    """One line of a legend: a swatch (SVG) and what it means."""

    swatch: str
    label: str


@dataclass(frozen=True)
class Figure:
    """A chart or a map, never without its table.

    Parameters
    ----------
    id
        Unique in the report.
    caption
        The title, with what is shown, unit and period.
    svg
        The picture.
    alt
        What a person who cannot see it needs to know.
    reading
        How to read it, and what its interval is.
    source
        Where the data come from.
    table
        The same figures as text.
    legend_title, legend
        What the colours and signs mean.
    wide
        Whether a chart takes the whole width of a printed page.
    """

    id: str
    caption: str
    svg: str
    alt: str
    reading: str
    source: str
    table: Table
    legend_title: str = ""
    legend: tuple[Key, ...] = ()
    wide: bool = False
    block: Literal["figure"] = "figure"


@dataclass(frozen=True)
class Pair:
    """Figures that stand side by side where there is room: at most two."""

    figures: tuple[Figure, ...]
    block: Literal["pair"] = "pair"


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    block: Literal["prose"] = "prose"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    id: str
    text: str
    block: Literal["heading"] = "heading"


@dataclass(frozen=True)
class Point:
    """One item of a list, with an emphasised beginning if it needs one."""

    text: str
    lead: str = ""


@dataclass(frozen=True)
class Points:
    """A list; numbered where the order matters."""

    items: tuple[Point, ...]
    ordered: bool = False
    block: Literal["points"] = "points"


@dataclass(frozen=True)
class Callout:
    """Something that must not be overlooked."""

    text: str
    lead: str
    block: Literal["callout"] = "callout"


Block: TypeAlias = Prose | Heading | Points | Callout | Figure | Pair | Table


@dataclass(frozen=True)
class Section:
    """A part of the report, with its place in the contents."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """A whole report; `banner` is empty unless it tells of something made up (`made_up`).

    `attributions` are the words that the sources' licences ask to be carried.
    """

    title: str
    place: str
    summary: str
    banner: str
    sections: tuple[Section, ...]
    attributions: tuple[str, ...] = ()
    lede: str = "What is here, who can reach it on foot, and who is left out."
    made_up: str = "Made-up place"
