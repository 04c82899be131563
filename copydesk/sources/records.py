"""Pages from the records that scrapers write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from copydesk.sources.aliases import FOLDED, KNOWN, folded, has_body, no_body
from copydesk.sources.charsets import Decoded, decode
from copydesk.sources.limits import Limits
from copydesk.sources.rejects import Bad, Unusable, raw
from copydesk.sources.values import fetched, plain
from transforms.addresses import address_of, host_of
from transforms.strings import clean, label, one_line

# Python's str(None) in news-please, pandas and CSV exports.
_NOTHING = frozenset({"", "None", "none", "null", "NULL", "NaN", "nan", "NaT"})

_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|html|head|body|article|main|section|div|p|h[1-6]|span)\b", re.IGNORECASE
)


# Deeper than any scraper nests the names of authors; a hostile record may nest without end.
_LIST_DEPTH = 8

# Character set, method and confidence; the second of text that came in valid UTF-8.
Origin = tuple[str, str, float | None]
UTF8: Origin = ("utf-8", "utf-8", None)

EMPTY = "empty: there is no text in it. Check the scraper if a page was expected."


class Page(NamedTuple):
    """One scrape: the columns of pages that come from the record itself."""

    site: str | None
    url: str | None
    fetched_at: datetime | None
    media_type: str
    charset: str
    charset_method: str
    charset_confidence: float | None
    title: str | None
    author: str | None
    published: str | None
    modified: str | None
    section: str | None
    canonical_url: str | None
    robots: str | None
    tdm_reservation: str | None
    language: str | None
    body: str


class Found(NamedTuple):
    """One input record that is a page."""

    offset: int
    page: Page
    member: str = ""


class Passed(NamedTuple):
    """Something inside an input that is no record of a page, such as a picture in an archive; only counted."""

    kind: str


Item = Found | Bad | Passed


def judged(
    offset: int,
    record: object,
    data: bytes | Callable[[], bytes],
    limits: Limits,
    origin: Origin = UTF8,
) -> Item:
    """Give the page in a record, or the record as a bad one; `data` are its bytes."""
    try:
        return Found(offset, page(record, limits, origin))
    except Unusable as error:
        return Bad(str(error), raw(offset, data if isinstance(data, bytes) else data(), limits))


def file_page(data: bytes, limits: Limits, *, is_html: bool, declared: str | None = None) -> Page:
    """Give the page that the bytes of a text or HTML document are, with nothing known of it but its text.

    `declared` is the character set that an envelope names: an HTTP header, a part of a mail.
    """
    decoded = decode(data, limits, is_html=is_html, declared=declared)
    body = clean(decoded.text) if is_html else plain(decoded.text)
    if not body.strip():
        raise Unusable(EMPTY)
    return _BARE._replace(
        media_type="text/html" if is_html else "text/plain",
        charset=decoded.charset,
        charset_method=decoded.method,
        charset_confidence=decoded.confidence,
        body=body,
    )


_BARE = Page(
    site=None,
    url=None,
    fetched_at=None,
    media_type="text/plain",
    charset=UTF8[0],
    charset_method=UTF8[1],
    charset_confidence=UTF8[2],
    title=None,
    author=None,
    published=None,
    modified=None,
    section=None,
    canonical_url=None,
    robots=None,
    tdm_reservation=None,
    language=None,
    body="",
)


def page(record: object, limits: Limits, origin: Origin = UTF8) -> Page:
    """Give the page in a record; raise Unusable where it breaks the contract.

    The contract: an object with a text (text, or a list of lines, or fundus' sections) or HTML (text or bytes).
    A text that is not blank wins over HTML, since the scraper took the trouble. Text that begins with a tag is
    HTML. Other fields may be absent; there a number counts as text, a list of names as authors, and anything
    else breaks the contract, because a scraper that changed its output needs to be seen.
    """
    if not isinstance(record, dict):
        raise Unusable(f"contract: record is {_kind(record)}, expected object. Write one object per record.")
    fields = _flat(record)
    if not has_body(record):
        raise Unusable(no_body(record))
    found, media_type = _body(fields, limits, origin)
    if len(found.text) > limits.record_bytes:
        raise Unusable(
            f"record too long: {len(found.text)} characters where {limits.record_bytes} are allowed. Split it."
        )
    url = _url(fields)
    return Page(
        _site(fields, url),
        url,
        fetched(_first(fields, "fetched_at")),
        media_type,
        found.charset,
        found.method,
        found.confidence,
        _first(fields, "title"),
        _first(fields, "author"),
        _first(fields, "published"),
        _loose(fields, "modified"),
        _loose(fields, "section"),
        address_of(_loose(fields, "canonical_url") or ""),
        (_loose(fields, "robots") or "").replace("; ", ", ") or None,  # as HTTP joins the values of a header
        _loose(fields, "tdm_reservation"),
        _first(fields, "language"),
        clean(found.text) if media_type == "text/html" else plain(found.text),
    )


def _flat(record: Mapping[str, object]) -> dict[str, object]:
    """Give the fields under their folded names, those of a nested `html` behind a dot; the first of a name wins."""
    fields: dict[str, object] = {}
    for key, value in record.items():
        name = folded(key)
        if name == "html" and isinstance(value, dict):
            for inner, nested in value.items():
                fields.setdefault(f"html.{folded(inner)}", nested)
        elif name in KNOWN:
            fields.setdefault(name, value)
    return fields


def _body(fields: Mapping[str, object], limits: Limits, origin: Origin) -> tuple[Decoded, str]:
    """Give the text and its media type: the first value that is not blank, by the order of the aliases."""
    problem = None
    for field in ("text", "html"):
        for alias in FOLDED[field]:
            value = fields.get(alias)
            if value is None:
                continue
            found = _decoded(value, limits, origin, is_html=field == "html")
            if found is None:
                problem = (
                    problem or f"contract: field {alias} is {_kind(value)}, expected text. Map it in the scraper."
                )
            elif found.text.strip():
                is_html = field == "html" or _MARKUP.match(found.text) is not None
                return found, "text/html" if is_html else "text/plain"
    raise Unusable(problem or EMPTY)


def _decoded(value: object, limits: Limits, origin: Origin, *, is_html: bool) -> Decoded | None:
    """Give the text in a value of any shape that scrapers use; None where it is something else."""
    if isinstance(value, bytes):
        return decode(value, limits, is_html=is_html)
    if isinstance(value, dict):
        text = _sections(value)
    elif isinstance(value, list):
        text = "\n".join(value) if all(isinstance(line, str) for line in value) else None
    else:
        text = value if isinstance(value, str) else None
    return None if text is None else Decoded(text, *origin)


def _sections(body: Mapping[str, object]) -> str | None:
    """Give the paragraphs of fundus' ArticleBody, separated as in its plaintext."""
    paragraphs: list[object] = []
    sections = body.get("sections")
    if not isinstance(sections, list) or not all(isinstance(section, dict) for section in sections):
        return None
    for part in (body.get("summary"), *(s.get(key) for s in sections for key in ("headline", "paragraphs"))):
        paragraphs.extend(part if isinstance(part, list) else [part] if part else [])
    return "\n\n".join(paragraphs) if all(isinstance(text, str) for text in paragraphs) else None  # type: ignore[arg-type]


def _first(fields: Mapping[str, object], field: str) -> str | None:
    """Give the first value that says something, by the order of the aliases."""
    for alias in FOLDED[field]:
        given = fields.get(alias)
        if given is not None and (value := _scalar(alias, given)) is not None:
            return label(value)
    return None


def _loose(fields: Mapping[str, object], field: str) -> str | None:
    """Give what `_first` gives, and None for a value of another shape: no text is refused for its section."""
    try:
        return _first(fields, field)
    except Unusable:
        return None


def _scalar(alias: str, value: object, depth: int = _LIST_DEPTH) -> str | None:
    """Give a value as one line: of an object its name (schema.org's authors), of a list all, with '; ' between."""
    if isinstance(value, dict):
        value = value.get("name", value)
    if isinstance(value, list):
        if not depth:
            raise Unusable(
                f"contract: field {alias} is nested more than {_LIST_DEPTH} arrays deep. Map it in the scraper."
            )
        parts = [_scalar(alias, part, depth - 1) for part in value]
        return "; ".join(part for part in parts if part) or None
    if isinstance(value, float | int) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unusable(f"contract: field {alias} is {_kind(value)}, expected text. Map it in the scraper.")
    value = one_line(value)
    return None if value in _NOTHING else value


def _kind(value: object) -> str:
    """Name a type as JSON does."""
    names = {
        dict: "object",
        list: "array",
        str: "text",
        bool: "boolean",
        int: "number",
        float: "number",
        bytes: "bytes",
    }
    return names.get(type(value), "null" if value is None else type(value).__name__)


def _url(fields: Mapping[str, object]) -> str | None:
    """Give the first absolute address; trafilatura's `source` is one, elsewhere it is a name or an object."""
    for alias in FOLDED["url"]:
        value = fields.get(alias)
        if value is None or (alias == "source" and not isinstance(value, str)):
            continue
        address = address_of(_scalar(alias, value) or "")
        if address:
            return address
    return None


def _site(fields: Mapping[str, object], url: str | None) -> str | None:
    """Give the host that the record names, else the host of the address, else the name in the record."""
    name = _first(fields, "site")
    host = host_of(name or "") or host_of(url or "")
    return host or name
