"""What extractors take for the text of an article: hints for the page classifier, none of them the answer."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from transforms.errors import ExtractError
from transforms.page_table import Outline
from transforms.refused_memory import is_refused_memory

_LEAST_TEXT = 25  # characters of a paragraph that readability counts, as trafilatura asks it


@dataclass(frozen=True)
class Bounds:
    """How large a page is that extractors are asked about: their time grows with the square of some counts.

    trafilatura 2.3 takes 2.1 s for 16,000 elements in one paragraph and 3.1 s for 32,000 attributes of one element;
    of the development pages the largest has 16,000 elements, spread, and 0.1 % have more than 12,000. resiliparse
    1.0 takes 1.2 s for 10,000 elements within each other, 5.4 s for 20,000, and 0.5 s for 16,000 attributes.
    """

    elements: int = 12_000
    attributes: int = 2_000  # of one element
    depth: int = 255  # here libxml2 ends the tree, and what is deeper can only be counted in the HTML
    nested: int = 12_000


def askable(page: Outline, html: str, bounds: Bounds = Bounds()) -> frozenset[str]:
    """Give the names of the extractors whose time on a page is bounded."""
    from transforms.kernels.attributes import has_too_many

    nested = html.count("<") - html.count("</") if page.depths.max(initial=0) >= bounds.depth else 0
    if page.most_attributes > bounds.attributes or nested > bounds.nested:
        return frozenset()
    if has_too_many(
        html.encode("utf-8", "replace"), bounds.attributes
    ):  # at the end of an element, or twice the same
        return frozenset()
    return ALL if page.parents.size <= bounds.elements else frozenset({"resiliparse"})


def answers(html: str, asked: Sequence[str], may_ask: Container[str] | None = None) -> list[str]:
    """Give the answers of the extractors of these names, in order.

    An extractor that finds nothing, fails, or is not in `may_ask`, has the empty answer; a time limit is no failure
    of its own.
    """
    return [_answer(name, html) if may_ask is None or name in may_ask else "" for name in asked]


def _answer(name: str, html: str) -> str:
    try:
        return _EXTRACTORS[name](html)
    except (ExtractError, ImportError):
        raise
    except Exception as error:  # an extractor raises anything on hostile pages; the page is read without it
        if is_refused_memory(error):
            raise MemoryError from error
        return ""


def _readability(html: str) -> str:
    from lxml.html import fromstring
    from trafilatura import load_html
    from trafilatura.readability_lxml import Document  # trafilatura's own, three times as fast as readability-lxml

    summary = fromstring(Document(load_html(html), min_text_length=_LEAST_TEXT).summary())
    return "\n".join(text for text in (" ".join(part.split()) for part in summary.itertext()) if text)


def _resiliparse(html: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(html, main_content=True, alt_texts=False, links=False, form_fields=False)
    return text


_EXTRACTORS: Mapping[str, Callable[[str], str]] = {
    "readability": _readability,
    "resiliparse": _resiliparse,
}
ALL = frozenset({*_EXTRACTORS, "trafilatura"})
