"""Which texts are worth aligning: those that share anchors. The cost is linear in the anchors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from transforms.fold.index import Index, Packed
from transforms.fold.texts import Rows


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


@dataclass(frozen=True)
class Met:
    """Pairs of rows (one << 32 | other, sorted, each once) and at how many anchors of a part they met."""

    pairs: Packed
    times: np.ndarray[tuple[int], np.dtype[np.int32]]


def candidates(one: Index, other: Index, reach: Reach, *, parts: int = 1) -> tuple[Rows, Rows]:
    """Give the rows of `one` and of `other` that share enough anchors, each pair once, sorted.

    Within one edition give it twice. A text that both editions hold meets nobody here: within each edition it has
    met the others. In how many parts the anchors are taken changes nothing.
    """
    return often(one, other, (meet(one, other, reach, part, parts) for part in range(parts)), reach)


def meet(one: Index, other: Index, reach: Reach, part: int, parts: int) -> Met:
    """Give who meets at the anchors of one part; a part is a range of the anchors' upper bits."""
    from transforms.kernels.anchors import crossings, meetings, places, tally

    here, there = _part(one.packed, part, parts), _part(other.packed, part, parts)
    nowhere = np.empty(0, np.uint64)
    if one is other:
        met = np.empty(meetings(here, reach.crowd, reach.neighbours, nowhere), np.uint64)
        meetings(here, reach.crowd, reach.neighbours, met)
    else:
        order = np.empty(one.sizes.size, np.int64), np.empty(other.sizes.size, np.int64)
        places(one.keys, other.keys, *order)
        met = np.empty(crossings(here, there, *order, reach.crowd, reach.neighbours, nowhere), np.uint64)
        crossings(here, there, *order, reach.crowd, reach.neighbours, met)
    met.sort()
    times = np.empty(met.size, np.int32)
    count = tally(met, times)
    return Met(met[:count], times[:count])


def often(one: Index, other: Index, parts: Iterable[Met], reach: Reach) -> tuple[Rows, Rows]:
    """Give the pairs of rows that meet often enough in all parts together."""
    from transforms.kernels.anchors import often_met

    found = list(parts)
    pairs, times = (np.concatenate([getattr(met, name) for met in found]) for name in ("pairs", "times"))
    if len(found) > 1:
        order = np.argsort(pairs, kind="stable")
        pairs, times = pairs[order], times[order]
    left, right = np.empty(pairs.size, np.int64), np.empty(pairs.size, np.int64)
    limits = (reach.few_anchors, reach.some_anchors, reach.needed)
    count = often_met(pairs, times, one.anchor_counts, other.anchor_counts, limits, left, right)
    return left[:count].copy(), right[:count].copy()


def _part(packed: Packed, part: int, parts: int) -> Packed:
    """Give the anchors whose value lies in the part-th of `parts` equal ranges."""
    from transforms.kernels.anchors import ROW_BITS

    span = 1 << (64 - ROW_BITS)
    bounds = [span * at // parts << ROW_BITS for at in (part, part + 1)]
    first, last = np.searchsorted(packed, np.array([bounds[0], min(bounds[1], (1 << 64) - 1)], np.uint64))
    return packed[first : last if part + 1 < parts else packed.size]
