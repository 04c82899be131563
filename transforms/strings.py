"""Strings that every file can hold: whole texts, and labels of one line."""

from __future__ import annotations

import re

# The longest title of the development pages has 153 characters; a byline of a hundred names has 2,000.
LABEL_CHARS = 2_000

_SURROGATES = re.compile("[\ud800-\udfff]")

# UTF-8 that was read as a one-byte character set holds control characters and spaces that its repair needs.
_MISREAD = "([\xc2-\xf4][\x80-\xbf]{1,3})"

# Control characters other than white space, and the marks that make a terminal show text in another order.
_STEERING = re.compile(f"{_MISREAD}|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]+")
_SPACES = re.compile(rf"{_MISREAD}|\s+")


def clean(text: str) -> str:
    """Give the text without NUL; half a surrogate pair, which no file can hold, becomes U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def one_line(text: str) -> str:
    r"""Give the text clean, without control characters, and with single spaces for all its white space.

    What looks like misread UTF-8 stays whole: `normalize.repair` mends it.

    >>> one_line("  Ann\x01 \n Lee\0\u2028")
    'Ann Lee'
    """
    steady = _STEERING.sub(lambda found: found[1] or "", clean(text))
    return _SPACES.sub(lambda found: found[1] or " ", steady).strip(" ")


def label(text: str) -> str:
    """Give a title, a name or another short string on one line, cut where it is no longer short."""
    return one_line(text)[:LABEL_CHARS].rstrip(" ")
