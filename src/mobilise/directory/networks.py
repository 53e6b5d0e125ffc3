"""Primary care networks: which practices belong to which, as the NHS lists them.

The list is that of the Organisation Data Service, "PCN Core Partner Details"
(``epcncorepartnerdetails.csv``): with its column names, or without, as older ones come.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mobilise.errors import BadValues, InputError, SourceBroken, SourceMissing, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = (
    "Partner Organisation Code",
    "Partner Name",
    "Practice Parent Sub ICB Location Code",
    "Practice Parent Sub ICB Location Name",
    "PCN Code",
    "PCN Name",
    "PCN Parent Sub ICB Location Code",
    "PCN Parent Sub ICB Location Name",
    "Practice to PCN Relationship Start Date",
    "Practice to PCN Relationship End Date",
    "Practice Sub ICB and PCN Sub ICB Match?",
)
PRACTICE, CODE, NAME, BEGAN, ENDED = (COLUMNS[at] for at in (0, 4, 5, 8, 9))
_DATES = ("%Y%m%d", "%Y-%m-%d", "%d/%m/%Y")


@dataclass(frozen=True)
class Network:
    """A primary care network: its code, its name, and the codes of its practices."""

    code: str
    name: str
    practices: tuple[str, ...]


def network_of(path: Path | str, asked: str, *, today: date | None = None) -> Network:
    """Return a network of a list, with the practices that belong to it on a day.

    Parameters
    ----------
    path
        The list, as CSV.
    asked
        The network's code, or its name, in any case.
    today
        The day; by default this one.

    Raises
    ------
    SourceMissing, SourceBroken
        The file is not there, or is no such list.
    BadValues
        A practice or network has no code, or a date is none.
    InputError
        There is no such network, or nobody belongs to it on that day.
    """
    path, on = Path(path), today or datetime.now(UTC).date()
    members = list(_members(path))
    wanted = asked.strip().casefold()
    mine = [one for one in members if wanted in (one[CODE].casefold(), one[NAME].casefold())]
    if not mine:
        known = sorted({one[CODE] for one in members} | {one[NAME] for one in members})
        raise InputError(f"{path.name}: there is no network '{asked}'{suggestion(asked, known)}")
    codes = sorted({one[CODE] for one in mine})
    if len(codes) > 1:
        raise InputError(
            f"{path.name}: several networks are called '{asked}'; say which: {', '.join(codes)}."
        )
    practices = sorted({one[PRACTICE] for one in mine if _belongs(one, on)})
    if not practices:
        raise InputError(f"{path.name}: no practice belongs to '{asked}' on {on.isoformat()}.")
    return Network(codes[0], mine[-1][NAME], tuple(practices))


def _belongs(member: dict[str, str], on: date) -> bool:
    began, ended = _date(member[BEGAN]), _date(member[ENDED])
    return (began is None or began <= on) and (ended is None or on <= ended)


def _members(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a list, checked."""
    rows = _rows(path)
    names = [cell.strip() for cell in rows[0]]
    headed = PRACTICE in names or CODE in names
    places = _places(path, names) if headed else {name: at for at, name in enumerate(COLUMNS)}
    for number, row in enumerate(rows[headed:], 1 + headed):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(places.values()):
            raise SourceBroken(
                f"{path.name}: row {number} has {len(row)} columns; a list of networks' members "
                f"has {len(names) if headed else len(COLUMNS)}."
            )
        member = {name: row[at].strip() for name, at in places.items()}
        _check(path, number, member)
        yield member | {PRACTICE: member[PRACTICE].upper(), CODE: member[CODE].upper()}


def _rows(path: Path) -> Sequence[Sequence[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file, strict=True))
    except FileNotFoundError as error:
        raise SourceMissing(f"{path}: there is no such file.") from error
    except OSError as error:
        raise SourceBroken(f"{path}: cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceBroken(f"{path.name}: is no CSV in UTF-8; save it as such.") from error
    if not rows:
        raise SourceBroken(f"{path.name}: is empty.")
    return rows


def _places(path: Path, names: list[str]) -> dict[str, int]:
    needed = (PRACTICE, CODE, NAME, BEGAN, ENDED)
    if lacking := [name for name in needed if name not in names]:
        raise SourceBroken(
            f"{path.name}: has no column '{lacking[0]}'; expected the columns of the NHS' "
            "epcncorepartnerdetails.csv."
        )
    return {name: names.index(name) for name in needed}


def _check(path: Path, number: int, member: dict[str, str]) -> None:
    for name in (PRACTICE, CODE):
        if not member[name].isalnum():
            raise BadValues(f"{path.name}: row {number} has no code in '{name}'.")
    for name in (BEGAN, ENDED):
        try:
            _date(member[name])
        except ValueError as error:
            raise BadValues(
                f"{path.name}: row {number}, '{name}': '{member[name][:20]}' is no date; write it "
                "as 20260401."
            ) from error


def _date(text: str) -> date | None:
    """Return a date in one of the forms in which such lists have had it; null where empty."""
    if not text:
        return None
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise ValueError(text)
