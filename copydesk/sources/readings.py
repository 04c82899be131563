"""Which of the common character sets reads bytes best, and in which language they seem to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from transforms.oddness import oddness

# The sets that read like one another, the commoner first: what detection takes one for, another may read better.
LATIN = (
    "cp1252", "cp1250", "cp1254", "cp1257", "iso8859-2", "iso8859-15", "mac-roman", "mac-latin2", "iso8859-13",
    "iso8859-4",
)  # fmt: skip
OTHERS = ("cp1251", "koi8-u", "cp1256", "cp1253", "cp1255", "cp874")
WIDE = ("gb18030", "cp932", "euc_jp", "cp949", "big5hkscs")

_ASCII_WORD = re.compile(rb"(?<![\w\x80-\xff])[A-Za-z']+(?![\w\x80-\xff])")
_CODE = re.compile(rb"</?(?:script|style)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(rb"<[^<>]*>")
_WITHOUT_BRACKETS = bytes.maketrans(b"<>", b"  ")


@dataclass(frozen=True)
class Reading:
    """How much is looked at, and when it is enough."""

    # Characters a set may fail to decode and still be the right one: one bad byte must not cost an article, and a
    # wrong guess fails on several per cent.
    scratched: float = 0.01
    sample_bytes: int = 20_000  # of the words with bytes beyond ASCII: more of the same tells nothing new
    words_bytes: int = 50_000  # where the words that tell the language are looked for; scripts go before the text
    words_chars: int = 25  # ASCII letters that tell the language; 12 and 40 were worse on headlines


class Best(NamedTuple):
    """The text in the character set that reads best."""

    text: str
    charset: str
    oddness: float


def sample(data: bytes, reading: Reading = Reading()) -> bytes:
    """Give the words that hold bytes beyond ASCII: all that differs between character sets.

    White space and angle brackets are in no character of more than one byte, so no character is torn.
    """
    words = (word for word in data.translate(_WITHOUT_BRACKETS).split() if not word.isascii())
    taken: list[bytes] = []
    room = reading.sample_bytes
    for word in words:
        taken.append(word[:room])
        room -= len(word)
        if room <= 0:
            break
    return b" ".join(taken)


def best_reading(data: bytes, part: bytes, charsets: Iterable[str], language: str | None) -> Best | None:
    """Give the reading of `data` that is least odd in `part`, the first of equals; None where no set fits."""
    found = []
    for place, charset in enumerate(dict.fromkeys(charsets)):
        found.append((oddness(part.decode(charset, "replace"), language), place, charset))
    for odd, _, charset in sorted(found):
        text = read(data, charset)
        if text is not None:
            return Best(text, charset, odd)
    return None


def read(data: bytes, charset: str, reading: Reading = Reading()) -> str | None:
    """Give the text with U+FFFD for the bytes that do not fit, None where they are more than a scratch."""
    text = data.decode(charset, "replace")
    scratches = text.count("\ufffd", 0, len(text) - 1)  # a torn file ends inside a character
    return text if scratches <= reading.scratched * len(text) else None


def language_of(data: bytes, reading: Reading = Reading()) -> str | None:
    """Give the language that the words without any byte beyond ASCII tell, whatever the character set."""
    from transforms.language import detect_language

    outside = b" ".join(_CODE.split(data[: reading.words_bytes])[::2])
    words = b" ".join(_ASCII_WORD.findall(_TAG.sub(b" ", outside))).decode("ascii")
    return detect_language(words) if len(words) > reading.words_chars else None
