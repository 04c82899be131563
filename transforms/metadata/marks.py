"""Elements whose class, microdata or address says that they hold an author or a date: one walk over the tree.

Pages that say both in JSON-LD or meta tags, more than half of them, are not walked.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, islice
from typing import Any

_AUTHOR, _DATE = 1, 2
# Parts of class names, in the languages whose editing systems write them; plain searches cost a third of a pattern.
_AUTHOR_WORDS = (
    "author", "byline", "by-line", "autor", "auteur", "writer", "contributor", "journalist", "verfasser",
    "forfatter", "reporter",
)  # fmt: skip
_DATE_WORDS = (
    "date", "publis", "public", "posted", "time", "meta", "byline", "author", "info", "datum", "fecha", "tarih",
    "dato", "created",
)  # fmt: skip
_AUTHOR_PATH = re.compile(
    r"[/_-](?:authors?|autore?s?|autoren|auteurs?|people|staff|profiles?|contributors?|writers?|journalists?|reporters?|"
    r"by|redakt\w*|team|users?|persons?|experts?|bios?|u)[/=_-]",
    re.IGNORECASE,
)
_FARAWAY = re.compile(
    r"comment|related|recirc|sidebar|widget|promo|teaser|popular|trending|most-?read|recommend|carousel|"
    r"newsletter|modal|menu|more-from|read-?next|latest|copyright|event|upcoming|ticker",
    re.IGNORECASE,
)
_AUTHOR_PROPERTIES = frozenset({"author", "creator"})
_DATE_PROPERTIES = frozenset({"datePublished", "dateCreated", "dateModified"})
_TAGS = (
    "a", "address", "b", "cite", "dd", "div", "dt", "em", "font", "h2", "h3", "h4", "h5", "h6", "header", "i", "li",
    "p", "section", "small", "span", "strong", "td", "time",
)  # fmt: skip
_MOST = 80  # elements of a kind; a page of comments marks each name


@dataclass
class Marks:
    """The elements that may hold an author, a link to one, or a date, each in document order."""

    authors: list[Any] = field(default_factory=list)
    author_links: list[Any] = field(default_factory=list)
    dates: list[Any] = field(default_factory=list)
    microdata_dates: list[Any] = field(default_factory=list)


def read_marks(tree: Any) -> Marks:
    """Give the marked elements of the tree, which is not changed."""
    marks = Marks()
    walked = [(node, node.get("class"), node.get("itemprop")) for node in tree.iter(*_TAGS)]
    kinds = _kinds({name for _, name, _ in walked if name})
    for node, name, properties in walked:
        if properties:
            _add_property(marks, node, properties)
        if name in kinds:
            _add_named(marks, node, kinds[name])
        if node.tag == "a":
            _add_link(marks, node)
        elif node.tag == "address":
            _add(marks.authors, node)
    return marks


def is_faraway(node: Any, climb: int) -> bool:
    """Tell whether an element belongs to something else: comments, other articles, the footer of the page."""
    is_below = False
    for above in islice(_self_and_above(node), climb):
        name = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag in {"article", "main", "body"}:
            return is_below and above.tag != "article"
        if above.tag in {"aside", "nav"} or _FARAWAY.search(name):
            return True
        is_below = is_below or above.tag == "footer" or "footer" in name.lower()
    return is_below


def _self_and_above(node: Any) -> Iterator[Any]:
    yield node
    yield from node.iterancestors()


def _kinds(names: set[str]) -> dict[str, int]:
    """Give what the class names tell that have a word for authors or dates; each is looked for in all at once."""
    listed = sorted(names)
    together = "\n".join(listed).lower()
    ends = list(accumulate(len(name.lower()) + 1 for name in listed))
    kinds: dict[str, int] = {}
    for kind, words in ((_AUTHOR | _DATE, _AUTHOR_WORDS), (_DATE, _DATE_WORDS)):
        for word in words:
            at = together.find(word)
            while at >= 0:
                number = bisect_right(ends, at)
                kinds[listed[number]] = kinds.get(listed[number], 0) | kind
                at = together.find(word, ends[number])
    return kinds


def _add(nodes: list[Any], node: Any) -> None:
    if len(nodes) < _MOST:
        nodes.append(node)


def _add_named(marks: Marks, node: Any, kind: int) -> None:
    if kind & _AUTHOR:
        _add(marks.authors, node)
    if kind & _DATE:
        _add(marks.dates, node)


def _add_property(marks: Marks, node: Any, properties: str) -> None:
    words = set(properties.split())
    if words & _AUTHOR_PROPERTIES:
        _add(marks.authors, node)
    if words & _DATE_PROPERTIES:
        _add(marks.microdata_dates, node)


def _add_link(marks: Marks, node: Any) -> None:
    if "author" in (node.get("rel") or ""):
        _add(marks.authors, node)
    elif _AUTHOR_PATH.search(node.get("href") or ""):
        _add(marks.author_links, node)
