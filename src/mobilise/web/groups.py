"""Larger areas beside each other and beside the place: what people there have, in the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.report import words
from mobilise.web.layers import DEPRIVATION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mobilise.web.layers import Layer
    from mobilise.web.site import Site

SIMILAR, MUCH = 0.25, 1.0  # of the standard deviation of the areas' values
VERDICTS = {-2: "much worse", -1: "worse", 0: "similar", 1: "better", 2: "much better"}
MOST_GROUPS = 400


@dataclass(frozen=True)
class Groups:
    """The larger areas of one kind.

    Parameters
    ----------
    by
        Their kind: ward, district.
    names
        In the alphabet's order.
    people
        In each.
    layers
        The measures, in order.
    means
        Of people; shape (groups, measures), nan where nothing is known.
    place
        The same for the whole place.
    verdicts
        -2 (much worse than the place) to 2 (much better); shape (groups, measures).
    """

    by: str
    names: list[str]
    people: NDArray[np.float64]
    layers: list[Layer]
    means: NDArray[np.float64]
    place: NDArray[np.float64]
    verdicts: NDArray[np.int64]

    def row(self, name: str) -> int | None:
        """Return the row of a larger area, None if there is none of that name."""
        return self.names.index(name) if name in self.names else None


def kinds_of_groups(site: Site) -> list[str]:
    """Return the kinds of larger areas that can be told apart: more than one, not too many."""
    found = []
    for column in site.areas.columns:
        if str(column).startswith("group_"):
            count = site.areas[column].nunique()
            if 1 < count <= min(MOST_GROUPS, len(site.areas) - 1):
                found.append(str(column).removeprefix("group_"))
    return found


def groups_of(site: Site, by: str) -> Groups:
    """Return the larger areas of a kind, with means of everything that is better or worse.

    Parameters
    ----------
    site
        The place.
    by
        One of :func:`kinds_of_groups`.
    """
    codes, names = pd.factorize(site.areas[f"group_{by}"].map(words.clean), sort=True)
    layers = [
        layer
        for layer in site.layers.values()
        if layer.id != DEPRIVATION and layer.higher and layer.measure in {"nearest", ""}
    ]
    columns = np.column_stack([site.values(layer.id) for layer in layers] or [site.people[:, None]])
    inside = codes >= 0
    people = np.bincount(codes[inside], site.people[inside], len(names)).astype(float)
    means = np.column_stack(
        [_means(column, codes, site.people, len(names)) for column in columns.T]
    )
    place = np.array([site.means[layer.id][0] for layer in layers])
    signs = np.array([1.0 if layer.higher == "better" else -1.0 for layer in layers])
    spread = np.nanstd(columns, axis=0)
    steps = signs * (means - place) / np.where(spread > 0, spread, np.inf)
    verdicts = np.sign(steps) * ((np.abs(steps) > SIMILAR).astype(int) + (np.abs(steps) > MUCH))
    known = np.where(np.isnan(steps), 0, verdicts).astype(np.int64)
    return Groups(by, [str(n) for n in names], people, layers, means, place, known)


def sentence_of(groups: Groups, row: int, place: str) -> str:
    """Return in words how one larger area compares with the place.

    Parameters
    ----------
    groups
        The larger areas.
    row
        Which one.
    place
        The place's name.
    """
    verdicts = groups.verdicts[row]
    worse, better = int((verdicts < 0).sum()), int((verdicts > 0).sum())
    said = (
        f"On {len(verdicts)} measures {groups.names[row]} is worse off than {place} on {worse} "
        f"and better off on {better}."
    )
    if worse:
        step = np.where(verdicts < 0, _distance(groups, row), -1.0)
        top = [groups.layers[i].label for i in np.argsort(-step, kind="stable")[:2] if step[i] > 0]
        said += f" It is furthest behind on: {words.listed([words.amid(label) for label in top])}."
    return said


def _distance(groups: Groups, row: int) -> Any:
    spread = np.nanstd(groups.means, axis=0)
    away = np.abs(groups.means[row] - groups.place) / np.where(spread > 0, spread, np.inf)
    return np.nan_to_num(away)


def _means(values: Any, codes: Any, people: Any, count: int) -> Any:
    known = np.isfinite(values) & (codes >= 0)
    weight = np.bincount(codes[known], people[known], count)
    total = np.bincount(codes[known], (people * np.nan_to_num(values))[known], count)
    return np.divide(total, weight, out=np.full(count, np.nan), where=weight > 0)
