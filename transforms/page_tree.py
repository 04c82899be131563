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
# Half the characters of a page are comments, scripts and styles, which no element or line of a text stands in.
_UNREAD = re.compile(r"<!--(?!-?>)|<(script|style)(?=[\s/>])([^<>]*)>", re.IGNORECASE)
_END_OF = {
    "": re.compile(r"--!?>"),
    "script": re.compile(r"</script(?=[\s/>])[^<>]*>", re.IGNORECASE),
    "style": re.compile(r"</style(?=[\s/>])[^<>]*>", re.IGNORECASE),
}
_LONGEST_TITLE, _TITLES = 1_000, 3
# libxml2's time grows with the square of their number: 64,000 of one element take 3.5 s, 400,000 two minutes
_MOST_ATTRIBUTES = 10_000


def parse(html: str) -> Any:
    """Give the lxml tree of a page, or of a fragment, null where there is nothing.

    Comments, instructions, styles and all scripts but JSON are left out. The elements are lxml's plain ones: those
    of lxml.html cost a call to Python each time one is touched.
    """
    from lxml.etree import HTMLParser, fromstring

    from transforms.kernels.attributes import without_too_many

    read = _ENDS.sub("", _without_code(_DOCTYPE.sub("", html, count=1)))
    written = without_too_many(read.encode("utf-8", "replace").translate(None, _CONTROLS), _MOST_ATTRIBUTES)
    if not written.strip():
        return None
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    return fromstring(written, parser)


def _without_code(html: str) -> str:
    """Give a page without comments, styles and scripts, up to one of which the end is not plain.

    Scripts of JSON stay: what they say of the page is read.
    """
    kept: list[str] = []
    at = searched = 0
    while (opened := _UNREAD.search(html, searched)) is not None:
        ended = _END_OF[(opened[1] or "").lower()].search(html, opened.end())
        if ended is None or _is_escaped(html, opened.end(), ended.start()):
            break
        searched = ended.end()
        if "json" not in (opened[2] or "").lower():
            kept.append(html[at : opened.start()])
            at = searched
    return "".join([*kept, html[at:]])


def _is_escaped(html: str, start: int, end: int) -> bool:
    """Tell whether the first end of a script may not be its own: it holds a comment that holds a script.

    HTML standard, 13.2.5.27: the states "script data escaped" and "double escaped".
    """
    comment = html.find("<!--", start, end)
    return comment >= 0 and "<script" in html[comment:end].lower()


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
