"""Where the reference's search for a root stops: Brent's method with a loose tolerance.

R's ``uniroot`` is Brent's *zeroin* (1973, Algorithms for Minimization without Derivatives,
chapter 4) with an absolute tolerance of 2^-13; metafor searches from 0 to 100. Our own search
goes on to machine precision. With this one in its place the reference's digits come out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.learn.meta.heterogeneity import generalised_q

if TYPE_CHECKING:
    from collections.abc import Callable

EPSILON = float(np.finfo(float).eps)
TOLERANCE = EPSILON**0.25
WIDEST = 100.0


def where_q_is(target: float, y: np.ndarray, v: np.ndarray, X: np.ndarray) -> float:
    """Return the tau2 at which the reference stops looking for a Q of `target`."""
    if generalised_q(0.0, y, v, X) <= target:
        return 0.0
    return zeroin(lambda tau2: generalised_q(tau2, y, v, X) - target, 0.0, WIDEST, TOLERANCE)


def zeroin(f: Callable[[float], float], a: float, b: float, tolerance: float) -> float:
    """Return a root of `f` between `a` and `b`, where f changes sign, to within `tolerance`."""
    fa, fb = f(a), f(b)
    c, fc = a, fa
    while True:
        last = b - a
        if abs(fc) < abs(fb):  # b is the best so far, c beyond the root, a the one before b
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        least = 2 * EPSILON * abs(b) + tolerance / 2
        step = (c - b) / 2
        if abs(step) <= least or fb == 0:
            return b
        if abs(last) >= least and abs(fa) > abs(fb):
            step = _interpolated((a, fa), (b, fb), (c, fc), least, last)
        if abs(step) < least:
            step = float(np.copysign(least, step))
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0):
            c, fc = a, fa


def _interpolated(
    before: tuple[float, float],
    best: tuple[float, float],
    beyond: tuple[float, float],
    least: float,
    last: float,
) -> float:
    """Return the step by secant or inverse parabola, or half the interval where it goes astray."""
    (a, fa), (b, fb), (c, fc) = before, best, beyond
    width, s = c - b, fb / fa
    if a == c:
        p, q = width * s, 1 - s
    else:
        t, r = fa / fc, fb / fc
        p = s * (width * t * (t - r) - (b - a) * (r - 1))
        q = (t - 1) * (r - 1) * (s - 1)
    p, q = abs(p), -q if p > 0 else q
    inside = p < 0.75 * width * q - abs(least * q) / 2 and p < abs(last * q / 2)
    return p / q if inside else width / 2
