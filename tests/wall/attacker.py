"""An attacker written apart from the engine: the whole table at once, by plain programmes.

It knows what anybody outside can know: the figures shown, the rule, what was kept back, and how
areas lie in fifths. It reads no count.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import LinearConstraint, linprog, milp


def possible(figure, rule):
    """Return what a count can be by its figure: every count tried in turn."""
    if figure is None:
        return (1 if rule.zeros else 0), np.inf
    fit = [n for n in range(figure + 2 * rule.base + 2) if rule.figure(n) == figure]
    return fit[0], fit[-1]


class Attacker:
    """Bounds of cells from figures, over every class of the full cross of the dimensions."""

    def __init__(self, dimensions, figures, rules):
        self.dimensions = dimensions
        names = list(dimensions)
        classes = [
            dict(zip(names, levels, strict=True))
            for levels in itertools.product(*(dimensions[n].levels for n in names))
        ]
        self.classes = [c for c in classes if self._can_be(c)]
        rows = [self._row(cell) for cell in figures]
        told = [possible(figure, rules[cell]) for cell, figure in figures.items()]
        self.matrix = np.array(rows)
        self.low, self.high = np.array(told, dtype=float).T

    def _can_be(self, one):
        known = [d for d in self.dimensions.values() if d.of]
        return all(d.known[one[d.of]] == one[d.name] for d in known)

    def _row(self, cell):
        return np.array(
            [all(self._within(one, *pair) for pair in cell) for one in self.classes], float
        )

    def _within(self, one, name, level):
        groups = self.dimensions[name].groups
        wider, _, narrower = level.partition(" less ")
        inside = not wider or one[name] in groups[wider]
        return inside and not (narrower and one[name] in groups[narrower])

    def bounds(self, cell, *, whole):
        goal = self._row(cell)
        if whole:
            ends = [
                milp(sign * goal, constraints=LinearConstraint(self.matrix, self.low, self.high),
                     integrality=np.ones(len(goal)), bounds=(0, 500))
                for sign in (1, -1)
            ]  # fmt: skip
        else:
            finite = np.isfinite(self.high)
            a = np.vstack([-self.matrix, self.matrix[finite]])
            b = np.concatenate([-self.low, self.high[finite]])
            ends = [
                linprog(sign * goal, A_ub=a, b_ub=b, bounds=(0, 500), method="highs")
                for sign in (1, -1)
            ]
        assert all(end.x is not None for end in ends), "the figures contradict each other"
        return round(ends[0].fun, 6), round(-ends[1].fun, 6)


def broken(dimensions, figures, rules, counts, *, whole=True, before=None):
    """Return the small counts that the attacker can say more of than the rule lets on.

    What zeros, marks and earlier figures alone tell is not held against the release: it is
    found by the same attacker on a release that shows nothing else.
    """
    bare = {c: f if f == 0 or c in (before or {}) else None for c, f in figures.items()}
    attack = Attacker(dimensions, figures, rules)
    floor = Attacker(dimensions, bare, rules)
    found = []
    for cell, figure in figures.items():
        rule = rules[cell]
        if figure is None and rule.is_small(*counts[cell]):
            low, high = attack.bounds(cell, whole=whole)
            least, most = floor.bounds(cell, whole=whole)
            if low > max(rule.low, least) or high < min(rule.high, most):
                found.append((cell, low, high))
    return found
