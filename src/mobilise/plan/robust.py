"""Which sites are safe bets: how often each is chosen when what is not certain varies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from mobilise.errors import InputError
from mobilise.plan.plans import solve
from mobilise.plan.words import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.plan.plans import Plan
    from mobilise.plan.problems import Problem

SAFE, DOUBTFUL = 0.8, 0.2
ENOUGH = 5e-3  # the gap at which the plan of a draw is good enough to count with


@dataclass(frozen=True)
class Robustness:
    """How often each site is chosen.

    Parameters
    ----------
    table
        Sites ever chosen, most often first: site_id, name, chosen (share of the draws),
        ``in_plan``.
    draws
        One row a draw: the walking speed and limit used, the sites, and ``gap``: how far from
        the best the plan of the draw can be at most (as :class:`mobilise.plan.Plan` has it).
    sentences
        Which are safe bets, in words.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    sentences: tuple[str, ...]


def robustness(
    problem: Problem,
    plan: Plan,
    *,
    draws: int = 50,
    population_spread: float = 0.1,
    speed_spread: float = 0.15,
    limit_spread: float = 0.1,
    weight_spread: float = 0.1,
    seed: int = 1,
    done: Callable[[int], None] = lambda _: None,
    **asked: Any,
) -> Robustness:
    """Solve the problem again and again with other numbers.

    The plans of the draws are searched for, not proven: each keeps the gap that its bound leaves.

    Parameters
    ----------
    problem, plan
        The problem, and the plan to be tried.
    draws
        How many times, by a Latin hypercube (McKay, Beckman & Conover 1979,
        doi:10.1080/00401706.1979.10489755).
    population_spread
        Standard deviation of each area's people, as a share (normal on the log scale).
    speed_spread, limit_spread
        The walking speed and the limit vary evenly by this share either way. Pairs longer
        than the times given stay unknown: give times of more than the limit.
    weight_spread
        How much more (or less) the most deprived count than the least, as a share, evenly.
    seed
        Of the draws.
    done
        Called with the number of each draw as it ends, to show progress.
    asked
        What the plan was asked for (add, budget, objective, ...), as for
        :func:`mobilise.plan.solve`.

    Raises
    ------
    InputError
        A spread is out of its range.
    """
    spreads = (population_spread, speed_spread, limit_spread, weight_spread)
    if not all(0 <= spread < 1 for spread in spreads) or not 2 <= draws <= 10_000:
        raise InputError("Spreads must be from 0 to below 1, and draws from 2 to 10,000.")
    asked = {"objective": plan.objective, "enough": ENOUGH, "time_limit_seconds": 0.0, **asked}
    rows, times = [], np.zeros(len(problem.sites))
    cube = qmc.LatinHypercube(d=3, rng=np.random.default_rng(seed)).random(draws)
    areas = qmc.LatinHypercube(d=len(problem.areas), rng=np.random.default_rng(seed + 1))
    people = norm.ppf(np.clip(areas.random(draws), 1e-6, 1 - 1e-6))
    for number, (u, z) in enumerate(zip(cube, people, strict=True)):
        speed, limit, tilt = 1 + (2 * u - 1) * np.array(spreads[1:])
        varied = _varied(problem, np.exp(population_spread * z), tilt - 1)
        minutes = plan.minutes * speed * limit
        chosen = solve(varied, minutes=minutes, seed=seed, **asked)
        times += chosen.is_open & ~problem.with_status("existing")
        sites = "; ".join(sorted(chosen.site_ids))
        rows.append((number + 1, speed, plan.minutes * limit, sites, chosen.gap))
        done(number + 1)
    table = pd.DataFrame(
        {
            "site_id": problem.sites["site_id"],
            "name": problem.sites["name"],
            "chosen": times / draws,
            "in_plan": plan.is_open & ~plan.was_open,
        }
    )
    table = table[(table["chosen"] > 0) | table["in_plan"]]
    table = table.sort_values(["chosen", "site_id"], ascending=[False, True], ignore_index=True)
    columns = ["draw", "speed", "minutes", "sites", "gap"]
    return Robustness(table, pd.DataFrame(rows, columns=columns), tuple(_said(table, draws)))


def _varied(problem: Problem, people: Any, tilt: float) -> Problem:
    rank = np.nan_to_num(problem.rank, nan=0.5)
    counts = problem.areas["weight"].to_numpy(float) * (1 + tilt * (1 - 2 * rank))
    return replace(
        problem,
        areas=problem.areas.assign(population=problem.population * people, weight=counts),
    )


def _said(table: pd.DataFrame, draws: int) -> list[str]:
    ours = table[table["in_plan"]]
    safe = list(ours.loc[ours["chosen"] >= SAFE, "name"])
    weak = list(ours.loc[ours["chosen"] < DOUBTFUL, "name"])
    again = (
        f"The plan was made again {draws} times with other numbers of people, walking speeds, "
        "limits and weights of the deprived."
    )
    said = [again]
    if safe:
        said.append(f"Chosen in at least {SAFE:.0%} of them, so safe bets: {listed(safe)}.")
    else:
        said.append(f"No site of the plan is chosen in {SAFE:.0%} of them: none is a safe bet.")
    if weak:
        said.append(
            f"Chosen in fewer than {DOUBTFUL:.0%}: {listed(weak)}; look at the alternatives."
        )
    return said
