"""UTF-8 bytes to token hashes, straight from Arrow's buffers.

A token is a word, or, in scripts that do not separate words (Chinese, Japanese, Thai, Khmer, ...), a
character with the one before it. Case, accents and vowel points are folded away; apostrophes, soft
hyphens and zero-width characters are ignored. The lowest bit of a token says "fact": a word with a digit,
or one that begins with a capital although it does not open a sentence. Two hashes that differ only in
that bit are the same word.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.uint32]
Hashes = npt.NDArray[np.uint64]

# What a character is, as bits.
WORD = 1  # letter, digit or vowel sign
CAPITAL = 2
DIGIT = 4
PAIRED = 8  # of a script without spaces: its token is a pair of characters
IGNORED = 16
STOP = 32  # the next word opens a sentence
BLANK = 64  # does not part a pair of characters

PLANES = 0x20000  # the basic and the supplementary plane have tables; above are ideographs, tags and private use
IDEOGRAPHS_END = 0x3FFFF
SPACE = 0x20

_APOSTROPHES = "'’‘ʼʻ＇`´ـ"  # and the Arabic tatweel, which only stretches a word
_STOPS = '.!?:\n\r"“”„«»•…。！？：।؟۔'
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # ideographs
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # halfwidth kana
    (0x1B000, 0x1B16F),  # historic kana
)
_HANGUL = (0xAC00, 0xD7A3)
_VARIATION = (0xFE00, 0xFE0F)
_VIRAMA = 9  # combining class of the sign that joins Indic consonants; it carries meaning

_MIXER = np.uint64(0xD6E8FEB86659FD93)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
# Lead bytes of UTF-8 sequences, and what a byte after them carries.
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0x80, 0xE0, 0xF0
_PAYLOAD, _PAYLOAD_BITS = 0x3F, 6

_ODD = np.uint64(31)
_HALF = np.uint64(32)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_NO_FACT = np.uint32(0xFFFFFFFE)


@lru_cache(maxsize=1)
def characters() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Give, per code point below `PLANES`, the folded code point and what the character is."""
    folded = np.arange(PLANES, dtype=np.uint32)
    kinds = np.zeros(PLANES, np.uint8)
    for code in range(PLANES):
        kinds[code] = _kind(chr(code))
        if kinds[code] & WORD:
            folded[code] = _folded(chr(code))
    return folded, kinds


def _kind(char: str) -> int:
    category = unicodedata.category(char)
    code = ord(char)
    if _is_ignored(char, category):
        return IGNORED
    if category[0] not in "LNM":
        return STOP * (char in _STOPS) | BLANK * char.isspace()
    kind = WORD | CAPITAL * (category in ("Lu", "Lt")) | DIGIT * (category[0] == "N")
    return kind | PAIRED * any(low <= code <= high for low, high in _UNSPACED)


def _is_ignored(char: str, category: str) -> bool:
    """Say whether a character may come and go without changing the word."""
    if category == "Cf" or char in _APOSTROPHES or _VARIATION[0] <= ord(char) <= _VARIATION[1]:
        return True
    if category[0] != "M" or unicodedata.combining(char) == _VIRAMA:
        return False
    return category == "Me" or unicodedata.combining(char) > 0


def _folded(char: str) -> int:
    """Give the code point of the letter without case, accent or width.

    >>> chr(_folded("É")), chr(_folded("ẞ")), chr(_folded("한"))
    ('e', 's', '한')
    """
    if _HANGUL[0] <= ord(char) <= _HANGUL[1]:
        return ord(char)  # decomposes into its sounds, of which the first is not the syllable
    return ord(unicodedata.normalize("NFKD", char)[0].casefold()[0])


@compiled
def mix(value: np.uint64) -> np.uint64:
    """Give a hash whose every bit depends on every bit of `value`."""
    value ^= value >> _HALF
    value *= _MIXER
    value ^= value >> _HALF
    return value


@compiled
def _token(value: np.uint64, is_fact: bool) -> np.uint32:  # noqa: FBT001 - kernels take no keywords
    return (np.uint32(mix(value) >> _HALF) & _NO_FACT) | np.uint32(is_fact)


@compiled
def _put(token: np.uint32, begin: int, end: int, tokens: Tokens, spans: Offsets | None, count: int) -> int:
    """Fill the next place of `tokens`, and of `spans` if there are any; give how many are filled."""
    tokens[count] = token
    if spans is not None:
        spans[count, 0], spans[count, 1] = begin, end
    return count + 1


@compiled
def read(data: Bytes, at: int, end: int) -> tuple[int, int]:
    """Give the code point at `at` and its bytes; one that is cut off by `end` reads as a space."""
    first = int(data[at])
    if first < _TWO_BYTES:
        return first, 1
    width = 2 if first < _THREE_BYTES else (3 if first < _FOUR_BYTES else 4)
    if at + width > end:
        return SPACE, end - at
    code = first & (0x7F >> width)
    for step in range(1, width):
        code = (code << _PAYLOAD_BITS) | int(data[at + step] & _PAYLOAD)
    return code, width


@compiled
def tokenise(
    data: Bytes,
    offsets: Offsets,
    folded: npt.NDArray[np.uint32],
    kinds: Bytes,
    tokens: Tokens,
    ends: Offsets,
    spans: Offsets | None,
) -> int:
    """Fill `tokens` and `ends`, and `spans` (tokens x 2) if there are any; give how many tokens there are.

    `data`, `offsets` (rows + 1) are the buffers of an Arrow large_string column; `tokens` has room for half the
    bytes and one more per row; the tokens of row r are tokens[ends[r]:ends[r + 1]]. A span says from which byte of
    `data` to which a token was made of: a word, or a character with the one before it, so that spans overlap there.
    Without spans the machine code does not know of them, and is as fast as if they were not in the source.
    """
    count = 0
    for row in range(offsets.shape[0] - 1):
        at, end = offsets[row], offsets[row + 1]
        ends[row] = count
        word, before = _ZERO, _ZERO  # hash of the word being read; the character of the pair being read
        is_fact, is_opening = False, True
        begin, stop = at, at  # of that word or pair, without ignored characters around it
        while at < end:
            code, width = read(data, at, end)
            at += width
            if code < PLANES:
                kind, letter = int(kinds[code]), np.uint64(folded[code])
            else:
                kind, letter = (WORD | PAIRED) if code <= IDEOGRAPHS_END else 0, np.uint64(code)
            if kind & IGNORED:
                continue
            if word != _ZERO and (kind & PAIRED or not kind & WORD):
                count = _put(_token(word, is_fact), begin, stop, tokens, spans, count)
                word = _ZERO
            if kind & PAIRED:
                letter = (letter + _ONE) * _GOLDEN
                begin = begin if before != _ZERO else at - width
                count = _put(_token(before * _ODD + letter, False), begin, at, tokens, spans, count)
                before, is_opening, begin = letter, False, at - width
            elif kind & WORD:
                if word == _ZERO:
                    word, before, begin = _FNV_START, _ZERO, at - width
                    is_fact = kind & CAPITAL != 0 and not is_opening
                    is_opening = False
                is_fact = is_fact or kind & DIGIT != 0
                word, stop = (word ^ letter) * _FNV_PRIME, at
            else:
                is_opening = is_opening or kind & STOP != 0
                before = before if kind & BLANK else _ZERO
        if word != _ZERO:
            count = _put(_token(word, is_fact), begin, stop, tokens, spans, count)
    ends[offsets.shape[0] - 1] = count
    return count


@compiled
def whole_hashes(tokens: Tokens, ends: Offsets, hashes: Hashes) -> None:
    """Fill, per row, the hash of all its tokens."""
    for row in range(ends.shape[0] - 1):
        value = np.uint64(ends[row + 1] - ends[row])
        for at in range(ends[row], ends[row + 1]):
            value = mix(value * _GOLDEN + np.uint64(tokens[at]))
        hashes[row] = value


@compiled
def gather(tokens: Tokens, starts: Offsets, ends: Offsets, gathered: Tokens) -> None:
    """Fill `gathered` with the tokens of all rows, one row after the other."""
    count = 0
    for row in range(starts.shape[0]):
        for at in range(starts[row], ends[row]):
            gathered[count] = tokens[at]
            count += 1
