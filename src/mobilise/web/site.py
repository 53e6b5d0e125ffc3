"""What the pages of one place are made from, read once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from mobilise.place import Place
from mobilise.report.content import BANNER
from mobilise.report.material import Material, read_material


@dataclass
class Site:
    """A place as the pages see it.

    Parameters
    ----------
    place
        The place that is shown.
    """

    place: Place

    @property
    def name(self) -> str:
        """The place's name."""
        return self.place.name

    @property
    def banner(self) -> str:
        """What every page says of a place that is made up; empty for a real one."""
        return BANNER if self.place.facts.get("synthetic") else ""

    @cached_property
    def material(self) -> Material:
        """The tables, and the words for what is in them."""
        return read_material(self.place)


def site_of(request: Request) -> Site:
    """Return the site that a request is about."""
    site: Site = request.app.state.site
    return site


TheSite = Annotated[Site, Depends(site_of)]
