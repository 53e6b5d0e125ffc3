"""The evidence goes out, in the form that the file's name says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.errors import InputError
from mobilise.learn import coding, register

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.learn.evidence import Evidence

GATEWAY = ".gtr.json"


def export(
    evidence: Evidence,
    path: Path,
    *,
    name: str = "Evidence",
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the evidence to a file, or to a folder of CSV.

    Parameters
    ----------
    evidence
        What to write.
    path
        ``.qdpx`` (documents and codings), ``.qdc`` or ``.toml`` (the codebook), ``.ris``,
        ``.bib``, ``.json`` (references as CSL-JSON), ``.gtr.json`` (the register as GtR-2),
        ``.atom`` (the library as a feed); a name without an ending: every table as CSV.
    name
        Of the project or feed.
    say
        Called with a line of progress.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    InputError
        The name ends in none of these.
    """
    ending = path.suffix.lower()
    if ending == "":
        return register.write_sheets(evidence, path)
    if path.name.lower().endswith(GATEWAY):
        names = ("projects", "partners", "outputs")
        register.write_gateway({name: evidence.table(name) for name in names}, path)
    elif ending == ".qdpx":
        coding.write_project(evidence, path, name=name, say=say)
    elif ending == ".qdc":
        coding.write_exchanged_codebook(evidence.table("codes"), path)
    elif ending == ".toml":
        coding.write_codebook(evidence.table("codes"), path)
    elif ending in {".ris", ".bib", ".json"}:
        register.write_references(evidence.table("outputs"), path)
    elif ending == ".atom":
        entries = register.library(evidence)
        register.write_feed(entries, path, title=name)
    else:
        raise InputError(
            f"{path}: evidence is written as .qdpx, .qdc, .toml, .ris, .bib, .json, {GATEWAY}, "
            ".atom, or as CSV into a folder."
        )
    return [path]
