"""The names under which scrapers write the fields of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

ALIASES: Mapping[str, tuple[str, ...]] = {
    # Best first; case, '_', '-' and blanks do not count. T: trafilatura, N: news-please, F: fundus, S: common in
    # Scrapy items. A dot leads into a nested object.
    "text": (
        "maintext",  # N
        "plaintext",  # F
        "text",  # T, N
        "article_text", "article_body", "full_text", "content_text", "plain_text", "body_text",  # S
        "body",  # S; F as sections
        "content", "article", "story",  # S
        "raw_text",  # T: without its line breaks, hence last
    ),
    "html": (
        "html", "html.content",  # F
        "raw_html", "page_html", "body_html", "content_html", "page_source", "source_code",  # S
    ),
    "url": (
        "url",
        "html.responded_url", "responded_url", "html.requested_url", "requested_url",  # F
        "canonical_url", "article_url", "page_url", "source_url", "link", "permalink", "uri",  # S
        "source",  # T; a name or an object elsewhere
    ),
    "site": (
        "hostname",  # T
        "source_domain",  # N
        "domain", "host", "netloc", "site", "website",  # S
        "source-hostname", "sitename", "site_name",  # T: a name rather than a host
        "publisher",  # F
    ),
    "fetched_at": (
        "date_download",  # N
        "crawl_date", "html.crawl_date",  # F
        "fetched_at", "scraped_at", "crawled_at", "retrieved_at", "downloaded_at", "collected_at",  # S
        "fetch_time", "scrape_date", "scrape_time", "crawl_time", "crawl_datetime", "download_date",  # S
        "filedate",  # T
    ),
    "published": (
        "date_publish",  # N
        "publishing_date",  # F
        "date_published", "published_at", "published_date", "publication_date", "publication_datetime",  # S
        "publish_date", "published_time", "publish_time", "pub_date", "published",  # S
        "date",  # T, S
        "datetime", "timestamp",  # S
    ),
    "modified": (
        "date_modify",  # N
        "date_modified", "modified_at", "modified_date", "modification_date", "modified_time",  # S; JSON Feed
        "last_modified", "lastmod", "updated_at", "updated_date", "date_updated", "last_updated",  # S
        "update_date", "update_time", "updated_time", "updated", "modified",  # S
    ),
    "section": (
        "section", "article_section", "categories",  # T: with ';' or '; ' between
        "category", "rubric", "channel", "department",  # S
    ),
    "canonical_url": ("canonical_url", "canonical", "canonical_link", "url_canonical"),  # S
    # Scrapers that keep the headers of the answer
    "robots": ("x_robots_tag",),
    "tdm_reservation": ("tdm_reservation",),
    "title": ("title", "headline", "heading", "title_page", "title_rss"),
    "author": ("authors", "author", "byline", "creator", "writer"),
    "language": ("language", "lang", "language_code", "locale"),
}  # fmt: skip


@lru_cache(maxsize=4_096)
def folded(key: str) -> str:
    """Give a key without case and separators.

    >>> folded("Source-Hostname")
    'sourcehostname'
    """
    return re.sub(r"[\s_-]+", "", key).casefold()


FOLDED = {field: tuple(folded(alias) for alias in aliases) for field, aliases in ALIASES.items()}


def _names(*fields: str) -> frozenset[str]:
    """Give the folded names of the fields; a nested one also without what follows the dot."""
    aliases = [alias for field in fields for alias in FOLDED[field]]
    return frozenset([*aliases, *(alias.partition(".")[0] for alias in aliases)])


KNOWN = _names(*ALIASES)
_BODIES = _names("text", "html")


def known(keys: Iterable[str]) -> list[str]:
    """Give the keys that a page is made from, as they are written."""
    return [key for key in keys if folded(key) in KNOWN]


def has_body(keys: Iterable[str]) -> bool:
    """Tell whether one of the keys names a text or HTML."""
    return any(folded(key) in _BODIES for key in keys)


def no_body(keys: Iterable[str]) -> str:
    """Say that a record lacks its text, with the keys that it has instead."""
    # repr: a key may hold half a surrogate pair or a terminal's escape codes, and be of any length
    listed = ", ".join(repr(key)[1:-1][:40] for key in list(keys)[:20]) or "none"
    return f"contract: no field for text or html among: {listed}. Rename one of them to text or html."
