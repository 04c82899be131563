"""The fingerprints as numpy arrays, in the order of their article_id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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


@dataclass(frozen=True)
class Texts:
    """What fold reads, sorted by article_id; a row number below means a row of this."""

    ids: pa.Array
    editions: pa.Array
    chars: Rows
    is_stub: npt.NDArray[np.bool_]
    hashes: npt.NDArray[np.uint64]
    tokens: Lists
    titles: Lists
    anchors: Lists

    @property
    def days(self) -> Rows:
        """Give the editions as days since 1970."""
        days: Rows = self.editions.cast(pa.int32()).to_numpy().astype(np.int64)
        return days


def read(fingerprints: pa.Table) -> Texts:
    """Give the fingerprints sorted by article_id; the long columns are reached through the order, not copied."""
    order = pc.sort_indices(fingerprints["article_id"]).to_numpy().astype(np.int64)
    small = fingerprints.select(["article_id", "edition", "body_chars", "is_stub", "text_hash"]).take(
        pa.array(order)
    )
    return Texts(
        ids=small["article_id"].combine_chunks(),
        editions=small["edition"].combine_chunks(),
        chars=small["body_chars"].to_numpy().astype(np.int64),
        is_stub=small["is_stub"].to_numpy().astype(np.bool_),
        hashes=small["text_hash"].to_numpy().astype(np.uint64),
        tokens=_lists(fingerprints["tokens"]).of(order),
        titles=_lists(fingerprints["title_tokens"]).of(order),
        anchors=_lists(fingerprints["anchors"]).of(order),
    )


def _lists(column: pa.ChunkedArray) -> Lists:
    whole = column.combine_chunks()
    offsets = whole.offsets.to_numpy().astype(np.int64)
    values = whole.values.to_numpy()
    values.setflags(write=False)  # as for the buffers in fingerprint: one compilation
    return Lists(values, offsets[:-1], offsets[1:])
