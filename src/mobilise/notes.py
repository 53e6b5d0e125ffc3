"""Notes: what a step dropped, repaired or could not match, with counts, for people to read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Note:
    """One counted remark on the data.

    Parameters
    ----------
    step
        The step that makes it: ``areas``, ``assets``, ``network``, ``reach``, ...
    source
        The file or table it is about.
    says
        One sentence, with the count in it.
    count
        How many rows.
    examples
        The first ten of them, as a person would know them (codes, names).
    warning
        True where a figure may mislead unless somebody looks.
    """

    step: str
    source: str
    says: str
    count: int = 0
    examples: tuple[str, ...] = ()
    warning: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {**asdict(self), "examples": list(self.examples)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Note:
        """Return the note that :meth:`as_dict` wrote."""
        return cls(**{**data, "examples": tuple(data["examples"])})
