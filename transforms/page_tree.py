"""The tree of an HTML page: parsed once, for the metadata, the lines, and the extractors that are asked."""

from __future__ import annotations

import re
from typing import Any

from transforms.page_table import Outline

# libxml2 loses what stands behind the first end of the body; a browser reads on (HTML standard, 13.2.6.4.19)
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
# libxml2 misreads some of them (https://bugs.launchpad.net/lxml/+bug/1955915), and they say nothing here
_DOCTYPE = re.compile(r"^\s*<!doctype[^>]*>", re.IGNORECASE)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r")  # libxml2 stops at the first NUL
# trafilatura fills rows with an empty cell for each that another spans: 18 s for 200 cells that say they are huge
_SPANS = ("colspan", "rowspan")
_LONGEST_TITLE, _TITLES = 1_000, 3


def parse(html: str) -> Any:
    """Give the lxml tree of a page, or of a fragment, null where there is nothing.

    Comments, instructions and spans of cells are left out. The elements are lxml's plain ones: those of lxml.html
    cost a call to Python each time one is touched.
    """
    from lxml.etree import HTMLParser, fromstring, strip_attributes

    written = _ENDS.sub("", _DOCTYPE.sub("", html, count=1)).encode("utf-8", "replace").translate(None, _CONTROLS)
    if not written.strip():
        return None
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    tree = fromstring(written, parser)
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
