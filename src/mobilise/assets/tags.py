"""Tag rules: what an OpenStreetMap feature must have, and must not have, to be of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"


@dataclass(frozen=True)
class Rule:
    """One OpenStreetMap tag rule: all of its conditions must hold.

    Parameters
    ----------
    text
        As it stands in ``kinds.toml``.
    has
        Keys, each with the values that fit; ``*`` fits any.
    lacks
        Keys, each with the values that do not fit; ``*``: the key must be absent.
    """

    text: str
    has: tuple[tuple[str, frozenset[str]], ...]
    lacks: tuple[tuple[str, frozenset[str]], ...]

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Parse a rule.

        Raises
        ------
        ValueError
            A condition is neither ``key=value|value`` nor ``key!=value|value``, or none says
            what the feature must have.

        Examples
        --------
        >>> Rule.parse("leisure=garden, name=*, garden:type!=private").fits({"leisure": "garden"})
        False
        """
        has: list[tuple[str, frozenset[str]]] = []
        lacks: list[tuple[str, frozenset[str]]] = []
        for condition in text.split(", "):
            key, sign, values = condition.partition("=")
            chosen = lacks if key.endswith("!") else has
            key = key.removesuffix("!").strip()
            if not (key and sign and values):
                raise ValueError(f"kinds.toml: cannot read the condition {condition!r} in {text!r}")
            chosen.append((key, frozenset(values.split("|"))))
        if not has:
            raise ValueError(f"kinds.toml: {text!r} does not say which tag a feature must have")
        return cls(text, tuple(has), tuple(lacks))

    def fits(self, tags: Mapping[str, str]) -> bool:
        """Tell whether a feature with these tags fits."""
        return all(_among(tags.get(key), values) for key, values in self.has) and not any(
            _among(tags.get(key), values) for key, values in self.lacks
        )


def _among(value: str | None, values: frozenset[str]) -> bool:
    """Tell whether a tag's value (``a;b`` is two) is among those listed."""
    if value is None:
        return False
    return ANY in values or any(part.strip() in values for part in value.split(";"))
