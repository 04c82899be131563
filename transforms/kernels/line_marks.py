"""What a line shows by itself: its length, its letters and signs, how it begins and ends, and its words.

Read straight from the UTF-8 bytes of whole texts, one pass over each; a line ends at a line feed. None of the
numbers depends on the language but `stops`, the share of function words.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import (
    BLANK,
    CAPITAL,
    DIGIT,
    IDEOGRAPHS_END,
    IGNORED,
    PAIRED,
    PLANES,
    WORD,
    mix,
    read,
)

Marks = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Tokens = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]

# The columns of `Marks`, in order; a share lies between 0 and 1, a count stops at its limit.
MARKS = (
    "log_chars", "log_words", "word_length", "sentence_end", "colon_end", "ellipsis_end", "bullet", "lower_start",
    "digit_start", "quote_start", "capitals", "capitalised", "digits", "signs", "commas", "sentences", "address",
    "bars", "quotes", "brackets", "stops", "unspaced", "shouted_lead", "exclamations", "numbers", "longest_word",
    "hashes", "all_capitals", "questions",
)  # fmt: skip
(
    LOG_CHARS, LOG_WORDS, WORD_LENGTH, SENTENCE_END, COLON_END, ELLIPSIS_END, BULLET, LOWER_START,
    DIGIT_START, QUOTE_START, CAPITALS, CAPITALISED, DIGITS, SIGNS, COMMAS, SENTENCES, ADDRESS,
    BARS, QUOTES, BRACKETS, STOPS, UNSPACED, SHOUTED_LEAD, EXCLAMATIONS, NUMBERS, LONGEST_WORD,
    HASHES, ALL_CAPITALS, QUESTIONS,
) = range(len(MARKS))  # fmt: skip

# What a sign is, as bits.
_ENDS, _CLOSES, _QUOTES, _BULLETS, _BARS, _COMMA, _COLON, _OPENS = (1 << bit for bit in range(8))
_SIGNS = {
    _ENDS: ".?!。！？…।؟۔",
    _CLOSES: "\"'”’»“)」』）]›",
    _QUOTES: '"“”„«»‘「」『』',
    _BULLETS: "*•-–—·▪●»›>+→►#|■□▶▸◆◇○✓★☆◦‣",
    _BARS: "|/»›>•·→«‹<",
    _COMMA: ",、，،",
    _COLON: ":：",
    _OPENS: "([（【",
}
_PLANE = 0x10000  # all signs above lie in the basic plane

# What is counted while a line is read.
(
    _N_CHARS, _N_SPACES, _N_LETTERS, _N_CAPITALS, _N_DIGITS, _N_SIGNS, _N_COMMAS, _N_SENTENCES, _N_BARS, _N_QUOTES,
    _N_BRACKETS, _N_UNSPACED, _N_WORDS, _N_CAPITALISED, _N_NUMBERS, _N_STOPS, _N_EXCLAMATIONS, _N_QUESTIONS,
    _N_HASHES, _LONGEST, _HAS_ADDRESS, _COLON_AT, _LEAD_IS_SMALL, _FIRST_SIGN, _FIRST_KIND, _LAST_CODE,
    _LAST, _LAST_BUT_ONE, _LAST_BUT_TWO, _IS_OPEN, _HAS_FIRST,
) = range(31)  # fmt: skip
_TALLIES = 31

_FEED, _COLON_CODE, _SLASH, _AT, _HASH_CODE, _DOT, _ELLIPSIS = 0x0A, 0x3A, 0x2F, 0x40, 0x23, 0x2E, 0x2026
_EXCLAMATIONS, _QUESTIONS = (0x21, 0xFF01), (0x3F, 0xFF1F)
_NO_BREAK = 0xA0
_LEAD_CHARS, _LED_CHARS = 40, 15  # "PARIS: the ministers ..." leads with a place or a speaker in capitals

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FNV_START = np.uint64(0xCBF29CE484222325)
_FNV_PRIME = np.uint64(0x100000001B3)
_ODD = np.uint64(31)
_HALF = np.uint64(32)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_EVEN = np.uint32(0xFFFFFFFE)
_STOP_SHIFT = np.uint32(16)
STOP_SLOTS = 1 << 16  # a word is a function word where the upper half of its token is set


@lru_cache(maxsize=1)
def signs() -> Bytes:
    """Give, per code point of the basic plane, what sign it is."""
    table = np.zeros(_PLANE, np.uint8)
    for bit, chars in _SIGNS.items():
        for char in chars:
            table[ord(char)] |= bit
    return table


@compiled
def count_lines(data: Bytes, offsets: Numbers, ends: Numbers) -> int:
    """Fill `ends` (texts + 1): the lines of text t are ends[t] to ends[t + 1]; give how many there are."""
    count = 0
    for text in range(offsets.shape[0] - 1):
        ends[text] = count
        count += 1
        for at in range(offsets[text], offsets[text + 1]):
            count += data[at] == _FEED
    ends[offsets.shape[0] - 1] = count
    return count


@compiled
def mark(  # noqa: C901, PLR0912, PLR0915 - one pass over the bytes, each read once
    data: Bytes,
    offsets: Numbers,
    folded: npt.NDArray[np.uint32],
    kinds: Bytes,
    signs: Bytes,
    stops: Bytes,
    marks: Marks,
    tokens: Tokens,
    ends: Numbers,
    hashes: Hashes,
    shapes: Hashes,
    starts: Numbers,
) -> int:
    """Fill, per line, its marks, tokens, hash, shape and start; give how many tokens there are.

    `data`, `offsets` (texts + 1) are the buffers of a large_string column; `folded`, `kinds` are those of
    tokens.characters(); `stops` has STOP_SLOTS flags. `marks` is lines x MARKS; tokens[ends[i]:ends[i + 1]] are
    the words of line i (room for half the bytes and one more per line); `hashes` is equal for lines of the same
    words, `shapes` for lines of the same runs of capitals, letters, digits and signs; `starts` counts bytes from
    the beginning of the text. A line without words has hash 0.
    """
    count, line = 0, 0
    tally = np.zeros(_TALLIES, np.int64)
    for text in range(offsets.shape[0] - 1):
        at, end = offsets[text], offsets[text + 1]
        is_last = False
        while not is_last:
            starts[line], ends[line] = at - offsets[text], count
            for each in range(_TALLIES):
                tally[each] = 0
            word, before, whole, shape = _ZERO, _ZERO, _ZERO, _ZERO
            length, last_class, is_number, is_capital = 0, -1, True, False
            is_last = True
            while at < end:
                code, width = read(data, at, end)
                at += width
                if code == _FEED:
                    is_last = False
                    break
                if code < PLANES:
                    kind, letter = int(kinds[code]), np.uint64(folded[code])
                else:
                    kind, letter = (WORD | PAIRED) if code <= IDEOGRAPHS_END else 0, np.uint64(code)
                sign = int(signs[code]) if code < _PLANE else 0
                is_space = kind & BLANK != 0 or code == _NO_BREAK
                _see(tally, code, kind, sign, is_space)
                char_class = _class(code, kind, is_space)
                if char_class != last_class:
                    shape, last_class = (shape ^ np.uint64(char_class + 1)) * _FNV_PRIME, char_class
                if kind & IGNORED:
                    continue
                _count(tally, code, kind, sign, is_space)
                if code == _COLON_CODE and at + 1 < end and data[at] == _SLASH and data[at + 1] == _SLASH:
                    tally[_HAS_ADDRESS] = 1
                if word != _ZERO and (kind & PAIRED or not kind & WORD):
                    tokens[count] = _token(word)
                    whole = mix(whole * _GOLDEN + np.uint64(tokens[count]))
                    _count_word(tally, length, is_number, is_capital, stops[tokens[count] >> _STOP_SHIFT])
                    count += 1
                    word = _ZERO
                if kind & PAIRED:
                    letter = (letter + _ONE) * _GOLDEN
                    tokens[count] = _token(before * _ODD + letter)
                    whole = mix(whole * _GOLDEN + np.uint64(tokens[count]))
                    tally[_N_UNSPACED] += 1
                    count += 1
                    before = letter
                elif kind & WORD:
                    if word == _ZERO:
                        word, before, length = _FNV_START, _ZERO, 0
                        is_number, is_capital = True, kind & CAPITAL != 0
                    is_number = is_number and kind & DIGIT != 0
                    word = (word ^ letter) * _FNV_PRIME
                    length += 1
                elif not is_space:
                    before = _ZERO
            if word != _ZERO:
                tokens[count] = _token(word)
                whole = mix(whole * _GOLDEN + np.uint64(tokens[count]))
                _count_word(tally, length, is_number, is_capital, stops[tokens[count] >> _STOP_SHIFT])
                count += 1
            tally[_N_SENTENCES] += tally[_IS_OPEN]
            _describe(tally, signs, marks[line])
            hashes[line], shapes[line] = whole, shape
            line += 1
    ends[line] = count
    return count


@compiled
def _token(value: np.uint64) -> np.uint32:
    return np.uint32(mix(value) >> _HALF) & _EVEN


@compiled
def _class(code: int, kind: int, is_space: bool) -> int:  # noqa: FBT001 - kernels take no keywords
    """Give what the shape of a line tells apart: digits, capitals, letters, spaces, and each sign."""
    if kind & DIGIT:
        return 1
    if kind & CAPITAL:
        return 2
    if kind & (WORD | IGNORED):
        return 3
    return 4 if is_space else 5 + (code & 0xFF)


@compiled
def _see(tally: Numbers, code: int, kind: int, sign: int, is_space: bool) -> None:  # noqa: FBT001
    """Note where sentences end, how the line begins, and its last characters."""
    if tally[_IS_OPEN]:  # after a full stop; closing quotes may follow, then a space or the end
        if is_space:
            tally[_N_SENTENCES] += 1
        if is_space or not sign & _CLOSES:
            tally[_IS_OPEN] = 0
    if sign & _ENDS and tally[_N_CHARS] > 0:
        tally[_IS_OPEN] = 1
    if is_space:
        tally[_N_SPACES] += 1
        return
    tally[_N_CHARS] += 1
    tally[_LAST_BUT_TWO], tally[_LAST_BUT_ONE], tally[_LAST] = tally[_LAST_BUT_ONE], tally[_LAST], code
    if not tally[_HAS_FIRST] and not kind & IGNORED:
        tally[_HAS_FIRST], tally[_FIRST_SIGN], tally[_FIRST_KIND] = 1, sign, kind
    if not sign & _CLOSES:
        tally[_LAST_CODE] = code


@compiled
def _count(tally: Numbers, code: int, kind: int, sign: int, is_space: bool) -> None:  # noqa: FBT001
    """Count one character that is not ignored."""
    if kind & DIGIT:
        tally[_N_DIGITS] += 1
    elif kind & WORD:
        tally[_N_LETTERS] += 1
        if kind & CAPITAL:
            tally[_N_CAPITALS] += 1
        elif tally[_COLON_AT] == 0:
            tally[_LEAD_IS_SMALL] = 1
    elif not is_space:
        tally[_N_SIGNS] += 1
        tally[_N_COMMAS] += sign & _COMMA != 0
        tally[_N_BARS] += sign & _BARS != 0
        tally[_N_QUOTES] += sign & _QUOTES != 0
        tally[_N_BRACKETS] += sign & _OPENS != 0
        if sign & _COLON and tally[_COLON_AT] == 0:
            tally[_COLON_AT] = tally[_N_CHARS]
        tally[_N_EXCLAMATIONS] += code in _EXCLAMATIONS
        tally[_N_QUESTIONS] += code in _QUESTIONS
        tally[_N_HASHES] += code == _HASH_CODE
        if code == _AT:
            tally[_HAS_ADDRESS] = 1


@compiled
def _count_word(
    tally: Numbers,
    length: int,
    is_number: bool,  # noqa: FBT001
    is_capital: bool,  # noqa: FBT001
    is_stop: int,
) -> None:
    tally[_N_WORDS] += 1
    tally[_N_NUMBERS] += is_number
    tally[_N_CAPITALISED] += is_capital
    tally[_N_STOPS] += is_stop
    tally[_LONGEST] = max(tally[_LONGEST], length)


@compiled
def _describe(tally: Numbers, signs: Bytes, marks: Marks) -> None:
    """Fill one row of marks from what was counted."""
    chars, letters, words = max(1, tally[_N_CHARS]), max(1, tally[_N_LETTERS]), max(1, tally[_N_WORDS])
    spoken = tally[_N_WORDS] + tally[_N_UNSPACED] / 2  # two characters of a script without spaces are a word
    last = int(signs[tally[_LAST_CODE]]) if tally[_LAST_CODE] < _PLANE else 0
    is_cut_short = tally[_LAST] == _ELLIPSIS or (
        tally[_LAST] == _DOT and tally[_LAST_BUT_ONE] == _DOT and tally[_LAST_BUT_TWO] == _DOT
    )
    first, kind = tally[_FIRST_SIGN], tally[_FIRST_KIND]
    marks[LOG_CHARS] = np.log1p(tally[_N_CHARS] + tally[_N_SPACES]) if tally[_N_CHARS] else 0
    marks[LOG_WORDS] = np.log1p(spoken)
    marks[WORD_LENGTH] = min(tally[_N_CHARS] / (spoken + 1), 60)
    marks[SENTENCE_END] = last & _ENDS != 0 and not is_cut_short
    marks[COLON_END] = last & _COLON != 0
    marks[ELLIPSIS_END] = is_cut_short
    marks[BULLET] = first & _BULLETS != 0
    marks[LOWER_START] = kind & WORD != 0 and not kind & (CAPITAL | DIGIT | PAIRED)
    marks[DIGIT_START] = kind & DIGIT != 0
    marks[QUOTE_START] = first & _QUOTES != 0
    marks[CAPITALS] = tally[_N_CAPITALS] / letters
    marks[CAPITALISED] = tally[_N_CAPITALISED] / words
    marks[DIGITS] = tally[_N_DIGITS] / chars
    marks[SIGNS] = tally[_N_SIGNS] / chars
    marks[COMMAS] = min(tally[_N_COMMAS], 12)
    marks[SENTENCES] = min(tally[_N_SENTENCES], 10)
    marks[ADDRESS] = tally[_HAS_ADDRESS]
    marks[BARS] = min(tally[_N_BARS], 12)
    marks[QUOTES] = min(tally[_N_QUOTES], 6)
    marks[BRACKETS] = min(tally[_N_BRACKETS], 4)
    marks[STOPS] = tally[_N_STOPS] / words
    marks[UNSPACED] = tally[_N_UNSPACED] / chars
    marks[SHOUTED_LEAD] = (
        0 < tally[_COLON_AT] < _LEAD_CHARS
        and not tally[_LEAD_IS_SMALL]
        and tally[_N_CAPITALS] > 1
        and tally[_N_CHARS] - tally[_COLON_AT] > _LED_CHARS
    )
    marks[EXCLAMATIONS] = min(tally[_N_EXCLAMATIONS], 4)
    marks[NUMBERS] = tally[_N_NUMBERS] / words
    marks[LONGEST_WORD] = min(tally[_LONGEST], 40)
    marks[HASHES] = min(tally[_N_HASHES], 6)
    marks[ALL_CAPITALS] = letters > 1 and tally[_N_CAPITALS] == tally[_N_LETTERS]
    marks[QUESTIONS] = min(tally[_N_QUESTIONS], 3)
