"""Where postcodes are: a table such as Code-Point Open, looked up by normalised postcode."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mobilise.errors import BadValues
from mobilise.sources.tables import read_table
from mobilise.sources.values import numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from mobilise import recipe

# One or two letters, a digit, perhaps a letter or digit more; then a digit and two letters.
_FORM = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?|GIR)([0-9][A-Z]{2})")


def normalise_postcode(text: str) -> str | None:
    """Return a British postcode in capitals with its one space, or None if it is none in form.

    Parameters
    ----------
    text
        As somebody wrote it, in any case and spacing.

    Examples
    --------
    >>> normalise_postcode("wa14 1ah"), normalise_postcode("M17AB"), normalise_postcode("WA14")
    ('WA14 1AH', 'M1 7AB', None)
    """
    match = _FORM.fullmatch(re.sub(r"\s+", "", text).upper())
    return f"{match[1]} {match[2]}" if match else None


@dataclass(frozen=True)
class PostcodeTable:
    """The postcodes of a country, and where they are.

    Parameters
    ----------
    keys
        Postcodes in capitals without spaces, shape (postcodes,).
    x, y
        Where each is, in `crs`, shape (postcodes,).
    crs
        As pyproj reads it.
    label
        The table's name, for messages.
    """

    keys: pa.Array
    x: npt.NDArray[np.floating[Any]]
    y: npt.NDArray[np.floating[Any]]
    crs: str
    label: str

    @classmethod
    def read(cls, postcodes: recipe.Postcodes) -> PostcodeTable:
        """Read the table that a recipe names.

        Raises
        ------
        SourceMissing, SourceBroken, MissingColumn, BadValues
            As `read_table` and `numbers`.
        """
        columns = [postcodes.postcode, postcodes.x, postcodes.y]
        frame = read_table(
            postcodes.file, layer=postcodes.layer, where=postcodes.where, columns=columns
        )
        label = postcodes.file.name
        x = numbers(frame, postcodes.x, label).to_numpy(dtype="float64")
        y = numbers(frame, postcodes.y, label).to_numpy(dtype="float64")
        written = pa.array(frame[postcodes.postcode], type=pa.string(), from_pandas=True)
        keys = pc.utf8_upper(pc.replace_substring_regex(written, r"\s+", ""))
        return cls(keys, x, y, postcodes.crs, label)

    def find(self, written: pd.Series[Any]) -> pd.DataFrame:
        """Look postcodes up.

        Parameters
        ----------
        written
            Postcodes in any case and spacing, shape (rows,).

        Returns
        -------
        DataFrame
            ``postcode`` (normalised; null if it is none in form) and ``x``, ``y`` (float64, in
            `crs`; null if it is not in the table), with the index of `written`.

        Raises
        ------
        BadValues
            The table has one of them at two places.
        """
        normal = [None if pd.isna(w) else normalise_postcode(str(w)) for w in written]
        found = pd.DataFrame({"postcode": pd.Series(normal, index=written.index, dtype="str")})
        keys = found["postcode"].str.replace(" ", "")
        places = self._places(keys.dropna().unique())
        found["x"] = keys.map(places["x"]).astype("float64")
        found["y"] = keys.map(places["y"]).astype("float64")
        return found

    def _places(self, keys: Any) -> pd.DataFrame:
        """Return x and y by key, for those keys that the table has."""
        wanted = pa.array(keys, type=pa.string(), from_pandas=True)
        at = pc.indices_nonzero(pc.is_in(self.keys, value_set=wanted))
        row = at.to_numpy()
        places = pd.DataFrame(
            {"key": self.keys.take(at).to_pandas(), "x": self.x[row], "y": self.y[row]}
        )
        places = places.dropna().drop_duplicates()
        repeated = places["key"].duplicated().to_numpy()
        if repeated.any():
            postcode = normalise_postcode(places["key"].iloc[int(repeated.argmax())])
            raise BadValues(
                f"{self.label}: postcode '{postcode}' is at two places; leave one row of each."
            )
        return places.set_index("key")
