"""Lifts a function on one string to a whole column: each distinct value is computed once."""

from __future__ import annotations

from collections.abc import Callable

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
