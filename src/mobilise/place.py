"""A place: a folder of tables that any tool can read, and where they come from.

Tables are replaced all together or not at all. A build writes into ``.building`` inside the
place's folder; :func:`publish` then lists the finished files in a journal and renames them
one by one. Whoever opens the folder after an interruption finds either no journal (the last
good place is whole) or a journal (and finishes the renames), never half of a build.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import PlaceError, suggestion
from mobilise.tables import TABLES, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FACTS = "place.json"
BUILDING = ".building"
JOURNAL = ".publish.json"
EVIDENCE = "evidence"  # what people said and concluded: no build touches it
GEOMETRY = {"areas", "boundary", "assets", "entrances"}


class Place:
    """A built place.

    Parameters
    ----------
    folder
        Where it is.
    facts
        What ``place.json`` holds: name, crs, sources, steps, notes, parameters.
    staged
        A folder whose tables come first, while a build is under way.
    """

    def __init__(self, folder: Path, facts: dict[str, Any], staged: Path | None = None) -> None:
        self.folder = folder
        self.facts = facts
        self._folders = [f for f in (staged, folder, folder / EVIDENCE) if f is not None]

    @classmethod
    def open(cls, folder: Path | str) -> Place:
        """Open a place that has been built.

        Parameters
        ----------
        folder
            The place's folder.

        Raises
        ------
        PlaceError
            There is no place there.
        """
        folder = Path(folder)
        finish_publishing(folder)
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise PlaceError(
                f"{folder} holds no place (no {FACTS}); 'mobilise build RECIPE' makes one."
            ) from error
        except ValueError as error:
            raise PlaceError(f"{folder / FACTS} is damaged; build the place again.") from error
        return cls(folder, facts)

    @property
    def name(self) -> str:
        """The place's name."""
        return str(self.facts["name"])

    def tables(self) -> list[str]:
        """Return the names of the tables there are, in the order of the steps."""
        return [name for name in TABLES if self._find(name) is not None]

    def table(self, name: str) -> Any:
        """Return a table.

        Parameters
        ----------
        name
            One of :meth:`tables`.

        Returns
        -------
        DataFrame or GeoDataFrame
            In the shape that :mod:`mobilise.tables` declares.

        Raises
        ------
        PlaceError
            The place has no such table, or one of an earlier version that lacks columns.
        """
        path = self._find(name)
        if path is None:
            if name in TABLES:
                raise PlaceError(f"{self.folder} has no table '{name}'{self._anew(self.folder)}")
            there = suggestion(name, self.tables())
            raise PlaceError(f"{self.folder} has no table '{name}'{there}")
        try:
            found = _read(path, geometry=name in GEOMETRY)
        except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds
            raise PlaceError(
                f"{path} is damaged; 'mobilise build RECIPE --fresh' makes it again."
            ) from error
        missing = [c.name for c in TABLES[name].columns if c.name not in found.columns]
        if missing:
            what = "column" if len(missing) == 1 else "columns"
            listed = ", ".join(f"'{column}'" for column in missing)
            raise PlaceError(f"{path} lacks the {what} {listed}{self._anew(path.parent)}")
        return found

    def _anew(self, folder: Path) -> str:
        """Return the end of a sentence on what a folder lacks: who made it, and the mend."""
        if folder.name == EVIDENCE:
            return ": an earlier version wrote it; run the same 'mobilise learn' again."
        version = self.facts.get("mobilise")
        by = f": it was built by mobilise {version}" if version else ""
        return f"{by}; build it again with 'mobilise build RECIPE --out {self.folder}'."

    def _find(self, name: str) -> Path | None:
        paths = (folder / f"{name}.parquet" for folder in self._folders)
        return next((path for path in paths if path.is_file()), None)


def _read(path: Path, *, geometry: bool) -> Any:
    if not geometry:
        return pd.read_parquet(path)
    import geopandas as gpd  # noqa: PLC0415  (slow to import, and few commands need it)

    return gpd.read_parquet(path)


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Validate a table and write it as Parquet (GeoParquet where it has geometry), atomically.

    Parameters
    ----------
    folder
        Where to.
    name
        One of :data:`mobilise.tables.TABLES`.
    frame
        Its rows.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TableError
        The rows break the table's schema.
    """
    shaped = validate(name, frame)
    path = folder / f"{name}.parquet"
    with replacing(path) as beside:
        shaped.to_parquet(beside, index=False, compression="zstd")
    return path


def write_json(path: Path, data: Any) -> None:
    """Write JSON, atomically, the same bytes for the same data."""
    with replacing(path) as beside:
        beside.write_text(
            json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to, which then takes its place in one step.

    Parameters
    ----------
    path
        The file to make or replace; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        _sync(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def publish(folder: Path, staged: Path, files: Sequence[str], gone: Sequence[str] = ()) -> None:
    """Move finished files from a staging folder into the place, as one change.

    Parameters
    ----------
    folder
        The place.
    staged
        The staging folder, inside it.
    files
        Paths relative to `staged`, with ``/`` between folders, in the order to move them.
    gone
        Files of the last build that this one no longer makes, relative to `folder`.
    """
    for name in files:
        _sync(staged / name)
    journal = {"from": staged.name, "files": list(files), "gone": list(gone)}
    write_json(folder / JOURNAL, journal)
    finish_publishing(folder)


def finish_publishing(folder: Path) -> None:
    """Finish an interrupted :func:`publish`; does nothing where there is none.

    Parameters
    ----------
    folder
        The place.
    """
    path = folder / JOURNAL
    try:
        journal = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    for name in journal["files"]:
        source, target = folder / journal["from"] / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            source.replace(target)
    for name in journal["gone"]:
        (folder / name).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
