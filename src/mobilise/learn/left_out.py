"""What an import left out or filled in: counted, with the first of it by name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mobilise.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHOWN = 10


def noted(source: str, says: str, what: Iterable[str]) -> list[Note]:
    """Return a note of what was left out or filled in; an empty list where nothing was.

    Parameters
    ----------
    source
        The file, or the part of it.
    says
        What they are and what was done with them: the count and the first ten follow it.
    what
        Each of them, as a person would know it.

    Examples
    --------
    >>> noted("a.ris", "references without a title", ["r1", "r2"])[0].says
    'a.ris: references without a title: 2 (r1, r2).'
    """
    held = list(what)
    if not held:
        return []
    more = f", and {len(held) - _SHOWN:,} more" if len(held) > _SHOWN else ""
    said = f"{source}: {says}: {len(held):,} ({', '.join(held[:_SHOWN])}{more})."
    return [Note("learn", source, said, len(held), tuple(held[:_SHOWN]), warning=True)]


def tallied(source: str, says: str, counts: Mapping[str, int]) -> list[Note]:
    """Return the same of things that are told by their sort, with how many there are of each.

    Parameters
    ----------
    source, says
        As for :func:`noted`.
    counts
        How many of each sort; the commonest are told first.

    Examples
    --------
    >>> tallied("a.ris", "fields left out", {"editor": 1, "language": 2})[0].says
    'a.ris: fields left out: 3 (language 2, editor 1).'
    """
    ordered = Counter(dict(sorted(counts.items()))).most_common()
    if not ordered:
        return []
    each = [f"{sort} {count:,}" for sort, count in ordered]
    more = f", and {len(each) - _SHOWN:,} sorts more" if len(each) > _SHOWN else ""
    total = sum(counts.values())
    said = f"{source}: {says}: {total:,} ({', '.join(each[:_SHOWN])}{more})."
    return [Note("learn", source, said, total, tuple(each[:_SHOWN]), warning=True)]
