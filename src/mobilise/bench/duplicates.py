"""Services listed twice: what is found of them, beside Splink, on records of a real council.

Its names, organisations, pages and e-mails are real; places, postcodes and telephone numbers,
which that list does not have, are drawn, some shared by all of an organisation. So many of its
services are listed again as another clerk would: typing errors, words moved or left out, no
postcode, another telephone number, no page, a place some way off. Which are the same is known from
how they were made. ``MOBILISE_SHARED`` names the folder of open data.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.bench.directory import FEED
from mobilise.directory.duplicates import Compared, compared, likely_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN, SEED = 600, 4
PEER = "Splink, DuckDB"
Pairs = set[tuple[str, str]]


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return one row: seconds of both, and in the note what each found (see the package)."""
    feed = Path(os.environ.get("MOBILISE_SHARED", "../shared")) / FEED
    row: dict[str, Any] = {"job": "services listed twice", "peer": PEER, "size": ""}
    if not feed.is_file():
        return [row | {"note": f"the real feed is not at {feed}; nothing timed"}]
    records, true = listed_twice(feed, 60 if quick else AGAIN)
    ours, seconds = _timed(lambda: {(p.kept, p.other) for p in likely_pairs(records)})
    row |= {"size": f"{len(records):,} records, {len(true):,} listed twice"}
    row |= {"ours_seconds": seconds, "note": f"ours: {told(ours, true)}"}
    try:
        theirs, peer_seconds = _timed(lambda: by_splink(records))
    except ImportError as error:
        return [row | {"note": f"{row['note']}; skipped: {error.name} is not installed"}]
    best, every = theirs
    row |= {"peer_seconds": peer_seconds, "ratio": peer_seconds / seconds}
    row["note"] += f"; Splink: {told(every, true)}; the best one for each: {told(best, true)}"
    return [row]


def listed_twice(feed: Path, count: int) -> tuple[list[Compared], Pairs]:
    """Return a feed's records and so many of them as listed again, and which are the same."""
    from mobilise.sources.hsds import normalise, read_feed

    draw = random.Random(SEED)  # noqa: S311  (no secrets)
    real = _placed(normalise(read_feed(feed), "real").services, draw)
    chosen = draw.sample(real, count)
    again = [_again(one, draw) for one in chosen]
    records = [compared(one["id"], "first", one) for one in real]
    records += [compared(one["id"], "second", one) for one in again]
    return records, {(one["id"], two["id"]) for one, two in zip(chosen, again, strict=True)}


def told(found: Pairs, true: Pairs) -> str:
    """Return how much was found, and how much of it is right."""
    right = len(found & true)
    precision = right / len(found) if found else 0.0
    return f"recall {right / len(true):.1%}, precision {precision:.1%}"


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _placed(services: list[dict[str, Any]], draw: random.Random) -> list[dict[str, Any]]:
    """Return services with places, postcodes and telephone numbers."""
    shared: dict[str, tuple[float, float, str]] = {}
    placed = []
    for service in services:
        here = (
            draw.gauss(51.455, 0.04),
            draw.gauss(-2.59, 0.05),
            f"0117 {draw.randrange(10**6):06d}",
        )
        owner = service.get("organization", {}).get("name", service["id"])
        if draw.random() < 0.5:
            here = shared.setdefault(owner, here)
        latitude, longitude, number = here
        code = (
            f"ZZ{int(latitude * 500) % 10}{int(longitude * 300) % 10} {int(latitude * 250) % 10}AA"
        )
        addresses = [{"postal_code": code}]
        location = {"latitude": latitude, "longitude": longitude, "addresses": addresses}
        more = {"service_at_locations": [{"location": location}], "phones": [{"number": number}]}
        placed.append({**service, **more, "contacts": []})
    return placed


def _again(one: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """Return a service as another clerk lists it."""
    copy = {**one, "id": f"again {one['id']}", "name": _retyped(one["name"], draw)}
    if draw.random() < 0.5:
        copy.pop("email", None)
    if draw.random() < 0.4:
        copy.pop("url", None)
    chance = draw.random()
    if chance < 0.6:  # missing, or another number
        number = f"0117 {draw.randrange(10**6):06d}"
        copy["phones"] = [] if chance < 0.3 else [{"number": number}]
    if draw.random() < 0.3 and "organization" in copy:
        owner = copy["organization"]
        copy["organization"] = {**owner, "name": _retyped(owner.get("name", ""), draw)}
    copy["service_at_locations"] = [_moved(site, draw) for site in one["service_at_locations"]]
    return copy


def _retyped(text: str, draw: random.Random) -> str:
    words = text.split() or [text]
    if len(words) > 2 and draw.random() < 0.2:
        words.pop(draw.randrange(len(words)))
    if len(words) > 1 and draw.random() < 0.25:
        at = draw.randrange(len(words) - 1)
        words[at : at + 2] = words[at + 1], words[at]
    if draw.random() < 0.1:
        words.insert(0, "The")
    for _ in range(draw.choice([0, 0, 1, 2])):
        at = draw.randrange(len(words))
        words[at] = _mistyped(words[at], draw)
    return " ".join(words)


def _mistyped(word: str, draw: random.Random) -> str:
    """Return a word with a letter left out, put in, or changed places with the next."""
    at, letter = draw.randrange(max(len(word), 1)), draw.choice("aeinorst")
    swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
    typed = [word[:at] + word[at + 1 :], word[:at] + letter + word[at:], swapped]
    return draw.choice(typed) or word


def _moved(site: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    location = dict(site["location"])
    away = 0.006 if draw.random() < 0.1 else 0.0003  # degrees: some 600 m, some 30 m
    location["latitude"] += draw.gauss(0, away)
    location["longitude"] += draw.gauss(0, away)
    if draw.random() < 0.4:
        location["addresses"] = [{**a, "postal_code": ""} for a in location["addresses"]]
    return {**site, "location": location}


def by_splink(records: list[Compared]) -> tuple[Pairs, Pairs]:
    """Return the pairs that Splink holds for likelier than not: the best for each, and all.

    It estimates its own rates from these records (random pairs, then expectation maximisation
    over equal names and over equal postcodes), as its guide shows.
    """
    import logging

    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.96, 0.88, 0.75]),
            cl.DistanceInKMAtThresholds("latitude", "longitude", [0.1, 1]),
            cl.ExactMatch("postcode"),
            cl.ExactMatch("page"),
            cl.ExactMatch("site"),
            cl.ExactMatch("email"),
            cl.ExactMatch("phone"),
            cl.JaroWinklerAtThresholds("organization", [0.9]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("words", arrays_to_explode=["words"]),
            *(block_on(kind) for kind in ("postcode", "page", "email", "phone")),
        ],
    )
    linker = Linker(list(_frames(records)), settings, DuckDBAPI())
    rules = [block_on("email"), block_on("name"), block_on("page")]
    linker.training.estimate_probability_two_random_records_match(rules, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=SEED)
    for rule in (block_on("name"), block_on("postcode"), block_on("phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    found = found.sort_values("match_weight", ascending=False)
    ends = ["unique_id_l", "unique_id_r"]
    every = {tuple(sorted(pair, key=_later)) for pair in found[ends].itertuples(index=False)}
    best = found.drop_duplicates(ends[0]).drop_duplicates(ends[1])
    return {tuple(sorted(pair, key=_later)) for pair in best[ends].itertuples(index=False)}, every


def _later(key: str) -> bool:
    return key.startswith("again ")


def _frames(records: list[Compared]) -> Any:
    import pandas as pd

    for source in ("first", "second"):
        yield pd.DataFrame(
            [
                {
                    "unique_id": one.service_id,
                    "name": " ".join(sorted(one.name.split())),  # words may have been moved
                    "words": sorted({word for word in one.name.split() if len(word) > 3}),
                    "organization": one.organization or None,
                    "postcode": min(one.postcodes, default=None),
                    "latitude": one.points[0][0] if one.points else None,
                    "longitude": one.points[0][1] if one.points else None,
                    "page": one.page or None,
                    "site": one.site or None,
                    "email": one.email or None,
                    "phone": one.phone or None,
                }
                for one in records
                if one.source == source
            ]
        )
