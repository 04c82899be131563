"""Addresses and hosts in the form that the tables use."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from transforms.strings import one_line

# Web servers refuse a longer one by default (Apache 8,190 bytes, nginx 8 KiB); the longest real one has 409.
_LONGEST = 8_000

_HOST = re.compile(r"[^\s/@]+\.[^\s/@.]{2,}")


def address_of(url: str) -> str | None:
    """Give an http address without password and fragment; None for anything else.

    >>> address_of("https://ann:secret@www.example.org/a?b=1#top")
    'https://www.example.org/a?b=1'
    """
    url = one_line(url)
    if len(url) > _LONGEST or not url[:8].lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(url)
        if not parts.hostname:
            return None
    except ValueError:
        return None
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def link_of(href: str, page_url: str | None) -> str | None:
    """Give the address that a link of a page leads to; None where that is none, or only the page could tell.

    >>> link_of("/a#top", "https://example.org/b"), link_of("/a", None)
    ('https://example.org/a', None)
    """
    try:
        return address_of(urljoin(page_url or "", one_line(href)))
    except ValueError:
        return None


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
