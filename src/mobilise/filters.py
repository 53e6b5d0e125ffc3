"""Filters: the ``where`` of a recipe, parsed by hand and never evaluated as Python.

The grammar, loosest binding first::

    filter     = conjunction { "or" conjunction }
    conjunction = negation { "and" negation }
    negation   = "not" negation | "(" filter ")" | comparison
    comparison = column ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) value
               | column [ "not" ] "in" "(" value { "," value } ")"
               | column "is" [ "not" ] "null"
    value      = number | 'text' | "text" | true | false
    column     = a name, or any text in `backticks`

Nothing is null-like but a missing value; a comparison with a missing value is false, as in
SQL, so ``not (a == 1)`` keeps the rows where ``a`` is missing only if they are asked for by
``or a is null``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mobilise.errors import BadValues, FilterError, MissingColumn

Mask = npt.NDArray[np.bool_]
# Three-valued logic: where it is true, and where it is known at all.
Truth = tuple[Mask, Mask]
Test = Callable[[pd.DataFrame, str], Truth]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<quoted>`[^`]+`)
    | (?P<word>[^\W\d][\w]*)
    | (?P<sign>==|!=|<=|>=|<|>|\(|\)|,)
    )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS = {"and", "or", "not", "in", "is", "null", "true", "false"}


@dataclass(frozen=True)
class Filter:
    """A parsed ``where``.

    Parameters
    ----------
    text
        As the user wrote it.
    columns
        The columns that it reads, in the order of their first mention.

    Examples
    --------
    >>> import pandas as pd
    >>> libraries = pd.DataFrame({"type": ["Static", "Mobile"], "closed": [None, 2019]})
    >>> Filter.parse("type == 'Static' and closed is null").mask(libraries).tolist()
    [True, False]
    """

    text: str
    columns: tuple[str, ...]
    _test: Test

    @classmethod
    def parse(cls, text: str) -> Filter:
        """Parse `text`.

        Raises
        ------
        FilterError
            It cannot be read; the message shows where it stopped making sense.
        """
        parser = _Parser(text)
        test = parser.filter()
        parser.end()
        return cls(text, tuple(dict.fromkeys(parser.columns)), test)

    def mask(self, frame: pd.DataFrame, source: str = "table") -> Mask:
        """Return which rows of `frame` pass, shape (rows,).

        Parameters
        ----------
        frame
            The table.
        source
            Its name, for errors.

        Raises
        ------
        MissingColumn
            The table lacks a column of the filter.
        BadValues
            A column of text is compared with a number, or the other way round.
        """
        for column in self.columns:
            if column not in frame.columns:
                raise MissingColumn(column, frame.columns, f"{source} (where = {self.text!r})")
        true, known = self._test(frame, source)
        return true & known


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.columns: list[str] = []
        self.tokens = self._split()
        self.at = 0

    def _split(self) -> list[tuple[str, str, int]]:
        tokens, at = [], 0
        text = self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                start = at + len(text[at:]) - len(text[at:].lstrip())
                hint = " ('==' compares)" if text[start] == "=" else ""
                raise FilterError(f"cannot read {text[start : start + 12]!r} in {text!r}{hint}")
            kind = str(match.lastgroup)
            tokens.append((kind, match.group(kind), match.start(kind)))
            at = match.end()
        return tokens

    def filter(self) -> Test:
        tests = [self._conjunction()]
        while self._take("or"):
            tests.append(self._conjunction())
        return _either(tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._take("and"):
            tests.append(self._negation())
        return _all(tests)

    def _negation(self) -> Test:
        if self._take("not"):
            return _negated(self._negation())
        if self._take("("):
            inner = self.filter()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        column = self._column()
        if self._take("is"):
            missing = not self._take("not")
            self._expect("null")
            return _is_null(column, missing=missing)
        if self._take("not"):
            self._expect("in")
            return _negated(_one_of(column, self._values()))
        if self._take("in"):
            return _one_of(column, self._values())
        kind, sign, _ = self._next("a comparison such as '=='")
        if kind != "sign" or sign not in _COMPARE:
            raise self._error("a comparison ('==', '!=', '<', '<=', '>', '>=', 'in', 'is null')")
        return _compared(column, sign, self._value())

    def _column(self) -> str:
        kind, word, _ = self._next("a column")
        if kind == "quoted":
            self.columns.append(word[1:-1])
        elif kind == "word" and word.lower() not in _WORDS:
            self.columns.append(word)
        else:
            raise self._error("a column (write names with spaces in `backticks`)")
        return self.columns[-1]

    def _values(self) -> list[Any]:
        self._expect("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> Any:
        kind, word, _ = self._next("a value")
        if kind == "number":
            return float(word)
        if kind == "text":
            return word[1:-1]
        if kind == "word" and word.lower() in {"true", "false"}:
            return word.lower() == "true"
        raise self._error("a value: a number, or a text in 'quotes'; for missing values, 'is null'")

    def end(self) -> None:
        if self.at < len(self.tokens):
            self.at += 1
            raise self._error("'and', 'or' or the end")

    def _next(self, wanted: str) -> tuple[str, str, int]:
        if self.at == len(self.tokens):
            raise FilterError(f"{self.text!r} stops where {wanted} should follow")
        self.at += 1
        return self.tokens[self.at - 1]

    def _take(self, word: str) -> bool:
        if self.at < len(self.tokens):
            kind, found, _ = self.tokens[self.at]
            if kind in {"word", "sign"} and found.lower() == word:
                self.at += 1
                return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            self._next(f"'{word}'")
            raise self._error(f"'{word}'")

    def _error(self, wanted: str) -> FilterError:
        _, found, start = self.tokens[self.at - 1]
        return FilterError(
            f"expected {wanted} at {found!r} (character {start + 1}) in {self.text!r}"
        )


def _either(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(frame: pd.DataFrame, source: str) -> Truth:
        truths = [t(frame, source) for t in tests]
        true = np.logical_or.reduce([t & k for t, k in truths])
        return true, true | np.logical_and.reduce([k for _, k in truths])

    return test


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(frame: pd.DataFrame, source: str) -> Truth:
        truths = [t(frame, source) for t in tests]
        false = np.logical_or.reduce([~t & k for t, k in truths])
        return ~false, false | np.logical_and.reduce([k for _, k in truths])

    return test


def _negated(inner: Test) -> Test:
    def test(frame: pd.DataFrame, source: str) -> Truth:
        true, known = inner(frame, source)
        return ~true, known

    return test


def _is_null(column: str, *, missing: bool) -> Test:
    def test(frame: pd.DataFrame, source: str) -> Truth:  # noqa: ARG001
        is_null = frame[column].isna().to_numpy()
        return (is_null if missing else ~is_null), np.ones(len(frame), dtype=bool)

    return test


def _compared(column: str, sign: str, value: Any) -> Test:
    def test(frame: pd.DataFrame, source: str) -> Truth:
        values, known = _comparable(frame[column], value, column, source)
        true = np.zeros(len(frame), dtype=bool)
        true[known] = _COMPARE[sign](values[known], value)
        return true, known

    return test


def _one_of(column: str, values: list[Any]) -> Test:
    tests = [_compared(column, "==", value) for value in values]
    return _either(tests)


def _comparable(series: pd.Series, value: Any, column: str, source: str) -> tuple[Any, Mask]:
    """Return the column as values that `value` may be compared with, and which are known."""
    known = series.notna().to_numpy()
    if isinstance(value, bool):
        if pd.api.types.is_bool_dtype(series):
            return series.fillna(value=False).to_numpy(dtype=bool), known
        raise BadValues(f"{source}: column '{column}' does not hold true and false.")
    if isinstance(value, float):
        numbers = pd.to_numeric(series, errors="coerce")
        wrong = known & numbers.isna().to_numpy()
        if wrong.any():
            bad = series[wrong].iloc[0]
            raise BadValues(
                f"{source}: column '{column}' holds {str(bad)!r} where it is compared with a "
                f"number; write the value in 'quotes' to compare texts."
            )
        return numbers.to_numpy(dtype=float, na_value=np.nan), known
    if known.any() and pd.api.types.is_numeric_dtype(series) and not _is_number(value):
        raise BadValues(
            f"{source}: column '{column}' holds numbers, and is compared with the text {value!r}."
        )
    if pd.api.types.is_numeric_dtype(series):
        raise BadValues(
            f"{source}: column '{column}' holds numbers; write {value} without quotes to compare."
        )
    return series.astype(str).to_numpy(dtype=object), known


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
