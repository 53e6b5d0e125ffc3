"""Anything that belongs to the evidence comes in by one door, which sees what it is."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from mobilise.errors import InputError, MobiliseError, SourceMissing, TableError
from mobilise.learn import coding, register
from mobilise.learn.coding.marks import SHEETS, read_marks
from mobilise.learn.coding.texts import KINDS
from mobilise.learn.left_out import noted
from mobilise.notes import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from mobilise.learn.evidence import Evidence

# What refers to something comes after it.
_FIRST = ("programmes", "phases", "projects", "partners", "outputs", "codes", "coders")
_ENDINGS = (".toml", ".qdc", ".json", ".ris", ".bib", *KINDS, ".qdpx", ".csv")
_LATER = ("documents", "marks", "extracts", "codings", "findings", "finding_extracts")
BALLOTS = "ballots"


def add_files(
    evidence: Evidence,
    paths: Sequence[Path],
    *,
    project_id: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Note]:
    """Take files into the evidence.

    Parameters
    ----------
    evidence
        Where to.
    paths
        Files, or folders of them (looked through to the bottom): documents; REFI-QDA projects
        and codebooks; codebooks in TOML; references (RIS, BibTeX, CSL-JSON); GtR-2 JSON;
        tables as ``NAME.csv``; passages (:mod:`mobilise.learn.coding.marks`). ``themes`` and
        ``cfir2022``, where there is no such file: the codebook that comes along.
    project_id
        The project that documents belong to.
    say
        Called with a line of progress.

    Returns
    -------
    list of Note
        For each file what came in, and what somebody should look at.

    Raises
    ------
    MobiliseError
        A file cannot be used; ``say`` is told which are in and which are not.
    """
    found, notes = _in_order(paths)
    taken = 0
    try:
        for documents, batch in groupby(found, key=lambda p: p.suffix.lower() in KINDS):
            if documents:
                together = list(batch)
                notes += _add_documents(evidence, together, project_id)
                taken += len(together)
                continue
            for path in batch:
                say(f"learn: {path.name}")
                notes += _add(evidence, path, project_id, say)
                taken += 1
    except MobiliseError:
        for where, paths_there in (("in", found[:taken]), ("not in", found[taken:])):
            if paths_there:
                say(f"learn: {where}: {', '.join(path.name for path in paths_there)}")
        raise
    notes += [
        Note("learn", "outputs", f"{_alike(pair)}; keep one of them.", 1, warning=True)
        for pair in register.duplicates(evidence.table("outputs"))
    ]
    return notes


def _in_order(paths: Sequence[Path]) -> tuple[list[Path], list[Note]]:
    """Return the files in the order in which they come in, and notes of what is not read."""
    found: list[Path] = []
    notes: list[Note] = []
    for path in paths:
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")]
            read = [p for p in inside if p.suffix.lower() in _ENDINGS and p.stem != BALLOTS]
            found += read
            others = sorted(str(p.relative_to(path)) for p in set(inside) - set(read))
            notes += noted(path.name, "files that are no evidence, not read", others)
        elif path.is_file() or str(path) in coding.SHIPPED:
            found.append(path)
        else:
            raise SourceMissing(f"{path}: there is no such file.")
    return sorted(found, key=_place_in_order), notes


def _place_in_order(path: Path) -> tuple[int, int, str]:
    ending, stem = path.suffix.lower(), path.stem
    if ending != ".csv":
        at = _ENDINGS.index(ending) if ending in _ENDINGS else len(_ENDINGS)
        return 1, at, str(path)
    if stem in _FIRST:
        return 0, _FIRST.index(stem), str(path)
    return 2, _LATER.index(stem) if stem in _LATER else len(_LATER), str(path)


def _add_documents(evidence: Evidence, paths: list[Path], project_id: str | None) -> list[Note]:
    kept = coding.add_documents(evidence, paths, project_id=project_id)
    more = f", and {len(kept) - 10:,} more" if len(kept) > 10 else ""
    says = f"{len(kept)} documents kept: {', '.join(kept[:10])}{more}."
    notes = [Note("learn", "documents", says, len(kept), tuple(kept[:10]))]
    for path, document_id in zip(paths, kept, strict=True):
        if path.suffix.lower() == ".pdf":
            pages = evidence.text(document_id).split(coding.PAGE_END)
            bare = [str(number) for number, page in enumerate(pages, 1) if not page.strip()]
            notes += noted(path.name, "pages without a text (pictures of pages?)", bare)
    return notes


def _add(
    evidence: Evidence, path: Path, project_id: str | None, say: Callable[[str], None]
) -> list[Note]:
    ending = path.suffix.lower()
    if ending == ".qdpx":
        before = {name: len(evidence.table(name)) for name in ("documents", "extracts", "codes")}
        notes = coding.read_project(evidence, path, project_id=project_id, say=say)
        new = {name: (len(evidence.table(name)) - n, 0) for name, n in before.items()}
        unsorted = _unsorted(path, evidence, evidence.table("codes"))
        return [_counted(path, new), *notes, *unsorted]
    if ending == ".csv" and path.stem in SHEETS:
        return [_counted(path, read_marks(evidence, path))]
    tables, notes = _tables(path, project_id)
    try:
        counts = evidence.merge(tables)
    except TableError as error:
        raise TableError(f"{path}: {error}") from error
    return [_counted(path, counts), *notes, *_unsorted(path, evidence, tables.get("codes"))]


def _unsorted(path: Path, evidence: Evidence, given: pd.DataFrame | None) -> list[Note]:
    """Return a note of the codes that came in which matrix and factors cannot count."""
    if given is None:
        return []
    codes = evidence.table("codes")
    bare = codes[codes["code_id"].isin(given["code_id"]) & codes["codable"].fillna(value=True)]
    bare = bare[bare["theme"].isna() | bare["sort"].isna()]
    says = (
        "codes without a theme or without a sort (barrier, enabler, theme), which the matrix or "
        "the factors leave out until codes.csv gives them"
    )
    return noted(path.name, says, bare["name"])


def _tables(path: Path, project_id: str | None) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Return the rows that a file holds, by table, and what of it was left out."""
    ending = path.suffix.lower()
    if str(path) in coding.SHIPPED and not path.is_file():
        return {"codes": coding.shipped_codebook(str(path))}, []
    if ending == ".csv":
        return dict([register.read_sheet(path)]), []
    if ending == ".toml":
        return {"codes": coding.read_codebook(path)}, []
    if ending == ".qdc":
        return {"codes": coding.read_exchanged_codebook(path)}, []
    if ending == ".json" and _is_gateway(path):
        return register.read_gateway(path)
    if ending in {".json", ".ris", ".bib"}:
        rows, notes = register.read_references(path)
        rows = rows.drop(columns="project_id")
        given = rows if project_id is None else rows.assign(project_id=project_id)
        return {"outputs": given}, notes
    raise InputError(f"{path}: evidence comes as {', '.join(_ENDINGS)}; this is none of them.")


def _is_gateway(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:
        return False
    pages = found if isinstance(found, list) else [found]
    named = {key for page in pages if isinstance(page, dict) for key in page}
    return bool({"project", "publication", "grantCategory"} & named)


def _counted(path: Path, counts: Mapping[str, tuple[int, int]]) -> Note:
    told = [
        f"{name} {new:,} new" + (f", {changed:,} changed" if changed else "")
        for name, (new, changed) in counts.items()
        if new or changed
    ]
    total = sum(new + changed for new, changed in counts.values())
    return Note("learn", path.name, f"{path.name}: {'; '.join(told) or 'nothing new'}.", total)


def _alike(pair: register.Duplicate) -> str:
    by = "have the same DOI" if pair.by == "doi" else f"have titles that are {pair.score:.0%} alike"
    return f"'{pair.first}' and '{pair.second}' {by}"
