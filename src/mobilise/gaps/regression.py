"""Slope and relative indices from regression models of groups or of a survey's people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import statsmodels.api as sm
from scipy import special

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, grouped, measured, numbers, same_length, z_of
from mobilise.gaps.ranks import order_of, ranks_of
from mobilise.gaps.records import Gap, Measured, defined, undefined
from mobilise.gaps.survey import Survey, sandwich

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Link: TypeAlias = Literal["identity", "logit"]
Errors: TypeAlias = Literal["robust", "model"]


def regression_slope_index(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    link: Link = "identity",
    per: float = 1.0,
    errors: Errors = "robust",
    survey: Survey | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the slope index from a weighted regression on mid-ranks.

    Parameters
    ----------
    values
        One a group, or a person of a survey.
    deprivation, deprivation_higher
        What ranks them; see :func:`mobilise.gaps.mid_ranks`.
    population
        People of each group, or a person's survey weight.
    higher
        What a higher value means for people.
    link
        ``identity``, or ``logit`` for proportions (fitted ends stay within 0 and `per`).
    per
        What proportions are out of; 1 or 100.
    errors
        ``robust`` (HC1) or ``model``; the interval is normal.
    survey
        Strata and clusters; then errors are linearised and `errors` unused.
    confidence
        Of the interval.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Gap
        ``slope_index``; None where there are fewer than three values or one rank.

    Raises
    ------
    InputError
        An argument is out of its range, or a value outside 0 and `per` with ``logit``.

    Notes
    -----
    As the World Health Organization's healthequal has it; it enters population twice in
    its logit model of groups, which this does not.
    """
    about = measured(of, unit, higher, confidence)
    model = _rank_model(
        values, population, order_of(deprivation, deprivation_higher),
        link=link, per=per, errors=errors, survey=survey,
    )  # fmt: skip
    method = f"Slope index of inequality: {model.method}"
    if model.why:
        what = "The gap between the most and the least deprived areas in"
        sentence = sentences.undefined_sentence(what, about, model.why)
        return undefined(
            "slope_index", about, n=model.n, method=method, why=model.why, sentence=sentence
        )
    most, least, gradient = model.ends(link)
    value = float(least - most) * per
    se = per * float(np.sqrt(np.maximum(gradient @ model.covariance @ gradient, 0.0)))
    half = z_of(confidence) * se
    interval = (value - half, value + half)
    return defined(
        "slope_index", value, about, n=model.n, method=method,
        sentence=sentences.slope_sentence(value, interval, about), se=se, limits=interval,
    )  # fmt: skip


def regression_relative_index(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    link: Link = "identity",
    per: float = 1.0,
    errors: Errors = "robust",
    survey: Survey | None = None,
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return the ratio of the fitted ends of :func:`regression_slope_index`.

    Parameters
    ----------
    values, deprivation, population, higher, deprivation_higher, link, per, errors, survey
        As for :func:`regression_slope_index`.
    confidence, of
        As for :func:`regression_slope_index`.

    Returns
    -------
    Gap
        ``relative_index``; ``se`` is that of the logarithm, on which the interval is
        normal. None where an end is not above zero.

    Raises
    ------
    InputError
        As for :func:`regression_slope_index`.
    """
    about = measured(of, "", higher, confidence)
    model = _rank_model(
        values, population, order_of(deprivation, deprivation_higher),
        link=link, per=per, errors=errors, survey=survey,
    )  # fmt: skip
    why = model.why
    if not why:
        most, least, _ = model.ends(link)
        why = "" if min(most, least) > 0 else "the fitted line is not above zero at both ends"
    method = f"Relative index of inequality: {model.method} Error on the logarithm."
    if why:
        what = "The ratio between the most and the least deprived areas of"
        sentence = sentences.undefined_sentence(what, about, why)
        return undefined(
            "relative_index", about, n=model.n, method=method, why=why, sentence=sentence,
            unit="ratio",
        )  # fmt: skip
    return log_ratio_record(*model.log_ratio(link), model.n, about=about, method=method)


@dataclass(frozen=True)
class RankModel:
    """A fitted model of values on ranks: intercept and slope on the link's scale."""

    coefficients: Floats
    covariance: Floats
    n: int
    method: str
    why: str = ""

    def ends(self, link: Link) -> tuple[float, float, Floats]:
        """Return both fitted ends, and the gradient of their difference."""
        a, b = self.coefficients
        if link == "identity":
            return float(a), float(a + b), np.array([0.0, 1.0])
        most, least = special.expit(a), special.expit(a + b)
        steep = most * (1 - most), least * (1 - least)
        return float(most), float(least), np.array([steep[1] - steep[0], steep[1]])

    def log_ratio(self, link: Link) -> tuple[float, float]:
        """Return the logarithm of least over most deprived, and its error."""
        most, least, _ = self.ends(link)
        if link == "identity":
            slopes = np.array([1 / least - 1 / most, 1 / least])
        else:
            slopes = np.array([(1 - least) - (1 - most), 1 - least])
        error = np.sqrt(np.maximum(slopes @ self.covariance @ slopes, 0.0))
        return float(np.log(least / most)), float(error)


def rank_model(
    y: Floats, ranks: Floats, w: Floats, *, link: Link, errors: Errors, survey: Survey | None
) -> RankModel:
    """Fit checked values on ranks with weights `w`.

    Parameters
    ----------
    y, ranks, w
        Shape (n,); `y` between 0 and 1 for a logit link.
    link, errors, survey
        As for :func:`regression_slope_index`.
    """
    design = np.column_stack([np.ones(len(y)), ranks])
    # Only the ratios of weights matter; large ones upset the stopping rule.
    scaled = w / w.mean()
    if link == "identity":
        coefficients = np.linalg.inv((design.T * scaled) @ design) @ ((design.T * scaled) @ y)
        fitted, varies = design @ coefficients, np.ones(len(y))
    else:
        model = sm.GLM(y, design, family=sm.families.Binomial(), var_weights=scaled)
        coefficients = np.asarray(model.fit(tol=1e-14, maxiter=100).params)
        fitted = special.expit(design @ coefficients)
        varies = fitted * (1 - fitted)
    bread = np.linalg.inv((design.T * (scaled * varies)) @ design)
    scores = design * (scaled * (y - fitted))[:, None]
    free = len(y) - 2
    if survey is not None:
        covariance = sandwich(scores, bread, survey)
        how = "errors linearised over strata and clusters."
    elif errors == "robust":
        covariance = bread @ (scores.T @ scores) @ bread * len(y) / free
        how = "robust errors (HC1)."
    else:
        covariance = bread * float((scaled * (y - fitted) ** 2 / varies).sum() / free)
        how = "model errors."
    return RankModel(coefficients, covariance, len(y), f"{link} link on mid-ranks; {how}")


def _rank_model(
    values: ArrayLike,
    population: ArrayLike,
    order: Floats,
    *,
    link: Link,
    per: float,
    errors: Errors,
    survey: Survey | None,
) -> RankModel:
    y = numbers(values, "values")
    same_length(order, "deprivation", len(y))
    kept = grouped(np.where(np.isnan(order), np.nan, y), population)
    scaled = kept.y / per
    if link == "logit" and ((scaled < 0) | (scaled > 1)).any():
        raise InputError(f"A logit model needs values between 0 and {per:g} ('per').")
    if why := too_few(scaled, order[kept.kept]):
        nothing = np.full((2, 2), np.nan)
        method = f"{link} link on mid-ranks.{kept.said}"
        return RankModel(nothing[0], nothing, kept.n, method, why)
    ranks = ranks_of(order[kept.kept], kept.people)
    design = None if survey is None else survey.rows(kept.kept)
    model = rank_model(scaled, ranks, kept.people, link=link, errors=errors, survey=design)
    method = f"{model.method}{kept.said}"
    return RankModel(model.coefficients, model.covariance, model.n, method)


def too_few(values: Floats, order: Floats) -> str:
    """Say why there is no line through `values`, or ""."""
    if len(values) < 3:
        return "fewer than three values"
    if len(np.unique(order)) < 2:
        return "all have the same deprivation"
    return "" if values.any() else "every value is zero"


def log_ratio_record(log_value: float, se: float, n: int, *, about: Measured, method: str) -> Gap:
    """Return the record of a relative index from its logarithm."""
    half = z_of(about.confidence) * se
    value = float(np.exp(log_value))
    interval = (float(np.exp(log_value - half)), float(np.exp(log_value + half)))
    return defined(
        "relative_index", value, about, n=n, method=method,
        sentence=sentences.ratio_sentence(value, interval, about), se=se, limits=interval,
        unit="ratio",
    )  # fmt: skip
