"""Odd sets of areas: what sharpens the bound where people crowd and sites are alike.

Of three areas of which each two share a site and none reaches all three, half a site between each
two would reach all three with one site and a half; whole sites need two. In general, an odd set T
of areas says that

    Σ areas of T reached ≤ (|T| - 1) / 2 + Σ sites ⌈how many of T it reaches / 2⌉

which half-sites break and no plan does: half of the sum of "an area is reached only if one of its
sites is open" and "an area is reached once at most", rounded down (zero-half cuts; Caprara &
Fischetti 1996, doi:10.1007/BF02592196).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.plan.compiled import compiled
from mobilise.plan.covers import owners, starts

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Floats, Integers

SEEN = 0.01  # shares of a site below which it is as good as closed, in the search for sets
LARGEST = 13  # areas in a set
EFFORT = 3_000_000  # looks at a pair of areas, in one search
BROKEN = 0.03  # by so much a set must be broken to be of use
LOOSE = 0.6  # how far from just reached an area may be


def row_of(cover: Cover, areas: tuple[int, ...]) -> tuple[Integers, Floats, float]:
    """Return what an odd set says as a row over the columns of a cover's model, and its limit."""
    reach = [cover.area_site[cover.area_start[i] : cover.area_start[i + 1]] for i in areas]
    sites, times = np.unique(np.concatenate(reach), return_counts=True)
    columns = np.concatenate([sites, cover.sites + np.array(areas)]).astype(np.int64)
    return columns, np.concatenate([-((times + 1) // 2), np.ones(len(areas))]), (len(areas) - 1) / 2


def broken_sets(cover: Cover, share: Floats) -> list[tuple[int, ...]]:
    """Return odd sets of areas that shares of sites break, the most broken first.

    Parameters
    ----------
    cover
        Who reaches what.
    share
        How far each site is open, 0 to 1.
    """
    loose, marks = _tightness(cover, share, np.random.default_rng(0).random(cover.sites))
    order = np.lexsort((np.arange(cover.areas), loose, marks))
    first = np.ones(len(order), bool)
    first[1:] = marks[order[1:]] != marks[order[:-1]]
    rows = np.sort(order[first & (loose[order] < LOOSE) & (marks[order] > 0)])
    begins, sites = _partly_open(cover, share, rows)
    by_site = np.argsort(sites, kind="stable")
    found, sizes, by = _grown(
        begins, sites, starts(sites, cover.sites), owners(begins)[by_site], share, loose[rows],
        np.argsort(loose[rows], kind="stable"),
    )  # fmt: skip
    most = np.argsort(-by, kind="stable")
    return list(dict.fromkeys(tuple(np.sort(rows[found[c, : sizes[c]]]).tolist()) for c in most))


@compiled
def _tightness(cover: Any, share: Any, keys: Any) -> Any:
    """Return how far each area is from just reached, and a number for its partly open sites."""
    n = len(cover.weight)
    loose, marks = np.empty(n), np.zeros(n)
    for i in range(n):
        reached, beside, many = 0.0, 0.0, 0
        for k in range(cover.area_start[i], cover.area_start[i + 1]):
            j = cover.area_site[k]
            reached += share[j]
            if share[j] > SEEN:
                marks[i] += keys[j]
                many += 1
            else:
                beside += share[j]
        loose[i] = abs(reached - 1.0) + beside
        if many < 2 or cover.weight[i] <= 0:
            marks[i] = 0.0
    return loose, marks


@compiled
def _partly_open(cover: Any, share: Any, rows: Any) -> Any:
    """Return where each row's sites begin, and those that are open in part or whole."""
    begins = np.zeros(len(rows) + 1, np.int64)
    size = 0
    for a in range(len(rows)):
        size += cover.area_start[rows[a] + 1] - cover.area_start[rows[a]]
    sites, at = np.empty(size, np.int64), 0
    for a in range(len(rows)):
        for k in range(cover.area_start[rows[a]], cover.area_start[rows[a] + 1]):
            if share[cover.area_site[k]] > SEEN:
                sites[at] = cover.area_site[k]
                at += 1
        begins[a + 1] = at
    return begins, sites[:at]


@compiled
def _flipped(row: Any, begins: Any, sites: Any, share: Any, odd: Any) -> Any:
    """Return by how much the shares of sites reached an odd number of times grow with `row`."""
    more = 0.0
    for k in range(begins[row], begins[row + 1]):
        more += -share[sites[k]] if odd[sites[k]] else share[sites[k]]
    return more


@compiled
def _flip(row: Any, begins: Any, sites: Any, odd: Any) -> None:
    """Count a row in."""
    for k in range(begins[row], begins[row + 1]):
        odd[sites[k]] = not odd[sites[k]]


@compiled
def _best_two(
    chosen: Any, size: Any, within: Any, begins: Any, sites: Any, row_start: Any, rows: Any,
    share: Any, loose: Any, odd: Any, seen: Any, stamp: Any,
) -> Any:  # fmt: skip
    """Return the two rows to add to a set that lower its sum most, that change, and the effort."""
    best, first, second, effort = -1e-9, -1, -1, 0
    for c in range(size):
        for k in range(begins[chosen[c]], begins[chosen[c] + 1]):
            if not odd[sites[k]]:
                continue
            for q in range(row_start[sites[k]], row_start[sites[k] + 1]):
                a = rows[q]
                if within[a] or seen[a] == stamp:
                    continue
                seen[a] = stamp
                one = loose[a] + _flipped(a, begins, sites, share, odd)
                if one >= LOOSE:
                    continue
                _flip(a, begins, sites, odd)
                for k2 in range(begins[a], begins[a + 1]):
                    if not odd[sites[k2]]:
                        continue
                    effort += row_start[sites[k2] + 1] - row_start[sites[k2]]
                    for q2 in range(row_start[sites[k2]], row_start[sites[k2] + 1]):
                        b = rows[q2]
                        if within[b] or b == a or one + loose[b] - 1.0 >= best:
                            continue
                        two = one + loose[b] + _flipped(b, begins, sites, share, odd)
                        if two < best:
                            best, first, second = two, a, b
                _flip(a, begins, sites, odd)
    return first, second, best, effort


@compiled
def _grown(
    begins: Any, sites: Any, row_start: Any, rows: Any, share: Any, loose: Any, order: Any
) -> Any:
    """Grow a set from each row by two at a time, while the sum falls that must not be below one.

    The sum is of what is loose in its areas and of the shares of sites that reach an odd number
    of them.

    Returns
    -------
    tuple
        The sets that are broken, their sizes, and by how much.
    """
    odd, within = np.zeros(len(share), np.bool_), np.zeros(len(loose), np.bool_)
    seen, stamp = np.full(len(loose), -1), 0
    found = np.empty((len(order), LARGEST), np.int64)
    sizes, by, many, effort = np.zeros(len(order), np.int64), np.zeros(len(order)), 0, 0
    for start in order:
        if effort > EFFORT:
            break
        odd[:] = False
        _flip(start, begins, sites, odd)
        value, size = loose[start], 1
        for k in range(begins[start], begins[start + 1]):
            value += share[sites[k]]
        found[many, 0], within[start] = start, True
        while size + 2 <= LARGEST:
            stamp += 1
            a, b, change, looks = _best_two(
                found[many], size, within, begins, sites, row_start, rows, share, loose, odd,
                seen, stamp,
            )  # fmt: skip
            effort += looks
            if a < 0:
                break
            for row in (a, b):
                _flip(row, begins, sites, odd)
                within[row] = True
                found[many, size] = row
                size += 1
            value += change
        for c in range(size):
            within[found[many, c]] = False
        if size > 1 and value < 1.0 - BROKEN:
            sizes[many], by[many] = size, 1.0 - value
            many += 1
    return found[:many], sizes[:many], by[:many]
