"""Every error that mobilise raises for its user's sake.

MobiliseError                something the user can mend; exit status 2
├── RecipeError              the recipe has faults (all of them, together)
├── FilterError              a ``where`` that cannot be read        (also ValueError)
├── SourceError              a source file cannot be used
│   ├── SourceMissing        it is not there                        (also FileNotFoundError)
│   ├── SourceUnreachable    its publisher cannot be reached        (also ConnectionError)
│   ├── SourceBroken         it is empty, truncated or unreadable   (also ValueError)
│   ├── MissingColumn        it lacks a column                      (also KeyError)
│   └── BadValues            a column holds what it must not        (also ValueError)
├── PlaceError               a folder is not a place, or is incomplete
├── TableError               a table breaks its schema              (also ValueError)
├── InputError               an argument is out of its range        (also ValueError)
└── CareError                the personal plane refuses
    ├── StoreError           its database cannot be used
    ├── Busy                 it cannot take this now; try again
    ├── TooMany              somebody knocks too often; wait
    ├── NotSignedIn          nobody is signed in, or not any more   (also PermissionError)
    ├── NotAllowed           the role or the record forbids it      (also PermissionError)
    ├── NotThere             there is no such record                (also LookupError)
    ├── Conflict             somebody else changed it first
    └── Refused              the rules of the record forbid it      (also ValueError)

Each carries one sentence: what is wrong, where, and how to mend it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

USER_ERROR = 2
FAULT = 1


class MobiliseError(Exception):
    """Something is wrong that the user can mend; the message says how."""

    exit_status = USER_ERROR


class RecipeError(MobiliseError):
    """A recipe has faults.

    Parameters
    ----------
    path
        The recipe.
    problems
        One sentence each: the key, what is wrong, the mend.
    """

    def __init__(self, path: Path | str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{path}: {count}:\n" + "\n".join(f"  - {p}" for p in problems))


class FilterError(MobiliseError, ValueError):
    """A ``where`` expression cannot be read."""


class SourceError(MobiliseError):
    """A source file cannot be used."""


class SourceMissing(SourceError, FileNotFoundError):  # noqa: N818
    """A source file is not there."""


class SourceUnreachable(SourceError, ConnectionError):  # noqa: N818
    """A publisher cannot be reached, or refuses.

    ``passing`` says that trying again may help, ``retry_after`` how long the server asks for.
    """

    passing: bool = False
    retry_after: str | None = None


class SourceBroken(SourceError, ValueError):  # noqa: N818
    """A source file is empty, truncated or in no format that can be read."""


class MissingColumn(SourceError, KeyError):  # noqa: N818
    """A source has no such column.

    Parameters
    ----------
    column
        The column asked for.
    available
        The columns there are; the nearest is suggested.
    where
        The file, and the recipe's key if known.
    """

    def __init__(self, column: str, available: Iterable[object], where: object) -> None:
        self.column = column
        self.sentence = f"{where}: no column '{column}'{suggestion(column, available)}"
        super().__init__(self.sentence)

    def __str__(self) -> str:
        """Return the sentence (KeyError would show its repr)."""
        return self.sentence


class BadValues(SourceError, ValueError):  # noqa: N818
    """A column holds values that it must not."""


class PlaceError(MobiliseError):
    """A folder is not a place, or the place lacks what is asked of it."""


class TableError(MobiliseError, ValueError):
    """A table breaks its schema."""


class InputError(MobiliseError, ValueError):
    """An argument is out of its range."""


class CareError(MobiliseError):
    """The personal plane refuses; the sentence never repeats what a record says."""


class StoreError(CareError):
    """The database of the personal plane cannot be used."""


class Busy(CareError):  # noqa: N818
    """The database cannot take this now; the same again may succeed."""


class TooMany(CareError):  # noqa: N818
    """Somebody asks more often than is allowed.

    Parameters
    ----------
    sentence
        What is asked too often.
    seconds
        After how many seconds it may be asked again.
    """

    def __init__(self, sentence: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"{sentence}; wait {seconds} seconds.")


class NotSignedIn(CareError, PermissionError):  # noqa: N818
    """Nobody is signed in, or not any more."""


class NotAllowed(CareError, PermissionError):  # noqa: N818
    """The actor's role, or the record's owner, forbids it."""


class NotThere(CareError, LookupError):  # noqa: N818
    """There is no such record, or none that the actor may see."""


class Conflict(CareError):  # noqa: N818
    """Somebody else changed the record first."""


class Refused(CareError, ValueError):  # noqa: N818
    """The rules of a record forbid the change: its state, or a consent that is missing."""


def suggestion(wrong: str, available: Iterable[object]) -> str:
    """Return "; did you mean 'x'?", or what there is when nothing is near, as a sentence's end.

    Examples
    --------
    >>> suggestion("lsoa21_cod", ["lsoa21_code", "name"])
    "; did you mean 'lsoa21_code'?"
    """
    names = [str(name) for name in available]
    by_lower = {name.lower(): name for name in names}
    near = difflib.get_close_matches(wrong.lower(), by_lower, n=1, cutoff=0.5)
    if near:
        return f"; did you mean '{by_lower[near[0]]}'?"
    shown = ", ".join(f"'{name}'" for name in names[:12])
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"; there are {shown}{more}." if names else "; there are none."
