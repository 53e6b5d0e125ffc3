"""Slope and relative indices from counts of events: Poisson and log-binomial models."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import DomainWarning

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, grouped, measured, numbers, z_of
from mobilise.gaps.ranks import order_of, ranks_of
from mobilise.gaps.records import Gap, defined, undefined
from mobilise.gaps.regression import log_ratio_record, too_few

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

EventErrors: TypeAlias = Literal["model", "quasi", "robust"]


def event_relative_index(
    count: ArrayLike,
    population: ArrayLike,
    *,
    deprivation: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    family: Literal["poisson", "binomial"] = "poisson",
    errors: EventErrors = "robust",
    confidence: float = 0.95,
    of: str = "the rate",
) -> Gap:
    """Return the relative index from counts of events: a log-linear model on mid-ranks.

    Parameters
    ----------
    count, population
        Events and people of each area.
    deprivation, deprivation_higher
        What ranks them; see :func:`mobilise.gaps.mid_ranks`.
    higher
        What a higher rate means for people.
    family
        ``poisson`` for rates, ``binomial`` for risks (log-binomial).
    errors
        ``robust`` (HC0), ``model``, or ``quasi`` (scaled by Pearson's dispersion).
    confidence
        Of the interval.
    of
        What was measured.

    Returns
    -------
    Gap
        ``relative_index``, ``se`` of its logarithm.

    Raises
    ------
    InputError
        A count is missing, negative, or above its population with ``binomial``.

    Notes
    -----
    Kunst & Mackenbach 1997, doi:10.1016/S0277-9536(96)00073-1; Moreno-Betancur et al.
    2015, doi:10.1097/EDE.0000000000000311.
    """
    about = measured(of, "", higher, confidence)
    events, people, ranks = _events(count, population, deprivation, deprivation_higher)
    if family == "binomial" and (events > people).any():
        raise InputError("A count exceeds its population: a risk cannot be above 1.")
    method = (
        f"Relative index of inequality: {family} model with log link on mid-ranks, {errors} errors."
    )
    if why := too_few(events, ranks):
        what = "The ratio between the most and the least deprived areas of"
        sentence = sentences.undefined_sentence(what, about, why)
        return undefined(
            "relative_index", about, n=len(events), method=method, why=why, sentence=sentence,
            unit="ratio",
        )  # fmt: skip
    design = sm.add_constant(ranks)
    start = np.array([np.log(events.sum() / people.sum()), 0.0])
    if family == "poisson":
        model = sm.GLM(events, design, family=sm.families.Poisson(), offset=np.log(people))
        coefficients = _fit(model, start)
        fitted = people * np.exp(design @ coefficients)
        varies = fitted
    else:
        both = np.column_stack([events, people - events])
        model = _model(both, design, sm.families.Binomial, sm.families.links.Log())
        coefficients = _fit(model, start)
        fitted = people * np.exp(design @ coefficients)
        varies = fitted * (1 - fitted / people)
    se = _slope_se(design * fitted[:, None], events - fitted, varies, errors)
    return log_ratio_record(float(coefficients[1]), se, len(events), about=about, method=method)


def event_slope_index(
    count: ArrayLike,
    population: ArrayLike,
    *,
    deprivation: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    per: float = 100_000,
    errors: EventErrors = "robust",
    confidence: float = 0.95,
    of: str = "the rate",
    unit: str = "per 100,000",
) -> Gap:
    """Return the slope index from counts of events: a Poisson model with identity link.

    Parameters
    ----------
    count, population, deprivation, higher, deprivation_higher, errors, confidence, of
        As for :func:`event_relative_index`.
    per, unit
        The rate's multiplier, and how it is said.

    Returns
    -------
    Gap
        ``slope_index`` of the rate.

    Raises
    ------
    InputError
        As for :func:`event_relative_index`.
    """
    about = measured(of, unit, higher, confidence)
    events, people, ranks = _events(count, population, deprivation, deprivation_higher)
    method = f"Slope index of inequality: Poisson model with identity link, {errors} errors."
    if why := too_few(events, ranks):
        what = "The gap between the most and the least deprived areas in"
        sentence = sentences.undefined_sentence(what, about, why)
        return undefined(
            "slope_index", about, n=len(events), method=method, why=why, sentence=sentence
        )
    design = sm.add_constant(ranks) * (people / per)[:, None]
    start = np.array([events.sum() / people.sum() * per, 0.0])
    model = _model(events, design, sm.families.Poisson, sm.families.links.Identity())
    coefficients = _fit(model, start)
    fitted = design @ coefficients
    value, se = float(coefficients[1]), _slope_se(design, events - fitted, fitted, errors)
    half = z_of(confidence) * se
    interval = (value - half, value + half)
    return defined(
        "slope_index", value, about, n=len(events), method=method,
        sentence=sentences.slope_sentence(value, interval, about), se=se, limits=interval,
    )  # fmt: skip


def _events(
    count: ArrayLike, population: ArrayLike, deprivation: ArrayLike, deprivation_higher: str
) -> tuple[Floats, Floats, Floats]:
    events = numbers(count, "count")
    if (bad := ~(events >= 0)).any():
        raise InputError(
            f"'count' is {events[bad][0]:g} in row {int(bad.argmax()) + 1}: give 0 or more."
        )
    order = order_of(deprivation, deprivation_higher, len(events))
    kept = grouped(np.where(np.isnan(order), np.nan, events), population)
    return kept.y, kept.people, ranks_of(order[kept.kept], kept.people)


def _model(events: Floats, design: Floats, family: Any, link: Any) -> Any:
    with warnings.catch_warnings():
        # A log or identity link may leave the range of the family; the start keeps it inside.
        warnings.simplefilter("ignore", DomainWarning)
        return sm.GLM(events, design, family=family(link=link))


def _fit(model: Any, start: Floats) -> Floats:
    return np.asarray(model.fit(start_params=start, tol=1e-12).params)


def _slope_se(steep: Floats, residual: Floats, varies: Floats, errors: EventErrors) -> float:
    """Return the error of the slope from the derivatives of the fitted counts.

    Parameters
    ----------
    steep
        Derivative of each fitted count by each coefficient, shape (areas, 2).
    residual, varies
        Counts less fitted counts, and the variance that the family gives these.
    errors
        As for :func:`event_relative_index`.
    """
    bread = np.linalg.inv((steep.T / varies) @ steep)
    if errors == "robust":
        scores = steep * (residual / varies)[:, None]
        return float(np.sqrt((bread @ (scores.T @ scores) @ bread)[1, 1]))
    scale = float((residual**2 / varies).sum() / (len(residual) - 2)) if errors == "quasi" else 1.0
    return float(np.sqrt(bread[1, 1] * scale))
