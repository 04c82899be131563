"""pages -> extracts: the lines that a page shows, what is known of each, and its metadata.

The tree of an HTML page is read once: for the metadata, for its visible lines, and by the extractors whose answers
are hints for the page classifier. Plain text passes through. Nothing is stripped here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from transforms import body_text, metadata, page_tree
from transforms.answers import answers, askable
from transforms.errors import ExtractError
from transforms.language import detect_language, language_code
from transforms.lines import count_words
from transforms.metadata import Metadata
from transforms.page_classifier import CUT, PageJudges, PageOpinion
from transforms.page_table import Outline
from transforms.refused_memory import is_refused_memory
from transforms.schemas import EXTRACTS, QUARANTINE
from transforms.visible import visible

MOST_LINES = 50_000  # of a page, at 1,300 bytes each; the longest of 1,013 development pages has 1,494
KEPT_BYTES = 1 << 20  # of a page in quarantine, as of a record (Limits.kept_bytes); the stage has it whole
ARTICLE_LINE = 4  # words of a line; a page of which nothing longer is kept has its text elsewhere
CARRIED = ("page_id", "edition", "source", "fetched_at", "charset", "charset_method", "charset_confidence")


@dataclass(frozen=True)
class Extracted:
    """The pages whose text was found, and those that gave none."""

    extracts: pa.Table
    quarantine: pa.Table


class Reading(NamedTuple):
    """What was found in one page."""

    metadata: Metadata
    text: str
    scores: list[float] | None
    regions: list[str | None] | None
    language: str | None
    language_source: str | None


Work = Callable[[], Reading]
Guard = Callable[[str, Work], Reading]


def _unguarded(_page_id: str, work: Work) -> Reading:
    return work()


def extract(pages: pa.Table, judges: PageJudges | None = None, *, guard: Guard = _unguarded) -> Extracted:
    """Give one row of EXTRACTS for each page with text and one of QUARANTINE for each without.

    Without `judges` the text of an HTML page is what trafilatura takes for the article. `guard` is called with each
    page_id and the work on that page, which it does; what it raises as ExtractError (a time limit) sends the page
    to quarantine, as does whatever a parser raises.
    """
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for page in pages.to_pylist():
        try:
            read = guard(page["page_id"], partial(_alone, page, judges))
        except ExtractError as error:
            failed.append(failed_page(page, step="extract", reason=str(error)))
        else:
            rows.append(_row(page, read))
    return Extracted(pa.Table.from_pylist(rows, EXTRACTS), pa.Table.from_pylist(failed, QUARANTINE))


def failed_page(page: dict[str, Any], *, step: str, reason: str) -> dict[str, Any]:
    """Give the quarantine row of a page that a step could not process, with what a reader would see of it."""
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
        "bytes": body[:KEPT_BYTES],
        "is_truncated": len(body) > KEPT_BYTES,
        "records": 1,
        "text": visible(page["body"], is_html=page["media_type"] == "text/html"),
    }


def as_lines(text: str) -> str:
    r"""Give the text with a line feed between its lines, and lines without spaces at their ends.

    >>> as_lines("one\r\n  two \u2028three")
    'one\ntwo\nthree'
    """
    return "\n".join(map(str.strip, text.splitlines()))


def _read(page: dict[str, Any], judges: PageJudges | None) -> Reading:
    """Give what foreign code finds in the page; the only part of the work that may fail on a page."""
    beside = metadata.beside(page)
    scores, regions = None, None
    if page["media_type"] == "text/html":
        tree = page_tree.parse(page["body"])
        if tree is None:
            raise ExtractError(body_text.NO_TEXT)
        found = metadata.read(tree, beside)
        lines, url = page_tree.outline_of(tree), page["url"] or found.url
        may_ask = askable(lines, page["body"])
        title = page_tree.title_of(tree)
        judged = _judged(lines, title, page["body"], judges, may_ask) if judges else None
        if judged is None:
            article = text = body_text.found(lines, page["body"], url, may_ask)
        else:
            text, scores, regions = judged
            article = "\n".join(_kept(judged))
    else:
        found = metadata.of_record(beside)
        article = text = as_lines(page["body"])
    language, source = _language(page["language"], found, article)
    return Reading(found, text, scores, regions, language, source)


def _judged(
    page: Outline, title: str, html: str, judges: PageJudges, may_ask: frozenset[str]
) -> PageOpinion | None:
    """Give what the page classifier says of the page's lines; None where it finds no article among them."""
    if page.ends.size > MOST_LINES:
        raise ExtractError(f"the page has {page.ends.size:,} lines, and no article has {MOST_LINES:,}; look at it")
    judge = judges.asked if may_ask.issuperset(judges.asked.answers) else judges.bounded
    opinion = judge.judge(page, title, answers(html, judge.answers, may_ask))
    return opinion if any(count_words(line) >= ARTICLE_LINE for line in _kept(opinion)) else None


def _kept(opinion: PageOpinion) -> Iterator[str]:
    """Give the lines that the classifier takes for the article's."""
    lines = zip(opinion.text.split("\n"), opinion.scores, strict=True)
    return (line for line, score in lines if score < CUT)


def _language(recorded: str | None, found: Metadata, article: str) -> tuple[str | None, str | None]:
    """Give the language and what tells it: the record, the text, else the page's markup.

    The text is right more often than the markup, which 46 of 1,013 development pages lack and 6 have wrong.
    """
    if code := language_code(recorded):
        return code, "record"
    if code := detect_language(article):
        return code, "text"
    return found.language, found.language_source


def _alone(page: dict[str, Any], judges: PageJudges | None) -> Reading:
    """Give what is found in the page, or an ExtractError: a hostile page must not cost the edition.

    A MemoryError, in whatever words a parser puts it, is for the guard, who knows the limit.
    """
    try:
        return _read(page, judges)
    except ExtractError:
        raise
    except Exception as error:  # parsers raise anything on hostile pages
        if is_refused_memory(error):
            raise MemoryError from error
        # only the type: messages may hold addresses in memory, which differ from run to run
        raise ExtractError(
            f"{type(error).__name__} from the parsers; look at the page, then drop it or report the error"
        ) from error


def _row(page: dict[str, Any], read: Reading) -> dict[str, Any]:
    return {
        **{name: page[name] for name in CARRIED},
        **metadata.columns(page, read.metadata),
        "language": read.language,
        "language_source": read.language_source,
        "text": read.text,
        "scores": read.scores,
        "regions": read.regions,
    }
