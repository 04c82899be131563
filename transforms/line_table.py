"""Texts as one table of lines: the numbers that the line classifier reads, all texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.columns import buffers, hashed_words

Floats = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
Kinds = npt.NDArray[np.int16]
Numbers = npt.NDArray[np.int64]
Tokens = npt.NDArray[np.uint32]

_FACT_BIT = np.uint32(1)  # tokens.tokenise marks names by it; here a word is a word


@dataclass(frozen=True)
class LineTable:
    """The lines of some texts, without blank ones.

    `lines` gives the index of each among all lines; those of text t are lines[text_ends[t]:text_ends[t + 1]], while
    `ends` bounds the text's lines with the blank ones. `marks` has a row for every line, `places` and
    `is_paragraph` for every line that is not blank; the columns are line_marks.MARKS and line_places.PLACES.
    The words of line i, blank ones counted, are tokens[token_ends[i]:token_ends[i + 1]].
    """

    ends: Numbers
    lines: Numbers
    text_ends: Numbers
    marks: Floats
    places: Floats
    is_paragraph: npt.NDArray[np.uint8]
    kinds: Kinds
    tokens: Tokens
    token_ends: Numbers


def line_table(
    texts: pa.ChunkedArray,
    titles: pa.ChunkedArray,
    kinds: Kinds,
    kind_names: Sequence[str],
    stops: npt.NDArray[np.uint8],
) -> LineTable:
    """Give the table of the lines of `texts`, which end at line feeds.

    `titles` has one string or null per text. `kinds` has, for every line in order, 0 or 1 + the index in
    `kind_names` of the kind of the first rule that would take it. `stops` flags the function words, as
    line_marks.mark reads them.
    """
    from transforms.kernels import line_marks, line_places  # numba takes a second to import
    from transforms.kernels.tokens import characters

    data, offsets = buffers(texts)
    folded, classes = characters()
    ends = np.empty(offsets.size, np.int64)
    count = line_marks.count_lines(data, offsets, ends)
    marks = np.empty((count, len(line_marks.MARKS)), np.float32)
    tokens = np.empty(int(offsets[-1] - offsets[0]) // 2 + count, np.uint32)
    token_ends, starts = np.empty(count + 1, np.int64), np.empty(count, np.int64)
    hashes, shapes = np.empty(count, np.uint64), np.empty(count, np.uint64)
    used = line_marks.mark(
        data, offsets, folded, classes, line_marks.signs(), stops, marks, tokens, token_ends, hashes, shapes, starts
    )
    tokens = tokens[:used].copy()
    lines, text_ends = np.empty(count, np.int64), np.empty(offsets.size, np.int64)
    is_paragraph = np.empty(count, np.uint8)
    shown = line_places.find_lines(ends, marks, kinds, lines, text_ends, is_paragraph)
    lines, is_paragraph = lines[:shown].copy(), is_paragraph[:shown].copy()
    places = np.empty((shown, len(line_places.PLACES)), np.float32)
    title_tokens, title_ends = words(titles)
    line_places.place(
        ends, np.diff(offsets), marks, tokens, token_ends, hashes, shapes, starts, kinds, _openers(kind_names),
        stops, title_tokens, title_ends, lines, text_ends, is_paragraph, places,
    )  # fmt: skip
    return LineTable(ends, lines, text_ends, marks, places, is_paragraph, kinds, tokens, token_ends)


def words(column: pa.ChunkedArray) -> tuple[Tokens, Numbers]:
    """Give the hashed words of all strings, and where each string's words begin (rows + 1); null reads as empty."""
    tokens, ends = hashed_words(column)
    return tokens & ~_FACT_BIT, ends


def _openers(kind_names: Sequence[str]) -> npt.NDArray[np.int8]:
    """Give, per kind, 1 + the place among line_places.OPENERS, or 0."""
    from transforms.kernels.line_places import OPENERS

    return np.array([0, *(OPENERS.index(name) + 1 if name in OPENERS else 0 for name in kind_names)], np.int8)
