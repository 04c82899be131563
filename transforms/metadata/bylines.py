"""Who wrote a page, by the elements around its headline: bylines, links to authors, a line behind 'By'."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml.etree import XPath

from transforms.lines import match_key
from transforms.metadata.head import text_of
from transforms.metadata.marks import Marks, is_faraway
from transforms.metadata.people import is_person, people, stated

_AFTER = XPath("following::text()[normalize-space()][position() <= 60]")
_UNWANTED = re.compile(
    r"comment|related|recirc|sidebar|footer|widget|promo|teaser|popular|trending|most-?read|recommend|carousel|card(?!inal)|"
    r"avatar|image|img|photo|picture|figure|caption|bio\b|biograph|desc|about|social|share|follow|count|date|time|"
    r"role|job|position|occupation|twitter|email|newsletter|caption|tooltip|popup|modal|menu|reply|authority|authoriz|"
    r"more-from|other|review(?:er|ed)|editor|fact-?check|credit",
    re.IGNORECASE,
)
_LED = re.compile(
    r"\A\s*(?:by|written by|posted by|words by|story by|author|authors|von|par|por|di|door|av|af|autor|auteur|text|"
    r"автор|作者)\b\s*[:：]?\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)


_NO_BYLINE = frozenset({"meta", "ul", "time"})


@dataclass(frozen=True)
class BylineLimits:
    """How much of a page is looked at for a byline."""

    max_chars: int = 160  # of a byline; a longer text is a biography
    headings: int = 3  # whose surroundings are looked at
    most_links: int = 10  # in one byline
    min_letters: int = 3  # of a name that is looked for in an address
    most_words: int = 5  # of a link to an author
    list_climb: int = 3  # elements above two authors of one list that they have in common
    climb: int = 8  # elements above a byline that may say it is another article's


LIMITS = BylineLimits()


@dataclass(frozen=True)
class Byline:
    """The people whom a page's byline names, and what it says where it names none."""

    names: tuple[str, ...] = ()
    said: str = ""


def byline(marks: Marks, headings: Sequence[Any], outlets: Collection[str]) -> Byline:
    """Give what the page's byline says; empty where it has none that is surely this article's."""
    found = _first(filter(_is_byline, marks.authors), outlets)
    if not found.names:
        links = (
            each for each in marks.author_links if _is_named_after(each) and not is_faraway(each, LIMITS.climb)
        )
        found = Byline(_first(links, outlets).names, found.said)
    return found if found.names else Byline(_led(headings, outlets), found.said)


def _first(nodes: Iterable[Any], outlets: Collection[str]) -> Byline:
    """Give the names in the first element that has some, and in those beside it that are marked alike."""
    first, found, said = None, [], ""
    for node in nodes:
        if first is not None and not _is_beside(node, first):
            continue
        text = text_of(node)
        if not 1 < len(text) <= LIMITS.max_chars:
            continue
        named = list(_names(node, text, outlets))
        said = said or stated(text)
        first = node if named and first is None else first
        found += named
    return Byline(tuple(dict.fromkeys(found)), said)


def _is_beside(node: Any, first: Any) -> bool:
    """Tell whether an element is one of the same list of authors as the first."""
    if node.get("class") != first.get("class") or node.tag != first.tag:
        return False
    above = set(islice(first.iterancestors(), LIMITS.list_climb))
    return any(each in above for each in islice(node.iterancestors(), LIMITS.list_climb))


def _is_named_after(link: Any) -> bool:
    """Tell whether a link's address spells a word of its text: /authors/ada-quill for 'Ada Quill'."""
    address = match_key(link.get("href") or "")
    words = [key for word in text_of(link).split() if len(key := match_key(word)) >= LIMITS.min_letters]
    return bool(words) and words[-1] in address and len(words) <= LIMITS.most_words


def _is_byline(node: Any) -> bool:
    marks = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('data-testid') or ''}"
    return not (_UNWANTED.search(marks) or node.tag in _NO_BYLINE or is_faraway(node, LIMITS.climb))


def _names(node: Any, text: str, outlets: Collection[str]) -> Iterator[str]:
    """Give the names that an element tells, by its links where they tell some."""
    named = [name for link in islice(node.iter("a"), LIMITS.most_links) for name in people(text_of(link), outlets)]
    yield from (name for name in named or people(text, outlets) if not name[:1].islower())


def _led(headings: Iterable[Any], outlets: Collection[str]) -> tuple[str, ...]:
    """Give the names behind a 'By' that stands soon after a headline."""
    for heading in islice(headings, LIMITS.headings):
        texts = [str(text) for text in _AFTER(heading)]
        for n, text in enumerate(texts):
            led = _LED.match(text) if len(text) <= LIMITS.max_chars else None
            if led:
                rest = led[1].strip() or "".join(texts[n + 1 : n + 2])
                named = [name for name in people(rest, outlets) if _is_full(name)]
                if named:
                    return tuple(dict.fromkeys(named))
    return ()


def _is_full(name: str) -> bool:
    return is_person(name) and name[:1].isupper() and len(name.split()) > 1
