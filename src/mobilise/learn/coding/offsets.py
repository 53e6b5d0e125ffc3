r"""Where a span of a text is, in the units of different programs.

REFI-QDA counts Unicode code points from 0, the end not included. Programs that hold texts in
UTF-16 may count its units instead, so that every sign beyond the basic plane (an emoji) moves
what follows by one; others count ``\r\n`` as one. :func:`reading` finds out which it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

POINTS, UNITS, LINES = "code points", "UTF-16 units", "line ends as one"
READINGS = (POINTS, UNITS, LINES)


def units_before(text: str) -> Integers:
    """Return how many UTF-16 units come before each code point, and at the end, shape (n + 1,)."""
    wide = _points(text) > 0xFFFF
    return np.concatenate([[0], np.cumsum(1 + wide.astype(np.int64))])


def to_points(text: str, positions: Sequence[int] | Integers, counted: str) -> Integers:
    r"""Return positions as code points; -1 where there is no such position in the text.

    Parameters
    ----------
    text
        The whole text.
    positions
        As a program counted them.
    counted
        One of :data:`READINGS`.

    Examples
    --------
    >>> to_points("a🎈b", [3], UNITS).tolist(), to_points("a\r\nb", [2], LINES).tolist()
    ([2], [3])
    """
    wanted = np.asarray(positions, np.int64)
    if counted == POINTS:
        known = np.arange(len(text) + 1)
    elif counted == UNITS:
        known = units_before(text)
    else:
        points = _points(text)
        second = np.zeros(len(text), np.int64)
        second[1:] = (points[1:] == ord("\n")) & (points[:-1] == ord("\r"))
        known = np.concatenate([[0], np.cumsum(1 - second)])
    # Of two code points at one position (the halves of \r\n) the later is meant.
    at = np.searchsorted(known, wanted, side="right") - 1
    at = np.where((wanted >= 0) & (wanted <= known[-1]), at, -1)
    exact = (at >= 0) & (known[np.maximum(at, 0)] == wanted)
    return np.where(exact, at, -1)


def reading(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """Return how the program that wrote spans counted: one of :data:`READINGS`.

    The standard's way, unless spans do not fit the text so counted, or their names (which
    programs often fill with what was marked) fit another way better.

    Parameters
    ----------
    text
        The whole text.
    spans
        Start, end and name of each.
    """
    fits = [_fit(text, spans, counted) for counted in READINGS]
    return READINGS[max(range(len(READINGS)), key=lambda at: (fits[at], -at))]


def _fit(text: str, spans: Sequence[tuple[int, int, str]], counted: str) -> tuple[int, int]:
    starts = to_points(text, [s for s, _, _ in spans], counted)
    ends = to_points(text, [e for _, e, _ in spans], counted)
    inside = (starts >= 0) & (ends >= starts)
    named = sum(
        _named(text[start:end], name)
        for start, end, (_, _, name) in zip(starts, ends, spans, strict=True)
    )
    return int(inside.sum()), named


def _named(marked: str, name: str) -> int:
    """Return 2 where a name is what was marked, 1 where it is its beginning, else 0."""
    if name and name == marked:
        return 2
    said = "".join(name.split()).rstrip("….")
    begins = not marked[:1].isspace() and "".join(marked.split()).startswith(said)
    return int(bool(said) and begins)


def _points(text: str) -> Integers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
