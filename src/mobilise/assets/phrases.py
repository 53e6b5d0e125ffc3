"""Kinds in the middle of a sentence: "a library", "GP practices"."""

from __future__ import annotations

from mobilise.assets.kinds import catalogue


def phrase(kind: str, *, article: bool = True) -> str:
    """Return one of a kind, or of a set of kinds, as it stands inside a sentence.

    Parameters
    ----------
    kind
        A kind, or a set of kinds joined by ``+``.
    article
        Put "a" or "an" before it.

    Examples
    --------
    >>> phrase("arts"), phrase("gp", article=False), phrase("library+museum")
    ('an arts venue', 'GP practice', 'a library or a museum')
    """
    words = [_inside(catalogue().kinds[part].label) for part in kind.split("+")]
    return " or ".join(f"{_article(word)} {word}" if article else word for word in words)


def plural_phrase(kind: str) -> str:
    """Return several of a kind, or of a set of kinds, as it stands inside a sentence.

    Examples
    --------
    >>> plural_phrase("gp")
    'GP practices'
    """
    return " or ".join(_inside(catalogue().kinds[part].plural) for part in kind.split("+"))


def _inside(label: str) -> str:
    """Lower the first letter, unless the word is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"
