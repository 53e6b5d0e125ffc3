"""The commands of the personal plane: its database, its accounts, its audit, people's rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse

    from mobilise.referrals.store import Store

_ACTIONS = (
    "upgrade",
    "add-organisation",
    "add-service",
    "add-user",
    "close-user",
    "add-client",
    "close-client",
    "fill-areas",
    "people",
    "subject-access",
    "erase",
    "retain",
)


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    audit = command(commands, "audit", _audit, "whether the audit trail is whole")
    audit.add_argument("what", choices=["verify"], help="verify: read it all")
    _database(audit)
    audit.add_argument("--noted", metavar="NUMBER:SEAL", help="a seal noted elsewhere earlier")

    care = command(commands, "care", _care, "administer the database of people and referrals")
    care.add_argument("action", choices=_ACTIONS, metavar="ACTION", help=", ".join(_ACTIONS))
    _database(care)
    care.add_argument("--name", help="of a person at work, a system, an organisation or a referred")
    care.add_argument("--kind", default="provider", help="of an organisation, or a service")
    care.add_argument("--login", metavar="EMAIL", help="what somebody signs in with")
    care.add_argument("--role", help="referrer, link worker, provider, analyst, administrator")
    care.add_argument("--organisation", metavar="ID", help="for whom they act")
    care.add_argument("--email", help="of an organisation")
    care.add_argument("--no-code", action="store_true", help="ask for no one-time code")
    care.add_argument("--keys", type=Path, metavar="FILE", help="a system's public keys (JWKS)")
    care.add_argument("--scopes", nargs="+", default=[], metavar="SCOPE", help="what it may ask")
    care.add_argument("--place", type=Path, metavar="PLACE", help="whose postcodes are looked up")
    care.add_argument("--id", metavar="ID", help="of a client, or of a person referred")
    care.add_argument("--to", type=Path, metavar="FILE", help="where the export is written")
    care.add_argument("--years", type=float, default=8.0, help="how long records are kept")
    care.add_argument("--yes", action="store_true", help="do it, instead of saying what would be")


def _database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database", metavar="URL", help="by default what MOBILISE_DATABASE_URL says"
    )


def _audit(options: argparse.Namespace) -> int:
    from mobilise.errors import InputError
    from mobilise.referrals import audit, open_store

    noted = None
    if options.noted:
        number, _, seal = options.noted.partition(":")
        if not number.isdigit() or len(seal) != 64:
            raise InputError("--noted: write it as NUMBER:SEAL, as this command printed it.")
        noted = (int(number), seal)
    store = open_store(options.database, create=False)
    try:
        with store.reading() as session:
            report = audit.verify(session, noted=noted)
    finally:
        store.close()
    for fault in report.faults:
        print(fault)
    if report.faults:
        print(f"The trail of {report.entries} entries is NOT whole: {len(report.faults)} fault(s).")
        return 2
    print(f"The trail is whole: {report.entries} entries.")
    print(f"Note this elsewhere, and give it next time: --noted {report.entries}:{report.seal}")
    return 0


def _care(options: argparse.Namespace) -> int:
    from mobilise.referrals import open_store

    store = open_store(options.database, create=True)
    try:
        return _DO[options.action](store, options)
    finally:
        store.close()


def _upgrade(store: Store, _options: argparse.Namespace) -> int:
    print(f"The tables of {store.engine.url.render_as_string()} are up to date.")
    return 0


def _add_organisation(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import add_organisation, operator

    with store.work(operator()) as work:
        body = add_organisation(work, _needed(options, "name"), options.kind, email=options.email)
    print(body.id)
    return 0


def _add_service(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import add_service, operator

    name, body = _needed(options, "name"), _needed(options, "organisation")
    with store.work(operator()) as work:
        print(add_service(work, name, body, kind=options.kind).id)
    return 0


def _add_user(store: Store, options: argparse.Namespace) -> int:
    import getpass

    from mobilise.referrals import operator
    from mobilise.referrals.access.accounts import add_user

    login, name, role = (_needed(options, key) for key in ("login", "name", "role"))
    password = getpass.getpass("Password (at least 12 characters; none: signs in elsewhere): ")
    with store.work(operator()) as work:
        user, secret = add_user(
            work,
            login,
            name,
            role,
            options.organisation,
            password=password or None,
            one_time_code=not options.no_code,
        )
    print(user.id)
    if secret is not None:
        print(f"The secret for the authenticator app, shown this once: {secret}")
    return 0


def _close_user(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import operator
    from mobilise.referrals.access.accounts import close_user

    with store.work(operator()) as work:
        close_user(work, _needed(options, "login"))
    return 0


def _add_client(store: Store, options: argparse.Namespace) -> int:
    from mobilise.errors import InputError
    from mobilise.referrals import operator
    from mobilise.referrals.access.systems import add_client

    file = Path(_needed(options, "keys"))
    try:
        keys = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read as JSON.") from error
    name, role = _needed(options, "name"), _needed(options, "role")
    with store.work(operator()) as work:
        client = add_client(work, name, role, options.organisation, keys, options.scopes)
    print(client.id)
    return 0


def _close_client(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import operator
    from mobilise.referrals.access.systems import close_client

    with store.work(operator()) as work:
        close_client(work, _needed(options, "id"))
    return 0


def _fill_areas(store: Store, options: argparse.Namespace) -> int:
    from mobilise.errors import InputError
    from mobilise.place import Place
    from mobilise.referrals import operator
    from mobilise.referrals.residence import Filled, areas_of_postcodes, fill_areas

    place = Place.open(_needed(options, "place"))
    area_of = areas_of_postcodes(place)
    if area_of is None:
        raise InputError(f"{place.name} has no postcodes: name 'postcodes' in its recipe.")
    store.area_of = area_of
    total, after = Filled(), ""
    while True:
        with store.work(operator("HSYSADMIN")) as work:
            filled, last = fill_areas(work, after)
        if last is None:
            break
        total, after = total + filled, last
        tell(f"{total.found + total.outside + total.unknown} people looked at")
    print(f"{total.found} people have an area of {place.name} now.")
    print(
        f"Left as not recorded, and counted as that: {total.outside} whose postcode is in none of "
        f"its areas, {total.unknown} without a postcode."
    )
    return 0


def _people(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import operator
    from mobilise.referrals.subjects import find_people

    with store.work(operator("PATRQT")) as work:
        for person in find_people(work, _needed(options, "name")):
            born = person.birth_date.isoformat() if person.birth_date else "not recorded"
            print(f"{person.id}  {person.given} {person.family}, born {born}")
    return 0


def _subject_access(store: Store, options: argparse.Namespace) -> int:
    from mobilise.place import write_json
    from mobilise.referrals import operator
    from mobilise.referrals.subjects import subject_access

    file = Path(_needed(options, "to"))
    with store.work(operator("PATRQT")) as work:
        told = subject_access(work, _needed(options, "id"))
    write_json(file, told)
    file.chmod(0o600)
    print(f"Everything that is kept of this person is in {file}.")
    return 0


def _erase(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import operator
    from mobilise.referrals.subjects import erase, held

    identity = _needed(options, "id")
    if not options.yes:
        with store.work(operator("PATRQT")) as work:
            counts = held(work, identity)
        print("Would erase " + ", ".join(f"{n} {name}" for name, n in counts.items() if n) + ".")
        print("Nothing was changed; add --yes.")
        return 0
    with store.work(operator("PATRQT")) as work:
        erase(work, identity)
    _forget_log(store)
    print("Erased. The audit keeps the person's number, which now leads nowhere.")
    return 0


def _retain(store: Store, options: argparse.Namespace) -> int:
    from mobilise.referrals import operator
    from mobilise.referrals.subjects import erase, over

    with store.work(operator("HSYSADMIN")) as work:
        ids = over(work, options.years)
    if not options.yes:
        print(f"{len(ids)} people's last referral ended over {options.years:g} years ago.")
        print("Nothing was changed; add --yes to erase them.")
        return 0
    for place, identity in enumerate(ids, 1):
        with store.work(operator("HSYSADMIN")) as work:
            erase(work, identity)
        if place % 100 == 0:
            tell(f"{place} of {len(ids)} erased")
    _forget_log(store)
    print(f"{len(ids)} people erased.")
    return 0


def _forget_log(store: Store) -> None:
    if not store.forget_log():
        tell("the database's log (-wal) is in use and still holds it; restart the server soon")


def _needed(options: argparse.Namespace, key: str) -> str:
    from mobilise.errors import InputError

    value = getattr(options, key)
    if value is None:
        raise InputError(f"{options.action}: give --{key}.")
    return str(value)


_DO = {
    "upgrade": _upgrade,
    "add-organisation": _add_organisation,
    "add-service": _add_service,
    "add-user": _add_user,
    "close-user": _close_user,
    "add-client": _add_client,
    "close-client": _close_client,
    "fill-areas": _fill_areas,
    "people": _people,
    "subject-access": _subject_access,
    "erase": _erase,
    "retain": _retain,
}
