"""Who is within reach of which site, packed for the kernels, and how many sites may be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mobilise.plan.compiled import compiled, grouped_order

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


class Cover(NamedTuple):
    """Areas and the sites that reach them, both ways round.

    Parameters
    ----------
    weight
        What it is worth to reach each area once.
    second
        What it is worth to reach it a second time, at most `weight`.
    site_start, site_area
        The areas that each site reaches: ``site_area[site_start[j]:site_start[j + 1]]``.
    area_start, area_site
        The sites that reach each area.
    """

    weight: Floats
    second: Floats
    site_start: Integers
    site_area: NDArray[np.int32]
    area_start: Integers
    area_site: NDArray[np.int32]

    @property
    def areas(self) -> int:
        """Return how many areas there are."""
        return len(self.weight)

    @property
    def sites(self) -> int:
        """Return how many sites there are."""
        return len(self.site_start) - 1

    def times(self, is_open: Flags) -> Integers:
        """Return how many open sites reach each area."""
        reached = self.site_area[is_open[owners(self.site_start)]]
        return np.bincount(reached, minlength=self.areas)


class Limits(NamedTuple):
    """How many sites may be chosen.

    Parameters
    ----------
    kind
        0 for a new site, 1 for one that is open today.
    need
        At most so many of either kind.
    district, per_district
        Each site's district, and how many new ones it may have.
    cost, budget
        What each site costs, and what all may cost.
    """

    kind: Integers
    need: Integers
    district: Integers
    per_district: int
    cost: Floats
    budget: float

    @property
    def plain(self) -> bool:
        """Return whether only the number of new sites is limited."""
        return bool(
            self.budget == np.inf and self.per_district >= len(self.kind) and not self.kind.any()
        )


def cover_of(
    area: ArrayLike, site: ArrayLike, sites: int, weight: Floats, second: Floats | None = None
) -> Cover:
    """Pack pairs of `area` and `site` numbers, each pair once."""
    rows, columns = np.asarray(area, dtype=np.int64), np.asarray(site, dtype=np.int64)
    area_start, site_start = starts(rows, len(weight)), starts(columns, sites)
    by_area = grouped_order(rows, area_start)
    by_area = by_area[grouped_order(columns[by_area], site_start)]
    by_site, by_area = by_area, by_area[grouped_order(rows[by_area], area_start)]
    return Cover(
        np.ascontiguousarray(weight, dtype=np.float64),
        np.zeros(len(weight)) if second is None else np.ascontiguousarray(second, dtype=np.float64),
        site_start,
        rows[by_site].astype(np.int32),
        area_start,
        columns[by_area].astype(np.int32),
    )


def starts(of: Integers, size: int) -> Integers:
    """Return where each number's run begins once `of` is sorted, and the end."""
    begins = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=size), out=begins[1:])
    return begins


def owners(begins: Integers) -> Integers:
    """Return whose each entry is, where runs begin at `begins`."""
    return np.repeat(np.arange(len(begins) - 1), np.diff(begins))


def reweighted(cover: Cover, weight: Floats) -> Cover:
    """Return the same reach with other worths."""
    return cover._replace(weight=np.ascontiguousarray(weight, dtype=np.float64))


def merged(cover: Cover, columns: Floats) -> tuple[Cover, Floats]:
    """Join areas that the same sites reach: a plan reaches all of them or none.

    Parameters
    ----------
    cover
        The areas before.
    columns
        What is added up when areas are joined, one row an area.

    Returns
    -------
    tuple
        The cover of the joined areas without those that no site reaches, and their columns.
    """
    keys = np.random.default_rng(0).integers(1, 1 << 62, cover.sites, dtype=np.uint64)
    marks = marks_of(cover.area_start, cover.area_site, keys)
    order = np.argsort(marks, kind="stable")
    group, first = groups_of(cover.area_start, cover.area_site, marks, order)
    begins, joined = np.zeros(len(first) + 1, np.int64), group[group >= 0]
    np.cumsum(np.diff(cover.area_start)[first], out=begins[1:])
    site = np.empty(begins[-1], np.int32)
    area = np.empty(begins[-1], np.int64)
    copy_groups(cover.area_start, cover.area_site, first, begins, area, site)
    sums = np.zeros((len(first), columns.shape[1]))
    np.add.at(sums, joined, columns[group >= 0])
    worth, again = (
        np.asarray(np.bincount(joined, of[group >= 0], minlength=len(first)), dtype=np.float64)
        for of in (cover.weight, cover.second)
    )
    return cover_of(area, site, cover.sites, worth, again), sums


@compiled
def marks_of(area_start: Any, area_site: Any, keys: Any) -> Any:
    """Return a number for each area that areas with the same sites share."""
    marks = np.zeros(len(area_start) - 1, np.uint64)
    for i in range(len(marks)):
        for k in range(area_start[i], area_start[i + 1]):
            marks[i] += keys[area_site[k]]
    return marks


@compiled
def groups_of(area_start: Any, area_site: Any, marks: Any, order: Any) -> Any:
    """Return each area's group (-1: no site reaches it) and each group's first area.

    Areas that share a mark by chance stay apart: their sites are compared.
    """
    n = len(order)
    head, group, first = np.full(n, -1), np.full(n, -1), np.empty(n, np.int64)
    leader = -1
    for z in range(n):
        i = order[z]
        size = area_start[i + 1] - area_start[i]
        if size == 0:
            continue
        same = leader >= 0 and marks[leader] == marks[i]
        same = same and area_start[leader + 1] - area_start[leader] == size
        if same:
            for k in range(size):
                if area_site[area_start[leader] + k] != area_site[area_start[i] + k]:
                    same = False
                    break
        if not same:
            leader = i
        head[i] = leader
    groups = 0
    for i in range(n):
        if head[i] == i:
            group[i], first[groups] = groups, i
            groups += 1
    for i in range(n):
        if head[i] >= 0:
            group[i] = group[head[i]]
    return group, first[:groups]


@compiled
def copy_groups(
    area_start: Any, area_site: Any, first: Any, begins: Any, area: Any, site: Any
) -> None:
    """Fill the pairs of the groups from those of their first areas."""
    for g in range(len(first)):
        at = area_start[first[g]]
        for k in range(begins[g + 1] - begins[g]):
            area[begins[g] + k] = g
            site[begins[g] + k] = area_site[at + k]
