"""The measures that weigh supply against demand, as formulas.

Each is made of two sums over a *field*, the weights f(t) between areas i and assets j:
``spread`` adds up over areas for each asset, ``gather`` over assets for each area. Nothing
else of the geography enters, so the same formulas serve streets, straight lines and tables.

Notation: P people of area i, S capacity of asset j, F_i = Σ_j f_ij, G_j = Σ_i f_ij.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from mobilise.reach.points import Floats


class Field(Protocol):
    """Weights between areas and assets that are never written out."""

    def spread(self, values: Floats) -> Floats:
        """Return for each asset Σ_i values_i f_ij."""

    def gather(self, values: Floats) -> Floats:
        """Return for each area Σ_j values_j f_ij."""

    def squared(self) -> Field:
        """Return the field of f²."""


def gravity(field: Field, supply: Floats) -> Floats:
    """Return Σ_j S_j f_ij (Hansen 1959, doi:10.1080/01944365908978307)."""
    return field.gather(supply)


def two_step(field: Field, people: Floats, supply: Floats) -> Floats:
    """Return Σ_j f_ij S_j / Σ_k P_k f_kj: capacity per person.

    With weights of 0 and 1 this is the two-step floating catchment area (Luo & Wang 2003,
    doi:10.1068/b29120), with a decay the enhanced one (Luo & Qi 2009,
    doi:10.1016/j.healthplace.2009.06.002).
    """
    return field.gather(_over(supply, field.spread(people)))


def three_step(field: Field, people: Floats, supply: Floats) -> Floats:
    """Return Σ_j g_ij f_ij S_j / Σ_k P_k g_kj f_kj, with people shared out by g_ij = f_ij / F_i.

    Wan, Zou & Sternberg 2012, doi:10.1080/13658816.2011.624987.
    """
    sharing = field.gather(np.ones_like(supply))
    squared = field.squared()
    demand = squared.spread(_over(people, sharing))
    return _over(squared.gather(_over(supply, demand)), sharing)


def modified_two_step(field: Field, people: Floats, supply: Floats) -> Floats:
    """Return Σ_j f_ij² S_j / Σ_k P_k f_kj: distance also leaves capacity unused.

    Delamater 2013, doi:10.1016/j.healthplace.2013.07.012.
    """
    return field.squared().gather(_over(supply, field.spread(people)))


def balanced(field: Field, people: Floats, supply: Floats) -> Floats:
    """Return Σ_j (f_ij / G_j) S_j / Σ_k P_k f_kj / F_k: nobody and nothing counted twice.

    Paez, Higgins & Vivona 2019, doi:10.1371/journal.pone.0218773.
    """
    sharing = field.gather(np.ones_like(supply))
    demand = field.spread(_over(people, sharing))
    total = field.spread(np.ones_like(people))
    return field.gather(_over(_over(supply, demand), total))


def spatial_availability(field: Field, people: Floats, supply: Floats) -> Floats:
    """Return the capacity that falls to each area: P_i Σ_j f_ij S_j / Σ_k P_k f_kj.

    The areas' shares of an asset add up to its capacity (Soukhov et al. 2023,
    doi:10.1371/journal.pone.0278468, with α = 1).
    """
    return people * two_step(field, people, supply)


def _over(above: Any, below: Any) -> Floats:
    """Divide; 0 where nobody (or nothing) is there to share with."""
    result: Floats = np.divide(above, below, out=np.zeros_like(below), where=below > 0)
    return result
