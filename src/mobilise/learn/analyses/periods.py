"""When the periods of a series are: in order, and none left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError

if TYPE_CHECKING:
    from mobilise.gaps.checks import Floats

_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(0?[1-9]|1[0-2])")
_TWO_YEARS = re.compile(r"(\d{4})[-/](\d\d)")  # 2023/24, as councils and the health service count
_DATE = "%Y-%m-%d"


def steps_of(time: pd.Series) -> Floats:
    """Return where each period is, counted in periods of its sort (months, quarters, days).

    Parameters
    ----------
    time
        Numbers (202405 is a year and month), or texts: ``2024-05``, ``2024-Q2``, ``2023/24``,
        ``2024-05-31``; all of one sort.

    Raises
    ------
    InputError
        One is missing; a text is none of these, or not of the sort of the others.
    """
    if not len(time):
        raise InputError("The series has no rows.")
    if time.isna().any():
        raise InputError(f"'time' is missing in row {int(time.isna().to_numpy().argmax()) + 1}.")
    if time.dtype.kind in "iuf":
        return _finite(time, _numbers(time.to_numpy(dtype=float)))
    said = time.astype(str).str.strip()
    for read in (_financial_years, _quarters, _months, _dates, _plain):
        found = read(said)
        if not np.isnan(found).all():
            break
    return _finite(said, found)


def demand_every_period(time: pd.Series, steps: Floats) -> None:
    """Refuse a series with a period left out, or one twice.

    Parameters
    ----------
    time
        As it is written, in order.
    steps
        From :func:`steps_of`, in the same order.
    """
    apart = np.diff(steps)
    if (apart == 0).any():
        raise InputError(
            f"Time {time.iloc[int((apart == 0).argmax())]} is there twice: a series has one row a "
            "period."
        )
    wide = np.flatnonzero(apart > apart.min() * (1 + 1e-6)) if len(apart) else apart
    if len(wide):
        before, after = (_written(time.iloc[int(wide[0]) + at]) for at in (0, 1))
        raise InputError(
            f"Between time {before} and {after} a period is left out: a series needs every one."
        )


def _finite(said: pd.Series, found: Floats) -> Floats:
    """Refuse what is no period, or not written as the others are."""
    wrong = ~np.isfinite(found)
    if wrong.any():
        raise InputError(
            f"Time '{said.iloc[int(wrong.argmax())]}' is no period like the others: write numbers, "
            "2024-05, 2024-Q2, 2023/24 or 2024-05-31, all in one way."
        )
    return found


def _numbers(when: Floats) -> Floats:
    """Read 202405 as a year and month; 20240531 is no number to count on, and is refused."""
    dates = (when > 19_000_000) & (when < 30_000_000)
    if len(when) and dates.all():
        return np.full(len(when), np.nan)
    with np.errstate(invalid="ignore"):  # of endless numbers, which are refused
        year, month = np.divmod(when, 100)
    months = ((when > 190_000) & (when < 1_000_000)).all() and ((month >= 1) & (month <= 12)).all()
    return 12 * year + month if months else when


def _financial_years(said: pd.Series) -> Floats:
    """Read 2023/24; also 2023-24, where every one is of two years that follow each other."""
    parts = said.str.extract(f"^{_TWO_YEARS.pattern}$").astype(float)
    follow = (parts[0] + 1) % 100 == parts[1]
    return np.where(follow.all(), parts[0], np.nan)


def _quarters(said: pd.Series) -> Floats:
    parts = said.str.extract(f"^{_QUARTER.pattern}$", flags=re.IGNORECASE).astype(float)
    return (4 * parts[0] + parts[1]).to_numpy(dtype=float)


def _months(said: pd.Series) -> Floats:
    parts = said.str.extract(f"^{_MONTH.pattern}$").astype(float)
    return (12 * parts[0] + parts[1]).to_numpy(dtype=float)


def _dates(said: pd.Series) -> Floats:
    """Read dates: those of one day of the month, or of its last, are months."""
    dates = pd.to_datetime(said, format=_DATE, errors="coerce")
    same_day = (dates.dt.day == dates.dt.day.iloc[0]).all()
    if dates.dt.is_month_end.all() or same_day:
        return np.asarray(12 * dates.dt.year + dates.dt.month, dtype=float)
    return np.asarray((dates - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=float)


def _plain(said: pd.Series) -> Floats:
    return _numbers(pd.to_numeric(said, errors="coerce").to_numpy(dtype=float))


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
