"""Single values of a record, in the form that the tables use."""

from __future__ import annotations

from datetime import UTC, datetime

from transforms.dates import instant
from transforms.strings import clean

# The web began in 1990; a scraper's clock beyond 2100 is wrong.
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_LINE_ENDS = "\r\v\f\x85\u2028\u2029"


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
