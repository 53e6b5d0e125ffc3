"""What goes with an inequality: ``[[explain]]`` over the areas of a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import gaps
from mobilise.errors import BadValues, suggestion
from mobilise.gaps.sentences import quantity
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.build.outcomes import Outcome
    from mobilise.build.statistics import Axis
    from mobilise.recipe import Explain

WHOLE, REST = "whole", "not explained"


def explain(
    sections: Sequence[Explain],
    outcomes: Sequence[Outcome],
    areas: pd.DataFrame,
    axis: Axis | None,
) -> pd.DataFrame:
    """Return the table ``explanations``.

    Determinants are columns of the areas, indicators, or measures of reach ("library nearest",
    "park count 15"). Where the outcome is published for larger areas, they are the means of
    those areas' people.

    Parameters
    ----------
    sections
        The ``[[explain]]`` of the recipe.
    outcomes
        All outcomes of the place.
    areas
        The table ``areas``.
    axis
        What people are ranked by; None without deprivation.

    Raises
    ------
    BadValues
        An outcome or determinant is not there, or there is nothing to rank people by.
    """
    named = {_title(outcome): outcome for outcome in outcomes}
    rows: list[dict[str, Any]] = []
    for i, section in enumerate(sections, 1):
        key = f"explain[{i}]"
        outcome = named.get(section.of)
        if outcome is None:
            raise BadValues(f"{key}.of: no '{section.of}'{suggestion(section.of, named)}")
        determinants = {
            _label(label, name, named): _by_area(name, f"{key}.determinants", named, areas)
            for label, name in section.determinants.items()
        }
        if section.method == "concentration":
            if axis is None:
                raise BadValues(f"{key}: areas.deprivation must say what people are ranked by.")
            rows += _concentration(section, outcome, determinants, axis)
        else:
            rows += _difference(section, outcome, determinants, areas)
    return pd.DataFrame(rows) if rows else empty("explanations")


def _title(outcome: Outcome) -> str:
    """Return what a recipe calls an outcome."""
    about = outcome.about
    if "kind" not in about:
        return str(about["of"])
    limit = "" if pd.isna(about["limit"]) else f" {about['limit']:g}"
    whose = str(about["of"]).partition(": ")[2]
    return f"{about['kind']} {about['measure']}{limit}" + (f", {whose}" if whose else "")


def _label(label: str, name: str, named: dict[str, Outcome]) -> str:
    """Return what readers call a determinant: as the recipe says, else what it measures."""
    return named[name].said.of.rstrip(",") if label == name and name in named else label


def _by_area(name: str, key: str, named: dict[str, Outcome], areas: pd.DataFrame) -> Any:
    if name in named:
        return named[name].by_area()
    if name in areas.columns and pd.api.types.is_numeric_dtype(areas[name]):
        return areas[name].to_numpy(dtype=float, na_value=np.nan)
    known = [*named, *(c for c in areas.columns if pd.api.types.is_numeric_dtype(areas[c]))]
    raise BadValues(f"{key}: no '{name}' among outcomes and areas{suggestion(name, known)}")


def _of_units(outcome: Outcome, values: Any) -> pd.Series:
    """Return the mean of each unit's people of a value that is known for areas."""
    known = ~np.isnan(values)
    table = pd.DataFrame(
        {
            "unit": outcome.of_area,
            "people": np.where(known, outcome.population, 0.0),
            "total": np.where(known, outcome.population * np.nan_to_num(values), 0.0),
        }
    )
    sums = table.groupby("unit", sort=True).sum()
    return sums["total"] / sums["people"].replace(0.0, np.nan)


def _concentration(
    section: Explain, outcome: Outcome, determinants: dict[str, Any], axis: Axis
) -> list[dict[str, Any]]:
    people = outcome.people(axis.rank)
    found = gaps.explain_concentration(
        outcome.of_units(people.index)["values"],
        {name: _of_units(outcome, v).reindex(people.index) for name, v in determinants.items()},
        deprivation=people["deprivation"].to_numpy(),
        deprivation_higher=axis.higher,
        population=people["people"].to_numpy(),
        higher=outcome.said.higher,
        of=outcome.said.of,
    )
    about: dict[str, Any] = {"of": section.of, "by": axis.name, "method": "concentration index"}
    about |= {"n": found.index.n, "unit": found.index.unit, "warning": found.warning}
    whole = _row(about, 0, WHOLE, found.index.value, 100.0, found.index.sentence)
    rows = [_limited(whole, found.index)]
    for order, part in enumerate(found.contributions, 1):
        row = _row(about, order, part.determinant, part.contribution, part.percent, part.sentence)
        confidence = None if part.lower is None else found.index.confidence
        rows.append(row | {"lower": part.lower, "upper": part.upper, "confidence": confidence})
    rows.append(_rest(about, len(rows), found.residual, found.index.value))
    return rows


def _difference(
    section: Explain, outcome: Outcome, determinants: dict[str, Any], areas: pd.DataFrame
) -> list[dict[str, Any]]:
    people = outcome.people()
    assert section.first is not None
    chosen = section.first.mask(areas, "areas (explain.first)").astype(float)
    first = _of_units(outcome, chosen).reindex(people.index).to_numpy() > 0.5
    found = gaps.decompose_difference(
        outcome.of_units(people.index)["values"],
        {name: _of_units(outcome, v).reindex(people.index) for name, v in determinants.items()},
        first=first,
        population=people["people"].to_numpy(),
        higher=outcome.said.higher,
        names=section.names,
        of=outcome.said.of,
        unit=outcome.unit,
    )
    about: dict[str, Any] = {
        "of": section.of,
        "by": " and ".join(section.names),
        "method": "Oaxaca-Blinder",
    }
    about |= {"n": found.difference.n, "unit": outcome.unit, "warning": found.warning}
    whole, rest = found.difference, found.unexplained
    rows = [_limited(_row(about, 0, WHOLE, whole.value, 100.0, whole.sentence), whole)]
    for order, (name, part) in enumerate(found.by_determinant.items(), 1):
        percent = 100 * part / whole.value if whole.value else None
        sentence = f"{name} accounts for {quantity(part, outcome.unit)} of the difference."
        rows.append(_row(about, order, name, part, percent, sentence))
    percent = 100 * (rest.value or 0.0) / whole.value if whole.value else None
    last = _row(about, len(rows), REST, rest.value, percent, rest.sentence)
    return [*rows, _limited(last, rest)]


def _limited(row: dict[str, Any], gap: gaps.Gap) -> dict[str, Any]:
    return row | {"lower": gap.lower, "upper": gap.upper, "confidence": gap.confidence}


def _row(
    about: dict[str, Any], order: int, name: str, value: Any, percent: Any, sentence: str
) -> dict[str, Any]:
    told = {"order": order, "determinant": name, "value": value, "percent": percent}
    return about | told | {"sentence": sentence, "confidence": None, "lower": None, "upper": None}


def _rest(about: dict[str, Any], order: int, residual: float, whole: Any) -> dict[str, Any]:
    percent = 100 * residual / whole if whole else None
    sentence = "The rest goes with none of these."
    return _row(about, order, REST, residual, percent, sentence)
