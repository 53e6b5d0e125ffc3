"""The compiled inner loops of :mod:`mobilise.gaps.replicate`: tables, random bits, sums.

A draw is one multiply-and-shift hash of its replicate's number under its area's key, and
one look-up in the area's alias table (Walker 1977, doi:10.1145/355744.355749): both in
32-bit whole numbers, so that the compiler works on sixteen areas at once, and so that
neither threads nor the order of sums can change a bit of the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kernel = TypeVar("Kernel")

# Table entries that share the first-level cache (32 KiB), and replicates of one task.
CACHED = 1 << 13
BLOCK = 500

# Ranks are whole numbers in this unit, in two halves: a half times a table's greatest count,
# summed over the areas of a tile, stays within 32 bits.
HALF_RANK = 1 << 15
RANK_UNIT = HALF_RANK * HALF_RANK


def _compiled(function: Kernel) -> Kernel:
    return cast("Kernel", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def _parallel(function: Kernel) -> Kernel:
    decorate = numba.njit(parallel=True, cache=True, error_model="numpy")
    return cast("Kernel", decorate(function))


@_parallel
def alias_tables(
    expected: NDArray[np.float64], first: NDArray[np.int64], bits: int, out: NDArray[np.uint32]
) -> None:
    """Fill one alias table an area of a Poisson count less `first`, shape (areas, 2**bits).

    A slot holds the threshold under which it keeps its own count, in the high bits, and
    the count that it gives way to, in the low ones. The low bits of a draw are its slot.
    """
    size = 1 << bits
    top = float(1 << (32 - bits))
    for i in numba.prange(len(expected)):
        chance = _window(expected[i], first[i], size)
        small, large = np.empty(size, np.int64), np.empty(size, np.int64)
        other = np.arange(size)
        few, many = 0, 0
        for k in range(size):
            if chance[k] < 1.0:
                small[few] = k
                few += 1
            else:
                large[many] = k
                many += 1
        while few > 0 and many > 0:
            few -= 1
            giver, taker = large[many - 1], small[few]
            other[taker] = giver
            chance[giver] -= 1.0 - chance[taker]
            if chance[giver] < 1.0:
                many -= 1
                small[few] = giver
                few += 1
        for k in range(size):
            keep = 1.0 if other[k] == k else min(max(chance[k], 0.0), 1.0)
            threshold = min(round(keep * top), top - 1.0)
            out[i, k] = (np.uint32(threshold) << np.uint32(bits)) | np.uint32(other[k])


@_compiled
def _window(expected: float, first: int, size: int) -> Any:
    """Return the chances of counts first, first + 1, ... times `size`, from the mode outwards."""
    chance = np.zeros(size)
    mode = min(max(int(expected) - first, 0), size - 1)
    chance[mode] = 1.0
    for k in range(mode + 1, size):
        chance[k] = chance[k - 1] * expected / (first + k)
    for k in range(mode - 1, -1, -1):
        chance[k] = chance[k + 1] * (first + k + 1) / expected
    return chance * (size / chance.sum())


@_parallel
def add_draws(
    tables: NDArray[np.uint32],
    ranks: NDArray[np.uint32],
    keys: NDArray[np.uint32],
    bits: int,
    events: NDArray[np.int64],
    ranked: NDArray[np.int64],
) -> None:
    """Add one Poisson count of every area to each replicate's events, and events times rank.

    `ranks` and `keys` have two rows: the high and low halves, the first and second key.
    """
    areas, replicates = len(tables), len(events)
    tile = max(1, CACHED >> bits)
    offsets = (np.arange(tile) << bits).astype(np.uint32)
    for block in numba.prange((replicates + BLOCK - 1) // BLOCK):
        for start in range(0, areas, tile):
            stop = min(start + tile, areas)
            flat = tables[start:stop].ravel()
            first = block * BLOCK
            last = min(first + BLOCK, replicates)
            _add_tile(
                flat, offsets, ranks[0, start:stop], ranks[1, start:stop],
                keys[0, start:stop], keys[1, start:stop],
                np.uint32((1 << bits) - 1), first, events[first:last], ranked[first:last],
            )  # fmt: skip


@_compiled
def _add_tile(
    flat: NDArray[np.uint32],
    offsets: NDArray[np.uint32],
    high_ranks: NDArray[np.uint32],
    low_ranks: NDArray[np.uint32],
    first_key: NDArray[np.uint32],
    second_key: NDArray[np.uint32],
    low: np.uint32,
    first: int,
    events: NDArray[np.int64],
    ranked: NDArray[np.int64],
) -> None:
    # Everything is cast back to 32 bits: left to itself the compiler widens to 64.
    high = np.uint32(~low)
    inside = np.uint32(CACHED - 1)
    for replicate in range(len(events)):
        counter = np.uint32(np.uint32(first + replicate) * np.uint32(0x9E3779B1))
        total, by_high, by_low = np.uint32(0), np.uint32(0), np.uint32(0)
        for j in range(len(first_key)):
            # A mixer of 32 bits (constants of Wellons' hash prospector) with two keys in it.
            h = np.uint32(counter + first_key[j])
            h = np.uint32(h ^ (h >> np.uint32(16)))
            h = np.uint32(h * np.uint32(0x21F0AAAD))
            h = np.uint32(h + second_key[j])
            h = np.uint32(h ^ (h >> np.uint32(15)))
            h = np.uint32(h * np.uint32(0x735A2D97))
            h = np.uint32(h ^ (h >> np.uint32(15)))
            slot = np.uint32(h & low)
            entry = flat[np.uint32((offsets[j] + slot) & inside)]
            count = slot if h < np.uint32(entry & high) else np.uint32(entry & low)
            total = np.uint32(total + count)
            by_high = np.uint32(by_high + np.uint32(high_ranks[j] * count))
            by_low = np.uint32(by_low + np.uint32(low_ranks[j] * count))
        events[replicate] += np.int64(total)
        ranked[replicate] += np.int64(by_high) * HALF_RANK + np.int64(by_low)
