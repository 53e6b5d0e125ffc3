"""All tables about the same people as one system of equations, no larger than need be.

Tables that share dimensions bound each other. Whether figures of several tables fit together is a
question about the table over all their dimensions at once, which is far too large to write
down. The graph of the dimensions (two are joined where a table has both) is made chordal; the
tables over its cliques, agreeing where two of them meet, then stand for the whole: tables over
the cliques of a chordal graph that agree on their separators always have a common whole
(Vorob'ev 1962, doi:10.1137/1107014; for counts Dobra & Fienberg 2000,
doi:10.1073/pnas.97.22.11885). So nothing that can be worked out is overlooked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from scipy import sparse

from mobilise.disclosure.cells import members
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from mobilise.disclosure.cells import Cell, Dimension

Clique: TypeAlias = tuple[str, ...]
MOST_ATOMS = 200_000


@dataclass(frozen=True)
class Joint:
    """The unknowns (people in the finest classes that matter) and how the cells sum them.

    Parameters
    ----------
    cells
        The cells, in the order of the rows of `sums`.
    sums
        Cells by unknowns: 1 where the cell counts them.
    agreement
        Equations (rows that sum to 0) by which the cliques' tables agree.
    """

    cells: tuple[Cell, ...]
    sums: sparse.csr_array
    agreement: sparse.csr_array


@dataclass(frozen=True)
class _Part:
    """One clique's table: its dimensions, its classes (a row each, as codes), where they start."""

    names: Clique
    codes: NDArray[np.int_]
    start: int


def joint_of(cells: Sequence[Cell], dimensions: Mapping[str, Dimension]) -> Joint:
    """Return the system that the cells are sums of.

    Parameters
    ----------
    cells
        Every cell that anything is known of, and those asked about.
    dimensions
        By name.

    Raises
    ------
    InputError
        The tables overlap so much that no proof of safety can be had.
    """
    scopes = {frozenset(name for name, _ in cell) for cell in cells}
    used = set().union(*scopes)
    scopes |= {
        frozenset((name, above))
        for name in used
        if (above := dimensions[name].of) in used and above
    }
    cliques = _cliques(scopes, dimensions)
    parts, start = [], 0
    for clique in cliques:
        if _size(clique, dimensions) > MOST_ATOMS:
            raise InputError(
                f"Tables by {', '.join(clique)} together overlap too much for a proof that they "
                "are safe: release fewer of them, or with fewer levels."
            )
        codes = _classes(clique, dimensions)
        parts.append(_Part(clique, codes, start))
        start += len(codes)
    return Joint(
        tuple(cells),
        _sums(cells, parts, dimensions, start),
        _agreement(parts, dimensions, start),
    )


def _cliques(scopes: Iterable[frozenset[str]], dimensions: Mapping[str, Dimension]) -> list[Clique]:
    """Return the maximal cliques of the graph made chordal, cheapest elimination first."""
    near: dict[str, set[str]] = {}
    for scope in scopes:
        for name in scope:
            near.setdefault(name, set()).update(scope - {name})
    found: list[frozenset[str]] = []
    while near:
        cost = {name: (_size((name, *near[name]), dimensions), name) for name in near}
        name = min(cost, key=cost.__getitem__)
        around = near.pop(name)
        found.append(frozenset({name, *around}))
        for other in around:
            near[other] |= around - {other}
            near[other].discard(name)
    largest = [one for one in found if not any(one < other for other in found)]
    return sorted({tuple(sorted(one)) for one in largest}) or [()]


def _size(names: Iterable[str], dimensions: Mapping[str, Dimension]) -> int:
    chosen = set(names)
    return prod(len(dimensions[n].levels) for n in chosen if dimensions[n].of not in chosen)


def _classes(clique: Clique, dimensions: Mapping[str, Dimension]) -> NDArray[np.int_]:
    """Return every class that can be: a row of codes each; a known dimension follows its own."""
    free = [name for name in clique if dimensions[name].of not in clique]
    sizes = [len(dimensions[name].levels) for name in free]
    grid = np.indices(sizes).reshape(len(free), prod(sizes))  # none free: one class, of all
    columns = dict(zip(free, grid, strict=True))
    for name in clique:
        dimension = dimensions[name]
        if name not in columns and dimension.of is not None:
            above = dimensions[dimension.of]
            code = [dimension.levels.index(dimension.known[level]) for level in above.levels]
            columns[name] = np.asarray(code)[columns[above.name]]
    if not clique:
        return np.zeros((1, 0), dtype=np.int_)
    return np.stack([columns[name] for name in clique], axis=1)


def _sums(
    cells: Sequence[Cell], parts: Sequence[_Part], dimensions: Mapping[str, Dimension], width: int
) -> sparse.csr_array:
    rows, columns = [], []
    for row, cell in enumerate(cells):
        names = {name for name, _ in cell}
        home = min((p for p in parts if names <= set(p.names)), key=lambda p: len(p.codes))
        inside = np.ones(len(home.codes), dtype=np.bool_)
        for name, level in cell:
            order = dimensions[name].levels
            wanted = [order.index(one) for one in members(dimensions[name], level)]
            inside &= np.isin(home.codes[:, home.names.index(name)], wanted)
        chosen = np.flatnonzero(inside) + home.start
        columns.append(chosen)
        rows.append(np.full(len(chosen), row))
    return _matrix(rows, columns, np.ones(sum(map(len, rows))), (len(cells), width))


def _agreement(
    parts: Sequence[_Part], dimensions: Mapping[str, Dimension], width: int
) -> sparse.csr_array:
    """Return the equations of a junction tree: neighbours agree on what they share."""
    rows, columns, values, height = [], [], [], 0
    for one, other in _tree(parts):
        shared = [name for name in one.names if name in other.names]
        sizes = [len(dimensions[name].levels) for name in shared]
        ids = [_ids(part, shared, sizes) for part in (one, other)]
        _, place = np.unique(np.concatenate(ids), return_inverse=True)
        rows.append(place + height)
        columns.append(np.concatenate([np.arange(len(p.codes)) + p.start for p in (one, other)]))
        values.append(np.repeat([1.0, -1.0], [len(ids[0]), len(ids[1])]))
        height += int(place.max()) + 1
    return _matrix(rows, columns, np.concatenate([np.zeros(0), *values]), (height, width))


def _ids(part: _Part, shared: Sequence[str], sizes: Sequence[int]) -> NDArray[np.int_]:
    codes = [part.codes[:, part.names.index(name)] for name in shared]
    if not codes:
        return np.zeros(len(part.codes), dtype=np.int_)
    return np.asarray(np.ravel_multi_index(codes, sizes), dtype=np.int_)


def _tree(parts: Sequence[_Part]) -> list[tuple[_Part, _Part]]:
    """Return the edges of a spanning tree of largest separators."""
    inside, outside, edges = [parts[0]], list(parts[1:]), []
    while outside:
        one, other = max(
            ((a, b) for a in inside for b in outside),
            key=lambda pair: len(set(pair[0].names) & set(pair[1].names)),
        )
        edges.append((one, other))
        inside.append(other)
        outside.remove(other)
    return edges


def _matrix(
    rows: Sequence[NDArray[np.int_]],
    columns: Sequence[NDArray[np.int_]],
    values: NDArray[np.float64],
    shape: tuple[int, int],
) -> sparse.csr_array:
    none = np.zeros(0, dtype=np.int_)
    at = np.concatenate([none, *rows]), np.concatenate([none, *columns])
    return sparse.csr_array((values, at), shape=shape)
