"""All metadata of one page: headline, authors, dates, addresses, section, language, site, agency, rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from transforms.addresses import Canonical, canonical, host_of, link_of
from transforms.dates import day_in_url
from transforms.language import language_code
from transforms.lines import match_key
from transforms.metadata.agency import agency
from transforms.metadata.authors import Authors, authors
from transforms.metadata.head import Head, plain, read_head
from transforms.metadata.headlines import headline
from transforms.metadata.linked import NOTHING, Linked, read_linked
from transforms.metadata.marks import read_marks
from transforms.metadata.published import Instant, first_believed, modified, published
from transforms.metadata.rights import Rights, rights
from transforms.rule_files import packaged_agencies

_SECTION_KEYS = (
    "article:section", "og:section", "parsely-section", "articlesection", "cxenseparse:section", "article:category",
    "section", "content_category",
)  # fmt: skip
_SITE_KEYS = ("og:site_name", "application-name", "publisher", "dc.publisher")
_LANGUAGE_KEYS = ("og:locale", "content-language", "inlanguage", "dc.language", "language")


@dataclass(frozen=True)
class Metadata:
    """What the page states; a value is null, empty or without evidence where it states nothing."""

    title: str | None = None
    title_source: str | None = None
    authors: Authors = field(default_factory=Authors)
    site: str | None = None
    site_source: str | None = None
    section: str | None = None
    section_source: str | None = None
    language: str | None = None
    language_source: str | None = None
    published: Instant = field(default_factory=Instant)
    modified: Instant = field(default_factory=Instant)
    url: str | None = None  # the first address that the page gives itself
    canonical: Canonical = field(default_factory=Canonical)
    agency: str | None = None
    agency_source: str | None = None
    rights: Rights = field(default_factory=Rights)


@dataclass(frozen=True)
class Beside:
    """What the record and the HTTP response said beside the page; `edition` is the day that read it."""

    edition: dt.date
    url: str | None = None
    canonical_url: str | None = None
    published: str | None = None
    modified: str | None = None
    robots: str | None = None
    tdm_reservation: str | None = None


def read(tree: Any, beside: Beside) -> Metadata:
    """Give what the page says of itself; `tree` is an lxml element and is not changed.

    The dates are the record's where it has some that can be. Nothing is guessed: what is not stated is null.
    """
    head = read_head(tree)
    stated = list(_addresses(head))
    first = next((address for href, _ in stated if (address := link_of(href, beside.url))), None)
    url = beside.url or first
    linked = read_linked(head.scripts, (beside.url, first), (head.title, head.meta("og:title", "twitter:title")))
    host = host_of(url or "")
    site, site_source = _site(head, linked)
    names = [name for name in (*(head.meta(key) for key in _SITE_KEYS), linked.publisher, host) if name]
    title, title_source = headline(head, linked, host, names)
    marks = cache(lambda: read_marks(tree))
    written = authors(head, linked, marks, _outlets(names, host))
    section, section_source = _section(head, linked)
    language, language_source = _language(head, linked)
    served, served_source = agency(linked, written)
    addresses = [*_recorded(beside), *stated, *_linked_addresses(linked)]
    return Metadata(
        title=title,
        title_source=title_source,
        authors=written,
        site=site,
        site_source=site_source,
        section=section,
        section_source=section_source,
        language=language,
        language_source=language_source,
        published=first_believed(_dates(beside.published, published(head, linked, marks, url)), beside.edition),
        modified=first_believed(chain(modified(head, linked), _dates(beside.modified)), beside.edition),
        url=first,
        canonical=canonical(addresses, url, is_amp=head.is_amp),
        agency=served,
        agency_source=served_source,
        rights=rights(head, linked, beside.robots, beside.tdm_reservation),
    )


def of_record(beside: Beside) -> Metadata:
    """Give what the record and its address tell of a page that is no HTML."""
    day = day_in_url(beside.url)
    return Metadata(
        published=first_believed(_dates(beside.published, [(day, "url")] if day else ()), beside.edition),
        modified=first_believed(_dates(beside.modified), beside.edition),
        canonical=canonical(_recorded(beside), beside.url),
        rights=rights(Head(), NOTHING, beside.robots, beside.tdm_reservation),
    )


def _dates(recorded: str | None, others: Iterable[tuple[str, str]] = ()) -> Iterator[tuple[str, str]]:
    return chain([(recorded, "record")] if recorded else (), others)


def _recorded(beside: Beside) -> list[tuple[str, str]]:
    return [(beside.canonical_url, "record")] if beside.canonical_url else []


def _addresses(head: Head) -> Iterator[tuple[str, str]]:
    yield from ((href, "link") for href in head.links.get("canonical", ()))
    yield from ((value, "meta") for _, value in head.metas_of(("og:url", "twitter:url")))


def _linked_addresses(linked: Linked) -> Iterator[tuple[str, str]]:
    whole = linked.article.get("mainEntityOfPage")
    for value in (linked.article.get("url"), whole.get("@id") if isinstance(whole, dict) else whole):
        if isinstance(value, str):
            yield value, "json-ld"


def _outlets(names: Collection[str], host: str | None) -> frozenset[str]:
    """Give the match keys of the names that are the site's own, and so no person's."""
    hosts = {host, host.rpartition(".")[0]} if host else set()
    own = (key for name in (*names, *hosts) if name and (key := match_key(name)))
    return frozenset(packaged_agencies().by_key) | frozenset(own)


def _site(head: Head, linked: Linked) -> tuple[str | None, str | None]:
    if name := head.meta(*_SITE_KEYS):
        return name, "meta"
    return (linked.publisher, "json-ld") if linked.publisher else (None, None)


def _section(head: Head, linked: Linked) -> tuple[str | None, str | None]:
    stated = linked.article.get("articleSection")
    listed = stated if isinstance(stated, list) else [stated]
    if said := next((text for each in listed if (text := plain(each))), None):
        return said, "json-ld"
    said = head.meta(*_SECTION_KEYS)
    return (said, "meta") if said else (None, None)


def _language(head: Head, linked: Linked) -> tuple[str | None, str | None]:
    stated = linked.article.get("inLanguage")
    named = stated.get("alternateName") if isinstance(stated, dict) else stated
    tags = [
        (head.language, "html"),
        *((value, "meta") for _, value in head.metas_of(_LANGUAGE_KEYS)),
        (named if isinstance(named, str) else None, "json-ld"),
    ]
    return next(((code, source) for tag, source in tags if (code := language_code(tag))), (None, None))
