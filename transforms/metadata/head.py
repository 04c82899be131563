"""What a page's elements hold that its metadata can be in: one pass over the tree, strings and elements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Any

from lxml.etree import iterwalk

from transforms.strings import label

_TAGS = ("html", "title", "meta", "link", "script", "h1", "h2", "time")
_EVENTS = ("start", "end", "comment", "pi")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "em", "font", "i", "mark", "s", "small", "strong", "sub", "sup", "u", "wbr"}
)
_HIDDEN = frozenset({"script", "style", "noscript", "template", "svg"})
_MOST = 2_000  # elements of one kind that are looked at; the development page with most metas has 189
_MOST_VALUES = 100  # under one key; a paper with a hundred authors writes a tag for each
_MOST_CHARS = 5_000  # of one piece of text; a hostile page may hold 20 MB without a tag
_MOST_PARTS = 200  # pieces of text under one heading or byline; a hostile page may hold a million
_MOST_SCRIPT = 2_000_000  # characters of JSON-LD; the longest of the development pages has 370,000


@dataclass
class Head:
    """The elements that tell about the page, in document order."""

    metas: dict[str, list[str]] = field(default_factory=dict)  # by property, name, itemprop or http-equiv
    links: dict[str, list[str]] = field(default_factory=dict)  # addresses by each word of rel
    scripts: list[str] = field(default_factory=list)  # JSON-LD, as written
    title: str = ""
    headings: list[Any] = field(default_factory=list)  # h1
    subheadings: list[Any] = field(default_factory=list)  # h2
    times: list[Any] = field(default_factory=list)
    language: str | None = None  # of the html element
    is_amp: bool = False

    def metas_of(self, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Give what the page says under these keys, in the order of the keys: key and value."""
        for key in keys:
            for value in self.metas.get(key, ()):
                yield key, value

    def meta(self, *keys: str) -> str:
        """Give the first value under the first of these keys that has one, in one line; else an empty string."""
        return next((text for _, value in self.metas_of(keys) if (text := plain(value))), "")


def read_head(tree: Any) -> Head:
    """Give what stands in the tree, which is not changed; what a page repeats without end is cut."""
    head = Head()
    for node in tree.iter(*_TAGS):
        _READERS[node.tag](head, node)
    return head


def text_of(node: Any) -> str:
    """Give the text of an element in one line, without scripts, a space where a browser begins a new box."""
    pieces: list[str] = []
    for event, each in islice(iterwalk(node, _EVENTS), _MOST_PARTS):
        gap = "" if each.tag in _INLINE or not isinstance(each.tag, str) else " "
        if event == "start":
            pieces += (gap, "" if each.tag in _HIDDEN else (each.text or "")[:_MOST_CHARS])
        elif each is not node:
            pieces += (gap, (each.tail or "")[:_MOST_CHARS])
    return label("".join(pieces))


def plain(value: object) -> str:
    """Give a string of the markup as a person reads it: entities resolved, also doubly written, tags taken out.

    >>> plain("Fish &amp;amp; <b>chips</b>&#8217;s")
    'Fish & chips ’s'
    """
    if not isinstance(value, str):
        return ""
    if "&" in value:
        value = unescape(unescape(value))
    if "<" in value and ">" in value:
        value = _without_tags(value)
    return label(value)


def _without_tags(value: str) -> str:
    """Give the text without what stands between < and a later >; a lone < stays."""
    kept, start = [], 0
    while (opened := value.find("<", start)) >= 0 and (closed := value.find(">", opened)) >= 0:
        is_tag = value[opened + 1 : opened + 2].isalpha() or value[opened + 1 : opened + 2] in {"/", "!"}
        kept.append(value[start:opened] if is_tag else value[start : closed + 1])
        start = closed + 1
    return " ".join([*kept, value[start:]])


def _html(head: Head, node: Any) -> None:
    head.language = head.language or node.get("lang") or node.get("xml:lang")
    head.is_amp = head.is_amp or "amp" in node.attrib or "⚡" in node.attrib


def _title(head: Head, node: Any) -> None:
    head.title = head.title or plain(node.text)


def _meta(head: Head, node: Any) -> None:
    content = node.get("content")
    key = node.get("property") or node.get("name") or node.get("itemprop") or node.get("http-equiv")
    if content and key and len(head.metas) < _MOST:
        for each in {key.strip().lower(), (node.get("itemprop") or key).strip().lower()}:
            values = head.metas.setdefault(each, [])
            if len(values) < _MOST_VALUES:
                values.append(content)


def _link(head: Head, node: Any) -> None:
    href = node.get("href")
    if href and len(head.links) < _MOST:
        for word in (node.get("rel") or "").lower().split():
            hrefs = head.links.setdefault(word, [])
            if len(hrefs) < _MOST_VALUES:
                hrefs.append(href)


def _script(head: Head, node: Any) -> None:
    if "ld+json" in (node.get("type") or "").lower() and len(head.scripts) < _MOST:
        head.scripts.append((node.text or "")[:_MOST_SCRIPT])


def _collected(head_field: str) -> Any:
    def collect(head: Head, node: Any) -> None:
        nodes = getattr(head, head_field)
        if len(nodes) < _MOST:
            nodes.append(node)

    return collect


_READERS: dict[str, Any] = {
    "html": _html,
    "title": _title,
    "meta": _meta,
    "link": _link,
    "script": _script,
    "h1": _collected("headings"),
    "h2": _collected("subheadings"),
    "time": _collected("times"),
}
