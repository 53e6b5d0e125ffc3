"""The ledger: what was asked for, where each file came from and when, beside the recipe."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.place import write_json

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = "sources.json"


@dataclass(frozen=True)
class Line:
    """One source.

    Parameters
    ----------
    title, publisher
        What it is.
    file
        In the place's folder; None where it could not be had, or nothing of it lies near.
    rows
        Kept in it; None for maps of streets, and for what could not be had.
    lost
        Rows of the whole source that could be placed nowhere.
    sha256
        Of the file.
    came_from
        Addresses, hashes and times of what was downloaded.
    why
        Why it is missing, or an older copy, or another source; None where all is well.
    """

    title: str
    publisher: str
    file: str | None = None
    rows: int | None = None
    lost: int = 0
    sha256: str | None = None
    came_from: list[dict[str, Any]] = field(default_factory=list)
    why: str | None = None


@dataclass(frozen=True)
class Ledger:
    """What ``sources.json`` holds."""

    asked: dict[str, Any]
    country: str
    extras: list[str]
    feeds: list[str]
    recipe_sha256: str
    lines: dict[str, Line]

    def write(self, folder: Path) -> None:
        """Write it, in one step."""
        write_json(folder / LEDGER, asdict(self))

    @classmethod
    def read(cls, folder: Path) -> Ledger:
        """Read it.

        Raises
        ------
        InputError
            The folder has none, or it is damaged.
        """
        path = folder / LEDGER
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            lines = {key: Line(**line) for key, line in said.pop("lines").items()}
            return cls(**said, lines=lines)
        except FileNotFoundError as error:
            raise InputError(
                f"{folder} has no {LEDGER}: it was not made by 'mobilise new DIR --district NAME'."
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"{path} is damaged; make the place again in another folder."
            ) from error


def file_hash(path: Path) -> str:
    """Return a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
