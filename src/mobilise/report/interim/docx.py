"""The report as a Word document, which people can comment on: headings, tables, pictures, links."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import typst

from mobilise.learn.plain import legal
from mobilise.report.model import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mobilise.report.model import Block, Callout, Figure, Points, Report, Table

_WIDTH_CM = 16.0
_PPI = 200
_LONGEST, _LONGEST_WORD = 64, 18  # characters, from which a column is as wide as it gets
_LETTER_CM, _MARGIN_CM = 0.021, 0.45  # a letter's width for each point of its size; of a cell
_FIRST_COLUMN = 0x0080  # the same switch as w:firstColumn, for programs that read the number
_TALL = 60  # rows of a folded table that are printed
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
# A picture is drawn on a page of its own size, by the same program as in the PDF.
_DRAW = """
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 12cm)
"""


def docx_of(report: Report, progress: Callable[[str], None] = lambda _: None) -> bytes:
    """Return the report as DOCX.

    Parameters
    ----------
    report
        Its model.
    progress
        Called with a sentence now and then.
    """
    from docx import Document  # noqa: PLC0415  (slow to import, and few commands need it)
    from docx.shared import Cm, Pt  # noqa: PLC0415

    document: Any = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21.0 - _WIDTH_CM) / 2)
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(10.5)
    properties = document.core_properties
    properties.title, properties.author = legal(report.title), "mobilise"
    properties.language, properties.comments = "en-GB", legal(report.summary)
    _undated(properties)
    document.add_heading(legal(report.place), 0)
    document.add_paragraph(legal(report.lede), style="Subtitle")
    if report.banner:
        said = f"{report.made_up}. {report.banner}"
        document.add_paragraph(legal(said), style="Intense Quote")
        section.header.paragraphs[
            0
        ].text = f"{report.made_up}: no finding here is about the real world"
    for one in report.sections:
        document.add_heading(legal(one.title), 1)
        for block in one.blocks:
            _add(document, block)
    progress("report: Word document set")
    held = io.BytesIO()
    document.save(held)
    return _same_bytes(held.getvalue())


def _add(document: Any, block: Block) -> None:
    if block.block == "prose":
        document.add_paragraph(legal(block.text))
    elif block.block == "heading":
        document.add_heading(legal(block.text), 2)
    elif block.block == "points":
        _points(document, block)
    elif block.block == "callout":
        _callout(document, block)
    elif block.block == "table":
        _table(document, block)
    elif block.block == "pair":
        for figure in block.figures:
            _figure(document, figure)
    else:
        _figure(document, block)


def _points(document: Any, points: Points) -> None:
    style = "List Number" if points.ordered else "List Bullet"
    for item in points.items:
        paragraph = document.add_paragraph(style=style)
        paragraph.add_run(legal(item.lead)).bold = True
        paragraph.add_run(legal(item.text))


def _callout(document: Any, callout: Callout) -> None:
    paragraph = document.add_paragraph(style="Quote")
    paragraph.add_run(legal(callout.lead)).bold = True
    paragraph.add_run(legal(callout.text))


def _figure(document: Any, figure: Figure) -> None:
    from docx.shared import Cm  # noqa: PLC0415

    document.add_paragraph(
        legal(figure.caption), style="Caption"
    ).paragraph_format.keep_with_next = True
    png = typst.compile(_DRAW.encode(), format="png", ppi=_PPI, sys_inputs={"svg": figure.svg})
    assert isinstance(png, bytes)
    shape = document.add_picture(io.BytesIO(png), width=Cm(12.0))
    described = shape._inline.docPr  # noqa: SLF001  (python-docx has no door to a picture's words)
    described.set("descr", legal(figure.alt))
    document.add_paragraph(legal(f"{figure.reading} {figure.source}"))
    _table(document, figure.table)


def _table(document: Any, table: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Cm, Pt  # noqa: PLC0415

    most = table.short if table.short is not None else (_TALL if table.folded else None)
    rows = table.rows if most is None else table.rows[:most]
    if not rows:
        return
    left = len(table.rows) - len(rows)
    more = f" (first {len(rows)} of {len(table.rows)}; the web page has all)" if left else ""
    caption = document.add_paragraph(legal(table.caption + more), style="Caption")
    caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1, cols=len(table.columns), style="Light List Accent 1")
    made.autofit = False
    _plain_first_column(made)
    size = Pt(7.5 if len(table.columns) > 5 else 9)
    widths = [Cm(width) for width in _widths(table, rows, size.pt)]
    for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
        cell.text = legal(column.label)
    _repeat(made.rows[0])
    for row in rows:
        for cell, value in zip(made.add_row().cells, row, strict=True):
            if isinstance(value, Link):
                _link(cell.paragraphs[0], value)
            else:
                cell.text = legal(value)
    for line in made.rows:
        for cell, column, width in zip(line.cells, table.columns, widths, strict=True):
            cell.width = width
            if column.numeric:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for paragraph in made._tbl.iter_tcs():  # noqa: SLF001  (cells, without merging them first)
        for run in paragraph.iter("{*}r"):
            _sized(run, size)
    document.add_paragraph()


def _widths(table: Table, rows: Sequence[tuple[str | Link, ...]], points: float) -> list[float]:
    """Return the columns' widths in centimetres: room for each word, the rest by length."""
    texts = [[v.text if isinstance(v, Link) else v for v in row] for row in rows]
    columns = [
        [f"{column.label}n", *(row[at] for row in texts)]  # heads are bold: a letter more
        for at, column in enumerate(table.columns)
    ]
    letter = points * _LETTER_CM
    words = [
        max((len(word) for text in column for word in text.split()), default=1)
        for column in columns
    ]
    least = [min(word, _LONGEST_WORD) * letter + _MARGIN_CM for word in words]
    wanted = [min(max(map(len, column)), _LONGEST) * letter + _MARGIN_CM for column in columns]
    more = [max(0.0, full - low) for full, low in zip(wanted, least, strict=True)]
    spare = _WIDTH_CM - sum(least)
    if spare <= 0 or not sum(more):
        return [_WIDTH_CM * low / sum(least) for low in least]
    return [low + spare * one / sum(more) for low, one in zip(least, more, strict=True)]


def _plain_first_column(made: Any) -> None:
    """Keep the style's bold for the head alone: first columns are often sentences."""
    from docx.oxml.ns import qn  # noqa: PLC0415

    look = made._tbl.tblPr.find(qn("w:tblLook"))  # noqa: SLF001  (python-docx has no door to it)
    if look is not None:
        look.set(qn("w:firstColumn"), "0")
        look.set(qn("w:val"), f"{int(look.get(qn('w:val')), 16) & ~_FIRST_COLUMN:04X}")


def _link(paragraph: Any, link: Link) -> None:
    """Add a link; one inside the report stays words, since Word numbers its own bookmarks."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    if link.href.startswith("#"):
        paragraph.add_run(legal(link.text))
        return
    to = paragraph.part.relate_to(link.href, _LINK, is_external=True)
    holder = OxmlElement("w:hyperlink")
    holder.set(qn("r:id"), to)
    run = paragraph.add_run(legal(link.text))
    run.underline = True
    holder.append(run._r)  # noqa: SLF001  (python-docx has no links)
    paragraph._p.append(holder)  # noqa: SLF001


def _repeat(row: Any) -> None:
    """Repeat the head of a table on every page."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(header)  # noqa: SLF001


def _sized(run: Any, size: Any) -> None:
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    properties = run.get_or_add_rPr()
    element = OxmlElement("w:sz")
    element.set(qn("w:val"), str(int(size.pt * 2)))
    properties.append(element)


def _undated(properties: Any) -> None:
    from datetime import datetime  # noqa: PLC0415

    first = datetime(2000, 1, 1)  # noqa: DTZ001  (Word's own times have no zone)
    properties.created = properties.modified = first
    properties.last_modified_by, properties.revision = "mobilise", 1


def _same_bytes(held: bytes) -> bytes:
    """Pack the archive again with no times in it: the same report, the same bytes."""
    import zipfile  # noqa: PLC0415

    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(held)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(name))
    return packed.getvalue()
