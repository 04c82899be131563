"""Addresses and hosts in the form that the tables use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from transforms.strings import one_line

# Web servers refuse a longer one by default (Apache 8,190 bytes, nginx 8 KiB); the longest real one has 409.
_LONGEST = 8_000

# Parameters that only ever track: Google, Meta, Microsoft, Yandex, TikTok, X, mail and affiliate services.
_TRACKER = re.compile(
    r"utm_|[a-z]*clid\Z|srsltid|mc_[ce]id|_hs(?:enc|mi)|igshid?|__twitter_impression|at_(?:medium|campaign)|_ga\Z|_gl\Z"
)
# courlan's list takes each name that begins with ga or gl for Google Analytics.
_WORDS_LIKE_TRACKERS = re.compile(r"(?:ga|gl)[a-z]")
_SCRIPTS = (".php", ".asp", ".aspx", ".jsp", ".cgi", ".do", ".pl", ".cfm", ".dll", ".nhn")
_CACHE = re.compile(
    r"https?://(?:[^/]+\.cdn\.ampproject\.org|cdn\.ampproject\.org|(?:www\.)?google\.[a-z.]+/amp)/(?:[acvi]/)?(?:s/)?([^/]+\.[^/]+/.+)"
)
_FRONT = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-z]{2})?/?|index\.\w+|home/?)?", re.IGNORECASE)
_AMP_END = re.compile(r"(?:/amp/?|\.amp(?=\.html?\Z)|\.amp)\Z|\.amp(?=\.html?\Z)")
_AMP_START = re.compile(r"\A/amp/")
_AMP_PARAMETERS = frozenset({"amp", "amp=", "amp=1", "amp=true", "outputtype=amp"})
_SUBDOMAINS = frozenset({"www", "m", "amp", "mobile"})
_ENDING = 3  # letters of what stands before a country's ending: co.uk, com.br, net.au

_PORT = re.compile(r":(?:80|443)?\Z")
_PLAIN = "/%:@!$&'()*+,;=~?[]"

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
    href = one_line(href)
    if href[:8].lower().startswith(("http://", "https://")):
        return address_of(href)  # urljoin would leave out an empty parameter at its end
    try:
        return address_of(urljoin(page_url or "", href))
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


@dataclass(frozen=True)
class Canonical:
    """The one address of a page, and where it was found: link, meta, json-ld, record or url; null for none."""

    address: str | None = None
    source: str | None = None


def canonical(stated: Iterable[tuple[str, str]], page_url: str | None, *, is_amp: bool = False) -> Canonical:
    """Give the first stated address, each with its source, that can be the page's; else the page's own, cleaned.

    Refused are a front page for another page, and another site: who copies a page with its head also copies this.

    >>> canonical([("https://a.example/", "link")], "https://m.a.example/x?utm_source=feed")
    Canonical(address='https://m.a.example/x', source='url')
    >>> canonical([("/x", "link")], "https://a.example/amp/x").address
    'https://a.example/x'
    """
    own = _uncached(page_url)
    for href, source in stated:
        address = link_of(href, own) if href.strip() else None
        if address is not None and _can_be(address, own):
            return Canonical(_encoded(without_tracking(_like(address, own))), source)
    return Canonical(_encoded(_main(without_tracking(own), is_amp=is_amp)), "url") if own else Canonical()


def without_tracking(address: str) -> str:
    """Give the address without the parameters that tell who clicked where.

    >>> without_tracking("https://a.example/x?id=3&utm_medium=mail&fbclid=Iw")
    'https://a.example/x?id=3'
    """
    head, mark, query = address.partition("?")
    if not mark:
        return address
    is_script = head.lower().endswith(_SCRIPTS)
    kept = [
        part
        for part in query.split("&")
        if part and not _tracks(part.partition("=")[0].lower(), is_script=is_script)
    ]
    return f"{head}?{'&'.join(kept)}" if kept else head


def _tracks(name: str, *, is_script: bool) -> bool:
    """Tell whether a parameter tracks; of a script only one that surely does: its `cid` may be the article."""
    return bool(_TRACKER.match(name)) or (
        not is_script and not _WORDS_LIKE_TRACKERS.match(name) and _is_listed(name)
    )


@lru_cache(maxsize=4096)
def _is_listed(name: str) -> bool:
    """Tell whether courlan takes the parameter for a tracker."""
    from courlan import normalize_url

    try:
        return not urlsplit(normalize_url(f"https://a.example/?{name}=1")).query
    except ValueError:
        return False


def _uncached(url: str | None) -> str | None:
    """Give the address of a page, that of the publisher where the page was taken from an AMP cache."""
    address = address_of(url or "")
    found = _CACHE.match(address) if address else None
    return f"https://{found[1]}" if found else address


def _can_be(address: str, own: str | None) -> bool:
    """Tell whether a stated address can be the page's: the same site, and no front page unless the page is one."""
    if own is None:
        return not _is_front(address)
    return (_is_front(own) or not _is_front(address)) and _brand(address) == _brand(own) != ""


def _is_front(address: str) -> bool:
    parts = urlsplit(address)
    return not parts.query and _FRONT.fullmatch(parts.path) is not None


def _brand(address: str) -> str:
    """Give the label of a host that stands before its public ending: 'harbor' of m.harbor.co.example."""
    labels = (urlsplit(address).hostname or "").split(".")[:-1]
    while len(labels) > 1 and len(labels[-1]) <= _ENDING and labels[-2] not in _SUBDOMAINS:
        labels.pop()
    return labels[-1] if labels else ""


def _like(address: str, own: str | None) -> str:
    """Give the address with https where the page came from the same host that way."""
    is_safe = own is not None and own.startswith("https:") and urlsplit(own).hostname == urlsplit(address).hostname
    return "https:" + address[5:] if is_safe and address.startswith("http:") else address


def _encoded(address: str) -> str:
    """Give the address with one spelling of its characters and its host, and without a port that says nothing."""
    parts = urlsplit(address)
    host = _PORT.sub("", parts.netloc.lower())
    return urlunsplit((parts.scheme, host, quote(parts.path, safe=_PLAIN), quote(parts.query, safe=_PLAIN), ""))


def _main(address: str, *, is_amp: bool) -> str:
    """Give the address of the main page where this is the one of its AMP page."""
    parts = urlsplit(address)
    query = "&".join(part for part in parts.query.split("&") if part.lower() not in _AMP_PARAMETERS)
    path = _AMP_END.sub("", parts.path) or "/"
    if is_amp:
        path = _AMP_START.sub("/", path)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))
