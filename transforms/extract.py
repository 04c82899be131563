"""pages -> extracts: title, author, date, language and the visible text of the article.

HTML goes through trafilatura, plain text passes through. Nothing is stripped here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms import markup
from transforms.addresses import host_of
from transforms.columns import map_distinct
from transforms.dates import believable, day_in_url, instant
from transforms.errors import ExtractError
from transforms.schemas import EXTRACTS, QUARANTINE

Guard = Callable[[str], AbstractContextManager[object]]
LAYOUT_SHARE = 0.75  # true of 2 of 616 development pages, both laid out so; tables of data hold far less in one row
CARRIED = ("page_id", "edition", "source", "fetched_at")


@dataclass(frozen=True)
class Sizes:
    """Bounds of the work on one page."""

    language_chars: int = 2000  # more text does not change the detector's answer (130 fundus pages)
    language_min_letters: int = 40  # below, one name decides the language


@dataclass(frozen=True)
class Extracted:
    """The pages whose text was found, and those that gave none."""

    extracts: pa.Table
    quarantine: pa.Table


def extract(pages: pa.Table, *, guard: Guard = nullcontext, sizes: Sizes = Sizes()) -> Extracted:
    """Give one row of EXTRACTS for each page with text and one of QUARANTINE for each without.

    `guard` is entered with the page_id around the work on one page; what it raises as ExtractError (a time limit)
    sends that page to quarantine.
    """
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for page in pages.to_pylist():
        try:
            with guard(page["page_id"]):
                rows.append(_extract_page(page))
        except ExtractError as error:
            failed.append(failed_page(page, step="extract", reason=str(error)))
    extracts = pa.Table.from_pylist(rows, EXTRACTS)
    return Extracted(_with_language(extracts, sizes), pa.Table.from_pylist(failed, QUARANTINE))


def failed_page(page: dict[str, Any], *, step: str, reason: str) -> dict[str, Any]:
    """Give the quarantine row of a page that a step could not process, with the page's whole text."""
    body = page["body"].encode()
    identity = f"{page['page_id']}\0{step}\0{reason}".encode()
    return {
        "quarantine_id": hashlib.blake2b(identity, digest_size=12).hexdigest(),
        "edition": page["edition"],
        "source": page["source"],
        "source_offset": page["source_offset"],
        "size_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "step": step,
        "reason": reason,
        "page_id": page["page_id"],
        "bytes": body,
        "is_truncated": False,
    }


def as_lines(text: str) -> str:
    r"""Give the text with a line feed between its lines, and lines without spaces at their ends.

    >>> as_lines("one\r\n  two \u2028three")
    'one\ntwo\nthree'
    """
    return "\n".join(map(str.strip, text.splitlines()))


def article_text(html: str, url: str | None = None) -> str:
    """Give the article's text of an HTML page, one paragraph a line; raise ExtractError where there is none."""
    return _text_of(_parse(html), html, url)


def _extract_page(page: dict[str, Any]) -> dict[str, Any]:
    row = {name: page[name] for name in CARRIED}
    if page["media_type"] == "text/html":
        return row | _from_html(page)
    published, source = (page["published"], "record") if page["published"] else (day_in_url(page["url"]), "url")
    return row | {
        "site": page["site"],
        "url": page["url"],
        "title": page["title"],
        "author": page["author"],
        "language": markup.language_code(page["language"]),
        "text": as_lines(page["body"]),
        **_date(published, source, page["edition"]),
    }


def _from_html(page: dict[str, Any]) -> dict[str, Any]:
    tree = _parse(page["body"])
    found = markup.read(tree, page["url"])
    url = page["url"] or found.url
    if page["published"]:
        date = _date(page["published"], "record", page["edition"])
    else:
        date = _date(found.published, found.published_source, page["edition"])
    return {
        "site": page["site"] or host_of(url or "") or found.site,
        "url": url,
        "title": page["title"] or found.title,
        "author": page["author"] or "; ".join(found.authors) or None,
        "language": markup.language_code(page["language"]) or found.language,
        "text": _text_of(tree, page["body"], url),
        **date,
    }


def _parse(html: str) -> Any:
    from trafilatura import load_html  # heavy, and not needed for plain text

    tree = load_html(html)
    if tree is None:
        raise ExtractError("not HTML: no element could be parsed; look at the bytes, then replay or drop the page")
    return tree


def _text_of(tree: Any, html: str, url: str | None) -> str:
    """Give trafilatura's text; the plain visible text of the main content where it finds none, or a glued one."""
    from resiliparse.extract.html2text import extract_plain_text
    from trafilatura import bare_extraction

    found = bare_extraction(tree, url=url, include_comments=False)
    text = (found.text if found is not None else "") or ""
    if not text.strip() or _is_laid_out_in_a_table(text):
        text = extract_plain_text(html, main_content=True, alt_texts=False)
    if not text.strip():
        raise ExtractError(
            "no article text found in the HTML; if the page has one, add a sample to the extraction tests"
        )
    return as_lines(text)


def _is_laid_out_in_a_table(text: str) -> bool:
    """Tell whether one table row holds nearly all text: an old page, its columns are cells, glued into one line."""
    longest = max(text.split("\n"), key=len)
    return longest.startswith("|") and len(longest) > LAYOUT_SHARE * len(text)


def _date(raw: str | None, source: str | None, edition: dt.date) -> dict[str, Any]:
    moment = believable(instant(raw), edition)
    return {
        "published_at": moment,
        "published_at_source": source if moment else None,
        "published_raw": raw,
    }


def _with_language(extracts: pa.Table, sizes: Sizes) -> pa.Table:
    """Fill the languages that no record or markup states by looking at the text."""
    stated = extracts["language"]
    if not stated.null_count:
        return extracts
    detected = map_distinct(extracts["text"], lambda text: detect_language(text, sizes), pa.string())
    index = extracts.schema.get_field_index("language")
    return extracts.set_column(index, EXTRACTS.field("language"), stated.combine_chunks().fill_null(detected))


def detect_language(text: str, sizes: Sizes = Sizes()) -> str | None:
    """Give the ISO 639-1 code of the text's language, or None where there is too little of it.

    Resiliparse's n-gram hashing: right on 125 of the 130 fundus development pages, 0.01 ms a text.
    """
    from resiliparse.parse.lang import detect_fast

    head = text[: sizes.language_chars]
    if sum(map(str.isalpha, head)) < sizes.language_min_letters:
        return None
    return markup.language_code(detect_fast(head)[0])
