"""How alike two names are, when words such as "library" tell the kind and not the place."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.fuzz import ratio

from mobilise.assets.kinds import catalogue

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_APOSTROPHES = re.compile(r"['’‘`´]")
_NOT_WORDS = re.compile(r"[\W_]+")


def name_likeness(one: str | None, other: str | None, generic: frozenset[str]) -> float | None:
    """Return how alike two names are, 0 to 1, or None where a name tells nothing.

    The telling words (all but the `generic` ones) are compared apart from the whole names, so
    that "Sale Library" is unlike "Sale Moor Library" although most letters agree. Texts are
    compared by their longest common subsequence (the normalised indel similarity). What stands
    in brackets counts only where both names have brackets, or where it makes them more alike.

    Parameters
    ----------
    one, other
        The names; None or "" where there is none.
    generic
        Words that tell the kind, of either record's kind.

    Examples
    --------
    >>> library = frozenset({"library"})
    >>> name_likeness("Altrincham Library", "Altrincham Library (Trafford)", library)
    1.0
    >>> name_likeness("Library", "Altrincham Library", library) is None
    True
    """
    whole = (words_of(_unbracketed(one)), words_of(_unbracketed(other)))
    pairs = (
        [whole]
        if _in_brackets(one) and _in_brackets(other)
        else [
            (words_of(one), words_of(other)),
            whole,
        ]
    )
    found = [_words_likeness(words, others, generic) for words, others in pairs]
    return max((likeness for likeness in found if likeness is not None), default=None)


@lru_cache(maxsize=65536)
def words_of(name: str | None) -> tuple[str, ...]:
    """Return the words of a name, sorted: no case, accents, brackets, apostrophes or small words.

    Examples
    --------
    >>> words_of("The Café of Saint George's (Upper Hall)")
    ('cafe', 'georges', 'st')
    """
    if not name:
        return ()
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    outside = _BRACKETS.sub(" ", plain)
    plain = outside if _NOT_WORDS.sub("", outside) else plain
    plain = _APOSTROPHES.sub("", plain)
    known = catalogue()
    words = [known.spelling.get(word, word) for word in _NOT_WORDS.sub(" ", plain).split()]
    return tuple(sorted([word for word in words if word not in known.small_words] or words))


def _words_likeness(
    words: tuple[str, ...], others: tuple[str, ...], generic: frozenset[str]
) -> float | None:
    if not words or not others:
        return None
    if words == others:
        return 1.0
    telling = tuple(word for word in words if word not in generic)
    others_telling = tuple(word for word in others if word not in generic)
    if not telling or not others_telling:
        return None
    weights = catalogue().likeness
    core, whole = _alike(telling, others_telling), _alike(words, others)
    likeness = weights.core * core + (1 - weights.core) * whole
    if telling == others_telling:
        likeness = max(likeness, weights.same_core)
    elif set(telling) <= set(others_telling) or set(others_telling) <= set(telling):
        likeness = max(likeness, weights.within_name)
    numbers, others_numbers = _numbers(telling), _numbers(others_telling)
    if numbers and others_numbers and numbers != others_numbers:
        likeness *= weights.other_number
    return likeness


def whole_name(name: str | None) -> str:
    """Return all the words of a name, in brackets or not, as a key; "" where there is none."""
    return " ".join(words_of(_unbracketed(name)))


def _in_brackets(name: str | None) -> bool:
    return bool(name and _BRACKETS.search(name))


def _unbracketed(name: str | None) -> str | None:
    """Return the name with the words of its brackets among the others."""
    return re.sub(r"[()\[\]]", " ", name) if name else None


def _alike(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    return ratio(" ".join(words), " ".join(others)) / 100


def _numbers(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for word in words if any(c.isdigit() for c in word))
