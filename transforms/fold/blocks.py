"""Two editions, or one with itself -> the texts that share most of the shorter one, aligned and judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.fold.candidates import Reach, candidates
from transforms.fold.index import Index
from transforms.fold.texts import Lists, Rows, chained
from transforms.fold.verdicts import Aligned, Bounds, Verdict, Verdicts, align, judge
from transforms.schemas import ALIGNMENTS

Hashes = npt.NDArray[np.uint64]
Spread = Callable[[Callable[[slice], pa.Table], Iterable[slice]], Iterable[pa.Table]]

KEPT = (Verdict.WHOLE, Verdict.PART, Verdict.INSIDE)  # the last tells that a page is a collection
ALIGNED_AT_ONCE = 1 << 23  # tokens: 32 MiB


class Tokens:
    """Gives the tokens of some rows of an index out of its sources: `source` gives those of one by its number."""

    def __init__(self, source: Callable[[int], Lists], made: Index) -> None:
        self._source = source
        self._sources = made.texts["source"].to_numpy()
        self._rows = made.texts["source_row"].to_numpy()

    def __call__(self, asked: Rows) -> Lists:
        """Give the tokens of the rows, in their order."""
        sources, rows = self._sources[asked], self._rows[asked]
        order = np.argsort(sources, kind="stable")
        parts = [
            self._source(int(number)).of(rows[list(inside)])
            for number, inside in groupby(order.tolist(), sources.__getitem__)
        ]
        nothing = Lists(np.empty(0, np.uint32), *np.empty((2, 0), np.int64))
        return chained([nothing, *parts]).of(np.argsort(order))


@dataclass(frozen=True)
class Edition:
    """An edition that can be compared: its index, and what gives the tokens of some rows of its texts."""

    day: dt.date
    index: Index
    tokens: Callable[[Rows], Lists]

    def texts(self, hashes: Hashes) -> Lists:
        """Give the tokens of some of its texts, by their hashes, in their order."""
        by_hash = np.argsort(self.index.hashes)
        return self.tokens(by_hash[np.searchsorted(self.index.hashes, hashes, sorter=by_hash)])


def compare(
    later: Edition, earlier: Edition, reach: Reach, bounds: Bounds, *, parts: int = 1, spread: Spread = map
) -> pa.Table:
    """Give the alignments between two editions (the same one twice: within it), sorted by the hashes of the texts.

    A function of the two editions alone. Only texts that share anchors are asked for their tokens. `spread` aligns
    runs of pairs as `map` does, perhaps side by side; neither it nor the number of parts changes anything.
    """
    both = (later,) if later is earlier else (later, earlier)
    rows, others = candidates(later.index, earlier.index, reach, parts=parts)
    offset = 0 if later is earlier else later.index.sizes.size
    sizes = np.concatenate([each.index.sizes for each in both])
    hashes = np.concatenate([each.index.hashes for each in both])
    titles = chained([each.index.titles for each in both])
    short, long = oriented(sizes, hashes, rows, others + offset)
    order = np.lexsort((short, long))
    short, long = short[order], long[order]

    def judged(run: slice) -> pa.Table:
        found = align_some(lambda asked: _tokens(both, asked), short[run], long[run])
        verdicts = judge(titles, found, bounds)
        is_kept = np.isin(verdicts, KEPT)
        return _table(later, earlier, hashes, found.where(is_kept), verdicts[is_kept])

    tables = [ALIGNMENTS.empty_table(), *spread(judged, runs(sizes, short, long))]
    by_texts = [("short_hash", "ascending"), ("long_hash", "ascending")]
    return pa.concat_tables(tables).sort_by(by_texts).combine_chunks()


def oriented(sizes: Rows, hashes: Hashes | Rows, one: Rows, other: Rows) -> tuple[Rows, Rows]:
    """Give the pairs with the shorter text first; of equals, the one with the smaller hash."""
    is_swapped = (sizes[one] > sizes[other]) | ((sizes[one] == sizes[other]) & (hashes[one] > hashes[other]))
    return np.where(is_swapped, other, one), np.where(is_swapped, one, other)


def align_some(tokens: Callable[[Rows], Lists], short: Rows, long: Rows) -> Aligned:
    """Give the alignments of pairs of rows; `tokens` is asked once, for the rows that occur, sorted."""
    is_asked = np.zeros(max(short.max(initial=-1), long.max(initial=-1)) + 1, np.bool_)
    is_asked[short] = is_asked[long] = True
    rows = np.flatnonzero(is_asked)  # np.union1d takes ten times as long
    places = np.cumsum(is_asked) - 1
    order = np.lexsort((short, long))
    found = align(tokens(rows), places[short[order]], places[long[order]])
    counts = np.empty_like(found.counts)
    counts[order] = found.counts
    return Aligned(short, long, counts)


def runs(sizes: Rows, short: Rows, long: Rows) -> Iterator[slice]:
    """Give pairs that are sorted by the longer text in runs whose texts have about `ALIGNED_AT_ONCE` tokens."""
    is_next = np.concatenate(([True], long[1:] != long[:-1]))[: long.size]
    read = np.cumsum(sizes[short] + np.where(is_next, sizes[long], 0)) // ALIGNED_AT_ONCE
    cuts = np.flatnonzero(np.diff(read, prepend=-1)).tolist()
    for first, last in pairwise([*cuts, short.size]):
        yield slice(first, last)


def _tokens(both: Sequence[Edition], rows: Rows) -> Lists:
    """Give the tokens of rows that are counted through both editions."""
    offsets = np.cumsum([0, *(each.index.sizes.size for each in both)])
    ends = np.searchsorted(rows, offsets)
    spans = zip(both, pairwise(ends), offsets[:-1], strict=True)
    return chained([each.tokens(rows[first:last] - offset) for each, (first, last), offset in spans])


def _table(later: Edition, earlier: Edition, hashes: Hashes, found: Aligned, verdicts: Verdicts) -> pa.Table:
    size = found.short.size
    columns = {
        "edition": pa.array([later.day] * size, pa.date32()),
        "other_edition": pa.array([earlier.day] * size, pa.date32()),
        "short_hash": pa.array(hashes[found.short]),
        "long_hash": pa.array(hashes[found.long]),
        "verdict": pa.array(verdicts),
        "counts": counts_column(found.counts),
    }
    return pa.table(columns, schema=ALIGNMENTS)


def counts_column(counts: npt.NDArray[np.int32]) -> pa.Array:
    """Give the counts of alignments as a column of lists."""
    offsets = np.arange(0, counts.size + 1, counts.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(counts.ravel()))
