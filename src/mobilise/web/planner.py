"""Plans on demand: solved in a process of their own, so that pages stay quick meanwhile."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLong
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, MobiliseError
from mobilise.learn.evidence import Evidence
from mobilise.learn.priorities import weights

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.place import Place
    from mobilise.report.material import Material

PATIENCE = 120.0  # seconds
KEPT = 64
MOST_SITES = 20


@dataclass
class Planner:
    """Solves plans of one place, one at a time, and remembers the last ones.

    Parameters
    ----------
    folder
        The place's.
    """

    folder: Path
    _known: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ProcessPoolExecutor | None = None

    def solve(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return a plan: its sentences, its sites, its map, and its figures as HTML.

        Parameters
        ----------
        asked
            The keys of a ``[[plan]]`` section.

        Raises
        ------
        InputError
            It cannot be had, or takes too long; the sentence says why.
        """
        key = json.dumps([asked, self._wishes(asked)], sort_keys=True)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = self._answer(asked)
        if "fault" in found:
            raise InputError(str(found["fault"]))
        with self._lock:
            self._known[key] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def _wishes(self, asked: dict[str, Any]) -> dict[str, float]:
        """Return the weights of the round that is asked for: counted anew, it is another plan."""
        if not asked.get("residents"):
            return {}
        return weights(Evidence.of(self.folder), "area", str(asked["residents"]))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        waiting = self._workers().submit(answer, str(self.folder), asked)
        try:
            return waiting.result(PATIENCE)
        except TooLong as error:
            self.close()
            raise InputError(
                f"This plan took more than {PATIENCE:.0f} seconds; ask for fewer sites, or for "
                "candidates of one kind."
            ) from error
        except BrokenProcessPool as error:
            self.close()
            raise InputError(
                "The plan could not be finished; ask for fewer sites or candidates."
            ) from error

    def _workers(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(max_workers=1, mp_context=spawn)
            return self._pool

    def close(self) -> None:
        """End the process that solves, if there is one, even in the middle of a plan."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            for worker in list(getattr(pool, "_processes", {}).values()):
                worker.terminate()
            pool.shutdown(wait=False, cancel_futures=True)


def answer(folder: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Solve one plan; what is wrong with it comes back as ``fault``.

    Parameters
    ----------
    folder
        The place's.
    asked
        The keys of a ``[[plan]]`` section.
    """
    try:
        return _solved(folder, asked)
    except MobiliseError as error:
        return {"fault": str(error)}


def _solved(folder: str, asked: dict[str, Any]) -> dict[str, Any]:
    from mobilise.build.plans import place_plans  # noqa: PLC0415  (heavy: in the child only)
    from mobilise.recipe import plan_section  # noqa: PLC0415
    from mobilise.report.sections.plans import plan_sections  # noqa: PLC0415
    from mobilise.web.planmap import change_map  # noqa: PLC0415
    from mobilise.web.shell import environment  # noqa: PLC0415

    place, material, streets = _open(folder)
    made = place_plans(place, [plan_section(asked)], streets)
    facts = dict(material.facts)
    facts["steps"] = facts["steps"] | {"plan": {"facts": {"scenarios": made.scenarios}}}
    facts["recipe"] = facts["recipe"] | {"plan": []}
    (section,) = plan_sections(replace(material, facts=facts, plans=made.tables))
    template = environment().get_template("section.html")
    said = made.scenarios[0]
    effects = made.tables["plan_effects"]
    return {
        "sentence": said["sentence"],
        "certificate": said["certificate"],
        "effects": said["effects"],
        "residents": said["residents"],
        "sites": json.loads(made.tables["plan"].to_json(orient="records")),
        "table": json.loads(effects[effects["by"] != "group"].to_json(orient="records")),
        "notes": [note.says for note in made.notes if note.says not in said["warnings"]],
        "map": change_map(material, made.tables, kind=str(said["kind"]), minutes=said["minutes"]),
        "html": template.render(section=replace(section, blocks=section.blocks[1:])),
    }


@cache
def _open(folder: str) -> tuple[Place, Material, Any]:
    from mobilise.place import Place  # noqa: PLC0415
    from mobilise.reach import load_streets  # noqa: PLC0415
    from mobilise.report.material import read_material  # noqa: PLC0415

    place = Place.open(folder)
    network = place.folder / "network.npz"
    return place, read_material(place), load_streets(network) if network.is_file() else None
