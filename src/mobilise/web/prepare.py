"""Makes ready, once for each build of a place, what its pages are quick by.

Run in a process of its own, so that the memory it needs is free again when pages are served.
What it makes lies in ``.web`` inside the place's folder (or in a temporary folder where that
cannot be written) and is made again when the place, or these rooms, change.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise import __version__
from mobilise.errors import MobiliseError, PlaceError
from mobilise.place import FACTS, Place, write_json
from mobilise.report.model import Points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mobilise.report.material import Material

CACHE = ".web"
DONE = "done"
ELSEWHERE = {"in-short", "here", "reach", "also"}  # told by the home page and the map


def prepared(place: Place, progress: Callable[[str], None]) -> Path:
    """Return the folder of what the pages of a place need, made if it is not there.

    Parameters
    ----------
    place
        A built place.
    progress
        Called with a sentence at each step.

    Raises
    ------
    PlaceError
        The place's tables cannot be read.
    """
    folder = _cache_of(place) / _key(place)
    if (folder / DONE).is_file():
        return folder
    progress("making the pages ready (once for each build)")
    command = [sys.executable, "-m", "mobilise.web.prepare", str(place.folder), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as child:
        assert child.stdout is not None
        said = ""
        for line in child.stdout:
            said = line.strip()
            progress(said)
    if child.returncode:
        raise PlaceError(f"The pages of {place.folder} could not be made ready: {said}")
    return folder


def main(arguments: list[str]) -> int:
    """Make everything in a folder beside, then put it in its place."""
    place, folder = Place.open(arguments[0]), Path(arguments[1])
    beside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        for said in _steps(place, beside):
            print(said, flush=True)  # noqa: T201
    except MobiliseError as error:
        print(error, flush=True)  # noqa: T201
        return error.exit_status
    (beside / DONE).touch()
    for old in folder.parent.glob("[0-9a-f]*"):
        shutil.rmtree(old, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)
    return 0


def _steps(place: Place, folder: Path) -> Iterator[str]:
    from mobilise.directory import place_directory  # noqa: PLC0415  (heavy: in the child only)
    from mobilise.report.material import read_material  # noqa: PLC0415
    from mobilise.web import downloads, layers, pictures, tiles  # noqa: PLC0415

    yield "bringing the directory of services up to date"
    with suppress(PlaceError):  # a folder that cannot be written has no directory
        place_directory(place).close()
    yield "reading the tables"
    material = read_material(place)
    yield "writing the words, charts and tables"
    write_json(folder / "sections.json", _sections(material))
    write_json(folder / "sentences.json", _sentences(material))
    columns = layers.write_layers(material, folder)
    layers.write_doors(place, material, folder)
    yield f"drawing the map of {len(material.areas):,} areas"
    tiles.write_tiles(material.areas, folder)
    pictures.write_pictures(material, *layers.read_layers(folder), folder / "pictures")
    yield "writing the downloads"
    downloads.write_downloads(material, columns, folder / "downloads")


def _sections(material: Material) -> dict[str, Any]:
    """Return the report's sections as HTML, by their ids, without the maps of classes."""
    from mobilise.report.content import report_of  # noqa: PLC0415
    from mobilise.web.shell import environment  # noqa: PLC0415

    template = environment().get_template("section.html")
    return {
        section.id: {"title": section.title, "html": template.render(section=section)}
        for section in report_of(material).sections
        if section.id not in ELSEWHERE
    }


def _sentences(material: Material) -> list[dict[str, str]]:
    """Return the place in five sentences."""
    from mobilise.report.sections.summary import summary_section  # noqa: PLC0415

    (points,) = summary_section(material).blocks
    assert isinstance(points, Points)
    return [{"lead": item.lead.strip(" ."), "text": item.text} for item in points.items]


def _key(place: Place) -> str:
    digest = hashlib.sha256(__version__.encode())
    digest.update((place.folder / FACTS).read_bytes())
    for room in ("web", "report"):
        for path in sorted(Path(str(files("mobilise") / room)).rglob("*")):
            if path.suffix in {".py", ".html"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_of(place: Place) -> Path:
    own = place.folder / CACHE
    try:
        own.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=own):
            return own
    except OSError:
        name = hashlib.sha256(str(place.folder.resolve()).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"mobilise-web-{name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
