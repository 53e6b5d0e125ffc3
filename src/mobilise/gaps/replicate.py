"""Intervals from Poisson replicates of every area's count, at about a nanosecond a draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, grouped, measured, numbers
from mobilise.gaps.kernels import HALF_RANK, RANK_UNIT, add_draws, alias_tables
from mobilise.gaps.ranks import order_of, ranks_of
from mobilise.gaps.records import Gap, Limits, Measured, defined, undefined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Chance of a count beyond either end of its table.
_BEYOND = 1e-9

# Table entries held at once (64 MiB of 32-bit numbers).
_ENTRIES = 1 << 24


@dataclass(frozen=True)
class Indices:
    """The three indices of events by rank, of one count an area or of many replicates."""

    slope: Floats
    relative: Floats
    concentration: Floats


def replicated_indices(
    count: ArrayLike,
    population: ArrayLike,
    *,
    deprivation: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    per: float = 100_000,
    replicates: int = 10_000,
    seed: int = 1,
    confidence: float = 0.95,
    of: str = "the rate",
    unit: str = "per 100,000",
) -> list[Gap]:
    """Return slope, relative and concentration index of a rate, with Poisson intervals.

    Each replicate draws every area's count anew from a Poisson distribution with the
    observed count as its mean; the limits are percentiles of the replicates' indices.

    Parameters
    ----------
    count, population
        Events and people of each area. Areas without a count are left out.
    deprivation, deprivation_higher
        What ranks them; see :func:`mobilise.gaps.mid_ranks`.
    higher
        What a higher rate means for people.
    per, unit
        The rate's multiplier, and how it is said.
    replicates, seed
        How many, and of which generator. The same seed gives the same limits whatever
        the number of threads and the processor.
    confidence
        Of the intervals.
    of
        What was measured.

    Returns
    -------
    list of Gap
        ``slope_index``, ``relative_index``, ``relative_concentration_index``; None where
        there are no events or all areas share one rank.

    Raises
    ------
    InputError
        A count is negative, or there are fewer than 100 replicates.

    Notes
    -----
    With rates weighted by people all three are functions of the number of events and of
    the sum of their ranks, so a replicate is two sums over areas. Memory does not grow
    with the replicates.

    Examples
    --------
    >>> gaps = replicated_indices(
    ...     [30, 20, 10], [1000, 1000, 1000], deprivation=[3, 2, 1], higher="worse",
    ...     replicates=1000, per=1000, unit="per 1,000",
    ... )
    >>> [round(gap.value, 3) for gap in gaps]
    [-30.0, 0.143, -0.222]
    """
    about = measured(of, unit, higher, confidence)
    events = numbers(count, "count")
    if (events < 0).any():
        row = int((events < 0).argmax())
        raise InputError(f"'count' is {events[row]:g} in row {row + 1}: give 0 or more.")
    if replicates < 100:
        raise InputError(f"'replicates' is {replicates}: give 100 or more.")
    order = order_of(deprivation, deprivation_higher, len(events))
    kept = grouped(np.where(np.isnan(order), np.nan, events), population)
    method = f"{replicates:,} Poisson replicates of every area's count, seed {seed}.{kept.said}"
    why = _why_not(kept.y, order[kept.kept])
    if why:
        return [_none(statistic, about, kept.n, method, why) for statistic in _NAMES]
    ranks = ranks_of(order[kept.kept], kept.people)
    spread = float(kept.share @ (ranks - 0.5) ** 2)
    rate = per / float(kept.people.sum())
    observed = _indices(kept.y.sum(), kept.y @ ranks, spread, rate)
    drawn = _indices(*poisson_sums(kept.y, ranks, replicates=replicates, seed=seed), spread, rate)
    return [
        _record(statistic, values, drawn_values, about, n=kept.n, method=method)
        for statistic, values, drawn_values in zip(
            _NAMES,
            (observed.slope, observed.relative, observed.concentration),
            (drawn.slope, drawn.relative, drawn.concentration),
            strict=True,
        )
    ]


def poisson_sums(
    expected: Floats, ranks: Floats, *, replicates: int, seed: int
) -> tuple[Floats, Floats]:
    """Return, for each replicate, the sum of Poisson counts, and of counts times ranks.

    Parameters
    ----------
    expected
        Mean of each area's count, 0 or more.
    ranks
        Of each area, within 0 and 1 (kept to 30 bits).
    replicates, seed
        How many, and of which generator.

    Returns
    -------
    tuple of arrays
        Shape (replicates,) each.
    """
    state = np.random.SeedSequence(seed).generate_state(2 * len(expected), np.uint32)
    keys = state.astype(np.uint32).reshape(2, -1)
    whole = np.minimum(np.round(ranks * RANK_UNIT), RANK_UNIT - 1).astype(np.int64)
    halves = np.stack(np.divmod(whole, HALF_RANK)).astype(np.uint32)
    events, ranked = np.zeros(replicates, np.int64), np.zeros(replicates, np.int64)
    first, bits = _windows(expected)
    for width in np.unique(bits[expected > 0]):
        rows = np.flatnonzero((bits == width) & (expected > 0))
        step = max(1, _ENTRIES >> int(width))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            tables = np.empty((len(some), 1 << int(width)), np.uint32)
            alias_tables(expected[some], first[some], int(width), tables)
            chosen_ranks = np.ascontiguousarray(halves[:, some])
            chosen_keys = np.ascontiguousarray(keys[:, some])
            add_draws(tables, chosen_ranks, chosen_keys, int(width), events, ranked)
            events += first[some].sum()
            ranked += (first[some] * whole[some]).sum()
    return events.astype(np.float64), ranked / RANK_UNIT


def _windows(expected: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first count of each table, and the bits of its size.

    Chernoff's bounds on a Poisson count (Boucheron, Lugosi & Massart 2013, section 2.4).
    """
    far = -np.log(_BEYOND)
    first = np.floor(np.maximum(expected - np.sqrt(2 * far * expected), 0)).astype(np.int64)
    last = expected + far / 3 + np.sqrt(far**2 / 9 + 2 * far * expected)
    bits = np.ceil(np.log2(np.floor(last) - first + 1)).astype(np.int64)
    return first, np.maximum(bits, 5)


def _indices(events: Floats, ranked: Floats, spread: float, rate: float) -> Indices:
    """Return the indices of sums over areas; of no events they are not defined."""
    total, by_rank = np.asarray(events, np.float64), np.asarray(ranked, np.float64)
    slope = (by_rank - total / 2) / spread
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (total + slope / 2) / (total - slope / 2)
        concentration = 2 * by_rank / total - 1
    return Indices(slope * rate, relative, concentration)


def _why_not(events: Floats, order: Floats) -> str:
    if not events.sum() > 0:
        return "there are no events"
    return "" if len(np.unique(order)) > 1 else "all have the same deprivation"


_NAMES = {
    "slope_index": "slope index of inequality",
    "relative_index": "relative index of inequality",
    "relative_concentration_index": "concentration index",
}


def _none(statistic: str, about: Measured, n: int, method: str, why: str) -> Gap:
    sentence = sentences.undefined_sentence(f"The {_NAMES[statistic]} of", about, why)
    unit = about.unit if statistic == "slope_index" else _unit(statistic)
    return undefined(statistic, about, n=n, method=method, why=why, sentence=sentence, unit=unit)


def _unit(statistic: str) -> str:
    return "ratio" if statistic == "relative_index" else ""


def _record(
    statistic: str, value: Floats, drawn: Floats, about: Measured, *, n: int, method: str
) -> Gap:
    tail = (1 - about.confidence) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    limits: Limits = (float(low), float(high))
    one = float(value)
    if statistic == "slope_index":
        sentence, unit = sentences.slope_sentence(one, limits, about), about.unit
    elif statistic == "relative_index":
        sentence, unit = sentences.ratio_sentence(one, limits, about), _unit(statistic)
    else:
        name = _NAMES[statistic]
        sentence = sentences.concentration_sentence(one, limits, about, name)
        unit = _unit(statistic)
    name = _NAMES[statistic]
    return defined(
        statistic, one, about, n=n, method=f"{name[0].upper()}{name[1:]}; {method}",
        sentence=sentence, limits=limits, unit=unit,
    )  # fmt: skip
