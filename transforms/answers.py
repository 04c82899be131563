"""What extractors take for the text of an article: hints for the page classifier, none of them the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transforms.errors import ExtractError
from transforms.page_table import Outline


@dataclass(frozen=True)
class Bounds:
    """How large a page is that extractors are asked about: their time grows with the square of some counts.

    trafilatura 2.3 takes 2.1 s for 16,000 elements in one paragraph and 3.1 s for 32,000 attributes of one element;
    of the development pages the largest has 16,000 elements, spread, and 0.1 % have more than 12,000.
    """

    elements: int = 12_000
    attributes: int = 2_000  # of one element


def is_bounded(page: Outline, bounds: Bounds = Bounds()) -> bool:
    """Tell whether a page is small enough for any extractor to be asked."""
    return page.parents.size <= bounds.elements and page.most_attributes <= bounds.attributes


def answers(tree: Any, html: str, url: str | None, asked: Sequence[str]) -> list[str]:
    """Give the answers of the extractors of these names, in order; the lxml tree of the page is used up.

    An extractor that finds nothing, or fails, has the empty answer; a time limit is no failure of its own.
    """
    return [_answer(name, tree, html, url) for name in asked]


def _answer(name: str, tree: Any, html: str, url: str | None) -> str:
    try:
        return _EXTRACTORS[name](tree, html, url)
    except ExtractError:
        raise
    except Exception:  # noqa: BLE001 - an extractor raises anything on hostile pages; the page is read without it
        return ""


def _trafilatura(tree: Any, _: str, url: str | None) -> str:
    from trafilatura import bare_extraction

    found = bare_extraction(tree, url=url, include_comments=False)
    return (found.text if found is not None else "") or ""


def _resiliparse(_: Any, html: str, __: str | None) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    text: str = extract_plain_text(html, main_content=True, alt_texts=False, links=False, form_fields=False)
    return text


_EXTRACTORS: Mapping[str, Callable[[Any, str, str | None], str]] = {
    "resiliparse": _resiliparse,
    "trafilatura": _trafilatura,
}
