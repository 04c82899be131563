"""Single values of a record, in the form that the tables use."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from transforms.dates import instant

# The web began in 1990; a scraper's clock beyond 2100 is wrong.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_LINE_ENDS = "\r\v\f\x85\u2028\u2029"
_SURROGATES = re.compile("[\ud800-\udfff]")


def fetched(text: str | None) -> datetime | None:
    """Give the instant of a scraper's clock in UTC; null where it is no believable time.

    >>> fetched("2024-03-01T12:00:00+02:00"), fetched("2024-02-30")
    (datetime.datetime(2024, 3, 1, 10, 0, tzinfo=datetime.timezone.utc), None)
    """
    at = instant(text)
    return at if at is not None and _EARLIEST <= at < _LATEST else None


def plain(text: str) -> str:
    r"""Give the text with line feeds as its only line ends, and clean.

    >>> plain("a\r\nb\u2028c\0")
    'a\nb\nc'
    """
    text = clean(text).replace("\r\n", "\n")
    for end in _LINE_ENDS:  # each a search in C; one pattern for all is 20 times slower
        if end in text:
            text = text.replace(end, "\n")
    return text


def clean(text: str) -> str:
    """Give the text without NUL; half a surrogate pair, which no file can hold, becomes U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text
