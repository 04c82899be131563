"""Pairs to groups: connected components, and stars that reach only a few pairs far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled

Rows = npt.NDArray[np.int64]


@compiled
def components(left: Rows, right: Rows, parents: Rows) -> None:
    """Fill `parents` (one per row, given as 0, 1, 2, ...) with the smallest row that pairs lead to."""
    for pair in range(left.shape[0]):
        one, other = _root(parents, left[pair]), _root(parents, right[pair])
        parents[max(one, other)] = min(one, other)
    for row in range(parents.shape[0]):
        parents[row] = _root(parents, row)


@compiled
def _root(parents: Rows, row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@compiled
def stars(order: Rows, starts: Rows, neighbours: Rows, hops: int, centres: Rows) -> None:
    """Fill `centres` (given as -1): each row, in `order`, that has none takes all free rows within `hops` pairs.

    The neighbours of row r are neighbours[starts[r]:starts[r + 1]]. Linear in the pairs: a row is taken once.
    """
    queue = np.empty(centres.shape[0], np.int64)
    for centre in order:
        if centres[centre] >= 0:
            continue
        centres[centre] = centre
        queue[0] = centre
        begin, end = 0, 1
        for _ in range(hops):
            ring_end = end
            while begin < ring_end:
                for at in range(starts[queue[begin]], starts[queue[begin] + 1]):
                    row = neighbours[at]
                    if centres[row] < 0:
                        centres[row] = centre
                        queue[end] = row
                        end += 1
                begin += 1
