"""Which texts are worth aligning: those that share anchors. The cost is linear in the anchors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.fold.index import Index, Packed
from transforms.fold.texts import Rows

USUAL = 16  # meetings to a pair that meets often enough, at least


@dataclass(frozen=True)
class Reach:
    """How far the search for candidates goes."""

    # up to 24 texts at an anchor all meet: the largest story of the development data has 26 members, found whole
    crowd: int = 24
    # in a greater crowd each meets the next 4 in the order of content, which puts likes side by side
    neighbours: int = 4
    # shared anchors; unrelated texts of one language share up to two by chance
    needed: int = 3
    # below 40 anchors (about 300 words) an excerpt or a misread copy has few left: one less is asked for
    some_anchors: int = 40
    # of a text with 6 anchors (8 words) one can be all that survives a changed word
    few_anchors: int = 6


def candidates(one: Index, other: Index, reach: Reach, *, parts: int = 1) -> tuple[Rows, Rows]:
    """Give the rows of `one` and of `other` that share enough anchors, each pair once, sorted.

    Within one edition give it twice. A text that both editions hold meets nobody here: within each edition it has
    met the others. In how many parts the anchors are taken changes nothing.
    """
    met = [meet(one, other, reach, part, parts) for part in range(parts)]
    return often(one, other, met[0] if parts == 1 else np.concatenate(met), reach)


def meet(one: Index, other: Index, reach: Reach, part: int = 0, parts: int = 1) -> Packed:
    """Give a pair of rows (one << 32 | other) for each anchor of a part at which they meet, in no order.

    A part is a range of the anchors' upper bits.
    """
    from transforms.kernels.anchors import crossings, meetings, places

    here, there = _part(one.packed, part, parts), _part(other.packed, part, parts)
    if one is other:
        return _filled(2 * here.size, lambda room: meetings(here, reach.crowd, reach.neighbours, room))
    is_shared = np.isin(one.hashes, other.hashes), np.isin(other.hashes, one.hashes)
    here, there = _without(here, is_shared[0]), _without(there, is_shared[1])
    order = np.empty(one.sizes.size, np.int64), np.empty(other.sizes.size, np.int64)
    places(one.keys, other.keys, *order)
    # each row looks ahead at the other edition and is looked at from there: half as far is as many neighbours
    near, expected = reach.neighbours // 2, 2 * (here.size + there.size)
    return _filled(expected, lambda room: crossings(here, there, *order, reach.crowd, near, room))


def _without(packed: Packed, is_left_out: npt.NDArray[np.bool_]) -> Packed:
    """Give the anchors of all rows but these."""
    from transforms.kernels.anchors import without

    if not is_left_out.any():
        return packed
    kept = np.empty(packed.size, np.uint64)
    kept = kept[: without(packed, is_left_out, kept)]
    kept.setflags(write=False)
    return kept


def often(one: Index, other: Index, met: Packed, reach: Reach) -> tuple[Rows, Rows]:
    """Give the pairs of rows that meet often enough, of what all parts gave; it is sorted in place."""
    from transforms.kernels.anchors import often_met

    met.sort()
    limits = (reach.few_anchors, reach.some_anchors, reach.needed)
    sizes = one.anchor_counts, other.anchor_counts
    left, right = np.empty((2, met.size // USUAL), np.int64)
    if (count := often_met(met, *sizes, limits, left, right)) > left.size:
        left, right = np.empty((2, count), np.int64)
        often_met(met, *sizes, limits, left, right)
    return left[:count].copy(), right[:count].copy()


def _filled(expected: int, fill: Callable[[Packed], int]) -> Packed:
    """Give what `fill` puts into room enough: it gives how much that is, and is called again where it was more."""
    room = np.empty(expected, np.uint64)
    if (count := fill(room)) > room.size:
        room = np.empty(count, np.uint64)
        fill(room)
    return room[:count]


def _part(packed: Packed, part: int, parts: int) -> Packed:
    """Give the anchors whose value lies in the part-th of `parts` equal ranges."""
    from transforms.kernels.anchors import ROW_BITS

    span = 1 << (64 - ROW_BITS)
    bounds = [span * at // parts << ROW_BITS for at in (part, part + 1)]
    first, last = np.searchsorted(packed, np.array([bounds[0], min(bounds[1], (1 << 64) - 1)], np.uint64))
    return packed[first : last if part + 1 < parts else packed.size]
