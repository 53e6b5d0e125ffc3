"""Tables in text: values between commas, semicolons or tabs, gzipped or not."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import re
import zlib
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pacsv

from mobilise.errors import SourceBroken
from mobilise.sources.formats import distinct

if TYPE_CHECKING:
    from pathlib import Path

_DELIMITERS = ",;\t"
_HEAD_BYTES = 1 << 20  # a heading is in here
_HEAD_CHARACTERS = 100_000  # and in here: below the csv module's limit for one value
_SNIFFED_ROWS = 20
# Fifteen digits fit a float64 exactly, which is what integers become beside missing values.
# A longer number is an identifier; so is one with needless zeros in front.
_WHOLE = r"^-?(0|[1-9][0-9]{0,14})$"
_EXPONENT = r"[eE][+-][0-9]+"
_DECIMAL = (
    rf"^-?((0|[1-9][0-9]{{0,14}})({_EXPONENT})?|(0|[1-9][0-9]*)?\.[0-9]+({_EXPONENT})?|"
    r"(0|[1-9][0-9]*)\.)$"
)


def read(path: Path, layer: str | None, columns: list[str]) -> pd.DataFrame:  # noqa: ARG001
    """Return the columns of a delimited file, numbers as numbers, all else as written."""
    data, remark = _utf8(path, _content(path))
    delimiter, names = _heading(data, path)
    table = _parsed(data, delimiter, names, columns, path)
    frame = pd.DataFrame({name: _typed(table[name]).to_pandas() for name in columns})
    if remark:
        frame.attrs["remarks"] = [remark]
    return frame


def columns(path: Path, layer: str | None) -> list[str]:  # noqa: ARG001
    """Return the names in the heading."""
    data, _ = _utf8(path, _content(path, _HEAD_BYTES), whole=False)
    return _heading(data, path)[1]


def _content(path: Path, limit: int = -1) -> bytes:
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as file:
                return file.read(limit)
        with path.open("rb") as file:
            return file.read(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceBroken(
            f"{path}: the file is damaged or cut short ({error}); fetch it again."
        ) from error


def _utf8(path: Path, data: bytes, *, whole: bool = True) -> tuple[bytes, str | None]:
    """Return `data` as UTF-8 without byte order mark, and a remark if it was something else."""
    encoding = "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\x00" in data:
        raise SourceBroken(f"{path}: this is not text, or the file is damaged; fetch it again.")
    try:
        # A head may end within a character: the incremental decoder forgives that alone.
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=whole)
        return text.removeprefix("\ufeff").lstrip("\r\n").encode(), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if encoding == "utf-16":
            raise SourceBroken(
                f"{path}: the file is damaged or cut short; fetch it again."
            ) from error
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise SourceBroken(
            f"{path}: line {line} is not in UTF-8; save the file as 'CSV UTF-8'."
        ) from error
    remark = (
        f"Not in UTF-8 (line {line}), so read as Windows-1252: look whether names with accents "
        "or signs are right."
    )
    return text.lstrip("\r\n").encode(), remark


def _heading(data: bytes, path: Path) -> tuple[str, list[str]]:
    """Return the delimiter, which is the one that makes the first rows alike, and the heading."""
    head = data[:_HEAD_CHARACTERS].decode(errors="ignore")
    if not head.strip():
        raise SourceBroken(f"{path}: there is nothing in it; fetch it again.")
    rows = {delimiter: _first_rows(head, delimiter) for delimiter in _DELIMITERS}

    def fit(delimiter: str) -> tuple[bool, float, int]:
        widths = [len(row) for row in rows[delimiter]]
        return widths[0] > 1, widths.count(widths[0]) / len(widths), widths[0]

    delimiter = max(_DELIMITERS, key=fit)
    return delimiter, distinct(rows[delimiter][0], path)


def _first_rows(head: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    rows = [row for row in itertools.islice(reader, _SNIFFED_ROWS) if row]
    # The last row of a long head is cut off in its middle.
    return rows[:-1] if len(rows) > 1 and len(head) > _HEAD_CHARACTERS // 2 else rows


def _parsed(
    data: bytes, delimiter: str, names: list[str], columns: list[str], path: Path
) -> pa.Table:
    _check_quotes(data, delimiter, path)

    def parse(*, threads: bool) -> pa.Table:
        return pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                column_names=names,
                skip_rows_after_names=1,
                use_threads=threads,
                block_size=max(1 << 20, min(len(data), 1 << 26)),
            ),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(
                include_columns=columns,
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
            ),
        )

    try:
        return parse(threads=True)
    except pa.ArrowInvalid:
        pass
    try:
        return parse(threads=False)  # again, since only then does the message name the row
    except pa.ArrowInvalid as error:
        raise SourceBroken(f"{path}: {_sentence(str(error), len(names))}") from error


def _check_quotes(data: bytes, delimiter: str, path: Path) -> None:
    """Raise if a quotation never ends: the parser would take the rest of the file for one value."""
    if data.count(b'"') % 2 == 0:
        return
    try:
        lines = io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="")
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        raise SourceBroken(f"{path}: {_sentence('', 0)}") from error


def _sentence(message: str, width: int) -> str:
    """Return what the parser found wrong, without the row's text: it may be personal."""
    ragged = re.search(r"Row #(\d+): Expected \d+ columns, got (\d+)", message)
    if ragged:
        return (
            f"row {ragged[1]} has {ragged[2]} values under {width} headings; the file is cut "
            'short, or a value holds the delimiter and wants "quotes".'
        )
    return (
        "its rows cannot be told apart: a quotation mark is not closed, or the file is cut short."
    )


def _typed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if values.null_count == len(values):
        return values
    for pattern, kind in ((_WHOLE, pa.int64()), (_DECIMAL, pa.float64())):
        if pc.all(pc.match_substring_regex(values, pattern)).as_py():
            return values.cast(kind)
    return values
