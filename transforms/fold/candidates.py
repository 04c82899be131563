"""Which texts are worth aligning: those that share anchors. The cost is linear in the anchors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.fold.texts import Rows, Texts


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


def representatives(texts: Texts) -> Rows:
    """Give, per text, the first text that is identical in match form; a stub or an empty text stands for itself."""
    groups = np.arange(texts.hashes.size)
    comparable = groups[~texts.is_stub & (texts.tokens.sizes > 0)]
    _, first, inverse = np.unique(texts.hashes[comparable], return_index=True, return_inverse=True)
    groups[comparable] = comparable[first[inverse]]
    return groups


def firsts(groups: Rows) -> Rows:
    """Give the texts that represent a group, in their order."""
    return np.flatnonzero(groups == np.arange(groups.size))


def candidates(texts: Texts, rows: Rows, reach: Reach) -> tuple[Rows, Rows]:
    """Give pairs of `rows` that share anchors, the shorter text first, sorted by the longer one."""
    from transforms.kernels.anchors import distinct, meetings, often_met, pack, smallest

    anchors, size = texts.anchors.of(rows), rows.size
    least = np.empty(size, np.uint64)
    smallest(anchors.values, anchors.starts, anchors.ends, least)
    # texts with the same smallest anchor are likely copies: they become neighbours in a crowd
    order = np.lexsort((texts.hashes[rows], texts.tokens.sizes[rows], least))
    ranks = np.empty(size, np.int64)
    ranks[order] = np.arange(size)
    packed = np.empty(int(anchors.sizes.sum()), np.uint64)
    rank_bits = max(1, size.bit_length())
    pack(anchors.values, anchors.starts, anchors.ends, ranks, rank_bits, packed)
    packed.sort()
    packed = packed[: distinct(packed)]  # np.unique takes ten times as long
    count = meetings(packed, rank_bits, reach.crowd, reach.neighbours, np.empty(0, np.uint64))
    met = np.empty(count, np.uint64)
    meetings(packed, rank_bits, reach.crowd, reach.neighbours, met)
    met.sort()
    lower, higher = np.empty(count, np.int64), np.empty(count, np.int64)
    sizes = anchors.sizes[order]
    count = often_met(met, sizes, reach.few_anchors, reach.some_anchors, reach.needed, lower, higher)
    return oriented(texts, rows[order[lower[:count]]], rows[order[higher[:count]]])


def oriented(texts: Texts, one: Rows, other: Rows) -> tuple[Rows, Rows]:
    """Give the pairs with the shorter text first (of equals, the greater row), sorted by the longer one."""
    sizes = texts.tokens.sizes
    is_swapped = (sizes[one] > sizes[other]) | ((sizes[one] == sizes[other]) & (one < other))
    short, long = np.where(is_swapped, other, one), np.where(is_swapped, one, other)
    order = np.lexsort((short, long))
    return short[order], long[order]
