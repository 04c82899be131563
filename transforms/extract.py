"""pages -> extracts: title, author, date, language and the visible text of the article.

HTML goes through trafilatura, plain text passes through. Nothing is stripped here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from transforms import markup
from transforms.addresses import host_of
from transforms.dates import believable, day_in_url, instant
from transforms.errors import ExtractError
from transforms.markup import Markup
from transforms.normalize import repair
from transforms.schemas import EXTRACTS, QUARANTINE
from transforms.strings import clean, label

Guard = Callable[[str], AbstractContextManager[object]]
LAYOUT_SHARE = 0.75  # true of 2 of 616 development pages, both laid out so; tables of data hold far less in one row
CARRIED = ("page_id", "edition", "source", "fetched_at", "charset", "charset_method")


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


class _Reading(NamedTuple):
    """What was found in one page."""

    markup: Markup
    text: str
    language: str | None


def extract(pages: pa.Table, *, guard: Guard = nullcontext, sizes: Sizes = Sizes()) -> Extracted:
    """Give one row of EXTRACTS for each page with text and one of QUARANTINE for each without.

    `guard` is entered with the page_id around the work on one page; what it raises as ExtractError (a time limit)
    sends that page to quarantine, as does whatever a parser raises.
    """
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for page in pages.to_pylist():
        try:
            with guard(page["page_id"]), _failing_alone():
                read = _read(page, sizes)
        except ExtractError as error:
            failed.append(failed_page(page, step="extract", reason=str(error)))
        else:
            rows.append(_row(page, read))
    return Extracted(pa.Table.from_pylist(rows, EXTRACTS), pa.Table.from_pylist(failed, QUARANTINE))


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


def _read(page: dict[str, Any], sizes: Sizes) -> _Reading:
    """Give what foreign code finds in the page; the only part of the work that may fail on a page."""
    if page["media_type"] == "text/html":
        tree = _parse(page["body"])
        found = markup.read(tree, page["url"])
        text = _text_of(tree, page["body"], page["url"] or found.url)
    else:
        found = Markup(published=day_in_url(page["url"]), published_source="url")
        text = as_lines(page["body"])
    language = markup.language_code(page["language"]) or found.language or detect_language(text, sizes)
    return _Reading(found, text, language)


@contextmanager
def _failing_alone() -> Iterator[None]:
    """Make an ExtractError of whatever is raised inside: a hostile page must not cost the edition."""
    try:
        yield
    except ExtractError:
        raise
    except Exception as error:  # parsers raise anything on hostile pages
        # only the type: messages may hold addresses in memory, which differ from run to run
        raise ExtractError(
            f"{type(error).__name__} from the parsers; look at the page, then drop it or report the error"
        ) from error


def _row(page: dict[str, Any], read: _Reading) -> dict[str, Any]:
    found = read.markup
    url = page["url"] or found.url
    if page["published"]:
        date = _date(page["published"], "record", page["edition"])
    else:
        date = _date(found.published, found.published_source, page["edition"])
    return {
        **{name: page[name] for name in CARRIED},
        "site": page["site"] or host_of(url or "") or found.site,
        "url": url,
        "title": page["title"] or found.title,
        # repaired here: unlike the title, no line of the text is compared with it
        "author": repair(page["author"] or label("; ".join(found.authors))).text or None,
        "language": read.language,
        "text": read.text,
        **date,
    }


def _parse(html: str) -> Any:
    from trafilatura import load_html  # heavy, and not needed for plain text

    tree = load_html(html)
    # it refuses pages that do not begin with html: fragments from feeds, and plain words
    return tree if tree is not None else load_html(f"<html>{html}")


def _text_of(tree: Any, html: str, url: str | None) -> str:
    """Give trafilatura's text; the plain visible text of the main content where it finds none, or a glued one."""
    from resiliparse.extract.html2text import extract_plain_text
    from trafilatura import bare_extraction

    found = bare_extraction(tree, url=url, include_comments=False)
    text = (found.text if found is not None else "") or ""
    if not text.strip() or _is_laid_out_in_a_table(text):
        text = extract_plain_text(html, main_content=True, alt_texts=False)
    text = text if text.strip() else extract_plain_text(html, alt_texts=False)
    if not text.strip():
        raise ExtractError(
            "no article text found in the HTML; if the page has one, add a sample to the extraction tests"
        )
    return as_lines(clean(text))


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


def detect_language(text: str, sizes: Sizes = Sizes()) -> str | None:
    """Give the ISO 639-1 code of the text's language, or None where there is too little of it.

    Resiliparse's n-gram hashing: right on 125 of the 130 fundus development pages, 0.01 ms a text.
    """
    from resiliparse.parse.lang import detect_fast

    head = text[: sizes.language_chars]
    if sum(map(str.isalpha, head)) < sizes.language_min_letters:
        return None
    return markup.language_code(detect_fast(head)[0])
