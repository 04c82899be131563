"""One row of numbers per line, from the line itself, its text and its neighbours; the score that trees give it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels import trees
from transforms.kernels.compiled import compiled
from transforms.kernels.line_marks import (
    BULLET,
    CAPITALISED,
    DIGITS,
    LOG_CHARS,
    LOG_WORDS,
    MARKS,
    SENTENCE_END,
    SENTENCES,
    STOPS,
    Bytes,
    Marks,
    Numbers,
    Tokens,
)
from transforms.kernels.line_places import PLACES, SAME_SHAPE, STORY_WORDS
from transforms.kernels.tokens import mix

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]
Kinds = npt.NDArray[np.int16]

NEAR_MARKS = ("log_chars", "log_words", "sentence_end", "sentences", "stops", "bullet", "capitalised", "digits")
NEAR_PLACES = ("story_words", "same_shape")
NEAR = (*NEAR_MARKS, *NEAR_PLACES, "ruled", "paragraph", "wording")
AWAY = (-3, -2, -1, 1, 2, 3)
SPANS = (5, 15)  # lines before and lines behind over which is averaged
SPANNED = ("paragraph", "ruled", "wording")

_N_MARKS, _N_PLACES, _N_NEAR = len(MARKS), len(PLACES), len(NEAR)
_LONG_LINE, _EDGE = 24, 12  # tokens: of a longer line the wording of both ends is read
_SHORT_LINE = 4  # tokens: such a line is also read as a whole
_FIRST, _LAST, _FIRST_TWO, _WHOLE, _ONE_WORD, _TWO_WORDS = (np.uint64(salt) for salt in (3, 5, 7, 11, 13, 17))
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def columns(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names of the numbers of a row for the kinds that a classifier tells apart."""
    near = tuple(f"{name}[{away:+d}]" for away in AWAY for name in NEAR)
    spans = tuple(f"{name}[{side}{span}]" for name in SPANNED for span in SPANS for side in ("-", "+"))
    return (*MARKS, *PLACES, *(f"is_{kind}" for kind in kinds), "ruled", "wording", *near, *spans)


@compiled
def _salted(value: np.uint64, salt: np.uint64) -> np.uint64:
    return mix(value * _GOLDEN + salt)


@compiled
def _pair(left: np.uint32, right: np.uint32) -> np.uint64:
    return np.uint64(left) * _GOLDEN + np.uint64(right)


@compiled
def grams(tokens: Tokens, ends: Numbers, lines: Numbers, slots: int, found: Tokens, found_ends: Numbers) -> int:
    """Fill, per line of `lines`, the slots of its words and pairs of words; give how many there are.

    The hashing trick (Weinberger and others, 2009): a slot is a hash modulo `slots`, a power of two. First and
    last word, the first two, and short lines as a whole have slots of their own. `found` has room for two per
    token and four more per line.
    """
    mask = np.uint64(slots - 1)
    count = 0
    for n in range(lines.shape[0]):
        found_ends[n] = count
        start, end = ends[lines[n]], ends[lines[n] + 1]
        length = end - start
        if length == 0:
            continue
        found[count] = _salted(np.uint64(tokens[start]), _FIRST) & mask
        found[count + 1] = _salted(np.uint64(tokens[end - 1]), _LAST) & mask
        count += 2
        if length > 1:
            found[count] = _salted(_pair(tokens[start], tokens[start + 1]), _FIRST_TWO) & mask
            count += 1
        if length <= _SHORT_LINE:
            whole = _WHOLE
            for at in range(start, end):
                whole = _salted(whole, np.uint64(tokens[at]))
            found[count] = whole & mask
            count += 1
        for at in range(start, end):
            from_start, from_end = at - start, end - at
            if length > _LONG_LINE and from_start >= _EDGE and from_end > _EDGE:
                continue
            found[count] = _salted(np.uint64(tokens[at]), _ONE_WORD) & mask
            count += 1
            if at + 1 < end and not (length > _LONG_LINE and from_start == _EDGE - 1):
                found[count] = _salted(_pair(tokens[at], tokens[at + 1]), _TWO_WORDS) & mask
                count += 1
    found_ends[lines.shape[0]] = count
    return count


@compiled
def wording(found: Tokens, found_ends: Numbers, weights: Floats, bias: float, result: Floats) -> None:
    """Fill what the words of each line weigh: their mean weight times the root of their number, and the bias."""
    for n in range(found_ends.shape[0] - 1):
        total = 0.0
        for at in range(found_ends[n], found_ends[n + 1]):
            total += weights[found[at]]
        result[n] = bias + total / np.sqrt(max(1, found_ends[n + 1] - found_ends[n]))


@compiled
def _fill(
    n: int,
    low: int,
    high: int,
    marks: Marks,
    places: Marks,
    lines: Numbers,
    is_paragraph: Bytes,
    kinds: Kinds,
    kind_columns: Kinds,
    n_kinds: int,
    words: Floats,
    sums: npt.NDArray[np.float64],
    row: Floats,
) -> None:
    """Fill the numbers of line n of a text that has the lines low to high."""
    for column in range(_N_MARKS):
        row[column] = marks[lines[n], column]
    for column in range(_N_PLACES):
        row[_N_MARKS + column] = places[n, column]
    at = _N_MARKS + _N_PLACES
    for column in range(n_kinds):
        row[at + column] = 0
    kind = kinds[lines[n]]
    if kind_columns[kind] >= 0:
        row[at + kind_columns[kind]] = 1
    at += n_kinds
    row[at], row[at + 1] = kind > 0, words[n]
    at += 2
    for away in AWAY:
        other = n + away
        if low <= other < high:
            seen = marks[lines[other]]
            row[at], row[at + 1] = seen[LOG_CHARS], seen[LOG_WORDS]
            row[at + 2], row[at + 3] = seen[SENTENCE_END], seen[SENTENCES]
            row[at + 4], row[at + 5] = seen[STOPS], seen[BULLET]
            row[at + 6], row[at + 7] = seen[CAPITALISED], seen[DIGITS]
            row[at + 8], row[at + 9] = places[other, STORY_WORDS], places[other, SAME_SHAPE]
            row[at + 10], row[at + 11], row[at + 12] = kinds[lines[other]] > 0, is_paragraph[other], words[other]
        else:
            for column in range(_N_NEAR):
                row[at + column] = 0
        at += _N_NEAR
    for which in range(3):
        for span in SPANS:
            row[at] = (sums[n, which] - sums[max(low, n - span), which]) / span
            row[at + 1] = (sums[min(high, n + 1 + span), which] - sums[min(high, n + 1), which]) / span
            at += 2


@compiled
def _sums(is_paragraph: Bytes, kinds: Kinds, lines: Numbers, words: Floats) -> npt.NDArray[np.float64]:
    """Give running sums (lines + 1) of what is averaged over spans."""
    count = lines.shape[0]
    sums = np.zeros((count + 1, 3), np.float64)
    for n in range(count):
        sums[n + 1, 0] = sums[n, 0] + is_paragraph[n]
        sums[n + 1, 1] = sums[n, 1] + (kinds[lines[n]] > 0)
        sums[n + 1, 2] = sums[n, 2] + words[n]
    return sums


@compiled
def rows(
    marks: Marks,
    places: Marks,
    lines: Numbers,
    text_ends: Numbers,
    is_paragraph: Bytes,
    kinds: Kinds,
    kind_columns: Kinds,
    n_kinds: int,
    words: Floats,
    result: Marks,
) -> None:
    """Fill the numbers of every non-blank line, in the order of columns(); for training.

    `kind_columns` gives, per kind, the column among `n_kinds`, or -1. The rest is as line_places fills it.
    """
    sums = _sums(is_paragraph, kinds, lines, words)
    for text in range(text_ends.shape[0] - 1):
        low, high = text_ends[text], text_ends[text + 1]
        for n in range(low, high):
            _fill(
                n,
                low,
                high,
                marks,
                places,
                lines,
                is_paragraph,
                kinds,
                kind_columns,
                n_kinds,
                words,
                sums,
                result[n],
            )


@compiled
def score(
    marks: Marks,
    places: Marks,
    lines: Numbers,
    text_ends: Numbers,
    is_paragraph: Bytes,
    kinds: Kinds,
    kind_columns: Kinds,
    n_kinds: int,
    words: Floats,
    width: int,
    ends: Indices,
    columns: Kinds,
    thresholds: Floats,
    masks: Tokens,
    leaves: Marks,
    result: Floats,
) -> None:
    """Fill the score of every non-blank line: the probability that it is boilerplate.

    The trees are those of a trees.Forest; `width` is the length of a row.
    """
    sums = _sums(is_paragraph, kinds, lines, words)
    row = np.empty(width, np.float32)
    some = np.zeros((width, trees.LANES), np.float32)
    totals = np.empty(trees.LANES, np.float64)
    done = 0
    for text in range(text_ends.shape[0] - 1):
        low, high = text_ends[text], text_ends[text + 1]
        for n in range(low, high):
            _fill(n, low, high, marks, places, lines, is_paragraph, kinds, kind_columns, n_kinds, words, sums, row)
            for column in range(width):
                some[column, n - done] = row[column]
            if n - done + 1 == trees.LANES or n + 1 == lines.shape[0]:
                trees.add(some, ends, columns, thresholds, masks, leaves, totals)
                for lane in range(n - done + 1):
                    result[done + lane] = 1 / (1 + np.exp(-totals[lane]))
                done = n + 1
