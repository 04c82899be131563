"""Looks at one line of text: what a rule compares, how many words it has, whether it reads as prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.normalize import match_form

# Characters nobody sees: zero-width, soft hyphen, direction marks, variation selector. They never decide a match.
INVISIBLE = "\u00ad\u061c\ufeff\ufe0f\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# One character for one, so that a span found in the plain form is the same span in the shown form.
PLAIN = str.maketrans("\u00a0‘’ʼ`´‐‑–—−“”„«»", " '''''-----\"\"\"\"\"")
LEADING = "•*-–—|<>«»›‹·▪▫●■□►▶▸▼▲→↓↑+[]/\\✓✔☆★◆◇○◦‣⁃❯…:,; "
TRAILING = "•*-–—|<>«»›‹·▪●■►▶▸▼▲→↓↑+[]/\\❯…:,; "
PARTNER = {"«": "»", "»": "«", "‹": "›", "›": "‹"}  # either may open: «French», »German«
# Scripts that do not part their words, and Korean.
UNPARTED = tuple(
    pair.split("-")
    for pair in ("\u3040-\u30ff", "\u3400-\u4dbf", "\u4e00-\u9fff", "\uac00-\ud7af", "\u0e00-\u0e7f")
)
_CJK = "".join(f"{first}-{last}" for first, last in UNPARTED)
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
STOPS = ".!?…。！？؟।"
CLOSERS = "\"'”’»“)]"  # and any space
_SENTENCE_END = re.compile(rf"[{STOPS}][{re.escape(CLOSERS)}\s]*\Z")
BLOCK = 1 << 20  # characters; a longer line is looked at in parts where that needs less memory
DOT_ABOVE = "\u0307"  # casefold leaves it behind the Turkish capital İ; rule files are written without it


@dataclass(frozen=True)
class Prose:
    """What counts as a paragraph of the story; it marks where the head ends and the tail begins."""

    min_words: int = 9  # dev news: 94 % of the story's lines that end a sentence are as long
    long_words: int = 60  # some scrapers glue a whole story into one line that ends anywhere


def shown(line: str) -> str:
    """Give the line without invisible characters, runs of space, and ornaments at its ends.

    >>> shown("  •\u00a0Leave a  Reply »"), shown("» «Leave», he says ►")
    ('Leave a Reply', '«Leave», he says')
    """
    bare = unadorned(spaced(line), LEADING, TRAILING)
    return unadorned(bare.removesuffix("..."), "", TRAILING) if bare.endswith("...") else bare


def spaced(line: str) -> str:
    """Give the line without invisible characters and runs of space.

    >>> spaced("  •\u00a0Leave a  Reply »")
    '• Leave a Reply »'
    """
    if len(line) > BLOCK:
        return "".join(_spaced_blocks(line))
    return " ".join((line if line.isascii() else _INVISIBLE.sub("", line)).split())


def _spaced_blocks(line: str) -> Iterator[str]:
    """Give the spaced form in parts, so that not all words of a line without end are held at once."""
    has_begun, is_parted = False, False
    for at in range(0, len(line), BLOCK):
        block = _INVISIBLE.sub("", line[at : at + BLOCK])
        words = spaced(block)
        if words and has_begun and (is_parted or block[0].isspace()):
            yield " "
        yield words
        has_begun = has_begun or bool(words)
        is_parted = block[-1].isspace() if words else is_parted or bool(block)


def unadorned(text: str, leading: str, trailing: str) -> str:
    """Give the text without ornaments at its ends; guillemets that quote are none.

    >>> unadorned("» «No deal», he says »", "«» ", "«» ")
    '«No deal», he says'
    """
    bare = text.lstrip(leading).rstrip(trailing)
    return bare if not bare or text.isascii() else _with_quotes(text, bare)


def _with_quotes(seen: str, bare: str) -> str:
    """Give the bare line with those guillemets back that quote: they have a partner in the line."""
    start = seen.find(bare)
    end = start + len(bare)
    opening = next(_quoting(seen, range(start), 1, "«‹"), start)
    closing = next(_quoting(seen, range(len(seen) - 1, end - 1, -1), -1, "»›"), end - 1)
    return seen[opening : closing + 1]


def _quoting(seen: str, order: range, inward: int, usual: str) -> Iterator[int]:
    """Give the indices of guillemets that have a partner further in, from the outside.

    An unusual one, as in »German«, must touch what it quotes.
    """
    further = {mark: seen.count(mark) for mark in PARTNER}
    for n in order:
        mark = seen[n]
        if mark in PARTNER:
            further[mark] -= 1
            touches = seen[n + inward : n + inward + 1] != " "
            if (mark in usual or touches) and further[PARTNER[mark]] > further[mark]:
                yield n


def plain(shown_line: str) -> str:
    """Give the shown line with straight quotes and hyphens, character for character.

    >>> plain("Don’t miss – ever")
    "Don't miss - ever"
    """
    return shown_line if shown_line.isascii() else shown_line.translate(PLAIN)


def folded(plain_line: str) -> str:
    """Give what rules compare: the plain line in case-folded form.

    >>> folded("Weiterlesen auf STRASSE und Straße")
    'weiterlesen auf strasse und strasse'
    """
    return plain_line.casefold().replace(DOT_ABOVE, "")


def count_words(text: str) -> int:
    """Give the number of words; Chinese, Japanese, Korean and Thai characters count one each.

    >>> count_words("Two words, 三个字")
    5
    """
    return len(_WORD.findall(text))


def match_key(text: str) -> str:
    """Give letters and digits only, case-folded: equal for titles that differ in dress alone.

    >>> match_key("“No deal”, he says") == match_key("'No Deal' – he says")
    True
    """
    return match_form(text).replace(" ", "")


def ends_sentence(line: str) -> bool:
    """Tell whether the line ends with a full stop or its like, closing quotes and brackets aside.

    >>> ends_sentence("He said: “No.”"), ends_sentence("More news")
    (True, False)
    """
    return _SENTENCE_END.search(line) is not None


def is_prose(line: str, words: int, limits: Prose = Prose()) -> bool:
    """Tell whether a line of so many words reads as a paragraph of a story.

    >>> is_prose("The ministers agreed on Friday to meet again next week.", 10)
    True
    """
    return words >= limits.long_words or (words >= limits.min_words and ends_sentence(line))
