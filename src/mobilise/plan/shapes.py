"""Swaps of sites when what counts is how reach is shared out, not only how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobilise.plan.compiled import compiled, draw, draw_below
from mobilise.plan.swaps import allowed, count_in

if TYPE_CHECKING:
    from mobilise.plan.covers import Floats

PEOPLE, SLOPE, FIFTHS = (
    0,
    1,
    2,
)  # the columns of `columns`: share of all, slope, share of each fifth
SHORT = 100.0  # what it costs to miss a floor or an upper limit, against one for all people
UNDEFINED = 1e9
RANKING = 1e-3  # how much less the next fifth counts when the worst off come first


class Aim(NamedTuple):
    """What is wanted of a plan, as one number to be made as high as possible.

    Parameters
    ----------
    today
        The columns' sums with what is open anyway.
    people
        What reaching everybody is worth.
    slope
        What a slope of one costs, beyond `within`, either way round.
    relative
        Whether the slope is divided by the share of people reached.
    within
        The slope that is let pass.
    worst_first
        What the fifths' shares are worth, the lowest first.
    floor
        The lowest permitted share of all people and of each fifth (0: none).
    """

    today: Floats
    people: float
    slope: float
    relative: bool
    within: float
    worst_first: float
    floor: Floats


@compiled
def steepness(sums: Any, relative: Any) -> Any:
    """Return the slope either way round; over a mean of nothing it is not defined."""
    if not relative:
        return abs(sums[SLOPE])
    return abs(sums[SLOPE]) / sums[PEOPLE] if sums[PEOPLE] > 1e-12 else UNDEFINED


@compiled
def merit(sums: Any, aim: Any) -> Any:
    """Return how good a plan is by its sums."""
    score = aim.people * sums[PEOPLE] - SHORT * max(0.0, aim.floor[0] - sums[PEOPLE])
    if aim.slope > 0:
        score -= aim.slope * max(0.0, steepness(sums, aim.relative) - aim.within)
    if len(sums) > FIFTHS:
        for q in range(FIFTHS, len(sums)):
            score -= SHORT * max(0.0, aim.floor[q - 1] - sums[q])
    if aim.worst_first > 0:
        weight = aim.worst_first
        for share in np.sort(sums[FIFTHS:]):
            score += weight * share
            weight *= RANKING
    return score


@compiled
def move_site(cover: Any, columns: Any, j: Any, by: Any, times: Any, sums: Any) -> None:
    """Open (`by` = 1) or close (-1) site `j` in the sums."""
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        if times[i] == (0 if by > 0 else 1):
            for q in range(len(sums)):
                sums[q] += by * columns[i, q]
        times[i] += by


@compiled
def proposal(cover: Any, r: Any, times: Any, far: Any, state: Any) -> Any:
    """Return a site that might replace `r`: one that shares an area with it, or any that helps."""
    i = -1
    if draw(state) < far:
        if len(times) == 0:
            return -1
        i = draw_below(state, len(times))
        if times[i] > 1:
            return -1
    else:
        size = cover.site_start[r + 1] - cover.site_start[r]
        if size > 0:
            i = cover.site_area[cover.site_start[r] + draw_below(state, size)]
    if i < 0:
        return -1
    size = cover.area_start[i + 1] - cover.area_start[i]
    return cover.area_site[cover.area_start[i] + draw_below(state, size)] if size > 0 else -1


@compiled
def anneal_shape(
    cover: Any, columns: Any, aim: Any, limits: Any, start: Any, moves: Any, hot: Any, cold: Any,
    state: Any,
) -> Any:  # fmt: skip
    """Swap sites at random from `start`, worse swaps ever more rarely.

    Returns
    -------
    tuple
        The best merit, and whether each site is open.
    """
    m = len(cover.site_start) - 1
    times, is_open = np.zeros(len(cover.weight), np.int64), np.zeros(m, np.bool_)
    used, in_district = np.zeros(2, np.int64), np.zeros(limits.district.max() + 1, np.int64)
    sums, chosen, held, spent = aim.today.copy(), np.empty(m, np.int64), 0, 0.0
    for j in range(m):
        if start[j]:
            move_site(cover, columns, j, 1, times, sums)
            spent += count_in(j, 1, used, in_district, limits)
            is_open[j], chosen[held] = True, j
            held += 1
    score = merit(sums, aim)
    best, best_open, heat, before = score, is_open.copy(), hot, sums.copy()
    cooling = (cold / hot) ** (1.0 / max(1, moves))
    for _ in range(moves if held > 0 else 0):
        heat *= cooling
        q = int(draw(state) * held)
        r = chosen[q]
        s = int(draw(state) * m) if draw(state) < 0.3 else proposal(cover, r, times, 0.3, state)
        if s < 0 or s == r:
            continue
        cost = count_in(r, -1, used, in_district, limits)
        is_open[r] = False
        if allowed(s, is_open, used, in_district, spent + cost, limits):
            before[:] = sums
            move_site(cover, columns, r, -1, times, sums)
            move_site(cover, columns, s, 1, times, sums)
            new = merit(sums, aim)
            if new >= score or draw(state) < np.exp((new - score) / heat):
                score, chosen[q], is_open[s] = new, s, True
                spent += cost + count_in(s, 1, used, in_district, limits)
                if score > best + 1e-13:
                    best = score
                    best_open[:] = is_open
                continue
            move_site(cover, columns, s, -1, times, sums)
            move_site(cover, columns, r, 1, times, sums)
            sums[:] = before
        is_open[r] = True
        count_in(r, 1, used, in_district, limits)
    return best, best_open
