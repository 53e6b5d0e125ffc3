"""The worst off first, and then the next: over fifths of deprivation, or over areas.

Lexicographic max-min: Ogryczak & Tamir 2003, doi:10.1016/S0020-0190(02)00370-8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from mobilise.errors import InputError
from mobilise.plan import shapes
from mobilise.plan.cores import MODEL_PAIRS
from mobilise.plan.coverage import Found, best_cover
from mobilise.plan.covers import owners, reweighted
from mobilise.plan.distance import (
    longest_as_today,
    nearest_walks,
    shortest_longest_walk,
    shortest_walks,
)
from mobilise.plan.exact import Model, add_limits, cover_model
from mobilise.plan.fairness import HAIR, Shape, aim_of, search, shape_of
from mobilise.plan.medians import Walks, walks_of

if TYPE_CHECKING:
    from mobilise.plan.covers import Flags, Floats, Integers, Limits
    from mobilise.plan.tasks import Task

TURNS = 24  # of the weights of fifths in the bound
STEEP = (1.5, 3.0, 8.0)  # how much more a walk counts that is a minute longer, in the search


def worst_first(task: Task, *, seed: int, time_limit_seconds: float) -> Found:
    """Return the plan whose least-reached fifth is reached best, then the next, and so on.

    Returns
    -------
    Found
        ``value`` and ``bound``: the share reached in the fifth that is worst off.
    """
    shape = shape_of(task)
    if len(shape.today) <= shapes.FIFTHS:
        raise InputError("Worst-first needs the deprivation fifths of the areas.")
    choice = search(shape, aim_of(shape, people=1e-9, worst_first=1.0), seed)
    fifths = slice(shapes.FIFTHS, None)
    how, bound = "annealed swaps; no plan lifts a mean of the fifths higher", _lowest(shape, seed)
    if time_limit_seconds > 0 and shape.provable:
        choice, proven = _lexicographic(shape, choice, time_limit_seconds)
        how = "branch and bound (HiGHS), one fifth after another" if proven else how
        bound = float(shape.sums(choice)[fifths].min()) if proven else bound
    value = float(shape.sums(choice)[fifths].min())
    return Found(choice, value, max(bound, value), how)


def _lowest(shape: Shape, seed: int) -> float:
    """Return a limit of the lowest share: the highest mean of the fifths, for any weights of them.

    The weights follow the fifths that are left behind (multiplicative weights; Arora, Hazan &
    Kale 2012, doi:10.4086/toc.2012.v008a006).
    """
    shares = shape.columns[:, shapes.FIFTHS :]
    today = shape.today[shapes.FIFTHS :]
    weights, bound = np.full(len(today), 1 / len(today)), 1.0
    for turn in range(TURNS):
        one = reweighted(shape.cover, shares @ weights)
        best = best_cover(
            one, shape.task.limits, seed=seed, time_limit_seconds=0, enough=1e-3
        )  # fmt: skip
        bound = min(bound, best.bound + float(today @ weights))
        reached = shape.sums(best.is_open)[shapes.FIFTHS :]
        weights = weights * np.exp(-(8.0 / np.sqrt(turn + 1)) * (reached - reached.mean()))
        weights /= weights.sum()
    return bound


def _lexicographic(shape: Shape, choice: Flags, seconds: float) -> tuple[Flags, bool]:
    """Raise the sum of the k lowest shares, for k = 1, 2, ..., keeping what was raised before."""
    kept: list[float] = []
    many = len(shape.today) - shapes.FIFTHS
    for level in range(1, many + 1):
        solved = _lowest_model(shape, kept).maximise(seconds / many)
        if solved.status != "proven" or solved.point is None:
            return choice, False
        found = solved.point[: shape.cover.sites] > 0.5
        choice = _better(shape, choice, found)
        lowest = np.sort(shape.sums(choice)[shapes.FIFTHS :])
        kept.append(float(lowest[:level].sum()))
    return choice, True


def _better(shape: Shape, one: Flags, other: Flags) -> Flags:
    ordered = [np.round(np.sort(shape.sums(c)[shapes.FIFTHS :]), 10).tolist() for c in (one, other)]
    return other if ordered[1] >= ordered[0] else one


def _lowest_model(shape: Shape, kept: list[float]) -> Model:
    """Maximise the sum of the k lowest shares: k r - Σ max(0, r - share)."""
    many, m, n = len(shape.today) - shapes.FIFTHS, shape.cover.sites, shape.cover.areas
    levels = len(kept) + 1
    blank = reweighted(shape.cover, np.zeros(n))
    model = cover_model(blank, shape.task.limits, more=levels * (1 + many))
    areas = np.arange(m, m + n)
    for level in range(levels):
        r = m + n + level * (1 + many)
        below = np.arange(r + 1, r + 1 + many)
        model.lower[below] = 0.0
        for q in range(many):
            column = shape.columns[:, shapes.FIFTHS + q]
            columns = np.concatenate([areas, [r, below[q]]])
            values = np.concatenate([-column, [1.0, -1.0]])
            model.row(columns, values, -np.inf, shape.today[shapes.FIFTHS + q])
        sums = np.concatenate([[level + 1.0], -np.ones(many)])
        columns = np.concatenate([[r], below])
        if level < len(kept):
            model.row(columns, sums, kept[level] - HAIR, np.inf)
        else:
            model.worth[columns] = sums
    return model


def worst_area_first(
    walks: Walks, limits: Limits, unserved: float, *, seed: int, time_limit_seconds: float
) -> Found:
    """Return the plan whose longest walk is shortest, then whose next-longest is, and so on.

    Parameters
    ----------
    walks
        Walks in minutes; they count in whole minutes, rounded up. Every area counts alike, and
        those that no site can serve are left out.
    limits
        How many sites may be had.
    unserved
        The minutes that areas without a site in reach count with.
    seed, time_limit_seconds
        Of the search and the proof.

    Returns
    -------
    Found
        ``value`` and ``bound``: the longest walk, in whole minutes.
    """
    whole = walks._replace(
        most=np.ceil(walks.most), area_minutes=np.ceil(walks.area_minutes),
        site_minutes=np.ceil(walks.site_minutes), weight=(walks.weight > 0).astype(float),
    )  # fmt: skip
    people = (np.diff(walks.area_start) > 0) & (walks.weight > 0)
    tried = [_steep(whole, limits, steep, seed) for steep in STEEP]
    centre = shortest_longest_walk(
        whole, limits, np.ceil(unserved), seed=seed, time_limit_seconds=time_limit_seconds
    )
    tried.append(centre.is_open)
    choice = min(tried, key=lambda one: _longest_first(whole, one, people))
    how, proven = "swaps, longer walks counting ever more", False
    levels = len(np.unique(np.concatenate([whole.area_minutes, whole.most[people]])))
    if time_limit_seconds > 0 and 0 < len(whole.area_site) * levels <= MODEL_PAIRS:
        choice, proven = _proven_longest_first(whole, limits, people, choice, time_limit_seconds)
    fixed = float(np.ceil(longest_as_today(walks, unserved)))
    value = float(nearest_walks(whole, choice)[people].max(initial=fixed))
    how = "branch and bound (HiGHS), one minute after another" if proven else how
    bound = value if proven else min(value, centre.bound)
    return Found(choice, value, bound, how, proven)


def _steep(walks: Walks, limits: Limits, steep: float, seed: int) -> Flags:
    counts = [steep ** (of - walks.most.max()) for of in (walks.most, walks.area_minutes)]
    owner = owners(walks.area_start)
    steeper = walks_of(
        owner, walks.area_site, counts[1],
        sites=len(walks.site_start) - 1, weight=walks.weight, most=counts[0],
    )  # fmt: skip
    return shortest_walks(steeper, limits, seed=seed, time_limit_seconds=0, enough=1e-3).is_open


def _longest_first(walks: Walks, is_open: Flags, people: Flags) -> list[float]:
    ordered: list[float] = np.sort(nearest_walks(walks, is_open)[people])[::-1].tolist()
    return ordered


def _proven_longest_first(
    walks: Walks, limits: Limits, people: Flags, choice: Flags, seconds: float
) -> tuple[Flags, bool]:
    """Bring as many areas as can be below each minute, from the longest walk down."""
    owner = owners(walks.area_start)
    steps = np.unique(np.concatenate([walks.area_minutes, walks.most[people]]))[:-1][::-1]
    kept: list[float] = []
    for step in steps:
        model = _within_model(walks, limits, owner, people, steps[: len(kept) + 1], kept)
        solved = model.maximise(seconds / len(steps))
        if solved.status != "proven" or solved.point is None:
            return choice, False
        new = solved.point[: len(walks.site_start) - 1] > 0.5
        choice = min((choice, new), key=lambda one: _longest_first(walks, one, people))
        kept.append(float((nearest_walks(walks, choice)[people] <= step).sum()))
    return choice, True


def _within_model(
    walks: Walks, limits: Limits, owner: Integers, people: Flags, steps: Floats, kept: list[float]
) -> Model:
    """Bring most areas within the last of `steps`, as many as `kept` within those before."""
    m, n = len(walks.site_start) - 1, len(walks.weight)
    width = m + len(steps) * n
    worth, lower, upper = np.zeros(width), np.zeros(width), np.ones(width)
    whole = np.zeros(width, bool)
    whole[:m] = True
    model = Model(worth, whole, lower, upper)
    for level, step in enumerate(steps):
        at = m + level * n
        upper[at : at + n] = people
        lower[at : at + n] = people & (walks.most <= step)
        near = walks.area_minutes <= step
        reach = sparse.csr_matrix(
            (-np.ones(near.sum()), (owner[near], walks.area_site[near])), shape=(n, width)
        )
        counts = sparse.csr_matrix((np.ones(n), (np.arange(n), at + np.arange(n))), (n, width))
        model.rows(reach + counts, -np.inf, (walks.most <= step).astype(float))
        if level < len(kept):
            model.row(at + np.arange(n), 1.0, kept[level] - 0.5, np.inf)
        else:
            worth[at : at + n] = 1.0
    add_limits(model, limits)
    return model
