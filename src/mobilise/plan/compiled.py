"""How the kernels are compiled, and the numbers drawn inside them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def forget_stale(folder: Path) -> None:
    """Delete compiled kernels that are older than any source of kernels beside them.

    Numba looks at the file that a kernel is in, not at those whose kernels it calls: after a
    change there it would run the old ones.
    """
    with contextlib.suppress(OSError):
        sources = [path for path in folder.glob("*.py") if b"@compiled" in path.read_bytes()]
        newest = max((source.stat().st_mtime for source in sources), default=0.0)
        for kept in (folder / "__pycache__").glob("*.nbi"):
            if kept.stat().st_mtime < newest:
                kept.unlink(missing_ok=True)


forget_stale(Path(__file__).parent)


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel at its first call and keep it on disk; it runs without Python's lock."""
    return cast("Kernel", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def seeded(seed: int) -> Any:
    """Return the state of a generator: the same seed draws the same numbers on any machine."""
    return np.random.default_rng(seed).integers(1, 1 << 62, 1).astype(np.uint64)


@compiled
def draw(state: Any) -> Any:
    """Return the next number between 0 and 1 (xorshift64*, Vigna 2016, doi:10.1145/2845077)."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.float64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(11)) / 9007199254740992.0


@compiled
def draw_below(state: Any, size: int) -> Any:
    """Return the next whole number from 0 to `size` - 1."""
    return int(draw(state) * size)


@compiled
def grouped_order(keys: Any, begins: Any) -> Any:
    """Return the stable order that groups `keys`, whose groups begin at `begins`."""
    place = begins.copy()
    order = np.empty(len(keys), np.int64)
    for k in range(len(keys)):
        order[place[keys[k]]] = k
        place[keys[k]] += 1
    return order
