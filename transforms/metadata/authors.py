"""The authors of a page: JSON-LD, then meta tags, then the byline; people only, agencies apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from transforms.lines import match_key
from transforms.metadata.bylines import byline
from transforms.metadata.head import Head, plain
from transforms.metadata.linked import Linked, names
from transforms.metadata.marks import Marks
from transforms.metadata.people import is_handle, people, stated

_KEYS = (
    "author", "article:author", "article:author_name", "parsely-author", "sailthru.author", "citation_author",
    "byl", "dc.creator", "dc:creator", "dcterms.creator", "cxenseparse:author", "rbauthor", "article.author",
    "twitter:data1",
)  # fmt: skip
_MOST_NAMES = 200  # of one page; papers in physics have more, news has not
_CITED = frozenset({"citation_author", "dc.creator", "dcterms.creator"})
_NO_PERSON = frozenset(
    {"Organization", "NewsMediaOrganization", "Corporation", "WebSite", "Brand", "NewsOrganization"}
)


@dataclass(frozen=True)
class Authors:
    """The people who wrote a page, where they are named, and the names that are no person's."""

    names: tuple[str, ...] = ()
    source: str | None = None
    others: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def byline(self) -> str | None:
        """Give the desk, the outlet or the agency that is named where no person is, as it is written."""
        said = next((said for _, said in self.others), ())
        return "; ".join(said) or None if not self.names else None


@dataclass(frozen=True)
class _Told:
    """What one place of the page tells: people, and names that are none of a person."""

    source: str
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


def authors(head: Head, linked: Linked, marks: Callable[[], Marks], outlets: Collection[str]) -> Authors:
    """Give the authors by the first evidence that names people; a login name only where nothing else is there.

    `marks` is asked where neither JSON-LD nor a meta tag names a person.
    """
    handles: tuple[str, ...] = ()
    handles_source = None
    others: list[tuple[str, tuple[str, ...]]] = []
    for told in _evidence(head, linked, marks, outlets):
        named = tuple(dict.fromkeys(_whole(told.names)))
        others += [(told.source, told.others)] if told.others else []
        if named and not all(map(is_handle, named)):
            return Authors(named, told.source, tuple(others))
        if named and not handles:
            handles, handles_source = named, told.source
    return Authors(handles, handles_source, tuple(others))


def _evidence(head: Head, linked: Linked, marks: Callable[[], Marks], outlets: Collection[str]) -> Iterator[_Told]:
    for node in (linked.article, linked.page):
        named = list(islice(names(node.get("author") or node.get("creator"), linked.by_id), _MOST_NAMES))
        persons = [name for name, kind in named if kind not in _NO_PERSON]
        yield _told("json-ld", persons, outlets, [name for name, kind in named if kind in _NO_PERSON])
    for key in _KEYS:
        if key != "twitter:data1" or "written by" in head.meta("twitter:label1").lower():
            yield _told("meta", [_turned(plain(name), key) for _, name in head.metas_of((key,))], outlets)
    found = byline(marks(), head.headings, outlets)
    yield _Told("byline", found.names, (found.said,) if found.said and not found.names else ())


def _told(source: str, written: Sequence[str], outlets: Collection[str], bodies: Sequence[str] = ()) -> _Told:
    """Give the people among the written names; what names none is kept beside the `bodies`, surely no persons."""
    persons, others = [], [said for body in bodies if (said := stated(body))]
    for name in written:
        found = list(people(name, outlets))
        persons += found
        others += [said for said in (stated(name),) if said and not found]
    return _Told(source, tuple(persons), tuple(dict.fromkeys(others)))


def _turned(name: str, key: str) -> str:
    """Give a name of a citation, 'Quill, Ada', in the order that it is spoken in."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if key in _CITED and comma and "," not in first else name


def _whole(found: Sequence[str]) -> Iterator[str]:
    """Give the names without login names that repeat one of them."""
    keys = [match_key(name) for name in found]
    for name, key in zip(found, keys, strict=True):
        if not (is_handle(name) and any(key in other for other in keys if other != key)) and (
            not is_handle(name) or all(map(is_handle, found))
        ):
            yield name
