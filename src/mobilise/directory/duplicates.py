"""Duplicates: services of two sources that may be one, with how likely that is and why.

The likelihood is that of Fellegi and Sunter (1969, doi:10.1080/01621459.1969.10501049): each thing
that two records have in common makes it likelier by how much oftener it agrees in records of one
service than in records of two; what is missing in one says nothing. Only pairs that share a rare
word of their names, a postcode, an address of a page, an e-mail or a telephone number are compared.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from rapidfuzz import fuzz

from mobilise.directory import schema
from mobilise.directory.nearby import metres_between
from mobilise.directory.store import put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mobilise.directory.store import Directory

TO_REVIEW, MERGED, APART = "to review", "merged", "apart"
LEAST = 0.5
RARE = 40  # a word in more names than this brings nobody together
_SAME_PLACE_M, _NEAR_M = 100.0, 1000.0
# How often each agrees in pairs that are one service, and in pairs that are two.
_LEVELS = {
    "the same name": (0.72, 0.0004),
    "nearly the same name": (0.18, 0.002),
    "a similar name": (0.06, 0.01),
    "another name": (0.04, 0.9876),
    "the same place": (0.75, 0.002),
    "near each other": (0.13, 0.05),
    "far apart": (0.12, 0.948),
    "the same page": (0.55, 0.0005),
    "the same site": (0.25, 0.004),
    "another site": (0.2, 0.9955),
    "the same e-mail": (0.6, 0.001),
    "another e-mail": (0.4, 0.999),
    "the same telephone": (0.6, 0.001),
    "another telephone": (0.4, 0.999),
    "the same organisation": (0.7, 0.004),
    "another organisation": (0.3, 0.996),
}
_GENERIC = frozenset({"the", "of", "and", "for", "in", "at", "service", "services", "group", "ltd"})


@dataclass(frozen=True)
class Compared:
    """A record as it is compared."""

    service_id: str
    source: str
    name: str
    organization: str
    points: tuple[tuple[float, float], ...]
    postcodes: frozenset[str]
    page: str
    site: str
    email: str
    phone: str


@dataclass(frozen=True)
class Pair:
    """Two records that may be one service: how likely that is, and what they have in common."""

    kept: str
    other: str
    score: float
    why: tuple[str, ...]


def find_duplicates(directory: Directory, say: Callable[[str], object] = lambda _: None) -> int:
    """Look for duplicates among the sources, and put them on the review list.

    Pairs that somebody has decided on stay as they are.

    Returns
    -------
    int
        How many pairs wait for somebody to look at them.
    """
    with directory.reading() as connection:
        records = _records(connection)
    say(f"comparing {len(records):,} services")
    found = likely_pairs(records)
    p = schema.pairs
    with directory.changing() as connection:
        connection.execute(sa.delete(p).where(p.c.state == TO_REVIEW))
        decided = {
            frozenset((row.kept, row.other))
            for row in connection.execute(sa.select(p.c.kept, p.c.other))
        }
        rows = [
            {
                "kept": pair.kept,
                "other": pair.other,
                "score": pair.score,
                "why": json.dumps(pair.why, ensure_ascii=False),
                "state": TO_REVIEW,
            }
            for pair in found
            if frozenset((pair.kept, pair.other)) not in decided
        ]
        put(connection, p, rows, ["kept", "other"])
    return len(rows)


def likely_pairs(records: Sequence[Compared], least: float = LEAST) -> list[Pair]:
    """Return the pairs of different sources that are likely one service, the likeliest first.

    Parameters
    ----------
    records
        In the order in which they were added: the earlier of a pair is the one to keep.
    least
        How likely a pair must be, from 0 to 1.
    """
    rank = {record.service_id: i for i, record in enumerate(records)}
    sizes = Counter(record.source for record in records)
    pairs: list[tuple[float, float, Pair]] = []
    for one, other in _together(records):
        odds, why = _odds(one, other, max(sizes[one.source], sizes[other.source]))
        likely = 1 / (1 + math.exp(-max(min(odds, 50.0), -50.0)))
        if likely >= least:
            first, second = sorted((one, other), key=lambda r: rank[r.service_id])
            pair = Pair(first.service_id, second.service_id, round(likely, 4), why)
            pairs.append((odds, _likeness(one.name, other.name), pair))
    # By the odds themselves: among an organisation's services at one address all likelihoods are 1.
    pairs.sort(key=lambda each: (-each[0], -each[1], each[2].kept, each[2].other))
    source = {record.service_id: record.source for record in records}
    return _one_to_one([pair for _, _, pair in pairs], source)


def _one_to_one(pairs: list[Pair], source: dict[str, str]) -> list[Pair]:
    """Return pairs in which no record has two partners in one source: it lists a service once."""
    taken: set[tuple[str, str]] = set()
    kept = []
    for pair in pairs:
        ends = {(pair.kept, source[pair.other]), (pair.other, source[pair.kept])}
        if not ends & taken:
            taken |= ends
            kept.append(pair)
    return kept


def _records(connection: sa.Connection) -> list[Compared]:
    s, d = schema.services.c, schema.documents.c
    query = (
        sa.select(s.id, s.source, d.full)
        .join(schema.documents, d.seq == s.seq)
        .where(s.listed == 1, s.gone.is_(None))
        .order_by(s.seq)
    )
    return [compared(row.id, row.source, json.loads(row.full)) for row in connection.execute(query)]


def compared(service_id: str, source: str, service: dict[str, Any]) -> Compared:
    """Return a service as it is compared."""
    locations = [at.get("location", {}) for at in service.get("service_at_locations", [])]
    phones = list(service.get("phones", []))
    for contact in service.get("contacts", []):
        phones += contact.get("phones", [])
    codes = [a.get("postal_code", "") for at in locations for a in at.get("addresses", [])]
    address = urlsplit(service.get("url", "").lower())
    site = address.netloc.removeprefix("www.")
    return Compared(
        service_id,
        source,
        _plain(service["name"]),
        _plain(service.get("organization", {}).get("name", "")),
        tuple((at["latitude"], at["longitude"]) for at in locations if "latitude" in at),
        frozenset(code.replace(" ", "").upper() for code in codes if code),
        f"{site}{address.path.rstrip('/')}" if address.path.strip("/") else "",
        site,
        service.get("email", "").lower(),
        re.sub(r"\D", "", phones[0]["number"])[-10:] if phones else "",
    )


def _together(records: Sequence[Compared]) -> Iterable[tuple[Compared, Compared]]:
    """Yield the pairs of different sources that have something rare in common, each once."""
    blocks: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, record in enumerate(records):
        for key in _keys(record):
            blocks[key].append(i)
    seen: set[tuple[int, int]] = set()
    for members in blocks.values():
        if len(members) <= RARE:
            seen.update(combinations(members, 2))
    for one, other in sorted(seen):
        if records[one].source != records[other].source:
            yield records[one], records[other]


def _keys(record: Compared) -> set[tuple[str, str]]:
    keys = {("word", word) for word in record.name.split() if len(word) > 2}
    words = [word for word in record.name.split() if word not in _GENERIC]
    keys |= {("words", " ".join(two)) for two in pairwise(words)}
    keys |= {("postcode", code) for code in record.postcodes}
    for kind in ("page", "site", "email", "phone"):
        if value := getattr(record, kind):
            keys.add((kind, value))
    return keys


def _odds(one: Compared, other: Compared, size: int) -> tuple[float, tuple[str, ...]]:
    """Return the log odds that two records are one service, and what they have in common."""
    levels = [level for level in _levels(one, other) if level]
    odds = math.log(1 / max(size, 2))
    odds += sum(math.log(_LEVELS[level][0] / _LEVELS[level][1]) for level in levels)
    why = tuple(level for level in levels if not level.startswith(("another", "far")))
    return odds, why


def _levels(one: Compared, other: Compared) -> list[str]:
    found = [_name_level(one.name, other.name), _place_level(one, other), _page_level(one, other)]
    for kind, says in (("email", "e-mail"), ("phone", "telephone")):
        if getattr(one, kind) and getattr(other, kind):
            same = getattr(one, kind) == getattr(other, kind)
            found.append(f"{'the same' if same else 'another'} {says}")
    if one.organization and other.organization:
        same = fuzz.token_sort_ratio(one.organization, other.organization) >= 88
        found.append(f"{'the same' if same else 'another'} organisation")
    return found


def _name_level(one: str, other: str) -> str:
    like = _likeness(one, other)
    for least, level in (
        (96, "the same name"),
        (86, "nearly the same name"),
        (72, "a similar name"),
    ):
        if like >= least:
            return level
    return "another name"


def _likeness(one: str, other: str) -> float:
    """Return how alike two names are, from 0 to 100."""
    like = max(fuzz.token_sort_ratio(one, other), 0.97 * fuzz.ratio(one, other))
    if like < 88 and min(len(one.split()), len(other.split())) > 1:
        like = max(like, 0.9 * fuzz.token_set_ratio(one, other))
    return like


def _place_level(one: Compared, other: Compared) -> str:
    if one.postcodes & other.postcodes:
        return "the same place"
    if not (one.points and other.points):
        return "far apart" if one.postcodes and other.postcodes else ""
    metres = min(metres_between(a, b) for a in one.points for b in other.points)
    if metres <= _SAME_PLACE_M:
        return "the same place"
    return "near each other" if metres <= _NEAR_M else "far apart"


def _page_level(one: Compared, other: Compared) -> str:
    if one.page and one.page == other.page:
        return "the same page"
    if one.site and other.site:
        return "the same site" if one.site == other.site else "another site"
    return ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower().replace("&", " and ")))
