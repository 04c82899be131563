"""When a page was published and changed: by JSON-LD, meta tags, microdata, its address, time elements, its text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml.etree import XPath

from transforms.dates import dated, day_in, day_in_url
from transforms.metadata.head import Head, plain, text_of
from transforms.metadata.linked import Linked
from transforms.metadata.marks import Marks, is_faraway

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "article:published", "parsely-pub-date",
    "cxenseparse:recs:publishtime", "citation_online_date", "citation_publication_date", "rnews:datepublished",
    "og:published_time", "published_time", "article.published", "article_date_original", "originalpublicationdate",
    "publication_date", "publication-date", "publish-date", "publish_date", "publishdate", "published-date",
    "published_at", "pubdate", "pub_date", "iso-8601-publish-date", "bt:pubdate", "sailthru.date", "dc.date.issued",
    "dcterms.issued", "dc.date.created", "dcterms.created", "dcterms.date", "dc.date", "dc:date",
    "shareaholic:article_published_time", "vr:published_time", "article:create_at", "article.created",
    "cxenseparse:publishtime", "displaydate", "date", "created", "article-date", "og:pubdate", "release_date",
    "og:release_date", "video:release_date", "article:post_date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "article:modified",
    "dcterms.modified", "dc.date.modified", "last-modified", "lastmod", "revised", "article.updated",
    "article:updated", "modified_time", "iso-8601-updated-date", "updated",
)  # fmt: skip
_AFTER = XPath("following::text()[normalize-space()][position() <= 40]")
_BEFORE = XPath("preceding::text()[normalize-space()][position() <= 15]")
_CHANGED = re.compile(
    r"updat|modif|changed|edited|revised|review|aktualis|mis à jour|actualiz|aggiorn|uppdat|oppdat|opdat|"
    r"bijgewerkt|güncel|обновл",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class DateLimits:
    """How much of a page is looked at for a date."""

    most: int = 60  # elements that may hold it
    max_chars: int = 120  # of a text with a date; a longer one is a sentence about something else
    headings: int = 3  # whose surroundings are looked at
    climb: int = 6  # elements above one that may say it is another article's


LIMITS = DateLimits()


@dataclass(frozen=True)
class Instant:
    """A date as it was found, the instant that it states, and where it stood; all null where there is none."""

    at: dt.datetime | None = None
    source: str | None = None
    raw: str | None = None
    flag: str | None = None


def published(head: Head, linked: Linked, marks: Callable[[], Marks], url: str | None) -> Iterator[tuple[str, str]]:
    """Give the dates of publication that the page tells, the surest first, each with its source.

    `marks` is asked where neither JSON-LD nor a meta tag has a date that counts.
    """
    yield from (
        (plain(linked.article.get(key)), "json-ld") for key in ("datePublished", "dateCreated", "uploadDate")
    )
    yield from ((plain(value), "meta") for _, value in head.metas_of(_PUBLISHED))
    yield from ((value, "microdata") for value, is_change in _microdata(marks()) if not is_change)
    yield from ((plain(linked.page.get(key)), "json-ld") for key in ("datePublished", "uploadDate"))
    if day := day_in_url(url):
        yield day, "url"
    times = list(_times(head.times))
    yield from ((value, "time") for value, is_change in times if not is_change)
    shown = list(_shown(marks(), head))
    yield from ((value, "text") for value, is_change in shown if not is_change)
    yield from ((value, "time") for value, is_change in times if is_change)
    yield from ((value, "text") for value, is_change in shown if is_change)


def modified(head: Head, linked: Linked) -> Iterator[tuple[str, str]]:
    """Give the dates of the last change in the same way; the text of the page is not searched for them."""
    yield plain(linked.article.get("dateModified")), "json-ld"
    yield from ((plain(value), "meta") for _, value in head.metas_of(_MODIFIED))
    yield plain(linked.page.get("dateModified")), "json-ld"
    yield from ((value, "time") for value, is_change in _times(head.times) if is_change)


def first_believed(evidence: Iterator[tuple[str, str]], edition: dt.date) -> Instant:
    """Give the first of some dates, each with its source, that can be; else the first, with its flag."""
    doubted = Instant()
    for raw, source in evidence:
        said = dated(raw, edition)
        if said.at is not None:
            return Instant(said.at, source, raw)
        if doubted.raw is None and raw:
            doubted = Instant(None, None, raw, said.flag)
    return doubted


def _microdata(marks: Marks) -> Iterator[tuple[str, bool]]:
    for node in marks.microdata_dates:
        value = node.get("content") or node.get("datetime") or text_of(node)
        if value and not is_faraway(node, LIMITS.climb):
            yield plain(value), "dateModified" in node.get("itemprop")


def _times(nodes: list[Any]) -> Iterator[tuple[str, bool]]:
    """Give the dates of the time elements of the article, each with whether it tells of a change."""
    for node in nodes[: LIMITS.most]:
        if not is_faraway(node, LIMITS.climb):
            yield plain(node.get("datetime") or text_of(node)), bool(_CHANGED.search(_said_of(node)))


def _said_of(node: Any) -> str:
    """Give what a time element and the words before it say of its meaning."""
    near = node.getparent()
    around = (near.text, near.get("class")) if near is not None else ()
    return " ".join(filter(None, (node.get("class"), node.get("itemprop"), text_of(node), *around)))


def _shown(marks: Marks, head: Head) -> Iterator[tuple[str, bool]]:
    """Give the days that a reader sees: in elements named after dates, then around the headline."""
    for node in marks.dates:
        if is_faraway(node, LIMITS.climb):
            continue
        text = text_of(node)
        if len(text) <= LIMITS.max_chars and (day := day_in(text)):
            yield day, bool(_CHANGED.search(text))
    for heading in head.headings[: LIMITS.headings]:
        for side in (_AFTER, _BEFORE):
            for text in side(heading):
                if len(text) <= LIMITS.max_chars and (day := day_in(text)):
                    yield day, bool(_CHANGED.search(text))
