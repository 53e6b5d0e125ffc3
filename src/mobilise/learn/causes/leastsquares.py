"""Least squares with errors that hold when areas are measured again and again.

The sandwich of Liang and Zeger with its small-sample corrections. CR2 makes the expected
variance right under equal, independent errors; with Satterthwaite's degrees of freedom it
keeps its promise with few clusters (Pustejovsky & Tipton 2018, 10.1080/07350015.2016.1247004).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

    from mobilise.gaps.checks import Floats

Errors: TypeAlias = Literal["classical", "HC1", "HC3", "CR0", "CR1", "CR2"]
_SAME = 1e-13  # of the largest eigenvalue: columns that add up to each other
_FLAT = 1e-10  # eigenvalues below are of directions that the fixed effects take up


@dataclass(frozen=True)
class Fit:
    """A fitted linear model.

    Parameters
    ----------
    names
        Of the coefficients.
    coefficients
        Shape (p,).
    X
        Shape (n, p): the design, within groups where they are absorbed.
    bread
        Shape (p, p): (X'WX)^-1.
    residuals, weights
        Shape (n,).
    absorbed
        Shape (n,): the group of each row whose level is absorbed, 0..G-1; or None.
    df_residual
        Rows less coefficients and absorbed levels.
    """

    names: tuple[str, ...]
    coefficients: Floats
    X: Floats
    bread: Floats
    residuals: Floats
    weights: Floats
    absorbed: NDArray[np.intp] | None
    df_residual: int

    def index(self, name: str) -> int:
        """Return where the coefficient `name` is."""
        return self.names.index(name)


@dataclass(frozen=True)
class Contrast:
    """One coefficient with its error: value, standard error and degrees of freedom."""

    value: float
    se: float
    df: float


def least_squares(
    y: ArrayLike,
    X: ArrayLike,
    *,
    names: tuple[str, ...],
    weights: ArrayLike | None = None,
    absorb: ArrayLike | None = None,
    further_levels: int = 0,
) -> Fit:
    """Return the fit of `y` on the columns of `X`.

    Parameters
    ----------
    y
        Shape (n,).
    X
        Shape (n, p), of full rank; with an intercept unless `absorb` is given.
    names
        Of the p columns.
    weights
        Shape (n,), positive; equal where None.
    absorb
        Shape (n,): groups whose levels are taken out (fixed effects).
    further_levels
        How many levels were taken out of `y` and `X` already: they count as coefficients.

    Returns
    -------
    Fit

    Raises
    ------
    InputError
        A column is a sum of others (or of the fixed effects), or there are too few rows.
    """
    design, outcome = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    w = np.ones(len(outcome)) if weights is None else np.asarray(weights, dtype=float)
    groups, levels = None, 0
    if absorb is not None:
        groups = _codes(absorb)
        levels = int(groups.max()) + 1
        design, outcome = within(design, groups, w), within(outcome, groups, w)
    inner = design.T @ (w[:, None] * design)
    _demand_rank(inner, names)
    levels += further_levels
    df = len(outcome) - design.shape[1] - levels
    if df < 1:
        raise InputError(
            f"{len(outcome)} rows are too few for {design.shape[1] + levels} coefficients."
        )
    bread = np.linalg.inv(inner)
    value = bread @ (design.T @ (w * outcome))
    return Fit(tuple(names), value, design, bread, outcome - design @ value, w, groups, df)


def within(values: Floats, groups: NDArray[np.intp], weights: Floats) -> Floats:
    """Return `values` less the weighted mean of their group, column by column."""
    totals = np.bincount(groups, weights)
    columns = values[:, None] if values.ndim == 1 else values
    means = np.stack([np.bincount(groups, weights * c) for c in columns.T], axis=1)
    out: Floats = columns - (means / totals[:, None])[groups]
    return out[:, 0] if values.ndim == 1 else out


def covariance(fit: Fit, errors: Errors, clusters: ArrayLike | None = None) -> Floats:
    """Return the covariance of the coefficients.

    Parameters
    ----------
    fit
        From :func:`least_squares`.
    errors
        ``classical``; ``HC1`` or ``HC3`` (independent rows of unequal variance); or ``CR0``,
        ``CR1`` (as Stata: G/(G-1) (n-1)/(n-k), k counting absorbed levels) or ``CR2``.
    clusters
        Shape (n,): which rows belong together; for ``CR*``.

    Returns
    -------
    ndarray
        Shape (p, p).

    Raises
    ------
    InputError
        Clusters are missing, fewer than two, or (CR2 with weights) levels are absorbed.
    """
    w, e, X, n = fit.weights, fit.residuals, fit.X, len(fit.residuals)
    if errors == "classical":
        return fit.bread * float(w @ e**2) / fit.df_residual
    if errors in {"HC1", "HC3"}:
        score = (w * e)[:, None] * X
        if errors == "HC3":
            score = score / (1 - _leverage(fit))[:, None]
        scale = n / fit.df_residual if errors == "HC1" else 1.0
        return scale * fit.bread @ (score.T @ score) @ fit.bread
    groups = _clusters(clusters, n)
    if errors == "CR2":
        sums, _ = _adjusted(fit, groups)
    else:
        sums = _sums((w * e)[:, None] * X, groups)
    g = int(groups.max()) + 1
    scale = g / (g - 1) * (n - 1) / fit.df_residual if errors == "CR1" else 1.0
    return scale * fit.bread @ (sums.T @ sums) @ fit.bread


def contrast_test(
    fit: Fit, name: str, *, errors: Errors = "CR2", clusters: ArrayLike | None = None
) -> Contrast:
    """Return a coefficient with its error and the degrees of freedom to judge it by.

    Parameters
    ----------
    fit
        From :func:`least_squares`.
    name
        Of the coefficient.
    errors, clusters
        As for :func:`covariance`. Degrees of freedom: Satterthwaite's with ``CR2``,
        clusters less one with ``CR0`` and ``CR1``, the residual's otherwise.
    """
    i = fit.index(name)
    value = float(fit.coefficients[i])
    if errors != "CR2":
        se = math.sqrt(covariance(fit, errors, clusters)[i, i])
        cluster_df = errors in {"CR0", "CR1"}
        df = int(_clusters(clusters, len(fit.residuals)).max()) if cluster_df else fit.df_residual
        return Contrast(value, se, float(df))
    groups = _clusters(clusters, len(fit.residuals))
    sums, root_scores = _adjusted(fit, groups, c=fit.bread[i])
    se = float(np.sqrt(((sums @ fit.bread[i]) ** 2).sum()))
    return Contrast(value, se, _satterthwaite(fit, *root_scores))


def _leverage(fit: Fit) -> Floats:
    h = fit.weights * np.einsum("ij,jk,ik->i", fit.X, fit.bread, fit.X)
    if fit.absorbed is not None:
        totals = np.bincount(fit.absorbed, fit.weights)
        h = h + fit.weights / totals[fit.absorbed]
    out: Floats = h
    return out


def _adjusted(
    fit: Fit, groups: NDArray[np.intp], c: Floats | None = None
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Return X'W A e a cluster, and what Satterthwaite's degrees of freedom need of it.

    A is the inverse square root of the cluster's block of (I - H)(I - H)'. With v = A W X c
    of each cluster: X'v, X'Wv and v'v. Levels absorbed within clusters leave A as it is on
    what remains (Pustejovsky & Tipton, theorem 2), if rows weigh alike.
    """
    if fit.absorbed is not None:
        _demand_nested(fit, groups)
    meat = fit.bread @ (fit.X.T @ (fit.weights[:, None] ** 2 * fit.X)) @ fit.bread
    count, p = int(groups.max()) + 1, fit.X.shape[1]
    sums, left, right, own = (np.zeros(s) for s in ((count, p), (count, p), (count, p), count))
    for which, rows in _by_size(groups):
        X, w, e = fit.X[rows], fit.weights[rows], fit.residuals[rows]
        WX = w[..., None] * X
        H = X @ fit.bread @ WX.transpose(0, 2, 1)
        block = np.eye(rows.shape[1]) - H - H.transpose(0, 2, 1) + X @ meat @ X.transpose(0, 2, 1)
        A = _inverse_root(block)
        sums[which] = np.einsum("gnp,gnm,gm->gp", WX, A, e)
        if c is not None:
            v = np.einsum("gnm,gmp,p->gn", A, WX, c)
            left[which] = np.einsum("gnp,gn->gp", X, v)
            right[which] = np.einsum("gnp,gn->gp", WX, v)
            own[which] = (v**2).sum(axis=1)
    return sums, (left, right, own)


def _satterthwaite(fit: Fit, left: Floats, right: Floats, own: Floats) -> float:
    """Return (tr P)^2 / tr PP for P = g'g, g the cluster's part of the contrast's estimate."""
    meat = fit.bread @ (fit.X.T @ (fit.weights[:, None] ** 2 * fit.X)) @ fit.bread
    cross = left @ fit.bread @ right.T
    P = np.diag(own) - cross - cross.T + left @ meat @ left.T
    return float(np.trace(P) ** 2 / (P**2).sum())


def _inverse_root(block: Floats) -> Floats:
    values, vectors = np.linalg.eigh(block)
    power = np.where(values > _FLAT, np.maximum(values, _FLAT) ** -0.5, 0.0)
    root: Floats = (vectors * power[:, None, :]) @ vectors.transpose(0, 2, 1)
    return root


def _by_size(groups: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield the clusters of one size at a time: which they are, and their rows (g, size)."""
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    for size in np.unique(sizes):
        which = np.flatnonzero(sizes == size)
        yield which, order[starts[which][:, None] + np.arange(size)]


def _sums(scores: Floats, groups: NDArray[np.intp]) -> Floats:
    return np.stack([np.bincount(groups, column) for column in scores.T], axis=1)


def _clusters(clusters: ArrayLike | None, n: int) -> NDArray[np.intp]:
    if clusters is None:
        raise InputError("Cluster-robust errors need 'clusters': which rows belong together.")
    groups = _codes(clusters)
    if len(groups) != n:
        raise InputError(f"'clusters' has {len(groups)} values for {n} rows: give one a row.")
    if groups.max() < 1:
        raise InputError("All rows are of one cluster: give two clusters or more.")
    return groups


def _codes(values: ArrayLike) -> NDArray[np.intp]:
    """Return groups as 0..G-1; those that are so already, as they are."""
    array = np.asarray(values)
    whole = array.dtype.kind == "i" and len(array) > 0 and array.min() == 0
    if whole and array.max() < len(array) and (np.bincount(array) > 0).all():
        return array.astype(np.intp, copy=False)
    codes: NDArray[np.intp] = np.unique(array, return_inverse=True)[1]
    return codes


def _demand_nested(fit: Fit, groups: NDArray[np.intp]) -> None:
    assert fit.absorbed is not None
    if np.ptp(fit.weights) > 0:
        raise InputError("CR2 with weights needs fixed effects as columns: do not absorb them.")
    pairs = np.unique(np.column_stack([fit.absorbed, groups]), axis=0)
    if len(pairs) > fit.absorbed.max() + 1:
        raise InputError("CR2 needs each absorbed level to lie within one cluster.")


def _demand_rank(inner: Floats, names: tuple[str, ...]) -> None:
    scale = np.sqrt(np.diag(inner))
    if (scale < 1e-9 * max(1.0, float(scale.max(initial=0.0)))).any():
        flat = names[int(scale.argmin())]
        raise InputError(f"'{flat}' does not vary (within its groups): leave it out.")
    values = np.linalg.eigvalsh(inner / np.outer(scale, scale))
    if values[0] < _SAME * values[-1]:
        raise InputError(f"Of {', '.join(names[:8])}, one is a sum of others: leave it out.")
