"""Text from mojibake: UTF-8 that somebody read as an older character set, once or more often.

The way back is exact: written in the set it was wrongly read in, the text must be valid UTF-8 to the last byte,
which right text is not. Only where that fails, because part of a line is sound or bytes were lost, ftfy is asked.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from transforms.language import detect_language
from transforms.oddness import oddness

# The sets that UTF-8 is read in, the commoner first.
MISREAD_AS = (
    "cp1252", "cp1251", "mac-roman", "cp1250", "koi8-r", "cp1254", "cp1257", "cp1253", "iso8859-2", "cp437",
    "cp850", "cp866",
)  # fmt: skip

# What no language writes, so that one alone is proof: what is left of a Latin letter, a typographer's quote, a
# Cyrillic letter. Portuguese words in capitals may end in such a letter before a quote: \u00abMA\u00c7\u00c3\u00bb.
TRACES = re.compile(
    "(?:\u00c2|(?<![A-Z\u00c0-\u00dd])\u00c3)[\u0080-\u00bf\u0152-\u0178\u2013-\u203a\u20ac\u2122]"
    "|\u00c3[\u0080-\u00aa\u00ac-\u00ba\u00bc-\u00bf\u0152-\u0178\u20ac\u2122](?=[A-Za-z])"
    "|\u00e2[\u0080-\u009f\u20ac\u0153\u201a-\u201e]"
    "|[\u00d0\u00d1][\u0080-\u00bf]|\u00ef\u00bb\u00bf|\u00f0\u0178"
    "|\u0432\u0402|\u201a\u00c4[\u00ec\u00ee\u00f2\u00f4\u00fa\u00b6]"
    "|(?<=[a-z])\u221a|\u221a[\u00a9\u00ae\u00df\u00a7\u00b4\u00a8]"
)

# A closing quote whose last byte, read as a control character, somebody took away; only behind an opening one.
_OPENING = "\u00e2\u20ac\u0153"
_LOST_BYTE = re.compile(r"\u00e2\u20ac(?=[\s.,;:!?)]|$)")
_TWO = re.compile("[^\x00-\x7f]{2}")


@dataclass(frozen=True)
class Proof:
    """What it takes to believe that a text is mojibake."""

    rounds: int = 3  # read wrongly three times over has been seen; four times has not
    sequences: int = 2  # fewer may be chance, unless they are traces that no language writes,
    odd_places: int = 2  # or as odd as the Cyrillic in a Latin word
    mended_chars: int = 20_000  # longest line for ftfy, which takes 4 s a million characters
    many: int = 6  # so many valid sequences and no invalid one are no chance, however the text looks


def unscramble(text: str, proof: Proof = Proof()) -> str:
    """Give the text as it was before it was misread; a text that is sound, or past repair, as it is.

    >>> unscramble("Ð¡Ð»Ð¾Ð²Ð¾"), unscramble("РЎР»РѕРІРѕ"), unscramble("naÃƒÂ¯ve"), unscramble("São, MAÇÃ, Â")
    ('Слово', 'Слово', 'naïve', 'São, MAÇÃ, Â')
    """
    for _ in range(proof.rounds):
        before = _once(text, proof)
        if before is None:
            break
        text = before
    return text


def is_suspect(text: str) -> bool:
    """Tell cheaply whether a text may hold mojibake: two characters that UTF-8 may have been read as."""
    if text.isascii() or _TWO.search(text) is None:
        return False
    either, pairs = _pairs()
    return either.search(text) is not None and pairs.search(text) is not None


def _once(text: str, proof: Proof) -> str | None:
    """Give the text before it was misread for the last time, None where it was not."""
    if not is_suspect(text):
        return None
    found = dict.fromkeys(_valid_readings(text))
    meant = [before for before in found if _is_better(text, before, proof)]
    if len(meant) > 1:  # an å in iso-8859-2 is an ü in cp1250: the language knows
        meant.sort(key=lambda before: oddness(before, detect_language(before)))
    return meant[0] if meant else _mended(text, proof)


def _valid_readings(text: str) -> Iterator[str]:
    for charset in MISREAD_AS:
        try:
            data, _ = codecs.charmap_encode(text, "strict", _bytes_of(charset))
            yield data.decode("utf-8")
        except UnicodeError:
            continue


def _is_better(text: str, before: str, proof: Proof) -> bool:
    """Tell whether the valid UTF-8 that a text turned out to be is meant: it is long, or it looks better."""
    sequences = sum(not char.isascii() for char in before)
    looks, looked = oddness(before), oddness(text)
    return (
        sequences >= proof.many
        or (looks <= looked and TRACES.search(text) is not None)
        or (looks < looked and (sequences >= proof.sequences or _odd_places(text) >= proof.odd_places))
    )


def _mended(text: str, proof: Proof) -> str | None:
    if len(text) > proof.mended_chars or not TRACES.search(text):
        return None
    from ftfy import fix_encoding  # 5 ms a document, so only behind the gate

    whole = _LOST_BYTE.sub("\u201d", text) if _OPENING in text else text
    mended = str(fix_encoding(whole))
    return mended if mended != text and _odd_places(mended) <= _odd_places(text) else None


def _odd_places(text: str) -> float:
    return oddness(text) * sum(not char.isascii() for char in text)


@cache
def _bytes_of(charset: str) -> dict[int, int]:
    """Give the byte of each character; a byte without one is the control character of its number."""
    table = {byte: byte for byte in range(128)}
    if charset == "cp1252":
        table |= {byte: byte for byte in range(128, 160)}  # as latin-1 has it
    for byte in range(128, 256):
        char = bytes([byte]).decode(charset, "replace")
        table[byte if char == "\ufffd" else ord(char)] = byte
    return table


@cache
def _pairs() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Give two patterns of a first and a second byte of UTF-8: a quick one over all sets, and one by set."""
    firsts, seconds = [], []
    for charset in MISREAD_AS:
        chars = {byte: chr(code) for code, byte in _bytes_of(charset).items()}
        firsts.append("".join(re.escape(chars[byte]) for byte in range(0xC2, 0xF5)))
        seconds.append("".join(re.escape(chars[byte]) for byte in range(0x80, 0xC0)))
    seconds[0] += "\x80-\x9f"
    pairs = "|".join(f"[{first}][{second}]" for first, second in zip(firsts, seconds, strict=True))
    return re.compile(f"[{''.join(firsts)}][{''.join(seconds)}]"), re.compile(pairs)
