"""A place on one screen, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.assets.kinds import catalogue

if TYPE_CHECKING:
    from mobilise.place import Place

WIDTH = 88
DUPLICATES = "checks/duplicates.csv"
SHOWN_GAPS = 6
SHOWN_WARNINGS = 6


def summarise(place: Place) -> str:
    """Return what a place holds and shows, on one screen.

    Parameters
    ----------
    place
        A built place.
    """
    facts = {name: step["facts"] for name, step in place.facts["steps"].items()}
    lines = [_head(place, facts)]
    if place.facts["synthetic"]:
        lines.append("SYNTHETIC: this town and all of its data are invented.")
    for describe in (_assets, _joins, _network, _reach, _gaps, _warnings):
        lines += describe(place, facts)
    return "\n".join([*lines, *_steps(place)])


def table_text(place: Place, name: str, *, csv: bool = False) -> str:
    """Return a table as text: its first and last rows, or all of it as CSV.

    Parameters
    ----------
    place
        A built place.
    name
        The table.
    csv
        All rows as CSV, geometry as WKT.

    Raises
    ------
    PlaceError
        The place has no such table.
    """
    frame = place.table(name)
    if "geometry" in frame.columns:
        frame = pd.DataFrame(frame).assign(geometry=frame.geometry.to_wkt())
    if csv:
        return str(frame.to_csv(index=False)).rstrip("\n")
    shown = frame.drop(columns="geometry", errors="ignore")
    return f"{shown.to_string(max_rows=20, max_cols=12, max_colwidth=60)}\n{len(frame):,} rows"


def _head(place: Place, facts: dict[str, Any]) -> str:
    areas = facts["areas"]
    return f"{place.name}: {areas['areas']:,} areas, {areas['people']:,} people"


def _assets(_: Place, facts: dict[str, Any]) -> list[str]:
    if "assets" not in facts:
        return []
    found = facts["assets"]
    kinds = {catalogue().kinds[kind].plural: count for kind, count in found["kinds"].items()}
    counts = [
        f"{name} {count:,}" for name, count in sorted(kinds.items(), key=lambda i: (-i[1], i))
    ]
    beyond = f", and {found['outside']:,} just beyond the border" if found["outside"] else ""
    return [
        f"Assets: {sum(found['kinds'].values()):,} in the place{beyond}",
        *_wrapped(counts, " · "),
        f"  {found['merged']:,} merged as duplicates, {found['to_check']:,} to check: {DUPLICATES}",
    ]


def _joins(place: Place, _: dict[str, Any]) -> list[str]:
    notes = [n for n in place.facts["notes"] if n["step"] in {"areas", "indicators"}]
    return ["Joins:", *(f"  {n['source']}: {n['says']}" for n in notes)] if notes else []


def _network(place: Place, facts: dict[str, Any]) -> list[str]:
    parameters = place.facts["parameters"]
    speed = f"{parameters['speed_kmh']:g} km/h"
    if parameters["network"] == "straight line":
        return [f"Walks: STRAIGHT LINE x {parameters['detour']:g}, not streets, at {speed}"]
    summary = (facts.get("network") or {}).get("network") or {}
    return [f"Walks: on streets at {speed} ({summary.get('km', 0):,.0f} km of ways)"]


def _reach(place: Place, facts: dict[str, Any]) -> list[str]:
    if "reach" not in facts:
        return []
    reach, areas = place.table("reach"), place.table("areas").set_index("area_id")
    counts = reach[(reach["measure"] == "count") & reach["group"].isna()]
    parts = []
    for (kind, limit), rows in counts.groupby(["kind", "limit"], sort=True):
        people = areas["population"].reindex(rows["area_id"]).to_numpy()
        share = 100 * people[rows["value"].to_numpy() > 0].sum() / people.sum()
        parts.append(f"{_label(str(kind))} {limit:g} min: {share:.0f}%")
    edge = facts["reach"]["edge"]
    flagged = [f"  {edge:,} areas are nearer to the data's border than to most kinds of asset"]
    shown = ["People with one in reach:", *_wrapped(parts, " · ")] if parts else []
    return [*shown, *(flagged if edge else [])]


def _label(kind: str) -> str:
    return " or ".join(catalogue().kinds[part].label for part in kind.split("+"))


def _gaps(place: Place, facts: dict[str, Any]) -> list[str]:
    if "gaps" not in facts:
        return []
    gaps = place.table("gaps")
    slopes = gaps[(gaps["statistic"] == "slope_index") & (gaps["measure"] != "count")]
    if slopes.empty:
        return []
    clear = slopes[_clear(slopes) & ~_blurred(slopes, gaps)]
    worse = (clear["value"] > 0) == (clear["higher"] == "better")
    shown = list(clear.loc[worse, "sentence"].head(SHOWN_GAPS))
    if not shown:
        shown = ["Nothing measured is clearly worse in the most deprived areas."]
    counts = f"{int(worse.sum())} clearly worse for the most deprived areas, "
    counts += f"{int((~worse).sum())} clearly better, {len(slopes) - len(clear)} not clear"
    return ["Who is left out:", *(f"  {sentence}" for sentence in shown), f"  Of all: {counts}"]


def _clear(slopes: pd.DataFrame) -> pd.Series:
    return (slopes["lower"] > 0) | (slopes["upper"] < 0)


def _blurred(slopes: pd.DataFrame, gaps: pd.DataFrame) -> pd.Series:
    """Tell which slopes do not stand without the areas near the border of the data."""
    key = ["of", "kind", "measure", "limit", "by"]
    inside = gaps[gaps["statistic"] == "slope_index_inside"].set_index(key)
    stands = inside[_clear(inside)]["value"]
    blurred = []
    for row in slopes.itertuples():
        at = tuple(getattr(row, column) for column in key)
        known = at in inside.index
        blurred.append(known and not (at in stands.index and stands[at] * row.value > 0))
    return pd.Series(blurred, slopes.index, dtype=bool)


def _warnings(place: Place, _: dict[str, Any]) -> list[str]:
    warned = [note for note in place.facts["notes"] if note["warning"]]
    if not warned:
        return []
    shown = [f"  {note['source']}: {note['says']}" for note in warned[:SHOWN_WARNINGS]]
    more = len(warned) - len(shown)
    tail = [f"  and {more} more in the report"] if more > 0 else []
    return [f"Warnings: {len(warned)}", *shown, *tail]


def _steps(place: Place) -> list[str]:
    skipped = place.facts.get("skipped", [])
    steps = place.facts["steps"]
    if len(skipped) == len(steps):
        return [f"Up to date: {', '.join(skipped)}."]
    ran = [f"{name} {step['seconds']:.1f} s" for name, step in steps.items() if name not in skipped]
    kept = f"; up to date: {', '.join(skipped)}" if skipped else ""
    return [f"Steps: {', '.join(ran)}{kept}"]


def _wrapped(parts: list[str], separator: str) -> list[str]:
    lines, line = [], ""
    for part in parts:
        longer = f"{line}{separator}{part}" if line else part
        if len(longer) > WIDTH and line:
            lines.append(line)
            line = part
        else:
            line = longer
    return [f"  {text}" for text in [*lines, line] if text]
