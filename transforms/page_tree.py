"""The tree of an HTML page: parsed once, for the metadata, the lines, and the extractors that are asked."""

from __future__ import annotations

import re
from typing import Any

from transforms.page_table import Outline

# libxml2 loses what stands behind the first end of the body; a browser reads on (HTML standard, 13.2.6.4.19)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_LONGEST_TITLE = 1_000


def parse(html: str) -> Any:
    """Give the lxml tree of a page, or of a fragment; comments and processing instructions are left out."""
    from trafilatura import load_html  # heavy, and not needed for plain text

    html = _ENDS.sub("", html)
    tree = load_html(html)
    # it refuses pages that do not begin with html: fragments from feeds, and plain words
    return tree if tree is not None else load_html(f"<html>{html}")


def outline_of(tree: Any) -> Outline:
    """Give the visible lines and the elements of a page."""
    from lxml.etree import tostring

    from transforms.kernels.page_lines import outline

    return outline(tostring(tree, encoding="utf-8", xml_declaration=False))


def title_of(tree: Any) -> str:
    """Give what the head says the title is, in all its versions: words that the headline has."""
    said = tree.xpath("//title/text() | //meta[@property='og:title']/@content")
    return " ".join(part[:_LONGEST_TITLE] for part in said[:3])
