"""The whole recipe, as one typed model; ``docs/recipe.md`` explains every key."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr

from mobilise.recipe.questions import (
    By,
    Candidates,
    Decay,
    Explain,
    Gaps,
    Plan,
    Reach,
    Report,
    Times,
    Walker,
)
from mobilise.recipe.sections import (
    AREA,
    Areas,
    Assets,
    Bridge,
    Column,
    Deprivation,
    Entrances,
    Indicator,
    Join,
    KindMap,
    Model,
    Network,
    Origin,
    PlaceSection,
    Postcodes,
    Table,
)

__all__ = [
    "AREA",
    "Areas",
    "Assets",
    "Bridge",
    "By",
    "Candidates",
    "Column",
    "Decay",
    "Deprivation",
    "Entrances",
    "Explain",
    "Gaps",
    "Indicator",
    "Join",
    "KindMap",
    "Model",
    "Network",
    "Origin",
    "PlaceSection",
    "Plan",
    "Postcodes",
    "Reach",
    "Recipe",
    "Report",
    "Table",
    "Times",
    "Walker",
]


class Recipe(Model):
    """A whole recipe; see ``docs/recipe.md`` for every key."""

    place: PlaceSection
    areas: Areas
    assets: Annotated[tuple[Assets, ...], Field(min_length=1)]
    postcodes: Postcodes | None = None
    network: Network = Network()
    indicators: tuple[Indicator, ...] = ()
    reach: tuple[Reach, ...] = ()
    gaps: tuple[Gaps, ...] = ()
    explain: tuple[Explain, ...] = ()
    plan: tuple[Plan, ...] = ()
    report: Report = Report()

    _path: Path = PrivateAttr(default=Path())
    _root: Path = PrivateAttr(default=Path())
    _output: Path = PrivateAttr(default=Path())

    @property
    def path(self) -> Path:
        """The recipe's file."""
        return self._path

    @property
    def root(self) -> Path:
        """The folder that relative paths of sources start from."""
        return self._root

    @property
    def output(self) -> Path:
        """The place's folder."""
        return self._output

    def at(self, path: Path, root: Path, output: Path) -> Recipe:
        """Return the recipe as read from `path`, with sources under `root`, built into `output`."""
        placed = self.model_copy()
        placed._path, placed._root, placed._output = path, root, output  # noqa: SLF001
        return placed

    def feed(self, assets: Assets) -> Path:
        """Return where a directory's pages are: the recipe's path, or those that were fetched."""
        if isinstance(assets.hsds, str):
            key = hashlib.sha256(assets.hsds.encode()).hexdigest()[:12]
            return self._output / "harvest" / key
        assert assets.hsds is not None  # only sources of this sort are asked for
        return assets.hsds

    def label(self, file: Path) -> str:
        """Return a source's path as people should read it: relative to the data, never absolute."""
        for assets in self.assets:
            if isinstance(assets.hsds, str) and self.feed(assets) == file:
                return assets.hsds
        for base in (self._root, self._path.parent):
            if file.resolve().is_relative_to(base):
                return file.resolve().relative_to(base).as_posix()
        return file.name
