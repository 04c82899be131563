"""Text columns: a function lifted to all of a column, each distinct value computed once; Arrow's own buffers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_LEADS, _FOLLOWS = 0xC0, 0x80  # the upper bits of a byte, and what they are inside a UTF-8 character


def map_distinct(
    column: pa.Array | pa.ChunkedArray, function: Callable[[str], object], kind: pa.DataType | None = None
) -> pa.Array:
    """Give `function` of every value, in the column's order; null stays null.

    >>> map_distinct(pa.array(["a", None, "a"]), str.upper).to_pylist()
    ['A', None, 'A']
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = pc.dictionary_encode(whole)
    values = [function(value) for value in coded.dictionary.to_pylist()]
    return pa.array(values, kind or whole.type).take(coded.indices)


def buffers(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Give a text column's bytes and its offsets (rows + 1) into them, without a copy where Arrow allows."""
    whole = pc.fill_null(column.cast(pa.large_string()), "").combine_chunks()
    _, offsets, data = whole.buffers()
    if len(whole) == 0:
        return np.zeros(1, np.uint8), np.zeros(1, np.int64)
    numbers = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
    characters = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    for array in (numbers, characters):
        array.setflags(write=False)  # else Arrow decides, and each kernel would be compiled for both
    return characters, numbers


def hashed_words(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give the token hashes of all texts, and where each text's tokens begin (rows + 1); null reads as empty."""
    from transforms.kernels.tokens import characters, tokenise

    data, offsets = buffers(column)
    tokens, ends = _room(offsets)
    count = tokenise(data, offsets, *characters(), tokens, ends, None)
    return tokens[:count].copy(), ends


def placed_words(text: str) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give the token hashes of one text, and from which of its characters to which each was made of (tokens x 2).

    >>> ["The ferry’s 一二"[begin:end] for begin, end in placed_words("The ferry’s 一二")[1].tolist()]
    ['The', 'ferry’s', '一', '一二']
    """
    from transforms.kernels.tokens import characters, tokenise

    data, offsets = buffers(pa.chunked_array([pa.array([text], pa.large_string())]))
    tokens, ends = _room(offsets)
    spans = np.empty((tokens.size, 2), np.int64)
    count = tokenise(data, offsets, *characters(), tokens, ends, spans)
    is_begun = (data[: offsets[-1]] & _LEADS) != _FOLLOWS
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_begun)))  # characters before each byte
    return tokens[:count].copy(), before[spans[:count]]


def _room(offsets: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """Give arrays with room for the tokens of the texts, and for where those of each begin."""
    rows = offsets.size - 1
    return np.empty(int(offsets[-1] - offsets[0]) // 2 + rows, np.uint32), np.empty(rows + 1, np.int64)
