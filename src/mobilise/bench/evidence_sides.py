"""The sides of the benchmarks on coded evidence: projects made from a seed, ours and the peers'."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.bench.alone import Timed
from mobilise.learn import coding, synthesis
from mobilise.learn.evidence import Evidence

if TYPE_CHECKING:
    from numpy.random import Generator

_SAID = (
    "bus library kettle nurse towpath garden letter form trust money evening bench soup room key "
    "walk river school table interpreter budget neighbour summer winter lost found asked came went"
)
WORDS = _SAID.split()
RARE = "periwinkle"
ASKED = f"{RARE} kettle"
CODES, PROJECTS = 40, 40
_PER_DOCUMENT = 250
_LENGTH = 180  # characters of an extract, about


def read_ours(extracts: int, media_mb: int) -> Timed:
    """Take a project in, texts, media and all, into an empty folder each time."""
    path = _project(extracts, media_mb)

    def call() -> int:
        with tempfile.TemporaryDirectory() as folder:
            evidence = Evidence.of(folder)
            coding.read_project(evidence, path)
            return len(evidence.table("extracts"))

    return Timed(call, note=lambda _, __: f"project of {path.stat().st_size / 1e6:,.0f} MB")


def read_pyrefiqda(extracts: int, media_mb: int) -> Timed:
    """Load the same project with the library for it: it unpacks all, and reads all into memory."""
    from pyrefiqda import RefiProject

    path = _project(extracts, media_mb)

    def call() -> int:
        with tempfile.TemporaryDirectory() as folder:
            project = RefiProject.load(path, folder)
            return sum(len(s.plain_text_selection) for s in project.sources.text_source)

    return Timed(call)


def search_ours(extracts: int) -> Timed:
    """Search an index that is there."""
    evidence = _evidence(extracts)
    synthesis.search(evidence, ASKED)
    return Timed(
        lambda: synthesis.search(evidence, ASKED, kinds=("extract",), most=extracts),
        result=lambda found: np.array([len(found)]),
    )


def search_pandas(extracts: int) -> Timed:
    """Look through every text, as a script would."""
    texts = _evidence(extracts).table("extracts")["text"]
    one, other = (rf"\b{word}\b" for word in ASKED.split())
    return Timed(
        lambda: texts[texts.str.contains(one) & texts.str.contains(other)],
        result=lambda found: np.array([len(found)]),
    )


def matrix_ours(extracts: int) -> Timed:
    """Make the framework matrix from the tables on disk."""
    evidence = _evidence(extracts)
    return Timed(
        lambda: synthesis.framework_matrix(synthesis.told(evidence)),
        result=lambda matrix: np.sort(matrix.counts.to_numpy().ravel()),
    )


def matrix_loop(extracts: int) -> Timed:
    """Count cell by cell with dictionaries."""
    evidence = _evidence(extracts)

    def call() -> list[int]:
        codes = evidence.table("codes").set_index("code_id")["theme"].to_dict()
        of = evidence.table("documents").set_index("document_id")["project_id"].to_dict()
        cells: dict[tuple[str, str], set[str]] = {}
        for row in evidence.table("codings").itertuples():
            if row.status == "accepted":
                cell = codes[row.code_id], of[row.document_id]
                cells.setdefault(cell, set()).add(str(row.extract_id))
        return [len(found) for found in cells.values()]

    return Timed(call, result=lambda counts: np.sort(np.array(counts)))


def _folder() -> Path:
    """Return a folder that is gone when the process ends."""
    folder = tempfile.mkdtemp(prefix="mobilise-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _texts(random: Generator, documents: int) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """Return texts, and where their extracts begin."""
    made = []
    for _ in range(documents):
        words = random.choice(WORDS, size=(_PER_DOCUMENT, _LENGTH // 6))
        rare = random.random(_PER_DOCUMENT) < 0.002
        lines = [
            " ".join(row) + (f" {RARE}" if r else "") for row, r in zip(words, rare, strict=True)
        ]
        starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
        made.append(("\n".join(lines), starts))
    return made


def _evidence(extracts: int) -> Evidence:
    random = np.random.default_rng(1)
    folder = _folder()
    evidence = Evidence.of(folder)
    documents, rows = extracts // _PER_DOCUMENT, []
    for at, (text, starts) in enumerate(_texts(random, documents)):
        rows += [
            (f"x{at}-{i}", f"d{at}", int(a), int(b) - 1, text[a : b - 1])
            for i, (a, b) in enumerate(pairwise(starts))
        ]
    table = pd.DataFrame(rows, columns=["extract_id", "document_id", "start", "end", "text"])
    given = pd.concat([table[["extract_id", "document_id"]]] * 2, ignore_index=True)
    given["code_id"] = [f"c{n}" for n in random.integers(0, CODES, len(given))]
    given = given.drop_duplicates(["extract_id", "code_id"]).reset_index(drop=True)
    evidence.merge(
        {
            "projects": pd.DataFrame(
                {
                    "project_id": [f"p{n}" for n in range(PROJECTS)],
                    "title": [f"Project {n}" for n in range(PROJECTS)],
                    "invented": True,
                }
            ),
            "documents": pd.DataFrame(
                {
                    "document_id": [f"d{n}" for n in range(documents)],
                    "project_id": [f"p{n % PROJECTS}" for n in range(documents)],
                    "title": [f"Document {n}" for n in range(documents)],
                    "kind": "text",
                }
            ),
            "codes": pd.DataFrame(
                {
                    "code_id": [f"c{n}" for n in range(CODES)],
                    "name": [f"Code {n}" for n in range(CODES)],
                    "order": range(CODES),
                    "theme": [f"Theme {n % 8}" for n in range(CODES)],
                    "sort": "barrier",
                    "codable": True,
                }
            ),
            "extracts": table.assign(kind="text"),
            "codings": given.assign(
                coding_id=[f"k{n}" for n in range(len(given))], status="accepted"
            ),
        }
    )
    return evidence


def _project(extracts: int, media_mb: int) -> Path:
    """Write a REFI-QDA project of texts with extracts, and recordings of random bytes."""
    random = np.random.default_rng(1)
    path = _folder() / "large.qdpx"
    guid = "{:08x}-{:04x}-4000-8000-{:012x}".format
    codes = "".join(
        f'<Code guid="{guid(1, 0, n)}" name="Code {n}" isCodable="true"/>' for n in range(CODES)
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        sources = []
        for at, (text, starts) in enumerate(_texts(random, extracts // _PER_DOCUMENT)):
            archive.writestr(f"sources/{guid(2, 0, at)}.txt", text)
            chosen = random.integers(0, CODES, len(starts))
            marks = "".join(
                f'<PlainTextSelection guid="{guid(3, at, i)}" startPosition="{a}" '
                f'endPosition="{b - 1}"><Coding guid="{guid(4, at, i)}"><CodeRef '
                f'targetGUID="{guid(1, 0, int(chosen[i]))}"/></Coding></PlainTextSelection>'
                for i, (a, b) in enumerate(pairwise(starts))
            )
            own = guid(2, 0, at)
            where = f'name="Text {at}" plainTextPath="internal://{own}.txt"'
            sources.append(f'<TextSource guid="{own}" {where}>{marks}</TextSource>')
        for at in range(media_mb // 20):
            own = guid(5, 0, at)
            member = zipfile.ZipInfo(f"sources/{own}.mp3")
            archive.writestr(member, random.bytes(20_000_000))
            sources.append(
                f'<AudioSource guid="{own}" name="Talk {at}" path="internal://{own}.mp3"/>'
            )
        archive.writestr(
            "project.qde",
            '<?xml version="1.0" encoding="utf-8"?><Project xmlns="urn:QDA-XML:project:1.0" '
            f'name="Large"><CodeBook><Codes>{codes}</Codes></CodeBook>'
            f"<Sources>{''.join(sources)}</Sources></Project>",
        )
    return path
