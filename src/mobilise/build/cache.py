"""What is up to date: each step's key, what it wrote, and the folder where a build is staged.

A key is a hash of everything that a step's outcome depends on: its parameters, the bytes of
its sources, the code, and the keys of the steps before it.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from mobilise.errors import PlaceError
from mobilise.notes import Note
from mobilise.place import BUILDING, FACTS, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

STEPS = "steps.json"
LOCK = ".lock"


@dataclass(frozen=True)
class Outcome:
    """What a step made: files (relative to the place), notes, rows read by file, further facts."""

    files: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        notes = [note.as_dict() for note in self.notes]
        return {**asdict(self), "files": list(self.files), "notes": notes}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Outcome:
        """Return the outcome that :meth:`as_dict` wrote."""
        notes = tuple(Note.from_dict(note) for note in data["notes"])
        return cls(tuple(data["files"]), notes, data["rows"], data["facts"])


@dataclass
class Record:
    """A step that has been done: its key, its outcome, and the seconds it took."""

    key: str
    outcome: Outcome
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"key": self.key, "seconds": self.seconds, **self.outcome.as_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Return the record that :meth:`as_dict` wrote."""
        return cls(data["key"], Outcome.from_dict(data), data["seconds"])


class Workshop:
    """The staging folder of one place, and the records of finished steps in it and in the place.

    Parameters
    ----------
    folder
        The place.
    keys
        The key that each step would have now.
    """

    def __init__(self, folder: Path, keys: dict[str, str]) -> None:
        self.folder = folder
        self.staged = folder / BUILDING
        self.keys = keys
        self._published = _records(folder / FACTS)
        self._trusted = True
        self._sizes = _sizes(folder / FACTS)
        found = _records(self.staged / STEPS)
        self._staged = {name: r for name, r in found.items() if keys.get(name) == r.key}
        self._clear()

    @property
    def pending(self) -> bool:
        """Whether a finished step has not been published yet."""
        return bool(self._staged)

    def done(self, step: str, needs: tuple[str, ...]) -> Record | None:
        """Return the record of a step that is up to date, with its files whole.

        What was published counts only if all that it needs was published with it: a table may
        be written by one step and completed by a later one.
        """
        record = self._staged.get(step)
        if record is not None:
            return record
        record = self._published.get(step)
        if not self._trusted or record is None or record.key != self.keys[step]:
            return None
        if any(name in self._staged for name in needs):
            return None
        return record if all(map(self._whole, record.outcome.files)) else None

    def add(self, step: str, record: Record) -> None:
        """Note a finished step, so that an interrupted build can go on from it."""
        self._staged[step] = record
        data = {name: done.as_dict() for name, done in self._staged.items()}
        write_json(self.staged / STEPS, {"steps": data})

    def made(self, records: dict[str, Record]) -> tuple[list[str], list[str]]:
        """Return the staged files of `records`, and the last build's that are no longer made."""
        files = {file for record in records.values() for file in record.outcome.files}
        before = {file for record in self._published.values() for file in record.outcome.files}
        staged = sorted(file for file in files if (self.staged / file).is_file())
        return staged, sorted(before - files)

    def sizes(self, records: dict[str, Record]) -> dict[str, int]:
        """Return the bytes of every file of `records`, staged or published."""
        files = {file for record in records.values() for file in record.outcome.files}
        found = {}
        for file in sorted(files):
            staged = self.staged / file
            path = staged if staged.is_file() else self.folder / file
            found[file] = path.stat().st_size
        return found

    def forget(self) -> None:
        """Leave every earlier result out of account."""
        self._staged.clear()
        self._trusted = False
        self._clear()

    def _clear(self) -> None:
        """Remove from the staging folder whatever no finished step of this build has made."""
        own = {file for record in self._staged.values() for file in record.outcome.files}
        if not all((self.staged / file).is_file() for file in own):
            self._staged.clear()
            own = set()
        for path in sorted(self.staged.rglob("*"), reverse=True):
            if path.is_file() and path.relative_to(self.staged).as_posix() not in own:
                path.unlink()
        if self._staged:
            data = {name: done.as_dict() for name, done in self._staged.items()}
            write_json(self.staged / STEPS, {"steps": data})

    def _whole(self, file: str) -> bool:
        path = self.folder / file
        return path.is_file() and path.stat().st_size == self._sizes.get(file)


def step_key(name: str, parameters: Any, inputs: dict[str, str], before: list[str]) -> str:
    """Return the key of a step.

    Parameters
    ----------
    name
        The step.
    parameters
        Plain data.
    inputs
        The sha256 of each source file.
    before
        The keys of the steps that it needs.
    """
    text = json.dumps([name, parameters, inputs, before, code_version()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_version() -> str:
    """Return a hash of the package's own files: a changed line may change any result."""
    digest = hashlib.sha256()
    for path, data in _package_files(resources.files("mobilise"), ""):
        digest.update(path.encode() + b"\0" + data + b"\0")
    return digest.hexdigest()


@contextmanager
def only_build(folder: Path) -> Iterator[None]:
    """Hold the place's folder for one build; the lock ends with the process, however it ends.

    Raises
    ------
    PlaceError
        Another build is under way in the same folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as file:
        try:
            _lock(file.fileno())
        except OSError as error:
            raise PlaceError(
                f"{folder}: another build is under way here; wait for it, or use --out."
            ) from error
        yield


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415  (each exists on its own system only)

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _records(path: Path) -> dict[str, Record]:
    """Return the records in a file; none where it is missing, damaged or from another version."""
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))["steps"]
        return {name: Record.from_dict(data) for name, data in steps.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _sizes(path: Path) -> dict[str, int]:
    """Return the bytes of each file of the place when it was published."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _package_files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            if item.name != "__pycache__":
                yield from _package_files(item, f"{prefix}{item.name}/")
        elif not item.name.endswith((".pyc", ".nbi", ".nbc")):
            yield prefix + item.name, item.read_bytes()
