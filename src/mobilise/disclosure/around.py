"""What the open plane knows of areas: fifth of deprivation, and whether an asset is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from mobilise.disclosure.release import Surroundings
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.place import Place

MINUTES = 15.0


def surroundings_of(
    place: Place, *, kinds: Sequence[str] = (), minutes: float = MINUTES
) -> Surroundings:
    """Return what rows are counted by, of a place's areas.

    Parameters
    ----------
    place
        A place that has been built.
    kinds
        Which kinds of asset count as near; by default all whose walk was measured, but for
        health services that people are referred from.
    minutes
        The limit, in minutes; inclusive.

    Raises
    ------
    InputError
        The place measured no walk to such a kind.
    """
    areas = place.table("areas")
    ids = tuple(str(area) for area in areas["area_id"])
    fifths = zip(areas["area_id"], areas["deprivation_quintile"], strict=True)
    known = {"quintile": {str(area): str(int(n)) for area, n in fifths if not pd.isna(n)}}
    if "reach" in place.tables():
        known["near"] = _near(place.table("reach"), kinds, minutes)
    elif kinds:
        raise InputError(f"{place.name} has no reach; build the place as far as reach.")
    return Surroundings(ids, known)


def _near(reach: pd.DataFrame, kinds: Sequence[str], minutes: float) -> dict[str, str]:
    from mobilise.assets.kinds import catalogue  # noqa: PLC0415  (read once there is a reach)

    walks = reach[(reach["measure"] == "nearest") & reach["group"].isna()]
    known = catalogue().kinds
    health = {name for name, kind in known.items() if kind.domain == "health"}
    wanted = list(kinds) or sorted(set(walks["kind"]) - health)
    for kind in wanted:
        if not (walks["kind"] == kind).any():
            raise InputError(f"No walk to '{kind}' was measured; name kinds of the recipe's reach.")
    walks = walks[walks["kind"].isin(wanted)]
    shortest = walks.groupby("area_id")["value"].min()
    return {str(area): ("near" if n <= minutes else "not near") for area, n in shortest.items()}
