"""How the kernels are compiled: at their first call, then kept on disk."""

from __future__ import annotations

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
