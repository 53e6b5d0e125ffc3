"""Zip files and XML from strangers: opened only as far as they can do no harm.

Refused are paths that lead out of the archive, links, archives that unpack to far more than
they are (bombs), and XML with a document type, where entities come from.
"""

from __future__ import annotations

import shutil
import zipfile
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from mobilise.errors import SourceBroken, SourceMissing
from mobilise.place import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from xml.etree.ElementTree import Element

MOST_BYTES = 8 * 2**30  # of all members together
MOST_MEMBERS = 100_000
MOST_TEXT = 64 * 2**20  # of one text
_RATIO = 200  # text packs to a tenth, tables of zeros to a thousandth
_SMALL = 2**20
_LINK = 0o120000


@contextmanager
def guarded(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose members were looked at and found harmless.

    Raises
    ------
    SourceMissing, SourceBroken
        It is not there, is no zip file, or holds what is refused.
    """
    if not path.is_file():
        raise SourceMissing(f"{path}: there is no such file.")
    try:
        with zipfile.ZipFile(path) as archive:
            _examine(path, archive.infolist())
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise SourceBroken(f"{path}: it is no whole zip file ({error}).") from error


def unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Copy one member to a file, in pieces, atomically."""
    with archive.open(name) as source, replacing(target) as beside, beside.open("wb") as file:
        shutil.copyfileobj(source, file, 2**20)


def text_of(archive: zipfile.ZipFile, name: str) -> str:
    """Return a member as text, in UTF-8 or with the mark of UTF-16; the mark is no character.

    Raises
    ------
    SourceBroken
        It is too long for a text, or in another encoding.
    """
    if archive.getinfo(name).file_size > MOST_TEXT:
        raise SourceBroken(f"{archive.filename}: {name} is longer than {MOST_TEXT >> 20} MiB.")
    return decoded(archive.read(name), f"{archive.filename}: {name}")


def decoded(held: bytes, where: str) -> str:
    """Return bytes as text: UTF-8, or UTF-16 with its mark; line ends stay as they are.

    Raises
    ------
    SourceBroken
        They are in another encoding.
    """
    wide = held.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return held.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceBroken(f"{where}: it is not UTF-8 ({error}); save it as UTF-8.") from error


def events(source: Any, where: str) -> Iterator[tuple[str, Element]]:
    """Yield the starts and ends of the elements of an XML file, without entities.

    Raises
    ------
    SourceBroken
        It is not well formed, or has a document type.
    """
    try:
        yield from iterparse(source, events=("start", "end"), forbid_dtd=True)
    except DefusedXmlException as error:
        raise SourceBroken(
            f"{where}: it has a document type or entities, which are refused since they can "
            "make a small file fill the memory or read other files."
        ) from error
    except ParseError as error:
        raise SourceBroken(f"{where}: it is not well-formed XML ({error}).") from error


def _examine(path: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_MEMBERS:
        raise SourceBroken(f"{path}: it holds {len(members):,} files, more than {MOST_MEMBERS:,}.")
    for member in members:
        name = member.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        leads_out = name.startswith(("/", "\\")) or ".." in parts or ":" in (parts or ("",))[0]
        if leads_out or (member.external_attr >> 16) & 0o170000 == _LINK:
            raise SourceBroken(f"{path}: its member '{name}' leads out of the archive; refused.")
        if member.file_size > max(_SMALL, _RATIO * max(member.compress_size, 1)):
            raise SourceBroken(
                f"{path}: its member '{name}' would unpack from {member.compress_size:,} to "
                f"{member.file_size:,} bytes; refused."
            )
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES:
        raise SourceBroken(f"{path}: it would unpack to {total:,} bytes; refused.")
