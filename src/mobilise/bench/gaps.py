"""Benchmarks of :mod:`mobilise.gaps`, each beside a peer on the same work in the same run.

A peer that would take minutes does a part of the work, and its time is scaled up to the
whole; the note says by how much.
"""

from __future__ import annotations

import time
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from mobilise import gaps
from mobilise.gaps.life import AGES
from mobilise.gaps.replicate import poisson_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AREAS, QUICK_AREAS = 33_755, 2_000


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Run the benchmarks and return one row a job and peer.

    Parameters
    ----------
    quick
        Small sizes, to try them out.

    Returns
    -------
    list of dict
        ``job, size, peer, ours_seconds, peer_seconds, ratio, ours_peak_mib,
        peer_peak_mib, agreement, note``; ``agreement`` is the greatest relative difference
        of the results, memory what Python and NumPy allocate.
    """
    areas = QUICK_AREAS if quick else AREAS
    return [
        *_replicates(areas, 1_000 if quick else 10_000),
        _public_health_slope(10 if quick else 150, 10_000 if quick else 100_000),
        _standardised_rates(areas),
        _life_expectancy(areas),
    ]


def _replicates(areas: int, replicates: int) -> list[dict[str, Any]]:
    """Slope, relative and concentration index of a rate with Poisson replicates."""
    random = np.random.default_rng(1)
    count = random.poisson(random.gamma(4, 3, areas)).astype(float)
    people = random.integers(1_000, 3_000, areas).astype(float)
    score = random.normal(size=areas)
    ranks = gaps.mid_ranks(score, population=people)
    poisson_sums(count[:100], ranks[:100], replicates=100, seed=1)

    def ours() -> list[gaps.Gap]:
        return gaps.replicated_indices(
            count, people, deprivation=score, higher="worse", replicates=replicates
        )

    found, seconds, peak = _timed(ours, times=5)
    draws = areas * replicates
    low, high = found[0].lower, found[0].upper
    assert low is not None
    assert high is not None
    rows = []
    for peer, call, part in (
        ("NumPy loop", _numpy_replicates, min(replicates, 200)),
        ("pandas + statsmodels loop", _statsmodels_replicates, min(replicates, 20)),
    ):
        drawn, peer_seconds, peer_peak = _timed(partial(call, count, people, ranks, part), times=3)
        spread = float(drawn.std() * 2 * stats.norm.ppf(0.975) / (high - low))
        rows.append(
            _row(
                "SII, RII and concentration index with Poisson replicates",
                f"{areas:,} areas x {replicates:,} replicates",
                peer,
                (seconds, peak),
                (peer_seconds * replicates / part, peer_peak),
                abs(spread - 1),
                f"ours {seconds / draws * 1e9:.2f} ns a draw; peer did {part:,} replicates, "
                "scaled; the results compared are the spreads of the slopes, which chance parts",
            )
        )
    return rows


def _numpy_replicates(count: Floats, people: Floats, ranks: Floats, replicates: int) -> Floats:
    random = np.random.default_rng(2)
    share = people / people.sum()
    spread = share @ (ranks - 0.5) ** 2
    slopes = np.empty(replicates)
    for k in range(replicates):
        rate = random.poisson(count) / people * 100_000
        # Sums rather than dot products, whose threads would wait for one another.
        mean = (share * rate).sum()
        slopes[k] = (share * (rate - mean) * (ranks - 0.5)).sum() / spread
        _ = (mean + slopes[k] / 2) / (mean - slopes[k] / 2), 2 * spread * slopes[k] / mean
    return slopes


def _statsmodels_replicates(
    count: Floats, people: Floats, ranks: Floats, replicates: int
) -> Floats:
    random = np.random.default_rng(2)
    slopes = np.empty(replicates)
    for k in range(replicates):
        frame = pd.DataFrame({"people": people, "rank": ranks, "count": random.poisson(count)})
        frame["rate"] = frame["count"] / frame["people"] * 100_000
        design = sm.add_constant(frame["rank"])
        fit = sm.WLS(frame["rate"], design, weights=frame["people"]).fit()
        slopes[k] = fit.params["rank"]
        mean = np.average(frame["rate"], weights=frame["people"])
        covariance = np.cov(frame["rate"], frame["rank"], aweights=frame["people"])
        _ = fit.predict([[1, 1]]) / fit.predict([[1, 0]]), 2 * covariance[0, 1] / mean
    return slopes


def _public_health_slope(places: int, draws: int) -> dict[str, Any]:
    random = np.random.default_rng(3)
    values = 82 - np.linspace(8, 0, 10) + random.normal(0, 1, (places, 10))
    people, half = random.uniform(2_000, 30_000, (places, 10)), random.uniform(1, 3, (places, 10))
    low, high = values - half, values + half
    found, seconds, peak = _timed(
        lambda: gaps.slope_indices(values, population=people, lower=low, upper=high), times=3
    )
    part = min(places, 5)

    def peer() -> Floats:
        return np.array(
            [_simulated_slope(values[k], people[k], half[k], draws) for k in range(part)]
        )

    limits, peer_seconds, peer_peak = _timed(peer, times=2)
    ours = found[["slope_lower", "slope_upper", "relative_lower", "relative_upper"]].to_numpy()
    width = (ours[:part, [1, 3]] - ours[:part, [0, 2]]).repeat(2, axis=1)
    apart = float((np.abs(ours[:part] - limits) / width).max())
    return _row(
        "public-health SII and RII of places, in closed form",
        f"{places} places x 10 groups, against {draws:,} draws",
        "NumPy simulation, a place at a time",
        (seconds, peak),
        (peer_seconds * places / part, peer_peak),
        apart,
        f"peer did {part} places, scaled; limits compared as parts of the interval's width",
    )


def _simulated_slope(values: Floats, people: Floats, half: Floats, draws: int) -> list[float]:
    random = np.random.default_rng(4)
    share = people / people.sum()
    root = np.sqrt(share)
    ranks = np.cumsum(share) - share / 2
    design = np.column_stack([root, ranks * root])
    solve = np.linalg.inv(design.T @ design) @ design.T
    drawn = random.normal(values, half / stats.norm.ppf(0.975), (draws, len(values)))
    start, change = solve @ (drawn * root).T
    quantiles = [np.quantile(each, [0.025, 0.975]) for each in (change, (start + change) / start)]
    return [*quantiles[0], *quantiles[1]]


def _standardised_rates(areas: int) -> dict[str, Any]:
    random = np.random.default_rng(5)
    people = random.integers(20, 200, (areas, 19)).astype(float)
    count = random.poisson(people * np.linspace(0.002, 0.08, 19)).astype(float)
    standard = random.integers(1_000, 7_000, 19).astype(float)
    found, seconds, peak = _timed(
        lambda: gaps.directly_standardised_rate(count, people, standard), times=3
    )
    part = min(areas, 1_000)
    frame = pd.DataFrame(
        {
            "area": np.repeat(np.arange(part), 19),
            "count": count[:part].ravel(),
            "people": people[:part].ravel(),
            "standard": np.tile(standard, part),
        }
    )
    table, peer_seconds, peer_peak = _timed(
        lambda: frame.groupby("area")[["count", "people", "standard"]].apply(_one_rate)
    )
    known = found["value"].notna().to_numpy()[:part]
    columns = ["value", "lower", "upper"]
    return _row(
        "directly standardised rates",
        f"{areas:,} areas x 19 bands",
        "pandas groupby, an area at a time",
        (seconds, peak),
        (peer_seconds * areas / part, peer_peak),
        _largest(found[columns].to_numpy()[:part][known], table[columns].to_numpy()[known]),
        f"peer did {part:,} areas, scaled",
    )


def _one_rate(group: pd.DataFrame) -> pd.Series:
    weight = group["standard"] / group["standard"].sum() / group["people"]
    rate, total = (weight * group["count"]).sum(), group["count"].sum()
    variance = (weight**2 * group["count"]).sum()
    z = stats.norm.ppf(0.975)
    ends = {"value": rate}
    for name, o, sign in (("lower", total, -1), ("upper", total + 1, 1)):
        limit = o * (1 - 1 / (9 * o) + sign * z / (3 * np.sqrt(o))) ** 3 if o else 0.0
        ends[name] = rate + np.sqrt(variance / total) * (limit - total) if total else 0.0
    return pd.Series(ends) * 100_000


def _life_expectancy(areas: int) -> dict[str, Any]:
    random = np.random.default_rng(6)
    people = random.integers(300, 900, (areas, 20)).astype(float)
    mortality = np.array([0.004, *np.exp(np.linspace(-9, -1.6, 19))])
    deaths = np.maximum(random.poisson(people * mortality), np.arange(20) == 19).astype(float)
    found, seconds, peak = _timed(lambda: gaps.life_expectancy(deaths, people), times=3)
    part = min(areas, 1_000)
    alone, peer_seconds, peer_peak = _timed(
        lambda: np.array([_one_life(deaths[k], people[k]) for k in range(part)])
    )
    known = np.isfinite(found.value[:part, 0])
    return _row(
        "life expectancy at birth with its error",
        f"{areas:,} areas x 20 bands",
        "plain Python life table, an area at a time",
        (seconds, peak),
        (peer_seconds * areas / part, peer_peak),
        _largest(np.column_stack([found.value[:part, 0], found.se[:part, 0]])[known], alone[known]),
        f"peer did {part:,} areas, scaled; ours gives every starting age",
    )


def _one_life(deaths: Floats, people: Floats) -> tuple[float, float]:
    """Chiang's table with Silcocks' variance, written as a textbook would."""
    n = len(AGES)
    rate = [float(d / p) for d, p in zip(deaths, people, strict=True)]
    width = [AGES[k + 1] - AGES[k] for k in range(n - 1)]
    lived = [0.1] + [0.5] * (n - 2)
    alive, chance, years = [1.0], [], []
    for k in range(n - 1):
        q = width[k] * rate[k] / (1 + width[k] * (1 - lived[k]) * rate[k])
        chance.append(q)
        alive.append(alive[-1] * (1 - q))
        years.append(width[k] * (alive[k + 1] + lived[k] * (alive[k] - alive[k + 1])))
    years.append(alive[-1] / rate[-1])
    left = [sum(years[k:]) / alive[k] for k in range(n)]
    variance = (alive[-1] / 2) ** 2 * 4 / (float(deaths[-1]) * rate[-1] ** 2)
    for k in range(n - 1):
        if deaths[k]:
            spread = chance[k] ** 2 * (1 - chance[k]) / float(deaths[k])
            variance += alive[k] ** 2 * ((1 - lived[k]) * width[k] + left[k + 1]) ** 2 * spread
    return left[0], variance**0.5


def _timed(call: Callable[[], Any], times: int = 1) -> tuple[Any, float, float]:
    """Return what `call` returns, the least seconds of `times` runs, and its peak in MiB."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        result = call()
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return result, min(seconds), peak


def _largest(ours: Floats, theirs: Floats) -> float:
    return float((np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1e-300)).max())


def _row(
    job: str,
    size: str,
    peer: str,
    ours: tuple[float, float],
    theirs: tuple[float, float],
    agreement: float,
    note: str,
) -> dict[str, Any]:
    return {
        "job": job,
        "size": size,
        "peer": peer,
        "ours_seconds": ours[0],
        "peer_seconds": theirs[0],
        "ratio": theirs[0] / ours[0],
        "ours_peak_mib": ours[1],
        "peer_peak_mib": theirs[1],
        "agreement": agreement,
        "note": note,
    }
