"""Anchors: a sample of each text's three-word sequences, and the pairs of texts that share some.

FracMinHash (Irber et al. 2022, "Lightweight compositional analysis of metagenomes with FracMinHash"): a sequence is
kept when its hash lies below a bound. The bound is the same for every text of a length class and only halves from
class to class, so the samples of a part and of its whole nest, and containment shows, which a MinHash of fixed size
cannot see.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.kernels.compiled import compiled
from transforms.kernels.tokens import Hashes, Offsets, Tokens, mix

Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

SHINGLE = 3  # tokens; two are common to unrelated texts, four do not survive 8 % of misread words
KEEP_ALL = 64  # tokens; below this every sequence is kept, at each doubling half as many
HALVINGS = 3  # at most: one sequence in 8 is kept, about 60 for a story of 500 words

_LARGEST = np.uint64(0xFFFFFFFFFFFFFFFF)
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xC2B2AE3D27D4EB4F)
_THIRD = np.uint64(0x165667B19E3779F9)
_FACT_BIT = np.uint32(1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


@compiled
def sample(tokens: Tokens, ends: Offsets, skipped: Bools, anchors: Hashes, anchor_ends: Offsets) -> int:
    """Fill `anchors` (room for all tokens) and `anchor_ends` (rows + 1), give how many anchors there are."""
    count = 0
    for row in range(ends.shape[0] - 1):
        anchor_ends[row] = count
        if skipped[row]:
            continue
        length = ends[row + 1] - ends[row]
        halvings = 0
        while halvings < HALVINGS and (KEEP_ALL << halvings) <= length:
            halvings += 1
        bound = _LARGEST >> np.uint64(halvings)
        for at in range(ends[row], ends[row + 1] - SHINGLE + 1):
            value = mix(
                np.uint64(tokens[at] >> _FACT_BIT) * _FIRST
                + np.uint64(tokens[at + 1] >> _FACT_BIT) * _SECOND
                + np.uint64(tokens[at + 2] >> _FACT_BIT) * _THIRD
            )
            if value <= bound:
                anchors[count] = value
                count += 1
    anchor_ends[ends.shape[0] - 1] = count
    return count


@compiled
def smallest(anchors: Hashes, starts: Offsets, ends: Offsets, least: Hashes) -> None:
    """Fill, per row, its smallest anchor; the largest number where it has none."""
    for row in range(starts.shape[0]):
        value = _LARGEST
        for at in range(starts[row], ends[row]):
            value = min(value, anchors[at])
        least[row] = value


@compiled
def pack(anchors: Hashes, starts: Offsets, ends: Offsets, ranks: Rows, rank_bits: int, packed: Hashes) -> None:
    """Fill `packed` with every anchor's upper bits above its row's rank, to be sorted as one number."""
    count = 0
    shift = np.uint64(rank_bits)
    for row in range(starts.shape[0]):
        rank = np.uint64(ranks[row])
        for at in range(starts[row], ends[row]):
            # a sampled hash is small by construction: mixed again, its upper bits tell anchors apart
            packed[count] = ((mix(anchors[at]) >> shift) << shift) | rank
            count += 1


@compiled
def distinct(packed: Hashes) -> int:
    """Move the distinct numbers of a sorted array to its front, give how many there are."""
    count = 0
    for at in range(packed.shape[0]):
        if count == 0 or packed[at] != packed[count - 1]:
            packed[count] = packed[at]
            count += 1
    return count


@compiled
def meetings(packed: Hashes, rank_bits: int, crowd: int, neighbours: int, met: Hashes) -> int:
    """Give how many pairs of ranks meet at an anchor; fill `met` with lower << 32 | higher unless it is empty.

    `packed` is sorted and without repeats. Where at most `crowd` rows share an anchor all of them meet, else each
    meets the next `neighbours` in rank only: so the cost stays linear in the anchors.
    """
    count, start, size = 0, 0, packed.shape[0]
    shift = np.uint64(rank_bits)
    mask = (np.uint64(1) << shift) - np.uint64(1)
    while start < size:
        stop = start + 1
        while stop < size and packed[stop] >> shift == packed[start] >> shift:
            stop += 1
        reach = stop - start if stop - start <= crowd else neighbours
        for one in range(start, stop):
            for other in range(one + 1, min(stop, one + 1 + reach)):
                if met.shape[0] > 0:
                    met[count] = ((packed[one] & mask) << _HALF) | (packed[other] & mask)
                count += 1
        start = stop
    return count


@compiled
def often_met(
    met: Hashes, sizes: Rows, few_anchors: int, some_anchors: int, needed: int, lower: Rows, higher: Rows
) -> int:
    """Fill `lower` and `higher` with the ranks that met often enough, give how many.

    `met` is sorted; `sizes` counts the anchors per rank. `needed` meetings are enough; one less where either text
    has fewer than `some_anchors`; one where either has at most `few_anchors`.
    """
    count, start, size = 0, 0, met.shape[0]
    while start < size:
        stop = start + 1
        while stop < size and met[stop] == met[start]:
            stop += 1
        one, other = np.int64(met[start] >> _HALF), np.int64(met[start] & _LOW)
        least = min(sizes[one], sizes[other])
        times = stop - start
        if times >= needed or (times >= needed - 1 and least < some_anchors) or least <= few_anchors:
            lower[count], higher[count] = one, other
            count += 1
        start = stop
    return count
