"""Who is within reach of which site, packed for the kernels, and how many sites may be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mobilise.plan.compiled import grouped_order

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
    lengths = np.diff(cover.area_start)
    keys = np.random.default_rng(0).integers(1, 1 << 62, (2, cover.sites), dtype=np.uint64)
    owner = np.repeat(np.arange(cover.areas), lengths)
    marks = np.zeros((2, cover.areas), np.uint64)
    for mark, key in zip(marks, keys, strict=True):
        np.add.at(mark, owner, key[cover.area_site])
    reached = np.flatnonzero(lengths > 0)
    _, first, group = np.unique(marks[:, reached], axis=1, return_index=True, return_inverse=True)
    group = group.ravel()
    sums = np.zeros((len(first), columns.shape[1]))
    np.add.at(sums, group, columns[reached])
    worth, again = np.zeros(len(first)), np.zeros(len(first))
    np.add.at(worth, group, cover.weight[reached])
    np.add.at(again, group, cover.second[reached])
    parts = [cover.area_site[cover.area_start[i] : cover.area_start[i + 1]] for i in reached[first]]
    area = np.repeat(np.arange(len(first)), [len(part) for part in parts])
    site = np.concatenate(parts) if parts else np.empty(0, np.int32)
    return cover_of(area, site, cover.sites, worth, again), sums
