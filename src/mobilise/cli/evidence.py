"""Actions of `mobilise learn` on the register, the coded evidence and the priorities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse

    import pandas as pd


def add_actions(actions: Any) -> None:
    """Add them to the parser's actions."""
    add = _action(actions, "add", _add, "take files into the evidence, whatever they are")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add.add_argument("--project", metavar="ID", help="the project that documents belong to")

    _action(actions, "check", _check, "tell every fault of register and findings")

    export = _action(actions, "export", _export, "write .qdpx .qdc .ris .bib .json .atom or CSV")
    export.add_argument("file", type=Path, metavar="FILE")

    library = _action(actions, "library", _library, "cite what the library holds")
    library.add_argument("--style", default="harvard-cite-them-right", help="of the citations")
    library.add_argument("--phase", type=int, help="of the programme")
    library.add_argument("--where", metavar="PLACE", help="a part of a place's name")
    library.add_argument("--kind", help="of asset")
    library.add_argument("--theme", help="of the project")

    search = _action(actions, "search", _search, "find words in everything")
    search.add_argument("words", nargs="+", metavar="WORD")
    search.add_argument("--most", type=int, default=20, metavar="N", help="how many at most")

    matrix = _action(actions, "matrix", _matrix, "themes by projects, in extracts")
    matrix.add_argument("--rows", default="theme", help="theme, domain, code or sort")
    matrix.add_argument("--columns", default="project_id", help="project_id, phase, setting, ...")
    matrix.add_argument("--csv", action="store_true", help="as CSV")

    factors = _action(actions, "factors", _factors, "barriers and enablers, in projects")
    factors.add_argument("--by", default="all", help="all, phase, setting, kind or group")
    factors.add_argument("--csv", action="store_true", help="as CSV")

    answers = _action(actions, "answers", _answers, "which enablers answer which barriers")
    answers.add_argument("--csv", action="store_true", help="as CSV")

    agree = _action(actions, "agreement", _agreement, "how far two coders agree, and where not")
    agree.add_argument("first", metavar="CODER")
    agree.add_argument("second", metavar="CODER")
    agree.add_argument("--differences", action="store_true", help="the list to reconcile, as CSV")

    suggest = _action(actions, "suggest", _suggest, "suggest codes for what nobody has coded")
    suggest.add_argument("--most", type=int, default=50, metavar="N", help="how many at most")

    decide = _action(actions, "decide", _decide, "accept or reject suggestions")
    decide.add_argument("suggestions", nargs="+", metavar="ID")
    decide.add_argument("--coder", required=True, help="who decides")
    decide.add_argument("--reject", action="store_true", help="reject them")

    weigh = _action(actions, "priorities", _priorities, "count a round of priorities")
    weigh.add_argument("ballots", type=Path, nargs="?", metavar="CSV")
    weigh.add_argument("--round", metavar="NAME", help="what the round is called")
    weigh.add_argument("--date", help="when it closed")

    effect = _action(actions, "weigh", _weigh, "what residents' weights change in a plan")
    effect.add_argument("--round", metavar="NAME", help="which round; by default the last")
    effect.add_argument("--minutes", type=float, default=15.0, help="the limit of reach")


def _action(actions: Any, name: str, run: Any, does: str) -> argparse.ArgumentParser:
    parser = command(actions, name, run, does)
    parser.add_argument("place", type=Path, metavar="PLACE")
    return parser


def _evidence(options: argparse.Namespace) -> Any:
    from mobilise.learn.evidence import Evidence

    return Evidence.of(options.place)


def _add(options: argparse.Namespace) -> int:
    from mobilise.learn.incoming import add_files

    notes = add_files(_evidence(options), options.files, project_id=options.project, say=tell)
    for note in notes:
        print(f"{'! ' if note.warning else ''}{note.says}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from mobilise.assets.kinds import catalogue
    from mobilise.learn.register import duplicates, faults
    from mobilise.learn.synthesis import judgement_faults
    from mobilise.place import FACTS, Place

    evidence = _evidence(options)
    built = (options.place / FACTS).is_file()
    areas = set(Place.open(options.place).table("areas")["area_id"]) if built else None
    found = faults(evidence, areas=areas, kinds=set(catalogue().kinds))
    found += judgement_faults(evidence)
    found += [
        f"outputs '{pair.first}' and '{pair.second}' may be one ({pair.by}, {pair.score:.0%})."
        for pair in duplicates(evidence.table("outputs"))
    ]
    print("\n".join(found) or "No faults.")
    return 2 if found else 0


def _export(options: argparse.Namespace) -> int:
    from mobilise.learn.outgoing import export

    for path in export(_evidence(options), options.file, say=tell):
        print(path)
    return 0


def _library(options: argparse.Namespace) -> int:
    from mobilise.learn.register import library

    entries = library(
        _evidence(options),
        style=options.style,
        phase=options.phase,
        place=options.where,
        kind=options.kind,
        theme=options.theme,
    )
    for entry in entries:
        print(entry.citation)
    print(f"{len(entries)} outputs")
    return 0


def _search(options: argparse.Namespace) -> int:
    from mobilise.learn.synthesis import search

    words = " ".join(options.words)
    found = search(_evidence(options), words, most=options.most, say=tell)
    for passage in found:
        print(f"{passage.kind} {passage.of_id}: {passage.title}")
        print(f"    {' '.join(passage.passage.split())}")
    print(f"{len(found)} found")
    return 0


def _matrix(options: argparse.Namespace) -> int:
    from mobilise.learn.synthesis import framework_matrix, told

    every = told(_evidence(options))
    matrix = framework_matrix(every, options.rows, options.columns)
    _tell_left_out(every, [options.rows, options.columns])
    table = matrix.counts.assign(projects=matrix.projects).reset_index()
    return _show(table, csv=options.csv)


def _factors(options: argparse.Namespace) -> int:
    from mobilise.learn.synthesis import by_context, told

    evidence = _evidence(options)
    every = told(evidence)
    _tell_left_out(every, ["sort", "project_id"])
    return _show(by_context(evidence, every, options.by), csv=options.csv)


def _answers(options: argparse.Namespace) -> int:
    from mobilise.learn.synthesis import answered, told

    evidence = _evidence(options)
    found = answered(evidence, told(evidence))
    if not len(found):
        tell("learn: no passage on an enabler answers one on a barrier, or tells of one too")
    return _show(found, csv=options.csv)


def _agreement(options: argparse.Namespace) -> int:
    import pandas as pd

    from mobilise.learn.coding import agreement, coded_units, to_reconcile

    evidence = _evidence(options)
    units = coded_units(
        evidence.table("extracts"), evidence.table("codings"), options.first, options.second
    )
    if options.differences:
        return _show(to_reconcile(units), csv=True)
    table = pd.DataFrame(agreement(units))
    return _show(table.assign(code_id=table["code_id"].replace("", "all codes")), csv=False)


def _suggest(options: argparse.Namespace) -> int:
    from mobilise.learn.coding import suggest_codes

    found = suggest_codes(_evidence(options), most=options.most)
    columns = ["coding_id", "code_id", "score", "why", "document_id", "text"]
    _show(found[columns], csv=True)
    return 0


def _decide(options: argparse.Namespace) -> int:
    from mobilise.learn.coding import decide

    evidence = _evidence(options)
    for suggestion in options.suggestions:
        decide(evidence, suggestion, options.coder, accept=not options.reject)
    print(f"{len(options.suggestions)} {'rejected' if options.reject else 'accepted'}")
    return 0


def _priorities(options: argparse.Namespace) -> int:
    from mobilise.build.residents import count_round
    from mobilise.errors import InputError

    evidence = _evidence(options)
    if options.ballots is not None:
        if options.round is None:
            raise InputError("--round is missing: say what the round is called.")
        count_round(evidence, options.ballots, round_name=options.round, date=options.date)
    _show(evidence.table("priorities"), csv=False)
    return _show(evidence.table("priority_groups"), csv=False)


def _weigh(options: argparse.Namespace) -> int:
    from mobilise.build.residents import residents_effects
    from mobilise.place import Place

    place = Place.open(options.place)
    found = residents_effects(
        place, _evidence(options), round_name=options.round, minutes=options.minutes, say=tell
    )
    print("\n".join(found["sentence"]))
    return 0


def _tell_left_out(told: pd.DataFrame, needed: list[str]) -> None:
    """Tell how many coded passages a table leaves out, since they have no row or column in it."""
    kept = told.dropna(subset=needed)["extract_id"]
    lost = told[~told["extract_id"].isin(kept)]["extract_id"].nunique()
    if lost:
        said = " or ".join(name.removesuffix("_id") for name in needed)
        tell(f"learn: {lost:,} coded passages have no {said}, and are left out")


def _show(table: pd.DataFrame, *, csv: bool) -> int:
    if not csv and not len(table):
        print("Nothing yet.")
        return 0
    if csv:
        print(table.to_csv(index=False, lineterminator="\n"), end="")
    else:
        print(
            table.to_string(index=False, na_rep="", max_colwidth=60, float_format="{:.3f}".format)
        )
    return 0
