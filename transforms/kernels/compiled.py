"""The one way a kernel is compiled: cached on disk, free of the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Give the function as machine code, made at its first call and kept beside its source.

    Where neither the source folder nor the home folder can be written, numba refuses to cache: the kernel
    is then compiled anew in each process.
    """
    try:
        kernel: Kernel = njit(cache=True, nogil=True)(function)
    except RuntimeError:
        kernel = njit(nogil=True)(function)
    return kernel
