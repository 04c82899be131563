"""The article that a page carries in its scripts: pages that a browser fills show nothing in their HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms import page_tree
from transforms.lines import count_words
from transforms.strings import clean

# None of them looks at a place twice: pages of a million openings, quotes or backslashes are read in one pass.
_SCRIPT = re.compile(r"<script\b[^<>]*>", re.IGNORECASE)
_END = re.compile(r"</script", re.IGNORECASE)
_STRING = re.compile(r'"([^"\\]*(?:\\(?:.|\Z)[^"\\]*)*)("|\Z)', re.DOTALL)
_PARAGRAPH = re.compile(r"<(?:p|br|h[1-6]|li)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """What is taken for an article, and how much is looked at.

    One of the 1,013 development pages has its text in scripts alone (1,300 words); framework messages and settings
    of consent dialogues, the other long strings there, have no run of paragraphs.
    """

    string_chars: int = 400
    line_words: int = 9
    words: int = 80  # in lines of at least so many words
    script_chars: int = 5_000_000  # of all scripts together
    depth: int = 2  # a string may be JSON that holds the string


def article(html: str, limits: Limits = Limits()) -> str | None:
    """Give the lines of the longest article in the strings of the page's scripts, or None."""
    best, most = None, limits.words - 1
    left = limits.script_chars
    for script in _scripts(html):
        text = script[:left]
        left -= len(text)
        for string in _strings(text, limits, limits.depth):
            told = _lines(string)
            words = sum(size for line in told if (size := count_words(line)) >= limits.line_words)
            if words > most:
                best, most = "\n".join(told), words
    return best


def _scripts(html: str) -> Iterator[str]:
    at = 0
    while (opened := _SCRIPT.search(html, at)) and (ended := _END.search(html, opened.end())):
        yield html[opened.end() : ended.start()]
        at = ended.end()


def _strings(text: str, limits: Limits, depth: int) -> Iterator[str]:
    """Give the long strings in JSON or JavaScript that hold marked-up or broken text, and those within them."""
    for found in _STRING.finditer(text):
        if len(found[1]) < limits.string_chars or not found[2]:
            continue
        try:
            string = json.loads(found[0], strict=False)
        except ValueError:
            continue
        string = string.encode("utf-8", "replace").decode()
        if _PARAGRAPH.search(string) or "\n" in string:
            yield string
        if depth > 1:
            yield from _strings(string, limits, depth - 1)


def _lines(string: str) -> list[str]:
    """Give the lines of a text; of one with markup, what a browser would show."""
    if _PARAGRAPH.search(string):
        tree = page_tree.parse(string)
        string = page_tree.outline_of(tree).text.tobytes().decode() if tree is not None else ""
    return [line.strip() for line in clean(string).splitlines() if line.strip()]
