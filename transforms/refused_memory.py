"""Tells whether a parser failed because it was refused memory: few of them raise MemoryError."""

from __future__ import annotations

import re

# HTML cannot be wrong (its standard reads anything), so lexbor, below resiliparse, stops for want of memory alone
_RESILIPARSE = re.compile("Failed to parse (?:HTML )?document")


def is_refused_memory(error: BaseException) -> bool:
    """Tell whether this is what a parser raises when it gets no memory.

    >>> is_refused_memory(MemoryError()), is_refused_memory(ValueError("Failed to parse HTML document"))
    (True, True)
    >>> is_refused_memory(ValueError("not a date"))
    False
    """
    return isinstance(error, MemoryError) or _RESILIPARSE.search(str(error)) is not None or _is_of_lxml(error)


def _is_of_lxml(error: BaseException) -> bool:
    """Tell whether libxml2 names it, or has nothing to say against a query: ours are written in the code."""
    from lxml.etree import ErrorTypes, LxmlError, XPathEvalError

    if not isinstance(error, LxmlError):
        return False
    last = error.error_log.last_error
    is_named = ErrorTypes.ERR_NO_MEMORY in (getattr(error, "code", None), last and last.type)
    return is_named or (isinstance(error, XPathEvalError) and str(error) == "unknown error")
