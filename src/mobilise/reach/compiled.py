"""How the kernels are compiled: at their first call, then kept on disk."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Kernel = TypeVar("Kernel", bound="Callable[..., Any]")


def compiled(function: Kernel) -> Kernel:
    """Compile a kernel when it is first called; it runs without Python's lock."""
    return cast("Kernel", numba.njit(nogil=True, cache=True)(function))


def compiled_sum(function: Kernel) -> Kernel:
    """Compile a kernel that may add in the order that suits the processor's vectors."""
    relaxed = {"reassoc", "nsz"}
    return cast("Kernel", numba.njit(nogil=True, cache=True, fastmath=relaxed)(function))


def compiles_first(*, on_streets: bool) -> bool:
    """Tell whether the kernels must still be compiled on this machine, which takes seconds.

    The index of what is compiled is newer than the source that it was compiled from.
    """
    module = importlib.import_module(
        "mobilise.reach.searches" if on_streets else "mobilise.reach.grid"
    )
    kernel = module.pairs_within if on_streets else module.sums_by_steps
    source, line = Path(module.__file__ or ""), kernel.py_func.__code__.co_firstlineno
    python = f"py{sys.version_info.major}{sys.version_info.minor}"
    name = f"*.{kernel.__name__}-{line}.{python}.nbi"
    stored = Path(kernel.stats.cache_path).glob(name)
    return not any(index.stat().st_mtime >= source.stat().st_mtime for index in stored)
