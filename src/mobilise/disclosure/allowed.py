"""What may leave, field by field: ``allowed.toml``, read and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from mobilise.disclosure.cells import CountTable, Dimension
from mobilise.disclosure.changes import Score, outcome_table
from mobilise.disclosure.rule import Rule
from mobilise.errors import InputError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOT_RECORDED = "not recorded"
NONE_YET, SEVERAL = "none yet", "several"
PROGRESS = "progress"
STAGE, STATUS = "stage", "status"
STAGES = ("offered", "referred", "accepted", "attended", "completed")


@dataclass(frozen=True)
class Allowed:
    """The whole list.

    Parameters
    ----------
    rule
        The weakest rule that may be used.
    fields
        What people may be counted by: the levels of each, or where they come from.
    tables
        Which tables, by name.
    means_by
        What means may be given by, one at a time.
    scores
        Whose means.
    """

    rule: Rule
    fields: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, CountTable]
    means_by: tuple[str, ...]
    scores: Mapping[str, Score]

    def chosen(self, names: Sequence[str]) -> dict[str, CountTable]:
        """Return tables by name; all of them where none is named.

        Raises
        ------
        InputError
            A name is not on the list.
        """
        for name in names:
            if name not in self.tables:
                raise InputError(
                    f"No table '{name}' may leave{suggestion(name, self.tables)} "
                    "The list is disclosure/allowed.toml."
                )
        return {name: self.tables[name] for name in names or self.tables}

    def at_least_as_strict(self, rule: Rule | None) -> Rule:
        """Return the rule, or the list's own; refuse one that is weaker.

        Raises
        ------
        InputError
            It lets through what the list keeps back.
        """
        if rule is None:
            return self.rule
        if not rule.no_weaker_than(self.rule):
            raise InputError(
                f"The rule asked for is weaker than the list's: show no count below "
                f"{self.rule.least}, round to a multiple of {self.rule.base}, give no mean of "
                f"fewer than {self.rule.mean_least}."
            )
        return rule


@cache
def allowed() -> Allowed:
    """Return what may leave."""
    text = files(__package__).joinpath("allowed.toml").read_text(encoding="utf-8")
    return read_allowed(text)


def read_allowed(text: str) -> Allowed:
    """Read a list of what may leave.

    Parameters
    ----------
    text
        TOML, as ``allowed.toml``.

    Raises
    ------
    InputError
        A table or a mean is by a field that is not on the list.
    """
    data = tomllib.loads(text)
    fields, means = data["fields"], tuple(data["means"]["by"])
    shown = progress_shown(fields[PROGRESS]["levels"])
    tables = {name: _table(table, list(shown)) for name, table in data["tables"].items()}
    for name in [*means, *(field for table in tables.values() for field in table.by)]:
        if name not in fields:
            raise InputError(f"allowed.toml: '{name}' is no field{suggestion(name, fields)}")
    scores = {name: _score(name, score) for name, score in data["scores"].items()}
    tables |= {name: outcome_table(score) for name, score in scores.items()}
    return Allowed(Rule(**data["rule"]), fields, tables, means, scores)


def _score(name: str, score: Mapping[str, Any]) -> Score:
    low, high = (float(end) for end in score["range"])
    return Score(name, low, high, score["higher"], tuple(sorted(score.get("changes", ()))))


def progress_shown(levels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return what tables show of progress: each stage or further, and each status.

    Examples
    --------
    >>> progress_shown(["referred, waiting", "accepted, open"])["stage: referred"]
    ('referred, waiting', 'accepted, open')
    """
    pairs = {level: level.split(", ") for level in levels}
    shown = {
        f"{STAGE}: {stage}": tuple(v for v, (s, _) in pairs.items() if s in STAGES[n:])
        for n, stage in enumerate(STAGES)
        if n  # the first is everyone: the total
    }
    statuses = dict.fromkeys(status for _, status in pairs.values())
    return shown | {
        f"{STATUS}: {status}": tuple(v for v, (_, s) in pairs.items() if s == status)
        for status in statuses
    }


def _table(table: Mapping[str, Any], shown: Sequence[str]) -> CountTable:
    wanted = table["shows"]
    if isinstance(wanted, str):
        levels = ("", *(level for level in shown if level.startswith(f"{wanted}: ")))
    else:
        levels = tuple(f"{STAGE}: {stage}" for stage in wanted)
    return CountTable((*table["by"], PROGRESS), {PROGRESS: levels})


def dimensions_of(
    fields: Mapping[str, Mapping[str, Any]],
    areas: Sequence[str],
    known: Mapping[str, Mapping[str, str]],
    kinds: Sequence[str],
) -> dict[str, Dimension]:
    """Return the dimensions that rows are counted by.

    Parameters
    ----------
    fields
        Of the list.
    areas
        The place's areas.
    known
        For each field that is known from the area: the level of each area.
    kinds
        The kinds of asset that were referred to.
    """
    levels = {"place": (*areas, NOT_RECORDED), "rows": tuple(sorted({*kinds, NONE_YET, SEVERAL}))}
    found = {}
    for name, field in fields.items():
        listed = field["levels"]
        values = levels[listed] if isinstance(listed, str) else tuple(listed)
        shown = progress_shown(values) if name == PROGRESS else {}
        of = field.get("of")
        map_ = {area: known.get(name, {}).get(area, NOT_RECORDED) for area in levels["place"]}
        found[name] = Dimension(name, values, shown, of, map_ if of else {})
    return found
