"""Addresses and hosts in the form that the tables use."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

_HOST = re.compile(r"[^\s/@]+\.[^\s/@.]{2,}")


def address_of(url: str) -> str | None:
    """Give an http address without password and fragment; None for anything else.

    >>> address_of("https://ann:secret@www.example.org/a?b=1#top")
    'https://www.example.org/a?b=1'
    """
    if not url[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return None
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def host_of(address: str) -> str | None:
    """Give the host name in an address or a bare host, lower case and without www; None where there is none.

    >>> host_of("https://WWW.Example.org:8080/a"), host_of("BBC News")
    ('example.org', None)
    """
    try:
        host = urlsplit(address).hostname if "://" in address else address.lower()
    except ValueError:
        return None
    host = (host or "").removeprefix("www.").rstrip(".")
    return host if _HOST.fullmatch(host) else None
