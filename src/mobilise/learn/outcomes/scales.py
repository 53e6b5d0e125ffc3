"""The scales that wellbeing is measured on: ranges, bands, and what change matters."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import Floats, numbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Higher

ITEMS = 7


@dataclass(frozen=True)
class Threshold:
    """A change that matters, how it was found, and whether its source was read."""

    name: str
    value: float
    kind: str
    verified: bool
    source: str
    caveat: str = ""

    @property
    def said(self) -> str:
        """The threshold as it must stand beside a figure."""
        doubt = "" if self.verified else "; not verified"
        caveat = f"; {self.caveat}" if self.caveat else ""
        return (
            f"{self.value:g} points: {self.name} ({self.kind}-based{caveat}; {self.source}{doubt})"
        )


@dataclass(frozen=True)
class Scale:
    """A scale: its range, direction, thresholds of change and bands.

    Parameters
    ----------
    key, name, unit
        How it is called in tables, in sentences, and its unit.
    lowest, highest, higher
        Its range, and what a higher value means for people.
    thresholds
        Changes that matter; empty where none is agreed.
    bands
        Each band's name and where it begins, from the lowest.
    bands_verified
        Whether the bands' source was read.
    metric
        The metric score of each raw sum (SWEMWBS), or ().
    source
        Where it was published.
    """

    key: str
    name: str
    unit: str
    lowest: float
    highest: float
    higher: Higher
    thresholds: tuple[Threshold, ...]
    bands: tuple[tuple[str, float], ...]
    bands_verified: bool
    metric: tuple[float, ...]
    source: str

    def check(self, values: ArrayLike, name: str) -> Floats:
        """Return `values` as floats, missing as NaN, all within the range.

        Raises
        ------
        InputError
            A value is outside.
        """
        array = numbers(values, name)
        bad = (array < self.lowest) | (array > self.highest)
        if bad.any():
            row = int(bad.argmax())
            raise InputError(
                f"'{name}' is {array[row]:g} in row {row + 1}: {self.name} runs from "
                f"{self.lowest:g} to {self.highest:g}."
            )
        return array


@cache
def scales() -> dict[str, Scale]:
    """Return the scales that are known, by key."""
    text = files("mobilise.learn.outcomes").joinpath("scales.toml").read_text(encoding="utf-8")
    return {key: _scale(key, raw) for key, raw in tomllib.loads(text).items()}


def scale_of(key: str) -> Scale:
    """Return the scale `key`.

    Raises
    ------
    InputError
        There is no such scale.
    """
    if key not in scales():
        raise InputError(f"There is no scale '{key}'{suggestion(key, scales())}")
    return scales()[key]


def swemwbs_score(items: ArrayLike) -> Floats:
    """Return raw sums of the seven SWEMWBS items; NaN where one is missing.

    Parameters
    ----------
    items
        Shape (n, 7): whole numbers from 1 to 5.

    Raises
    ------
    InputError
        There are not seven, or one is outside.
    """
    table = np.asarray(items, dtype=float)
    if table.ndim != 2 or table.shape[1] != ITEMS:
        raise InputError("SWEMWBS has seven items: give a table of seven columns.")
    known = table[~np.isnan(table)]
    if ((known < 1) | (known > 5) | (known != np.round(known))).any():
        raise InputError("SWEMWBS items are whole numbers from 1 to 5.")
    total: Floats = table.sum(axis=1)
    return total


def swemwbs_metric(raw: ArrayLike) -> Floats:
    """Return metric scores of raw SWEMWBS sums; missing stays missing.

    Parameters
    ----------
    raw
        Shape (n,): sums of all seven items, whole numbers from 7 to 35.

    Raises
    ------
    InputError
        A value is no such sum (a metric score, or the mean of items).

    Examples
    --------
    >>> swemwbs_metric([7, 21, 35]).tolist()
    [7.0, 19.25, 35.0]
    """
    sums = numbers(raw, "raw")
    known = ~np.isnan(sums)
    bad = known & ((sums < 7) | (sums > 35) | (sums != np.round(sums)))
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"Row {row + 1}: {sums[row]:g} is not the sum of seven items (whole, 7 to 35); a score "
            "that was converted already must not be converted again."
        )
    out = np.full(len(sums), np.nan)
    out[known] = np.array(scales()["swemwbs"].metric)[sums[known].astype(int) - ITEMS]
    return out


def band_of(values: ArrayLike, scale: str) -> list[str | None]:
    """Return the band of each value, None where it is missing or the scale has no bands.

    Parameters
    ----------
    values
        Shape (n,), on the scale.
    scale
        Its key.

    Examples
    --------
    >>> band_of([0, 6, 10, None], "ons4_anxious_yesterday")
    ['very low', 'high', 'high', None]
    """
    found = scale_of(scale)
    array = found.check(values, "values")
    if not found.bands:
        return [None] * len(array)
    at = np.searchsorted([start for _, start in found.bands], array, side="right") - 1
    return [None if np.isnan(v) else found.bands[i][0] for v, i in zip(array, at, strict=True)]


def _scale(key: str, raw: dict[str, Any]) -> Scale:
    bands = raw["bands"]
    return Scale(
        key, raw["name"], raw["unit"], raw["lowest"], raw["highest"], raw["higher"],
        tuple(Threshold(**one) for one in raw["thresholds"]),
        tuple(zip(bands["names"], bands["from"], strict=True)), bands["verified"],
        tuple(raw.get("metric", ())), raw["source"],
    )  # fmt: skip
