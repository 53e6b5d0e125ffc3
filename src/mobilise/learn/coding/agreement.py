"""Whether two people who code the same texts see the same in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.learn.plain import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

SAME = 0.5  # from which share of what either marked two spans are one unit


@dataclass(frozen=True)
class Agreement:
    """How far two coders agree on one code, or on all codes together.

    Parameters
    ----------
    code_id
        The code; "" for all of them together.
    units
        Passages that either marked, in documents that both coded.
    both, first_only, second_only, neither
        In how many of them who gave the code.
    kappa, lower, upper
        Cohen's kappa with its 95% interval (normal, from the standard error of Fleiss, Cohen
        and Everitt 1969, doi:10.1037/h0028106); None where a coder never varies, and without
        an interval where the two agree on everything, which that error takes for certain.
    alpha
        Krippendorff's alpha for nominal data; None where nobody varies.
    agreed
        Share of the units on which they agree.
    """

    code_id: str
    units: int
    both: int
    first_only: int
    second_only: int
    neither: int
    kappa: float | None
    lower: float | None
    upper: float | None
    alpha: float | None
    agreed: float


def coded_units(
    extracts: pd.DataFrame, codings: pd.DataFrame, first: str, second: str
) -> pd.DataFrame:
    """Return the passages that either coder marked, with what each saw there.

    Parameters
    ----------
    extracts, codings
        The tables; only accepted codings of text count.
    first, second
        The coders.

    Returns
    -------
    DataFrame
        ``document_id, start, end, text, first, second``: the last two are sets of codes. Two
        spans are one passage where they share at least half of what either covers.

    Raises
    ------
    InputError
        The two have coded no document in common.
    """
    accepted = codings[(codings["status"] == "accepted") & codings["extract_id"].notna()]
    spans = extracts[extracts["start"].notna()].drop(columns="coder_id")
    told = accepted.drop(columns="document_id").merge(spans, on="extract_id", validate="m:1")
    mine, theirs = (_marks(told[told["coder_id"] == coder]) for coder in (first, second))
    common = sorted(mine.keys() & theirs.keys())
    if not common:
        raise InputError(f"'{first}' and '{second}' have coded no document in common.")
    rows = [row for one in common for row in _units(mine[one], theirs[one], one)]
    return pd.DataFrame(rows)


def agreement(units: pd.DataFrame, codes: Sequence[str] | None = None) -> list[Agreement]:
    """Return how far two coders agree, for each code and for all together (first).

    Parameters
    ----------
    units
        From :func:`coded_units`.
    codes
        Which; None: all that either used. Passages that neither marked are not counted, so
        that long texts do not look like agreement.
    """
    first = units["first"].tolist()
    second = units["second"].tolist()
    if codes is None:
        codes = sorted(set().union(*first, *second))
    a = np.array([[code in unit for code in codes] for unit in first], bool)
    b = np.array([[code in unit for code in codes] for unit in second], bool)
    each = [_agreed(code, a[:, at], b[:, at]) for at, code in enumerate(codes)]
    return [_agreed("", a.ravel(), b.ravel()), *each]


def krippendorff_alpha(values: NDArray[np.float64]) -> float | None:
    """Return Krippendorff's alpha for nominal data.

    Parameters
    ----------
    values
        Shape (coders, units); NaN where a coder did not judge a unit.

    Returns
    -------
    float or None
        None where all values are the same, so that nothing could disagree.

    Notes
    -----
    Hayes and Krippendorff 2007, doi:10.1080/19312450709336664.

    Examples
    --------
    >>> krippendorff_alpha(np.array([[0.0, 0, 1, 1], [0, 0, 1, 0]]))
    0.53...
    """
    kinds = np.unique(values[~np.isnan(values)])
    counts = np.stack([(values == kind).sum(axis=0) for kind in kinds]).astype(float)
    judged = counts.sum(axis=0)
    counts, judged = counts[:, judged > 1], judged[judged > 1]
    total = counts.sum(axis=1)
    n = total.sum()
    expected = n**2 - (total**2).sum()
    if expected == 0:
        return None
    pairs = (judged**2 - (counts**2).sum(axis=0)) / (judged - 1)
    return float(1 - (n - 1) * pairs.sum() / expected)


def to_reconcile(units: pd.DataFrame) -> pd.DataFrame:
    """Return the passages on which two coders differ, those that differ most first.

    Parameters
    ----------
    units
        From :func:`coded_units`.

    Returns
    -------
    DataFrame
        ``document_id, start, end, text, both, first_only, second_only``, codes joined by "; ".
    """
    rows = [
        {
            **{key: unit[key] for key in ("document_id", "start", "end", "text")},
            "both": "; ".join(sorted(unit["first"] & unit["second"])),
            "first_only": "; ".join(sorted(unit["first"] - unit["second"])),
            "second_only": "; ".join(sorted(unit["second"] - unit["first"])),
            "apart": len(unit["first"] ^ unit["second"]),
        }
        for unit in records(units)
        if unit["first"] != unit["second"]
    ]
    columns = ["document_id", "start", "end", "text", "both", "first_only", "second_only", "apart"]
    table = pd.DataFrame(rows, columns=columns)
    order = table.sort_values(["apart", "document_id", "start"], ascending=[False, True, True])
    return order.drop(columns="apart").reset_index(drop=True)


def _marks(told: pd.DataFrame) -> dict[str, list[tuple[int, int, str, set[str]]]]:
    """Return by document each span with its text and codes, in the order of the text."""
    found: dict[str, dict[tuple[int, int], tuple[str, set[str]]]] = {}
    columns = ("document_id", "start", "end", "text", "code_id")
    ordered = told.sort_values(["start", "end"])
    for document, start, end, text, code in zip(*(ordered[c] for c in columns), strict=True):
        here = found.setdefault(document, {})
        here.setdefault((int(start), int(end)), (text, set()))[1].add(code)
    return {
        document: [(start, end, text, codes) for (start, end), (text, codes) in spans.items()]
        for document, spans in found.items()
    }


def _units(
    mine: list[tuple[int, int, str, set[str]]],
    theirs: list[tuple[int, int, str, set[str]]],
    document: str,
) -> list[dict[str, Any]]:
    """Pair the spans that are most alike first; each is in one pair at most."""
    alike = sorted(
        (-share, i, j)
        for i, one in enumerate(mine)
        for j, other in enumerate(theirs)
        if (share := _share(one, other)) >= SAME
    )
    partner: dict[int, int] = {}
    for _, i, j in alike:
        if i not in partner and j not in partner.values():
            partner[i] = j
    taken = set(partner.values())
    pairs = [(mine[i], theirs[partner[i]] if i in partner else None) for i in range(len(mine))]
    found = [_unit(document, a[:3], a[3], b[3] if b else set()) for a, b in pairs]
    found += [
        _unit(document, other[:3], set(), other[3])
        for j, other in enumerate(theirs)
        if j not in taken
    ]
    return sorted(found, key=lambda unit: (unit["start"], unit["end"]))


def _unit(
    document: str, span: tuple[int, int, str], first: set[str], second: set[str]
) -> dict[str, Any]:
    start, end, text = span
    at = {"document_id": document, "start": start, "end": end, "text": text}
    return at | {"first": first, "second": second}


def _share(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return float(shared / (max(one[1], other[1]) - min(one[0], other[0]))) if shared > 0 else 0.0


def _agreed(code: str, a: Flags, b: Flags) -> Agreement:
    table = np.array([[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]])
    kappa, lower, upper = _kappa(table)
    return Agreement(
        code_id=code,
        units=len(a),
        both=int(table[0, 0]),
        first_only=int(table[0, 1]),
        second_only=int(table[1, 0]),
        neither=int(table[1, 1]),
        kappa=kappa,
        lower=lower,
        upper=upper,
        alpha=krippendorff_alpha(np.stack([a, b]).astype(float)),
        agreed=float((a == b).mean()),
    )


def _kappa(table: NDArray[Any]) -> tuple[float | None, float | None, float | None]:
    from statsmodels.stats.inter_rater import (  # noqa: PLC0415  (slow to import)
        cohens_kappa,
    )

    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        return None, None, None
    found = cohens_kappa(table)
    if found.var_kappa <= 0:
        return float(found.kappa), None, None
    low, high = float(found.kappa_low), float(found.kappa_upp)
    return float(found.kappa), max(-1.0, low), min(1.0, high)
