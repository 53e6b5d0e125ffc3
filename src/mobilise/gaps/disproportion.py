"""How unequally something is spread over people, whoever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Grouped, grouped, measured, z_of
from mobilise.gaps.ranks import ranks_of
from mobilise.gaps.records import Gap, Limits, Measured, defined, undefined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_ALIKE = "0 means that everybody has the same"


def theil(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    se: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return Theil's T: sum of share times r ln r, r the value over the mean.

    Parameters
    ----------
    values
        0 or more (r ln r is 0 at 0).
    population
        People.
    higher
        What a higher value means for people.
    se
        Standard errors of the values, for an interval (Ahn et al. 2018,
        doi:10.1200/CCI.18.00031).
    confidence
        Of the interval.
    of
        What was measured.

    Returns
    -------
    Gap
        0 or more; None where the mean is zero.

    Raises
    ------
    InputError
        A value is negative.

    Notes
    -----
    The World Health Organization's tool shows it times 1,000, with an error that is not.
    """
    about = measured(of, "", higher, confidence)
    kept = at_least_zero(values, population, se)
    if why := why_no_share(kept):
        return no_value("theil", "Theil index", about, kept, why)
    r, w = kept.y / kept.mean, kept.share
    log_r = np.log(np.where(r > 0, r, 1.0))
    value = float(w @ (r * log_r))
    error = None
    if kept.errors is not None and (r > 0).all():
        inner = 1 + log_r - float(w @ (r * (1 + log_r)))
        error = float(np.sqrt(((inner * w * kept.errors / kept.mean) ** 2).sum()))
    return _spread("theil", "Theil index", value, error, about, kept)


def mean_log_deviation(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    se: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return the mean log deviation: minus the sum of share times ln r.

    Parameters
    ----------
    values, population, higher, se, confidence, of
        As for :func:`theil`.

    Returns
    -------
    Gap
        0 or more; None where a value is zero.

    Raises
    ------
    InputError
        A value is negative.
    """
    about = measured(of, "", higher, confidence)
    kept = at_least_zero(values, population, se)
    why = why_no_share(kept) or ("a value is zero" if (kept.y == 0).any() else "")
    if why:
        return no_value("mean_log_deviation", "mean log deviation", about, kept, why)
    r, w = kept.y / kept.mean, kept.share
    error = None
    if kept.errors is not None:
        error = float(np.sqrt(((w * kept.errors / kept.mean * (1 - 1 / r)) ** 2).sum()))
    value = float(-(w @ np.log(r)))
    return _spread("mean_log_deviation", "mean log deviation", value, error, about, kept)


def gini(values: ArrayLike, *, population: ArrayLike, higher: str, of: str = "the value") -> Gap:
    """Return the Gini index: 0 where everybody has the same, 1 where one person has all.

    Parameters
    ----------
    values, population, higher, of
        As for :func:`theil`.

    Returns
    -------
    Gap
        Without the n / (n - 1) correction; no interval.

    Raises
    ------
    InputError
        A value is negative.
    """
    about = measured(of, "", higher)
    kept = at_least_zero(values, population)
    if why := why_no_share(kept):
        return no_value("gini", "Gini index", about, kept, why)
    ranks = ranks_of(kept.y, kept.people)
    value = float(2 * (kept.share * kept.y) @ (ranks - 0.5) / kept.mean)
    return _spread("gini", "Gini index", max(value, 0.0), None, about, kept)


def atkinson(
    values: ArrayLike,
    *,
    population: ArrayLike,
    aversion: float,
    higher: str,
    of: str = "the value",
) -> Gap:
    """Return Atkinson's index: the part of the total that equality would spare.

    Parameters
    ----------
    values, population, higher, of
        As for :func:`theil`.
    aversion
        To inequality, above 0: the greater, the more the lowest values count.

    Returns
    -------
    Gap
        Between 0 and 1; no interval.

    Raises
    ------
    InputError
        A value is negative, or `aversion` is not above 0.

    Notes
    -----
    Atkinson 1970, doi:10.1016/0022-0531(70)90039-6.
    """
    about = measured(of, "", higher)
    if not aversion > 0:
        raise InputError(f"'aversion' is {aversion:g}: give a number above 0.")
    kept = at_least_zero(values, population)
    name = f"Atkinson index (aversion {aversion:g})"
    if why := why_no_share(kept):
        return no_value("atkinson", name, about, kept, why)
    r, w = kept.y / kept.mean, kept.share
    if aversion >= 1 and (r == 0).any():
        equal = 0.0
    elif aversion == 1:
        equal = float(np.exp(w @ np.log(r)))
    else:
        equal = float((w @ r ** (1 - aversion)) ** (1 / (1 - aversion)))
    return _spread("atkinson", name, max(1 - equal, 0.0), None, about, kept)


def hoover(values: ArrayLike, *, population: ArrayLike, higher: str, of: str = "the value") -> Gap:
    """Return the Hoover (Schutz, Pietra) index: the part that would have to change hands.

    Parameters
    ----------
    values, population, higher, of
        As for :func:`theil`.

    Returns
    -------
    Gap
        Between 0 and 1: the widest distance of the Lorenz curve from equality.

    Raises
    ------
    InputError
        A value is negative.
    """
    about = measured(of, "", higher)
    kept = at_least_zero(values, population)
    if why := why_no_share(kept):
        return no_value("hoover", "Hoover index", about, kept, why)
    value = float(kept.share @ np.abs(kept.y / kept.mean - 1) / 2)
    return _spread("hoover", "Hoover index", value, None, about, kept)


class Components(NamedTuple):
    """Theil's T, split by groups: the two parts sum to the whole.

    Parameters
    ----------
    between, within
        The parts.
    groups
        Index: the groups in order; columns ``between, within``: what each adds.
    """

    between: float
    within: float
    groups: pd.DataFrame


def theil_components(values: ArrayLike, *, population: ArrayLike, group: ArrayLike) -> Components:
    """Return how much of Theil's T lies between groups, and how much within them.

    Parameters
    ----------
    values, population
        As for :func:`theil`.
    group
        The group of each area.

    Returns
    -------
    Components
        NaN where the mean is zero.

    Raises
    ------
    InputError
        A value is negative.

    Notes
    -----
    Shorrocks 1980, doi:10.2307/1913126.
    """
    kept = at_least_zero(values, population)
    names, member = np.unique(np.asarray(group)[kept.kept], return_inverse=True)
    share = np.bincount(member, weights=kept.share)
    mean = kept.mean if not why_no_share(kept) else np.nan
    r = kept.y / mean
    held = np.bincount(member, weights=kept.share * r)
    whole = np.bincount(member, weights=kept.share * r * np.log(np.where(r > 0, r, 1.0)))
    between = held * np.log(np.where(held > 0, held / share, 1.0))
    groups = pd.DataFrame({"between": between, "within": whole - between}, index=names)
    return Components(float(between.sum()), float((whole - between).sum()), groups)


def at_least_zero(values: ArrayLike, population: ArrayLike, se: ArrayLike | None = None) -> Grouped:
    """Return the rows that can be compared, none of them negative."""
    kept = grouped(values, population, se)
    if (kept.y < 0).any():
        raise InputError(
            f"A value is {kept.y[kept.y < 0][0]:g}: this measure needs values of 0 or more."
        )
    return kept


def why_no_share(kept: Grouped) -> str:
    """Say why nothing can be shared out, or ""."""
    if not kept.n:
        return "there are no values"
    return "" if kept.mean > 0 else "the mean is zero"


def no_value(statistic: str, name: str, about: Measured, kept: Grouped, why: str) -> Gap:
    """Return the record of an index that is not defined."""
    sentence = sentences.undefined_sentence(f"The {name} of", about, why)
    method = f"{name}, population-weighted.{kept.said}"
    return undefined(statistic, about, n=kept.n, method=method, why=why, sentence=sentence, unit="")


def _spread(
    statistic: str, name: str, value: float, se: float | None, about: Measured, kept: Grouped
) -> Gap:
    interval: Limits | None = None
    if se is not None:
        half = z_of(about.confidence) * se
        interval = (value - half, value + half)
    how = "error by the delta method" if interval else "no interval"
    return defined(
        statistic,
        value,
        about,
        n=kept.n,
        method=f"{name}, population-weighted; {how}.{kept.said}",
        sentence=sentences.spread_sentence(
            value, interval, about, name=name, scale=_ALIKE, unit=""
        ),
        se=se,
        limits=interval,
        unit="",
    )
