"""Lists of tokens as numpy arrays, straight from Arrow's buffers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Rows = npt.NDArray[np.int64]
MOST_SPARE = 2  # times the values needed: to copy so many in one piece costs no more than to pick


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


def lists(column: pa.ChunkedArray | pa.Array) -> Lists:
    """Give a list column's values and the place of each row among them, without a copy where it is one chunk."""
    whole = _one(column) if isinstance(column, pa.ChunkedArray) else column
    offsets = whole.offsets.to_numpy().astype(np.int64)
    values = whole.values.to_numpy()
    values.setflags(write=False)  # as for the buffers in fingerprint: one compilation
    return Lists(values, offsets[:-1], offsets[1:])


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()  # which copies even one chunk


def chained(parts: Sequence[Lists]) -> Lists:
    """Give the lists of several columns one after the other, each column's rows in their order; one or more."""
    if len(parts) == 1:
        return parts[0]
    parts = [_without_others(part) for part in parts]
    begin = np.cumsum([0, *(part.values.size for part in parts)])
    whole = Lists(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.starts + at for part, at in zip(parts, begin[:-1], strict=True)]),
        np.concatenate([part.ends + at for part, at in zip(parts, begin[:-1], strict=True)]),
    )
    whole.values.setflags(write=False)
    return whole


def _without_others(part: Lists) -> Lists:
    """Give the lists with the values of these rows alone, unless that is most of them anyway."""
    from transforms.kernels.tokens import gather

    sizes = part.sizes
    if part.values.size <= MOST_SPARE * sizes.sum():
        return part
    ends = np.cumsum(sizes)
    values = np.empty(int(sizes.sum()), part.values.dtype)
    gather(part.values, part.starts, part.ends, values)
    return Lists(values, ends - sizes, ends)
