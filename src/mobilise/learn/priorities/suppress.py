"""Small groups of participants are not told, and cannot be had by subtraction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def suppressed(counts: Mapping[str, int], fewest: int) -> dict[str, int | None]:
    """Return counts with None for those below `fewest`.

    Where all but one of the groups are told, the smallest of the others is withheld too: the
    total is told, and what is missing from it would be the group that must not be.

    Parameters
    ----------
    counts
        People by group; the groups add up to a total that is told.
    fewest
        From how many on a number is told. 0 is told: it is about nobody.

    Examples
    --------
    >>> suppressed({"under 25": 3, "25 to 64": 40, "65 and over": 12}, 5)
    {'under 25': None, '25 to 64': 40, '65 and over': None}
    """
    told: dict[str, int | None] = {
        group: n if n == 0 or n >= fewest else None for group, n in counts.items()
    }
    hidden = [counts[group] for group, n in told.items() if n is None]
    if hidden and (len(hidden) == 1 or sum(hidden) < fewest):
        others = [group for group, n in told.items() if n]
        if others:
            told[min(others, key=lambda group: (counts[group], group))] = None
    return told
