"""Extractors of articles, and one of them in a process of its own: what it answers page by page, at what cost.

    PYTHON -m benchmarks.extract_systems MODULE:FUNCTION < PAGES > ANSWERS

Each function gets the HTML of a page and its address and gives the text, or a dict with what it has of text, title,
date and author: the shape that the evaluation script calls. Settings are the peer's own defaults, but for what is
said. A line of PAGES is a JSON list of pairs of HTML and address; at once a JSON list of Answer is written for it.
Exit code 3: the system is not installed. Any interpreter will do: nothing of the product is imported here.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

Found = str | None | Mapping[str, object]
NOT_INSTALLED = 3  # exit code
MOST_SECONDS = 120  # on the clock, of one page; as the scorer has it
MOST_OF_AN_ERROR = 200  # characters


class Answer(NamedTuple):
    """What a system gave for a page, its CPU seconds (user and system), and why it failed, else nothing."""

    found: dict[str, Any]
    seconds: float
    error: str


class TooLong(BaseException):
    """A page took more than MOST_SECONDS; no Exception, which peers catch and forget."""


def trafilatura_default(html: str, url: str | None = None) -> Found:
    """Give what trafilatura gives with metadata and otherwise at its defaults: fallbacks on, comments read, too."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, url=url, with_metadata=True)
    return {"text": found.text, "title": found.title, "date": found.date, "author": found.author} if found else {}


def trafilatura_text(html: str, url: str | None = None) -> Found:
    """Give trafilatura's text without comments, its best; no metadata, as the three below."""
    return _trafilatura(html, url)


def trafilatura_fast(html: str, url: str | None = None) -> Found:
    """Give the same without the fallbacks."""
    return _trafilatura(html, url, fast=True)


def trafilatura_precision(html: str, url: str | None = None) -> Found:
    """Give the same with less text, more surely."""
    return _trafilatura(html, url, favor_precision=True)


def trafilatura_recall(html: str, url: str | None = None) -> Found:
    """Give the same with more text, less surely."""
    return _trafilatura(html, url, favor_recall=True)


def _trafilatura(html: str, url: str | None, **settings: bool) -> str | None:
    from trafilatura import extract

    text: str | None = extract(html, url=url, include_comments=False, **settings)
    return text


def resiliparse(html: str, _url: str | None = None) -> Found:
    """Give resiliparse's main content, without what its users would filter out: forms, alternative texts."""
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(
        html, main_content=True, alt_texts=False, links=False, form_fields=False, noscript=False
    )
    return text


def newspaper4k(html: str, url: str | None = None) -> Found:
    """Give what newspaper4k gives, without fetching images; it refuses to work without an address."""
    from newspaper import Article

    article = Article(url or "http://localhost/", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    return {
        "text": article.text,
        "title": article.title,
        "date": article.publish_date and article.publish_date.isoformat(),
        "author": article.authors,
    }


def readability(html: str, _url: str | None = None) -> Found:
    """Give the title of readability-lxml and the text of the HTML that it gives: a line for each piece of text."""
    from lxml.html import fromstring
    from readability import Document

    document = Document(html)
    pieces = (" ".join(text.split()) for text in fromstring(document.summary(html_partial=True)).itertext())
    return {"text": "\n".join(filter(None, pieces)), "title": document.short_title()}


def goose3(html: str, _url: str | None = None) -> Found:
    """Give what goose3 gives, without fetching images; its title and authors are now and then lists of lists."""
    article = _goose().extract(raw_html=html)
    title = " ".join(map(str, article.title)) if isinstance(article.title, list) else article.title
    return {
        "text": article.cleaned_text,
        "title": title,
        "date": article.publish_date,
        "author": list(map(str, article.authors)),
    }


@cache
def _goose() -> Any:
    from goose3 import Goose

    return Goose({"enable_image_fetching": False})


def justext(html: str, _url: str | None = None) -> Found:
    """Give the good paragraphs of jusText; the stop words that it asks for are those of the page's language."""
    import justext

    stated = re.search(r"<html[^>]*?\blang=[\"']?([a-zA-Z]{2})", html[:MOST_BEFORE_LANGUAGE])
    stops = _stops(STOP_WORDS.get(stated[1].lower() if stated else "", "English"))
    paragraphs = justext.justext(html.encode(), stops, encoding="utf-8")
    return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)


@cache
def _stops(language: str) -> frozenset[str]:
    from justext import get_stoplist

    return frozenset(get_stoplist(language))


MOST_BEFORE_LANGUAGE = 5_000  # characters
# What jusText calls the languages of news; it has no list for Japanese, Chinese or Thai
STOP_WORDS = {
    "af": "Afrikaans",
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "bs": "Bosnian",
    "ca": "Catalan",
    "cs": "Czech",
    "cy": "Welsh",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "et": "Estonian",
    "eu": "Basque",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hr": "Croatian",
    "hu": "Hungarian",
    "hy": "Armenian",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ka": "Georgian",
    "ko": "Korean",
    "lb": "Luxembourgish",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "mk": "Macedonian",
    "mr": "Marathi",
    "ms": "Malay",
    "mt": "Maltese",
    "nb": "Norwegian_Bokmal",
    "nl": "Dutch",
    "nn": "Norwegian_Nynorsk",
    "no": "Norwegian_Bokmal",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sq": "Albanian",
    "sr": "Serbian",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
}


def boilerpy3(html: str, _url: str | None = None) -> Found:
    """Give the content of boilerpy3's extractor for articles."""
    from boilerpy3.extractors import ArticleExtractor

    text: str = ArticleExtractor(raise_on_failure=False).get_content(html)
    return text


def main() -> None:
    """Answer what stands on standard input; what a system prints is dropped."""
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGALRM, _too_long)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    try:
        module, _, name = sys.argv[1].partition(":")
        system = getattr(importlib.import_module(module), name)
        for line in sys.stdin.buffer:
            answered = [answer(system, html, url) for html, url in json.loads(line)]
            print(json.dumps(answered, default=str), file=answers, flush=True)
    except ImportError as error:
        print(error, file=sys.stderr)
        raise SystemExit(NOT_INSTALLED) from None


def answer(system: Callable[[str, str | None], Found], html: str, url: str | None) -> Answer:
    """Give what a system makes of a page; ImportError where it is not installed, what else it raises is told."""
    found: Found = None
    error = ""
    signal.alarm(MOST_SECONDS)
    before = time.process_time()
    try:
        found = system(html, url)
    except ImportError:
        raise
    except (Exception, TooLong) as raised:  # noqa: BLE001 - any failure of a peer is a result
        error = f"{type(raised).__name__}: {raised}"[:MOST_OF_AN_ERROR]
    finally:
        seconds = time.process_time() - before
        signal.alarm(0)
    return Answer({"text": found or ""} if found is None or isinstance(found, str) else dict(found), seconds, error)


def _too_long(*_: object) -> None:
    raise TooLong(f"more than {MOST_SECONDS} s")


if __name__ == "__main__":
    main()
