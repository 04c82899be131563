"""Text columns: a function lifted to all of a column, each distinct value computed once; Arrow's own buffers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc


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
    folded, kinds = characters()
    rows = offsets.size - 1
    tokens = np.empty(int(offsets[-1] - offsets[0]) // 2 + rows, np.uint32)
    ends = np.empty(rows + 1, np.int64)
    count = tokenise(data, offsets, folded, kinds, tokens, ends)
    return tokens[:count].copy(), ends
