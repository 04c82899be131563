"""What can be said of many lines at once, straight from their UTF-8 bytes.

What a character is comes as a table, so that the kernels know no alphabet. Each line is read up to three times:
for where its ornaments end, for its words, and, where a rule may match it, for the forms that rules compare.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import Bytes, read

Kinds = npt.NDArray[np.uint16]
Codes = npt.NDArray[np.int32]
Pair = tuple[int, int]
Folding = tuple[Codes, Codes, Codes]
Forms = tuple[Bytes, Bytes]
Sizes = npt.NDArray[np.int64]
Table = npt.NDArray[np.int64]

# What a character is, as bits.
WORD = 1  # letter or digit of a script that parts its words
EACH = 2  # of a script that does not: counts as a word
SPACE = 4
INVISIBLE = 8
LEADING = 16  # ornament before a line
TRAILING = 32  # ornament behind a line
GUILLEMET = 64  # an ornament that may quote
STOP = 128  # ends a sentence
CLOSER = 256  # may follow what ends a sentence
PLAIN_WORD = 512  # the same of the character in its plain form
PLAIN_CLOSER = 1024
PRINTED = 2048  # visible ASCII

# What a line is, as bits.
IS_PRINTED = 1  # has visible ASCII
IS_SLICE = 2  # its shown form is a part of it
IS_HARD = 4  # what its ornaments are takes a second look: guillemets that may quote, three full stops
ENDS_SENTENCE = 8
PLAIN_ENDS_SENTENCE = 16
IS_ASCII = 32  # the shown form is

# Columns of the table that `measure` fills, one row per line.
START, END, CHARS, WORDS, PLAIN_WORDS, FLAGS, FOLDED_END, PLAIN_END = range(8)
COLUMNS = 8

PLANES = 0x40000  # above are tags and private use: no letter, no space, no case
MAX_FOLD = 3  # characters, of ΐ and its like; also the most that a character's bytes grow by
_BLANK, _DOT = ord(" "), ord(".")
_ELLIPSIS = 3  # full stops
_ASCII, _TWO_BYTES, _THREE_BYTES = 1 << 7, 1 << 11, 1 << 16  # the first code points that take a byte more
_PAYLOAD, _BITS, _FOLLOWS = 0x3F, 6, 0x80
_LEADS, _BYTE = 0x7F80, 0xFF  # the first byte has as many ones as the character has bytes


@compiled
def _kind(code: int, kinds: Kinds) -> int:
    return int(kinds[code]) if code < PLANES else 0


@compiled
def _bounds(data: Bytes, at: int, size: int, kinds: Kinds) -> tuple[int, int, int, int, int, int, int]:
    """Give where the shown form begins and ends, in characters and in bytes, its length, flags, the line's end."""
    start, end, first, last = 0, 0, at, at
    length, chars, dots = 0, 0, 0  # of the spaced form; up to the last character that is no ornament
    printed, flags = 0, 0
    is_open, is_spaced, is_odd, is_hard, has_mark, is_wide = False, False, False, False, False, False
    for char in range(size):
        code, width = read(data, at, data.shape[0])
        kind = _kind(code, kinds)
        at += width
        printed |= kind & PRINTED
        if kind & INVISIBLE:
            is_odd = True
            continue
        has_mark = has_mark or kind & GUILLEMET != 0
        if not is_open:
            if kind & (LEADING | SPACE):
                continue
            is_open, is_spaced, is_odd, is_hard = True, False, False, has_mark
            start, first = char, at - width
        if kind & SPACE:
            is_odd = is_odd or is_spaced or code != _BLANK
            is_spaced = True
            dots = 0
            continue
        length += 1 + is_spaced
        is_spaced = False
        is_wide = is_wide or width > 1
        dots = dots + 1 if code == _DOT else 0
        if not kind & TRAILING:
            end, last, chars = char + 1, at, length
            has_mark = False
            flags = IS_SLICE * (not is_odd) | IS_ASCII * (not is_wide)
            flags |= IS_HARD * (is_hard or dots >= _ELLIPSIS)
    flags |= IS_HARD * (is_open and has_mark) | IS_PRINTED * (printed != 0)
    return start, end, first, last, chars, flags, at


@compiled
def _count(data: Bytes, at: int, stop: int, kinds: Kinds) -> tuple[int, int, int]:
    """Give the words of a shown form, those of its plain form, and flags that say what their ends are."""
    words, plain_words = 0, 0
    in_word, in_plain, has_ended, has_plain_ended = False, False, False, False
    while at < stop:
        code, width = read(data, at, stop)
        kind = _kind(code, kinds)
        at += width
        if kind & INVISIBLE:
            continue
        each = kind & EACH != 0
        words += each or (kind & WORD != 0 and not in_word)
        plain_words += each or (kind & PLAIN_WORD != 0 and not in_plain)
        in_word, in_plain = kind & WORD != 0, kind & PLAIN_WORD != 0
        is_stop = kind & STOP != 0
        has_ended = is_stop or (has_ended and kind & CLOSER != 0)
        has_plain_ended = is_stop or (has_plain_ended and kind & PLAIN_CLOSER != 0)
    return words, plain_words, ENDS_SENTENCE * has_ended | PLAIN_ENDS_SENTENCE * has_plain_ended


@compiled
def _write(code: int, out: Bytes, at: int) -> int:
    """Write a code point as UTF-8, give where the next one goes."""
    if code < _ASCII:
        out[at] = code
        return at + 1
    if code < _TWO_BYTES:
        out[at], out[at + 1] = 0xC0 | code >> _BITS, _FOLLOWS | code & _PAYLOAD
        return at + 2
    follows = 2 if code < _THREE_BYTES else 3
    out[at] = (_LEADS >> follows) & _BYTE | code >> follows * _BITS
    for n in range(1, follows + 1):
        out[at + n] = _FOLLOWS | (code >> (follows - n) * _BITS) & _PAYLOAD
    return at + follows + 1


@compiled
def _fold(code: int, folds: Codes, longer: Codes, out: Bytes, at: int) -> int:
    """Write the case-folded form of a character, give where the next one goes."""
    fold = int(folds[code]) if code < PLANES else code
    if fold >= 0:
        return _write(fold, out, at)
    for n in range(MAX_FOLD):
        if longer[-fold - 1, n] >= 0:
            at = _write(int(longer[-fold - 1, n]), out, at)
    return at


@compiled
def _forms(
    data: Bytes, span: tuple[int, int, int], kinds: Kinds, folding: Folding, forms: tuple[Bytes, Bytes], ends: Pair
) -> Pair:
    """Write the folded and the plain form of a shown form, give where they end.

    `span` is where it begins and ends, and the lowest code point that has a plain form of its own.
    """
    at, stop, lowest = span
    plains, folds, longer = folding
    folded, plain = forms
    folded_at, plain_at = ends
    is_spaced = False
    while at < stop:
        code, width = read(data, at, stop)
        kind = _kind(code, kinds)
        at += width
        if kind & INVISIBLE:
            continue
        if kind & SPACE:
            is_spaced = True
            continue
        if is_spaced:
            folded[folded_at], plain[plain_at] = _BLANK, _BLANK
            folded_at, plain_at, is_spaced = folded_at + 1, plain_at + 1, False
        clear = int(plains[code]) if lowest <= code < PLANES else code
        plain_at = _write(clear, plain, plain_at)
        folded_at = _fold(clear, folds, longer, folded, folded_at)
    return folded_at, plain_at


@compiled
def _ascii_forms(data: Bytes, at: int, stop: int, folds: Codes, forms: tuple[Bytes, Bytes], ends: Pair) -> Pair:
    """Write the forms of a shown form that is ASCII and a part of its line."""
    folded, plain = forms
    folded_at, plain_at = ends
    for n in range(stop - at):
        folded[folded_at + n] = folds[data[at + n]]
        plain[plain_at + n] = data[at + n]
    return folded_at + stop - at, plain_at + stop - at


@compiled
def measure(
    data: Bytes, sizes: Sizes, kinds: Kinds, folding: Folding, longest: int, table: Table, forms: Forms
) -> None:
    """Fill `table` (lines x COLUMNS), and `forms` (folded, plain) for lines of up to `longest` characters.

    `sizes` are the characters of each line in `data`. START and END are characters of the raw line; FOLDED_END
    and PLAIN_END say where its forms end, which is where those of the next line begin. `folding` has the plain
    form of each code point, the folded one of each plain one, and what is longer than one character there.
    """
    at, ends = 0, (0, 0)
    for row in range(sizes.shape[0]):
        start, end, first, last, chars, flags, at = _bounds(data, at, sizes[row], kinds)
        words, plain_words, said = _count(data, first, last, kinds)
        if flags & IS_ASCII:  # is its own plain form, back-ticks and all
            plain_words = words
            said = said & ENDS_SENTENCE | PLAIN_ENDS_SENTENCE * (said & ENDS_SENTENCE != 0)
        if chars <= longest:
            if flags & IS_ASCII and flags & IS_SLICE:
                ends = _ascii_forms(data, first, last, folding[1], forms, ends)
            else:
                lowest = _ASCII if flags & IS_ASCII else 0
                ends = _forms(data, (first, last, lowest), kinds, folding, forms, ends)
        table[row, START], table[row, END], table[row, CHARS] = start, end, chars
        table[row, WORDS], table[row, PLAIN_WORDS], table[row, FLAGS] = words, plain_words, flags | said
        table[row, FOLDED_END], table[row, PLAIN_END] = ends
