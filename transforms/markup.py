"""Title, authors, date, language and address of a page from the publisher's own markup.

JSON-LD first, then meta tags, then the visible `h1` and `time`: on the development pages this is right more
often than guessing from the text, at a tenth of the cost. Nothing is guessed: what is not stated is None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from transforms.addresses import link_of
from transforms.dates import day_in_url
from transforms.strings import label

ARTICLE_TYPE = re.compile(r"Article|Posting|Report|Review|Liveblog", re.IGNORECASE)
COMMENT_MARKS = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?://\]\]>|/\*\]\]>\*/|-->)\s*$")
NAME_BREAK = re.compile(r"\s*[;,|/]\s*|\s+(?:and|und|et|y|e|&)\s+")
BY = re.compile(r"^\s*(?:by|von|par|por|di|door)\s+", re.IGNORECASE)
TAG = re.compile(r"<[^>]+>")
DATE_KEYS = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "date",
    "pubdate",
    "publishdate",
    "publish-date",
    "article.published",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
)
AUTHOR_KEYS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
# ISO 639-1, by first letter; 'bh' was withdrawn in 2021 and is still written.
SECOND_LETTERS = {
    "a": "abefkmnrsvyz", "b": "aeghimnors", "c": "aehorsuvy", "d": "aevz", "e": "elnostu", "f": "afijory",
    "g": "adlnuv", "h": "aeiortuyz", "i": "adegikostu", "j": "av", "k": "agijklmnorsuvwy", "l": "abginotuv",
    "m": "ghiklnrsty", "n": "abdeglnorvy", "o": "cjmrs", "p": "ailst", "q": "u", "r": "mnouw",
    "s": "acdegiklmnoqrstuvw", "t": "aeghiklnorstwy", "u": "gkrz", "v": "eio", "w": "ao", "x": "h", "y": "io",
    "z": "ahu",
}  # fmt: skip
LANGUAGES = frozenset(first + second for first, seconds in SECOND_LETTERS.items() for second in seconds)
LD_LINKS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item")
LD_DEPTH = 8  # deeper nesting than any publisher writes; a hostile page may nest without end


@dataclass(frozen=True)
class Markup:
    """What the markup says, in labels of one line; None where it says nothing."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    published_source: str | None = None
    language: str | None = None
    url: str | None = None
    site: str | None = None


def read(tree: Any, url: str | None = None) -> Markup:
    """Give what the page's markup states about the article; `tree` is an lxml element and is not changed."""
    linked = _linked_article(tree)
    meta = _meta(tree)
    published, source = _published(tree, linked, meta, url)
    authors = tuple(dict.fromkeys(_people(linked.get("author") or linked.get("creator"))))
    authors = authors or tuple(dict.fromkeys(name for key in AUTHOR_KEYS for name in _people(meta.get(key))))
    return Markup(
        title=_title(tree, linked, meta),
        authors=authors,
        published=published,
        published_source=source,
        language=_language(tree, meta),
        url=_address((*tree.xpath("//link[@rel='canonical']/@href"), *meta.get("og:url", [])), url),
        site=label(_first(meta.get("og:site_name", [])) or "") or None,
    )


def _linked_article(tree: Any) -> dict[str, Any]:
    """Give the JSON-LD node that describes the article best, or an empty dict."""
    nodes: list[dict[str, Any]] = []
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            nodes += _nodes(json.loads(COMMENT_MARKS.sub("", script.text or ""), strict=False), LD_DEPTH)
        except (ValueError, RecursionError):
            continue
    articles = [node for node in nodes if ARTICLE_TYPE.search(str(node.get("@type")))]
    return max(
        articles,
        key=lambda node: sum(key in node for key in ("datePublished", "author", "headline")),
        default={},
    )


def _nodes(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth and isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth - 1)
    elif depth and isinstance(value, dict):
        yield value
        for key in LD_LINKS:
            yield from _nodes(value.get(key), depth - 1)


def _meta(tree: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        key = (tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
        if key and tag.get("content"):
            found.setdefault(key, []).append(tag.get("content"))
    return found


def _title(tree: Any, linked: dict[str, Any], meta: dict[str, list[str]]) -> str | None:
    """Give the visible headline that the metadata confirms, else what the metadata says, else the only headline."""
    headline = _plain(linked.get("headline"))
    shared = _plain(_first(meta.get("og:title", [])))
    whole = _plain(_first(tree.xpath("//title/text()")))
    visible = [text for text in (_plain(" ".join(node.itertext())) for node in tree.iter("h1")) if text]
    confirmed = (text for text in visible if text == headline or text in shared or text in whole)
    return next(confirmed, None) or headline or shared or _first(visible) or whole or None


def _published(
    tree: Any,
    linked: dict[str, Any],
    meta: dict[str, list[str]],
    url: str | None,
) -> tuple[str | None, str | None]:
    stated = linked.get("datePublished")
    if isinstance(stated, str) and (date := label(stated)):
        return date, "markup"
    for key in DATE_KEYS:
        if date := label(_first(meta.get(key, [])) or ""):
            return date, "markup"
    if day := day_in_url(url):
        return day, "url"
    date = label(_first(tree.xpath("//time/@datetime")) or "")
    return (date, "markup") if date else (None, None)


def _address(links: Iterable[str], url: str | None) -> str | None:
    return next((address for link in links if (address := link_of(link, url))), None)


def _language(tree: Any, meta: dict[str, list[str]]) -> str | None:
    for value in (*tree.xpath("/html/@lang"), *meta.get("og:locale", []), *meta.get("content-language", [])):
        if code := language_code(value):
            return code
    return None


def language_code(value: str | None) -> str | None:
    """Give the ISO 639-1 code of a language tag, or None; the two Norwegian forms are 'no'.

    >>> language_code("en-GB"), language_code("nb_NO"), language_code("english")
    ('en', 'no', None)
    """
    code = re.split(r"[-_]", (value or "").strip().lower())[0]
    code = {"nb": "no", "nn": "no"}.get(code, code)
    return code if code in LANGUAGES else None


def _people(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        named = item.get("name") if isinstance(item, dict) else item
        for name in named if isinstance(named, list) else [named]:
            if isinstance(name, str) and not name.startswith(("http", "/", "@")):
                yield from (part for part in NAME_BREAK.split(BY.sub("", _plain(name))) if part)


def _plain(value: Any) -> str:
    return label(TAG.sub(" ", value)) if isinstance(value, str) else ""


def _first(values: list[str]) -> str | None:
    return values[0] if values else None
