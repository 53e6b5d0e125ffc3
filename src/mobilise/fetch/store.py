"""The cache: whole files by what was asked for, beside the parts of those still on their way.

Each request has a folder of its own. ``entry.json`` points to the content and is replaced in one
step, after the content is in place: whoever is killed in between leaves the last whole copy.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from filelock import FileLock

from mobilise.place import replacing, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY = "entry.json"
PART, PART_FACTS = "part", "part.json"


def default_folder() -> Path:
    """Return the cache that all places share: ``MOBILISE_CACHE``, or the system's usual one."""
    given = os.environ.get("MOBILISE_CACHE")
    return Path(given) if given else Path(platformdirs.user_cache_dir("mobilise"))


@dataclass(frozen=True)
class Entry:
    """What is known of a whole copy.

    Parameters
    ----------
    address
        Where it came from, after redirects.
    file
        The content's name, in the entry's folder.
    sha256, size
        Of the content; size in bytes.
    fetched, checked
        When it came, and when the publisher last said that it still holds (seconds, UTC epoch).
    etag, modified
        What the server calls this version.
    """

    address: str
    file: str
    sha256: str
    size: int
    fetched: float
    checked: float
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True)
class Slot:
    """The folder of one request."""

    folder: Path

    def entry(self) -> Entry | None:
        """Return the whole copy there is; None where there is none, or its file was taken away."""
        try:
            found = Entry(**json.loads((self.folder / ENTRY).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        path = self.folder / found.file
        return found if path.is_file() and path.stat().st_size == found.size else None

    def keep(self, entry: Entry) -> None:
        """Make a finished part the whole copy, and take the one before away."""
        before = self.entry()
        if (self.folder / PART).exists():
            _durable(self.folder / PART)
            (self.folder / PART).replace(self.folder / entry.file)
        write_json(self.folder / ENTRY, asdict(entry))
        (self.folder / PART_FACTS).unlink(missing_ok=True)
        if before is not None and before.file != entry.file:
            for old in self.folder.glob(f"{before.file}*"):  # and copies made of it
                old.unlink(missing_ok=True)

    def begun(self) -> tuple[int, str | None]:
        """Return how many bytes of a part there are, and of which version; 0 if of none."""
        try:
            facts = json.loads((self.folder / PART_FACTS).read_text(encoding="utf-8"))
            size = (self.folder / PART).stat().st_size
        except (OSError, ValueError):
            return 0, None
        version = facts.get("version")
        return (size, version) if version else (0, None)

    def begin(self, version: str | None) -> None:
        """Start a part from nothing; without a version it cannot be gone on with."""
        (self.folder / PART).unlink(missing_ok=True)
        with replacing(self.folder / PART_FACTS) as beside:
            beside.write_text(json.dumps({"version": version}), encoding="utf-8")

    def drop(self) -> None:
        """Take the part away."""
        (self.folder / PART_FACTS).unlink(missing_ok=True)
        (self.folder / PART).unlink(missing_ok=True)


@dataclass(frozen=True)
class Store:
    """The cache.

    Parameters
    ----------
    folder
        Where it is; made as needed.
    max_age
        Seconds for which a copy is taken without asking the publisher again.
    """

    folder: Path
    max_age: float = 86_400.0

    @contextmanager
    def slot(self, key: Any) -> Iterator[Slot]:
        """Yield the folder of a request, held by nobody else meanwhile."""
        text = json.dumps(key, sort_keys=True, ensure_ascii=False)
        folder = self.folder / hashlib.sha256(text.encode()).hexdigest()[:24]
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock"):
            yield Slot(folder)


def _durable(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
