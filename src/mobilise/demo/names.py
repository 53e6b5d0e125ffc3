"""Invented names, put together from the lists in ``names.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@cache
def lists() -> dict[str, Any]:
    """Return the lists that names are made from."""
    text = files("mobilise.demo").joinpath("names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass
class Names:
    """Hands out names, each only once.

    Parameters
    ----------
    rng
        Where chance comes from.
    """

    rng: np.random.Generator
    taken: set[str] = field(default_factory=set)
    numbered: int = 0

    def __post_init__(self) -> None:
        words = lists()["streets"]
        self.streets = self._shuffled(product(words["first"], words["second"]))
        self.closes = self._shuffled(product(words["first"], words["close"]))
        self.main = list(words["main"])

    def street(self, *, main: bool = False, dead_end: bool = False) -> str:
        """Return the name of a further street."""
        if main and self.main:
            return str(self.main.pop(0))
        names = self.closes if dead_end else self.streets
        if not names:  # a town larger than the lists
            self.numbered += 1
            return f"Street {self.numbered}"
        return names.pop()

    def of(self, patterns: str, ward: str, street: str) -> str:
        """Return a name not yet taken, for a spot in a ward and a street."""
        choices = lists()["patterns"][patterns]
        fixed = [one for one in choices if "{" not in one]
        drawn = [choices[i] for i in self.rng.permutation(len(choices)) if "{" in choices[i]]
        made = [one.format(ward=ward, street=street) for one in [*fixed, *drawn]]
        free = [name for name in made if name not in self.taken]
        name = str(free[0]) if free else self._again(made[-1])
        self.taken.add(name)
        return name

    def _again(self, name: str) -> str:
        number = 2
        while f"{name} {number}" in self.taken:
            number += 1
        return f"{name} {number}"

    def _shuffled(self, pairs: Any) -> list[str]:
        names = [" ".join(pair) for pair in pairs]
        return [names[i] for i in self.rng.permutation(len(names))]
