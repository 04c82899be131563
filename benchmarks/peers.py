"""What others would do with scraped text, line by line, in the shape that the evaluation scripts call.

Each function gets documents with doc_id, site, title and text, and gives for each the indices of the lines that
stay, counted over line feeds. Blank lines always stay: nobody counts them. None of them is told the language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import justext
from justext.core import PathInfo, classify_paragraphs, revise_paragraph_classification
from justext.paragraph import Paragraph
from lxml import etree
from trafilatura.deduplication import LRUCache
from trafilatura.htmlprocessing import process_node
from trafilatura.settings import LRU_SIZE, Extractor
from trafilatura.utils import sanitize

Doc = Mapping[str, str]


def nothing(docs: Sequence[Doc]) -> list[list[int]]:
    """Give every line of every document: what is gained or lost is measured from here."""
    return _kept(docs, lambda _: True)


@dataclass(frozen=True)
class C4:
    """The numbers and words of C4, as its authors published them (see c4)."""

    line_words: int = 5
    word_chars: int = 1000
    end_marks: tuple[str, ...] = (".", "?", "!", '"')
    ellipsis: str = "..."
    citation: re.Pattern[str] = re.compile(r"\[\d*\]|\[edit\]|\[citation needed\]")
    phrases: tuple[str, ...] = (
        "terms of use",
        "privacy policy",
        "cookie policy",
        "uses cookies",
        "use of cookies",
        "use cookies",
        "javascript",
    )
    page_phrases: tuple[str, ...] = ("lorem ipsum", "{")


def c4(docs: Sequence[Doc]) -> list[list[int]]:
    """Give the lines that C4's rules for lines keep.

    Source: Raffel et al. 2020, section 2.2, and clean_page of tensorflow_datasets/text/c4_utils.py.
    Included: an end mark that is no ellipsis, at least five words, no word above 1,000 characters, none of the
    phrases on policies and JavaScript, all of it without citation marks; "lorem ipsum" and a curly bracket, which
    there discard the page, discard the line here. Not included, as they discard whole pages or need a corpus: fewer
    than three sentences, the list of bad words, the language, spans of three sentences that occur twice.
    """
    rules = C4()
    return _kept(docs, lambda line: _passes_c4(line, rules))


def _passes_c4(line: str, rules: C4) -> bool:
    words = line.split()
    bare = rules.citation.sub("", line.strip())
    lowered = bare.lower()
    return (
        bare.endswith(rules.end_marks)
        and not bare.endswith(rules.ellipsis)
        and len(bare.split()) >= rules.line_words
        and max(map(len, words)) <= rules.word_chars
        and not any(phrase in lowered for phrase in rules.phrases + rules.page_phrases)
    )


def trafilatura_filters(docs: Sequence[Doc]) -> list[list[int]]:
    """Give the lines that trafilatura would write if each were the text of a <p>.

    Source: trafilatura 2.3. Included: utils.sanitize (line_processing: a line of nothing that can be printed goes)
    and htmlprocessing.process_node, which the text of an element passes: trim, utils.textfilter (names of sharing
    buttons, "Print", "More on this") and, as with deduplicate=True, deduplication.duplicate_test (a text above 100
    characters goes from its fourth time on; one LRU cache of 4,096 texts for all documents of a call).
    Not included, as text has no tags: link density, the XPaths of boilerplate, comments. Nor what discards whole
    pages: the least length, the language, a page seen before.
    """
    options = Extractor(dedup=LRUCache(LRU_SIZE))
    return _kept(docs, lambda line: _passes_trafilatura(line, options))


def _passes_trafilatura(line: str, options: Extractor) -> bool:
    printable = sanitize(line)
    if not printable:
        return False
    element = etree.Element("p")
    element.text = printable
    return process_node(element, options) is not None


def justext_on_text(docs: Sequence[Doc]) -> list[list[int]]:
    """Give the lines that jusText classifies as good where each line is a paragraph.

    Source: Pomikálek 2011, justext 3.0 with its default numbers. Included: classify_paragraphs (length, density of
    stop words, copyright signs) and revise_paragraph_classification (neighbours). The stoplist is, of all that
    justext carries, the one with the highest density in the document: none is for Japanese, Chinese or Thai.
    Not included, as text has no tags: link density, headings.
    """
    return [_good(doc["text"].split("\n")) for doc in docs]


def _good(lines: Sequence[str]) -> list[int]:
    paragraphs = {n: _paragraph(line) for n, line in enumerate(lines) if line.strip()}
    in_order = list(paragraphs.values())
    classify_paragraphs(in_order, _stoplist(lines))
    revise_paragraph_classification(in_order)
    return [n for n in range(len(lines)) if n not in paragraphs or not paragraphs[n].is_boilerplate]


def _paragraph(line: str) -> Paragraph:
    path = PathInfo()
    for tag in ("html", "body", "p"):
        path.append(tag)
    paragraph = Paragraph(path)
    paragraph.append_text(line)
    return paragraph


def _stoplist(lines: Sequence[str]) -> frozenset[str]:
    """Give the stoplist that holds most words of the lines: the first of equals by name, English if none does."""
    lists = _stoplists_by_word()
    hits = Counter(chain.from_iterable(lists.get(word, ()) for word in " ".join(lines).lower().split()))
    language = min(hits, key=lambda name: (-hits[name], name), default="English")
    return _stoplist_of(language)


@cache
def _stoplists_by_word() -> dict[str, tuple[str, ...]]:
    names: dict[str, tuple[str, ...]] = {}
    for language in sorted(justext.get_stoplists()):
        for word in _stoplist_of(language):
            names[word] = (*names.get(word, ()), language)
    return names


@cache
def _stoplist_of(language: str) -> frozenset[str]:
    return frozenset(justext.get_stoplist(language))


def _kept(docs: Sequence[Doc], passes: Callable[[str], bool]) -> list[list[int]]:
    return [
        [n for n, line in enumerate(doc["text"].split("\n")) if not line.strip() or passes(line)] for doc in docs
    ]
