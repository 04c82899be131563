"""Two forms of a text: the display form, which is kept, and the match form, for comparing only.

The display form repairs what scraping broke and leaves the author's hand alone: quotation marks, dashes and
typographic letters stay. Each repair is a small named function on one line; `REPAIRS` is their order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.columns import map_distinct
from transforms.mojibake import is_suspect, unscramble
from transforms.schemas import ARTICLES, CUTS

CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
INVISIBLE = re.compile("[\u00ad\u180e\u200b\u202d\u202e\u2060-\u2064\ufeff]")
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
JOINER = re.compile("[\u200c\u200d]")
PRINTED = re.compile("[!-~]")  # visible ASCII: no repair takes it away
SPACES = re.compile("[\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000 ]+")
DIVIDED = re.compile("[^\\W\\d_]{2,}(?:\u00ad|[-\u2010])$")
FRAGMENT = re.compile(r"[^\W\d_A-Z]\S*")
WORD = re.compile(r"[^\W_]+")
SUSPECT = re.compile(  # one class of characters: searched at memory speed
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00a0\u00ad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2069"
    "\u3000\ufeff\ufffe\uffff]|  |\n | \n|[-\u2010]\n"
)
# fmt: off
JOINING_SCRIPTS = frozenset((
    "ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA",
    "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "KHMER", "MYANMAR", "TIBETAN",
))
# fmt: on


@dataclass(frozen=True)
class Wrapping:
    """When a text counts as wrapped at a fixed width, so that a hyphen at a line's end divides a word."""

    lines: int = 4  # fewer lines say nothing about a width
    width: int = 100  # texts with one paragraph a line have longer lines than any wrapped one


@dataclass(frozen=True)
class Normalized:
    """Articles in display form, and cuts with a row more for each line that changed."""

    articles: pa.Table
    cuts: pa.Table


def normalize(articles: pa.Table, cuts: pa.Table) -> Normalized:
    """Give the articles with body and title in display form, and the cuts that say which lines changed.

    A changed line stays in the body (action `repair`); `cuts.text` keeps it as it arrived.
    """
    bodies = articles["body"].to_pylist()
    suspects = [row for row, body in enumerate(bodies) if _needs_repair(body)]
    known = _lines_with_cuts(cuts, articles["article_id"].take(pa.array(suspects, pa.int64())))
    changed: list[dict[str, Any]] = []
    for row in suspects:
        key = {name: articles[name][row].as_py() for name in ("article_id", "edition", "text_lines")}
        repaired = repair_lines(bodies[row].split("\n"))
        changed += _changes(key, bodies[row].split("\n"), repaired, known.get(key["article_id"], {}))
        bodies[row] = "\n".join(line.text for line in repaired)
    articles = _with_column(articles, "body", pa.array(bodies, pa.large_string()))
    articles = _with_column(articles, "title", map_distinct(articles["title"], lambda text: repair(text).text))
    merged = pa.concat_tables([cuts, pa.Table.from_pylist(changed, CUTS)])
    return Normalized(articles, merged.sort_by([("article_id", "ascending"), ("line_no", "ascending")]))


@dataclass(frozen=True)
class Line:
    """One line after repair, and the first repair that changed it ('' if none did)."""

    text: str
    kind: str = ""


def repair(text: str) -> Line:
    """Give one line in display form.

    >>> repair("It\u00e2\u20ac\u2122s  \u201cfine\u201d")
    Line(text='It\u2019s \u201cfine\u201d', kind='mojibake')
    """
    if not _needs_repair(text):
        return Line(text)
    kind = ""
    before = None
    while text != before:  # a control character may hide mojibake from the first round
        before = text
        for name, function in REPAIRS:
            after = function(text)
            kind = kind or (name if after != text else "")
            text = after
    return Line(text, kind)


def repair_lines(lines: list[str]) -> list[Line]:
    """Give each line in display form; words divided at the end of a line are put together in the lower one."""
    lines = list(lines)
    divided = set(_join_divided_words(lines))
    repaired = [repair(line) for line in lines]
    return [Line(line.text, "hyphenation") if index in divided else line for index, line in enumerate(repaired)]


def is_blank(line: str) -> bool:
    """Tell whether nothing of a line is left in display form: it holds spaces and what nobody sees.

    >>> is_blank("\u200b \u00a0\ufeff"), is_blank("\u00c2\u00a0"), is_blank("\u2014")
    (True, True, False)
    """
    return not line or (PRINTED.search(line) is None and not repair(line).text)


def match_form(text: str) -> str:
    """Give the letters and digits of a text as lower-case words without marks, separated by spaces.

    Two texts that differ only in case, accents, quotation marks, spaces or invisible characters have the same
    match form (Unicode NFKD, UAX 15).

    >>> match_form("\u2018Caf\u00e9\u2019 \u2014 A\u00adB!")
    'cafe ab'
    """
    if text.isascii():
        return " ".join(WORD.findall(text.casefold()))
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", JOINER.sub("", BIDI.sub("", text)))).casefold()
    return " ".join(WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


def compose(text: str) -> str:
    """Give Unicode NFC: one code point for a letter with its accent."""
    return unicodedata.normalize("NFC", text)


def drop_controls(text: str) -> str:
    """Remove control characters and non-characters; none of them is text."""
    return CONTROLS.sub("", text)


def drop_invisible(text: str) -> str:
    """Remove soft hyphens, zero-width spaces and byte order marks, and marks of direction where none is needed.

    Zero-width joiners stay between letters of the scripts that need them and in emoji sequences.
    """
    text = INVISIBLE.sub("", text)
    if not RIGHT_TO_LEFT.search(text):
        text = BIDI.sub("", text)
    return JOINER.sub(lambda found: found[0] if _joins(text, found.start()) else "", text)


def tidy_spaces(text: str) -> str:
    """Give single plain spaces, none at the ends."""
    return SPACES.sub(" ", text).strip()


REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("mojibake", unscramble),
    ("controls", drop_controls),
    ("composition", compose),
    ("invisible", drop_invisible),
    ("spaces", tidy_spaces),
)


def _needs_repair(text: str) -> bool:
    """Tell cheaply whether any repair could change the text."""
    if SUSPECT.search(text) or text != text.strip(" "):
        return True
    return not text.isascii() and (is_suspect(text) or not unicodedata.is_normalized("NFC", text))


def _joins(text: str, at: int) -> bool:
    """Tell whether a joiner at this place stands between characters that it shapes."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if unicodedata.category(before) in ("So", "Sk", "Mn") and unicodedata.category(after) == "So":
        return True
    return unicodedata.name(before, "").split(" ")[0].split("-")[0] in JOINING_SCRIPTS


def _join_divided_words(lines: list[str], wrapping: Wrapping = Wrapping()) -> Iterator[int]:
    """Move the first half of each divided word down to the second, in `lines` itself; give the changed indices."""
    filled = [line for line in lines if not is_blank(line)]
    wrapped = len(filled) >= wrapping.lines and max(map(len, filled)) <= wrapping.width
    text = "\n".join(lines)
    for index in range(len(lines) - 1):
        divided = DIVIDED.search(lines[index])
        fragment = FRAGMENT.match(lines[index + 1])
        if not divided or not divided.start() or not fragment or not (wrapped or divided[0].endswith("\u00ad")):
            continue
        is_compound = re.search(rf"\b{re.escape(divided[0] + fragment[0])}", text)  # written so elsewhere
        upper = lines[index][: divided.start()].rstrip()
        lower = (divided[0] if is_compound else divided[0][:-1]) + lines[index + 1]
        if is_blank(upper) or is_blank(lower):  # a blank line more would be one that no row of cuts speaks of
            continue
        lines[index : index + 2] = upper, lower
        yield from (index, index + 1)


def _lines_with_cuts(cuts: pa.Table, article_ids: pa.ChunkedArray) -> dict[str, dict[int, str]]:
    """Give, for the articles named, what became of each line that has a row, by line number."""
    known: dict[str, dict[int, str]] = {}
    wanted = pc.is_in(cuts["article_id"], article_ids.combine_chunks())
    chosen = cuts.filter(pc.and_(wanted, pc.not_equal(cuts["action"], "read")))
    columns = (chosen[name].to_pylist() for name in ("article_id", "line_no", "action"))
    for article_id, line_no, action in zip(*columns, strict=True):
        known.setdefault(article_id, {})[line_no] = action
    return known


def _changes(
    key: dict[str, Any], before: list[str], after: list[Line], known: dict[int, str]
) -> Iterator[dict[str, Any]]:
    """Give a row of CUTS for each changed line that no row speaks of yet."""
    places = (no for no in range(1, key["text_lines"] + 1) if known.get(no, "trim") == "trim")
    for line_no, text, line in zip(places, before, after, strict=True):
        if line.kind and line_no not in known:
            yield {
                "article_id": key["article_id"],
                "edition": key["edition"],
                "line_no": line_no,
                "text": text,
                "kind": line.kind,
                "action": "repair",
                "rule_id": f"normalize.{line.kind}",
            }


def _with_column(articles: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return articles.set_column(articles.schema.get_field_index(name), ARTICLES.field(name), values)
