"""Anywhere: any place of a country by its name, from the official publishers.

Given a registry (which is data: :mod:`mobilise.sources.publishers`), `new_place` finds the areas
of a place, fetches what the registry names, cuts it to the place and what is near it, and writes a
recipe that builds. What could not be had is marked in the recipe; the rest goes on.
"""

from __future__ import annotations

from mobilise.anywhere.making import Made, list_members, new_place, update_place
from mobilise.anywhere.selecting import Ask

__all__ = ["Ask", "Made", "list_members", "new_place", "update_place"]
