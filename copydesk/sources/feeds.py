"""The entries of RSS, Atom and RDF feeds that hold whole articles.

Expat reads the XML in pieces. No entity that a feed defines is ever expanded and nothing outside it is opened: a
feed with a definition of its own is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from copydesk.sources import containers, records
from copydesk.sources.charsets import decode
from copydesk.sources.containers import Content, Cut
from copydesk.sources.limits import Limits
from copydesk.sources.records import Item, judged
from copydesk.sources.rejects import Bad, Unusable, raw

_ENTRIES = frozenset({"item", "entry"})
_DEEPEST = 200  # elements inside one another; XHTML of articles has some 20

# The fields of an entry that a page is made from, by the names of their elements; best first.
_FIELDS = {
    "content": ("content:encoded", "content", "xhtml:body", "body"),
    "summary": ("description", "summary"),
    "title": ("title",),
    "authors": ("dc:creator", "author", "itunes:author"),
    "published": ("pubDate", "published", "issued", "dc:date", "dcterms:issued"),
    "modified": ("updated", "dcterms:modified", "modified"),
    "section": ("category", "dc:subject"),
    "language": ("dc:language", "language"),
}
_NAMES = frozenset(name for names in _FIELDS.values() for name in names) | {"link", "guid", "id"}

# A tag or a character written as HTML writes it: the text is markup.
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")

# Without a declaration expat knows these; it asks Python for other sets of one byte a character.
_MULTIBYTE = re.compile(
    rb"""<\?xml[^>]*encoding\s*=\s*["'](?:gb|big5|euc|shift|iso-2022|ks_c|windows-31j|cp93|cp94|cp95)""",
    re.IGNORECASE,
)
_DECLARED = re.compile(r"""(<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")


def entries(content: Content, limits: Limits) -> Iterator[Item]:
    """Give the entries; where the XML is torn, those before the tear, and the rest as one bad record.

    The text of an entry is its content, else its summary where that is no mere teaser (`Limits.teaser_chars`).
    """
    feed = _Feed(limits)
    try:
        for block in _utf8(content, limits):
            feed.parse(block)
            yield from feed.found()
        feed.parse(b"", is_end=True)
        yield from feed.found()
    except (Unusable, Cut, expat.ExpatError) as error:
        yield from feed.found()
        yield feed.rest(error)


def _utf8(content: Content, limits: Limits) -> Iterator[bytes]:
    """Give the bytes; in UTF-8 where expat would not know their character set."""
    if not _MULTIBYTE.search(content.head()[:200]):
        yield from content.blocks()
        return
    span = containers.whole(content.blocks(), limits)
    if problem := span.problem():
        raise Unusable(problem)
    yield _DECLARED.sub(r"\1", decode(span.data, limits, is_html=True).text, count=1).encode()


class _Feed:
    """The entries of a feed as they end."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity
        self._window = b""  # the bytes from the last entry's end on
        self._base = 0
        self._found: list[Item] = []
        self._language = ""
        self._depth = 0
        self._entry: dict[str, list[str]] | None = None
        self._begin = 0
        self._open: list[str] = []  # elements inside the entry
        self._field = ""
        self._parts: list[str] = []
        self._is_markup = False

    def parse(self, block: bytes, *, is_end: bool = False) -> None:
        """Take the next bytes; raise Unusable or ExpatError at what cannot be read."""
        self._window += block
        if len(self._window) > self._limits.record_bytes:
            raise Unusable(f"record too long: an element of more than {self._limits.record_bytes} bytes. Split it.")
        self._parser.Parse(block, is_end)
        self._forget(self._begin if self._entry is not None else max(self._parser.CurrentByteIndex, self._base))

    def found(self) -> list[Item]:
        """Give the entries that ended since the last time."""
        found, self._found = self._found, []
        return found

    def rest(self, error: Exception) -> Bad:
        """Give what follows the last whole entry as a bad record."""
        reason = str(error)
        if isinstance(error, Cut):
            reason = containers.CUT
        elif isinstance(error, expat.ExpatError):
            reason = f"torn XML: {error}. What stands before it was taken. Deliver the feed again."
        offset = self._begin if self._entry is not None else self._base
        return Bad(reason, raw(offset, self._window[offset - self._base :], self._limits))

    def _forget(self, before: int) -> None:
        self._window, self._base = self._window[before - self._base :], before

    def _entity(self, name: str, *_: object) -> None:
        raise Unusable(
            f"entity: the feed defines &{name[:40]};, which is not expanded. Let the server write it out."
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unusable(f"nested more than {_DEEPEST} elements deep. Check the server.")
        if self._entry is None:
            if name.removeprefix("atom:").rpartition(":")[2] in _ENTRIES:
                self._entry, self._begin, self._open = {}, self._parser.CurrentByteIndex, []
                self._note("language", attributes.get("xml:lang", ""))
            else:
                self._language = attributes.get("xml:lang", self._language)
                self._open_channel(name)
            return
        self._open.append(name)
        if len(self._open) == 1:
            self._begin_field(name.removeprefix("atom:"), attributes)
        elif self._is_markup:
            shown = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
            self._parts.append(f"<{name.rpartition(':')[2]}{shown}>")
        elif self._field == "author":
            self._parts.clear()

    def _open_channel(self, name: str) -> None:
        self._field = "channel" if name in {"language", "dc:language"} else ""
        self._parts = []

    def _begin_field(self, name: str, attributes: dict[str, str]) -> None:
        self._field, self._parts = (name if name in _NAMES else ""), []
        kind = attributes.get("type", "").lower()
        self._is_markup = kind in {"xhtml", "application/xhtml+xml"} or name in {"xhtml:body", "body"}
        if name == "link" and attributes.get("rel", "alternate") == "alternate":
            self._note("link", attributes.get("href", ""))
        elif name == "guid" and attributes.get("isPermaLink", "true").lower() != "true":
            self._field = ""
        elif name == "category":
            self._note("category", attributes.get("label") or attributes.get("term", ""))
        if name in {"content", "summary"} and kind in {"html", "text/html"}:
            self._note("is_html", "yes")

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._entry is None:
            if self._field == "channel":
                self._language = "".join(self._parts).strip() or self._language
            self._field = ""
        elif not self._open:
            self._finish()
        elif len(self._open) == 1:
            self._note(self._field, "".join(self._parts))
            self._open.pop()
            self._field, self._is_markup = "", False
        else:
            self._open.pop()
            if self._is_markup:
                self._parts.append(f"</{name.rpartition(':')[2]}>")
            elif self._field == "author" and name.rpartition(":")[2] == "name":
                self._note("author", "".join(self._parts))
                self._field = ""

    def _text(self, text: str) -> None:
        if self._field:
            self._parts.append(escape(text) if self._is_markup else text)

    def _note(self, field: str, value: str) -> None:
        if field and value.strip() and self._entry is not None:
            self._entry.setdefault(field, []).append(value.strip())

    def _finish(self) -> None:
        assert self._entry is not None
        end = self._window.find(b">", self._parser.CurrentByteIndex - self._base) + 1
        data = self._window[self._begin - self._base : end]
        try:
            record = _record(self._entry, self._language, self._limits)
            self._found.append(judged(self._begin, record, data, self._limits))
        except Unusable as error:
            self._found.append(Bad(str(error), raw(self._begin, data, self._limits)))
        self._entry = None


def _record(entry: dict[str, list[str]], language: str, limits: Limits) -> dict[str, Any]:
    """Give an entry with the names of our fields; raise Unusable where it has no text."""

    def given(field: str) -> list[str]:
        return next((entry[name] for name in _FIELDS[field] if name in entry), [])

    text = next(iter(given("content")), "")
    if not text:
        text = max(given("summary"), key=len, default="")
        chars = len(re.sub(r"<[^>]*>|\s+", " ", text).strip())
        if text and chars < limits.teaser_chars:
            raise Unusable(
                f"teaser only: the entry has no content, and a summary of {chars} characters where an article has "
                f"{limits.teaser_chars}. Let the scraper take the page itself."
            )
    if not text:
        raise Unusable(records.EMPTY)
    addresses = [*entry.get("link", []), *entry.get("guid", []), *entry.get("id", [])]
    url = next((address for address in addresses if address.lower().startswith(("http://", "https://"))), None)
    is_html = "is_html" in entry or _MARKUP.search(text) is not None
    return {
        "html" if is_html else "text": text,
        "url": url,
        "title": next(iter(given("title")), None),
        "authors": given("authors"),
        "published": next(iter(given("published")), None),
        "modified": next(iter(given("modified")), None),
        "section": given("section"),
        "language": next(iter([*given("language"), language]), None) or None,
    }
