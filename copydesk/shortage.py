"""Does a step once more, with less at once, where memory ran out; says so where that is not enough either."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from typing import TypeVar

from transforms.errors import ShortageError

T = TypeVar("T")
# DuckDB in its own errors, and in those of Arrow that read from it; Python, whose threads need memory, too
_WORDS = ("Out of Memory Error", "can't start new thread")
_UNLOADED = "failed to map segment from shared object"  # of a library; where it may not be run, there is a reason
REMEDY = "what is published is whole; give the machine more memory, or end what else runs there, and run again"
log = logging.getLogger("copydesk")


def sparing(name: str, step: Callable[[bool], T]) -> T:
    """Give what `step(False)` gives, or `step(True)`, which takes less at once, where memory ran out.

    ShortageError where it runs out again.
    """
    try:
        return step(False)
    except Exception as error:
        if not is_shortage(error):
            raise
        log.warning("%s: out of memory (%s), once more with less at once", name, first_line(error))
    try:
        return step(True)
    except Exception as error:
        if not is_shortage(error):
            raise
        raise ShortageError(
            f"{name}: out of memory, with less at once, too ({first_line(error)}); {REMEDY}"
        ) from error


def is_shortage(error: BaseException) -> bool:
    """Tell whether memory ran out, in whatever words: of Python, Arrow, numpy, DuckDB, or the kernel."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    return str(error).startswith(_WORDS) or str(error).endswith(_UNLOADED)


def first_line(error: BaseException) -> str:
    """Give what an error says first, or its name: a MemoryError commonly says nothing."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
