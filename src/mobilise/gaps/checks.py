"""What every function of the room demands of its input, said in one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, get_args

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.records import Higher

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = "NDArray[np.float64]"


def numbers(values: ArrayLike, name: str) -> Floats:
    """Return `values` as floats, missing as NaN; infinity and text are errors."""
    try:
        array = pd.Series(np.ravel(np.asarray(values, dtype=object))).astype("float64").to_numpy()
    except (TypeError, ValueError) as error:
        raise InputError(f"'{name}' must hold numbers ({error}).") from error
    infinite = np.isinf(array)
    if infinite.any():
        raise InputError(
            f"'{name}' is infinite in row {int(infinite.argmax()) + 1}: "
            "give a missing value where there is none."
        )
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


def direction(higher: str) -> Higher:
    """Return `higher` if it is 'better' or 'worse'."""
    if higher not in get_args(Higher):
        raise InputError(
            f"'higher' is {higher!r}: say 'better' or 'worse', what a higher value means for people."
        )
    return higher  # type: ignore[return-value]


def level_of_confidence(confidence: float) -> float:
    """Return `confidence` if it is strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise InputError(f"'confidence' is {confidence:g}: give a share between 0 and 1, as 0.95.")
    return float(confidence)
