"""What every function of the room demands of its input, said in one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from mobilise.errors import InputError
from mobilise.gaps.records import Higher, Measured

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

# Published limits are taken to be 95% limits whatever confidence is asked for.
Z95 = float(special.ndtri(0.975))


def numbers(values: ArrayLike, name: str) -> Floats:
    """Return `values` as floats, missing as NaN; infinity and text are errors."""
    try:
        flat = pd.Series(np.ravel(np.asarray(values, dtype=object))).astype("float64")
    except (TypeError, ValueError):
        told = pd.to_numeric(pd.Series(np.ravel(np.asarray(values, dtype=object))), errors="coerce")
        given = pd.Series(np.ravel(np.asarray(values, dtype=object))).notna()
        row = int((told.isna() & given).to_numpy().argmax()) + 1
        raise InputError(f"'{name}' must hold numbers: row {row} holds something else.") from None
    array = np.asarray(flat.to_numpy(), dtype=np.float64)
    infinite = np.isinf(array)
    if infinite.any():
        raise InputError(
            f"'{name}' is infinite in row {int(infinite.argmax()) + 1}: "
            "give a missing value where there is none."
        )
    return array


def table(values: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    """Return `values` as floats, one row an area and one column a band, none negative."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim < 2:
        raise InputError(f"'{name}' must have one row an area and one column a band.")
    if shape is not None and array.shape != shape:
        raise InputError(f"'{name}' has the shape {array.shape}: give one of {shape}.")
    bad = np.isinf(array) | (array < 0)
    if bad.any():
        row = int(np.argwhere(bad)[0][0])
        raise InputError(f"'{name}' is {array[bad][0]:g} in row {row + 1}: give 0 or more.")
    return array


def weights(population: ArrayLike, count: int) -> Floats:
    """Return the population of `count` areas or groups: known, none negative, somebody there."""
    people = numbers(population, "population")
    same_length(people, "population", count)
    bad = np.isnan(people) | (people < 0)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"'population' is {people[row]:g} in row {row + 1}: give the people who live there, "
            "0 or more."
        )
    if not people.sum() > 0:
        raise InputError("'population' is 0 in every row: nobody lives there to compare.")
    return people


def same_length(array: Floats, name: str, count: int) -> None:
    """Demand one value for each of `count` rows."""
    if len(array) != count:
        raise InputError(f"'{name}' has {len(array)} values for {count} rows: give one a row.")


def limits(
    values: Floats, lower: ArrayLike | None, upper: ArrayLike | None
) -> tuple[Floats, Floats] | None:
    """Return both limits of `values`, in order around them, or None where neither is given."""
    if lower is None and upper is None:
        return None
    if lower is None or upper is None:
        raise InputError("Give both 'lower' and 'upper', or neither.")
    low, high = numbers(lower, "lower"), numbers(upper, "upper")
    same_length(low, "lower", len(values))
    same_length(high, "upper", len(values))
    bad = (low > values) | (high < values)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"Row {row + 1}: the value {values[row]:g} is not within its limits "
            f"{low[row]:g} to {high[row]:g}."
        )
    return low, high


@dataclass(frozen=True)
class Grouped:
    """Values of areas or groups that can be compared, with what was left out.

    Parameters
    ----------
    y, people
        Shape (n,): the values, and the people of each.
    errors
        Standard errors of the values, or None.
    kept
        Which of the rows given these are.
    said
        What was left out, as the end of a method's sentence.
    """

    y: Floats
    people: Floats
    errors: Floats | None
    kept: Flags
    said: str

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.y)

    @property
    def share(self) -> Floats:
        """Each one's part of the people."""
        share: Floats = self.people / self.people.sum()
        return share

    @property
    def mean(self) -> float:
        """The population-weighted mean."""
        return float(self.share @ self.y)


def grouped(values: ArrayLike, population: ArrayLike, se: ArrayLike | None = None) -> Grouped:
    """Return the rows that have a value and people; a value without its error is left out too."""
    y = numbers(values, "values")
    people = weights(population, len(y))
    kept = ~np.isnan(y) & (people > 0)
    errors = None
    if se is not None:
        errors = numbers(se, "se")
        same_length(errors, "se", len(y))
        if (errors < 0).any():
            raise InputError(f"'se' is {errors[errors < 0][0]:g}: give standard errors, 0 or more.")
        kept &= ~np.isnan(errors)
        errors = errors[kept]
    left_out = int((people > 0).sum() - kept.sum())
    said = f" {left_out} of {len(y)} without a value left out." if left_out else ""
    return Grouped(y[kept], people[kept], errors, kept, said)


def row_of(kept: Grouped, given: int) -> int:
    """Return where the row `given` is among the rows that are kept."""
    if not 0 <= given < len(kept.kept) or not kept.kept[given]:
        raise InputError(f"Group {given + 1} has no value, or nobody in it: choose another.")
    return int(kept.kept[:given].sum())


def best_of(values: Floats, about: Measured) -> int:
    """Return the row that does best."""
    return int(values.argmax() if about.higher == "better" else values.argmin())


def measured(of: str, unit: str, higher: str, confidence: float = 0.95) -> Measured:
    """Return what is measured, its direction and confidence checked."""
    if not 0 < confidence < 1:
        raise InputError(f"'confidence' is {confidence:g}: give a share between 0 and 1, as 0.95.")
    return Measured(of, unit, direction(higher), float(confidence))


def direction(higher: str) -> Higher:
    """Return `higher` if it is 'better' or 'worse'."""
    if higher not in get_args(Higher):
        raise InputError(
            f"'higher' is {higher!r}: say 'better' or 'worse', "
            "what a higher value means for people."
        )
    return higher  # type: ignore[return-value]


def z_of(confidence: float) -> float:
    """Return the standard normal quantile of a two-sided interval."""
    return float(special.ndtri((1 + confidence) / 2))
