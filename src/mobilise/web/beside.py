"""Another place beside this one: what both measure alike is compared, and what differs is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.report import words
from mobilise.report.material import records
from mobilise.report.measures import measure_name
from mobilise.web.layers import DEPRIVATION
from mobilise.web.maptable import value_words

if TYPE_CHECKING:
    from mobilise.web.layers import Layer
    from mobilise.web.site import Site

WALK = {
    "network": "walks",
    "speed_kmh": "walking speed (km/h)",
    "detour": "detour of straight lines",
    "snap_m": "furthest from a street (m)",
}
RANKED = {
    "name": "measure of deprivation",
    "higher": "direction of deprivation",
    "among": "fifths ranked among",
    "areas_ranked": "areas ranked",
}
OWN_FIGURES = r"\s*Fitted:.*| on \d+ degrees of freedom"  # what a method says of one place alone
SLOPE = ["kind", "measure", "limit", "of", "by", "statistic", "unit", "higher", "method"]


@dataclass(frozen=True)
class Side:
    """One measure in one place: of everybody, and in the most and the least deprived fifth."""

    everybody: str
    most: str
    least: str
    source: str


@dataclass(frozen=True)
class Pair:
    """One measure that both places define alike; `verdict` is this place's: better, worse, ""."""

    layer: Layer
    here: Side
    there: Side
    verdict: str


@dataclass(frozen=True)
class Slope:
    """One gap by deprivation, of both places, each with its interval."""

    of: str
    unit: str
    here: str
    there: str


@dataclass(frozen=True)
class Beside:
    """Two places side by side.

    Parameters
    ----------
    pairs
        Measures that both define alike.
    slopes
        Gaps that both define alike.
    fifths
        Whether fifths of deprivation mean the same in both.
    apart
        What is measured in both, but not alike, or in one alone: sentences.
    """

    pairs: list[Pair]
    slopes: list[Slope]
    fifths: bool
    apart: list[str]


def beside(here: Site, there: Site) -> Beside:
    """Compare two places.

    Parameters
    ----------
    here, there
        The place whose pages these are, and the other.
    """
    ranked = _differing(_deprivation(here), _deprivation(there), RANKED, here, there)
    walked = _differing(_parameters(here), _parameters(there), WALK, here, there)
    fifths = not ranked and bool(_deprivation(here))
    pairs: list[Pair] = []
    apart: list[str] = []
    alone: list[Layer] = []
    others = {_key(layer): layer for layer in _measures(there)}
    for layer in _measures(here):
        other = others.pop(_key(layer), None)
        why = "" if other is None else _unlike(layer, other)
        if other is not None and layer.kind and walked:
            continue  # said once for all of them
        if other is None:
            alone.append(layer)
        elif why:
            apart.append(f"{layer.label}: {why}.")
        else:
            pairs.append(_pair(here, there, layer, other, fifths=fifths))
    apart += _alone(here, alone) + _alone(there, list(others.values()))
    slopes = _slopes(here, there, walked=bool(walked)) if fifths else []
    if walked:
        walked.append("What is reached on foot: walks are not measured alike.")
    return Beside(pairs, slopes, fifths, [*walked, *ranked, *apart])


def sentence_of(found: Beside, here: str, there: str) -> str:
    """Return in words how one place compares with the other.

    Parameters
    ----------
    found
        Of :func:`beside`.
    here, there
        The places' names.
    """
    judged = [pair for pair in found.pairs if pair.verdict]
    worse = [pair for pair in judged if pair.verdict == "worse"]
    if not judged:
        return f"{here} and {there} have no measure in common that is better or worse."
    counted = words.counted(len(judged), "measure", "measures")
    return (
        f"On {counted} that both places define alike, {here} is worse off than {there} on "
        f"{len(worse)} and better off on {len(judged) - len(worse)}."
    )


def csv_of(found: Beside, here: str, there: str) -> str:
    """Return the pairs as CSV.

    Parameters
    ----------
    found
        Of :func:`beside`.
    here, there
        The places' names.
    """
    rows = [
        {
            "measure": pair.layer.label,
            "unit": pair.layer.unit,
            "period": pair.layer.period,
            "place": place,
            "everybody": side.everybody,
            "most_deprived_fifth": side.most,
            "least_deprived_fifth": side.least,
            "source": side.source,
        }
        for pair in found.pairs
        for place, side in ((here, pair.here), (there, pair.there))
    ]
    return str(pd.DataFrame(rows).to_csv(index=False))


def _measures(site: Site) -> list[Layer]:
    return [layer for layer in site.layers.values() if layer.id != DEPRIVATION]


def _key(layer: Layer) -> str:
    """Return what a measure goes by in any place: indicators are numbered in each by itself."""
    return layer.id if layer.kind else f"indicator {layer.label}"


def _alone(site: Site, layers: list[Layer]) -> list[str]:
    """Return a sentence on what one place alone measures; none where there is nothing."""
    named = [words.amid(layer.label) for layer in layers]
    return [f"In {site.name} alone: {'; '.join(named)}."] if named else []


def _unlike(one: Layer, other: Layer) -> str:
    """Return why two measures of one name are not compared; "" where they are alike."""
    pairs = ((one.unit, other.unit), (one.period, other.period), (one.label, other.label))
    differing = [(a or "not stated", b or "not stated") for a, b in pairs if a != b]
    return "; ".join(f"{a} here, {b} there" for a, b in differing)


def _pair(here: Site, there: Site, layer: Layer, other: Layer, *, fifths: bool) -> Pair:
    ours, theirs = here.means[layer.id][0], there.means[other.id][0]
    sides = (_side(here, layer, fifths=fifths), _side(there, other, fifths=fifths))
    verdict = ""
    told_apart = sides[0].everybody != sides[1].everybody  # as they are printed
    if layer.higher and np.isfinite([ours, theirs]).all() and told_apart:
        verdict = "better" if (ours > theirs) == (layer.higher == "better") else "worse"
    return Pair(layer, *sides, verdict)


def _side(site: Site, layer: Layer, *, fifths: bool) -> Side:
    everybody, by_fifth = site.means[layer.id]
    most, least = (by_fifth.get(level, np.nan) if fifths else np.nan for level in (1, 5))
    return Side(_mean(layer, everybody), _mean(layer, most), _mean(layer, least), layer.source)


def _mean(layer: Layer, value: float) -> str:
    if np.isnan(value):
        return words.MISSING
    return f"{value:,.1f} {layer.unit}" if layer.measure == "count" else value_words(layer, value)


def _slopes(here: Site, there: Site, *, walked: bool) -> list[Slope]:
    """Return the slopes by deprivation of what both measure alike."""
    if not all("gaps" in site.place.tables() for site in (here, there)):
        return []
    ours, theirs = (_slope_rows(site, walked=walked) for site in (here, there))
    both = ours.merge(theirs, on=SLOPE, suffixes=("", "_there"))
    found = []
    for row in records(both.sort_values(["kind", "of"])):
        one = (row.value, row.lower, row.upper, row.confidence)
        other = (row.value_there, row.lower_there, row.upper_there, row.confidence_there)
        said = (_with_interval(*values, str(row.unit)) for values in (one, other))
        found.append(Slope(_about(row), words.clean(row.unit), *said))
    return found


def _about(row: Any) -> str:
    if pd.isna(row.kind):
        return words.clean(row.of)
    limit = float("nan") if pd.isna(row.limit) else float(row.limit)
    return measure_name(str(row.kind), str(row.measure), limit, "")


def _slope_rows(site: Site, *, walked: bool) -> pd.DataFrame:
    table = site.gaps
    kept = (table["statistic"] == "slope_index") & (table["measure"] != "count")
    kept &= table["level"].isna() & table["part"].isna()
    if walked:
        kept &= table["kind"].isna()
    columns = [*SLOPE, "value", "lower", "upper", "confidence"]
    rows = table.loc[kept, columns]
    alike = rows["method"].str.replace(OWN_FIGURES, "", regex=True)
    return rows.assign(method=alike).drop_duplicates(SLOPE)


def _with_interval(value: Any, lower: Any, upper: Any, confidence: Any, unit: str) -> str:
    return f"{words.in_unit(value, unit)}; {words.interval(lower, upper, confidence, unit)}"


def _parameters(site: Site) -> dict[str, Any]:
    return dict(site.place.facts.get("parameters", {}))


def _deprivation(site: Site) -> dict[str, Any]:
    return dict(_parameters(site).get("deprivation") or {})


def _differing(
    ours: dict[str, Any], theirs: dict[str, Any], named: dict[str, str], here: Site, there: Site
) -> list[str]:
    """Return sentences on parameters that the two places do not share."""
    found = []
    for key, name in named.items():
        pair = (ours.get(key), theirs.get(key))
        if pair[0] != pair[1]:
            one, other = ("none" if value is None else words.clean(value) for value in pair)
            found.append(
                f"{name[:1].upper()}{name[1:]}: {one} in {here.name}, {other} in {there.name}."
            )
    return found
