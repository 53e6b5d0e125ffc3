"""Plans of a place: ``[[plan]]``, and ``mobilise plan`` without a recipe."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise import plan
from mobilise.build.plan_sites import ids_of, problem_of
from mobilise.build.weights import area_round, compared, weighed
from mobilise.errors import InputError
from mobilise.tables import empty, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mobilise.build.sections import Say
    from mobilise.gaps import Gap
    from mobilise.notes import Note
    from mobilise.place import Place
    from mobilise.reach import Streets
    from mobilise.recipe import Plan

TABLES = (
    "plan",
    "plan_effects",
    "plan_areas",
    "plan_frontier",
    "plan_robustness",
    "plan_closing",
)
NOTHING_CHOSEN = "Nothing was chosen: which sites close was given."


@dataclass(frozen=True)
class PlansResult:
    """The tables of plans by name, what each scenario says, and notes."""

    tables: dict[str, pd.DataFrame]
    scenarios: list[dict[str, Any]]
    notes: list[Note]


def place_plans(
    place: Place,
    sections: Sequence[Plan],
    streets: Streets | None,
    *,
    label: Callable[[Path], str] = lambda file: file.name,
    say: Say = lambda _: None,
) -> PlansResult:
    """Make the plans of a place.

    Parameters
    ----------
    place
        Built as far as reach.
    sections
        What to plan.
    streets
        The walking network; None: straight lines, as the place was built.
    label
        From a file of candidates to what people should read of it.
    say
        Called as each plan begins.

    Raises
    ------
    MobiliseError
        What is asked cannot be had; the sentence says why.
    """
    names = [section.scenario for section in sections]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two plans are called '{name}': give each a 'name' of its own.")
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    known: dict[str, plan.Plan] = {}
    scenarios, notes = [], []
    for section in sections:
        say(f"plan: {section.scenario}")
        problem = problem_of(place, section, streets, label)
        notes += [note for note in problem.notes if note not in notes]
        said, remarks = _weighed(place, problem, section, parts, known, say)
        scenarios.append(said)
        notes += [note for note in remarks if note not in notes]
    tables = {
        name: validate(name, pd.concat(found, ignore_index=True)) if found else empty(name)
        for name, found in parts.items()
    }
    return PlansResult(tables, scenarios, notes)


def _weighed(
    place: Place,
    problem: plan.Problem,
    section: Plan,
    parts: dict[str, list[pd.DataFrame]],
    known: dict[str, plan.Plan],
    say: Say,
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Solve one section; where residents' weights count, say what they change."""
    if not section.residents:
        return _planned(problem, section, parts, known, say)[:2]
    name, given = area_round(place.folder, section.residents)
    say(f"plan: {section.scenario}: with residents' weights ({name}), and without")
    said, notes, made = _planned(weighed(problem, given), section, parts, known, say)
    without = section.model_copy(update={"residents": None})
    plain = _made(problem, without, _asked(problem, section), known)[0]
    both = [_choice(problem, one) for one in (plain, made)]
    sentence = str(compared(*both)["sentence"])
    return said | {"round": name, "residents": [sentence, _WEIGHED.format(name)]}, notes


_WEIGHED = (
    "Each area's people count what residents gave to it in the round '{}' (what nobody named: half "
    "of an equal share), so the plan's own sums are of weighed people; who gains and loses is "
    "told in people."
)


def _choice(problem: plan.Problem, made: plan.Plan) -> tuple[str, float]:
    """Return what a plan does in words, and how many people it brings newly within the limit."""
    names = problem.sites.set_index("site_id")["name"]
    opened = [str(name) for name in sorted(names.loc[list(made.site_ids)])]
    closed = [f"closing {name}" for name in sorted(names.loc[list(made.closed)])]
    gained = float(plan.effects(problem, made).table.iloc[0]["gained"])
    return ", ".join([*opened, *closed]) or "nothing", gained


def _finer(section: Plan) -> dict[str, Any]:
    return {
        "floors": {int(fifth): share for fifth, share in section.floors.items()},
        "at_least": section.at_least,
        "statistic": section.statistic,
        "capacity_per_person": section.capacity_per_person,
    }


def _planned(
    problem: plan.Problem,
    section: Plan,
    parts: dict[str, list[pd.DataFrame]],
    known: dict[str, plan.Plan],
    say: Say,
) -> tuple[dict[str, Any], tuple[Note, ...], plan.Plan]:
    """Solve one section, add its rows to the tables, and return what it says, remarks, the plan."""
    name = section.scenario
    asked = _asked(problem, section)
    finer = _finer(section)
    made, days, said_of_days = _made(problem, section, asked, known)
    done = plan.effects(problem, made)
    parts["plan"].append(_rows(problem, made, name).assign(day=lambda t: t["site_id"].map(days)))
    parts["plan_effects"].append(done.table.assign(scenario=name))
    parts["plan_areas"].append(done.areas.assign(scenario=name))
    said = _said(problem, section, made, done) | {"sessions": said_of_days}
    if made.closed:
        study = plan.closing_study(problem, made.closed, minutes=section.minutes)
        parts["plan_closing"].append(study.sites.assign(scenario=name))
        said["closing"] = list(study.sentences) if section.closing else []
    if section.frontier:
        say(f"plan: {name}: {section.frontier} points between most people and fairest")
        said["frontier"] = _frontier(problem, section, asked, parts, known)
    if section.robustness:
        say(f"plan: {name}: {section.robustness} times with other numbers")
        tried = plan.robustness(problem, made, draws=section.robustness, **finer, **asked)
        parts["plan_robustness"].append(tried.table.assign(scenario=name))
        said["robustness"] = list(tried.sentences)
    return said, made.notes, made


def _said(
    problem: plan.Problem, section: Plan, made: plan.Plan, done: plan.Effects
) -> dict[str, Any]:
    """Return what is said of a plan: what it does, how sure, for whom."""
    return {
        "scenario": section.scenario,
        "kind": section.kind,
        "minutes": section.minutes,
        "objective": section.objective,
        "sentence": made.sentence,
        "certificate": made.certificate if _chooses(section) else NOTHING_CHOSEN,
        "method": made.method if _chooses(section) else NOTHING_CHOSEN,
        "warnings": [
            note.says for note in made.notes if note.warning and note not in problem.notes
        ],
        "effects": list(done.sentences),
        "cost_per_person": done.cost_per_person,
        "slope_before": _slope(done.before),
        "slope_after": _slope(done.after),
        "unreached": int((~done.areas["reached_after"]).sum()),
        "frontier": [],
        "robustness": [],
        "closing": [],
        "residents": [],
    }


def _asked(problem: plan.Problem, section: Plan) -> dict[str, Any]:
    many = len(section.days) * section.stops_per_day if section.stops_per_day else section.add
    return {
        "add": many,
        "budget": section.budget,
        "close": section.close,
        "closing": ids_of(problem, section.closing),
        "must": ids_of(problem, section.must),
        "forbidden": ids_of(problem, section.forbidden),
        "per_district": section.per_district,
    }


def _made(
    problem: plan.Problem, section: Plan, asked: dict[str, Any], known: dict[str, plan.Plan]
) -> tuple[plan.Plan, dict[str, str], list[str]]:
    """Return the plan; for a week of stops, the day of each, and the days in words."""
    if not section.stops_per_day:
        return _solved(problem, section, asked, known), {}, []
    week = plan.sessions(
        problem, minutes=section.minutes, objective=section.objective, days=section.days,
        stops_per_day=section.stops_per_day, **_finer(section),
        **{key: asked[key] for key in ("must", "forbidden", "per_district")},
    )  # fmt: skip
    days = dict(zip(week.table["site_id"], week.table["day"], strict=True))
    return week.plan, days, list(week.sentences[1:])


def _solved(
    problem: plan.Problem, section: Plan, asked: dict[str, Any], known: dict[str, plan.Plan]
) -> plan.Plan:
    """Return the plan of a section; one that another section has asked for is not made again."""
    question = repr(section.model_copy(update={"name": None, "frontier": 0, "robustness": 0}))
    if question not in known:
        known[question] = plan.solve(
            problem, minutes=section.minutes, objective=section.objective, **_finer(section),
            **asked,
        )  # fmt: skip
    return known[question]


def _slope(gap: Gap | None) -> dict[str, Any] | None:
    if gap is None:
        return None
    return {key: gap.as_dict()[key] for key in ("value", "lower", "upper", "confidence")}


def _chooses(section: Plan) -> bool:
    return bool(section.add or section.budget or section.close or section.stops_per_day)


def _rows(problem: plan.Problem, made: plan.Plan, scenario: str) -> pd.DataFrame:
    opened = made.rows(scenario).assign(change="open")
    sites = problem.sites.set_index("site_id").loc[list(made.closed)].reset_index()
    closed = pd.DataFrame(
        {
            "scenario": scenario,
            "site_id": sites["site_id"],
            "name": sites["name"],
            "x": sites["x"],
            "y": sites["y"],
            "change": "close",
            "unit": made.unit,
            "objective": made.objective,
        }
    )
    return pd.concat([opened, closed], ignore_index=True) if len(closed) else opened


def _frontier(
    problem: plan.Problem,
    section: Plan,
    asked: dict[str, Any],
    parts: dict[str, list[pd.DataFrame]],
    known: dict[str, plan.Plan],
) -> list[str]:
    """Trace the frontier, through the two plans that its ends have as scenarios of their own."""
    plain: dict[str, Any] = {"floors": {}, "at_least": 0.0, "statistic": "slope_index"}
    ends = []
    for objective in ("coverage", "least-inequality"):
        end = section.model_copy(update={**plain, "objective": objective})
        # Where nobody is left to reach, or hours are extended, there is no such scenario.
        with suppress(InputError):
            ends.append(_solved(problem, end, asked, known))
    found = plan.frontier(
        problem, minutes=section.minutes, points=section.frontier, plans=ends, **asked
    )
    was_open = (problem.sites["status"] == "existing").to_numpy()
    names = problem.sites["name"].to_numpy()
    new = ["; ".join(sorted(names[np.asarray(c) & ~was_open])) for c in found.choices]
    parts["plan_frontier"].append(found.table.assign(scenario=section.scenario, sites=new))
    return list(found.sentences)


def plan_text(made: PlansResult) -> str:
    """Return plans as text: what each does, how sure, for whom, its sites; then side by side.

    Parameters
    ----------
    made
        What :func:`place_plans` returned.
    """
    texts = [_one(said, made) for said in made.scenarios]
    if len(texts) > 1:
        texts.append(f"Side by side\n\n{side_by_side(made).to_string(index=False, na_rep='')}")
    notes = [f"Note: {note.says}" for note in made.notes]
    return "\n\n".join([*texts, *(["\n".join(notes)] if notes else [])])


def _one(said: dict[str, Any], made: PlansResult) -> str:
    sites = made.tables["plan"]
    sites = sites[sites["scenario"] == said["scenario"]]
    columns = ["order", "change", "name", "source", "day", "gain", "total", "site_id"]
    shown = sites[[column for column in columns if sites[column].notna().any()]]
    sentences = [*said["effects"], *said["closing"], *said["sessions"]]
    more = [*said["residents"], *said["frontier"], *said["robustness"]]
    lines = [
        *([said["scenario"], ""] if len(made.scenarios) > 1 else []),
        said["sentence"],
        said["certificate"],
        *dict.fromkeys([*sentences, *more]),
        "",
        shown.to_string(index=False, na_rep=""),
    ]
    closing = made.tables["plan_closing"]
    if (closing["scenario"] == said["scenario"]).any():
        lines += ["", impact_text(made, said["scenario"])]
    return "\n".join(lines)


def side_by_side(made: PlansResult) -> pd.DataFrame:
    """Return the scenarios side by side: people within the limit, the gap, the cost."""
    effects = made.tables["plan_effects"]
    place = effects[effects["by"] == "place"].set_index("scenario")
    rows = []
    for said in made.scenarios:
        of = place.loc[said["scenario"]]
        slopes = (said["slope_before"], said["slope_after"])
        gaps = [None if one is None else one["value"] for one in slopes]
        rows.append(
            {
                "scenario": said["scenario"],
                "within": f"{said['minutes']:g} min",
                "before": f"{of['reached_before']:,.0f}",
                "after": f"{of['reached_after']:,.0f}",
                "gain": f"{of['gained']:,.0f}",
                "lose": f"{of['lost']:,.0f}",
                "gap before": None if gaps[0] is None else f"{gaps[0]:.1f}",
                "gap after": None if gaps[1] is None else f"{gaps[1]:.1f}",
                "a person": said["cost_per_person"],
            }
        )
    table = pd.DataFrame(rows)
    return table.drop(columns=[column for column in table if table[column].isna().all()])


def records(frame: pd.DataFrame) -> list[Any]:
    """Return the rows as records."""
    return list(frame.itertuples())


HEADS = "Whom | People | Lose reach | Lose reach (%) | Mean walk, change (minutes) | Hit harder"
ENDS = {"1": " (most deprived)", "5": " (least deprived)"}


def impact_text(made: PlansResult, scenario: str) -> str:
    """Return the equality impact table of closures as Markdown, ready to paste."""
    effects = made.tables["plan_effects"]
    rows = effects[(effects["scenario"] == scenario) & effects["by"].isin(["place", "quintile"])]
    lines = [f"| {HEADS} |", "|---|---:|---:|---:|---:|---|"]
    shares = 100 * rows["lost"] / rows["people"].where(rows["people"] > 0)
    for row, share in zip(records(rows), shares.fillna(0.0), strict=True):
        whole = row.by == "place"
        whom = "Whole place" if whole else f"Fifth {row.level}{ENDS.get(row.level, '')}"
        harder = "" if whole else "yes" if share > shares.iloc[0] + 1e-9 else "no"
        extra = row.minutes_after - row.minutes_before
        lines.append(
            f"| {whom} | {row.people:,.0f} | {row.lost:,.0f} | {share:.1f} | {extra:+.1f} "
            f"| {harder} |"
        )
    return "\n".join(lines)
