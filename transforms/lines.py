"""Looks at one line of text: what a rule compares, how many words it has, whether it reads as prose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transforms.normalize import match_form

# Characters nobody sees: zero-width, soft hyphen, direction marks, variation selector. They never decide a match.
_INVISIBLE = re.compile("[\u00ad\u061c\ufeff\ufe0f\u200b-\u200f\u202a-\u202e\u2060]")
# One character for one, so that a span found in the plain form is the same span in the shown form.
_PLAIN = str.maketrans("\u00a0‘’ʼ`´‐‑–—−“”„«»", " '''''-----\"\"\"\"\"")
_LEADING = "•*-–—|<>«»›‹·▪▫●■□►▶▸▼▲→↓↑+[]/\\✓✔☆★◆◇○◦‣⁃❯…:,; "
_TRAILING = "•*-–—|<>«»›‹·▪●■►▶▸▼▲→↓↑+[]/\\❯…:,; "
_PARTNER = {"«": "»", "»": "«", "‹": "›", "›": "‹"}  # either may open: «French», »German«
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।][\"'”’»“)\]\s]*\Z")
_DOT_ABOVE = "\u0307"  # casefold leaves it behind the Turkish capital İ; rule files are written without it


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
    bare = unadorned(spaced(line), _LEADING, _TRAILING)
    return unadorned(bare.removesuffix("..."), "", _TRAILING) if bare.endswith("...") else bare


def spaced(line: str) -> str:
    """Give the line without invisible characters and runs of space.

    >>> spaced("  •\u00a0Leave a  Reply »")
    '• Leave a Reply »'
    """
    return " ".join((line if line.isascii() else _INVISIBLE.sub("", line)).split())


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
    opening = next((n for n in range(start) if _opens(seen, n)), start)
    closing = next((n for n in range(len(seen) - 1, end - 1, -1) if _closes(seen, n)), end - 1)
    return seen[opening : closing + 1]


def _opens(seen: str, n: int) -> bool:
    return (seen[n] in "«‹" or seen[n + 1 : n + 2] != " ") and _has_partner(seen[n], seen[n + 1 :])


def _closes(seen: str, n: int) -> bool:
    return (seen[n] in "»›" or seen[n - 1] != " ") and _has_partner(seen[n], seen[:n])


def _has_partner(mark: str, others: str) -> bool:
    return mark in _PARTNER and others.count(_PARTNER[mark]) > others.count(mark)


def plain(shown_line: str) -> str:
    """Give the shown line with straight quotes and hyphens, character for character.

    >>> plain("Don’t miss – ever")
    "Don't miss - ever"
    """
    return shown_line if shown_line.isascii() else shown_line.translate(_PLAIN)


def folded(plain_line: str) -> str:
    """Give what rules compare: the plain line in case-folded form.

    >>> folded("Weiterlesen auf STRASSE und Straße")
    'weiterlesen auf strasse und strasse'
    """
    return plain_line.casefold().replace(_DOT_ABOVE, "")


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
