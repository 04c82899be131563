"""What the publisher's JSON-LD says of the page: broken scripts mended, the node of this page chosen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from transforms.lines import match_key
from transforms.metadata.head import plain

Node = Mapping[str, Any]

_ARTICLE = re.compile(r"(?:Article|Posting|Report|Liveblog|Review|Recipe)\Z", re.IGNORECASE)
_PAGE = re.compile(r"(?:Page|VideoObject|AudioObject|PodcastEpisode|HowTo|CreativeWork|Course|Dataset)\Z")
_LIVE = re.compile(r"LiveBlog", re.IGNORECASE)
# A string or a comment without end takes all the rest: else the search would begin anew at each.
_STRING = r'("(?:[^"\\]|\\.)*(?:"|\Z))'
_COMMENT = re.compile(_STRING + r"|/\*.*?(?:\*/|\Z)|(?<![:\w])//[^\n]*", re.DOTALL)
_TRAILING = re.compile(_STRING + r"|,(?=\s*[}\]])", re.DOTALL)
_OPENING = ("<!--", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "/* <![CDATA[ */", "<![CDATA[")
_CLOSING = ("-->", "//]]>", "// ]]>", "/*]]>*/", "/* ]]> */", "]]>", "//", ";")
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])|\\u(?![0-9a-fA-F]{4})')
_INSIDE = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart", "liveBlogUpdate")
_DEPTH = 8  # deeper nesting than any publisher writes; a hostile page may nest without end
_MOST_MARKS = 2  # one around the other
_MOST_NODES = 500
_MOST_MENDED = 200_000  # characters of a broken script that are worth the work


@dataclass(frozen=True)
class Linked:
    """The nodes that describe this page; an empty one where the page has none."""

    article: Node
    page: Node  # the WebPage or VideoObject around it: its dates are second choice
    by_id: Mapping[str, Node]
    publisher: str = ""

    @property
    def is_live(self) -> bool | None:
        """Say whether the article is a live blog; None where nothing tells what it is."""
        return any(_LIVE.search(kind) for kind in types(self.article)) if self.article else None

    def is_paid(self) -> bool | None:
        """Say whether the text, or a part of it, is not free to read; None where nothing is said."""
        parts = self.article.get("hasPart")
        said = [
            free
            for node in (self.article, *(parts if isinstance(parts, list) else [parts]), self.page)
            if isinstance(node, Mapping) and (free := _truth(node.get("isAccessibleForFree"))) is not None
        ]
        return not all(said) if said else None


NOTHING = Linked({}, {}, {})


def read_linked(scripts: Iterable[str], addresses: Iterable[str | None], titles: Iterable[str]) -> Linked:
    """Give the JSON-LD nodes of the page that has these addresses and titles.

    Of several articles the one counts whose address is the page's, then the one whose headline is, then the one
    that says most. An article that names another address is another page's, and is not taken.
    """
    nodes = [node for script in scripts for node in _nodes(parsed(script), _DEPTH)][:_MOST_NODES]
    by_id = _by_id(nodes)
    own = {path for address in addresses if (path := _path(address))}
    keys = {key for title in titles if (key := match_key(title))}
    articles = [node for node in nodes if any(_ARTICLE.search(kind) for kind in types(node))]
    article = max(articles, key=lambda node: _fit(node, own, keys), default={})
    if len(articles) > 1 and not _fit(article, own, keys)[0]:
        article = {}
    pages = [node for node in nodes if any(_PAGE.search(kind) for kind in types(node))]
    page = max(pages, key=lambda node: _fit(node, own, keys), default={})
    return Linked(article, page if _fit(page, own, keys)[0] else {}, by_id, _publisher(article, nodes, by_id))


def parsed(script: str) -> Any:
    r"""Give the value of a JSON-LD script, mended where it is broken; None where that does not help.

    >>> parsed('<!-- {"a": "x\ny", /* no */ "b": [1,],} -->')
    {'a': 'x\ny', 'b': [1]}
    """
    bare = _bare(script)
    for mend in (_as_it_is, _mended, _unescaped):
        if mend is not _as_it_is and len(bare) > _MOST_MENDED:
            return None
        try:
            return _first_value(mend(bare))
        except (ValueError, RecursionError):
            continue
    return None


def types(node: Node) -> list[str]:
    """Give the names of a node's types, without the vocabulary's address."""
    kinds = node.get("@type")
    listed = kinds if isinstance(kinds, list) else [kinds]
    return [kind.rstrip("/").rpartition("/")[2].rpartition(":")[2] for kind in listed if isinstance(kind, str)]


def names(value: Any, by_id: Mapping[str, Node], depth: int = _DEPTH) -> Iterator[tuple[str, str | None]]:
    """Give the names in an author or publisher field, each with its type; a reference is looked up."""
    if not depth:
        return
    if isinstance(value, list):
        for each in value:
            yield from names(each, by_id, depth - 1)
    elif isinstance(value, Mapping):
        known = {**by_id.get(str(value.get("@id")), {}), **value}
        kind = next(iter(types(known)), None)
        named = known.get("name") or known.get("alternateName")
        if named is None and isinstance(known.get("givenName"), str):
            named = f"{known['givenName']} {known.get('familyName') or ''}"
        yield from ((name, kind or inner) for name, inner in names(named, by_id, depth - 1))
    elif text := plain(value):
        yield text, None


def _bare(script: str) -> str:
    """Give the script without the marks that hide it from old browsers."""
    for _ in range(_MOST_MARKS):
        script = script.strip()
        for mark in _OPENING:
            script = script.removeprefix(mark)
        for mark in _CLOSING:
            script = script.removesuffix(mark)
    return script.strip()


def _as_it_is(script: str) -> str:
    return script


def _mended(script: str) -> str:
    """Give the script without comments, trailing commas and impossible escapes; strings keep what looks so."""
    script = _COMMENT.sub(lambda found: found[1] or " ", script)
    return _BAD_ESCAPE.sub(r"\\\\", _TRAILING.sub(lambda found: found[1] or "", script))


def _unescaped(script: str) -> str:
    return _mended(unescape(script))


def _first_value(script: str) -> Any:
    """Give the first JSON value, or a list of those that stand one behind the other."""
    decoder, values, start = json.JSONDecoder(strict=False), [], 0
    while start < len(script):
        value, end = decoder.raw_decode(script, start)
        values.append(value)
        start = end + len(script[end:]) - len(script[end:].lstrip(" \t\r\n;,"))
    return values[0] if len(values) == 1 else values


def _nodes(value: Any, depth: int) -> Iterator[Node]:
    if depth and isinstance(value, list):
        for item in value[:_MOST_NODES]:
            yield from _nodes(item, depth - 1)
    elif depth and isinstance(value, dict):
        yield value
        for key in _INSIDE:
            yield from _nodes(value.get(key), depth - 1)


def _by_id(nodes: Iterable[Node]) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for node in nodes:
        identity = node.get("@id")
        if isinstance(identity, str) and (identity not in found or len(node) > len(found[identity])):
            found[identity] = node
    return found


def _fit(node: Node, own: set[str], keys: set[str]) -> tuple[bool, bool, bool, int]:
    """Say how well a node fits the page: it is not another page's, the address, the headline, how much it says."""
    whole = node.get("mainEntityOfPage")
    stated = (node.get("url"), node.get("@id"), whole.get("@id") if isinstance(whole, Mapping) else whole)
    paths = {path for address in stated if isinstance(address, str) and (path := _path(address))}
    key = match_key(plain(node.get("headline") or node.get("name")))
    has_headline = bool(key) and any(key in other or other in key for other in keys)
    is_own = bool(paths & own)
    is_possible = is_own or has_headline or not paths or not own
    said = sum(bool(node.get(name)) for name in ("datePublished", "author", "headline", "dateModified"))
    return is_possible, is_own, has_headline, said


def _path(address: str | None) -> str:
    """Give host and path of an address, in a form to compare; empty for one without a path."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    path = parts.path.strip("/").lower()
    return f"{(parts.hostname or '').removeprefix('www.')}/{path}" if path else ""


def _publisher(article: Node, nodes: Iterable[Node], by_id: Mapping[str, Node]) -> str:
    stated = next((node.get("publisher") for node in (article, *nodes) if node.get("publisher")), None)
    sites = (node.get("name") for node in nodes if "WebSite" in types(node))
    return next((name for value in (stated, *sites) for name, _ in names(value, by_id)), "")


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    said = value.rpartition("/")[2].strip().lower() if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(said)
