"""Learn from tables that people bring: read, estimate, and keep it in a place's evidence.

Tables of people are read and never kept: what is written are estimates, small groups
withheld.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError, PlaceError
from mobilise.learn.analyses import (
    compared,
    estimates_table,
    outcomes_of,
    outcomes_released,
    pooled,
)
from mobilise.learn.network import models_of, network_of, snapshots
from mobilise.learn.outcomes.scales import scale_of
from mobilise.place import EVIDENCE, FACTS, Place, write_table
from mobilise.sources import fingerprint, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mobilise.learn.estimates import Estimate
    from mobilise.learn.network import Snapshot

RESIDENTS = "residents"
KEPT = (
    "estimates", "organisations", "collaborations", "sector_links", "collaborative_models",
)  # fmt: skip
_AREA, _FIFTH = "area_id", "quintile"


@dataclass(frozen=True)
class Learned:
    """What an analysis gave: its rows, and what was said about reading its file."""

    rows: pd.DataFrame
    notes: tuple[str, ...] = ()


def learn_outcomes(
    place: Path,
    file: Path,
    *,
    name: str | None = None,
    scale: str,
    raw: bool = False,
    by: Sequence[str] = (),
    features: Sequence[str] = (),
    eligible: str | None = None,
    threshold: float | None = None,
    synthetic: bool = False,
) -> Learned:
    """Estimate outcomes from a table of people and keep the estimates.

    Parameters
    ----------
    place
        Folder of the place; if it is built, people with an ``area_id`` get the deprivation
        fifth of their area.
    file
        One row a person; see :func:`mobilise.learn.analyses.outcomes_of`.
    name
        Of the analysis; by default that of the file.
    scale, raw, by, features, threshold
        As there.
    eligible
        ``residents`` of the place, or a table ``level, people``: whom it is for.
    synthetic
        Whether the people were made up.
    """
    table = pd.DataFrame(read_table(file))
    table, notes = _with_fifths(table, place)
    people = None if eligible is None else _eligible(place, eligible)
    with _told_of(file):
        found = outcomes_of(
            table, scale=scale, raw=raw, by=by, features=features, eligible=people,
            threshold=threshold,
        )  # fmt: skip
    return _kept(place, name or file.stem, found, _source(file), synthetic, notes)


def learn_released(
    place: Path, *, scale: str | None = None, name: str | None = None, synthetic: bool = False
) -> list[Learned]:
    """Estimate outcomes of the people referred, from what the wall let into the place.

    Parameters
    ----------
    place
        Folder of a place that outcome scores were released to.
    scale
        One score alone; by default every one that is there.
    name
        What the analyses' names begin with; by default the scale's name.
    synthetic
        Whether the people were made up; those of a made-up place are.

    Returns
    -------
    list of Learned
        One for each period and score.

    Raises
    ------
    PlaceError
        No score was released to the place, or not this one.
    """
    opened = Place.open(place)
    if not {"released_means", "released_outcomes"} <= set(opened.tables()):
        raise PlaceError(
            f"{place} holds no outcomes of referrals; 'mobilise release PLACE' lets them out of "
            "the personal plane."
        )
    means, counts = opened.table("released_means"), opened.table("released_outcomes")
    known = means[["period", "score"]].drop_duplicates()
    known = known if scale is None else known[known["score"] == scale_of(scale).key]
    shown = means[(means["by"] == "everyone") & (means["told"] == "mean")]
    known = known.merge(shown[["period", "score"]])  # of others there is nothing to say
    if known.empty:
        what = scale or "any score"
        raise PlaceError(f"{place}: nothing was released of {what}, or all of it was kept back.")
    made_up = synthetic or bool(opened.facts.get("synthetic"))
    return [
        _kept(
            place, f"{name or scale_of(score).name} of people referred, {period}",
            outcomes_released(
                means[means["period"] == period], counts[counts["period"] == period], scale=score
            ),
            f"counts and means released of referrals, {period}", made_up, (),
        )
        for period, score in known.itertuples(index=False)
    ]  # fmt: skip


def learn_comparison(
    place: Path,
    file: Path,
    *,
    name: str | None = None,
    design: str,
    features: Sequence[str] = (),
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
    synthetic: bool = False,
) -> Learned:
    """Estimate an effect by a causal design and keep it.

    Parameters
    ----------
    place, file, name, synthetic
        As for :func:`learn_outcomes`.
    design, features, of, unit, higher
        As for :func:`mobilise.learn.analyses.compared`.
    """
    table = pd.DataFrame(read_table(file))
    with _told_of(file):
        found = compared(table, design=design, features=features, of=of, unit=unit, higher=higher)
    return _kept(place, name or file.stem, found, _source(file), synthetic, ())


def learn_pool(
    place: Path,
    file: Path,
    *,
    name: str | None = None,
    method: str = "REML",
    test: str = "hartung-knapp",
    moderators: Sequence[str] = (),
    of: str = "the effect",
    unit: str = "",
    higher: str = "better",
    synthetic: bool = False,
) -> Learned:
    """Pool the effects of studies and keep what they say together.

    Parameters
    ----------
    place, file, name, synthetic
        As for :func:`learn_outcomes`.
    method, test, moderators, of, unit, higher
        As for :func:`mobilise.learn.analyses.pooled`.
    """
    table = pd.DataFrame(read_table(file))
    chosen: dict[str, Any] = {"method": method, "test": test}
    with _told_of(file):
        found = pooled(table, moderators=moderators, of=of, unit=unit, higher=higher, **chosen)
    return _kept(place, name or file.stem, found, _source(file), synthetic, ())


def learn_network(
    place: Path,
    organisations: Path,
    links: Path,
    *,
    models: Path | None = None,
    synthetic: bool = False,
) -> list[Snapshot]:
    """Measure a network in each of its periods and keep it, with the models it follows.

    Parameters
    ----------
    place
        Folder of the place.
    organisations, links, models
        Tables; see :func:`mobilise.learn.network.network_of` and ``models_of``.
    synthetic
        Whether they were made up.
    """
    people, edges = (pd.DataFrame(read_table(file)) for file in (organisations, links))
    with _told_of(links):
        network = network_of(people, edges)
    described = None if models is None else models_of(pd.DataFrame(read_table(models)))
    found = snapshots(network)
    if not found:
        raise InputError(f"{links}: there is no link to show.")
    each = [s.organisations.assign(period=s.period, synthetic=synthetic) for s in found]
    between = [s.sectors.assign(period=s.period) for s in found]
    folder = evidence_of(place)
    write_table(folder, "organisations", pd.concat(each, ignore_index=True))
    write_table(folder, "sector_links", pd.concat(between, ignore_index=True))
    write_table(folder, "collaborations", network.links)
    if described is not None:
        write_table(folder, "collaborative_models", described)
    return found


def learn_demonstration(place: Path, files: Mapping[str, Path]) -> None:
    """Learn everything from the demonstration's tables, which are made up.

    Parameters
    ----------
    place
        Folder of the demonstration place.
    files
        As :func:`mobilise.demo.learning.write_learning` returns them.
    """
    points: dict[str, Any] = {"of": "wellbeing", "unit": "points", "synthetic": True}
    learn_outcomes(
        place, files["people"], name="Did people get better?", scale="swemwbs", raw=True,
        by=["offer"], synthetic=True,
    )  # fmt: skip
    learn_comparison(
        place, files["rollout"], name="Did link workers cause it?", design="staggered", **points
    )
    learn_comparison(
        place, files["months"], name="Did visits to general practice fall?", design="series",
        of="visits to general practice", unit="visits a thousand people", higher="worse",
        synthetic=True,
    )  # fmt: skip
    learn_pool(
        place, files["projects"], name="What do ten projects say together?",
        moderators=["co_located"], **points,
    )  # fmt: skip
    learn_network(
        place, files["organisations"], files["links"], models=files["models"], synthetic=True
    )


def evidence_of(place: Path) -> Path:
    """Return the folder of a place's evidence; the place need not be built.

    Raises
    ------
    PlaceError
        There is no such place's folder.
    """
    if not place.is_dir():
        raise PlaceError(f"{place}: there is no such folder; 'mobilise build' makes a place.")
    return place / EVIDENCE


def kept_table(place: Path, name: str) -> pd.DataFrame | None:
    """Return a table of the place's evidence, or None where it has none."""
    path = evidence_of(place) / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else None


def kept_tables(place: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of the place's evidence that a report on numbers is made of."""
    found = {name: kept_table(place, name) for name in KEPT}
    return {name: table for name, table in found.items() if table is not None}


@contextmanager
def _told_of(file: Path) -> Iterator[None]:
    """Put the file's name before what is wrong in it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def _source(file: Path) -> str:
    return f"{file.name} (sha256 {str(fingerprint(file)['sha256'])[:12]})"


def _kept(
    place: Path, name: str, found: Sequence[Estimate], source: str, synthetic: bool,
    notes: Iterable[str],
) -> Learned:  # fmt: skip
    folder = evidence_of(place)
    rows = estimates_table(found, analysis=name, source=source, synthetic=synthetic)
    before = kept_table(place, "estimates")
    whole = rows
    if before is not None:
        others = before[before["analysis"] != name]
        whole = pd.concat([others, rows], ignore_index=True) if len(others) else rows
    write_table(folder, "estimates", whole)
    return Learned(rows, tuple(notes))


def _with_fifths(table: pd.DataFrame, place: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Give people the deprivation fifth of their area, where they have none and it is known."""
    if _FIFTH in table or _AREA not in table or not (place / FACTS).is_file():
        return table, ()
    areas = Place.open(place).table("areas").set_index("area_id")["deprivation_quintile"]
    fifth = table[_AREA].astype(str).map(areas).astype("Float64").astype("float64")
    lost = int((fifth.isna() & table[_AREA].notna()).sum())
    said = (f"{lost} of {len(table)} people live in areas without a deprivation fifth here.",)
    return table.assign(**{_FIFTH: fifth}), said if lost else ()


def _eligible(place: Path, eligible: str) -> Mapping[str, int]:
    if eligible != RESIDENTS:
        table = pd.DataFrame(read_table(Path(eligible)))
        if not {"level", "people"} <= set(table.columns):
            raise InputError(f"{eligible}: give the columns 'level' and 'people'.")
        return {str(k): int(v) for k, v in zip(table["level"], table["people"], strict=True)}
    if not (place / FACTS).is_file():
        raise InputError(f"{place} is not built: its residents are not known; give a table.")
    areas = Place.open(place).table("areas")
    sums = areas.dropna(subset=["deprivation_quintile"]).groupby("deprivation_quintile")
    people = sums["population"].sum()
    return {f"{int(level)}": round(total) for level, total in people.items()}
