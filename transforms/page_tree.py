"""The tree of an HTML page: parsed once, for the metadata, the lines, and the extractors that are asked."""

from __future__ import annotations

import re
from typing import Any

from transforms.page_table import Outline

# libxml2 loses what stands behind the first end of the body; a browser reads on (HTML standard, 13.2.6.4.19)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
# trafilatura fills rows with an empty cell for each that another spans: 18 s for 200 cells that say they are huge
_SPANS = ("colspan", "rowspan")
_LONGEST_TITLE, _TITLES = 1_000, 3


def parse(html: str) -> Any:
    """Give the lxml tree of a page, or of a fragment; comments, instructions and spans of cells are left out."""
    from lxml.etree import strip_attributes
    from trafilatura import load_html  # heavy, and not needed for plain text

    html = _ENDS.sub("", html)
    tree = load_html(html)
    # it refuses pages that do not begin with html: fragments from feeds, and plain words
    tree = tree if tree is not None else load_html(f"<html>{html}")
    if tree is not None:
        strip_attributes(tree, *_SPANS)
    return tree


def outline_of(tree: Any) -> Outline:
    """Give the visible lines and the elements of a page."""
    from lxml.etree import tostring

    from transforms.kernels.page_lines import outline

    return outline(tostring(tree, encoding="utf-8", xml_declaration=False))


def title_of(tree: Any) -> str:
    """Give what the head says the title is, in all its versions: words that the headline has."""
    said = [
        tree.findtext(".//title"),
        *(tag.get("content") for tag in tree.iter("meta") if tag.get("property") == "og:title"),
    ]
    return " ".join(part[:_LONGEST_TITLE] for part in said[:_TITLES] if part)
