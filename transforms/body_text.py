"""The text of an HTML page where no classifier judges its lines: what extractors take for the article."""

from __future__ import annotations

from collections.abc import Container

from transforms import embedded
from transforms.answers import ALL
from transforms.errors import ExtractError
from transforms.lines import count_words
from transforms.page_table import Outline
from transforms.strings import clean

NO_TEXT = "no article text found in the HTML; if the page has one, add a sample to the extraction tests"
NEXT_TO_NOTHING = 40  # words: a notice that scripts are needed, a name and a date
# trafilatura fills rows with an empty cell for each that another spans: 18 s for 200 cells that say they are huge
_SPANS = ("colspan", "rowspan")
LAYOUT_SHARE = 0.75  # true of 2 of 616 development pages, both laid out so; tables of data hold far less in one row


def found(page: Outline, html: str, url: str | None, may_ask: Container[str] = ALL) -> str:
    """Give trafilatura's text; the plain visible text of the main content where it finds none, or a glued one.

    Only extractors in `may_ask` are asked; where none is, the text is all that `page` shows. Where it is next to
    nothing, and the scripts of the page carry an article, that is the text. Raises ExtractError where it has none.
    """
    from resiliparse.extract.html2text import extract_plain_text

    if "resiliparse" not in may_ask:
        return _visible(page)
    text = _trafilatura(html, url) if "trafilatura" in may_ask else ""
    if not text.strip() or _is_laid_out_in_a_table(text):
        text = extract_plain_text(html, main_content=True, alt_texts=False)
    text = text if text.strip() else extract_plain_text(html, alt_texts=False)
    if count_words(text) < NEXT_TO_NOTHING:
        text = embedded.article(html) or text
    if not text.strip():
        raise ExtractError(NO_TEXT)
    return "\n".join(map(str.strip, clean(text).splitlines()))


def _trafilatura(html: str, url: str | None) -> str:
    from lxml.etree import strip_attributes
    from trafilatura import bare_extraction, load_html

    tree = load_html(html)
    if tree is None:
        return ""
    strip_attributes(tree, *_SPANS)
    taken = bare_extraction(tree, url=url, include_comments=False)
    return (taken.text if taken is not None else "") or ""


def _visible(page: Outline) -> str:
    if not page.ends.size:
        raise ExtractError("the page nests elements by the thousand, deeper than any article; look at it")
    return page.text.tobytes().decode()


def _is_laid_out_in_a_table(text: str) -> bool:
    """Tell whether one table row holds nearly all text: an old page, its columns are cells, glued into one line."""
    longest = max(text.split("\n"), key=len)
    return longest.startswith("|") and len(longest) > LAYOUT_SHARE * len(text)
