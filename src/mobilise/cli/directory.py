"""The commands of the directory: services in, searched, confirmed, corrected and merged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse

    from mobilise.directory import Found

BY = "the directory's editor"


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    directory = command(commands, "directory", _import, "a place's services: search, review")
    actions = directory.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_finding(actions)
    _add_keeping(actions)
    _add_reviewing(actions)


def _add_finding(actions: Any) -> None:
    importing = command(actions, "import", _import, "bring a publisher's services in")
    _place(importing)
    importing.add_argument("source", metavar="SOURCE", help="a file, folder or API address")
    importing.add_argument("--name", help="what the source is called (default: its file or host)")
    importing.add_argument(
        "--changes", action="store_true", help="of an API: only what changed since the last import"
    )
    search = command(actions, "search", _search, "search the services")
    _place(search)
    search.add_argument("words", nargs="*", metavar="WORD")
    search.add_argument("--kind", help="only this kind of asset")
    search.add_argument("--how", choices=["remote", "in person"], help="only one way of using it")
    match = command(actions, "match", _match, "the services that are right for a person's needs")
    _place(match)
    match.add_argument("needs", nargs="+", metavar="NEED", help="loneliness, money, ...")
    match.add_argument("--round", metavar="NAME", help="whose weights; by default the last round's")
    match.add_argument("--unweighted", action="store_true", help="leave residents' weights out")
    for parser in (search, match):
        parser.add_argument("--postcode", help="where they are")
        parser.add_argument("--minutes", type=float, metavar="M", help="how long a walk may be")
        parser.add_argument("--day", help="open on this day")
        parser.add_argument("--cost", type=float, metavar="POUNDS", help="the most it may cost")
        parser.add_argument("--age", type=float, metavar="YEARS")
        parser.add_argument("--language", help="spoken there")
        parser.add_argument("--step-free", action="store_true", help="no steps")
        parser.add_argument("--top", type=int, default=10, metavar="N", help="how many to print")

    mapped = command(actions, "map", _map, "what a practice's patients can reach")
    _place(mapped)
    mapped.add_argument("--practice", nargs="+", default=[], metavar="CODE", help="one or several")
    mapped.add_argument("--network", metavar="CODE", help="a primary care network, or its name")
    mapped.add_argument("--members", type=Path, metavar="FILE", help="the NHS' list of members")
    mapped.add_argument("--group", metavar="GROUP=NAME", help="people of a group of areas: icb=...")
    mapped.add_argument("--service", metavar="SERVICE", help="whose patients could it serve")
    mapped.add_argument("--patients", type=Path, metavar="FILE", help="patients by area")
    mapped.add_argument("--minutes", type=float, default=15.0, help="how long a walk may be")
    mapped.add_argument("--title", default="", help="what the page is called")


def _add_keeping(actions: Any) -> None:
    correct = command(actions, "correct", _correct, "correct a listing; it stays corrected")
    _service(correct)
    correct.add_argument("changes", nargs="+", metavar="FIELD=VALUE")
    confirm = command(actions, "confirm", _confirm, "note that a listing is right today")
    _service(confirm)
    hide = command(actions, "hide", _hide, "take a confidential address out, everywhere")
    _service(hide)
    history = command(actions, "history", _history, "every change of a listing")
    _service(history)
    link = command(actions, "link", _link, "note that a practice works with a service already")
    _service(link)
    link.add_argument("practice", metavar="PRACTICE", help="the practice's code")
    link.add_argument("--since", help="a date")
    link.add_argument("--remove", action="store_true", help="they no longer do")
    letters = command(actions, "confirm-link", _letters, "links to confirm listings by, as letters")
    _place(letters)
    letters.add_argument("services", nargs="*", metavar="SERVICE")
    letters.add_argument("--site", required=True, metavar="URL", help="where the place is served")
    letters.add_argument("--stale", type=int, metavar="DAYS", help="all not confirmed for so long")
    letters.add_argument("--sender", help="the letters' sender; without it links are printed")
    letters.add_argument("--out", type=Path, metavar="DIR", help="write the letters there")
    letters.add_argument("--smtp", metavar="HOST:PORT", help="or hand them to a mail server")


def _add_reviewing(actions: Any) -> None:
    review = command(actions, "review", _review, "suggestions and duplicates to look at")
    _place(review)
    review.add_argument("--find", action="store_true", help="look for duplicates first")
    for name, run, does in (
        ("merge", _merge, "merge a pair of duplicates"),
        ("unmerge", _unmerge, "take a merge back"),
        ("apart", _apart, "a pair are two services"),
        ("accept", _accept, "accept a suggestion"),
        ("refuse", _refuse, "refuse a suggestion"),
    ):
        parser = command(actions, name, run, does)
        _place(parser)
        parser.add_argument("numbers", nargs="+", type=int, metavar="NUMBER")
        parser.add_argument("--by", default=BY, help="who decides: a role")


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", type=Path, metavar="PLACE")


def _service(parser: argparse.ArgumentParser) -> None:
    _place(parser)
    parser.add_argument("service", metavar="SERVICE", help="its id")
    parser.add_argument("--by", default=BY, help="who does it: a role, no person's name")


def _open(options: argparse.Namespace) -> Any:
    """Open the directory of a place, brought up to date where the place has been built."""
    from mobilise.directory import open_directory, place_directory
    from mobilise.place import FACTS, Place

    if (options.place / FACTS).is_file():
        return place_directory(Place.open(options.place), tell)
    return open_directory(options.place)


def _import(options: argparse.Namespace) -> int:
    from mobilise.directory import import_source

    done = import_source(
        _open(options),
        options.source,
        name=options.name,
        changes=options.changes,
        folder=options.place,
        say=tell,
    )
    print(done)
    if done.listing is not None:
        print(f"Every record that was dropped or repaired: {done.listing}")
    return 0


def _search(options: argparse.Namespace) -> int:
    from mobilise.directory import search

    words = " ".join(options.words)
    limits = {**_limits(options), "kind": options.kind, "how": options.how}
    return _show(search(_open(options), words, **limits))


def _match(options: argparse.Namespace) -> int:
    from mobilise.build.weights import match_weights
    from mobilise.directory import match

    weights = {} if options.unweighted else match_weights(options.place, options.round)
    return _show(match(_open(options), options.needs, **weights, **_limits(options)))


def _map(options: argparse.Namespace) -> int:
    from mobilise.directory import network_of
    from mobilise.errors import InputError
    from mobilise.place import Place
    from mobilise.report.integration import (
        Whose,
        place_integration,
        served_practices,
        write_integration,
    )

    place, directory = Place.open(options.place), _open(options)
    if options.service is not None:
        table = served_practices(
            place, directory, options.service, minutes=options.minutes, patients=options.patients
        )
        print(table.round(1).to_string(index=False))
        return 0
    group = tuple(options.group.split("=", 1)) if options.group else None
    said = [bool(options.practice), bool(options.network), bool(group)]
    if sum(said) != 1 or (group and len(group) != 2):
        raise InputError("say one of --practice CODE, --network CODE and --group GROUP=NAME.")
    if bool(options.network) != bool(options.members):
        raise InputError("--network and --members go together: a network, and the list of members.")
    network = network_of(options.members, options.network) if options.network else None
    whose = Whose(tuple(options.practice), network, group, options.patients, options.title)
    found = place_integration(place, directory, whose, minutes=options.minutes)
    print(f"{found.title}: {found.total:,.0f} patients, {len(found.services):,} services in reach")
    for row in found.needs.head(5).itertuples():
        print(f"  {row.label}: {row.share:.0f}% have one in reach ({row.services} services)")
    for path in write_integration(place, found, options.place / "report"):
        print(path)
    return 0


def _limits(options: argparse.Namespace) -> dict[str, Any]:
    keys = ("postcode", "minutes", "day", "cost", "age", "language", "step_free")
    return {**{key: getattr(options, key) for key in keys}, "per_page": options.top}


def _show(found: Found) -> int:
    print(f"{found.total:,} services")
    for remark in found.remarks:
        print(remark)
    for one in found.listings:
        by = f", {one.organization}" if one.organization else ""
        print(f"\n{one.name}{by}\n  {'; '.join(one.reasons)}")
        if one.unknown:
            print(f"  not known: {'; '.join(one.unknown)}")
        if one.address:
            print(f"  {one.address}")
        print(f"  {one.service_id}")
    return 0


def _correct(options: argparse.Namespace) -> int:
    from mobilise.directory import correct
    from mobilise.errors import InputError

    wrong = [change for change in options.changes if "=" not in change]
    if wrong:
        raise InputError(f"'{wrong[0]}' changes nothing; write FIELD=VALUE.")
    change = dict(change.split("=", 1) for change in options.changes)
    done = correct(_open(options), options.service, change, by=options.by)
    print(f"Corrected: {', '.join(done) or 'nothing, it was so already'}")
    return 0


def _confirm(options: argparse.Namespace) -> int:
    from mobilise.directory import confirm

    confirm(_open(options), options.service, by=options.by)
    print("Confirmed today.")
    return 0


def _hide(options: argparse.Namespace) -> int:
    from mobilise.directory import hide

    asset = hide(_open(options), options.service, by=options.by)
    print("Its address is no longer kept or shown in the directory.")
    if asset is not None:
        print(
            f"It is also the asset {asset}, on the map and in the tables: leave it out in the "
            "recipe ('where') and build the place again."
        )
    return 0


def _history(options: argparse.Namespace) -> int:
    from mobilise.directory import history_of

    for entry in history_of(_open(options), options.service):
        change = json.dumps(entry["change"], ensure_ascii=False) if entry["change"] else ""
        print(f"{entry['at']}  {entry['action']}  by {entry['by'] or 'its publisher'}  {change}")
    return 0


def _link(options: argparse.Namespace) -> int:
    from mobilise.directory import link_practice, unlink_practice

    directory = _open(options)
    if options.remove:
        unlink_practice(directory, options.practice, options.service)
    else:
        link_practice(directory, options.practice, options.service, since=options.since)
    print("Noted.")
    return 0


def _letters(options: argparse.Namespace) -> int:
    from mobilise.directory import mailing
    from mobilise.directory.confirming import issue_link

    directory = _open(options)
    chosen = list(options.services)
    chosen += mailing.stale(directory, options.stale) if options.stale is not None else []
    if options.sender is None:
        for service in chosen:
            link = issue_link(directory, service, options.site)
            print(f"{link.address}  (until {link.expires[:10]})")
        return 0
    written, without = mailing.letters(directory, chosen, options.site, options.sender)
    if options.out is not None:
        mailing.write_letters(written, options.out)
        print(f"{len(written):,} letters in {options.out}")
    if options.smtp is not None:
        print(f"{mailing.send_letters(written, options.smtp):,} letters sent")
    print(f"{len(without):,} services have no e-mail address")
    return 0


def _review(options: argparse.Namespace) -> int:
    from mobilise.directory import find_duplicates, review_list, waiting

    directory = _open(options)
    if options.find:
        find_duplicates(directory, tell)
    for one in waiting(directory):
        what = one.service or "a new service"
        print(f"suggestion {one.number}: {what}: {json.dumps(one.change, ensure_ascii=False)}")
        if one.note:
            print(f"  note: {one.note}")
    for pair in review_list(directory):
        print(f"pair {pair.number}, {pair.score:.0%} likely one: {', '.join(pair.why)}")
        print(f"  {pair.kept_name} ({pair.kept_source})\n  {pair.other_name} ({pair.other_source})")
    return 0


def _each(options: argparse.Namespace, done: str, do: Any) -> int:
    directory = _open(options)
    for number in options.numbers:
        do(directory, number)
        print(f"{number}: {done}")
    return 0


def _merge(options: argparse.Namespace) -> int:
    from mobilise.directory import merge

    return _each(options, "merged", lambda where, n: merge(where, n, by=options.by))


def _unmerge(options: argparse.Namespace) -> int:
    from mobilise.directory import unmerge

    return _each(options, "listed apart again", lambda where, n: unmerge(where, n, by=options.by))


def _apart(options: argparse.Namespace) -> int:
    from mobilise.directory import keep_apart

    return _each(options, "kept apart", lambda where, n: keep_apart(where, n, by=options.by))


def _accept(options: argparse.Namespace) -> int:
    from mobilise.directory import decide

    return _each(options, "accepted", lambda where, n: decide(where, n, accept=True, by=options.by))


def _refuse(options: argparse.Namespace) -> int:
    from mobilise.directory import decide

    return _each(options, "refused", lambda where, n: decide(where, n, accept=False, by=options.by))
