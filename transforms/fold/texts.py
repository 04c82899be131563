"""Lists of tokens as numpy arrays, straight from Arrow's buffers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lists:
    """The lists of a column: those of row r are values[starts[r]:ends[r]]."""

    values: npt.NDArray[Any]
    starts: Rows
    ends: Rows

    @property
    def sizes(self) -> Rows:
        """Count the values of each row."""
        return self.ends - self.starts

    def of(self, rows: Rows) -> Lists:
        """Give the lists of some rows, in their order; the values stay where they are."""
        return Lists(self.values, self.starts[rows], self.ends[rows])

    def own(self) -> npt.NDArray[Any]:
        """Give the values of these rows alone, in their order."""
        if np.array_equal(self.starts[1:], self.ends[:-1]) and self.values.size == self.sizes.sum():
            return self.values
        spans = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return np.concatenate([self.values[:0], *(self.values[start:end] for start, end in spans)])


def lists(column: pa.ChunkedArray | pa.Array) -> Lists:
    """Give a list column's values and the place of each row among them, without a copy where it is one chunk."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    offsets = whole.offsets.to_numpy().astype(np.int64)
    values = whole.values.to_numpy()
    values.setflags(write=False)  # as for the buffers in fingerprint: one compilation
    return Lists(values, offsets[:-1], offsets[1:])


def chained(parts: Sequence[Lists]) -> Lists:
    """Give the lists of several columns one after the other, each column's rows in their order."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.concatenate([part.sizes for part in parts])
    ends = np.cumsum(sizes)
    return Lists(np.concatenate([part.own() for part in parts]), ends - sizes, ends)
